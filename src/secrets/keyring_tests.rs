use std::process::Stdio;
use std::time::Instant;

use super::*;
use crate::secrets::conformance;

#[path = "../../tests/cli/keyring_session.rs"]
mod keyring_session;
use keyring_session::KeyringSession;

/// Said by a child that ran to its end, and did not leave because it was outside a session.
const DONE: &str = "⟦done⟧";

/// Each child has a process of its own: `keyring` connects once a process, and for good.
fn child(session: &KeyringSession, name: &str) {
    let output = session
        .command(std::env::current_exe().unwrap())
        .args(["--exact", &format!("secrets::keyring::tests::{name}"), "--ignored", "--nocapture"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains(DONE), "{name}: {text}");
}

#[test]
#[ignore = "a child of the test below"]
fn child_conforms() {
    if !keyring_session::inside() {
        return;
    }
    conformance::suite(&Keyring::new(false));
    println!("{DONE}");
}

#[test]
fn the_os_keyring_conforms() {
    let Some(session) = KeyringSession::unlocked() else { return };
    child(&session, "child_conforms");
}

#[test]
#[ignore = "a child of the test below"]
fn child_meets_a_mock() {
    if !keyring_session::inside() {
        return;
    }
    // The real store is connected first: that happens once a process.
    open_store().unwrap();
    keyring_core::set_default_store(keyring_core::mock::Store::new().unwrap());
    let keyring = Keyring::new(false);
    for result in
        [keyring.probe(), keyring.load("a").map(drop), keyring.save("a", &Secret::new("b".to_owned()))]
    {
        assert!(matches!(result, Err(SecretError::NotPersistent)), "{result:?}");
    }
    println!("{DONE}");
}

#[test]
fn a_mock_is_refused() {
    let Some(session) = KeyringSession::unlocked() else { return };
    child(&session, "child_meets_a_mock");
}

#[test]
fn a_job_that_hangs_is_given_up_in_time_and_knows_it() {
    let keyring = Keyring::new(true).within(Duration::from_millis(50));
    let (send, receive) = std::sync::mpsc::channel();
    let start = Instant::now();
    let result: Result<(), _> = keyring.run(move |leave| {
        while !leave.given_up.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5));
        }
        send.send(leave.given_up.load(Ordering::SeqCst)).unwrap();
        Ok(())
    });
    assert!(matches!(result, Err(SecretError::TimedOut { .. })), "{result:?}");
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(receive.recv_timeout(Duration::from_secs(5)), Ok(true));
}

#[test]
fn the_bytes_of_a_secret_that_is_no_text_are_in_no_error() {
    for err in [
        keyring::Error::BadEncoding(b"canary\xff".to_vec()),
        keyring::Error::BadDataFormat(b"canary\xff".to_vec(), Box::new(std::io::Error::other("x"))),
    ] {
        let err = explain(err);
        let shown = format!("{err} {err:?} {:?}", err.hint());
        assert!(!shown.contains("canary") && !shown.contains("99, 97, 110"), "{shown}");
    }
}
