//! How soon a live PostgreSQL session is closed after its grant's end, and after a revoke (DESIGN §8: p99 ≤ 5 s):
//! `cargo bench --bench ends`. A real server process, a real PostgreSQL, a statement running in every session.
//!
//! `JIT_BENCH_GRANTS` is how many of each, 200 otherwise. PostgreSQL runs without fsync, on the same cores.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::string_slice,
    clippy::disallowed_methods,
    dead_code,
    unused_imports,
    reason = "a benchmark stops at the first failure, its output is its purpose, and it shares the tests' harness"
)]

#[path = "../tests/cli/pg.rs"]
mod pg;
#[path = "../tests/cli/programs.rs"]
mod programs;
#[path = "../tests/cli/sshd.rs"]
mod sshd;
#[path = "../tests/cli/world/mod.rs"]
mod world;

use std::time::{Duration, SystemTime};

use jit_access::api::{CredentialAsk, NewRequest, Revoke, Which};
use jit_access::domain::{Material, Span, Time};
use jit_access::ops::Backend as _;
use jit_access::provider::postgres::verifier::Password;
use pg::{PASSWORD, Postgres, Version};
use tokio::task::JoinHandle;
use world::{Person, Server, put_private};

fn main() {
    let count: usize =
        std::env::var("JIT_BENCH_GRANTS").ok().and_then(|text| text.parse().ok()).unwrap_or(200);
    let load = || std::fs::read_to_string("/proc/loadavg").unwrap().trim().to_owned();
    println!("load average: {}", load());
    let pg = Postgres::start_with(&Version::find(15).unwrap(), &["max_connections = 1000"]);
    pg.sql("CREATE ROLE readers NOLOGIN");
    let dir = tempfile::tempdir().unwrap();
    let password = dir.path().join("password");
    put_private(&password, PASSWORD);
    let server = Server::start(&format!(
        "[person.carol]\n[resource.db]\nprovider = 'postgres'\naddress = '{}'\n[resource.db.postgres]\ndatabase = 'postgres'\n\
         admin = 'postgres'\npassword-file = '{}'\ntls = 'disable'\n[role.read]\nresources = ['db']\n\
         requesters = ['carol']\nauto-approve = \"requester.kind == 'person'\"\nmax-duration = '1h'\nrequire = {{ reason = false }}\n\
         [role.read.postgres]\nmember-of = ['readers']\nscram-rounds = 1\n",
        pg.address(),
        password.display()
    ));
    let carol = server.person("carol");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        print("end of the grant → session closed", by_the_clock(&carol, count).await);
        print("start of the revoke → session closed", by_revoke(&carol, count).await);
    });
    println!("load average: {}", load());
}

fn print(what: &str, mut took: Vec<i64>) {
    took.sort_unstable();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)];
    let (count, last) = (took.len(), took[took.len() - 1]);
    println!("{what}: {count} sessions, p50 {} ms, p99 {} ms, longest {last} ms", at(50), at(99));
}

fn now() -> Time {
    Time::from(SystemTime::now())
}

/// All at once: as many sessions as there are grants are open when the time of each is up.
async fn by_the_clock(carol: &Person, count: usize) -> Vec<i64> {
    let mut open = Vec::new();
    for number in 0..count {
        open.push(session(carol, number, Span::from_secs(30).unwrap()).await);
    }
    let mut took = Vec::new();
    for (_, ends, closed) in open {
        took.push((closed.await.unwrap().millis() - ends.millis()).max(0));
    }
    took
}

/// One after the other.
async fn by_revoke(carol: &Person, count: usize) -> Vec<i64> {
    let remote = carol.remote();
    let mut took = Vec::new();
    for number in 0..count {
        let (id, _, closed) = session(carol, count + number, Span::from_secs(600).unwrap()).await;
        let started = now();
        let revoked = remote.revoke(&Revoke { which: Which::Ids(vec![id]), comment: None }).await.unwrap();
        assert_eq!(revoked.items[0].credentials[0].sessions, Some(1));
        took.push(closed.await.unwrap().millis() - started.millis());
    }
    took
}

/// A grant with a session that is busy; the task ends when the session does.
async fn session(carol: &Person, number: usize, lasts: Span) -> (String, Time, JoinHandle<Time>) {
    let remote = carol.remote();
    let ask = NewRequest {
        role: "read".to_owned(),
        resource: None,
        duration: lasts,
        start: None,
        reason: format!("number {number}"),
        ticket: None,
        // Else the grant that is open is used again.
        idempotency_key: Some(format!("ends-{number}")),
        break_glass: false,
        once: false,
        dry_run: false,
    };
    let id = remote.request(&ask).await.unwrap().request.id.to_string();
    let password = Password::generate().unwrap();
    let verifier = password.verifier(std::num::NonZeroU32::MIN).unwrap();
    let given = remote.credential(&id, &CredentialAsk::Postgres { verifier }).await.unwrap();
    let Material::Postgres { user, host, port, database, .. } = given.material else { panic!() };
    let mut config = tokio_postgres::Config::new();
    config.user(user).password(password.expose()).host(host).port(port).dbname(database);
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    let closed = tokio::spawn(async move {
        // The connection ends when the server ends the session.
        let _ = connection.await;
        now()
    });
    tokio::spawn(async move {
        let _ = client.batch_execute("SELECT pg_sleep(3600)").await;
    });
    // It has begun before its end is waited for.
    tokio::time::sleep(Duration::from_millis(5)).await;
    (id, given.ends, closed)
}
