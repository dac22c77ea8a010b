//! Every command of the tree, without a terminal and with nothing on stdin: it ends soon, never prompts,
//! and says as JSON what it has to say where JSON was asked for.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::process::Signal;

use crate::sshd::new_key;
use crate::world::{Out, POLICY, Person, Server, document, put_private, start};

/// What a command may take without a terminal.
const SOON: Duration = Duration::from_secs(5);

/// What is on stdout with `-o json`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Prints {
    /// One document of this kind.
    Document(&'static str),
    /// A protocol of somebody else's, or a text that is no data: the shell's, the child's, an export's.
    Other,
}

use Prints::{Document, Other};

/// Each leaf of the tree: who runs it, with which least arguments, and what it prints. `ID` is a pending
/// request of carol's, `USED` an approved one.
const LEAVES: &[(&str, &str, &[&str], Prints)] = &[
    ("request", "carol", &["shell", "--for", "10m"], Document("request")),
    ("approve", "bob", &["ID"], Document("request-list")),
    ("deny", "bob", &["ID", "--comment", "no"], Document("request-list")),
    ("cancel", "carol", &["ID"], Document("request-list")),
    ("list", "carol", &[], Document("request-list")),
    ("show", "carol", &["ID"], Document("request")),
    ("wait", "carol", &["USED"], Document("request")),
    ("revoke", "carol", &["USED"], Document("revocation")),
    ("reconcile", "admin", &[], Document("drift")),
    ("roles", "carol", &[], Document("roles")),
    ("explain", "carol", &["shell"], Document("explanation")),
    ("exec", "carol", &["USED", "--", "true"], Other),
    ("env", "carol", &["USED"], Document("environment")),
    ("credential ssh", "carol", &["USED", "--public-key", "id.pub"], Document("credential")),
    ("login", "dave", &["URL", "--code-file", "code", "--store", "memory"], Document("whoami")),
    ("logout", "eve", &[], Document("logout")),
    ("whoami", "carol", &[], Document("whoami")),
    ("context list", "carol", &[], Document("context-list")),
    ("context use", "carol", &["local"], Document("context-list")),
    ("context add", "carol", &["mine", "--server", "http://127.0.0.1:9"], Document("context-list")),
    ("context remove", "carol", &["mine"], Document("context-list")),
    ("backend test", "carol", &["PLUGIN", "--role", "deploy", "--on", "web-1"], Document("backend-test")),
    ("policy check", "carol", &["POLICY"], Document("policy-check")),
    ("policy fmt", "carol", &["POLICY"], Document("policy-fmt")),
    ("policy status", "carol", &[], Document("policy-status")),
    ("policy test", "carol", &["POLICY"], Document("policy-test")),
    (
        "policy explain",
        "carol",
        &["POLICY", "--requester", "carol", "--role", "shell", "--for", "5m"],
        Document("policy-explanation"),
    ),
    ("policy diff", "carol", &["POLICY", "POLICY"], Document("policy-diff")),
    ("policy who", "carol", &["POLICY"], Document("policy-who")),
    ("policy lint", "carol", &["POLICY", "--allow", ALLOWED], Document("policy-lint")),
    ("delegation add", "bob", &["alice", "--for", "1d"], Document("delegation")),
    ("delegation list", "bob", &[], Document("delegations")),
    ("training list", "carol", &[], Document("trainings")),
    ("training status", "admin", &[], Document("training-status")),
    ("ticket changed", "admin", &["OPS-1"], Document("ticket")),
    ("audit log", "admin", &[], Document("audit-events")),
    ("audit verify", "admin", &[], Document("audit-verification")),
    ("audit export", "admin", &["--out", "export"], Document("audit-export")),
    ("user add", "admin", &["frank"], Document("user-enrolled")),
    ("user list", "admin", &[], Document("users")),
    ("user code", "admin", &["frank"], Document("user-enrolled")),
    ("user suspend", "admin", &["frank", "--reason", "odd hours"], Document("user-suspended")),
    ("user role grant", "admin", &["frank", "auditor"], Document("tool-roles")),
    ("user role remove", "admin", &["frank", "auditor"], Document("tool-roles")),
    ("user disable", "admin", &["frank"], Document("user-disabled")),
    ("contractor list", "carol", &[], Document("contractors")),
    ("delivery list", "admin", &[], Document("channels")),
    ("alert list", "admin", &[], Document("alerts")),
    ("review list", "carol", &[], Document("reviews")),
    ("guard install", "carol", &["--print", "--user", "deploy"], Other),
    ("doctor", "carol", &[], Document("doctor")),
    ("completion", "carol", &["bash"], Other),
    ("version", "carol", &[], Document("version")),
    ("help", "carol", &["list"], Other),
];

/// Do not end by themselves, or not soon, when their arguments are right: `serve` serves, and `demo`
/// walks through everything in under a minute. `watch` is tried in `watch`. Flags: `list --watch`, `audit log --follow`.
const STAY: &[&str] = &["serve", "demo", "watch"];

/// Tried with the grants, targets, people and programs that they need: `decisions`, `evidence`, `targets`,
/// `contractors`, `delivery`, `reviews`, `training`, `activity`, `watch`, `provider_plugin`, and the library's tests.
const ELSEWHERE: &[&str] = &[
    "replay",
    "collect ssh",
    "collect postgres",
    "extend",
    "debrief",
    "delegation remove",
    "evidence verify",
    "credential pg",
    "credential aws",
    "credential kube",
    "credential git",
    "credential docker",
    "provider test",
    "training accept",
    "training record",
    "user reinstate",
    "user token",
    "contractor add",
    "contractor import",
    "contractor show",
    "contractor extend",
    "contractor change",
    "contractor offboard",
    "delivery replay",
    "alert show",
    "alert answer",
    "review start",
    "review show",
    "review decide",
    "review restore",
    "review result",
    "review verify",
];

/// What [`POLICY`] is made of, for `policy lint`.
const ALLOWED: &str = "auto-approve-production,contractor-end,contractor-sponsor,idle-deny,idle-limit,lone-approver,\
                       mutual-approval,overlap,unused-company,unused-group,unused-label,unused-person,\
                       unused-resource,unused-service,unused-window";

/// Of [`POLICY`], for `policy test`.
const CASE: &str = "[[case]]\nname = \"a stranger\"\nrequester = \"mallory\"\nrole = \"shell\"\nfor = \"5m\"\n\
                    expect = \"refuse\"\n";

fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    for sub in command.get_subcommands() {
        let path = format!("{path} {}", sub.get_name());
        if sub.has_subcommands() {
            leaves(sub, &path, found);
        } else {
            found.insert(path.trim().to_owned());
        }
    }
}

fn tree() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    leaves(&jit_access::cli::command(), "", &mut found);
    found
}

#[test]
fn every_leaf_of_the_tree_is_tried_below() {
    let tried = LEAVES.iter().map(|(path, ..)| *path).chain(STAY.iter().chain(ELSEWHERE).copied());
    assert_eq!(tree(), tried.map(str::to_owned).collect());
}

struct World {
    server: Server,
    people: Vec<Person>,
}

impl World {
    fn new() -> Self {
        let server = Server::start(POLICY);
        let mut people: Vec<Person> = ["carol", "bob", "eve"].map(|name| server.person(name)).into();
        server.add_user(&["alice"]);
        let code = server.add_user(&["dave"]);
        people.push(server.somebody("dave"));
        put_private(&people[3].path("code"), &code);
        let _ = new_key(people[0].home(), "id", &["ed25519"]);
        std::fs::create_dir(server.policy().join("tests")).unwrap();
        put_private(&server.policy().join("tests/cases.toml"), CASE);
        Self { server, people }
    }

    fn person(&self, name: &str) -> &Person {
        self.people.iter().find(|person| person.name == name).unwrap_or_else(|| self.server.admin())
    }

    /// The arguments with what they stand for; each request is a new one.
    fn args(&self, args: &[&str]) -> Vec<String> {
        let new = |role: &[&str]| {
            let key = jit_access::domain::Digest::of(&std::process::id().to_ne_bytes()).to_string();
            let unique = format!("{key}{:?}", std::time::Instant::now());
            self.person("carol").request(&[role, &["--for", "10m", "--idempotency-key", &unique]].concat())
        };
        let real = |arg: &&str| match *arg {
            "ID" => new(&["deploy", "--on", "web-1", "--reason", "x"]),
            "USED" => new(&["shell"]),
            "URL" => self.server.url(),
            "POLICY" => self.server.policy().to_str().unwrap().to_owned(),
            plain => plain.to_owned(),
        };
        let plugin =
            args.contains(&"PLUGIN").then(|| crate::backend_plugin::example(self.person("carol").home()));
        let mut words: Vec<String> = args.iter().map(real).collect();
        if let (Some((program, folder)), Some(first)) = (plugin, words.first_mut()) {
            program.to_str().unwrap().clone_into(first);
            let place = format!("--env=BACKEND_FOLDER={}", folder.display());
            words.extend([place, "--env=BACKEND_USER=carol".to_owned()]);
        }
        words
    }

    fn run(&self, person: &Person, path: &str, args: &[String], format: &[&str]) -> Out {
        // Before any `--`, behind which everything is the child's.
        let words: Vec<&str> =
            path.split(' ').chain(format.iter().copied()).chain(args.iter().map(String::as_str)).collect();
        start(person.command(&words), "").end_within(SOON)
    }
}

/// What a failure with `-o json` has to look like.
fn assert_error(out: &Out, words: &str) {
    let error = out.error();
    assert_eq!(error["exit_code"], out.code, "{words}: {out}");
    assert!(error["message"].as_str().is_some_and(|text| !text.is_empty()), "{words}: {out}");
    assert!(error["retryable"].is_boolean() && error["code"].is_string(), "{words}: {out}");
}

#[test]
fn with_least_arguments_each_command_ends_soon_and_prints_one_document() {
    let world = World::new();
    for (path, who, args, prints) in LEAVES {
        let out = world.run(world.person(who), path, &world.args(args), &["-o", "json"]);
        // A warning, such as for a token that memory forgets, is told in any format.
        let quiet = out.stderr.is_empty() || *path == "login";
        match prints {
            Document(kind) => {
                // What `doctor` finds wrong here is no agent, no failure.
                assert_eq!(out.code, 0, "{path}\n{out}");
                assert_eq!(out.json()["kind"], *kind, "{path}");
            }
            Other => assert_eq!(out.code, 0, "{path}\n{out}"),
        }
        assert!(quiet, "{path}\n{out}");
    }
}

#[test]
fn without_arguments_each_command_ends_soon_and_never_prompts() {
    let world = World::new();
    // One who is logged in, one who is not, and one who has nothing at all.
    let stranger = world.server.somebody("stranger");
    let mut nobody = world.server.somebody("nobody");
    nobody.set("JIT_SERVER", "");
    for path in tree().iter().filter(|path| *path != "demo") {
        for (person, format) in
            [(world.server.admin(), "json"), (&stranger, "json"), (&nobody, "json"), (&nobody, "table")]
        {
            let out = world.run(person, path, &[], &["-o", format]);
            let words = format!("{}: jit {path} -o {format}", person.name);
            if out.code == 0 {
                assert_eq!(out.stderr, "", "{words}");
            } else if format == "json" && *path != "doctor" {
                assert_eq!(out.stdout, "", "{words}");
                assert_error(&out, &words);
            } else {
                assert!(out.stderr.contains("error: ") || *path == "doctor", "{words}\n{out}");
            }
            assert!(!out.stderr.contains("panicked"), "{words}\n{out}");
        }
    }
}

#[test]
fn an_unknown_flag_is_a_usage_error_everywhere() {
    let world = World::new();
    for path in &tree() {
        let out = world.run(world.server.admin(), path, &["--nope".to_owned()], &["-o", "json"]).expect(2);
        assert_eq!(out.stdout, "", "{path}");
        assert_error(&out, path);
        assert_eq!(out.error()["code"], "usage", "{path}");
        let out = world.run(world.server.admin(), path, &["--nope".to_owned()], &[]).expect(2);
        assert!(out.stderr.contains("--nope"), "{path}\n{out}");
    }
}

#[test]
fn ndjson_is_one_object_a_line() {
    let world = World::new();
    world.args(&["ID", "USED"]);
    for path in ["list", "roles", "audit log", "user list", "context list", "version", "whoami"] {
        let out = world.run(world.server.admin(), path, &[], &["-o", "ndjson"]).ok();
        assert!(!out.stdout.is_empty() && out.stdout.ends_with('\n'), "{path}");
        for line in out.stdout.lines() {
            document(line).unwrap_or_else(|why| panic!("{path}: {why}: {line}"));
        }
    }
    assert_eq!(world.run(world.server.admin(), "list", &[], &["-o", "ndjson"]).stdout.lines().count(), 2);
}

#[test]
fn what_stays_ends_at_an_interrupt() {
    let world = World::new();
    let admin = world.server.admin();
    world.args(&["ID"]);
    for words in [
        &["list", "--watch", "-o", "json"][..],
        &["audit", "log", "--follow", "-o", "json"],
        &["watch", "-o", "json"],
    ] {
        let running = admin.start(words);
        std::thread::sleep(Duration::from_millis(700));
        running.signal(Signal::INT);
        let out = running.end_within(SOON).expect(130);
        assert_eq!(out.stderr, "");
        // A stream cannot be one document: each line is one.
        out.stdout.lines().for_each(|line| drop(document(line).unwrap()));
    }
}

#[test]
fn whoever_leaves_in_the_middle_of_the_output_is_no_failure_to_tell() {
    let world = World::new();
    for words in ["audit log -o ndjson", "help request"] {
        let mut command = world.server.admin().with_env("sh", &["-c"]);
        command.arg(format!("{{ sleep 0.2; '{}' {words}; echo $? >&2; }} | true", crate::world::JIT));
        let out = start(command, "").end_within(SOON);
        assert_eq!(out.stderr.trim(), "141", "{words}");
    }
}
