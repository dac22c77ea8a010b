//! Private files and folders, the one place that knows how they are made, checked and replaced; and the
//! policy files that everybody may read.
//!
//! Modes do not depend on the umask: files are 0600, folders 0700, from the moment they exist. What is
//! looser, or is somebody else's, is refused with the cure, and never mended silently: whoever could
//! read it may have read it.

mod policy;
mod scratch;

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use crate::domain::text::escape;

pub use policy::{policy_folder_state, read_policy_folder, read_shared, write_shared};
pub use scratch::Scratch;

/// The owner's bits: those of a private folder, and the most that a private file may have.
const OWNER: u32 = 0o700;
/// The mode that private files are made with.
const PRIVATE: u32 = 0o600;

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
    // Raw, so that it is not told again as the cause: it is in the sentence.
    Io { doing: &'static str, path: PathBuf, r#source: io::Error },
}

impl FileError {
    pub fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

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

/// `None` where there is nothing at the path.
///
/// # Errors
/// Every other failure.
pub fn found<T>(result: Result<T, FileError>) -> Result<Option<T>, FileError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// A path as it is shown: file names are text from others.
pub fn shown(path: &Path) -> String {
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

fn flags(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).unwrap_or(0)
}

/// Refuses what is somebody else's, or has more mode bits than `most`.
fn ours(path: &Path, meta: &fs::Metadata, most: u32) -> Result<(), FileError> {
    if meta.uid() != uid() {
        return Err(FileError::Foreign { path: path.to_owned(), owner: meta.uid() });
    }
    let mode = meta.mode() & 0o7777;
    if mode & 0o777 & !most != 0 {
        // The cure of a file sets no `x`.
        let wanted = if meta.is_dir() { most } else { most & 0o666 };
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
    make_dir(path)?;
    let meta = fs::metadata(path).map_err(FileError::io("look at", path))?;
    ours(path, &meta, OWNER)
}

fn make_dir(path: &Path) -> Result<(), FileError> {
    let made = match (new_dir(path), path.parent()) {
        (Err(err), Some(parent)) if err.kind() == io::ErrorKind::NotFound && parent != Path::new("") => {
            make_dir(parent)?;
            new_dir(path)
        }
        (made, _) => made,
    };
    match made {
        Ok(()) => sync_parent(path),
        Err(_) if path.is_dir() => Ok(()),
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {
            Err(FileError::Kind { path: path.to_owned(), wanted: "a folder" })
        }
        Err(err) => Err(FileError::io("create folder", path)(err)),
    }
}

/// Fails where something is: nobody else's folder is taken.
fn new_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(OWNER).create(path)?;
    // Also under a umask that takes away the owner's own rights.
    fs::set_permissions(path, Permissions::from_mode(OWNER))
}

/// Replaces a file in one step: after a crash it has the old bytes or the new, and both are on the disk.
///
/// # Errors
/// When the path holds anything but a regular file of ours, or on a failure to write.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    replaceable(path)?;
    replace(path, bytes, PRIVATE)
}

/// Finds out beforehand what [`write_private`] would fail of, where what is to be written can be had only
/// once.
///
/// # Errors
/// As [`write_private`].
pub fn can_write_private(path: &Path) -> Result<(), FileError> {
    replaceable(path)?;
    Temp::write(path, b"", PRIVATE).map(drop)
}

fn replaceable(path: &Path) -> Result<(), FileError> {
    match fs::symlink_metadata(path) {
        Ok(meta) if !meta.is_file() => Err(not_a_file(path)),
        Ok(meta) if meta.uid() != uid() => {
            Err(FileError::Foreign { path: path.to_owned(), owner: meta.uid() })
        }
        _ => Ok(()),
    }
}

/// As [`write_private`], with a mode, and in place of whatever file or link is there: where the write
/// matters more than what somebody put in its way.
///
/// # Errors
/// On a failure to write.
pub fn replace(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let temp = Temp::write(path, bytes, mode)?;
    fs::rename(&temp.path, path).map_err(FileError::io("replace", path))?;
    drop(temp); // It is `path` now, so nothing is removed.
    sync_parent(path)
}

/// Writes a file that must not be there yet: whole, or not at all.
///
/// # Errors
/// [`FileError::Exists`] when there is anything at the path, a symbolic link included.
pub fn write_new_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let temp = Temp::write(path, bytes, PRIVATE)?;
    // A link is refused where something exists, as O_EXCL is, and never shows half a file.
    fs::hard_link(&temp.path, path).map_err(|err| match err.kind() {
        io::ErrorKind::AlreadyExists => FileError::Exists { path: path.to_owned() },
        _ => FileError::io("create", path)(err),
    })?;
    drop(temp);
    sync_parent(path)
}

/// Proves that the folder takes `size` more bytes. Space is reserved and given back, and nothing is
/// written or synced: it is a question, not a record.
///
/// # Errors
/// When it does not.
pub fn probe(dir: &Path, size: u64) -> Result<(), FileError> {
    let temp = Temp::create(&dir.join("probe"), PRIVATE)?;
    match rustix::fs::fallocate(&temp.file, rustix::fs::FallocateFlags::empty(), 0, size) {
        // A file system that reserves nothing cannot be asked; the next write tells.
        Ok(()) | Err(rustix::io::Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(FileError::io("write in", dir)(error.into())),
    }
}

/// Removes a file or a link, where there is one.
///
/// # Errors
/// When it is still there.
pub fn remove(path: &Path) -> Result<(), FileError> {
    found(fs::remove_file(path).map_err(FileError::io("remove", path))).map(drop)
}

/// Removes what a crash left half written. The caller holds the folder's lock: nobody is writing there.
pub fn remove_leftovers(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        if name.starts_with(b".") && name.ends_with(TEMP.as_bytes()) {
            // One that stays takes room, and does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

const TEMP: &str = ".tmp";

/// A file beside its destination; removed when it is not renamed.
struct Temp {
    path: PathBuf,
    file: File,
}

impl Temp {
    fn create(destination: &Path, mode: u32) -> Result<Self, FileError> {
        let mut random = [0u8; 8];
        getrandom::fill(&mut random).map_err(|e| FileError::io("name", destination)(io::Error::other(e)))?;
        let Some(name) = destination.file_name() else {
            return Err(not_a_file(destination));
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{:016x}{TEMP}", u64::from_be_bytes(random)));
        let path = destination.with_file_name(hidden);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .map_err(FileError::io("create", destination))?;
        let temp = Self { path, file };
        // Also under a umask that takes away the owner's own rights.
        temp.file
            .set_permissions(Permissions::from_mode(mode))
            .map_err(FileError::io("protect", destination))?;
        Ok(temp)
    }

    fn write(destination: &Path, bytes: &[u8], mode: u32) -> Result<Self, FileError> {
        let mut temp = Self::create(destination, mode)?;
        let written = temp.file.write_all(bytes).and_then(|()| temp.file.sync_all());
        written.map_err(FileError::io("write", destination))?;
        Ok(temp)
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Without this a new name may be gone after a power cut.
fn sync_parent(path: &Path) -> Result<(), FileError> {
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent).and_then(|dir| dir.sync_all()).map_err(FileError::io("sync", parent))
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
    let opened = Opened::with(path, OpenOptions::new().read(true), OFlags::NOFOLLOW)?;
    ours(path, &opened.meta, OWNER)?;
    opened.read(max)
}

/// Reads a file that has no more mode bits than `most`. A link is followed: what mounts a secret makes
/// links.
///
/// # Errors
/// As [`read_private`].
pub fn read_at_most(path: &Path, most: u32, max: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
    let opened = Opened::new(path)?;
    ours(path, &opened.meta, most)?;
    opened.read(max)
}

/// Opens a private file to read and to write it, and makes it if it is not there.
///
/// # Errors
/// As [`read_private`].
pub fn open_private(path: &Path) -> Result<File, FileError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    match options.clone().create_new(true).mode(PRIVATE).open(path) {
        Ok(file) => {
            file.set_permissions(Permissions::from_mode(PRIVATE)).map_err(FileError::io("protect", path))?;
            Ok(file)
        }
        Err(err) if err.kind() == io::ErrorKind::AlreadyExists => {
            let opened = Opened::with(path, &mut options, OFlags::NOFOLLOW)?;
            ours(path, &opened.meta, OWNER)?;
            Ok(opened.file)
        }
        Err(err) => Err(FileError::io("create", path)(err)),
    }
}

/// Checks a file without opening it: to close one that SQLite uses would let go of its locks.
///
/// # Errors
/// As [`read_private`].
pub fn check_private(path: &Path) -> Result<(), FileError> {
    let meta = fs::symlink_metadata(path).map_err(FileError::io("look at", path))?;
    if meta.is_file() { ours(path, &meta, OWNER) } else { Err(not_a_file(path)) }
}

/// Which file stands under a name, and in which state: it changes with every replacement, and with an
/// edit in place as finely as the kernel's clock ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileId {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
    modified: (i64, i64),
}

impl From<&fs::Metadata> for FileId {
    fn from(m: &fs::Metadata) -> Self {
        Self {
            device: m.dev(),
            inode: m.ino(),
            size: m.size(),
            changed: (m.ctime(), m.ctime_nsec()),
            modified: (m.mtime(), m.mtime_nsec()),
        }
    }
}

impl FileId {
    /// `None` where nothing stands under that name.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn of(path: &Path) -> Result<Option<Self>, FileError> {
        Ok(found(fs::metadata(path).map_err(FileError::io("look at", path)))?.as_ref().map(Self::from))
    }
}

/// An open file. What is judged is what is read: no name is looked up twice.
#[derive(Debug)]
pub struct Opened<'a> {
    path: &'a Path,
    file: File,
    meta: fs::Metadata,
}

impl<'a> Opened<'a> {
    /// Opens a regular file of anybody's, in any mode, to read it. A link is followed.
    ///
    /// # Errors
    /// When it is no regular file, or cannot be opened.
    pub fn new(path: &'a Path) -> Result<Self, FileError> {
        Self::with(path, OpenOptions::new().read(true), OFlags::empty())
    }

    fn with(path: &'a Path, options: &mut OpenOptions, extra: OFlags) -> Result<Self, FileError> {
        // Without NONBLOCK, opening a pipe waits for a writer for ever.
        let file = options.custom_flags(flags(OFlags::NONBLOCK | extra)).open(path);
        let file = file.map_err(|err| {
            let link = err.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
            let other = link || err.kind() == io::ErrorKind::IsADirectory;
            if other { not_a_file(path) } else { FileError::io("open", path)(err) }
        })?;
        let meta = file.metadata().map_err(FileError::io("look at", path))?;
        if meta.is_file() { Ok(Self { path, file, meta }) } else { Err(not_a_file(path)) }
    }

    pub fn id(&self) -> FileId {
        FileId::from(&self.meta)
    }

    /// All of it.
    ///
    /// # Errors
    /// [`FileError::Long`] when that is more than `max` bytes.
    pub fn read(self, max: u64) -> Result<Zeroizing<Vec<u8>>, FileError> {
        let Self { path, file, meta } = self;
        let long = || FileError::Long { path: path.to_owned(), max };
        if meta.len() > max {
            return Err(long());
        }
        // Room for all of it from the start: a buffer that grows leaves copies behind.
        let room = usize::try_from(meta.len()).unwrap_or(0).saturating_add(1);
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        file.take(max.saturating_add(1)).read_to_end(&mut bytes).map_err(FileError::io("read", path))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max { Err(long()) } else { Ok(bytes) }
    }
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
    lock_file(&path.with_file_name(name), wait)
}

/// Takes the lock that this private file itself is; it is made if it is not there.
///
/// # Errors
/// As [`lock`].
pub fn lock_file(path: &Path, wait: Duration) -> Result<Lock, FileError> {
    let file = open_private(path)?;
    let give_up = Instant::now().checked_add(wait);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) if give_up.is_some_and(|at| Instant::now() < at) => {
                std::thread::sleep(Duration::from_millis(2));
            }
            Err(TryLockError::WouldBlock) => return Err(FileError::Busy { path: path.to_owned() }),
            Err(TryLockError::Error(err)) => return Err(FileError::io("lock", path)(err)),
        }
    }
}

#[cfg(test)]
mod tests;
