//! What must never happen, as sentences (CASES.md), on the real store with a target that fails on demand.

mod contractors;
mod decisions;
mod emergency;
mod ends;
mod more_time;
mod outside;
mod reviews;
mod scim;
mod tool_roles;
mod training;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::testing::{PATIENCE, POLICY, World, new_request, policy};
use super::{Error, Home};
use crate::api::{self, Filing, Problem, Which};
use crate::domain::{Conflict, Span, State};
use crate::policy::Refusal;
use crate::store::Store;

fn ids(request: &api::Request) -> Which {
    Which::Ids(vec![request.id.to_string()])
}

#[tokio::test]
async fn a_request_goes_from_asking_to_its_end_and_every_step_is_in_the_log() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    assert_eq!(request.state, State::Pending);
    assert_eq!(world.approve("bob", &request).await.unwrap().state, State::Approved);
    let credential = world.use_it("carol", &request).await.unwrap();
    assert_eq!(credential.request.state, State::Active);
    assert_eq!(credential.ends_in_s, 600);
    assert_eq!(world.target.live(), 1);

    world.clock.advance(599);
    world.engine.reconcile(PATIENCE).await.unwrap();
    assert_eq!(world.state(&request).await, State::Active);
    world.clock.advance(1);
    world.engine.reconcile(PATIENCE).await.unwrap();
    assert_eq!(world.state(&request).await, State::Expired);
    assert_eq!(world.target.live(), 0);
    for kind in [
        "request.filed",
        "request.vote",
        "request.approved",
        "credential.intended",
        "credential.issued",
        "grant.active",
        "grant.ending",
        "grant.expired",
    ] {
        assert_eq!(world.count(kind).await, 1, "{kind}");
    }
}

#[tokio::test]
async fn an_own_request_is_not_approved_by_alias_by_service_nor_by_an_administrator() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    // carol is in the approvers' group, and so is her service.
    for who in ["carol", "carol.two", "ci", "root"] {
        let problem = Problem::from(world.approve(who, &request).await.unwrap_err());
        assert!(matches!(problem.code, api::Code::Refused | api::Code::NotFound), "{who}: {problem}");
    }
    let asked_by_service = world.ask("ci", "one").await;
    assert!(matches!(
        world.approve("carol", &asked_by_service).await,
        Err(Error::Conflict(Conflict::OwnRequest))
    ));
    assert_eq!(world.state(&request).await, State::Pending);
    assert_eq!(world.count("request.vote").await, 0);
    assert_eq!(world.count("request.vote-refused").await, 5);
}

#[tokio::test]
async fn one_human_with_two_identities_in_the_group_has_one_vote() {
    let world = World::new().await;
    let request = world.ask("carol", "two").await;
    world.approve("bob", &request).await.unwrap();
    assert!(matches!(world.approve("bob.two", &request).await, Err(Error::Conflict(Conflict::VotedAlready))));
    assert_eq!(world.state(&request).await, State::Pending);
    assert_eq!(world.approve("dave", &request).await.unwrap().state, State::Approved);
}

#[tokio::test]
async fn another_persons_request_looks_like_one_that_does_not_exist() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    let eve = world.as_user("eve").await;
    let real = request.id.to_string();
    let fake = "000000000000";
    let engine = &world.engine;
    let approve = api::Approve { shown: request.shown, max: None, comment: None };
    let deny = api::Deny { comment: "no".into() };
    let cancel = api::Cancel::default();
    let use_it = api::CredentialAsk::Ssh { public_key: "k".into() };
    let query = |id: &str| api::EventQuery { request: Some(id.into()), ..Default::default() };
    let revoke = |id: &str| api::Revoke { which: Which::Ids(vec![id.into()]), comment: None };
    let same = |a: Error, b: Error| {
        let (a, b) = (Problem::from(a), Problem::from(b));
        assert_eq!(a.code, api::Code::NotFound);
        assert_eq!((a.message.replace(&real, fake), a.hint), (b.message, b.hint));
    };
    same(engine.show(&eve, &real).await.unwrap_err(), engine.show(&eve, fake).await.unwrap_err());
    same(
        engine.approve(&eve, &real, &approve).await.unwrap_err(),
        engine.approve(&eve, fake, &approve).await.unwrap_err(),
    );
    same(
        engine.deny(&eve, &real, &deny).await.unwrap_err(),
        engine.deny(&eve, fake, &deny).await.unwrap_err(),
    );
    same(
        engine.cancel(&eve, &real, &cancel).await.unwrap_err(),
        engine.cancel(&eve, fake, &cancel).await.unwrap_err(),
    );
    same(
        engine.credential(&eve, &real, &use_it).await.unwrap_err(),
        engine.credential(&eve, fake, &use_it).await.unwrap_err(),
    );
    same(
        engine.events(&eve, &query(&real)).await.unwrap_err(),
        engine.events(&eve, &query(fake)).await.unwrap_err(),
    );
    same(
        engine.revoke(&eve, &revoke(&real)).await.unwrap_err(),
        engine.revoke(&eve, &revoke(fake)).await.unwrap_err(),
    );
    assert!(
        engine
            .revoke(&eve, &api::Revoke { which: Which::All, comment: None })
            .await
            .unwrap()
            .items
            .is_empty()
    );
    // A prefix of somebody else's id is not ambiguous with one's own, nor found.
    assert!(engine.show(&eve, real.get(..3).unwrap()).await.is_err());
    assert_eq!(world.state(&request).await, State::Pending);
}

#[tokio::test]
async fn fifty_approvals_at_once_are_one_approval() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..50 {
        let engine = Arc::clone(&world.engine);
        let caller = world.as_user(["alice", "bob", "dave"][i % 3]).await;
        let (id, shown) = (request.id.to_string(), request.shown);
        tasks.spawn(async move {
            engine.approve(&caller, &id, &api::Approve { shown, max: None, comment: None }).await.is_ok()
        });
    }
    let ok = tasks.join_all().await.into_iter().filter(|ok| *ok).count();
    assert_eq!(ok, 1);
    assert_eq!(world.count("request.vote").await, 1);
    assert_eq!(world.count("request.approved").await, 1);
    assert_eq!(world.state(&request).await, State::Approved);
}

#[tokio::test]
async fn approve_deny_cancel_and_revoke_at_once_have_exactly_one_outcome() {
    for _ in 0..20 {
        let world = World::new().await;
        let request = world.ask("carol", "one").await;
        let id = request.id.to_string();
        let (bob, dave, carol) =
            (world.as_user("bob").await, world.as_user("dave").await, world.as_user("carol").await);
        let approve = api::Approve { shown: request.shown, max: None, comment: None };
        let deny = api::Deny { comment: "no".into() };
        let cancel = api::Cancel::default();
        let results = tokio::join!(
            world.engine.approve(&bob, &id, &approve),
            world.engine.deny(&dave, &id, &deny),
            world.engine.cancel(&carol, &id, &cancel),
        );
        let wins =
            [results.0.is_ok(), results.1.is_ok(), results.2.is_ok()].into_iter().filter(|ok| *ok).count();
        assert_eq!(wins, 1);
        let outcomes = world.count("request.approved").await
            + world.count("request.denied").await
            + world.count("request.cancelled").await;
        assert_eq!(outcomes, 1);
    }
}

#[tokio::test]
async fn the_same_key_gives_one_request_and_one_credential() {
    let world = World::new().await;
    let carol = world.as_user("carol").await;
    let ask = api::NewRequest { idempotency_key: Some("build-7".into()), ..new_request("one") };
    let first = world.engine.request(&carol, &ask).await.unwrap();
    let again = world.engine.request(&carol, &ask).await.unwrap();
    assert_eq!((first.filing, again.filing), (Filing::Filed, Filing::Reused));
    assert_eq!(first.request.id, again.request.id);
    let other = api::NewRequest { duration: Span::clamped(60), ..ask.clone() };
    assert!(matches!(world.engine.request(&carol, &other).await, Err(Error::Clash(_))));

    world.approve("bob", &first.request).await.unwrap();
    let one = world.use_it("carol", &first.request).await.unwrap();
    let two = world.use_it("carol", &first.request).await.unwrap();
    assert_eq!((one.id, one.material), (two.id, two.material));
    assert_eq!(world.target.grants.load(Ordering::SeqCst), 1);

    // Many at once, without a key: one request.
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (engine, carol) = (Arc::clone(&world.engine), carol.clone());
        tasks.spawn(async move { engine.request(&carol, &new_request("self")).await.unwrap().request.id });
    }
    let mut found = tasks.join_all().await;
    found.dedup();
    assert_eq!(found.len(), 1);
}

#[tokio::test]
async fn the_longest_time_plus_one_second_is_refused_and_not_rounded() {
    let world = World::new().await;
    let carol = world.as_user("carol").await;
    let ask = api::NewRequest { duration: Span::clamped(7201), ..new_request("one") };
    let Err(Error::Refused(refusals)) = world.engine.request(&carol, &ask).await else { panic!() };
    assert!(matches!(refusals.as_slice(), [Refusal::TooLong { .. }]));
    let ask = api::NewRequest { duration: Span::clamped(7200), ..new_request("one") };
    assert!(world.engine.request(&carol, &ask).await.is_ok());
    assert_eq!(world.count("request.refused").await, 1);
}

#[tokio::test]
async fn an_approver_who_lost_the_right_or_was_disabled_before_the_activation_gives_no_access() {
    let mut world = World::new().await;
    let request = world.ask("carol", "one").await;
    world.approve("bob", &request).await.unwrap();
    let without_bob = POLICY.replace(r#""alice", "bob", "bob.two", "dave""#, r#""alice", "dave""#);
    world.engine.take_policy(policy(&without_bob)).await.unwrap();
    assert!(matches!(
        world.use_it("carol", &request).await,
        Err(Error::Conflict(Conflict::TooFewVotes { .. }))
    ));
    world.restart(POLICY).await;
    world.engine.disable_user(&world.admin, &"bob".parse().unwrap()).await.unwrap();
    assert!(matches!(
        world.use_it("carol", &request).await,
        Err(Error::Conflict(Conflict::TooFewVotes { .. }))
    ));
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn a_role_that_was_remade_under_the_same_name_voids_the_vote() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    world.approve("bob", &request).await.unwrap();
    let renamed = POLICY.replace("role.one", "role.other");
    world.engine.take_policy(policy(&renamed)).await.unwrap();
    assert!(matches!(world.use_it("carol", &request).await, Err(Error::Refused(_))));
    world.engine.take_policy(policy(POLICY)).await.unwrap();
    assert!(matches!(world.use_it("carol", &request).await, Err(Error::Refused(_))));
}

#[tokio::test]
async fn the_policy_tightened_in_between_wins() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    world.approve("bob", &request).await.unwrap();
    let tighter = POLICY.replace(r#"max-duration = "2h""#, r#"max-duration = "1m""#);
    world.engine.take_policy(policy(&tighter)).await.unwrap();
    assert_eq!(world.use_it("carol", &request).await.unwrap().ends_in_s, 60);
}

#[tokio::test]
async fn a_disabled_persons_sessions_requests_votes_and_grants_end() {
    let world = World::new().await;
    let active = world.active().await;
    let pending = world.ask("carol", "two").await;
    let by_service = world.ask("ci", "one").await;
    let other = world.ask("ci", "two").await;
    world.approve("bob", &other).await.unwrap();

    let enrolled = world.engine.enrol_user(&world.admin, &"carol".parse().unwrap()).await.unwrap();
    let tokens = world.engine.login(&api::Login { code: enrolled.code }, None).await.unwrap();
    assert!(world.engine.authenticate(&tokens.token, None).await.is_ok());

    let ended = world.engine.disable_user(&world.admin, &"carol".parse().unwrap()).await.unwrap();
    assert!(ended.revoked.items.iter().all(|item| item.confirmed));
    assert_eq!(world.state(&active).await, State::Revoked);
    assert_eq!(world.state(&pending).await, State::Cancelled);
    assert_eq!(world.state(&by_service).await, State::Cancelled);
    assert_eq!(world.target.live(), 0);
    assert!(matches!(world.engine.authenticate(&tokens.token, None).await, Err(Error::NotLoggedIn)));
    let renew = api::Renew { renewal: tokens.renewal.unwrap() };
    assert!(matches!(world.engine.renew(&renew, None).await, Err(Error::NotLoggedIn)));
}

#[tokio::test]
async fn a_vote_of_a_person_who_was_disabled_before_the_decision_does_not_count() {
    let world = World::new().await;
    let request = world.ask("carol", "two").await;
    world.approve("bob", &request).await.unwrap();
    let ended = world.engine.disable_user(&world.admin, &"bob".parse().unwrap()).await.unwrap();
    assert_eq!(ended.votes, 1);
    assert_eq!(world.approve("alice", &request).await.unwrap().state, State::Pending);
    assert_eq!(world.approve("dave", &request).await.unwrap().state, State::Approved);
}

#[tokio::test]
async fn ten_wrong_codes_end_an_enrolment_and_a_code_works_once() {
    let world = World::new().await;
    let enrol = async || world.engine.enrol_user(&world.admin, &"eve".parse().unwrap()).await.unwrap().code;
    let code = enrol().await;
    let wrong = format!("{}{}", code.get(..22).unwrap(), if code.ends_with('0') { '1' } else { '0' });
    for _ in 0..10 {
        let login = api::Login { code: wrong.clone() };
        assert!(matches!(world.engine.login(&login, None).await, Err(Error::NotLoggedIn)));
    }
    assert!(world.engine.login(&api::Login { code }, None).await.is_err());
    let code = enrol().await;
    assert!(world.engine.login(&api::Login { code: code.clone() }, None).await.is_ok());
    assert!(world.engine.login(&api::Login { code }, None).await.is_err());
}

#[tokio::test]
async fn a_token_ends_by_age_by_idleness_and_by_logout_and_no_variant_of_it_works() {
    let world = World::new().await;
    let login = async || {
        let code = world.engine.enrol_user(&world.admin, &"eve".parse().unwrap()).await.unwrap().code;
        world.engine.login(&api::Login { code }, None).await.unwrap()
    };
    let tokens = login().await;
    let token = &tokens.token;
    for variant in [
        token.get(1..).unwrap().to_owned(),
        format!("{token}="),
        format!("{token}A"),
        token.to_lowercase(),
        token.to_uppercase(),
        format!(" {token}"),
        String::new(),
        tokens.renewal.clone().unwrap(),
        "x".repeat(1 << 20),
    ] {
        assert!(matches!(world.engine.authenticate(&variant, None).await, Err(Error::NotLoggedIn)));
    }
    for _ in 0..23 {
        world.clock.advance(29 * 60);
        assert!(world.engine.authenticate(token, None).await.is_ok());
    }
    world.clock.advance(31 * 60);
    assert!(matches!(world.engine.authenticate(token, None).await, Err(Error::SessionOver)));
    let renewed =
        world.engine.renew(&api::Renew { renewal: tokens.renewal.clone().unwrap() }, None).await.unwrap();
    let caller = world.engine.authenticate(&renewed.token, None).await.unwrap();
    for _ in 0..30 {
        world.clock.advance(29 * 60);
        let _ = world.engine.authenticate(&renewed.token, None).await;
    }
    assert!(matches!(world.engine.authenticate(&renewed.token, None).await, Err(Error::SessionOver)));
    world.engine.logout(&caller).await.unwrap();
    assert!(matches!(world.engine.authenticate(&renewed.token, None).await, Err(Error::NotLoggedIn)));
    assert!(world.engine.renew(&api::Renew { renewal: tokens.renewal.unwrap() }, None).await.is_err());
}

#[tokio::test]
async fn a_name_is_never_given_to_a_second_person() {
    let world = World::new().await;
    world.engine.disable_user(&world.admin, &"eve".parse().unwrap()).await.unwrap();
    let again = api::NewUser {
        name: "eve".parse().unwrap(),
        kind: crate::domain::Kind::Person,
        human: None,
        admin: false,
    };
    assert!(matches!(world.engine.add_user(&world.admin, &again).await, Err(Error::Clash(_))));
    assert!(world.engine.enrol_user(&world.admin, &"eve".parse().unwrap()).await.is_err());
}

#[tokio::test]
async fn a_list_shows_what_its_viewer_may_see_page_by_page() {
    let world = World::new().await;
    let mut filed = Vec::new();
    for who in ["carol", "ci"] {
        for role in ["self", "one", "two"] {
            world.clock.advance(1);
            filed.push(world.ask(who, role).await.id);
        }
    }
    let list = async |who: &str, filter, limit, after| {
        let query = api::ListQuery { filter, limit: Some(limit), after };
        world.engine.list(&world.as_user(who).await, &query).await.unwrap()
    };
    use api::ListFilter as F;
    assert_eq!(list("root", F::Open, 50, None).await.requests.len(), 6);
    assert_eq!(list("carol", F::Mine, 50, None).await.requests.len(), 3);
    assert_eq!(list("bob", F::ToApprove, 50, None).await.requests.len(), 4);
    assert_eq!(list("root", F::ToApprove, 50, None).await.requests.len(), 0);
    assert_eq!(list("carol", F::ToApprove, 50, None).await.requests.len(), 0);
    assert_eq!(list("eve", F::History, 50, None).await.requests.len(), 0);
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = list("root", F::History, 4, after).await;
        seen.extend(page.requests.iter().map(|r| r.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    filed.reverse();
    assert_eq!(seen, filed);
}

#[tokio::test]
async fn alone_a_role_that_people_decide_about_says_that_it_needs_a_server() {
    let world =
        World::with(Home::OperatingSystem, &POLICY.replace("\"carol\", \"carol.two\"", "\"root\"")).await;
    let refused = world.engine.request(&world.admin, &new_request("one")).await;
    assert!(matches!(refused, Err(Error::NeedsServer { .. })));
    let filed = world.engine.request(&world.admin, &new_request("self")).await.unwrap();
    assert_eq!(filed.request.state, State::Approved);
}

#[tokio::test]
async fn waiting_ends_with_the_change_and_not_before() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    let carol = world.as_user("carol").await;
    let id = request.id.to_string();
    let unchanged = world.engine.wait(&carol, &id, request.revision, Span::clamped(1)).await.unwrap();
    assert_eq!(unchanged.revision, request.revision);
    let (waited, approved) = tokio::join!(
        world.engine.wait(&carol, &id, request.revision, Span::clamped(20)),
        world.approve("bob", &request),
    );
    assert_eq!(waited.unwrap().state, State::Approved);
    approved.unwrap();
}

#[tokio::test]
async fn the_local_backend_is_a_backend() {
    use crate::ops::Backend;
    use crate::ops::conformance::tests::{ALONE, passes, subject};
    let world = World::with(Home::OperatingSystem, &POLICY.replace("\"me\"", "\"root\"")).await;
    let ca = "ssh-ed25519 AAAA".to_owned();
    let local = super::Local::open(Arc::clone(&world.engine), world.admin.clone(), ca).await.unwrap();
    let explained = local.explain("self", None).await.unwrap();
    assert_eq!((explained.missing.len(), explained.role.max_duration), (0, Span::clamped(3600)));
    assert_eq!(explained.example.as_deref(), Some("jit request self --for 1h --reason TEXT"));
    let long = api::NewRequest { duration: Span::clamped(3601), ..new_request("self") };
    let problem = local.request(&long).await.unwrap_err();
    assert_eq!(problem.hint.as_deref(), Some("ask for at most --for 1h"));
    assert_eq!(passes(&subject(Arc::new(local), "self")).await, ALONE);
}

#[tokio::test]
async fn anonymous_refusals_are_counted_when_they_are_too_many_to_record() {
    let world = World::new().await;
    for _ in 0..500 {
        assert!(world.engine.authenticate("jit_a_guess", Some("192.0.2.1".into())).await.is_err());
    }
    assert_eq!(world.count("access.refused").await, 60);
    world.clock.advance(60);
    assert!(world.engine.authenticate("jit_a_guess", None).await.is_err());
    let filter =
        crate::store::EventFilter { kind: Some("access.refused".into()), limit: 100, ..Default::default() };
    let events = world.store.events(&filter).await.unwrap();
    assert_eq!(events.last().unwrap().event.event.data["suppressed_before"], "440");
    assert_eq!(events[0].event.event.from.as_deref(), Some("192.0.2.1"));
}
