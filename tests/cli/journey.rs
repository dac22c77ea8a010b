//! Contractor, approver and CI job against a real server.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::env::{Running, Server, TestEnv, feed};

const LOGS: [&str; 5] = ["request", "prod-logs", "--on", "shop-web-1", "--for"];

fn ask(machine: &TestEnv, more: &[&str]) -> Value {
    machine.json(&[&LOGS[..], &["1h", "--reason", "look at the outage"], more].concat())
}

fn id(request: &Value) -> &str {
    request["id"].as_str().unwrap()
}

#[test]
fn each_outcome_of_a_request_has_its_own_exit_code() {
    let server = Server::example();
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    // 2: something is missing, and nobody can be asked.
    let out = carol.jit(&["request", "prod-logs", "--json"]).ends(2);
    assert!(out.error()["message"].as_str().unwrap().contains("--for"));
    // 3: not there, or not theirs: the same words.
    carol.jit(&["show", "ffffffffffff"]).ends(3);
    // 5: refused by policy.
    let out = carol.jit(&[&LOGS[..], &["9h", "--reason", "x", "--json"]].concat()).ends(5);
    assert_eq!(out.error()["code"], "refused");
    // 8: still pending; the request stays filed, and is used again.
    let out = carol.jit(&[&LOGS[..], &["1h", "--reason", "x", "--wait=1s", "--json"]].concat()).ends(8);
    let request = out.json();
    assert_eq!(out.error()["retryable"], true);
    assert_eq!(id(&ask(&carol, &[])), id(&request));
    // 6: denied, with the approver's word.
    alice.json(&["deny", id(&request), "--comment", "not now"]);
    let out = carol.jit(&["wait", id(&request), "--json"]).ends(6);
    assert_eq!(out.error()["reasons"][0], "not now");
    // 7: cancelled.
    let request = ask(&carol, &[]);
    carol.json(&["cancel", id(&request)]);
    carol.jit(&["wait", id(&request)]).ends(7);
    // 0: approved.
    let request = ask(&carol, &[]);
    let approved = alice.json(&["approve", &id(&request)[..6], "--max", "30m"]);
    assert_eq!(approved["requests"][0]["longest"], "30m");
    let waited = ask(&carol, &["--wait=5s"]);
    assert_eq!((&waited["state"], &waited["filing"]), (&"approved".into(), &"reused".into()));
    // 4: not logged in. 10: nobody answers.
    let stranger = TestEnv::new().with("JIT_SERVER", &server.url).with("JIT_TOKEN", "wrong");
    stranger.jit(&["list"]).ends(4);
    let nowhere = TestEnv::new().with("JIT_SERVER", "http://127.0.0.1:1").with("JIT_TOKEN", "x");
    assert_eq!(nowhere.jit(&["list", "--json"]).ends(10).error()["retryable"], true);
}

#[test]
fn nobody_approves_their_own_request_and_another_persons_id_looks_like_none() {
    let server = Server::example();
    let (bob, eve) = (server.person("bob"), server.person("eve"));
    let request = ask(&bob, &[]);
    bob.jit(&["approve", id(&request)]).ends(5);
    let theirs = eve.jit(&["show", id(&request), "--json"]).ends(3).error();
    let none = eve.jit(&["show", "ffffffffffff", "--json"]).ends(3).error();
    let without_id = |error: &Value, id: &str| error["message"].as_str().unwrap().replace(id, "ID");
    assert_eq!(without_id(&theirs, id(&request)), without_id(&none, "ffffffffffff"));
}

#[test]
fn ctrl_c_while_waiting_leaves_the_request_filed_and_says_its_id() {
    let server = Server::example();
    let carol = server.person("carol");
    let mut running =
        Running(carol.command(&[&LOGS[..], &["1h", "--reason", "x", "--wait"]].concat()).spawn().unwrap());
    let filed = loop {
        let list = carol.json(&["list", "--mine"]);
        match list["requests"].get(0) {
            Some(request) => break id(request).to_owned(),
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    // The request is filed before the answer is read and waited for.
    std::thread::sleep(Duration::from_millis(500));
    running.signal(Signal::INT);
    assert_eq!(running.wait(Duration::from_secs(5)).unwrap().code(), Some(130));
    let mut said = String::new();
    std::io::Read::read_to_string(&mut running.0.stderr.take().unwrap(), &mut said).unwrap();
    assert!(said.contains(&filed), "{said}");
    assert_eq!(carol.json(&["show", &filed])["state"], "pending");
}

#[test]
fn exec_runs_the_command_with_the_access_and_releases_it_when_it_ends() {
    let server = Server::example();
    let carol = server.person("carol");
    let staging =
        ["exec", "staging-shell", "--request", "--on", "stage-web-1", "--for", "10m", "--reason", "x", "--"];
    let run = |command: &[&str]| carol.jit(&[&staging[..], command].concat());

    let script = "echo $JIT_ROLE $JIT_RESOURCE $JIT_PRINCIPALS; ssh-add -L; stat -c %a $(dirname $SSH_AUTH_SOCK); \
                  env | grep -c JIT_TOKEN=";
    let out = run(&["sh", "-c", script]).ends(1);
    let lines: Vec<&str> = out.stdout.lines().collect();
    assert_eq!((lines[0], lines[2], lines[3]), ("staging-shell stage-web-1 deploy", "700", "0"), "{out:?}");
    assert!(lines[1].starts_with("ssh-ed25519-cert-v01@openssh.com "), "{out:?}");
    assert!(out.stderr.is_empty(), "{out:?}");

    run(&["sh", "-c", "exit 42"]).ends(42);
    run(&["sh", "-c", "kill -TERM $$"]).ends(143);
    run(&["no-such-command-here"]).ends(127);
    run(&["/etc/passwd"]).ends(126);
    let out = carol.jit(&["exec", "nothing", "--json", "--", "true"]).ends(125);
    assert_eq!(out.error()["code"], "not_found");

    let open = carol.json(&["list", "--mine"]);
    assert_eq!(open["requests"], Value::Array(vec![]), "each was released");
    let left: Vec<_> = std::fs::read_dir(carol.home().join("run/jit")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_revoke_ends_the_command_that_uses_the_access() {
    let server = Server::example();
    let carol = server.person("carol");
    let mut running = Running(
        carol
            .command(&[
                "exec",
                "staging-shell",
                "--request",
                "--on",
                "stage-web-1",
                "--for",
                "10m",
                "--reason",
                "x",
            ])
            .args(["--", "sleep", "60"])
            .spawn()
            .unwrap(),
    );
    while carol.json(&["list", "--active"])["requests"].as_array().unwrap().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    server.admin().json(&["revoke", "--user", "carol", "--yes"]);
    let status = running.wait(Duration::from_secs(5)).expect("the command goes on without access");
    assert_eq!(status.code(), Some(143));
}

#[test]
fn a_signal_to_exec_reaches_the_command_and_the_access_is_released() {
    let server = Server::example();
    let carol = server.person("carol");
    let mut running = Running(
        carol
            .command(&[
                "exec",
                "staging-shell",
                "--request",
                "--on",
                "stage-web-1",
                "--for",
                "10m",
                "--reason",
                "x",
            ])
            .args(["--", "sh", "-c", "trap 'exit 7' TERM; touch ready; while :; do sleep 0.1; done"])
            .spawn()
            .unwrap(),
    );
    while !carol.home().join("ready").exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    running.signal(Signal::TERM);
    assert_eq!(running.wait(Duration::from_secs(5)).unwrap().code(), Some(7));
    assert_eq!(carol.json(&["list", "--mine"])["requests"], Value::Array(vec![]));
}

#[test]
fn a_login_is_kept_in_the_sealed_file_and_ends_with_logout() {
    let server = Server::example();
    let code = server.code("carol");
    let carol = server.stranger();
    let mut login =
        carol.command(&["login", &server.url, "--code-file", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    feed(&mut login, &format!("{code}\n"));
    let mut login = Running(login);
    assert_eq!(login.wait(Duration::from_secs(30)).unwrap().code(), Some(0));
    let sealed = std::fs::read(carol.home().join(".config/jit/tokens.age")).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1"));
    // The context is the one in use, with its store.
    let carol = carol.without("JIT_SERVER").without("JIT_STORE");
    assert_eq!(carol.json(&["whoami"])["principal"]["subject"], "carol");
    carol.jit(&["logout"]).ends(0);
    carol.jit(&["whoami"]).ends(4);
    // A code is used once.
    carol.private("code", &code);
    carol.jit(&["login", &server.url, "--code-file", "code"]).ends(4);
}

#[test]
fn a_reason_with_escapes_reaches_no_terminal_raw() {
    let server = Server::example();
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let evil = "a\x1b[31m\x1b]8;;x\x07\u{9b}2J\u{202e}\r\n\tb";
    let request = carol.json(&[&LOGS[..], &["1h", "--reason", evil]].concat());
    assert_eq!(request["reason"], evil);
    let raw = |text: &str| text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}');
    for args in [
        vec!["list"],
        vec!["list", "-o", "wide"],
        vec!["list", "-o", "json"],
        vec!["list", "-o", "ndjson"],
        vec!["show", id(&request)],
        vec!["approve", id(&request)],
    ] {
        let out = alice.jit(&args).ends(0);
        assert!(!raw(&out.stdout) && !raw(&out.stderr), "{args:?}: {out:?}");
    }
    // What clap repeats of the arguments is somebody else's text, too.
    let out = carol.jit(&["list", "--\x1b[2J"]).ends(2);
    assert!(!raw(&out.stderr), "{out:?}");
}

#[test]
fn a_reader_that_leaves_is_no_error_message() {
    let machine = TestEnv::new();
    let mut command = machine.command(&["help", "request"]);
    let mut child = Running(command.spawn().unwrap());
    drop(child.0.stdout.take());
    let status = child.wait(Duration::from_secs(5)).unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(&mut child.0.stderr.take().unwrap(), &mut said).unwrap();
    assert!(matches!(status.code(), Some(0 | 141)), "{status:?}");
    assert_eq!(said, "");
}

#[test]
fn the_log_is_proved_here_and_from_an_export_and_an_edit_is_named() {
    let server = Server::example();
    let (carol, admin) = (server.person("carol"), server.admin());
    ask(&carol, &[]);
    let here = admin.json(&["audit", "verify"]);
    assert_eq!(here["ok"], true);
    let export = admin.json(&["audit", "export", "--out", "log.ndjson"]);
    let (key, file) = (export["key"].as_str().unwrap(), admin.home().join("log.ndjson"));
    // Offline: on a machine that knows no server.
    let offline = TestEnv::new();
    let path = file.to_str().unwrap();
    assert_eq!(offline.json(&["audit", "verify", path, "--key", key])["events"], export["events"]);
    let text = std::fs::read_to_string(&file).unwrap();
    offline.private("edited", &text.replacen("look at the outage", "look at the output", 1));
    let edited = text.contains("look at the outage");
    let out = offline.jit(&["audit", "verify", "edited", "--key", key, "--json"]);
    assert_eq!(out.code, i32::from(edited), "{out:?}");
}

#[test]
fn the_command_is_ended_when_the_time_is_up_even_if_it_ignores_sigterm() {
    let server = Server::example();
    let carol = server.person("carol");
    let exec =
        ["exec", "staging-shell", "--request", "--on", "stage-web-1", "--for", "2s", "--reason", "x", "--"];
    let begun = std::time::Instant::now();
    let out = carol.jit(&[&exec[..], &["sleep", "60"]].concat()).ends(143);
    assert!(out.stderr.contains("the access is over"), "{out:?}");
    assert!(begun.elapsed() < Duration::from_secs(6));
    carol.jit(&[&exec[..], &["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]].concat()).ends(137);
}

#[test]
fn a_watched_list_prints_each_change_as_a_line_until_it_is_ended() {
    use std::io::{BufRead, BufReader};
    let server = Server::example();
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let mut running = Running(alice.command(&["list", "--watch", "-o", "json"]).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    let request = ask(&carol, &[]);
    let seen = next();
    assert_eq!(
        (id(&seen), &seen["state"], &seen["kind"]),
        (id(&request), &"pending".into(), &"request".into())
    );
    alice.json(&["approve", id(&request)]);
    assert_eq!(next()["state"], "approved");
    running.signal(Signal::INT);
    assert_eq!(running.wait(Duration::from_secs(5)).unwrap().code(), Some(130));
}

#[test]
fn alone_without_a_server_the_policy_approves_and_a_role_of_people_says_it_needs_one() {
    let alone = TestEnv::new();
    let out = alone.jit(&["list", "--json"]).ends(4);
    assert!(out.error()["hint"].as_str().unwrap().contains("jit login"));

    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    let uid = format!(":{}:", rustix::process::getuid().as_raw());
    let me =
        passwd.lines().find(|line| line.contains(&format!(":x{uid}"))).unwrap().split(':').next().unwrap();
    let folder = alone.home().join(".config/jit/policy.d");
    std::fs::create_dir_all(&folder).unwrap();
    let role = |name: &str, who: &str| {
        format!(
            "[role.{name}]\ndescription = \"x\"\nresources = [\"box\"]\nrequesters = [\"{me}\"]\n{who}\n\
             max-duration = \"1h\"\n[role.{name}.ssh]\nprincipals = [\"deploy\"]\n"
        )
    };
    let text = format!(
        "[resource.box]\nprovider = \"ssh\"\n{}{}",
        role("mine", "auto-approve = true"),
        role("theirs", "approvers = [\"somebody\"]\napprovals = 1")
    );
    std::fs::write(folder.join("local.toml"), text).unwrap();
    assert_eq!(alone.json(&["policy", "check"])["ok"], true);
    assert_eq!(alone.json(&["whoami"])["principal"]["subject"], me);
    let filed = alone.json(&["request", "mine", "--for", "10m", "--reason", "x"]);
    assert_eq!(filed["state"], "approved");
    alone.jit(&["exec", "mine", "--", "true"]).ends(0);
    let refused = alone.jit(&["request", "theirs", "--for", "10m", "--reason", "x", "--json"]).ends(5);
    assert!(refused.error()["hint"].as_str().unwrap().contains("server"));
    assert_eq!(alone.json(&["audit", "verify"])["ok"], true);
    assert_eq!(alone.json(&["revoke", "--mine"])["items"][0]["confirmed"], true);
}
