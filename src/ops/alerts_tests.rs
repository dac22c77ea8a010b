//! Alerts and their answers.

use super::*;
use crate::domain::Powers;
use crate::domain::alert::Finding;
use crate::ops::Home;
use crate::ops::testing::{POLICY, World, new_request};
use crate::store::{EventFilter, Store};

const GUESSING: &str = "[alert.guessing]\non = \"burst-of-refusals\"\ncount = 3\nwithin = \"10m\"\n";

/// A world in which `who` has guessed, and the alert about it.
async fn guessed(who: &[&str]) -> (World, Vec<api::Alert>) {
    let world = World::with(Home::Directory, &format!("{POLICY}{GUESSING}")).await;
    world.engine.watch().await.unwrap();
    for who in who {
        for _ in 0..3 {
            world.try_ask(who, &new_request("nothing")).await.unwrap_err();
        }
    }
    world.engine.watch().await.unwrap();
    let listed = world.engine.alerts(&world.admin, &api::AlertQuery::default()).await.unwrap();
    (world, listed.alerts)
}

fn says(finding: Finding) -> api::AnswerAlert {
    api::AnswerAlert { finding, comment: "looked at\u{1b}[2J".to_owned() }
}

#[tokio::test]
async fn an_alert_is_open_until_an_administrator_has_said_what_came_out() {
    let (world, alerts) = guessed(&["eve", "carol"]).await;
    assert_eq!(alerts.len(), 2);
    assert!(alerts.iter().all(|alert| alert.open_for_you && alert.raised.answer.is_none()));
    let eve = alerts.iter().find(|alert| alert.raised.user == Some("eve".parse().unwrap())).unwrap();
    let id = eve.raised.id.as_str();
    let said = says(Finding::Incident);
    let answered = world.engine.answer_alert(&world.admin, id.split_at(8).0, &said).await.unwrap();
    assert_eq!(answered.raised.answer.as_ref().unwrap().finding, Finding::Incident);
    let open = world.engine.alerts(&world.admin, &api::AlertQuery::default()).await.unwrap();
    assert_eq!(open.alerts.len(), 1, "carol's is left");
    let all = world.engine.alerts(&world.admin, &api::AlertQuery { all: true }).await.unwrap();
    assert_eq!(all.alerts.len(), 2);
    assert_eq!(world.engine.alert(&world.admin, id).await.unwrap(), answered);
    for (key, value) in
        [("id", id), ("alert", "guessing"), ("answer", "incident"), ("comment", "looked at\u{1b}[2J")]
    {
        assert_eq!(world.told("alert.answered", key).await, [value]);
    }
}

#[tokio::test]
async fn a_second_answer_is_a_clash_and_changes_nothing() {
    let (world, alerts) = guessed(&["eve"]).await;
    let id = &alerts[0].raised.id;
    world.engine.answer_alert(&world.admin, id, &says(Finding::Expected)).await.unwrap();
    let again = world.engine.answer_alert(&world.admin, id, &says(Finding::FalseAlarm)).await;
    assert!(matches!(again, Err(Error::Clash(_))), "{again:?}");
    assert_eq!(world.count("alert.answered").await, 1);
    let kept = world.engine.alert(&world.admin, id).await.unwrap();
    assert_eq!(kept.raised.answer.unwrap().finding, Finding::Expected);
}

#[tokio::test]
async fn nobody_answers_an_alert_about_a_name_or_a_service_of_theirs() {
    let (world, alerts) = guessed(&["carol.two", "ci"]).await;
    assert_eq!(alerts.len(), 2);
    let carol = Caller { powers: Powers::administrator(), ..world.as_user("carol").await };
    for alert in &alerts {
        let shown = world.engine.alert(&carol, &alert.raised.id).await.unwrap();
        assert!(!shown.open_for_you);
        let own = world.engine.answer_alert(&carol, &alert.raised.id, &says(Finding::Expected)).await;
        assert!(matches!(own, Err(Error::Forbidden(_))), "{own:?}");
    }
    assert_eq!(world.count("alert.answered").await, 0);
    assert_eq!(world.told("access.refused", "asked").await, ["answer an alert"; 2]);
}

#[tokio::test]
async fn whoever_is_no_administrator_learns_of_no_alert() {
    let (world, alerts) = guessed(&["eve"]).await;
    for who in ["eve", "bob"] {
        let caller = world.as_user(who).await;
        assert!(world.engine.alerts(&caller, &api::AlertQuery { all: true }).await.is_err());
        for id in [alerts[0].raised.id.as_str(), "0000000000000000"] {
            let shown = world.engine.alert(&caller, id).await;
            assert!(
                matches!(shown, Err(Error::Forbidden(_))),
                "the same of one that is not there: {shown:?}"
            );
            let answer = world.engine.answer_alert(&caller, id, &says(Finding::Expected)).await;
            assert!(matches!(answer, Err(Error::Forbidden(_))));
        }
    }
}

#[tokio::test]
async fn what_is_no_id_of_an_alert_finds_none_and_an_answer_says_something() {
    let (world, alerts) = guessed(&["eve"]).await;
    for id in ["", "zz", "%", "A", "0000000000000000", "00000000000000000", "../"] {
        let shown = world.engine.alert(&world.admin, id).await;
        assert!(matches!(shown, Err(Error::NotFound { what: "alert", .. })), "{id} {shown:?}");
    }
    let silent = api::AnswerAlert { finding: Finding::Expected, comment: "  ".to_owned() };
    let answer = world.engine.answer_alert(&world.admin, &alerts[0].raised.id, &silent).await;
    assert!(matches!(answer, Err(Error::Usage(_))));
    assert_eq!(world.count("alert.answered").await, 0);
}

#[tokio::test]
async fn an_answer_outlives_a_restart() {
    let (mut world, alerts) = guessed(&["eve"]).await;
    let id = &alerts[0].raised.id;
    world.engine.answer_alert(&world.admin, id, &says(Finding::Expected)).await.unwrap();
    world.restart(&format!("{POLICY}{GUESSING}")).await;
    world.engine.watch().await.unwrap();
    let open = world.engine.alerts(&world.admin, &api::AlertQuery::default()).await.unwrap();
    assert_eq!(open.alerts, []);
    assert!(world.engine.alert(&world.admin, id).await.unwrap().raised.answer.is_some());
}

#[tokio::test]
async fn an_alert_is_for_every_administrator_but_whom_it_is_about() {
    let (world, _) = guessed(&["eve", "carol.two"]).await;
    // Carol is one too, under a name of her own.
    let new = api::NewUser {
        name: "carol.admin".parse().unwrap(),
        kind: crate::domain::Kind::Person,
        human: Some("carol".parse().unwrap()),
        admin: true,
    };
    world.engine.add_user(&world.admin, &new).await.unwrap();
    let filter = EventFilter { kind: Some("alert.raised".into()), limit: 9, ..EventFilter::default() };
    for stored in world.store.events(&filter).await.unwrap() {
        let mut event = stored.event.event;
        let parties = world.engine.parties(&event).await.unwrap();
        let about = event.data["user"].clone();
        let told: &[&str] = if about == "eve" { &["carol.admin", "root"] } else { &["root"] };
        assert_eq!(parties.answerers.iter().map(Name::as_str).collect::<Vec<_>>(), told, "{about}");
        event.data.insert("user".into(), "no name at all".into());
        assert_eq!(world.engine.parties(&event).await.unwrap().answerers.len(), 0, "unclear means nobody");
        event.data.remove("user");
        assert_eq!(world.engine.parties(&event).await.unwrap().answerers.len(), 2);
        event.kind = EventKind::AlertAnswered;
        assert_eq!(world.engine.parties(&event).await.unwrap().answerers.len(), 0);
    }
}
