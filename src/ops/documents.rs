//! Records of the store as what they are about.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::Engagement;
use crate::store::{Change, Record, RecordKind, StoreError, Write};

use super::engine::Engine;
use super::error::Error;

/// What is kept as one record.
pub(super) trait Document: Serialize + DeserializeOwned + Send {
    const KIND: RecordKind;
    fn key(&self) -> String;
}

impl Document for Engagement {
    const KIND: RecordKind = RecordKind::Engagement;
    fn key(&self) -> String {
        self.user.to_string()
    }
}

/// A document with the revision that it was read at; 0 for a new one.
#[derive(Debug, Clone)]
pub(super) struct Stored<T> {
    pub document: T,
    pub revision: u64,
}

impl<T: Document> Stored<T> {
    pub fn new(document: T) -> Self {
        Self { document, revision: 0 }
    }

    fn read(record: &Record) -> Result<Self, Error> {
        // What cannot be read is an error, never a default.
        let document = serde_json::from_str(&record.body).map_err(|error| StoreError::io("read", error))?;
        Ok(Self { document, revision: record.revision })
    }

    /// The write that keeps it as it is now. It is refused where somebody else was first.
    pub fn put(&self) -> Result<Write, Error> {
        let body = serde_json::to_string(&self.document).map_err(|error| StoreError::io("written", error))?;
        let revision = self.revision.saturating_add(1);
        Ok(Write::PutRecord(Record { kind: T::KIND, key: self.document.key(), revision, body }))
    }

    pub fn remove(&self) -> Write {
        Write::RemoveRecord { kind: T::KIND, key: self.document.key(), revision: self.revision }
    }
}

impl Engine {
    pub(super) async fn document<T: Document>(&self, key: &str) -> Result<Option<Stored<T>>, Error> {
        self.store.record(T::KIND, key).await?.as_ref().map(Stored::read).transpose()
    }

    /// Commits a change to what somebody has read and decided on.
    ///
    /// # Errors
    /// [`Error::Clash`] with these words where somebody else was first.
    pub(super) async fn commit_or_clash(&self, change: Change, clash: &str) -> Result<(), Error> {
        match self.store.commit(change).await {
            Err(StoreError::Conflict) => Err(Error::Clash(clash.to_owned())),
            other => Ok(other?),
        }
    }

    /// Those whose key begins so, by key.
    pub(super) async fn documents<T: Document>(&self, prefix: &str) -> Result<Vec<Stored<T>>, Error> {
        self.store.records(T::KIND, prefix).await?.iter().map(Stored::read).collect()
    }
}
