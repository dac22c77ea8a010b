//! One channel: follows the log, and tries each notice until it is taken.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{sleep, timeout};

use crate::audit::{Event, EventKind};
use crate::domain::{Name, Time};

use super::chat::ChatSink;
use super::config::{self, To};
use super::cursor::{self, Cursor};
use super::desk::Post;
use super::mail::MailSink;
use super::notice::Notice;
use super::syslog::SyslogSink;
use super::webhook::Webhook;
use super::{Failure, Feed, Pace, Parties, StartError};

/// How many events are read at once.
const BATCH: usize = 256;
/// How many events may be passed over before the place is kept.
const PASSED_OVER: u64 = 1024;
/// How often one notice is tried that the receiver refuses, while it may take others.
const REFUSALS: u32 = 5;

/// What all channels have in common.
pub(super) struct Parts {
    /// What this machine is called.
    pub host: String,
    pub people: Arc<BTreeMap<Name, lettre::Address>>,
    pub pace: Pace,
}

/// Where notices go.
#[async_trait]
pub(super) trait Sink: Send + Sync {
    /// How many may be given at once.
    fn most(&self) -> usize {
        1
    }

    /// Hands them over, all or none: after a failure, all of them come again.
    async fn send(&mut self, notices: &[Notice], now: Time) -> Result<(), Failure>;
}

pub(super) struct Channel {
    config: config::Channel,
    feed: Arc<dyn Feed>,
    pace: Pace,
    sink: Box<dyn Sink>,
    path: PathBuf,
    cursor: Cursor,
    /// What is on the disk.
    kept: Cursor,
    post: Arc<Post>,
}

impl Channel {
    pub async fn open(
        config: config::Channel,
        dir: &Path,
        feed: Arc<dyn Feed>,
        parts: Parts,
    ) -> Result<Self, StartError> {
        let path = cursor::path(dir, &config.name);
        let size = feed.size().await?;
        let known = cursor::read(&path)?;
        let mut cursor = known.clone().unwrap_or(Cursor { next: size, ..Cursor::default() });
        if cursor.next > size {
            // An older copy of the log was put back.
            tracing::warn!(channel = %config.name, "the log is shorter than it was; the channel begins at its end");
            cursor.next = size;
        }
        if known.as_ref() != Some(&cursor) {
            cursor::write(&path, &cursor);
        }
        let pace = parts.pace;
        let sink = sink(&config.to, parts);
        let post = Arc::new(Post::new(config.name.clone(), config.to.kind(), cursor.clone()));
        Ok(Self { config, feed, pace, sink, path, kept: cursor.clone(), cursor, post })
    }

    pub fn post(&self) -> Arc<Post> {
        Arc::clone(&self.post)
    }

    /// Never ends.
    pub async fn run(mut self) {
        loop {
            if let Some(seq) = self.post.take_replay() {
                self.cursor.next = self.cursor.next.min(seq);
                self.keep();
            }
            match self.feed.events(self.cursor.next, BATCH).await {
                Ok(events) if events.is_empty() => self.rest(self.pace.look).await,
                Ok(events) => self.take(events).await,
                Err(error) => {
                    tracing::error!(channel = %self.config.name, %error, "the log cannot be followed; trying again");
                    sleep(self.pace.look).await;
                }
            }
            self.post.stands(&self.cursor);
        }
    }

    /// Unless a replay is asked for.
    async fn rest(&self, pause: Duration) {
        tokio::select! {
            () = sleep(pause) => {}
            () = self.post.asked() => {}
        }
    }

    async fn take(&mut self, events: Vec<Event>) {
        let end = events.last().map_or(self.cursor.next, |last| last.seq + 1);
        let mut waiting = Vec::new();
        for event in events {
            let next = event.seq + 1;
            if self.wants(&event) {
                let parties = self.parties(&event).await;
                waiting.push(Notice::new(event, parties));
            }
            if waiting.is_empty() {
                self.cursor.next = next;
            } else if waiting.len() >= self.sink.most() {
                if !self.deliver(std::mem::take(&mut waiting)).await {
                    return;
                }
                self.cursor.next = next;
                self.keep();
            }
        }
        if !waiting.is_empty() {
            if !self.deliver(waiting).await {
                return;
            }
            self.cursor.next = end;
            self.keep();
        }
        // What was only passed over costs a look after a crash, and no write to the disk each.
        if self.cursor.next.abs_diff(self.kept.next) >= PASSED_OVER {
            self.keep();
        }
    }

    fn wants(&self, event: &Event) -> bool {
        let draft = &event.event;
        // A channel is not told of its own failures: it would refuse that too, and for ever.
        let own = draft.kind == EventKind::NoticeFailed
            && draft.data.get("channel").is_some_and(|name| *name == self.config.name.as_str());
        !own && self.config.filter.matches(draft)
    }

    async fn parties(&self, event: &Event) -> Parties {
        if !self.config.to.asks_for_parties() {
            return Parties::default();
        }
        loop {
            match self.feed.parties(&event.event).await {
                Ok(parties) => return parties,
                Err(error) => {
                    tracing::error!(channel = %self.config.name, %error, "whom it concerns cannot be read; trying again");
                    sleep(self.pace.look).await;
                }
            }
        }
    }

    /// Tries until they are taken, or too old, or refused too often. In order: what comes later waits. `false`
    /// where a replay is asked for before that: they come again.
    async fn deliver(&mut self, notices: Vec<Notice>) -> bool {
        let (mut pause, mut refusals) = (self.pace.first, 0);
        loop {
            let sent = timeout(self.pace.limit, self.sink.send(&notices, self.feed.now())).await;
            let failure = match sent {
                Ok(Ok(())) => {
                    self.up().await;
                    return true;
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::channel(format!("no answer within {} s", self.pace.limit.as_secs_f32())),
            };
            refusals += u32::from(failure.refused);
            self.post.failed(&failure.why);
            let now = self.feed.now();
            if self.cursor.down.is_none() {
                self.cursor.down = Some(now);
                self.keep();
                self.say(&failure.why, 0).await;
            }
            let oldest = now.minus(self.config.keep);
            if refusals >= REFUSALS || notices.iter().all(|notice| notice.event.event.at < oldest) {
                if self.cursor.dropped == 0 {
                    self.say(&failure.why, 1).await;
                }
                self.cursor.dropped += notices.len() as u64;
                return true;
            }
            tracing::debug!(channel = %self.config.name, why = failure.why, "a notice was not taken; trying again");
            self.rest(pause.max(failure.after.unwrap_or_default()).min(LONGEST_AFTER)).await;
            if self.post.is_asked() {
                return false;
            }
            pause = (pause * 2).min(self.pace.longest);
        }
    }

    async fn up(&mut self) {
        if self.cursor.down.take().is_none() {
            return;
        }
        tracing::info!(channel = %self.config.name, "the channel takes notices again");
        let dropped = std::mem::take(&mut self.cursor.dropped);
        if dropped > 0 {
            self.say("notices are taken again, and some were left out", dropped).await;
        }
    }

    /// Once when an outage begins, once when the first notice is left out, and once with how many were.
    async fn say(&self, why: &str, dropped: u64) {
        tracing::warn!(channel = %self.config.name, why, dropped, "the channel does not take notices");
        if let Err(error) = self.feed.failed(&self.config.name, why, dropped).await {
            tracing::error!(channel = %self.config.name, %error, "that a channel fails could not be recorded");
        }
    }

    fn keep(&mut self) {
        self.post.stands(&self.cursor);
        if self.cursor != self.kept {
            cursor::write(&self.path, &self.cursor);
            self.kept = self.cursor.clone();
        }
    }
}

/// However long a receiver asks to be left alone.
const LONGEST_AFTER: Duration = Duration::from_secs(3600);

fn sink(to: &To, parts: Parts) -> Box<dyn Sink> {
    let Parts { host, people, pace } = parts;
    match to {
        To::Webhook(web) => Box::new(Webhook::new(web.clone(), pace)),
        To::Chat(chat) => Box::new(ChatSink::new(chat.clone(), pace)),
        To::Mail(mail) => Box::new(MailSink::new(mail.clone(), host, people, pace)),
        To::Syslog(syslog) => Box::new(SyslogSink::new(syslog.clone(), host)),
    }
}
