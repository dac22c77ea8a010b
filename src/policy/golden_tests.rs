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

const ALERTS: &[(&str, &str)] = &[
    ("[deny.freeze]", "[alert.x]\non = \"burst-of-refusal\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"sunspots\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\nseverity = \"high\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"drift\"\nseverity = \"hihg\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"drift\"\naction = \"suspend\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"break-glass\"\ncount = 3\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"always-yes\"\ncount = 1\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"always-yes\"\nwithin = \"0s\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"always-yes\"\nwihtin = \"1d\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"outside-windows\"\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"outside-windows\"\nwindows = [\"ofice\"]\n[deny.freeze]"),
    ("[deny.freeze]", "[alert.x]\non = \"new-role\"\nroles = [\"wbe\"]\n[deny.freeze]"),
];

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
    ("tls = \"verify-full\"", "tls = \"disable\", ca-file = \"/etc/jit/ca\""),
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
    assert_snapshot!(rendered(SHAPES), @r##"
error[syntax]: this is not TOML: unclosed table, expected `]`
  --> p.toml:92:13
   |
92 | [deny.freeze
   |             ^

error[duplicate]: `role.web` is defined twice in this file
  --> p.toml:74:7
   |
74 | [role.web]
   |       ^^^ the second time
   |
note: the first time is here
  --> p.toml:48:7
   |
48 | [role.web]
   |       ^^^

error[duplicate]: `approvals` is defined twice in this file
  --> p.toml:56:1
   |
56 | approvals = 1
   | ^^^^^^^^^ the second time
   |
note: the first time is here
  --> p.toml:55:1
   |
55 | approvals = 1
   | ^^^^^^^^^

error[unknown-key]: unknown key `grup` in a policy file
  --> p.toml:12:2
   |
12 | [grup.leads]
   |  ^^^^
   |
help: did you mean `group`?

error[unknown-group]: there is no group `leads`
  --> p.toml:89:17
   |
89 | auto-approve = "'leads' in requester.groups"
   |                 ^^^^^^^
   |
help: defined: `oncall`

error[unknown-key]: unknown key `max-opne` in role `web`
  --> p.toml:60:1
   |
60 | max-opne = 1
   | ^^^^^^^^
   |
help: did you mean `max-open`?

error[unknown-key]: unknown key `color` in group `oncall`
  --> p.toml:16:1
   |
16 | color = "1m"
   | ^^^^^
   |
help: the keys are `members`, `directory`, `from-file`, `from-command`, `sha256`, `refresh`

error[missing-key]: role `web` has no `max-duration`
  --> p.toml:48:7
   |
48 | [role.web]
   |       ^^^
   |
help: add max-duration = "1h": the longest time a grant of it lasts

error[type]: `max-duration` of role `web` is a whole number, expected a string
  --> p.toml:57:16
   |
57 | max-duration = 4
   |                ^ expected a string

error[type]: `members` of group `leads` is a string, expected an array of strings
  --> p.toml:13:11
   |
13 | members = "alice"
   |           ^^^^^^^ expected an array of strings

error[type]: `members` of group `leads` has strings, this is a whole number
  --> p.toml:13:21
   |
13 | members = ["alice", 1]
   |                     ^
   |
help: write it in quotes

error[duplicate]: `members` of group `leads` has the same entry twice
  --> p.toml:13:21
   |
13 | members = ["alice", "alice"]
   |                     ^^^^^^^
   |
help: remove one of them

error[empty]: group `leads` has nobody in it
  --> p.toml:13:11
   |
13 | members = []
   |           ^^
   |
help: add a member, or remove the group and every mention of it

error[number]: `approvals` of role `web` is not a number that makes sense here
  --> p.toml:55:13
   |
55 | approvals = -1
   |             ^^
   |
help: write a number such as 1 or 2

error[zero-approvals]: `approvals` of role `web` is 0
  --> p.toml:55:13
   |
55 | approvals = 0
   |             ^ at least 1
   |
help: if nobody has to agree, say when: auto-approve = "resource.labels.env == 'staging'"

error[number]: `max-open` of role `web` is 0
  --> p.toml:60:12
   |
60 | max-open = 0
   |            ^ at least 1

error[stage]: role `web` has both `stage` and `approvers`
  --> p.toml:54:1
   |
54 | approvers = ["group:leads"]
   | ^^^^^^^^^
   |
note: `stage` is here
  --> p.toml:64:12
   |
64 | [[role.web.stage]]
   |            ^^^^^
help: each stage has its own `approvers` and `approvals`

error[empty]: `stage` of role `web` is empty: nobody could decide
  --> p.toml:54:9
   |
54 | stage = []
   |         ^^

error[type]: `stage` of role `web` is a whole number, expected tables, each `[[stage]]`
  --> p.toml:54:9
   |
54 | stage = 1
   |         ^ expected tables, each `[[stage]]`

error[empty]: `stage` of role `web` is empty: nobody could decide
  --> p.toml:54:9
   |
54 | stage = [1]
   |         ^^^

error[type]: `stage` of role `web` has tables, this is a whole number
  --> p.toml:54:10
   |
54 | stage = [1]
   |          ^

error[text]: this text is empty
  --> p.toml:49:15
   |
49 | description = " "
   |               ^^^
   |
help: leave the key out, or say something

error[text]: this text has control or invisible characters
  --> p.toml:49:15
   |
49 | description = "a\u202eb"
   |               ^^^^^^^^^^
   |
help: write it on one line, in plain letters

error[name]: `Web` is no name of a role: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
  --> p.toml:48:7
   |
48 | [role.Web]
   |       ^^^
   |
help: write `web`

error[missing-key]: role `web` has no `approvals`
  --> p.toml:64:7
   |
64 | [role.web.ssh]
   |       ^^^
   |
help: add approvals = 1, or an auto-approve = "CONDITION" under which nobody has to agree

error[missing-key]: role `web` has no `approvers`
  --> p.toml:64:7
   |
64 | [role.web.ssh]
   |       ^^^
   |
help: add approvers = ["group:NAME", "alice"]: without any, nobody could decide

error[missing-key]: role `web` has no `max-duration`
  --> p.toml:64:7
   |
64 | [role.web.ssh]
   |       ^^^
   |
help: add max-duration = "1h": the longest time a grant of it lasts

error[missing-key]: role `web` has no `requesters`
  --> p.toml:64:7
   |
64 | [role.web.ssh]
   |       ^^^
   |
help: add requesters = ["group:NAME", "alice"]: without any, nobody could ask for it

error[missing-key]: role `web` names no resources
  --> p.toml:64:7
   |
64 | [role.web.ssh]
   |       ^^^
   |
help: add resources = ["web-*"], or resource-labels = { env = "staging" }
"##);
}

#[test]
fn what_names_nobody_or_somebody_else() {
    assert_snapshot!(rendered(NAMES), @r##"
error[unknown-person]: there is no person or service `bobb`
  --> p.toml:52:15
   |
52 | requesters = ["bobb", "ci"]
   |               ^^^^^^
   |
help: did you mean `bob`?

error[group-or-user]: `leads` is a group
  --> p.toml:52:15
   |
52 | requesters = ["leads"]
   |               ^^^^^^^
   |
help: write "group:leads" where a group may stand; a person and a group may not have the same name

error[name]: `bob:x` is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit
  --> p.toml:52:15
   |
52 | requesters = ["bob:x"]
   |               ^^^^^^^
   |
help: a user is written "alice", a group "group:NAME"

error[relation]: `resource:owner` cannot stand here
  --> p.toml:52:15
   |
52 | requesters = ["resource:owner"]
   |               ^^^^^^^^^^^^^^^^
   |
help: it is for those who decide

error[empty]: `requesters` of role `web` is empty: without any, nobody could ask for it
  --> p.toml:52:14
   |
52 | requesters = []
   |              ^^
   |
help: add requesters = ["group:NAME", "alice"]

error[unknown-group]: there is no group `leds`
  --> p.toml:54:14
   |
54 | approvers = ["group:leds"]
   |              ^^^^^^^^^^^^
   |
help: did you mean `leads`?

error[service]: `ci` is a service, and a service cannot decide
  --> p.toml:54:29
   |
54 | approvers = ["group:leads", "ci"]
   |                             ^^^^
   |
help: name a person

error[nested-group]: `group:oncall`: a group cannot contain a group
  --> p.toml:13:21
   |
13 | members = ["alice", "group:oncall"]
   |                     ^^^^^^^^^^^^^^
   |
help: name its members here

error[nested-group]: `oncall` is a group, and a group cannot contain a group
  --> p.toml:13:21
   |
13 | members = ["alice", "oncall"]
   |                     ^^^^^^^^
   |
note: the group is here
  --> p.toml:14:8
   |
14 | [group.oncall]
   |        ^^^^^^
help: name its members here; a user and a group may not have the same name

error[group-or-user]: `oncall` is a group as well
  --> p.toml:10:1
   |
10 | oncall = {}
   | ^^^^^^
   |
help: a person and a group may not have the same name

error[service]: `ci` is a service: a resource is owned by a person
  --> p.toml:30:11
   |
30 | owners = ["ci"]
   |           ^^^^

error[empty]: `owners` of resource `web-1` is empty
  --> p.toml:30:10
   |
30 | owners = []
   |          ^^
   |
help: name an owner, or leave the key out

error[unknown-company]: there is no company `acne`
 --> p.toml:7:19
  |
7 | bob = { company = "acne", sponsor = "alice", contract-end = "2027-03-31" }
  |                   ^^^^^^
  |
help: did you mean `acme`?

error[own]: `bob` would answer for themselves
 --> p.toml:7:37
  |
7 | bob = { company = "acme", sponsor = "bob", contract-end = "2027-03-31" }
  |                                     ^^^^^
  |
help: name somebody else

error[service]: `ci` is a service: a person answers for a contractor
 --> p.toml:7:37
  |
7 | bob = { company = "acme", sponsor = "ci", contract-end = "2027-03-31" }
  |                                     ^^^^

error[missing-key]: service `ci` has no `owner`
  --> p.toml:11:1
   |
11 | ci = {}
   | ^^
   |
help: add owner = "alice": a person answers for a service

error[alias]: `carol` is an alias itself
 --> p.toml:9:21
  |
9 | dave = { alias-of = "carol" }
  |                     ^^^^^^^
  |
help: name the person behind it

error[time]: `2027-03` is no day
 --> p.toml:7:61
  |
7 | bob = { company = "acme", sponsor = "alice", contract-end = "2027-03" }
  |                                                             ^^^^^^^^^
  |
help: write 2027-03-31, the last day; or an instant such as 2027-03-31T17:00:00Z

error[unknown-label]: there is no label `evn`
  --> p.toml:29:12
   |
29 | labels = { evn = "staging" }
   |            ^^^
   |
help: did you mean `env`?

error[no-resource]: `web-*` has no resource with the labels that role `web` wants
  --> p.toml:50:14
   |
50 | resources = ["web-*"]
   |              ^^^^^^^
   |
note: the labels are here
  --> p.toml:51:19
   |
51 | resource-labels = { env = "staging" }
   |                   ^^^^^^^^^^^^^^^^^^^
help: with `resources` and `resource-labels`, a resource has to match both

error[unknown-label]: label `env` has no value `stagin`
  --> p.toml:29:18
   |
29 | labels = { env = "stagin" }
   |                  ^^^^^^^^
   |
help: did you mean `staging`?

error[no-resource]: `web-*` has no resource with the labels that role `web` wants
  --> p.toml:50:14
   |
50 | resources = ["web-*"]
   |              ^^^^^^^
   |
note: the labels are here
  --> p.toml:51:19
   |
51 | resource-labels = { env = "staging" }
   |                   ^^^^^^^^^^^^^^^^^^^
help: with `resources` and `resource-labels`, a resource has to match both

error[label]: `a b` is no label: 1 to 64 letters, digits and `. _ - /`
  --> p.toml:29:18
   |
29 | labels = { env = "a b" }
   |                  ^^^^^

error[no-resource]: `web-*` has no resource with the labels that role `web` wants
  --> p.toml:50:14
   |
50 | resources = ["web-*"]
   |              ^^^^^^^
   |
note: the labels are here
  --> p.toml:51:19
   |
51 | resource-labels = { env = "staging" }
   |                   ^^^^^^^^^^^^^^^^^^^
help: with `resources` and `resource-labels`, a resource has to match both

error[empty]: label `env` has no values
 --> p.toml:2:7
  |
2 | env = []
  |       ^^
  |
help: list them: env = ["staging", "production"]

error[unknown-label]: label `env` has no value `staging`
  --> p.toml:29:18
   |
29 | labels = { env = "staging" }
   |                  ^^^^^^^^^
   |
help: add it to the values of `env` under [label]

error[unknown-label]: label `env` has no value `staging`
  --> p.toml:51:27
   |
51 | resource-labels = { env = "staging" }
   |                           ^^^^^^^^^
   |
help: add it to the values of `env` under [label]

error[unknown-value]: label `env` has no value `production`
  --> p.toml:94:32
   |
94 | when = "resource.labels.env == 'production'"
   |                                ^^^^^^^^^^^^
   |
help: no value of label `env` is defined

error[unknown-resource]: there is no resource `web-2`
  --> p.toml:50:14
   |
50 | resources = ["web-2"]
   |              ^^^^^^^
   |
help: did you mean `web-1`?

error[no-resource]: `wb-*` matches no resource
  --> p.toml:50:14
   |
50 | resources = ["wb-*"]
   |              ^^^^^^

error[pattern]: `**` is no pattern of resources
  --> p.toml:50:14
   |
50 | resources = ["**"]
   |              ^^^^
   |
help: a pattern is a name with `*` for any characters, `?` for one, `[a-c]` for one of these

error[empty]: `resources` of role `web` is empty
  --> p.toml:50:13
   |
50 | resources = []
   |             ^^
   |
help: name a resource, or a pattern such as "web-*"

error[no-resource]: `db` has no resource with the labels that role `web` wants
  --> p.toml:50:23
   |
50 | resources = ["web-*", "db"]
   |                       ^^^^
   |
note: the labels are here
  --> p.toml:51:19
   |
51 | resource-labels = { env = "staging" }
   |                   ^^^^^^^^^^^^^^^^^^^
help: with `resources` and `resource-labels`, a resource has to match both

error[missing-key]: role `web` names no resources
  --> p.toml:48:7
   |
48 | [role.web]
   |       ^^^
   |
help: add resources = ["web-*"], or resource-labels = { env = "staging" }

error[no-resource]: no resource has the labels that role `web` wants
  --> p.toml:50:19
   |
50 | resource-labels = { env = "production" }
   |                   ^^^^^^^^^^^^^^^^^^^^^^

error[empty]: `resource-labels` of role `web` is empty, so every resource would match
  --> p.toml:51:19
   |
51 | resource-labels = {}
   |                   ^^
   |
help: name a label

error[provider]: resource `db` is reached by postgres, and role `web` gives ssh
  --> p.toml:50:23
   |
50 | resources = ["web-*", "db"]
   |                       ^^^^
   |
help: make one role for each provider

error[unknown-role]: there is no role `wed`
  --> p.toml:93:10
   |
93 | roles = ["wed"]
   |          ^^^^^
   |
help: did you mean `web`?

error[empty]: `roles` of deny `freeze` is empty
  --> p.toml:93:9
   |
93 | roles = []
   |         ^^
   |
help: name a role, or leave the key out

error[no-resource]: no resource has these labels
  --> p.toml:93:19
   |
93 | resource-labels = { env = "production" }
   |                   ^^^^^^^^^^^^^^^^^^^^^^
   |
help: with `resources` and `resource-labels`, a resource has to match both

error[unknown-window]: there is no window `ofice`
  --> p.toml:61:20
   |
61 | request-windows = ["ofice"]
   |                    ^^^^^^^
   |
help: did you mean `office`?

error[unknown-ticket-system]: there is no ticket system `oops`
  --> p.toml:63:67
   |
63 | require = { reason = true, ticket = "OPS-[0-9]+", ticket-system = "oops" }
   |                                                                   ^^^^^^
   |
help: did you mean `ops`?
"##);
}

#[test]
fn what_could_never_be_meant() {
    assert_snapshot!(rendered(RULES), @r##"
error[too-few-approvers]: role `web` needs 3 approvals, and has 2 people to give them
  --> p.toml:55:13
   |
55 | approvals = 3
   |             ^
   |
help: add approvers; nobody approves their own request, and each person counts once

error[too-few-approvers]: role `web` needs 2 approvals, and has 1 person to give them
  --> p.toml:55:13
   |
55 | approvals = 2
   |             ^
   |
help: add approvers; nobody approves their own request, and each person counts once

error[too-few-approvers]: role `web` needs 1 approvals, and nobody who may ask for it has more than 0 other people to approve it
  --> p.toml:54:13
   |
54 | approvals = 1
   |             ^
   |
help: add approvers; nobody approves their own request, and each person counts once

error[too-few-approvers]: whoever may use it is the only one to look at it afterwards
  --> p.toml:62:1
   |
62 | break-glass = { max-duration = "30m", announce = ["dave"], debrief = ["bob"] }
   | ^^^^^^^^^^^
   |
help: add somebody else to `debrief`: nobody closes their own

error[service]: `ci` is a service, and a service cannot decide
  --> p.toml:62:71
   |
62 | break-glass = { max-duration = "30m", announce = ["dave"], debrief = ["ci"] }
   |                                                                       ^^^^
   |
help: name a person

error[duration]: break-glass of role `web` lasts longer than the role itself
  --> p.toml:62:32
   |
62 | break-glass = { max-duration = "5h", announce = ["dave"], debrief = ["group:leads"] }
   |                                ^^^^
   |
help: give it a shorter `max-duration`

error[duration]: `max-total` of role `web` is less than its `max-duration`, 4h
  --> p.toml:58:13
   |
58 | max-total = "3h"
   |             ^^^^
   |
help: it is the longest time with all extensions

error[duration]: nobody would be asked: the request has lapsed by then
  --> p.toml:56:22
   |
56 | escalate = { after = "7h", to = ["group:oncall"] }
   |                      ^^^^
   |
help: make it shorter than `pending-timeout`, which is 1d where it is not given

error[duration]: `4` is no duration: a bare number has no unit: write 60s or 60m
  --> p.toml:57:16
   |
57 | max-duration = "4"
   |                ^^^
   |
help: units are d, h, m and s, in that order: "1h30m"

error[missing-key]: limit `short` does not say what it is about
  --> p.toml:95:8
   |
95 | [limit.short]
   |        ^^^^^
   |
help: add `roles` or `resources` or `resource-labels` or `requesters`

error[auto-approve]: `auto-approve` of role `aws` has no condition
  --> p.toml:77:16
   |
77 | auto-approve = true
   |                ^^^^
   |
help: say when nobody has to agree: auto-approve = "resource.labels.env == 'staging'"

error[text]: this text is empty
  --> p.toml:77:16
   |
77 | auto-approve = ""
   |                ^^
   |
help: leave the key out, or say something

error[ticket]: `OPS-[0-9` is no regular expression: found unclosed character class
  --> p.toml:63:37
   |
63 | require = { reason = true, ticket = "OPS-[0-9", ticket-system = "ops" }
   |                                     ^^^^^^^^^^
   |
help: such as "OPS-[0-9]+"; it has to match the whole ticket

error[ticket]: `O*` accepts a ticket without a single character
  --> p.toml:63:37
   |
63 | require = { reason = true, ticket = "O*", ticket-system = "ops" }
   |                                     ^^^^
   |
help: such as "OPS-[0-9]+", or ".+" for any

error[zone]: there is no time zone `Europe/Berlim`
  --> p.toml:18:8
   |
18 | zone = "Europe/Berlim"
   |        ^^^^^^^^^^^^^^^
   |
help: did you mean `Europe/Berlin`?

error[empty]: `open` of window `office` is empty: it would never be open
  --> p.toml:19:8
   |
19 | open = []
   |        ^^
   |
help: such as open = ["mon-fri 08:00-18:00"]

error[opening]: `mon-fri 8-18` is no opening: `8` is no time
  --> p.toml:19:9
   |
19 | open = ["mon-fri 8-18"]
   |         ^^^^^^^^^^^^^^
   |
help: times are written 00:00 to 24:00

error[overlap]: `fri 17:00-19:00` overlaps `mon-fri 08:00-18:00`
  --> p.toml:19:32
   |
19 | open = ["mon-fri 08:00-18:00", "fri 17:00-19:00"]
   |                                ^^^^^^^^^^^^^^^^^ both have fri 17:00-18:00
   |
note: the other is here
  --> p.toml:19:9
   |
19 | open = ["mon-fri 08:00-18:00", "fri 17:00-19:00"]
   |         ^^^^^^^^^^^^^^^^^^^^^
help: shorten one of them, or join them to one

error[empty]: `from-command` of group `oncall` is empty
  --> p.toml:15:16
   |
15 | from-command = []
   |                ^^
   |
help: name a program by its whole path: ["/usr/local/bin/NAME"]

error[path]: `oncall` is not the whole path of a program
  --> p.toml:15:17
   |
15 | from-command = ["oncall"]
   |                 ^^^^^^^^
   |
help: write it from / on, without `.` and `..`: "/usr/local/bin/NAME"

error[two-sources]: group `oncall` has both `from-file` and `from-command`
  --> p.toml:15:1
   |
15 | from-command = ["/bin/x"]
   | ^^^^^^^^^^^^
   |
note: `from-file` is here
  --> p.toml:16:1
   |
16 | from-file = "/x"
   | ^^^^^^^^^
help: its members come from one place: remove one of the two

error[stray-key]: `sha256` of group `oncall` is for a `from-command`
  --> p.toml:16:1
   |
16 | sha256 = ""
   | ^^^^^^
   |
help: remove it

error[sha256]: `e3` is no SHA-256: it has 64 hexadecimal digits
  --> p.toml:16:10
   |
16 | sha256 = "e3"
   |          ^^^^
   |
help: look at the program, then write what sha256sum prints

error[duration]: `refresh` is from 10s to 1h, this is 2h
  --> p.toml:16:11
   |
16 | refresh = "2h"
   |           ^^^^

error[url]: `http://tickets.example.net/{ticket}` is no address of tickets: without TLS, anybody on the way could answer
  --> p.toml:22:7
   |
22 | url = "http://tickets.example.net/{ticket}"
   |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
help: write https://; plain http is for localhost, 127.0.0.1 and [::1]

error[stray-key]: `open-states` of ticket-system `ops` does nothing without a `command` or a `url`
  --> p.toml:22:1
   |
22 | open-states = ["open"]
   | ^^^^^^^^^^^
   |
help: remove it, or add a `command` or a `url`

error[stray-key]: `assignee` of ticket-system `ops` does nothing without a `command` or a `url`
  --> p.toml:23:1
   |
23 | assignee = "requester"
   | ^^^^^^^^
   |
help: remove it, or add a `command` or a `url`

error[stray-key]: `poll` of ticket-system `ops` does nothing without a `command` or a `url`
  --> p.toml:24:1
   |
24 | poll = "2m"
   | ^^^^
   |
help: remove it, or add a `command` or a `url`

error[two-sources]: ticket-system `ops` has both a `command` and a `url`
  --> p.toml:23:1
   |
23 | url = "https://tickets.example.net/api/{ticket}"
   | ^^^
   |
note: `command` is here
  --> p.toml:22:1
   |
22 | command = ["/bin/t"]
   | ^^^^^^^
help: one of them is asked: remove the other

error[assignee]: `nobody` is nobody to whom a ticket is assigned
  --> p.toml:24:12
   |
24 | assignee = "nobody"
   |            ^^^^^^^^
   |
help: write "requester", or "anyone"

error[empty]: `open-states` of ticket-system `ops` is empty, so no ticket would count
  --> p.toml:23:15
   |
23 | open-states = []
   |               ^^
   |
help: add open-states = ["open"]: in the words of the ticket system
"##);
}

#[test]
fn what_a_condition_cannot_say() {
    assert_snapshot!(rendered(CONDITIONS), @r##"
error[condition]: `when` of role `web` cannot be read: unexpected end, expected expression
  --> p.toml:53:27
   |
53 | when = "requester.kind == "
   |                           ^

error[constant-condition]: `when` of role `web` looks at nothing of a request: it is always the same
  --> p.toml:53:9
   |
53 | when = "true"
   |         ^^^^
   |
help: leave it out, or look at `request`, `requester`, `resource` or `now`

error[unknown-kind]: there is no kind of requester `persn`
  --> p.toml:53:27
   |
53 | when = "requester.kind == 'persn'"
   |                           ^^^^^^^
   |
help: did you mean `person`?

error[unknown-field]: `requester` has no field `knd`
  --> p.toml:53:19
   |
53 | when = "requester.knd == 'person'"
   |                   ^^^
   |
help: did you mean `kind`?

error[unknown-variable]: there is no variable `requestr`
  --> p.toml:53:9
   |
53 | when = "requestr.kind == 'person'"
   |         ^^^^^^^^
   |
help: did you mean `request`?

error[type]: the kind of a requester is compared with a whole number
  --> p.toml:53:24
   |
53 | when = "requester.kind == 1"
   |                        ^^
   |
help: both have to be of one type

error[unknown-function]: there is no function `matches`
  --> p.toml:53:24
   |
53 | when = "request.reason.matches('x')"
   |                        ^^^^^^^
   |
help: there are no regular expressions: use `startsWith`, `endsWith` or `contains`

error[value]: `1` is no duration: a bare number has no unit: write 60s or 60m
  --> p.toml:53:37
   |
53 | when = "request.duration < duration('1')"
   |                                     ^^^

error[unknown-zone]: there is no time zone `Mars`
  --> p.toml:53:22
   |
53 | when = "now.getHours('Mars') > 1"
   |                      ^^^^^^
   |
help: write `UTC`, or a place such as `Europe/Berlin`

error[constant-condition]: both of these are written in the condition: it is always the same
  --> p.toml:53:13
   |
53 | when = "'a' == 'b'"
   |             ^^
   |
help: compare with a part of the request, such as `request.role`

error[constant-condition]: every text has this in it
  --> p.toml:53:33
   |
53 | when = "request.reason.contains('')"
   |                                 ^^
   |
help: write what it should be

error[unknown-role]: there is no role `wbe`
  --> p.toml:53:25
   |
53 | when = "request.role == 'wbe'"
   |                         ^^^^^
   |
help: did you mean `web`?

error[unknown-resource]: no resource starts with `x`
  --> p.toml:53:34
   |
53 | when = "resource.name.startsWith('x')"
   |                                  ^^^
   |
help: defined: `account`, `cache`, `cluster`, `db`, `web-1`

error[unknown-label]: there is no label `team`
  --> p.toml:53:25
   |
53 | when = "resource.labels.team == 'x'"
   |                         ^^^^
   |
help: defined: `env`

error[unknown-person]: there is no person or service `bop`
  --> p.toml:77:33
   |
77 | auto-approve = "requester.id == 'bop'"
   |                                 ^^^^^
   |
help: did you mean `bob`?

error[unknown-company]: there is no company `acne`
  --> p.toml:83:38
   |
83 | auto-approve = "requester.company == 'acne'"
   |                                      ^^^^^^
   |
help: did you mean `acme`?

error[unknown-group]: there is no group `leds`
  --> p.toml:89:17
   |
89 | auto-approve = "'leds' in requester.groups"
   |                 ^^^^^^
   |
help: did you mean `leads`?

error[unknown-value]: label `env` has no value `prod`
  --> p.toml:94:32
   |
94 | when = "resource.labels.env == 'prod'"
   |                                ^^^^^^
   |
help: defined: `production`, `staging`
"##);
}

#[test]
fn what_cannot_be_looked_for() {
    assert_snapshot!(rendered(ALERTS), @r##"
error[alert-word]: `on` of alert `x` cannot be `burst-of-refusal`
  --> p.toml:93:6
   |
93 | on = "burst-of-refusal"
   |      ^^^^^^^^^^^^^^^^^^
   |
help: did you mean `burst-of-refusals`?

error[alert-word]: `on` of alert `x` cannot be `sunspots`
  --> p.toml:93:6
   |
93 | on = "sunspots"
   |      ^^^^^^^^^^
   |
help: it is one of `outside-windows`, `new-role`, `new-address`, `unusual-duration`, `unusual-rate`, `burst-of-refusals`, `self-approval`, `hasty-approval`, `always-yes`, `reciprocal-approvals`, `dormant-wakes`, `break-glass`, `drift`, `end-unconfirmed`, `log-write-failed`

error[missing-key]: alert `x` has no `on`
  --> p.toml:92:8
   |
92 | [alert.x]
   |        ^
   |
help: add on = "burst-of-refusals": what is looked for; see jit-policy(5)

error[alert-word]: `severity` of alert `x` cannot be `hihg`
  --> p.toml:94:12
   |
94 | severity = "hihg"
   |            ^^^^^^
   |
help: did you mean `high`?

error[alert-action]: `suspend` has nobody to act on: `drift` is about no person
  --> p.toml:94:10
   |
94 | action = "suspend"
   |          ^^^^^^^^^
   |
help: write action = "notify"

error[stray-key]: `count` of alert `x` does nothing on `break-glass`
  --> p.toml:94:1
   |
94 | count = 3
   | ^^^^^
   |
help: remove it; of its own, this kind has `roles`

error[number]: `count` of alert `x` is from 2 to 100
  --> p.toml:94:9
   |
94 | count = 1
   |         ^

error[duration]: `0s` is no duration: a duration is longer than nothing
  --> p.toml:94:10
   |
94 | within = "0s"
   |          ^^^^
   |
help: units are d, h, m and s, in that order: "1h30m"

error[unknown-key]: unknown key `wihtin` in alert `x`
  --> p.toml:94:1
   |
94 | wihtin = "1d"
   | ^^^^^^
   |
help: did you mean `within`?

error[missing-key]: alert `x` has no `windows`
  --> p.toml:92:8
   |
92 | [alert.x]
   |        ^
   |
help: add windows = ["office"]: when it is usual

error[unknown-window]: there is no window `ofice`
  --> p.toml:94:12
   |
94 | windows = ["ofice"]
   |            ^^^^^^^
   |
help: did you mean `office`?

error[unknown-role]: there is no role `wbe`
  --> p.toml:94:10
   |
94 | roles = ["wbe"]
   |          ^^^^^
   |
help: did you mean `web`?
"##);
}

#[test]
fn what_a_target_would_not_take() {
    assert_snapshot!(rendered(TARGETS), @r##"
error[provider]: there is no provider `shh`
  --> p.toml:27:12
   |
27 | provider = "shh"
   |            ^^^^^
   |
help: did you mean `ssh`?

error[provider]: resource `web-1` is of provider ssh, and has settings of aws
  --> p.toml:26:17
   |
26 | [resource.web-1.aws]
   |                 ^^^
   |
help: remove one of the two

error[address]: `-o x` is no address: a host has letters, digits, `-`, `_` and dots between them
  --> p.toml:28:11
   |
28 | address = "-o x"
   |           ^^^^^^
   |
help: write host or host:port, such as web-1.example.net:2222

error[provider]: role `web` gives access by two providers
  --> p.toml:64:11
   |
64 | [role.web.exec]
   |           ^^^^
   |
note: the first is here
  --> p.toml:65:11
   |
65 | [role.web.ssh]
   |           ^^^
help: make one role for each

error[principal]: `*` is no account on a host
  --> p.toml:65:15
   |
65 | principals = ["*"]
   |               ^^^
   |
help: an account has 1 to 32 lower-case letters, digits, `_` and `-`, and starts with a letter or `_`; list several as several strings

error[empty]: `principals` of `ssh` of role `web` is empty
  --> p.toml:65:14
   |
65 | principals = []
   |              ^^
   |
help: add principals = ["deploy"]: the accounts on the host

error[extension]: OpenSSH has no extension `permit-ptty`
  --> p.toml:66:15
   |
66 | extensions = ["permit-ptty"]
   |               ^^^^^^^^^^^^^
   |
help: did you mean `permit-pty`?

error[source-address]: `10.0.0.1/8` is no address block: the address has bits behind the prefix
  --> p.toml:67:21
   |
67 | source-addresses = ["10.0.0.1/8"]
   |                     ^^^^^^^^^^^^
   |
help: write 10.0.0.0/8

error[missing-key]: resource `db` has no address
  --> p.toml:31:11
   |
31 | [resource.db]
   |           ^^
   |
help: add address = "db.example.net:5432"

error[value]: `tls` of `postgres` of resource `db` is none of `verify-full`, `disable`
  --> p.toml:34:84
   |
34 | postgres = { database = "shop", admin = "jit", password-file = "/etc/jit/p", tls = "on", on-end = "drop" }
   |                                                                                    ^^^^

error[tls]: `postgres` of resource `db` has a `ca-file`, and does not use TLS
  --> p.toml:34:95
   |
34 | postgres = { database = "shop", admin = "jit", password-file = "/etc/jit/p", tls = "disable", ca-file = "/etc/jit/ca", on-end = "dro...
   |                                                                                               ^^^^^^^
   |
help: remove one of the two

error[value]: `on-end` of `postgres` of resource `db` is none of `quarantine`, `drop`
  --> p.toml:34:108
   |
34 | postgres = { database = "shop", admin = "jit", password-file = "/etc/jit/p", tls = "verify-full", on-end = "stop" }
   |                                                                                                            ^^^^^^

error[text]: this text is empty
  --> p.toml:34:41
   |
34 | postgres = { database = "shop", admin = "", password-file = "/etc/jit/p", tls = "verify-full", on-end = "drop" }
   |                                         ^^
   |
help: leave the key out, or say something

error[path]: `p` is no absolute path
  --> p.toml:34:64
   |
34 | postgres = { database = "shop", admin = "jit", password-file = "p", tls = "verify-full", on-end = "drop" }
   |                                                                ^^^
   |
help: a server runs in a folder of its own

error[empty]: `member-of` of `postgres` of role `db` is empty
  --> p.toml:73:26
   |
73 | postgres = { member-of = [], settings = { statement_timeout = "5min" }, connection-limit = 2 }
   |                          ^^
   |
help: add member-of = ["shop_read"]: the group roles whose rights it has

error[name]: `jit_x` is a name of jit's own roles
  --> p.toml:73:27
   |
73 | postgres = { member-of = ["jit_x"], settings = { statement_timeout = "5min" }, connection-limit = 2 }
   |                           ^^^^^^^
   |
help: give the group role another name

error[setting]: `role` cannot be set for a role of jit's
  --> p.toml:73:54
   |
73 | postgres = { member-of = ["shop_read"], settings = { role = "x" }, connection-limit = 2 }
   |                                                      ^^^^
   |
help: it would change who the session is, or which code it loads

error[number]: `connection-limit` of `postgres` of role `db` is a number from 1 to 1000
  --> p.toml:73:103
   |
73 | postgres = { member-of = ["shop_read"], settings = { statement_timeout = "5min" }, connection-limit = 0 }
   |                                                                                                       ^

error[region]: `EU` is no region of AWS
  --> p.toml:37:18
   |
37 | aws = { region = "EU", credentials-file = "/etc/jit/aws", sts-endpoint = "https://sts.example.net" }
   |                  ^^^^
   |
help: such as "eu-central-1"

error[path]: `aws` is no whole path
  --> p.toml:37:53
   |
37 | aws = { region = "eu-central-1", credentials-file = "aws", sts-endpoint = "https://sts.example.net" }
   |                                                     ^^^^^
   |
help: start it with `/`

error[endpoint]: `http://sts.example.net` is no endpoint: http:// is for this machine only
  --> p.toml:37:84
   |
37 | aws = { region = "eu-central-1", credentials-file = "/etc/jit/aws", sts-endpoint = "http://sts.example.net" }
   |                                                                                    ^^^^^^^^^^^^^^^^^^^^^^^^
   |
help: write https://host or https://host:port, without a path

error[role-arn]: `deploy` is no ARN of an IAM role
  --> p.toml:79:20
   |
79 | aws = { role-arn = "deploy" }
   |                    ^^^^^^^^
   |
help: such as "arn:aws:iam::123456789012:role/deploy"

error[session-policy]: this is no session policy: it is no JSON: EOF while parsing an object at line 1 column 1
  --> p.toml:79:78
   |
79 | aws = { role-arn = "arn:aws:iam::123456789012:role/deploy", session-policy = "{" }
   |                                                                              ^^^
   |
help: see "Session policies" in the IAM User Guide

error[server]: `http://k.example.net` is no API server: it begins with https://
  --> p.toml:40:25
   |
40 | kubernetes = { server = "http://k.example.net", token-file = "/etc/jit/k", namespace = "jit" }
   |                         ^^^^^^^^^^^^^^^^^^^^^^
   |
help: write https://host:port, such as https://cluster.example.net:6443

error[path]: `k` is no absolute path
  --> p.toml:40:63
   |
40 | kubernetes = { server = "https://k.example.net", token-file = "k", namespace = "jit" }
   |                                                               ^^^
   |
help: begin with `/`: where jit runs is not where this file is

error[namespace]: `Jit` is no namespace
  --> p.toml:40:89
   |
40 | kubernetes = { server = "https://k.example.net", token-file = "/etc/jit/k", namespace = "Jit" }
   |                                                                                         ^^^^^
   |
help: a namespace has 1 to 63 lower-case letters, digits and `-`, and begins and ends with a letter or a digit (RFC 1123)

error[role-name]: `../x` is no name of a Role or ClusterRole
  --> p.toml:85:23
   |
85 | kubernetes = { role = "../x", namespace = "shop" }
   |                       ^^^^^^
   |
help: a name has 1 to 253 lower-case letters, digits and `-`, in parts between `.` or `:` (RFC 1123)

error[two-roles]: `kubernetes` of role `kube` has both a `role` and a `cluster-role`
  --> p.toml:85:33
   |
85 | kubernetes = { role = "reader", cluster-role = "view", namespace = "shop" }
   |                                 ^^^^^^^^^^^^
   |
note: the first is here
  --> p.toml:85:16
   |
85 | kubernetes = { role = "reader", cluster-role = "view", namespace = "shop" }
   |                ^^^^
help: make one role for each

error[missing-key]: `kubernetes` of role `kube` has a `role`, and no `namespace`
  --> p.toml:85:16
   |
85 | kubernetes = { role = "reader" }
   |                ^^^^
   |
help: add namespace = "shop": a Role is of one namespace; or name a cluster-role

error[too-short]: 10m is too short for kubernetes, which makes no token for less than ten minutes
  --> p.toml:84:16
   |
84 | max-duration = "10m"
   |                ^^^^^
   |
help: write 11m or more: making the token takes a part of it

error[variable]: `A=B` is no name of a variable
  --> p.toml:46:16
   |
46 | environment = ["A=B"]
   |                ^^^^^
   |
help: name variables of jit's own environment, without their values: "REDIS_CA"

error[variable]: no plugin gets the variable `LD_PRELOAD`
  --> p.toml:46:16
   |
46 | environment = ["LD_PRELOAD"]
   |                ^^^^^^^^^^^^
   |
help: pass it in `settings`

error[duration]: a call of a plugin takes at most 1m
  --> p.toml:47:11
   |
47 | timeout = "5h"
   |           ^^^^
   |
help: a plugin that takes longer answers that it is unavailable, and is asked again

error[path]: `redis` is not the whole path of a program
  --> p.toml:44:11
   |
44 | program = "redis"
   |           ^^^^^^^
   |
help: write it from / on, without `.` and `..`: "/usr/local/lib/jit/jit-provider-NAME"

error[label]: `` is no label: 1 to 64 letters, digits and `. _ - /`
  --> p.toml:91:25
   |
91 | exec = { parameters = { "" = "+@read" } }
   |                         ^^
"##);
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
    for (from, to) in [SHAPES, NAMES, RULES, CONDITIONS, TARGETS, ALERTS].concat() {
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
