//! Trainings and terms: no access without them, and none that outlives them.

use super::super::testing::with_people;
use super::*;
use crate::api::{TrainingProof, TrainingStanding};
use crate::domain::{Digest, DutyKind, Time};
use crate::ops::{Clock, Loaded};

const TEXT: &str = "Use it for work only.\nLeave no data behind.\n";

const TRAINED: &str = with_people!(
    r#"
[group.contractors]
members = ["carol", "carol.two", "ci"]
[group.leads]
members = ["alice", "bob", "bob.two"]
[group.trainers]
members = ["dave", "ci", "carol"]

[training.security]
version = 2
link = "https://learn.example.net/security"
valid-for = "10d"
trainers = ["group:trainers"]
[terms.use]
version = 1
text = """
Use it for work only.
Leave no data behind.
"""

[resource.web-1]
provider = "ssh"
[role.self]
resources = ["web-1"]
requesters = ["group:contractors"]
auto-approve = "request.duration <= duration('12h')"
max-duration = "1d"
max-total = "2d"
approvers = ["group:leads"]
approvals = 1
break-glass = { max-duration = "1h", announce = ["alice"], debrief = ["alice"] }
require = { training = ["security"], terms = ["use"] }
[role.self.ssh]
principals = ["deploy"]
"#
);

async fn world() -> World {
    World::with(Home::Directory, TRAINED).await
}

async fn record(world: &World, who: &str, user: &str) -> Result<TrainingProof, Error> {
    let ask = api::RecordTraining {
        user: user.parse().unwrap(),
        training: "security".parse().unwrap(),
        at: None,
        until: None,
        version: None,
    };
    record_as(world, who, &ask).await
}

async fn record_as(world: &World, who: &str, ask: &api::RecordTraining) -> Result<TrainingProof, Error> {
    world.engine.record_training(&world.as_user(who).await, ask).await
}

async fn accept(world: &World, who: &str, text: &str) -> Result<TrainingProof, Error> {
    let ask = api::AcceptTerms { terms: "use".parse().unwrap(), digest: Digest::of(text.as_bytes()) };
    world.engine.accept_terms(&world.as_user(who).await, &ask).await
}

async fn trained(world: &World) {
    record(world, "dave", "carol").await.unwrap();
    accept(world, "carol", TEXT).await.unwrap();
}

async fn take(world: &World, text: &str) {
    world.engine.take_policy(Loaded::from(policy(text))).await.unwrap();
}

/// What the clock of a server does.
async fn look(world: &World) {
    world.engine.look_after_trainings().await.unwrap();
    world.engine.reconcile(PATIENCE).await.unwrap();
}

async fn active_of(world: &World, who: &str) -> api::Request {
    let request = world.ask(who, "self").await;
    world.use_it(who, &request).await.unwrap().request
}

fn reasons(error: Error) -> Problem {
    assert!(matches!(error, Error::Refused(_)), "{error}");
    Problem::from(error)
}

#[tokio::test]
async fn without_training_and_terms_nothing_is_granted_and_the_refusal_says_how_to_get_them() {
    let world = world().await;
    let ask = new_request("self");
    let problem = reasons(world.try_ask("carol", &ask).await.unwrap_err());
    assert_eq!(
        problem.reasons,
        ["training security is missing (https://learn.example.net/security)", "terms use are not accepted"]
    );
    assert!(problem.hint.unwrap().contains("jit training list"));
    record(&world, "dave", "carol").await.unwrap();
    let problem = reasons(world.try_ask("carol", &ask).await.unwrap_err());
    assert_eq!(problem.message, "refused by policy: terms use are not accepted");
    assert_eq!(problem.hint.as_deref(), Some("`jit training accept use`"));
    accept(&world, "carol", TEXT).await.unwrap();
    active_of(&world, "carol").await;
    assert_eq!(world.told("terms.accepted", "digest").await, [Digest::of(TEXT.as_bytes()).to_string()]);
    assert_eq!(world.told("training.recorded", "by").await, ["dave"]);
    assert_eq!(world.told("training.recorded", "version").await, ["2"]);
}

#[tokio::test]
async fn in_an_emergency_training_is_asked_for_all_the_same() {
    let world = world().await;
    let ask = api::NewRequest { break_glass: true, ..new_request("self") };
    let problem = reasons(world.try_ask("carol", &ask).await.unwrap_err());
    assert_eq!(problem.reasons.len(), 2, "{problem:?}");
    trained(&world).await;
    world.try_ask("carol", &ask).await.unwrap();
}

#[tokio::test]
async fn what_the_human_has_counts_for_their_alias_and_service_and_nobody_else_has_it() {
    let world = world().await;
    record(&world, "dave", "carol.two").await.unwrap();
    accept(&world, "carol.two", TEXT).await.unwrap();
    for who in ["carol", "carol.two", "ci"] {
        let request = world.ask(who, "self").await;
        assert_eq!(request.state, State::Approved, "{who}");
    }
    assert_eq!(world.told("training.recorded", "user").await, ["carol"]);
    let list = world.engine.trainings(&world.as_user("eve").await).await.unwrap();
    assert!(list.trainings.is_empty());
}

#[tokio::test]
async fn nobody_records_their_own_training_under_any_name_or_through_a_service() {
    let world = world().await;
    // carol, her alias and her service; two of them are trainers.
    for (who, user) in [("carol", "carol"), ("carol", "carol.two"), ("ci", "carol"), ("ci", "carol.two")] {
        let refused = record(&world, who, user).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{who} {user} {refused:?}");
    }
    for who in ["alice", "eve", "carol.two"] {
        assert!(matches!(record(&world, who, "bob").await, Err(Error::Forbidden(_))), "{who}");
    }
    assert!(matches!(record(&world, "root", "root").await, Err(Error::Forbidden(_))));
    assert_eq!(world.count("access.refused").await, 8);
    // The learning system, about somebody who is not its owner; and an administrator.
    record(&world, "ci", "bob").await.unwrap();
    record(&world, "root", "alice").await.unwrap();
    assert_eq!(world.count("training.recorded").await, 2);
}

#[tokio::test]
async fn a_record_is_of_the_past_of_a_version_that_there_is_and_never_replaces_a_newer_one() {
    let world = world().await;
    let now = world.clock.now();
    let ask = api::RecordTraining {
        user: "carol".parse().unwrap(),
        training: "security".parse().unwrap(),
        at: Some(now.minus(Span::clamped(3600))),
        until: None,
        version: None,
    };
    let moment = now.plus(Span::clamped(1));
    for (bad, why) in [
        (api::RecordTraining { at: Some(moment), ..ask.clone() }, "future"),
        (api::RecordTraining { until: ask.at, ..ask.clone() }, "ends after"),
        (api::RecordTraining { version: Some(3), ..ask.clone() }, "versions 1 to 2"),
        (api::RecordTraining { version: Some(0), ..ask.clone() }, "versions 1 to 2"),
        (api::RecordTraining { user: "ci".parse().unwrap(), ..ask.clone() }, "service"),
    ] {
        let error = record_as(&world, "root", &bad).await.unwrap_err();
        assert!(matches!(&error, Error::Usage(text) if text.contains(why)), "{why}: {error}");
    }
    for bad in [
        api::RecordTraining { user: "nobody".parse().unwrap(), ..ask.clone() },
        api::RecordTraining { training: "use".parse().unwrap(), ..ask.clone() },
    ] {
        assert!(matches!(record_as(&world, "root", &bad).await, Err(Error::NotFound { .. })));
    }
    let older =
        record_as(&world, "root", &api::RecordTraining { version: Some(1), ..ask.clone() }).await.unwrap();
    assert_eq!((older.held.standing, older.held.had), (TrainingStanding::Superseded, Some(1)));
    record_as(&world, "root", &ask).await.unwrap();
    let earlier = api::RecordTraining { at: Some(now.minus(Span::clamped(7200))), ..ask };
    assert!(matches!(record_as(&world, "root", &earlier).await, Err(Error::Clash(_))));
}

#[tokio::test]
async fn terms_are_accepted_by_the_person_themselves_and_only_the_text_that_they_saw() {
    let world = world().await;
    assert!(matches!(accept(&world, "ci", TEXT).await, Err(Error::Forbidden(_))));
    assert!(matches!(accept(&world, "carol", "Use it for anything.\n").await, Err(Error::Clash(_))));
    // No role asks it of her: she is not told that there are any.
    assert!(matches!(accept(&world, "eve", TEXT).await, Err(Error::NotFound { .. })));
    let listed = world.engine.trainings(&world.as_user("carol").await).await.unwrap().trainings;
    let terms = listed.iter().find(|one| one.what == DutyKind::Terms).unwrap();
    assert_eq!(terms.text.as_deref(), Some(TEXT));
    assert_eq!(terms.digest, Some(Digest::of(TEXT.as_bytes())));
    assert_eq!(terms.cure.as_deref(), Some("jit training accept use"));
    assert_eq!(accept(&world, "carol", TEXT).await.unwrap().held.standing, TrainingStanding::Good);
    assert_eq!(world.count("terms.accepted").await, 1);
}

#[tokio::test]
async fn a_grant_ends_with_its_training_and_the_end_is_in_its_window_from_the_start() {
    let world = world().await;
    trained(&world).await;
    let ten_days = 10 * 86_400;
    world.later(ten_days - 300).await;
    let request = world.ask("carol", "self").await;
    let used = world.use_it("carol", &request).await.unwrap();
    assert_eq!(used.ends_in_s, 300);
    // More time is not had either, behind the end.
    assert!(world.extend("carol", &used.request, 600).await.is_err());
    world.later(300).await;
    assert_eq!(world.state(&request).await, State::Expired);
    assert_eq!(world.target.live(), 0);
    let problem = reasons(world.try_ask("carol", &new_request("self")).await.unwrap_err());
    assert!(problem.message.contains("training security only held until"), "{}", problem.message);
    record(&world, "dave", "carol").await.unwrap();
    active_of(&world, "carol").await;
}

#[tokio::test]
async fn what_is_approved_and_loses_its_training_cannot_be_used() {
    let world = world().await;
    trained(&world).await;
    let request = world.ask("carol", "self").await;
    take(&world, &TRAINED.replace("version = 2", "version = 3")).await;
    let problem = reasons(world.use_it("carol", &request).await.unwrap_err());
    assert!(problem.message.contains("version 2 was superseded by version 3"), "{}", problem.message);
    assert_eq!(world.target.live(), 0);
}

#[tokio::test]
async fn a_live_grant_ends_when_the_policy_asks_for_more_than_its_holder_has() {
    for (from, to, why) in [
        ("version = 2", "version = 3", "training security: version 2 was superseded by version 3"),
        ("version = 1", "version = 2", "terms use: version 1 was superseded by version 2"),
        ("work only", "work", "terms use: the text of version 1 is another one since"),
        ("valid-for = \"10d\"", "valid-for = \"1s\"", "training security only held until"),
    ] {
        let world = world().await;
        trained(&world).await;
        let request = active_of(&world, "carol").await;
        world.clock.advance(1);
        look(&world).await;
        assert_eq!(world.state(&request).await, State::Active, "{to}");
        take(&world, &TRAINED.replace(from, to)).await;
        look(&world).await;
        assert_eq!(world.state(&request).await, State::Revoked, "{to}");
        assert_eq!(world.target.live(), 0, "{to}");
        let told = world.told("grant.ending", "comment").await;
        assert!(told[0].contains(why), "{told:?}");
    }
}

#[tokio::test]
async fn a_role_that_begins_to_ask_ends_what_is_held_without() {
    let world = World::with(Home::Directory, &TRAINED.replace("require = {", "# {")).await;
    let request = active_of(&world, "carol").await;
    look(&world).await;
    assert_eq!(world.state(&request).await, State::Active);
    take(&world, TRAINED).await;
    look(&world).await;
    assert_eq!(world.state(&request).await, State::Revoked);
}

#[tokio::test]
async fn proofs_outlive_a_restart_and_a_shorter_time_since_is_seen() {
    let mut world = world().await;
    trained(&world).await;
    let request = active_of(&world, "carol").await;
    world.restart(TRAINED).await;
    look(&world).await;
    assert_eq!(world.state(&request).await, State::Active);
    world.clock.advance(2);
    world.restart(&TRAINED.replace("valid-for = \"10d\"", "valid-for = \"1s\"")).await;
    look(&world).await;
    assert_eq!(world.state(&request).await, State::Revoked);
}

#[tokio::test]
async fn an_end_of_the_record_itself_counts_where_it_is_the_earlier() {
    let world = world().await;
    accept(&world, "carol", TEXT).await.unwrap();
    let until: Time = world.clock.now().plus(Span::clamped(120));
    let ask = api::RecordTraining {
        user: "carol".parse().unwrap(),
        training: "security".parse().unwrap(),
        at: None,
        until: Some(until),
        version: None,
    };
    record_as(&world, "dave", &ask).await.unwrap();
    let request = world.ask("carol", "self").await;
    assert_eq!(world.use_it("carol", &request).await.unwrap().ends_in_s, 120);
    assert_eq!(world.told("training.recorded", "until").await, [until.to_string()]);
}

#[tokio::test]
async fn the_local_backend_knows_no_training_and_refuses_what_asks_for_it() {
    let text = TRAINED.replace("group:contractors\"]\nauto", "me\"]\nauto");
    let world = World::with(Home::OperatingSystem, &text).await;
    let me = crate::domain::Principal { issuer: "os".parse().unwrap(), subject: "me".parse().unwrap() };
    let me = crate::ops::Caller {
        actor: crate::domain::Actor::person(me),
        powers: crate::domain::Powers::administrator(),
        from: None,
        session: None,
    };
    let problem = reasons(world.engine.request(&me, &new_request("self")).await.unwrap_err());
    assert_eq!(problem.reasons.len(), 2, "{problem:?}");
}

#[tokio::test]
async fn coverage_is_for_administrators_and_each_human_counts_once() {
    let world = world().await;
    trained(&world).await;
    let all = api::TrainingQuery::default();
    let status = world.engine.training_status(&world.as_user("root").await, &all).await.unwrap();
    // carol, her alias and her service are one.
    assert_eq!(status.people.len(), 2);
    assert!(status.coverage.iter().all(|one| (one.needed_by, one.good) == (1, 1)), "{status:?}");
    let of = api::TrainingQuery { user: None, training: Some("use".parse().unwrap()) };
    let status = world.engine.training_status(&world.as_user("root").await, &of).await.unwrap();
    assert_eq!(status.people.len(), 1);
    for who in ["carol", "alice", "ci"] {
        let refused = world.engine.training_status(&world.as_user(who).await, &all).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{who}");
    }
    let nobody = api::TrainingQuery { user: Some("nobody".parse().unwrap()), training: None };
    let missing = world.engine.training_status(&world.as_user("root").await, &nobody).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn a_sponsor_sees_how_their_own_are_trained_and_nobody_else() {
    let text = TRAINED.replace("carol = {}", "carol = { sponsor = \"alice\" }");
    let world = World::with(Home::Directory, &text).await;
    let all = api::TrainingQuery::default();
    let status = world.engine.training_status(&world.as_user("alice").await, &all).await.unwrap();
    assert!(
        status
            .people
            .iter()
            .all(|one| one.user.as_str() == "carol" && one.held.standing == TrainingStanding::Missing)
    );
    assert_eq!(status.people.len(), 2);
    let other = api::TrainingQuery { user: Some("bob".parse().unwrap()), training: None };
    let missing = world.engine.training_status(&world.as_user("alice").await, &other).await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
}

#[tokio::test]
async fn explain_says_what_is_missing() {
    let world = world().await;
    let told = world.engine.explain(&world.as_user("carol").await, "self", None).await.unwrap();
    assert!(
        told.missing.iter().any(|one| one.contains("training security is missing")),
        "{:?}",
        told.missing
    );
}
