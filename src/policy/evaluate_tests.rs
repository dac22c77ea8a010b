//! Every refusal, and every way in which a policy may change under an approved request.

use super::super::SourceFile;
use super::*;
use crate::domain::request::Ask;
use crate::domain::{Delegation, Extension, Kind, Principal, RequestId, Transition};

const POLICY: &str = r#"
[person]
alice = {}
bob = {}
carol = {}
dave = {}
erin = {}
[service]
ci-deploy = { owner = 'dave' }
[label]
env = ['staging', 'production']
[group.contractors]
members = ['carol', 'ci-deploy']
[group.leads]
members = ['alice', 'bob', 'erin', 'ci-deploy']
[resource.web-1]
provider = 'ssh'
labels = { env = 'production' }
[resource.web-2]
provider = 'ssh'
[resource.db-1]
provider = 'ssh'
labels = { env = 'staging' }
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
auto-approve = "resource.labels.env == 'staging'"
max-duration = '1h'
require = { reason = false, ticket = 'OPS-[0-9]+' }
[role.db.ssh]
principals = ['dba']
"#;

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
        break_glass: false,
    }
}

/// Nobody is on call, nothing is open, no ticket was asked for, no factor proved.
fn facts(world: &World) -> Facts<'_> {
    Facts { now: now(), mfa: None, ticket: TicketFact::NotAsked, open: 0, debrief_open: false, world }
}

fn nothing() -> World {
    World::default()
}

#[track_caller]
fn refusals_of(policy: &Policy, ask: &AskedFor<'_>, facts: &Facts<'_>) -> Vec<Refusal> {
    match policy.decide(ask, facts) {
        Decision::Refuse(refusals) => refusals,
        Decision::Allow(allowed) => {
            panic!("{} on {} was allowed", allowed.role.name, allowed.resource.name)
        }
    }
}

#[track_caller]
fn allowed_by<'p>(policy: &'p Policy, ask: &AskedFor<'_>, facts: &Facts<'_>) -> Box<Allowed<'p>> {
    match policy.decide(ask, facts) {
        Decision::Allow(allowed) => {
            assert_eq!(allowed.role.name.as_str(), ask.role);
            assert!(ask.resource.is_none_or(|name| name == allowed.resource.name.as_str()));
            allowed
        }
        Decision::Refuse(refusals) => panic!("{refusals:?}"),
    }
}

#[track_caller]
fn refused(ask: &AskedFor<'_>) -> Vec<Refusal> {
    refusals_of(&policy(POLICY), ask, &facts(&nothing()))
}

#[track_caller]
fn allowed(ask: &AskedFor<'_>) {
    let _ = allowed_by(&policy(POLICY), ask, &facts(&nothing()));
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
    assert_eq!(
        refused(&AskedFor { duration: asked, ..ask(&carol) }),
        [Refusal::TooLong { asked, max, by: None }]
    );
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
        resource: None,
        duration: span("9h"),
        ticket: Some("\u{1b}"),
        start: Some(Time::from_millis(0)),
        ..ask(&carol)
    });
    assert_eq!(all.len(), 3, "{all:?}");
    // Without a resource there is nothing to weigh.
    let resource = refused(&AskedFor { resource: Some("\u{1b}[2J\u{202e}"), ..db(&carol) });
    assert_eq!(resource.len(), 1);
    let all = [all, resource].concat();
    let shown: String = all.iter().map(ToString::to_string).collect();
    assert_eq!(crate::domain::text::escape(&shown), shown);
}

fn terms_of(role: &Role) -> crate::domain::Terms {
    role.terms(7, role.approvals(), role.max_duration, role.max_total)
}

/// A request for `web` on `web-1` by `carol`, approved by these, under [`POLICY`].
fn approved_by(names: &[&str]) -> Request {
    let policy = policy(POLICY);
    let ask = Ask {
        id: RequestId::from_random([1; 8]),
        requester: person("carol"),
        role: "web".parse().unwrap(),
        resource: "web-1".parse().unwrap(),
        terms: terms_of(&policy.roles["web"]),
        duration: span("1h"),
        start: None,
        reason: "release".into(),
        ticket: None,
        debrief_within: None,
    };
    let mut request = Request::file(ask, now());
    let shown = request.digest();
    request.votes = names
        .iter()
        .map(|name| Vote {
            by: person(name),
            on_behalf: None,
            at: now(),
            stage: 0,
            shown,
            max: None,
            comment: None,
        })
        .collect();
    request
}

#[derive(Debug, PartialEq)]
struct Terms {
    max: &'static str,
    approvals: u32,
    valid: u32,
}

fn rechecked(
    text: &str,
    request: &Request,
    generation: Option<u64>,
    facts: &Facts<'_>,
    active: impl Fn(&Actor) -> bool,
) -> Recheck {
    policy(text).recheck(request, Recheckable::Use, generation, facts, active)
}

#[track_caller]
fn terms(recheck: Recheck) -> Terms {
    match recheck {
        Recheck::Allow { bounds, approvals, valid, .. } => {
            let (max, valid) = (bounds.max.to_string().leak(), valid.into_iter().sum());
            Terms { max, approvals: approvals.needed(), valid }
        }
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
}

#[track_caller]
fn activates(text: &str, request: &Request, active: impl Fn(&Actor) -> bool) -> Terms {
    terms(rechecked(text, request, Some(7), &facts(&nothing()), active))
}

#[track_caller]
fn voided(
    text: &str,
    request: &Request,
    generation: Option<u64>,
    active: impl Fn(&Actor) -> bool,
) -> Refusal {
    match rechecked(text, request, generation, &facts(&nothing()), active) {
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
    // The policy's words of this moment; the request holds them against those of then.
    assert_eq!(of(&changed("'2h'", "'9h'")).max, "9h");
    assert_eq!(of(&changed("approvals = 2", "approvals = 3")).approvals, 3);
    assert_eq!(of(&changed("approvals = 2", "approvals = 1")).approvals, 1);
    let stricter = |text: &str, need: Option<u32>| {
        let Recheck::Allow { bounds, approvals, valid, .. } =
            rechecked(text, &request, Some(7), &facts(&nothing()), |_| true)
        else {
            panic!()
        };
        let mut approved = request.clone();
        approved.state = crate::domain::State::Approved;
        let step = approved.step(Transition::Intend { bounds, approvals, valid }, now());
        match need {
            None => assert_eq!(step.unwrap().next.window.unwrap().end, now().plus(span("1h"))),
            Some(need) => assert!(
                matches!(step, Err(crate::domain::Conflict::TooFewVotes { need: n, .. }) if n == need)
            ),
        }
    };
    stricter(&changed("'2h'", "'9h'"), None);
    stricter(&changed("approvals = 2", "approvals = 1"), None);
    stricter(&changed("approvals = 2", "approvals = 3"), Some(3));
    // Now nobody has to agree, and then two had to: the votes of then have nobody left who may vote.
    let auto = "auto-approve = \"request.role == 'web'\"";
    stricter(&changed("approvers = ['group:leads']\napprovals = 2", auto), Some(2));
    // A stage before the others that nobody has agreed to.
    let stages = "[[role.web.stage]]\napprovers = ['dave']\napprovals = 1\n\
                  [[role.web.stage]]\napprovers = ['group:leads']\napprovals = 2\n[role.web.ssh]";
    let staged =
        POLICY.replace("approvers = ['group:leads']\napprovals = 2\n", "").replace("[role.web.ssh]", stages);
    stricter(&staged, Some(4));
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
    let given = |text: &str| match rechecked(text, &request, Some(7), &facts(&nothing()), |_| true) {
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

/// [`POLICY`], with these lines added.
fn with(more: &str) -> Policy {
    policy(&format!("{POLICY}{more}"))
}

/// [`POLICY`], with these keys in role `web`, and these lines at the end.
fn web(keys: &str, more: &str) -> Policy {
    let at = "[role.web.ssh]";
    assert_eq!(POLICY.matches(at).count(), 1);
    policy(&format!("{}{more}", POLICY.replace(at, &format!("{keys}\n{at}"))))
}

/// `db`, which nobody has to agree to, asked for by `carol`.
fn db(requester: &Actor) -> AskedFor<'_> {
    AskedFor { role: "db", resource: None, duration: span("1h"), ticket: Some("OPS-1"), ..ask(requester) }
}

#[test]
fn a_deny_rule_beats_an_auto_approval_and_a_broken_glass() {
    let carol = person("carol");
    let glass = "break-glass = { max-duration = '30m', announce = ['alice'], debrief = ['group:leads'] }";
    for rule in [
        "requesters = ['carol']",
        "requesters = ['group:contractors']",
        "roles = ['db', 'web']",
        "resources = ['db-1', 'web-1']",
        "when = \"requester.id == 'carol'\"",
        "roles = ['db', 'web']\nwhen = \"'contractors' in requester.groups\"",
    ] {
        let policy = web(glass, &format!("[deny.freeze]\ndescription = 'a freeze'\n{rule}\n"));
        let world = nothing();
        for ask in
            [db(&carol), ask(&carol), AskedFor { break_glass: true, duration: span("10m"), ..ask(&carol) }]
        {
            let all = refusals_of(&policy, &ask, &facts(&world));
            assert!(
                matches!(&all[..], [Refusal::Denied { rule, .. }] if rule.as_str() == "freeze"),
                "{all:?}"
            );
        }
    }
    // It is about what it says, and about nothing else.
    let other =
        with("[deny.freeze]\nroles = ['db']\nrequesters = ['dave']\n[deny.w]\nresources = ['web-2']\n");
    let _ = allowed_by(&other, &db(&carol), &facts(&nothing()));
    let _ = allowed_by(&other, &ask(&carol), &facts(&nothing()));
}

#[test]
fn a_rule_about_a_person_is_about_their_services_and_aliases() {
    let people = POLICY.replace("dave = {}", "dave = {}\nx1 = { alias-of = 'dave' }");
    let text = people.replace("['carol', 'ci-deploy']", "['carol', 'ci-deploy', 'x1']");
    let policy = policy(&format!("{text}[deny.d]\nrequesters = ['dave']\n"));
    // Even where the directory knows of no other human behind them.
    for name in ["ci-deploy", "x1"] {
        let all = refusals_of(&policy, &ask(&person(name)), &facts(&nothing()));
        assert!(matches!(&all[..], [Refusal::Denied { .. }]), "{all:?}");
    }
    let unlike = Actor { human: principal("dave"), ..person("carol") };
    assert!(matches!(refusals_of(&policy, &ask(&unlike), &facts(&nothing()))[..], [Refusal::Denied { .. }]));
}

#[test]
fn a_condition_that_fails_means_no_wherever_it_stands() {
    let carol = person("carol");
    // `web-2` has no label, and `carol` no company: each of these fails.
    for condition in ["resource.labels.env == 'production'", "requester.company == 'acme'"] {
        let on = AskedFor { resource: Some("web-2"), ..ask(&carol) };
        let company = "[company.acme]\n";
        let failed = |policy: &Policy| {
            let all = refusals_of(policy, &on, &facts(&nothing()));
            assert!(matches!(&all[..], [Refusal::ConditionFailed { .. }]), "{all:?}");
        };
        failed(&with(&format!("{company}[deny.d]\nwhen = \"{condition}\"\n")));
        failed(&web(&format!("when = \"{condition}\""), company));
        failed(&web(&format!("auto-deny = \"{condition}\""), company));
        // Beside people, they decide; alone, it is refused.
        let auto = web(&format!("auto-approve = \"{condition}\""), company);
        assert_eq!(allowed_by(&auto, &on, &facts(&nothing())).approvals.needed(), 2);
        let alone = POLICY.replace(
            "approvers = ['group:leads']\napprovals = 2",
            &format!("auto-approve = \"{condition}\""),
        );
        failed(&policy(&format!("{alone}{company}")));
    }
}

#[test]
fn a_condition_that_does_not_hold_refuses_or_leaves_it_to_people() {
    let carol = person("carol");
    let world = nothing();
    let long = "request.duration <= duration('10m')";
    let all = refusals_of(&web(&format!("when = \"{long}\""), ""), &ask(&carol), &facts(&world));
    assert!(matches!(&all[..], [Refusal::NotWhen { .. }]), "{all:?}");
    let all = refusals_of(
        &web("auto-deny = \"request.duration > duration('1h')\"", ""),
        &ask(&carol),
        &facts(&world),
    );
    assert!(matches!(&all[..], [Refusal::AutoDenied { .. }]), "{all:?}");
    let auto = web(&format!("auto-approve = \"{long}\""), "");
    assert_eq!(allowed_by(&auto, &ask(&carol), &facts(&world)).approvals.needed(), 2);
    let short = AskedFor { duration: span("10m"), ..ask(&carol) };
    assert!(allowed_by(&auto, &short, &facts(&world)).approvals.is_auto());
    let alone = policy(
        &POLICY.replace("approvers = ['group:leads']\napprovals = 2", &format!("auto-approve = \"{long}\"")),
    );
    let all = refusals_of(&alone, &ask(&carol), &facts(&world));
    assert!(matches!(&all[..], [Refusal::NobodyDecides { .. }]), "{all:?}");
}

#[test]
fn the_shortest_limit_wins_and_bounds_the_total_too() {
    let policy = web(
        "max-total = '8h'",
        "[limit.a]\nroles = ['web']\nmax-duration = '90m'\n[limit.b]\nresource-labels = { env = 'production' }\n\
         max-duration = '1h'\n[limit.c]\nresources = ['web-2']\nmax-duration = '1m'\n\
         [limit.d]\nrequesters = ['group:contractors']\nmax-duration = '3h'\n",
    );
    let carol = person("carol");
    let all = refusals_of(&policy, &ask(&carol), &facts(&nothing()));
    let by = Some("b".parse().unwrap());
    assert_eq!(all, [Refusal::TooLong { asked: span("2h"), max: span("1h"), by }]);
    let hour = AskedFor { duration: span("1h"), ..ask(&carol) };
    let found = allowed_by(&policy, &hour, &facts(&nothing()));
    assert_eq!((found.max, found.max_total), (span("1h"), span("1h")));
    let request = approved_by(&["alice", "bob"]);
    let world = nothing();
    match policy.recheck(
        &request,
        Recheckable::Extension { by: span("10m") },
        Some(7),
        &facts(&world),
        |_| true,
    ) {
        Recheck::Allow { bounds, .. } => assert_eq!(bounds.max, span("1h")),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
}

#[test]
fn no_grant_goes_on_behind_the_end_of_a_contract() {
    let text = |end: &str| POLICY.replace("carol = {}", &format!("carol = {{ contract-end = '{end}' }}"));
    let carol = person("carol");
    let over = policy(&text("2026-11-20"));
    let all = refusals_of(&over, &ask(&carol), &facts(&nothing()));
    assert!(matches!(&all[..], [Refusal::ContractOver { .. }]), "{all:?}");
    // The last day is a part of it, to its end in UTC.
    let last = policy(&text("2026-11-21"));
    let _ = allowed_by(&last, &ask(&carol), &facts(&nothing()));
    let end: Time = "2026-11-22T00:00:00Z".parse().unwrap();
    let request = approved_by(&["alice", "bob"]);
    match rechecked(&text("2026-11-21"), &request, Some(7), &facts(&nothing()), |_| true) {
        Recheck::Allow { bounds, .. } => assert_eq!(bounds.until, Some(end)),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
    // Nothing is planned for a time behind it.
    let planned = AskedFor { start: Some(end), ..ask(&carol) };
    assert!(matches!(refusals_of(&last, &planned, &facts(&nothing()))[..], [Refusal::ContractOver { .. }]));
    // A service's owner's counts as well, and so does a person's behind an alias.
    let owner = POLICY.replace("dave = {}", "dave = { contract-end = '2026-11-20' }");
    let all = refusals_of(&policy(&owner), &ask(&person("ci-deploy")), &facts(&nothing()));
    assert!(matches!(&all[..], [Refusal::ContractOver { .. }]), "{all:?}");
}

const OFFICE: &str = "[window.office]\nzone = 'Europe/Berlin'\nopen = ['mon-fri 08:00-18:00']\n";

fn at(text: &str) -> Time {
    text.parse().unwrap()
}

#[test]
fn windows_are_kept_by_the_clock_on_the_wall_whatever_the_offset() {
    let carol = person("carol");
    let world = nothing();
    let asks = web("request-windows = ['office']", OFFICE);
    // Summer time ends on 2026-10-25: eight o'clock is 06:00 UTC before, and 07:00 UTC after it.
    for (when, open) in [
        ("2026-10-23T05:59:59Z", false),
        ("2026-10-23T06:00:00Z", true),
        ("2026-10-23T16:00:00Z", false),
        ("2026-10-26T06:30:00Z", false),
        ("2026-10-26T07:00:00Z", true),
        ("2026-10-26T16:59:59Z", true),
        ("2026-10-24T10:00:00Z", false),
    ] {
        let facts = Facts { now: at(when), ..facts(&world) };
        match asks.decide(&ask(&carol), &facts) {
            Decision::Allow(_) => assert!(open, "{when}"),
            Decision::Refuse(all) => {
                assert!(!open, "{when}");
                assert!(matches!(all[..], [Refusal::WindowClosed { what: Use::Asking, opens: Some(_), .. }]));
            }
        }
    }
}

#[test]
fn a_use_is_within_its_window_and_ends_with_it() {
    let carol = person("carol");
    let world = nothing();
    let uses = web("use-windows = ['office']", OFFICE);
    // Asked on a Saturday for Monday.
    let planned = |start: &str| AskedFor { start: Some(at(start)), ..ask(&carol) };
    let monday = planned("2026-11-23T09:00:00Z");
    let _ = allowed_by(&uses, &monday, &facts(&world));
    let sunday = planned("2026-11-22T09:00:00Z");
    let all = refusals_of(&uses, &sunday, &facts(&world));
    assert!(matches!(&all[..], [Refusal::WindowClosed { what: Use::Using, .. }]), "{all:?}");
    let request = approved_by(&["alice", "bob"]);
    let used = |when: &str| {
        let facts = Facts { now: at(when), ..facts(&world) };
        uses.recheck(&request, Recheckable::Use, Some(7), &facts, |_| true)
    };
    match used("2026-11-23T16:30:00Z") {
        Recheck::Allow { bounds, .. } => assert_eq!(bounds.until, Some(at("2026-11-23T17:00:00Z"))),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
    assert!(matches!(used("2026-11-23T17:00:00Z"), Recheck::Refuse(_)));
}

#[test]
fn approving_has_its_hours_and_an_emergency_has_none() {
    let glass = "break-glass = { max-duration = '30m', announce = ['alice'], debrief = ['group:leads'] }\n\
                 request-windows = ['office']\nuse-windows = ['office']\napprove-windows = ['office']";
    let policy = web(glass, OFFICE);
    let role = "web".parse().unwrap();
    assert!(policy.approving_open(&role, at("2026-11-23T09:00:00Z")).is_ok());
    let saturday = policy.approving_open(&role, now());
    assert!(matches!(saturday, Err(Refusal::WindowClosed { what: Use::Approving, .. })));
    let carol = person("carol");
    assert_eq!(refusals_of(&policy, &ask(&carol), &facts(&nothing())).len(), 1);
    let broken = AskedFor { break_glass: true, duration: span("10m"), ..ask(&carol) };
    let found = allowed_by(&policy, &broken, &facts(&nothing()));
    assert!(found.approvals.is_auto() && found.debrief_within == Some(span("3d")));
    assert_eq!((found.max, found.max_total), (span("30m"), span("30m")));
    assert_eq!(found.announce().len(), 1);
}

#[test]
fn a_glass_is_broken_shortly_with_a_reason_at_once_and_not_twice_unseen() {
    let glass = "break-glass = { max-duration = '30m', announce = ['alice'], debrief = ['group:leads'], \
                 debrief-within = '1d', requesters = ['dave'] }\nrequire = { reason = false, ticket = 'X' }\n\
                 when = \"request.duration < duration('25m') || !request.break_glass\"";
    let policy = web(glass, "");
    let dave = person("dave");
    let broken = AskedFor { break_glass: true, duration: span("10m"), ..ask(&dave) };
    let world = nothing();
    let of = |ask: &AskedFor<'_>| refusals_of(&policy, ask, &facts(&world));
    // No ticket is needed, and a reason is.
    assert_eq!(allowed_by(&policy, &broken, &facts(&world)).debrief_within, Some(span("1d")));
    assert_eq!(of(&AskedFor { reason: " ", ..broken.clone() }), [Refusal::ReasonMissing]);
    let all = of(&AskedFor { duration: span("31m"), ..broken.clone() });
    assert!(matches!(all[..], [Refusal::NotWhen { .. }, Refusal::TooLong { .. }]), "{all:?}");
    let planned = of(&AskedFor { start: Some(now().plus(span("1h"))), ..broken.clone() });
    assert!(matches!(planned[..], [Refusal::StartTooFar { .. }]), "{planned:?}");
    let again = Facts { debrief_open: true, ..facts(&world) };
    assert_eq!(refusals_of(&policy, &broken, &again), [Refusal::DebriefOpen]);
    // Who may only break the glass may not ask, and the other way round; a role without one has none.
    assert!(matches!(
        of(&AskedFor { ticket: Some("X"), ..ask(&dave) })[..],
        [Refusal::OnlyBreakGlass { .. }]
    ));
    let carol = person("carol");
    assert!(matches!(
        of(&AskedFor { requester: &carol, ..broken.clone() })[..],
        [Refusal::NoBreakGlass { .. }]
    ));
    assert!(matches!(of(&AskedFor { break_glass: true, ..db(&carol) })[..], [Refusal::NoBreakGlass { .. }]));
}

#[test]
fn as_many_requests_are_open_as_the_role_lets_and_not_one_more() {
    let policy = web("max-open = 2", "");
    let (carol, world) = (person("carol"), nothing());
    let of = |open: u32| policy.decide(&ask(&carol), &Facts { open, ..facts(&world) });
    assert!(matches!(of(1), Decision::Allow(_)));
    for open in [2, 3, u32::MAX] {
        assert!(
            matches!(of(open), Decision::Refuse(all) if matches!(all[..], [Refusal::TooManyOpen { .. }]))
        );
    }
}

#[test]
fn a_ticket_is_good_in_its_system_or_it_is_refused() {
    let system = "[ticket-system.ops]\npattern = 'OPS-[0-9]+'\ncommand = ['/usr/local/bin/ticket']\n\
                  open-states = ['open']\nassignee = 'requester'\n";
    let policy = web("require = { ticket-system = 'ops' }", system);
    let (carol, world) = (person("carol"), nothing());
    let ask = AskedFor { ticket: Some("OPS-1"), ..ask(&carol) };
    let with = |ticket: TicketFact| Facts { ticket, ..facts(&world) };
    let _ = allowed_by(&policy, &ask, &with(TicketFact::Standing(TicketStanding::Good)));
    for fact in [
        TicketFact::NotAsked,
        TicketFact::Failed("time-out".to_owned()),
        TicketFact::Standing(TicketStanding::Closed { state: "done".to_owned() }),
        TicketFact::Standing(TicketStanding::NotAssigned { to: Some("dave".to_owned()) }),
        TicketFact::Standing(TicketStanding::NotAssigned { to: None }),
    ] {
        let all = refusals_of(&policy, &ask, &with(fact.clone()));
        assert!(matches!(all[..], [Refusal::Ticket { .. }]), "{fact:?}: {all:?}");
        // And again at each use.
        let mut request = approved_by(&["alice", "bob"]);
        request.ticket = Some("OPS-1".to_owned());
        let again = policy.recheck(&request, Recheckable::Use, Some(7), &with(fact), |_| true);
        assert!(matches!(again, Recheck::Refuse(_)));
    }
    // Whatever the system would say of it.
    let good = || with(TicketFact::Standing(TicketStanding::Good));
    let none = refusals_of(&policy, &AskedFor { ticket: None, ..ask.clone() }, &good());
    assert!(matches!(none[..], [Refusal::TicketMissing { .. }]), "{none:?}");
    let other = refusals_of(&policy, &AskedFor { ticket: Some("OPS-1 "), ..ask }, &good());
    assert!(matches!(other[..], [Refusal::TicketPattern { .. }]), "{other:?}");
}

#[test]
fn a_second_factor_is_proved_in_time_and_not_in_the_future() {
    let policy = web("require = { mfa = '15m' }", "");
    let (carol, world) = (person("carol"), nothing());
    let of = |mfa: Option<Time>| policy.decide(&ask(&carol), &Facts { mfa, ..facts(&world) });
    for good in [now(), now().minus(span("15m"))] {
        assert!(matches!(of(Some(good)), Decision::Allow(_)));
    }
    for bad in [None, Some(now().minus(span("901s"))), Some(now().plus(span("1s")))] {
        assert!(
            matches!(of(bad), Decision::Refuse(all) if matches!(all[..], [Refusal::Mfa { .. }])),
            "{bad:?}"
        );
    }
}

/// A request for `web` on `web-1` by `carol` that nobody has voted on.
fn pending(policy: &Policy) -> Request {
    let role = &policy.roles["web"];
    let ask = Ask {
        id: RequestId::from_random([2; 8]),
        requester: person("carol"),
        role: role.name.clone(),
        resource: "web-1".parse().unwrap(),
        terms: terms_of(role),
        duration: span("1h"),
        start: None,
        reason: "release".into(),
        ticket: None,
        debrief_within: None,
    };
    Request::file(ask, now())
}

/// Who of these has a say now.
fn say_of(policy: &Policy, request: &Request, world: &World) -> Vec<&'static str> {
    let all = ["alice", "bob", "carol", "dave", "erin"];
    all.into_iter().filter(|name| policy.say(request, &person(name), now(), world).is_some()).collect()
}

fn approvers(list: &str) -> String {
    POLICY
        .replace("approvers = ['group:leads']\napprovals = 2", &format!("approvers = {list}\napprovals = 1"))
}

#[test]
fn the_owner_of_the_resource_and_the_sponsor_of_the_requester_decide() {
    let text = approvers("['resource:owner', 'requester:sponsor']")
        .replace("carol = {}", "carol = { sponsor = 'erin' }")
        .replace("labels = { env = 'production' }", "owners = ['dave']");
    let policy = policy(&text);
    let request = pending(&policy);
    assert_eq!(say_of(&policy, &request, &nothing()), ["dave", "erin"]);
    let elsewhere = Request { resource: "web-2".parse().unwrap(), ..request.clone() };
    assert_eq!(say_of(&policy, &elsewhere, &nothing()), ["erin"]);
    let by_ci = Request { requester: Actor { human: principal("dave"), ..person("ci-deploy") }, ..request };
    // The owner's own service, which has no sponsor.
    assert!(say_of(&policy, &by_ci, &nothing()).is_empty());
}

#[test]
fn others_decide_too_once_it_is_escalated_and_not_before() {
    let text = approvers("['alice']")
        .replace("approvals = 1", "approvals = 1\nescalate = { after = '1h', to = ['erin'] }");
    let policy = policy(&text);
    let mut request = pending(&policy);
    assert_eq!(say_of(&policy, &request, &nothing()), ["alice"]);
    request = request.step(Transition::Escalate, now().plus(span("1h"))).unwrap().next;
    assert_eq!(say_of(&policy, &request, &nothing()), ["alice", "erin"]);
    // A vote that is dated before the escalation is none.
    let shown = request.digest();
    let by_erin =
        |at| Vote { by: person("erin"), on_behalf: None, at, stage: 0, shown, max: None, comment: None };
    for (at, valid) in [(now().plus(span("59m")), 0), (now().plus(span("1h")), 1)] {
        request.votes = vec![by_erin(at)];
        assert_eq!(terms(rechecked(&text, &request, Some(7), &facts(&nothing()), |_| true)).valid, valid);
    }
}

#[test]
fn whoever_decides_at_a_later_stage_sees_nothing_before() {
    let stages = "[[role.web.stage]]\napprovers = ['alice']\napprovals = 1\n\
                  [[role.web.stage]]\napprovers = ['erin']\napprovals = 1\n[role.web.ssh]";
    let text =
        POLICY.replace("approvers = ['group:leads']\napprovals = 2\n", "").replace("[role.web.ssh]", stages);
    let policy = policy(&text);
    let request = pending(&policy);
    let sees = |request: &Request, name: &str| policy.concerns(request, &person(name), now(), &nothing());
    assert_eq!(say_of(&policy, &request, &nothing()), ["alice"]);
    assert!(sees(&request, "alice") && !sees(&request, "erin") && !sees(&request, "bob"));
    let vote = |request: &Request, name: &str, stage| Vote {
        by: person(name),
        on_behalf: None,
        at: now(),
        stage,
        shown: request.digest(),
        max: None,
        comment: None,
    };
    let first = request.step(Transition::Approve(vote(&request, "alice", 0)), now()).unwrap().next;
    assert_eq!(say_of(&policy, &first, &nothing()), ["erin"]);
    assert!(sees(&first, "alice") && sees(&first, "erin") && !sees(&first, "bob"));
    // A vote of the one counts for no other stage.
    let mut both = first.clone();
    both.votes.push(vote(&first, "erin", 1));
    let valid = |request: &Request| match rechecked(&text, request, Some(7), &facts(&nothing()), |_| true) {
        Recheck::Allow { valid, .. } => valid,
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    };
    assert_eq!(valid(&both), [1, 1]);
    both.votes[1].stage = 0;
    assert_eq!(valid(&both), [1, 0]);
}

fn gives(from: &str, to: &str) -> Delegation {
    let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
    Delegation { from, to, role: None, since: now(), until: now().plus(span("1d")) }
}

fn given(delegations: Vec<Delegation>) -> World {
    World { delegations, ..World::default() }
}

#[test]
fn a_delegation_is_never_chained_and_never_to_or_from_the_requester() {
    let text = approvers("['alice', 'carol', 'x1', 'group:leads']")
        .replace("carol = {}", "carol = {}\nx1 = { alias-of = 'carol' }")
        .replace("members = ['alice', 'bob', 'erin', 'ci-deploy']", "members = ['alice', 'ci-deploy']");
    let policy = policy(&text);
    let request = pending(&policy);
    let says = |all: Vec<Delegation>| say_of(&policy, &request, &given(all));
    assert_eq!(says(vec![]), ["alice"]);
    assert_eq!(says(vec![gives("alice", "dave")]), ["alice", "dave"]);
    assert_eq!(says(vec![gives("alice", "dave"), gives("dave", "erin")]), ["alice", "dave"]);
    for none in [
        gives("bob", "dave"),
        gives("alice", "carol"),
        gives("carol", "dave"),
        // The requester under another name, and a service.
        gives("x1", "dave"),
        gives("ci-deploy", "dave"),
        gives("nobody", "dave"),
        Delegation { since: now().plus(span("1s")), ..gives("alice", "dave") },
        Delegation { until: now(), ..gives("alice", "dave") },
        Delegation { role: Some("db".parse().unwrap()), ..gives("alice", "dave") },
    ] {
        assert_eq!(says(vec![none.clone()]), ["alice"], "{none:?}");
    }
    let only = Delegation { role: Some("web".parse().unwrap()), ..gives("alice", "dave") };
    assert_eq!(says(vec![only]), ["alice", "dave"]);
    let service = Actor { kind: Kind::Service, ..person("dave") };
    let world = given(vec![gives("alice", "dave")]);
    assert_eq!(policy.say(&request, &service, now(), &world), None);
}

#[test]
fn an_alias_of_the_requester_has_no_say_even_where_the_directory_does_not_know_of_it() {
    let policy = policy(
        &approvers("['alice', 'x1']").replace("carol = {}", "carol = {}\nx1 = { alias-of = 'carol' }"),
    );
    assert_eq!(policy.say(&pending(&policy), &person("x1"), now(), &nothing()), None);
}

#[test]
fn a_delegation_that_is_taken_back_voids_the_vote_and_one_that_ran_out_does_not() {
    let text = approvers("['alice', 'bob']");
    let mut request = pending(&policy(&text));
    request.votes = vec![Vote {
        by: person("dave"),
        on_behalf: Some(principal("alice")),
        at: now(),
        stage: 0,
        shown: request.digest(),
        max: None,
        comment: None,
    }];
    let later = now().plus(span("1h"));
    let valid_by = |request: &Request, world: &World, active: &dyn Fn(&Actor) -> bool| {
        let facts = Facts { now: later, ..facts(world) };
        terms(rechecked(&text, request, Some(7), &facts, active)).valid
    };
    let valid = |world: &World| valid_by(&request, world, &|_| true);
    assert_eq!(valid(&given(vec![gives("alice", "dave")])), 1);
    assert_eq!(
        valid(&given(vec![Delegation { until: now().plus(span("1m")), ..gives("alice", "dave") }])),
        1
    );
    assert_eq!(valid(&nothing()), 0);
    // It was alice's say, and not bob's.
    assert_eq!(valid(&given(vec![gives("bob", "dave")])), 0);
    // Nor where alice is disabled, or dave is.
    let world = given(vec![gives("alice", "dave")]);
    for gone in ["alice", "dave"] {
        assert_eq!(valid_by(&request, &world, &|actor| actor.name() != gone), 0, "{gone}");
    }
    // Both says are used with it.
    let mut twice = request.clone();
    for name in ["alice", "dave"] {
        let second = Vote { by: person(name), on_behalf: None, ..request.votes[0].clone() };
        twice.votes.push(second);
    }
    assert_eq!(valid_by(&twice, &world, &|_| true), 1);
}

const ON_CALL: &str = "[group.oncall]\nfrom-file = '/etc/jit/oncall'\n";

fn on_call(names: &[&str]) -> World {
    let names = names.iter().map(|name| name.parse().unwrap()).collect();
    World { on_call: [("oncall".parse().unwrap(), names)].into(), ..World::default() }
}

#[test]
fn an_approver_who_went_off_call_does_not_count_any_more() {
    let text = format!("{}{ON_CALL}", approvers("['group:oncall']"));
    let policy = policy(&text);
    let mut request = pending(&policy);
    assert_eq!(say_of(&policy, &request, &on_call(&["bob"])), ["bob"]);
    assert!(say_of(&policy, &request, &nothing()).is_empty());
    let shown = request.digest();
    request.votes = vec![Vote {
        by: person("bob"),
        on_behalf: None,
        at: now(),
        stage: 0,
        shown,
        max: None,
        comment: None,
    }];
    for (world, valid) in [(on_call(&["bob"]), 1), (on_call(&["erin"]), 0), (on_call(&[]), 0), (nothing(), 0)]
    {
        assert_eq!(terms(rechecked(&text, &request, Some(7), &facts(&world), |_| true)).valid, valid);
    }
}

#[test]
fn a_list_from_outside_makes_nobody_a_member_whom_the_policy_does_not_declare() {
    let text = POLICY.replace("requesters = ['group:contractors']", "requesters = ['group:oncall']");
    let policy = policy(&format!("{text}{ON_CALL}"));
    let world = on_call(&["mallory", "erin"]);
    let _ = allowed_by(&policy, &ask(&person("erin")), &facts(&world));
    assert!(refusals_of(&policy, &ask(&person("mallory")), &facts(&world))[0].is_hidden());
    assert_eq!(policy.people(&policy.roles["web"].requesters, &world).len(), 1);
}

#[test]
fn a_rule_about_those_on_call_is_about_everybody_while_it_cannot_be_told_who_is() {
    let carol = person("carol");
    let rules = [
        "[deny.d]\nrequesters = ['group:oncall']\n",
        "[deny.d]\nwhen = \"'oncall' in requester.groups\"\n",
        "[deny.d]\nwhen = \"!('oncall' in requester.groups) && requester.id != 'carol' || 'oncall' in requester.groups\"\n",
    ];
    for rule in rules {
        let policy = with(&format!("{ON_CALL}{rule}"));
        let _ = allowed_by(&policy, &ask(&carol), &facts(&on_call(&["bob"])));
        for unknown in [nothing(), on_call(&[]), on_call(&["carol"])] {
            let all = refusals_of(&policy, &ask(&carol), &facts(&unknown));
            assert!(matches!(all[..], [Refusal::Denied { .. } | Refusal::ConditionFailed { .. }]), "{all:?}");
        }
    }
    let limit = with(&format!("{ON_CALL}[limit.l]\nrequesters = ['group:oncall']\nmax-duration = '5m'\n"));
    assert!(matches!(refusals_of(&limit, &ask(&carol), &facts(&nothing()))[..], [Refusal::TooLong { .. }]));
    // One that is not about them is as it was.
    let other = with(&format!("{ON_CALL}[deny.d]\nwhen = \"!('contractors' in requester.groups)\"\n"));
    let _ = allowed_by(&other, &ask(&carol), &facts(&nothing()));
}

#[test]
fn an_auto_approval_that_no_longer_holds_is_none() {
    let policy = policy(POLICY);
    let ask = Ask {
        id: RequestId::from_random([3; 8]),
        requester: person("carol"),
        role: "db".parse().unwrap(),
        resource: "db-1".parse().unwrap(),
        terms: policy.roles["db"].terms(7, Approvals::AUTO, span("1h"), span("1h")),
        duration: span("1h"),
        start: None,
        reason: "look".into(),
        ticket: Some("OPS-1".into()),
        debrief_within: None,
    };
    let request = Request::file(ask, now());
    assert_eq!(activates(POLICY, &request, |_| true).approvals, 0);
    let elsewhere = POLICY.replace("labels = { env = 'staging' }", "labels = { env = 'production' }");
    assert!(matches!(voided(&elsewhere, &request, Some(7), |_| true), Refusal::NobodyDecides { .. }));
    let people = POLICY
        .replace("auto-approve = \"resource.labels.env == 'staging'\"", "approvers = ['bob']\napprovals = 1");
    assert_eq!(activates(&people, &request, |_| true), Terms { max: "1h", approvals: 1, valid: 0 });
    let denied = format!("{POLICY}[deny.d]\nrequesters = ['carol']\n");
    assert!(matches!(voided(&denied, &request, Some(7), |_| true), Refusal::Denied { .. }));
}

#[test]
fn what_is_let_through_for_being_short_is_not_made_long_piece_by_piece() {
    let auto = "auto-approve = \"request.duration <= duration('1h')\"\nmax-total = '8h'";
    let policy = web(auto, "");
    let mut request = pending(&policy);
    request.terms.approvals = Approvals::AUTO;
    let window = crate::domain::Window { start: now(), end: now().plus(span("1h")) };
    (request.state, request.window) = (crate::domain::State::Active, Some(window));
    let world = nothing();
    let of = |by: &str, request: &Request| match policy.recheck(
        request,
        Recheckable::Extension { by: span(by) },
        Some(7),
        &facts(&world),
        |_| true,
    ) {
        Recheck::Allow { approvals, .. } => approvals.needed(),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    };
    assert_eq!(of("1s", &request), 2);
    request.window = Some(crate::domain::Window { end: now().plus(span("30m")), ..window });
    assert_eq!((of("30m", &request), of("1801s", &request)), (0, 2));
    // The votes on more time are those that count for it.
    let by = |name: &str| Vote {
        by: person(name),
        on_behalf: None,
        at: now(),
        stage: 0,
        shown: request.digest(),
        max: None,
        comment: None,
    };
    let extension = Extension {
        by: span("1h"),
        reason: "not done".into(),
        asked: now(),
        pending_until: now().plus(span("1h")),
        approvals: Approvals::humans(2),
        votes: vec![by("alice"), by("bob"), by("carol"), by("dave")],
    };
    request.extension = Some(extension);
    match policy
        .recheck(&request, Recheckable::Extension { by: span("1h") }, Some(7), &facts(&world), |_| true)
    {
        Recheck::Allow { valid, bounds, .. } => assert_eq!((valid, bounds.max), (vec![2], span("8h"))),
        Recheck::Refuse(refusals) => panic!("{refusals:?}"),
    }
}
