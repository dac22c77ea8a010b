//! The stream of events against a real server: who sees what, and what a cut connection leaves.

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::*;
use crate::audit::{Draft, Event, EventKind};
use crate::domain::{Span, Time};
use crate::store::{Change, Store};

fn ask(from_seq: u64) -> api::Follow {
    api::Follow { from_seq, tail: None, wait: Span::clamped(5) }
}

fn events(page: &api::Events) -> Vec<Event> {
    page.events.iter().map(|event| serde_json::from_str(event.get()).unwrap()).collect()
}

/// Everything from there on, until the log has no more.
async fn all(remote: &Remote, mut from_seq: u64) -> Vec<Event> {
    let mut found = Vec::new();
    loop {
        let page = remote.follow(&api::Follow { wait: Span::clamped(1), ..ask(from_seq) }).await.unwrap();
        if page.events.is_empty() {
            return found;
        }
        found.extend(events(&page));
        from_seq = page.next_seq;
    }
}

/// A network between client and server that is cut when its task is aborted.
async fn network(to: &Url) -> (Url, std::net::SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let url = format!("http://{at}/").parse().unwrap();
    (url, at, forward(listener, to))
}

fn forward(listener: TcpListener, to: &Url) -> JoinSet<()> {
    let port = to.port().unwrap();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        // The connections end with this task.
        let mut open = JoinSet::new();
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            open.spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    tasks
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_cut_connection_a_stream_goes_on_where_it_ended_without_a_gap_or_a_repetition() {
    let world = World::new().await;
    let serving = serve(&world).await;
    let (url, at, mut cable) = network(&serving.url).await;
    let root = log_in(&world, &url, "root", Arc::new(NoKeeper)).await;
    let mut seen = Vec::new();
    let mut next = 0;
    for round in 0..3 {
        let request = world.ask("carol", "one").await;
        let _ = world.revoke("carol", api::Which::Ids(vec![request.id.to_string()])).await.unwrap();
        // Until this round's last event was there.
        while !seen.iter().any(|event: &Event| {
            event.event.request == Some(request.id) && event.event.kind.as_str() == "request.cancelled"
        }) {
            let page = root.follow(&ask(next)).await.unwrap();
            seen.extend(events(&page));
            next = page.next_seq;
        }
        if round < 2 {
            cable.shutdown().await;
            world.ask("carol", "self").await;
            let cut = root.follow(&ask(next)).await.unwrap_err();
            assert!(cut.retryable, "{cut}");
            cable = forward(TcpListener::bind(at).await.unwrap(), &serving.url);
        }
    }
    let numbers: Vec<u64> = seen.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (0..numbers.len() as u64).collect::<Vec<_>>());
    let size = world.engine.log_size().await.unwrap();
    assert!(numbers.len() as u64 >= size - 1, "{} of {size}", numbers.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_administrators_see_what_is_not_about_requests_of_theirs() {
    let alerts = "[alert.hasty]\non = \"hasty-approval\"\nwithin = \"1m\"\n";
    let world = World::with(Home::Directory, &format!("{POLICY}{alerts}")).await;
    world.engine.watch().await.unwrap();
    let serving = serve(&world).await;
    let root = log_in(&world, &serving.url, "root", Arc::new(NoKeeper)).await;
    let carol = log_in(&world, &serving.url, "carol", Arc::new(NoKeeper)).await;
    let eve = log_in(&world, &serving.url, "eve", Arc::new(NoKeeper)).await;
    let request = world.ask("carol", "one").await;
    world.approve("bob", &request).await.unwrap();
    world.engine.watch().await.unwrap();
    let kinds = |events: Vec<Event>| -> Vec<String> {
        events.iter().map(|event| event.event.kind.to_string()).collect()
    };
    let everything = kinds(all(&root, 0).await);
    for kind in ["user.added", "login.succeeded", "request.filed", "alert.raised"] {
        assert!(everything.iter().any(|seen| seen == kind), "{kind}: {everything:?}");
    }
    // Hers, and not that it was looked at.
    assert_eq!(kinds(all(&carol, 0).await), ["request.filed", "request.vote", "request.approved"]);
    assert_eq!(kinds(all(&eve, 0).await), Vec::<String>::new());
    let query = api::EventQuery { request: Some(request.id.to_string()), ..api::EventQuery::default() };
    let page = carol.events(&query).await.unwrap();
    assert_eq!(kinds(events(&page)), ["request.filed", "request.vote", "request.approved"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_begins_at_the_end_of_the_log_or_a_little_before() {
    let world = World::new().await;
    let serving = serve(&world).await;
    let root = log_in(&world, &serving.url, "root", Arc::new(NoKeeper)).await;
    let size = world.engine.log_size().await.unwrap();
    let page = root.follow(&api::Follow { tail: Some(3), ..ask(0) }).await.unwrap();
    assert!(page.events.len() <= 3 && events(&page)[0].seq >= size - 3);
    let eve = log_in(&world, &serving.url, "eve", Arc::new(NoKeeper)).await;
    let none = eve.follow(&api::Follow { tail: Some(3), wait: Span::clamped(1), ..ask(0) }).await.unwrap();
    assert!(none.events.is_empty() && none.next_seq >= size, "she was told where the log ends");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_is_server_sent_events_with_the_number_as_its_id() {
    let world = World::new().await;
    let serving = serve(&world).await;
    let root = log_in(&world, &serving.url, "root", Arc::new(NoKeeper)).await;
    let token = root.token().unwrap();
    let call = |more: &str| {
        let head = "GET /v1/events/stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
        raw(&serving.url, format!("{head}authorization: Bearer {token}\r\n{more}\r\n"))
    };
    let answer = call("last-event-id: 0\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.to_lowercase().contains("content-type: text/event-stream"), "{answer}");
    assert!(answer.contains("id: 1\nevent: ") && !answer.contains("id: 0\n"), "{answer}");
    assert!(answer.contains("\ndata: {\"v\":1,\"seq\":1,"), "{answer}");
    assert!(call("last-event-id: x\r\n").await.starts_with("HTTP/1.1 400"));
    let anybody =
        raw(&serving.url, "GET /v1/events/stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".into());
    assert!(anybody.await.starts_with("HTTP/1.1 401"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_connection_of_somebody_who_does_not_read_is_cut() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let world = World::new().await;
    let serving = serve(&world).await;
    let root = log_in(&world, &serving.url, "root", Arc::new(NoKeeper)).await;
    // More than both ends of a connection hold for each other.
    let text = "x".repeat(60_000);
    for _ in 0..40 {
        let long =
            || Draft::new(Time::from_millis(1_800_000_000_000), EventKind::OnCallChanged).data("x", &text);
        let change = Change { writes: Vec::new(), events: (0..10).map(|_| long()).collect() };
        world.store.commit(change).await.unwrap();
    }
    let all = 40 * 10 * text.len();
    let mut stream = TcpStream::connect(("127.0.0.1", serving.url.port().unwrap())).await.unwrap();
    let head = "GET /v1/events/stream?from_seq=0 HTTP/1.1\r\nhost: x\r\n";
    let token = root.token().unwrap();
    stream.write_all(format!("{head}authorization: Bearer {token}\r\n\r\n").as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let mut got = Vec::new();
    // It has ended, well or not; who reads gets it all, and waits for more.
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut got)).await;
    assert!(ended.is_ok(), "it is still open after {} of {all} bytes", got.len());
    assert!(got.len() < all, "{} of {all}", got.len());
}
