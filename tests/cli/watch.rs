//! `jit watch`, and a server that acts on what it sees in its own log.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::crash::active;
use crate::world::{POLICY, Person, Server, at_terminal, document, end, until};

const ALERTS: &str = r#"
[alert.guessing]
on = "burst-of-refusals"
severity = "critical"
action = "end-grant"
count = 3
within = "10m"
"#;

const SOON: Duration = Duration::from_secs(20);

/// Asks for what nobody gives them.
fn tries(who: &Person, times: usize) {
    for _ in 0..times {
        let out = who.jit(&["request", "shell", "--for", "300d"]);
        assert_eq!(out.code, 5, "{out}");
    }
}

fn kinds(lines: &str) -> Vec<(String, u64)> {
    let whole = lines.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    let events = whole.map(|line| document(line).unwrap()["event"].clone());
    events
        .map(|e: Value| (e["event"]["kind"].as_str().unwrap().to_owned(), e["seq"].as_u64().unwrap()))
        .collect()
}

#[test]
fn an_alert_ends_access_within_seconds_and_whoever_watches_sees_it_come() {
    let server = Server::start(&format!("{POLICY}{ALERTS}"));
    let carol = server.person("carol");
    let watching = server.admin().start(&["watch", "-o", "ndjson"]);
    let hers = carol.start(&["watch", "-o", "ndjson"]);
    let id = active(&carol, "10m");
    tries(&carol, 3);
    until("the grant is revoked", SOON, || (carol.state(&id) == "revoked").then_some(()));
    let seen = until("the end is seen", SOON, || {
        let seen = kinds(&watching.printed());
        seen.iter().any(|(kind, _)| kind == "grant.revoked").then_some(seen)
    });
    assert!(seen.iter().any(|(kind, _)| kind == "alert.raised"), "{seen:?}");
    // Each once, in the order of the log, from the first on.
    let numbers: Vec<u64> = seen.iter().map(|(_, seq)| *seq).collect();
    assert!(numbers.windows(2).all(|two| two[1] == two[0] + 1), "{numbers:?}");
    let log = server.admin().json(&["audit", "log", "--kind", "alert", "-o", "json"]);
    let alerts = log["events"].as_array().unwrap();
    assert_eq!(alerts.len(), 1, "{log}");
    assert_eq!(alerts[0]["event"]["data"]["user"], "carol");
    assert_eq!(alerts[0]["event"]["data"]["severity"], "critical");
    assert!(alerts[0]["event"]["why"][0].as_str().unwrap().contains("carol was refused 3 times within 10m"));
    // She sees what became of her request, and why, and neither other people's events nor the alert's.
    let own = until("she sees the end", SOON, || {
        let seen = kinds(&hers.printed());
        seen.iter().any(|(kind, _)| kind == "grant.revoked").then_some(seen)
    });
    assert!(own.iter().all(|(kind, _)| !kind.starts_with("alert.") && !kind.starts_with("user.")), "{own:?}");
    for running in [watching, hers] {
        running.signal(Signal::INT);
        running.end_within(SOON).expect(130);
    }
}

#[test]
fn an_alert_waits_for_an_administrator_who_says_what_came_out_once() {
    let server = Server::start(&format!("{POLICY}{ALERTS}"));
    let carol = server.person("carol");
    tries(&carol, 3);
    let admin = server.admin();
    let listed = until("it is raised", SOON, || {
        let listed = admin.json(&["alert", "list"]);
        (!listed["alerts"].as_array().unwrap().is_empty()).then_some(listed)
    });
    let alert = &listed["alerts"][0];
    let id = alert["id"].as_str().unwrap();
    assert_eq!((&alert["alert"], &alert["user"]), (&"guessing".into(), &"carol".into()));
    let answer = |who: &Person, id: &str| {
        who.jit(&["alert", "answer", id, "expected", "--comment", "a script of hers"])
    };
    for args in [&["alert", "list"][..], &["alert", "show", id]] {
        carol.jit(args).expect(5);
    }
    answer(&carol, id).expect(5);
    let shown = admin.jit(&["alert", "show", &id[..6]]).ok().stdout;
    assert!(shown.contains("jit alert answer") && shown.contains("carol was refused 3 times"), "{shown}");
    answer(admin, &id[..6]).ok();
    let out = answer(admin, id).expect(1);
    assert!(out.stderr.contains("answered already, by admin"), "{out}");
    answer(admin, "ffffffffffffffff").expect(3);
    assert_eq!(admin.json(&["alert", "list"])["alerts"], serde_json::json!([]));
    let all = admin.json(&["alert", "list", "--all"]);
    assert_eq!(all["alerts"][0]["answer"]["finding"], "expected");
    let log = admin.json(&["audit", "log", "--kind", "alert.answered", "-o", "json"]);
    assert_eq!(log["events"][0]["event"]["data"]["answer"], "expected");
    assert_eq!(log["events"].as_array().unwrap().len(), 1);
}

#[test]
fn a_server_that_was_killed_raises_nothing_twice() {
    let mut server = Server::start(&format!("{POLICY}{ALERTS}"));
    let carol = server.person("carol");
    tries(&carol, 3);
    let raised = |server: &Server| {
        let log = server.admin().json(&["audit", "log", "--kind", "alert", "-o", "json"]);
        log["events"].as_array().unwrap().len()
    };
    until("raised", SOON, || (raised(&server) == 1).then_some(()));
    for _ in 0..2 {
        server.kill();
        server.start_again();
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(raised(&server), 1);
    }
}

#[test]
fn a_server_stops_soon_though_somebody_watches() {
    let mut server = Server::start(POLICY);
    let watching = server.admin().start(&["watch", "-o", "ndjson"]);
    until("it is watched", SOON, || (!watching.printed().is_empty()).then_some(()));
    let (code, took) = server.stop();
    assert_eq!(code, 0);
    assert!(took < Duration::from_secs(5), "{took:?}");
    watching.signal(Signal::INT);
    let out = watching.end_within(SOON);
    assert!(out.stderr.contains("trying again"), "{out}");
}

#[test]
fn a_terminal_shows_what_waits_what_is_live_and_what_was_decided() {
    let server = Server::start(&format!("{POLICY}{ALERTS}"));
    let carol = server.person("carol");
    let mut terminal = at_terminal(server.admin(), 120, &["watch"]);
    terminal.exp_string("ALERTS").unwrap();
    let waiting = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    terminal.exp_string(&waiting).unwrap();
    let live = active(&carol, "10m");
    terminal.exp_string(&live).unwrap();
    terminal.exp_string("in 9m").unwrap();
    tries(&carol, 3);
    terminal.exp_string("critical guessing: carol was refused").unwrap();
    terminal.send_control('c').unwrap();
    let (_, code) = end(terminal);
    assert_eq!(code, 130);
}
