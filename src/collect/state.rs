//! How far a collector has come, in a private file that it has alone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::CollectError;
use crate::files::{self, FileError, Lock};

/// Some 100,000 files.
const LONGEST: u64 = 32 << 20;

/// A document in a file, which is replaced in one step.
#[derive(Debug)]
pub struct State<T> {
    path: PathBuf,
    pub now: T,
    _lock: Lock,
}

impl<T: Serialize + DeserializeOwned + Default> State<T> {
    /// Reads it; a new one where there is none.
    pub fn open(path: &Path) -> Result<Self, CollectError> {
        let lock = files::lock(path, Duration::ZERO)?;
        let now = match files::found(files::read_private(path, LONGEST))? {
            None => T::default(),
            // What cannot be read is an error, never a beginning from the start.
            Some(bytes) => {
                serde_json::from_slice(&bytes).map_err(|_| CollectError::State(path.to_owned()))?
            }
        };
        Ok(Self { path: path.to_owned(), now, _lock: lock })
    }

    pub fn save(&self) -> Result<(), CollectError> {
        let bytes = serde_json::to_vec(&self.now)
            .map_err(|error| FileError::io("write", &self.path)(error.into()))?;
        Ok(files::write_private(&self.path, &bytes)?)
    }
}

/// Opens somebody else's file to read it: never through a link, and never anything that would wait.
pub fn open(path: &Path) -> Result<std::fs::File, FileError> {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or(0);
    let file = std::fs::OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = file.map_err(FileError::io("open", path))?;
    let meta = file.metadata().map_err(FileError::io("look at", path))?;
    match meta.is_file() {
        true => Ok(file),
        false => Err(FileError::Kind { path: path.to_owned(), wanted: "a regular file" }),
    }
}

/// What is directly in a folder, by name, links left out: (name, path, is a folder).
pub fn entries(dir: &Path) -> Result<Vec<(String, PathBuf, bool)>, FileError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(FileError::io("read", dir))? {
        let entry = entry.map_err(FileError::io("read", dir))?;
        let Ok(kind) = entry.file_type() else { continue };
        let Ok(name) = entry.file_name().into_string() else { continue };
        if kind.is_file() || kind.is_dir() {
            found.push((name, entry.path(), kind.is_dir()));
        }
    }
    found.sort();
    Ok(found)
}
