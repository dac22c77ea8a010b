//! Each way an OS keyring can be, with real daemons: what jit says, and that it never hangs.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests, beside the tests")]

#[path = "cli/keyring_session.rs"]
mod keyring_session;

use std::process::Stdio;
use std::time::{Duration, Instant};

use jit_access::secrets::{self, Options, Secret, SecretError, SecretStore, StoreKind};
use keyring_session::KeyringSession;

const ACCOUNT: &str = "https://jit.example.com";

/// Runs one of the children below in the session, and returns what it printed between brackets.
fn child(session: Option<KeyringSession>, name: &str) -> Option<(Vec<String>, Duration)> {
    let session = session?;
    let start = Instant::now();
    let output = session
        .command(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{err}");
    assert!(!text.contains("canary") && !err.contains("canary"), "{text}\n{err}");
    let said = text.split('⟦').skip(1).filter_map(|part| part.split('⟧').next()).map(str::to_owned);
    Some((said.collect(), start.elapsed()))
}

fn say<T: std::fmt::Debug>(what: &str, result: Result<T, SecretError>) {
    match result {
        Ok(value) => println!("⟦{what}: {value:?}⟧"),
        Err(err) => {
            // The sentence, and the variant's name.
            let variant = format!("{err:?}");
            let variant = variant.split([' ', '(']).next().unwrap();
            println!("⟦{what}: {variant}: {err}⟧");
            assert_eq!(err.exit_code(), 9);
            let hint = err.hint().unwrap();
            assert!(hint.contains("--store file") && hint.contains("JIT_TOKEN_FILE"), "{hint}");
        }
    }
}

fn use_all(store: &dyn SecretStore) {
    say("load", store.load(ACCOUNT).map(|found| found.is_some()));
    say("save", store.save(ACCOUNT, &Secret::new("canary".to_owned())));
    say("delete", store.delete(ACCOUNT));
    say("probe", store.probe());
}

#[test]
#[ignore = "a child of the tests below"]
fn child_without_a_person() {
    if !keyring_session::inside() {
        return;
    }
    let keyring = secrets::keyring::Keyring::new(false).within(Duration::from_secs(3));
    use_all(&keyring);
}

#[test]
#[ignore = "a child of the tests below"]
fn child_with_a_person() {
    if !keyring_session::inside() {
        return;
    }
    let keyring = secrets::keyring::Keyring::new(true).within(Duration::from_secs(3));
    use_all(&keyring);
}

#[test]
#[ignore = "a child of the tests below"]
fn child_saves() {
    if !keyring_session::inside() {
        return;
    }
    let keyring = secrets::keyring::Keyring::new(false);
    keyring.save(ACCOUNT, &Secret::new("canary".to_owned())).unwrap();
    assert!(keyring.load(ACCOUNT).unwrap().is_some());
}

#[test]
#[ignore = "a child of the tests below"]
fn child_loads() {
    if !keyring_session::inside() {
        return;
    }
    let keyring = secrets::keyring::Keyring::new(false);
    say("load", keyring.load(ACCOUNT).map(|found| found.is_some_and(|s| s.expose() == "canary")));
}

/// A file or memory store where there is no keyring at all.
#[test]
#[ignore = "a child of the tests below"]
fn child_without_a_keyring() {
    if !keyring_session::inside() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    for kind in [StoreKind::File, StoreKind::Memory] {
        let passphrase: secrets::AskPassphrase = Box::new(|_| Ok(Secret::new("words".to_owned())));
        let options = Options { config_dir: &home.path().join("jit"), person: false, passphrase };
        let store = secrets::open(kind, options);
        assert_eq!(store.kind(), kind);
        use_all(store.as_ref());
    }
}

fn assert_all(said: &[String], sentence: &str) {
    assert_eq!(said.len(), 4, "{said:#?}");
    for (line, what) in said.iter().zip(["load", "save", "delete", "probe"]) {
        assert_eq!(*line, format!("{what}: {sentence}"));
    }
}

#[test]
fn without_d_bus_it_says_so() {
    let Some((said, took)) = child(KeyringSession::none(), "child_without_a_person") else { return };
    assert_all(&said, "NoService: no OS keyring is running here: there is no D-Bus session");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn without_a_daemon_it_says_so() {
    let Some((said, took)) = child(KeyringSession::no_daemon(), "child_without_a_person") else { return };
    assert_all(&said, "NoService: no OS keyring is running here: the D-Bus session has no Secret Service");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_daemon_without_a_collection_is_not_read_as_no_entry() {
    for name in ["child_without_a_person", "child_with_a_person"] {
        let Some((said, _)) = child(KeyringSession::no_collection(), name) else { return };
        assert_all(
            &said,
            "NoCollection: the OS keyring runs but has no default collection to keep secrets in",
        );
    }
}

#[test]
fn a_locked_keyring_is_not_read_as_no_entry() {
    let Some((said, took)) = child(KeyringSession::locked(), "child_without_a_person") else { return };
    assert_all(&said, "Locked: the OS keyring is locked");
    assert!(took < Duration::from_secs(5), "without a person nobody is waited for: {took:?}");
}

#[test]
fn a_locked_keyring_whose_prompt_cannot_open_says_so() {
    let Some((said, _)) = child(KeyringSession::locked(), "child_with_a_person") else { return };
    assert_all(&said, "Locked: the OS keyring is locked, and its prompt was dismissed or could not open");
}

#[test]
fn a_prompt_that_nobody_answers_is_given_up() {
    let Some((said, took)) = child(KeyringSession::unanswered(), "child_with_a_person") else { return };
    assert_all(&said, "TimedOut: the OS keyring did not answer within 3 s");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn a_daemon_that_answers_nothing_is_given_up() {
    let Some((said, took)) = child(KeyringSession::silent(), "child_without_a_person") else { return };
    assert_all(&said, "TimedOut: the OS keyring did not answer within 3 s");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[test]
fn an_unlocked_keyring_works() {
    let Some((said, _)) = child(KeyringSession::unlocked(), "child_without_a_person") else { return };
    assert_eq!(said, ["load: false", "save: ()", "delete: true", "probe: ()"]);
}

#[test]
fn an_entry_outlives_the_session_and_is_locked_with_its_keyring() {
    let Some(mut session) = KeyringSession::unlocked() else { return };
    let run = |session: &KeyringSession, name| {
        let output = session
            .command(std::env::current_exe().unwrap())
            .args(["--exact", name, "--ignored", "--nocapture"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    run(&session, "child_saves");
    assert!(run(&session, "child_loads").contains("⟦load: true⟧"));
    session.lock();
    assert!(run(&session, "child_loads").contains("⟦load: Locked: the OS keyring is locked⟧"));
}

#[test]
fn where_there_is_no_keyring_a_file_or_memory_works_if_it_is_asked_for() {
    let Some((said, _)) = child(KeyringSession::none(), "child_without_a_keyring") else { return };
    let works = ["load: false", "save: ()", "delete: true", "probe: ()"];
    assert_eq!(said, [works, works].concat());
}
