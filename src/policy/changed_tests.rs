use super::*;

const POLICY: &str = r#"
[person]
alice = {}
bob = {}
carol = {}
dave = { company = "acme", sponsor = "alice", contract-end = "2099-01-01" }
[company.acme]
[label]
env = ["staging", "production"]
[group.ops]
members = ["carol"]
[group.leads]
members = ["alice", "bob"]
[group.late]
members = ["bob"]
[group.barred]
members = ["dave"]
[window.office]
zone = "UTC"
open = ["mon-fri 08:00-18:00"]
[ticket-system.desk]
pattern = "OPS-[0-9]+"
url = "https://desk.example.net/{ticket}"
open-states = ["open"]
assignee = "anyone"

[training.course]
version = 1
trainers = ["group:coaches"]
[group.coaches]
members = ["alice"]
[terms.rules]
version = 1
text = "Be careful."

[resource.web-1]
provider = "ssh"
labels = { env = "production" }
[resource.web-2]
provider = "ssh"
labels = { env = "staging" }

[role.plain]
resources = ["web-1"]
requesters = ["carol"]
approvers = ["alice"]
approvals = 1
max-duration = "1h"
ssh = { principals = ["deploy"] }

[role.grouped]
resources = ["web-*"]
requesters = ["group:ops"]
approvers = ["group:leads"]
approvals = 1
max-duration = "1h"
request-windows = ["office"]
escalate = { after = "1h", to = ["group:late"] }
ssh = { principals = ["deploy"] }

[role.careful]
resources = ["web-2"]
requesters = ["carol", "dave"]
approvers = ["alice"]
approvals = 1
auto-approve = "'ops' in requester.groups"
max-duration = "1h"
require = { ticket-system = "desk", training = ["course"], terms = ["rules"] }
ssh = { principals = ["deploy"] }

[role.glass]
resources = ["web-2"]
requesters = ["carol"]
approvers = ["alice"]
approvals = 1
max-duration = "1h"
break-glass = { max-duration = "30m", announce = ["group:late"], debrief = ["alice"] }
ssh = { principals = ["deploy"] }

[deny.barred]
roles = ["plain"]
requesters = ["group:barred"]
"#;

fn files(text: &str) -> Vec<SourceFile> {
    vec![SourceFile { name: "p.toml".into(), text: text.into() }]
}

fn good() -> Policy {
    Policy::parse(&files(POLICY)).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn after(new: &str) -> Changed {
    changed(&files(POLICY), &files(new), &good())
}

#[track_caller]
fn replaced(from: &str, to: &str) -> Changed {
    assert!(POLICY.contains(from), "{from}");
    after(&POLICY.replacen(from, to, 1))
}

fn added(text: &str) -> Changed {
    after(&format!("{POLICY}\n{text}\n"))
}

fn roles(names: &[&str]) -> Changed {
    Changed::Roles(names.iter().map(|name| name.parse().unwrap()).collect())
}

#[test]
fn the_same_in_another_layout_and_in_other_files_is_no_change() {
    assert_eq!(after(POLICY), roles(&[]));
    let (people, rest) = POLICY.split_at(POLICY.find("[company.acme]").unwrap());
    let rest = rest.replace("[\"alice\", \"bob\"]", "[\n  'alice',\n  'bob', # leads\n]");
    let two = ["z.toml", "a.toml"]
        .into_iter()
        .zip([people, &rest])
        .map(|(name, text)| SourceFile { name: name.into(), text: format!("# {name}\n{text}") });
    assert_eq!(changed(&files(POLICY), &two.collect::<Vec<_>>(), &good()), roles(&[]));
}

#[test]
fn a_role_that_is_changed_wrong_or_gone_is_that_role() {
    let role = "resources = [\"web-1\"]\nrequesters = [\"carol\"]";
    for to in [
        "resources = [\"web-2\"]\nrequesters = [\"carol\"]",
        "resources = [\"web-1\"]\nrequesters = [\"crol\"]",
        "resources = 1\nrequesters = [\"carol\"]",
        "rsources = [\"web-1\"]\nrequesters = [\"carol\"]",
    ] {
        assert_eq!(replaced(role, to), roles(&["plain"]), "{to}");
    }
    assert_eq!(replaced("[role.plain]", "[role.other]"), roles(&["plain"]));
    assert_eq!(replaced("[role.plain]", "[role.\"No Name\"]"), roles(&["plain"]));
    let twice = |text: &str| files(POLICY).into_iter().chain(files(text)).collect::<Vec<_>>();
    assert_eq!(changed(&files(POLICY), &twice("[role.plain]\n"), &good()), roles(&["plain"]));
}

#[test]
fn what_a_role_refers_to_is_of_that_role() {
    assert_eq!(replaced("[group.leads]\nmembers = [\"alice\", ", "[group.leads]\nmembers = ["), {
        // One that looks at groups may look at this one.
        roles(&["grouped", "careful"])
    });
    assert_eq!(replaced("[group.ops]", "[group.opss]"), roles(&["grouped", "careful"]));
    assert_eq!(replaced("members = [\"bob\"]", "members = []"), roles(&["grouped", "careful", "glass"]));
    assert_eq!(replaced("members = [\"dave\"]", "members = [\"bob\"]"), {
        // By the deny rule.
        roles(&["plain", "careful"])
    });
    assert_eq!(replaced("08:00-18:00", "08:00-30:00"), roles(&["grouped"]));
    assert_eq!(replaced("OPS-[0-9]+", "OPS-[0-9"), roles(&["careful"]));
    assert_eq!(
        replaced("[training.course]\nversion = 1", "[training.course]\nversion = 2"),
        roles(&["careful"])
    );
    assert_eq!(replaced("Be careful.", ""), roles(&["careful"]));
    // Who says that somebody was trained.
    assert_eq!(replaced("[group.coaches]\nmembers = [\"alice\"]", "[group.coaches]"), roles(&["careful"]));
    assert_eq!(replaced("[resource.web-1]", "[resource.web-3]"), roles(&["plain", "grouped"]));
    assert_eq!(
        replaced("labels = { env = \"staging\" }", "labels = { env = \"stagin\" }"),
        roles(&["grouped", "careful", "glass"])
    );
}

#[test]
fn what_is_not_simple_is_everything() {
    for (from, to) in [
        ("[deny.barred]", "[deny.other]"),
        ("requesters = [\"group:barred\"]", "requesters = [\"group:bared\"]"),
        ("alice = {}\n", ""),
        ("2099-01-01", "2098-01-01"),
        ("[company.acme]", "[company.emca]"),
        ("[\"staging\", \"production\"]", "[\"staging\"]"),
        ("[role.plain]", "[roel.plain]"),
        ("[role.plain]", "[role.plain"),
        ("[group.late]", "[group.alice]"),
        ("[company.acme]", "[company.acme]\n[person.ops]"),
        ("[company.acme]", "[company.acme]\n[service.carol]\nowner = \"alice\""),
    ] {
        assert_eq!(replaced(from, to), Changed::Everything, "{from} → {to}");
    }
    for text in ["[deny.more]", "[limit.more]", "[unknown.x]", "[role.plain", "\0"] {
        assert_eq!(added(text), Changed::Everything, "{text}");
    }
    for text in ["x = 1", "role = 1", "window = 1"] {
        let new = [files(POLICY), files(text)].concat();
        assert_eq!(changed(&files(POLICY), &new, &good()), Changed::Everything, "{text}");
    }
    assert_eq!(changed(&files("["), &files(POLICY), &good()), Changed::Everything);
}

#[test]
fn what_is_only_added_touches_nothing_in_force() {
    for text in [
        "[role.new]",
        "[resource.web-9]",
        "[group.new]",
        "[window.new]",
        "[ticket-system.new]",
        "[training.new]",
        "[terms.new]",
        "[company.new]",
        "[person.erin]",
        "[service.robot]",
    ] {
        assert_eq!(added(text), roles(&[]), "{text}");
    }
}

#[test]
fn roles_differ_by_what_they_mean() {
    let other = |from: &str, to: &str| {
        let new = Policy::parse(&files(&POLICY.replacen(from, to, 1)));
        roles_that_differ(&good(), &new.unwrap_or_else(|errors| panic!("{errors:#?}")))
    };
    let names = |names: &[&str]| names.iter().map(|n| n.parse().unwrap()).collect::<BTreeSet<Name>>();
    assert_eq!(other("[role.grouped]", "# a comment\n[role.grouped]"), names(&[]));
    assert_eq!(
        other("[group.ops]\nmembers = [\"carol\"]", "[group.ops]\nmembers = [\"bob\"]"),
        names(&["grouped"])
    );
    assert_eq!(other("[role.glass]", "[role.smash]"), names(&["glass"]));
}
