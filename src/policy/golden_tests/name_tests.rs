//! Names of nobody and nothing.

use super::*;

pub(super) const NAMES: &[(&str, &str)] = &[
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
