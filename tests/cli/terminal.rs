//! At a (pseudo-)terminal: what a person sees while they wait, in which width, in which colours.

use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::world::{HIDE, POLICY, SHOW, Server, at_terminal, end, until};

/// Without the sequences that colour and move.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\x1b') {
        out.push_str(before);
        let end = after.find(|c: char| c.is_ascii_alphabetic()).map_or(after.len(), |end| end + 1);
        rest = &after[end..];
    }
    out + rest
}

fn coloured(text: &str) -> bool {
    text.split("\x1b[")
        .skip(1)
        .any(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m'))
}

#[test]
fn ctrl_c_while_waiting_leaves_the_request_filed_says_its_id_and_shows_the_cursor() {
    let server = Server::start(POLICY);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let args = ["request", "deploy", "--on", "web-1", "--for", "10m", "--reason", "x", "--wait"];
    let mut terminal = at_terminal(&carol, 100, &args);
    let mut before = terminal.exp_string("waiting for 1 approval").unwrap();
    let id = until("filed", Duration::from_secs(20), || {
        let list = bob.jit(&["list", "--to-approve", "-o", "json"]).ok().json();
        list["requests"][0]["id"].as_str().map(str::to_owned)
    });
    terminal.send_control('c').unwrap();
    let (after, code) = end(terminal);
    assert_eq!(code, 130, "{after}");
    before.push_str(&after);
    assert!(after.contains(&id) && after.contains(&format!("jit wait {id}")), "{after:?}");
    if let Some(hidden) = before.rfind(HIDE) {
        assert!(before.rfind(SHOW) > Some(hidden), "the cursor stays hidden: {before:?}");
    }
    assert_eq!(carol.state(&id), "pending");
}

#[test]
fn a_decision_ends_the_waiting_and_the_spinner_leaves_nothing_behind() {
    let server = Server::start(POLICY);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let id = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    let mut terminal = at_terminal(&carol, 100, &["wait", &id]);
    terminal.exp_string("waiting for 1 approval").unwrap();
    bob.jit(&["approve", &id]).ok();
    let (text, code) = end(terminal);
    assert_eq!(code, 0, "{text}");
    let last: Vec<&str> = text.lines().filter(|line| line.contains("state:")).collect();
    assert!(last.len() == 1 && last[0].contains("approved"), "{text:?}");
}

#[test]
fn no_color_means_no_colour_and_its_absence_does() {
    let server = Server::start(POLICY);
    let mut carol = server.person("carol");
    carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    assert!(coloured(&end(at_terminal(&carol, 100, &["list"])).0));
    assert!(!coloured(&end(at_terminal(&carol, 100, &["list", "--color", "never"])).0));
    // Without a terminal there is none, unless it is forced.
    assert!(!coloured(&carol.jit(&["list"]).ok().stdout));
    assert!(coloured(&carol.jit(&["list", "--color", "always"]).ok().stdout));
    carol.set("NO_COLOR", "1");
    for args in [&["list"][..], &["roles"], &["show", "nothing"], &["nonsense"]] {
        let (text, _) = end(at_terminal(&carol, 100, args));
        assert!(!coloured(&text), "{args:?}: {text:?}");
    }
}

#[test]
fn json_at_a_terminal_is_the_same_json() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let (text, code) = end(at_terminal(&carol, 80, &["roles", "-o", "json"]));
    assert_eq!(code, 0);
    assert_eq!(crate::world::document(&text).unwrap(), carol.jit(&["roles", "-o", "json"]).ok().json());
}

#[test]
fn in_eighty_columns_no_line_is_longer() {
    let words = "a rather long description of what this role is there for, with wide 漢字 in it, ".repeat(2);
    let policy = POLICY.replace("Deploy to a web host", &words).replace("Nobody has to agree", &words);
    let server = Server::start(&policy);
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let reason = format!("{words}{}", "unbroken".repeat(20));
    let mut ids = Vec::new();
    for key in ["1", "2", "3"] {
        let args = ["deploy", "--on", "web-1", "--for", "10m", "--idempotency-key", key, "--reason", &reason];
        ids.push(carol.request(&[&args[..], &["--ticket", "OPS-1234567890"]].concat()));
    }
    bob.jit(&["deny", &ids[0], "--comment", &reason]).ok();
    for args in [&["list"][..], &["list", "--history"], &["roles"], &["show", &ids[0]], &["show", &ids[1]]] {
        for columns in [80, 120] {
            let (text, code) = end(at_terminal(&bob, columns, args));
            assert_eq!(code, 0, "{text}");
            for line in plain(&text).lines() {
                let width = line.trim_end_matches('\r').width();
                assert!(width <= usize::from(columns), "{args:?}: {width} columns: {line:?}");
            }
        }
    }
    // The reason that a vote is bound to is shown whole, on however many lines.
    let shown = plain(&end(at_terminal(&bob, 80, &["show", &ids[1]])).0);
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    assert!(squeezed(&shown).contains(&squeezed(&reason)), "{shown}");
}

#[test]
fn without_input_at_a_terminal_nothing_is_asked() {
    let server = Server::start(POLICY);
    let mut carol = server.person("carol");
    let (text, code) = end(at_terminal(&carol, 80, &["request", "--no-input"]));
    assert!(code == 2 && text.contains("ROLE and --for"), "{text}");
    carol.set("JIT_NO_INPUT", "1");
    assert_eq!(end(at_terminal(&carol, 80, &["request"])).1, 2);
    carol.set("JIT_NO_INPUT", "0");
    carol.set("CI", "true");
    assert_eq!(end(at_terminal(&carol, 80, &["request"])).1, 2);
}
