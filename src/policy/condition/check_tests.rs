//! Every way to get a condition wrong, and that no name gets through misspelt.

use insta::assert_snapshot;

use super::super::diagnostic::{Diagnostic, Problems};
use super::super::source::{At, Item, SourceFile};
use super::*;

pub(super) fn vocabulary() -> Vocabulary<'static> {
    Vocabulary {
        roles: ["shell", "web-deploy", "db-read"].into(),
        resources: ["web-1", "web-2", "orders-db"].into(),
        people: ["alice", "bob", "ci-deploy"].into(),
        groups: ["dba", "oncall", "contractors"].into(),
        companies: ["acme", "initech"].into(),
        labels: [
            ("env", ["staging", "production"].into()),
            ("team", ["shop", "search"].into()),
            ("cost-center", ["c-17", "c-4"].into()),
        ]
        .into(),
    }
}

/// The literal stands in a file of its own, behind `when = `.
fn compile_literal(literal: &str) -> Result<Condition, (Vec<SourceFile>, Vec<Diagnostic>)> {
    let source = format!("# a policy\nwhen = {literal}\n");
    let tree = toml::de::DeTable::parse(&source).unwrap();
    let value = tree.get_ref().iter().next().unwrap().1;
    let toml::de::DeValue::String(text) = value.get_ref() else { panic!("{literal} is no string") };
    let item = Item { at: At::new(0, value.span()), value: text.as_ref() };
    let mut problems = Problems::default();
    let condition =
        Condition::compile(&item, &source, "`when` of role `shell`", &vocabulary(), &mut problems);
    let files = vec![SourceFile { name: "p.toml".into(), text: source.clone() }];
    assert_eq!(condition.is_none(), !problems.is_empty(), "{literal}");
    condition.ok_or_else(|| (files.clone(), problems.finish(&files)))
}

pub(super) fn compile(text: &str) -> Result<Condition, Vec<Diagnostic>> {
    let item = Item { at: At::new(0, 0..0), value: text };
    let mut problems = Problems::default();
    let condition = Condition::compile(&item, "", "`when` of role `shell`", &vocabulary(), &mut problems);
    assert_eq!(condition.is_none(), !problems.is_empty(), "{text}");
    condition.ok_or_else(|| problems.finish(&[]))
}

/// What a person sees.
#[track_caller]
fn rendered(texts: &[&str]) -> String {
    let one = |text: &&str| {
        let Err((files, problems)) = compile_literal(&format!("\"{text}\"")) else {
            panic!("no error: {text}")
        };
        problems.iter().map(|problem| problem.render(&files, false)).collect::<Vec<_>>().join("\n")
    };
    texts.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// Shorter: the condition, then `code column message | hint` of each error.
#[track_caller]
fn said(texts: &[&str]) -> String {
    let mut lines = Vec::new();
    for text in texts {
        let Err((_, problems)) = compile_literal(&format!("\"{text}\"")) else { panic!("no error: {text}") };
        lines.push((*text).to_owned());
        lines.extend(problems.iter().map(|d| {
            format!(
                "  {} {} {} | {}",
                d.code,
                d.place.column - 8,
                d.message,
                d.hint.as_deref().unwrap_or("-")
            )
        }));
    }
    lines.join("\n")
}

#[test]
fn a_misspelt_name_has_its_exact_place() {
    assert_snapshot!(rendered(&[
        "request.role == 'shel'",
        "requester.id in ['alice', 'bbo'] && resource.name != 'web-9'",
        "'dbaa' in requester.groups",
        "requester.groups.exists(g, g == 'on-call')",
        "!(requester.company == 'acne')",
        "requester.kind == 'human'",
        "resource.labels.evn == 'staging'",
        "resource.labels['env'] == 'prod'",
    ]), @r#"
error[unknown-role]: there is no role `shel`
 --> p.toml:2:25
  |
2 | when = "request.role == 'shel'"
  |                         ^^^^^^
  |
help: did you mean `shell`?

error[unknown-person]: there is no person or service `bbo`
 --> p.toml:2:35
  |
2 | when = "requester.id in ['alice', 'bbo'] && resource.name != 'web-9'"
  |                                   ^^^^^
  |
help: did you mean `bob`?
error[unknown-resource]: there is no resource `web-9`
 --> p.toml:2:62
  |
2 | when = "requester.id in ['alice', 'bbo'] && resource.name != 'web-9'"
  |                                                              ^^^^^^^
  |
help: did you mean `web-1`?

error[unknown-group]: there is no group `dbaa`
 --> p.toml:2:9
  |
2 | when = "'dbaa' in requester.groups"
  |         ^^^^^^
  |
help: did you mean `dba`?

error[unknown-group]: there is no group `on-call`
 --> p.toml:2:41
  |
2 | when = "requester.groups.exists(g, g == 'on-call')"
  |                                         ^^^^^^^^^
  |
help: did you mean `oncall`?

error[unknown-company]: there is no company `acne`
 --> p.toml:2:32
  |
2 | when = "!(requester.company == 'acne')"
  |                                ^^^^^^
  |
help: did you mean `acme`?

error[unknown-kind]: there is no kind of requester `human`
 --> p.toml:2:27
  |
2 | when = "requester.kind == 'human'"
  |                           ^^^^^^^
  |
help: defined: `person`, `service`

error[unknown-label]: there is no label `evn`
 --> p.toml:2:25
  |
2 | when = "resource.labels.evn == 'staging'"
  |                         ^^^
  |
help: did you mean `env`?

error[unknown-value]: label `env` has no value `prod`
 --> p.toml:2:35
  |
2 | when = "resource.labels['env'] == 'prod'"
  |                                   ^^^^^^
  |
help: defined: `production`, `staging`
"#);
}

#[test]
fn a_name_is_looked_up_wherever_it_stands() {
    assert_snapshot!(said(&[
        "request.resource == 'web1'",
        "'shel' == request.role",
        "!('dbo' in requester.groups)",
        "requester.groups == ['dba', 'onkall']",
        "requester.groups[0] == 'dbo'",
        "requester.groups.all(g, g in ['dba', 'dbb'])",
        "requester.groups.exists_one(g, g != 'dbb')",
        "requester.groups.filter(g, g == 'dbb').size() > 0",
        "'dbb' in requester.groups.map(g, g)",
        "'dbb' in requester.groups + ['dbc']",
        "['alise', 'bob'].exists(id, id == requester.id)",
        "['alice', 'bob'].map(id, [id])[0] == [requester.id] || ['bub'][0] == requester.id",
        "requester.id == (request.break_glass ? 'alise' : 'bub')",
        "[requester.id, 'bub'][1] == requester.id",
        "has(resource.labels.tema)",
        "'tema' in resource.labels",
        "resource.labels.exists(l, l == 'tema')",
        "resource.labels['cost-centre'] == 'c-17'",
        "resource.labels.team != 'shopp'",
        "request.role.startsWith('wbe-')",
        "requester.id.endsWith('-deplyo')",
        "requester.id.startsWith('ci-') && resource.labels.env.contains('prd')",
        "requester.groups.exists(g, g.startsWith('onc')) && requester.groups.exists(g, g.contains('xx'))",
    ]), @r#"
request.resource == 'web1'
  unknown-resource 21 there is no resource `web1` | did you mean `web-1`?
'shel' == request.role
  unknown-role 1 there is no role `shel` | did you mean `shell`?
!('dbo' in requester.groups)
  unknown-group 3 there is no group `dbo` | did you mean `dba`?
requester.groups == ['dba', 'onkall']
  unknown-group 29 there is no group `onkall` | did you mean `oncall`?
requester.groups[0] == 'dbo'
  unknown-group 24 there is no group `dbo` | did you mean `dba`?
requester.groups.all(g, g in ['dba', 'dbb'])
  unknown-group 38 there is no group `dbb` | did you mean `dba`?
requester.groups.exists_one(g, g != 'dbb')
  unknown-group 37 there is no group `dbb` | did you mean `dba`?
requester.groups.filter(g, g == 'dbb').size() > 0
  unknown-group 33 there is no group `dbb` | did you mean `dba`?
'dbb' in requester.groups.map(g, g)
  unknown-group 1 there is no group `dbb` | did you mean `dba`?
'dbb' in requester.groups + ['dbc']
  unknown-group 30 there is no group `dbc` | did you mean `dba`?
['alise', 'bob'].exists(id, id == requester.id)
  unknown-person 2 there is no person or service `alise` | did you mean `alice`?
['alice', 'bob'].map(id, [id])[0] == [requester.id] || ['bub'][0] == requester.id
  unknown-person 57 there is no person or service `bub` | did you mean `bob`?
requester.id == (request.break_glass ? 'alise' : 'bub')
  unknown-person 40 there is no person or service `alise` | did you mean `alice`?
  unknown-person 50 there is no person or service `bub` | did you mean `bob`?
[requester.id, 'bub'][1] == requester.id
  unknown-person 16 there is no person or service `bub` | did you mean `bob`?
has(resource.labels.tema)
  unknown-label 21 there is no label `tema` | did you mean `team`?
'tema' in resource.labels
  unknown-label 1 there is no label `tema` | did you mean `team`?
resource.labels.exists(l, l == 'tema')
  unknown-label 32 there is no label `tema` | did you mean `team`?
resource.labels['cost-centre'] == 'c-17'
  unknown-label 17 there is no label `cost-centre` | did you mean `cost-center`?
resource.labels.team != 'shopp'
  unknown-value 25 label `team` has no value `shopp` | did you mean `shop`?
request.role.startsWith('wbe-')
  unknown-role 25 no role starts with `wbe-` | defined: `db-read`, `shell`, `web-deploy`
requester.id.endsWith('-deplyo')
  unknown-person 23 no person or service ends with `-deplyo` | defined: `alice`, `bob`, `ci-deploy`
requester.id.startsWith('ci-') && resource.labels.env.contains('prd')
  unknown-value 64 no value of label `env` contains `prd` | defined: `production`, `staging`
requester.groups.exists(g, g.startsWith('onc')) && requester.groups.exists(g, g.contains('xx'))
  unknown-group 90 no group contains `xx` | defined: `contractors`, `dba`, `oncall`
"#);
}

#[test]
fn nothing_makes_another_string_of_a_name() {
    assert_snapshot!(said(&[
        "requester.id + 'x' == 'alicex'",
        "'al' + 'ice' == requester.id",
        "request.reason == requester.id",
        "requester.id == request.ticket",
        "request.role == requester.id",
        "resource.labels.env == resource.labels.team",
        "requester.company == 'acme' ? requester.id == 'bob' : requester.id in requester.groups",
        "(request.break_glass ? requester.id : request.reason) == 'alise'",
        "string(requester.id) == 'alise'",
        "requester.id < 'b'",
        "'alise,bub'.contains(requester.id)",
        "request.reason.contains(requester.id)",
        "requester.id.contains(request.reason)",
        "('alise,' + request.reason).contains(requester.id)",
        "requester.id.size() == 5",
        "resource.labels[request.reason] == 'x'",
        "resource.labels['e' + 'nv'] == 'x'",
        "resource.labels.exists(l, resource.labels[l] == 'x')",
        "resource.labels == resource.labels",
        "'dbb' in requester.groups.map(g, 'dbb')",
        "requester.id.matches('al.*')",
        "dyn(requester.id) == 'alise'",
        "type(requester.id) == 'alise'",
        "request['role'] == 'shel'",
    ]), @r#"
requester.id + 'x' == 'alicex'
  type 14 the id of a person or service is put together with other text | compare it as it is
'al' + 'ice' == requester.id
  type 14 text is compared with the id of a person or service | write the name in quotes, so that its spelling can be checked
request.reason == requester.id
  type 16 text is compared with the id of a person or service | write the name in quotes, so that its spelling can be checked
requester.id == request.ticket
  type 14 the id of a person or service is compared with text | write the name in quotes, so that its spelling can be checked
request.role == requester.id
  type 14 the name of a role is compared with the id of a person or service | these are names of different things
resource.labels.env == resource.labels.team
  type 21 the value of label `env` is compared with the value of label `team` | these are names of different things
requester.company == 'acme' ? requester.id == 'bob' : requester.id in requester.groups
  type 68 the id of a person or service is compared with the name of a group | these are names of different things
(request.break_glass ? requester.id : request.reason) == 'alise'
  type 22 the id of a person or service stands for the same as text | write the name in quotes, so that its spelling can be checked
string(requester.id) == 'alise'
  type 1 `string` does not go with the id of a person or service | it converts numbers
requester.id < 'b'
  unknown-person 16 there is no person or service `b` | defined: `alice`, `bob`, `ci-deploy`
'alise,bub'.contains(requester.id)
  type 13 `contains` does not go with text and the id of a person or service | its text is a part of a request, and what is looked for stands in quotes
request.reason.contains(requester.id)
  type 16 `contains` does not go with text and the id of a person or service | its text is a part of a request, and what is looked for stands in quotes
requester.id.contains(request.reason)
  type 14 `contains` does not go with the id of a person or service and text | its text is a part of a request, and what is looked for stands in quotes
('alise,' + request.reason).contains(requester.id)
  type 29 `contains` does not go with text and the id of a person or service | its text is a part of a request, and what is looked for stands in quotes
requester.id.size() == 5
  type 14 `size` does not go with the id of a person or service | it is of a list, of labels, or of text such as a reason
resource.labels[request.reason] == 'x'
  type 16 which label this is cannot be told | write `resource.labels['env']` or `resource.labels.env`
resource.labels['e' + 'nv'] == 'x'
  type 16 which label this is cannot be told | write `resource.labels['env']` or `resource.labels.env`
resource.labels.exists(l, resource.labels[l] == 'x')
  type 42 which label this is cannot be told | write `resource.labels['env']` or `resource.labels.env`
resource.labels == resource.labels
  type 17 `resource.labels` is compared with `resource.labels` | look at one label: `resource.labels.env`
'dbb' in requester.groups.map(g, 'dbb')
  constant-condition 7 both of these are written in the condition: it is always the same | compare with a part of the request, such as `request.role`
requester.id.matches('al.*')
  unknown-function 14 there is no function `matches` | there are no regular expressions: use `startsWith`, `endsWith` or `contains`
dyn(requester.id) == 'alise'
  unknown-function 1 there is no function `dyn` | the functions are `contains`, `duration`, `endsWith`, `int`, `size`, `startsWith`, `string`, `timestamp`, `all`, `exists`, `exists_one`, `filter`, `map`, `has`, and parts of a time such as `getHours`
type(requester.id) == 'alise'
  unknown-function 1 there is no function `type` | the functions are `contains`, `duration`, `endsWith`, `int`, `size`, `startsWith`, `string`, `timestamp`, `all`, `exists`, `exists_one`, `filter`, `map`, `has`, and parts of a time such as `getHours`
request['role'] == 'shel'
  type 8 `request` has no element of text | a list has elements 0, 1, 2, …
"#);
}

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

#[test]
fn a_place_is_known_where_the_string_stands_as_it_is() {
    let place = |literal: &str| {
        let Err((files, problems)) = compile_literal(literal) else { panic!("{literal}") };
        let at = &problems[0].place;
        files[0].text.get(at.span.clone()).unwrap().to_owned()
    };
    assert_eq!(place(r#""request.role == 'shel'""#), "'shel'");
    assert_eq!(place(r#"'request.role == "shel"'"#), r#""shel""#);
    assert_eq!(place("'''\nrequest.role\n  == 'shel'\n'''"), "'shel'");
    assert_eq!(place("\"\"\"\nrequest.break_glass\n  || request.rolle == 'shell'\"\"\""), "rolle");
    assert_eq!(place("\"\"\"\nrequest.break_glass\n  oder\"\"\""), "oder");
    assert_eq!(place("'request.reason == \"ü\" || request.role == \"shel\"'"), "\"shel\"");
    // With escapes the bytes are others: the whole string.
    assert_eq!(place(r#""request.role\t== 'shel'""#), r#""request.role\t== 'shel'""#);
    assert_eq!(place("\"\"\"request.role \\\n == 'shel'\"\"\""), "\"\"\"request.role \\\n == 'shel'\"\"\"");
}

#[test]
fn all_names_that_are_wrong_are_told_at_once() {
    let problems =
        compile("request.role == 'a' || (requester.id == 'b' && !has(resource.labels.c))").unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:#?}");
}

#[test]
fn an_invisible_character_is_refused() {
    for text in ["request.reason == '\u{202e}x'", "request.break_glass \u{200b}", "request.break_glass\0"] {
        let problems = compile(text).unwrap_err();
        assert_eq!(problems[0].message, "`when` of role `shell` has control or invisible characters");
    }
}

#[test]
fn where_nothing_is_defined_no_name_fits() {
    let item = Item { at: At::new(0, 0..0), value: "requester.company != 'acme' || 'a' in resource.labels" };
    let mut problems = Problems::default();
    assert!(Condition::compile(&item, "", "`when`", &Vocabulary::default(), &mut problems).is_none());
    let hints: Vec<_> = problems.finish(&[]).into_iter().filter_map(|d| d.hint).collect();
    assert_eq!(hints, ["no company is defined", "no label is defined"]);
}

#[test]
fn a_condition_is_bounded() {
    let glass = |n: usize, with: &str| vec!["request.break_glass"; n].join(with);
    assert!(compile(&glass(40, " && ")).is_ok());
    assert_snapshot!(
        [
            format!("{} // {}", glass(40, "||"), "x".repeat(200)),
            vec!["now>now"; 70].join("||"),
            format!("{}request.break_glass{}", "!(".repeat(50), ")".repeat(50)),
            format!("request.break_glass == {}now > now{}", "(1 > 2) == (".repeat(45), ")".repeat(45)),
        ]
        .map(|text| compile(&text).unwrap_err().iter().map(|d| d.message.clone()).collect::<Vec<_>>().join("; "))
        .join("\n"),
        @r#"
`when` of role `shell` has more than 1000 characters
`when` of role `shell` is too large
`when` of role `shell` is too large
`when` of role `shell` is too large
"#
    );
}
