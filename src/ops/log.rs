//! Reading the audit log, signing checkpoints of it, and keeping refusals from flooding it.

use std::sync::{Mutex, PoisonError};

use crate::api;
use crate::audit::{Draft, EventKind, SigningKey};
use crate::domain::{Span, Time};
use crate::store::{Change, EventFilter};

use super::engine::{Caller, Engine};
use super::error::Error;

const PAGE: usize = 1000;
const LONGEST_PAGE: usize = 10_000;

/// A checkpoint is signed at most that often, and at a graceful stop.
const CHECKPOINT_PAUSE: Span = Span::clamped(10);

/// The key that signs checkpoints, and what was signed last.
pub(super) struct Checkpoints {
    key: SigningKey,
    /// The size that was signed last, and when; `None` until the store was asked.
    last: Mutex<Option<(u64, Time)>>,
}

impl Checkpoints {
    pub fn new(key: SigningKey) -> Self {
        Self { key, last: Mutex::new(None) }
    }

    pub fn key(&self) -> &SigningKey {
        &self.key
    }
}

/// Refusals that nobody had to log in for are recorded up to this many a minute; beyond it they are
/// counted, and the count is recorded with the next. Otherwise anybody could fill the disk, and with it
/// stop every grant.
const ANONYMOUS_A_MINUTE: u32 = 60;

#[derive(Debug, Default)]
pub(super) struct RefusalLimit {
    state: Mutex<Anonymous>,
}

#[derive(Debug, Default)]
struct Anonymous {
    minute: i64,
    recorded: u32,
    suppressed: u64,
}

impl RefusalLimit {
    /// The draft to record, if it is to be recorded.
    pub fn pass(&self, draft: Draft) -> Option<Draft> {
        if draft.actor.is_some() {
            return Some(draft);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = draft.at.millis() / 60_000;
        if state.minute != minute {
            state.minute = minute;
            state.recorded = 0;
        }
        if state.recorded >= ANONYMOUS_A_MINUTE {
            state.suppressed += 1;
            return None;
        }
        state.recorded += 1;
        let suppressed = std::mem::take(&mut state.suppressed);
        Some(if suppressed > 0 { draft.data("suppressed_before", suppressed) } else { draft })
    }
}

impl Engine {
    /// Records that the server began to serve.
    pub async fn started(&self) -> Result<(), Error> {
        let draft = self.draft(EventKind::ServerStarted, None).data("version", env!("CARGO_PKG_VERSION"));
        Ok(self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await?)
    }

    /// Records that the server stopped, and signs the log's end.
    pub async fn stopped(&self) -> Result<(), Error> {
        let draft = self.draft(EventKind::ServerStopped, None);
        self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await?;
        self.sign_checkpoint_now().await
    }

    /// A page of events. Administrators and auditors read all; anyone reads those about a request they may see.
    pub async fn events(&self, caller: &Caller, query: &api::EventQuery) -> Result<api::Events, Error> {
        let limit = query.limit.unwrap_or(PAGE);
        if !(1..=LONGEST_PAGE).contains(&limit) {
            return Err(Error::Usage(format!("a page has 1 to {LONGEST_PAGE} events")));
        }
        let request = match &query.request {
            Some(id) => Some(self.visible_or_refused(caller, id, EventKind::AccessRefused).await?.id),
            None => None,
        };
        if !caller.sees_all() && request.is_none() {
            return Err(Error::Forbidden(
                "only administrators and auditors read the whole log; --request ID shows what happened to one of yours"
                    .to_owned(),
            ));
        }
        let head = self.store.log_head().await?;
        // A tail is a place in the whole log only where nothing is filtered out of it.
        let filtered =
            request.is_some() || query.actor.is_some() || query.kind.is_some() || query.since.is_some();
        let from_seq = match query.tail {
            Some(tail) if !filtered => head.size.saturating_sub(tail).max(query.from_seq),
            _ => query.from_seq,
        };
        let filter = EventFilter {
            from_seq,
            request,
            actor: query.actor.clone(),
            kind: query.kind.as_ref().map(|k| if k.contains('.') { k.clone() } else { format!("{k}.") }),
            since: query.since,
            limit: limit + 1,
        };
        let mut found = self.store.events(&filter).await?;
        let end = found.len() <= limit;
        found.truncate(limit);
        let last_seq = found.last().map(|last| last.event.seq + 1);
        if !caller.sees_all() {
            found.retain(super::follow::is_for_all);
        }
        let next_seq = match last_seq {
            Some(next) if !end => next,
            _ => head.size.max(last_seq.unwrap_or(0)),
        };
        if let Some(tail) = query.tail.filter(|_| filtered && end) {
            let skip = found.len().saturating_sub(usize::try_from(tail).unwrap_or(usize::MAX));
            found.drain(..skip);
        }
        let raw = |bytes: String| {
            serde_json::value::RawValue::from_string(bytes).map_err(|_| {
                Error::Unavailable("an event in the store is no JSON: `jit audit verify`".to_owned())
            })
        };
        let events = found.into_iter().map(|stored| raw(stored.bytes)).collect::<Result<_, _>>()?;
        Ok(api::Events { events, next_seq, end })
    }

    pub async fn checkpoints(&self, caller: &Caller) -> Result<api::Checkpoints, Error> {
        if !caller.sees_all() {
            return Err(Error::Forbidden(
                "only administrators and auditors read the log's checkpoints".to_owned(),
            ));
        }
        self.sign_checkpoint_now().await?;
        let notes = self.store.checkpoints().await?.into_iter().map(|(_, note)| note).collect();
        Ok(api::Checkpoints { key: self.checkpoints.key.verify_key().to_string(), notes })
    }

    /// Signs where the log stands, unless that was done a moment ago or nothing was added since.
    pub(super) async fn sign_checkpoint(&self) -> Result<(), Error> {
        let now = self.now();
        let last = *self.checkpoints.last.lock().unwrap_or_else(PoisonError::into_inner);
        let recent = last.is_some_and(|(_, at)| now < at.plus(CHECKPOINT_PAUSE));
        if recent { Ok(()) } else { self.sign_checkpoint_now().await }
    }

    /// Signs where the log stands, unless nothing was added since.
    pub async fn sign_checkpoint_now(&self) -> Result<(), Error> {
        let head = self.store.log_head().await?;
        let now = self.now();
        let last = *self.checkpoints.last.lock().unwrap_or_else(PoisonError::into_inner);
        let size = match last {
            Some((size, _)) => size,
            None => self.store.signed().await?,
        };
        if head.size == size {
            return Ok(());
        }
        let note = self.checkpoints.key.sign(head.size, head.root);
        self.store.put_checkpoint(head.size, &note).await?;
        *self.checkpoints.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((head.size, now));
        Ok(())
    }
}
