//! Random histories.

use proptest::prelude::*;

use super::*;

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
        1 => actor.clone().prop_map(|a| Transition::Cancel { by: Some(a.principal), comment: None }),
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
