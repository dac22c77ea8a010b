//! More time.

use super::*;

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
