//! The load of `benches/peers.sh`, which starts the servers: credentials of `jit` beside those of OpenBao.
//!
//! The same client code asks both: each client is a task with a kept HTTP/1.1 connection of its own on
//! loopback, and each credential is a new one. A key pair is made before the clock starts, for both. For
//! PostgreSQL the requester of `jit` makes the password and its verifier, and the answer of OpenBao brings
//! one: so `jit`'s time has that work in it, done here, on the same cores.
//!
//! Arguments: `NAME=URL,PID,TOKEN-FILE` of each server, `postgres=PID`, and `dir=FOLDER` for what it writes.
//! Without any, nothing is done.
//! `JIT_BENCH_SECONDS` is how long each figure is measured, 10 otherwise; `JIT_BENCH_ROUNDS` how often, 2
//! otherwise, the peers by turns and in the other order each second time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark stops at the first failure, its output is its purpose, and it reads its environment"
)]

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::{Duration, Instant};

use jit_access::provider::postgres::verifier::Password;
use jit_access::provider::ssh::agent::EphemeralKey;
use reqwest::Method;

const CLIENTS: [usize; 2] = [1, 16];
/// How many credentials are asked of one request of `jit`. It gives 64 at most.
const OF_A_REQUEST: usize = 16;
const WARM_UP: Duration = Duration::from_secs(2);

/// Who does what, and what it is called in the table. The roles are those of `benches/peers.sh`.
const WORKS: [(&str, &str, Work); 11] = [
    ("SSH certificate", "jit", Work::Jit { role: "shell", rounds: None, whole: false }),
    ("SSH certificate", "bao-dev", Work::Sign),
    ("SSH certificate", "bao-raft", Work::Sign),
    ("request + SSH certificate", "jit", Work::Jit { role: "shell", rounds: None, whole: true }),
    (
        "PostgreSQL, 4096 rounds",
        "jit",
        Work::Jit { role: "pg-4096", rounds: NonZeroU32::new(4096), whole: false },
    ),
    ("PostgreSQL, 4096 rounds", "bao-dev", Work::Creds("plain")),
    ("PostgreSQL, 4096 rounds", "bao-raft", Work::Creds("plain")),
    ("PostgreSQL, 4096, hashed by bao", "bao-dev", Work::Creds("hashed")),
    ("PostgreSQL, 4096, hashed by bao", "bao-raft", Work::Creds("hashed")),
    ("PostgreSQL, 1 round", "jit", Work::Jit { role: "pg-1", rounds: NonZeroU32::new(1), whole: false }),
    (
        "request + PostgreSQL, 1 round",
        "jit",
        Work::Jit { role: "pg-1", rounds: NonZeroU32::new(1), whole: true },
    ),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    /// A credential of a request that was approved before; or the request as well.
    Jit { role: &'static str, rounds: Option<NonZeroU32>, whole: bool },
    /// `ssh/sign` of OpenBao.
    Sign,
    /// `database/creds` of OpenBao, of that role.
    Creds(&'static str),
}

fn main() {
    let given: BTreeMap<String, String> = std::env::args()
        .skip(1)
        .filter_map(|argument| {
            argument.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
        })
        .collect();
    let Some(postgres) = given.get("postgres") else {
        println!("benches/peers.sh starts the servers that this asks");
        return;
    };
    let peers: BTreeMap<&str, Peer> = given
        .iter()
        .filter(|(_, value)| value.contains(','))
        .map(|(name, value)| (name.as_str(), Peer::parse(value)))
        .collect();
    let during = Duration::from_secs(number("JIT_BENCH_SECONDS", 10));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();

    limits(Path::new(&given["dir"]), during);
    for (name, peer) in &peers {
        println!("{name:<10} resident before the load {}", peer.memory());
    }
    println!("{:<62}{:>40}", "", "CPU each, µs:");
    println!(
        "{:<32} {:>7}  {:<9} {:>7}  {:>9} {:>9}   {:>6} {:>8} {:>9}   load",
        "", "clients", "server", "/s", "p50 ms", "p99 ms", "server", "postgres", "generator"
    );
    let mut table: BTreeMap<(&str, usize, usize), Vec<Figure>> = BTreeMap::new();
    for round in 0..number("JIT_BENCH_ROUNDS", 2) {
        for clients in CLIENTS {
            let mut order: Vec<usize> = (0..WORKS.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for index in order {
                let (what, name, work) = WORKS[index];
                let Some(peer) = peers.get(name) else { continue };
                let figure = runtime.block_on(measure(peer, work, clients, during, postgres));
                println!("{what:<32} {clients:>7}  {name:<9} {}", figure.line());
                table.entry((what, clients, index)).or_default().push(figure);
            }
        }
    }
    for (name, peer) in &peers {
        println!("{name:<10} resident after the load  {}", peer.memory());
    }
    println!("\nthe mean of the rounds:");
    for ((what, clients, index), figures) in table {
        let (_, name, _) = WORKS[index];
        println!("{what:<32} {clients:>7}  {name:<9} {}", Figure::mean(&figures).line());
    }
}

/// A server, its process, and who asks.
struct Peer {
    url: String,
    process: String,
    token: String,
}

impl Peer {
    fn parse(text: &str) -> Self {
        let mut parts = text.split(',').map(str::to_owned);
        let mut next = || parts.next().expect("URL,PID,TOKEN-FILE");
        let (url, process, file) = (next(), next(), next());
        Self { url, process, token: read(&file).trim().to_owned() }
    }

    fn memory(&self) -> String {
        let status = read(&format!("/proc/{}/status", self.process));
        let mib = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
        };
        format!("{:>6.1} MiB, {:.1} of it anonymous", mib("VmRSS:"), mib("RssAnon:"))
    }
}

/// Operations a second, milliseconds, and microseconds of processor that each of them cost.
#[derive(Clone, Copy, Default)]
struct Figure {
    rate: f64,
    p50: f64,
    p99: f64,
    server: f64,
    postgres: f64,
    generator: f64,
    /// Processes that ran or wanted to, of the last minute: 1 and more are the benchmark's own.
    load: f64,
}

impl Figure {
    fn line(&self) -> String {
        let Self { rate, p50, p99, server, postgres, generator, load } = self;
        format!(
            "{rate:>7.0}  {p50:>9.2} {p99:>9.2}   {server:>6.0} {postgres:>8.0} {generator:>9.0}   {load:.2}"
        )
    }

    fn mean(all: &[Self]) -> Self {
        let mean = |part: fn(&Self) -> f64| all.iter().map(part).sum::<f64>() / all.len() as f64;
        Self {
            rate: mean(|f| f.rate),
            p50: mean(|f| f.p50),
            p99: mean(|f| f.p99),
            server: mean(|f| f.server),
            postgres: mean(|f| f.postgres),
            generator: mean(|f| f.generator),
            load: mean(|f| f.load),
        }
    }
}

async fn measure(peer: &Peer, work: Work, clients: usize, during: Duration, postgres: &str) -> Figure {
    let ready: Vec<Client> = (0..clients).map(|_| Client::new(peer, work)).collect();
    // Connections, caches, plans; and how many requests will be needed.
    let (ready, warm) = all(ready, Step::Repeat(WARM_UP)).await;
    let made = warm.iter().map(Vec::len).max().unwrap_or(0);
    let needed = 2 * made * during.as_millis() as usize / WARM_UP.as_millis() as usize / OF_A_REQUEST + 2;
    let (ready, _) = all(ready, Step::Prepare(needed)).await;

    let cpu = || (cpu_of(&peer.process).0, family(postgres), cpu_of("self").0);
    let before = cpu();
    let begin = Instant::now();
    let (_, took) = all(ready, Step::Repeat(during)).await;
    let elapsed = begin.elapsed().as_secs_f64();
    let after = cpu();

    let mut took = took.concat();
    took.sort_unstable();
    let count = took.len() as f64;
    let at = |part: f64| took[(count * part) as usize].as_secs_f64() * 1e3;
    let each = |after: f64, before: f64| (after - before) / count * 1e6;
    Figure {
        rate: count / elapsed,
        p50: at(0.5),
        p99: at(0.99),
        server: each(after.0, before.0),
        postgres: each(after.1, before.1),
        generator: each(after.2, before.2),
        load: load(),
    }
}

/// What all clients do at once.
#[derive(Clone, Copy)]
enum Step {
    Prepare(usize),
    Repeat(Duration),
}

/// Each client in a task of its own; how long its operations took.
async fn all(clients: Vec<Client>, step: Step) -> (Vec<Client>, Vec<Vec<Duration>>) {
    let run = |mut client: Client| async move {
        let took = match step {
            Step::Prepare(requests) => client.prepare(requests).await,
            Step::Repeat(during) => client.repeat(during).await,
        };
        (client, took)
    };
    let tasks: Vec<_> = clients.into_iter().map(|client| tokio::spawn(run(client))).collect();
    let mut done = (Vec::new(), Vec::new());
    for task in tasks {
        let (client, took) = task.await.unwrap();
        done.0.push(client);
        done.1.push(took);
    }
    done
}

/// One connection to one server.
struct Client {
    http: reqwest::Client,
    url: String,
    token: String,
    work: Work,
    /// Approved requests, each as often as it may be used.
    approved: Vec<String>,
}

impl Client {
    fn new(peer: &Peer, work: Work) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only(std::iter::empty())
            .http1_only()
            .tcp_nodelay(true)
            .build()
            .unwrap();
        Self { http, url: peer.url.clone(), token: peer.token.clone(), work, approved: Vec::new() }
    }

    /// Again and again until the time is over: how long each took.
    async fn repeat(&mut self, during: Duration) -> Vec<Duration> {
        let begin = Instant::now();
        let mut took = Vec::new();
        while begin.elapsed() < during {
            let key = EphemeralKey::generate().unwrap().public_line().unwrap();
            if matches!(self.work, Work::Jit { whole: false, .. }) && self.approved.is_empty() {
                self.prepare(1).await;
            }
            let start = Instant::now();
            self.operation(&key).await;
            took.push(start.elapsed());
        }
        took
    }

    async fn operation(&mut self, key: &str) {
        match self.work {
            Work::Jit { role, rounds, whole } => {
                let id = if whole { self.file(role).await } else { self.approved.pop().expect("a request") };
                let ask = match rounds {
                    None => format!(r#"{{"ssh":{{"public_key":"{key}"}}}}"#),
                    Some(rounds) => {
                        let verifier = Password::generate().unwrap().verifier(rounds).unwrap();
                        format!(r#"{{"postgres":{{"verifier":"{verifier}"}}}}"#)
                    }
                };
                let made = self.call(Method::POST, &format!("/v1/requests/{id}/credential"), ask).await;
                assert!(
                    made.contains("ssh-ed25519-cert-v01@openssh.com ") || made.contains(r#""user":"jit_"#),
                    "{made}"
                );
            }
            Work::Sign => {
                let made = self
                    .call(Method::POST, "/v1/ssh/sign/shell", format!(r#"{{"public_key":"{key}"}}"#))
                    .await;
                assert!(made.contains("ssh-ed25519-cert-v01@openssh.com "), "{made}");
            }
            Work::Creds(role) => {
                let made = self.call(Method::GET, &format!("/v1/database/creds/{role}"), String::new()).await;
                assert!(made.contains(r#""password":""#), "{made}");
            }
        }
    }

    /// Files so many requests, which the policy approves by itself.
    async fn prepare(&mut self, requests: usize) -> Vec<Duration> {
        let mut took = Vec::new();
        if let Work::Jit { role, whole: false, .. } = self.work {
            for _ in 0..requests {
                let start = Instant::now();
                let id = self.file(role).await;
                self.approved.extend(std::iter::repeat_n(id, OF_A_REQUEST));
                took.push(start.elapsed());
            }
        }
        took
    }

    async fn file(&self, role: &str) -> String {
        // A key of its own, or it would be the request that is open already.
        let key = Password::generate().unwrap();
        let ask = format!(
            r#"{{"role":"{role}","duration":"1h","reason":"peers","idempotency_key":"{}"}}"#,
            key.expose()
        );
        let filed = self.call(Method::POST, "/v1/requests", ask).await;
        assert!(filed.contains(r#""state":"approved""#), "{filed}");
        field(&filed, "id").to_owned()
    }

    async fn call(&self, method: Method, path: &str, body: String) -> String {
        let call = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        let call =
            if body.is_empty() { call } else { call.header("content-type", "application/json").body(body) };
        let answer = call.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{path}: {status} {text}");
        text
    }
}

/// The first field of that name. Values here have no quotes in them.
fn field<'a>(json: &'a str, name: &str) -> &'a str {
    let (_, rest) =
        json.split_once(&format!("\"{name}\":\"")).unwrap_or_else(|| panic!("no {name} in {json}"));
    rest.split('"').next().unwrap()
}

/// What bounds everybody: a durable commit of SQLite, and a verifier.
fn limits(dir: &Path, during: Duration) {
    let db = rusqlite::Connection::open(dir.join("limit.db")).unwrap();
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a INTEGER PRIMARY KEY, b);",
    )
    .unwrap();
    let mut insert = db.prepare("INSERT INTO t (b) VALUES ('0123456789abcdef')").unwrap();
    let commits = rate(during / 4, || {
        insert.execute([]).unwrap();
    });
    println!("limit: one row, one commit, WAL, FULL   {commits:>7.0} /s   load {:.2}", load());
    for rounds in [4096, 1] {
        let password = Password::generate().unwrap();
        let made = rate(during / 4, || {
            std::hint::black_box(password.verifier(NonZeroU32::new(rounds).unwrap()).unwrap());
        });
        println!("limit: verifiers of {rounds:>4} rounds, a core  {made:>7.0} /s   load {:.2}", load());
    }
}

fn rate(during: Duration, mut work: impl FnMut()) -> f64 {
    let (begin, mut count) = (Instant::now(), 0);
    while begin.elapsed() < during {
        work();
        count += 1;
    }
    f64::from(count) / begin.elapsed().as_secs_f64()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn load() -> f64 {
    read("/proc/loadavg").split(' ').next().unwrap().parse().unwrap()
}

/// Seconds of processor of a process, of its children that are over, and its parent. The kernel counts in
/// hundredths.
fn cpu_of(process: &str) -> (f64, f64, String) {
    let stat = read(&format!("/proc/{process}/stat"));
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let seconds = |index: usize| fields.get(index).map_or(0.0, |text| text.parse::<f64>().unwrap() / 100.0);
    (
        seconds(11) + seconds(12),
        seconds(13) + seconds(14),
        fields.get(1).copied().unwrap_or_default().to_owned(),
    )
}

/// Of a process with all its children: PostgreSQL has one for each connection.
fn family(parent: &str) -> f64 {
    let (own, over, _) = cpu_of(parent);
    let all = std::fs::read_dir("/proc").unwrap().flatten();
    let processes = all.filter_map(|entry| entry.file_name().into_string().ok());
    let numbered = processes.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    own + over
        + numbered
            .map(|name| cpu_of(&name))
            .filter(|(_, _, of)| of == parent)
            .map(|(cpu, _, _)| cpu)
            .sum::<f64>()
}
