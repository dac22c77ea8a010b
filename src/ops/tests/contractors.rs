//! A contractor holds nothing without a live engagement, a sponsor and an agreement, and nothing after it.

use std::sync::atomic::Ordering;

use super::super::testing::{World, new_request, with_people};
use super::super::{Error, Home};
use crate::api::{self, LegOutcome, LineOutcome, NewContractor};
use crate::domain::{Name, State, Time};
use crate::policy::Refusal;

pub(super) const POLICY: &str = with_people!(
    r#"
[company.acme]
[company.initech]
contractors = true
[group.acme-staff]
directory = true
[group.contractors]
members = ["carol", "carol.two", "ci"]
[group.leads]
members = ["alice", "bob", "bob.two", "dave"]
[resource.web-1]
provider = "ssh"
address = "web-1.example.net"
labels = { env = "staging" }
[resource.web-2]
provider = "ssh"
address = "web-2.example.net"
labels = { env = "staging" }
[role.one]
resources = ["web-1", "web-2"]
max-duration = "30d"
requesters = ["group:acme-staff", "group:contractors", "ina"]
approvers = ["group:leads", "requester:sponsor"]
approvals = 1
[role.one.ssh]
principals = ["deploy"]
[role.two]
resources = ["web-1"]
max-duration = "2h"
requesters = ["bob"]
approvers = ["group:acme-staff", "alice"]
approvals = 1
[role.two.ssh]
principals = ["deploy"]
[person.ina]
company = "initech"
"#
);

const DAY: i64 = 86_400;

pub(super) async fn world() -> World {
    World::with(Home::Directory, POLICY).await
}

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn after(world: &World, secs: i64) -> Time {
    Time::from_millis(world.engine.now().millis() + secs * 1000)
}

pub(super) fn new(world: &World, user: &str) -> NewContractor {
    NewContractor {
        user: name(user),
        company: name("acme"),
        sponsor: name("alice"),
        start: None,
        until: after(world, 30 * DAY),
        agreement: "NDA-1".to_owned(),
        agreement_date: world.engine.now(),
        groups: [name("acme-staff")].into(),
    }
}

pub(super) async fn add(world: &World, user: &str) -> api::ContractorAdded {
    world.engine.add_contractor(&world.admin, &new(world, user)).await.unwrap()
}

pub(super) fn asked() -> api::NewRequest {
    new_request("one")
}

fn refusals(error: Error) -> Vec<Refusal> {
    match error {
        Error::Refused(refusals) => refusals,
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn a_contractor_asks_uses_and_is_gone_at_the_engagements_end_everywhere() {
    let world = world().await;
    assert!(add(&world, "zed").await.code.is_some());
    world.later(30 * DAY - 100).await;
    let late = world.try_ask("zed", &asked()).await.unwrap().request;
    world.approve("alice", &late).await.unwrap();
    let used = world.use_it("zed", &late).await.unwrap();
    assert_eq!(world.target.live(), 1);
    // No grant goes on behind the engagement.
    assert_eq!(used.ends_in_s, 100);

    world.clock.advance(100);
    world.engine.look_after_contractors().await.unwrap();
    assert_eq!(world.target.live(), 0);
    assert!(world.state(&late).await.is_terminal());
    assert_eq!(world.told("engagement.ended", "cause").await, ["end"]);
    assert_eq!(world.count("offboarding.done").await, 1);
    let receipt = world.engine.contractor(&world.admin, &name("zed")).await.unwrap().offboarding.unwrap();
    assert!(receipt.legs.iter().all(|line| line.outcome == LegOutcome::Done), "{receipt:?}");
    assert!(world.store_user("zed").await.disabled.is_some());
    // It is done once.
    world.engine.look_after_contractors().await.unwrap();
    assert_eq!(world.count("offboarding.begun").await, 1);
}

#[tokio::test]
async fn who_works_for_a_company_of_contractors_and_has_no_engagement_holds_nothing() {
    let world = world().await;
    let user =
        api::NewUser { name: name("ina"), kind: crate::domain::Kind::Person, human: None, admin: false };
    world.engine.add_user(&world.admin, &user).await.unwrap();
    let refused = refusals(world.try_ask("ina", &asked()).await.unwrap_err());
    assert!(matches!(&refused[..], [Refusal::NoEngagement { company }] if *company == name("initech")));
    let engaged = NewContractor { company: name("initech"), groups: [].into(), ..new(&world, "ina") };
    assert!(world.engine.add_contractor(&world.admin, &engaged).await.unwrap().code.is_none());
    world.try_ask("ina", &asked()).await.unwrap();
}

#[tokio::test]
async fn an_engagement_that_has_not_begun_carries_nothing() {
    let world = world().await;
    let later = NewContractor { start: Some(after(&world, DAY)), ..new(&world, "zed") };
    world.engine.add_contractor(&world.admin, &later).await.unwrap();
    let refused = refusals(world.try_ask("zed", &asked()).await.unwrap_err());
    assert!(matches!(&refused[..], [Refusal::Engagement(_)]), "{refused:?}");
    world.clock.advance(DAY);
    world.try_ask("zed", &asked()).await.unwrap();
}

#[tokio::test]
async fn only_an_active_employee_answers_for_a_contractor() {
    let world = world().await;
    add(&world, "zed").await;
    // A contractor, a service, an alias, nobody, themselves.
    for sponsor in ["zed", "ci", "bob.two", "mallory", "yan"] {
        let bad = NewContractor { sponsor: name(sponsor), ..new(&world, "yan") };
        let error = world.engine.add_contractor(&world.admin, &bad).await.unwrap_err();
        assert!(matches!(error, Error::Usage(_)), "{sponsor}: {error:?}");
    }
    world.engine.disable_user(&world.admin, &name("bob")).await.unwrap();
    let bad = NewContractor { sponsor: name("bob"), ..new(&world, "yan") };
    assert!(world.engine.add_contractor(&world.admin, &bad).await.is_err());
    assert_eq!(world.count("engagement.refused").await, 6);
    assert_eq!(world.count("engagement.added").await, 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_new_engagement_is_refused() {
    let world = world().await;
    let good = new(&world, "zed");
    let bad = [
        NewContractor { until: world.engine.now(), ..good.clone() },
        NewContractor { until: after(&world, 6 * 366 * DAY), ..good.clone() },
        NewContractor { start: Some(after(&world, 31 * DAY)), ..good.clone() },
        NewContractor { company: name("nowhere"), ..good.clone() },
        NewContractor { agreement: " ".to_owned(), ..good.clone() },
        NewContractor { agreement: "x".repeat(101), ..good.clone() },
        NewContractor { agreement_date: after(&world, 1), ..good.clone() },
        NewContractor { groups: [name("nobodies")].into(), ..good.clone() },
        // The policy itself says who is a lead.
        NewContractor { groups: [name("leads")].into(), ..good.clone() },
        NewContractor { user: name("root"), ..good.clone() },
        NewContractor { user: name("ci"), ..good.clone() },
    ];
    for new in bad {
        assert!(world.engine.add_contractor(&world.admin, &new).await.is_err(), "{new:?}");
    }
    assert_eq!(world.count("engagement.added").await, 0);
    world.engine.add_contractor(&world.admin, &good).await.unwrap();
    let again = world.engine.add_contractor(&world.admin, &good).await.unwrap_err();
    assert!(matches!(again, Error::Clash(_)), "{again:?}");
}

#[tokio::test]
async fn a_sponsor_who_leaves_takes_their_contractors_along_or_somebody_follows() {
    let world = world().await;
    add(&world, "zed").await;
    add(&world, "yan").await;
    let change = api::ChangeEngagement { sponsor: Some(name("dave")), groups: None };
    world.engine.change_engagement(&world.admin, &name("yan"), &change).await.unwrap();
    let request = world.try_ask("zed", &asked()).await.unwrap().request;
    world.approve("bob", &request).await.unwrap();
    world.use_it("zed", &request).await.unwrap();

    world.engine.disable_user(&world.admin, &name("alice")).await.unwrap();
    let refused = refusals(world.try_ask("zed", &asked()).await.unwrap_err());
    assert!(matches!(&refused[..], [Refusal::Engagement(_)]), "{refused:?}");
    world.engine.look_after_contractors().await.unwrap();
    assert_eq!(world.told("engagement.ended", "user").await, ["zed"]);
    assert_eq!(world.told("engagement.ended", "cause").await, ["sponsor-left"]);
    assert_eq!(world.target.live(), 0);
    world.try_ask("yan", &asked()).await.unwrap();
}

#[tokio::test]
async fn only_the_sponsor_goes_on_with_somebody_and_never_after_the_end() {
    let world = world().await;
    add(&world, "zed").await;
    let ask =
        |secs| api::ExtendEngagement { until: after(&world, secs), comment: Some("phase two".to_owned()) };
    let zed = name("zed");
    for who in ["bob", "zed"] {
        let caller = world.as_user(who).await;
        assert!(world.engine.extend_engagement(&caller, &zed, &ask(40 * DAY)).await.is_err(), "{who}");
    }
    let error = world.engine.extend_engagement(&world.admin, &zed, &ask(40 * DAY)).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(_)), "not an administrator either: {error:?}");
    let alice = world.as_user("alice").await;
    assert!(world.engine.extend_engagement(&alice, &zed, &ask(20 * DAY)).await.is_err(), "shorter");
    world.engine.extend_engagement(&alice, &zed, &ask(40 * DAY)).await.unwrap();
    assert_eq!(world.count("engagement.extended").await, 1);
    world.clock.advance(35 * DAY);
    world.try_ask("zed", &asked()).await.unwrap();
    world.clock.advance(5 * DAY);
    assert!(world.engine.extend_engagement(&alice, &zed, &ask(9 * DAY)).await.is_err());
}

#[tokio::test]
async fn the_sponsor_is_told_of_the_end_fourteen_and_three_days_before() {
    let world = world().await;
    add(&world, "zed").await;
    for _ in 0..60 {
        world.engine.look_after_contractors().await.unwrap();
        world.clock.advance(DAY / 2);
    }
    assert_eq!(world.told("engagement.reminded", "days").await, ["14", "3"]);
    assert_eq!(world.told("engagement.reminded", "sponsor").await, ["alice", "alice"]);
}

#[tokio::test]
async fn an_offboarding_goes_on_until_a_target_that_was_down_confirms_the_end() {
    let mut world = world().await;
    add(&world, "zed").await;
    let request = world.try_ask("zed", &asked()).await.unwrap().request;
    world.approve("bob", &request).await.unwrap();
    world.use_it("zed", &request).await.unwrap();
    let two = api::NewRequest { resource: Some("web-2".into()), ..asked() };
    let waits = world.try_ask("zed", &two).await.unwrap().request;
    world.target.down.store(true, Ordering::SeqCst);

    let alice = world.as_user("alice").await;
    let ask = api::Offboard { at: None, reason: Some("left early".to_owned()) };
    let shown = world.engine.offboard(&alice, &name("zed"), &ask).await.unwrap();
    let receipt = shown.offboarding.unwrap();
    assert_eq!(receipt.done, None);
    assert_eq!(world.state(&waits).await, State::Cancelled);
    let waiting: Vec<String> =
        receipt.legs.iter().filter(|l| l.outcome == LegOutcome::Waiting).map(|l| l.leg.to_string()).collect();
    assert_eq!(waiting, ["grants"]);
    assert!(world.store_user("zed").await.disabled.is_some(), "at once, whatever the target does");
    let legs = world.count("offboarding.leg").await;
    world.engine.look_after_contractors().await.unwrap();
    assert_eq!(world.count("offboarding.leg").await, legs, "waiting for the same is not told again");

    world.restart(POLICY).await;
    world.target.down.store(false, Ordering::SeqCst);
    world.later(60).await;
    world.engine.look_after_contractors().await.unwrap();
    assert_eq!(world.target.live(), 0);
    assert_eq!(world.state(&request).await, State::Revoked);
    assert_eq!(world.told("offboarding.done", "took_in_ms").await, ["60000"]);
}

#[tokio::test]
async fn votes_and_says_of_somebody_who_was_offboarded_count_no_more() {
    let world = world().await;
    add(&world, "zed").await;
    let request =
        world.try_ask("bob", &api::NewRequest { resource: None, ticket: None, ..new_request("two") }).await;
    let request = request.unwrap().request;
    assert!(world.approve("zed", &request).await.is_ok());
    world
        .engine
        .offboard(&world.admin, &name("zed"), &api::Offboard { at: None, reason: None })
        .await
        .unwrap();
    let error = world.use_it("bob", &request).await.unwrap_err();
    assert!(format!("{error:?}").contains("Vote") || !matches!(error, Error::Store(_)), "{error:?}");
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn an_offboarding_at_a_time_is_the_engagements_new_end() {
    let world = world().await;
    add(&world, "zed").await;
    let ask = |secs| api::Offboard { at: Some(after(&world, secs)), reason: None };
    assert!(world.engine.offboard(&world.admin, &name("zed"), &ask(40 * DAY)).await.is_err(), "never longer");
    world.engine.offboard(&world.admin, &name("zed"), &ask(DAY)).await.unwrap();
    world.engine.look_after_contractors().await.unwrap();
    assert_eq!(world.count("offboarding.begun").await, 0);
    world.clock.advance(DAY);
    world.engine.look_after_contractors().await.unwrap();
    assert_eq!(world.count("offboarding.done").await, 1);
}

#[tokio::test]
async fn who_may_not_see_a_contractor_cannot_tell_them_from_nobody() {
    let world = world().await;
    add(&world, "zed").await;
    let bob = world.as_user("bob").await;
    for who in ["zed", "nobody"] {
        let error = world.engine.contractor(&bob, &name(who)).await.unwrap_err();
        assert_eq!(error.to_string(), format!("there is no contractor {who:?}"));
        let ask = api::Offboard { at: None, reason: None };
        let error = world.engine.offboard(&bob, &name(who), &ask).await.unwrap_err();
        assert_eq!(error.to_string(), format!("there is no contractor {who:?}"));
    }
    assert!(world.engine.contractors(&bob).await.unwrap().contractors.is_empty());
    let zed = world.as_user("zed").await;
    assert_eq!(world.engine.contractors(&zed).await.unwrap().contractors.len(), 1);
    assert!(world.engine.add_contractor(&bob, &new(&world, "yan")).await.is_err());
    assert!(
        world.engine.offboard(&zed, &name("zed"), &api::Offboard { at: None, reason: None }).await.is_err()
    );
}

#[tokio::test]
async fn an_import_reports_each_line_and_a_dry_run_adds_nobody() {
    let world = world().await;
    let lines = vec![
        new(&world, "zed"),
        NewContractor { company: name("nowhere"), ..new(&world, "yan") },
        new(&world, "zed"),
        new(&world, "xia"),
    ];
    let told = |imported: &api::Imported| {
        imported
            .lines
            .iter()
            .map(|line| match &line.outcome {
                LineOutcome::Added { code } => format!("{} {}", line.user, code.is_some()),
                LineOutcome::WouldAdd => format!("{} would", line.user),
                LineOutcome::Refused { .. } => format!("{} no", line.user),
            })
            .collect::<Vec<_>>()
    };
    let ask = api::ImportContractors { lines: lines.clone(), dry_run: true };
    let dry = world.engine.import_contractors(&world.admin, &ask).await.unwrap();
    assert_eq!(told(&dry), ["zed would", "yan no", "zed no", "xia would"]);
    assert_eq!(world.count("engagement.added").await, 0);
    let ask = api::ImportContractors { lines, dry_run: false };
    let done = world.engine.import_contractors(&world.admin, &ask).await.unwrap();
    assert_eq!(told(&done), ["zed true", "yan no", "zed no", "xia true"]);
    assert_eq!(world.count("engagement.added").await, 2);
}

#[tokio::test]
async fn a_suspended_person_loses_what_they_have_and_gets_nothing_until_somebody_else_reinstates_them() {
    let world = world().await;
    let request = world.active().await;
    let waiting = world.try_ask("ci", &asked()).await.unwrap().request;
    let suspended =
        world.engine.suspend_user(Some(&world.admin), &name("carol.two"), "odd hours").await.unwrap();
    assert_eq!((suspended.user, suspended.ended, suspended.waiting), (name("carol"), 2, 0));
    assert_eq!(world.state(&waiting).await, State::Cancelled);
    assert_eq!(world.state(&request).await, State::Revoked);
    assert_eq!(world.target.live(), 0);
    for who in ["carol", "carol.two", "ci"] {
        let refused = refusals(world.try_ask(who, &asked()).await.unwrap_err());
        assert!(refused.iter().any(|r| matches!(r, Refusal::Engagement(_))), "{who}: {refused:?}");
    }
    let again = api::Reinstate { user: name("carol"), comment: "she was on call".to_owned() };
    assert!(world.engine.reinstate_user(&world.as_user("bob").await, &again).await.is_err());
    world.engine.reinstate_user(&world.admin, &again).await.unwrap();
    world.try_ask("carol", &asked()).await.unwrap();
    assert_eq!(world.told("user.suspended", "cause").await, ["odd hours"]);
    assert_eq!(world.count("user.reinstated").await, 1);
}
