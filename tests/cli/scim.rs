//! An outside directory at a real server: the conformance run of others, and what a deactivation ends.

use std::process::Command;
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::pg::{PASSWORD, Postgres, Version};
use crate::programs::tool;
use crate::targets::orders;
use crate::world::{Person, Server, block_on, http, put_private, start, until};

/// What is promised for a live session, and what is aimed at.
const PROMISED: Duration = Duration::from_secs(60);
const AIM: Duration = Duration::from_secs(5);

const POLICY: &str = r#"
[person]
alice = {}
bob = {}
[group.ops]
directory = true
[resource.web-1]
provider = "ssh"
[role.shell]
resources = ["web-1"]
requesters = ["group:ops"]
approvers = ["alice"]
approvals = 1
max-duration = "1h"
require = { reason = false }
[role.shell.ssh]
principals = ["deploy"]
"#;

/// An identity provider, with the token that an administrator made for it.
struct Directory {
    url: String,
    token: String,
}

impl Directory {
    fn of(server: &Server) -> Self {
        server.add_user(&["hr", "--service", "--owner", "admin"]);
        let made = server.admin().jit(&["user", "token", "hr", "--scim", "--for", "365d", "-o", "json"]).ok();
        let token = made.json()["token"].as_str().unwrap().to_owned();
        Self { url: format!("{}/scim/v2", server.url()), token }
    }

    fn send(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> (StatusCode, Value) {
        block_on(async {
            let call = http().request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
            let call = call.header("content-type", "application/scim+json").body(body);
            let answer = call.send().await.unwrap();
            let status = answer.status();
            if status != StatusCode::NO_CONTENT {
                assert_eq!(answer.headers()["content-type"], "application/scim+json", "{path}");
            }
            (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
        })
    }

    #[track_caller]
    fn call(&self, method: Method, path: &str, body: &Value) -> Value {
        let (status, answer) = self.send(method, path, body.to_string());
        assert!(status.is_success(), "{status} {answer}");
        answer
    }

    fn add(&self, name: &str) {
        let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
        self.call(Method::POST, "/Users", &json!({ "schemas": schemas, "userName": name, "active": true }));
    }

    fn patch(&self, path: &str, operations: Value) -> Value {
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:PatchOp"];
        self.call(Method::PATCH, path, &json!({ "schemas": schemas, "Operations": operations }))
    }
}

/// Somebody whom the directory made, with a code from an administrator.
fn enrolled(server: &Server, name: &str) -> Person {
    let out = server.admin().jit(&["user", "code", name, "-o", "json"]).ok();
    server.enrolled(name, out.json()["code"].as_str().unwrap())
}

#[test]
fn the_conformance_run_of_scim2_cli_has_no_failure() {
    let Some(scim2) = tool("scim2") else { return };
    let server = Server::start(POLICY);
    let directory = Directory::of(&server);
    let out = Command::new(scim2)
        .args(["-u", &directory.url, "test"])
        .env_clear()
        .envs([("PATH", "/usr/bin:/bin"), ("LC_ALL", "C.UTF-8")])
        .env("HOME", server.home())
        .env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {}", directory.token))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    let lines = |what: &str| said.lines().filter(|line| line.starts_with(what)).count();
    println!("scim2 test: {} checks passed", lines("SUCCESS"));
    assert!(out.status.success() && lines("ERROR") + lines("SKIPPED") == 0, "{said}{out:?}");
    assert!(lines("SUCCESS") >= 60, "{said}");
    // What it did left the server and its log whole.
    assert!(!server.stderr().contains("panic"), "{}", server.stderr());
    server.admin().jit(&["audit", "verify"]).ok();
}

#[test]
fn whoever_the_directory_makes_and_groups_asks_and_whoever_it_deactivates_is_out_in_one_call() {
    let server = Server::start(POLICY);
    let directory = Directory::of(&server);
    directory.add("zoe");
    let alice = server.person("alice");
    let zoe = enrolled(&server, "zoe");
    assert_eq!(zoe.jit(&["request", "shell", "--for", "10m"]).code, 3, "nobody in no group sees the role");
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let group = json!({ "schemas": schemas, "displayName": "ops", "members": [{ "value": "zoe" }] });
    let group = directory.call(Method::POST, "/Groups", &group);
    let id = zoe.request(&["shell", "--for", "10m"]);
    alice.jit(&["approve", &id]).ok();
    zoe.credential(&id).ok();
    // Who looks for somebody finds them, as identity providers ask.
    let found = directory.call(Method::GET, "/Users?filter=userName%20eq%20%22zoe%22", &Value::Null);
    assert_eq!(found["totalResults"], 1);
    assert_eq!(found["Resources"][0]["groups"][0]["value"], group["id"]);

    directory.patch("/Users/zoe", json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    assert_eq!(alice.jit(&["show", &id, "-o", "json"]).ok().json()["state"], "revoked");
    zoe.jit(&["list"]).expect(4);
    directory.patch("/Users/zoe", json!([{ "op": "Replace", "value": { "active": true } }]));
    zoe.jit(&["list"]).expect(4);
    enrolled(&server, "zoe").jit(&["list"]).ok();
    let (status, _) = directory.send(Method::DELETE, "/Users/zoe", "");
    assert_eq!(status, StatusCode::NO_CONTENT);
    let out = server.admin().jit(&["user", "code", "zoe"]).expect(1);
    assert!(out.stderr.contains("disabled"), "{out}");
    server.admin().jit(&["audit", "verify"]).ok();
}

#[test]
fn whoever_leaves_a_group_loses_what_they_have_by_it_within_seconds() {
    let server = Server::start(POLICY);
    let directory = Directory::of(&server);
    directory.add("zoe");
    let (alice, zoe) = (server.person("alice"), enrolled(&server, "zoe"));
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let group = json!({ "schemas": schemas, "displayName": "ops", "members": [{ "value": "zoe" }] });
    let group = directory.call(Method::POST, "/Groups", &group);
    let id = zoe.request(&["shell", "--for", "10m"]);
    alice.jit(&["approve", &id]).ok();
    zoe.credential(&id).ok();
    let path = format!("/Groups/{}", group["id"].as_str().unwrap());
    let left = Instant::now();
    directory.patch(&path, json!([{ "op": "remove", "path": "members[value eq \"zoe\"]" }]));
    until("the end of the grant", PROMISED, || (zoe.state(&id) == "revoked").then_some(()));
    println!("left a group, read back as absent after {:?}", left.elapsed());
    assert!(left.elapsed() < AIM);
    let shown = zoe.json(&["show", &id]);
    assert!(shown.to_string().contains("no longer in ops"), "{shown}");
}

#[test]
fn a_token_of_the_directory_is_for_the_directory_and_no_other_token_is() {
    let server = Server::start(POLICY);
    let directory = Directory::of(&server);
    let mut hr = server.somebody("hr");
    hr.token(&directory.token);
    hr.jit(&["whoami"]).expect(4);
    let admin = std::fs::read_to_string(server.admin().path("token")).unwrap();
    for token in ["", "x", admin.trim(), &directory.token[1..], &directory.token.to_uppercase()] {
        let other = Directory { url: directory.url.clone(), token: token.to_owned() };
        for (method, path) in [
            (Method::GET, "/Users"),
            (Method::POST, "/Users"),
            (Method::GET, "/Schemas"),
            (Method::GET, "/nothing"),
        ] {
            let (status, answer) = other.send(method, path, "{}");
            assert_eq!((status.as_u16(), &answer["status"]), (401, &"401".into()), "{path} {answer}");
        }
    }
    let listed = server.admin().json(&["user", "list"]);
    assert!(!listed.to_string().contains(&directory.token));
    let users = listed["users"].as_array().unwrap();
    assert!(
        users.iter().any(|user| user["name"] == "hr" && user["tokens"][0]["until"].is_string()),
        "{listed}"
    );
    let all = server.stderr() + &server.stdout();
    assert!(!all.contains(&directory.token));
    server.admin().jit(&["user", "disable", "hr", "--yes"]).ok();
    assert_eq!(directory.send(Method::GET, "/Users", "").0, StatusCode::UNAUTHORIZED);
}

#[test]
fn a_body_that_is_too_large_malformed_or_of_another_kind_changes_nothing() {
    let server = Server::start(POLICY);
    let directory = Directory::of(&server);
    let user = |rest: &str| {
        format!(r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"zoe"{rest}}}"#)
    };
    let large = user(&format!(r#","displayName":"{}""#, "x".repeat(300_000)));
    let deep = user(&format!(r#","x":{}{}"#, "[".repeat(100_000), "]".repeat(100_000)));
    for (body, status) in [
        (large, 413),
        (deep, 400),
        (user(r#","userName":"bob""#), 400),
        (user(r#","USERNAME":"bob""#), 400),
        (user(r#","nonsense":1"#), 400),
        (user(r#","active":"yes""#), 400),
        (user(r#","displayName":"\ud800""#), 400),
        (user(r#","displayName":"a\u001b[31m""#), 400),
        (user("") + "x", 400),
        (String::new(), 400),
    ] {
        let (got, answer) = directory.send(Method::POST, "/Users", body.clone());
        assert_eq!(got.as_u16(), status, "{answer} {body:.200}");
        assert_eq!(answer["schemas"][0], "urn:ietf:params:scim:api:messages:2.0:Error");
    }
    let plain = block_on(async {
        let call = http().post(format!("{}/Users", directory.url)).bearer_auth(&directory.token);
        call.header("content-type", "text/plain").body(user("")).send().await.unwrap().status()
    });
    assert_eq!(plain.as_u16(), 415);
    assert_eq!(directory.send(Method::GET, "/Users/zoe", "").0, StatusCode::NOT_FOUND);
    for (path, status) in
        [("/Users?filter=nonsense", 400), ("/Users?count=x", 400), ("/Bulk", 501), ("/Me", 501)]
    {
        assert_eq!(directory.send(Method::GET, path, "").0.as_u16(), status, "{path}");
    }
    // Each refusal is in the log, by whom and of what.
    let log = server.admin().jit(&["audit", "log", "--kind", "access.refused", "-o", "ndjson"]).ok().stdout;
    assert!(log.matches("scim POST Users").count() >= 10, "{log}");
}

#[test]
fn deactivating_a_person_ends_their_live_postgresql_session() {
    let Some(version) = Version::find(15) else { return };
    let pg = Postgres::start(&version);
    let files = tempfile::tempdir().unwrap();
    let password = files.path().join("admin");
    put_private(&password, PASSWORD);
    let server = Server::start(&format!(
        r#"
[person]
bob = {{}}
[group.readers]
directory = true
{}[role.orders-read]
resources = ["orders"]
requesters = ["group:readers"]
approvers = ["bob"]
approvals = 1
max-duration = "1h"
require = {{ reason = false }}
[role.orders-read.postgres]
member-of = ["pg_read_all_data"]
"#,
        orders(&pg.address(), &password)
    ));
    let directory = Directory::of(&server);
    directory.add("zoe");
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:Group"];
    let group = json!({ "schemas": schemas, "displayName": "readers", "members": [{ "value": "zoe" }] });
    directory.call(Method::POST, "/Groups", &group);
    let (bob, zoe) = (server.person("bob"), enrolled(&server, "zoe"));
    let sleeping =
        || pg.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg\\_sleep%'") != "0";
    let roles = || pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit\\_%' AND rolcanlogin");
    let psql = pg.program("psql").get_program().to_str().unwrap().to_owned();
    let mut took = Vec::new();
    for round in 0..5 {
        let key = format!("round-{round}");
        let zoe = if round == 0 { &zoe } else { &enrolled(&server, "zoe") };
        let id = zoe.request(&["orders-read", "--for", "10m", "--idempotency-key", &key]);
        bob.jit(&["approve", &id]).ok();
        let running = start(zoe.command(&["exec", &id, "--", &psql, "-XAtqc", "SELECT pg_sleep(600)"]), "");
        until("a session is open", Duration::from_secs(20), || sleeping().then_some(()));
        let started = Instant::now();
        directory.patch("/Users/zoe", json!([{ "op": "replace", "path": "active", "value": false }]));
        let answered = started.elapsed();
        until("the session is closed", PROMISED, || (!sleeping()).then_some(()));
        took.push((started.elapsed(), answered));
        assert_eq!(roles(), "0");
        assert_eq!(bob.state(&id), "revoked");
        drop(running.end_within(Duration::from_secs(20)));
        directory.patch("/Users/zoe", json!([{ "op": "replace", "path": "active", "value": true }]));
    }
    took.sort();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("deactivated by SCIM to a closed PostgreSQL session, and the answer: {took:?}; load {load}");
    let (longest, _) = took.last().unwrap();
    assert!(*longest < AIM, "{took:?}");
}
