//! `jit login`, `whoami` and `doctor` with an OS keyring in each state that it can be in: four failures in
//! four sentences, and never another store than the one that was chosen.

use std::path::Path;

use crate::keyring_session::KeyringSession;
use crate::world::{JIT, Out, POLICY, Server, needs, put_private, start};

/// A call of `jit` in that session; the code stands in a file.
fn jit(session: &KeyringSession, server: &Server, args: &[&str]) -> Out {
    let mut command = session.command(JIT);
    command.args(args).env("JIT_SERVER", server.url()).current_dir(session.home());
    start(command, "").end()
}

fn code(session: &KeyringSession, server: &Server, name: &str) {
    put_private(&session.home().join("code"), &server.add_user(&[name]));
}

/// Whether a file below has one of these texts in it.
fn files_with(dir: &Path, texts: &[&str]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let meta = path.symlink_metadata().unwrap();
        if meta.is_dir() {
            found.extend(files_with(&path, texts));
        } else if meta.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let has = |text: &&str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
            if texts.iter().any(has) {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn each_failure_has_its_own_sentence_and_exit_code_9_and_keeps_nothing_anywhere() {
    let server = Server::start(POLICY);
    let states = [
        ("carol", KeyringSession::none(), "there is no D-Bus session"),
        ("bob", KeyringSession::no_daemon(), "the D-Bus session has no Secret Service"),
        ("alice", KeyringSession::no_collection(), "has no default collection"),
        ("dave", KeyringSession::locked(), "the OS keyring is locked"),
    ];
    for (name, session, sentence) in &states {
        let Some(session) = session else { return };
        code(session, &server, name);
        let others = states.iter().map(|(.., other)| *other).filter(|other| other != sentence);
        let others: Vec<&str> = others.collect();
        for args in
            [&["login", &server.url(), "--code-file", "code"][..], &["whoami"], &["list"], &["logout"]]
        {
            let out = jit(session, &server, args).expect(9);
            assert!(out.stderr.contains(sentence), "{args:?}: {out}");
            assert!(out.stderr.contains("--store file") && out.stderr.contains("JIT_TOKEN_FILE"), "{out}");
            assert!(!others.iter().any(|other| out.stderr.contains(other)), "{args:?}: {out}");
            assert_eq!(out.stdout, "");
        }
        let error = jit(session, &server, &["whoami", "-o", "json"]).expect(9).error();
        assert_eq!(error["code"], "secret_store", "a failing store is not \"not logged in\"");
        let doctor = jit(session, &server, &["doctor", "-o", "json"]).expect(9).json();
        let checks = doctor["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == "secret store").unwrap();
        assert_eq!(check["result"], "failed");
        assert!(check["detail"].as_str().unwrap().contains(sentence), "{check}");
        assert!(check["cure"].as_str().unwrap().contains("--store file"), "{check}");
        let kept = files_with(session.home().parent().unwrap(), &["jit_a_", "jit_r_"]);
        assert!(kept.is_empty(), "{kept:?}");
        // Found before the code was used up: with another store it still works.
        let out =
            jit(session, &server, &["login", &server.url(), "--code-file", "code", "--store", "memory"]);
        assert!(out.ok().stdout.contains(name));
    }
}

#[test]
fn an_unlocked_keyring_holds_the_token_and_no_file_does() {
    let Some(mut session) = KeyringSession::unlocked() else { return };
    if !needs("secret-tool", "libsecret-tools") {
        return;
    }
    let server = Server::start(POLICY);
    code(&session, &server, "carol");
    let script = "\"$0\" login \"$JIT_SERVER\" --code-file code >&2 && secret-tool search --all service jit";
    let mut command = session.command("sh");
    command.args(["-c", script, JIT]).env("JIT_SERVER", server.url()).current_dir(session.home());
    let out = start(command, "").end().ok();
    let secret = out.stdout.lines().find_map(|line| line.strip_prefix("secret = ")).unwrap_or_else(|| {
        panic!("the keyring has nothing of jit's:\n{out}");
    });
    let login: serde_json::Value = serde_json::from_str(secret).unwrap();
    let (token, renewal) = (login["token"].as_str().unwrap(), login["renewal"].as_str().unwrap());
    assert!(token.starts_with("jit_a_") && renewal.starts_with("jit_r_"));
    let kept = files_with(session.home().parent().unwrap(), &[token, renewal]);
    assert!(kept.is_empty(), "{kept:?}");
    // Another day, the same keyring.
    assert!(jit(&session, &server, &["whoami"]).ok().stdout.contains("jit:carol"));
    let doctor = jit(&session, &server, &["doctor"]).ok();
    assert!(doctor.stdout.contains("written, read back and removed"), "{doctor}");
    // Locked meanwhile: said, and not taken for a logout.
    session.lock();
    let out = jit(&session, &server, &["whoami"]).expect(9);
    assert!(out.stderr.contains("the OS keyring is locked"), "{out}");
}

#[test]
fn a_logout_removes_the_token_from_the_keyring() {
    let Some(session) = KeyringSession::unlocked() else { return };
    if !needs("secret-tool", "libsecret-tools") {
        return;
    }
    let server = Server::start(POLICY);
    code(&session, &server, "carol");
    let script = "\"$0\" login \"$JIT_SERVER\" --code-file code && \"$0\" logout; \"$0\" whoami; echo $?; \
                  secret-tool search --all service jit";
    let mut command = session.command("sh");
    command.args(["-c", script, JIT]).env("JIT_SERVER", server.url()).current_dir(session.home());
    let out = start(command, "").end();
    assert!(out.stdout.contains("\n4\n"), "whoami after the logout: {out}");
    assert!(!out.stdout.contains("jit_a_") && !out.stdout.contains("secret ="), "{out}");
}

#[test]
fn the_file_and_memory_are_used_where_they_are_asked_for_and_only_there() {
    let server = Server::start(POLICY);
    let mut carol = server.somebody("carol");
    let code = server.add_user(&["carol"]);
    let url = server.url();

    // Memory keeps nothing, and says so.
    let login = ["login", &url, "--code-file", "-", "--store", "memory"];
    let out = start(carol.command(&login), &code).end().ok();
    assert!(out.stderr.contains("memory"), "{out}");
    carol.jit(&["whoami", "--store", "memory"]).expect(4);
    // Nobody said "file", so the keyring is meant, and there is none.
    carol.jit(&["whoami"]).expect(9);
    assert!(files_with(carol.home(), &["jit_a_", "jit_r_"]).is_empty());

    // Without its passphrase the file is refused; nobody is asked where nobody is.
    let again = server.admin().jit(&["user", "code", "carol", "-o", "json"]).ok().json();
    let code = again["code"].as_str().unwrap();
    let login = ["login", &url, "--code-file", "-", "--store", "file"];
    let out = start(carol.command(&login), code).end();
    assert!(matches!(out.code, 2 | 9) && out.stderr.contains("JIT_PASSPHRASE_FILE"), "{out}");
    carol.log_in_with_store(code);
    assert!(carol.jit(&["whoami"]).ok().stdout.contains("jit:carol"));
    assert!(files_with(carol.home(), &["jit_a_", "jit_r_"]).is_empty());
    put_private(&carol.path("passphrase"), "another one\n");
    carol.jit(&["whoami"]).expect(9);
}

#[test]
fn a_store_of_an_unknown_name_is_a_usage_error_that_names_the_known_ones() {
    let server = Server::start(POLICY);
    let carol = server.somebody("carol");
    for args in [&["whoami", "--store", "plain"][..], &["whoami", "--store", "mock"]] {
        let out = carol.jit(args).expect(2);
        assert!(out.stderr.contains("keyring") && out.stderr.contains("file"), "{out}");
    }
}
