//! The embedded store: one SQLite file, one writer thread, a few read-only connections.
//!
//! Durability: WAL with `synchronous = FULL`; an answer is given after the fsync. The groups that the
//! writer makes (see `writer`) are what lets many callers share it.

mod convert;
mod files;
mod people;
mod read;
mod schema;
mod write;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::JoinHandle;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OpenFlags, params};
use tokio::sync::{mpsc, oneshot};

use self::files::{DataFolder, Hold};
use self::people::People;
use self::writer::{Job, Task, Writer};
use super::{
    Change, Credential, Enrolment, EventFilter, LogHead, Record, RecordKind, RequestFilter, RoleGeneration,
    Session, Store, StoreError, StoredEvent, User,
};
use crate::domain::{CredentialId, Delegation, Digest, Name, Principal, Request, RequestId, Time};

/// How many callers may wait for the writer before the next ones wait to be let in.
const QUEUE: usize = 1024;
/// A read takes microseconds, so a few connections are enough for any number of callers.
const READERS: usize = 4;
/// More than there are statements.
const STATEMENTS: usize = 96;
/// For a checkpoint by another process, such as `sqlite3` in the hands of an administrator.
const BUSY: Duration = Duration::from_secs(5);

/// The embedded store. Dropping it writes what waits, and lets go of the data folder.
#[derive(Debug)]
pub struct SqliteStore {
    readers: Readers,
    people: Arc<People>,
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
    /// See [`Store::failed_writes`].
    failed: Mutex<(u64, String)>,
    /// Last: the lock is let go of when everything else is closed.
    _folder: DataFolder,
}

/// Turns SQLite's error into ours.
fn failed(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |error| StoreError::io(doing, error)
}

impl SqliteStore {
    /// Opens the store in this folder, which is made if it is not there.
    ///
    /// Fails when another process has it open ([`StoreError::InUse`]), when others can read it
    /// ([`StoreError::File`]), when a newer jit wrote it ([`StoreError::Newer`]).
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(dir, Hold::Alone, schema::MIGRATIONS)
    }

    /// As [`Self::open`], beside other processes that share it: for the commands of one user, some of
    /// which run for as long as the access lasts. A server has it alone.
    pub fn open_shared(dir: &Path) -> Result<Self, StoreError> {
        Self::open_with(dir, Hold::Shared, schema::MIGRATIONS)
    }

    fn open_with(dir: &Path, hold: Hold, migrations: &[&str]) -> Result<Self, StoreError> {
        let folder = DataFolder::open(dir, hold)?;
        let writer = connect(&folder.database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        schema::migrate(&writer, migrations)?;
        // A command reads one thing after the other: the second connection is for the second caller.
        Self::start(folder, hold, writer)
    }

    fn start(folder: DataFolder, hold: Hold, writer: Connection) -> Result<Self, StoreError> {
        let (jobs, waiting) = mpsc::channel(QUEUE);
        let people = Arc::new(People::new(hold));
        let known = Arc::clone(&people);
        let thread = std::thread::Builder::new()
            .name("jit-store".to_owned())
            .spawn(move || Writer::new(writer, hold, known).run(waiting))
            .map_err(|error| StoreError::io("opened", error))?;
        let readers = Readers {
            database: folder.database.clone(),
            connections: (0..READERS).map(|_| Mutex::default()).collect(),
            next: AtomicUsize::new(0),
        };
        Ok(Self {
            readers,
            people,
            jobs: Some(jobs),
            thread: Some(thread),
            failed: Mutex::default(),
            _folder: folder,
        })
    }

    /// Writes what waits, and lets go of the data folder. The same as dropping it, by name.
    pub fn close(self) {}

    async fn write(&self, task: Task) -> Result<(), StoreError> {
        let stopped = || StoreError::io("written", WriterStopped);
        let (reply, answer) = oneshot::channel();
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(Job { task, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        self.readers.with(|db| read(db).map_err(failed("read")))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the writer has stopped")]
struct WriterStopped;

impl Drop for SqliteStore {
    fn drop(&mut self) {
        // Readers first: the last connection to close empties the WAL, and only the writer can.
        self.readers.connections.clear();
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has told so to everybody who waited.
            let _ = thread.join();
        }
    }
}

/// Read-only connections, used on the caller's own thread.
///
/// A point read takes about 10 µs and the first page of a list well under a millisecond, all from
/// memory in the ordinary case. Handing it to another thread would cost more than the read itself; and
/// readers never wait for the writer, nor it for them (WAL).
#[derive(Debug)]
struct Readers {
    database: PathBuf,
    /// Each is opened when it is first needed.
    connections: Vec<Mutex<Option<Connection>>>,
    next: AtomicUsize,
}

impl Readers {
    fn with<T>(&self, read: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        for connection in &self.connections {
            match connection.try_lock() {
                Ok(free) => return self.on(free, read),
                // A read that panicked has left nothing behind: its transaction, if any, was dropped.
                Err(TryLockError::Poisoned(poisoned)) => return self.on(poisoned.into_inner(), read),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.connections.len().max(1);
        let closed = || failed("read")(rusqlite::Error::InvalidQuery);
        let connection = self.connections.get(turn).ok_or_else(closed)?;
        self.on(connection.lock().unwrap_or_else(PoisonError::into_inner), read)
    }

    fn on<T>(
        &self,
        mut slot: MutexGuard<'_, Option<Connection>>,
        read: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match &*slot {
            Some(connection) => read(connection),
            None => read(slot.insert(connect(&self.database, OpenFlags::SQLITE_OPEN_READ_ONLY)?)),
        }
    }
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let opening = failed("opened");
    // No URI file names: a path is a path. No mutex of SQLite's: each connection has its own of ours.
    let db = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(&opening)?;
    db.busy_timeout(BUSY).map_err(&opening)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    if access.contains(OpenFlags::SQLITE_OPEN_READ_WRITE) {
        let mode: String =
            db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(&opening)?;
        if mode != "wal" {
            return Err(StoreError::io("opened", NoWal));
        }
    }
    // 16 MB of log between checkpoints: pages that many groups write are copied into the database once.
    let settings = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;
                    PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000;";
    db.execute_batch(settings).map_err(&opening)?;
    Ok(db)
}

/// Some network file systems: readers would block the writer, and locks may mean nothing.
#[derive(Debug, thiserror::Error)]
#[error("this file system cannot hold a write-ahead log; put the data folder on a local disk")]
struct NoWal;

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, change: Change) -> Result<(), StoreError> {
        let done = self.write(Task::Change(change)).await;
        if let Err(StoreError::Io { source, .. }) = &done {
            let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
            *failed = (failed.0.saturating_add(1), source.to_string());
        }
        done
    }

    fn failed_writes(&self) -> (u64, String) {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError> {
        let sql = "SELECT doc FROM requests WHERE id = ?1";
        self.read(|db| read::one(db, sql, [id.to_string()], convert::request))
    }

    async fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RequestId>, StoreError> {
        self.read(|db| read::ids_with_prefix(db, prefix, limit))
    }

    async fn requests(&self, filter: &RequestFilter) -> Result<Vec<Request>, StoreError> {
        self.read(|db| read::requests(db, filter))
    }

    async fn open_requests(
        &self,
        requester: &Principal,
        role: &Name,
        resource: &Name,
    ) -> Result<Vec<Request>, StoreError> {
        self.read(|db| read::open_requests(db, requester, role, resource))
    }

    async fn request_by_key(
        &self,
        requester: &Principal,
        key: &str,
    ) -> Result<Option<(RequestId, Digest)>, StoreError> {
        self.read(|db| read::request_by_key(db, requester, key))
    }

    async fn due(&self, now: Time, limit: usize) -> Result<Vec<RequestId>, StoreError> {
        self.read(|db| read::due(db, now, limit))
    }

    async fn credentials(&self, request: RequestId) -> Result<Vec<Credential>, StoreError> {
        let sql =
            format!("SELECT {} FROM credentials WHERE request = ?1 ORDER BY rowid", convert::CREDENTIAL);
        self.read(|db| read::all(db, &sql, [request.to_string()], convert::credential))
    }

    async fn credential(&self, id: CredentialId) -> Result<Option<Credential>, StoreError> {
        let sql = format!("SELECT {} FROM credentials WHERE id = ?1", convert::CREDENTIAL);
        self.read(|db| read::one(db, &sql, [id.to_string()], convert::credential))
    }

    async fn open_credentials(&self) -> Result<Vec<Credential>, StoreError> {
        // All of them may be many, and a certificate is most of a record.
        let sql = "SELECT id, request, state, ends, ask, NULL, made FROM credentials WHERE state <> 'absent' \
                   ORDER BY rowid";
        self.read(|db| read::all(db, sql, [], convert::credential))
    }

    async fn user(&self, name: &Name) -> Result<Option<User>, StoreError> {
        let sql = "SELECT doc FROM users WHERE name = ?1";
        self.people.user(name, || self.read(|db| read::one(db, sql, [name.as_str()], convert::user)))
    }

    async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.read(|db| read::all(db, "SELECT doc FROM users ORDER BY name", [], convert::user))
    }

    async fn enrolment(&self, id: &str) -> Result<Option<Enrolment>, StoreError> {
        let sql = "SELECT id, user, code_hash, expires, wrong FROM enrolments WHERE id = ?1";
        self.read(|db| read::one(db, sql, [id], convert::enrolment))
    }

    async fn session(&self, token_hash: &Digest) -> Result<Option<Session>, StoreError> {
        let sql = "SELECT token_hash, user, kind, created, expires, last_used, parent FROM sessions
                   WHERE token_hash = ?1";
        let read = || self.read(|db| read::one(db, sql, [token_hash.as_bytes()], convert::session));
        self.people.session(token_hash, read)
    }

    async fn open_debriefs(&self) -> Result<Vec<Request>, StoreError> {
        let sql = "SELECT doc FROM requests WHERE debrief IS NOT NULL ORDER BY debrief, id";
        self.read(|db| read::all(db, sql, [], convert::request))
    }

    async fn delegations(&self) -> Result<Vec<Delegation>, StoreError> {
        let sql = "SELECT doc FROM delegations ORDER BY delegator, delegate";
        self.read(|db| read::all(db, sql, [], convert::delegation))
    }

    async fn record(&self, kind: RecordKind, key: &str) -> Result<Option<Record>, StoreError> {
        let sql = "SELECT key, revision, body FROM records WHERE kind = ?1 AND key = ?2";
        self.read(|db| read::one(db, sql, [kind.as_str(), key], |row| convert::record(row, kind)))
    }

    async fn records(&self, kind: RecordKind, prefix: &str) -> Result<Vec<Record>, StoreError> {
        let sql = "SELECT key, revision, body FROM records
                   WHERE kind = ?1 AND key >= ?2 AND substr(key, 1, length(?2)) = ?2 ORDER BY key";
        self.read(|db| read::all(db, sql, [kind.as_str(), prefix], |row| convert::record(row, kind)))
    }

    async fn role_generations(&self) -> Result<Vec<RoleGeneration>, StoreError> {
        let sql = "SELECT role, generation, digest FROM role_generations ORDER BY role";
        self.read(|db| read::all(db, sql, [], convert::role_generation))
    }

    async fn events(&self, filter: &EventFilter) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(|db| read::events(db, filter))
    }

    async fn last_act(&self, actor: &Name) -> Result<Option<Time>, StoreError> {
        // By the index, backwards: one row is read, however long the log is.
        let sql = "SELECT at FROM events WHERE actor = ?1 ORDER BY seq DESC LIMIT 1";
        self.read(|db| read::one(db, sql, [actor.as_str()], |row| convert::time(row, 0)))
    }

    async fn log_head(&self) -> Result<LogHead, StoreError> {
        let (chain, latest) = self.read(read::head)?;
        Ok(LogHead { size: chain.size(), root: chain.root(), latest })
    }

    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError> {
        self.write(Task::Checkpoint { size, note: note.to_owned() }).await
    }

    async fn signed(&self) -> Result<u64, StoreError> {
        let sql = "SELECT size FROM checkpoints ORDER BY size DESC LIMIT 1";
        let size = self.read(|db| read::one(db, sql, [], |row| convert::unsigned(row, 0)))?;
        Ok(size.unwrap_or(0))
    }

    async fn checkpoints(&self) -> Result<Vec<(u64, String)>, StoreError> {
        let sql = "SELECT size, note FROM checkpoints ORDER BY size";
        self.read(|db| read::all(db, sql, params![], |row| Ok((convert::unsigned(row, 0)?, row.get(1)?))))
    }
}
