//! Who uses nothing is suspended by the clock, and nobody else is.

use super::super::testing::{World, new_request, with_people};
use super::super::{Error, Home};
use crate::api;
use crate::domain::{Kind, Name, State};

const POLICY: &str = with_people!(
    r#"
[group.guests]
members = ["eve"]
[resource.web-1]
provider = "ssh"
[role.one]
resources = ["web-1"]
max-duration = "7d"
requesters = ["carol", "carol.two", "ci", "eve"]
approvers = ["alice", "bob"]
approvals = 1
[role.one.ssh]
principals = ["deploy"]
[dormant.everybody]
after = "5d"
[dormant.guests]
after = "2d"
people = ["group:guests"]
"#
);

const HOUR: i64 = 3600;

async fn world() -> World {
    let world = World::with(Home::Directory, POLICY).await;
    world.engine.suspend_dormant().await.unwrap();
    world
}

/// What a server does in so many hours.
async fn hours(world: &World, hours: i64) {
    for _ in 0..hours {
        world.clock.advance(HOUR);
        world.engine.suspend_dormant().await.unwrap();
    }
}

async fn suspended(world: &World) -> Vec<String> {
    let users = world.engine.users(&world.admin).await.unwrap().users;
    users.into_iter().filter(|user| user.suspended.is_some()).map(|user| user.name.to_string()).collect()
}

/// Somebody does something that the log has.
async fn acts(world: &World, who: &str) {
    let ask = api::NewRequest { role: "nothing".into(), ..new_request("one") };
    assert!(world.try_ask(who, &ask).await.is_err());
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[tokio::test]
async fn whoever_uses_nothing_for_so_long_is_suspended_and_the_strictest_rule_counts() {
    let world = world().await;
    acts(&world, "dave").await;
    hours(&world, 2 * 24 - 1).await;
    assert!(suspended(&world).await.is_empty());
    hours(&world, 1).await;
    assert_eq!(suspended(&world).await, ["eve"]);
    acts(&world, "alice").await;
    hours(&world, 3 * 24 - 1).await;
    assert_eq!(suspended(&world).await, ["eve"]);
    hours(&world, 1).await;
    // Aliases and services go with their human; the administrator stays, though as idle as the others.
    assert_eq!(suspended(&world).await, ["bob", "bob.two", "carol", "carol.two", "ci", "dave", "eve"]);
    let causes = world.told("user.suspended", "cause").await;
    assert_eq!(causes[0], "no use since they were added on 2027-01-15");
    assert_eq!(causes.last().unwrap(), "no use since 2027-01-15", "{causes:?}");
    assert_eq!(world.told("user.suspended", "user").await, ["eve", "bob", "carol", "dave"]);
    // Once, however long it goes on; and they are told at the door.
    hours(&world, 24).await;
    assert_eq!(world.count("user.suspended").await, 4);
    let refused = world.try_ask("carol", &new_request("one")).await.unwrap_err();
    let why = format!("{refused:?}");
    assert!(why.contains("no use since"), "{why}");
}

#[tokio::test]
async fn what_a_second_name_or_a_service_does_is_use_by_the_human() {
    let world = world().await;
    hours(&world, 4 * 24).await;
    acts(&world, "ci").await;
    acts(&world, "bob.two").await;
    hours(&world, 2 * 24).await;
    let gone = suspended(&world).await;
    assert!(!gone.iter().any(|who| ["carol", "ci", "bob", "bob.two"].contains(&who.as_str())), "{gone:?}");
}

#[tokio::test]
async fn nobody_with_a_request_that_is_not_over_is_suspended() {
    let world = world().await;
    let ask = api::NewRequest {
        duration: crate::domain::Span::clamped(7 * 86_400),
        resource: Some("web-1".into()),
        ..new_request("one")
    };
    let request = world.try_ask("carol", &ask).await.unwrap().request;
    world.approve("bob", &request).await.unwrap();
    world.use_it("carol", &request).await.unwrap();
    hours(&world, 6 * 24).await;
    assert!(!suspended(&world).await.contains(&"carol".to_owned()));
    assert_eq!(world.state(&request).await, State::Active);
    // It ended, and that was the clock's doing: the ask is what they did last.
    world.later(24 * HOUR).await;
    hours(&world, 1).await;
    assert!(suspended(&world).await.contains(&"carol".to_owned()));
}

#[tokio::test]
async fn a_clock_that_jumps_and_a_server_that_was_off_suspend_nobody() {
    let mut world = world().await;
    hours(&world, 24).await;
    world.clock.advance(300 * 24 * HOUR);
    hours(&world, 24 - 1).await;
    assert!(suspended(&world).await.is_empty());
    world.clock.advance(30 * 24 * HOUR);
    world.restart(POLICY).await;
    hours(&world, 2).await;
    assert!(suspended(&world).await.is_empty());
    hours(&world, 1).await;
    // The two days of the guests' rule have been lived through now, without those in which nothing was looked at.
    assert_eq!(suspended(&world).await, ["eve"]);
    assert_eq!(world.count("user.suspended").await, 1);
}

#[tokio::test]
async fn who_is_let_in_again_begins_anew() {
    let world = world().await;
    hours(&world, 2 * 24).await;
    assert_eq!(suspended(&world).await, ["eve"]);
    let ask = api::Reinstate { user: name("eve"), comment: "back from leave".into() };
    world.engine.reinstate_user(&world.admin, &ask).await.unwrap();
    hours(&world, 2 * 24 - 1).await;
    assert!(suspended(&world).await.is_empty());
    hours(&world, 1).await;
    assert_eq!(suspended(&world).await, ["eve"]);
    let causes = world.told("user.suspended", "cause").await;
    assert!(causes[1].contains("let in again on"), "{causes:?}");
    // Again, now that there is a record of the first time.
    world.engine.reinstate_user(&world.admin, &ask).await.unwrap();
    assert!(suspended(&world).await.is_empty());
}

#[tokio::test]
async fn who_was_added_late_is_not_measured_by_the_others() {
    let world = world().await;
    hours(&world, 4 * 24).await;
    let zoe = api::NewUser { name: name("zoe"), kind: Kind::Person, human: None, admin: false };
    world.engine.add_user(&world.admin, &zoe).await.unwrap();
    hours(&world, 4 * 24).await;
    assert!(!suspended(&world).await.contains(&"zoe".to_owned()));
    hours(&world, 24).await;
    assert!(suspended(&world).await.contains(&"zoe".to_owned()));
}

#[tokio::test]
async fn without_a_rule_nobody_is_suspended_and_a_new_rule_knows_what_has_passed() {
    let without = POLICY.split("[dormant.everybody]").next().unwrap();
    let mut world = World::with(Home::Directory, without).await;
    hours(&world, 30 * 24).await;
    assert!(suspended(&world).await.is_empty());
    world.restart(POLICY).await;
    acts(&world, "alice").await;
    hours(&world, 1).await;
    assert!(!suspended(&world).await.contains(&"alice".to_owned()));
    assert!(suspended(&world).await.contains(&"dave".to_owned()));
}

#[tokio::test]
async fn the_list_says_when_everybody_did_something_last() {
    let world = world().await;
    acts(&world, "dave").await;
    let at = world.engine.now();
    hours(&world, 1).await;
    let users = world.engine.users(&world.admin).await.unwrap().users;
    let of = |who: &str| users.iter().find(|user| user.name.as_str() == who).unwrap().last_used;
    assert_eq!((of("dave"), of("eve")), (Some(at), None));
    let eve = world.as_user("eve").await;
    assert!(matches!(world.engine.users(&eve).await, Err(Error::Forbidden(_))));
}
