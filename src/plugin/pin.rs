//! The file of a plugin: opened once, judged as it is open, and run as it is open.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use sha2::Digest as _;

use super::error::{Fault, PluginError};
use crate::domain::Digest;
use crate::files::FileError;

/// A checked program. It has to live as long as the process made of it: an interpreter opens its script
/// through our open file.
#[derive(Debug)]
pub(super) struct Pinned {
    file: File,
    #[cfg(not(target_os = "linux"))]
    path: PathBuf,
}

impl Pinned {
    /// Opens and checks.
    pub(super) fn open(path: &Path, sha256: Digest) -> Result<Self, PluginError> {
        let (file, found) = measure(path)?;
        if found != sha256 {
            return Err(fault(path, Fault::Changed { pinned: sha256, found }));
        }
        Ok(Self {
            file,
            #[cfg(not(target_os = "linux"))]
            path: path.to_owned(),
        })
    }

    /// What to execute: the open file itself, so that nothing can be put in its place since the check.
    ///
    /// Named through this process and not as `/proc/self/fd`: of a script the kernel gives that name to
    /// the interpreter, in which our file is closed (execve(2), "Interpreter scripts"). Nor does the file
    /// have to stay open in every other program that is started meanwhile.
    #[cfg(target_os = "linux")]
    pub(super) fn executable(&self) -> PathBuf {
        use std::os::fd::AsRawFd;
        PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), self.file.as_raw_fd()))
    }

    /// Other systems execute no open file; whoever may replace this one owns it, or is root.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn executable(&self) -> PathBuf {
        self.path.clone()
    }
}

/// The SHA-256 of a program that could be pinned: to be shown, and recorded.
///
/// # Errors
/// When it would be refused whatever is recorded: its path, its owner, its mode.
pub fn digest(path: &Path) -> Result<Digest, PluginError> {
    measure(path).map(|(_, digest)| digest)
}

fn measure(path: &Path) -> Result<(File, Digest), PluginError> {
    open(path).map_err(|error| fault(path, error))
}

fn open(path: &Path) -> Result<(File, Digest), Fault> {
    if !path.is_absolute() {
        return Err(Fault::Relative);
    }
    let io = |doing| move |error| Fault::File(FileError::io(doing, path)(error));
    // Without NONBLOCK, opening a pipe waits for a writer for ever.
    let flags = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or(0);
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(io("open"))?;
    let meta = file.metadata().map_err(io("look at"))?;
    if !meta.is_file() {
        return Err(Fault::File(FileError::Kind { path: path.to_owned(), wanted: "a regular file" }));
    }
    let mode = meta.mode() & 0o7777;
    if mode & 0o022 != 0 {
        return Err(Fault::Writable { mode });
    }
    if meta.uid() != 0 && meta.uid() != rustix::process::geteuid().as_raw() {
        return Err(Fault::Foreign { owner: meta.uid() });
    }
    let mut hash = sha2::Sha256::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let read = (&file).read(&mut piece).map_err(io("read"))?;
        match piece.get(..read) {
            Some([]) | None => break,
            Some(bytes) => hash.update(bytes),
        }
    }
    Ok((file, Digest::from_bytes(hash.finalize().into())))
}

pub(super) fn fault(path: &Path, fault: Fault) -> PluginError {
    PluginError { path: path.to_owned(), fault, said: String::new() }
}
