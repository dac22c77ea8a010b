//! The log as it grows, for whoever may see which part of it.

use std::collections::HashMap;

use crate::audit::EventKind;
use crate::domain::RequestId;
use crate::store::{EventFilter, StoredEvent};

use super::engine::{Caller, Engine};
use super::error::Error;

/// A part of the log, without what the caller may not see.
#[derive(Debug)]
pub struct Seen {
    pub events: Vec<StoredEvent>,
    /// Where to go on, whether or not what is before it was shown.
    pub next_seq: u64,
    /// Whether that is the end of the log.
    pub end: bool,
}

impl Engine {
    /// At most `limit` events from there on. Administrators and auditors see all of them; anybody else those of requests
    /// that they may see, but for alerts: nobody is told that they are watched (INVARIANT 10).
    pub async fn seen_by(&self, caller: &Caller, from_seq: u64, limit: usize) -> Result<Seen, Error> {
        let filter = EventFilter { from_seq, limit, ..EventFilter::default() };
        let mut events = self.store.events(&filter).await?;
        let end = events.len() < limit;
        let next_seq = events.last().map_or(from_seq, |last| last.event.seq.saturating_add(1));
        if !caller.sees_all() {
            let mut known: HashMap<RequestId, bool> = HashMap::new();
            let mut shown = Vec::new();
            for stored in events {
                let Some(id) = stored.event.event.request.filter(|_| is_for_all(&stored)) else { continue };
                let may = match known.get(&id) {
                    Some(may) => *may,
                    None => {
                        let request = self.store.request(id).await?;
                        let may = request.is_some_and(|request| self.may_see(caller, &request));
                        known.insert(id, may);
                        may
                    }
                };
                if may {
                    shown.push(stored);
                }
            }
            events = shown;
        }
        Ok(Seen { events, next_seq, end })
    }

    /// The caller as they are now, if their session still lives. That they look on is no use of it: a
    /// session that nobody uses ends under a stream, too.
    pub async fn still(&self, caller: &Caller) -> Result<Caller, Error> {
        let Some((token, _)) = caller.session else { return Ok(caller.clone()) };
        self.look_again(&token, caller).await
    }
}

/// Whether those who may see the request may see the event.
pub(super) fn is_for_all(stored: &StoredEvent) -> bool {
    !matches!(stored.event.event.kind, EventKind::AlertRaised | EventKind::AlertAnswered)
}
