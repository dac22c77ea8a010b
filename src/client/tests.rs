//! The remote backend against a real server on a free port.

use std::sync::Arc;

use super::*;
use crate::ops::conformance::tests::{ALONE, passes, subject};
use crate::ops::testing::{POLICY, World};
use crate::ops::{Call, Home};
use crate::server::{Options, SshFiles};

struct Ca;

impl SshFiles for Ca {
    fn ca_public_line(&self) -> String {
        "ssh-ed25519 AAAA".into()
    }

    fn krl(&self) -> Arc<[u8]> {
        Arc::from(b"SSHKRL".as_slice())
    }
}

/// A server in this process, stopped when dropped.
struct Serving {
    url: Url,
    _stop: tokio::sync::oneshot::Sender<()>,
}

async fn serve(world: &World) -> Serving {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let options = Options { listener, behind_proxy: false };
    let engine = Arc::clone(&world.engine);
    tokio::spawn(crate::server::run(engine, Arc::new(Ca), options, async {
        let _ = stopped.await;
    }));
    Serving { url, _stop: stop }
}

async fn log_in(world: &World, url: &Url, name: &str, keeper: Arc<dyn TokenKeeper>) -> Remote {
    let code = world.engine.enrol_user(&world.admin, &name.parse().unwrap()).await.unwrap().code;
    let remote = Remote::new(url.clone(), None, keeper).unwrap();
    let tokens = remote.login(&code).await.unwrap();
    remote.keeper.keep(&tokens);
    remote
}

#[derive(Default)]
struct Kept(Mutex<Option<api::Tokens>>);

impl TokenKeeper for Kept {
    fn renewal(&self) -> Option<String> {
        self.0.lock().unwrap().as_ref().and_then(|tokens| tokens.renewal.clone())
    }

    fn keep(&self, tokens: &api::Tokens) {
        let mut kept = self.0.lock().unwrap();
        let renewal = tokens.renewal.clone().or_else(|| kept.as_ref().and_then(|old| old.renewal.clone()));
        *kept = Some(api::Tokens { renewal, ..tokens.clone() });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_remote_backend_is_a_backend() {
    let world = World::with(Home::Directory, &POLICY.replace("\"me\"", "\"root\"")).await;
    let serving = serve(&world).await;
    let remote = log_in(&world, &serving.url, "root", Arc::new(NoKeeper)).await;
    assert_eq!(passes(&subject(Arc::new(remote), "self")).await, ALONE);
    let carol = log_in(&world, &serving.url, "carol", Arc::new(NoKeeper)).await;
    let bob = log_in(&world, &serving.url, "bob", Arc::new(NoKeeper)).await;
    let mut decided = subject(Arc::new(carol), "one");
    decided.approver = Some(Arc::new(bob));
    decided.resource = Some("web-1".to_owned());
    decided.ticket = Some("OPS-1".to_owned());
    // Only an administrator sees the whole log, and `carol` is none.
    decided.offers = Box::new(|call| !matches!(call, Call::Events | Call::Checkpoints));
    let log = [
        "the log tells what became of a request",
        "the log verifies with its checkpoints",
        "evidence is signed with the log's key, as it was shown",
    ];
    assert_eq!(passes(&decided).await, log);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_over_is_renewed_once_and_a_logout_ends_both_tokens() {
    let world = World::new().await;
    let serving = serve(&world).await;
    let kept = Arc::new(Kept::default());
    let remote = log_in(&world, &serving.url, "carol", Arc::clone(&kept) as _).await;
    let first = remote.token().unwrap();
    world.clock.advance(31 * 60);
    assert_eq!(remote.whoami().await.unwrap().principal.subject.as_str(), "carol");
    assert_ne!(remote.token().unwrap(), first);
    remote.logout().await.unwrap();
    assert_eq!(remote.whoami().await.unwrap_err().code, Code::NotLoggedIn);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_and_not_logged_out() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let remote = Remote::new(url, Some("jit_a_x".into()), Arc::new(NoKeeper)).unwrap();
    let problem = remote.whoami().await.unwrap_err();
    assert_eq!(problem.code, Code::Unreachable);
    assert!(problem.retryable, "{problem}");
}

async fn raw(url: &Url, text: String) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", url.port().unwrap())).await.unwrap();
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// One POST with this body, over a connection of its own.
async fn post_raw(url: &Url, token: &str, path: &str, body: &str) -> String {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    raw(url, head + body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_carries_more_than_it_may_changes_nothing() {
    let world = World::new().await;
    let serving = serve(&world).await;
    let remote = log_in(&world, &serving.url, "carol", Arc::new(NoKeeper)).await;
    let token = remote.token().unwrap();
    let nested = format!("{}{}", "[".repeat(60_000), "]".repeat(3_000));
    let good = r#""role":"self","duration":"10m","reason":"x""#;
    for (body, status) in [
        (format!("{{{good},\"approver\":\"carol\"}}"), "400"),
        (format!("{{{good},\"status\":\"approved\"}}"), "400"),
        (format!("{{{good},\"requester\":\"bob\"}}"), "400"),
        (format!("{{{good},\"expiry\":\"2099-01-01T00:00:00Z\"}}"), "400"),
        (format!("{{{good},\"groups\":[\"leads\"]}}"), "400"),
        (format!("{{{good},\"role\":\"two\"}}"), "400"),
        (format!("{{{good}}} x"), "400"),
        (r#"{"role":"self","duration":600,"reason":"x"}"#.to_owned(), "400"),
        (r#"{"role":"self","duration":"1M","reason":"x"}"#.to_owned(), "400"),
        (r#"{"role":"self","duration":"10m","reason":"\ud800"}"#.to_owned(), "400"),
        (nested, "400"),
        ("x".repeat(70_000), "413"),
        (String::new(), "400"),
    ] {
        let answer = post_raw(&serving.url, &token, "/v1/requests", &body).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{body:.60} → {answer:.200}");
    }
    assert!(remote.list(&api::ListQuery::default()).await.unwrap().requests.is_empty());
    // A body of a gigabyte is refused by its announced length, before it is sent.
    let huge = format!(
        "POST /v1/requests HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: 1073741824\r\n\r\n"
    );
    assert!(raw(&serving.url, huge).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_but_the_public_ones_refuses_a_caller_without_a_token() {
    let world = World::new().await;
    let serving = serve(&world).await;
    for (method, path) in [
        ("GET", "/v1/requests"),
        ("POST", "/v1/requests"),
        ("GET", "/v1/requests/x"),
        ("POST", "/v1/requests/x/approve"),
        ("POST", "/v1/requests/x/deny"),
        ("POST", "/v1/requests/x/cancel"),
        ("POST", "/v1/requests/x/credential"),
        ("POST", "/v1/revoke"),
        ("GET", "/v1/roles"),
        ("GET", "/v1/roles/x"),
        ("POST", "/v1/logout"),
        ("GET", "/v1/whoami"),
        ("GET", "/v1/health"),
        ("GET", "/v1/policy"),
        ("GET", "/v1/users"),
        ("POST", "/v1/users"),
        ("POST", "/v1/users/x/enrol"),
        ("POST", "/v1/users/x/disable"),
        ("GET", "/v1/audit/events"),
        ("GET", "/v1/audit/checkpoints"),
    ] {
        for header in ["", "authorization: Bearer jit_a_x\r\n", "authorization: Basic eDp4\r\n"] {
            let text = format!(
                "{method} {path} HTTP/1.1\r\nhost: x\r\n{header}connection: close\r\ncontent-length: 0\r\n\r\n"
            );
            let answer = raw(&serving.url, text).await;
            assert!(answer.starts_with("HTTP/1.1 401"), "{method} {path}: {answer:.200}");
        }
    }
    for (path, status) in
        [("/v1/ssh/krl", "200"), ("/v1/ssh/ca", "200"), ("/v1/nothing", "404"), ("/", "404")]
    {
        let answer =
            raw(&serving.url, format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer:.200}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_slow_connections_do_not_delay_an_end() {
    let world = World::new().await;
    let serving = serve(&world).await;
    let mut slow = Vec::new();
    for _ in 0..1000 {
        use tokio::io::AsyncWriteExt;
        let mut stream =
            tokio::net::TcpStream::connect(("127.0.0.1", serving.url.port().unwrap())).await.unwrap();
        stream.write_all(b"GET /v1/who").await.unwrap();
        slow.push(stream);
    }
    let request = world.active().await;
    world.clock.advance(600);
    let id = request.id.to_string();
    let mut shown = request;
    for _ in 0..50 {
        shown = world.engine.wait(&world.admin, &id, shown.revision, Span::clamped(1)).await.unwrap();
        if shown.state.is_terminal() {
            break;
        }
    }
    assert_eq!(shown.state, crate::domain::State::Expired);
    drop(slow);
}

#[path = "follow_tests.rs"]
mod follow;
