//! The store's and the log's figures (DESIGN §8), beside the limits of the machine in the same run.
//!
//! `cargo bench --bench store [-- commits|lists|verification]`. On a machine that does other work too, read the ratios.
//!
//! `cargo bench --bench store -- --fill DIR` measures nothing and makes the data folder of 100,000
//! pending requests that `benches/cli.sh` lists.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure, and its output is its purpose"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jit_access::audit::{Chain, Checkpoint, Draft, EventKind, SigningKey, Verifier, export};
use jit_access::domain::request::Ask;
use jit_access::domain::{
    Actor, Approvals, Digest, Gives, Name, Principal, Request, RequestId, Span, SshGives, State, Terms, Time,
};
use jit_access::store::{Change, RequestFilter, Scope, SqliteStore, Store, Write};

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let runs = |what: &str| chosen.is_empty() || chosen.iter().any(|name| name == what);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    if let Some(dir) = std::env::args().skip_while(|arg| arg != "--fill").nth(1) {
        return runtime.block_on(fill(&open(Path::new(&dir)), 100_000));
    }
    let dir = tempfile::tempdir().unwrap();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load before: {}", load.trim());
    if runs("commits") {
        let seconds = Duration::from_secs(3);
        let limit = raw_commits(&dir.path().join("raw.db"), seconds);
        println!("limit: one row, one commit, WAL, FULL:     {limit:>9.0} /s");
        for clients in [1, 64] {
            let store = open(&dir.path().join(format!("commits-{clients}")));
            let before = cpu_time();
            let rate = runtime.block_on(commits(&store, clients, seconds));
            let cpu = (cpu_time() - before).as_secs_f64() * 1e6 / (rate * seconds.as_secs_f64());
            println!(
                "request + event, durable, {clients:>2} clients:     {rate:>9.0} /s, {cpu:.0} µs of CPU each"
            );
            println!("                                    which is {:.2} × the limit", rate / limit);
        }
    }
    if runs("lists") {
        lists(&runtime, &open(&dir.path().join("list")));
    }
    if runs("verification") {
        verification(1_000_000);
    }
}

/// The processor time that this process has used (proc(5), in ticks of 10 ms): unlike the clock on the
/// wall, it says little about the neighbours.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn lists(runtime: &tokio::runtime::Runtime, store: &SqliteStore) {
    runtime.block_on(fill(store, 100_000));
    for (what, scope, states) in [
        ("all", Scope::All, vec![]),
        ("pending", Scope::All, vec![State::Pending]),
        ("mine", Scope::Requester(person(7).principal), vec![]),
        ("mine, and none is active", Scope::Requester(person(7).principal), vec![State::Active]),
        ("role", Scope::Role(name("role-3")), vec![]),
    ] {
        let filter = RequestFilter { scope, states, before: None, limit: 50 };
        let took = median(200, || drop(runtime.block_on(store.requests(&filter)).unwrap()));
        println!("first page of 50 of 100,000, {what:<25} {took:>9.3?}");
    }
    let id = RequestId::from_number(spread(77)).unwrap();
    let took = median(2000, || drop(runtime.block_on(store.request(id)).unwrap()));
    println!("one request of 100,000                          {took:>9.3?}");
}

fn open(dir: &Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::open(dir).unwrap())
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn person(n: u64) -> Actor {
    Actor::person(Principal { issuer: name("jit"), subject: name(&format!("user-{}", n % 100)) })
}

/// Ids are random, so they hit the index all over.
fn spread(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 4
}

fn request(n: u64) -> Request {
    let gives = Gives::Ssh(SshGives {
        principals: ["deploy".to_owned()].into(),
        extensions: BTreeSet::from(["permit-pty".to_owned()]),
        force_command: None,
        source_addresses: BTreeSet::new(),
    });
    let ask = Ask {
        id: RequestId::from_number(spread(n)).unwrap(),
        requester: person(n),
        role: name(&format!("role-{}", n % 10)),
        resource: name("web-1"),
        terms: Terms {
            role_digest: Digest::of(b"role"),
            generation: 1,
            approvals: Approvals::humans(1),
            max: Span::clamped(3600),
            max_total: Span::clamped(3600),
            pending_timeout: Span::clamped(3600),
            claim_timeout: Span::clamped(3600),
            remind: None,
            escalate: None,
            single_use: false,
            ticket_system: None,
            directory: Default::default(),
            gives,
        },
        duration: Span::clamped(1800),
        start: None,
        reason: "deploy the hotfix for the checkout page".to_owned(),
        ticket: Some("OPS-1234".to_owned()),
        debrief_within: None,
    };
    Request::file(ask, Time::from_millis(1_800_000_000_000 + n.cast_signed()))
}

fn filed(request: &Request) -> Draft {
    let mut draft = Draft::new(request.created, EventKind::RequestFiled);
    draft.actor = Some(request.requester.principal.clone());
    draft.from = Some("192.0.2.17".to_owned());
    draft.request = Some(request.id);
    draft.role = Some(request.role.clone());
    draft.resource = Some(request.resource.clone());
    draft.data("duration", request.duration).data("reason", &request.reason)
}

fn insert(n: u64) -> (Write, Draft) {
    let request = request(n);
    let event = filed(&request);
    (Write::InsertRequest { request: Box::new(request), key: None }, event)
}

/// What SQLite itself does on this disk: one small row, one commit, one fsync.
fn raw_commits(path: &Path, during: Duration) -> f64 {
    let db = rusqlite::Connection::open(path).unwrap();
    let set_up =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a INTEGER PRIMARY KEY, b);";
    db.execute_batch(set_up).unwrap();
    let mut insert = db.prepare("INSERT INTO t (b) VALUES ('0123456789abcdef')").unwrap();
    let (begin, mut count) = (Instant::now(), 0.0);
    while begin.elapsed() < during {
        insert.execute([]).unwrap();
        count += 1.0;
    }
    count / begin.elapsed().as_secs_f64()
}

async fn commits(store: &Arc<SqliteStore>, clients: u64, during: Duration) -> f64 {
    let begin = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                let mut count = 0;
                while begin.elapsed() < during {
                    let (write, event) = insert((client << 32) | count);
                    store.commit(Change { writes: vec![write], events: vec![event] }).await.unwrap();
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await.unwrap();
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

async fn fill(store: &SqliteStore, count: u64) {
    for from in (0..count).step_by(1000) {
        let (writes, events) = (from..from + 1000).map(insert).unzip();
        store.commit(Change { writes, events }).await.unwrap();
    }
}

fn median(times: usize, mut run: impl FnMut()) -> Duration {
    let mut took: Vec<_> = (0..times)
        .map(|_| {
            let begin = Instant::now();
            run();
            begin.elapsed()
        })
        .collect();
    took.sort_unstable();
    took.get(times / 2).copied().unwrap_or_default()
}

fn verification(count: u64) {
    let key = SigningKey::from_seed("bench", &[1; 32]).unwrap();
    let (mut chain, mut out) = (Chain::new(), Vec::new());
    let begin = Instant::now();
    for n in 0..count {
        let sealed = chain.seal(filed(&request(n))).unwrap();
        export::write_event(&mut out, &sealed.bytes).unwrap();
        if chain.size().is_multiple_of(10_000) {
            export::write_checkpoint(&mut out, &key.sign(chain.size(), chain.root())).unwrap();
        }
    }
    let sealed = begin.elapsed();
    println!("{count} events, {} MB, made and sealed in      {sealed:>9.3?}", out.len() / 1_000_000);
    let begin = Instant::now();
    let hash = Digest::of(&out);
    println!("limit: SHA-256 over the same bytes ({:.4})    {:>9.3?}", hash.to_string(), begin.elapsed());
    let (begin, cpu) = (Instant::now(), cpu_time());
    let report = export::verify(&*out, Verifier::new(), key.verify_key()).unwrap();
    let (took, cpu) = (begin.elapsed(), cpu_time() - cpu);
    assert_eq!((report.events, report.anchored), (count, count));
    println!("verified, {} checkpoints with them, in       {took:>9.3?}, {cpu:?} of CPU", report.checkpoints);
    let note = key.sign(count, report.root);
    let took = median(100, || {
        let _: Checkpoint = Checkpoint::parse_and_verify(&note, key.verify_key()).unwrap();
    });
    println!("of that one checkpoint                          {took:>9.3?}");
}
