//! What is of the wrong shape.

use super::*;

pub(super) const SHAPES: &[(&str, &str)] = &[
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
