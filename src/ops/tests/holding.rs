//! Who may no longer hold what they have loses it: groups that were left, sponsors who are suspended.

use serde_json::json;

use super::super::testing::{PATIENCE, World, policy};
use super::super::{Error, ScimCaller};
use super::contractors::{self, add, asked, name};
use super::scim::{self, ASKED, BASE, active, make_group, patch, set_active};
use crate::api;
use crate::domain::State;
use crate::policy::{Gone, Refusal};
use crate::store::Store;

/// What the clock of a server does within a second.
async fn look(world: &World) {
    world.engine.look_after_holders().await.unwrap();
    world.engine.look_after_contractors().await.unwrap();
    world.engine.reconcile(PATIENCE).await.unwrap();
}

async fn made(world: &World, hr: &ScimCaller, who: &str) {
    world.engine.scim_create_user(hr, scim::user(who), BASE).await.unwrap();
}

async fn why(world: &World, request: &api::Request) -> String {
    let request = world.store.request(request.id).await.unwrap().unwrap();
    request.outcome.unwrap().comment.unwrap()
}

#[tokio::test]
async fn whoever_leaves_a_group_of_the_directory_loses_what_they_have_by_it() {
    let (world, hr) = scim::world().await;
    for who in ["zoe", "yan", "xia"] {
        made(&world, &hr, who).await;
    }
    let ops = make_group(&world, &hr, "ops", &["zoe", "yan", "xia"]).await;
    let (live, other) = (active(&world, "zoe").await, active(&world, "yan").await);
    let unused = world.ask("xia", "fix").await;
    world.approve("bob", &unused).await.unwrap();
    look(&world).await;
    assert_eq!(world.target.live(), 2);

    let removal = patch(json!([
        { "op": "remove", "path": "members[value eq \"zoe\"]" },
        { "op": "remove", "path": "members[value eq \"xia\"]" },
    ]));
    world.engine.scim_patch_group(&hr, &ops, &removal, ASKED).await.unwrap();
    look(&world).await;
    assert_eq!(world.state(&live).await, State::Revoked);
    assert_eq!(world.state(&unused).await, State::Revoked);
    assert_eq!(why(&world, &live).await, "the requester is no longer in ops");
    assert!(
        world.told("grant.ending", "comment").await.contains(&"the requester is no longer in ops".into())
    );
    // Nobody else's.
    assert_eq!(world.state(&other).await, State::Active);
    assert_eq!(world.target.live(), 1);
}

#[tokio::test]
async fn replacing_emptying_renaming_and_deleting_a_group_are_leaving_it() {
    for change in ["replace", "empty", "rename", "delete"] {
        let (world, hr) = scim::world().await;
        made(&world, &hr, "zoe").await;
        let ops = make_group(&world, &hr, "ops", &["zoe"]).await;
        let live = active(&world, "zoe").await;
        let engine = &world.engine;
        match change {
            "replace" => {
                let body = scim::group("ops", &["dave"]);
                engine.scim_replace_group(&hr, &ops, body, ASKED).await.unwrap();
            }
            "empty" => {
                let body = patch(json!([{ "op": "replace", "path": "members", "value": [] }]));
                engine.scim_patch_group(&hr, &ops, &body, ASKED).await.unwrap();
            }
            "rename" => {
                let body = scim::group("opq", &["zoe"]);
                engine.scim_replace_group(&hr, &ops, body, ASKED).await.unwrap();
            }
            _ => engine.scim_delete_group(&hr, &ops, None).await.unwrap(),
        }
        look(&world).await;
        assert_eq!(world.state(&live).await, State::Revoked, "{change}");
        assert_eq!(world.target.live(), 0, "{change}");
    }
}

#[tokio::test]
async fn what_somebody_has_by_the_policy_itself_stays_when_they_leave_a_group() {
    let (world, hr) = scim::world().await;
    // The role names carol, and the group too.
    let ops = make_group(&world, &hr, "ops", &["carol", "dave"]).await;
    let live = active(&world, "carol").await;
    world.engine.scim_delete_group(&hr, &ops, None).await.unwrap();
    look(&world).await;
    assert_eq!(world.state(&live).await, State::Active);
}

#[tokio::test]
async fn a_change_of_a_file_is_asked_at_the_next_use_and_ends_nothing() {
    let (world, hr) = scim::world().await;
    make_group(&world, &hr, "ops", &["dave"]).await;
    let (by_name, by_group) = (active(&world, "carol").await, active(&world, "dave").await);
    let text = scim::DIRECTORY.replace("[\"carol\", \"group:ops\"]", "[\"eve\"]");
    world.engine.take_policy(policy(&text)).await.unwrap();
    look(&world).await;
    for (who, live) in [("carol", &by_name), ("dave", &by_group)] {
        assert_eq!(world.state(live).await, State::Active, "{who}");
        assert!(world.use_again(who, live).await.is_err(), "{who}");
    }
}

#[tokio::test]
async fn a_contractor_who_is_taken_out_of_a_group_loses_what_they_have_by_it() {
    let world = contractors::world().await;
    add(&world, "zed").await;
    let request = world.try_ask("zed", &asked()).await.unwrap().request;
    world.approve("bob", &request).await.unwrap();
    world.use_it("zed", &request).await.unwrap();
    let change = api::ChangeEngagement { sponsor: Some(name("dave")), successor: None, groups: None };
    world.engine.change_engagement(&world.admin, &name("zed"), &change).await.unwrap();
    look(&world).await;
    assert_eq!(world.state(&request).await, State::Active, "another sponsor takes nothing");
    let change = api::ChangeEngagement { sponsor: None, successor: None, groups: Some([].into()) };
    world.engine.change_engagement(&world.admin, &name("zed"), &change).await.unwrap();
    look(&world).await;
    assert_eq!(world.state(&request).await, State::Revoked);
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn what_a_killed_server_has_not_ended_is_ended_by_the_next() {
    let (mut world, hr) = scim::world().await;
    made(&world, &hr, "zoe").await;
    let ops = make_group(&world, &hr, "ops", &["zoe"]).await;
    let live = active(&world, "zoe").await;
    world.engine.scim_delete_group(&hr, &ops, None).await.unwrap();
    world.restart(scim::DIRECTORY).await;
    look(&world).await;
    assert_eq!(world.state(&live).await, State::Revoked);
}

fn reasons(error: &Error) -> &[Refusal] {
    match error {
        Error::Refused(refusals) => refusals,
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn while_a_sponsor_is_suspended_their_contractors_hold_nothing_and_get_nothing() {
    let world = contractors::world().await;
    for who in ["zed", "yan", "xia"] {
        add(&world, who).await;
    }
    let to_dave = api::ChangeEngagement { sponsor: Some(name("dave")), successor: None, groups: None };
    world.engine.change_engagement(&world.admin, &name("yan"), &to_dave).await.unwrap();
    let mut live = Vec::new();
    for who in ["zed", "yan"] {
        let request = world.try_ask(who, &asked()).await.unwrap().request;
        world.approve("bob", &request).await.unwrap();
        live.push(world.use_it(who, &request).await.unwrap().request);
    }
    let unused = world.try_ask("xia", &asked()).await.unwrap().request;
    world.approve("bob", &unused).await.unwrap();

    world.engine.suspend_user(Some(&world.admin), &name("alice"), "odd hours").await.unwrap();
    look(&world).await;
    assert_eq!(world.state(&live[0]).await, State::Revoked);
    assert!(why(&world, &live[0]).await.contains("alice, who answers for the requester, is suspended"));
    assert_eq!(world.state(&unused).await, State::Revoked);
    assert_eq!(world.state(&live[1]).await, State::Active, "dave answers for that one");
    let refused = world.try_ask("zed", &asked()).await.unwrap_err();
    assert!(
        matches!(reasons(&refused), [Refusal::Engagement(Gone::SponsorAway(who))] if *who == name("alice"))
    );

    // The engagement goes on: with another sponsor at once, with the same when they are back.
    assert_eq!(world.count("engagement.ended").await, 0);
    world.engine.change_engagement(&world.admin, &name("xia"), &to_dave).await.unwrap();
    world.try_ask("xia", &asked()).await.unwrap();
    let back = api::Reinstate { user: name("alice"), comment: "it was her".into() };
    world.engine.reinstate_user(&world.admin, &back).await.unwrap();
    world.try_ask("zed", &asked()).await.unwrap();
}

#[tokio::test]
async fn a_sponsor_whom_the_directory_deactivates_is_away_and_one_whom_it_deletes_has_left() {
    let (world, hr) = scim::world().await;
    let zed = api::NewContractor { groups: [name("ops")].into(), ..contractors::new(&world, "zed") };
    world.engine.add_contractor(&world.admin, &zed).await.unwrap();
    let live = active(&world, "zed").await;
    set_active(&world, &hr, "alice", false.into()).await.unwrap();
    look(&world).await;
    assert_eq!(world.state(&live).await, State::Revoked);
    assert_eq!(world.target.live(), 0);
    let ask = super::super::testing::new_request("fix");
    let refused = world.try_ask("zed", &ask).await.unwrap_err();
    assert!(matches!(reasons(&refused), [Refusal::Engagement(Gone::SponsorAway(_))]), "{refused:?}");
    set_active(&world, &hr, "alice", true.into()).await.unwrap();
    active(&world, "zed").await;

    world.engine.scim_delete_user(&hr, "alice", None).await.unwrap();
    look(&world).await;
    assert_eq!(world.told("engagement.ended", "cause").await, ["sponsor-left"]);
    assert_eq!(world.target.live(), 0);
}
