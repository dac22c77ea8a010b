//! Rights that are looked at, and gone when nobody says that they stay.

use super::super::Error;
use super::super::testing::World;
use super::contractors::{add, asked, name, world};
use crate::api;
use crate::audit::review_result;
use crate::domain::review::Scope;
use crate::domain::{Span, State};

const DAY: i64 = 86_400;

async fn start(world: &World, scope: &str, every: Option<u64>) -> api::Review {
    let ask = api::StartReview {
        scope: scope.parse().unwrap(),
        due: Span::clamped(14 * 86_400),
        every: every.map(Span::clamped),
    };
    world.engine.start_review(&world.admin, &ask).await.unwrap()
}

async fn decide(
    world: &World,
    who: &str,
    id: &str,
    items: &[usize],
    keep: bool,
) -> Result<api::Review, Error> {
    let ask = api::DecideReview { items: items.to_vec(), keep, comment: "looked at".to_owned() };
    world.engine.decide_review(&world.as_user(who).await, id, &ask).await
}

fn number(review: &api::Review, user: &str) -> usize {
    review.items.iter().find(|line| line.item.user == name(user)).unwrap().number
}

#[tokio::test]
async fn silence_past_the_due_date_takes_the_right_and_ends_what_is_live() {
    let world = world().await;
    for user in ["zed", "yan", "xia"] {
        add(&world, user).await;
    }
    let review = start(&world, "company=acme", None).await;
    assert_eq!(review.items.len(), 3);
    decide(&world, "alice", &review.id, &[number(&review, "zed")], true).await.unwrap();
    decide(&world, "alice", &review.id, &[number(&review, "yan")], false).await.unwrap();
    assert!(world.try_ask("yan", &asked()).await.is_err(), "at once");

    world.clock.advance(14 * DAY - 300);
    let request = world.try_ask("xia", &asked()).await.unwrap().request;
    world.approve("bob", &request).await.unwrap();
    world.use_it("xia", &request).await.unwrap();
    world.engine.close_reviews().await.unwrap();
    assert_eq!(world.count("review.lapsed").await, 0);
    world.clock.advance(300);
    world.engine.close_reviews().await.unwrap();
    assert_eq!(world.told("review.lapsed", "user").await, ["xia"]);
    assert_eq!(world.state(&request).await, State::Revoked);
    assert_eq!(world.target.live(), 0);
    assert!(world.try_ask("xia", &asked()).await.is_err());
    world.try_ask("zed", &asked()).await.unwrap();
    let shown = world.engine.review(&world.admin, &review.id).await.unwrap();
    let progress = shown.progress;
    assert_eq!((progress.open, progress.kept, progress.removed, progress.lapsed), (0, 1, 1, 1));
}

#[tokio::test]
async fn what_a_review_took_stays_taken_after_a_restart_and_for_aliases() {
    let mut world = world().await;
    let review = start(&world, "user=carol", None).await;
    let items: Vec<usize> = review.items.iter().map(|line| line.number).collect();
    // Carol has no sponsor and the resource no owner: an administrator decides.
    assert!(decide(&world, "bob", &review.id, &items, false).await.is_err());
    decide(&world, "root", &review.id, &items, false).await.unwrap();
    world.restart(super::contractors::POLICY).await;
    for who in ["carol", "carol.two", "ci"] {
        assert!(world.try_ask(who, &asked()).await.is_err(), "{who}");
    }
    let restore = |user: &str| api::RestoreRight {
        user: name(user),
        role: name("one"),
        comment: "needed again".to_owned(),
    };
    assert!(world.engine.restore_right(&world.as_user("carol").await, &restore("carol")).await.is_err());
    world.engine.restore_right(&world.admin, &restore("carol")).await.unwrap();
    world.engine.restore_right(&world.admin, &restore("carol.two")).await.unwrap();
    world.try_ask("carol", &asked()).await.unwrap();
    assert_eq!(world.count("review.restored").await, 2);
}

#[tokio::test]
async fn who_is_not_the_reviewer_decides_nothing_and_sees_nothing() {
    let world = world().await;
    add(&world, "zed").await;
    let review = start(&world, "user=zed", None).await;
    for who in ["zed", "bob", "carol"] {
        assert!(decide(&world, who, &review.id, &[1], true).await.is_err(), "{who}");
        let seen = world.engine.review(&world.as_user(who).await, &review.id).await;
        assert_eq!(seen.unwrap_err().to_string(), format!("there is no review {:?}", review.id));
    }
    // An administrator sees it, and the sponsor decides.
    assert!(decide(&world, "root", &review.id, &[1], true).await.is_err());
    let alice = world.as_user("alice").await;
    assert_eq!(world.engine.reviews(&alice).await.unwrap().reviews[0].open_for_you, 1);
    decide(&world, "alice", &review.id, &[1], true).await.unwrap();
    assert!(decide(&world, "alice", &review.id, &[1], false).await.is_err(), "once");
    let nobody = api::StartReview { scope: Scope::All, due: Span::clamped(60), every: None };
    assert!(world.engine.start_review(&alice, &nobody).await.is_err());
}

#[tokio::test]
async fn a_reviewer_is_told_what_a_right_was_really_used_for() {
    let world = world().await;
    add(&world, "zed").await;
    let request = world.try_ask("zed", &asked()).await.unwrap().request;
    world.approve("bob", &request).await.unwrap();
    world.use_it("zed", &request).await.unwrap();
    world.later(700).await;
    let denied = world.try_ask("zed", &asked()).await.unwrap().request;
    world.deny("bob", &denied).await.unwrap();
    let review = start(&world, "user=zed", None).await;
    let used = &review.items[0].item.used;
    assert_eq!((used.requests, used.grants, used.denied), (2, 1, 1));
    assert!(used.last.is_some());
}

#[tokio::test]
async fn a_closed_review_is_signed_and_the_next_one_begins_at_its_time() {
    let world = world().await;
    add(&world, "zed").await;
    let review = start(&world, "user=zed", Some(20 * 86_400)).await;
    decide(&world, "alice", &review.id, &[1], true).await.unwrap();
    let result = world.engine.review_result(&world.admin, &review.id).await.unwrap();
    let key = result.key.parse().unwrap();
    review_result::verify(&result.review, &key).unwrap();
    assert_eq!(world.told("review.closed", "digest").await, [signed(&result)]);
    assert_eq!(world.told("review.closed", "kept").await, ["1"]);

    for _ in 0..3 {
        world.clock.advance(7 * DAY);
        world.engine.close_reviews().await.unwrap();
    }
    assert_eq!(world.engine.reviews(&world.admin).await.unwrap().reviews.len(), 2);
    assert_eq!(world.count("review.started").await, 2);
    // It is still what was signed, and the one that is open has no result.
    let result = world.engine.review_result(&world.admin, &review.id).await.unwrap();
    review_result::verify(&result.review, &key).unwrap();
    let listed = world.engine.reviews(&world.admin).await.unwrap();
    let open = &listed.reviews.iter().find(|one| one.closed.is_none()).unwrap().id;
    assert!(matches!(world.engine.review_result(&world.admin, open).await, Err(Error::Clash(_))));
    let alice = world.as_user("alice").await;
    assert!(matches!(world.engine.review_result(&alice, &review.id).await, Err(Error::Forbidden(_))));
}

fn signed(result: &api::ReviewResult) -> String {
    let closed = result.review.closed.as_ref().unwrap().at;
    review_result::statement(&result.review, closed).unwrap().digest.to_string()
}
