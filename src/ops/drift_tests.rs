use std::sync::atomic::Ordering;

use super::super::testing::World;
use super::*;
use crate::store::Store as _;

async fn drift(world: &World, dry_run: bool) -> api::Drift {
    world.engine.drift(&world.admin, &api::Reconcile { dry_run }).await.unwrap()
}

fn stray(number: u64) -> CredentialId {
    CredentialId::from_number(number).unwrap()
}

#[tokio::test]
async fn what_is_on_a_target_and_of_no_grant_is_shown_by_a_dry_run_and_ended_by_a_real_one() {
    let world = World::new().await;
    let active = world.active().await;
    world.target.live.lock().unwrap().insert(stray(7), world.engine.now());
    let seen = drift(&world, true).await;
    assert_eq!(
        seen.found.iter().map(|f| (f.what, f.credential, f.ended)).next().unwrap(),
        (Difference::Orphan, Some(stray(7)), false)
    );
    assert_eq!(world.target.live(), 2, "a dry run ended something");
    let ended = drift(&world, false).await;
    assert_eq!(ended.found.len(), 1);
    assert!(ended.found[0].ended);
    assert_eq!(world.count("drift.orphan").await, 1);
    assert!(drift(&world, false).await.found.is_empty());
    // The grant that is open is left alone.
    assert_eq!(world.target.live(), 1);
    assert_eq!(world.state(&active).await, crate::domain::State::Active);
}

#[tokio::test]
async fn a_store_restored_from_before_a_grant_ends_what_it_does_not_know() {
    let world = World::new().await;
    world.target.live.lock().unwrap().insert(stray(9), world.engine.now());
    world.engine.sweep(None, false).await.unwrap();
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn what_is_missing_or_changed_by_hand_is_told_once_and_left() {
    let world = World::new().await;
    let active = world.active().await;
    let id = world.store.credentials(active.id).await.unwrap().remove(0).id;
    *world.target.changed.lock().unwrap() = Some(id);
    for _ in 0..2 {
        let seen = drift(&world, false).await;
        assert_eq!(seen.found.len(), 1, "{seen:?}");
        let found = &seen.found[0];
        assert_eq!((found.what, found.request), (Difference::Changed, Some(active.id)));
        assert_eq!(found.detail, "made a superuser");
    }
    assert_eq!(world.count("drift.changed").await, 1);
    world.target.live.lock().unwrap().clear();
    let seen = drift(&world, false).await;
    assert_eq!(seen.found.iter().map(|f| f.what).collect::<Vec<_>>(), [Difference::Missing]);
    assert_eq!(world.count("drift.missing").await, 1);
}

#[tokio::test]
async fn a_target_that_is_down_is_told_and_does_not_keep_the_others_from_being_compared() {
    let world = World::new().await;
    world.target.down.store(true, Ordering::SeqCst);
    let seen = drift(&world, false).await;
    assert!(!seen.found.is_empty());
    assert!(seen.found.iter().all(|found| found.what == Difference::Unknown));
}

#[tokio::test]
async fn only_an_administrator_compares() {
    let world = World::new().await;
    let carol = world.as_user("carol").await;
    let refused = world.engine.drift(&carol, &api::Reconcile { dry_run: true }).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    assert_eq!(world.count("access.refused").await, 1);
}
