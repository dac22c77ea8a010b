//! Properties over random histories, and each edge of the diagram by name.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::debrief::Verdict;
use super::super::extension::Bounds;
use super::super::step::{Conflict, Effect, Transition};
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
        max_total: Span::clamped(7200),
        pending_timeout: Span::clamped(600),
        claim_timeout: Span::clamped(1200),
        remind: None,
        escalate: None,
        single_use: false,
        ticket_system: None,
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
        debrief_within: None,
    };
    Request::file(ask, at(0))
}

/// For the stage that is deciding.
fn vote_of(request: &Request, by: Actor) -> Vote {
    let stage = u32::try_from(request.current_stage().unwrap_or_default()).unwrap();
    Vote { by, on_behalf: None, at: at(1), stage, shown: request.digest(), max: None, comment: None }
}

fn vote(request: &Request, by: Actor) -> Transition {
    Transition::Approve(vote_of(request, by))
}

/// At most that many seconds from the start.
fn bounds(secs: u64) -> Bounds {
    Bounds { max: Span::clamped(secs), until: None }
}

fn intend_under(bounds: Bounds, approvals: Approvals, valid: u32) -> Transition {
    Transition::Intend { bounds, approvals, valid: vec![valid] }
}

fn intend() -> Transition {
    intend_under(bounds(3600), Approvals::humans(1), 1)
}

#[track_caller]
fn after(request: &Request, transition: Transition, secs: i64) -> Request {
    request.step(transition, at(secs)).unwrap().next
}

fn active() -> Request {
    let pending = request(Approvals::humans(1), 600);
    let approved = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let intended = approved.step(intend(), at(2)).unwrap();
    assert_eq!(intended.effect, Some(Effect::Grant));
    intended.next.step(Transition::Activate, at(2)).unwrap().next
}

#[test]
fn nobody_approves_their_own_request_not_by_an_alias_nor_through_their_service() {
    let mut pending = request(Approvals::humans(1), 600);
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
    let pending = request(Approvals::humans(2), 600);
    let once = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let again = Actor { human: principal("bob"), ..person("bob.admin") };
    assert_eq!(once.step(vote(&once, again), at(1)), Err(Conflict::VotedAlready));
    assert_eq!(once.state, State::Pending);
    assert_eq!(once.step(vote(&once, person("dave")), at(1)).unwrap().next.state, State::Approved);
}

#[test]
fn a_vote_for_something_else_than_was_filed_does_not_count() {
    let pending = request(Approvals::humans(1), 600);
    let mut other = pending.clone();
    other.reason = "something harmless".into();
    assert_eq!(pending.step(vote(&other, person("bob")), at(1)), Err(Conflict::Shown));
    let mut remade = pending.clone();
    remade.terms.generation = 2;
    assert_eq!(remade.step(vote(&pending, person("bob")), at(1)), Err(Conflict::Shown));
}

#[test]
fn the_clock_starts_at_the_first_use_and_not_at_the_approval() {
    let pending = request(Approvals::humans(1), 600);
    let approved = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let used = approved.step(intend(), at(500)).unwrap().next;
    assert_eq!(used.window, Some(Window { start: at(500), end: at(1100) }));
    assert_eq!(approved.step(Transition::Lapse, at(1200)), Err(Conflict::NotDue));
    assert_eq!(approved.step(Transition::Lapse, at(1201)).unwrap().next.state, State::Lapsed);
    assert_eq!(approved.step(intend(), at(1201)), Err(Conflict::Over));
}

#[test]
fn a_planned_start_fixes_the_window() {
    let mut planned = request(Approvals::humans(1), 600);
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
    let pending = request(Approvals::humans(1), 600);
    let approved = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let shorter = intend_under(bounds(60), Approvals::AUTO, 1);
    assert_eq!(approved.step(shorter, at(2)).unwrap().next.window.unwrap().end, at(62));
    let more = intend_under(bounds(600), Approvals::humans(2), 1);
    assert_eq!(approved.step(more, at(2)), Err(Conflict::TooFewVotes { have: 1, need: 2 }));
    let gone = intend_under(bounds(600), Approvals::humans(1), 0);
    assert_eq!(approved.step(gone, at(2)), Err(Conflict::TooFewVotes { have: 0, need: 1 }));
}

#[test]
fn the_approver_can_grant_less() {
    let pending = request(Approvals::humans(1), 600);
    let vote = Vote { max: Some(Span::clamped(60)), ..vote_of(&pending, person("bob")) };
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

    let revoke = Transition::Revoke { by: Some(principal("bob")), comment: None };
    let ending = active.step(revoke.clone(), at(3)).unwrap();
    assert_eq!((ending.next.state, ending.effect), (State::Ending, Some(Effect::Withdraw)));
    assert_eq!(ending.next.step(revoke, at(3)), Err(Conflict::State(State::Ending)));
    assert_eq!(ending.next.step(Transition::ConfirmAbsent, at(4)).unwrap().next.state, State::Revoked);
    assert_eq!(active.step(Transition::ConfirmAbsent, at(4)), Err(Conflict::State(State::Active)));
}

#[test]
fn an_intent_that_a_crash_left_behind_is_withdrawn_before_it_is_over() {
    let pending = request(Approvals::humans(1), 600);
    let approved = pending.step(vote(&pending, person("bob")), at(1)).unwrap().next;
    let intended = approved.step(intend(), at(2)).unwrap().next;
    let revoke = Transition::Revoke { by: Some(principal("bob")), comment: None };
    assert_eq!(intended.step(revoke, at(3)).unwrap().effect, Some(Effect::Withdraw));
    assert_eq!(intended.step(Transition::Lapse, at(9999)), Err(Conflict::State(State::Approved)));
    let cleared = intended.step(Transition::GiveUpIntent, at(3)).unwrap().next;
    assert_eq!((cleared.state, cleared.window), (State::Approved, None));
}

fn two_stages() -> Request {
    request(Approvals::stages(vec![1, 2]).unwrap(), 600)
}

#[test]
fn stages_decide_in_their_order_and_a_vote_for_another_one_is_a_conflict() {
    let pending = two_stages();
    let early = Vote { stage: 1, ..vote_of(&pending, person("bob")) };
    assert_eq!(pending.step(Transition::Approve(early), at(1)), Err(Conflict::Stage));
    let first = after(&pending, vote(&pending, person("bob")), 1);
    assert_eq!((first.state, first.current_stage(), first.votes_missing()), (State::Pending, Some(1), 2));
    for stage in [0, 2, u32::MAX] {
        let wrong = Vote { stage, ..vote_of(&first, person("dave")) };
        assert_eq!(first.step(Transition::Approve(wrong), at(1)), Err(Conflict::Stage), "{stage}");
    }
    let second = after(&first, vote(&first, person("dave")), 1);
    assert_eq!(second.state, State::Pending);
    assert_eq!(after(&second, vote(&second, person("erin")), 1).state, State::Approved);
}

#[test]
fn a_human_counts_once_over_all_stages() {
    let first = after(&two_stages(), vote(&two_stages(), person("bob")), 1);
    let alias = Actor { human: principal("bob"), ..person("bob.two") };
    for again in [person("bob"), alias] {
        assert_eq!(first.step(vote(&first, again), at(1)), Err(Conflict::VotedAlready));
    }
}

#[test]
fn each_stage_needs_its_own_number_when_it_is_used() {
    let mut request = two_stages();
    for name in ["bob", "dave", "erin"] {
        request = after(&request, vote(&request, person(name)), 1);
    }
    let use_with = |valid: &[u32]| {
        let approvals = Approvals::stages(vec![1, 2]).unwrap();
        request.step(Transition::Intend { bounds: bounds(600), approvals, valid: valid.to_vec() }, at(2))
    };
    assert!(use_with(&[1, 2]).is_ok());
    // Three of three, and still not those who were needed.
    assert_eq!(use_with(&[2, 1]), Err(Conflict::TooFewVotes { have: 2, need: 3 }));
    assert_eq!(use_with(&[3]), Err(Conflict::TooFewVotes { have: 1, need: 3 }));
    assert_eq!(use_with(&[]), Err(Conflict::TooFewVotes { have: 0, need: 3 }));
}

#[test]
fn a_say_that_was_given_away_is_one_say_and_never_the_requesters() {
    let pending = request(Approvals::humans(2), 600);
    let given = |by: &str, from: &str| {
        Transition::Approve(Vote { on_behalf: Some(principal(from)), ..vote_of(&pending, person(by)) })
    };
    assert_eq!(pending.step(given("bob", "carol"), at(1)), Err(Conflict::OwnRequest));
    let once = after(&pending, given("bob", "dave"), 1);
    // Both says are used: the one who gave it, the one who used it, and by another way round.
    assert_eq!(once.step(vote(&once, person("dave")), at(1)), Err(Conflict::VotedAlready));
    assert_eq!(once.step(vote(&once, person("bob")), at(1)), Err(Conflict::VotedAlready));
    assert_eq!(once.step(given("erin", "dave"), at(1)), Err(Conflict::VotedAlready));
    assert_eq!(once.step(given("erin", "bob"), at(1)), Err(Conflict::VotedAlready));
    assert_eq!(once.state, State::Pending);
    // Whoever gave it and is disabled takes the vote along.
    for human in ["bob", "dave"] {
        let withdrawn = after(&once, Transition::WithdrawVotes { human: principal(human) }, 2);
        assert!(withdrawn.votes.is_empty(), "{human}");
    }
}

fn more(by: u64) -> Extension {
    Extension {
        by: Span::clamped(by),
        reason: "not done yet".into(),
        asked: at(10),
        pending_until: at(300),
        approvals: Approvals::humans(1),
        votes: Vec::new(),
    }
}

fn extend(bounds: Bounds, valid: u32) -> Transition {
    Transition::Extend { bounds, approvals: Approvals::humans(1), valid: vec![valid] }
}

#[test]
fn only_an_approved_extension_moves_the_end() {
    let active = active();
    let end = |request: &Request| request.window.unwrap().end;
    assert_eq!(end(&active), at(602));
    assert_eq!(active.step(extend(bounds(7200), 1), at(10)), Err(Conflict::NoExtension));
    let asked = after(&active, Transition::AskExtension(more(100)), 10);
    assert_eq!(end(&asked), at(602));
    assert_eq!(asked.step(Transition::AskExtension(more(5)), at(11)), Err(Conflict::ExtensionPending));
    let early = asked.step(extend(bounds(7200), 0), at(11));
    assert_eq!(early, Err(Conflict::TooFewVotes { have: 0, need: 1 }));
    let voted = after(&asked, vote(&asked, person("bob")), 20);
    assert_eq!((end(&voted), voted.current_stage()), (at(602), None));
    let extended = after(&voted, extend(bounds(7200), 1), 21);
    assert_eq!((end(&extended), extended.extension.as_ref()), (at(702), None));
    assert_eq!(extended.window.unwrap().start, active.window.unwrap().start);
    // And what was decided before is as it was.
    assert!(extended.votes.iter().all(|vote| vote.shown == extended.digest()));
}

#[test]
fn an_ask_for_more_time_brings_no_votes_along() {
    let voted = Extension { votes: vec![vote_of(&active(), person("bob"))], ..more(100) };
    let asked = after(&active(), Transition::AskExtension(voted), 10);
    assert_eq!(asked.current_stage(), Some(0));
}

#[test]
fn an_end_never_moves_past_the_longest_total_of_then_and_now_nor_another_bound() {
    let asked = after(&active(), Transition::AskExtension(more(100_000)), 10);
    let voted = after(&asked, vote(&asked, person("bob")), 20);
    let end =
        |bounds: Bounds| voted.step(extend(bounds, 1), at(21)).map(|step| step.next.window.unwrap().end);
    assert_eq!(end(bounds(100_000)), Ok(at(2 + 7200)));
    assert_eq!(end(bounds(3600)), Ok(at(2 + 3600)));
    assert_eq!(end(Bounds { until: Some(at(1000)), ..bounds(100_000) }), Ok(at(1000)));
    // A bound that is nearer than the end refuses, and shortens nothing.
    assert!(matches!(end(bounds(300)), Err(Conflict::LongestTotal(_))));
    assert!(matches!(end(Bounds { until: Some(at(100)), ..bounds(7200) }), Err(Conflict::LongestTotal(_))));
    // The approver gives less.
    let less = Vote { max: Some(Span::clamped(60)), ..vote_of(&asked, person("bob")) };
    let less = after(&asked, Transition::Approve(less), 20);
    assert_eq!(after(&less, extend(bounds(7200), 1), 21).window.unwrap().end, at(662));
}

#[test]
fn more_time_is_for_live_grants_that_can_be_used_twice() {
    let active = active();
    let ask = || Transition::AskExtension(more(60));
    assert_eq!(active.step(ask(), at(602)), Err(Conflict::Over));
    let mut single = active.clone();
    single.terms.single_use = true;
    assert_eq!(single.step(ask(), at(10)), Err(Conflict::SingleUse));
    let mut longest = active.clone();
    longest.terms.max_total = Span::clamped(600);
    assert_eq!(longest.step(ask(), at(10)), Err(Conflict::LongestTotal(Span::clamped(600))));
    let pending = request(Approvals::humans(1), 600);
    assert_eq!(pending.step(ask(), at(1)), Err(Conflict::State(State::Pending)));
    let ending = after(&active, Transition::Revoke { by: None, comment: None }, 10);
    assert_eq!(ending.step(ask(), at(11)), Err(Conflict::State(State::Ending)));
}

#[test]
fn a_vote_on_more_time_is_as_strict_as_one_on_the_request() {
    let asked = after(&active(), Transition::AskExtension(more(60)), 10);
    assert_eq!(asked.step(vote(&asked, person("carol")), at(20)), Err(Conflict::OwnRequest));
    // A vote for the request itself is none for more time.
    let shown = Vote { shown: active().digest(), ..vote_of(&asked, person("bob")) };
    assert_eq!(asked.step(Transition::Approve(shown), at(20)), Err(Conflict::Shown));
    assert_eq!(asked.step(vote(&asked, person("bob")), at(300)), Err(Conflict::Over));
    let voted = after(&asked, vote(&asked, person("bob")), 20);
    assert_eq!(voted.step(vote(&voted, person("bob")), at(21)), Err(Conflict::VotedAlready));
    let gone = after(&voted, Transition::WithdrawVotes { human: principal("bob") }, 22);
    assert_eq!((gone.current_stage(), gone.votes.len()), (Some(0), 1));
}

#[test]
fn more_time_that_is_not_given_leaves_the_grant_as_it_was() {
    let active = active();
    let asked = after(&active, Transition::AskExtension(more(60)), 10);
    // The clock drops it before the grant ends.
    assert_eq!(asked.due(), Some(at(300)));
    let dropped = after(&asked, Transition::DropExtension, 300);
    assert_eq!((dropped.window, dropped.state, dropped.due()), (active.window, State::Active, Some(at(602))));
    assert_eq!(dropped.step(Transition::DropExtension, at(301)), Err(Conflict::NoExtension));
    let ended = after(&asked, Transition::Expire, 602);
    assert_eq!((ended.state, ended.extension), (State::Ending, None));
}

#[test]
fn reminders_and_the_escalation_come_when_they_are_due_and_only_while_nobody_decided() {
    let mut pending = request(Approvals::humans(1), 600);
    assert_eq!(pending.due(), Some(at(600)));
    assert_eq!(pending.step(Transition::Remind, at(9999)), Err(Conflict::NotDue));
    assert_eq!(pending.step(Transition::Escalate, at(9999)), Err(Conflict::NotDue));
    pending.terms.remind = Some(Span::clamped(100));
    pending.terms.escalate = Some(Span::clamped(250));
    assert_eq!(pending.due(), Some(at(100)));
    assert_eq!(pending.step(Transition::Remind, at(99)), Err(Conflict::NotDue));
    let reminded = after(&pending, Transition::Remind, 100);
    assert_eq!((reminded.reminders, reminded.due()), (1, Some(at(200))));
    // One for all that a stopped server has missed.
    let late = after(&reminded, Transition::Remind, 431);
    assert_eq!((late.reminders, late.reminder_due()), (4, Some(at(500))));
    assert_eq!(late.step(Transition::Remind, at(499)), Err(Conflict::NotDue));

    assert_eq!(reminded.step(Transition::Escalate, at(249)), Err(Conflict::NotDue));
    let escalated = after(&reminded, Transition::Escalate, 250);
    assert!(escalated.escalated && escalated.escalation_due().is_none());
    assert_eq!(escalated.step(Transition::Escalate, at(9999)), Err(Conflict::NotDue));
    assert!(escalated.escalation_was(at(250)) && !escalated.escalation_was(at(249)));
    assert!(!reminded.escalation_was(at(250)));

    let approved = after(&escalated, vote(&escalated, person("bob")), 260);
    assert_eq!(approved.due(), Some(at(1460)));
    for late in [Transition::Remind, Transition::Escalate] {
        assert_eq!(approved.step(late, at(9999)), Err(Conflict::State(State::Approved)));
    }
}

#[test]
fn a_clock_that_jumped_by_centuries_reminds_once_and_at_once() {
    let mut pending = request(Approvals::humans(1), 600);
    pending.terms.remind = Some(Span::clamped(1));
    let late = pending.step(Transition::Remind, Time::from_millis(i64::MAX)).unwrap().next;
    assert_eq!(late.reminders, u32::MAX);
}

fn broken_glass() -> Request {
    let mut request = request(Approvals::AUTO, 600);
    request.debrief = Some(super::super::debrief::Debrief::opened(at(0), Span::clamped(1000)));
    request
}

fn close(by: Actor) -> Transition {
    Transition::CloseDebrief { by, verdict: Verdict::Ok, comment: None }
}

#[test]
fn only_another_human_closes_a_debrief_and_once() {
    let request = broken_glass();
    assert!(request.owes_debrief());
    let alias = Actor { human: principal("carol"), ..person("carol.two") };
    for own in [person("carol"), alias] {
        assert_eq!(request.step(close(own), at(1)), Err(Conflict::OwnRequest));
    }
    let service = Actor { human: principal("bob"), kind: Kind::Service, principal: principal("ci") };
    assert_eq!(request.step(close(service), at(1)), Err(Conflict::Service));
    let closed = after(&request, close(person("bob")), 1);
    assert!(!closed.owes_debrief());
    assert_eq!(closed.step(close(person("dave")), at(2)), Err(Conflict::NoDebrief));
    let ordinary = super::tests::request(Approvals::humans(1), 600);
    assert_eq!(ordinary.step(close(person("bob")), at(1)), Err(Conflict::NoDebrief));
}

#[test]
fn a_debrief_is_closed_and_overdue_in_every_state_and_changes_none() {
    for state in State::ALL {
        let mut request = broken_glass();
        request.state = state;
        assert_eq!(request.debrief_due(), Some(at(1000)));
        assert_eq!(request.step(Transition::DebriefOverdue, at(999)), Err(Conflict::NotDue));
        let overdue = after(&request, Transition::DebriefOverdue, 1000);
        // Told once.
        assert_eq!(overdue.step(Transition::DebriefOverdue, at(2000)), Err(Conflict::NotDue));
        assert_eq!((overdue.state, overdue.debrief_due(), overdue.owes_debrief()), (state, None, true));
        let closed = after(&overdue, close(person("bob")), 1001);
        assert_eq!((closed.state, closed.owes_debrief(), closed.revision), (state, false, 3));
        let in_time = after(&request, close(person("bob")), 1);
        assert_eq!(in_time.step(Transition::DebriefOverdue, at(2000)), Err(Conflict::NotDue));
        if state.is_terminal() {
            assert_eq!((request.due(), in_time.due()), (Some(at(1000)), None));
        }
    }
}

/// Any transition, made by any of five identities of three humans, at any time.
fn transition() -> impl Strategy<Value = (Transition, i64)> {
    let actor = (0usize..7).prop_map(|i| match i {
        0 => person("carol"),
        1 => Actor { human: principal("carol"), ..person("carol.two") },
        2 => person("bob"),
        3 => Actor { human: principal("bob"), ..person("bob.two") },
        4 => person("dave"),
        5 => person("erin"),
        _ => Actor { human: principal("bob"), kind: Kind::Service, principal: principal("ci") },
    });
    let span = (1u64..9000).prop_map(Span::clamped);
    let valid = || proptest::collection::vec(0u32..4, 0..3);
    let approvals =
        || proptest::collection::vec(1u32..3, 0..3).prop_map(|needed| Approvals::stages(needed).unwrap());
    let bounds = (span.clone(), proptest::option::of(-100i64..9000))
        .prop_map(|(max, until)| Bounds { max, until: until.map(at) });
    let on_behalf = proptest::option::weighted(0.2, proptest::sample::select(vec!["carol", "bob", "dave"]));
    let transition = prop_oneof![
        // What was shown is put in where the vote is cast.
        6 => (actor.clone(), proptest::option::of(span.clone()), any::<bool>(), 0u32..2, on_behalf).prop_map(
            |(by, max, honest, stage, from)| {
                let shown = if honest { Digest::of(b"what is filed") } else { Digest::of(b"other") };
                let on_behalf = from.map(principal);
                Transition::Approve(Vote { by, on_behalf, at: at(0), stage, shown, max, comment: None })
            }
        ),
        1 => actor.clone().prop_map(|a| Transition::Deny { by: a.principal, comment: "no".into() }),
        1 => actor.clone().prop_map(|a| Transition::Cancel { by: a.principal, comment: None }),
        1 => Just(Transition::Lapse),
        6 => (bounds.clone(), approvals(), valid())
            .prop_map(|(bounds, approvals, valid)| Transition::Intend { bounds, approvals, valid }),
        4 => Just(Transition::Activate),
        1 => (approvals(), valid()).prop_map(|(approvals, valid)| Transition::Reissue { approvals, valid }),
        1 => Just(Transition::WithdrawVotes { human: principal("bob") }),
        1 => Just(Transition::GiveUpIntent),
        1 => actor.clone().prop_map(|a| Transition::Revoke { by: Some(a.principal), comment: None }),
        1 => Just(Transition::Remind),
        1 => Just(Transition::Escalate),
        5 => (span, approvals(), -100i64..9000).prop_map(|(by, approvals, until)| {
            Transition::AskExtension(Extension { by, approvals, pending_until: at(until), ..more(1) })
        }),
        1 => Just(Transition::DropExtension),
        5 => (bounds, approvals(), valid())
            .prop_map(|(bounds, approvals, valid)| Transition::Extend { bounds, approvals, valid }),
        1 => Just(Transition::DebriefOverdue),
        1 => actor.prop_map(close),
        2 => Just(Transition::Expire),
        2 => Just(Transition::ConfirmAbsent),
    ];
    (transition, prop_oneof![3 => -100i64..700, 1 => -4000i64..9000])
}

/// An honest voter was shown what is filed.
fn shown(request: &Request, transition: Transition) -> Transition {
    match transition {
        Transition::Approve(vote) if vote.shown == Digest::of(b"what is filed") => {
            Transition::Approve(Vote { shown: request.digest(), ..vote })
        }
        other => other,
    }
}

/// INVARIANT 2: distinct humans, none of them the requester's, none a service, each for what was shown.
fn check_votes(votes: &[Vote], request: &Request) -> Result<(), TestCaseError> {
    let says: Vec<_> =
        votes.iter().flat_map(|v| [Some(&v.by.human), v.on_behalf.as_ref()]).flatten().collect();
    let mut humans: BTreeSet<_> = says.iter().copied().collect();
    prop_assert!(!humans.contains(&request.requester.human));
    prop_assert!(votes.iter().all(|vote| vote.by.kind == Kind::Person));
    for vote in votes {
        // Nobody's say is in two votes.
        let own: BTreeSet<_> =
            [Some(&vote.by.human), vote.on_behalf.as_ref()].into_iter().flatten().collect();
        prop_assert!(own.iter().all(|human| humans.remove(human)));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// INVARIANTS 2, 3 and 4 over random histories, in any order and with a clock that jumps.
    #[test]
    fn no_history_breaks_an_invariant(
        two_stages in any::<bool>(),
        glass in any::<bool>(),
        history in proptest::collection::vec(transition(), 1..60),
    ) {
        let approvals = if two_stages { Approvals::stages(vec![1, 1]).unwrap() } else { Approvals::humans(2) };
        let mut request = request(approvals, 600);
        request.debrief = broken_glass().debrief.filter(|_| glass);
        request.terms.remind = Some(Span::clamped(100));
        request.terms.escalate = Some(Span::clamped(200));
        let mut withdrawn = false;
        for (transition, secs) in history {
            let before = request.clone();
            let transition = shown(&request, transition);
            let was = transition.clone();
            let Ok(step) = request.step(transition, at(secs)) else {
                prop_assert_eq!(&before, &request);
                continue;
            };
            request = step.next;
            withdrawn |= step.effect == Some(Effect::Withdraw);
            if before.state.is_terminal() {
                prop_assert_eq!(before.state, request.state);
                let debrief = matches!(was, Transition::DebriefOverdue | Transition::CloseDebrief { .. });
                prop_assert!(debrief, "{:?} left {}", was, before.state);
            }
            prop_assert_eq!(request.revision, before.revision + 1);

            check_votes(&request.votes, &request)?;
            check_votes(request.current_votes(), &request)?;
            if request.extension.is_none() {
                prop_assert!(request.votes.iter().all(|vote| vote.shown == request.digest()));
            }
            if matches!(request.state, State::Approved | State::Active | State::Ending) {
                prop_assert!(request.votes.len() >= 2);
                let of_stage = |stage| request.votes.iter().filter(|vote| vote.stage == stage).count();
                prop_assert!(!two_stages || (of_stage(0) == 1 && of_stage(1) == 1));
            }
            if let Some(window) = request.window {
                prop_assert!(window.start < window.end);
                prop_assert!(window.end <= window.start.plus(request.terms.max_total));
                prop_assert!(request.longest() <= request.duration.min(request.terms.max));
                match before.window {
                    None => prop_assert!(window.end <= window.start.plus(request.longest())),
                    Some(earlier) if earlier != window => {
                        let extended = matches!(was, Transition::Extend { .. });
                        prop_assert!(extended, "{:?} moved an end", was);
                        prop_assert!(window.start == earlier.start && window.end > earlier.end);
                        let asked = before.extension.as_ref().unwrap();
                        prop_assert!(window.end <= earlier.end.plus(asked.by));
                    }
                    Some(_) => {}
                }
            } else if before.window.is_some() {
                prop_assert!(matches!(was, Transition::GiveUpIntent));
            }
            prop_assert!(request.extension.is_none() || request.state == State::Active);
            if request.state == State::Active {
                prop_assert!(request.window.is_some());
            }
            if matches!(before.state, State::Active) && request.state.is_terminal() {
                prop_assert!(false, "active left to {} without ending", request.state);
            }
            if request.state == State::Expired {
                prop_assert!(withdrawn);
            }
            if let (Some(then), Some(now)) = (&before.debrief, &request.debrief) {
                prop_assert!(then.closed.is_none() || then == now);
                prop_assert!(now.closed.as_ref().is_none_or(|closed| closed.by != principal("carol")));
            }
        }
    }

    #[test]
    fn a_terminal_state_never_leaves(step in transition(), state in proptest::sample::select(State::ALL.into_iter().filter(|s| s.is_terminal()).collect::<Vec<_>>())) {
        let mut request = request(Approvals::humans(1), 600);
        request.state = state;
        let refused = match step.0 {
            // Nothing is owed, and that is told first.
            Transition::CloseDebrief { .. } | Transition::DebriefOverdue => request.step(step.0, at(step.1)).is_err(),
            other => request.step(other, at(step.1)) == Err(Conflict::State(state)),
        };
        prop_assert!(refused);
    }
}
