//! A CI job: no terminal, no prompt, one document, an exit code for each outcome, and nothing left behind.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::world::{Out, POLICY, Person, Server, put_private, until};

const ASK: [&str; 7] = ["deploy", "--on", "web-1", "--for", "10m", "--reason", "nightly job"];

fn job(policy: &str) -> (Server, Person, Person) {
    let server = Server::start(policy);
    let bob = server.person("bob");
    server.person("carol");
    let ci = server.service("ci", "carol");
    (server, ci, bob)
}

/// The id of the one request that waits for the approver.
fn waiting(approver: &Person) -> String {
    until("a request waits", Duration::from_secs(30), || {
        let list = approver.jit(&["list", "--to-approve", "-o", "json"]).ok().json();
        list["requests"][0]["id"].as_str().map(str::to_owned)
    })
}

/// Runs a command of the job, while the approver does this with the request that it files.
fn meanwhile(job: &Person, args: &[&str], approver: &Person, decision: &[&str]) -> (Out, String) {
    let running = job.start(args);
    let id = waiting(approver);
    let decision: Vec<&str> =
        decision.iter().map(|arg| if *arg == "ID" { id.as_str() } else { *arg }).collect();
    approver.jit(&decision).ok();
    (running.end(), id)
}

fn wait_args(wait: &str) -> Vec<&str> {
    [&["request"][..], &ASK, &[wait, "-o", "json"]].concat()
}

fn exec<'a>(command: &[&'a str]) -> Vec<&'a str> {
    [&["exec", "shell", "--request", "--for", "10m", "--reason", "nightly", "-o", "json", "--"], command]
        .concat()
}

/// The one request of the job, once it is over.
fn outcome(job: &Person) -> serde_json::Value {
    let list = job.jit(&["list", "--history", "-o", "json"]).ok().json();
    assert_eq!(list["requests"].as_array().unwrap().len(), 1, "{list}");
    list["requests"][0].clone()
}

/// So many requests of the job, each given back by its command.
fn assert_released(job: &Person, times: usize) {
    let list = job.jit(&["list", "--history", "-o", "json"]).ok().json();
    let requests = list["requests"].as_array().unwrap();
    assert_eq!(requests.len(), times, "{list}");
    for request in requests {
        assert_eq!(request["state"], "revoked", "{request}");
        assert_eq!(request["outcome"]["comment"], "released by jit exec");
    }
}

#[test]
fn request_waits_for_its_approval_and_prints_one_document() {
    let (_server, ci, bob) = job(POLICY);
    let (out, id) = meanwhile(&ci, &wait_args("--wait=2m"), &bob, &["approve", "ID"]);
    let out = out.expect(0);
    assert_eq!((out.json()["id"].as_str(), out.json()["state"].as_str()), (Some(&*id), Some("approved")));
    assert_eq!(out.stderr, "");
    // Asked again, it is the same one, at once.
    let again = ci.jit(&wait_args("--wait=2m")).ok();
    assert_eq!((again.json()["id"].as_str(), again.json()["filing"].as_str()), (Some(&*id), Some("reused")));
}

#[test]
fn exec_waits_for_the_approval_and_gives_the_access_back() {
    let (server, ci, bob) = job(POLICY);
    let key = "ssh-add -L | grep -c ssh-ed25519-cert-v01@openssh.com >/dev/null && echo with a certificate";
    let args = [&["exec"][..], &ASK[..3], &["--request"], &ASK[3..], &["--", "sh", "-c", key]].concat();
    let (out, _) = meanwhile(&ci, &args, &bob, &["approve", "ID"]);
    assert_eq!(out.ok().stdout, "with a certificate\n");
    assert_released(&ci, 1);
    let log = server.admin().jit(&["audit", "log", "--kind", "grant"]).ok().stdout;
    assert!(log.contains("grant.active") && log.contains("grant.revoked"), "{log}");
}

#[test]
fn exec_prints_nothing_of_its_own_on_stdout() {
    let (_server, ci, _bob) = job(POLICY);
    let print = r#"printf '{"schema":"jit/v1","kind":"mine"}'"#;
    let out = ci.jit(&exec(&["sh", "-c", print])).ok();
    assert_eq!(out.json()["kind"], "mine");
    assert_eq!(out.stderr, "");
}

#[test]
fn the_childs_exit_code_is_passed_on_and_the_access_released() {
    let (_server, ci, _bob) = job(POLICY);
    let out = ci.jit(&exec(&["sh", "-c", "exit 3"])).expect(3);
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("", ""));
    assert_released(&ci, 1);
}

#[test]
fn a_child_ended_by_a_signal_is_128_and_its_number_and_the_access_released() {
    let (_server, ci, _bob) = job(POLICY);
    ci.jit(&exec(&["sh", "-c", "kill -USR1 $$"])).expect(128 + 10);
    ci.jit(&exec(&["sh", "-c", "kill -TERM $$"])).expect(128 + 15);
    assert_released(&ci, 2);
}

#[test]
fn a_command_that_is_not_there_is_127_and_the_access_released() {
    let (_server, ci, _bob) = job(POLICY);
    for command in ["/nowhere/to/be-found", "no-such-command-here"] {
        let out = ci.jit(&exec(&[command])).expect(127);
        assert_eq!(out.error()["exit_code"], 127, "{command}");
    }
    assert_released(&ci, 2);
}

#[test]
fn a_command_that_cannot_be_executed_is_126_and_the_access_released() {
    let (_server, ci, _bob) = job(POLICY);
    let file = ci.path("no-program");
    put_private(&file, "text\n");
    for command in [file.to_str().unwrap(), "/etc/passwd"] {
        let out = ci.jit(&exec(&[command])).expect(126);
        assert_eq!(out.error()["exit_code"], 126, "{command}");
    }
    assert_released(&ci, 2);
}

#[test]
fn a_signal_to_exec_reaches_the_child_and_the_access_is_released() {
    let (_server, ci, _bob) = job(POLICY);
    for (signal, code) in [(Signal::TERM, 7), (Signal::INT, 8)] {
        let flag = ci.path("running");
        let _ = std::fs::remove_file(&flag);
        let script = "trap 'exit 7' TERM; trap 'exit 8' INT; : >running; while :; do sleep 0.05; done";
        let running = ci.start(&exec(&["sh", "-c", script]));
        until("the child runs", Duration::from_secs(30), || flag.exists().then_some(()));
        running.signal(signal);
        running.end_within(Duration::from_secs(5)).expect(code);
    }
    assert_eq!(ci.json(&["list", "--mine"])["requests"].as_array().unwrap().len(), 0);
    let list = ci.jit(&["list", "--history", "-o", "json"]).ok().json();
    let states: Vec<_> = list["requests"].as_array().unwrap().iter().map(|r| &r["state"]).collect();
    assert_eq!(states, ["revoked", "revoked"]);
}

#[test]
fn the_command_is_ended_when_its_access_ends() {
    let (_server, ci, _bob) = job(POLICY);
    let mut args = exec(&["sh", "-c", "while :; do sleep 0.05; done"]);
    args[4] = "2s";
    let begun = Instant::now();
    let out = ci.jit(&args).expect(128 + 15);
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    assert!(out.stderr.contains("the access is over"), "{out}");
    until("expired", Duration::from_secs(10), || (outcome(&ci)["state"] == "expired").then_some(()));
}

#[test]
fn a_command_that_ignores_its_end_is_killed() {
    let (_server, ci, _bob) = job(POLICY);
    let stubborn = "trap '' TERM; while :; do sleep 1; done";
    let mut args = exec(&["sh", "-c", stubborn]);
    args[4] = "2s";
    // Told as to a person, too.
    args.retain(|arg| !["-o", "json"].contains(arg));
    let out = ci.jit(&args).expect(128 + 9);
    assert!(out.stderr.contains("the access is over"), "{out}");
}

#[test]
fn the_command_is_ended_when_its_access_is_revoked() {
    let (server, ci, _bob) = job(POLICY);
    let flag = ci.path("running");
    let running = ci.start(&exec(&["sh", "-c", ": >running; while :; do sleep 0.05; done"]));
    until("the child runs", Duration::from_secs(30), || flag.exists().then_some(()));
    server.admin().jit(&["revoke", "--user", "ci", "--yes"]).ok();
    running.end_within(Duration::from_secs(5)).expect(128 + 15);
}

#[test]
fn the_child_gets_the_grant_and_not_the_jobs_own_token() {
    let (_server, mut ci, _bob) = job(POLICY);
    let token = std::fs::read_to_string(ci.path("token")).unwrap();
    ci.set("JIT_TOKEN", &token);
    ci.set("JIT_TOKEN_FILE", "");
    let out = ci.jit(&exec(&["env"])).ok();
    assert!(out.stdout.contains("JIT_GRANT_ID=") && out.stdout.contains("JIT_EXPIRATION="), "{out}");
    assert!(!out.stdout.contains(&token), "{out}");
}

#[test]
fn what_is_missing_is_named_and_never_asked_for() {
    let (_server, ci, _bob) = job(POLICY);
    for (args, place, missing) in [
        (&["request", "-o", "json"][..], "message", "ROLE and --for"),
        (&["request", "deploy", "-o", "json"], "message", "--for"),
        (&["request", "deploy", "--for", "10m", "--reason", "x", "-o", "json"], "hint", "--on"),
        (&["approve", "-o", "json"], "message", "ID"),
        (&["exec", "shell", "--request", "-o", "json", "--", "true"], "message", "--for"),
        (&["exec", "shell", "-o", "json"], "message", "CMD"),
        (&["revoke", "--all", "-o", "json"], "message", "--yes"),
    ] {
        let out = ci.jit(args).expect(2);
        assert_eq!(out.stdout, "", "{args:?}");
        let error = out.error();
        assert_eq!(error["code"], "usage", "{args:?}");
        assert!(error[place].as_str().unwrap().contains(missing), "{args:?}: {error}");
    }
}

#[test]
fn a_token_that_is_none_is_not_logged_in() {
    let (_server, mut ci, _bob) = job(POLICY);
    let token = std::fs::read_to_string(ci.path("token")).unwrap();
    let (cut, flipped) = (&token[..token.len() - 1], token.replace("jit_a_", "jit_b_"));
    let longer = format!("{token}A");
    let case: String = token.chars().rev().collect();
    for bad in [cut, &longer, &flipped, &case, &token.to_uppercase(), "x"] {
        ci.token(bad);
        let out = ci.jit(&wait_args("--wait=2m")).expect(4);
        assert_eq!((out.stdout.as_str(), out.error()["code"].as_str()), ("", Some("not_logged_in")), "{bad}");
        let out = ci.jit(&exec(&["true"])).expect(125);
        assert_eq!(out.error()["code"], "not_logged_in");
    }
    ci.unset("JIT_TOKEN_FILE");
    ci.set("JIT_TOKEN", "wrong");
    assert_eq!(ci.jit(&["list", "--json"]).expect(4).error()["code"], "not_logged_in");
}

#[test]
fn refused_by_policy_is_5() {
    let (_server, ci, _bob) = job(POLICY);
    let mut args = wait_args("--wait=2m");
    args[5] = "2h";
    let out = ci.jit(&args).expect(5);
    assert_eq!((out.stdout.as_str(), out.error()["code"].as_str()), ("", Some("refused")));
    let mut args = exec(&["true"]);
    args[4] = "2h";
    let out = ci.jit(&args).expect(125);
    assert_eq!((out.stdout.as_str(), out.error()["code"].as_str()), ("", Some("refused")));
}

#[test]
fn denied_by_an_approver_is_6() {
    let (_server, ci, bob) = job(POLICY);
    let deny = ["deny", "ID", "--comment", "not tonight"];
    let (out, id) = meanwhile(&ci, &wait_args("--wait=2m"), &bob, &deny);
    let out = out.expect(6);
    assert_eq!((out.json()["id"].as_str(), out.json()["state"].as_str()), (Some(&*id), Some("denied")));
    assert!(out.error().to_string().contains("not tonight"), "{out}");
    ci.jit(&["exec", &id, "--", "true"]).expect(125);
    let out = ci.jit(&["wait", &id, "-o", "json"]).expect(6);
    assert_eq!(out.error()["reasons"][0], "not tonight", "{out}");
}

#[test]
fn a_request_that_lapsed_or_was_taken_back_is_7() {
    let soon = POLICY.replace("approvals = 1\n", "approvals = 1\npending-timeout = \"2s\"\n");
    let (server, ci, bob) = job(&soon);
    let out = ci.jit(&wait_args("--wait=2m")).expect(7);
    assert_eq!(out.json()["state"], "lapsed");
    assert_eq!(out.error()["code"], "over");
    drop((server, ci, bob));

    let (server, ci, bob) = job(POLICY);
    let running = ci.start(&wait_args("--wait=2m"));
    let id = waiting(&bob);
    ci.jit(&["cancel", &id]).ok();
    assert_eq!(running.end().expect(7).json()["state"], "cancelled");
    ci.jit(&["wait", &id]).expect(7);
    // What is over stays over.
    let out = bob.jit(&["approve", &id, "-o", "json"]).expect(1);
    assert_eq!(out.error()["code"], "conflict");
    assert_eq!(ci.state(&id), "cancelled");
    drop(server);
}

#[test]
fn nobody_decided_in_time_is_8_and_the_request_stays_filed() {
    let (_server, ci, bob) = job(POLICY);
    let out = ci.jit(&wait_args("--wait=1s")).expect(8);
    assert_eq!(out.json()["state"], "pending");
    let error = out.error();
    assert_eq!((error["code"].as_str(), error["retryable"].as_bool()), (Some("still_pending"), Some(true)));
    let id = waiting(&bob);
    assert!(error.to_string().contains(&id), "{error}");
    let out = ci.jit(&["wait", &id, "--timeout", "1s", "-o", "json"]).expect(8);
    assert_eq!(out.json()["state"], "pending");
    // Asked again, it is the same one.
    let again = ci.jit(&[&["request"][..], &ASK, &["-o", "json"]].concat()).ok().json();
    assert_eq!((again["id"].as_str(), again["filing"].as_str()), (Some(&*id), Some("reused")));
}

#[test]
fn a_server_that_is_not_there_is_10() {
    let (mut server, ci, _bob) = job(POLICY);
    server.kill();
    for args in [&wait_args("--wait=2m")[..], &["list", "--json"]] {
        let error = ci.jit(args).expect(10).error();
        assert_eq!((error["code"].as_str(), error["retryable"].as_bool()), (Some("unreachable"), Some(true)));
    }
    assert_eq!(ci.jit(&exec(&["true"])).expect(125).error()["code"], "unreachable");
}

#[test]
fn an_interrupt_while_waiting_leaves_the_request_filed_and_names_it() {
    for (wait, format) in [("--wait=2m", "json"), ("--wait", "table")] {
        let (_server, ci, bob) = job(POLICY);
        let running = ci.start(&[&["request"][..], &ASK, &[wait, "-o", format]].concat());
        let id = waiting(&bob);
        // The request is filed before the answer is read and waited for.
        std::thread::sleep(Duration::from_millis(500));
        running.signal(Signal::INT);
        let out = running.end_within(Duration::from_secs(5)).expect(130);
        let said = if format == "json" { out.error().to_string() } else { out.stderr.clone() };
        assert!(said.contains(&id), "{out}");
        assert_eq!(ci.state(&id), "pending");
    }
}

#[test]
fn the_same_idempotency_key_is_one_request_and_another_ask_with_it_a_conflict() {
    let (_server, ci, _bob) = job(POLICY);
    let ask = |reason: &str| {
        let args = ["request", "shell", "--for", "10m", "--reason", reason, "--idempotency-key", "build-7"];
        ci.jit(&[&args[..], &["-o", "json"]].concat())
    };
    let first = ask("build 7").ok().json();
    let second = ask("build 7").ok().json();
    assert_eq!((&first["id"], &second["filing"]), (&second["id"], &"reused".into()));
    assert_eq!(ask("build 8").expect(1).error()["code"], "conflict");
}
