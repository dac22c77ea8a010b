//! A policy with some of everything, for the tests of each tool; and small random ones.

use proptest::prelude::*;

use crate::domain::Time;
use crate::policy::{Policy, SourceFile};

pub(super) const SHOP: &str = r#"
[person]
alice = {}
bob = {}
dave = {}
erin = {}
carol = { company = "acme", sponsor = "alice", contract-end = "2027-03-31" }
carl = { company = "acme", sponsor = "alice", contract-end = "2027-03-31" }
[service]
ci-deploy = { owner = "bob" }
[company.acme]
[label]
env = ["staging", "production"]
[group]
contractors = { members = ["carol", "carl"] }
ops = { members = ["bob", "dave", "erin"] }
leads = { members = ["alice", "bob", "dave"] }
pager = { from-file = "/etc/jit/oncall" }
[window.office]
zone = "Europe/Berlin"
open = ["mon-fri 08:00-18:00"]
[resource.stage-1]
provider = "ssh"
labels = { env = "staging" }
[resource.shop-web-1]
provider = "ssh"
labels = { env = "production" }
[resource.shop-db-1]
provider = "ssh"
labels = { env = "production" }
owners = ["erin"]

[role.shell]
description = "Shell everywhere, alone in staging"
resources = ["*"]
requesters = ["group:contractors", "group:ops"]
auto-approve = "resource.labels.env == 'staging'"
approvers = ["group:leads"]
approvals = 1
max-duration = "2h"
[role.shell.ssh]
principals = ["deploy"]

[role.prod-root]
description = "Root in production"
resource-labels = { env = "production" }
requesters = ["group:ops", "group:pager"]
max-duration = "30m"
max-total = "1h"
use-windows = ["office"]
require = { reason = true, ticket = "INC-[0-9]+" }
break-glass = { max-duration = "15m", announce = ["group:leads"], debrief = ["alice"], debrief-within = "3d", requesters = ["group:pager", "dave"] }
[[role.prod-root.stage]]
name = "lead"
approvers = ["group:leads"]
approvals = 1
[[role.prod-root.stage]]
name = "owner"
approvers = ["resource:owner", "alice"]
approvals = 1
[role.prod-root.ssh]
principals = ["root"]

[deny.freeze]
description = "Nothing new before the holidays"
resource-labels = { env = "production" }
when = "now > timestamp('2026-12-20T00:00:00Z')"
[deny.carl]
description = "Carl has left the shop"
requesters = ["carl"]
resources = ["shop-db-1"]
[limit.contractors]
requesters = ["group:contractors"]
max-duration = "1h"
"#;

pub(super) fn files(text: &str) -> [SourceFile; 1] {
    [SourceFile { name: "p.toml".into(), text: text.into() }]
}

pub(super) fn policy(text: &str) -> Policy {
    Policy::parse(&files(text))
        .unwrap_or_else(|all| panic!("{}", all.iter().map(|d| format!("{d}\n")).collect::<String>()))
}

/// With one part of it otherwise.
pub(super) fn shop_with(from: &str, to: &str) -> String {
    assert_eq!(SHOP.matches(from).count(), 1, "{from}");
    SHOP.replace(from, to)
}

/// A Wednesday, at noon in Berlin.
pub(super) fn now() -> Time {
    "2026-11-18T11:00:00Z".parse().unwrap()
}

const PEOPLE: [&str; 6] = ["a", "b", "c", "d", "e", "bot"];
const LISTS: [&str; 8] = ["a", "b", "c", "bot", "group:g", "group:h", "a2", "group:all"];
const RESOURCES: [&str; 3] = ["x", "y", "z"];

fn some(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    proptest::sample::subsequence(of, 1..=of.len()).prop_map(|list| format!("{list:?}"))
}

/// A role by these lists, its longest times and its way to be approved.
fn role(name: &'static str) -> impl Strategy<Value = String> {
    let glass = proptest::option::of((some(&LISTS), 1..4u32));
    let decided = prop_oneof![
        Just("approvers = ['group:leads']\napprovals = 1".to_owned()),
        Just("approvers = ['group:leads', 'resource:owner']\napprovals = 2".to_owned()),
        Just("auto-approve = \"resource.labels.env == 'one'\"".to_owned()),
        Just(
            "auto-approve = \"resource.labels.env == 'one'\"\napprovers = ['group:leads']\napprovals = 1"
                .to_owned()
        ),
    ];
    let when = prop_oneof![Just(""), Just("when = \"resource.name != 'y'\"\n")];
    (some(&LISTS), some(&RESOURCES), decided, when, 4..8u32, 0..3u32, glass).prop_map(
        move |(requesters, resources, decided, when, max, more, glass)| {
            let glass = glass.map_or_else(String::new, |(who, max)| {
                format!("break-glass = {{ requesters = {who}, max-duration = '{max}h', announce = ['l1'], debrief = ['l1', 'l2'], debrief-within = '1d' }}\n")
            });
            format!(
                "[role.{name}]\ndescription = 'd'\nrequesters = {requesters}\nresources = {resources}\n{decided}\n{when}{glass}\
                 max-duration = '{max}h'\nmax-total = '{}h'\n[role.{name}.ssh]\nprincipals = ['p']\n",
                max + more
            )
        },
    )
}

fn rule(kind: &'static str, name: &'static str, rest: &'static str) -> impl Strategy<Value = String> {
    let lists = (
        proptest::option::of(some(&LISTS)),
        proptest::option::of(some(&RESOURCES)),
        proptest::option::of(some(&["r", "s"])),
    );
    (any::<bool>(), lists, 1..7u32).prop_map(move |(there, (requesters, resources, roles), max)| {
        if !there || (requesters.is_none() && resources.is_none() && roles.is_none()) {
            return String::new();
        }
        let line = |key: &str, list: Option<String>| {
            list.map_or_else(String::new, |list| format!("{key} = {list}\n"))
        };
        let max = if kind == "limit" { format!("max-duration = '{max}h'\n") } else { String::new() };
        format!(
            "[{kind}.{name}]\ndescription = 'd'\n{}{}{}{rest}{max}",
            line("requesters", requesters),
            line("resources", resources),
            line("roles", roles)
        )
    })
}

/// A small policy: two roles of up to six people on up to three resources, with rules. No time matters in it.
pub(super) fn any_policy() -> impl Strategy<Value = String> {
    let groups = (some(&PEOPLE), some(&PEOPLE), any::<bool>());
    let rules = (
        rule("deny", "one", ""),
        rule("deny", "two", "when = \"resource.labels.env == 'two'\"\n"),
        rule("limit", "three", ""),
        rule("limit", "four", ""),
    );
    (groups, role("r"), role("s"), rules).prop_map(|((g, h, owned), r, s, (one, two, three, four))| {
        let owner = if owned { "owners = ['a']\n" } else { "" };
        format!(
            "[person]\na = {{}}\nb = {{}}\nc = {{}}\nd = {{}}\ne = {{}}\nl1 = {{}}\nl2 = {{}}\nl3 = {{}}\na2 = {{ alias-of = 'a' }}\n\
             [service]\nbot = {{ owner = 'c' }}\n[label]\nenv = ['one', 'two']\n\
             [group]\ng = {{ members = {g} }}\nh = {{ members = {h} }}\nall = {{ members = {PEOPLE:?} }}\n\
             leads = {{ members = ['l1', 'l2', 'l3'] }}\n\
             [resource.x]\nprovider = 'ssh'\nlabels = {{ env = 'one' }}\n[resource.y]\nprovider = 'ssh'\nlabels = {{ env = 'one' }}\n\
             [resource.z]\nprovider = 'ssh'\nlabels = {{ env = 'two' }}\n{owner}{r}{s}{one}{two}{three}{four}"
        )
    })
}
