//! What a condition cannot say.

use super::*;

pub(super) const CONDITIONS: &[(&str, &str)] = &[
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
