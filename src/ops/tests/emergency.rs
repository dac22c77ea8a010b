//! Break-glass, grants for one use, and how many may be open at once.

use std::sync::Arc;

use super::super::Error;
use super::super::testing::{World, new_request, with_people};
use crate::api::{self, Filing, Verdict};
use crate::domain::{Conflict, State};
use crate::ops::Home;
use crate::policy::Refusal;

const GLASS: &str = with_people!(
    r#"
[resource.web-1]
provider = "ssh"
labels = { env = "staging" }
[resource.web-2]
provider = "ssh"
labels = { env = "staging" }

[group.watchers]
members = ["bob", "carol", "carol.two", "ci", "dave"]

[role.fix]
resources = ["web-1"]
requesters = ["dave"]
approvers = ["alice"]
approvals = 1
max-duration = "1h"
max-total = "2h"
break-glass = { requesters = ["carol", "carol.two"], max-duration = "10m", announce = ["alice", "bob"], debrief = ["group:watchers"], debrief-within = "1h" }
[role.fix.ssh]
principals = ["deploy"]

[role.fix-more]
resources = ["web-2"]
requesters = ["dave"]
approvers = ["alice"]
approvals = 1
max-duration = "1h"
break-glass = { requesters = ["carol", "carol.two"], max-duration = "10m", announce = ["alice"], debrief = ["bob"] }
[role.fix-more.ssh]
principals = ["deploy"]

[role.few]
resources = ["web-*"]
requesters = ["carol", "carol.two", "ci"]
auto-approve = "resource.labels.env == 'staging'"
max-duration = "1h"
max-open = 1
[role.few.ssh]
principals = ["deploy"]

[role.single]
resources = ["web-1"]
requesters = ["carol"]
auto-approve = "resource.labels.env == 'staging'"
max-duration = "1h"
max-total = "2h"
single-use = true
[role.single.ssh]
principals = ["deploy"]
"#
);

async fn world() -> World {
    World::with(Home::Directory, GLASS).await
}

fn break_glass(role: &str) -> api::NewRequest {
    api::NewRequest { break_glass: true, ..new_request(role) }
}

fn few(resource: &str) -> api::NewRequest {
    api::NewRequest { resource: Some(resource.into()), ..new_request("few") }
}

async fn debrief(world: &World, who: &str, request: &api::Request) -> Result<api::Request, Error> {
    let ask = api::DebriefVerdict { verdict: Verdict::Flagged, comment: Some("ask first".into()) };
    world.engine.debrief(&world.as_user(who).await, &request.id.to_string(), &ask).await
}

fn refusal(result: Result<api::Filed, Error>) -> Refusal {
    match result {
        Err(Error::Refused(mut refusals)) if refusals.len() == 1 => refusals.remove(0),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn break_glass_is_active_without_an_approval_and_everybody_is_told() {
    let world = world().await;
    let filed = world.try_ask("carol", &break_glass("fix")).await.unwrap();
    assert_eq!((filed.filing, filed.request.state), (Filing::Filed, State::Approved));
    assert_eq!(world.use_it("carol", &filed.request).await.unwrap().ends_in_s, 600);
    assert_eq!(world.told("breakglass.used", "announced").await, ["alice, bob"]);
    assert_eq!(world.told("request.approved", "by").await, ["break-glass"]);
    // Those who were told see it, and can end it. It has no extension.
    assert!(world.show("bob", &filed.request).await.unwrap().may.contains(&api::May::Debrief));
    assert!(world.show("eve", &filed.request).await.is_err());
    let more = world.extend("carol", &filed.request, 60).await;
    assert!(matches!(more, Err(Error::Conflict(Conflict::LongestTotal(_)))), "{more:?}");
    world.revoke("alice", api::Which::Ids(vec![filed.request.id.to_string()])).await.unwrap();
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn break_glass_is_asked_for_as_such_with_a_reason_for_a_short_time_and_by_few() {
    let world = world().await;
    assert!(matches!(
        refusal(world.try_ask("carol", &new_request("fix")).await),
        Refusal::OnlyBreakGlass { .. }
    ));
    let silent = api::NewRequest { reason: " ".into(), ..break_glass("fix") };
    assert_eq!(refusal(world.try_ask("carol", &silent).await), Refusal::ReasonMissing);
    let long = api::NewRequest { duration: crate::domain::Span::clamped(601), ..break_glass("fix") };
    assert!(matches!(refusal(world.try_ask("carol", &long).await), Refusal::TooLong { .. }));
    assert!(matches!(
        refusal(world.try_ask("dave", &break_glass("fix")).await),
        Refusal::NoBreakGlass { .. }
    ));
    assert!(matches!(refusal(world.try_ask("eve", &break_glass("fix")).await), Refusal::NoSuchRole { .. }));
    assert_eq!(world.count("breakglass.used").await, 0);
}

#[tokio::test]
async fn the_next_break_glass_waits_until_somebody_else_has_looked_at_the_first() {
    let world = world().await;
    let first = world.try_ask("carol", &break_glass("fix")).await.unwrap().request;
    world.use_it("carol", &first).await.unwrap();
    world.later(600).await;
    assert_eq!(world.state(&first).await, State::Expired);
    // By the same human, whatever the name and the role.
    for (who, role) in [("carol", "fix"), ("carol.two", "fix"), ("carol", "fix-more")] {
        assert_eq!(refusal(world.try_ask(who, &break_glass(role)).await), Refusal::DebriefOpen, "{who}");
    }
    assert!(matches!(debrief(&world, "carol", &first).await, Err(Error::Conflict(Conflict::OwnRequest))));
    for who in ["carol.two", "ci", "eve", "alice"] {
        assert!(debrief(&world, who, &first).await.is_err(), "{who}");
    }
    assert_eq!(world.count("debrief.closed").await, 0);
    let closed = debrief(&world, "bob", &first).await.unwrap().debrief.unwrap();
    assert_eq!((closed.verdict, closed.comment.as_deref()), (Some(Verdict::Flagged), Some("ask first")));
    assert!(matches!(debrief(&world, "dave", &first).await, Err(Error::Conflict(Conflict::NoDebrief))));
    world.try_ask("carol", &break_glass("fix")).await.unwrap();
}

#[tokio::test]
async fn a_debrief_that_nobody_makes_is_told_once() {
    let world = world().await;
    let request = world.try_ask("carol", &break_glass("fix")).await.unwrap().request;
    world.use_it("carol", &request).await.unwrap();
    world.later(3599).await;
    assert_eq!(world.count("debrief.overdue").await, 0);
    for _ in 0..3 {
        world.later(1).await;
    }
    assert_eq!(world.told("debrief.overdue", "who").await, ["bob, dave"]);
    assert_eq!(world.state(&request).await, State::Expired);
    debrief(&world, "dave", &request).await.unwrap();
}

#[tokio::test]
async fn two_break_glasses_of_one_human_at_once_are_one() {
    for _ in 0..5 {
        let world = world().await;
        let mut tasks = tokio::task::JoinSet::new();
        for (who, role) in
            [("carol", "fix"), ("carol.two", "fix"), ("carol", "fix-more"), ("carol.two", "fix-more")]
        {
            let (engine, caller) = (Arc::clone(&world.engine), world.as_user(who).await);
            tasks.spawn(async move { engine.request(&caller, &break_glass(role)).await.is_ok() });
        }
        let passed = tasks.join_all().await.into_iter().filter(|ok| *ok).count();
        assert_eq!(passed, 1);
        assert_eq!(world.count("breakglass.used").await, 1);
    }
}

#[tokio::test]
async fn how_many_are_open_counts_all_identities_of_one_human() {
    let world = world().await;
    let first = world.try_ask("carol", &few("web-1")).await.unwrap();
    for (who, resource) in [("carol", "web-2"), ("carol.two", "web-1"), ("ci", "web-2")] {
        let refused = refusal(world.try_ask(who, &few(resource)).await);
        assert!(matches!(refused, Refusal::TooManyOpen { open: 1, max: 1, .. }), "{who}: {refused:?}");
    }
    // The same ask again is not one more.
    let again = world.try_ask("carol", &few("web-1")).await.unwrap();
    assert_eq!((again.filing, again.request.id), (Filing::Reused, first.request.id));
    let keyed = api::NewRequest { idempotency_key: Some("k".into()), ..few("web-1") };
    assert!(world.try_ask("carol", &keyed).await.is_err());
    world.revoke("carol", api::Which::Mine).await.unwrap();
    let filed = world.try_ask("carol", &keyed).await.unwrap();
    let again = world.try_ask("carol", &keyed).await.unwrap();
    assert_eq!((again.filing, again.request.id), (Filing::Reused, filed.request.id));
}

#[tokio::test]
async fn many_asks_at_once_do_not_pass_the_number_that_may_be_open() {
    let world = world().await;
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..30 {
        let engine = Arc::clone(&world.engine);
        let caller = world.as_user(["carol", "carol.two", "ci"][i % 3]).await;
        let ask = few(["web-1", "web-2"][i % 2]);
        tasks.spawn(async move { engine.request(&caller, &ask).await.map(|filed| filed.request.id) });
    }
    let ids: std::collections::BTreeSet<_> = tasks.join_all().await.into_iter().flatten().collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(world.count("request.filed").await, 1);
}

#[tokio::test]
async fn a_grant_for_one_use_has_one_credential_and_no_extension() {
    let world = world().await;
    let by_role = world.ask("carol", "single").await;
    let once = api::NewRequest { once: true, ..few("web-1") };
    let by_ask = world.try_ask("carol", &once).await.unwrap().request;
    for request in [by_role, by_ask] {
        assert!(request.single_use);
        let first = world.use_it("carol", &request).await.unwrap();
        let second = world.use_again("carol", &request).await;
        assert!(matches!(second, Err(Error::Conflict(Conflict::SingleUse))), "{second:?}");
        // What got lost on the way is given again: it is the same credential.
        assert_eq!(world.use_it("carol", &request).await.unwrap().id, first.id);
        assert!(world.extend("carol", &request, 60).await.is_err());
    }
    assert_eq!(world.target.live(), 2);
}
