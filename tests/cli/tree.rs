//! The whole command line at once: help, JSON, ends, completions, man pages.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Command;

use crate::env::{Server, TestEnv, finish};

/// Each command with arguments that do something harmless. `None`: its output is a protocol of its own,
/// or it never ends by itself; both are listed in ARCHITECTURE.md.
const COMMANDS: &[(&str, Option<&[&str]>)] = &[
    ("request", Some(&["staging-shell", "--on", "stage-web-1", "--for", "10m", "--dry-run"])),
    ("approve", Some(&["ffffffffffff"])),
    ("deny", Some(&["ffffffffffff", "--comment", "no"])),
    ("cancel", Some(&["ffffffffffff"])),
    ("list", Some(&[])),
    ("show", Some(&["ffffffffffff"])),
    ("wait", Some(&["ffffffffffff", "--timeout", "1s"])),
    ("revoke", Some(&["--mine"])),
    ("roles", Some(&[])),
    ("explain", Some(&["staging-shell"])),
    ("exec", None),
    ("env", Some(&["ffffffffffff"])),
    ("credential ssh", Some(&["ffffffffffff"])),
    ("login", Some(&[])),
    ("logout", Some(&["--forget"])),
    ("whoami", Some(&[])),
    ("context list", Some(&[])),
    ("context use", Some(&["local"])),
    ("context add", Some(&["other", "--policy", "p", "--data", "d"])),
    ("context remove", Some(&["nothing"])),
    ("policy check", Some(&["/nonexistent"])),
    ("audit log", Some(&[])),
    ("audit verify", Some(&[])),
    ("audit export", Some(&["--out", "export.ndjson"])),
    ("user add", Some(&["dora"])),
    ("user list", Some(&[])),
    ("user disable", Some(&["nobody"])),
    ("user code", Some(&["nobody"])),
    ("serve", None),
    ("doctor", Some(&[])),
    ("demo", None),
    ("completion", None),
    ("version", Some(&[])),
    ("help", None),
];

fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
    for sub in command.get_subcommands() {
        let path = format!("{path} {}", sub.get_name()).trim().to_owned();
        if sub.has_subcommands() { leaves(sub, &path, found) } else { found.push(path) }
    }
}

#[test]
fn every_command_without_input_ends_within_five_seconds_with_a_document_or_an_error_object() {
    let mut found = Vec::new();
    leaves(&jit_access::cli::command(), "", &mut found);
    let listed: Vec<String> = COMMANDS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, listed, "a command is missing in this test, or is listed and gone");

    let server = Server::example();
    let admin = server.admin();
    let alone = TestEnv::new();
    for (name, args) in COMMANDS {
        let Some(args) = args else { continue };
        for machine in [admin, &alone] {
            let words: Vec<&str> =
                name.split(' ').chain(args.iter().copied()).chain(["-o", "json"]).collect();
            let begun = Instant::now();
            let out = finish(machine.command(&words), Duration::from_secs(5));
            if out.code == 0 {
                assert_eq!(out.json()["schema"], "jit/v1", "{name}: {out:?}");
                assert!(out.json()["kind"].is_string(), "{name}");
            } else {
                let error = out.error();
                assert_eq!((&error["schema"], &error["kind"]), (&"jit/v1".into(), &"error".into()), "{name}");
                assert!(out.stdout.is_empty() || out.json()["kind"].is_string(), "{name}: {out:?}");
            }
            assert!(begun.elapsed() < Duration::from_secs(5), "{name}");
        }
    }
}

#[test]
fn every_command_without_any_argument_ends_and_never_asks() {
    let mut found = Vec::new();
    leaves(&jit_access::cli::command(), "", &mut found);
    let alone = TestEnv::new();
    for name in found.iter().filter(|name| *name != "serve" && *name != "demo") {
        let words: Vec<&str> = name.split(' ').collect();
        let out = finish(alone.command(&words), Duration::from_secs(5));
        assert!(out.code != -1 && out.code != 101, "{name}: {out:?}");
    }
}

#[test]
fn the_committed_completions_and_man_pages_are_those_of_the_command_line() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fresh = tempfile::tempdir().unwrap();
    generate(fresh.path());
    let update = std::env::var_os("UPDATE").is_some();
    for folder in ["completions", "man"] {
        let committed = root.join(folder);
        if update {
            std::fs::create_dir_all(&committed).unwrap();
        }
        for file in std::fs::read_dir(fresh.path().join(folder)).unwrap() {
            let file = file.unwrap();
            let now = std::fs::read(file.path()).unwrap();
            let path = committed.join(file.file_name());
            if update {
                std::fs::write(&path, &now).unwrap();
            }
            let same = std::fs::read(&path).is_ok_and(|committed| committed == now);
            assert!(same, "{} is stale: UPDATE=1 cargo test --test cli committed", path.display());
        }
        // What no command makes any more; pages written by hand are of other sections.
        for file in std::fs::read_dir(&committed).unwrap() {
            let name = file.unwrap().file_name();
            let by_hand = !Path::new(&name).extension().is_none_or(|e| e == "1" || folder == "completions");
            assert!(
                by_hand || fresh.path().join(folder).join(&name).exists(),
                "{name:?} belongs to no command"
            );
        }
    }
}

fn generate(to: &Path) {
    use clap_complete::aot::{Bash, Fish, Zsh, generate_to};
    let (completions, man) = (to.join("completions"), to.join("man"));
    std::fs::create_dir_all(&completions).unwrap();
    std::fs::create_dir_all(&man).unwrap();
    let mut command = jit_access::cli::command();
    generate_to(Bash, &mut command, "jit", &completions).unwrap();
    generate_to(Zsh, &mut command, "jit", &completions).unwrap();
    generate_to(Fish, &mut command, "jit", &completions).unwrap();
    let mut command = jit_access::cli::command().disable_help_subcommand(true);
    command.build();
    clap_mangen::generate_to(command, &man).unwrap();
}
