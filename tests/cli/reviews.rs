//! A review through the built program and a real server.

use std::time::Duration;

use crate::contractors::{POLICY, active, add};
use crate::world::{Person, Server, document, put_private, until};

#[test]
fn a_right_that_nobody_decides_on_in_time_is_gone_and_what_was_decided_stays() {
    let server = Server::start(POLICY);
    let alice = server.person("alice");
    let (zed, yan) = (add(&server, "zed", "2027-03-31"), add(&server, "yan", "2027-03-31"));
    let live = active(&yan, &alice);
    alice.jit(&["review", "start", "--scope", "company=acme", "--due", "14d"]).expect(5);
    let started = server.admin().json(&["review", "start", "--scope", "company=acme", "--due", "3s"]);
    let id = started["id"].as_str().unwrap();

    // The reviewer sees what each right was used for.
    let shown = alice.json(&["review", "show", id]);
    let items = shown["items"].as_array().unwrap();
    let grants =
        |user: &str| items.iter().find(|item| item["user"] == user).unwrap()["used"]["grants"].clone();
    assert_eq!((grants("yan"), grants("zed")), (1.into(), 0.into()));
    let number = items.iter().find(|item| item["user"] == "zed").unwrap()["number"].to_string();
    zed.jit(&["review", "decide", id, "keep", "--item", &number, "--comment", "me"]).expect(3);
    alice.jit(&["review", "decide", id, "keep", "--item", &number, "--comment", "on the project"]).ok();

    let closed = until("the due date", Duration::from_secs(60), || {
        let shown = server.admin().json(&["review", "show", id]);
        shown["closed"].is_object().then_some(shown)
    });
    assert_eq!(closed["progress"]["kept"], 1, "{closed}");
    assert_eq!(closed["progress"]["lapsed"], 1, "{closed}");
    proves(&server, &alice, id);
    assert_eq!(alice.state(&live), "revoked");
    yan.jit(&["request", "deploy", "--for", "10m"]).expect(3);
    zed.jit(&["request", "deploy", "--for", "10m"]).ok();
    alice.jit(&["review", "restore", "yan", "deploy", "--comment", "x"]).expect(5);
    server.admin().jit(&["review", "restore", "yan", "deploy", "--comment", "still needed"]).ok();
    yan.jit(&["request", "deploy", "--for", "10m"]).ok();
}

/// The result is proved offline, and not when anything in it is another.
fn proves(server: &Server, alice: &Person, id: &str) {
    alice.jit(&["review", "result", id]).expect(5);
    let text = server.admin().jit(&["review", "result", id, "-o", "json"]).ok().stdout;
    let key = document(&text).unwrap()["key"].as_str().unwrap().to_owned();
    let file = alice.path("result.json");
    let verify = |text: &str, more: &[&str]| {
        put_private(&file, text);
        alice.jit(
            &[&["--server", "http://127.0.0.1:9", "review", "verify", file.to_str().unwrap()], more].concat(),
        )
    };
    assert!(verify(&text, &["--key", &key]).ok().stdout.contains("is as it was signed"));
    assert!(verify(&text, &[]).ok().stdout.contains("named by the file itself"));
    let out = verify(&text.replacen("\"lapsed\"", "\"keep\"", 1), &["--key", &key]).expect(1);
    assert!(out.stderr.contains(&format!("the review {id} was changed after it was signed")), "{out}");
    let other = "other+a5e6d0f2+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_ne!(verify(&text, &["--key", other]).code, 0);
    for bad in ["", "{}", &text.replacen("\"review\"", "\"extra\": 1, \"review\"", 1)] {
        assert!(verify(bad, &[]).expect(1).stderr.contains("no result of a review"));
    }
}
