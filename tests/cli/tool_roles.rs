//! Roles in jit itself, through the built program and a real server.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::contractors::{POLICY, active, add};
use crate::world::{Person, Server, block_on, http, until};

/// Somebody who was given that role in jit.
fn with_role(server: &Server, name: &str, role: &str) -> Person {
    let person = server.person(name);
    server.admin().jit(&["user", "role", "grant", name, role]).ok();
    person
}

fn listed(server: &Server, name: &str) -> Value {
    let users = server.admin().json(&["user", "list"]);
    users["users"].as_array().unwrap().iter().find(|user| user["name"] == name).unwrap().clone()
}

#[test]
fn an_auditor_reads_everything_and_each_command_that_changes_something_is_refused() {
    let server = Server::start(POLICY);
    let (alice, _bob) = (server.person("alice"), server.person("bob"));
    let zed = add(&server, "zed", "2027-03-31");
    let live = active(&zed, &alice);
    let pending = add(&server, "yan", "2027-03-31").request(&["deploy", "--for", "20m"]);
    let review = server.admin().json(&["review", "start", "--scope", "all", "--due", "14d"]);
    let review = review["id"].as_str().unwrap();

    let eve = server.person("eve");
    eve.jit(&["user", "list"]).expect(5);
    eve.jit(&["show", &live]).expect(3);
    server.admin().jit(&["user", "role", "grant", "eve", "auditor"]).ok();
    assert_eq!(eve.json(&["whoami"])["tool_roles"], json!(["auditor"]));

    for read in [
        &["user", "list"] as &[&str],
        &["list"],
        &["list", "--history"],
        &["show", &live],
        &["wait", &live],
        &["roles"],
        &["explain", "deploy"],
        &["contractor", "list"],
        &["contractor", "show", "zed"],
        &["training", "status"],
        &["training", "list"],
        &["review", "list"],
        &["review", "show", review],
        &["delegation", "list"],
        &["audit", "log"],
        &["audit", "verify"],
        &["audit", "export", "--out", "export"],
        &["policy", "status"],
        &["policy", "who", "--in-force"],
        &["evidence", "--from", "2026-01-01", "--to", "2027-12-31", "--out", "evidence.zip"],
        &["evidence", "verify", "evidence.zip"],
        &["doctor"],
    ] {
        eve.jit(read).ok();
    }
    let seen = |what: &str, list: &str, args: &[&str]| {
        let (hers, admins) = (eve.json(args), server.admin().json(args));
        assert!(!hers[list].as_array().unwrap().is_empty(), "{what}");
        assert_eq!(hers[list].as_array().unwrap().len(), admins[list].as_array().unwrap().len(), "{what}");
    };
    seen("requests", "requests", &["list", "--history"]);
    seen("people", "users", &["user", "list"]);
    seen("items", "items", &["review", "show", review]);

    let before = server.admin().json(&["audit", "log", "--kind", "access.refused"]);
    let before = before["events"].as_array().unwrap().len();
    let changes: &[&[&str]] = &[
        &["request", "deploy", "--for", "10m"],
        &["request", "deploy", "--for", "10m", "--dry-run"],
        &["approve", &pending, "--yes"],
        &["deny", &pending, "--comment", "no"],
        &["cancel", &pending],
        &["revoke", &live],
        &["revoke", "--user", "zed", "--yes"],
        &["extend", &live, "--for", "10m", "--reason", "more"],
        &["debrief", &live, "--ok"],
        &["reconcile"],
        &["reconcile", "--dry-run"],
        &["ticket", "changed", "OPS-1"],
        &["delegation", "add", "alice", "--for", "1d"],
        &["delegation", "remove", "alice"],
        &["user", "add", "mallory"],
        &["user", "code", "alice"],
        &["user", "suspend", "alice", "--reason", "x"],
        &["user", "reinstate", "alice", "--comment", "x"],
        &["user", "disable", "alice"],
        &["user", "role", "grant", "alice", "auditor"],
        &["user", "role", "remove", "admin", "administrator"],
        &["contractor", "extend", "zed", "--until", "2027-12-31"],
        &["contractor", "change", "zed", "--sponsor", "bob"],
        &["contractor", "offboard", "zed", "--reason", "x"],
        &["training", "record", "zed", "course"],
        &["review", "start", "--scope", "all", "--due", "14d"],
        &["review", "decide", review, "remove", "--item", "1", "--comment", "x"],
        &["review", "restore", "zed", "deploy", "--comment", "x"],
    ];
    for change in changes {
        let out = eve.jit(&[change, &["-o", "json"] as &[&str]].concat());
        assert_ne!(out.code, 0, "{change:?}\n{out}");
        // Where the command looks at something before, it may be told what is not there.
        assert!(out.stderr.contains("you are an auditor"), "{change:?}\n{out}");
        assert_eq!(out.code, 5, "{change:?}\n{out}");
    }
    let after = server.admin().json(&["audit", "log", "--kind", "access.refused"]);
    assert!(after["events"].as_array().unwrap().len() >= before + changes.len(), "each is in the log");
    assert_eq!(alice.state(&live), "active");
    assert_eq!(alice.state(&pending), "pending");
    assert_eq!(eve.show(&pending)["may"], json!([]));
    eve.jit(&["logout"]).ok();
}

/// Files of routes that take no person's token.
const OTHER_TOKENS: &[&str] = &["activity.rs", "scim.rs"];

/// The server's own routes, as its sources have them: one that is added is tried here.
fn posts() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/server");
    let mut posts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if OTHER_TOKENS.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for route in text.split(".route(").skip(1) {
            // Up to the end of the function that lists them.
            let route = route.split("\n}").next().unwrap().trim_start();
            let literal = route.strip_prefix('"').and_then(|route| route.split_once('"'));
            let (path, handlers) =
                literal.unwrap_or_else(|| panic!("{}: write its path here", path.display()));
            for method in ["put(", "patch(", "delete(", "any("] {
                assert!(!handlers.contains(method), "{path}: another method; try it here");
            }
            if handlers.contains("post(") {
                posts.push(path.replace("{id}", "x").replace("{name}", "x"));
            }
        }
    }
    posts
}

#[test]
fn every_call_that_is_no_reading_refuses_an_auditor_and_all_of_their_names() {
    let server = Server::start(POLICY);
    with_role(&server, "eve", "auditor");
    let alias = server.add_user(&["eve.two", "--alias-of", "eve"]);
    let service = server.add_user(&["eves-ci", "--service", "--owner", "eve"]);
    let eve = server.admin().json(&["user", "code", "eve"])["code"].as_str().unwrap().to_owned();
    // Nobody's access: one's own session, one's own word, a signature over what was read.
    let free = ["/v1/login", "/v1/renew", "/v1/logout", "/v1/training/accept", "/v1/evidence/sign"];
    let posts = posts();
    assert!(posts.len() > 30, "{posts:?}");
    assert!(free.iter().all(|path| posts.iter().any(|post| post == path)));
    for code in [eve, alias, service] {
        let call = |path: &str, token: Option<&str>, body: &Value| {
            let mut call = http().post(format!("{}{path}", server.url())).json(body);
            if let Some(token) = token {
                call = call.bearer_auth(token);
            }
            block_on(async {
                let answer = call.send().await.unwrap();
                (answer.status().as_u16(), answer.text().await.unwrap())
            })
        };
        let (status, text) = call("/v1/login", None, &json!({ "code": code }));
        assert_eq!(status, 200, "{text}");
        let tokens: Value = serde_json::from_str(&text).unwrap();
        for path in posts.iter().filter(|path| !free.contains(&path.as_str())) {
            let (status, text) = call(path, tokens["token"].as_str(), &json!({}));
            assert_eq!(status, 403, "{path} {text}");
            assert!(text.contains("you are an auditor"), "{path} {text}");
        }
    }
}

#[test]
fn roles_that_conflict_are_refused_with_what_to_do_and_let_by_the_policy_and_shown() {
    let server = Server::start(POLICY);
    let _alice = with_role(&server, "alice", "policy-author");
    let admin = server.admin();
    let refused = admin.jit(&["user", "role", "grant", "alice", "administrator", "-o", "json"]).expect(5);
    let error = refused.error();
    assert!(error["message"].as_str().unwrap().contains("who writes the policy does not keep"), "{error}");
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("jit user role remove alice policy-author"), "{error}");
    assert!(hint.contains("[tool-roles.NAME]"), "{error}");
    // Nor by another name of theirs.
    let alias = ["user", "add", "alice.root", "--alias-of", "alice", "--admin"];
    admin.jit(&alias).expect(5);

    let together = "\n[tool-roles.small-team]\ntogether = [\"administrator\", \"policy-author\"]\n";
    server.write_policy(&format!("{POLICY}{together}"));
    until("the policy", Duration::from_secs(30), || {
        let out = admin.jit(&["user", "role", "grant", "alice", "administrator"]);
        (out.code == 0).then_some(())
    });
    let alice = listed(&server, "alice");
    assert_eq!(alice["tool_roles"], json!(["administrator", "policy-author"]));
    assert_eq!(alice["held_together"], json!(["administrator", "policy-author"]));
    let table = admin.jit(&["user", "list"]).ok().stdout;
    assert!(table.contains("administrator, policy-author (held together)"), "{table}");
    let told = admin.json(&["audit", "log", "--kind", "user.role-granted"]);
    let last = told["events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["event"]["data"]["together_with"], "policy-author", "{last}");

    let doctor = admin.jit(&["doctor"]).stdout;
    assert!(doctor.contains("alice holds administrator, policy-author"), "{doctor}");
    server.write_policy(POLICY);
    until("the policy", Duration::from_secs(30), || {
        (listed(&server, "alice")["idle_tool_roles"] == json!(["policy-author"])).then_some(())
    });
    assert!(admin.jit(&["user", "list"]).ok().stdout.contains("no effect"));
}

#[test]
fn nobody_gives_themselves_a_role_and_the_last_administrator_stays() {
    let server = Server::start(POLICY);
    let admin = server.admin();
    for role in ["auditor", "reviewer", "policy-author"] {
        admin.jit(&["user", "role", "grant", "admin", role]).expect(5);
    }
    let last = admin.jit(&["user", "role", "remove", "admin", "administrator", "-o", "json"]).expect(5);
    assert!(last.stderr.contains("the last administrator"), "{last}");
    admin.jit(&["user", "role", "grant", "admin", "root"]).expect(2);
    let _carol = server.person("carol");
    let ci = server.service("ci", "carol");
    for role in ["administrator", "auditor", "reviewer", "policy-author"] {
        admin.jit(&["user", "role", "grant", "ci", role]).expect(2);
    }
    ci.jit(&["user", "list"]).expect(5);
    // An administrator who was made one later is one, and the first may go.
    let bob = with_role(&server, "bob", "administrator");
    bob.jit(&["user", "role", "remove", "admin", "administrator"]).ok();
    admin.jit(&["user", "list"]).expect(5);
    bob.jit(&["user", "add", "dora"]).ok();
}

#[test]
fn a_reviewer_decides_on_items_that_are_not_theirs_and_what_is_removed_acts_on_a_live_session() {
    let server = Server::start(POLICY);
    let _alice = server.person("alice");
    let (zed, yan) = (add(&server, "zed", "2027-03-31"), add(&server, "yan", "2027-03-31"));
    let started = server.admin().json(&["review", "start", "--scope", "company=acme", "--due", "14d"]);
    let id = started["id"].as_str().unwrap();
    let rita = server.person("rita");
    rita.jit(&["review", "show", id]).expect(3);
    server.admin().jit(&["user", "role", "grant", "rita", "reviewer"]).ok();
    let shown = rita.json(&["review", "show", id]);
    let items = shown["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{shown}");
    let item = |user: &str| items.iter().find(|item| item["user"] == user).unwrap()["number"].to_string();
    rita.jit(&["review", "decide", id, "remove", "--item", &item("zed"), "--comment", "not seen"]).ok();
    zed.jit(&["request", "deploy", "--for", "10m"]).expect(3);
    // To start one, or to see the people, is not theirs.
    rita.jit(&["review", "start", "--scope", "all", "--due", "14d"]).expect(5);
    rita.jit(&["user", "list"]).expect(5);
    server.admin().jit(&["user", "role", "remove", "rita", "reviewer"]).ok();
    rita.jit(&["review", "decide", id, "keep", "--item", &item("yan"), "--comment", "x"]).expect(3);
    yan.jit(&["request", "deploy", "--for", "10m"]).ok();
}

#[test]
fn a_policy_author_sees_what_is_wrong_with_the_policy_and_nobodys_requests() {
    let server = Server::start(POLICY);
    let alice = server.person("alice");
    let zed = add(&server, "zed", "2027-03-31");
    let live = active(&zed, &alice);
    let pat = with_role(&server, "pat", "policy-author");
    assert_eq!(pat.json(&["policy", "status"])["has"]["roles"], 1);
    pat.jit(&["explain", "deploy"]).ok();
    let who = pat.json(&["policy", "who", "--in-force", "--role", "deploy"]);
    let by_folder = pat.json(&["policy", "who", server.policy().to_str().unwrap()]);
    assert!(!who["rows"].as_array().unwrap().is_empty());
    assert_eq!(who["rows"], by_folder["rows"]);
    pat.jit(&["policy", "who", "--in-force", "--role", "nothing"]).expect(3);
    alice.jit(&["policy", "who", "--in-force"]).expect(5);
    pat.jit(&["show", &live]).expect(3);
    pat.jit(&["user", "list"]).expect(5);
    pat.jit(&["audit", "log"]).expect(5);
    server.write_policy("[role.x]\n");
    until("the trouble", Duration::from_secs(30), || {
        let status = pat.jit(&["policy", "status", "-o", "json"]);
        let status: Value = serde_json::from_str(&status.stdout).unwrap();
        (!status["trouble"]["details"].as_array().is_none_or(Vec::is_empty)).then_some(())
    });
}
