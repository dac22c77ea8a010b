//! The server: routing, authentication, one file of handlers per noun, and the reconciler.

mod activity;
mod alerts;
mod audit;
mod channels;
mod connections;
mod contractors;
mod delegations;
mod evidence;
mod extract;
mod requests;
mod reviews;
mod roles;
mod scim;
mod sessions;
mod stream;
mod training;
mod users;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use crate::api::{Code, Problem};
use crate::ops::{Engine, Error};

/// How often the reconciler looks for what is due: well within the second that is promised.
const TICK: Duration = Duration::from_millis(250);
/// How often it is looked which reviews are over.
const REVIEWS: Duration = Duration::from_secs(5);
/// How often the targets are compared with the records.
const SWEEP: Duration = Duration::from_secs(300);
/// A body is a few kilobytes at most: a public key, a reason.
const LARGEST_BODY: usize = 64 * 1024;
/// Longer than the longest long-poll.
const SLOWEST_ANSWER: Duration = Duration::from_secs(90);
/// How long a termination signal waits for calls that are under way.
const DRAIN: Duration = Duration::from_secs(8);

/// What the server serves beside the engine: public parts of the ssh provider.
pub trait SshFiles: Send + Sync {
    /// One line for sshd's `TrustedUserCAKeys`.
    fn ca_public_line(&self) -> String;
    /// The current revocation list, in OpenSSH's binary form.
    fn krl(&self) -> Arc<[u8]>;
}

/// What every handler has.
pub struct Shared {
    engine: Arc<Engine>,
    ssh: Arc<dyn SshFiles>,
    behind_proxy: bool,
    streams: stream::Streams,
    /// Room for pieces of activity on their way.
    deliveries: tokio::sync::Semaphore,
}

/// How to serve.
pub struct Options {
    pub listener: TcpListener,
    /// Take the client's address from the last `X-Forwarded-For` of the TLS proxy in front.
    pub behind_proxy: bool,
}

type AppState = axum::extract::State<Arc<Shared>>;

/// Serves until `stop` is ready, then drains.
///
/// The reconciler has a thread and a runtime of its own, so that no load from clients delays an expiry
/// (INVARIANT 14).
pub async fn run(
    engine: Arc<Engine>,
    ssh: Arc<dyn SshFiles>,
    options: Options,
    stop: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let (streams, closing) = stream::Streams::new();
    let shared = Arc::new(Shared {
        engine: Arc::clone(&engine),
        ssh,
        behind_proxy: options.behind_proxy,
        streams,
        deliveries: tokio::sync::Semaphore::new(activity::AT_ONCE),
    });
    // A stream never ends by itself: it would be waited for.
    let stop = async move {
        stop.await;
        closing.send_replace(true);
    };
    engine.started().await.map_err(std::io::Error::other)?;
    let reconciler = Reconciler::start(Arc::clone(&engine))?;
    let sweep = tokio::spawn(sweep(Arc::clone(&engine)));
    // What is new in the log is looked at, and acted on as the policy's alerts ask.
    let watch =
        again(Arc::clone(&engine), TICK, "the log could not be watched", async |engine| engine.watch().await);
    let watch = tokio::spawn(watch);
    connections::serve(options.listener, router(shared), stop, DRAIN).await;
    sweep.abort();
    watch.abort();
    reconciler.stop().await;
    engine.stopped().await.map_err(std::io::Error::other)
}

fn router(shared: Arc<Shared>) -> Router {
    let no_store = SetResponseHeaderLayer::overriding(
        HeaderName::from_static("cache-control"),
        HeaderValue::from_static("no-store"),
    );
    let v1 = Router::new()
        .merge(requests::routes())
        .merge(reviews::routes())
        .merge(roles::routes())
        .merge(sessions::routes())
        .merge(users::routes())
        .merge(contractors::routes())
        .merge(delegations::routes())
        .merge(training::routes())
        .merge(alerts::routes())
        .merge(audit::routes())
        .merge(channels::routes())
        .merge(stream::routes())
        .merge(evidence::routes())
        .merge(activity::routes())
        .fallback(async || Problem::new(Code::NotFound, "there is nothing here"))
        .method_not_allowed_fallback(async || Problem::new(Code::NotFound, "there is nothing here"))
        .with_state(Arc::clone(&shared))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        // Refuses by the announced length, before any of it is read.
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY));
    Router::new()
        // A directory sends whole groups.
        .nest_service(crate::scim::PATH, scim::routes().with_state(Arc::clone(&shared)))
        .merge(activity::delivery().with_state(shared))
        .fallback_service(v1)
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::REQUEST_TIMEOUT, SLOWEST_ANSWER))
        .layer(CatchPanicLayer::new())
        .layer(no_store)
}

/// The address of the connection's other end.
#[derive(Debug, Clone, Copy)]
struct Peer(SocketAddr);

/// Cuts the connection: for a reader who does not read, to whom nothing more can be said.
#[derive(Debug, Clone, Default)]
struct Hangup(Arc<tokio::sync::Notify>);

impl Hangup {
    fn cut(&self) {
        self.0.notify_one();
    }

    async fn wanted(&self) {
        self.0.notified().await;
    }
}

/// Compares the targets with the records, at the start and then again and again.
async fn sweep(engine: Arc<Engine>) {
    loop {
        match engine.sweep(None, false).await {
            Ok(drift) => {
                tracing::debug!(found = drift.found.len(), "the targets were compared with the records");
            }
            Err(error) => tracing::error!(%error, "the targets could not be compared with the records"),
        }
        tokio::time::sleep(SWEEP).await;
    }
}

/// The thread that ends what is due.
struct Reconciler {
    stop: tokio::sync::oneshot::Sender<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Reconciler {
    fn start(engine: Arc<Engine>) -> std::io::Result<Self> {
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new()
            .name("reconciler".to_owned())
            .spawn(move || runtime.block_on(reconcile(&engine, stopped)))?;
        Ok(Self { stop, thread })
    }

    async fn stop(self) {
        // Gone already when its thread has ended.
        let _ = self.stop.send(());
        let thread = self.thread;
        if tokio::task::spawn_blocking(move || thread.join()).await.is_err() {
            tracing::error!("the reconciler did not end well");
        }
    }
}

async fn reconcile(engine: &Arc<Engine>, mut stopped: tokio::sync::oneshot::Receiver<()>) {
    // Apart from the ends: a program that hangs keeps nobody's (INVARIANT 14).
    let each = || Arc::clone(engine);
    tokio::spawn(again(each(), TICK, "the tickets of live grants could not be looked at", async |engine| {
        engine.ask_who_is_on_call().await;
        engine.poll_tickets().await
    }));
    tokio::spawn(again(each(), TICK, "the contractors could not be looked after", async |engine| {
        engine.look_after_contractors().await
    }));
    tokio::spawn(again(each(), TICK, "who was deactivated could not be looked after", async |engine| {
        engine.look_after_deactivated().await;
        Ok(())
    }));
    tokio::spawn(again(each(), TICK, "trainings and terms could not be looked after", async |engine| {
        engine.look_after_trainings().await
    }));
    tokio::spawn(again(each(), REVIEWS, "the reviews could not be looked at", async |engine| {
        engine.close_reviews().await
    }));
    loop {
        if let Err(error) = engine.reconcile(TICK).await {
            tracing::error!(%error, "what is due could not be read; trying again");
        }
        tokio::select! {
            _ = &mut stopped => return,
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Does it again and again until the runtime ends; what fails is told, and tried again.
async fn again(
    engine: Arc<Engine>,
    period: Duration,
    failed: &'static str,
    work: impl AsyncFn(&Arc<Engine>) -> Result<(), Error>,
) {
    loop {
        if let Err(error) = work(&engine).await {
            tracing::error!(%error, "{failed}; trying again");
        }
        tokio::time::sleep(period).await;
    }
}
