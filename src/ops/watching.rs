//! The engine follows its own log, raises what the policy's alerts see in it, and acts.
//!
//! How far it has looked stands in a record that is written together with the alerts: after a crash it goes
//! on exactly there, and nothing is raised twice or left out. What it remembers of people is had again by
//! reading the log of the last months, in silence.

use std::time::Duration;

use crate::alert::{Alert, Signal, Watcher};
use crate::audit::{Draft, EventKind};
use crate::domain::{Digest, Kind, Name, Request, RequestId, Span, State, Time};
use crate::policy::alerts::Action;
use crate::store::{Change, EventFilter, Record, RecordKind, StoreError, User, Write};

use super::documents::Stored;
use super::engine::{Engine, Home};
use super::error::Error;

const PAGE: usize = 1000;
/// Where nothing is raised, how far it has looked is written down that often.
const SAVE: Span = Span::clamped(10);
/// Actions of alerts that are no older are done again at the start: they may have been cut off.
const AGAIN: Span = Span::clamped(600);
/// Alerts and actions that wait for the disk.
const WAITING: usize = 1000;
/// How long one end is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
const CURSOR: &str = "cursor";

/// What the engine has of its watcher; nothing until it is asked for the first time.
#[derive(Debug, Default)]
pub(super) struct Watching(tokio::sync::Mutex<Option<Watch>>);

#[derive(Debug)]
struct Watch {
    watcher: Watcher,
    /// Of the policy whose rules these are.
    policy: Digest,
    /// The first event that was not looked at.
    next: u64,
    saved: Saved,
    /// Writes that had failed when it was last asked.
    failed: u64,
    /// Raised, and not in the log yet.
    unwritten: Vec<Alert>,
    /// To be done, and done again until it works.
    due: Vec<Due>,
}

/// The record of how far it has looked.
#[derive(Debug, Clone, Copy)]
struct Saved {
    revision: u64,
    next: u64,
    at: Time,
}

/// What an alert asks for. It is about what there was at `at`: done twice, it takes nothing that is newer.
#[derive(Debug, Clone)]
struct Due {
    action: Action,
    user: Option<Name>,
    request: Option<RequestId>,
    at: Time,
    /// For those whom it meets.
    reason: String,
}

impl Due {
    fn of(alert: &Alert) -> Option<Self> {
        (alert.action != Action::Notify).then(|| Self {
            action: alert.action,
            user: alert.user.clone(),
            request: alert.request,
            at: alert.at,
            reason: format!("alert {} ({}): {}", alert.rule, alert.id, alert.why),
        })
    }

    /// Of an alert that the log has.
    fn told(draft: &Draft) -> Option<Self> {
        let said = |key: &str| draft.data.get(key);
        let action = Action::ALL
            .iter()
            .copied()
            .find(|action| Some(action.as_str()) == said("action").map(String::as_str))?;
        if action == Action::Notify {
            return None;
        }
        let (rule, id) = (said("alert")?, said("id")?);
        let why = draft.why.first().map_or("", String::as_str);
        Some(Self {
            action,
            user: said("user").and_then(|user| user.parse().ok()),
            request: draft.request,
            at: said("seen").and_then(|at| at.parse().ok()).unwrap_or(draft.at),
            reason: format!("alert {rule} ({id}): {why}"),
        })
    }
}

impl Engine {
    /// Looks at what the log has that was not looked at, raises alerts, and acts. To be called again and
    /// again, by a server; the local backend has nobody to tell.
    pub async fn watch(&self) -> Result<(), Error> {
        if self.home != Home::Directory {
            return Ok(());
        }
        let mut state = self.watching.0.lock().await;
        let mut watch = match state.take() {
            Some(watch) => watch,
            None => self.begin_to_watch().await?,
        };
        let in_force = self.in_force();
        if watch.policy != in_force.policy.digest {
            watch.policy = in_force.policy.digest;
            watch.watcher.take(&in_force.policy);
        }
        // Where the record was changed by somebody else it is not put back, and read anew the next time.
        self.look_on(&mut watch).await?;
        *state = Some(watch);
        Ok(())
    }

    async fn begin_to_watch(&self) -> Result<Watch, Error> {
        let in_force = self.in_force();
        let now = self.now();
        let record = self.store.record(RecordKind::Watch, CURSOR).await?;
        let known = record.as_ref().and_then(|record| Some((record.revision, record.body.parse().ok()?)));
        // The first time, what is past is only learned from.
        let (revision, next) = match known {
            Some(known) => known,
            None => (record.map_or(0, |record| record.revision), self.store.log_head().await?.size),
        };
        let mut watcher = Watcher::new(&in_force.policy);
        let mut due: Vec<Due> = Vec::new();
        let begin = now.minus(watcher.looks_back());
        let mut from_seq = self.first_since(begin).await?;
        loop {
            let filter = EventFilter { from_seq, limit: PAGE, ..EventFilter::default() };
            let page = self.store.events(&filter).await?;
            for stored in &page {
                let draft = &stored.event.event;
                if stored.event.seq < next {
                    let _ = watcher.look(&stored.event);
                }
                if draft.kind == EventKind::AlertRaised && draft.at.plus(AGAIN) >= now {
                    due.extend(Due::told(draft));
                } else if draft.kind == EventKind::UserReinstated {
                    due.retain(|due| {
                        due.user.as_ref().map(Name::as_str) != draft.data.get("user").map(String::as_str)
                    });
                }
            }
            let Some(last) = page.last().filter(|_| page.len() == PAGE) else { break };
            from_seq = last.event.seq + 1;
            tokio::task::yield_now().await;
        }
        // Who is not in it sleeps at least since then: a server that starts anew forgets no sleeper.
        for user in self.store.users().await? {
            let human = if user.kind == Kind::Service { &user.name } else { &user.human };
            watcher.asleep(human, begin.max(user.created));
        }
        Ok(Watch {
            watcher,
            policy: in_force.policy.digest,
            next,
            saved: Saved { revision, next: if revision == 0 { u64::MAX } else { next }, at: now },
            failed: self.store.failed_writes().0,
            unwritten: Vec::new(),
            due,
        })
    }

    /// The number of the first event from that time on. The clock of the log never goes back, so it is found
    /// without reading what is before it.
    pub(super) async fn first_since(&self, at: Time) -> Result<u64, Error> {
        let (mut low, mut high) = (0, self.store.log_head().await?.size);
        while low < high {
            let middle = low + (high - low) / 2;
            let filter = EventFilter { from_seq: middle, limit: 1, ..EventFilter::default() };
            match self.store.events(&filter).await?.first() {
                Some(stored) if stored.event.event.at < at => low = middle + 1,
                _ => high = middle,
            }
        }
        Ok(low)
    }

    async fn look_on(&self, watch: &mut Watch) -> Result<(), Error> {
        loop {
            let filter = EventFilter { from_seq: watch.next, limit: PAGE, ..EventFilter::default() };
            let page = self.store.events(&filter).await?;
            let mut alerts = Vec::new();
            for stored in &page {
                alerts.extend(watch.watcher.look(&stored.event));
                watch.next = stored.event.seq + 1;
            }
            let last = page.len() < PAGE;
            if last {
                alerts.extend(watch.watcher.tick(self.now()));
                alerts.extend(self.failed_writes(watch));
            }
            self.raise(watch, alerts).await?;
            if last {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
    }

    /// What the disk has refused since the last look.
    fn failed_writes(&self, watch: &mut Watch) -> Vec<Alert> {
        let (failed, error) = self.store.failed_writes();
        if failed == watch.failed {
            return Vec::new();
        }
        watch.failed = failed;
        watch.watcher.signal(&Signal::LogWriteFailed { at: self.now(), error })
    }

    /// Writes the alerts down and does what they ask for; also where they cannot be written down
    /// (INVARIANT 5).
    async fn raise(&self, watch: &mut Watch, alerts: Vec<Alert>) -> Result<(), Error> {
        for alert in alerts {
            tracing::warn!(alert = %alert.rule, id = %alert.id, severity = %alert.severity, why = %alert.why, "alert");
            if watch.due.len() < WAITING {
                watch.due.extend(Due::of(&alert));
            }
            if watch.unwritten.len() < WAITING {
                watch.unwritten.push(alert);
            }
        }
        let written = self.write_down(watch).await;
        let mut left = Vec::new();
        for due in std::mem::take(&mut watch.due) {
            if let Err(error) = self.act(&due).await {
                tracing::error!(%error, action = %due.action, reason = %due.reason, "an alert could not be acted on yet");
                left.push(due);
            }
        }
        watch.due = left;
        match written {
            // They stay to be written, and are tried again with the next look.
            Err(Error::Store(error @ StoreError::Io { .. })) => {
                tracing::error!(%error, unwritten = watch.unwritten.len(), "alerts could not be written to the log");
                Ok(())
            }
            other => other,
        }
    }

    async fn write_down(&self, watch: &mut Watch) -> Result<(), Error> {
        let now = self.now();
        let moved = watch.saved.next != watch.next;
        if watch.unwritten.is_empty()
            && !(moved && (now >= watch.saved.at.plus(SAVE) || watch.saved.revision == 0))
        {
            return Ok(());
        }
        let revision = watch.saved.revision + 1;
        let record = Record {
            kind: RecordKind::Watch,
            key: CURSOR.to_owned(),
            revision,
            body: watch.next.to_string(),
        };
        let (mut writes, mut events) = (vec![Write::PutRecord(record)], Vec::new());
        for alert in &watch.unwritten {
            // One of an id that is there is the same again: it is open again.
            let known = self.store.record(RecordKind::Alert, &alert.id).await?;
            let revision = known.map_or(0, |record| record.revision);
            writes.push(Stored { document: alert.raised(now), revision }.put()?);
            events.push(alert.draft(now));
        }
        self.store.commit(Change { writes, events }).await?;
        watch.saved = Saved { revision, next: watch.next, at: now };
        watch.unwritten.clear();
        Ok(())
    }

    async fn act(&self, due: &Due) -> Result<(), Error> {
        match (due.action, &due.user) {
            (Action::Notify, _) => Ok(()),
            (Action::EndGrant, user) => self.end_grants(due, user.as_ref()).await,
            (Action::StepUp, Some(user)) => self.end_sessions(user, due.at).await,
            (Action::Suspend, Some(user)) => self.suspend_for(user, due).await,
            // Nobody has logged in for it.
            (Action::StepUp | Action::Suspend, None) => Ok(()),
        }
    }

    /// Of the request that it is about; where it is about none, all of the person's.
    async fn end_grants(&self, due: &Due, user: Option<&Name>) -> Result<(), Error> {
        let requests = match (due.request, user) {
            (Some(id), _) => self.store.request(id).await?.into_iter().collect(),
            (None, Some(user)) => self.open_of_human(user).await?,
            (None, None) => Vec::new(),
        };
        for request in requests {
            if matches!(request.state, State::Approved | State::Active) && request.created <= due.at {
                self.end_now(&request, &due.reason).await?;
            }
        }
        Ok(())
    }

    /// They have to log in again, under whichever of their names.
    async fn end_sessions(&self, user: &Name, until: Time) -> Result<(), Error> {
        let writes = self.names_of(user).await?.into_iter();
        let writes: Vec<Write> = writes.map(|user| Write::EndSessions { user: user.name, until }).collect();
        Ok(self.store.commit(Change { writes, events: Vec::new() }).await?)
    }

    async fn names_of(&self, user: &Name) -> Result<Vec<User>, Error> {
        let users = self.store.users().await?;
        Ok(users.into_iter().filter(|known| known.human == *user || known.name == *user).collect())
    }

    /// Suspended, and logged out; what they have ends with it.
    async fn suspend_for(&self, user: &Name, due: &Due) -> Result<(), Error> {
        self.end_sessions(user, due.at).await?;
        let suspended = tokio::time::timeout(PATIENCE, self.suspend_user(None, user, &due.reason));
        match suspended.await {
            // Disabled meanwhile.
            Ok(Ok(_) | Err(Error::NotFound { .. })) => Ok(()),
            Ok(Err(error)) => Err(error),
            // A target hangs: what stands behind that one is ended all the same.
            Err(_) => self.end_grants(&Due { request: None, ..due.clone() }, Some(user)).await,
        }
    }

    /// A target that hangs is waited for by the reconciler, and keeps no other alert waiting. Tried again, it
    /// is ending already.
    async fn end_now(&self, request: &Request, reason: &str) -> Result<(), Error> {
        let ended = tokio::time::timeout(PATIENCE, self.end_by_rule(request, reason));
        let late = || Error::Unavailable(format!("the end of {} takes long", request.id));
        ended.await.map_err(|_| late())?.map(drop)
    }
}

#[cfg(test)]
#[path = "watching_tests.rs"]
mod tests;
