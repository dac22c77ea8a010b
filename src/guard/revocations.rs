//! The host's list of revocations, looked at for as long as a session lasts.

use std::path::PathBuf;

use super::GuardError;
use crate::files::{self, FileId, Opened};
use crate::provider::ssh::krl::Krl;

/// As much as a server writes.
const LONGEST: u64 = 512 << 20;

/// Whether one certificate is in the list.
pub struct Revocations {
    path: PathBuf,
    ca: Vec<u8>,
    serial: u64,
    /// The file as it was when it was last read, and what it said.
    seen: Option<(FileId, bool)>,
}

impl Revocations {
    pub fn new(path: PathBuf, ca: Vec<u8>, serial: u64) -> Self {
        Self { path, ca, serial, seen: None }
    }

    /// Whether it is revoked. The file is read only when it is another one than before.
    ///
    /// # Errors
    /// When the file is not there, or is no list of this CA's.
    pub fn look(&mut self) -> Result<bool, GuardError> {
        let opened = Opened::new(&self.path)?;
        let id = opened.id();
        if let Some((_, revoked)) = self.seen.filter(|(seen, _)| *seen == id) {
            return Ok(revoked);
        }
        self.seen = None;
        let krl = Krl::decode(&opened.read(LONGEST)?, &self.ca)
            .map_err(|why| GuardError::Krl { path: files::shown(&self.path), why })?;
        let revoked = krl.contains(self.serial);
        self.seen = Some((id, revoked));
        Ok(revoked)
    }
}
