//! Every diagnostic that a policy can be answered with, as its author sees it.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use super::*;

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

const SHAPES: &[(&str, &str)] = &[
    ("[deny.freeze]", "[deny.freeze"),
    ("[role.aws]", "[role.web]"),
    ("approvals = 1", "approvals = 1\napprovals = 1"),
    ("[group.leads]", "[grup.leads]"),
    ("max-open = 1", "max-opne = 1"),
    ("refresh = \"1m\"", "color = \"1m\""),
    ("max-duration = \"4h\"\n", ""),
    ("max-duration = \"4h\"", "max-duration = 4"),
    ("members = [\"alice\", \"dave\"]", "members = \"alice\""),
    ("members = [\"alice\", \"dave\"]", "members = [\"alice\", 1]"),
    ("members = [\"alice\", \"dave\"]", "members = [\"alice\", \"alice\"]"),
    ("members = [\"alice\", \"dave\"]", "members = []"),
    ("approvals = 1", "approvals = -1"),
    ("approvals = 1", "approvals = 0"),
    ("max-open = 1", "max-open = 0"),
    ("[role.web.ssh]", "[[role.web.stage]]\napprovers = [\"dave\"]\napprovals = 1\n[role.web.ssh]"),
    ("approvers = [\"group:leads\"]\napprovals = 1", "stage = []"),
    ("approvers = [\"group:leads\"]\napprovals = 1", "stage = 1"),
    ("approvers = [\"group:leads\"]\napprovals = 1", "stage = [1]"),
    ("description = \"Shell\"", "description = \" \""),
    ("description = \"Shell\"", "description = \"a\\u202eb\""),
    ("[role.web]", "[role.Web]"),
];

const NAMES: &[(&str, &str)] = &[
    ("requesters = [\"bob\", \"ci\"]", "requesters = [\"bobb\", \"ci\"]"),
    ("requesters = [\"bob\", \"ci\"]", "requesters = [\"leads\"]"),
    ("requesters = [\"bob\", \"ci\"]", "requesters = [\"bob:x\"]"),
    ("requesters = [\"bob\", \"ci\"]", "requesters = [\"resource:owner\"]"),
    ("requesters = [\"bob\", \"ci\"]", "requesters = []"),
    ("approvers = [\"group:leads\"]", "approvers = [\"group:leds\"]"),
    ("approvers = [\"group:leads\"]", "approvers = [\"group:leads\", \"ci\"]"),
    ("members = [\"alice\", \"dave\"]", "members = [\"alice\", \"group:oncall\"]"),
    ("members = [\"alice\", \"dave\"]", "members = [\"alice\", \"oncall\"]"),
    ("dave = {}", "dave = {}\noncall = {}"),
    ("owners = [\"alice\"]", "owners = [\"ci\"]"),
    ("owners = [\"alice\"]", "owners = []"),
    ("company = \"acme\"", "company = \"acne\""),
    ("sponsor = \"alice\"", "sponsor = \"bob\""),
    ("sponsor = \"alice\"", "sponsor = \"ci\""),
    ("ci = { owner = \"alice\" }", "ci = {}"),
    ("dave = {}", "dave = { alias-of = \"carol\" }"),
    ("contract-end = \"2027-03-31\"", "contract-end = \"2027-03\""),
    ("labels = { env = \"staging\" }\nowners", "labels = { evn = \"staging\" }\nowners"),
    ("labels = { env = \"staging\" }\nowners", "labels = { env = \"stagin\" }\nowners"),
    ("labels = { env = \"staging\" }\nowners", "labels = { env = \"a b\" }\nowners"),
    ("env = [\"staging\", \"production\"]", "env = []"),
    ("resources = [\"web-*\"]", "resources = [\"web-2\"]"),
    ("resources = [\"web-*\"]", "resources = [\"wb-*\"]"),
    ("resources = [\"web-*\"]", "resources = [\"**\"]"),
    ("resources = [\"web-*\"]", "resources = []"),
    ("resources = [\"web-*\"]", "resources = [\"web-*\", \"db\"]"),
    ("resources = [\"web-*\"]\nresource-labels = { env = \"staging\" }\n", ""),
    (
        "resources = [\"web-*\"]\nresource-labels = { env = \"staging\" }",
        "resource-labels = { env = \"production\" }",
    ),
    ("resource-labels = { env = \"staging\" }", "resource-labels = {}"),
    ("resources = [\"web-*\"]\nresource-labels = { env = \"staging\" }", "resources = [\"web-*\", \"db\"]"),
    ("roles = [\"web\"]", "roles = [\"wed\"]"),
    ("roles = [\"web\"]", "roles = []"),
    ("roles = [\"web\"]", "resource-labels = { env = \"production\" }"),
    ("request-windows = [\"office\"]", "request-windows = [\"ofice\"]"),
    ("ticket-system = \"ops\"", "ticket-system = \"oops\""),
];

const RULES: &[(&str, &str)] = &[
    ("approvals = 1", "approvals = 3"),
    ("approvers = [\"group:leads\"]\napprovals = 1", "approvers = [\"bob\"]\napprovals = 1"),
    ("approvers = [\"group:leads\"]\napprovals = 1", "approvers = [\"alice\"]\napprovals = 2"),
    (
        "requesters = [\"bob\", \"ci\"]\nwhen = \"requester.kind == 'person'\"\napprovers = [\"group:leads\"]",
        "requesters = [\"dave\"]\napprovers = [\"dave\"]",
    ),
    ("debrief = [\"group:leads\"]", "debrief = [\"bob\"]"),
    ("debrief = [\"group:leads\"]", "debrief = [\"ci\"]"),
    ("max-duration = \"30m\", announce", "max-duration = \"5h\", announce"),
    ("max-total = \"8h\"", "max-total = \"3h\""),
    ("after = \"2h\"", "after = \"7h\""),
    ("max-duration = \"4h\"", "max-duration = \"4\""),
    ("[limit.short]\nrequesters = [\"group:leads\"]", "[limit.short]"),
    ("auto-approve = \"requester.id == 'bob'\"", "auto-approve = true"),
    ("auto-approve = \"requester.id == 'bob'\"", "auto-approve = \"\""),
    ("\"OPS-[0-9]+\", ticket-system", "\"OPS-[0-9\", ticket-system"),
    ("\"OPS-[0-9]+\", ticket-system", "\"O*\", ticket-system"),
    ("zone = \"Europe/Berlin\"", "zone = \"Europe/Berlim\""),
    ("open = [\"mon-fri 08:00-18:00\"]", "open = []"),
    ("open = [\"mon-fri 08:00-18:00\"]", "open = [\"mon-fri 8-18\"]"),
    ("open = [\"mon-fri 08:00-18:00\"]", "open = [\"mon-fri 08:00-18:00\", \"fri 17:00-19:00\"]"),
    ("from-command = [\"/usr/local/bin/oncall\"]", "from-command = []"),
    ("from-command = [\"/usr/local/bin/oncall\"]", "from-command = [\"oncall\"]"),
    ("from-command = [\"/usr/local/bin/oncall\"]", "from-command = [\"/bin/x\"]\nfrom-file = \"/x\""),
    ("from-command = [\"/usr/local/bin/oncall\"]", "from-file = \"/x\"\nsha256 = \"\""),
    ("from-command = [\"/usr/local/bin/oncall\"]", "from-command = [\"/bin/x\"]\nsha256 = \"e3\""),
    ("refresh = \"1m\"", "refresh = \"2h\""),
    ("url = \"https://tickets.example.net/api/{ticket}\"", "url = \"http://tickets.example.net/{ticket}\""),
    ("url = \"https://tickets.example.net/api/{ticket}\"\n", ""),
    ("url = \"https", "command = [\"/bin/t\"]\nurl = \"https"),
    ("assignee = \"requester\"", "assignee = \"nobody\""),
    ("open-states = [\"open\"]", "open-states = []"),
];

const CONDITIONS: &[(&str, &str)] = &[
    ("requester.kind == 'person'\"\napprovers", "requester.kind == \"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "true\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "requester.kind == 'persn'\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "requester.knd == 'person'\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "requestr.kind == 'person'\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "requester.kind == 1\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "request.reason.matches('x')\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "request.duration < duration('1')\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "now.getHours('Mars') > 1\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "'a' == 'b'\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "request.reason.contains('')\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "request.role == 'wbe'\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "resource.name.startsWith('x')\"\napprovers"),
    ("requester.kind == 'person'\"\napprovers", "resource.labels.team == 'x'\"\napprovers"),
    ("requester.id == 'bob'", "requester.id == 'bop'"),
    ("requester.company == 'acme'", "requester.company == 'acne'"),
    ("'leads' in requester.groups", "'leds' in requester.groups"),
    ("resource.labels.env == 'production'", "resource.labels.env == 'prod'"),
];

const TARGETS: &[(&str, &str)] = &[
    ("[resource.web-1]\nprovider = \"ssh\"", "[resource.web-1]\nprovider = \"shh\""),
    ("[resource.web-1]", "[resource.web-1.aws]\n[resource.web-1]"),
    ("address = \"web-1.example.net\"", "address = \"-o x\""),
    ("[role.web.ssh]", "[role.web.exec]\n[role.web.ssh]"),
    ("principals = [\"deploy\"]", "principals = [\"*\"]"),
    ("principals = [\"deploy\"]", "principals = []"),
    ("extensions = [\"permit-pty\"]", "extensions = [\"permit-ptty\"]"),
    ("source-addresses = [\"10.0.0.0/8\"]", "source-addresses = [\"10.0.0.1/8\"]"),
    ("address = \"db.example.net\"\n", ""),
    ("tls = \"verify-full\"", "tls = \"on\""),
    ("tls = \"verify-full\"", "tls = \"off\", ca-file = \"/etc/jit/ca\""),
    ("on-end = \"drop\"", "on-end = \"stop\""),
    ("admin = \"jit\"", "admin = \"\""),
    ("password-file = \"/etc/jit/p\"", "password-file = \"p\""),
    ("member-of = [\"shop_read\"]", "member-of = []"),
    ("member-of = [\"shop_read\"]", "member-of = [\"jit_x\"]"),
    ("settings = { statement_timeout = \"5min\" }", "settings = { role = \"x\" }"),
    ("connection-limit = 2", "connection-limit = 0"),
    ("region = \"eu-central-1\"", "region = \"EU\""),
    ("credentials-file = \"/etc/jit/aws\"", "credentials-file = \"aws\""),
    ("sts-endpoint = \"https://sts.example.net\"", "sts-endpoint = \"http://sts.example.net\""),
    ("role-arn = \"arn:aws:iam::123456789012:role/deploy\"", "role-arn = \"deploy\""),
    ("role/deploy\"", "role/deploy\", session-policy = \"{\""),
    ("server = \"https://k.example.net\"", "server = \"http://k.example.net\""),
    ("token-file = \"/etc/jit/k\"", "token-file = \"k\""),
    ("namespace = \"jit\"", "namespace = \"Jit\""),
    ("role = \"reader\"", "role = \"../x\""),
    ("role = \"reader\"", "role = \"reader\", cluster-role = \"view\""),
    ("role = \"reader\", namespace = \"shop\"", "role = \"reader\""),
    ("max-duration = \"1h2m\"", "max-duration = \"10m\""),
    ("environment = [\"REDIS_CA\"]", "environment = [\"A=B\"]"),
    ("environment = [\"REDIS_CA\"]", "environment = [\"LD_PRELOAD\"]"),
    ("timeout = \"5s\"", "timeout = \"5h\""),
    ("program = \"/usr/local/lib/redis\"", "program = \"redis\""),
    ("rules = \"+@read\"", "\"\" = \"+@read\""),
];

#[test]
fn what_is_the_wrong_shape() {
    assert_snapshot!(rendered(SHAPES), @"");
}

#[test]
fn what_names_nobody_or_somebody_else() {
    assert_snapshot!(rendered(NAMES), @"");
}

#[test]
fn what_could_never_be_meant() {
    assert_snapshot!(rendered(RULES), @"");
}

#[test]
fn what_a_condition_cannot_say() {
    assert_snapshot!(rendered(CONDITIONS), @"");
}

#[test]
fn what_a_target_would_not_take() {
    assert_snapshot!(rendered(TARGETS), @"");
}

#[test]
fn a_folder_without_a_role_and_a_file_without_a_test_case() {
    let cases = cases::parse_cases(&[]).unwrap_err();
    assert_snapshot!([answered("").1, cases[0].render(&[], false)].join("\n\n"), @"");
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
        if path.is_dir() {
            sources(&path, all);
        } else if !name.contains("tests") && name.ends_with(".rs") {
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
    for (from, to) in [SHAPES, NAMES, RULES, CONDITIONS, TARGETS].concat() {
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
