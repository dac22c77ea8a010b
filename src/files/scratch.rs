//! A private folder for one command, which goes with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{FileError, new_dir};

/// A new 0700 folder of a random name. Dropping it removes it with all that is in it.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// In the first of these folders that takes it.
    ///
    /// # Errors
    /// When none does: why the last one did not.
    pub fn new(bases: &[PathBuf], prefix: &str) -> Result<Self, FileError> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        let mut tried = PathBuf::new();
        for base in bases {
            let mut random = [0; 8];
            getrandom::fill(&mut random).map_err(|err| FileError::io(MAKE, base)(io::Error::other(err)))?;
            let path = base.join(format!("{prefix}-{:016x}", u64::from_be_bytes(random)));
            match new_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(err) => (last, tried) = (err, base.clone()),
            }
        }
        Err(FileError::io(MAKE, &tried)(last))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Removes it, and says so when that fails.
    ///
    /// # Errors
    /// When something of it may be left.
    pub fn remove(self) -> Result<(), FileError> {
        fs::remove_dir_all(&self.0).map_err(FileError::io("remove", &self.0))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Gone already after `remove`.
        let _ = fs::remove_dir_all(&self.0);
    }
}

const MAKE: &str = "make a folder in";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_private_in_the_first_folder_that_is_there_and_gone_when_dropped() {
        let base = tempfile::tempdir().unwrap();
        let bases = [base.path().join("missing"), base.path().to_owned()];
        let scratch = Scratch::new(&bases, "jit-test").unwrap();
        assert_eq!(scratch.path().parent(), Some(base.path()));
        assert_eq!(fs::metadata(scratch.path()).unwrap().permissions().mode() & 0o7777, 0o700);
        fs::create_dir_all(scratch.path().join("a/b")).unwrap();
        drop(scratch);
        assert_eq!(fs::read_dir(base.path()).unwrap().count(), 0);
        assert!(Scratch::new(&bases[..1], "jit-test").is_err());
    }
}
