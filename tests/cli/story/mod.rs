//! The whole life of thirty contractors, with real parts on every side: a server, a sshd whose sessions have a
//! guard, a PostgreSQL, and receivers of mail, syslog and webhooks. At its end an auditor counts again, from
//! the log, every number of the evidence.

mod cast;
mod numbers;
mod recount;

use std::time::Duration;

use jit_access::domain::Time;
use serde_json::Value;

use crate::world::{Person, until};

use cast::{Cast, LAST, digest_of_terms};

/// What is promised of an end, live sessions included.
const SOON: Duration = Duration::from_secs(20);
/// What is promised of everything that somebody had.
const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn thirty_contractors_come_work_are_watched_and_leave_and_the_evidence_says_just_that() {
    let Some(mut cast) = Cast::gather() else { return };
    let [alice, bob, dora] = ["alice", "bob", "dora"].map(|name| cast.take(name));
    let from = cast::today();

    // The file comes in: first as a dry run, then for good; the last one's contract is nearly over.
    let lines = cast.import(Duration::from_secs(50));
    assert_eq!(lines.len(), 30);

    // The last one works while they may.
    dora.jit(&["training", "record", LAST, "security"]).ok();
    let last = cast.take(LAST);
    last.jit(&["training", "accept", "use", "--digest", &digest_of_terms()]).ok();
    let lasts = cast.database(&last, &bob, "10m");
    let lasts_session = cast.sleeps(&last, &lasts);

    // Some learn and agree; who does not is told what is missing, and gets nothing.
    for n in 1..=12 {
        dora.jit(&["training", "record", &cast::id(n), "security"]).ok();
    }
    dora.jit(&["training", "withdraw", "c12", "security", "--reason", "that was somebody else"]).ok();
    for n in 1..=9 {
        cast.person(n).jit(&["training", "accept", "use", "--digest", &digest_of_terms()]).ok();
    }
    for (n, missing) in [(10, "jit training accept use"), (13, "training security is missing")] {
        let refused = cast.person(n).jit(&["request", "shell", "--for", "10m", "--reason", "work"]).expect(5);
        assert!(refused.stderr.contains(missing), "{refused}");
    }

    // One works on the host, with more time than first asked for.
    let on_host = cast.shell(1, &alice, "20m");
    let (_login, host_session) = cast.works(1, &on_host);
    cast.person(1).jit(&["extend", &on_host, "--for", "10m", "--reason", "it is slow"]).ok();
    alice.jit(&["approve", &on_host]).ok();

    // One is denied, one thinks better of it, one approves their own, one never comes, one's time is up.
    let denied = cast.asks(3);
    alice.jit(&["deny", &denied, "--comment", "not this week"]).ok();
    let cancelled = cast.asks(4);
    cast.person(4).jit(&["cancel", &cancelled]).ok();
    let own = cast.asks(5);
    cast.person(5).jit(&["approve", &own]).expect(5);
    alice.jit(&["approve", &own]).ok();
    let short = cast.shell(7, &alice, "3s");
    cast.person(7).credential(&short).ok();

    // An emergency, which is talked about afterwards by somebody else.
    let glass = ["--break-glass", "--for", "10m", "--reason", "the shop is down\r\n=HYPERLINK(\"x\")"];
    let emergency = cast.person(8).request(&[&["root"], &glass[..]].concat());
    cast.person(8).credential(&emergency).ok();
    cast.person(8).jit(&["revoke", &emergency]).ok();
    alice.jit(&["debrief", &emergency, "--flag", "--comment", "call first"]).ok();

    // An alert ends what somebody holds while they guess: the live session in the database is closed.
    let guesser = cast.database(cast.person(6), &alice, "10m");
    let guessing = cast.sleeps(cast.person(6), &guesser);
    for _ in 0..3 {
        cast.person(6).jit(&["request", "shell", "--for", "300d", "--reason", "x"]).expect(5);
    }
    assert_ne!(guessing.end_within(SOON).code, 0);
    until("the alert ends the grant", SOON, || (cast.person(6).state(&guesser) == "revoked").then_some(()));
    let alerts = cast.server.admin().json(&["alert", "list"]);
    let is_his = |alert: &&Value| alert["alert"] == "guessing" && alert["user"] == cast::id(6).as_str();
    let alert = alerts["alerts"].as_array().unwrap().iter().find(is_his).unwrap()["id"].as_str().unwrap();
    cast.server.admin().jit(&["alert", "answer", alert, "incident", "--comment", "they guess"]).ok();
    cast.server.admin().jit(&["user", "suspend", &cast::id(6), "--reason", "they guess"]).ok();

    until("its time is up", SOON, || (cast.person(7).state(&short) == "expired").then_some(()));

    // A review: one right is kept, one is removed, silence removes the rest. The session on the host ends.
    let review = cast.server.admin().json(&["review", "start", "--scope", "company=acme", "--due", "12s"]);
    let review_id = review["id"].as_str().unwrap().to_owned();
    let decide = |who: &Person, what: &str, user: &str, role: &str, comment: &str| {
        let items = who.json(&["review", "show", &review_id])["items"].as_array().unwrap().clone();
        let is_it = |item: &&Value| item["user"] == user && item["role"] == role;
        let item = items.iter().find(is_it).unwrap_or_else(|| panic!("{user} {role}: {items:?}"));
        let number = item["number"].to_string();
        who.jit(&["review", "decide", &review_id, what, "--item", &number, "--comment", comment]).ok();
    };
    decide(&alice, "keep", "c02", "shell", "on the project until March");
    decide(&alice, "remove", "c03", "shell", "moved on");
    decide(&bob, "keep", LAST, "orders-read", "to the end of the contract");
    let closed = until("the due date", MINUTE, || {
        let shown = cast.server.admin().json(&["review", "show", &review_id]);
        shown["closed"].is_object().then_some(shown)
    });
    let progress = &closed["progress"];
    assert_eq!((&progress["kept"], &progress["removed"]), (&2.into(), &1.into()), "{closed}");
    assert!(progress["lapsed"].as_u64().unwrap() > 10, "{closed}");
    until("the right of the one on the host is gone", SOON, || {
        cast.refresh_revocations();
        (cast.person(1).state(&on_host) == "revoked").then_some(())
    });
    assert_ne!(host_session.end_within(SOON).code, 0);
    cast.person(1).jit(&["request", "shell", "--for", "10m", "--reason", "again"]).expect(3);
    let kept = cast.asks(2);
    cast.mailed("alice@acme.example", &format!("jit approve {kept}"));
    alice.jit(&["approve", &kept]).ok();
    cast.server
        .admin()
        .jit(&["review", "restore", &cast::id(1), "shell", "--comment", "needed after all"])
        .ok();

    // A sponsor ends a contract at once, and the last one's contract ends by itself, with its live session.
    alice.jit(&["contractor", "offboard", &cast::id(9), "--reason", "the work is done"]).ok();
    let gone = until("the contract's end", MINUTE, || {
        let shown = bob.json(&["contractor", "show", LAST]);
        shown["offboarding"]["done"].is_string().then_some(shown)
    });
    assert_eq!(gone["ended"]["cause"], "end", "{gone}");
    assert_ne!(lasts_session.end_within(SOON).code, 0);
    let events = cast.server.admin().json(&["audit", "log", "--request", &lasts]);
    let mut events = events["events"].as_array().unwrap().iter().map(|event| &event["event"]);
    let ending = events.find(|event| event["kind"] == "grant.ending").unwrap();
    let millis = |at: &Value| at.as_str().unwrap().parse::<Time>().unwrap().millis();
    // A grant ends with a whole second.
    assert!(millis(&ending["at"]) > millis(&gone["until"]) - 1000, "the contract ended it: {ending} {gone}");
    assert_eq!(
        cast.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit\\_%' AND rolcanlogin"),
        "0"
    );
    last.jit(&["whoami"]).expect(4);

    // What they did comes in from the hosts.
    cast.deliver(&on_host, &lasts, "/* c30 */");

    // Everybody outside was told.
    cast.all_were_told();

    // The evidence, and an auditor who has nothing but the two files.
    let emil = cast.auditor();
    let (pack, key) = cast.evidence(&emil, &from);
    let log = cast.export(&emil);
    numbers::check(&pack, &log, &key);
}
