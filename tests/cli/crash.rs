//! A server that is killed or stopped: nothing that was said is lost, and targets and store agree again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jit_access::api::{
    Approve, Cancel, CredentialAsk, Deny, EventQuery, ListFilter, ListQuery, NewRequest, Problem, Request,
    Revoke, Which,
};
use jit_access::client::Remote;
use jit_access::domain::{CredentialId, State, Time};
use jit_access::ops::Backend;
use rustix::process::Signal;
use serde_json::Value;

use crate::sshd::new_key;
use crate::world::{POLICY, Person, Server, block_on, clean, run, until};

const ROUNDS: usize = 100;
/// Of threads that file, decide, use and revoke.
const CLIENTS: usize = 4;

/// What a client was told, by request.
#[derive(Debug, Default, Clone)]
struct Told {
    approved: bool,
    denied: bool,
    cancelled: bool,
    revoked: bool,
    serials: Vec<u64>,
}

#[derive(Default)]
struct Ledger {
    all: BTreeMap<String, Told>,
    /// Changed since it was last compared with the server.
    fresh: BTreeSet<String>,
}

/// xorshift64*: a sequence that its seed names.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % bound.max(1)
    }
}

/// Tells the clients to end, also when the test panics.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn tell(ledger: &Mutex<Ledger>, request: &Request, what: impl FnOnce(&mut Told)) {
    let mut ledger = ledger.lock().unwrap();
    let id = request.id.to_string();
    what(ledger.all.entry(id.clone()).or_default());
    ledger.fresh.insert(id);
}

/// One client: the same things over and over, whatever becomes of the server. An ask whose answer was
/// lost is asked again with its key.
fn client(number: usize, carol: &Person, bob: &Person, key: &str, ledger: &Mutex<Ledger>, stop: &AtomicBool) {
    block_on(async {
        let (mut url, mut carols, mut bobs) = (carol.url(), carol.remote(), bob.remote());
        let mut count = 0;
        while !stop.load(Ordering::SeqCst) {
            if carol.url() != url {
                (url, carols, bobs) = (carol.url(), carol.remote(), bob.remote());
            }
            let name = format!("{number}-{count}");
            let cycle = cycle(count, &name, &carols, &bobs, key, ledger);
            let answer = tokio::time::timeout(Duration::from_secs(10), cycle).await;
            match answer {
                Ok(Ok(())) => count += 1,
                Ok(Err((filed, _))) => {
                    count += usize::from(filed);
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err(_) => {}
            }
        }
    });
}

/// Whether it was filed, and why it went no further.
async fn cycle(
    count: usize,
    name: &str,
    carol: &Remote,
    bob: &Remote,
    key: &str,
    ledger: &Mutex<Ledger>,
) -> Result<(), (bool, Problem)> {
    let kind = count % 6;
    let by_itself = kind == 0;
    let ask = NewRequest {
        role: if by_itself { "shell" } else { "deploy" }.to_owned(),
        resource: Some("web-1".to_owned()),
        duration: if by_itself { "2s" } else { "1h" }.parse().unwrap(),
        start: None,
        reason: name.to_owned(),
        ticket: None,
        idempotency_key: Some(name.to_owned()),
        break_glass: false,
        once: false,
        dry_run: false,
    };
    let request = carol.request(&ask).await.map_err(|err| (false, err))?.request;
    let id = request.id.to_string();
    tell(ledger, &request, |_| {});
    let went = async {
        match kind {
            0 => {}
            1 => {
                let no = Deny { comment: "no".to_owned() };
                bob.deny(&id, &no).await?;
                tell(ledger, &request, |told| told.denied = true);
                return Ok(());
            }
            2 => {
                carol.cancel(&id, &Cancel { comment: None }).await?;
                tell(ledger, &request, |told| told.cancelled = true);
                return Ok(());
            }
            _ => {
                let yes = Approve { shown: request.shown, max: None, comment: None };
                bob.approve(&id, &yes).await?;
                tell(ledger, &request, |told| told.approved = true);
            }
        }
        let ask = CredentialAsk::Ssh { public_key: key.to_owned() };
        let credential = carol.credential(&id, &ask).await?;
        let certificate = ssh_key::Certificate::from_openssh(credential.ssh_certificate().unwrap()).unwrap();
        assert_eq!(CredentialId::from_number(certificate.serial()), Some(credential.id));
        tell(ledger, &request, |told| told.serials.push(certificate.serial()));
        if kind > 3 {
            let revoke = Revoke { which: Which::Ids(vec![id.clone()]), comment: None };
            let revoked = carol.revoke(&revoke).await?;
            if revoked.items[0].confirmed {
                tell(ledger, &request, |told| told.revoked = true);
            }
        }
        Ok::<(), Problem>(())
    };
    went.await.map_err(|err| (true, err))
}

/// What the server says of a request, against what a client was told of it.
fn compare(told: &Told, request: &Request, krl: &BTreeSet<u64>) {
    use State::{Active, Approved, Cancelled, Denied, Ending, Expired, Lapsed, Pending, Revoked};
    let state = request.state;
    let kept = match state {
        Pending => !(told.approved || told.denied || told.cancelled || told.revoked),
        // What was decided and not acknowledged may be there, and never beside what was.
        Denied => !(told.approved || told.cancelled || told.revoked),
        Cancelled => !(told.approved || told.denied || told.revoked),
        Approved => !told.revoked && told.serials.is_empty(),
        Active | Ending | Expired => !(told.denied || told.cancelled || told.revoked),
        Revoked => !(told.denied || told.cancelled),
        Lapsed => false,
    };
    assert!(kept, "an acknowledged decision is lost: {told:?}, and the server has {state}: {request:?}");
    if told.revoked {
        let lost: Vec<_> = told.serials.iter().filter(|serial| !krl.contains(serial)).collect();
        assert!(lost.is_empty(), "revoked, and the KRL does not list {lost:?}: {request:?}");
    }
}

/// The serials that a KRL lists, as OpenSSH reads it.
pub fn serials(server: &Server) -> BTreeSet<u64> {
    let file = server.home().join("krl");
    std::fs::File::create(&file).and_then(|mut f| std::io::Write::write_all(&mut f, &server.krl())).unwrap();
    let mut command = clean("ssh-keygen", &server.home());
    command.args(["-Q", "-l", "-f"]).arg(&file);
    let text = run(command).ok().stdout;
    let numbers = text.lines().filter_map(|line| line.trim().strip_prefix("serial: "));
    numbers
        .flat_map(|number| {
            let (from, to) = number.split_once('-').unwrap_or((number, number));
            from.trim().parse::<u64>().unwrap()..=to.trim().parse().unwrap()
        })
        .collect()
}

/// Every event of the log.
fn events(server: &Server) -> Vec<Value> {
    let remote = server.admin().remote();
    let mut found = Vec::new();
    let mut query = EventQuery { limit: Some(10_000), ..EventQuery::default() };
    loop {
        let page = block_on(remote.events(&query)).unwrap();
        found.extend(page.events.iter().map(|event| serde_json::from_str::<Value>(event.get()).unwrap()));
        query.from_seq = page.next_seq;
        if page.end {
            return found;
        }
    }
}

fn requests(server: &Server) -> Vec<Request> {
    let remote = server.admin().remote();
    let mut found = Vec::new();
    let mut query = ListQuery { filter: ListFilter::History, limit: Some(500), after: None };
    loop {
        let page = block_on(remote.list(&query)).unwrap();
        found.extend(page.requests);
        query.after = page.next;
        if query.after.is_none() {
            return found;
        }
    }
}

/// The export of the log verifies where there is no server.
#[track_caller]
pub fn log_verifies(server: &Server) -> u64 {
    let file = server.home().join(format!("export-{}", std::fs::read_dir(server.home()).unwrap().count()));
    let file = file.to_str().unwrap();
    let export = server.admin().jit(&["audit", "export", "--out", file, "-o", "json"]).ok().json();
    let mut offline = server.somebody("auditor");
    offline.set("JIT_SERVER", "http://127.0.0.1:9");
    let key = export["key"].as_str().unwrap();
    let report = offline.jit(&["audit", "verify", file, "--key", key, "-o", "json"]).ok().json();
    assert_eq!((&report["ok"], &report["events"]), (&true.into(), &export["events"]), "{report}");
    report["events"].as_u64().unwrap()
}

#[test]
fn killed_at_a_hundred_random_points_nothing_acknowledged_is_lost_and_no_certificate_is_unrecorded() {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    let seed = u64::from_ne_bytes(bytes) | 1;
    let mut random = Random(seed);
    let began = Instant::now();
    let mut server = Server::start(POLICY);
    // Some die while they start, most while they work, on a fast machine and on a busy one.
    let bound = (began.elapsed() * 3).clamp(Duration::from_millis(250), Duration::from_millis(1500));
    let (carol, bob) = (server.person("carol"), server.person("bob"));
    let key = new_key(carol.home(), "id", &["ed25519"]);
    let key = std::fs::read_to_string(key.with_extension("pub")).unwrap().trim().to_owned();
    let (ledger, stop) = (Mutex::<Ledger>::default(), AtomicBool::new(false));
    let mut survived = 0;
    std::thread::scope(|scope| {
        let _stop = Stop(&stop);
        for number in 0..CLIENTS {
            let (carol, bob, key, ledger, stop) = (&carol, &bob, &key, &ledger, &stop);
            scope.spawn(move || client(number, carol, bob, key, ledger, stop));
        }
        for round in 0..ROUNDS {
            let wait = Duration::from_millis(random.below(u64::try_from(bound.as_millis()).unwrap()));
            let spawned = Instant::now();
            if round > 0 {
                server.spawn(server.command());
            }
            while spawned.elapsed() < wait && !server.is_listening() {
                std::thread::sleep(Duration::from_millis(2));
            }
            if server.is_listening() {
                survived += 1;
                let result = std::panic::catch_unwind(|| check_fresh(&server, &ledger));
                result.unwrap_or_else(|_| panic!("round {round} of {ROUNDS}, seed {seed}"));
                std::thread::sleep(wait.saturating_sub(spawned.elapsed()));
            }
            server.kill();
        }
        server.start_again();
        // A last word with nobody to interrupt it.
        std::thread::sleep(Duration::from_millis(300));
    });
    let result = std::panic::catch_unwind(|| check_all(&server, &ledger));
    let certificates = result.unwrap_or_else(|_| panic!("after {ROUNDS} rounds, seed {seed}"));
    let filed = ledger.lock().unwrap().all.len();
    let events = log_verifies(&server);
    eprintln!(
        "{ROUNDS} kills ({survived} while it served), {filed} requests, {certificates} certificates, {events} events, {:?}",
        began.elapsed()
    );
    assert!(survived >= ROUNDS / 4 && filed >= 60 && certificates >= 10, "too little was tried");
}

/// What was told since the last look.
fn check_fresh(server: &Server, ledger: &Mutex<Ledger>) {
    // First what was told, then the server: it knows at least that.
    let fresh: Vec<(String, Told)> = {
        let mut ledger = ledger.lock().unwrap();
        let ids = std::mem::take(&mut ledger.fresh);
        ids.into_iter().map(|id| (id.clone(), ledger.all[&id].clone())).collect()
    };
    let (krl, remote) = (serials(server), server.admin().remote());
    block_on(async {
        for (id, told) in fresh {
            let request = remote.show(&id).await.unwrap_or_else(|err| panic!("{id} {told:?}: {err}"));
            compare(&told, &request, &krl);
        }
    });
}

/// Everything, when nobody disturbs it any longer. How many certificates there were.
fn check_all(server: &Server, ledger: &Mutex<Ledger>) -> usize {
    // What is due is done soon after the start.
    let all = until("what is due has ended", Duration::from_secs(30), || {
        let now = block_on(server.admin().remote().health()).unwrap().now;
        let all = requests(server);
        let overdue = |r: &Request| !r.state.is_terminal() && r.ends.is_some_and(|end| end < now);
        (!all.iter().any(|r| overdue(r) || r.state == State::Ending)).then_some(all)
    });
    let (krl, events) = (serials(server), events(server));
    let by_id: BTreeMap<String, &Request> = all.iter().map(|r| (r.id.to_string(), r)).collect();
    let ledger = ledger.lock().unwrap();
    for (id, told) in &ledger.all {
        let request = by_id.get(id).unwrap_or_else(|| panic!("request {id} is lost: {told:?}"));
        compare(told, request, &krl);
    }
    // An ask that was repeated because its answer was lost is one request.
    let reasons: BTreeSet<&str> = all.iter().map(|r| r.reason.as_str()).collect();
    assert_eq!(reasons.len(), all.len(), "one key, two requests");

    // INVARIANT 1: the intent, then the certificate.
    let seq_of = |kind: &str| -> BTreeMap<String, u64> {
        let of_kind = events.iter().filter(|event| event["event"]["kind"] == kind);
        of_kind.map(|e| (text(&e["event"]["credential"]), e["seq"].as_u64().unwrap())).collect()
    };
    let (intended, issued) = (seq_of("credential.intended"), seq_of("credential.issued"));
    let mut count = 0;
    for serial in ledger.all.values().flat_map(|told| &told.serials) {
        let id = CredentialId::from_number(*serial).unwrap().to_string();
        assert!(intended[&id] < issued[&id], "certificate {id} was given out without a record");
        count += 1;
    }
    // What was begun and not recorded as made was taken back, or has ended.
    let now = block_on(server.admin().remote().health()).unwrap().now;
    for event in events.iter().filter(|event| event["event"]["kind"] == "credential.intended") {
        let id = text(&event["event"]["credential"]);
        let end: Time = text(&event["event"]["data"]["end"]).parse().unwrap();
        let serial = id.parse::<CredentialId>().unwrap().number();
        let revoked = by_id[&text(&event["event"]["request"])].state == State::Revoked;
        if (revoked || !issued.contains_key(&id)) && end > now {
            assert!(krl.contains(&serial), "{event} is over, and the KRL does not list {serial}");
        }
    }
    count
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// A grant in use for that long.
pub fn active(person: &Person, duration: &str) -> String {
    let key = format!("{:?}", Instant::now());
    let id = person.request(&["shell", "--for", duration, "--idempotency-key", &key]);
    person.credential(&id).ok();
    id
}

pub fn serial(person: &Person) -> u64 {
    let line = std::fs::read_to_string(person.path("id-cert.pub")).unwrap();
    ssh_key::Certificate::from_openssh(line.trim()).unwrap().serial()
}

#[test]
fn what_fell_due_while_the_server_was_down_is_done_within_ten_seconds_of_its_start() {
    let mut server = Server::start(POLICY);
    let carol = server.person("carol");
    let id = active(&carol, "2s");
    let unused = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    server.kill();
    std::thread::sleep(Duration::from_secs(3));
    server.start_again();
    let started = Instant::now();
    let remote = server.admin().remote();
    until("the grant is ended", Duration::from_secs(10), || {
        (block_on(remote.show(&id)).unwrap().state == State::Expired).then_some(())
    });
    eprintln!("overdue work was done {:?} after the start", started.elapsed());
    carol.credential(&id).expect(7);
    assert_eq!(carol.state(&unused), "pending");
}

#[test]
fn a_server_that_slept_through_the_end_revokes_when_it_wakes() {
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let id = active(&carol, "2s");
    server.signal(Signal::STOP);
    std::thread::sleep(Duration::from_secs(3));
    server.signal(Signal::CONT);
    until("expired", Duration::from_secs(10), || (carol.state(&id) == "expired").then_some(()));
}

#[test]
fn a_termination_signal_drains_within_ten_seconds_while_clients_wait() {
    let mut server = Server::start(POLICY);
    let carol = server.person("carol");
    let id = carol.request(&["deploy", "--on", "web-1", "--for", "10m", "--reason", "x"]);
    let waiting: Vec<_> = (0..3).map(|_| carol.start(&["wait", &id])).collect();
    let port: u16 = server.url().rsplit(':').next().unwrap().parse().unwrap();
    until("three clients wait", Duration::from_secs(20), || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let local = format!(":{port:04X}");
        let open = table.lines().filter(|line| {
            let mut fields = line.split_whitespace().skip(1);
            fields.next().is_some_and(|address| address.ends_with(&local)) && fields.nth(1) == Some("01")
        });
        (open.count() >= 3).then_some(())
    });
    let (code, took) = server.stop();
    assert_eq!(code, 0, "{}", server.stderr());
    assert!(took < Duration::from_secs(10), "{took:?}");
    drop(waiting);
    server.start_again();
    assert_eq!(carol.state(&id), "pending");
    let kinds: Vec<String> = events(&server).iter().map(|event| text(&event["event"]["kind"])).collect();
    assert!(kinds.iter().any(|kind| kind == "server.stopped"), "{kinds:?}");
    log_verifies(&server);
}

#[test]
fn a_second_server_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let server = Server::start(POLICY);
    let before = server.url();
    let out = run(server.command()).expect(1);
    let error = out.error();
    let pid = server.pid().as_raw_nonzero().to_string();
    assert!(error["message"].as_str().unwrap().contains(&pid), "it names who has it: {error}");
    assert!(error["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{error}");
    assert_eq!(server.url(), before);
    server.admin().jit(&["whoami"]).ok();
}
