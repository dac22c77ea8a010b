//! What was done under a grant: from a real host to whoever may read it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jit_access::domain::CredentialId;
use serde_json::Value;

use crate::guard::host::{Host, Login, RECORDINGS};
use crate::guard::recording::at_terminal as in_session;
use crate::pg::{PASSWORD, Postgres, Version};
use crate::sshd::{Sshd, new_key};
use crate::targets::orders;
use crate::world::{Out, POLICY, Person, Server, at_terminal, block_on, end, http, put_private, run, until};

/// A service that answers for a host, with its token in a file.
pub struct Collector {
    host: Person,
    token: PathBuf,
}

impl Collector {
    pub fn new(server: &Server, name: &str, purpose: &[&str]) -> Self {
        server.add_user(&[name, "--service", "--owner", "admin"]);
        let args = [&["user", "token", name, "--for", "30d", "-o", "json"], purpose].concat();
        let token = server.admin().jit(&args).ok().json()["token"].as_str().unwrap().to_owned();
        let host = server.somebody(name);
        let path = host.path("token");
        put_private(&path, &(token + "\n"));
        Self { host, token: path }
    }

    fn args<'a>(&'a self, what: &'a str, dir: &'a Path) -> Vec<String> {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        let state = path(&self.host.path("state"));
        let (token, dir) = (path(&self.token), path(dir));
        ["collect", what, &dir, "--token-file", &token, "--state", &state].map(str::to_owned).into()
    }

    pub fn once(&self, what: &str, dir: &Path) -> Out {
        let args = self.args(what, dir);
        let args: Vec<&str> = args.iter().map(String::as_str).chain(["--once", "-o", "json"]).collect();
        self.host.jit(&args)
    }

    fn token(&self) -> String {
        std::fs::read_to_string(&self.token).unwrap().trim().to_owned()
    }
}

fn pg_policy(address: &str, password: &Path) -> String {
    format!(
        r#"
[person]
bob = {{}}
carol = {{}}
eve = {{}}
{}[role.orders-read]
description = "Read the orders"
resources = ["orders"]
requesters = ["carol"]
approvers = ["bob"]
approvals = 1
max-duration = "1h"
require = {{ reason = false }}
[role.orders-read.postgres]
member-of = ["readers"]
settings = {{ log_statement = "all" }}
"#,
        orders(address, password)
    )
}

fn activity(who: &Person, id: &str) -> Value {
    who.jit(&["show", id, "--activity", "-o", "json"]).ok().json()
}

fn texts(activity: &Value) -> Vec<&str> {
    activity["statements"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()).collect()
}

#[test]
fn a_statement_under_a_grant_turns_up_beside_the_grant_from_either_form_of_the_log() {
    for (major, form) in [(15, "csvlog"), (18, "jsonlog")] {
        let Some(version) = Version::find(major) else { return };
        let destination = format!("log_destination = 'stderr,{form}'");
        let lines =
            ["logging_collector = on", "log_filename = 'postgresql.log'", "log_timezone = 'Asia/Kolkata'"];
        let pg = Postgres::start_with(&version, &[&lines[..], &[&destination, "log_duration = on"]].concat());
        pg.sql(
            "CREATE ROLE readers NOLOGIN; CREATE TABLE orders (id int); GRANT SELECT ON orders TO readers",
        );
        let files = tempfile::tempdir().unwrap();
        let password = files.path().join("admin");
        put_private(&password, PASSWORD);
        let server = Server::start(&pg_policy(&pg.address(), &password));
        let (carol, bob, eve) = (server.person("carol"), server.person("bob"), server.person("eve"));
        let id = carol.request(&["orders-read", "--for", "10m"]);
        bob.jit(&["approve", &id]).ok();
        let psql_path = pg.program("psql").get_program().to_str().unwrap().to_owned();
        let psql = |sql: &str| carol.jit(&["exec", &id, "--", &psql_path, "-XAtqc", sql]);
        psql("SELECT 'größer',\n count(*) FROM orders").ok();
        psql("SELEC nonsense").expect(1);
        psql("ALTER ROLE postgres PASSWORD 'canary-4711'").expect(1);
        // In the extended protocol, whose parameters stand beside the statement.
        if major >= 16 {
            let bound = format!("printf '%s\\n' 'SELECT $1::int + 1 \\bind 41 \\g' | {psql_path} -XAtq");
            assert_eq!(carol.jit(&["exec", &id, "--", "sh", "-c", &bound]).ok().stdout, "42\n");
        }
        // The log of their own statements is not theirs to switch off.
        psql("SET log_statement = 'none'").expect(1);
        pg.sql("SELECT 'of somebody else'");

        let collector = Collector::new(&server, "db-host", &["--collect", "--on", "orders"]);
        let log = pg.path("data").join("log");
        let before = until("the log is written", Duration::from_secs(10), || {
            let out = collector.once("postgres", &log).ok();
            assert_eq!(out.json()["passed_by"], serde_json::json!([]), "{out}");
            let shown = activity(&carol, &id);
            (texts(&shown).len() >= 4).then_some(shown)
        });
        let told = texts(&before);
        assert!(told.contains(&"SELECT 'größer',\n count(*) FROM orders"), "{told:?}");
        assert!(told.contains(&"ALTER ROLE postgres PASSWORD '********'"), "{told:?}");
        let bound = "SELECT $1::int + 1 \n-- parameters: $1 = '41'";
        let has_bound = |text: &&str| text.to_lowercase() == bound.to_lowercase();
        assert!(major < 16 || told.iter().any(has_bound), "{told:?}");
        assert!(told.contains(&"SELEC nonsense") && !told.iter().any(|text| text.contains("somebody else")));
        let first = before["statements"].as_array().unwrap().iter().find(|s| s["text"] == told[0]).unwrap();
        assert!(first["took_us"].as_u64().is_some(), "{first}");
        assert!(before["pieces"][0]["digest"].as_str().is_some_and(|digest| digest.len() == 64));
        let shown = carol.show(&id);
        let at = first["at"].as_str().unwrap();
        assert!(
            shown["created"].as_str().unwrap() < at && at < shown["ends"].as_str().unwrap(),
            "{at} {shown}"
        );
        let page = bob.jit(&["show", &id, "--activity"]).ok();
        assert!(page.stdout.contains("SELECT 'größer',\\n count(*) FROM orders"), "{page}");
        assert!(!page.stdout.contains("canary") && !server.stderr().contains("canary"));
        eve.jit(&["show", &id, "--activity"]).expect(3);
        // Again from the beginning: kept again by other bytes, and shown once.
        std::fs::remove_file(collector.host.path("state")).unwrap();
        collector.once("postgres", &log).ok();
        let after = activity(&carol, &id);
        let own = |texts: Vec<&str>| texts.iter().filter(|text| text.contains("größer")).count();
        assert_eq!(own(texts(&after)), 1, "{after}");
        let events = server.admin().jit(&["audit", "log", "--request", &id, "-o", "json"]).ok();
        assert!(events.stdout.contains("statements.collected"), "{events}");
    }
}

struct Recorded {
    server: Server,
    carol: Person,
    host: Host,
    id: String,
}

/// A session of carol's on `web-1`, recorded by the guard.
fn recorded(command: &str) -> Option<Recorded> {
    if !Sshd::available() {
        return None;
    }
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let host = Host::trusting(&server.ca(), &server.krl(), &format!("--record {RECORDINGS}"), "");
    let key = new_key(carol.home(), "id", &["ed25519"]);
    let id = carol.request(&["shell", "--for", "10m"]);
    carol.credential(&id).ok();
    let login = Login { key, certificate: carol.path("id-cert.pub"), end: None };
    let (text, code) = end(in_session(&host, &login, "", command));
    assert_eq!(code, 0, "{text}");
    Some(Recorded { server, carol, host, id })
}

#[test]
fn a_session_is_recorded_collected_and_replayed_and_commands_nothing_of_the_readers() {
    let evil =
        "printf '\\033]52;c;ZXZpbA==\\007\\033]0;title\\007\\033[6n\\033[1mshown-7\\033[0m\\n'; sleep 0.1";
    let Some(Recorded { mut server, carol, host, id }) = recorded(evil) else { return };
    let (eve, bob) = (server.person("eve"), server.person("bob"));
    let collector = Collector::new(&server, "web-host", &["--collect", "--on", "web-1"]);
    // While the server is down nothing is lost.
    server.kill();
    collector.once("ssh", &host.path("recordings")).expect(10);
    server.start_again();
    let args = collector.args("ssh", &host.path("recordings"));
    let args: Vec<&str> = args.iter().map(String::as_str).chain(["--every", "1s"]).collect();
    let running = collector.host.start(&args);
    let shown = until("it is delivered", Duration::from_secs(20), || {
        let shown = activity(&carol, &id);
        shown["pieces"].get(0).is_some().then_some(shown)
    });
    drop(running);
    let again = collector.once("ssh", &host.path("recordings")).ok().json();
    assert_eq!(again["pieces"], 0, "{again}");
    let digest = shown["pieces"][0]["digest"].as_str().unwrap();

    let plain = carol.jit(&["replay", &id]).ok();
    assert!(plain.stdout.contains("shown-7\n") && !plain.stdout.contains('\x1b'), "{plain}");
    let (text, code) = end(at_terminal(&carol, 100, &["replay", &id, "--speed", "10"]));
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("\x1b[1mshown-7\x1b[0m"), "{text:?}");
    assert!(!text.contains("]52") && !text.contains("]0;") && !text.contains("[6n"), "{text:?}");
    let json = carol.jit(&["replay", &id, &digest[..8], "-o", "json"]).ok();
    assert!(json.json()["recordings"][0]["events"][0]["output"].is_string() && !json.stdout.contains('\x1b'));
    carol.jit(&["replay", &id, "0000"]).expect(3);
    for stranger in [&eve, &bob] {
        stranger.jit(&["replay", &id]).expect(3);
    }
    server.admin().jit(&["replay", &id]).ok();

    let events = server.admin().jit(&["audit", "log", "--request", &id, "-o", "json"]).ok();
    assert_eq!(events.stdout.matches("recording.stored").count(), 1, "{events}");
    assert!(events.stdout.contains(digest), "{events}");

    // What was changed on the server's disk is told, and not played.
    let path = server.data().join("activity").join(&id).join(digest);
    let text = std::fs::read_to_string(&path).unwrap();
    put_private(&path, &text.replace("shown-7", "shown-8"));
    let told = carol.jit(&["show", &id, "--activity"]).ok();
    assert!(told.stdout.contains("DAMAGED") && !told.stdout.contains("whole"), "{told}");
    let refused = carol.jit(&["replay", &id]).expect(1);
    assert!(!refused.stdout.contains("shown"), "{refused}");
}

#[test]
fn a_reader_who_stops_in_the_middle_has_their_terminal_as_it_was() {
    let screen = "printf '\\033[?1049h\\033[?25lhere'; sleep 1; printf '\\033[?1049lnever'";
    let Some(Recorded { server, carol, host, id }) = recorded(screen) else { return };
    let collector = Collector::new(&server, "web-host", &["--collect", "--on", "web-1"]);
    collector.once("ssh", &host.path("recordings")).ok();
    let slowly = ["replay", &id, "--speed", "0.01", "--max-pause", "1h"];
    let mut terminal = at_terminal(&carol, 100, &slowly);
    terminal.exp_string("here").unwrap();
    terminal.send_control('c').unwrap();
    let (text, code) = end(terminal);
    assert_eq!(code, 130, "{text:?}");
    assert!(
        text.contains("\x1b[?25h") && text.contains("\x1b[?1049l") && !text.contains("never"),
        "{text:?}"
    );
}

#[test]
fn a_token_of_another_host_or_purpose_delivers_nothing_and_a_revoked_one_neither() {
    let Some(Recorded { server, carol, host, id }) = recorded("echo in") else { return };
    let recordings = host.path("recordings");
    let other = Collector::new(&server, "other-host", &["--collect", "--on", "web-2"]);
    let out = other.once("ssh", &recordings).ok().json();
    assert_eq!((&out["pieces"], out["passed_by"].as_array().unwrap().len()), (&0.into(), 1), "{out}");
    let directory = Collector::new(&server, "hr", &["--scim"]);
    directory.once("ssh", &recordings).expect(4);
    let own = Collector::new(&server, "web-host", &["--collect", "--on", "web-1"]);
    server.admin().jit(&["user", "token", "web-host", "--collect", "--revoke"]).ok();
    own.once("ssh", &recordings).expect(4);
    assert_eq!(activity(&carol, &id)["pieces"], serde_json::json!([]));
    // Nor is it good for anything else.
    let mut thief = server.somebody("thief");
    thief.token(&other.token());
    thief.jit(&["list"]).expect(4);
    let scim = block_on(async {
        let url = format!("{}/scim/v2/Users", server.url());
        http().get(url).bearer_auth(other.token()).send().await.unwrap().status()
    });
    assert_eq!(scim, 401);
    let wrong =
        run(carol.command(&["user", "token", "web-host", "--collect", "--on", "web-1", "--for", "1d"]));
    wrong.expect(5);
    server.admin().jit(&["user", "token", "web-host", "--collect", "--scim", "--for", "1d"]).expect(2);
    server.admin().jit(&["user", "token", "web-host", "--collect", "--for", "1d"]).expect(2);
}

#[test]
fn what_is_too_large_packed_or_nobodys_is_refused_and_nothing_of_it_is_kept() {
    let Some(Recorded { server, carol, host, id }) = recorded("echo in") else { return };
    let own = Collector::new(&server, "web-host", &["--collect", "--on", "web-1"]);
    let name = host.recordings()[0].file_name().unwrap().to_str().unwrap().to_owned();
    let serial: u64 = name.split('-').nth(1).unwrap().parse().unwrap();
    let credential = CredentialId::from_number(serial).unwrap();
    let send = |query: String, headers: &[(&str, &str)], body: Vec<u8>| {
        block_on(async {
            let call = http().post(format!("{}/v1/activity?{query}", server.url())).bearer_auth(own.token());
            let call = headers.iter().fold(call, |call, (name, value)| call.header(*name, *value));
            call.body(body).send().await.unwrap().status().as_u16()
        })
    };
    let cast = std::fs::read(&host.recordings()[0]).unwrap();
    let header = String::from_utf8(cast.clone()).unwrap().lines().next().unwrap().to_owned() + "\n";
    let to = |credential: CredentialId| format!("credential={credential}&what=recording&name=x");
    assert_eq!(send(to(credential), &[], vec![b' '; (16 << 20) + 1]), 413);
    assert_eq!(send(to(credential), &[("content-encoding", "gzip")], cast.clone()), 400);
    assert_eq!(send(to(CredentialId::from_number(7).unwrap()), &[], cast.clone()), 403);
    assert_eq!(send(to(credential) + "&more=1", &[], cast.clone()), 400);
    assert_eq!(send(to(credential), &[], b"no recording".to_vec()), 400);
    assert_eq!(activity(&carol, &id)["pieces"], serde_json::json!([]));
    let kept = server.data().join("activity");
    assert_eq!(std::fs::read_dir(&kept).unwrap().count(), 0);
    // A piece of ten MiB is none of these.
    let line = format!("[1.0,\"o\",\"{}\"]\n", "x".repeat(16_000));
    let large = header + &line.repeat((10 << 20) / line.len());
    let begun = std::time::Instant::now();
    assert_eq!(send(to(credential), &[], large.clone().into_bytes()), 200);
    eprintln!("10 MiB of recording delivered in {:?}", begun.elapsed());
    assert_eq!(send(to(credential), &[], large.into_bytes()), 200);
    assert_eq!(activity(&carol, &id)["pieces"].as_array().unwrap().len(), 1);
}
