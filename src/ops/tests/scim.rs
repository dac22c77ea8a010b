//! An outside directory: what it may do about people, and what it never does.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::super::testing::{World, new_request, policy, with_people};
use super::super::{Error, Home, ScimAsked, ScimCaller};
use crate::api::{self, NewToken};
use crate::domain::{Kind, Span, State};
use crate::scim::{Object, Query, Refusal, ScimType};

const DIRECTORY: &str = with_people!(
    r#"
[company.acme]
contractors = true
[group.ops]
directory = true
[group.leads]
members = ["bob"]

[resource.web-1]
provider = "ssh"
labels = { env = "staging" }

[role.fix]
resources = ["web-1"]
requesters = ["carol", "group:ops"]
approvers = ["bob", "alice"]
approvals = 1
max-duration = "1h"
[role.fix.ssh]
principals = ["deploy"]

[role.more]
resources = ["web-1"]
requesters = ["carol"]
approvers = ["bob"]
approvals = 1
max-duration = "1h"
[role.more.ssh]
principals = ["deploy"]

[role.lead]
resources = ["web-1"]
requesters = ["group:leads"]
approvers = ["alice"]
approvals = 1
max-duration = "1h"
[role.lead.ssh]
principals = ["deploy"]
"#
);

const BASE: &str = "https://jit.example.net/scim/v2";
const ASKED: ScimAsked<'static> = ScimAsked { base: BASE, if_match: None };

async fn world() -> (World, ScimCaller) {
    let world = World::with(Home::Directory, DIRECTORY).await;
    let hr = api::NewUser {
        name: "hr".parse().unwrap(),
        kind: Kind::Service,
        human: Some("root".parse().unwrap()),
        admin: false,
    };
    world.engine.add_user(&world.admin, &hr).await.unwrap();
    let caller = directory(&world, &token(&world).await).await.unwrap();
    (world, caller)
}

fn for_scim(name: &str, secs: u64) -> NewToken {
    let (user, life) = (name.parse().unwrap(), Span::clamped(secs));
    NewToken { user, purpose: crate::domain::Purpose::Scim, life, on: std::collections::BTreeSet::new() }
}

async fn token(world: &World) -> String {
    let ask = for_scim("hr", 86_400);
    world.engine.new_token(&world.admin, &ask).await.unwrap().token
}

async fn directory(world: &World, token: &str) -> Result<ScimCaller, Error> {
    world.engine.authenticate_scim(Some(token), None).await
}

fn object(value: Value) -> Object {
    let Value::Object(object) = value else { panic!("{value}") };
    object
}

fn user(name: &str) -> Object {
    object(json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name }))
}

fn group(name: &str, members: &[&str]) -> Object {
    let members: Vec<Value> = members.iter().map(|id| json!({ "value": id })).collect();
    object(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name, "members": members,
    }))
}

fn patch(operations: Value) -> Object {
    object(json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations,
    }))
}

async fn set_active(world: &World, caller: &ScimCaller, who: &str, active: Value) -> Result<Object, Refusal> {
    let body = patch(json!([{ "op": "Replace", "path": "active", "value": active }]));
    world.engine.scim_patch_user(caller, who, &body, ASKED).await
}

async fn make_group(world: &World, caller: &ScimCaller, name: &str, members: &[&str]) -> String {
    let made = world.engine.scim_create_group(caller, group(name, members), BASE).await.unwrap();
    made["id"].as_str().unwrap().to_owned()
}

async fn active(world: &World, who: &str) -> api::Request {
    active_in(world, who, "fix").await
}

async fn active_in(world: &World, who: &str, role: &str) -> api::Request {
    let request = world.ask(who, role).await;
    world.approve("bob", &request).await.unwrap();
    world.use_it(who, &request).await.unwrap().request
}

async fn logged_in(world: &World, who: &str) -> api::Tokens {
    let code = world.engine.enrol_user(&world.admin, &who.parse().unwrap()).await.unwrap().code;
    world.engine.login(&api::Login { code }, None).await.unwrap()
}

fn is_kind(refusal: &Refusal, scim_type: ScimType) {
    assert_eq!(refusal.scim_type, Some(scim_type), "{refusal}");
}

#[tokio::test]
async fn whoever_the_directory_deactivates_loses_grants_sessions_codes_and_votes_at_once() {
    let (world, hr) = world().await;
    let live = active(&world, "carol").await;
    let pending = world.ask("carol", "more").await;
    let tokens = logged_in(&world, "carol").await;
    let bobs = logged_in(&world, "bob").await;
    let code = world.engine.enrol_user(&world.admin, &"carol".parse().unwrap()).await.unwrap().code;
    // As Entra ID writes it.
    set_active(&world, &hr, "carol", "False".into()).await.unwrap();
    assert_eq!((world.target.live(), world.state(&live).await), (0, State::Revoked));
    assert!(world.state(&pending).await.is_terminal());
    let error = world.engine.authenticate(&tokens.token, None).await.unwrap_err();
    assert!(matches!(error, Error::NotLoggedIn), "the session is gone: {error}");
    let renew = api::Renew { renewal: tokens.renewal.clone().unwrap() };
    assert!(world.engine.renew(&renew, None).await.is_err());
    assert!(world.engine.login(&api::Login { code }, None).await.is_err());
    assert!(world.try_ask("carol", &new_request("fix")).await.is_err(), "nor is anything new granted");
    // Their service and their second name go with them.
    assert!(world.try_ask("carol.two", &new_request("fix")).await.is_err());
    assert_eq!(world.told("user.suspended", "user").await, ["carol"]);
    world.engine.authenticate(&bobs.token, None).await.unwrap();

    // A vote of somebody who is gone counts no more.
    set_active(&world, &hr, "carol", true.into()).await.unwrap();
    let request = world.ask("carol", "fix").await;
    world.approve("bob", &request).await.unwrap();
    set_active(&world, &hr, "bob", false.into()).await.unwrap();
    assert!(world.use_it("carol", &request).await.is_err());
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn whoever_comes_back_may_ask_again_and_gets_nothing_back() {
    let (world, hr) = world().await;
    let live = active(&world, "carol").await;
    let tokens = logged_in(&world, "carol").await;
    let shown = set_active(&world, &hr, "carol", false.into()).await.unwrap();
    assert_eq!(shown["active"], false);
    let shown = set_active(&world, &hr, "carol", "True".into()).await.unwrap();
    assert_eq!(shown["active"], true);
    assert_eq!(world.state(&live).await, State::Revoked);
    assert!(world.engine.authenticate(&tokens.token, None).await.is_err());
    assert!(world.use_it("carol", &live).await.is_err());
    active(&world, "carol").await;
    assert_eq!(world.told("user.reinstated", "user").await, ["carol"]);
}

#[tokio::test]
async fn silence_about_active_gives_nobody_back_what_they_had() {
    let (world, hr) = world().await;
    set_active(&world, &hr, "carol", false.into()).await.unwrap();
    let replaced = world.engine.scim_replace_user(&hr, "carol", user("carol"), ASKED).await.unwrap();
    assert_eq!(replaced["active"], false);
    let removal = patch(json!([{ "op": "remove", "path": "active" }]));
    world.engine.scim_patch_user(&hr, "carol", &removal, ASKED).await.unwrap();
    assert!(world.try_ask("carol", &new_request("fix")).await.is_err());
}

#[tokio::test]
async fn who_is_suspended_is_not_let_in_and_is_told_why() {
    let (world, _) = world().await;
    let tokens = logged_in(&world, "carol").await;
    let twos = logged_in(&world, "carol.two").await;
    let code = world.engine.enrol_user(&world.admin, &"carol".parse().unwrap()).await.unwrap().code;
    let carol = "carol".parse().unwrap();
    world.engine.suspend_user(None, &carol, "a burst of refusals").await.unwrap();
    for token in [&tokens.token, &twos.token] {
        let error = world.engine.authenticate(token, None).await.unwrap_err();
        assert!(matches!(&error, Error::Suspended(why) if why == "a burst of refusals"), "{error}");
    }
    let renew = api::Renew { renewal: tokens.renewal.clone().unwrap() };
    assert!(matches!(world.engine.renew(&renew, None).await, Err(Error::Suspended(_))));
    assert!(matches!(
        world.engine.login(&api::Login { code: code.clone() }, None).await,
        Err(Error::Suspended(_))
    ));
    // A wrong code tells nobody who is suspended.
    let wrong = format!("{}0", code.get(..code.len() - 1).unwrap());
    if wrong != code {
        assert!(matches!(
            world.engine.login(&api::Login { code: wrong }, None).await,
            Err(Error::NotLoggedIn)
        ));
    }
    let back = api::Reinstate { user: carol, comment: "looked at".into() };
    world.engine.reinstate_user(&world.admin, &back).await.unwrap();
    world.engine.authenticate(&tokens.token, None).await.unwrap();
    world.engine.login(&api::Login { code }, None).await.unwrap();
}

#[tokio::test]
async fn what_an_administrator_suspended_is_not_the_directorys_to_give_back_nor_the_reverse() {
    let (world, hr) = world().await;
    let carol = "carol".parse().unwrap();
    world.engine.suspend_user(Some(&world.admin), &carol, "under review").await.unwrap();
    set_active(&world, &hr, "carol", false.into()).await.unwrap();
    set_active(&world, &hr, "carol", true.into()).await.unwrap();
    assert!(world.try_ask("carol", &new_request("fix")).await.is_err());
    set_active(&world, &hr, "carol", false.into()).await.unwrap();
    let back = api::Reinstate { user: carol, comment: "done".into() };
    world.engine.reinstate_user(&world.admin, &back).await.unwrap();
    assert!(world.try_ask("carol", &new_request("fix")).await.is_err());
    assert!(matches!(world.engine.reinstate_user(&world.admin, &back).await, Err(Error::Clash(_))));
    set_active(&world, &hr, "carol", true.into()).await.unwrap();
    world.ask("carol", "fix").await;
}

#[tokio::test]
async fn a_name_that_was_taken_once_is_never_given_to_a_second_person() {
    let (world, hr) = world().await;
    world.engine.scim_create_user(&hr, user("zoe"), BASE).await.unwrap();
    let taken = async |name: &str| {
        let refusal = world.engine.scim_create_user(&hr, user(name), BASE).await.unwrap_err();
        assert_eq!(refusal.status, 409, "{name}");
        is_kind(&refusal, ScimType::Uniqueness);
    };
    for name in ["zoe", "carol", "carol.two", "ci", "hr", "root"] {
        taken(name).await;
    }
    set_active(&world, &hr, "zoe", false.into()).await.unwrap();
    taken("zoe").await;
    world.engine.scim_delete_user(&hr, "zoe", None).await.unwrap();
    taken("zoe").await;
    assert_eq!(world.engine.scim_user(&hr, "zoe", &Query::default(), BASE).await.unwrap_err().status, 404);
    assert_eq!(world.engine.scim_delete_user(&hr, "zoe", None).await.unwrap_err().status, 404);
    assert_eq!(set_active(&world, &hr, "zoe", true.into()).await.unwrap_err().status, 404);
    // Nor does somebody become another one.
    let renamed = patch(json!([{ "op": "replace", "path": "userName", "value": "zoe2" }]));
    is_kind(
        &world.engine.scim_patch_user(&hr, "carol", &renamed, ASKED).await.unwrap_err(),
        ScimType::Mutability,
    );
    let refusal = world.engine.scim_replace_user(&hr, "carol", user("zoe2"), ASKED).await.unwrap_err();
    is_kind(&refusal, ScimType::Mutability);
}

#[tokio::test]
async fn what_is_no_name_of_ours_is_refused_and_never_folded() {
    let (world, hr) = world().await;
    for name in
        ["Alice", "аlice", "ａlice", "a@evil@corp", "", "-oProxyCommand=x", "../x", "a\0", &"a".repeat(300)]
    {
        let refusal = world.engine.scim_create_user(&hr, user(name), BASE).await.unwrap_err();
        is_kind(&refusal, ScimType::InvalidValue);
    }
    // Whom the policy calls a service is no person.
    let text = format!("{DIRECTORY}[service.bot]\nowner = \"alice\"\n");
    world.engine.take_policy(policy(&text)).await.unwrap();
    let refusal = world.engine.scim_create_user(&hr, user("bot"), BASE).await.unwrap_err();
    is_kind(&refusal, ScimType::Uniqueness);
}

#[tokio::test]
async fn an_administrator_a_service_and_a_second_name_are_not_the_directorys() {
    let (world, hr) = world().await;
    let engine = &world.engine;
    assert_eq!(set_active(&world, &hr, "root", false.into()).await.unwrap_err().status, 403);
    assert_eq!(engine.scim_replace_user(&hr, "root", user("root"), ASKED).await.unwrap_err().status, 403);
    assert_eq!(engine.scim_delete_user(&hr, "root", None).await.unwrap_err().status, 403);
    assert_eq!(engine.scim_create_group(&hr, group("ops", &["root"]), BASE).await.unwrap_err().status, 403);
    for hidden in ["ci", "carol.two", "hr", "nobody", "../root", ""] {
        assert_eq!(set_active(&world, &hr, hidden, false.into()).await.unwrap_err().status, 404, "{hidden}");
        let refusal = engine.scim_create_group(&hr, group("ops", &[hidden]), BASE).await.unwrap_err();
        is_kind(&refusal, ScimType::InvalidValue);
    }
    // Whoever is made is no administrator, whatever is said.
    let mut body = user("zoe");
    body.insert("roles".into(), json!([{ "value": "admin" }]));
    engine.scim_create_user(&hr, body, BASE).await.unwrap();
    assert!(!world.as_user("zoe").await.is_admin());
    let mut body = user("zoe2");
    body.insert("admin".into(), true.into());
    is_kind(&engine.scim_create_user(&hr, body, BASE).await.unwrap_err(), ScimType::InvalidSyntax);
}

#[tokio::test]
async fn a_group_gives_rights_only_where_the_policy_leaves_it_to_the_directory() {
    let (world, hr) = world().await;
    let engine = &world.engine;
    engine.scim_create_user(&hr, user("zoe"), BASE).await.unwrap();
    assert!(world.try_ask("zoe", &new_request("fix")).await.is_err());
    make_group(&world, &hr, "leads", &["zoe"]).await;
    make_group(&world, &hr, "Ops of Berlin", &["zoe"]).await;
    assert!(world.try_ask("zoe", &new_request("lead")).await.is_err(), "the policy lists the leads itself");
    let ops = make_group(&world, &hr, "ops", &["zoe"]).await;
    assert_eq!(world.told("directory.changed", "gives").await, ["nothing", "nothing", "rights"]);
    let live = active(&world, "zoe").await;
    let shown = engine.scim_user(&hr, "zoe", &Query::default(), BASE).await.unwrap().0;
    assert_eq!(shown["groups"].as_array().unwrap().len(), 3);

    // Whoever leaves it gets nothing more, and a grant is not used again.
    let removal = patch(json!([{ "op": "remove", "path": "members[value eq \"zoe\"]" }]));
    engine.scim_patch_group(&hr, &ops, &removal, ASKED).await.unwrap();
    assert!(world.try_ask("zoe", &new_request("fix")).await.is_err());
    assert!(world.use_again("zoe", &live).await.is_err());
    let back = patch(json!([{ "op": "Add", "path": "members", "value": [{ "value": "zoe" }] }]));
    engine.scim_patch_group(&hr, &ops, &back, ASKED).await.unwrap();
    world.ask("zoe", "fix").await;
    // Two of one name would be one group by two hands.
    is_kind(&engine.scim_create_group(&hr, group("OPS", &[]), BASE).await.unwrap_err(), ScimType::Uniqueness);
    // The policy takes the group back.
    let own = DIRECTORY.replace("directory = true", "members = [\"dave\"]");
    engine.take_policy(policy(&own)).await.unwrap();
    assert!(world.try_ask("zoe", &new_request("fix")).await.is_err());
    engine.take_policy(policy(DIRECTORY)).await.unwrap();
    world.try_ask("zoe", &new_request("fix")).await.unwrap();
    engine.scim_delete_group(&hr, &ops, None).await.unwrap();
    assert!(world.try_ask("zoe", &new_request("fix")).await.is_err());
}

#[tokio::test]
async fn a_token_of_a_directory_is_good_for_nothing_else_and_has_an_end() {
    let (world, _) = world().await;
    let engine = &world.engine;
    world.clock.advance(1);
    let first = token(&world).await;
    assert!(engine.authenticate(&first, None).await.is_err(), "no session");
    assert!(engine.renew(&api::Renew { renewal: first.clone() }, None).await.is_err());
    let session = logged_in(&world, "root").await;
    for wrong in [
        session.token.as_str(),
        "",
        first.get(1..).unwrap(),
        &format!("{first} "),
        &first.to_uppercase(),
        &first.replace("jit_s_", "jit_a_"),
        &format!("{}{}", first.get(..first.len() - 1).unwrap(), if first.ends_with('A') { 'E' } else { 'A' }),
        &"x".repeat(1_000_000),
    ] {
        assert!(directory(&world, wrong).await.is_err(), "{wrong:.60}");
    }
    assert!(engine.authenticate_scim(None, None).await.is_err());
    // A new one leaves the one before it, so that it can be changed; not the one before that.
    world.clock.advance(1);
    let second = token(&world).await;
    directory(&world, &first).await.unwrap();
    world.clock.advance(1);
    let third = token(&world).await;
    assert!(directory(&world, &first).await.is_err());
    directory(&world, &second).await.unwrap();
    world.clock.advance(86_399);
    assert!(directory(&world, &second).await.is_err());
    directory(&world, &third).await.unwrap();
    let ends = engine.users(&world.admin).await.unwrap().users;
    assert!(ends.iter().all(|user| user.tokens.is_empty() != (user.name.as_str() == "hr")));
    engine.disable_user(&world.admin, &"hr".parse().unwrap()).await.unwrap();
    assert!(directory(&world, &third).await.is_err());
}

#[tokio::test]
async fn only_an_administrator_makes_a_token_and_only_for_a_service_that_one_answers_for() {
    let (world, _) = world().await;
    let ask = |name: &str| for_scim(name, 60);
    let carol = world.as_user("carol").await;
    assert!(matches!(world.engine.new_token(&carol, &ask("hr")).await, Err(Error::Forbidden(_))));
    // `ci` is carol's: were she deactivated, the directory would cut itself off.
    for name in ["ci", "carol", "root"] {
        let refused = world.engine.new_token(&world.admin, &ask(name)).await;
        assert!(matches!(refused, Err(Error::Usage(_))), "{name}");
    }
    assert!(matches!(
        world.engine.new_token(&world.admin, &ask("nobody")).await,
        Err(Error::NotFound { .. })
    ));
}

#[tokio::test]
async fn a_deactivation_goes_on_when_the_target_is_back_and_after_a_restart() {
    let (mut world, hr) = world().await;
    let live = active(&world, "carol").await;
    world.target.down.store(true, Ordering::SeqCst);
    set_active(&world, &hr, "carol", false.into()).await.unwrap();
    assert_eq!(world.state(&live).await, State::Ending);
    world.restart(DIRECTORY).await;
    assert!(world.try_ask("carol", &new_request("fix")).await.is_err(), "still kept from everything");
    world.target.down.store(false, Ordering::SeqCst);
    world.later(60).await;
    assert_eq!((world.target.live(), world.state(&live).await), (0, State::Revoked));
}

#[tokio::test]
async fn a_deactivation_that_was_killed_after_its_record_is_carried_out_at_the_next_start() {
    use crate::store::{Change, Record, RecordKind, Store, Write};
    let (mut world, _) = world().await;
    let live = active(&world, "carol").await;
    let body = json!({
        "user": "carol", "said": { "userName": "carol", "active": false },
        "modified": world.engine.now(), "inactive": world.engine.now(), "leaving": true,
    });
    let record =
        Record { kind: RecordKind::DirectoryUser, key: "carol".into(), revision: 1, body: body.to_string() };
    world.store.commit(Change { writes: vec![Write::PutRecord(record)], events: vec![] }).await.unwrap();
    world.restart(DIRECTORY).await;
    world.engine.look_after_deactivated().await;
    assert_eq!((world.target.live(), world.state(&live).await), (0, State::Revoked));
    // Once is enough.
    let caller = directory(&world, &token(&world).await).await.unwrap();
    set_active(&world, &caller, "carol", true.into()).await.unwrap();
    let again = active(&world, "carol").await;
    world.engine.look_after_deactivated().await;
    assert_eq!(world.state(&again).await, State::Active);
}

#[tokio::test]
async fn a_target_that_hangs_keeps_nothing_else_of_the_person() {
    let (world, hr) = world().await;
    active(&world, "carol").await;
    let hanging = *world.target.live.lock().unwrap().keys().next().unwrap();
    let other = active_in(&world, "carol", "more").await;
    *world.target.hangs.lock().unwrap() = Some(hanging);
    let patience = std::time::Duration::from_millis(500);
    let answer = tokio::time::timeout(patience, set_active(&world, &hr, "carol", false.into())).await;
    assert!(answer.is_err(), "it waits for the target");
    assert_eq!(world.state(&other).await, State::Revoked);
    assert!(world.try_ask("carol", &new_request("fix")).await.is_err());
}

#[tokio::test]
async fn a_contractor_who_is_deleted_is_offboarded_with_a_receipt() {
    let (world, hr) = world().await;
    let zoe: crate::domain::Name = "zoe".parse().unwrap();
    let new = api::NewContractor {
        user: zoe.clone(),
        company: "acme".parse().unwrap(),
        sponsor: "bob".parse().unwrap(),
        start: None,
        until: world.engine.now().plus(Span::clamped(86_400)),
        agreement: "NDA-1".into(),
        agreement_date: world.engine.now(),
        groups: ["ops".parse().unwrap()].into(),
    };
    world.engine.add_contractor(&world.admin, &new).await.unwrap();
    let live = active(&world, "zoe").await;
    set_active(&world, &hr, "zoe", false.into()).await.unwrap();
    assert_eq!(world.state(&live).await, State::Revoked);
    set_active(&world, &hr, "zoe", true.into()).await.unwrap();
    let live = active(&world, "zoe").await;
    world.engine.scim_delete_user(&hr, "zoe", None).await.unwrap();
    assert_eq!((world.target.live(), world.state(&live).await), (0, State::Revoked));
    let contractor = world.engine.contractor(&world.admin, &zoe).await.unwrap();
    assert!(contractor.offboarding.unwrap().done.is_some());
    assert!(world.as_user("zoe").await.session.is_none());
    assert!(world.engine.enrol_user(&world.admin, &zoe).await.is_err(), "for ever");
}

#[tokio::test]
async fn a_change_of_something_that_was_changed_since_is_refused() {
    let (world, hr) = world().await;
    let version = |object: &Object| object["meta"]["version"].as_str().unwrap().to_owned();
    let made = world.engine.scim_create_user(&hr, user("zoe"), BASE).await.unwrap();
    let old = version(&made);
    let new = version(&set_active(&world, &hr, "zoe", false.into()).await.unwrap());
    let stale = ScimAsked { base: BASE, if_match: Some(&old) };
    let body = patch(json!([{ "op": "replace", "path": "active", "value": true }]));
    let refusal = world.engine.scim_patch_user(&hr, "zoe", &body, stale).await.unwrap_err();
    assert_eq!(refusal.status, 412);
    assert_eq!(world.engine.scim_delete_user(&hr, "zoe", Some(&old)).await.unwrap_err().status, 412);
    assert!(world.told("user.reinstated", "user").await.is_empty());
    // The same under another address of the server.
    let other = ScimAsked { base: "http://10.0.0.1/scim/v2", if_match: Some(&new) };
    world.engine.scim_patch_user(&hr, "zoe", &body, other).await.unwrap();
    let made = world.engine.scim_create_group(&hr, group("ops", &["zoe"]), BASE).await.unwrap();
    let id = made["id"].as_str().unwrap();
    assert_eq!(world.engine.scim_delete_group(&hr, id, Some("W/\"x\"")).await.unwrap_err().status, 412);
    world.engine.scim_delete_group(&hr, id, Some(&version(&made))).await.unwrap();
}

#[tokio::test]
async fn what_people_are_called_is_not_in_the_log_and_hostile_text_is_not_kept() {
    let (world, hr) = world().await;
    let mut body = user("zoe");
    body.insert("displayName".into(), "Zoë Müller canary".into());
    body.insert("password".into(), "secret-canary".into());
    world.engine.scim_create_user(&hr, body, BASE).await.unwrap();
    for text in ["a\u{1b}[31m", "a\u{202e}b", "a\r\nb", "\u{0}", &"x".repeat(257)] {
        let mut body = user("yan");
        body.insert("displayName".into(), text.into());
        is_kind(&world.engine.scim_create_user(&hr, body, BASE).await.unwrap_err(), ScimType::InvalidValue);
        let refusal = world.engine.scim_create_group(&hr, group(text, &[]), BASE).await.unwrap_err();
        is_kind(&refusal, ScimType::InvalidValue);
    }
    use crate::store::{EventFilter, Store};
    let all = EventFilter { limit: 10_000, ..EventFilter::default() };
    for event in world.store.events(&all).await.unwrap() {
        assert!(!event.bytes.contains("canary"), "{}", event.bytes);
    }
}
