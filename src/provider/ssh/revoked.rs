//! Which certificates were revoked: in memory, in `revoked.json`, and in the KRL that is made of it.
//!
//! `revoked.json` has each serial with its certificate's own end, so that the KRL can be made again and
//! forget what has long ended. It is written first and shortened last: on disk, whatever crash came
//! in between, the KRL never lists more than it. A KRL that does was tampered with, or its sidecar was.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::OpenError;
use super::ca::Ca;
use super::krl::{self, Krl};
use crate::domain::text::escape;
use crate::domain::{Span, Time};
use crate::files::{self, FileError, FileId, Lock, Opened};

pub const KRL: &str = "krl";
pub const SIDECAR: &str = "revoked.json";
const LOCK: &str = "lock";

/// Revoked serials stay in the KRL for this long after their certificate's own end: a host whose clock
/// is as far behind still refuses them.
const KEPT: Span = Span::clamped(24 * 3600);

/// The clock must agree with the monotonic one for this long before anything is forgotten; see [`Steady`].
const STEADY: Duration = Duration::from_secs(3600);
const JUMP: u64 = 60;

/// How long another process may hold the folder.
const PATIENCE: Duration = Duration::from_secs(5);
const LONGEST: u64 = 512 << 20;
/// Bytes of one entry in both files, as a range and two numbers of 20 digits; and of what is around them.
const LARGEST_ENTRY: u64 = 21 + 44;
const LARGEST_FRAME: u64 = 2 * 4096;

/// The sidecar's form. Ends are in seconds since 1970.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sidecar {
    schema: String,
    kind: String,
    /// The CA's fingerprint.
    ca: String,
    krl_version: u64,
    revoked: Vec<(u64, u64)>,
}

const SCHEMA: (&str, &str) = ("jit/v1", "ssh-revoked");

/// Revoked serials, each with its certificate's own end in seconds since 1970.
type Entries = BTreeMap<u64, u64>;

pub struct Revocations {
    dir: PathBuf,
    ca: Arc<Ca>,
    memory: Mutex<Memory>,
    disk: Mutex<Disk>,
    read: Mutex<Option<(FileId, Arc<Krl>)>>,
}

struct Memory {
    entries: Entries,
    /// Rises with each change of the entries.
    generation: u64,
    /// The generation that `krl` was made of.
    made: u64,
    /// The generation that is in the KRL file for certain.
    durable: u64,
    krl: Arc<[u8]>,
    version: u64,
    /// When the entries changed, in seconds since 1970.
    changed: u64,
}

impl Memory {
    /// The KRL of the entries as they are, made anew only after a change.
    fn krl(&mut self, ca: &Ca) -> Arc<[u8]> {
        if self.made != self.generation {
            // Not lower than the time, so that versions rise also over writes that failed and a restart.
            self.version = self.version.saturating_add(1).max(self.changed);
            let krl = Krl::new(self.version, self.changed, self.entries.keys().copied());
            self.krl = krl.encode(ca.blob()).into();
            self.made = self.generation;
        }
        Arc::clone(&self.krl)
    }
}

struct Disk {
    /// What the KRL file may list: after a failed write, the old list and the new one.
    listed: Entries,
    /// The files as they were last read or written here.
    krl: Option<FileId>,
    sidecar: Option<FileId>,
    steady: Steady,
}

impl Revocations {
    /// Reads the folder, which must hold both files unless it is a `first` start, and writes what is
    /// missing. The caller holds the folder's lock.
    ///
    /// # Errors
    /// INVARIANT 9: a file that does not read, or does not fit the other, is never taken for an empty
    /// list, which would give revoked certificates back. The error names the cure.
    pub fn open(dir: &Path, ca: Arc<Ca>, first: bool, now: Time) -> Result<Self, OpenError> {
        let (krl_path, sidecar_path) = (dir.join(KRL), dir.join(SIDECAR));
        let bytes = files::found(files::read_at_most(&krl_path, 0o644, LONGEST))?;
        let krl = match bytes.as_ref().map(|bytes| Krl::decode(bytes, ca.blob())).transpose() {
            Ok(krl) => krl,
            Err(error) => {
                return Err(OpenError::Damaged {
                    what: error.to_string(),
                    cure: format!("remove it, and it is made again from {}", sidecar_path.display()),
                    path: krl_path,
                });
            }
        };
        let (entries, version) = match read_sidecar(&sidecar_path, &ca)? {
            Some(sidecar) => sidecar,
            None if first && krl.is_none() => (Entries::new(), 0),
            None => {
                return Err(damaged(&sidecar_path, "it is missing, and with it what was revoked".to_owned()));
            }
        };
        let mut listed = Entries::new();
        for serial in krl.iter().flat_map(Krl::serials) {
            let Some(&end) = entries.get(&serial) else {
                let what = format!("the KRL beside it lists serial {serial}, which it does not have");
                return Err(damaged(&sidecar_path, what));
            };
            listed.insert(serial, end);
        }
        let complete = krl.is_some() && listed.len() == entries.len();
        let revocations = Self {
            dir: dir.to_owned(),
            memory: Mutex::new(Memory {
                entries,
                generation: 1,
                made: u64::from(complete),
                durable: u64::from(complete),
                krl: bytes.unwrap_or_default().as_slice().into(),
                version: version.max(krl.map_or(0, |krl| krl.version)),
                changed: now.unix_secs(),
            }),
            disk: Mutex::new(Disk {
                listed,
                krl: FileId::of(&krl_path)?,
                sidecar: FileId::of(&sidecar_path)?,
                steady: Steady::new(now, Instant::now()),
            }),
            ca,
            read: Mutex::new(None),
        };
        if !complete {
            match revocations.write(&mut lock(&revocations.disk), now) {
                Err(error) if first => return Err(error),
                // What is missing in it was never said to be revoked: its revocation is tried again, and
                // that writes. A full disk must not keep the server from starting.
                Err(error) => tracing::warn!(%error, path = %krl_path.display(), "cannot write the KRL"),
                Ok(()) => {}
            }
        }
        Ok(revocations)
    }

    pub fn krl_path(&self) -> PathBuf {
        self.dir.join(KRL)
    }

    pub fn krl_bytes(&self) -> Arc<[u8]> {
        // What another process revoked is served too. Where the disk is busy or fails, what is known is
        // served at once, not late.
        if let Ok(mut disk) = self.disk.try_lock() {
            let _ = self.take_in(&mut disk);
        }
        lock(&self.memory).krl(&self.ca)
    }

    pub fn has(&self, serial: u64) -> bool {
        lock(&self.memory).entries.contains_key(&serial)
    }

    /// Adds a serial in memory; [`Revocations::flush`] with the generation returned makes it durable.
    pub fn add(&self, serial: u64, end: Time, now: Time) -> u64 {
        let mut memory = lock(&self.memory);
        // Zero cannot be listed, and is never granted.
        if serial != 0 && !memory.entries.contains_key(&serial) {
            memory.entries.insert(serial, end.unix_secs());
            memory.generation += 1;
            memory.changed = now.unix_secs();
        }
        memory.generation
    }

    /// Returns once a KRL with all of that generation is durable on disk.
    ///
    /// Concurrent callers share writes: whoever comes first writes everything that was added so far,
    /// and those who waited find their generation covered. INVARIANT 5: where the disk fails, the KRL in
    /// memory has the serial all the same, and the caller tries again.
    pub fn flush(&self, generation: u64, now: Time) -> Result<(), OpenError> {
        if self.is_durable(generation) {
            return Ok(());
        }
        let mut disk = lock(&self.disk);
        let _folder = lock_folder(&self.dir)?;
        self.take_in(&mut disk)?;
        self.write(&mut disk, now)
    }

    /// Whether the KRL file that was written last, with all of that generation, stands as it was: one
    /// that others removed or changed is to be written again.
    pub fn is_durable(&self, generation: u64) -> bool {
        let disk = lock(&self.disk);
        let covered = lock(&self.memory).durable >= generation;
        covered && disk.krl.is_some() && FileId::of(&self.krl_path()).is_ok_and(|id| id == disk.krl)
    }

    /// Takes in what another process wrote, such as a second `jit` on the same folder.
    fn take_in(&self, disk: &mut Disk) -> Result<(), OpenError> {
        let path = self.dir.join(SIDECAR);
        let id = FileId::of(&path)?;
        if id == disk.sidecar {
            return Ok(());
        }
        // Removed while we run: all that was in it is in memory.
        let Some((theirs, version)) = read_sidecar(&path, &self.ca)? else {
            return Ok(());
        };
        disk.sidecar = id;
        disk.listed.extend(&theirs);
        let mut memory = lock(&self.memory);
        memory.version = memory.version.max(version);
        memory.entries.extend(&theirs);
        memory.generation += 1;
        Ok(())
    }

    /// Writes both files, without what may be forgotten.
    fn write(&self, disk: &mut Disk, now: Time) -> Result<(), OpenError> {
        let forget = disk.steady.may_forget(now, Instant::now());
        let (entries, generation, krl, version) = {
            let mut memory = lock(&self.memory);
            let before = memory.entries.len();
            memory.entries.retain(|_, end| !forget || end.saturating_add(KEPT.secs()) > now.unix_secs());
            if memory.entries.len() != before {
                memory.generation += 1;
                memory.changed = now.unix_secs();
            }
            let krl = memory.krl(&self.ca);
            (memory.entries.clone(), memory.generation, krl, memory.version)
        };
        // What the KRL on disk still lists stays in the sidecar until a write after this one.
        let mut kept = entries.clone();
        for (&serial, &end) in &disk.listed {
            kept.entry(serial).or_insert(end);
        }
        let path = self.dir.join(SIDECAR);
        let json = serde_json::to_vec(&Sidecar {
            schema: SCHEMA.0.to_owned(),
            kind: SCHEMA.1.to_owned(),
            ca: self.ca.fingerprint().to_owned(),
            krl_version: version,
            revoked: kept.iter().map(|(&serial, &end)| (serial, end)).collect(),
        })
        .map_err(|error| FileError::io("write", &path)(error.into()))?;

        files::replace(&path, &json, 0o600)?;
        disk.sidecar = FileId::of(&path)?;
        disk.listed = kept;
        // Readable by all: it is served to anyone over HTTP and names nobody, and what fetches it for a
        // host need not be root. Only its owner can write it.
        files::replace(&self.krl_path(), &krl, 0o644)?;
        disk.krl = FileId::of(&self.krl_path())?;
        disk.listed = entries;

        let mut memory = lock(&self.memory);
        memory.durable = memory.durable.max(generation);
        Ok(())
    }

    /// The KRL as it stands on disk; parsed anew whenever the file is another than the last time.
    /// `Ok(Err(…))` says what is wrong with it: nothing in such a file counts as revoked.
    pub fn read_back(&self) -> Result<Result<Arc<Krl>, String>, OpenError> {
        let path = self.krl_path();
        let Some(file) = files::found(Opened::new(&path))? else {
            return Ok(Err("the KRL file is missing".to_owned()));
        };
        let id = file.id();
        if let Some((known, krl)) = &*lock(&self.read)
            && *known == id
        {
            return Ok(Ok(Arc::clone(krl)));
        }
        let bytes = file.read(LONGEST)?;
        Ok(match Krl::decode(&bytes, self.ca.blob()) {
            Ok(krl) => {
                let krl = Arc::new(krl);
                *lock(&self.read) = Some((id, Arc::clone(&krl)));
                Ok(krl)
            }
            Err(error) => Err(format!("the KRL file does not read: {error}")),
        })
    }

    /// Proves that the folder takes another KRL and sidecar, beside those that stand there.
    pub fn probe(&self) -> Result<(), OpenError> {
        let entries = lock(&self.memory).entries.len() as u64;
        Ok(files::probe(&self.dir, entries.saturating_mul(LARGEST_ENTRY).saturating_add(LARGEST_FRAME))?)
    }
}

fn damaged(path: &Path, what: String) -> OpenError {
    let cure =
        "restore it from a backup; or start with an empty folder, and replace the CA key on every host";
    OpenError::Damaged { path: path.to_owned(), what, cure: cure.to_owned() }
}

fn parse_sidecar(path: &Path) -> Result<Option<Sidecar>, OpenError> {
    let read = files::read_at_most(path, 0o600, LONGEST);
    let Some(bytes) = files::found(read)? else { return Ok(None) };
    let sidecar: Sidecar = serde_json::from_slice(&bytes).map_err(|e| damaged(path, e.to_string()))?;
    if (sidecar.schema.as_str(), sidecar.kind.as_str()) != SCHEMA {
        return Err(damaged(path, "it is of another kind".to_owned()));
    }
    Ok(Some(sidecar))
}

/// The entries and the version of the KRL.
fn read_sidecar(path: &Path, ca: &Ca) -> Result<Option<(Entries, u64)>, OpenError> {
    let Some(sidecar) = parse_sidecar(path)? else { return Ok(None) };
    if sidecar.ca != ca.fingerprint() {
        return Err(damaged(path, format!("it belongs to another CA, {}", escape(&sidecar.ca))));
    }
    let count = sidecar.revoked.len();
    let entries: Entries = sidecar.revoked.into_iter().collect();
    if entries.len() != count || entries.contains_key(&0) || count as u64 > krl::MOST {
        return Err(damaged(path, "it has an entry that jit does not write".to_owned()));
    }
    Ok(Some((entries, sidecar.krl_version)))
}

/// Removes what a first start that crashed before its CA key was written may have left: an empty list
/// of a CA that no host ever heard of. The caller holds the folder's lock.
///
/// # Errors
/// A list that is not empty is of a CA whose key was lost.
pub fn clear_first_start(dir: &Path) -> Result<(), OpenError> {
    let (krl, sidecar) = (dir.join(KRL), dir.join(SIDECAR));
    let empty = match parse_sidecar(&sidecar)? {
        Some(sidecar) => sidecar.revoked.is_empty(),
        // The sidecar is written first.
        None => !krl.exists(),
    };
    if !empty {
        return Err(damaged(dir, "its CA key is missing, but certificates of it were revoked".to_owned()));
    }
    for path in [krl, sidecar] {
        files::remove(&path)?;
    }
    Ok(())
}

/// Keeps other processes out of the folder until it is dropped.
///
/// # Errors
/// [`FileError::Busy`] after five seconds.
pub fn lock_folder(dir: &Path) -> Result<Lock, FileError> {
    files::lock_file(&dir.join(LOCK), PATIENCE)
}

/// What a panic elsewhere left under a lock is whole: every change under one is a single assignment or
/// insertion.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether the clock can be trusted enough to forget a revocation.
///
/// A clock that leaps ahead would make revoked certificates look long ended; forgotten then, they would
/// work again once it is put right. So nothing is forgotten before the clock has agreed with the
/// monotonic one for an hour.
struct Steady {
    since: (Time, Instant),
}

impl Steady {
    fn new(now: Time, at: Instant) -> Self {
        Self { since: (now, at) }
    }

    fn may_forget(&mut self, now: Time, at: Instant) -> bool {
        let (time, instant) = self.since;
        let passed = at.saturating_duration_since(instant);
        let expected = time.millis().saturating_add(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX));
        if now.millis().abs_diff(expected) > JUMP * 1000 {
            self.since = (now, at);
            return false;
        }
        passed >= STEADY
    }
}

#[cfg(test)]
#[path = "revoked_tests.rs"]
mod tests;
