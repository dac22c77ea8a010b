//! Channels against real receivers, and what goes wrong with those. Webhooks are here.

mod receivers;

use std::sync::Mutex;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::*;
use crate::audit::{Chain, Draft, EventKind};
use crate::domain::{Principal, RequestId};
use crate::rsyslog::Rsyslog;
use crate::smtpd::Smtpd;

/// A log in memory, and whom its requests concern.
#[derive(Default)]
pub(super) struct Log {
    state: Mutex<(Chain, Vec<Event>)>,
    now: Mutex<i64>,
    pub parties: Parties,
}

const START: i64 = 1_795_000_000_000;

impl Log {
    /// With a requester and two who decide, one of whom has an address for a name.
    fn with_people() -> Arc<Self> {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let deciders = vec![name("bob@acme.example"), name("alice"), name("dave")];
        let parties =
            Parties { requester: Some(name("carol")), deciders, stage: Some(0), answerers: Vec::new() };
        Arc::new(Self { now: Mutex::new(START), parties, ..Self::default() })
    }

    /// An event of a request of carol's.
    fn of_request(&self, kind: EventKind, actor: Option<&str>, reason: &str) {
        let mut draft = Draft::new(self.now(), kind).data("reason", reason).data("duration", "1h");
        let name = |text: &str| text.parse::<Name>().unwrap();
        draft.request = Some(RequestId::from_random([7; 8]));
        draft.role = Some(name("deploy"));
        draft.resource = Some(name("web-1"));
        draft.actor = actor.map(|actor| Principal { issuer: name("jit"), subject: name(actor) });
        self.push(draft);
    }

    pub fn new() -> Arc<Self> {
        Arc::new(Self { now: Mutex::new(START), ..Self::default() })
    }

    pub fn push(&self, draft: Draft) {
        let (chain, events) = &mut *self.state.lock().unwrap();
        events.push(chain.seal(draft).unwrap().event);
    }

    /// Events that differ in their reason.
    pub fn file(&self, reasons: impl IntoIterator<Item = usize>) {
        for reason in reasons {
            self.push(Draft::new(self.now(), EventKind::RequestFiled).data("reason", reason));
        }
    }

    fn later(&self, span: crate::domain::Span) {
        *self.now.lock().unwrap() += span.millis();
    }

    /// The failures that were told of: channel, how many were dropped.
    pub fn failures(&self) -> Vec<(String, String)> {
        let state = self.state.lock().unwrap();
        let failed = state.1.iter().filter(|event| event.event.kind == EventKind::NoticeFailed);
        let text = |event: &Event, key: &str| event.event.data.get(key).cloned().unwrap_or_default();
        failed.map(|event| (text(event, "channel"), text(event, "dropped"))).collect()
    }
}

#[async_trait]
impl Feed for Log {
    fn now(&self) -> Time {
        Time::from_millis(*self.now.lock().unwrap())
    }
    async fn size(&self) -> Result<u64, FeedError> {
        Ok(self.state.lock().unwrap().1.len() as u64)
    }
    async fn events(&self, from_seq: u64, limit: usize) -> Result<Vec<Event>, FeedError> {
        let state = self.state.lock().unwrap();
        Ok(state.1.iter().filter(|event| event.seq >= from_seq).take(limit).cloned().collect())
    }
    async fn parties(&self, _: &Draft) -> Result<Parties, FeedError> {
        Ok(self.parties.clone())
    }
    async fn failed(&self, channel: &Name, error: &str, dropped: u64) -> Result<(), FeedError> {
        let draft =
            Draft::new(self.now(), EventKind::NoticeFailed).data("channel", channel).data("error", error);
        self.push(if dropped > 0 { draft.data("dropped", dropped) } else { draft });
        Ok(())
    }
}

pub(super) const QUICK: Pace = Pace {
    look: Duration::from_millis(10),
    first: Duration::from_millis(20),
    longest: Duration::from_millis(100),
    limit: Duration::from_millis(1500),
};

pub(super) async fn until(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < Duration::from_secs(20), "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

/// A receiver of webhooks, which checks each signature as a receiver should.
struct Receiver {
    seen: Mutex<Vec<(String, Value)>>,
    /// What it answers, the first first; then 200.
    answers: Mutex<Vec<Answer>>,
}

#[derive(Clone, Copy)]
enum Answer {
    Status(u16),
    Slow,
    /// Without an end, as a gigabyte would be.
    Endless,
    Redirect(u16),
}

impl Receiver {
    fn new(answers: &[Answer]) -> Arc<Self> {
        let answers = Mutex::new(answers.iter().rev().copied().collect());
        Arc::new(Self { seen: Mutex::default(), answers })
    }

    /// Listens on that port, or on any; ends when what it returns is dropped.
    async fn listen(self: &Arc<Self>, port: u16) -> (u16, impl Drop + use<>) {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = Router::new().route("/hook", post(Self::take)).with_state(Arc::clone(self));
        let task = tokio::spawn(async move { axum::serve(listener, app).await });
        struct End(tokio::task::JoinHandle<std::io::Result<()>>);
        impl Drop for End {
            fn drop(&mut self) {
                self.0.abort();
            }
        }
        (port, End(task))
    }

    async fn take(State(receiver): State<Arc<Self>>, headers: HeaderMap, body: Bytes) -> Response {
        let header = |name: &str| headers.get(name).unwrap().to_str().unwrap();
        let mut signed = format!("{}.{}.", header("webhook-id"), header("webhook-timestamp")).into_bytes();
        signed.extend_from_slice(&body);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, SECRET);
        let signature = header("webhook-signature").strip_prefix("v1,").unwrap();
        ring::hmac::verify(&key, &signed, &STANDARD.decode(signature).unwrap()).expect("signed by us");
        let answer = receiver.answers.lock().unwrap().pop().unwrap_or(Answer::Status(200));
        match answer {
            Answer::Slow => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                StatusCode::OK.into_response()
            }
            Answer::Redirect(port) => {
                let to = format!("http://127.0.0.1:{port}/hook");
                (StatusCode::TEMPORARY_REDIRECT, [("location", to)]).into_response()
            }
            Answer::Status(status) if status != 200 => StatusCode::from_u16(status).unwrap().into_response(),
            Answer::Status(_) | Answer::Endless => {
                let id = header("webhook-id").to_owned();
                receiver.seen.lock().unwrap().push((id, serde_json::from_slice(&body).unwrap()));
                if matches!(answer, Answer::Endless) {
                    return Body::new(Endless).into_response();
                }
                StatusCode::OK.into_response()
            }
        }
    }

    fn reasons(&self) -> Vec<usize> {
        let seen = self.seen.lock().unwrap();
        let reason = |body: &Value| {
            body["data"]["event"]["data"]["reason"].as_str().and_then(|text| text.parse().ok())
        };
        seen.iter().filter_map(|(_, body)| reason(body)).collect()
    }
}

/// A body that never ends.
struct Endless;

impl hyper::body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Ready(Some(Ok(hyper::body::Frame::data(Bytes::from_static(&[b'x'; 65536])))))
    }
}

/// A world of one test: the log, and a folder with the secret and the cursors.
pub(super) struct World {
    pub log: Arc<Log>,
    pub dir: tempfile::TempDir,
}

impl World {
    pub fn new(log: Arc<Log>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let secret = format!("whsec_{}\n", STANDARD.encode(SECRET));
        files::write_private(&dir.path().join("secret"), secret.as_bytes()).unwrap();
        Self { log, dir }
    }

    pub fn hook(&self, name: &str, port: u16, more: &str) -> String {
        let secret = self.dir.path().join("secret");
        format!(
            "[channel.{name}]\nkind = \"webhook\"\nurl = \"http://127.0.0.1:{port}/hook\"\nsecret-file = \"{}\"\nallow-private = true\n{more}\n",
            secret.display()
        )
    }

    pub async fn start(&self, text: &str) -> Delivery {
        let file = self.dir.path().join("channels.toml");
        files::write_private(&file, text.as_bytes()).unwrap();
        let channels = Channels::load(&file).unwrap();
        let feed: Arc<dyn Feed> = Arc::clone(&self.log) as _;
        Delivery::start(channels, self.dir.path().join("notices"), feed, QUICK).await.unwrap()
    }

    fn cursor(&self, name: &str) -> u64 {
        let path = cursor::path(&self.dir.path().join("notices"), &name.parse().unwrap());
        cursor::read(&path).unwrap().unwrap().next
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_signed_and_carries_the_event_as_it_is_in_the_log() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[]));
    let (port, _server) = receiver.listen(0).await;
    world.log.file([0]);
    let _delivery = world.start(&world.hook("siem", port, "")).await;
    world.log.file(1..4);
    until("three came", || receiver.reasons().len() == 3).await;
    assert_eq!(receiver.reasons(), [1, 2, 3], "a new channel begins with what happens from now on, in order");
    let seen = receiver.seen.lock().unwrap().clone();
    let event: Event = serde_json::from_value(seen[0].1["data"].clone()).unwrap();
    assert_eq!(event, world.log.state.lock().unwrap().1[1]);
    assert_eq!(seen[0].1["type"], "request.filed");
    assert!(seen[0].0.starts_with("evt_") && seen[0].0 != seen[1].0);
    assert!(world.log.failures().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_receiver_missed_while_it_was_down_comes_in_order_and_the_outage_is_told_of_once() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[]));
    let (port, server) = receiver.listen(0).await;
    let _delivery = world.start(&world.hook("siem", port, "events = [\"request.*\"]")).await;
    world.log.file([0]);
    until("it works", || receiver.reasons().len() == 1).await;
    drop(server);
    world.log.file(1..50);
    until("it is told of", || !world.log.failures().is_empty()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (_, _server) = receiver.listen(port).await;
    until("all came", || receiver.reasons().len() >= 50).await;
    assert_eq!(receiver.reasons(), (0..50).collect::<Vec<_>>());
    assert_eq!(world.log.failures(), [("siem".to_owned(), String::new())]);
    until("its place is kept", || world.cursor("siem") >= 50).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_a_receiver_are_tried_again_with_the_same_id_until_it_takes_the_notice() {
    let answers =
        [Answer::Status(500), Answer::Status(503), Answer::Status(429), Answer::Status(404), Answer::Slow];
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&answers));
    let (port, _server) = receiver.listen(0).await;
    let _delivery = world.start(&world.hook("siem", port, "events = [\"request.*\"]")).await;
    world.log.file(0..3);
    until("all came", || receiver.reasons().len() >= 3).await;
    assert_eq!(receiver.reasons(), [0, 1, 2]);
    assert_eq!(world.log.failures().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_channel_holds_up_no_other() {
    let (world, good, bad) =
        (World::new(Log::new()), Receiver::new(&[]), Receiver::new(&[Answer::Slow; 100]));
    let ((good_port, _a), (bad_port, _b)) = (good.listen(0).await, bad.listen(0).await);
    let text = world.hook("a-bad", bad_port, "") + &world.hook("good", good_port, "");
    let _delivery = world.start(&text).await;
    let began = Instant::now();
    world.log.file(0..20);
    until("the good one has all", || good.reasons().len() == 20).await;
    assert!(began.elapsed() < QUICK.limit * 5, "{:?}", began.elapsed());
    until("the good one is told of the bad one", || {
        good.seen.lock().unwrap().iter().any(|(_, body)| body["type"] == "notice.failed")
    })
    .await;
    assert!(bad.reasons().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_not_followed() {
    let (world, elsewhere) = (World::new(Log::new()), Receiver::new(&[]));
    let (to, _elsewhere) = elsewhere.listen(0).await;
    let receiver = Receiver::new(&[Answer::Redirect(to); 3]);
    let (port, _server) = receiver.listen(0).await;
    let _delivery = world.start(&world.hook("siem", port, "events = [\"request.*\"]")).await;
    world.log.file([0]);
    until("it came where it belongs", || receiver.reasons() == [0]).await;
    assert!(elsewhere.seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_in_a_private_network_is_not_called_unless_that_is_said() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[]));
    let (port, _server) = receiver.listen(0).await;
    let hook = world.hook("siem", port, "").replace("allow-private = true", "");
    // By its address, and by a name that leads there.
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let failures = world.log.failures().len();
        let text = hook.replace("http://127.0.0.1", &format!("https://{host}"));
        let delivery = world.start(&text).await;
        world.log.file([0]);
        until("it is told of", || world.log.failures().len() > failures).await;
        drop(delivery);
        let state = world.log.state.lock().unwrap();
        let why = &state.1.last().unwrap().event.data["error"];
        assert!(why.contains("no public address"), "{host}: {why}");
        drop(state);
        std::fs::remove_dir_all(world.dir.path().join("notices")).unwrap();
    }
    assert!(receiver.seen.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_an_end_is_not_read() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[Answer::Endless; 3]));
    let (port, _server) = receiver.listen(0).await;
    let _delivery = world.start(&world.hook("siem", port, "")).await;
    world.log.file(0..5);
    until("all came", || receiver.reasons().len() >= 5).await;
    // Who reads it runs out of time, and sends again.
    assert_eq!(receiver.reasons(), [0, 1, 2, 3, 4]);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_in_an_outage_nothing_is_lost_and_it_is_not_told_of_again() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[]));
    let (port, server) = receiver.listen(0).await;
    drop(server);
    let text = world.hook("siem", port, "events = [\"request.*\"]");
    let delivery = world.start(&text).await;
    world.log.file(0..10);
    until("it is told of", || world.log.failures().len() == 1).await;
    drop(delivery);
    world.log.file(10..20);
    let _delivery = world.start(&text).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (_, _server) = receiver.listen(port).await;
    until("all came", || receiver.reasons().len() >= 20).await;
    assert_eq!(receiver.reasons(), (0..20).collect::<Vec<_>>());
    assert_eq!(world.log.failures().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_a_receiver_refuses_for_good_is_left_out_and_that_is_said() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[Answer::Status(422); 10]));
    let (port, _server) = receiver.listen(0).await;
    let _delivery = world.start(&world.hook("siem", port, "events = [\"request.*\"]")).await;
    world.log.file(0..4);
    until("the others came", || receiver.reasons() == [2, 3]).await;
    let told = |dropped: &str| ("siem".to_owned(), dropped.to_owned());
    until("it is said", || world.log.failures().len() == 3).await;
    assert_eq!(world.log.failures(), [told(""), told("1"), told("2")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_than_is_kept_is_left_out_and_what_is_not_comes() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[]));
    let (port, server) = receiver.listen(0).await;
    drop(server);
    let _delivery = world.start(&world.hook("siem", port, "events = [\"request.*\"]\nkeep = \"1h\"")).await;
    world.log.file(0..3);
    until("it is told of", || !world.log.failures().is_empty()).await;
    world.log.later(crate::domain::Span::clamped(3601));
    world.log.file([7]);
    until("the old ones are left out", || world.log.failures().len() == 2).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (_, _server) = receiver.listen(port).await;
    until("the new one came", || receiver.reasons() == [7]).await;
    until("how many is said", || world.log.failures().len() == 3).await;
    assert_eq!(world.log.failures()[2].1, "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_tells_all_from_there_again_with_the_same_ids() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[]));
    let (port, _server) = receiver.listen(0).await;
    let delivery = world.start(&world.hook("siem", port, "")).await;
    let desk = delivery.desk();
    world.log.file(0..6);
    until("all came", || receiver.reasons().len() == 6).await;
    assert!(!desk.replay(&"other".parse().unwrap(), 0));
    assert!(desk.replay(&"siem".parse().unwrap(), 3));
    until("they came again", || receiver.reasons().len() == 9).await;
    assert_eq!(receiver.reasons(), [0, 1, 2, 3, 4, 5, 3, 4, 5]);
    {
        let seen = receiver.seen.lock().unwrap();
        assert_eq!(seen[3].0, seen[6].0);
    }
    // From behind the end, nothing comes again and nothing is left out.
    assert!(desk.replay(&"siem".parse().unwrap(), 1000));
    world.log.file([6]);
    until("the new one came", || receiver.reasons().len() == 10).await;
    until("it stands behind it", || desk.places()[0].next == 7).await;
    let standing = &desk.places()[0];
    assert_eq!((standing.name.as_str(), standing.kind, standing.down), ("siem", "webhook", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_is_asked_for_in_an_outage_outlives_a_restart_and_loses_nothing() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[]));
    let (port, server) = receiver.listen(0).await;
    let text = world.hook("siem", port, "events = [\"request.*\"]");
    let delivery = world.start(&text).await;
    world.log.file(0..2);
    until("all came", || receiver.reasons().len() == 2).await;
    drop(server);
    world.log.file([2]);
    let desk = delivery.desk();
    until("it is known to be down", || desk.places()[0].down.is_some()).await;
    assert!(desk.places()[0].error.is_some());
    assert!(desk.replay(&"siem".parse().unwrap(), 1));
    until("it is on the disk", || world.cursor("siem") == 1).await;
    drop(delivery);
    let (_, _server) = receiver.listen(port).await;
    let delivery = world.start(&text).await;
    until("they came", || receiver.reasons().len() == 4).await;
    assert_eq!(receiver.reasons(), [0, 1, 1, 2]);
    until("it is up", || delivery.desk().places()[0].down.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_gets_what_its_filter_lets_through_and_nothing_else() {
    let (world, receiver) = (World::new(Log::new()), Receiver::new(&[]));
    let (port, _server) = receiver.listen(0).await;
    let filter = "events = [\"request.*\", \"grant.end-failed\"]\nseverity = \"low\"\nroles = [\"prod-*\"]";
    let _delivery = world.start(&world.hook("siem", port, filter)).await;
    for (kind, role) in [
        (EventKind::RequestFiled, Some("prod-db")),
        (EventKind::RequestRefused, Some("prod-db")),
        (EventKind::RequestRefused, Some("dev-db")),
        (EventKind::RequestRefused, None),
        (EventKind::GrantExpired, Some("prod-db")),
        (EventKind::GrantEndFailed, Some("prod-db")),
    ] {
        let mut draft = Draft::new(world.log.now(), kind);
        draft.role = role.map(|role| role.parse().unwrap());
        world.log.push(draft);
    }
    until("two came", || receiver.seen.lock().unwrap().len() == 2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let kinds: Vec<Value> =
        receiver.seen.lock().unwrap().iter().map(|(_, body)| body["type"].clone()).collect();
    assert_eq!(kinds, ["request.refused", "grant.end-failed"]);
}

#[tokio::test]
async fn a_damaged_cursor_is_an_error_and_no_guess() {
    let world = World::new(Log::new());
    let dir = world.dir.path().join("notices");
    files::private_dir(&dir).unwrap();
    files::write_private(&dir.join("siem.cursor"), b"{\"next\":-1}").unwrap();
    files::write_private(&world.dir.path().join("c"), world.hook("siem", 1, "").as_bytes()).unwrap();
    let channels = Channels::load(&world.dir.path().join("c")).unwrap();
    let feed: Arc<dyn Feed> = Arc::clone(&world.log) as _;
    let started = Delivery::start(channels, dir, feed, QUICK).await;
    assert!(matches!(started, Err(StartError::Cursor { .. })));
}
