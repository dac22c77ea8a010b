//! A server watches its policy's folder: it takes a new policy only when that is whole and passes its tests.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::Value;

use crate::world::{Out, Person, Server, put_private, until};

const RULES: &str = r#"
[person]
alice = {}
bob = {}
carol = {}
dave = {}

[resource.web-1]
provider = "ssh"

[role.deploy]
description = "Deploy"
resources = ["web-1"]
requesters = ["carol"]
approvers = ["bob"]
approvals = 1
max-duration = "1h"
require = { reason = false }
ssh = { principals = ["deploy"] }

[role.logs]
description = "Read the logs"
resources = ["web-1"]
requesters = ["carol", "dave"]
approvers = ["bob"]
approvals = 1
max-duration = "2h"
require = { reason = false }
ssh = { principals = ["logs"] }
"#;

/// Of it, for `tests/`.
const CASE: &str = "[[case]]\nname = \"two hours\"\nrequester = \"dave\"\nrole = \"logs\"\nfor = \"2h\"\n\
                    expect = \"allow\"\n";

/// A change that rests is seen within two looks, each two seconds; the rest is for busy machines.
const SOON: Duration = Duration::from_secs(30);

fn edited(from: &str, to: &str) -> String {
    assert!(RULES.contains(from), "{from}");
    RULES.replacen(from, to, 1)
}

/// As the administrator sees it; exit code 0 or 1 with it.
#[track_caller]
fn status(server: &Server) -> (Value, i32) {
    let out = server.admin().jit(&["policy", "status", "-o", "json"]);
    (out.json(), out.code)
}

/// Waits until the folder is in force, or is not.
#[track_caller]
fn until_whole(server: &Server, whole: bool) -> Value {
    until("the folder is looked at", SOON, || {
        let (status, code) = status(server);
        assert_eq!(status["whole"] == true, code == 0, "{status}");
        (status["whole"] == whole).then_some(status)
    })
}

fn ask(person: &Person, role: &str, time: &str) -> Out {
    person.jit(&["request", role, "--for", time, "-o", "json"])
}

/// The events of the policy's, by kind.
fn events(server: &Server) -> Vec<Value> {
    let list = server.admin().jit(&["audit", "log", "--kind", "policy", "-o", "json"]).ok().json();
    list["events"].as_array().unwrap().iter().map(|event| event["event"].clone()).collect()
}

#[test]
fn an_edit_is_in_force_within_seconds_and_without_a_signal() {
    let server = Server::start(RULES);
    let carol = server.person("carol");
    ask(&carol, "deploy", "2h").expect(5);
    let before = status(&server).0;
    server.write_policy(&edited("max-duration = \"1h\"", "max-duration = \"2h\""));
    until("the edit is in force", SOON, || (ask(&carol, "deploy", "2h").code == 0).then_some(()));
    let after = status(&server).0;
    assert_ne!(before["digest"], after["digest"]);
    assert_eq!(after["has"], serde_json::json!({"files": 1, "roles": 2, "tests": 0}));
    let loaded = events(&server).pop().unwrap();
    assert_eq!(loaded["kind"], "policy.loaded", "{loaded}");
    assert_eq!((&loaded["data"]["changed"], &loaded["data"]["digest"]), (&"deploy".into(), &after["digest"]));
    assert!(server.admin().jit(&["policy", "status"]).ok().stdout.contains("no tests"), "and so it is said");
}

#[test]
fn a_broken_role_is_held_and_the_others_are_granted_until_it_is_mended() {
    let server = Server::start(RULES);
    let (carol, bob, dave) = (server.person("carol"), server.person("bob"), server.person("dave"));
    let [active, waiting, unused] = ["deploy", "logs", "deploy"].map(|role| {
        let key = format!("{role}{:?}", std::time::Instant::now());
        carol.request(&[role, "--for", "10m", "--idempotency-key", &key])
    });
    bob.jit(&["approve", &active]).ok();
    carol.credential(&active).ok();
    bob.jit(&["approve", &waiting]).ok();
    bob.jit(&["approve", &unused]).ok();
    let digest = status(&server).0["digest"].clone();

    server.write_policy(&edited("max-duration = \"1h\"", "max-duration = \"secret\""));
    let broken = until_whole(&server, false);
    assert_eq!(broken["digest"], digest, "the last good one holds");
    assert_eq!(broken["trouble"]["held"], serde_json::json!({"roles": ["deploy"]}), "{broken}");
    let detail = broken["trouble"]["details"][0].as_str().unwrap();
    assert!(detail.starts_with("policy.toml:17:16: ") && detail.contains("secret"), "{detail}");

    // That role is not granted: not asked for, not used, not gone on with.
    let error = ask(&carol, "deploy", "20m").expect(1).error();
    assert_eq!((&error["code"], &error["retryable"]), (&"unavailable".into(), &true.into()), "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("role deploy") && message.contains("until it is mended"), "{message}");
    assert_eq!(carol.credential(&unused).expect(1).error()["code"], "unavailable");
    // The other one is, and what there is can be ended.
    carol.credential(&waiting).ok();
    ask(&dave, "logs", "2h").ok();
    carol.jit(&["revoke", &active]).ok();
    assert_eq!(carol.state(&active), "revoked");

    // Who may know what: the policy's text is for administrators, a role's name for those who may ask for it.
    let told = server.admin().jit(&["policy", "status"]).expect(1);
    assert!(told.stdout.contains("not in force") && told.stdout.contains(detail), "{told}");
    assert!(told.stdout.contains("deploy") && told.stderr.contains("jit policy check"), "{told}");
    for (person, roles) in [(&carol, &["deploy"][..]), (&dave, &[])] {
        for args in [&["policy", "status"][..], &["doctor"]] {
            let out = person.jit(&[args, &["-o", "json"]].concat());
            assert!(!out.stdout.contains("secret") && !out.stdout.contains("policy.toml"), "{out}");
            assert_eq!(out.stdout.contains("deploy"), !roles.is_empty(), "{out}");
        }
        let seen = person.jit(&["policy", "status", "-o", "json"]).expect(1).json();
        assert_eq!((&seen["whole"], &seen["digest"]), (&false.into(), &digest));
        assert_eq!(seen["trouble"]["held"]["roles"], serde_json::json!(roles));
        assert!(seen["has"].is_null(), "{seen}");
    }
    let doctor = server.admin().jit(&["doctor"]).stdout;
    assert!(doctor.contains("secret") && doctor.contains("not granted: deploy"), "{doctor}");
    let refused = events(&server).pop().unwrap();
    assert_eq!(refused["kind"], "policy.refused", "{refused}");
    assert_eq!(refused["data"]["held"], "deploy");
    assert!(server.stderr().contains("secret") && server.stderr().contains("not granted: deploy"));

    // The same broken text is told once, however often it is looked at.
    put_private(&server.policy().join("notes.txt"), "not a part of it");
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(events(&server).len(), 2);

    // Mended, with the digest that was in force all the time.
    server.write_policy(RULES);
    assert_eq!(until_whole(&server, true)["digest"], digest);
    carol.credential(&unused).ok();
    ask(&carol, "deploy", "20m").ok();
}

#[test]
fn a_policy_that_fails_its_tests_is_not_taken_and_a_server_that_starts_on_one_grants_nothing() {
    let mut server = Server::prepare(RULES);
    std::fs::create_dir(server.policy().join("tests")).unwrap();
    put_private(&server.policy().join("tests/logs.toml"), CASE);
    server.start_again();
    let (carol, dave) = (server.person("carol"), server.person("dave"));
    assert_eq!(status(&server).0["has"]["tests"], 1);

    server.write_policy(&edited("max-duration = \"2h\"", "max-duration = \"1h\""));
    let trouble = until_whole(&server, false)["trouble"].clone();
    assert_eq!(trouble["held"], serde_json::json!({"roles": ["logs"]}), "{trouble}");
    let detail = trouble["details"][0].as_str().unwrap();
    assert!(detail.starts_with("tests/logs.toml:1:1: two hours: expected to be allowed"), "{detail}");
    ask(&dave, "logs", "10m").expect(1);
    ask(&carol, "deploy", "10m").ok();

    // A restart does not take it either.
    assert_eq!(server.stop().0, 0);
    server.start_again();
    let (now, code) = status(&server);
    assert_eq!((&now["trouble"]["held"], code), (&"everything".into(), 1), "{now}");
    ask(&carol, "deploy", "30m").expect(1);

    // Another rule is meant, and the test says so too.
    put_private(&server.policy().join("tests/logs.toml"), &CASE.replace("2h", "1h"));
    assert_eq!(until_whole(&server, true)["has"]["tests"], 1);
    ask(&dave, "logs", "2h").expect(5);
    ask(&dave, "logs", "1h").ok();
}

#[test]
fn a_copy_in_the_making_is_not_judged() {
    let server = Server::start(RULES);
    let before = events(&server).len();
    let longer = edited("max-duration = \"1h\"", "max-duration = \"90m\"");
    // Each step is a policy that is broken, or has fewer rules.
    for step in 1..=30 {
        server.write_policy(&longer[..longer.len() * step / 30]);
        std::thread::sleep(Duration::from_millis(150));
    }
    until("the whole of it is in force", SOON, || (events(&server).len() > before).then_some(()));
    let events = events(&server);
    assert_eq!(events.len(), before + 1, "{events:#?}");
    assert_eq!(events[before]["kind"], "policy.loaded");
    assert_eq!(events[before]["data"]["changed"], "deploy");
    assert!(events[before]["data"]["removed"].is_null());
}

#[test]
fn a_folder_that_is_gone_or_that_everybody_can_change_grants_nothing() {
    let server = Server::start(RULES);
    let carol = server.person("carol");
    let mode = |mode| std::fs::set_permissions(server.policy(), std::fs::Permissions::from_mode(mode));
    mode(0o777).unwrap();
    assert_eq!(until_whole(&server, false)["trouble"]["held"], "everything");
    ask(&carol, "deploy", "10m").expect(1);
    mode(0o700).unwrap();
    until_whole(&server, true);
    let away = server.policy().with_file_name("away");
    std::fs::rename(server.policy(), &away).unwrap();
    assert_eq!(until_whole(&server, false)["trouble"]["held"], "everything");
    ask(&carol, "logs", "10m").expect(1);
    std::fs::rename(&away, server.policy()).unwrap();
    until_whole(&server, true);
    ask(&carol, "deploy", "10m").ok();
}
