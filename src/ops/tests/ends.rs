//! What is over is over: when a target is down, lies or hangs, after a crash, and whatever the policy says.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::testing::{PATIENCE, POLICY, World, new_request, policy};
use super::super::{Error, Held};
use super::ids;
use crate::domain::State;
use crate::store::Store;

#[tokio::test]
async fn a_provider_that_is_down_over_the_end_is_tried_until_it_is_back() {
    let world = World::new().await;
    let request = world.active().await;
    world.target.down.store(true, Ordering::SeqCst);
    for _ in 0..5 {
        world.clock.advance(600);
        world.engine.reconcile(PATIENCE).await.unwrap();
        assert_eq!(world.state(&request).await, State::Ending);
    }
    let shown = world.engine.show(&world.admin, &request.id.to_string()).await.unwrap();
    assert_eq!(shown.trouble.as_deref(), Some("the target is down"));
    assert_eq!(world.count("grant.expired").await, 0);
    assert_eq!(world.target.live(), 1);
    world.target.down.store(false, Ordering::SeqCst);
    world.clock.advance(30);
    world.engine.reconcile(PATIENCE).await.unwrap();
    assert_eq!(world.state(&request).await, State::Expired);
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn a_provider_that_says_done_while_the_access_is_still_there_stays_ending() {
    let world = World::new().await;
    let request = world.active().await;
    world.target.lies.store(true, Ordering::SeqCst);
    let revoked = world.revoke("bob", ids(&request)).await.unwrap();
    assert!(!revoked.items[0].confirmed);
    assert!(revoked.items[0].trouble.as_deref().unwrap().contains("still there"));
    assert_eq!(world.state(&request).await, State::Ending);
    world.target.lies.store(false, Ordering::SeqCst);
    world.clock.advance(30);
    world.engine.reconcile(PATIENCE).await.unwrap();
    assert_eq!(world.state(&request).await, State::Revoked);
}

#[tokio::test]
async fn a_provider_that_fails_to_grant_does_not_start_the_clock() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    world.approve("bob", &request).await.unwrap();
    world.target.down.store(true, Ordering::SeqCst);
    assert!(matches!(world.use_it("carol", &request).await, Err(Error::Provider(_))));
    world.target.down.store(false, Ordering::SeqCst);
    // The absence could not be read back while it was down, so the intent stands until a restart.
    world.engine.recover().await.unwrap();
    assert_eq!(world.state(&request).await, State::Approved);
    world.clock.advance(60);
    assert_eq!(world.use_it("carol", &request).await.unwrap().ends_in_s, 600);
}

#[tokio::test]
async fn a_crash_between_the_intent_and_the_result_leaves_no_unrecorded_credential() {
    let mut world = World::new().await;
    let request = world.ask("carol", "one").await;
    world.approve("bob", &request).await.unwrap();
    world.use_it("carol", &request).await.unwrap();
    // As if killed after the provider had acted and before the result was written.
    let mut credential = world.store.credentials(request.id).await.unwrap().remove(0);
    let mut record = world.store.request(request.id).await.unwrap().unwrap();
    credential.state = crate::store::CredentialState::Intended;
    record.state = State::Approved;
    record.revision += 1;
    let writes = vec![
        crate::store::Write::UpdateRequest(Box::new(record)),
        crate::store::Write::PutCredential(Box::new(credential)),
    ];
    world.store.commit(crate::store::Change { writes, events: Vec::new() }).await.unwrap();
    assert_eq!(world.target.live(), 1);
    world.restart(POLICY).await;
    assert_eq!(world.target.live(), 0);
    let record = world.store.request(request.id).await.unwrap().unwrap();
    assert_eq!((record.state, record.window), (State::Approved, None));
}

#[tokio::test]
async fn what_became_due_while_the_process_slept_is_done_when_it_wakes() {
    let mut world = World::new().await;
    let active = world.active().await;
    let pending = world.ask("carol", "two").await;
    world.clock.advance(365 * 86_400);
    world.restart(POLICY).await;
    world.engine.reconcile(PATIENCE).await.unwrap();
    assert_eq!(world.state(&active).await, State::Expired);
    assert_eq!(world.state(&pending).await, State::Lapsed);
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn an_approval_that_is_not_used_lapses() {
    let world = World::new().await;
    let request = world.ask("carol", "two").await;
    world.approve("bob", &request).await.unwrap();
    world.approve("dave", &request).await.unwrap();
    world.clock.advance(20 * 60);
    assert!(world.use_it("carol", &request).await.is_err());
    world.engine.reconcile(PATIENCE).await.unwrap();
    assert_eq!(world.state(&request).await, State::Lapsed);
    assert!(world.approve("alice", &request).await.is_err());
}

#[tokio::test]
async fn two_reconcilers_write_one_event() {
    let world = World::new().await;
    world.active().await;
    world.clock.advance(600);
    let (a, b, c) = tokio::join!(
        world.engine.reconcile(PATIENCE),
        world.engine.reconcile(PATIENCE),
        world.engine.reconcile(PATIENCE)
    );
    a.unwrap();
    b.unwrap();
    c.unwrap();
    assert_eq!(world.count("grant.ending").await, 1);
    assert_eq!(world.count("grant.expired").await, 1);
}

#[tokio::test]
async fn a_target_that_hangs_keeps_nobody_elses_end() {
    let world = World::new().await;
    let slow = world.active().await;
    let credential = world.store.credentials(slow.id).await.unwrap().remove(0).id;
    *world.target.hangs.lock().unwrap() = Some(credential);
    let other = world.ask("carol", "two").await;
    world.approve("bob", &other).await.unwrap();
    world.approve("dave", &other).await.unwrap();
    world.use_it("carol", &other).await.unwrap();
    world.clock.advance(600);
    for _ in 0..3 {
        world.engine.reconcile(Duration::from_millis(50)).await.unwrap();
    }
    assert_eq!(world.state(&other).await, State::Expired);
    assert_eq!(world.state(&slow).await, State::Ending);
    assert_eq!(world.count("grant.ending").await, 2);
}

#[tokio::test]
async fn a_policy_that_is_not_whole_blocks_grants_and_not_revocations() {
    let world = World::new().await;
    let active = world.active().await;
    let approved = world.ask("carol", "self").await;
    world.engine.keep_policy("p.toml:1:1: unknown key".into(), Held::Everything).await;
    let carol = world.as_user("carol").await;
    assert!(matches!(world.engine.request(&carol, &new_request("two")).await, Err(Error::Unavailable(_))));
    assert!(matches!(world.use_it("carol", &approved).await, Err(Error::Unavailable(_))));
    assert!(world.revoke("bob", ids(&active)).await.unwrap().items[0].confirmed);
    assert!(world.engine.health(&world.admin).await.policy_trouble.is_some());
    world.engine.take_policy(policy(POLICY)).await.unwrap();
    assert!(world.use_it("carol", &approved).await.is_ok());
}

#[tokio::test]
async fn a_revoke_that_comes_after_the_end_finds_it_expired() {
    let world = World::new().await;
    let request = world.active().await;
    world.clock.advance(600);
    let revoked = world.revoke("carol", ids(&request)).await.unwrap();
    assert!(revoked.items[0].confirmed);
    assert_eq!(world.state(&request).await, State::Expired);
}
