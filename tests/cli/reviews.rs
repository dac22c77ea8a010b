//! A review through the built program and a real server.

use std::time::Duration;

use crate::contractors::{POLICY, active, add};
use crate::world::{Server, until};

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
    assert_eq!(alice.state(&live), "revoked");
    yan.jit(&["request", "deploy", "--for", "10m"]).expect(3);
    zed.jit(&["request", "deploy", "--for", "10m"]).ok();
    alice.jit(&["review", "restore", "yan", "deploy", "--comment", "x"]).expect(5);
    server.admin().jit(&["review", "restore", "yan", "deploy", "--comment", "still needed"]).ok();
    yan.jit(&["request", "deploy", "--for", "10m"]).ok();
}
