//! Whose vote counts, for what, and at which stage.

use super::*;

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
fn the_approver_can_grant_less() {
    let pending = request(Approvals::humans(1), 600);
    let vote = Vote { max: Some(Span::clamped(60)), ..vote_of(&pending, person("bob")) };
    let approved = pending.step(Transition::Approve(vote), at(1)).unwrap().next;
    assert_eq!(approved.step(intend(), at(2)).unwrap().next.window.unwrap().end, at(62));
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
