//! The command line in front of a plugin: the example, for real, and programs that do what they must not.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::programs::install;
use crate::world::{Out, Person, needs, put_private, until};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/jit-backend-folder");
const ROLES: &str = r#"{"deploy": {"description": "Deploy", "resources": ["web-1", "web-2"], "max": "1h",
    "approvals": 1, "requesters": ["carol"], "approvers": ["alice", "carol"]}}"#;

/// The example, and a folder for it.
pub fn example(home: &Path) -> (PathBuf, PathBuf) {
    let (program, folder) = (home.join("jit-backend-folder"), home.join("folder"));
    install(&std::fs::read_to_string(EXAMPLE).unwrap(), &program);
    std::fs::create_dir(&folder).unwrap();
    put_private(&folder.join("roles.json"), ROLES);
    (program, folder)
}

fn sha256(path: &Path) -> String {
    jit_access::domain::Digest::of(&std::fs::read(path).unwrap()).to_string()
}

/// From now on with the plugin as the context in use.
fn use_plugin(person: &Person, program: &Path, more: &[&str]) {
    let (sha256, program) = (sha256(program), program.to_str().unwrap());
    let add = ["context", "add", "legacy", "--plugin", program, "--sha256", &sha256];
    person.jit(&[&add[..], more].concat()).ok();
    person.jit(&["context", "use", "legacy"]).ok();
}

/// Carol asks, Alice decides, each from a home of their own, over one folder.
struct Office {
    carol: Person,
    alice: Person,
    program: PathBuf,
    folder: PathBuf,
}

impl Office {
    fn new() -> Self {
        let (carol, alice) = (Person::alone(), Person::alone());
        let (program, folder) = example(carol.home());
        let place = format!("BACKEND_FOLDER={}", folder.display());
        use_plugin(&carol, &program, &["--env", &place, "--env", "BACKEND_USER=carol"]);
        use_plugin(&alice, &program, &["--env", &place, "--env", "BACKEND_USER=alice"]);
        Self { carol, alice, program, folder }
    }

    fn ask(&self) -> String {
        self.carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "the\u{1b}[31m shop"])
    }
}

fn error(out: &Out) -> Value {
    let error = out.error();
    assert!(error["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{out}");
    error
}

#[test]
fn a_request_is_filed_decided_and_ended_through_a_plugin() {
    if !needs("python3", "python3") {
        return;
    }
    let office = Office::new();
    let (carol, alice) = (&office.carol, &office.alice);
    assert_eq!(carol.json(&["whoami"])["principal"]["subject"], "carol");
    let id = office.ask();
    assert_eq!(carol.state(&id), "pending");
    assert_eq!(alice.json(&["list", "--to-approve"])["requests"][0]["id"], id.as_str());
    let shown = alice.jit(&["show", &id]).ok();
    assert!(shown.stdout.contains("the\\u{1b}[31m shop") && !shown.stdout.contains('\u{1b}'), "{shown}");

    let own = carol.jit(&["approve", &id, "-o", "json"]).expect(5);
    assert!(own.stderr.contains("nobody approves their own request"), "{own}");
    let waiting = carol.start(&["wait", &id, "-o", "json"]);
    alice.json(&["approve", &id, "--comment", "fine"]);
    assert_eq!(waiting.end().ok().json()["state"], "approved");
    assert_eq!(carol.show(&id)["votes"][0]["by"]["subject"], "alice");

    // What the system does not have is no crash, and no success.
    let none = carol.credential(&id).expect(1);
    assert_eq!(error(&none)["code"], "unsupported");
    for words in [&["audit", "log"][..], &["user", "list"], &["logout"]] {
        let out = carol.jit(&[words, &["-o", "json"]].concat()).expect(1);
        assert_eq!(error(&out)["code"], "unsupported", "{words:?}");
    }

    let revoked = alice.json(&["revoke", &id, "--comment", "done"]);
    assert_eq!(revoked["items"][0]["confirmed"], true);
    assert_eq!(carol.state(&id), "revoked");
    carol.jit(&["revoke", &id]).expect(7);
    alice.jit(&["approve", &id]).expect(7);
    let over = carol.jit(&["wait", &id]).code;
    assert_eq!(over, 7);

    let id = office.ask();
    alice.jit(&["deny", &id, "--comment", "no"]).ok();
    carol.jit(&["wait", &id]).expect(6);
    carol.jit(&["show", "zzzzzzzzzzzz"]).expect(3);
    carol.jit(&["request", "nothing", "--for", "1h", "--reason", "x"]).expect(3);
    let long = ["request", "deploy", "--on", "web-1", "--for", "2h", "--reason", "x", "-o", "json"];
    assert_eq!(error(&carol.jit(&long).expect(5))["hint"], "ask for at most --for 1h");
    let context = &carol.json(&["context", "list"])["contexts"][1];
    assert_eq!((&context["backend"], &context["current"]), (&"plugin".into(), &true.into()));
    assert_eq!(context["sha256"], sha256(&office.program));
    let doctor = carol.jit(&["doctor"]).ok();
    assert!(doctor.stdout.contains("plugin ") && doctor.stdout.contains("you are folder:carol"), "{doctor}");
    assert!(office.folder.join("requests.json").exists());
}

fn test(person: &Person, program: &Path, folder: &Path) -> Out {
    let place = format!("BACKEND_FOLDER={}", folder.display());
    let program = program.to_str().unwrap();
    let words = ["backend", "test", program, "--role", "deploy", "--on", "web-1", "--env", &place];
    let people = ["--env", "BACKEND_USER=carol", "--approver-env", "BACKEND_USER=alice", "-o", "json"];
    person.jit(&[&words[..], &people].concat())
}

#[test]
fn the_example_passes_every_check_and_one_that_lies_is_found() {
    if !needs("python3", "python3") {
        return;
    }
    let office = Office::new();
    let report = test(&office.carol, &office.program, &office.folder).ok().json();
    assert_eq!((&report["ok"], &report["name"]), (&true.into(), &"folder".into()));
    let results = |report: &Value, result: &str| {
        let checks = report["checks"].as_array().unwrap().iter();
        let those = checks.filter(|check| check["result"] == result);
        those.map(|check| check["check"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((results(&report, "ok").len(), results(&report, "skipped").len()), (21, 5));

    let text = std::fs::read_to_string(EXAMPLE).unwrap();
    let lies: [(&str, &[(&str, &str)]); 4] = [
        (
            "nobody approves their own request",
            &[
                (" and self.user != request[\"requester\"]", ""),
                ("if self.user == request[\"requester\"]:", "if False:"),
            ],
        ),
        (
            "an approval of something else than what was shown does not count",
            &[("if ask[\"shown\"] != request[\"shown\"]:", "if False:")],
        ),
        ("a dry run files nothing", &[("if ask.get(\"dry_run\"):", "if False:")]),
        (
            "an ask for longer than the longest time is refused",
            &[("if seconds(ask[\"duration\"]) > seconds(role[\"max\"]):", "if False:")],
        ),
    ];
    for (check, changes) in lies {
        let lie = changes.iter().fold(text.clone(), |text, (right, wrong)| {
            assert!(text.contains(right), "{right}");
            text.replace(right, wrong)
        });
        // Each with a folder of its own: a liar leaves behind what it denies.
        let office = Office::new();
        install(&lie, &office.program);
        let out = test(&office.carol, &office.program, &office.folder).expect(1);
        let failed = results(&out.json(), "failed");
        assert!(failed.contains(&check.to_owned()), "{check}: {failed:?}");
    }
}

#[test]
fn a_plugin_is_added_with_the_sha256_that_somebody_looked_at() {
    let person = Person::alone();
    let program = person.path("plugin");
    install("#!/bin/sh\n", &program);
    let path = program.to_str().unwrap();
    let add = |more: &[&str]| {
        person.jit(&[&["context", "add", "legacy", "--plugin", path, "-o", "json"], more].concat())
    };
    let shown = error(&add(&[]).expect(2));
    let expected = format!("jit context add legacy --plugin {path} --sha256 {}", sha256(&program));
    assert_eq!(shown["hint"], expected.as_str());
    let wrong = add(&["--sha256", &"0".repeat(64)]).expect(2);
    assert!(error(&wrong)["message"].as_str().unwrap().contains(&sha256(&program)));
    let right = ["--sha256", &sha256(&program)];
    for variable in ["JIT_TOKEN", "A B", "", "=x", "1A"] {
        add(&[&right[..], &["--env", variable]].concat()).expect(2);
    }
    for mode in [0o775, 0o757] {
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(error(&add(&right).expect(1))["hint"], format!("chmod go-w {path}"));
    }
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    // A relative path is recorded as the absolute one that it is.
    let home = person.home().to_path_buf();
    let words = [
        &["context", "add", "legacy", "--plugin", "plugin"],
        &right[..],
        &["--env", "TOKEN_FILE", "--env", "A=b=c"],
    ];
    person.jit(&words.concat()).ok();
    let config = std::fs::read_to_string(home.join(".config/jit/config.toml")).unwrap();
    for line in
        [&format!("program = \"{path}\""), "pass = [\"TOKEN_FILE\"]", "A = \"b=c\"", "backend = \"plugin\""]
    {
        assert!(config.contains(line), "{config}");
    }
}

/// A shell script that says a good hello, and then `then` with each line in `$l`.
fn script(then: &str) -> String {
    let calls =
        "whoami health roles explain request list show wait approve deny cancel revoke".replace(' ', "\",\"");
    let hello = format!(
        r#"{{"id":1,"ok":{{"protocols":["backend/v1"],"name":"bad","version":"1","capabilities":["{calls}"]}}}}"#
    );
    format!("#!/bin/sh\nread -r l\necho '{hello}'\nwhile read -r l; do\n{then}\ndone\n")
}

/// Somebody with that plugin as the context in use, and a short time limit.
fn with(text: &str) -> (Person, PathBuf) {
    let person = Person::alone();
    let program = person.path("plugin");
    install(text, &program);
    use_plugin(
        &person,
        &program,
        &["--time-limit", "1s", "--env", &format!("OUT={}", person.home().display())],
    );
    (person, program)
}

fn is_gone(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    status.is_empty() || status.contains(") Z ")
}

#[test]
fn a_plugin_that_hangs_forks_floods_or_lies_is_one_clear_error_and_no_success() {
    let about = |id: &str, more: &str| {
        format!(
            r#"echo '{{"id":2,"ok":{{"id":"{id}","revision":1,"requester":{{"issuer":"x","subject":"y"}},"requester_kind":"person","role":"r","resource":"r","provider":"ssh","duration":"1h","longest":"1h","reason":"","created":"2026-01-01T00:00:00Z","approvals_needed":1,"shown":"{}",{more}}}}}'"#,
            "0".repeat(64)
        )
    };
    let id = "0123456789ab";
    let right = about(id, r#""approvals_missing":1,"state":"pending""#);
    let cases = [
        ("hangs", "sleep 60".to_owned(), 10, "gave no answer within 1 s"),
        ("junk", "echo yes".to_owned(), 1, "is not understood"),
        ("a key twice", r#"echo '{"id":2,"id":2,"ok":{}}'"#.to_owned(), 1, "stands twice"),
        ("nothing inside", r#"echo '{"id":2,"ok":{}}'"#.to_owned(), 1, "missing field"),
        ("another call", r#"echo '{"id":9,"ok":{}}'"#.to_owned(), 1, "it answers call 9"),
        (
            "an unknown code",
            r#"echo '{"id":2,"error":{"code":"fine","message":"x"}}'"#.to_owned(),
            1,
            "unknown variant",
        ),
        ("ends", "echo 'no\u{1b}[2J disk' >&2; exit 3".to_owned(), 1, "ended without an answer: exit code 3"),
        (
            "forks",
            "sleep 61 & echo $! >$OUT/pid; exit 0".to_owned(),
            1,
            "ended without an answer: exit code 0",
        ),
        ("a gigabyte", "head -c 1000000000 /dev/zero; sleep 60".to_owned(), 1, "more than 1048576 bytes"),
        (
            "another request",
            about("ba9876543210", r#""approvals_missing":1,"state":"pending""#),
            1,
            "it is about request ba98",
        ),
        (
            "approved by nobody",
            about(id, r#""approvals_missing":1,"state":"approved""#),
            1,
            "approvals are missing",
        ),
        ("an unknown state", about(id, r#""approvals_missing":1,"state":"granted""#), 1, "unknown variant"),
    ];
    for (name, then, code, message) in cases {
        let (person, _) = with(&script(&then));
        let start = Instant::now();
        let out = person.jit(&["show", id, "-o", "json"]).expect(code);
        assert!(start.elapsed() < Duration::from_secs(10), "{name}");
        let error = error(&out);
        assert!(error["message"].as_str().unwrap().contains(message), "{name}: {out}");
        assert_eq!(error["retryable"], code == 10, "{name}: {out}");
        assert_eq!(out.stdout, "", "{name}");
        if name == "ends" {
            assert_eq!(error["reasons"][0], "the last that it said: no\\u{1b}[2J disk");
        }
        if let Ok(pid) = std::fs::read_to_string(person.path("pid")) {
            until("the fork is gone", Duration::from_secs(5), || is_gone(&pid).then_some(()));
        }
    }
    let (person, _) = with(&script(&right));
    assert_eq!(person.state(id), "pending");
    // The same answer is none to an approval, a denial, a cancellation or a revocation.
    let show_then =
        format!("case $l in *'\"show\"'*) {right};; *) {};; esac", right.replace("\"id\":2", "\"id\":3"));
    for words in [&["cancel", id][..], &["deny", id, "--comment", "no"], &["revoke", id]] {
        for text in [&right, &show_then] {
            let (person, _) = with(&script(text));
            let out = person.jit(&[words, &["-o", "json"]].concat());
            assert_eq!(out.code, 1, "{words:?}\n{out}");
            assert!(out.stderr.contains("is not understood"), "{words:?}\n{out}");
        }
    }
}

#[test]
fn a_plugin_that_is_not_what_was_added_does_not_run() {
    let ran = script("touch $OUT/ran");
    for (name, change, message, hint) in [
        ("changed", "echo >> plugin", "has the SHA-256", "find out who changed it"),
        (
            "replaced",
            "printf '#!/bin/sh\\ntouch $OUT/ran\\n' > new; chmod 755 new; mv new plugin",
            "has the SHA-256",
            "sha256sum",
        ),
        ("of the group", "chmod 775 plugin", "can be changed by its group or by everybody", "chmod go-w"),
        ("of everybody", "chmod 757 plugin", "can be changed by its group or by everybody", "chmod go-w"),
        ("not executable", "chmod 644 plugin", "cannot be started", "chmod u+x"),
        ("gone", "rm plugin", "cannot open", ""),
    ] {
        let (person, _) = with(&ran);
        assert!(person.with_env("sh", &["-c", change]).status().unwrap().success());
        let out = person.jit(&["list", "-o", "json"]).expect(1);
        let error = out.error();
        assert!(error["message"].as_str().unwrap().contains(message), "{name}: {out}");
        assert!(error["hint"].as_str().unwrap_or_default().contains(hint), "{name}: {out}");
        assert!(!person.path("ran").exists(), "{name}");
    }
    let old = "#!/bin/sh\nread -r l\necho '{\"id\":1,\"ok\":{\"protocols\":[\"backend/v7\"],\"name\":\"n\",\"version\":\"1\"}}'\nread -r l\n";
    let (person, _) = with(old);
    let out = person.jit(&["list", "-o", "json"]).expect(1);
    assert!(
        error(&out)["message"].as_str().unwrap().ends_with("does not speak backend/v1: it speaks backend/v7")
    );
    let (person, _) = with(&script("true").replace("\"revoke\"", "\"undo\""));
    let out = person.jit(&["list", "-o", "json"]).expect(1);
    assert!(error(&out)["message"].as_str().unwrap().contains("the capability `revoke`"), "{out}");
}

#[test]
fn a_plugin_gets_the_variables_that_it_was_given_and_ends_with_an_interrupt() {
    let (mut person, _) = with(&script("env >$OUT/env; echo $$ >$OUT/pid; sleep 60"));
    person.set("JIT_TOKEN", "canary-token");
    person.set("AWS_SECRET_ACCESS_KEY", "canary-key");
    person.set("LANG", "C.UTF-8");
    let running = person.start(&["list"]);
    until("the plugin runs", Duration::from_secs(20), || {
        std::fs::metadata(person.path("pid")).ok().filter(|m| m.len() > 0)
    });
    running.signal(Signal::INT);
    running.end_within(Duration::from_secs(5)).expect(130);
    let pid = std::fs::read_to_string(person.path("pid")).unwrap();
    until("the plugin is gone", Duration::from_secs(5), || is_gone(&pid).then_some(()));
    let env = std::fs::read_to_string(person.path("env")).unwrap();
    assert!(env.contains("LANG=C.UTF-8\n") && env.contains("OUT=") && env.contains("HOME="), "{env}");
    assert!(!env.contains("canary") && !env.contains("JIT_") && !env.contains("XDG_"), "{env}");
}
