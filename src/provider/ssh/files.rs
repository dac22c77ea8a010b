//! Files that nobody else may read or swap, replaced whole and durably.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Why a file or folder of the provider's cannot be used. Each names the cure.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{} is open to other users (mode {mode:04o}); try: chmod {cure:o} {}", path.display(), path.display())]
    Loose { path: PathBuf, mode: u32, cure: u32 },
    #[error("{} belongs to another user (uid {uid}); try: chown it to the user who runs jit", path.display())]
    Owner { path: PathBuf, uid: u32 },
    #[error("{} cannot be trusted: {what}; try: {cure}", path.display())]
    Damaged { path: PathBuf, what: String, cure: String },
    #[error("cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the operating system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

impl OpenError {
    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }
}

/// Makes the folder with mode 0700, or refuses an existing one that others can look into or change.
pub fn private_dir(dir: &Path) -> Result<(), OpenError> {
    if let Some(parent) = dir.parent().filter(|p| !p.as_os_str().is_empty() && !p.exists()) {
        private_dir(parent)?;
    }
    // A umask can only take bits away from 0700; the folder is never looser than this.
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => {
            std::fs::set_permissions(dir, Permissions::from_mode(0o700))
                .map_err(OpenError::io("set the mode of", dir))?;
            if let Some(parent) = dir.parent().filter(|p| !p.as_os_str().is_empty()) {
                sync_dir(parent).map_err(OpenError::io("write", parent))?;
            }
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(OpenError::io("make", dir)(error)),
    }
    let metadata = std::fs::metadata(dir).map_err(OpenError::io("look at", dir))?;
    if !metadata.is_dir() {
        return Err(OpenError::io("use as a folder", dir)(io::ErrorKind::NotADirectory.into()));
    }
    ours_alone(dir, &metadata, 0o700)
}

/// Refuses what another user owns, or what has more mode bits than `most`.
fn ours_alone(path: &Path, metadata: &Metadata, most: u32) -> Result<(), OpenError> {
    let (mode, uid) = (metadata.mode() & 0o7777, metadata.uid());
    if uid != rustix::process::geteuid().as_raw() && uid != 0 {
        return Err(OpenError::Owner { path: path.to_owned(), uid });
    }
    if mode & 0o777 & !most != 0 {
        return Err(OpenError::Loose { path: path.to_owned(), mode, cure: most });
    }
    Ok(())
}

/// Reads a file that must be ours alone but for `most` mode bits; `None` where there is none.
///
/// The checks are made on the open file, so that it cannot be swapped in between.
pub fn read_ours(path: &Path, most: u32, longest: u64) -> Result<Option<Vec<u8>>, OpenError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(OpenError::io("open", path)(error)),
    };
    let metadata = file.metadata().map_err(OpenError::io("look at", path))?;
    ours_alone(path, &metadata, most)?;
    read_bounded(&file, longest).map(Some).map_err(OpenError::io("read", path))
}

/// # Errors
/// `InvalidData` for more than `longest` bytes.
pub fn read_bounded(file: &File, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(longest.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is too long"));
    }
    Ok(bytes)
}

/// Replaces a file whole: after a crash there is the old one or the new one, and after `Ok` the new.
///
/// The temporary file is made with `O_EXCL` and no looser mode than asked, whatever the umask. Two
/// writers must not meet here: the caller holds the folder's lock.
pub fn replace(dir: &Path, name: &str, bytes: &[u8], mode: u32) -> io::Result<()> {
    let temporary = dir.join(format!(".{name}.new"));
    // A leftover of a crash.
    remove(&temporary)?;
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        file.set_permissions(Permissions::from_mode(mode))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, dir.join(name))
    })();
    if written.is_err() {
        // Best effort, to give a full disk its space back; the next write removes it otherwise.
        let _ = remove(&temporary);
    }
    written?;
    // The rename itself is durable only with its folder.
    sync_dir(dir)
}

/// Proves that the folder takes `size` more bytes. Space is reserved and given back, and nothing is
/// written or synced: it is a question, not a record. Two that ask at once share the file, and an answer.
pub fn probe(dir: &Path, size: u64) -> io::Result<()> {
    let path = dir.join(".probe");
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path)?;
    let reserved = rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, size);
    remove(&path)?;
    match reserved {
        // A file system that reserves nothing cannot be asked; the next write tells.
        Err(rustix::io::Errno::OPNOTSUPP) => Ok(()),
        reserved => Ok(reserved?),
    }
}

pub fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
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

impl From<&Metadata> for FileId {
    fn from(m: &Metadata) -> Self {
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
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        match std::fs::metadata(path) {
            Ok(metadata) => Ok(Some(Self::from(&metadata))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}
