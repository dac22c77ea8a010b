//! Training and terms before access, through the whole of jit.

use std::os::unix::fs::DirBuilderExt;
use std::time::Duration;

use jit_access::domain::Digest;

use crate::world::{Person, Server, at_terminal, end, put_private, until};

const TEXT: &str = "Use it for work only.\nLeave no data behind.\n";

const POLICY: &str = r#"
[person]
alice = {}
bob = {}
carol = { sponsor = "bob" }
[group.trainers]
members = ["alice"]

[training.security]
version = 2
link = "https://learn.example.net/security"
valid-for = "365d"
trainers = ["group:trainers"]
[terms.use]
description = "What the hosts are for"
version = 1
text = """
Use it for work only.
Leave no data behind.
"""

[resource.web-1]
provider = "ssh"

[role.shell]
resources = ["web-1"]
requesters = ["carol"]
auto-approve = "request.resource == 'web-1'"
max-duration = "1h"
require = { reason = false, training = ["security"], terms = ["use"] }
ssh = { principals = ["deploy"] }
"#;

struct World {
    server: Server,
    alice: Person,
    bob: Person,
    carol: Person,
}

fn world() -> World {
    let server = Server::start(POLICY);
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| server.person(name));
    World { server, alice, bob, carol }
}

const ASK: [&str; 4] = ["request", "shell", "--for", "30m"];

fn digest() -> String {
    Digest::of(TEXT.as_bytes()).to_string()
}

#[test]
fn a_refusal_names_what_is_missing_and_following_it_gives_access() {
    let World { server, alice, bob, carol } = world();
    let refused = carol.jit(&ASK).expect(5);
    for told in [
        "training security is missing (https://learn.example.net/security)",
        "terms use are not accepted",
        "jit training list",
    ] {
        assert!(refused.stderr.contains(told), "{told}: {refused}");
    }
    let list = carol.jit(&["training", "list"]).ok().stdout;
    for told in
        ["missing", "jit training accept use", "take the course: https://learn.example.net/security", "shell"]
    {
        assert!(list.contains(told), "{told}: {list}");
    }
    // Neither the person themselves nor just anybody.
    carol.jit(&["training", "record", "carol", "security"]).expect(5);
    bob.jit(&["training", "record", "carol", "security"]).expect(5);
    let recorded = alice.json(&["training", "record", "carol", "security"]);
    assert_eq!(
        (&recorded["standing"], &recorded["version"], &recorded["by"]),
        (&"good".into(), &2.into(), &"alice".into())
    );

    let refused = carol.jit(&ASK).expect(5);
    assert!(refused.stderr.contains("refused by policy: terms use are not accepted"), "{refused}");
    assert!(refused.stderr.contains("jit training accept use"), "{refused}");
    // A script accepts exactly what it saw.
    let blind = carol.jit(&["training", "accept", "use", "--yes"]).expect(2);
    assert!(blind.stderr.contains("--digest"), "{blind}");
    let list = carol.json(&["training", "list"]);
    let terms = list["trainings"].as_array().unwrap().iter().find(|one| one["what"] == "terms").unwrap();
    assert_eq!((&terms["text"], &terms["digest"]), (&TEXT.into(), &digest().into()));
    carol.jit(&["training", "accept", "use", "--digest", &"0".repeat(64)]).expect(1);
    let accepted = carol.json(&["training", "accept", "use", "--digest", &digest()]);
    assert_eq!((&accepted["digest"], &accepted["standing"]), (&digest().into(), &"good".into()));
    carol.jit(&ASK).ok();

    let log = server.admin().json(&["audit", "log", "--kind", "terms.accepted"]);
    assert_eq!(log["events"][0]["event"]["data"]["digest"], digest(), "{log}");
    // The sponsor sees it; somebody else does not.
    let status = bob.jit(&["training", "status"]).ok().stdout;
    assert!(status.contains("1 of 1") && status.contains("carol"), "{status}");
    alice.jit(&["training", "status"]).expect(5);
    assert_eq!(
        server.admin().json(&["training", "status", "--user", "carol"])["people"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn at_a_terminal_the_text_is_shown_and_a_no_accepts_nothing() {
    let World { carol, server: _server, .. } = world();
    for (answer, code) in [("n", 2), ("y", 0)] {
        let mut terminal = at_terminal(&carol, 100, &["training", "accept", "use"]);
        for shown in [
            "What the hosts are for",
            &digest(),
            "Use it for work only.",
            "Leave no data behind.",
            "Do you agree",
        ] {
            terminal.exp_string(shown).unwrap();
        }
        terminal.send(answer).unwrap();
        terminal.flush().unwrap();
        let (rest, ended) = end(terminal);
        assert_eq!(ended, code, "{rest}");
        let equivalent = rest.contains(&format!("jit training accept use --digest {}", digest()));
        assert_eq!(equivalent, code == 0, "{rest}");
        let list = carol.jit(&["training", "list"]).ok().stdout;
        assert_eq!(list.contains("jit training accept use"), code != 0, "{list}");
    }
}

#[test]
fn a_new_version_ends_live_access_within_seconds() {
    let World { server, alice, carol, .. } = world();
    alice.jit(&["training", "record", "carol", "security"]).ok();
    carol.jit(&["training", "accept", "use", "--digest", &digest()]).ok();
    let id = carol.request(&ASK[1..]);
    carol.credential(&id).ok();
    assert_eq!(carol.state(&id), "active");
    server.write_policy(&POLICY.replace("version = 2", "version = 3"));
    until("the grant ends", Duration::from_secs(30), || (carol.state(&id) == "revoked").then_some(()));
    let shown = carol.jit(&["show", &id]).ok().stdout;
    assert!(shown.contains("version 2 was superseded by version 3"), "{shown}");
    carol.jit(&ASK).expect(5);
}

#[test]
fn the_local_backend_refuses_what_asks_for_training() {
    let person = Person::alone();
    let folder = person.path(".config/jit/policy.d");
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).unwrap();
    let user = std::process::Command::new("id").arg("-un").output().unwrap().stdout;
    let user = String::from_utf8(user).unwrap().trim().to_owned();
    let text = POLICY.replace("requesters = [\"carol\"]", &format!("requesters = [\"{user}\"]"));
    put_private(&folder.join("p.toml"), &text.replace("alice = {}", &format!("alice = {{}}\n{user} = {{}}")));
    let refused = person.jit(&ASK).expect(5);
    assert!(refused.stderr.contains("training security is missing"), "{refused}");
    let list = person.jit(&["training", "list"]);
    assert!(list.code != 0 && list.stderr.contains("keeps no directory of people"), "{list}");
}

#[test]
fn a_training_that_was_recorded_wrongly_is_withdrawn_and_the_grant_ends_with_it() {
    let World { server: _server, alice, carol, .. } = world();
    alice.jit(&["training", "record", "carol", "security"]).ok();
    carol.jit(&["training", "accept", "use", "--digest", &digest()]).ok();
    let id = carol.request(&ASK[1..]);
    carol.credential(&id).ok();
    carol.jit(&["training", "withdraw", "carol", "security", "--reason", "x"]).expect(5);
    alice.jit(&["training", "withdraw", "carol", "security"]).expect(2);
    let taken = alice.json(&["training", "withdraw", "carol", "security", "--reason", "another Carol"]);
    assert_eq!(taken["standing"], "missing");
    until("the end of the grant", Duration::from_secs(10), || (carol.state(&id) == "revoked").then_some(()));
    carol.jit(&ASK).expect(5);
    alice.jit(&["training", "withdraw", "carol", "security", "--reason", "again"]).expect(3);
}
