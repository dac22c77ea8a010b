//! Questions at a real (pseudo-)terminal.

use crate::world::{SHOW, Server, at_terminal, end};

#[test]
fn an_approver_sees_exactly_what_they_approve_and_the_command_that_does_the_same() {
    let server = Server::example();
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let filed =
        carol.json(&["request", "prod-logs", "--on", "shop-web-1", "--for", "1h", "--reason", "the outage"]);
    let id = filed["id"].as_str().unwrap();
    let mut terminal = at_terminal(&alice, 100, &["approve"]);
    terminal.exp_string("Which").unwrap();
    terminal.send(" \r").unwrap();
    terminal.flush().unwrap();
    for shown in ["carol", "prod-logs", "shop-web-1", "1h", "the outage", "Approve exactly this"] {
        terminal.exp_string(shown).unwrap();
    }
    terminal.send("y").unwrap();
    terminal.flush().unwrap();
    terminal.exp_string(&format!("jit approve {id}")).unwrap();
    let (rest, code) = end(terminal);
    assert_eq!(code, 0, "{rest}");
    assert_eq!(carol.json(&["show", id])["state"], "approved");
}

#[test]
fn a_no_approves_nothing() {
    let server = Server::example();
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let filed = carol.json(&["request", "prod-logs", "--on", "shop-web-1", "--for", "1h", "--reason", "x"]);
    let id = filed["id"].as_str().unwrap();
    let mut terminal = at_terminal(&alice, 100, &["approve", id]);
    terminal.exp_string("Approve exactly this").unwrap();
    terminal.send("n").unwrap();
    terminal.flush().unwrap();
    let (rest, code) = end(terminal);
    assert_eq!(code, 2, "{rest}");
    assert_eq!(carol.json(&["show", id])["state"], "pending");
}

#[test]
fn ctrl_c_at_a_question_ends_with_130_and_shows_the_cursor_again() {
    let server = Server::example();
    let carol = server.person("carol");
    let mut terminal = at_terminal(&carol, 100, &["request"]);
    terminal.exp_string("Which role").unwrap();
    terminal.send_control('c').unwrap();
    let (rest, code) = end(terminal);
    assert!(rest.contains(SHOW), "{rest:?}");
    assert_eq!(code, 130, "{rest}");
}

#[test]
fn a_request_is_put_together_by_questions() {
    let server = Server::example();
    let carol = server.person("carol");
    let mut terminal = at_terminal(&carol, 100, &["request"]);
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
    let (rest, code) = end(terminal);
    assert_eq!(code, 0, "{rest}");
}
