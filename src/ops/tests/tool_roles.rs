//! Roles in jit itself: who has which, and what goes together.

use super::super::Error;
use super::super::testing::{POLICY, World};
use super::contractors::{self, name};
use crate::api;
use crate::domain::{Conflict, Kind, ToolRole};

use ToolRole::{Administrator, Auditor, PolicyAuthor, Reviewer};

async fn grant(world: &World, who: &str, role: ToolRole) -> Result<api::ToolRolesOf, Error> {
    grant_by(world, "root", who, role).await
}

async fn grant_by(world: &World, by: &str, who: &str, role: ToolRole) -> Result<api::ToolRolesOf, Error> {
    let ask = api::ToolRoleOf { user: name(who), role };
    world.engine.grant_tool_role(&world.as_user(by).await, &ask).await
}

async fn remove(world: &World, who: &str, role: ToolRole) -> Result<api::ToolRolesOf, Error> {
    let ask = api::ToolRoleOf { user: name(who), role };
    world.engine.remove_tool_role(&world.admin, &ask).await
}

/// That policy, and one that lets these be held together.
fn with_together(roles: &str) -> String {
    format!("{POLICY}\n[tool-roles.small-team]\ntogether = [{roles}]\n")
}

async fn words(world: &World, who: &str) -> (String, String) {
    let powers = world.as_user(who).await.powers;
    (powers.roles.to_string(), powers.idle.to_string())
}

#[tokio::test]
async fn an_auditor_sees_what_an_administrator_sees_and_changes_nothing() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    grant(&world, "eve", Auditor).await.unwrap();
    let eve = world.as_user("eve").await;
    assert!(world.engine.users(&eve).await.is_ok());
    assert!(world.engine.events(&eve, &api::EventQuery::default()).await.is_ok());
    assert!(world.engine.checkpoints(&eve).await.is_ok());
    assert!(world.engine.contractors(&eve).await.is_ok());
    assert!(world.engine.training_status(&eve, &api::TrainingQuery::default()).await.is_ok());
    assert!(world.engine.policy_status(&eve).has.is_some());
    let shown = world.engine.show(&eve, &request.id.to_string()).await.unwrap();
    assert!(shown.may.is_empty());
    let root = world.engine.roles(&world.admin).await.unwrap().roles.len();
    assert_eq!(world.engine.roles(&eve).await.unwrap().roles.len(), root);
    // What an administrator may change by that right, an auditor may not, whatever lets them in.
    let refused = world.engine.may_change(&eve, "POST /v1/requests").await.unwrap_err();
    assert!(refused.to_string().contains("auditor"), "{refused}");
    let ask = api::ToolRoleOf { user: name("dave"), role: Reviewer };
    assert!(matches!(world.engine.grant_tool_role(&eve, &ask).await, Err(Error::Forbidden(_))));
    assert!(matches!(world.engine.disable_user(&eve, &name("dave")).await, Err(Error::Forbidden(_))));
    let reconcile = api::Reconcile { dry_run: true };
    assert!(matches!(world.engine.drift(&eve, &reconcile).await, Err(Error::Forbidden(_))));
    world.engine.may_change(&world.admin, "x").await.unwrap();
    assert!(!world.as_user("dave").await.powers.sees_all());
}

#[tokio::test]
async fn nobody_gives_themselves_a_role_under_any_name() {
    let world =
        World::with(super::super::Home::Directory, &with_together("\"administrator\", \"reviewer\"")).await;
    grant(&world, "bob", Administrator).await.unwrap();
    for who in ["bob", "bob.two"] {
        for role in [Administrator, Reviewer] {
            assert!(matches!(grant_by(&world, "bob", who, role).await, Err(Error::Forbidden(_))), "{who}");
        }
    }
    // Nor by a name that is added with it.
    let three =
        api::NewUser { name: name("bob.three"), kind: Kind::Person, human: Some(name("bob")), admin: true };
    let bob = world.as_user("bob").await;
    assert!(matches!(world.engine.add_user(&bob, &three).await, Err(Error::Forbidden(_))));
    assert!(grant(&world, "bob", Reviewer).await.is_ok(), "another administrator");
    // Whoever is none gives none.
    assert!(matches!(grant_by(&world, "carol", "dave", Auditor).await, Err(Error::Forbidden(_))));
    assert!(world.count("access.refused").await > 0);
}

#[tokio::test]
async fn no_two_are_held_by_one_person_under_any_of_their_names() {
    let world = World::new().await;
    grant(&world, "bob", PolicyAuthor).await.unwrap();
    for (who, role) in [("bob", Auditor), ("bob", Reviewer), ("bob.two", Administrator), ("bob.two", Auditor)]
    {
        let refused = grant(&world, who, role).await.unwrap_err();
        assert!(matches!(refused, Error::HoldsOther { .. }), "{who} {role}: {refused:?}");
        let problem = api::Problem::from(refused);
        assert!(
            problem.hint.as_ref().unwrap().contains("jit user role remove bob policy-author"),
            "{problem:?}"
        );
    }
    let two =
        api::NewUser { name: name("bob.root"), kind: Kind::Person, human: Some(name("bob")), admin: true };
    assert!(matches!(world.engine.add_user(&world.admin, &two).await, Err(Error::HoldsOther { .. })));
    // The same role for another of their names is no conflict, and gives the one no more than it has.
    grant(&world, "bob.two", PolicyAuthor).await.unwrap();
    // Again is no second time.
    grant(&world, "bob", PolicyAuthor).await.unwrap();
    assert_eq!(world.count("user.role-granted").await, 2);
}

#[tokio::test]
async fn a_role_is_of_the_name_that_it_was_given_to_and_of_no_service() {
    let world = World::new().await;
    grant(&world, "carol", Auditor).await.unwrap();
    assert!(world.as_user("carol").await.powers.sees_all());
    for other in ["carol.two", "ci"] {
        let powers = world.as_user(other).await.powers;
        assert!(!powers.sees_all() && powers.roles.is_empty(), "{other}");
        assert!(powers.only_looks, "{other} is an auditor's");
    }
    for role in ToolRole::ALL {
        assert!(matches!(grant(&world, "ci", role).await, Err(Error::Usage(_))));
        assert!(matches!(grant(&world, "nobody", role).await, Err(Error::NotFound { .. })));
    }
}

#[tokio::test]
async fn what_the_policy_lets_be_held_together_is_held_and_is_told() {
    let text = with_together("\"administrator\", \"policy-author\"");
    let mut world = World::with(super::super::Home::Directory, &text).await;
    grant(&world, "bob", PolicyAuthor).await.unwrap();
    let held = grant(&world, "bob", Administrator).await.unwrap();
    assert_eq!(held.in_jit.held_together.to_string(), "administrator, policy-author");
    assert_eq!(world.told("user.role-granted", "together_with").await, ["policy-author"]);
    let users = world.engine.users(&world.admin).await.unwrap().users;
    let bob = users.iter().find(|user| user.name == name("bob")).unwrap();
    assert!(bob.admin && !bob.in_jit.held_together.is_empty());
    assert!(matches!(grant(&world, "bob", Auditor).await, Err(Error::HoldsOther { .. })));

    // A policy that lets them no more: an administrator stays, so that somebody can mend it.
    world.restart(POLICY).await;
    assert_eq!(words(&world, "bob").await, ("administrator".into(), "policy-author".into()));
    remove(&world, "bob", Administrator).await.unwrap();
    assert_eq!(words(&world, "bob").await, ("policy-author".into(), String::new()));
}

#[tokio::test]
async fn of_two_that_the_policy_lets_be_held_no_more_none_has_an_effect() {
    let text = with_together("\"auditor\", \"reviewer\"");
    let mut world = World::with(super::super::Home::Directory, &text).await;
    grant(&world, "eve", Auditor).await.unwrap();
    grant(&world, "eve", Reviewer).await.unwrap();
    assert!(!world.as_user("eve").await.powers.only_looks, "the policy lets them act");
    world.restart(POLICY).await;
    assert_eq!(words(&world, "eve").await, (String::new(), "auditor, reviewer".into()));
    assert!(world.as_user("eve").await.powers.only_looks);
    remove(&world, "eve", Reviewer).await.unwrap();
    assert_eq!(words(&world, "eve").await.0, "auditor");
}

#[tokio::test]
async fn the_last_administrator_stays_and_what_is_removed_is_gone_at_the_next_call() {
    let world = World::new().await;
    assert!(matches!(remove(&world, "root", Administrator).await, Err(Error::Forbidden(_))));
    grant(&world, "bob", Administrator).await.unwrap();
    // One who is suspended keeps nobody's people.
    world.engine.suspend_user(Some(&world.admin), &name("bob"), "odd hours").await.unwrap();
    assert!(matches!(remove(&world, "root", Administrator).await, Err(Error::Forbidden(_))));
    let back = api::Reinstate { user: name("bob"), comment: "fine".into() };
    world.engine.reinstate_user(&world.admin, &back).await.unwrap();

    let code = world.engine.enrol_user(&world.admin, &name("eve")).await.unwrap().code;
    let token = world.engine.login(&api::Login { code }, None).await.unwrap().token;
    grant(&world, "eve", Auditor).await.unwrap();
    let eve = world.engine.authenticate(&token, None).await.unwrap();
    assert!(eve.powers.sees_all());
    remove(&world, "eve", Auditor).await.unwrap();
    assert!(!world.engine.authenticate(&token, None).await.unwrap().powers.sees_all());
    assert!(!world.engine.still(&eve).await.unwrap().powers.sees_all(), "of a stream, too");
    assert!(matches!(remove(&world, "eve", Auditor).await, Err(Error::Clash(_))));

    // One's own may go while another is left.
    remove(&world, "root", Administrator).await.unwrap();
    assert!(!world.as_user("root").await.is_admin());
    assert!(world.as_user("bob").await.is_admin());
    assert_eq!(world.told("user.role-removed", "user").await, ["eve", "root"]);
}

#[tokio::test]
async fn roles_outlive_the_server_and_end_with_the_person() {
    let mut world = World::new().await;
    grant(&world, "eve", Reviewer).await.unwrap();
    world.restart(POLICY).await;
    assert_eq!(words(&world, "eve").await.0, "reviewer");
    world.engine.disable_user(&world.admin, &name("eve")).await.unwrap();
    assert!(matches!(grant(&world, "eve", Auditor).await, Err(Error::NotFound { .. })));
    let users = world.engine.users(&world.admin).await.unwrap().users;
    assert!(users.iter().find(|user| user.name == name("eve")).unwrap().in_jit.is_empty());
}

#[tokio::test]
async fn who_becomes_an_auditor_has_nothing_open_no_vote_and_nobody_acts_for_them() {
    let world = World::new().await;
    let open = world.ask("carol", "two").await;
    let refused = grant(&world, "carol", Auditor).await.unwrap_err();
    assert!(matches!(&refused, Error::Busy { open: 1, .. }), "{refused:?}");
    // By a service of theirs as well.
    world.approve("dave", &open).await.unwrap();
    let until = crate::domain::Time::from_millis(world.engine.now().millis() + 3_600_000);
    let give = api::Delegate { to: name("alice"), role: None, since: None, until };
    world.engine.delegate(&world.as_user("dave").await, &give).await.unwrap();
    grant(&world, "dave", Auditor).await.unwrap();
    assert_eq!(world.count("request.vote-withdrawn").await, 1);
    assert!(world.engine.delegations(&world.admin).await.unwrap().delegations.is_empty());
    assert_eq!(world.show("alice", &open).await.unwrap().approvals_missing, 2);
}

#[tokio::test]
async fn a_contractor_may_audit_while_their_engagement_lives_and_nothing_else() {
    let world = contractors::world().await;
    contractors::add(&world, "zed").await;
    for role in [Administrator, PolicyAuthor, Reviewer] {
        assert!(matches!(grant(&world, "zed", role).await, Err(Error::Forbidden(_))), "{role}");
    }
    grant(&world, "zed", Auditor).await.unwrap();
    assert!(world.as_user("zed").await.powers.sees_all());
    world.clock.advance(31 * 86_400);
    let powers = world.as_user("zed").await.powers;
    assert!(!powers.sees_all() && powers.only_looks && powers.idle.has(Auditor));
}

#[tokio::test]
async fn whoever_holds_a_role_in_jit_is_made_no_contractor() {
    let world = contractors::world().await;
    grant(&world, "bob", PolicyAuthor).await.unwrap();
    let new = contractors::new(&world, "bob");
    assert!(matches!(world.engine.add_contractor(&world.admin, &new).await, Err(Error::Clash(_))));
}

#[tokio::test]
async fn a_vote_that_an_auditor_cast_before_counts_no_more_when_the_access_is_used() {
    let world = World::new().await;
    let request = world.ask("carol", "one").await;
    world.approve("dave", &request).await.unwrap();
    grant(&world, "dave", Auditor).await.unwrap();
    let used = world.use_it("carol", &request).await;
    assert!(matches!(used, Err(Error::Conflict(Conflict::TooFewVotes { have: 0, need: 1 }))), "{used:?}");
    assert_eq!(world.target.live(), 0);
    // Nor are they named as one who could agree, nor do they vote when nothing else keeps them.
    let explained = world.engine.explain(&world.as_user("carol").await, "one", None).await.unwrap();
    assert!(!explained.approvers.contains(&name("dave")) && explained.approvers.contains(&name("bob")));
    let other = world.ask("carol.two", "one").await;
    assert!(matches!(world.approve("dave", &other).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn a_reviewer_does_not_see_or_decide_on_what_another_of_their_names_may_have() {
    let world = World::new().await;
    grant(&world, "carol", Reviewer).await.unwrap();
    let ask = api::StartReview {
        scope: "all".parse().unwrap(),
        due: crate::domain::Span::clamped(86_400),
        every: None,
    };
    let review = world.engine.start_review(&world.admin, &ask).await.unwrap();
    let own = |item: &&api::ReviewItem| item.item.user.as_str().starts_with("carol");
    let numbers: Vec<usize> = review.items.iter().filter(own).map(|item| item.number).collect();
    assert!(numbers.len() > 2);
    let carol = world.as_user("carol").await;
    assert!(world.engine.review(&carol, &review.id).await.unwrap().items.iter().all(|item| !own(&item)));
    for number in numbers {
        let ask = api::DecideReview { items: vec![number], keep: true, comment: "mine".into() };
        let refused = world.engine.decide_review(&carol, &review.id, &ask).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{number} {refused:?}");
    }
}

#[tokio::test]
async fn what_nobody_else_can_review_is_for_the_reviewers_before_it_is_for_administrators() {
    let world = World::new().await;
    let reviewers = async || {
        let ask = api::StartReview {
            scope: "user=carol".parse().unwrap(),
            due: crate::domain::Span::clamped(86_400),
            every: None,
        };
        world.engine.start_review(&world.admin, &ask).await.unwrap().items[0].item.reviewers.clone()
    };
    assert_eq!(reviewers().await, [name("root")]);
    grant(&world, "eve", Reviewer).await.unwrap();
    assert_eq!(reviewers().await, [name("eve")]);
}

#[tokio::test]
async fn who_answers_for_an_outside_directory_stays_an_administrator() {
    let world = World::new().await;
    grant(&world, "bob", Administrator).await.unwrap();
    let hr = api::NewUser { name: name("hr"), kind: Kind::Service, human: Some(name("bob")), admin: false };
    world.engine.add_user(&world.admin, &hr).await.unwrap();
    let (purpose, life) = (crate::domain::Purpose::Scim, crate::domain::Span::clamped(3600));
    let ask = api::NewToken { user: name("hr"), purpose, life, on: std::collections::BTreeSet::new() };
    let token = world.engine.new_token(&world.admin, &ask).await.unwrap().token;
    assert!(matches!(remove(&world, "bob", Administrator).await, Err(Error::Forbidden(_))));
    assert!(world.engine.authenticate_scim(Some(&token), None).await.is_ok());
    world.clock.advance(3600);
    remove(&world, "bob", Administrator).await.unwrap();
    assert!(world.engine.authenticate_scim(Some(&token), None).await.is_err());
}

#[tokio::test]
async fn another_name_that_only_the_policy_knows_of_is_the_same_person() {
    let text = POLICY.replacen(
        "[group.contractors]",
        "[person.mallory]\nalias-of = \"eve\"\n[group.contractors]",
        1,
    );
    assert_ne!(text, POLICY);
    let world = World::with(super::super::Home::Directory, &text).await;
    let mallory = api::NewUser { name: name("mallory"), kind: Kind::Person, human: None, admin: false };
    world.engine.add_user(&world.admin, &mallory).await.unwrap();
    grant(&world, "mallory", Auditor).await.unwrap();
    assert!(world.as_user("eve").await.powers.only_looks);
    assert!(matches!(grant(&world, "eve", Reviewer).await, Err(Error::HoldsOther { .. })));
}

#[tokio::test]
async fn many_at_once_never_leave_one_person_with_two_roles() {
    let world = World::new().await;
    let give = |role| grant(&world, "bob", role);
    let (a, b, c, d) = tokio::join!(give(Administrator), give(PolicyAuthor), give(Auditor), give(Reviewer));
    assert_eq!([a, b, c, d].iter().filter(|given| given.is_ok()).count(), 1);
    assert_eq!(world.count("user.role-granted").await, 1);
    // Nor do two administrators remove each other.
    let world = World::new().await;
    grant(&world, "bob", Administrator).await.unwrap();
    let (root, bob) = (world.as_user("root").await, world.as_user("bob").await);
    let (of_bob, of_root) = (
        api::ToolRoleOf { user: name("bob"), role: Administrator },
        api::ToolRoleOf { user: name("root"), role: Administrator },
    );
    let (one, other) = tokio::join!(
        world.engine.remove_tool_role(&root, &of_bob),
        world.engine.remove_tool_role(&bob, &of_root),
    );
    assert!(one.is_ok() != other.is_ok());
}

#[tokio::test]
async fn an_external_auditor_whom_the_policy_declares_is_one_until_their_contract_ends() {
    let text = POLICY.replacen(
        "[group.contractors]",
        "[company.audit-house]\n[person.olga]\ncompany = \"audit-house\"\nsponsor = \"alice\"\n\
         contract-end = \"2027-03-31\"\n[group.contractors]",
        1,
    );
    let world = World::with(super::super::Home::Directory, &text).await;
    let olga = api::NewUser { name: name("olga"), kind: Kind::Person, human: None, admin: false };
    world.engine.add_user(&world.admin, &olga).await.unwrap();
    assert!(matches!(grant(&world, "olga", Reviewer).await, Err(Error::Forbidden(_))));
    grant(&world, "olga", Auditor).await.unwrap();
    assert!(world.as_user("olga").await.powers.sees_all());
    world.clock.advance(90 * 86_400);
    let powers = world.as_user("olga").await.powers;
    assert!(!powers.sees_all() && powers.only_looks);
}
