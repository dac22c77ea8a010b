//! The example policy in `policies/company`: what its test cases say where they fail, and that no slip of
//! the pen in it gives anybody more.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::cases::{parse_cases, run};
use super::manual_tests::{folder, policy};
use super::*;
use crate::domain::{Actor, Gives, Principal, Time};

static EXAMPLE: LazyLock<Vec<SourceFile>> = LazyLock::new(|| folder("policies/company"));

fn example() -> Policy {
    policy(&EXAMPLE)
}

fn person(name: &str) -> Actor {
    Actor::person(Principal { issuer: "jit".parse().unwrap(), subject: name.parse().unwrap() })
}

fn now() -> Time {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

#[test]
fn a_test_case_that_does_not_hold_says_what_came_instead() {
    let case = |rest: &str| {
        format!(
            "[[case]]\nname='c'\nrequester='bob'\nrole='prod-root'\nresource='shop-db-1'\nfor='30m'\n{rest}\n"
        )
    };
    let text = [
        "reason='x'\nticket='INC-1'\nexpect='allow'\napprovals=1\napprovers=['alice', 'bob']",
        "reason='x'\nticket='INC-1'\nexpect='refuse'",
        "expect='allow'",
        "reason='x'\nticket='no'\nexpect='refuse'\nbecause='too long'",
        // The policy itself says who is in it.
        "directory={ops=['mallory']}\nexpect='refuse'",
    ]
    .map(case)
    .concat();
    let cases = parse_cases(&[SourceFile { name: "t.toml".into(), text }]).unwrap();
    let report = run(&example(), &cases, now());
    assert_eq!((report.passed, report.failed), (0, 5));
    let problems: Vec<String> = report.cases.into_iter().flat_map(|case| case.problems).collect();
    insta::assert_snapshot!(problems.join("\n"), @r##"
expected 1 approvals, and it takes 2
expected alice, bob to decide, and it is alice, dave
expected a refusal, and it was allowed
expected to be allowed, and it was refused: a reason is required; a ticket is required (pattern (OPS|INC)-[0-9]+)
expected a refusal because of "too long", and it was: ticket "no" does not match the pattern (OPS|INC)-[0-9]+
`directory`: there is no group `ops` that is left to the directory
"##);
}

#[test]
fn a_wrong_test_case_is_an_error_and_no_case_at_all_too() {
    let said = |text: &str| {
        let files = [SourceFile { name: "t.toml".into(), text: text.to_owned() }];
        let line = |d: &Diagnostic| format!("{d} | {}", d.hint.as_deref().unwrap_or("-"));
        parse_cases(&files).unwrap_err().iter().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(
        [
            said(""),
            said("[[case]]\n"),
            said("[case]\n"),
            said("[[case]]\nname='a'\nrequester='Bob'\nkind='robot'\nrole='r'\nfor='1'\nstart='soon'\nexpect='allow'\nbecause='x'\nwhy=1\n"),
        ]
        .join("\n"),
        @r##"
no test cases | see jit-policy(5), "TEST CASES"
t.toml:1:1: case 1 has no `expect` | add expect = "allow" or expect = "refuse"
t.toml:1:1: case 1 has no `for` | add for = "…"
t.toml:1:1: case 1 has no `name` | add name = "…"
t.toml:1:1: case 1 has no `requester` | add requester = "alice"
t.toml:1:1: case 1 has no `role` | add role = "…"
t.toml:1:1: `case` of a file of test cases is a table, expected tables, each `[[case]]` | -
t.toml:3:11: `Bob` is no name of a user: a name has lower-case letters, digits and `. _ - +`, and starts with a letter or a digit | write `bob`
t.toml:4:6: `kind` of case 1 is `robot`, expected one of `person`, `service` | -
t.toml:6:5: `1` is no duration: a bare number has no unit: write 60s or 60m | units are d, h, m and s, in that order: "1h30m"
t.toml:7:7: `soon` is no time: a time is written as 2026-11-21T18:05:00Z | -
t.toml:9:1: `because` is not for a case that expects this | -
t.toml:10:1: unknown key `why` in case 1 | the keys are `name`, `requester`, `kind`, `owner`, `role`, `resource`, `for`, `reason`, `ticket`, `start`, `at`, `break-glass`, `mfa-age`, `ticket-answer`, `on-call`, `directory`, `open`, `lacks`, `expect`, `because`, `approvers`, `approvals`, `longest`
"##
    );
}

const ACCOUNTS: [&str; 3] = ["deploy", "logs", "root"];
const PEOPLE: [&str; 5] = ["alice", "bob", "carol", "ci-deploy", "dave"];

/// What one may get or do: more of these is more rights.
fn rights(policy: &Policy) -> BTreeSet<String> {
    let mut rights = BTreeSet::new();
    for (role, person) in policy.roles.values().flat_map(|role| PEOPLE.map(|name| (role, person(name)))) {
        if policy.may_ever_decide(role, &person, now(), &World::default()) {
            rights.insert(format!("{} decides on {}", person.name(), role.name));
        }
        if policy.may_request(role, &person, &World::default()) {
            for resource in &role.resources {
                // With n approvals all of n or more are given too: fewer approvals are more rights.
                for approvals in role.approvals().needed()..9 {
                    rights.insert(format!("{} {} {resource} {approvals}", person.name(), role.name));
                }
                let max = role.max_duration.secs();
                rights.insert(format!("{} {} {resource} {max}s", person.name(), role.name));
                let Gives::Ssh(gives) = &role.gives else { continue };
                // An account that is on no host is worth nothing, as a user whom nobody has named.
                let accounts = gives.principals.iter().filter(|account| ACCOUNTS.contains(&account.as_str()));
                let open = [
                    ("any ticket", role.require.ticket.is_none()),
                    ("any command", gives.force_command.is_none()),
                ];
                let open = open.into_iter().filter(|(_, open)| *open).map(|(what, _)| what.to_owned());
                for what in accounts.chain(&gives.extensions).cloned().chain(open) {
                    rights.insert(format!("{} {} {resource} {what}", person.name(), role.name));
                }
            }
        }
    }
    rights
}

/// The places of all names and keys: words of letters, digits, `-` and `_` outside of comments, of
/// numbers, and of texts that are no names.
fn identifiers(text: &str) -> Vec<std::ops::Range<usize>> {
    let free = [
        "description",
        "max-duration",
        "pending-timeout",
        "claim-timeout",
        "force-command",
        "approvals",
        "address",
    ];
    let mut found = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let code = line.split('#').next().unwrap();
        // Of these only the key is a name.
        let end = free.iter().find(|key| code.starts_with(**key)).map_or(code.len(), |key| key.len());
        let mut start = None;
        for (at, c) in code.get(..end).unwrap().char_indices().chain([(end, ' ')]) {
            let word = c.is_ascii_alphanumeric() || c == '-' || c == '_';
            match (start, word) {
                (None, true) => start = Some(at),
                (Some(from), false) => {
                    // Durations and times of day are no names.
                    if !code.get(from..).unwrap().starts_with(|c: char| c.is_ascii_digit()) {
                        found.push(line_start + from..line_start + at);
                    }
                    start = None;
                }
                _ => {}
            }
        }
        line_start += line.len();
    }
    found
}

/// A role or resource under another name is the same role or resource. Anything that was there keeps
/// its name, so this finds the one that was renamed.
fn as_before(before: &Policy, after: &Policy, right: &str) -> String {
    let mut right = right.to_owned();
    let renamed = |old: Vec<&str>, new: Vec<&str>| {
        let gone = old.iter().find(|name| !new.contains(name)).map(|name| (*name).to_owned());
        let come = new.iter().find(|name| !old.contains(name)).map(|name| (*name).to_owned());
        come.zip(gone)
    };
    let roles = |policy: &'_ Policy| policy.roles.keys().map(ToString::to_string).collect::<Vec<_>>();
    let resources = |policy: &'_ Policy| policy.resources.keys().map(ToString::to_string).collect::<Vec<_>>();
    for names in [&roles as &dyn Fn(&Policy) -> Vec<String>, &resources] {
        let (old, new) = (names(before), names(after));
        let pair =
            renamed(old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
        if let Some((come, gone)) = pair {
            right = right
                .split(' ')
                .map(|word| if word == come { &gone } else { word })
                .collect::<Vec<_>>()
                .join(" ");
        }
    }
    right
}

#[test]
fn the_identifiers_of_the_example_are_found() {
    let words: BTreeSet<&str> = EXAMPLE
        .iter()
        .flat_map(|file| identifiers(&file.text).into_iter().map(|range| file.text.get(range).unwrap()))
        .collect();
    for word in [
        "group",
        "members",
        "carol",
        "ci-deploy",
        "staging",
        "auto-approve",
        "principals",
        "root",
        "reason",
        "max-duration",
    ] {
        assert!(words.contains(word), "{word}");
    }
    assert!(!words.contains("30m") && !words.contains("Root"));
}

proptest! {
    #[test]
    fn misspelling_one_key_or_name_gives_nobody_more(
        file in any::<prop::sample::Index>(),
        word in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        edit in 0..4,
        with in "[a-z0-9_-]",
    ) {
        let mut files = EXAMPLE.clone();
        let before = Policy::parse(&files).unwrap();
        let file = file.get_mut(&mut files);
        let words = identifiers(&file.text);
        let word = word.get(&words).clone();
        let at = word.start + place.index(word.len());
        let was = file.text.clone();
        match edit {
            0 => file.text.replace_range(at..=at, &with),
            1 => file.text.insert_str(at, &with),
            2 => file.text.replace_range(at..=at, ""),
            _ if at + 1 < word.end => {
                let swapped: String = file.text.get(at..at + 2).unwrap().chars().rev().collect();
                file.text.replace_range(at..at + 2, &swapped);
            }
            _ => {}
        }
        let now: &str = file.text.get(word.start..).unwrap();
        let (was, now) = (was.get(word.clone()).unwrap().to_owned(), now.lines().next().unwrap_or("").to_owned());
        if let Ok(after) = Policy::parse(&files) {
            let before_rights = rights(&before);
            for right in rights(&after) {
                let right = as_before(&before, &after, &right);
                prop_assert!(before_rights.contains(&right), "{was:?} became {now:?}: {right}");
            }
        }
    }

    #[test]
    fn no_text_panics_the_parser_or_its_diagnostics(text in "(\\PC|[\\[\\]{}=.\"'#\n\r\t\u{0}\u{1b}\u{202e}]|role|group|resource|members|a|b|1){0,60}") {
        let files = [SourceFile { name: "p.toml".into(), text }];
        for diagnostic in Policy::parse(&files).err().into_iter().flatten() {
            let shown = diagnostic.render(&files, false);
            prop_assert!(shown.lines().all(|line| crate::domain::text::escape(line) == line), "{shown:?}");
        }
        let _ = parse_cases(&files);
    }

    #[test]
    fn no_damage_to_the_example_panics_the_parser(
        file in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0usize..40,
        with in "(\\PC|[\\[\\]{}=.\"'#\n*!?\\\\,0-9]){0,8}",
    ) {
        let mut files = EXAMPLE.clone();
        let file = file.get_mut(&mut files);
        let from = file.text.floor_char_boundary(from.index(file.text.len()));
        let to = file.text.floor_char_boundary(from + length);
        file.text.replace_range(from..to, &with);
        for diagnostic in Policy::parse(&files).err().into_iter().flatten() {
            let _ = diagnostic.render(&files, true);
        }
    }
}
