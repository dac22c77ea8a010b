//! Real targets through the whole of jit: a real PostgreSQL, a server process, and people.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::pg::{PASSWORD, Postgres, Version};
use crate::world::{Person, Server, put_private, start, until};

/// What is promised for the end of a live session.
const CLOSED: Duration = Duration::from_secs(5);

struct World {
    pg: Postgres,
    server: Server,
    carol: Person,
    bob: Person,
    _files: tempfile::TempDir,
}

/// `None` where there is no PostgreSQL, which is said loudly; never in CI.
fn world(major: u32) -> Option<World> {
    let pg = Postgres::start(&Version::find(major)?);
    pg.sql("CREATE ROLE readers NOLOGIN");
    pg.sql("CREATE TABLE orders (id int)");
    pg.sql("INSERT INTO orders SELECT generate_series(1, 42)");
    pg.sql("GRANT SELECT ON orders TO readers");
    let files = tempfile::tempdir().unwrap();
    let password = files.path().join("admin");
    put_private(&password, PASSWORD);
    let server = Server::start(&policy(&pg.address(), &password));
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    Some(World { pg, server, carol, bob, _files: files })
}

/// The resource that is this database, as a policy has it.
pub fn orders(address: &str, password: &Path) -> String {
    format!(
        r#"[resource.orders]
provider = "postgres"
address = "{address}"
[resource.orders.postgres]
database = "postgres"
admin = "postgres"
password-file = "{}"
tls = "disable"
"#,
        password.display()
    )
}

fn policy(address: &str, password: &Path) -> String {
    format!(
        r#"
[person]
bob = {{}}
carol = {{}}
{}
[role.orders-read]
description = "Read the orders"
resources = ["orders"]
requesters = ["carol"]
approvers = ["bob"]
approvals = 1
max-duration = "1h"
require = {{ reason = false }}
[role.orders-read.postgres]
member-of = ["readers"]
settings = {{ default_transaction_read_only = "on", log_statement = "all" }}
"#,
        orders(address, password)
    )
}

impl World {
    /// A request that bob has agreed to.
    fn approved(&self, duration: &str) -> String {
        let key = format!("{:?}", Instant::now());
        let id = self.carol.request(&["orders-read", "--for", duration, "--idempotency-key", &key]);
        self.bob.jit(&["approve", &id]).ok();
        id
    }

    fn psql(&self) -> String {
        self.pg.program("psql").get_program().to_str().unwrap().to_owned()
    }

    fn roles(&self) -> String {
        self.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit\\_%' AND rolcanlogin")
    }

    /// Somebody of jit's, in the middle of a statement.
    fn sleeping(&self) -> bool {
        self.pg.sql("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg\\_sleep%'") != "0"
    }

    /// The login that `jit credential pg` gives.
    fn login(&self, id: &str) -> Value {
        self.carol.jit(&["credential", "pg", id, "-o", "json"]).ok().json()
    }

    fn can_log_in(&self, login: &Value) -> bool {
        let text = |name: &str| login[name].as_str().unwrap().to_owned();
        self.pg.psql(&text("user"), &text("password"), "postgres", "SELECT 1").status.success()
    }
}

#[test]
fn a_contractor_uses_a_real_database_and_sees_no_password() {
    let Some(world) = world(15) else { return };
    let id = world.approved("10m");
    let psql = world.psql();
    let query = "SELECT count(*) || ' ' || current_setting('default_transaction_read_only') FROM orders";
    let out = world.carol.jit(&["exec", &id, "--", &psql, "-XAtqc", query]).ok();
    assert_eq!(out.stdout, "42 on\n");
    let out = world.carol.jit(&["exec", &id, "--", "sh", "-c", "env; stat -c '%a %F' $PGPASSFILE"]).ok();
    assert!(out.stdout.contains("PGHOST=127.0.0.1\n") && out.stdout.contains("PGUSER=jit_"), "{out}");
    assert!(out.stdout.contains("\n600 regular file\n"), "{out}");
    assert!(out.stdout.contains(&format!("JIT_GRANT_ID={id}\n")), "{out}");
    assert!(!out.stdout.contains("PGPASSWORD"), "{out}");
    let folder = out.stdout.lines().find_map(|line| line.strip_prefix("PGPASSFILE=")).unwrap();
    assert!(!Path::new(folder).exists(), "the password file outlived its command");
    // What was done under the grant is in the database's own log, by the name that jit gave.
    assert!(world.pg.log().contains("SELECT count(*) || ' '"), "{}", world.pg.log());
    // It could not write, and it was never more than a reader.
    let out = world.carol.jit(&["exec", &id, "--", &psql, "-XAtqc", "DELETE FROM orders"]).expect(1);
    assert!(out.stderr.contains("read-only") || out.stderr.contains("permission denied"), "{out}");
    let all = world.server.stderr() + &world.pg.log();
    let login = world.login(&id);
    assert!(world.can_log_in(&login));
    assert!(!all.contains(login["password"].as_str().unwrap()));
}

#[test]
fn env_and_credential_give_what_psql_takes() {
    let Some(world) = world(15) else { return };
    let id = world.approved("10m");
    let out = world.carol.jit(&["env", &id]).ok();
    assert!(out.stdout.contains("export PGPASSWORD='"), "{out}");
    let script = format!("{}exec {} -XAtqc 'SELECT count(*) FROM orders'", out.stdout, world.psql());
    let out = Command::new("sh").args(["-c", &script]).env_clear().output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout), "42\n", "{out:?}");
    let about = world.carol.jit(&["env", &id, "--about"]).ok().stdout;
    assert!(about.contains("JIT_GRANT_ID") && !about.contains("PG"), "{about}");
    let line = world.carol.jit(&["credential", "pg", &id]).ok().stdout;
    let fields: Vec<&str> = line.trim_end().split(':').collect();
    assert_eq!((fields.len(), fields[0], fields[2]), (5, "127.0.0.1", "*"));
    assert!(world.pg.psql(fields[3], fields[4], "postgres", "SELECT 1").status.success());
    let out = world.carol.jit(&["credential", "aws", &id]).expect(2);
    assert!(out.stderr.contains("is for postgres"), "{out}");
}

#[test]
fn a_revoke_closes_the_live_session_and_its_receipt_says_so() {
    for major in [15, 18] {
        let Some(world) = world(major) else { continue };
        let id = world.approved("10m");
        let other = world.approved("10m");
        let kept = world.login(&other);
        let psql = world.psql();
        let command = world.carol.command(&["exec", &id, "--", &psql, "-XAtqc", "SELECT pg_sleep(600)"]);
        let running = start(command, "");
        until("a session is open", Duration::from_secs(20), || world.sleeping().then_some(()));
        let started = Instant::now();
        let receipt = world.bob.jit(&["revoke", &id, "--yes", "-o", "json"]).ok().json();
        until("the session is closed", CLOSED, || (!world.sleeping()).then_some(()));
        assert!(started.elapsed() < CLOSED);
        let item = &receipt["items"][0];
        assert_eq!(item["confirmed"], true, "{receipt}");
        let leg = &item["credentials"][0];
        assert_eq!((&leg["sessions"], &leg["absent"]), (&Value::from(1), &Value::from(true)), "{receipt}");
        assert_eq!((&leg["provider"], &leg["resource"]), (&"postgres".into(), &"orders".into()));
        drop(running.end_within(Duration::from_secs(20)));
        // The other grant of the same person for the same role is not touched.
        assert!(world.can_log_in(&kept), "PostgreSQL {major}");
        assert_eq!(world.carol.state(&id), "revoked");
        let out = world.bob.jit(&["revoke", &other, "--yes"]).ok();
        assert!(out.stdout.contains("absence read back") && out.stdout.contains("all confirmed"), "{out}");
        assert!(!world.can_log_in(&kept));
        assert_eq!(
            world.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit\\_%' AND rolcanlogin"),
            "0"
        );
    }
}

#[test]
fn a_session_that_is_open_at_the_end_is_closed() {
    let Some(world) = world(15) else { return };
    let id = world.approved("3s");
    let login = world.login(&id);
    let text = |name: &str| login[name].as_str().unwrap().to_owned();
    let mut session = world
        .pg
        .program("psql")
        .args(["-X", "-h", "127.0.0.1", "-p", &world.pg.port().to_string(), "-U", &text("user")])
        .args(["-d", "postgres", "-c", "SELECT pg_sleep(600)"])
        .env("PGPASSWORD", text("password"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("a session is open", Duration::from_secs(3), || world.sleeping().then_some(()));
    let limit = Duration::from_secs(3) + CLOSED;
    let status = until("the session is closed", limit, || session.try_wait().unwrap());
    assert!(!status.success());
    assert!(!world.can_log_in(&login));
    until("it is expired", CLOSED, || (world.carol.state(&id) == "expired").then_some(()));
}

#[test]
fn with_the_server_dead_the_database_itself_refuses_a_login_after_the_end() {
    let Some(mut world) = world(15) else { return };
    let id = world.approved("4s");
    let login = world.login(&id);
    assert!(world.can_log_in(&login));
    world.server.kill();
    until("the database refuses", Duration::from_secs(6), || (!world.can_log_in(&login)).then_some(()));
    assert_eq!(world.roles(), "1", "somebody else took it away");
    let started = Instant::now();
    world.server.start_again();
    until("what was overdue is done", Duration::from_secs(10), || (world.roles() == "0").then_some(()));
    assert!(started.elapsed() < Duration::from_secs(12));
    assert_eq!(world.carol.state(&id), "expired");
}

#[test]
fn a_database_that_is_down_over_the_end_is_shown_and_ended_when_it_is_back() {
    let Some(mut world) = world(15) else { return };
    let id = world.approved("3s");
    world.login(&id);
    world.pg.stop();
    let trouble = until("the trouble is shown", Duration::from_secs(20), || {
        let request = world.carol.show(&id);
        (request["state"] == "ending").then(|| request["trouble"].as_str().map(str::to_owned)).flatten()
    });
    assert!(!trouble.contains(PASSWORD), "{trouble}");
    let out = world.bob.jit(&["revoke", &id, "--yes"]);
    assert_ne!(out.code, 0, "a revoke that is not confirmed is no success\n{out}");
    world.pg.run();
    until("it is ended", Duration::from_secs(60), || (world.carol.state(&id) == "expired").then_some(()));
    assert_eq!(world.roles(), "0");
}

#[test]
fn drift_is_shown_and_what_no_grant_has_is_ended() {
    let Some(mut world) = world(15) else { return };
    let id = world.approved("10m");
    let login = world.login(&id);
    let admin = world.server.admin();
    let seen = admin.jit(&["reconcile", "--dry-run", "-o", "json"]).ok().json();
    assert_eq!((&seen["resources"], &seen["found"]), (&1.into(), &Value::Array(Vec::new())));
    let user = login["user"].as_str().unwrap();
    world.pg.sql(&format!("ALTER ROLE {user} VALID UNTIL 'infinity'"));
    let seen = admin.jit(&["reconcile", "-o", "json"]).expect(1).json();
    assert_eq!(seen["found"][0]["what"], "changed", "{seen}");
    // A server that has lost its records, as after a restore from before the grant.
    let (_, _) = world.server.stop();
    for file in ["jit.db", "jit.db-wal", "jit.db-shm"] {
        let _ = std::fs::remove_file(world.server.data().join(file));
    }
    assert_eq!(world.roles(), "1");
    world.server.start_again();
    until("what no record knows is ended", Duration::from_secs(60), || (world.roles() == "0").then_some(()));
    assert!(!world.can_log_in(&login));
}
