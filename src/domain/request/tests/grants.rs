//! From the first use to the confirmed end.

use super::*;

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
