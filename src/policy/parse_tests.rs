//! The language, and every way to get it wrong.

use insta::assert_snapshot;

use super::super::*;
use crate::domain::{Approvals, Span};

/// One role of every kind, all keys in use.
const WHOLE: &str = r#"[group.contractors]
members = ["carol", "ci-deploy"]
[group.leads]
members = ["alice", "bob"]
[resource.web-1]
provider = "ssh"
address = "web-1.example.net:2222"
labels = { env = "staging", team = "shop" }
[resource.web-2]
provider = "ssh"
labels = { env = "production" }
[role.shell]
description = "Shell"
resources = ["web-*"]
resource-labels = { env = "staging" }
requesters = ["group:contractors", "dave"]
approvers = ["group:leads"]
approvals = 1
max-duration = "4h"
pending-timeout = "2d"
claim-timeout = "30m"
require = { reason = false, ticket = "OPS-[0-9]+" }
[role.shell.ssh]
principals = ["deploy"]
extensions = ["permit-pty", "permit-port-forwarding"]
force-command = "uptime"
source-addresses = ["10.0.0.0/8"]
[person]
alice = {}
bob = {}
carol = {}
dave = {}
[service]
ci-deploy = { owner = "bob" }
[label]
env = ["staging", "production"]
team = ["shop"]
"#;

fn files(texts: &[&str]) -> Vec<SourceFile> {
    let name = |n| format!("{n}.toml");
    texts.iter().zip('a'..).map(|(text, n)| SourceFile { name: name(n), text: (*text).to_owned() }).collect()
}

fn errors(texts: &[&str]) -> Vec<Diagnostic> {
    Policy::parse(&files(texts)).map(|policy| panic!("no error: {policy:#?}")).unwrap_err()
}

/// What every error says: `code file:line:column message | hint`.
fn said(texts: &[&str]) -> Vec<String> {
    let line = |d: &Diagnostic| format!("{} {d} | {}", d.code, d.hint.as_deref().unwrap_or("-"));
    errors(texts).iter().map(line).collect()
}

/// The one error after `from` in [`WHOLE`] became `to`.
#[track_caller]
fn after(from: &str, to: &str) -> String {
    assert_eq!(WHOLE.matches(from).count(), 1, "{from:?} stands once in the policy");
    let said = said(&[&WHOLE.replace(from, to)]);
    assert_eq!(said.len(), 1, "one error after {from:?} became {to:?}: {said:#?}");
    said[0].clone()
}

fn parsed(texts: &[&str]) -> Policy {
    let files = files(texts);
    Policy::parse(&files).unwrap_or_else(|all| {
        panic!("{}", all.iter().map(|d| d.render(&files, false)).collect::<Vec<_>>().join("\n"))
    })
}

#[test]
fn a_policy_with_every_key_is_read_as_written() {
    let policy = parsed(&[WHOLE]);
    let role = &policy.roles["shell"];
    assert_eq!(role.resources.iter().map(crate::domain::Name::as_str).collect::<Vec<_>>(), ["web-1"]);
    assert_eq!(role.approvals(), Approvals::humans(1));
    let spans = [role.max_duration, role.pending_timeout, role.claim_timeout].map(Span::secs);
    assert_eq!(spans, [4 * 3600, 2 * 86_400, 1800]);
    assert!(!role.require.reason && role.require.ticket.as_ref().unwrap().matches("OPS-7"));
    let crate::domain::Gives::Ssh(gives) = &role.gives else { panic!() };
    assert_eq!(gives.principals, ["deploy".to_owned()].into());
    assert_eq!(gives.extensions.len(), 2);
    assert_eq!(gives.force_command.as_deref(), Some("uptime"));
    assert_eq!(gives.source_addresses, ["10.0.0.0/8".to_owned()].into());
    assert_eq!(policy.resources["web-1"].address.as_deref(), Some("web-1.example.net:2222"));
}

#[test]
fn what_is_left_out_has_the_default_of_the_manual() {
    let policy = parsed(&["[person]\ncarol={}\n[resource.h]\nprovider='ssh'\n[role.r]\nresources=['h']\n\
                           requesters=['carol']\nauto-approve=\"request.role == 'r'\"\nmax-duration='1h'\n\
                           [role.r.ssh]\nprincipals=['deploy']\n"]);
    let role = &policy.roles["r"];
    assert_eq!((role.pending_timeout.secs(), role.claim_timeout.secs()), (86_400, 8 * 3600));
    assert!(role.require.reason && role.require.ticket.is_none());
    let crate::domain::Gives::Ssh(gives) = &role.gives else { panic!() };
    assert_eq!(gives.extensions, ["permit-pty".to_owned()].into());
    assert!(role.stages.is_empty() && role.approvals().is_auto());
    assert_eq!((role.max_total, role.single_use, role.max_open), (role.max_duration, false, None));
    assert!(role.remind.is_none() && role.escalation.is_none() && role.break_glass.is_none());
}

#[test]
fn a_folder_without_roles_is_an_error() {
    let none =
        ["no-roles no roles: nobody could ask for anything | add a [role.NAME] to a *.toml file of the \
                 policy folder; see jit-policy(5)"];
    assert_eq!(said(&[]), none);
    assert_eq!(said(&[""]), none);
    assert_eq!(said(&["[person.alice]\n[group.a]\nmembers = ['alice']\n"]), none);
    assert!(errors(&[])[0].render(&[], false).starts_with("error[no-roles]: no roles"));
}

#[test]
fn every_mistake_has_its_place_and_what_to_do() {
    let all = [
        ("approvers = [", "aprovers = ["),
        ("[group.leads]", "[grup.leads]"),
        ("principals = [", "principal = ["),
        ("description", "desc"),
        ("ticket = ", "tiket = "),
    ]
    .map(|(from, to)| after(from, to));
    assert_snapshot!(all.join("\n"), @r##"
unknown-key a.toml:17:1: unknown key `aprovers` in role `shell` | did you mean `approvers`?
unknown-key a.toml:3:2: unknown key `grup` in a policy file | did you mean `group`?
unknown-key a.toml:24:1: unknown key `principal` in `ssh` of role `shell` | did you mean `principals`?
unknown-key a.toml:13:1: unknown key `desc` in role `shell` | the keys are `description`, `resources`, `resource-labels`, `requesters`, `when`, `approvers`, `approvals`, `stage`, `auto-approve`, `auto-deny`, `remind`, `escalate`, `max-duration`, `max-total`, `pending-timeout`, `claim-timeout`, `request-windows`, `use-windows`, `approve-windows`, `single-use`, `max-open`, `break-glass`, `require`, `ssh`, `postgres`, `aws`, `kubernetes`, `exec`
unknown-key a.toml:22:29: unknown key `tiket` in `require` of role `shell` | did you mean `ticket`?
"##);
}

#[test]
fn a_wrong_type_says_what_was_expected() {
    let all = [
        after("max-duration = \"4h\"", "max-duration = 4"),
        after("approvals = 1", "approvals = '1'"),
        after("approvals = 1", "approvals = -1"),
        after("approvals = 1", "approvals = 1.0"),
        after("resources = [\"web-*\"]", "resources = \"web-*\""),
        after("principals = [\"deploy\"]", "principals = [1]"),
        after("labels = { env = \"production\" }", "labels = { env = 1 }"),
        after("reason = false", "reason = 'no'"),
        after("require = {", "require = true #"),
        after("description = \"Shell\"", "description = 2026-11-21"),
    ];
    assert_snapshot!(all.join("\n"), @r##"
type a.toml:19:16: `max-duration` of role `shell` is a whole number, expected a string | -
type a.toml:18:13: `approvals` of role `shell` is a string, expected a whole number | -
number a.toml:18:13: `approvals` of role `shell` is not a number that makes sense here | write a number such as 1 or 2
type a.toml:18:13: `approvals` of role `shell` is a number with a point, expected a whole number | -
type a.toml:14:13: `resources` of role `shell` is a string, expected an array of strings | -
type a.toml:24:15: `principals` of `ssh` of role `shell` has strings, this is a whole number | write it in quotes
type a.toml:11:18: `env` of `labels` of resource `web-2` is a whole number, expected a string | -
type a.toml:22:22: `reason` of `require` of role `shell` is a string, expected `true` or `false` | -
type a.toml:22:11: `require` of role `shell` is `true` or `false`, expected a table | -
type a.toml:13:15: `description` of role `shell` is a date or time, expected a string | -
"##);
}

#[test]
fn who_asks_and_who_decides_is_never_left_open() {
    let all = [
        after("requesters = [\"group:contractors\", \"dave\"]\n", ""),
        after("requesters = [\"group:contractors\", \"dave\"]", "requesters = []"),
        after("approvers = [\"group:leads\"]\n", ""),
        after("approvers = [\"group:leads\"]", "approvers = []"),
        after("approvals = 1\n", ""),
        after("approvals = 1", "approvals = 0"),
        after("approvals = 1", "approvals = 3"),
        after("approvers = [\"group:leads\"]", "approvers = [\"group:leds\"]"),
        after("approvers = [\"group:leads\"]", "approvers = [\"leads\"]"),
        after("approvers = [\"group:leads\"]", "approvers = [\"Alice\"]"),
        after("approvers = [\"group:leads\"]", "approvers = [\"grp:leads\"]"),
        after("approvers = [\"group:leads\"]", "approvers = [\"alice\", \"alice\"]"),
        after("members = [\"alice\", \"bob\"]", "members = []"),
        after("members = [\"alice\", \"bob\"]", ""),
        after("members = [\"alice\", \"bob\"]", "members = [\"alice\", \"group:contractors\"]"),
        after("members = [\"alice\", \"bob\"]", "members = [\"alice\", \"contractors\"]"),
        after("max-duration = \"4h\"\n", ""),
    ];
    assert_snapshot!(all.join("\n"), @r##"
missing-key a.toml:12:7: role `shell` has no `requesters` | add requesters = ["group:NAME", "alice"]: without any, nobody could ask for it
empty a.toml:16:14: `requesters` of role `shell` is empty: without any, nobody could ask for it | add requesters = ["group:NAME", "alice"]
missing-key a.toml:12:7: role `shell` has no `approvers` | add approvers = ["group:NAME", "alice"]: without any, nobody could decide
empty a.toml:17:13: `approvers` of role `shell` is empty: without any, nobody could decide | add approvers = ["group:NAME", "alice"]
missing-key a.toml:12:7: role `shell` has no `approvals` | add approvals = 1, or an auto-approve = "CONDITION" under which nobody has to agree
zero-approvals a.toml:18:13: `approvals` of role `shell` is 0 | if nobody has to agree, say when: auto-approve = "resource.labels.env == 'staging'"
too-few-approvers a.toml:18:13: role `shell` needs 3 approvals, and has 2 people to give them | add approvers; nobody approves their own request, and each person counts once
unknown-group a.toml:17:14: there is no group `leds` | did you mean `leads`?
group-or-user a.toml:17:14: `leads` is a group | write "group:leads" where a group may stand; a person and a group may not have the same name
name a.toml:17:14: `Alice` is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit | write `alice`
name a.toml:17:14: `grp:leads` is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit | write "alice", "group:NAME", "resource:owner" or "requester:sponsor"
duplicate a.toml:17:23: `approvers` of role `shell` has the same entry twice | remove one of them
empty a.toml:4:11: group `leads` has nobody in it | add a member, or remove the group and every mention of it
missing-key a.toml:3:8: group `leads` has no `members` | add members = ["alice"]
nested-group a.toml:4:21: `group:contractors`: a group cannot contain a group | name its members here
nested-group a.toml:4:21: `contractors` is a group, and a group cannot contain a group | name its members here; a user and a group may not have the same name
missing-key a.toml:12:7: role `shell` has no `max-duration` | add max-duration = "1h": the longest time a grant of it lasts
"##);
    // Nobody approves their own request, so one person can never be both.
    let alone = WHOLE
        .replace("requesters = [\"group:contractors\", \"dave\"]", "requesters = [\"alice\"]")
        .replace("approvers = [\"group:leads\"]", "approvers = [\"alice\"]");
    assert_snapshot!(said(&[&alone]).join("\n"), @"too-few-approvers a.toml:18:13: role `shell` needs 1 approvals, and nobody who may ask for it has more than 0 other people to approve it | add approvers; nobody approves their own request, and each person counts once");
}

#[test]
fn auto_approve_has_a_condition_and_leaves_the_rest_to_people() {
    let with =
        |value: &str| WHOLE.replace("approvals = 1", &format!("approvals = 1\nauto-approve = {value}"));
    let said = |value: &str| said(&[&with(value)]).join("\n");
    assert_snapshot!([said("true"), said("false"), said("1"), said("''"), said("'true'")].join("\n"), @r##"
auto-approve a.toml:19:16: `auto-approve` of role `shell` has no condition | say when nobody has to agree: auto-approve = "resource.labels.env == 'staging'"
auto-approve a.toml:19:16: `auto-approve` of role `shell` has no condition | say when nobody has to agree: auto-approve = "resource.labels.env == 'staging'"
type a.toml:19:16: `auto-approve` of role `shell` is a whole number, expected a string | -
text a.toml:19:16: this text is empty | leave the key out, or say something
constant-condition a.toml:19:17: `auto-approve` of role `shell` looks at nothing of a request: it is always the same | leave it out, or look at `request`, `requester`, `resource` or `now`
"##);
    let policy = parsed(&[&with("\"resource.labels.env == 'staging'\"")]);
    let role = &policy.roles["shell"];
    assert!(role.auto_approve.is_some() && role.stages.len() == 1);
}

#[test]
fn resources_that_match_nothing_are_errors() {
    let all = [
        after("resources = [\"web-*\"]", "resources = [\"web-*\", \"db-*\"]"),
        after("resources = [\"web-*\"]", "resources = [\"web-*\", \"wbe-1\"]"),
        after("resources = [\"web-*\"]", "resources = [\"web-1\", \"web-2\"]"),
        after("resources = [\"web-*\"]", "resources = []"),
        after("resources = [\"web-*\"]\nresource-labels = { env = \"staging\" }\n", ""),
        after(
            "resources = [\"web-*\"]\nresource-labels = { env = \"staging\" }",
            "resource-labels = { env = \"x\" }",
        ),
        after("resource-labels = { env = \"staging\" }", "resource-labels = { }"),
        // `glob-match` would take these for everything else, or for anything.
        after("resources = [\"web-*\"]", "resources = [\"!web-2\"]"),
        after("resources = [\"web-*\"]", "resources = [\"**\"]"),
        after("resources = [\"web-*\"]", "resources = [\"{web,db}-*\"]"),
    ];
    assert_snapshot!(all.join("\n"), @r##"
no-resource a.toml:14:23: `db-*` matches no resource | -
unknown-resource a.toml:14:23: there is no resource `wbe-1` | did you mean `web-1`?
no-resource a.toml:14:23: `web-2` has no resource with the labels that role `shell` wants | with `resources` and `resource-labels`, a resource has to match both
empty a.toml:14:13: `resources` of role `shell` is empty | name a resource, or a pattern such as "web-*"
missing-key a.toml:12:7: role `shell` names no resources | add resources = ["web-*"], or resource-labels = { env = "staging" }
unknown-label a.toml:14:27: label `env` has no value `x` | add it to the values of `env` under [label]
empty a.toml:15:19: `resource-labels` of role `shell` is empty, so every resource would match | name a label
pattern a.toml:14:14: `!web-2` is no pattern of resources | a pattern is a name with `*` for any characters, `?` for one, `[a-c]` for one of these
pattern a.toml:14:14: `**` is no pattern of resources | a pattern is a name with `*` for any characters, `?` for one, `[a-c]` for one of these
pattern a.toml:14:14: `{web,db}-*` is no pattern of resources | a pattern is a name with `*` for any characters, `?` for one, `[a-c]` for one of these
"##);
}

#[test]
fn values_that_could_mean_more_than_they_say_are_refused() {
    let all = [
        after("\"web-1.example.net:2222\"", "\"-oProxyCommand=x\""),
        after("\"web-1.example.net:2222\"", "\"a b\""),
        after("principals = [\"deploy\"]", "principals = [\"deploy,root\"]"),
        after("principals = [\"deploy\"]", "principals = []"),
        after("principals = [\"deploy\"]", "principals = [\"*\"]"),
        after("principals = [\"deploy\"]", "principals = [\"a\\nb\"]"),
        after("\"permit-port-forwarding\"", "\"permit-port-forward\""),
        after("\"uptime\"", "\"up\\ntime\""),
        after("\"10.0.0.0/8\"", "\"10.1.0.0/8\""),
        after("[\"10.0.0.0/8\"]", "[]"),
        after("\"4h\"", "\"4\""),
        after("\"4h\"", "\"1M\""),
        after("\"OPS-[0-9]+\"", "\"OPS-[0-9\""),
        after("\"OPS-[0-9]+\"", "\".*\""),
        // Whole only inside the anchors, and it would break out of them.
        after("\"OPS-[0-9]+\"", "\"OPS-1)|(?:x\""),
        after("[resource.web-2]\nprovider = \"ssh\"", "[resource.web-2]\nprovider = \"shh\""),
        after("[resource.web-2]", "[resource.\"Web 2\"]"),
    ];
    assert_snapshot!(all.join("\n"), @r##"
address a.toml:7:11: `-oProxyCommand=x` is no address: a host has letters, digits, `-`, `_` and dots between them | write host or host:port, such as web-1.example.net:2222
address a.toml:7:11: `a b` is no address: a host has letters, digits, `-`, `_` and dots between them | write host or host:port, such as web-1.example.net:2222
principal a.toml:24:15: `deploy,root` is no account on a host | an account has 1 to 32 lower-case letters, digits, `_` and `-`, and starts with a letter or `_`; list several as several strings
empty a.toml:24:14: `principals` of `ssh` of role `shell` is empty | add principals = ["deploy"]: the accounts on the host
principal a.toml:24:15: `*` is no account on a host | an account has 1 to 32 lower-case letters, digits, `_` and `-`, and starts with a letter or `_`; list several as several strings
principal a.toml:24:15: `a\nb` is no account on a host | an account has 1 to 32 lower-case letters, digits, `_` and `-`, and starts with a letter or `_`; list several as several strings
extension a.toml:25:29: OpenSSH has no extension `permit-port-forward` | did you mean `permit-port-forwarding`?
text a.toml:26:17: this text has control or invisible characters | write it on one line, in plain letters
source-address a.toml:27:21: `10.1.0.0/8` is no address block: the address has bits behind the prefix | write 10.0.0.0/8
empty a.toml:27:20: `source-addresses` of `ssh` of role `shell` is empty | leave the key out to allow any address
duration a.toml:19:16: `4` is no duration: a bare number has no unit: write 60s or 60m | units are d, h, m and s, in that order: "1h30m"
duration a.toml:19:16: `1M` is no duration: a duration is written as 90s, 45m, 2h, 1d or 1h30m | units are d, h, m and s, in that order: "1h30m"
ticket a.toml:22:38: `OPS-[0-9` is no regular expression: found unclosed character class | such as "OPS-[0-9]+"; it has to match the whole ticket
ticket a.toml:22:38: `.*` accepts a ticket without a single character | such as "OPS-[0-9]+", or ".+" for any
ticket a.toml:22:38: `OPS-1)|(?:x` is no regular expression: found closing ')' without matching '(' | such as "OPS-[0-9]+"; it has to match the whole ticket
provider a.toml:10:12: there is no provider `shh` | did you mean `ssh`?
name a.toml:9:11: `Web 2` is no name of a resource: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit | -
"##);
}

#[test]
fn a_definition_given_twice_names_both_places() {
    let two =
        [WHOLE, "[group.leads]\nmembers = ['mallory']\n[resource.web-1]\nprovider = 'ssh'\n[role.shell]\n"];
    let found = errors(&two);
    let twice: Vec<String> = found
        .iter()
        .filter(|d| d.code == "duplicate")
        .map(|d| {
            let first = &d.related[0].place;
            format!("{d}, first {}:{}:{}", first.file, first.line, first.column)
        })
        .collect();
    assert_snapshot!(twice.join("\n"), @r##"
b.toml:1:8: group `leads` is defined twice, first a.toml:3:8
b.toml:3:11: resource `web-1` is defined twice, first a.toml:5:11
b.toml:5:7: role `shell` is defined twice, first a.toml:12:7
"##);

    let one = format!(
        "{WHOLE}[role.shell]\napprovals = 2\nmax-duration = '1h'\n[group.x]\nmembers=['a']\nmembers=['b']\n"
    );
    let found = errors(&[&one]);
    let twice: Vec<String> = found
        .iter()
        .map(|d| {
            let first = &d.related[0].place;
            format!("{d}, first {}:{}:{}", first.file, first.line, first.column)
        })
        .collect();
    assert_snapshot!(twice.join("\n"), @r##"
a.toml:38:7: `role.shell` is defined twice in this file, first a.toml:12:7
a.toml:43:1: `members` is defined twice in this file, first a.toml:42:1
"##);
}

#[test]
fn all_errors_of_all_files_come_at_once_and_in_order() {
    let first = WHOLE
        .replace("max-duration = \"4h\"", "max-duration = \"4\"")
        .replace("[group.leads]", "[group.Leads]");
    let second = "[role.r]\nresources = ['nowhere']\nx = 1\n[role.r.ssh]\nprincipals = []\n";
    assert_snapshot!(said(&[&first, second]).join("\n"), @r##"
name a.toml:3:8: `Leads` is no name of a group: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit | write `leads`
duration a.toml:19:16: `4` is no duration: a bare number has no unit: write 60s or 60m | units are d, h, m and s, in that order: "1h30m"
missing-key b.toml:1:7: role `r` has no `approvals` | add approvals = 1, or an auto-approve = "CONDITION" under which nobody has to agree
missing-key b.toml:1:7: role `r` has no `approvers` | add approvers = ["group:NAME", "alice"]: without any, nobody could decide
missing-key b.toml:1:7: role `r` has no `max-duration` | add max-duration = "1h": the longest time a grant of it lasts
missing-key b.toml:1:7: role `r` has no `requesters` | add requesters = ["group:NAME", "alice"]: without any, nobody could ask for it
unknown-resource b.toml:2:14: there is no resource `nowhere` | define it: [resource.nowhere]
unknown-key b.toml:3:1: unknown key `x` in role `r` | the keys are `description`, `resources`, `resource-labels`, `requesters`, `when`, `approvers`, `approvals`, `stage`, `auto-approve`, `auto-deny`, `remind`, `escalate`, `max-duration`, `max-total`, `pending-timeout`, `claim-timeout`, `request-windows`, `use-windows`, `approve-windows`, `single-use`, `max-open`, `break-glass`, `require`, `ssh`, `postgres`, `aws`, `kubernetes`, `exec`
empty b.toml:5:14: `principals` of `ssh` of role `r` is empty | add principals = ["deploy"]: the accounts on the host
"##);
}

#[test]
fn what_is_no_toml_is_said_with_its_place() {
    assert_snapshot!(said(&["[role.a\nx = \n", WHOLE]).join("\n"), @"syntax a.toml:1:8: this is not TOML: unclosed table, expected `]` | -");
}

#[test]
fn a_diagnostic_is_rendered_with_a_caret_a_hint_and_both_places() {
    let one = WHOLE.replace("approvers = [", "aprovers = [");
    let texts = [one.as_str(), "\t[role.shell]\n"];
    let all = files(&texts);
    let rendered: Vec<String> = errors(&texts).iter().map(|d| d.render(&all, false)).collect();
    assert_snapshot!(rendered.join("\n\n"), @r##"
error[unknown-key]: unknown key `aprovers` in role `shell`
  --> a.toml:17:1
   |
17 | aprovers = ["group:leads"]
   | ^^^^^^^^
   |
help: did you mean `approvers`?

error[missing-key]: role `shell` has no `approvals`
 --> b.toml:1:8
  |
1 |     [role.shell]
  |           ^^^^^
  |
help: add approvals = 1, or an auto-approve = "CONDITION" under which nobody has to agree

error[missing-key]: role `shell` has no `approvers`
 --> b.toml:1:8
  |
1 |     [role.shell]
  |           ^^^^^
  |
help: add approvers = ["group:NAME", "alice"]: without any, nobody could decide

error[missing-key]: role `shell` has no `max-duration`
 --> b.toml:1:8
  |
1 |     [role.shell]
  |           ^^^^^
  |
help: add max-duration = "1h": the longest time a grant of it lasts

error[missing-key]: role `shell` has no `requesters`
 --> b.toml:1:8
  |
1 |     [role.shell]
  |           ^^^^^
  |
help: add requesters = ["group:NAME", "alice"]: without any, nobody could ask for it

error[missing-key]: role `shell` has no `ssh`
 --> b.toml:1:8
  |
1 |     [role.shell]
  |           ^^^^^
  |
help: add [role.NAME.ssh] with principals, or a section of another provider: what role `shell` gives

error[duplicate]: role `shell` is defined twice
  --> b.toml:1:8
   |
 1 |     [role.shell]
   |           ^^^^^ the second time
   |
note: the first time is here
  --> a.toml:12:7
   |
12 | [role.shell]
   |       ^^^^^
"##);
    assert!(errors(&texts)[0].render(&all, true).contains("\x1b["));
}

#[test]
fn a_column_counts_the_files_characters_whatever_is_escaped_before_it() {
    let text = WHOLE.replace("labels = { env = \"production\" }", "labels = { \"ü\u{202e}\" = 'x', y = 1 }");
    let files = files(&[&text]);
    let all = Policy::parse(&files).unwrap_err();
    assert_snapshot!(all[1].render(&files, false), @r##"
error[type]: `y` of `labels` of resource `web-2` is a whole number, expected a string
  --> a.toml:11:28
   |
  ::: 
11 | labels = { "ü\u{202e}" = 'x', y = 1 }
   |                                   ^ expected a string
"##);
}

#[test]
fn text_that_could_move_a_cursor_reaches_nobody() {
    let bad = "\u{1b}]52;c;x\u{7}\u{202e}\u{9b}2J\u{200b}";
    let texts = [
        format!("[role.\"{bad}\"]\n\"{bad}\" = 1\n"),
        WHOLE.replace("\"uptime\"", &format!("\"{bad}\"")),
        WHOLE.replace("\"4h\"", &format!("'{bad}'")),
        WHOLE.replace("\"web-*\"", "\"\\u001b[2J\\u202e\""),
        WHOLE.replace("\"group:leads\"", "\"group:\\u202e\""),
        WHOLE
            .replace("\"group:leads\"", "\"group:leads\" # \u{202e}\u{1b}[2J")
            .replace("group:leads", "group:lead"),
        format!("x = {bad}"),
    ];
    for text in texts {
        let files = [SourceFile { name: format!("{bad}.toml"), text }];
        for diagnostic in Policy::parse(&files).unwrap_err() {
            let shown = [diagnostic.render(&files, false), diagnostic.to_string()].concat();
            let kept = shown
                .chars()
                .filter(|c| *c != '\n' && crate::domain::text::escape(&c.to_string()) != c.to_string());
            assert_eq!(kept.count(), 0, "{shown:?}");
        }
    }
}

#[test]
fn a_roles_digest_is_of_its_meaning_and_not_of_its_spelling() {
    let digest = |texts: &[&str]| parsed(texts).roles["shell"].digest;
    let known = format!("{WHOLE}ship = ['x']\n").replace("alice = {}", "alice = {}\nerin = {}");
    let whole = digest(&[WHOLE]);
    let (groups, rest) = WHOLE.split_at(WHOLE.find("[resource.web-1]").unwrap());
    let spelt = rest
        .replace("alice = {}", "erin = {}\nalice = {}")
        .replace("[\"group:contractors\", \"dave\"]", "[ 'dave', # comment\n 'group:contractors' ]")
        .replace("[\"web-*\"]", "[\"web-1\"]")
        .replace("\"30m\"", "\"1800s\"");
    assert_eq!(whole, digest(&[&spelt, groups, "[group.other]\nmembers = ['erin']\n"]));
    for (from, to) in [
        ("[\"alice\", \"bob\"]", "[\"alice\", \"bob\", \"erin\"]"),
        ("[\"carol\", \"ci-deploy\"]", "[\"carol\"]"),
        ("web-1.example.net:2222", "web-1.example.net"),
        ("env = \"staging\", team = \"shop\"", "env = \"staging\""),
        ("\"Shell\"", "\"A shell\""),
        ("\"dave\"", "\"erin\""),
        ("approvals = 1", "approvals = 2"),
        ("\"4h\"", "\"5h\""),
        ("\"2d\"", "\"3d\""),
        ("\"30m\"", "\"31m\""),
        ("reason = false", "reason = true"),
        ("OPS-", "INC-"),
        ("\"deploy\"", "\"root\""),
        ("\"permit-pty\", ", ""),
        ("\"uptime\"", "\"date\""),
        ("10.0.0.0/8", "10.0.0.0/9"),
        ("env = \"production\"", "env = \"staging\""),
    ] {
        assert_ne!(whole, digest(&[&known.replace(from, to)]), "{from} became {to}");
    }
    let policy = |texts: &[&str]| parsed(texts).digest;
    assert_ne!(policy(&[WHOLE]), policy(&[&format!("{WHOLE}# comment\n")]));
    assert_ne!(policy(&[groups, rest]), policy(&[rest, groups]));
}

#[test]
fn each_section_takes_its_own_keys_and_no_other() {
    let on_call: Vec<&str> = std::iter::once("members").chain(oncall::OnCallSource::KEYS).collect();
    let sections: [(&str, &[&str]); 19] = [
        ("[role.x]", &draft::ROLE_KEYS),
        ("[[role.x.stage]]", &draft::STAGE_KEYS),
        ("[role.x.escalate]", &draft::ESCALATE_KEYS),
        ("[role.x.break-glass]", &draft::BREAK_GLASS_KEYS),
        ("[role.x.require]", &draft::REQUIRE_KEYS),
        ("[deny.x]", &draft::DENY_KEYS),
        ("[limit.x]", &draft::LIMIT_KEYS),
        ("[person.x]", &draft::PERSON_KEYS),
        ("[service.x]", &draft::SERVICE_KEYS),
        ("[resource.x]", &draft::RESOURCE_KEYS),
        ("[company.x]", &draft::COMPANY_KEYS),
        ("[group.x]", &on_call),
        ("[window.x]", &window::KEYS),
        ("[ticket-system.x]", &ticket::TicketSystem::KEYS),
        ("[alert.x]", &draft::ALERT_KEYS),
        ("[training.x]", &draft::TRAINING_KEYS),
        ("[terms.x]", &draft::TERMS_KEYS),
        ("[tool-roles.x]", &draft::TOOL_ROLES_KEYS),
        ("", &draft::KINDS),
    ];
    let unknown = |header: &str, key: &str| {
        let all = errors(&[&format!("{header}\n{key} = 1\n")]);
        all.iter().any(|d| d.code == "unknown-key")
    };
    let every: std::collections::BTreeSet<&str> =
        sections.iter().flat_map(|(_, keys)| *keys).copied().collect();
    for (header, keys) in sections {
        for key in keys {
            assert!(!unknown(header, key), "{key} in {header}");
            // Neither in other letters, nor with one more or one less.
            for wrong in
                [key.to_uppercase(), format!("{key}s"), key.chars().skip(1).collect(), key.replace('-', "_")]
            {
                assert!(
                    wrong == *key || keys.contains(&wrong.as_str()) || unknown(header, &wrong),
                    "{wrong} in {header}"
                );
            }
        }
        // Those of other sections are no keys of this one.
        for key in every.iter().filter(|key| !keys.contains(key)) {
            assert!(unknown(header, key), "{key} in {header}");
        }
    }
}
