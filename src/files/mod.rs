//! Private files and folders, and the policy files that everybody may read.
//!
//! Modes do not depend on the umask: files are 0600, folders 0700, from the moment they exist. What is
//! looser, or is somebody else's, is refused with the cure, and never mended silently: whoever could
//! read it may have read it.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::domain::text::escape;

/// The longest policy or configuration file, in bytes.
pub const MAX_TEXT: u64 = 1024 * 1024;

/// Why a file or folder is not used. Names paths and modes only, never contents.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{} may be read or changed by others (mode {mode:04o})", shown(path))]
    Loose { path: PathBuf, mode: u32, wanted: u32 },
    #[error("{} can be changed by everybody (mode {mode:04o})", shown(path))]
    Writable { path: PathBuf, mode: u32 },
    #[error("{} belongs to another user (uid {owner})", shown(path))]
    Foreign { path: PathBuf, owner: u32 },
    #[error("{} is not {wanted}", shown(path))]
    Kind { path: PathBuf, wanted: &'static str },
    #[error("{} is longer than {max} bytes", shown(path))]
    Long { path: PathBuf, max: u64 },
    #[error("{} is not UTF-8 text", shown(path))]
    NotText { path: PathBuf },
    #[error("{} exists already", shown(path))]
    Exists { path: PathBuf },
    #[error("{} is in use by another jit process", shown(path))]
    Busy { path: PathBuf },
    #[error("cannot {doing} {}: {source}", shown(path))]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

impl FileError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Loose { path, wanted, .. } => Some(format!("chmod {wanted:o} {}", quoted(path))),
            Self::Writable { path, .. } => Some(format!("chmod o-w {}", quoted(path))),
            Self::Foreign { path, .. } => {
                Some(format!("use a file of your own, or as root: chown {} {}", uid(), quoted(path)))
            }
            Self::Kind { wanted, .. } => Some(format!("put {wanted} there")),
            Self::Long { max, .. } => Some(format!("keep it below {max} bytes")),
            Self::NotText { path } => Some(format!("iconv -t UTF-8 {}", quoted(path))),
            Self::Exists { path } => Some(format!("move it away first: mv {0} {0}.old", quoted(path))),
            Self::Busy { .. } => Some("wait for it to end, then try again".to_owned()),
            Self::Io { .. } => None,
        }
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// A path as it is shown: file names are text from others.
fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy()).into_owned()
}

/// A path as it is typed into a shell.
fn quoted(path: &Path) -> String {
    let text = shown(path);
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError {
    let path = path.to_owned();
    move |source| FileError::Io { doing, path, source }
}

fn flags(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).unwrap_or(0)
}

/// Refuses what others own or could open. `wanted` is the loosest mode allowed.
fn owned_and_closed(path: &Path, meta: &fs::Metadata, wanted: u32) -> Result<(), FileError> {
    if meta.uid() != uid() {
        return Err(FileError::Foreign { path: path.to_owned(), owner: meta.uid() });
    }
    let mode = meta.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(FileError::Loose { path: path.to_owned(), mode, wanted });
    }
    Ok(())
}

/// Makes a folder that only its owner can enter, with its parents, or checks the one that is there.
/// A symbolic link to such a folder is one.
///
/// # Errors
/// When it is open to others, belongs to somebody else, is no folder, or cannot be made.
pub fn private_dir(path: &Path) -> Result<(), FileError> {
    match DirBuilder::new().recursive(true).mode(0o700).create(path) {
        Ok(()) => {}
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {
            return Err(FileError::Kind { path: path.to_owned(), wanted: "a folder" });
        }
        Err(err) => return Err(io("create folder", path)(err)),
    }
    let meta = fs::metadata(path).map_err(io("look at", path))?;
    owned_and_closed(path, &meta, 0o700)
}

/// Replaces a file in one step: after a crash it has the old bytes or the new, and both are on the disk.
///
/// # Errors
/// When the path holds anything but a regular file of ours, or on a failure to write.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_file() => return Err(not_a_file(path)),
        Ok(meta) if meta.uid() != uid() => {
            return Err(FileError::Foreign { path: path.to_owned(), owner: meta.uid() });
        }
        _ => {}
    }
    let temp = Temp::write(path, bytes)?;
    fs::rename(&temp.0, path).map_err(io("replace", path))?;
    drop(temp); // It is `path` now, so nothing is removed.
    sync_parent(path)
}

/// Writes a file that must not be there yet: whole, or not at all.
///
/// # Errors
/// [`FileError::Exists`] when there is anything at the path, a symbolic link included.
pub fn write_new_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let temp = Temp::write(path, bytes)?;
    // A link is refused where something exists, as O_EXCL is, and never shows half a file.
    fs::hard_link(&temp.0, path).map_err(|err| match err.kind() {
        io::ErrorKind::AlreadyExists => FileError::Exists { path: path.to_owned() },
        _ => io("create", path)(err),
    })?;
    drop(temp);
    sync_parent(path)
}

/// A finished file beside its destination; removed when it is not renamed.
struct Temp(PathBuf);

impl Temp {
    fn write(destination: &Path, bytes: &[u8]) -> Result<Self, FileError> {
        let mut random = [0u8; 8];
        getrandom::fill(&mut random).map_err(|e| io("name", destination)(io::Error::other(e)))?;
        let Some(name) = destination.file_name() else {
            return Err(not_a_file(destination));
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{:016x}.tmp", u64::from_be_bytes(random)));
        let path = destination.with_file_name(hidden);
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(io("create", destination))?;
        let temp = Self(path);
        // Also under a umask that takes away the owner's own rights.
        file.set_permissions(Permissions::from_mode(0o600)).map_err(io("protect", destination))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io("write", destination))?;
        Ok(temp)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Without this a new name may be gone after a power cut.
fn sync_parent(path: &Path) -> Result<(), FileError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent).and_then(|dir| dir.sync_all()).map_err(io("sync", parent))
}

fn not_a_file(path: &Path) -> FileError {
    FileError::Kind { path: path.to_owned(), wanted: "a regular file" }
}

/// Reads a file that only its owner can open. The bytes are wiped when they are dropped.
///
/// # Errors
/// When it is open to others, somebody else's, a symbolic link or no regular file, or longer than
/// `max` bytes. [`FileError::is_not_found`] tells whether it is merely absent.
pub fn read_private(path: &Path, max: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let (file, meta) = open_file(path, OFlags::NOFOLLOW)?;
    owned_and_closed(path, &meta, 0o600)?;
    read_bounded(path, file, &meta, max)
}

/// Reads a text that others may read, but not everybody may change.
///
/// # Errors
/// When everybody can change it, when it is no regular file, no UTF-8, or longer than [`MAX_TEXT`].
pub fn read_shared(path: &Path) -> Result<String, FileError> {
    // A link is followed: what mounts a ConfigMap makes links.
    let (file, meta) = open_file(path, OFlags::empty())?;
    not_writable(path, &meta)?;
    let bytes = read_bounded(path, file, &meta, MAX_TEXT)?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Err(FileError::NotText { path: path.to_owned() }),
    }
}

/// The file that is open is the file that is judged: no name is looked up twice.
fn open_file(path: &Path, extra: OFlags) -> Result<(File, fs::Metadata), FileError> {
    // Without NONBLOCK, opening a pipe waits for a writer for ever.
    let file = OpenOptions::new().read(true).custom_flags(flags(OFlags::NONBLOCK | extra)).open(path);
    let file = file.map_err(|err| {
        let link = err.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
        if link { not_a_file(path) } else { io("read", path)(err) }
    })?;
    let meta = file.metadata().map_err(io("look at", path))?;
    if meta.is_file() { Ok((file, meta)) } else { Err(not_a_file(path)) }
}

fn read_bounded(
    path: &Path,
    file: File,
    meta: &fs::Metadata,
    max: u64,
) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let long = || FileError::Long { path: path.to_owned(), max };
    if meta.len() > max {
        return Err(long());
    }
    // Room for all of it from the start: a buffer that grows leaves copies behind.
    let room = usize::try_from(meta.len()).unwrap_or(0).saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(max.saturating_add(1)).read_to_end(&mut bytes).map_err(io("read", path))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max { Err(long()) } else { Ok(bytes) }
}

fn not_writable(path: &Path, meta: &fs::Metadata) -> Result<(), FileError> {
    let mode = meta.mode() & 0o7777;
    if mode & 0o002 == 0 { Ok(()) } else { Err(FileError::Writable { path: path.to_owned(), mode }) }
}

/// The `*.toml` directly inside a folder, as (file name, text), in the order of their names. Names
/// that begin with a dot are an editor's or a mount's own, and are left out.
///
/// # Errors
/// The first file that does not count: one bad file means no policy, never a part of it.
pub fn read_policy_folder(dir: &Path) -> Result<Vec<(String, String)>, FileError> {
    let meta = fs::metadata(dir).map_err(io("read", dir))?;
    if !meta.is_dir() {
        return Err(FileError::Kind { path: dir.to_owned(), wanted: "a folder" });
    }
    not_writable(dir, &meta)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(io("read", dir))? {
        let entry = entry.map_err(io("read", dir))?;
        let path = entry.path();
        let raw = entry.file_name();
        let bytes = raw.as_encoded_bytes();
        if bytes.starts_with(b".") || !bytes.ends_with(b".toml") {
            continue;
        }
        names.push(raw.into_string().map_err(|_| FileError::NotText { path })?);
    }
    names.sort_unstable();
    names.into_iter().map(|name| read_shared(&dir.join(&name)).map(|text| (name, text))).collect()
}

/// Keeps other processes of this user out until it is dropped.
#[must_use]
#[derive(Debug)]
pub struct Lock {
    /// The lock lives as long as the open file.
    _file: File,
}

/// Takes the lock of a private file that is read, changed and written back: an empty file beside it.
///
/// # Errors
/// [`FileError::Busy`] when another process keeps it for longer than `wait`.
pub fn lock(path: &Path, wait: Duration) -> Result<Lock, FileError> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().ok_or_else(|| not_a_file(path))?);
    name.push(".lock");
    // Not the file itself, which each write replaces; and never removed, or two would hold "the" lock.
    let path = path.with_file_name(name);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK))
        .open(&path)
        .map_err(io("lock", &path))?;
    let give_up = Instant::now().checked_add(wait);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) if give_up.is_some_and(|at| Instant::now() < at) => {
                std::thread::sleep(Duration::from_millis(10));
            }
            Err(TryLockError::WouldBlock) => return Err(FileError::Busy { path }),
            Err(TryLockError::Error(err)) => return Err(io("lock", &path)(err)),
        }
    }
}

#[cfg(test)]
mod tests;
