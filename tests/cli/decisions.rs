//! Who decides, when, and on what: stages, delegation, more time, break-glass, tickets, on-call, through
//! the whole of jit.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::world::{Person, Server, until};

const POLICY: &str = r#"
[label]
env = ["staging", "production"]

[company.acme]
[person]
alice = {}
bob = {}
dave = {}
eve = {}
carol = { company = "acme", sponsor = "eve" }

[group.leads]
members = ["alice", "bob"]

[group.on-call]
from-file = "ON-CALL"
refresh = "10s"

[ticket-system.ops]
pattern = "OPS-[0-9]+"
command = ["PROGRAM"]
open-states = ["open"]
assignee = "anyone"
poll = "10s"

[resource.web-1]
provider = "ssh"
labels = { env = "production" }
owners = ["dave"]
[resource.web-2]
provider = "ssh"
labels = { env = "staging" }

[deny.long-staging]
description = "staging is rebuilt every hour"
resource-labels = { env = "staging" }
when = "request.duration > duration('1h')"

[role.deploy]
description = "A lead, then the owner"
resources = ["web-1"]
requesters = ["carol"]
max-duration = "1h"
max-total = "90m"
break-glass = { max-duration = "15m", announce = ["group:leads"], debrief = ["alice"] }
[[role.deploy.stage]]
name = "lead"
approvers = ["group:leads"]
approvals = 1
[[role.deploy.stage]]
name = "owner"
approvers = ["resource:owner", "requester:sponsor"]
approvals = 1
[role.deploy.ssh]
principals = ["deploy"]

[role.look]
description = "Staging by itself; production by whoever is on call"
resources = ["web-*"]
requesters = ["carol"]
auto-approve = "resource.labels.env == 'staging'"
approvers = ["group:on-call"]
approvals = 1
max-duration = "2h"
max-open = 1
require = { reason = false }
[role.look.ssh]
principals = ["look"]

[role.repair]
description = "While the ticket is open"
resources = ["web-2"]
requesters = ["carol"]
auto-approve = "request.ticket.startsWith('OPS-')"
max-duration = "1h"
single-use = true
require = { ticket-system = "ops" }
[role.repair.ssh]
principals = ["repair"]
"#;

/// A server whose ticket program answers with the state that the file `state` has, and whose on-call
/// list is the file `on-call`.
fn server() -> Server {
    let server = Server::prepare("");
    let dir = server.home();
    let program = dir.join("ticket");
    let script = "#!/bin/sh\nread -r line\nticket=$(printf %s \"$line\" | sed 's/.*\"ticket\":\"\\([^\"]*\\)\".*/\\1/')\n\
                  printf '{\"schema\":\"jit/v1\",\"kind\":\"ticket\",\"ticket\":\"%s\",\"state\":\"%s\"}\\n' \"$ticket\" \
                  \"$(cat DIR/state)\"\n";
    put(&program, &script.replace("DIR", dir.to_str().unwrap()));
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    put(&dir.join("state"), "open");
    put(&dir.join("on-call"), "bob\n");
    let policy = POLICY
        .replace("PROGRAM", program.to_str().unwrap())
        .replace("ON-CALL", dir.join("on-call").to_str().unwrap());
    server.write_policy(&policy);
    let mut server = server;
    server.start_again();
    server
}

#[expect(clippy::disallowed_methods, reason = "a test's own files")]
fn put(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

fn ask(carol: &Person, more: &[&str]) -> Value {
    carol.json(&[&["request", "deploy", "--for", "30m", "--reason", "release 7"], more].concat())
}

fn id(request: &Value) -> String {
    request["id"].as_str().unwrap().to_owned()
}

fn waiting_for(person: &Person) -> usize {
    person.json(&["list", "--to-approve"])["requests"].as_array().unwrap().len()
}

#[test]
fn a_later_stage_sees_a_request_only_when_the_stage_before_has_agreed() {
    let server = server();
    let (carol, alice, dave) = (server.person("carol"), server.person("alice"), server.person("dave"));
    let request = ask(&carol, &[]);
    let id = id(&request);
    assert_eq!((&request["stages"], &request["stage"]), (&serde_json::json!([1, 1]), &1.into()));
    assert_eq!((waiting_for(&alice), waiting_for(&dave)), (1, 0));
    let hidden = dave.jit(&["approve", &id, "--json"]).expect(3).error();
    let missing = dave.jit(&["approve", "zzzzzzzzzzzz", "--json"]).expect(3).error();
    assert_eq!(
        hidden["message"].as_str().unwrap().replace(&id, "ID"),
        missing["message"].as_str().unwrap().replace("zzzzzzzzzzzz", "ID"),
        "what is not theirs yet looks like what is not there"
    );

    alice.jit(&["approve", &id]).ok();
    assert_eq!((waiting_for(&alice), waiting_for(&dave)), (0, 1));
    let again = alice.jit(&["approve", &id, "--json"]).expect(1).error();
    assert_eq!(again["code"], "conflict", "one human, one vote: {again}");
    let done = dave.json(&["approve", &id]);
    assert_eq!(done["requests"][0]["state"], "approved");
    let shown = carol.jit(&["show", &id]).ok().stdout;
    assert!(shown.contains("2 of 2"), "{shown}");
}

#[test]
fn a_say_can_be_given_away_for_a_while_and_taken_back() {
    let server = server();
    let (carol, alice, eve) = (server.person("carol"), server.person("alice"), server.person("eve"));
    let request = id(&ask(&carol, &[]));
    // Alice gives her say to Eve, who is Carol's sponsor: two hats, and still one human.
    alice.jit(&["delegation", "add", "eve", "--for", "1d"]).ok();
    assert_eq!(eve.json(&["delegation", "list"])["delegations"][0]["from"], "alice");
    let voted = eve.json(&["approve", &request]);
    assert_eq!(voted["requests"][0]["votes"][0]["on_behalf"]["subject"], "alice");
    assert_eq!(voted["requests"][0]["stage"], 2);
    let twice = eve.jit(&["approve", &request, "--json"]).expect(1).error();
    assert_eq!(twice["code"], "conflict", "{twice}");
    server.person("dave").jit(&["approve", &request]).ok();

    // Taken back before the first use: her vote is void.
    alice.jit(&["delegation", "remove", "eve"]).ok();
    carol.jit(&["exec", &request, "--", "true"]).expect(125);
    // Nobody gives to themselves, to a stranger, or what they do not have.
    alice.jit(&["delegation", "add", "alice", "--for", "1d"]).expect(2);
    alice.jit(&["delegation", "add", "nobody", "--for", "1d"]).expect(3);
    alice.jit(&["delegation", "add", "bob", "--for", "60d"]).expect(2);
    carol.jit(&["delegation", "add", "bob", "--for", "1d"]).expect(5);
}

#[test]
fn more_time_is_given_by_the_same_people_and_never_past_the_longest_total() {
    let server = server();
    let (carol, alice, dave) = (server.person("carol"), server.person("alice"), server.person("dave"));
    let request = id(&ask(&carol, &[]));
    carol.jit(&["extend", &request, "--for", "10m", "--reason", "x"]).expect(8);
    alice.jit(&["approve", &request]).ok();
    dave.jit(&["approve", &request]).ok();
    carol.jit(&["exec", &request, "--", "true"]).ok();
    let before = carol.json(&["show", &request])["ends"].clone();

    let over = carol.jit(&["extend", &request, "--for", "61m", "--reason", "x", "--json"]).expect(5).error();
    assert!(over["message"].as_str().unwrap().contains("1h30m"), "{over}");
    let asked = carol.json(&["extend", &request, "--for", "1h", "--reason", "it still runs"]);
    assert_eq!((&asked["state"], &asked["ends"]), (&"active".into(), &before), "nothing moved yet");
    assert_eq!(asked["extension"]["by"], "1h");
    let shown = alice.jit(&["show", &request]).ok().stdout;
    assert!(shown.contains("1h: it still runs"), "{shown}");
    alice.jit(&["approve", &request]).ok();
    let extended = dave.json(&["approve", &request]);
    let extended = &extended["requests"][0];
    assert!(extended["extension"].is_null() && extended["ends"] != before, "{extended}");
    let left = extended["ends_in_s"].as_i64().unwrap();
    assert!((5200..=5400).contains(&left), "{left}");

    let refused = carol.jit(&["extend", &request, "--for", "1s", "--reason", "x"]).expect(5);
    assert!(refused.stderr.contains("try:"), "{refused}");
}

#[test]
fn breaking_the_glass_is_announced_and_has_to_be_talked_about_before_the_next_time() {
    let server = server();
    let (carol, alice, bob) = (server.person("carol"), server.person("alice"), server.person("bob"));
    let glass = ["request", "deploy", "--break-glass", "--for", "15m", "--reason"];
    carol.jit(&[&glass[..], &[""]].concat()).expect(5);
    carol.jit(&["request", "deploy", "--break-glass", "--for", "16m", "--reason", "x"]).expect(5);
    let request = carol.json(&[&glass[..], &["the shop is down"]].concat());
    assert_eq!((&request["state"], &request["debrief"]["verdict"]), (&"approved".into(), &Value::Null));
    let request = id(&request);
    carol.jit(&["exec", &request, "--", "true"]).ok();
    carol.jit(&["revoke", &request]).ok();

    let told = server.admin().json(&["audit", "log", "--kind", "breakglass."]);
    assert_eq!(told["events"][0]["event"]["data"]["announced"], "alice, bob", "{told}");
    assert_eq!(bob.json(&["list", "--debriefs"])["requests"][0]["id"], request.as_str());
    let next = carol.jit(&[&glass[..], &["again"]].concat()).expect(5);
    assert!(next.stderr.contains("debrief"), "{next}");
    carol.jit(&["debrief", &request, "--ok"]).expect(5);
    bob.jit(&["debrief", &request, "--ok"]).expect(5);
    alice.jit(&["debrief", &request, "--flag"]).expect(2);
    let closed = alice.json(&["debrief", &request, "--flag", "--comment", "why root?"]);
    assert_eq!(closed["requests"][0]["debrief"]["verdict"], "flagged");
    carol.jit(&[&glass[..], &["again"]].concat()).ok();
}

#[test]
fn access_ends_with_its_ticket_and_a_failing_check_means_no() {
    let server = server();
    let carol = server.person("carol");
    let state = server.home().join("state");
    let repair = ["request", "repair", "--for", "30m", "--reason", "x", "--ticket"];
    put(&state, "closed");
    let closed = carol.jit(&[&repair[..], &["OPS-1"]].concat()).expect(5);
    assert!(closed.stderr.contains("closed"), "{closed}");
    put(&state, "\"");
    carol.jit(&[&repair[..], &["OPS-1"]].concat()).expect(5);
    put(&state, "open");
    carol.jit(&[&repair[..], &["x OPS-1"]].concat()).expect(5);
    let request = id(&carol.json(&[&repair[..], &["OPS-1"]].concat()));
    carol.jit(&["credential", "ssh", &request, "--public-key", &key(&carol)]).ok();
    let second = carol.jit(&["credential", "ssh", &request, "--public-key", &key(&carol)]).expect(5);
    assert!(second.stderr.contains("one use"), "{second}");

    // The hook of the ticket system, or the poll at the latest.
    let admin = server.admin();
    carol.jit(&["ticket", "changed", "OPS-1"]).expect(5);
    assert_eq!(admin.json(&["ticket", "changed", "OPS-1"])["ended"], Value::Array(vec![]));
    put(&state, "done");
    assert_eq!(admin.json(&["ticket", "changed", "OPS-1"])["ended"][0], request.as_str());
    let over = until("the grant is over", Duration::from_secs(10), || {
        let shown = carol.json(&["show", &request]);
        (shown["state"] == "revoked").then_some(shown)
    });
    assert!(over["outcome"]["comment"].as_str().unwrap().contains("done"), "{over}");
}

/// A new public key each time: the same one gets the same credential.
fn key(person: &Person) -> String {
    let name = format!("key-{}", std::fs::read_dir(person.home()).unwrap().count());
    let path = crate::sshd::new_key(person.home(), &name, &["ed25519"]);
    format!("{}.pub", path.display())
}

#[test]
fn whoever_is_on_call_decides_and_nobody_does_while_that_cannot_be_told() {
    let server = server();
    let (carol, bob, alice) = (server.person("carol"), server.person("bob"), server.person("alice"));
    let look = |on: &str, long: &str| carol.jit(&["request", "look", "--on", on, "--for", long, "--json"]);
    let request = id(&look("web-1", "2h").ok().json());
    assert_eq!((waiting_for(&bob), waiting_for(&alice)), (1, 0));
    // One at a time, and the same ask again is the same request.
    assert_eq!(id(&look("web-1", "2h").ok().json()), request);
    look("web-2", "30m").expect(5);

    put(&server.home().join("on-call"), "alice\n");
    until("the list is asked again", Duration::from_secs(25), || (waiting_for(&alice) == 1).then_some(()));
    assert_eq!(waiting_for(&bob), 0);
    put(&server.home().join("on-call"), "alice\nmallory\n");
    until("a stranger voids the list", Duration::from_secs(25), || (waiting_for(&alice) == 0).then_some(()));
    carol.jit(&["cancel", &request]).ok();

    let staging = look("web-2", "1h").ok().json();
    assert_eq!((&staging["state"], &staging["approvals_needed"]), (&"approved".into(), &0.into()));
    carol.jit(&["revoke", "--mine"]).ok();
    let denied = look("web-2", "61m").expect(5);
    assert!(denied.stderr.contains("rebuilt every hour"), "{denied}");
}
