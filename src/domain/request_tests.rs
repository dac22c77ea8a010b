//! Properties over random histories, and each edge of the diagram by name.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::{Gives, Kind, SshGives};
use super::*;

fn principal(name: &str) -> Principal {
    Principal { issuer: "jit".parse().unwrap(), subject: name.parse().unwrap() }
}

fn person(name: &str) -> Actor {
    Actor::person(principal(name))
}

fn terms(approvals: Approvals) -> Terms {
    Terms {
        role_digest: Digest::of(b"role"),
        generation: 1,
        approvals,
        max: Span::clamped(3600),
        pending_timeout: Span::clamped(600),
        claim_timeout: Span::clamped(1200),
        gives: Gives::Ssh(SshGives {
            principals: ["deploy".to_owned()].into(),
            extensions: BTreeSet::new(),
            force_command: None,
            source_addresses: BTreeSet::new(),
        }),
    }
}

fn at(secs: i64) -> Time {
    Time::from_millis((1_000_000 + secs) * 1000)
}

fn request(approvals: Approvals, secs: u64) -> Request {
    let ask = Ask {
        id: RequestId::from_random([1; 8]),
        requester: person("carol"),
        role: "web".parse().unwrap(),
        resource: "web-1".parse().unwrap(),
        terms: terms(approvals),
        duration: Span::clamped(secs),
        start: None,
        reason: "deploy".into(),
        ticket: None,
    };
    Request::file(ask, at(0))
}

fn vote(request: &Request, by: Actor) -> Transition {
    Transition::Approve(Vote { by, at: at(1), shown: request.digest(), max: None, comment: None })
}

fn intend() -> Transition {
    Transition::Intend { max: Span::clamped(3600), approvals: Approvals::Humans(1), valid_votes: 1 }
}

fn active() -> Request {
    let pending = request(Approvals::Humans(1), 600);
    let approved = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let intended = approved.step(intend(), at(2)).unwrap();
    assert_eq!(intended.effect, Some(Effect::Grant));
    intended.next.step(Transition::Activate, at(2)).unwrap().next
}

#[test]
fn nobody_approves_their_own_request_not_by_an_alias_nor_through_their_service() {
    let mut pending = request(Approvals::Humans(1), 600);
    let alias = Actor { human: principal("carol"), ..person("carol.two") };
    let service = Actor { human: principal("carol"), kind: Kind::Service, principal: principal("ci") };
    assert_eq!(pending.step(vote(&pending, person("carol")), at(1)), Err(Conflict::OwnRequest));
    assert_eq!(pending.step(vote(&pending, alias), at(1)), Err(Conflict::OwnRequest));
    assert_eq!(pending.step(vote(&pending, service.clone()), at(1)), Err(Conflict::Service));
    // The other way round: the service asks, its owner decides.
    pending.requester = service;
    assert_eq!(pending.step(vote(&pending, person("carol")), at(1)), Err(Conflict::OwnRequest));
}

#[test]
fn one_human_with_two_identities_has_one_vote() {
    let pending = request(Approvals::Humans(2), 600);
    let once = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let again = Actor { human: principal("bob"), ..person("bob.admin") };
    assert_eq!(once.step(vote(&once, again), at(1)), Err(Conflict::VotedAlready));
    assert_eq!(once.state, State::Pending);
    assert_eq!(once.step(vote(&once, person("dave")), at(1)).unwrap().next.state, State::Approved);
}

#[test]
fn a_vote_for_something_else_than_was_filed_does_not_count() {
    let pending = request(Approvals::Humans(1), 600);
    let mut other = pending.clone();
    other.reason = "something harmless".into();
    assert_eq!(pending.step(vote(&other, person("bob")), at(1)), Err(Conflict::Shown));
    let mut remade = pending.clone();
    remade.terms.generation = 2;
    assert_eq!(remade.step(vote(&pending, person("bob")), at(1)), Err(Conflict::Shown));
}

#[test]
fn the_clock_starts_at_the_first_use_and_not_at_the_approval() {
    let pending = request(Approvals::Humans(1), 600);
    let approved = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let used = approved.step(intend(), at(500)).unwrap().next;
    assert_eq!(used.window, Some(Window { start: at(500), end: at(1100) }));
    assert_eq!(approved.step(Transition::Lapse, at(1200)), Err(Conflict::NotDue));
    assert_eq!(approved.step(Transition::Lapse, at(1201)).unwrap().next.state, State::Lapsed);
    assert_eq!(approved.step(intend(), at(1201)), Err(Conflict::Over));
}

#[test]
fn a_planned_start_fixes_the_window() {
    let mut planned = request(Approvals::Humans(1), 600);
    planned.start = Some(at(5000));
    let approved = planned.step(vote(&planned, person("bob")), at(1)).unwrap().next;
    assert_eq!(approved.step(intend(), at(4999)), Err(Conflict::NotYet(at(5000))));
    let late = approved.step(intend(), at(5300)).unwrap().next;
    assert_eq!(late.window, Some(Window { start: at(5000), end: at(5600) }));
    assert_eq!(approved.step(intend(), at(5600)), Err(Conflict::Over));
    assert_eq!(approved.step(Transition::Lapse, at(5600)).unwrap().next.state, State::Lapsed);
}

#[test]
fn the_stricter_of_the_policy_then_and_now_applies() {
    let pending = request(Approvals::Humans(1), 600);
    let approved = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let shorter = Transition::Intend { max: Span::clamped(60), approvals: Approvals::Auto, valid_votes: 1 };
    assert_eq!(approved.step(shorter, at(2)).unwrap().next.window.unwrap().end, at(62));
    let more =
        Transition::Intend { max: Span::clamped(600), approvals: Approvals::Humans(2), valid_votes: 1 };
    assert_eq!(approved.step(more, at(2)), Err(Conflict::TooFewVotes { have: 1, need: 2 }));
    let gone =
        Transition::Intend { max: Span::clamped(600), approvals: Approvals::Humans(1), valid_votes: 0 };
    assert_eq!(approved.step(gone, at(2)), Err(Conflict::TooFewVotes { have: 0, need: 1 }));
}

#[test]
fn the_approver_can_grant_less() {
    let pending = request(Approvals::Humans(1), 600);
    let vote = Vote {
        by: person("bob"),
        at: at(1),
        shown: pending.digest(),
        max: Some(Span::clamped(60)),
        comment: None,
    };
    let approved = pending.step(Transition::Approve(vote), at(1)).unwrap().next;
    assert_eq!(approved.step(intend(), at(2)).unwrap().next.window.unwrap().end, at(62));
}

#[test]
fn expired_or_revoked_is_not_said_before_the_absence_was_read_back() {
    let active = active();
    assert_eq!(active.step(Transition::Expire, at(601)), Err(Conflict::NotDue));
    let ending = active.step(Transition::Expire, at(602)).unwrap();
    assert_eq!((ending.next.state, ending.effect), (State::Ending, Some(Effect::Withdraw)));
    assert_eq!(ending.next.step(Transition::ConfirmAbsent, at(603)).unwrap().next.state, State::Expired);

    let revoke = Transition::Revoke { by: principal("bob"), comment: None };
    let ending = active.step(revoke.clone(), at(3)).unwrap();
    assert_eq!((ending.next.state, ending.effect), (State::Ending, Some(Effect::Withdraw)));
    assert_eq!(ending.next.step(revoke, at(3)), Err(Conflict::State(State::Ending)));
    assert_eq!(ending.next.step(Transition::ConfirmAbsent, at(4)).unwrap().next.state, State::Revoked);
    assert_eq!(active.step(Transition::ConfirmAbsent, at(4)), Err(Conflict::State(State::Active)));
}

#[test]
fn an_intent_that_a_crash_left_behind_is_withdrawn_before_it_is_over() {
    let pending = request(Approvals::Humans(1), 600);
    let approved = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let intended = approved.step(intend(), at(2)).unwrap().next;
    let revoke = Transition::Revoke { by: principal("bob"), comment: None };
    assert_eq!(intended.step(revoke, at(3)).unwrap().effect, Some(Effect::Withdraw));
    assert_eq!(intended.step(Transition::Lapse, at(9999)), Err(Conflict::State(State::Approved)));
    let cleared = intended.step(Transition::GiveUpIntent, at(3)).unwrap().next;
    assert_eq!((cleared.state, cleared.window), (State::Approved, None));
}

/// Any transition, made by any of five identities of three humans, at any time.
fn transition() -> impl Strategy<Value = (Transition, i64)> {
    let actor = (0usize..6).prop_map(|i| match i {
        0 => person("carol"),
        1 => Actor { human: principal("carol"), ..person("carol.two") },
        2 => person("bob"),
        3 => Actor { human: principal("bob"), ..person("bob.two") },
        4 => person("dave"),
        _ => Actor { human: principal("bob"), kind: Kind::Service, principal: principal("ci") },
    });
    let shown = request(Approvals::Humans(2), 600).digest();
    let span = (1u64..7200).prop_map(Span::clamped);
    let transition = prop_oneof![
        4 => (actor.clone(), proptest::option::of(span.clone()), any::<bool>()).prop_map(move |(by, max, honest)| {
            let shown = if honest { shown } else { Digest::of(b"other") };
            Transition::Approve(Vote { by, at: at(0), shown, max, comment: None })
        }),
        1 => actor.clone().prop_map(|a| Transition::Deny { by: a.principal, comment: "no".into() }),
        1 => actor.clone().prop_map(|a| Transition::Cancel { by: a.principal, comment: None }),
        1 => Just(Transition::Lapse),
        4 => (span, 0u32..4, 0u32..4).prop_map(|(max, n, valid_votes)| Transition::Intend {
            max, approvals: if n == 0 { Approvals::Auto } else { Approvals::Humans(n) }, valid_votes,
        }),
        3 => Just(Transition::Activate),
        1 => (0u32..4).prop_map(|valid_votes| Transition::Reissue { approvals: Approvals::Humans(1), valid_votes }),
        1 => Just(Transition::WithdrawVotes { human: principal("bob") }),
        1 => Just(Transition::GiveUpIntent),
        1 => actor.prop_map(|a| Transition::Revoke { by: a.principal, comment: None }),
        2 => Just(Transition::Expire),
        2 => Just(Transition::ConfirmAbsent),
    ];
    (transition, -4000i64..8000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// INVARIANTS 2, 3 and 4 over random histories, in any order and with a clock that jumps.
    #[test]
    fn no_history_breaks_an_invariant(history in proptest::collection::vec(transition(), 1..40)) {
        let mut request = request(Approvals::Humans(2), 600);
        let mut withdrawn = false;
        for (transition, secs) in history {
            let before = request.clone();
            let was = transition.clone();
            let Ok(step) = request.step(transition, at(secs)) else {
                prop_assert_eq!(&before, &request);
                continue;
            };
            request = step.next;
            withdrawn |= step.effect == Some(Effect::Withdraw);
            prop_assert!(!before.state.is_terminal(), "{:?} left {}", was, before.state);
            prop_assert_eq!(request.revision, before.revision + 1);

            let humans: BTreeSet<_> = request.votes.iter().map(|v| &v.by.human).collect();
            prop_assert_eq!(humans.len(), request.votes.len());
            prop_assert!(!humans.contains(&request.requester.human));
            prop_assert!(request.votes.iter().all(|v| v.by.kind == Kind::Person && v.shown == request.digest()));
            if matches!(request.state, State::Approved | State::Active | State::Ending) {
                prop_assert!(humans.len() >= 2);
            }
            if let Some(window) = request.window {
                prop_assert!(window.start < window.end);
                prop_assert!(window.end <= window.start.plus(request.longest()));
                prop_assert!(request.longest() <= request.duration.min(request.terms.max));
                if let Some(earlier) = before.window {
                    prop_assert_eq!(window, earlier, "only an approved extension moves an end");
                }
            }
            if request.state == State::Active {
                prop_assert!(request.window.is_some());
            }
            if matches!(before.state, State::Active) && request.state.is_terminal() {
                prop_assert!(false, "active left to {} without ending", request.state);
            }
            if request.state == State::Expired {
                prop_assert!(withdrawn);
            }
        }
    }

    #[test]
    fn a_terminal_state_never_leaves(step in transition(), state in proptest::sample::select(State::ALL.into_iter().filter(|s| s.is_terminal()).collect::<Vec<_>>())) {
        let mut request = request(Approvals::Humans(1), 600);
        request.state = state;
        prop_assert_eq!(request.step(step.0, at(step.1)), Err(Conflict::State(state)));
    }
}
