//! What we show others: the example policies, the manual jit-policy(5) and the README. All of it loads, does
//! what it says, and leaves no key out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::cases::{self, parse_cases, run};
use super::oncall::OnCallSource;
use super::ticket::TicketSystem;
use super::*;
use crate::domain::{Digest, Time};

fn path(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path_of: &str) -> String {
    std::fs::read_to_string(path(path_of)).unwrap()
}

pub(super) fn folder(folder: &str) -> Vec<SourceFile> {
    let mut paths: Vec<_> = std::fs::read_dir(path(folder)).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let file = |path: PathBuf| SourceFile {
        name: path.file_name().unwrap().to_str().unwrap().to_owned(),
        text: std::fs::read_to_string(&path).unwrap(),
    };
    paths.into_iter().map(file).collect()
}

fn render(all: &[Diagnostic], files: &[SourceFile]) -> String {
    all.iter().map(|d| d.render(files, false)).collect::<Vec<_>>().join("\n")
}

#[track_caller]
pub(super) fn policy(files: &[SourceFile]) -> Policy {
    Policy::parse(files).unwrap_or_else(|all| panic!("{}", render(&all, files)))
}

/// Runs all cases at that time, and gives how many there are.
#[track_caller]
fn passes(policy: &Policy, files: &[SourceFile], now: &str) -> usize {
    let cases = parse_cases(files).unwrap_or_else(|all| panic!("{}", render(&all, files)));
    let report = run(policy, &cases, now.parse::<Time>().unwrap());
    let failed: Vec<_> = report.cases.iter().filter(|case| !case.passed).collect();
    assert!(failed.is_empty(), "at {now}: {failed:#?}");
    report.passed
}

/// With the number of cases that each has at least.
const EXAMPLES: [(&str, usize); 3] =
    [("policies/agency", 7), ("policies/company", 10), ("policies/regulated", 10)];

#[test]
fn every_example_policy_passes_its_cases_whenever_they_are_run() {
    for (example, least) in EXAMPLES {
        let policy = policy(&folder(example));
        let cases = folder(&format!("{example}/tests"));
        // A Saturday noon, a Monday night, the freeze at a year's end, and long after every contract.
        for now in
            ["2026-11-21T12:00:00Z", "2026-11-23T02:00:00Z", "2026-12-24T09:00:00Z", "2041-07-01T09:00:00Z"]
        {
            assert!(passes(&policy, &cases, now) >= least, "{example}");
        }
    }
}

#[test]
fn the_ticket_program_that_the_examples_pin_is_the_one_that_we_ship() {
    let shipped = Digest::of(&std::fs::read(path("examples/jit-ticket-folder")).unwrap());
    let (policies, _) = manual_blocks();
    for policy in [policy(&folder("policies/regulated")), policy(&policies)] {
        let ticket::TicketSource::Command(command) =
            &policy.ticket_systems["changes"].check.as_ref().unwrap().ask
        else {
            panic!()
        };
        assert_eq!(command.sha256, Some(shipped), "examples/jit-ticket-folder has changed");
    }
}

/// As a reader sees it.
fn manual() -> String {
    read("man/jit-policy.5")
        .replace("\\-", "-")
        .replace("\\(aq", "'")
        .replace("\\(dq", "\"")
        .replace("\\e", "\\")
}

/// The blocks of TOML of the manual: one policy, and test cases.
fn manual_blocks() -> (Vec<SourceFile>, Vec<SourceFile>) {
    let manual = manual();
    let blocks = manual.split("\n.nf\n").skip(1).map(|block| block.split("\n.fi\n").next().unwrap());
    let (cases, policy): (Vec<_>, Vec<_>) = blocks.partition(|block| block.starts_with("[[case]]"));
    let file = |blocks: Vec<&str>| vec![SourceFile { name: "man".into(), text: blocks.join("\n\n") + "\n" }];
    (file(policy), file(cases))
}

#[test]
fn the_manuals_examples_are_one_policy_that_passes_the_manuals_test_cases() {
    let (files, cases) = manual_blocks();
    let policy = policy(&files);
    assert!(policy.roles.len() > 5);
    for now in ["2026-11-21T12:00:00Z", "2041-07-01T09:00:00Z"] {
        assert!(passes(&policy, &cases, now) > 2);
    }
    for file in files.iter().chain(&cases) {
        assert_eq!(format::format(&file.text).unwrap(), file.text, "in the layout that it tells of");
    }
}

/// What each section of the manual has an entry for.
fn entries() -> BTreeMap<String, BTreeSet<String>> {
    let mut entries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let (mut section, mut entry) = (String::new(), false);
    for line in manual().lines() {
        if let Some(title) = line.strip_prefix(".SH ") {
            title.clone_into(&mut section);
        }
        if entry {
            let words = line.split(|c: char| !c.is_ascii_alphanumeric() && !"-_.".contains(c));
            entries.entry(section.clone()).or_default().extend(words.skip(1).map(str::to_owned));
        }
        entry = line == ".TP";
    }
    entries
}

#[test]
fn the_manual_has_an_entry_and_an_example_for_every_key() {
    let entries = entries();
    let (policy, cases) = manual_blocks();
    let examples = format!("{}\n{}", policy[0].text, cases[0].text);
    let has_example = |key: &str| {
        let starts = [format!("{key} = "), format!("{key} = {{"), format!(".{key}]"), format!("[{key}]")];
        let starts_with = |line: &str| starts.iter().any(|start| line.starts_with(start));
        let inside = |line: &str| {
            let keys =
                [format!("{{ {key} = "), format!(", {key} = "), format!(".{key}]"), format!("[{key}]")];
            keys.iter().any(|inside| line.contains(inside))
        };
        examples.lines().any(|line| starts_with(line) || inside(line))
    };
    let targets: Vec<&str> = target::keys().collect();
    for (sections, keys) in [
        (&["PEOPLE AND COMPANIES"][..], &draft::PERSON_KEYS[..]),
        (&["PEOPLE AND COMPANIES"], &draft::SERVICE_KEYS),
        (&["PEOPLE AND COMPANIES"], &draft::COMPANY_KEYS),
        (&["GROUPS"], &["members"]),
        (&["GROUPS"], &OnCallSource::KEYS),
        (&["RESOURCES"], &draft::RESOURCE_KEYS),
        (&["RESOURCES", "ROLES"], &targets),
        (&["ROLES"], &draft::ROLE_KEYS),
        (&["ROLES"], &draft::STAGE_KEYS),
        (&["ROLES"], &draft::ESCALATE_KEYS),
        (&["ROLES"], &draft::BREAK_GLASS_KEYS),
        (&["ROLES"], &draft::REQUIRE_KEYS),
        (&["DENY RULES"], &draft::DENY_KEYS),
        (&["LIMITS"], &draft::LIMIT_KEYS),
        (&["ALERTS"], &draft::ALERT_KEYS),
        (&["WINDOWS"], &window::KEYS),
        (&["TICKET SYSTEMS"], &TicketSystem::KEYS),
        (&["TRAINING AND TERMS"], &draft::TRAINING_KEYS),
        (&["TRAINING AND TERMS"], &draft::TERMS_KEYS),
        (&["ROLES IN JIT ITSELF"], &draft::TOOL_ROLES_KEYS),
        (&["TEST CASES"], &cases::KEYS),
    ] {
        for key in keys {
            let entry = sections.iter().any(|section| entries[*section].contains(*key));
            assert!(entry, "{sections:?} has no entry for {key}");
            assert!(has_example(key), "{key} has no example");
        }
    }
    for (code, _) in tools::lint::CODES {
        assert!(entries["WARNINGS"].contains(code), "{code}");
    }
    for kind in draft::KINDS {
        let starts = [format!("[{kind}."), format!("[{kind}]")];
        let example = examples.lines().any(|line| starts.iter().any(|start| line.starts_with(start)));
        assert!(entries["DESCRIPTION"].contains(kind) && example, "{kind}");
    }
}

#[test]
fn the_readmes_policies_are_one_that_passes_the_readmes_test_case() {
    let readme = read("README.md");
    let blocks = readme.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap());
    let (cases, policies): (Vec<_>, Vec<_>) = blocks.partition(|block| block.starts_with("[[case]]"));
    let file = |text: String| [SourceFile { name: "README.md".into(), text }];
    // The smallest stands by itself.
    let smallest = policy(&file(policies[0].to_owned()));
    assert_eq!(passes(&smallest, &file(cases.concat()), "2026-11-21T12:00:00Z"), 1);
    assert_eq!(policy(&file(policies.join("\n"))).roles.len(), policies.len());
}
