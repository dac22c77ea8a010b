//! Every refusal, and every way in which a policy may change under an approved request.

use super::super::SourceFile;
use super::*;
use crate::domain::request::{Ask, Vote};
use crate::domain::{Kind, Principal, RequestId};

const POLICY: &str = "
[group.contractors]
members = ['carol', 'ci-deploy']
[group.leads]
members = ['alice', 'bob', 'erin', 'ci-deploy']
[resource.web-1]
provider = 'ssh'
[resource.web-2]
provider = 'ssh'
[resource.db-1]
provider = 'ssh'
[role.web]
resources = ['web-*']
requesters = ['group:contractors']
approvers = ['group:leads']
approvals = 2
max-duration = '2h'
[role.web.ssh]
principals = ['deploy', 'www']
[role.db]
resources = ['db-1']
requesters = ['carol']
auto-approve = true
max-duration = '1h'
require = { reason = false, ticket = 'OPS-[0-9]+' }
[role.db.ssh]
principals = ['dba']
";

fn policy(text: &str) -> Policy {
    Policy::parse(&[SourceFile { name: "p.toml".into(), text: text.into() }])
        .unwrap_or_else(|all| panic!("{}", all.iter().map(|d| format!("{d}\n")).collect::<String>()))
}

fn principal(name: &str) -> Principal {
    Principal { issuer: "jit".parse().unwrap(), subject: name.parse().unwrap() }
}

fn person(name: &str) -> Actor {
    Actor::person(principal(name))
}

fn now() -> Time {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn span(text: &str) -> Span {
    text.parse().unwrap()
}

/// What may be asked of role `web` by `carol`.
fn ask(requester: &Actor) -> AskedFor<'_> {
    AskedFor {
        requester,
        role: "web",
        resource: Some("web-1"),
        duration: span("2h"),
        start: None,
        reason: "release",
        ticket: None,
    }
}

#[track_caller]
fn refused(ask: &AskedFor<'_>) -> Vec<Refusal> {
    match policy(POLICY).decide(ask, now()) {
        Decision::Refuse(refusals) => refusals,
        Decision::Allow { role, resource } => panic!("{} on {} was allowed", role.name, resource.name),
    }
}

#[track_caller]
fn allowed(ask: &AskedFor<'_>) {
    match policy(POLICY).decide(ask, now()) {
        Decision::Allow { role, resource } => {
            assert_eq!(role.name.as_str(), ask.role);
            assert!(ask.resource.is_none_or(|name| name == resource.name.as_str()));
        }
        Decision::Refuse(refusals) => panic!("{refusals:?}"),
    }
}

#[test]
fn what_a_role_offers_is_allowed_and_nothing_else() {
    let carol = person("carol");
    allowed(&ask(&carol));
    allowed(&AskedFor {
        role: "db",
        resource: None,
        duration: span("1h"),
        reason: "",
        ticket: Some("OPS-1"),
        ..ask(&carol)
    });
    // A CI service asks as people do.
    allowed(&ask(&Actor { kind: Kind::Service, ..person("ci-deploy") }));
    let missing = |role: &str| vec![Refusal::NoSuchRole { role: role.to_owned() }];
    for role in ["", "WEB", "web ", "we", "group:contractors", "\u{202e}web"] {
        assert_eq!(refused(&AskedFor { role, ..ask(&carol) }), missing(role));
    }
    // An approver is no requester, and a group's name is nobody.
    for name in ["alice", "mallory", "contractors", "caro"] {
        assert_eq!(refused(&ask(&person(name))), missing("web"));
    }
}

#[test]
fn a_role_of_others_looks_like_one_that_is_not_there() {
    let bob = person("bob");
    // Everything else about it is wrong too, and nothing of that is told.
    let hidden = AskedFor { role: "db", resource: Some("x"), duration: span("9d"), reason: "", ..ask(&bob) };
    let absent = AskedFor { role: "dc", ..hidden.clone() };
    let (hidden, absent) = (refused(&hidden), refused(&absent));
    assert_eq!(hidden.len(), 1);
    assert!(hidden[0].is_hidden());
    assert_eq!(hidden[0].to_string(), absent[0].to_string().replace("dc", "db"));
}

#[test]
fn the_longest_time_plus_one_second_is_refused_and_never_rounded() {
    let carol = person("carol");
    allowed(&AskedFor { duration: span("7200s"), ..ask(&carol) });
    let (asked, max) = (span("7201s"), span("2h"));
    assert_eq!(refused(&AskedFor { duration: asked, ..ask(&carol) }), [Refusal::TooLong { asked, max }]);
}

#[test]
fn a_resource_is_one_of_the_roles_own_and_named_where_there_are_several() {
    let carol = person("carol");
    for resource in ["db-1", "web-3", "web-*", "", "WEB-1"] {
        let refusals = refused(&AskedFor { resource: Some(resource), ..ask(&carol) });
        let role = "web".parse().unwrap();
        assert_eq!(refusals, [Refusal::NoSuchResource { role, resource: resource.to_owned() }]);
    }
    let refusals = refused(&AskedFor { resource: None, ..ask(&carol) });
    assert_eq!(refusals[0].to_string(), "role web has 2 resources: web-1, web-2");
}

#[test]
fn a_reason_of_blanks_is_none_and_a_ticket_matches_as_a_whole() {
    let carol = person("carol");
    for reason in ["", "  ", "\t\n"] {
        assert_eq!(refused(&AskedFor { reason, ..ask(&carol) }), [Refusal::ReasonMissing]);
    }
    let db = |ticket| AskedFor { role: "db", resource: None, duration: span("1h"), ticket, ..ask(&carol) };
    assert!(matches!(refused(&db(None))[..], [Refusal::TicketMissing { .. }]));
    for ticket in ["", "OPS-", "xOPS-1", "OPS-1 ", "OPS-1\n", "ops-1", "OPS-1\nOPS-2", "OPS-１"] {
        assert!(matches!(refused(&db(Some(ticket)))[..], [Refusal::TicketPattern { .. }]), "{ticket:?}");
    }
}

#[test]
fn a_start_is_neither_in_the_past_nor_beyond_the_plan() {
    let carol = person("carol");
    let at = |millis| Some(Time::from_millis(now().millis() + millis));
    let far = PLAN_AHEAD.millis();
    allowed(&AskedFor { start: at(0), ..ask(&carol) });
    allowed(&AskedFor { start: at(far), ..ask(&carol) });
    assert!(matches!(
        refused(&AskedFor { start: at(-1), ..ask(&carol) })[..],
        [Refusal::StartInThePast { .. }]
    ));
    assert!(matches!(
        refused(&AskedFor { start: at(far + 1), ..ask(&carol) })[..],
        [Refusal::StartTooFar { .. }]
    ));
}

#[test]
fn all_reasons_for_a_no_are_told_at_once_and_escaped() {
    let carol = person("carol");
    let all = refused(&AskedFor {
        role: "db",
        resource: Some("\u{1b}[2J\u{202e}"),
        duration: span("9h"),
        ticket: Some("\u{1b}"),
        start: Some(Time::from_millis(0)),
        ..ask(&carol)
    });
    assert_eq!(all.len(), 4, "{all:?}");
    let shown: String = all.iter().map(ToString::to_string).collect();
    assert_eq!(crate::domain::text::escape(&shown), shown);
}

/// A request for `web` on `web-1` by `carol`, approved by these, under [`POLICY`].
fn approved_by(names: &[&str]) -> Request {
    let policy = policy(POLICY);
    let ask = Ask {
        id: RequestId::from_random([1; 8]),
        requester: person("carol"),
        role: "web".parse().unwrap(),
        resource: "web-1".parse().unwrap(),
        terms: policy.roles["web"].terms(7),
        duration: span("1h"),
        start: None,
        reason: "release".into(),
        ticket: None,
    };
    let mut request = Request::file(ask, now());
    let shown = request.digest();
    request.votes = names
        .iter()
        .map(|name| Vote { by: person(name), at: now(), shown, max: None, comment: None })
        .collect();
    request
}

#[derive(Debug, PartialEq)]
struct Terms {
    max: &'static str,
    approvals: u32,
    valid: u32,
}

#[track_caller]
fn activates(text: &str, request: &Request, active: impl Fn(&Actor) -> bool) -> Terms {
    match policy(text).recheck(request, Some(7), active) {
        Recheck::Allow { max, approvals, valid_votes, .. } => {
            Terms { max: max.to_string().leak(), approvals: approvals.needed(), valid: valid_votes }
        }
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
}

#[track_caller]
fn voided(
    text: &str,
    request: &Request,
    generation: Option<u64>,
    active: impl Fn(&Actor) -> bool,
) -> Refusal {
    match policy(text).recheck(request, generation, active) {
        Recheck::Refuse(mut refusals) => refusals.remove(0),
        allow @ Recheck::Allow { .. } => panic!("{allow:?}"),
    }
}

fn changed(from: &str, to: &str) -> String {
    assert_eq!(POLICY.matches(from).count(), 1, "{from:?}");
    POLICY.replace(from, to)
}

#[test]
fn an_unchanged_policy_activates_with_its_own_terms() {
    let request = approved_by(&["alice", "bob"]);
    assert_eq!(activates(POLICY, &request, |_| true), Terms { max: "2h", approvals: 2, valid: 2 });
}

#[test]
fn a_role_removed_or_re_made_under_the_same_name_voids_the_votes() {
    let request = approved_by(&["alice", "bob"]);
    for generation in [None, Some(6), Some(8)] {
        assert!(matches!(voided(POLICY, &request, generation, |_| true), Refusal::RoleRemade { .. }));
    }
    let removed = POLICY.replace("role.web", "role.web2");
    // Even when whoever counts generations has not seen that the role is gone.
    assert!(matches!(voided(&removed, &request, Some(7), |_| true), Refusal::RoleRemade { .. }));
}

#[test]
fn a_tightened_policy_wins_and_a_loosened_one_does_not() {
    let request = approved_by(&["alice", "bob"]);
    let of = |text: &str| activates(text, &request, |_| true);
    assert_eq!(of(&changed("'2h'", "'30m'")).max, "30m");
    assert_eq!(of(&changed("'2h'", "'9h'")).max, "2h");
    assert_eq!(of(&changed("approvals = 2", "approvals = 3")).approvals, 3);
    assert_eq!(of(&changed("approvals = 2", "approvals = 1")).approvals, 2);
    // Now nobody has to agree, and then two had to: the votes of then have nobody left who may vote.
    let auto = changed("approvers = ['group:leads']\napprovals = 2", "auto-approve = true");
    assert_eq!(of(&auto), Terms { max: "2h", approvals: 2, valid: 0 });
    let ticket = changed("max-duration = '2h'", "max-duration = '2h'\nrequire = { ticket = 'X' }");
    assert!(matches!(voided(&ticket, &request, Some(7), |_| true), Refusal::TicketMissing { .. }));
}

#[test]
fn an_approver_who_lost_the_right_or_is_disabled_does_not_count() {
    let request = approved_by(&["alice", "bob"]);
    let moved = changed("['alice', 'bob', 'erin', 'ci-deploy']", "['alice', 'erin', 'dave']");
    assert_eq!(activates(&moved, &request, |_| true).valid, 1);
    assert_eq!(activates(POLICY, &request, |actor| actor.name() != "bob").valid, 1);
}

#[test]
fn a_vote_of_a_service_an_alias_or_the_requester_does_not_count() {
    let mut request = approved_by(&["alice", "bob", "ci-deploy", "erin"]);
    request.votes[1].by.human = principal("alice");
    request.votes[2].by.kind = Kind::Service;
    request.votes[3].by.human = principal("carol");
    assert_eq!(activates(POLICY, &request, |_| true).valid, 1);
}

#[test]
fn a_requester_who_lost_the_right_or_is_disabled_gets_nothing() {
    let request = approved_by(&["alice", "bob"]);
    let lost = changed("members = ['carol', 'ci-deploy']", "members = ['ci-deploy']");
    assert!(matches!(voided(&lost, &request, Some(7), |_| true), Refusal::RequesterLost { .. }));
    let disabled = voided(POLICY, &request, Some(7), |actor| actor.name() != "carol");
    assert!(matches!(disabled, Refusal::RequesterLost { .. }));
    let elsewhere = changed("resources = ['web-*']", "resources = ['web-2']");
    assert!(matches!(voided(&elsewhere, &request, Some(7), |_| true), Refusal::NoSuchResource { .. }));
}

#[test]
fn what_is_given_is_what_both_policies_give_or_nothing() {
    let request = approved_by(&["alice", "bob"]);
    let given = |text: &str| match policy(text).recheck(&request, Some(7), |_| true) {
        Recheck::Allow { gives: Gives::Ssh(gives), .. } => gives.principals.into_iter().collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(given(&changed("['deploy', 'www']", "['deploy']")), ["deploy"]);
    assert_eq!(given(&changed("['deploy', 'www']", "['deploy', 'www', 'root']")), ["deploy", "www"]);
    for (from, to) in [
        ("['deploy', 'www']", "['root']"),
        ("['deploy', 'www']", "['deploy']\nforce-command = 'date'"),
        ("['deploy', 'www']", "['deploy']\nsource-addresses = ['10.0.0.0/8']"),
    ] {
        let refusal = voided(&changed(from, to), &request, Some(7), |_| true);
        assert!(matches!(refusal, Refusal::GivesChanged { .. }), "{to}");
    }
}
