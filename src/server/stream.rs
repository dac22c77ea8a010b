//! `/v1/events/stream`: the log as server-sent events, as the [HTML standard] has them.
//!
//! Each event's `id` is its number in the log, its `event` the kind, its `data` the canonical bytes. Who comes
//! back with `Last-Event-ID` gets what came after it. Where there is nothing to tell, a comment with the number
//! of what was passed by is sent now and then, so that a dead connection is seen and nothing is read twice.
//!
//! [HTML standard]: https://html.spec.whatwg.org/multipage/server-sent-events.html

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use axum::{Extension, Router};
use futures_core::Stream;
use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::extract::StrictQuery;
use super::{AppState, Hangup, Shared};
use crate::api::{Code, Problem};
use crate::domain::Name;
use crate::ops::{Caller, Engine, Error};

/// Streams at once, of all and of one person.
const MOST: usize = 256;
const MOST_OF_ONE: usize = 8;
/// Events that are read at once.
const PAGE: usize = 500;
/// Events that wait for a reader.
const AHEAD: usize = 64;
/// How long a reader may not read while something waits.
const SLOW: Duration = if cfg!(test) { Duration::from_secs(1) } else { Duration::from_secs(15) };
/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(250);
/// How often the session is looked at.
const CHECK: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/v1/events/stream", get(stream))
}

/// Who reads.
pub(super) struct Streams {
    open: Arc<Mutex<BTreeMap<Name, usize>>>,
    closing: watch::Receiver<bool>,
}

impl Streams {
    /// With what ends all of them.
    pub fn new() -> (Self, watch::Sender<bool>) {
        let (closing, closed) = watch::channel(false);
        (Self { open: Arc::default(), closing: closed }, closing)
    }

    fn take_place(&self, name: &Name) -> Result<Place, Problem> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |what: &str| {
            let why = format!("{what}: end one of them, or try again later");
            Err(Problem::new(Code::Unavailable, why))
        };
        if open.values().sum::<usize>() >= MOST {
            return full(&format!("{MOST} event streams are open"));
        }
        let theirs = open.entry(name.clone()).or_default();
        if *theirs >= MOST_OF_ONE {
            return full(&format!("you have {MOST_OF_ONE} event streams open"));
        }
        *theirs += 1;
        Ok(Place { open: Arc::clone(&self.open), name: name.clone() })
    }
}

/// One of the streams that there may be; given back when dropped.
struct Place {
    open: Arc<Mutex<BTreeMap<Name, usize>>>,
    name: Name,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(theirs) = open.get_mut(&self.name) {
            *theirs = theirs.saturating_sub(1);
            if *theirs == 0 {
                open.remove(&self.name);
            }
        }
    }
}

/// Where to begin, where `Last-Event-ID` does not say: at the end of the log, or a little before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    /// The first event to send.
    from_seq: Option<u64>,
    /// The last that many, and what comes.
    tail: Option<u64>,
}

async fn stream(
    state: AppState,
    caller: Caller,
    Extension(hangup): Extension<Hangup>,
    headers: HeaderMap,
    StrictQuery(begin): StrictQuery<Begin>,
) -> Result<Response, Problem> {
    let size = state.engine.log_size().await?;
    let next = match last_event_id(&headers)? {
        Some(last) => last.saturating_add(1),
        None => begin.from_seq.unwrap_or_else(|| size.saturating_sub(begin.tail.unwrap_or(0))),
    };
    let place = state.streams.take_place(caller.actor.name())?;
    let (events, reader) = mpsc::channel(AHEAD);
    let feeder = Feeder {
        engine: Arc::clone(&state.engine),
        caller,
        next,
        events,
        closing: state.streams.closing.clone(),
        slow: SLOW,
        check: CHECK,
        _place: place,
    };
    tokio::spawn(async move {
        if feeder.feed().await == Ended::Slow {
            hangup.cut();
        }
    });
    Ok(Sse::new(Reader(reader)).into_response())
}

/// The number of the last event that the client has; one that is none is an error, and not the beginning.
fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let number = value.to_str().ok().and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| Problem::new(Code::Usage, "Last-Event-ID is the number of an event"))
}

/// What is read of the channel.
struct Reader(mpsc::Receiver<Event>);

impl Stream for Reader {
    type Item = Result<Event, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|event| event.map(Ok))
    }
}

/// Why nothing more is sent.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    /// The reader is gone, their session is over, or the server stops.
    Over,
    /// The reader does not read: what waits for them is not kept for ever.
    Slow,
}

/// Reads the log for one stream.
struct Feeder {
    engine: Arc<Engine>,
    caller: Caller,
    next: u64,
    events: mpsc::Sender<Event>,
    closing: watch::Receiver<bool>,
    slow: Duration,
    check: Duration,
    _place: Place,
}

impl Feeder {
    async fn feed(mut self) -> Ended {
        let mut checked = Instant::now();
        // At once where there is nothing to begin with: who was told where the log ends can come back there.
        let mut said: Option<Instant> = None;
        loop {
            if checked.elapsed() >= self.check {
                match self.engine.still(&self.caller).await {
                    Ok(caller) => self.caller = caller,
                    Err(_) => return Ended::Over,
                }
                checked = Instant::now();
            }
            let seen = match self.engine.seen_by(&self.caller, self.next, PAGE).await {
                Ok(seen) => seen,
                Err(error) => {
                    log(&error);
                    return Ended::Over;
                }
            };
            for stored in seen.events {
                let event = Event::default().id(stored.event.seq.to_string());
                // Canonical JSON is one line: a carriage return in it would be a store that was tampered with.
                if stored.bytes.contains(['\r', '\n']) {
                    return Ended::Over;
                }
                let event = event.event(stored.event.event.kind.as_str()).data(stored.bytes);
                if let Some(ended) = self.send(event).await {
                    return ended;
                }
                said = Some(Instant::now());
            }
            self.next = seen.next_seq;
            if !seen.end {
                tokio::task::yield_now().await;
                continue;
            }
            if said.is_none_or(|said| said.elapsed() >= KEEP_ALIVE) {
                let mut event = Event::default().comment("");
                if let Some(passed) = self.next.checked_sub(1) {
                    event = event.id(passed.to_string());
                }
                if let Some(ended) = self.send(event).await {
                    return ended;
                }
                said = Some(Instant::now());
            }
            tokio::select! {
                _ = self.closing.wait_for(|closing| *closing) => return Ended::Over,
                () = self.events.closed() => return Ended::Over,
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    async fn send(&mut self, event: Event) -> Option<Ended> {
        tokio::select! {
            sent = tokio::time::timeout(self.slow, self.events.send(event)) => match sent {
                Ok(Ok(())) => None,
                Ok(Err(_)) => Some(Ended::Over),
                Err(_) => Some(Ended::Slow),
            },
            _ = self.closing.wait_for(|closing| *closing) => Some(Ended::Over),
        }
    }
}

fn log(error: &Error) {
    tracing::error!(%error, "the log could not be read for a stream");
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
