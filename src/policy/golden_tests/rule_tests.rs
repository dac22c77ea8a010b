//! What could never be meant.

use super::*;

pub(super) const RULES: &[(&str, &str)] = &[
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
