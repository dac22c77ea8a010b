//! The engine that watches its own log: what it raises, what it does about it, and what a crash leaves.

use super::*;
use crate::ops::testing::{POLICY, World, new_request};
use crate::ops::{Error as OpsError, Home};
use crate::store::{Session, SessionKind, Store};

fn with_alerts(alerts: &str) -> String {
    format!("{POLICY}{alerts}")
}

async fn world(alerts: &str) -> World {
    let world = World::with(Home::Directory, &with_alerts(alerts)).await;
    world.engine.watch().await.unwrap();
    world
}

const GUESSING: &str =
    "[alert.guessing]\non = \"burst-of-refusals\"\naction = \"end-grant\"\ncount = 3\nwithin = \"10m\"\n";

/// Refused by policy: a role that they may not have.
async fn tries(world: &World, who: &str, times: usize) {
    for _ in 0..times {
        let refused = world.try_ask(who, &new_request("nothing")).await;
        assert!(matches!(refused, Err(OpsError::Refused(_))));
    }
}

#[tokio::test]
async fn an_alert_is_an_event_with_who_what_and_why_and_is_raised_once() {
    let world = world(GUESSING).await;
    tries(&world, "eve", 4).await;
    for _ in 0..3 {
        world.engine.watch().await.unwrap();
    }
    assert_eq!(world.count("alert.raised").await, 1, "its own events raise nothing");
    assert_eq!(world.told("alert.raised", "user").await, ["eve"]);
    assert_eq!(world.told("alert.raised", "alert").await, ["guessing"]);
    assert_eq!(world.told("alert.raised", "severity").await, ["high"]);
    let filter = EventFilter { kind: Some("alert.raised".into()), limit: 9, ..EventFilter::default() };
    let event = &world.store.events(&filter).await.unwrap()[0].event.event;
    assert!(event.why[0].starts_with("eve was refused 3 times within 10m"), "{:?}", event.why);
    assert_eq!(event.actor, None);
}

#[tokio::test]
async fn an_alert_ends_the_live_grants_of_its_person_and_of_nobody_else() {
    let world = world(GUESSING).await;
    let mine = world.active().await;
    tries(&world, "eve", 3).await;
    world.engine.watch().await.unwrap();
    assert_eq!(world.state(&mine).await, State::Active, "eve is not carol");
    // Under another of their names.
    let alias = world.as_user("carol.two").await;
    for _ in 0..3 {
        let _ = world.engine.request(&alias, &new_request("nothing")).await.unwrap_err();
    }
    world.engine.watch().await.unwrap();
    world.later(1).await;
    assert_eq!(world.state(&mine).await, State::Revoked);
    assert_eq!(world.target.live(), 0);
    let comment = &world.told("grant.ending", "comment").await[0];
    assert!(
        comment.starts_with("alert guessing (") && comment.contains("carol was refused 3 times"),
        "{comment}"
    );
}

#[tokio::test]
async fn an_alert_about_a_request_ends_that_request_alone() {
    let hasty = "[alert.hasty]\non = \"hasty-approval\"\naction = \"end-grant\"\nwithin = \"5s\"\n";
    let world = world(hasty).await;
    let slow = world.ask("carol", "two").await;
    world.clock.advance(60);
    world.approve("alice", &slow).await.unwrap();
    world.approve("bob", &slow).await.unwrap();
    world.use_it("carol", &slow).await.unwrap();
    let quick = world.ask("carol", "one").await;
    world.approve("bob", &quick).await.unwrap();
    world.use_it("carol", &quick).await.unwrap();
    world.engine.watch().await.unwrap();
    world.later(1).await;
    assert_eq!(world.state(&quick).await, State::Revoked);
    assert_eq!(world.state(&slow).await, State::Active);
}

async fn logs_in(world: &World, who: &str, token: &str) {
    let session = Session {
        token_hash: Digest::of(token.as_bytes()),
        user: who.parse().unwrap(),
        kind: SessionKind::Access,
        created: world.engine.now(),
        expires: world.engine.now().plus(Span::clamped(3600)),
        last_used: world.engine.now(),
        parent: None,
    };
    let change = Change { writes: vec![Write::InsertSession(session)], events: Vec::new() };
    world.store.commit(change).await.unwrap();
}

#[tokio::test]
async fn who_has_to_step_up_is_logged_out_everywhere_and_may_log_in_again() {
    let alert = GUESSING.replace("end-grant", "step-up");
    let world = world(&alert).await;
    logs_in(&world, "carol", "a").await;
    logs_in(&world, "carol.two", "b").await;
    logs_in(&world, "bob", "c").await;
    let grant = world.active().await;
    tries(&world, "carol", 3).await;
    world.engine.watch().await.unwrap();
    for (token, live) in [("a", false), ("b", false), ("c", true)] {
        assert_eq!(world.engine.authenticate(token, None).await.is_ok(), live, "{token}");
    }
    assert_eq!(world.state(&grant).await, State::Active);
    world.clock.advance(1);
    logs_in(&world, "carol", "again").await;
    world.engine.watch().await.unwrap();
    assert!(world.engine.authenticate("again", None).await.is_ok());
}

#[tokio::test]
async fn who_is_suspended_by_an_alert_has_no_session_and_no_grant() {
    let world = world(&GUESSING.replace("end-grant", "suspend")).await;
    logs_in(&world, "carol", "a").await;
    let grant = world.active().await;
    tries(&world, "carol", 3).await;
    world.engine.watch().await.unwrap();
    world.later(1).await;
    assert!(world.engine.authenticate("a", None).await.is_err());
    assert_eq!(world.told("user.suspended", "user").await, ["carol"]);
    let cause = &world.told("user.suspended", "cause").await[0];
    assert!(cause.contains("carol was refused 3 times"), "{cause}");
    assert_eq!(world.state(&grant).await, State::Revoked);
}

#[tokio::test]
async fn what_nobody_has_logged_in_for_suspends_nobody() {
    let world = world(&GUESSING.replace("end-grant", "suspend")).await;
    let grant = world.active().await;
    for _ in 0..5 {
        let _ = world.engine.authenticate("made up", Some("192.0.2.1".into())).await.unwrap_err();
    }
    world.engine.watch().await.unwrap();
    world.later(1).await;
    assert_eq!(world.count("alert.raised").await, 1);
    assert!(world.told("alert.raised", "user").await.is_empty());
    assert_eq!(world.state(&grant).await, State::Active);
}

#[tokio::test]
async fn after_a_restart_nothing_is_raised_twice_and_nothing_is_left_out() {
    let mut world = world(GUESSING).await;
    tries(&world, "eve", 2).await;
    world.engine.watch().await.unwrap();
    assert_eq!(world.count("alert.raised").await, 0);
    // The third refusal is in the log, and the server dies before it looks.
    tries(&world, "eve", 1).await;
    let text = with_alerts(GUESSING);
    for _ in 0..3 {
        world.restart(&text).await;
        world.engine.watch().await.unwrap();
        world.engine.watch().await.unwrap();
        assert_eq!(world.count("alert.raised").await, 1);
    }
}

#[tokio::test]
async fn the_past_of_a_server_that_begins_to_watch_raises_nothing_but_is_known() {
    let mut world = World::with(Home::Directory, &with_alerts(GUESSING)).await;
    tries(&world, "eve", 5).await;
    world.restart(&with_alerts("[alert.first]\non = \"new-role\"\nhistory = 0\n")).await;
    let _ = world.active().await;
    world.engine.watch().await.unwrap();
    assert_eq!(world.count("alert.raised").await, 0);
    // The role was used before it began: it is not new.
    let again = world.ask("carol", "self").await;
    world.use_it("carol", &again).await.unwrap();
    world.engine.watch().await.unwrap();
    assert_eq!(world.told("alert.raised", "cause").await, ["carol self"]);
}

#[tokio::test]
async fn an_action_that_a_crash_cut_off_is_done_at_the_next_start_and_takes_nothing_newer() {
    let mut world = world(GUESSING).await;
    let before = world.active().await;
    let mut raised = Draft::new(world.engine.now(), EventKind::AlertRaised)
        .data("alert", "guessing")
        .data("id", "0123456789abcdef")
        .data("action", "end-grant")
        .data("user", "carol")
        .data("cause", "carol")
        .data("seen", world.engine.now());
    raised.why = vec!["carol was refused".into()];
    world.store.commit(Change { writes: Vec::new(), events: vec![raised] }).await.unwrap();
    world.clock.advance(60);
    let after = world.ask("carol", "self").await;
    world.use_it("carol", &after).await.unwrap();
    world.restart(&with_alerts(GUESSING)).await;
    world.engine.watch().await.unwrap();
    world.later(1).await;
    assert_eq!(world.state(&before).await, State::Revoked);
    assert_eq!(world.state(&after).await, State::Active);
}

#[tokio::test]
async fn another_policy_has_its_own_alerts_and_the_same_memory() {
    let world = world("").await;
    tries(&world, "eve", 2).await;
    world.engine.watch().await.unwrap();
    world.engine.take_policy(crate::ops::testing::policy(&with_alerts(GUESSING))).await.unwrap();
    tries(&world, "eve", 1).await;
    world.engine.watch().await.unwrap();
    assert_eq!(world.told("alert.raised", "cause").await, ["eve"]);
}

#[tokio::test]
async fn an_attempt_to_approve_oneself_is_told_by_its_reason_and_not_by_its_words() {
    let world = world("[alert.own]\non = \"self-approval\"\n").await;
    let request = world.ask("carol", "one").await;
    let _ = world.approve("carol.two", &request).await.unwrap_err();
    assert_eq!(world.told("request.vote-refused", "because").await, ["own-request"]);
    world.engine.watch().await.unwrap();
    assert_eq!(world.told("alert.raised", "user").await, ["carol"]);
}

#[tokio::test]
async fn a_service_is_told_of_under_its_own_name() {
    let world = world(GUESSING).await;
    let ci = world.as_user("ci").await;
    assert_eq!(ci.actor.kind, Kind::Service);
    for _ in 0..3 {
        let _ = world.engine.request(&ci, &new_request("nothing")).await.unwrap_err();
    }
    world.engine.watch().await.unwrap();
    assert_eq!(world.told("alert.raised", "user").await, ["ci"]);
}

#[tokio::test]
async fn a_sleeper_is_known_as_one_also_to_a_server_that_starts_anew() {
    let sleeper = "[alert.sleeper]\non = \"dormant-wakes\"\nafter = \"60d\"\n";
    let mut world = world(sleeper).await;
    let _ = world.ask("carol", "one").await;
    world.clock.advance(200 * 86_400);
    world.restart(&with_alerts(sleeper)).await;
    let now = world.engine.now();
    let first = world.engine.first_since(now).await.unwrap();
    assert!(first > 4 && first < world.engine.log_size().await.unwrap());
    assert_eq!(world.engine.first_since(Time::from_millis(0)).await.unwrap(), 0);
    world.engine.watch().await.unwrap();
    let _ = world.ask("carol", "two").await;
    world.engine.watch().await.unwrap();
    assert_eq!(world.told("alert.raised", "cause").await, ["carol"]);
}

#[tokio::test]
async fn the_local_backend_watches_nothing() {
    let world = World::with(Home::OperatingSystem, &with_alerts(GUESSING)).await;
    world.engine.watch().await.unwrap();
    assert_eq!(world.store.record(RecordKind::Watch, CURSOR).await.unwrap(), None);
}
