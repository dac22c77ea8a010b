//! No name gets through misspelt, whatever is made of it.

use super::*;

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
fn all_names_that_are_wrong_are_told_at_once() {
    let problems =
        compile("request.role == 'a' || (requester.id == 'b' && !has(resource.labels.c))").unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:#?}");
}

#[test]
fn where_nothing_is_defined_no_name_fits() {
    let item = Item { at: At::new(0, 0..0), value: "requester.company != 'acme' || 'a' in resource.labels" };
    let mut problems = Problems::default();
    assert!(Condition::compile(&item, "", "`when`", &Vocabulary::default(), &mut problems).is_none());
    let hints: Vec<_> = problems.finish(&[]).into_iter().filter_map(|d| d.hint).collect();
    assert_eq!(hints, ["no company is defined", "no label is defined"]);
}
