//! Extensions, and what else moves or clips the end of a grant.

use super::super::Error;
use super::super::testing::{World, new_request, policy, with_people};
use crate::api;
use crate::domain::{Conflict, Span, State};
use crate::ops::{Clock, Home};
use crate::policy::Refusal;

const MORE: &str = with_people!(
    r#"
[window.morning]
zone = "UTC"
open = ["mon-fri 07:00-08:30"]

[resource.web-1]
provider = "ssh"
labels = { env = "staging" }

[role.auto]
resources = ["web-1"]
requesters = ["carol"]
auto-approve = "resource.labels.env == 'staging'"
max-duration = "1h"
max-total = "90m"
[role.auto.ssh]
principals = ["deploy"]

[role.voted]
resources = ["web-1"]
requesters = ["carol"]
approvers = ["alice", "bob"]
approvals = 1
max-duration = "1h"
max-total = "2h"
pending-timeout = "5m"
[role.voted.ssh]
principals = ["deploy"]

[role.plain]
resources = ["web-1"]
requesters = ["carol"]
auto-approve = "resource.labels.env == 'staging'"
max-duration = "1h"
[role.plain.ssh]
principals = ["deploy"]

[role.mornings]
resources = ["web-1"]
requesters = ["carol"]
auto-approve = "resource.labels.env == 'staging'"
max-duration = "2h"
max-total = "4h"
use-windows = ["morning"]
[role.mornings.ssh]
principals = ["deploy"]
"#
);

async fn world() -> World {
    World::with(Home::Directory, MORE).await
}

async fn active(world: &World, role: &str) -> api::Request {
    let request = world.ask("carol", role).await;
    if request.state == State::Pending {
        world.approve("bob", &request).await.unwrap();
    }
    world.use_it("carol", &request).await.unwrap().request
}

async fn ends_in(world: &World, request: &api::Request) -> i64 {
    world.show("carol", request).await.unwrap().ends_in_s.unwrap()
}

#[tokio::test]
async fn more_time_is_given_at_once_where_the_policy_decides_alone() {
    let world = world().await;
    let request = active(&world, "auto").await;
    let extended = world.extend("carol", &request, 600).await.unwrap();
    assert_eq!((extended.ends_in_s, extended.extension), (Some(1200), None));
    assert_eq!(world.count("extension.asked").await, 1);
    assert_eq!(world.count("extension.approved").await, 1);
    // The grant goes on behind its first end, and ends at the new one.
    world.later(1199).await;
    assert_eq!(world.state(&request).await, State::Active);
    assert!(world.use_again("carol", &request).await.is_ok());
    world.later(1).await;
    assert_eq!(world.state(&request).await, State::Expired);
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn more_time_never_goes_past_the_longest_total_and_is_not_rounded_to_it() {
    let world = world().await;
    let request = active(&world, "auto").await;
    let over = world.extend("carol", &request, 5400 - 600 + 1).await;
    assert!(matches!(over, Err(Error::Conflict(Conflict::LongestTotal(_)))), "{over:?}");
    assert_eq!(ends_in(&world, &request).await, 600);
    world.extend("carol", &request, 5400 - 600).await.unwrap();
    assert_eq!(ends_in(&world, &request).await, 5400);
    assert!(world.extend("carol", &request, 1).await.is_err());
    // A role that says nothing of a total has no extension.
    world.revoke("carol", api::Which::Mine).await.unwrap();
    let ask = api::NewRequest { duration: Span::clamped(3600), ..new_request("plain") };
    let plain = world.try_ask("carol", &ask).await.unwrap().request;
    world.use_it("carol", &plain).await.unwrap();
    assert!(world.extend("carol", &plain, 1).await.is_err());
    assert_eq!(world.count("extension.refused").await, 3);
}

#[tokio::test]
async fn only_the_requester_asks_for_more_time_and_only_while_it_is_active() {
    let world = world().await;
    let request = world.ask("carol", "voted").await;
    assert!(matches!(world.extend("carol", &request, 60).await, Err(Error::StillPending(_))));
    world.approve("bob", &request).await.unwrap();
    assert!(world.extend("carol", &request, 60).await.is_err());
    world.use_it("carol", &request).await.unwrap();
    for who in ["bob", "alice", "root", "eve"] {
        assert!(world.extend(who, &request, 60).await.is_err(), "{who}");
    }
    world.clock.advance(600);
    let late = world.extend("carol", &request, 60).await;
    assert!(late.is_err(), "its time is over: {late:?}");
    world.later(0).await;
    assert!(world.extend("carol", &request, 60).await.is_err());
    assert_eq!(world.state(&request).await, State::Expired);
}

#[tokio::test]
async fn where_people_decide_they_decide_on_more_time_too_by_a_vote_of_its_own() {
    let world = world().await;
    let request = active(&world, "voted").await;
    let asked = world.extend("carol", &request, 1200).await.unwrap();
    assert_eq!((asked.state, asked.ends_in_s, asked.approvals_missing), (State::Active, Some(600), 1));
    assert_ne!(asked.shown, request.shown, "what is shown is the ask for more");
    assert!(matches!(
        world.extend("carol", &request, 60).await,
        Err(Error::Conflict(Conflict::ExtensionPending))
    ));
    // A yes to what the request was is none to this.
    assert!(matches!(world.approve("bob", &request).await, Err(Error::Conflict(Conflict::Shown))));
    assert!(matches!(world.approve("carol", &asked).await, Err(Error::Conflict(Conflict::OwnRequest))));
    let extended = world.approve("bob", &asked).await.unwrap();
    assert_eq!((extended.ends_in_s, extended.extension), (Some(1800), None));
    assert_eq!(world.count("extension.approved").await, 1);
}

#[tokio::test]
async fn more_time_that_nobody_decides_about_lapses_and_the_grant_ends_in_its_time() {
    let world = world().await;
    let request = active(&world, "voted").await;
    let asked = world.extend("carol", &request, 1200).await.unwrap();
    assert_eq!(asked.until, asked.ends, "the ask changes nothing of when the grant ends");
    world.later(299).await;
    assert_eq!(world.count("extension.lapsed").await, 0);
    world.later(1).await;
    assert_eq!(world.count("extension.lapsed").await, 1);
    assert!(world.approve("bob", &asked).await.is_err());
    world.extend("carol", &request, 1200).await.unwrap();
    world.later(300).await;
    assert_eq!(world.state(&request).await, State::Expired);
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn more_time_that_is_denied_or_taken_back_leaves_the_grant_as_it_is() {
    let world = world().await;
    let request = active(&world, "voted").await;
    world.extend("carol", &request, 1200).await.unwrap();
    world.deny("alice", &request).await.unwrap();
    assert_eq!(world.count("extension.denied").await, 1);
    world.extend("carol", &request, 1200).await.unwrap();
    let carol = world.as_user("carol").await;
    world.engine.cancel(&carol, &request.id.to_string(), &api::Cancel::default()).await.unwrap();
    assert_eq!(world.count("extension.cancelled").await, 1);
    assert_eq!(world.state(&request).await, State::Active);
    assert_eq!(ends_in(&world, &request).await, 600);
    // There is nothing to cancel or to deny any more.
    assert!(world.engine.cancel(&carol, &request.id.to_string(), &api::Cancel::default()).await.is_err());
    assert!(world.deny("alice", &request).await.is_err());
    assert_eq!(world.state(&request).await, State::Active);
}

#[tokio::test]
async fn more_time_that_the_policy_does_not_allow_any_more_is_dropped_at_the_last_vote() {
    let world = world().await;
    let request = active(&world, "voted").await;
    let asked = world.extend("carol", &request, 1200).await.unwrap();
    let tighter = MORE
        .replace("max-total = \"2h\"", "max-total = \"1h\"")
        .replace("\"1h\"\nmax-total = \"1h\"", "\"5m\"\nmax-total = \"10m\"");
    world.engine.take_policy(policy(&tighter)).await.unwrap();
    assert!(world.approve("bob", &asked).await.is_err());
    let shown = world.show("carol", &request).await.unwrap();
    assert_eq!((shown.extension, shown.ends_in_s), (None, Some(600)));
    assert_eq!(world.count("extension.refused").await, 1);
    assert_eq!(world.count("extension.approved").await, 0);
}

#[tokio::test]
async fn a_vote_for_more_time_of_a_person_who_was_disabled_does_not_count() {
    let world = World::with(
        Home::Directory,
        &MORE.replace(
            "approvers = [\"alice\", \"bob\"]\napprovals = 1",
            "approvers = [\"alice\", \"bob\", \"dave\"]\napprovals = 2",
        ),
    )
    .await;
    let request = world.ask("carol", "voted").await;
    world.approve("bob", &request).await.unwrap();
    world.approve("alice", &request).await.unwrap();
    world.use_it("carol", &request).await.unwrap();
    let asked = world.extend("carol", &request, 1200).await.unwrap();
    world.approve("bob", &asked).await.unwrap();
    let ended = world.engine.disable_user(&world.admin, &"bob".parse().unwrap()).await.unwrap();
    assert_eq!(ended.votes, 1);
    assert_eq!(world.approve("alice", &asked).await.unwrap().ends_in_s, Some(600));
    assert_eq!(world.approve("dave", &asked).await.unwrap().ends_in_s, Some(1800));
}

#[tokio::test]
async fn a_window_clips_the_end_of_a_grant_and_of_its_extension() {
    let world = world().await;
    // It is Friday, 08:00, and the window closes at 08:30.
    let ask = api::NewRequest { duration: Span::clamped(1200), ..new_request("mornings") };
    let request = world.try_ask("carol", &ask).await.unwrap().request;
    assert_eq!(world.use_it("carol", &request).await.unwrap().ends_in_s, 1200);
    let late = world.extend("carol", &request, 601).await;
    assert!(matches!(late, Err(Error::Conflict(Conflict::EndsAt(_)))), "{late:?}");
    world.extend("carol", &request, 600).await.unwrap();
    assert_eq!(ends_in(&world, &request).await, 1800);
    world.revoke("carol", api::Which::Mine).await.unwrap();

    let long = api::NewRequest { duration: Span::clamped(7200), ..ask.clone() };
    let request = world.try_ask("carol", &long).await.unwrap().request;
    assert_eq!(world.use_it("carol", &request).await.unwrap().ends_in_s, 1800);
    world.later(1800).await;
    assert_eq!(world.state(&request).await, State::Expired);
    let request = world.try_ask("carol", &ask).await.unwrap().request;
    let closed = world.use_it("carol", &request).await;
    let Err(Error::Refused(refusals)) = closed else { panic!("{closed:?}") };
    assert!(matches!(refusals.as_slice(), [Refusal::WindowClosed { .. }]));
}

#[tokio::test]
async fn a_contract_clips_the_end_of_a_grant_and_behind_it_nothing_is_given() {
    let text = MORE.replace("\ncarol = {}", "\ncarol = { contract-end = \"2027-01-15\" }");
    let world = World::with(Home::Directory, &text).await;
    let end = policy(&text).people["carol"].contract_end.unwrap();
    world.clock.advance(end.secs_after(world.clock.now()) - 300);
    let request = world.ask("carol", "auto").await;
    assert_eq!(world.use_it("carol", &request).await.unwrap().ends_in_s, 300);
    assert!(world.extend("carol", &request, 60).await.is_err());
    let unused = world.ask("carol", "plain").await;
    world.later(300).await;
    assert_eq!(world.state(&request).await, State::Expired);
    assert!(world.use_it("carol", &unused).await.is_err());
    assert!(world.try_ask("carol", &new_request("auto")).await.is_err());
    // What acts for a human whose contract is over is over with it: her service is of this contract too.
    assert_eq!(world.target.live(), 0);
}
