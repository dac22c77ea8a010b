//! Whose yes counts, when, and how often: stages, delegations, escalation, and who sees anything at all.

use super::super::Error;
use super::super::testing::{World, policy, with_people};
use crate::api::{self, ListFilter, Problem};
use crate::domain::{Conflict, Span, State};
use crate::ops::Home;

const STAGES: &str = with_people!(
    r#"
[resource.web-1]
provider = "ssh"

[role.stages]
resources = ["web-1"]
requesters = ["carol"]
max-duration = "2h"
pending-timeout = "2h"
remind = "20m"
escalate = { after = "1h", to = ["eve"] }
[[role.stages.stage]]
name = "team"
approvers = ["bob"]
approvals = 1
[[role.stages.stage]]
name = "owners"
approvers = ["bob.two", "dave"]
approvals = 1
[role.stages.ssh]
principals = ["deploy"]

[role.two]
resources = ["web-1"]
requesters = ["bob", "carol", "eve"]
approvers = ["alice", "bob"]
approvals = 2
max-duration = "1h"
[role.two.ssh]
principals = ["deploy"]
"#
);

async fn world() -> World {
    World::with(Home::Directory, STAGES).await
}

/// Whatever they do, the answer is the one for an id that nobody has.
async fn sees_nothing(world: &World, who: &str, request: &api::Request) {
    let caller = world.as_user(who).await;
    let fake = "000000000000";
    let ids = [request.id.to_string(), fake.to_owned()];
    let (engine, shown) = (&world.engine, request.shown);
    let mut answers = Vec::new();
    for id in &ids {
        let approve = api::Approve { shown, max: None, comment: None };
        let deny = api::Deny { comment: "no".into() };
        let revoke = api::Revoke { which: api::Which::Ids(vec![id.clone()]), comment: None };
        let verdict = api::DebriefVerdict { verdict: api::Verdict::Ok, comment: None };
        let extend = api::Extend { by: Span::clamped(60), reason: "x".into() };
        let errors = [
            engine.show(&caller, id).await.unwrap_err(),
            engine.wait(&caller, id, request.revision, Span::clamped(1)).await.unwrap_err(),
            engine.approve(&caller, id, &approve).await.unwrap_err(),
            engine.deny(&caller, id, &deny).await.unwrap_err(),
            engine.cancel(&caller, id, &api::Cancel::default()).await.unwrap_err(),
            engine.extend(&caller, id, &extend).await.unwrap_err(),
            engine.debrief(&caller, id, &verdict).await.unwrap_err(),
            engine.revoke(&caller, &revoke).await.unwrap_err(),
        ];
        answers.push(errors.map(|error| {
            let problem = Problem::from(error);
            assert_eq!(problem.code, api::Code::NotFound, "{who}: {problem}");
            (problem.message.replace(id.as_str(), fake), problem.hint, problem.reasons)
        }));
    }
    assert_eq!(answers[0], answers[1], "{who}");
    for filter in [ListFilter::Open, ListFilter::Pending, ListFilter::ToApprove, ListFilter::History] {
        let query = api::ListQuery { filter, limit: None, after: None };
        let listed = engine.list(&caller, &query).await.unwrap().requests;
        assert!(listed.iter().all(|listed| listed.id != request.id), "{who} {filter:?}");
    }
}

/// Under another of their names they see what they asked for, and decide nothing about it.
async fn is_their_own(world: &World, who: &str, request: &api::Request) {
    assert_eq!(world.show(who, request).await.unwrap().id, request.id);
    for refused in [world.approve(who, request).await.map(drop), world.deny(who, request).await.map(drop)] {
        assert!(matches!(refused, Err(Error::Conflict(Conflict::OwnRequest))), "{who}: {refused:?}");
    }
}

#[tokio::test]
async fn who_has_no_say_sees_nothing_and_the_second_stage_only_after_the_first() {
    let world = world().await;
    let request = world.ask("carol", "stages").await;
    for who in ["alice", "bob.two", "dave", "eve", "ci"] {
        sees_nothing(&world, who, &request).await;
    }
    is_their_own(&world, "carol.two", &request).await;
    let shown = world.show("bob", &request).await.unwrap();
    assert_eq!((shown.stages.as_slice(), shown.stage, shown.approvals_missing), (&[1, 1][..], Some(1), 2));
    world.approve("bob", &request).await.unwrap();
    let shown = world.show("dave", &request).await.unwrap();
    assert_eq!((shown.stage, shown.approvals_missing), (Some(2), 1));
    for who in ["alice", "eve", "ci"] {
        sees_nothing(&world, who, &request).await;
    }
    // It is still theirs to look at, and not to decide.
    assert_eq!(world.show("bob", &request).await.unwrap().stage, Some(2));
    assert!(world.deny("bob", &request).await.is_err());
    assert_eq!(world.approve("dave", &request).await.unwrap().state, State::Approved);
    world.use_it("carol", &request).await.unwrap();
    assert_eq!(world.told("request.vote", "stage").await, ["1", "2"]);
}

#[tokio::test]
async fn one_human_with_an_identity_in_each_stage_decides_one_of_them() {
    let world = world().await;
    let request = world.ask("carol", "stages").await;
    world.approve("bob", &request).await.unwrap();
    let again = world.approve("bob.two", &request).await;
    assert!(matches!(again, Err(Error::Conflict(Conflict::VotedAlready))), "{again:?}");
    assert_eq!(world.state(&request).await, State::Pending);
    assert!(world.use_it("carol", &request).await.is_err());
}

#[tokio::test]
async fn a_stage_that_was_added_since_the_votes_has_to_agree_too() {
    let world = world().await;
    let request = world.ask("carol", "stages").await;
    world.approve("bob", &request).await.unwrap();
    world.approve("dave", &request).await.unwrap();
    let third =
        "[[role.stages.stage]]\nname = \"third\"\napprovers = [\"alice\"]\napprovals = 1\n[role.stages.ssh]";
    world.engine.take_policy(policy(&STAGES.replace("[role.stages.ssh]", third))).await.unwrap();
    let used = world.use_it("carol", &request).await;
    assert!(matches!(used, Err(Error::Conflict(Conflict::TooFewVotes { have: 2, need: 3 }))), "{used:?}");
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn the_vote_of_a_delegate_is_the_delegators_and_counts_once() {
    let world = world().await;
    world.delegate("bob", "eve", 3600).await;
    let request = world.ask("carol", "two").await;
    let voted = world.approve("eve", &request).await.unwrap();
    assert_eq!(voted.votes[0].on_behalf.as_ref().unwrap().subject.as_str(), "bob");
    assert_eq!(world.told("request.vote", "on-behalf-of").await, ["bob"]);
    for who in ["bob", "eve"] {
        let again = world.approve(who, &request).await;
        assert!(matches!(again, Err(Error::Conflict(Conflict::VotedAlready))), "{who}: {again:?}");
    }
    assert_eq!(world.state(&request).await, State::Pending);
    assert_eq!(world.approve("alice", &request).await.unwrap().state, State::Approved);
    // It counts as of the vote, also when its time is over by now.
    world.later(3601).await;
    let request = world.ask("carol", "two").await;
    assert!(world.approve("eve", &request).await.is_err());
}

#[tokio::test]
async fn a_delegation_gives_no_say_on_the_request_of_either_and_is_not_passed_on() {
    let world = world().await;
    world.delegate("bob", "eve", 3600).await;
    world.delegate("eve", "dave", 3600).await;
    let of_delegator = world.ask("bob", "two").await;
    sees_nothing(&world, "eve", &of_delegator).await;
    let own = world.ask("eve", "two").await;
    assert!(matches!(world.approve("eve", &own).await, Err(Error::Conflict(Conflict::OwnRequest))));
    let carols = world.ask("carol", "two").await;
    for request in [&of_delegator, &own, &carols] {
        sees_nothing(&world, "dave", request).await;
    }
    // To one's own other identity it gives nothing either.
    world.delegate("alice", "bob.two", 3600).await;
    is_their_own(&world, "bob.two", &of_delegator).await;
    world.approve("bob.two", &carols).await.unwrap();
    assert!(matches!(world.approve("bob", &carols).await, Err(Error::Conflict(Conflict::VotedAlready))));
}

#[tokio::test]
async fn a_delegation_that_was_taken_back_voids_the_vote_at_the_activation() {
    let world = world().await;
    world.delegate("bob", "eve", 3600).await;
    let request = world.ask("carol", "two").await;
    world.approve("eve", &request).await.unwrap();
    world.approve("alice", &request).await.unwrap();
    world.take_delegation_back("bob", "eve").await;
    let used = world.use_it("carol", &request).await;
    assert!(matches!(used, Err(Error::Conflict(Conflict::TooFewVotes { have: 1, need: 2 }))), "{used:?}");
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn a_delegation_of_an_alias_is_one_of_the_human_behind_it() {
    let world = world().await;
    world.delegate("bob.two", "eve", 3600).await;
    let request = world.ask("carol", "stages").await;
    sees_nothing(&world, "eve", &world.ask("bob", "two").await).await;
    world.approve("bob", &request).await.unwrap();
    // That is bob's one say, and he has used it.
    assert!(matches!(world.approve("eve", &request).await, Err(Error::Conflict(Conflict::VotedAlready))));
    world.approve("dave", &request).await.unwrap();

    let text = STAGES.replace("approvers = [\"bob\"]\n", "approvers = [\"alice\"]\n");
    let world = World::with(Home::Directory, &text).await;
    world.delegate("bob.two", "eve", 3600).await;
    let request = world.ask("carol", "stages").await;
    world.approve("alice", &request).await.unwrap();
    world.approve("eve", &request).await.unwrap();
    assert!(world.use_it("carol", &request).await.is_ok(), "and it counts at the activation as at the vote");
}

#[tokio::test]
async fn who_was_disabled_takes_along_the_vote_that_was_given_in_their_place() {
    let world = world().await;
    world.delegate("bob", "eve", 3600).await;
    let request = world.ask("carol", "two").await;
    world.approve("eve", &request).await.unwrap();
    let ended = world.engine.disable_user(&world.admin, &"bob".parse().unwrap()).await.unwrap();
    assert_eq!(ended.votes, 1);
    assert_eq!(world.approve("alice", &request).await.unwrap().state, State::Pending);
}

#[tokio::test]
async fn others_decide_only_after_the_time_of_the_escalation() {
    let world = world().await;
    let request = world.ask("carol", "stages").await;
    world.later(3599).await;
    sees_nothing(&world, "eve", &request).await;
    assert_eq!(world.count("request.escalated").await, 0);
    world.later(1).await;
    assert_eq!(world.told("request.escalated", "who").await, ["bob, eve"]);
    let shown = world.show("eve", &request).await.unwrap();
    assert!(shown.escalated);
    world.approve("eve", &request).await.unwrap();
    assert_eq!(world.approve("dave", &request).await.unwrap().state, State::Approved);
    world.use_it("carol", &request).await.unwrap();
}

#[tokio::test]
async fn who_may_decide_is_reminded_by_events_until_somebody_has() {
    let world = world().await;
    let request = world.ask("carol", "stages").await;
    let lapses = request.until;
    world.later(1199).await;
    assert_eq!(world.count("request.reminded").await, 0);
    world.later(1).await;
    assert_eq!(world.told("request.reminded", "who").await, ["bob"]);
    world.approve("bob", &request).await.unwrap();
    // One stands for all that a sleeping server has missed.
    world.later(2399).await;
    world.later(0).await;
    assert_eq!(world.told("request.reminded", "who").await, ["bob", "bob.two, dave"]);
    assert_eq!(world.show("carol", &request).await.unwrap().until, lapses);
    world.approve("dave", &request).await.unwrap();
    world.later(3000).await;
    assert_eq!(world.count("request.reminded").await, 2);
}
