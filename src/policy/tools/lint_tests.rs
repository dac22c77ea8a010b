use super::*;
use crate::policy::tools::shop::{files, now, policy};

/// Nothing is wrong with it.
const GOOD: &str = r#"[person]
alice = {}
bob = {}
dave = {}
carol = { company = "acme", sponsor = "alice", contract-end = "2027-03-31" }
[company.acme]
[label]
env = ["staging", "production"]
[group]
contractors = { members = ["carol"] }
leads = { members = ["alice", "bob", "dave"] }
[resource.stage-1]
provider = "ssh"
labels = { env = "staging" }
[resource.shop-1]
provider = "ssh"
labels = { env = "production" }
[role.shell]
description = "Shell"
resources = ["*"]
requesters = ["group:contractors"]
auto-approve = "resource.labels.env == 'staging'"
approvers = ["group:leads"]
approvals = 1
max-duration = "2h"
[role.shell.ssh]
principals = ["deploy"]
"#;

fn lines(text: &str, options: &Options) -> String {
    let found = lint(&policy(text), &Places::of(&files(text)), options, now());
    let line = |d: Diagnostic| format!("{} {d} | {}\n", d.code, d.hint.as_deref().unwrap_or("-"));
    found.into_iter().map(line).collect()
}

#[track_caller]
fn with(from: &str, to: &str) -> String {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    GOOD.replace(from, to)
}

/// With another role of the same requesters and approvers, but for what is in `rest`.
fn and_role(rest: &str) -> String {
    let keys = [
        ("description", "'d'"),
        ("resources", "['shop-1']"),
        ("requesters", "['carol']"),
        ("approvers", "['group:leads']"),
        ("approvals", "1"),
        ("max-duration", "'1h'"),
    ];
    let stage = rest.contains("[[");
    let keys = keys.iter().filter(|(key, _)| {
        let own = rest.lines().any(|line| line.starts_with(&format!("{key} ")));
        !own && (!stage || !key.starts_with("approv"))
    });
    let keys: String = keys.map(|(key, value)| format!("{key} = {value}\n")).collect();
    format!("{GOOD}[role.other]\n{keys}{rest}\n[role.other.ssh]\nprincipals = ['x']\n")
}

#[test]
fn a_policy_without_faults_has_no_warning() {
    assert_eq!(lines(GOOD, &Options::default()), "");
}

#[test]
fn each_fault_is_told_with_its_place_and_its_cure() {
    let mut all = String::new();
    let mut told = |what: &str, text: &str| {
        all += &format!("# {what}\n{}", lines(text, &Options::default()));
    };
    told("production alone", &with("resource.labels.env == 'staging'", "request.duration <= duration('1h')"));
    told(
        "one approver",
        &with(
            "leads = { members = [\"alice\", \"bob\", \"dave\"] }",
            "leads = { members = [\"alice\", \"bob\", \"dave\"] }\nboss = { members = [\"alice\"] }",
        )
        .replace("approvers = [\"group:leads\"]", "approvers = [\"group:leads\", \"group:boss\"]"),
    );
    told(
        "unused",
        &format!(
            "{}[company.other]\n[group.nobody]\nmembers = ['bob']\n[window.office]\nzone = 'UTC'\nopen = ['mon 08:00-18:00']\n\
             [ticket-system.ops]\npattern = 'OPS-[0-9]+'\n[person.zoe]\n[service.ci]\nowner = 'bob'\n\
             [training.course]\nversion = 1\n[terms.rules]\nversion = 1\ntext = 'Be careful.'\n",
            with("env = [", "tier = [\"web\"]\nenv = [")
        ),
    );
    told("an unused resource", &with("resources = [\"*\"]", "resources = [\"stage-*\"]"));
    told("refused to all", &format!("{}[deny.all]\ndescription = 'd'\nroles = ['other']\n", and_role("")));
    told("refused by its own conditions", &and_role("when = \"resource.labels.env == 'staging'\""));
    told("contracts are over", &GOOD.replace("2027-03-31", "2026-03-31"));
    told(
        "the same for less",
        &format!(
            "{GOOD}[role.other]\ndescription = 'd'\nresources = ['shop-1']\nrequesters = ['group:contractors']\napprovers = ['group:leads']\napprovals = 2\nmax-duration = '1h'\n[role.other.ssh]\nprincipals = ['deploy']\n"
        ),
    );
    told("long", &and_role("max-duration = '25h'"));
    told("long, with extensions", &and_role("max-total = '2d'"));
    told("for each other", &and_role("requesters = ['group:leads']"));
    told(
        "two for each other",
        &format!(
            "{}[role.third]\ndescription = 'd'\nresources = ['shop-1']\nrequesters = ['group:leads']\napprovers = ['carol', 'bob']\napprovals = 1\nmax-duration = '1h'\n[role.third.ssh]\nprincipals = ['y']\n",
            and_role("requesters = ['bob', 'carol']")
        ),
    );
    told(
        "contractors",
        &with(
            ", sponsor = \"alice\", contract-end = \"2027-03-31\" }",
            " }\ncarl = { company = \"acme\", sponsor = \"carol\" }",
        )
        .replace("members = [\"carol\"]", "members = [\"carol\", \"carl\"]"),
    );
    told(
        "idle rules",
        &format!(
            "{GOOD}[deny.idle]\ndescription = 'd'\nrequesters = ['alice']\n[limit.idle]\ndescription = 'd'\nroles = ['shell']\nmax-duration = '3h'\n[deny.never]\ndescription = 'd'\nresources = ['stage-1']\nwhen = \"resource.labels.env == 'production'\"\n"
        ),
    );
    told("escalation", &and_role("escalate = { after = '1h', to = ['alice', 'bob'] }"));
    told(
        "a stage twice",
        &and_role(
            "[[role.other.stage]]\nname = 'one'\napprovers = ['group:leads']\napprovals = 1\n[[role.other.stage]]\nname = 'two'\napprovers = ['alice', 'bob', 'dave']\napprovals = 1",
        ),
    );
    told(
        "debriefed by themselves",
        &and_role(
            "break-glass = { requesters = ['group:leads'], max-duration = '15m', announce = ['alice'], debrief = ['alice', 'bob'], debrief-within = '1d' }",
        ),
    );
    insta::assert_snapshot!(all, @r##"
# production alone
auto-approve-production p.toml:22:1: role `shell` needs no approval in production, on `shop-1`, where request.duration <= duration('1h') | add approvers, or leave production out: resource.labels.env != 'production'
# one approver
lone-approver p.toml:12:10: group `boss` decides, and `alice` is all of it | add somebody: while one person is away, nobody decides
# unused
unused-label p.toml:8:1: no resource has label `tier` | remove it, or name it where it was meant
unused-company p.toml:29:10: nobody is of company `other` | remove it, or name it where it was meant
unused-group p.toml:30:8: no role, rule or condition names group `nobody` | remove it, or name it where it was meant
unused-window p.toml:32:9: no role or alert has window `office` | remove it, or name it where it was meant
unused-ticket-system p.toml:35:16: no role asks ticket system `ops` | remove it, or name it where it was meant
unused-person p.toml:37:9: person `zoe` is in no group, and nothing names them | remove it, or name it where it was meant
unused-service p.toml:38:10: service `ci` is in no group, and nothing names them | remove it, or name it where it was meant
unused-training p.toml:40:11: no role asks for training `course` | remove it, or name it where it was meant
unused-terms p.toml:42:8: no role asks for terms `rules` | remove it, or name it where it was meant
# an unused resource
unused-resource p.toml:15:11: no role is for resource `shop-1` | remove it, or name it where it was meant
# refused to all
unreachable-role p.toml:28:7: nobody may ever ask for role `other`: rules and conditions refuse everything | remove it, or the rule that refuses it
# refused by its own conditions
unreachable-role p.toml:28:7: nobody may ever ask for role `other`: rules and conditions refuse everything | remove it, or the rule that refuses it
# contracts are over
unreachable-role p.toml:18:7: nobody may ask for role `shell`: every contract of its requesters is over | remove it, or name others as requesters
# the same for less
overlap p.toml:28:7: role `shell` gives the same as role `other` on `shop-1`, for less | whoever may ask for both asks for the other: make them differ, or remove one
# long
long-grant p.toml:34:1: role `other` lasts 1d1h | access for longer than a day is soon forgotten: let them ask again
# long, with extensions
long-grant p.toml:35:1: role `other` lasts 2d, with extensions | access for longer than a day is soon forgotten: let them ask again
# for each other
mutual-approval p.toml:31:1: all who decide on role `other` may ask for it: they decide for each other | let somebody decide who does not ask
# two for each other
mutual-approval p.toml:41:1: those who ask for role `third` decide on role `other`, and the other way round | let somebody decide who does not ask
# contractors
contractor-end p.toml:5:1: `carol` is of company `acme`, and the contract has no end | add contract-end = "2027-03-31": no access goes on behind it
contractor-sponsor p.toml:5:1: `carol` is of company `acme`, and nobody answers for them | add sponsor = "…"
contractor-end p.toml:6:1: `carl` is of company `acme`, and the contract has no end | add contract-end = "2027-03-31": no access goes on behind it
sponsor-is-contractor p.toml:6:28: `carol`, who answers for `carl`, is of company `acme` | name somebody of your own as sponsor
# idle rules
idle-deny p.toml:28:7: deny `idle` can match nothing that anybody may ask for | remove it, or look at whom and what it names
idle-limit p.toml:31:8: limit `idle` shortens nothing that anybody may ask for | remove it, or look at whom and what it names, and for how long
idle-deny p.toml:35:7: deny `never` can match nothing that anybody may ask for | remove it, or look at whom and what it names
# escalation
escalates-to-approvers p.toml:35:1: `escalate` of role `other` reaches nobody who does not decide already | name somebody else in `to`
# a stage twice
repeated-stage p.toml:33:14: stages 1 and 2 of role `other` are decided by the same people | make them one stage with as many approvals, or name others
# debriefed by themselves
break-glass-own-debrief p.toml:35:1: all who look at a break-glass of role `other` may use it themselves | add somebody to `debrief` who may not
"##);
    // Each code has been seen.
    for (code, _) in CODES {
        assert!(all.lines().any(|line| line.starts_with(&format!("{code} "))), "{code}");
    }
}

#[test]
fn what_is_allowed_is_not_told_and_production_may_be_called_otherwise() {
    let lax = with("resource.labels.env == 'staging'", "request.duration <= duration('1h')");
    let allow = BTreeSet::from(["auto-approve-production".to_owned()]);
    assert_eq!(lines(&lax, &Options { allow, ..Options::default() }), "");
    let production = vec![("env".to_owned(), "staging".to_owned())];
    let options = Options { production, ..Options::default() };
    assert!(lines(GOOD, &options).starts_with("auto-approve-production p.toml:22:1: "));
}

#[test]
fn codes_are_sorted_and_each_once() {
    assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
}
