//! What comes when it is due: reminders, the escalation, debriefs.

use super::*;

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
