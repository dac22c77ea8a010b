//! Every diagnostic that a policy can be answered with, as its author sees it.

mod alert_tests;
mod condition_tests;
mod name_tests;
mod rule_tests;
mod shape_tests;
mod target_tests;
mod tool_roles_tests;
mod training_tests;

use std::collections::BTreeSet;

use insta::assert_snapshot;

use super::*;
use alert_tests::ALERTS;
use condition_tests::CONDITIONS;
use name_tests::NAMES;
use rule_tests::RULES;
use shape_tests::SHAPES;
use target_tests::TARGETS;
use tool_roles_tests::TOOL_ROLES;
use training_tests::TRAININGS;

/// Of everything something, and right.
const WHOLE: &str = r#"[label]
env = ["staging", "production"]
[company.acme]
description = "Acme"
[person]
alice = {}
bob = { company = "acme", sponsor = "alice", contract-end = "2027-03-31" }
carol = { alias-of = "bob" }
dave = {}
[service]
ci = { owner = "alice" }
[group.leads]
members = ["alice", "dave"]
[group.oncall]
from-command = ["/usr/local/bin/oncall"]
refresh = "1m"
[window.office]
zone = "Europe/Berlin"
open = ["mon-fri 08:00-18:00"]
[ticket-system.ops]
pattern = "OPS-[0-9]+"
url = "https://tickets.example.net/api/{ticket}"
open-states = ["open"]
assignee = "requester"
poll = "2m"
[resource.web-1]
provider = "ssh"
address = "web-1.example.net"
labels = { env = "staging" }
owners = ["alice"]
[resource.db]
provider = "postgres"
address = "db.example.net"
postgres = { database = "shop", admin = "jit", password-file = "/etc/jit/p", tls = "verify-full", on-end = "drop" }
[resource.account]
provider = "aws"
aws = { region = "eu-central-1", credentials-file = "/etc/jit/aws", sts-endpoint = "https://sts.example.net" }
[resource.cluster]
provider = "kubernetes"
kubernetes = { server = "https://k.example.net", token-file = "/etc/jit/k", namespace = "jit" }
[resource.cache]
provider = "exec"
[resource.cache.exec]
program = "/usr/local/lib/redis"
sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
environment = ["REDIS_CA"]
timeout = "5s"
[role.web]
description = "Shell"
resources = ["web-*"]
resource-labels = { env = "staging" }
requesters = ["bob", "ci"]
when = "requester.kind == 'person'"
approvers = ["group:leads"]
approvals = 1
escalate = { after = "2h", to = ["group:oncall"] }
max-duration = "4h"
max-total = "8h"
pending-timeout = "6h"
max-open = 1
request-windows = ["office"]
break-glass = { max-duration = "30m", announce = ["dave"], debrief = ["group:leads"] }
require = { reason = true, ticket = "OPS-[0-9]+", ticket-system = "ops" }
[role.web.ssh]
principals = ["deploy"]
extensions = ["permit-pty"]
source-addresses = ["10.0.0.0/8"]
[role.db]
resources = ["db"]
requesters = ["bob"]
auto-approve = "requester.kind == 'person'"
max-duration = "1h"
postgres = { member-of = ["shop_read"], settings = { statement_timeout = "5min" }, connection-limit = 2 }
[role.aws]
resources = ["account"]
requesters = ["bob"]
auto-approve = "requester.id == 'bob'"
max-duration = "1h1m"
aws = { role-arn = "arn:aws:iam::123456789012:role/deploy" }
[role.kube]
resources = ["cluster"]
requesters = ["bob"]
auto-approve = "requester.company == 'acme'"
max-duration = "1h2m"
kubernetes = { role = "reader", namespace = "shop" }
[role.cache]
resources = ["cache"]
requesters = ["bob"]
auto-approve = "'leads' in requester.groups"
max-duration = "1h3m"
exec = { parameters = { rules = "+@read" } }
[deny.freeze]
roles = ["web"]
when = "resource.labels.env == 'production'"
[limit.short]
requesters = ["group:leads"]
max-duration = "90m"
[training.course]
version = 3
link = "https://learn.example.net/course"
valid-for = "90d"
trainers = ["dave"]
[terms.rules]
version = 4
text = "Be careful."
[role.cache.require]
training = ["course"]
terms = ["rules"]
[tool-roles.small]
together = ["administrator", "policy-author"]
"#;

fn answered(text: &str) -> (Vec<Diagnostic>, String) {
    let files = [SourceFile { name: "p.toml".into(), text: text.to_owned() }];
    let all = Policy::parse(&files).map(|_| panic!("no error in\n{text}")).unwrap_err();
    let shown = all.iter().map(|diagnostic| diagnostic.render(&files, false)).collect::<Vec<_>>();
    (all, shown.join("\n\n"))
}

/// [`WHOLE`] with the change made; what stands there once stands there once.
#[track_caller]
fn changed(from: &str, to: &str) -> String {
    assert_eq!(WHOLE.matches(from).count(), 1, "{from:?}");
    WHOLE.replace(from, to)
}

#[track_caller]
fn rendered(edits: &[(&str, &str)]) -> String {
    edits.iter().map(|(from, to)| answered(&changed(from, to)).1).collect::<Vec<_>>().join("\n\n")
}

#[test]
fn a_folder_without_a_role_and_a_file_without_a_test_case() {
    let cases = cases::parse_cases(&[]).unwrap_err();
    assert_snapshot!([answered("").1, cases[0].render(&[], false)].join("\n\n"), @r##"
error[no-roles]: no roles: nobody could ask for anything
 |
help: add a [role.NAME] to a *.toml file of the policy folder; see jit-policy(5)

error[no-cases]: no test cases
 |
help: see jit-policy(5), "TEST CASES"
"##);
}

/// The texts in quotes that stand where the source has the code of a problem.
fn codes_of(source: &str) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for made in ["Problem::new(", "Problem::nowhere("] {
        for after in source.split(made).skip(1) {
            let arguments = after.split(';').next().unwrap_or("");
            let quoted = arguments.split('"').nth(1).unwrap_or("");
            let code = quoted.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c.is_ascii_digit());
            if code && !quoted.is_empty() {
                codes.insert(quoted.to_owned());
            }
        }
    }
    let other = source.split("=> \"unknown-").skip(1).filter_map(|after| after.split('"').next());
    codes.extend(other.map(|kind| format!("unknown-{kind}")));
    codes
}

fn sources(folder: &std::path::Path, all: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.contains("tests") {
            continue;
        }
        if path.is_dir() {
            sources(&path, all);
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            all.push(text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned());
        }
    }
}

#[test]
fn every_code_of_a_diagnostic_is_shown_here() {
    let mut texts = Vec::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy"), &mut texts);
    let all: BTreeSet<String> = texts.iter().flat_map(|text| codes_of(text)).collect();
    assert!(all.len() > 60, "{all:?}");
    let mut shown: BTreeSet<&str> = ["no-roles", "no-cases"].into();
    for (from, to) in [SHAPES, NAMES, RULES, CONDITIONS, TARGETS, ALERTS, TRAININGS, TOOL_ROLES].concat() {
        shown.extend(answered(&changed(from, to)).0.iter().map(|diagnostic| diagnostic.code));
    }
    // Of the layout of a file, and of test cases and their tools.
    let elsewhere = ["layout"];
    let missing: Vec<_> = all
        .iter()
        .filter(|code| !shown.contains(code.as_str()) && !elsewhere.contains(&code.as_str()))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
