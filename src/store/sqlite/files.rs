//! The data folder: private to its owner whatever the umask says, and used by one process at a time.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use crate::domain::text;
use crate::store::StoreError;

const LOCK: &str = "lock";
const DATABASE: &str = "jit.db";
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A data folder that this process holds. The operating system lets go of it when the process ends,
/// however it ends, so no lock is ever left behind.
#[derive(Debug)]
pub(super) struct DataFolder {
    pub(super) database: PathBuf,
    _lock: File,
}

fn opening(source: io::Error) -> StoreError {
    StoreError::io("opened", source)
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
        make_folder(dir)?;
        let lock = lock(dir, hold)?;
        let database = dir.join(DATABASE);
        // SQLite gives its -wal and -shm files the mode of the database file, so that one is made here.
        private_file(&database)?;
        for suffix in ["-wal", "-shm", "-journal"] {
            let path = dir.join(format!("{DATABASE}{suffix}"));
            match path.symlink_metadata() {
                Ok(found) => check(&path, &found, FILE_MODE)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(opening(error)),
            }
        }
        Ok(Self { database, _lock: lock })
    }
}

fn make_folder(dir: &Path) -> Result<(), StoreError> {
    match dir.metadata() {
        Ok(found) => check(dir, &found, FOLDER_MODE),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(dir).map_err(opening)?;
            // The umask can only have taken bits away; a folder that its owner cannot use is no use.
            std::fs::set_permissions(dir, Permissions::from_mode(FOLDER_MODE)).map_err(opening)
        }
        Err(error) => Err(opening(error)),
    }
}

/// Opens the file, which is made if it is not there. Never through a link.
fn private_file(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(FILE_MODE);
    match options.clone().create_new(true).open(path) {
        Ok(file) => {
            file.set_permissions(Permissions::from_mode(FILE_MODE)).map_err(opening)?;
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            check(path, &path.symlink_metadata().map_err(opening)?, FILE_MODE)?;
            options.open(path).map_err(opening)
        }
        Err(error) => Err(opening(error)),
    }
}

/// Refuses what others can read or write, or own. It is not mended here: who could write may have
/// written, and who could read has read; a person should know of it.
fn check(path: &Path, found: &Metadata, mode: u32) -> Result<(), StoreError> {
    let refuse = |problem: String, cure: String| {
        Err(StoreError::Unsafe {
            path: text::escape(&path.display().to_string()).into_owned(),
            problem,
            cure,
        })
    };
    let quoted = text::escape(&path.display().to_string()).replace('\'', r"'\''");
    let (has, own) = (found.mode() & 0o7777, rustix::process::geteuid().as_raw());
    if found.file_type().is_symlink() {
        return refuse("is a link".to_owned(), "move the file itself here".to_owned());
    }
    if found.uid() != own {
        return refuse(format!("belongs to user {}", found.uid()), format!("chown {own} '{quoted}'"));
    }
    if has & 0o077 != 0 {
        return refuse(format!("is open to others (mode {has:04o})"), format!("chmod {mode:o} '{quoted}'"));
    }
    Ok(())
}

fn lock(dir: &Path, hold: Hold) -> Result<File, StoreError> {
    let mut file = private_file(&dir.join(LOCK))?;
    let operation = match hold {
        Hold::Alone => FlockOperation::NonBlockingLockExclusive,
        Hold::Shared => FlockOperation::NonBlockingLockShared,
    };
    match flock(&file, operation) {
        Ok(()) => {
            // For the sentence that the next one reads; nothing depends on it.
            let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            Ok(file)
        }
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut holder = String::new();
            let _ = file.rewind().and_then(|()| file.take(20).read_to_string(&mut holder));
            let path = text::escape(&dir.display().to_string()).into_owned();
            Err(StoreError::InUse { path, process: holder.parse().ok() })
        }
        Err(error) => Err(opening(error.into())),
    }
}
