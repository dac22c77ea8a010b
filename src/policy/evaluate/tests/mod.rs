//! Every refusal, and every way in which a policy may change under an approved request.

mod asking;
mod deciding;
mod rules;
mod training;
mod using;

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
fn allowed(ask: &AskedFor<'_>) {
    let _ = allowed_by(&policy(POLICY), ask, &facts(&nothing()));
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

fn at(text: &str) -> Time {
    text.parse().unwrap()
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

fn gives(from: &str, to: &str) -> Delegation {
    let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
    Delegation { from, to, role: None, since: now(), until: now().plus(span("1d")) }
}

fn given(delegations: Vec<Delegation>) -> World {
    World { delegations, ..World::default() }
}

const ON_CALL: &str = "[group.oncall]\nfrom-file = '/etc/jit/oncall'\n";

fn on_call(names: &[&str]) -> World {
    let names = names.iter().map(|name| name.parse().unwrap()).collect();
    World { on_call: [("oncall".parse().unwrap(), names)].into(), ..World::default() }
}
