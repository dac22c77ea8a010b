//! Provider plugins: the examples against real targets, through `jit provider test` and through a server.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jit_access::api::CredentialAsk;
use jit_access::domain::Material;
use jit_access::ops::Backend;
use serde_json::Value;

use crate::programs::{free_port, install};
use crate::world::{Out, Person, Server, block_on, needs, put_private, until};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// A real Redis server in a folder of its own, stopped by its id.
struct Redis {
    dir: tempfile::TempDir,
    child: Child,
    port: u16,
}

impl Redis {
    fn start() -> Option<Self> {
        if !(needs("redis-server", "redis-server") && needs("redis-cli", "redis-tools")) {
            return None;
        }
        let dir = tempfile::Builder::new().prefix("jit-redis-").tempdir().unwrap();
        let port = free_port();
        put_private(&dir.path().join("password"), "the-admins\n");
        put_private(&dir.path().join("redis.conf"), "requirepass the-admins\nsave \"\"\nbind 127.0.0.1\n");
        let child = Command::new("redis-server")
            .arg(dir.path().join("redis.conf"))
            .args(["--port", &port.to_string(), "--dir"])
            .arg(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let redis = Self { dir, child, port };
        until("Redis listens", Duration::from_secs(30), || redis.connect().ok());
        redis.ask(&["AUTH the-admins", "SET app:x 7", "SET other:x 7"]);
        Some(redis)
    }

    fn connect(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(stream)
    }

    /// The first line of each answer, over one connection.
    fn ask(&self, commands: &[&str]) -> Vec<String> {
        let mut session = Session { stream: BufReader::new(self.connect().unwrap()) };
        commands.iter().map(|command| session.ask(command)).collect()
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A connection that stays open.
struct Session {
    stream: BufReader<TcpStream>,
}

impl Session {
    /// Empty where the server has closed it.
    fn ask(&mut self, command: &str) -> String {
        let mut line = String::new();
        if self.stream.get_mut().write_all(format!("{command}\r\n").as_bytes()).is_err() {
            return line;
        }
        let _ = self.stream.read_line(&mut line);
        if line.starts_with('$') && !line.starts_with("$-") {
            line.clear();
            let _ = self.stream.read_line(&mut line);
        }
        line.trim_end().to_owned()
    }
}

fn test_redis(redis: &Redis, program: &Path, more: &[&str]) -> Out {
    let using =
        "REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -e -p PORT --user $REDIS_USER get app:x | grep -qx 7";
    let using = using.replace("PORT", &redis.port.to_string());
    let (password, state) =
        (format!("password-file={}", redis.path("password")), format!("state={}", redis.path("state")));
    let address = redis.address();
    let mut args = vec!["provider", "test", program.to_str().unwrap(), "--address", &address];
    args.extend(["--setting", &password, "--setting", &state, "--use", &using]);
    args.extend(more);
    Person::alone().jit(&args)
}

#[track_caller]
fn all_ok(out: &Out, skipped: &[&str]) {
    let report = out.json();
    assert_eq!((&report["kind"], &report["ok"]), (&"provider-test".into(), &true.into()), "{out}");
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.len() >= 15);
    for check in checks {
        let name = check["check"].as_str().unwrap();
        let expected = if skipped.contains(&name) { "skipped" } else { "ok" };
        assert_eq!(check["result"], expected, "{check}");
    }
}

#[test]
fn the_redis_example_passes_every_check_against_a_real_server() {
    let Some(redis) = Redis::start() else { return };
    let program = example("jit-provider-redis");
    let out = test_redis(&redis, &program, &["--parameter", "rules=+@read ~app:*", "-o", "json"]).ok();
    all_ok(&out, &["a credential ends by itself"]);
    assert_eq!(redis.ask(&["AUTH the-admins", "ACL USERS"])[1], "*1", "only the user default is left");
    // Rules with which one could keep the access, or take more, are refused, and leave no user.
    for rules in ["+@all ~*", "+@admin ~app:*", "+acl|setuser", ">password +@read ~app:*", "nopass", "reset"]
    {
        let rules = format!("rules={rules}");
        let out = test_redis(&redis, &program, &["--parameter", &rules]).expect(1);
        assert!(out.stdout.contains("failed") && out.stdout.contains("grant fails: "), "{out}");
    }
    assert_eq!(redis.ask(&["AUTH the-admins", "ACL USERS"])[1], "*1");
}

#[test]
fn a_plugin_that_does_not_revoke_fails_by_name_and_the_exit_code_says_so() {
    let Some(redis) = Redis::start() else { return };
    let text = std::fs::read_to_string(example("jit-provider-redis")).unwrap();
    let lie = text.replace("        redis(\"ACL\", \"DELUSER\", name)\n    redis.keep()", "    redis.keep()");
    let lie = lie.replace("    redis(\"ACL\", \"SETUSER\", name, \"off\")\n", "    return {}\n");
    assert_ne!(text, lie);
    let person = Person::alone();
    let program = person.path("jit-provider-lie");
    install(&lie, &program);
    let out = test_redis(&redis, &program, &["--parameter", "rules=+@read ~app:*", "-o", "json"]).expect(1);
    let report = out.json();
    let failed: Vec<&Value> =
        report["checks"].as_array().unwrap().iter().filter(|check| check["result"] == "failed").collect();
    assert!(report["ok"] == false && failed.len() > 5, "{out}");
    assert!(failed.iter().all(|check| !check["why"].as_str().unwrap().is_empty()));
    let out = test_redis(&redis, &program, &["--parameter", "rules=+@read ~app:*"]).expect(1);
    assert!(out.stdout.contains("there after its revocation: the user jit_"), "{out}");
}

#[test]
fn what_is_no_plugin_is_said_to_be_none() {
    let person = Person::alone();
    let out = |program: &str| person.jit(&["provider", "test", program, "--use", "true"]);
    assert!(out("/nonexistent/plugin").expect(1).stderr.contains("/nonexistent/plugin"));
    assert!(out("/bin/true").expect(1).stderr.contains("ended without an answer"));
    assert!(out("/bin/cat").expect(1).stderr.contains("not understood"));
    person.jit(&["provider", "test", "/bin/true"]).expect(2);
}

#[test]
fn the_unix_group_example_passes_every_check_on_this_host() {
    if !rustix::process::geteuid().is_root() {
        #[expect(clippy::disallowed_methods, reason = "the environment of the test runner")]
        let ci = std::env::var_os("CI").is_some();
        assert!(!ci, "CI runs this as root");
        eprintln!("SKIPPED: only root adds accounts");
        return;
    }
    if !(needs("useradd", "passwd") && needs("runuser", "util-linux")) {
        return;
    }
    // A file that only its group reads; the folder above it is everybody's.
    let dir = tempfile::Builder::new().prefix("jit-unix-").tempdir().unwrap();
    let open = <std::fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode;
    std::fs::set_permissions(dir.path(), open(0o755)).unwrap();
    let file = dir.path().join("readable");
    put_private(&file, "7\n");
    std::fs::set_permissions(&file, open(0o640)).unwrap();
    assert!(Command::new("chgrp").arg("games").arg(&file).status().unwrap().success());
    let state = format!("state={}", dir.path().join("state").display());
    // Who uses the access leaves something running; that has to end too.
    let using = format!(
        "runuser -u \"$UNIX_ACCOUNT\" -- sh -c 'cat {} && {{ sleep 3600 >/dev/null 2>&1 & }}'",
        file.display()
    );
    let program = example("jit-provider-unixgroup");
    let run = |group: &str| {
        let parameter = format!("group={group}");
        let args = ["provider", "test", program.to_str().unwrap(), "--setting", &state, "--parameter"];
        Person::alone().jit(&[&args[..], &[&parameter, "--use", &using, "-o", "json"]].concat())
    };
    all_ok(&run("games").ok(), &["a credential ends by itself"]);
    run("root").expect(1);
    run("shadow").expect(1);
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    assert!(!passwd.contains("\njit_"), "{passwd}");
}

fn policy(redis: &Redis) -> String {
    let program = example("jit-provider-redis");
    let sha256 = jit_access::domain::Digest::of(&std::fs::read(&program).unwrap());
    format!(
        r#"
[person]
alice = {{}}
carol = {{}}
[resource.cache]
provider = "exec"
address = "{}"
[resource.cache.exec]
program = "{}"
sha256 = "{sha256}"
settings = {{ password-file = "{}", state = "{}" }}

[role.cache-read]
resources = ["cache"]
requesters = ["carol"]
approvers = ["alice"]
approvals = 1
max-duration = "1h"
[role.cache-read.exec]
parameters = {{ rules = "+@read ~app:*" }}
"#,
        redis.address(),
        program.display(),
        redis.path("password"),
        redis.path("state")
    )
}

/// The credential of an approved request, and a session that it opened.
fn granted(redis: &Redis, carol: &Person, alice: &Person, lasts: &str) -> (String, [String; 2], Session) {
    let id = carol.request(&["cache-read", "--for", lasts, "--reason", "the outage"]);
    assert!(alice.jit(&["show", &id]).ok().stdout.contains("+@read ~app:*"), "approvers see what it gives");
    alice.jit(&["approve", &id]).ok();
    let ask = CredentialAsk::Issue { nonce: "the-nonce-of-carols-command".to_owned() };
    let remote = carol.remote();
    let give = || {
        let credential = block_on(remote.credential(&id, &ask)).unwrap();
        let Material::Exec { variables } = credential.material else { panic!() };
        ["REDIS_USER", "REDIS_PASSWORD"].map(|name| variables[name].expose().to_owned())
    };
    let login = give();
    assert_eq!(login, give(), "the same ask is the same credential");
    let mut session = Session { stream: BufReader::new(redis.connect().unwrap()) };
    assert_eq!(session.ask(&format!("AUTH {} {}", login[0], login[1])), "+OK");
    assert_eq!(session.ask("GET app:x"), "7");
    assert!(session.ask("GET other:x").starts_with("-NOPERM"));
    (id, login, session)
}

#[test]
fn a_grant_through_a_server_opens_redis_until_the_revoke_which_closes_the_session() {
    let Some(redis) = Redis::start() else { return };
    let server = Server::start(&policy(&redis));
    let (mut carol, alice) = (server.person("carol"), server.person("alice"));
    carol.make_runtime_dir();
    let (id, [user, password], mut session) = granted(&redis, &carol, &alice, "1h");
    let get =
        format!("REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -p {} --user $REDIS_USER get app:x", redis.port);
    let out = carol.jit(&["exec", &id, "--", "sh", "-c", &get]).ok();
    assert_eq!(out.stdout, "7\n", "{out}");
    alice.jit(&["revoke", &id]).ok();
    assert_eq!(session.ask("GET app:x"), "", "the live session is closed");
    let again = redis.ask(&[&format!("AUTH {user} {password}")]);
    assert!(again[0].starts_with("-WRONGPASS"), "{again:?}");
    assert_eq!(carol.state(&id), "revoked");
    // No secret is kept by the server, nor said in its log.
    let export = server.admin().jit(&["audit", "export"]).ok().stdout;
    assert!(export.contains("credential.issued") && !export.contains(&password));
    assert!(!server.stderr().contains(&password));
    let kept = std::fs::read(server.data().join("jit.db")).unwrap();
    let wal = std::fs::read(server.data().join("jit.db-wal")).unwrap_or_default();
    for bytes in [kept, wal] {
        assert!(!bytes.windows(password.len()).any(|part| part == password.as_bytes()));
    }
}

#[test]
fn a_grant_through_a_server_ends_in_redis_when_its_time_is_up() {
    let Some(redis) = Redis::start() else { return };
    let server = Server::start(&policy(&redis));
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let (id, [user, password], mut session) = granted(&redis, &carol, &alice, "6s");
    until("the session is closed", Duration::from_secs(20), || {
        session.ask("GET app:x").is_empty().then_some(())
    });
    until("the grant is over", Duration::from_secs(20), || (carol.state(&id) == "expired").then_some(()));
    assert!(redis.ask(&[&format!("AUTH {user} {password}")])[0].starts_with("-WRONGPASS"));
}

#[test]
fn a_plugin_that_was_changed_gives_nothing_and_the_refusal_says_what_to_do() {
    let Some(redis) = Redis::start() else { return };
    let sha256 = "sha256 = \"0";
    let text = policy(&redis);
    let at = text.find("sha256 = \"").unwrap() + sha256.len();
    let other =
        format!("{}{}{}", &text[..at - 1], if &text[at - 1..at] == "0" { "1" } else { "0" }, &text[at..]);
    let server = Server::start(&other);
    let (carol, alice) = (server.person("carol"), server.person("alice"));
    let id = carol.request(&["cache-read", "--for", "1h", "--reason", "the outage"]);
    alice.jit(&["approve", &id]).ok();
    let ask = CredentialAsk::Issue { nonce: "the-nonce-of-carols-command".to_owned() };
    let problem = block_on(carol.remote().credential(&id, &ask)).unwrap_err();
    assert!(problem.message.contains("sha256sum "), "{problem:?}");
    assert_eq!(redis.ask(&["AUTH the-admins", "ACL USERS"])[1], "*1");
}
