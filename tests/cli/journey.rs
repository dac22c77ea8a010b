//! On the way: what people, jobs and machines without a server do besides asking and deciding, against a
//! real server with the example policy. The outcomes of a request and their exit codes: `ci_job`.

use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use crate::world::{Person, Server, document, put_private, start, until};

const LOGS: [&str; 7] = ["request", "prod-logs", "--on", "shop-web-1", "--for", "1h", "--reason"];

fn ask(person: &Person, more: &[&str]) -> Value {
    person.json(&[&LOGS[..], &["look at the outage"], more].concat())
}

fn id(request: &Value) -> &str {
    request["id"].as_str().unwrap()
}

#[test]
fn an_approver_names_a_request_by_its_beginning_and_agrees_to_less_time() {
    let server = Server::example();
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let request = ask(&carol, &[]);
    let approved = alice.json(&["approve", &id(&request)[..6], "--max", "30m"]);
    assert_eq!(approved["requests"][0]["id"], request["id"]);
    assert_eq!(approved["requests"][0]["longest"], "30m");
    let waited = ask(&carol, &["--wait=5s"]);
    assert_eq!(waited["id"], request["id"]);
    assert_eq!((&waited["state"], &waited["filing"]), (&"approved".into(), &"reused".into()));
}

#[test]
fn exec_brings_an_agent_that_is_closed_to_others_and_leaves_nothing() {
    let server = Server::example();
    let mut carol = server.person("carol");
    let runtime = carol.make_runtime_dir();
    let script = "echo $JIT_ROLE $JIT_RESOURCE $JIT_PRINCIPALS; ssh-add -L; stat -c %a $(dirname $SSH_AUTH_SOCK); \
                  env | grep -c JIT_TOKEN=";
    let staging =
        ["exec", "staging-shell", "--request", "--on", "stage-web-1", "--for", "10m", "--reason", "x", "--"];
    let run = |command: &[&str]| carol.jit(&[&staging[..], command].concat());
    let out = run(&["sh", "-c", script]).expect(1);
    let lines: Vec<&str> = out.stdout.lines().collect();
    assert_eq!((lines[0], lines[2], lines[3]), ("staging-shell stage-web-1 deploy", "700", "0"), "{out}");
    assert!(lines[1].starts_with("ssh-ed25519-cert-v01@openssh.com "), "{out}");
    assert_eq!(out.stderr, "");

    // However it ends, and where it did not even begin.
    run(&["sh", "-c", "exit 42"]).expect(42);
    run(&["sh", "-c", "kill -TERM $$"]).expect(143);
    run(&["no-such-command-here"]).expect(127);
    run(&["/etc/passwd"]).expect(126);
    let out = carol.jit(&["exec", "nothing", "--json", "--", "true"]).expect(125);
    assert_eq!(out.error()["code"], "not_found");

    assert_eq!(carol.json(&["list", "--mine"])["requests"], Value::Array(vec![]), "each was released");
    let left: Vec<_> = std::fs::read_dir(runtime.join("jit")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_login_is_kept_in_the_sealed_file_and_ends_with_logout() {
    let server = Server::example();
    let code = server.add_user(&["carol"]);
    let mut carol = server.somebody("carol");
    carol.log_in_with_store(&format!("{code}\n"));
    let sealed = std::fs::read(carol.path(".config/jit/tokens.age")).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1"));
    // The context is the one in use, with its store.
    carol.unset("JIT_SERVER");
    carol.unset("JIT_STORE");
    assert_eq!(carol.json(&["whoami"])["principal"]["subject"], "carol");
    carol.jit(&["logout"]).ok();
    carol.jit(&["whoami"]).expect(4);
    // A code is used once, from a file or from stdin.
    put_private(&carol.path("code"), &code);
    carol.jit(&["login", &server.url(), "--code-file", "code"]).expect(4);
    start(carol.command(&["login", &server.url(), "--code-file", "-"]), &code).end().expect(4);
}

#[test]
fn the_log_is_proved_here_and_from_an_export_and_an_edit_is_named() {
    let server = Server::example();
    let (carol, admin) = (server.person("carol"), server.admin());
    ask(&carol, &[]);
    assert_eq!(admin.json(&["audit", "verify"])["ok"], true);
    let export = admin.json(&["audit", "export", "--out", "log.ndjson"]);
    let (key, file) = (export["key"].as_str().unwrap(), admin.path("log.ndjson"));
    // Offline: on a machine that knows no server.
    let offline = Person::alone();
    let path = file.to_str().unwrap();
    assert_eq!(offline.json(&["audit", "verify", path, "--key", key])["events"], export["events"]);
    let text = std::fs::read_to_string(&file).unwrap();
    let edited = text.replacen("look at the outage", "look at the output", 1);
    assert_ne!(edited, text);
    put_private(&offline.path("edited"), &edited);
    offline.jit(&["audit", "verify", "edited", "--key", key, "--json"]).expect(1);
}

#[test]
fn a_watched_list_prints_each_change_as_a_line_until_it_is_ended() {
    let server = Server::example();
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let running = alice.start(&["list", "--watch", "-o", "json"]);
    let line = |number: usize| {
        until("a line for the change", Duration::from_secs(20), || {
            let printed = running.printed();
            let whole = printed.split_inclusive('\n').filter(|line| line.ends_with('\n'));
            whole.skip(number).map(|line| document(line).unwrap()).next()
        })
    };
    let request = ask(&carol, &[]);
    let seen = line(0);
    assert_eq!(
        (id(&seen), &seen["state"], &seen["kind"]),
        (id(&request), &"pending".into(), &"request".into())
    );
    alice.json(&["approve", id(&request)]);
    assert_eq!(line(1)["state"], "approved");
    running.signal(Signal::INT);
    running.end_within(Duration::from_secs(5)).expect(130);
}

/// The name of whoever runs the tests.
fn me() -> String {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    let uid = format!(":x:{}:", rustix::process::getuid().as_raw());
    let line = passwd.lines().find(|line| line.contains(&uid)).unwrap();
    line.split(':').next().unwrap().to_owned()
}

/// Puts a policy where `jit` without a server looks for one: a role without approvers, and one with.
fn local_policy(person: &Person, me: &str) {
    let folder = person.path(".config/jit/policy.d");
    std::fs::create_dir_all(&folder).unwrap();
    let role = |name: &str, who: &str| {
        format!(
            "[role.{name}]\ndescription = \"x\"\nresources = [\"box\"]\nrequesters = [\"{me}\"]\n{who}\n\
             max-duration = \"1h\"\n[role.{name}.ssh]\nprincipals = [\"deploy\"]\n"
        )
    };
    let text = format!(
        "[person]\n{me} = {{}}\nsomebody = {{}}\n[resource.box]\nprovider = \"ssh\"\n{}{}",
        role("mine", "auto-approve = \"requester.kind == 'person'\""),
        role("theirs", "approvers = [\"somebody\"]\napprovals = 1")
    );
    put_private(&folder.join("local.toml"), &text);
}

#[test]
fn alone_without_a_server_the_policy_approves_and_a_role_of_people_says_it_needs_one() {
    let alone = Person::alone();
    let out = alone.jit(&["list", "--json"]).expect(4);
    assert!(out.error()["hint"].as_str().unwrap().contains("jit login"));

    let me = me();
    local_policy(&alone, &me);
    assert_eq!(alone.json(&["policy", "check"])["ok"], true);
    assert_eq!(alone.json(&["whoami"])["principal"]["subject"], *me);
    let filed = alone.json(&["request", "mine", "--for", "10m", "--reason", "x"]);
    assert_eq!(filed["state"], "approved");
    alone.jit(&["exec", "mine", "--", "true"]).ok();
    let refused = alone.jit(&["request", "theirs", "--for", "10m", "--reason", "x", "--json"]).expect(5);
    assert!(refused.error()["hint"].as_str().unwrap().contains("server"));
    assert_eq!(alone.json(&["audit", "verify"])["ok"], true);
    assert_eq!(alone.json(&["revoke", "--mine"])["items"][0]["confirmed"], true);
}
