//! Questions at a real (pseudo-)terminal.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, reason = "tests")]

use rexpect::session::{PtySession, spawn_command};

use crate::env::{Server, TestEnv};

fn at_terminal(machine: &TestEnv, args: &[&str]) -> PtySession {
    let mut command = machine.command(args);
    // The terminal is all three.
    command.stdin(std::process::Stdio::inherit()).stdout(std::process::Stdio::inherit());
    command.stderr(std::process::Stdio::inherit()).env("TERM", "xterm");
    spawn_command(command, Some(10_000)).unwrap()
}

/// The exit code; the crate does not name the type that holds it.
fn code(session: &PtySession) -> i32 {
    let status = format!("{:?}", session.process().wait().unwrap());
    let code = status.strip_prefix("Exited(").and_then(|text| text.trim_end_matches(')').rsplit(", ").next());
    code.and_then(|code| code.parse().ok()).unwrap_or(-1)
}

#[test]
fn an_approver_sees_exactly_what_they_approve_and_the_command_that_does_the_same() {
    let server = Server::example();
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let filed =
        carol.json(&["request", "prod-logs", "--on", "shop-web-1", "--for", "1h", "--reason", "the outage"]);
    let id = filed["id"].as_str().unwrap();
    let mut terminal = at_terminal(&alice, &["approve"]);
    terminal.exp_string("Which").unwrap();
    terminal.send(" \r").unwrap();
    terminal.flush().unwrap();
    for shown in ["carol", "prod-logs", "shop-web-1", "1h", "the outage", "Approve exactly this"] {
        terminal.exp_string(shown).unwrap();
    }
    terminal.send("y").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string(&format!("jit approve {id}")).unwrap();
    terminal.exp_eof().unwrap();
    assert_eq!(code(&terminal), 0);
    assert_eq!(carol.json(&["show", id])["state"], "approved");
}

#[test]
fn a_no_approves_nothing() {
    let server = Server::example();
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let filed = carol.json(&["request", "prod-logs", "--on", "shop-web-1", "--for", "1h", "--reason", "x"]);
    let id = filed["id"].as_str().unwrap();
    let mut terminal = at_terminal(&alice, &["approve", id]);
    terminal.exp_string("Approve exactly this").unwrap();
    terminal.send("n").unwrap();
    terminal.flush().unwrap();
    terminal.exp_eof().unwrap();
    assert_eq!(code(&terminal), 2);
    assert_eq!(carol.json(&["show", id])["state"], "pending");
}

#[test]
fn ctrl_c_at_a_question_ends_with_130_and_shows_the_cursor_again() {
    let server = Server::example();
    let carol = server.person("carol");
    let mut terminal = at_terminal(&carol, &["request"]);
    terminal.exp_string("Which role").unwrap();
    terminal.send_control('c').unwrap();
    let rest = terminal.exp_eof().unwrap();
    assert!(rest.contains("\x1b[?25h"), "{rest:?}");
    assert_eq!(code(&terminal), 130);
}

#[test]
fn a_request_is_put_together_by_questions() {
    let server = Server::example();
    let carol = server.person("carol");
    let mut terminal = at_terminal(&carol, &["request"]);
    terminal.exp_string("Which role").unwrap();
    terminal.send("staging\r").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string("On which resource").unwrap();
    terminal.send("web\r").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string("For how long").unwrap();
    terminal.send_line("9h").unwrap();
    terminal.exp_string("at most 1h").unwrap();
    terminal.send("\u{8}\u{8}").unwrap();
    terminal.send_line("10m").unwrap();
    terminal.exp_string("Why").unwrap();
    terminal.send_line("it's broken").unwrap();
    terminal.exp_string("--for 10m --reason 'it'\\''s broken'").unwrap();
    terminal.exp_eof().unwrap();
    assert_eq!(code(&terminal), 0);
}
