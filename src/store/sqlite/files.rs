//! The data folder: private to its owner whatever the umask says, and used by one process at a time.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::files::{self, FileError};
use crate::store::StoreError;

const LOCK: &str = "lock";
const DATABASE: &str = "jit.db";

/// A data folder that this process holds. The operating system lets go of it when the process ends,
/// however it ends, so no lock is ever left behind.
#[derive(Debug)]
pub(super) struct DataFolder {
    pub(super) database: PathBuf,
    _lock: File,
}

/// Who else may have the folder open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    /// Nobody: a server.
    Alone,
    /// Others that share it too: commands of one user.
    Shared,
}

impl DataFolder {
    /// Makes or checks the folder and its files, and takes the lock.
    pub(super) fn open(dir: &Path, hold: Hold) -> Result<Self, StoreError> {
        files::private_dir(dir)?;
        let lock = lock(dir, hold)?;
        let database = dir.join(DATABASE);
        // SQLite gives its -wal and -shm files the mode of the database file, so that one is made here.
        files::open_private(&database)?;
        for suffix in ["-wal", "-shm", "-journal"] {
            files::found(files::check_private(&dir.join(format!("{DATABASE}{suffix}"))))?;
        }
        Ok(Self { database, _lock: lock })
    }
}

fn lock(dir: &Path, hold: Hold) -> Result<File, StoreError> {
    let path = dir.join(LOCK);
    let mut file = files::open_private(&path)?;
    let taken = match hold {
        Hold::Alone => file.try_lock(),
        Hold::Shared => file.try_lock_shared(),
    };
    match taken {
        Ok(()) => {
            // For the sentence that the next one reads; nothing depends on it.
            let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = file.rewind().and_then(|()| file.take(20).read_to_string(&mut holder));
            Err(StoreError::InUse { path: files::shown(dir), process: holder.parse().ok() })
        }
        Err(TryLockError::Error(error)) => Err(FileError::io("lock", &path)(error).into()),
    }
}
