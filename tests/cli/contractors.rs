//! The life of a contractor through the built program and a real server.

use std::time::Duration;

use jit_access::domain::{Span, Time};
use serde_json::Value;

use crate::sshd::new_key;
use crate::world::{Person, Server, put_private, until};

pub const POLICY: &str = r#"
[company.acme]
contractors = true

[group.acme-staff]
directory = true

[dormant.everybody]
after = "1d"

[person]
alice = {}
bob = {}

[resource.web-1]
provider = "ssh"

[role.deploy]
description = "Deploy"
resources = ["web-1"]
requesters = ["group:acme-staff"]
approvers = ["requester:sponsor"]
approvals = 1
max-duration = "1h"
require = { reason = false }
ssh = { principals = ["deploy"] }
"#;

/// The end of everything of theirs, after its time: the promise is a minute.
const MINUTE: Duration = Duration::from_secs(60);

const ENGAGED: &[&str] =
    &["--company", "acme", "--sponsor", "alice", "--agreement", "NDA-1", "--signed", "2026-11-01"];

pub fn add(server: &Server, name: &str, until: &str) -> Person {
    let args = [&["contractor", "add", name, "--until", until, "--group", "acme-staff"], ENGAGED].concat();
    let added = server.admin().json(&args);
    assert_eq!(added["contractor"]["standing"], "live", "{added}");
    server.enrolled(name, added["code"]["code"].as_str().unwrap())
}

/// Of a contractor's, approved by their sponsor.
pub fn active(contractor: &Person, sponsor: &Person) -> String {
    let id = contractor.request(&["deploy", "--for", "30m"]);
    sponsor.jit(&["approve", &id]).ok();
    let _ = new_key(contractor.home(), "id", &["ed25519"]);
    contractor.jit(&["credential", "ssh", &id, "--public-key", "id.pub"]).ok();
    assert_eq!(contractor.state(&id), "active");
    id
}

#[expect(clippy::disallowed_methods, reason = "the server's clock is the machine's")]
fn now() -> Time {
    Time::from(std::time::SystemTime::now())
}

fn legs(contractor: &Value) -> Vec<String> {
    let legs = contractor["offboarding"]["legs"].as_array().unwrap();
    let text = |leg: &Value| format!("{} {} {}", leg["leg"], leg["outcome"], leg["count"]).replace('"', "");
    legs.iter().map(text).collect()
}

#[test]
fn a_contractor_who_is_offboarded_has_nothing_left_and_there_is_a_receipt() {
    let server = Server::start(POLICY);
    let alice = server.person("alice");
    let zed = add(&server, "zed", "2027-03-31");
    let id = active(&zed, &alice);

    // Neither they themselves nor a stranger ends them; without a terminal nobody is asked.
    zed.jit(&["contractor", "offboard", "zed"]).expect(3);
    let gone = alice.json(&["contractor", "offboard", "zed", "--reason", "the work is done"]);
    assert_eq!(gone["standing"], "over");
    assert_eq!(
        legs(&gone),
        ["sessions done 1", "delegations done 0", "votes done 0", "requests done 0", "grants done 1"]
    );
    assert!(gone["offboarding"]["took_in_ms"].as_u64().unwrap() < 5_000, "{gone}");
    assert_eq!(alice.state(&id), "revoked");
    zed.jit(&["list"]).expect(4);
    assert!(!server.krl().is_empty());
    // The name is never given to a second person.
    let again = [&["contractor", "add", "zed", "--until", "2027-12-31"], ENGAGED].concat();
    let refused = server.admin().jit(&again).expect(1);
    assert!(refused.stderr.contains("never given to a second person"), "{refused}");
}

#[test]
fn everything_ends_by_itself_when_the_engagement_does() {
    let server = Server::start(POLICY);
    let alice = server.person("alice");
    let zed = add(&server, "zed", "2027-03-31");
    let id = active(&zed, &alice);
    let soon = now().plus(Span::clamped(2));
    alice.jit(&["contractor", "offboard", "zed", "--at", &soon.to_string()]).ok();
    let gone = until("the engagement's end", MINUTE, || {
        let shown = alice.json(&["contractor", "show", "zed"]);
        shown["offboarding"]["done"].is_string().then_some(shown)
    });
    assert_eq!(gone["ended"]["cause"], "end");
    assert!(["expired", "revoked"].contains(&&*alice.state(&id)));
    zed.jit(&["whoami"]).expect(4);
}

#[test]
fn an_import_reports_of_each_line_and_a_dry_run_adds_nobody() {
    let server = Server::start(POLICY);
    server.person("alice");
    let admin = server.admin();
    let mut text = "\u{feff}id,company,sponsor,until,agreement,signed,groups\r\n".to_owned();
    for n in 0..30 {
        let company = if n == 7 { "nowhere" } else { "acme" };
        text += &format!("c{n},{company},alice,2027-03-31,\"NDA, {n}\",2026-11-01,acme-staff\r\n");
    }
    put_private(&admin.path("in.csv"), &text);
    let dry = admin.jit(&["contractor", "import", "in.csv", "--dry-run", "-o", "json"]).expect(5);
    assert!(dry.stderr.contains("1 of 30 lines"), "{dry}");
    assert!(admin.json(&["contractor", "list"])["contractors"].as_array().unwrap().is_empty());

    let done = admin.jit(&["contractor", "import", "in.csv", "-o", "json"]).expect(5).json();
    let lines = done["lines"].as_array().unwrap();
    let outcomes = |what: &str| lines.iter().filter(|line| line["outcome"] == what).count();
    assert_eq!((lines.len(), outcomes("added"), outcomes("refused")), (30, 29, 1));
    assert_eq!(lines[7]["outcome"], "refused");
    let c3 = server.enrolled("c3", lines[3]["code"].as_str().unwrap());
    c3.jit(&["request", "deploy", "--for", "10m"]).ok();
    let shown = admin.json(&["contractor", "show", "c3"]);
    assert_eq!(shown["agreement"], "NDA, 3");
}

#[test]
fn half_a_file_is_not_imported() {
    let server = Server::start(POLICY);
    server.person("alice");
    let admin = server.admin();
    let good = "zed,acme,alice,2027-03-31,NDA-1,2026-11-01\n";
    let head = "id,company,sponsor,until,agreement,signed\n";
    for (text, says) in [
        (String::new(), "it has no contractors"),
        (head.to_owned(), "it has no contractors"),
        (format!("id,company\n{good}"), "CSV"),
        (format!("{head}{good}Yan,acme,alice,2027-03-31,NDA,2026-11-01\n"), "line 3: id"),
        (format!("{head}{good}yan,acme,alice,tomorrow,NDA,2026-11-01\n"), "line 3: until"),
        (format!("{head}{good}yan,acme,alice\n"), "CSV"),
        (format!("admin,{head}"), "it has no contractors"),
        (format!("admin,{head}true,{good}"), "unknown field"),
    ] {
        put_private(&admin.path("in.csv"), &text);
        let out = admin.jit(&["contractor", "import", "in.csv"]).expect(2);
        assert!(out.stderr.contains(says), "{says}: {out}");
    }
    assert!(admin.json(&["contractor", "list"])["contractors"].as_array().unwrap().is_empty());
}

#[test]
fn a_suspended_person_asks_for_nothing_until_they_are_reinstated() {
    let server = Server::start(POLICY);
    let alice = server.person("alice");
    let zed = add(&server, "zed", "2027-03-31");
    let id = active(&zed, &alice);
    server.admin().jit(&["user", "suspend", "zed", "--reason", "a lost laptop"]).ok();
    assert_eq!(alice.state(&id), "revoked");
    server.admin().jit(&["user", "reinstate", "zed", "--comment", "it was found"]).ok();
    alice.jit(&["contractor", "change", "zed", "--no-groups"]).expect(5);
    server.admin().jit(&["contractor", "change", "zed", "--no-groups"]).ok();
    alice.jit(&["contractor", "extend", "zed", "--until", "2027-12-31"]).ok();
}

#[test]
fn while_a_sponsor_is_suspended_their_contractors_hold_nothing_and_are_told_who_that_is() {
    let server = Server::start(POLICY);
    let (alice, admin) = (server.person("alice"), server.admin());
    let zed = add(&server, "zed", "2027-03-31");
    let id = active(&zed, &alice);
    admin.jit(&["user", "suspend", "alice", "--reason", "a lost laptop"]).ok();
    until("the end of what the contractor has", MINUTE, || (zed.state(&id) == "revoked").then_some(()));
    let refused = zed.jit(&["request", "deploy", "--for", "10m"]).expect(5);
    assert!(refused.stderr.contains("alice, who answers for the requester, is suspended"), "{refused}");
    let shown = admin.json(&["contractor", "show", "zed"]);
    assert_eq!(shown["standing"], "live");
    assert!(shown["holds_nothing"].as_str().unwrap().contains("alice"), "{shown}");
    // Back, or followed by somebody else.
    admin.jit(&["user", "reinstate", "alice", "--comment", "it was found"]).ok();
    zed.request(&["deploy", "--for", "10m"]);
}

#[test]
fn whoever_was_named_follows_a_sponsor_who_leaves() {
    let server = Server::start(POLICY);
    let (alice, admin) = (server.person("alice"), server.admin());
    server.person("bob");
    let zed = add(&server, "zed", "2027-03-31");
    let yan = add(&server, "yan", "2027-03-31");
    admin.jit(&["contractor", "change", "zed", "--successor", "bob"]).ok();
    let id = active(&zed, &alice);
    admin.jit(&["user", "disable", "alice", "--yes"]).ok();
    let followed = until("the successor", MINUTE, || {
        let shown = admin.json(&["contractor", "show", "zed"]);
        (shown["sponsor"] == "bob").then_some(shown)
    });
    assert_eq!(followed["standing"], "live");
    assert_eq!(zed.state(&id), "active");
    until("the end of the other", MINUTE, || yan.jit(&["whoami"]).code.eq(&4).then_some(()));
}
