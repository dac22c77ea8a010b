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
        !rest.lines().any(|line| line.starts_with(&format!("{key} ")))
            && !(stage && key.starts_with("approv"))
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
             [ticket-system.ops]\npattern = 'OPS-[0-9]+'\n[person.zoe]\n[service.ci]\nowner = 'bob'\n",
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
    insta::assert_snapshot!(all, @"");
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
    assert!(lines(GOOD, &options).starts_with("auto-approve-production p.toml:23:1: "));
}

#[test]
fn codes_are_sorted_and_each_once() {
    assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
}
