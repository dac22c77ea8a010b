//! Tells the outside what the log says: webhooks, chat, mail, syslog.
//!
//! The log is the spool. A channel has a cursor in it, on disk, and moves it when a notice was taken: what
//! a channel missed while it, or jit, was down is read again from the log, in order, each event at least
//! once. Nothing is queued anywhere else, so nothing fills up but the log itself; what is older than a
//! channel's `keep` and still not taken is left out, and that is said.
//!
//! INVARIANT 5: all of it runs on a thread and a runtime of its own, each channel by itself, and only ever
//! reads the log, but for `notice.failed`.

mod channel;
mod chat;
pub mod config;
mod cursor;
mod desk;
mod mail;
mod notice;
mod syslog;
mod webhook;
mod words;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::oneshot;

use crate::audit::{Draft, Event};
use crate::domain::notice::Parties;
use crate::domain::text::escape;
use crate::domain::{Name, Time};
use crate::files::{self, FileError};

use channel::Channel;
use config::Channels;

pub use desk::Desk;

/// Where events come from.
#[async_trait]
pub trait Feed: Send + Sync {
    fn now(&self) -> Time;

    /// How many events there are.
    async fn size(&self) -> Result<u64, FeedError>;

    /// Up to `limit` events from that one on, the oldest first.
    async fn events(&self, from_seq: u64, limit: usize) -> Result<Vec<Event>, FeedError>;

    /// Whom an event concerns, as things are now.
    async fn parties(&self, event: &Draft) -> Result<Parties, FeedError>;

    /// Records that a channel does not take notices; `dropped`: so many were left out for good.
    async fn failed(&self, channel: &Name, error: &str, dropped: u64) -> Result<(), FeedError>;
}

/// The log cannot be read or written now.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct FeedError(pub String);

/// How quickly things are tried. The default is for servers.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Between two looks at the log.
    pub look: Duration,
    /// Before the second try; each pause is twice the one before.
    pub first: Duration,
    pub longest: Duration,
    /// How long one try may take.
    pub limit: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look: Duration::from_millis(500),
            first: Duration::from_secs(1),
            longest: Duration::from_secs(300),
            limit: Duration::from_secs(15),
        }
    }
}

/// The channels at work. They end when it is dropped.
pub struct Delivery {
    desk: Desk,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Delivery {
    /// `dir` is made where it is not there: it has the cursors. A channel without one begins with what
    /// happens from now on.
    ///
    /// # Errors
    /// When `dir` or a cursor in it is not to be used, or the thread cannot be started.
    pub async fn start(
        channels: Channels,
        dir: PathBuf,
        feed: Arc<dyn Feed>,
        pace: Pace,
    ) -> Result<Self, StartError> {
        files::private_dir(&dir)?;
        files::remove_leftovers(&dir);
        let Channels { host, people, channels } = channels;
        let people = Arc::new(people);
        let host = host.unwrap_or_else(|| rustix::system::uname().nodename().to_string_lossy().into_owned());
        let mut ready = Vec::new();
        for config in channels {
            let of = channel::Parts { host: host.clone(), people: Arc::clone(&people), pace };
            ready.push(Channel::open(config, &dir, Arc::clone(&feed), of).await?);
        }
        let desk = Desk(Arc::new(ready.iter().map(Channel::post).collect()));
        let (stop, stopped) = oneshot::channel::<()>();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name("delivery".to_owned()).spawn(move || {
            runtime.block_on(async {
                for channel in ready {
                    tokio::spawn(channel.run());
                }
                // Also when the sender is gone.
                let _ = stopped.await;
            });
            // A look-up of a name that hangs would keep the process.
            runtime.shutdown_background();
        })?;
        Ok(Self { desk, stop: Some(stop), thread: Some(thread) })
    }

    pub fn desk(&self) -> Desk {
        self.desk.clone()
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        // What is under way is given up, and done again after the next start.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Why channels were not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} is damaged: {why}", files::shown(path))]
    Cursor { path: PathBuf, why: String },
    #[error("the log cannot be read: {0}")]
    Feed(#[from] FeedError),
    #[error("the channels cannot be started: {0}")]
    Thread(#[from] std::io::Error),
}

/// The longest reason of a failure, in characters.
const LONGEST_WHY: usize = 500;

/// Why a try failed.
#[derive(Debug)]
struct Failure {
    /// It is this notice that is not taken, and others may be.
    refused: bool,
    /// In words, escaped. Never an address with a secret in it.
    why: String,
    /// The receiver asks to be left alone for so long.
    after: Option<Duration>,
}

impl Failure {
    fn channel(why: impl ToString) -> Self {
        let mut why = why.to_string();
        // A mail server's answer may be in it.
        if let Some((end, _)) = why.char_indices().nth(LONGEST_WHY) {
            why.truncate(end);
            why.push('…');
        }
        let why = escape(&why).into_owned();
        Self { refused: false, why, after: None }
    }

    fn notice(why: impl ToString) -> Self {
        Self { refused: true, ..Self::channel(why) }
    }
}

#[cfg(test)]
mod tests;
