//! What is no condition: no CEL, of no type, of nothing that there is, or always the same.

use super::*;

#[test]
fn what_is_always_the_same_is_no_condition() {
    assert_snapshot!(rendered(&["true", "request.break_glass || 1 < 2", "has(request.role)"]), @r#"
error[constant-condition]: `when` of role `shell` looks at nothing of a request: it is always the same
 --> p.toml:2:9
  |
2 | when = "true"
  |         ^^^^
  |
help: leave it out, or look at `request`, `requester`, `resource` or `now`

error[constant-condition]: this looks at nothing of a request: it is always the same
 --> p.toml:2:34
  |
2 | when = "request.break_glass || 1 < 2"
  |                                  ^
  |
help: leave it out, or look at `request`, `requester`, `resource` or `now`

error[constant-condition]: `role` is always there
 --> p.toml:2:21
  |
2 | when = "has(request.role)"
  |                     ^^^^
  |
help: look at its value instead
"#);
    assert_snapshot!(said(&[
        "!false",
        "duration('1h') < duration('2h')",
        "'dba' in ['dba', 'oncall']",
        "['a'].exists(x, x == 'a')",
        "requester.groups.exists(g, true)",
        "request.break_glass && 'a' == 'a'",
        "true ? request.break_glass : false",
        "request.reason.contains('')",
        "requester.id.startsWith('')",
    ]), @r#"
!false
  constant-condition 2 this looks at nothing of a request: it is always the same | leave it out, or look at `request`, `requester`, `resource` or `now`
duration('1h') < duration('2h')
  constant-condition 1 `when` of role `shell` looks at nothing of a request: it is always the same | leave it out, or look at `request`, `requester`, `resource` or `now`
'dba' in ['dba', 'oncall']
  constant-condition 7 both of these are written in the condition: it is always the same | compare with a part of the request, such as `request.role`
['a'].exists(x, x == 'a')
  constant-condition 19 both of these are written in the condition: it is always the same | compare with a part of the request, such as `request.role`
requester.groups.exists(g, true)
  constant-condition 28 this looks at nothing of a request: it is always the same | leave it out, or look at `request`, `requester`, `resource` or `now`
request.break_glass && 'a' == 'a'
  constant-condition 28 both of these are written in the condition: it is always the same | compare with a part of the request, such as `request.role`
true ? request.break_glass : false
  constant-condition 1 this looks at nothing of a request: it is always the same | leave it out, or look at `request`, `requester`, `resource` or `now`
request.reason.contains('')
  constant-condition 25 every text has this in it | write what it should be
requester.id.startsWith('')
  constant-condition 25 every text has this in it | write what it should be
"#);
}

#[test]
fn a_misspelt_variable_field_or_function_has_the_nearest() {
    assert_snapshot!(rendered(&[
        "requestor.id == 'alice'",
        "requester.ids == 'alice'",
        "request.reason.startWith('x')",
        "now.getHours('Europe/Berln') < 8",
        "request.duration < duration('90')",
        "now < timestamp('tomorrow')",
    ]), @r#"
error[unknown-variable]: there is no variable `requestor`
 --> p.toml:2:9
  |
2 | when = "requestor.id == 'alice'"
  |         ^^^^^^^^^
  |
help: did you mean `requester`?

error[unknown-field]: `requester` has no field `ids`
 --> p.toml:2:19
  |
2 | when = "requester.ids == 'alice'"
  |                   ^^^
  |
help: did you mean `id`?

error[unknown-function]: there is no function `startWith`
 --> p.toml:2:24
  |
2 | when = "request.reason.startWith('x')"
  |                        ^^^^^^^^^
  |
help: did you mean `startsWith`?

error[unknown-zone]: there is no time zone `Europe/Berln`
 --> p.toml:2:22
  |
2 | when = "now.getHours('Europe/Berln') < 8"
  |                      ^^^^^^^^^^^^^^
  |
help: write `UTC`, or a place such as `Europe/Berlin`

error[value]: `90` is no duration: a bare number has no unit: write 60s or 60m
 --> p.toml:2:37
  |
2 | when = "request.duration < duration('90')"
  |                                     ^^^^

error[value]: `tomorrow` is no time: a time is written as 2026-11-21T18:05:00Z
 --> p.toml:2:25
  |
2 | when = "now < timestamp('tomorrow')"
  |                         ^^^^^^^^^^
"#);
    assert_snapshot!(said(&[
        "alice == requester.id",
        ".request.role == 'shell'",
        "requester.name == 'alice'",
        "request.resource.labels.env == 'staging'",
        "resource.env == 'staging'",
        "resource.labels.env.value == 'staging'",
        "size() > 1",
        "requester.groups.exists(g)",
        "has()",
        "now.getHours('UTC', 'UTC') < 8",
        "getHours(now) < 8",
        "request.duration.getHours() < 8",
        "request.duration < duration(request.reason)",
        "now < timestamp(5)",
        "lowercase(request.reason) == 'x'",
        "optional.of(request.reason) == 'x'",
    ]), @r#"
alice == requester.id
  unknown-variable 1 there is no variable `alice` | the variables are `request`, `requester`, `resource`, `now`; text stands in quotes
.request.role == 'shell'
  unknown-variable 1 there is no variable `.request` | did you mean `request`?
requester.name == 'alice'
  unknown-field 11 `requester` has no field `name` | the fields of `requester` are `id`, `groups`, `kind`, `company`, `contract_end`, `mfa_age`
request.resource.labels.env == 'staging'
  type 18 the name of a resource has no fields, so no `labels` | labels are in `resource.labels`
resource.env == 'staging'
  unknown-field 10 `resource` has no field `env` | the fields of `resource` are `name`, `labels`
resource.labels.env.value == 'staging'
  type 21 the value of label `env` has no fields, so no `value` | labels are in `resource.labels`
size() > 1
  unknown-function 1 `size` is not called like this | write `size(list)`
requester.groups.exists(g)
  unknown-function 18 `exists` is not called like this | write `requester.groups.exists(group, …)`
has()
  unknown-function 1 `has` is not called like this | write `has(requester.company)`
now.getHours('UTC', 'UTC') < 8
  unknown-function 5 `getHours` is not called like this | write `now.getHours('Europe/Berlin')`
getHours(now) < 8
  unknown-function 1 `getHours` is not called like this | write `now.getHours('Europe/Berlin')`
request.duration.getHours() < 8
  type 18 `getHours` is of a time, this is a duration | durations are compared: `> duration('1h')`
request.duration < duration(request.reason)
  type 37 `duration` takes text that is written out | write `duration('1h30m')`
now < timestamp(5)
  type 17 `timestamp` takes text that is written out | write `timestamp('2026-11-21T18:05:00Z')`
lowercase(request.reason) == 'x'
  unknown-function 1 there is no function `lowercase` | the functions are `contains`, `duration`, `endsWith`, `int`, `size`, `startsWith`, `string`, `timestamp`, `all`, `exists`, `exists_one`, `filter`, `map`, `has`, and parts of a time such as `getHours`
optional.of(request.reason) == 'x'
  unknown-function 10 there is no function `of` | the functions are `contains`, `duration`, `endsWith`, `int`, `size`, `startsWith`, `string`, `timestamp`, `all`, `exists`, `exists_one`, `filter`, `map`, `has`, and parts of a time such as `getHours`
"#);
}

#[test]
fn values_of_two_types_do_not_meet() {
    assert_snapshot!(rendered(&[
        "request.duration",
        "request.duration <= 3600",
        "request.role && request.break_glass",
    ]), @r#"
error[type]: `when` of role `shell` is a duration, expected a condition
 --> p.toml:2:9
  |
2 | when = "request.duration"
  |         ^^^^^^^^^^^^^^^^ neither true nor false
  |
help: compare it with something: `request.duration <= duration('1h')`

error[type]: a duration is compared with a whole number
 --> p.toml:2:26
  |
2 | when = "request.duration <= 3600"
  |                          ^^
  |
help: a duration is written `duration('1h30m')`

error[type]: this is the name of a role, expected a condition
 --> p.toml:2:17
  |
2 | when = "request.role && request.break_glass"
  |                 ^^^^
  |
help: compare it with something
"#);
    assert_snapshot!(said(&[
        "now.getHours() == 1.5",
        "now > '2026-11-21'",
        "request.break_glass == 'true'",
        "request.role == ['shell']",
        "'alice' in requester.id",
        "requester == 'alice'",
        "request == request",
        "request.reason < 'b'",
        "!request.role",
        "-request.duration < duration('1h')",
        "request.duration * 2 < duration('1h')",
        "now + now > now",
        "1 + 1.0 == 2.0 && request.break_glass",
        "2.0 % 1.0 == 0.0 && request.break_glass",
        "['alice', 1] == [requester.id]",
        "requester.id in []",
        "requester.id in ['alice', request.role]",
        "requester.company == null",
        "size(requester.groups) == 1u",
        "request.reason == b'x'",
        "{'a': 1}['a'] == 1",
        "Thing{a: 1} == request.role",
        "request.reason.exists(c, c == 'x')",
        "requester.groups['0'] == 'dba'",
        "int('5') == 5 && request.break_glass",
        "string(now) == 'x'",
        "requester.groups.exists(request, request == 'dba')",
        "requester.groups.exists(g, requester.groups.exists(h, h == g))",
        "requester.groups.map(g, g)",
    ]), @r#"
now.getHours() == 1.5
  type 16 a whole number is compared with a number with a point | write both as 1.0, or both as 1
now > '2026-11-21'
  type 5 a time is compared with text | a time is written `timestamp('2026-11-21T18:05:00Z')`
request.break_glass == 'true'
  type 21 true or false is compared with text | both have to be of one type
request.role == ['shell']
  type 14 the name of a role is compared with a list | to look in a list, write `in`
'alice' in requester.id
  type 9 the id of a person or service is not a list | write `in [...]`, or compare with `==`
requester == 'alice'
  type 11 `requester` is compared with text | look at one of its fields
request == request
  type 9 `request` is compared with `request` | look at one of its fields
request.reason < 'b'
  type 16 there is no order of text | compare with `==`, or look in a list with `in`
!request.role
  type 10 this is the name of a role, expected a condition | compare it with something
-request.duration < duration('1h')
  type 1 `-` stands before a duration | to deny a condition, write `!`
request.duration * 2 < duration('1h')
  type 18 `*` does not go with a duration and a whole number | both sides have to be of one type: 1 + 1, 1.0 + 1.0
now + now > now
  type 5 `+` does not go with a time and a time | both sides have to be of one type: 1 + 1, 1.0 + 1.0
1 + 1.0 == 2.0 && request.break_glass
  type 3 `+` does not go with a whole number and a number with a point | both sides have to be of one type: 1 + 1, 1.0 + 1.0
2.0 % 1.0 == 0.0 && request.break_glass
  type 5 `%` does not go with a number with a point and a number with a point | both sides have to be of one type: 1 + 1, 1.0 + 1.0
['alice', 1] == [requester.id]
  type 1 text stands in one list with a whole number | both have to be of one type
requester.id in []
  type 17 this list is empty | nothing is in it
requester.id in ['alice', request.role]
  unknown-role 18 there is no role `alice` | defined: `db-read`, `shell`, `web-deploy`
requester.company == null
  type 22 a condition has no `null` | ask whether something is there with `has()`: `has(requester.company)`
size(requester.groups) == 1u
  type 27 no part of a request is of this type | numbers are written 1 or 1.5, and text in quotes
request.reason == b'x'
  type 19 no part of a request is of this type | numbers are written 1 or 1.5, and text in quotes
{'a': 1}['a'] == 1
  type 1 a condition has no maps | compare the values one by one
Thing{a: 1} == request.role
  type 1 a condition has no maps | compare the values one by one
request.reason.exists(c, c == 'x')
  type 22 text is not a list | loops are over lists, such as `requester.groups`
requester.groups['0'] == 'dba'
  type 17 a list has no element of text | a list has elements 0, 1, 2, …
int('5') == 5 && request.break_glass
  type 1 `int` does not go with text | it converts numbers
string(now) == 'x'
  type 1 `string` does not go with a time | it converts numbers
requester.groups.exists(request, request == 'dba')
  type 24 `request` is a variable already | call what is in the list something else
requester.groups.exists(g, requester.groups.exists(h, h == g))
  type 51 this is a loop inside of another | no loop stands in a loop: look in a list with `in`
requester.groups.map(g, g)
  type 1 `when` of role `shell` is a list, expected a condition | compare it with something: `request.duration <= duration('1h')`
"#);
}

#[test]
fn what_is_no_cel_has_the_place_where_it_stops_being_it() {
    assert_snapshot!(rendered(&[
        "request.role = 'shell'",
        "request.break_glass and has(request.ticket)",
        "request.role == 'shell",
        "request.role ==",
        "",
    ]), @r#"
error[condition]: `when` of role `shell` cannot be read: unexpected '=', expected the end
 --> p.toml:2:22
  |
2 | when = "request.role = 'shell'"
  |                      ^
  |
help: to compare, write `==`

error[condition]: `when` of role `shell` cannot be read: unexpected 'and', expected the end
 --> p.toml:2:29
  |
2 | when = "request.break_glass and has(request.ticket)"
  |                             ^^^
  |
help: `and` is written `&&`

error[condition]: `when` of role `shell` cannot be read: unterminated string literal
 --> p.toml:2:25
  |
2 | when = "request.role == 'shell"
  |                         ^

error[condition]: `when` of role `shell` cannot be read: unexpected end, expected expression
 --> p.toml:2:24
  |
2 | when = "request.role =="
  |                        ^

error[condition]: `when` of role `shell` is empty
 --> p.toml:2:8
  |
2 | when = ""
  |        ^^
  |
help: leave the key out, or say when
"#);
    assert_snapshot!(said(&[
        "(request.break_glass",
        "request.break_glass)",
        "not request.break_glass",
        "request.?role == 'shell'",
        "request.`role` == 'shell'",
        "has(request)",
        "requester.groups.exists(1, true)",
        "request.break_glass & true",
        "request.role == 'shell' ü",
        "return request.break_glass",
    ]), @r#"
(request.break_glass
  condition 21 `when` of role `shell` cannot be read: expected ')' | -
request.break_glass)
  condition 20 `when` of role `shell` cannot be read: unexpected ')', expected the end | -
not request.break_glass
  condition 5 `when` of role `shell` cannot be read: unexpected 'request', expected the end | `not` is written `!`
request.?role == 'shell'
  condition 8 `when` of role `shell` cannot be read: unsupported syntax '.?' | -
request.`role` == 'shell'
  condition 9 `when` of role `shell` cannot be read: unsupported syntax: '`' | -
has(request)
  condition 5 `when` of role `shell` cannot be read: invalid argument to has() macro | -
requester.groups.exists(1, true)
  condition 25 `when` of role `shell` cannot be read: argument must be a simple name | -
request.break_glass & true
  condition 21 `when` of role `shell` cannot be read: unexpected single '&', expected '&&' | -
request.role == 'shell' ü
  condition 25 `when` of role `shell` cannot be read: unexpected character | -
return request.break_glass
  condition 1 `when` of role `shell` cannot be read: reserved identifier: return | -
"#);
}
