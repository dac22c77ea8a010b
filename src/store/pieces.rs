//! What was done under grants, in files: a piece is too large for a record.
//!
//! A file is written before the record that tells of it, so one without a record is a crash's, and is removed
//! at the next start. A record whose file is another or is gone is told as such, never passed by.

use std::path::{Path, PathBuf};

use async_trait::async_trait;

use crate::domain::{Digest, RequestId};
use crate::files::{self, FileError};

use super::StoreError;

/// Which piece: the request it belongs to, and what its bytes have to hash to.
pub type PieceId = (RequestId, Digest);

/// The seam to wherever pieces are kept.
#[async_trait]
pub trait Pieces: Send + Sync {
    /// Keeps the bytes durably; they may be there already.
    ///
    /// # Errors
    /// When it cannot be written. It may be there all the same.
    async fn keep(&self, id: PieceId, bytes: Vec<u8>) -> Result<(), StoreError>;
    /// `None` where there are none, or they are longer than `max`, or are not those that were kept.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn read(&self, id: PieceId, max: u64) -> Result<Option<Vec<u8>>, StoreError>;
    /// All that are kept. What a write that a crash ended left half done is removed: nobody writes meanwhile.
    ///
    /// # Errors
    /// When that cannot be read.
    async fn all(&self) -> Result<Vec<PieceId>, StoreError>;
    /// # Errors
    /// When it may still be there.
    async fn remove(&self, id: PieceId) -> Result<(), StoreError>;
}

/// A folder for each request, in a private one; a file for each piece, named by its digest.
#[derive(Debug, Clone)]
pub struct PieceFiles {
    dir: PathBuf,
}

impl PieceFiles {
    /// Makes the folder, if it is not there.
    ///
    /// # Errors
    /// When it is open to others, or cannot be made.
    pub fn open(dir: &Path) -> Result<Self, FileError> {
        files::private_dir(dir)?;
        Ok(Self { dir: dir.to_owned() })
    }

    fn folder(&self, request: RequestId) -> PathBuf {
        // INVARIANT 11: ids and digests only, whatever a host called the piece.
        self.dir.join(request.to_string())
    }

    fn path(&self, (request, digest): PieceId) -> PathBuf {
        self.folder(request).join(digest.to_string())
    }

    fn list(&self) -> Result<Vec<PieceId>, FileError> {
        let mut found = Vec::new();
        for request in names(&self.dir)? {
            let Ok(id) = request.parse::<RequestId>() else { continue };
            let folder = self.dir.join(&request);
            files::remove_leftovers(&folder);
            found.extend(names(&folder)?.iter().filter_map(|name| Some((id, name.parse().ok()?))));
        }
        Ok(found)
    }
}

fn names(dir: &Path) -> Result<Vec<String>, FileError> {
    let entries = std::fs::read_dir(dir).map_err(FileError::io("read", dir))?;
    entries
        .filter_map(|entry| entry.map(|entry| entry.file_name().into_string().ok()).transpose())
        .collect::<Result<_, _>>()
        .map_err(FileError::io("read", dir))
}

/// The disk is slow, and threads of the runtime are few.
async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::io(doing, error))?;
    done.map_err(|error| StoreError::io(doing, error))
}

#[async_trait]
impl Pieces for PieceFiles {
    async fn keep(&self, id: PieceId, bytes: Vec<u8>) -> Result<(), StoreError> {
        let (folder, path) = (self.folder(id.0), self.path(id));
        blocking("written", move || {
            files::private_dir(&folder)?;
            files::write_private(&path, &bytes)
        })
        .await
    }

    async fn read(&self, id: PieceId, max: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(id);
        blocking("read", move || match files::read_private(&path, max) {
            Ok(bytes) => Ok(Some(bytes.to_vec()).filter(|bytes| Digest::of(bytes) == id.1)),
            Err(FileError::Long { .. }) => Ok(None),
            Err(error) => files::found(Err(error)),
        })
        .await
    }

    async fn all(&self) -> Result<Vec<PieceId>, StoreError> {
        let this = self.clone();
        blocking("read", move || this.list()).await
    }

    async fn remove(&self, id: PieceId) -> Result<(), StoreError> {
        let path = self.path(id);
        blocking("written", move || files::remove(&path)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_that_are_not_those_that_were_kept_are_never_read() {
        let dir = tempfile::tempdir().unwrap();
        let pieces = PieceFiles::open(&dir.path().join("activity")).unwrap();
        let id = (RequestId::from_number(7).unwrap(), Digest::of(b"what was done"));
        pieces.keep(id, b"what was done".to_vec()).await.unwrap();
        pieces.keep(id, b"what was done".to_vec()).await.unwrap();
        assert_eq!(pieces.read(id, 99).await.unwrap().unwrap(), b"what was done");
        assert_eq!(pieces.all().await.unwrap(), [id]);
        files::write_private(&pieces.path(id), b"what was dune").unwrap();
        assert_eq!(pieces.read(id, 99).await.unwrap(), None);
        files::write_private(&pieces.path(id), b"what was done, and more").unwrap();
        assert_eq!(pieces.read(id, 13).await.unwrap(), None);
        pieces.remove(id).await.unwrap();
        assert_eq!(pieces.read(id, 99).await.unwrap(), None);
        assert_eq!(pieces.all().await.unwrap(), []);
    }
}
