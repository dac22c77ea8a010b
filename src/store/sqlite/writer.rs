//! The one writer: a thread that commits whatever waits in one transaction, so that many callers share
//! one fsync.
//!
//! Nobody is made to wait for company: while one group is synced to the disk, the next one gathers.

use std::error::Error;
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, ffi, params};
use tokio::sync::{mpsc, oneshot};

use super::files::Hold;
use super::people::{People, Stale};
use super::{convert, write};
use crate::audit::{Chain, Draft, Sealed};
use crate::domain::Time;
use crate::store::{Change, StoreError, Write};

/// The largest group, so that the first caller in it does not wait for ever.
const LARGEST_GROUP: usize = 512;

/// What the writer is asked to do.
pub(super) enum Task {
    Change(Change),
    Checkpoint {
        size: u64,
        note: String,
    },
    /// Anything, in the transaction of its group: how the tests fill the disk and break a commit.
    #[cfg(test)]
    Run(Box<dyn FnMut(&Connection) + Send>),
}

impl Task {
    fn writes(&self) -> &[Write] {
        match self {
            Self::Change(change) => &change.writes,
            _ => &[],
        }
    }
}

pub(super) struct Job {
    pub(super) task: Task,
    pub(super) reply: oneshot::Sender<Result<(), StoreError>>,
}

/// Why one task was not done.
pub(super) enum Refusal {
    /// A guard failed.
    Conflict,
    /// This task cannot be written, whatever the disk does.
    Unwritable(Box<dyn Error + Send + Sync>),
    /// The database failed: nothing of the whole group is kept.
    Failed(rusqlite::Error),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        match &error {
            // The guards that are constraints: what has to be new is not, what has to be there is not.
            rusqlite::Error::SqliteFailure(failure, _)
                if [
                    ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
                    ffi::SQLITE_CONSTRAINT_UNIQUE,
                    ffi::SQLITE_CONSTRAINT_FOREIGNKEY,
                ]
                .contains(&failure.extended_code) =>
            {
                Self::Conflict
            }
            rusqlite::Error::SqliteFailure(failure, _) if failure.code == ErrorCode::TooBig => {
                Self::Unwritable(Box::new(error))
            }
            _ => Self::Failed(error),
        }
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        Self::Unwritable(Box::new(error))
    }
}

/// Where the log stands, as the last commit left it or as the open transaction will.
#[derive(Debug, Clone)]
struct Head {
    chain: Chain,
    latest: Time,
}

/// What can be undone on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undo {
    Group,
    Task,
}

pub(super) struct Writer {
    db: Connection,
    hold: Hold,
    people: Arc<People>,
    /// `None` after a failure: what is durable is read again before anything else is written.
    head: Option<Head>,
}

impl Writer {
    pub(super) fn new(db: Connection, hold: Hold, people: Arc<People>) -> Self {
        Self { db, hold, people, head: None }
    }

    /// Works until the last sender is gone and its last job done.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            let (mut tasks, mut replies) = (vec![first.task], vec![first.reply]);
            while tasks.len() < LARGEST_GROUP
                && let Ok(next) = jobs.try_recv()
            {
                tasks.push(next.task);
                replies.push(next.reply);
            }
            match self.commit(&mut tasks) {
                Ok(results) => {
                    for (reply, result) in replies.into_iter().zip(results) {
                        // A caller who went away asked for it all the same.
                        let _ = reply.send(result);
                    }
                }
                Err(error) => {
                    let error = Arc::new(error);
                    for reply in replies {
                        let _ = reply.send(Err(StoreError::io("written", Arc::clone(&error))));
                    }
                }
            }
        }
    }

    /// INVARIANT 7: the whole group, each task with its events, or nothing of it.
    fn commit(&mut self, tasks: &mut [Task]) -> rusqlite::Result<Vec<Result<(), StoreError>>> {
        let stale: Vec<Stale> = tasks.iter().flat_map(Task::writes).filter_map(Stale::after).collect();
        let done = self.transaction(tasks, Undo::Group);
        // Also after a failure, which does not say what is on the disk.
        self.people.forget(&stale);
        if done.is_err() {
            self.head = None;
            if !self.db.is_autocommit() {
                // If this fails too, the next group begins with it.
                let _ = self.db.execute_batch("ROLLBACK");
            }
        }
        done
    }

    /// To undo one task alone, SQLite has to copy each page before each task that writes it.
    /// It is hardly ever needed: a guard refuses before its task has written
    /// anything, but where a task has several. So the group is tried without, and begun again if need be.
    fn transaction(
        &mut self,
        tasks: &mut [Task],
        undo: Undo,
    ) -> rusqlite::Result<Vec<Result<(), StoreError>>> {
        if !self.db.is_autocommit() {
            self.db.execute_batch("ROLLBACK")?;
        }
        let run = |sql| self.db.prepare_cached(sql)?.execute([]);
        run("BEGIN IMMEDIATE")?;
        let mut head = match self.head.take() {
            // Another process may have written since: only inside the transaction is the head ours.
            Some(head) if self.hold == Hold::Alone => head,
            _ => read_head(&self.db)?,
        };
        let before = head.chain.size();
        let mut results = Vec::with_capacity(tasks.len());
        for task in tasks.iter_mut() {
            if undo == Undo::Task {
                run("SAVEPOINT task")?;
            }
            let (mut next, changes) = (head.clone(), self.db.total_changes());
            match perform(&self.db, &mut next, task) {
                Ok(()) => {
                    head = next;
                    results.push(Ok(()));
                }
                Err(Refusal::Failed(error)) => return Err(error),
                Err(refusal) => {
                    if undo == Undo::Task {
                        run("ROLLBACK TO task")?;
                    } else if self.db.total_changes() != changes {
                        return self.transaction(tasks, Undo::Task);
                    }
                    results.push(Err(match refusal {
                        Refusal::Unwritable(source) => StoreError::Io { doing: "written", source },
                        _ => StoreError::Conflict,
                    }));
                }
            }
            if undo == Undo::Task {
                run("RELEASE task")?;
            }
        }
        if head.chain.size() != before {
            self.db
                .prepare_cached("UPDATE head SET chain = ?1, latest = ?2")?
                .execute(params![head.chain.to_bytes(), head.latest.millis()])?;
        }
        run("COMMIT")?;
        self.head = Some(head);
        Ok(results)
    }
}

fn read_head(db: &Connection) -> rusqlite::Result<Head> {
    let (chain, latest) = super::read::head(db)?;
    Ok(Head { chain, latest })
}

fn perform(db: &Connection, head: &mut Head, task: &mut Task) -> Result<(), Refusal> {
    match task {
        Task::Change(Change { writes, events }) => {
            for write in writes {
                write::apply(db, write)?;
            }
            events.iter().try_for_each(|draft| append(db, head, draft.clone()))
        }
        #[cfg(test)]
        Task::Run(run) => {
            run(db);
            Ok(())
        }
        // What is not there cannot be signed for.
        Task::Checkpoint { size, .. } if *size > head.chain.size() => Err(Refusal::Conflict),
        Task::Checkpoint { size, note } => {
            let size = i64::try_from(*size).map_err(|_| Refusal::Conflict)?;
            db.prepare_cached(
                "INSERT INTO checkpoints (size, note) VALUES (?1, ?2)
                 ON CONFLICT (size) DO UPDATE SET note = excluded.note",
            )?
            .execute(params![size, *note])?;
            Ok(())
        }
    }
}

/// INVARIANT 8: the place of an event is given here, by the one writer, in the transaction that also
/// moves the head.
fn append(db: &Connection, head: &mut Head, draft: Draft) -> Result<(), Refusal> {
    let sealed = head.chain.seal(draft).map_err(|error| Refusal::Unwritable(Box::new(error)))?;
    head.latest = head.latest.max(sealed.event.event.at);
    insert_event(db, &sealed).map_err(Refusal::Failed)
}

/// Any failure here is the database's: a place that is taken means that somebody else wrote to the log.
fn insert_event(db: &Connection, sealed: &Sealed) -> rusqlite::Result<()> {
    let (at, kind, actor, request) = convert::event_columns(sealed);
    let seq = i64::try_from(sealed.event.seq)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    db.prepare_cached(
        "INSERT INTO events (seq, at, kind, actor, request, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![seq, at, kind, actor, request, sealed.bytes])
    .map(drop)
}
