//! The server's figures (DESIGN §8), over real connections, beside the limits of the machine in the
//! same run.
//!
//! `cargo bench --bench server` measures the `jit` that cargo built with it. What ships is measured by
//! `JIT_BENCH_BIN=target/dist/jit cargo bench --bench server`, after `cargo build --profile dist`.
//! `JIT_BENCH_DIR` is where the data folder goes, `/tmp` otherwise; `JIT_BENCH_SECONDS` how long each
//! figure is measured, 5 otherwise.
//!
//! The load comes from one thread of this process, on the cores that the server has. It is kept cheap
//! (requests are bytes made by `format!`, answers are searched and not parsed), and what it costs is
//! printed: an operation cannot be quicker than the two together.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark stops at the first failure, its output is its purpose, and it reads its environment"
)]

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use ed25519_dalek::Signer as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

/// Clients at once, each with a connection, a contractor and an approver of its own.
const CLIENTS: usize = 64;

fn main() {
    let dir = tempfile::tempdir_in(std::env::var_os("JIT_BENCH_DIR").unwrap_or("/tmp".into())).unwrap();
    println!("load average: {}", read("/proc/loadavg").trim());
    let during = seconds();
    let single = single_commits(&dir.path().join("single.db"), during);
    println!("limit: one row, one commit, WAL, FULL        {single:>9.0} /s");
    let grouped = grouped_commits(&dir.path().join("grouped.db"), during);
    println!("limit: the same, {CLIENTS} rows a commit             {grouped:>9.0} rows/s");
    let signing = signatures(during);
    println!("limit: Ed25519 signatures, one core          {signing:>9.0} /s");

    let server = Server::start(dir.path());
    println!("server: {}", server.program.display());
    println!("  its memory at rest                         {}", server.memory());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, load(&server, single, during));
    println!("  its memory after the load                  {}", server.memory());
    println!("load average: {}", read("/proc/loadavg").trim());
    server.stop();
}

/// Everything that is asked of the server, in order.
async fn load(server: &Server, commits: f64, during: Duration) {
    let people = enrol(server).await;
    println!("  with {} users enrolled                    {}", 2 * CLIENTS, server.memory());
    let bench = Bench { server, people, filed: Rc::default(), http: 0.0 };

    // Public, without a login and without a read: HTTP, the kernel, and this generator.
    let http = bench.run("limit: HTTP alone, 64 clients", CLIENTS, during, async |client, _, _| {
        client.call("GET", "/v1/ssh/ca", "", "").await;
        true
    });
    let bench = Bench { http: http.await, ..bench };
    let one = bench.run("durable requests, 1 client", 1, during, file).await;
    println!("    {:.2} × the single commits", one / commits);
    let many = bench.run("durable requests, 64 clients", CLIENTS, during, file).await;
    println!("    {:.2} × the single commits, {:.2} × HTTP alone", many / commits, many / bench.http);
    let rate = bench.run("durable decisions, 64 clients", CLIENTS, during, decide).await;
    println!("    {:.2} × the single commits, {:.2} × HTTP alone", rate / commits, rate / bench.http);
    let one = bench.run("full cycles, 1 client", 1, during, cycle).await;
    println!("    {:.2} × the single commits; a cycle makes 6", one / commits);
    let rate = bench.run("full cycles, 64 clients", CLIENTS, during, cycle).await;
    println!(
        "    {:.2} × the single commits, {:.2} × HTTP alone; a cycle makes 6 commits and 4 calls",
        rate / commits,
        rate / bench.http
    );
}

/// What a client may use: the tokens of its two people, and a pile of filed requests for all.
struct Bench<'a> {
    server: &'a Server,
    people: Rc<Vec<(String, String)>>,
    filed: Pile,
    http: f64,
}

/// Filed and not yet decided: id, and the digest of what was shown.
type Pile = Rc<RefCell<Vec<(String, String)>>>;

impl Bench<'_> {
    /// Repeats `operation` on each client until the time is over or it has nothing more to do; prints
    /// and returns operations a second.
    async fn run<F>(&self, what: &str, clients: usize, during: Duration, operation: F) -> f64
    where
        F: AsyncFn(&mut Client, &(String, String), &Pile) -> bool + Clone + 'static,
    {
        let mut ready = Vec::new();
        for _ in 0..clients {
            ready.push(Client::connect(&self.server.address).await);
        }
        let (theirs, ours) = (self.server.cpu(), cpu("self"));
        let begin = Instant::now();
        let tasks: Vec<_> = ready
            .into_iter()
            .enumerate()
            .map(|(n, mut client)| {
                let (people, filed) = (Rc::clone(&self.people), Rc::clone(&self.filed));
                let operation = operation.clone();
                tokio::task::spawn_local(async move {
                    let mut took = Vec::new();
                    while begin.elapsed() < during {
                        let start = Instant::now();
                        if !operation(&mut client, &people[n], &filed).await {
                            break;
                        }
                        took.push(start.elapsed());
                    }
                    took
                })
            })
            .collect();
        let mut took = Vec::new();
        for task in tasks {
            took.extend(task.await.unwrap());
        }
        let elapsed = begin.elapsed().as_secs_f64();
        let (theirs, ours) = (self.server.cpu() - theirs, cpu("self") - ours);
        took.sort_unstable();
        let (count, at) = (took.len() as f64, |part: f64| took[(took.len() as f64 * part) as usize]);
        let rate = count / elapsed;
        println!(
            "{what:<44} {rate:>9.0} /s   p50 {:>9.3?}  p99 {:>9.3?}   CPU each: server {:>4.0} µs, generator {:>3.0} µs",
            at(0.5),
            at(0.99),
            theirs / count * 1e6,
            ours / count * 1e6,
        );
        rate
    }
}

/// Files a request. The key is what lets one person have many open for the same role and resource.
async fn file(client: &mut Client, (contractor, _): &(String, String), filed: &Pile) -> bool {
    let pair = client.file(contractor).await;
    filed.borrow_mut().push(pair);
    true
}

async fn decide(client: &mut Client, (_, approver): &(String, String), filed: &Pile) -> bool {
    let next = filed.borrow_mut().pop();
    let Some((id, shown)) = next else { return false };
    client.approve(approver, &id, &shown).await;
    true
}

/// Request, approve, activate, revoke.
async fn cycle(client: &mut Client, (contractor, approver): &(String, String), _: &Pile) -> bool {
    let (id, shown) = client.file(contractor).await;
    client.approve(approver, &id, &shown).await;
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMPlVtZR2VcQQdbmlQKB3tUVKjy5fEFHXdmmWmKgDrmm bench";
    let ask = format!(r#"{{"ssh":{{"public_key":"{key}"}}}}"#);
    let made = client.call("POST", &format!("/v1/requests/{id}/credential"), contractor, &ask).await;
    assert!(made.contains("ssh-ed25519-cert-v01@openssh.com "), "{made}");
    let ask = format!(r#"{{"which":{{"ids":["{id}"]}}}}"#);
    let ended = client.call("POST", "/v1/revoke", contractor, &ask).await;
    assert!(ended.contains(r#""confirmed":true"#), "{ended}");
    true
}

/// One kept connection that speaks as much HTTP/1.1 as is needed here.
struct Client {
    stream: TcpStream,
    out: String,
    answer: Vec<u8>,
    number: u64,
    name: u64,
}

impl Client {
    async fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let name = u64::from(stream.local_addr().unwrap().port());
        Self { stream, out: String::new(), answer: Vec::new(), number: 0, name }
    }

    /// The body of the answer, which must be a 200.
    async fn call(&mut self, method: &str, path: &str, token: &str, body: &str) -> &str {
        self.out.clear();
        let length = body.len();
        write!(
            self.out,
            "{method} {path} HTTP/1.1\r\nhost: jit\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        self.stream.write_all(self.out.as_bytes()).await.unwrap();
        self.answer.clear();
        loop {
            assert_ne!(self.stream.read_buf(&mut self.answer).await.unwrap(), 0, "the server hung up");
            let Some(end) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = std::str::from_utf8(&self.answer[..end]).unwrap();
            let length = head.split_once("content-length: ").expect("a length").1;
            let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
            if self.answer.len() >= end + 4 + length {
                let answer = std::str::from_utf8(&self.answer).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200 "), "{method} {path}: {answer}");
                return &answer[end + 4..];
            }
        }
    }

    async fn file(&mut self, token: &str) -> (String, String) {
        self.number += 1;
        let (name, number) = (self.name, self.number);
        let ask = format!(
            r#"{{"role":"shell","resource":"web-1","duration":"30m","reason":"deploy the hotfix for the checkout page","ticket":"OPS-1234","idempotency_key":"{name}-{number}"}}"#
        );
        let filed = self.call("POST", "/v1/requests", token, &ask).await;
        (field(filed, "id").to_owned(), field(filed, "shown").to_owned())
    }

    async fn approve(&mut self, token: &str, id: &str, shown: &str) {
        let ask = format!(r#"{{"shown":"{shown}"}}"#);
        let decided = self.call("POST", &format!("/v1/requests/{id}/approve"), token, &ask).await;
        assert_eq!(field(decided, "state"), "approved");
    }
}

/// The first field of that name. Values here have no quotes in them.
fn field<'a>(json: &'a str, name: &str) -> &'a str {
    let start = json.find(&format!("\"{name}\":\"")).unwrap_or_else(|| panic!("no {name} in {json}"));
    json[start + name.len() + 4..].split('"').next().unwrap()
}

/// A contractor's and an approver's token for each client.
async fn enrol(server: &Server) -> Rc<Vec<(String, String)>> {
    let mut client = Client::connect(&server.address).await;
    let admin = login(&mut client, &server.code).await;
    let mut people = Vec::new();
    for n in 0..CLIENTS {
        let mut tokens = Vec::new();
        for name in [format!("contractor-{n}"), format!("approver-{n}")] {
            let new = format!(r#"{{"name":"{name}","kind":"person"}}"#);
            let code = field(client.call("POST", "/v1/users", &admin, &new).await, "code").to_owned();
            tokens.push(login(&mut client, &code).await);
        }
        let approver = tokens.pop().unwrap();
        people.push((tokens.pop().unwrap(), approver));
    }
    Rc::new(people)
}

async fn login(client: &mut Client, code: &str) -> String {
    let ask = format!(r#"{{"code":"{code}"}}"#);
    field(client.call("POST", "/v1/login", "", &ask).await, "token").to_owned()
}

/// `jit serve` on a folder and a port of its own.
struct Server {
    program: PathBuf,
    process: Child,
    address: String,
    code: String,
}

impl Server {
    fn start(dir: &Path) -> Self {
        let policy = dir.join("policy");
        std::fs::create_dir(&policy).unwrap();
        let names = |kind: &str| -> String { (0..CLIENTS).map(|n| format!("\"{kind}-{n}\", ")).collect() };
        let people =
            |kind: &str| -> String { (0..CLIENTS).map(|n| format!("[person.{kind}-{n}]\n")).collect() };
        let text = format!(
            "{}[resource.web-1]\nprovider = \"ssh\"\naddress = \"web-1.example.net\"\n\
             [group.contractors]\nmembers = [{}]\n[group.approvers]\nmembers = [{}]\n\
             [role.shell]\ndescription = \"A shell\"\nresources = [\"web-1\"]\nmax-duration = \"1h\"\n\
             requesters = [\"group:contractors\"]\napprovers = [\"group:approvers\"]\napprovals = 1\n\
             [role.shell.ssh]\nprincipals = [\"deploy\"]\n",
            ["contractor", "approver"].map(people).concat(),
            names("contractor"),
            names("approver")
        );
        std::fs::write(policy.join("bench.toml"), text).unwrap();
        let program =
            std::env::var_os("JIT_BENCH_BIN").map_or(env!("CARGO_BIN_EXE_jit").into(), PathBuf::from);
        let mut process = Command::new(&program)
            .args(["serve", "--listen", "127.0.0.1:0", "-o", "ndjson", "--policy"])
            .arg(policy)
            .arg("--data")
            .arg(dir.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut line = || lines.next().expect("a line of the server's").unwrap();
        let code = field(&line(), "code").to_owned();
        let address = field(&line(), "url").trim_start_matches("http://").to_owned();
        Self { program, process, address, code }
    }

    /// Resident memory, and the part of it that is not the program's file.
    fn memory(&self) -> String {
        let status = read(&format!("/proc/{}/status", self.process.id()));
        let mib = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
        };
        format!("{:>9.1} MiB resident, {:.1} MiB of it anonymous", mib("VmRSS:"), mib("RssAnon:"))
    }

    /// Seconds of CPU so far.
    fn cpu(&self) -> f64 {
        cpu(&self.process.id().to_string())
    }

    fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        assert!(self.process.wait().unwrap().success(), "the server did not end well");
    }
}

fn seconds() -> Duration {
    let given = std::env::var("JIT_BENCH_SECONDS").ok();
    Duration::from_secs(given.map_or(5, |text| text.parse().expect("seconds")))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// User and system time of a process, in seconds. The kernel counts in hundredths.
fn cpu(process: &str) -> f64 {
    let stat = read(&format!("/proc/{process}/stat"));
    // The name, in parentheses, may hold anything.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// What SQLite itself does on this disk: one small row, one commit, one fsync.
fn single_commits(path: &Path, during: Duration) -> f64 {
    commits(path, during, 1)
}

fn grouped_commits(path: &Path, during: Duration) -> f64 {
    commits(path, during, CLIENTS)
}

fn commits(path: &Path, during: Duration, rows: usize) -> f64 {
    let db = rusqlite::Connection::open(path).unwrap();
    let set_up =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a INTEGER PRIMARY KEY, b);";
    db.execute_batch(set_up).unwrap();
    let mut insert = db.prepare("INSERT INTO t (b) VALUES ('0123456789abcdef')").unwrap();
    let (begin, mut count) = (Instant::now(), 0);
    while begin.elapsed() < during {
        let group = db.unchecked_transaction().unwrap();
        for _ in 0..rows {
            insert.execute([]).unwrap();
        }
        group.commit().unwrap();
        count += rows;
    }
    count as f64 / begin.elapsed().as_secs_f64()
}

fn signatures(during: Duration) -> f64 {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let (begin, mut count) = (Instant::now(), 0);
    while begin.elapsed() < during {
        std::hint::black_box(key.sign(&[0; 400]));
        count += 1;
    }
    f64::from(count) / begin.elapsed().as_secs_f64()
}
