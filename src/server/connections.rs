//! The accept loop. `axum::serve` has no time-out for a request's head, and half-open clients block its
//! graceful stop, so this one is on hyper with a timer, a bound, and an end to the patience.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use super::{Hangup, Peer};

/// Connections at once; the next waits in the kernel's queue.
const MOST: usize = 4096;
/// A request's head arrives within this time, also the next one on a kept connection.
const HEAD: Duration = Duration::from_secs(10);
/// After an accept that failed, as for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is ready; then lets calls that are under way end, `drain` long at most.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
    drain: Duration,
) {
    let mut server = hyper::server::conn::http1::Builder::new();
    server.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(64 * 1024);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(MOST));
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = async {
                let permit = Arc::clone(&room).acquire_owned().await;
                (permit, listener.accept().await)
            } => accepted,
        };
        let (permit, (stream, peer)) = match accepted {
            (Ok(permit), Ok(accepted)) => (permit, accepted),
            (_, Err(error)) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            // The semaphore is never closed.
            (Err(_), Ok(_)) => continue,
        };
        let _ = stream.set_nodelay(true);
        let hangup = Hangup::default();
        let theirs = hangup.clone();
        let service =
            router.clone().map_request(move |mut request: hyper::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(Peer(peer));
                request.extensions_mut().insert(theirs.clone());
                request.map(axum::body::Body::new)
            });
        let connection = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                ended = connection => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended badly");
                    }
                }
                () = hangup.wanted() => tracing::debug!("a connection was cut"),
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(drain, graceful.shutdown()).await.is_err() {
        tracing::warn!("some calls did not end in time; stopping all the same");
    }
}
