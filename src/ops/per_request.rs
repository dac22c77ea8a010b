//! What this process keeps in memory for each request that somebody is busy with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, watch};

use crate::domain::{CredentialId, Name, Principal, RequestId};

/// Locks and wake-ups by request. The locks only save work: what makes two writers safe, also those
/// of two processes, is the guard on the revision in the store.
#[derive(Debug, Default)]
pub struct PerRequest {
    entries: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>,
    watchers: Mutex<HashMap<RequestId, watch::Sender<u64>>>,
}

/// How many ends are worked on at once on one resource: many that end together do not ask more of a
/// target than it bears, and one that hangs takes no turn of another.
const TURNS: usize = 16;

/// Turns by resource.
#[derive(Debug, Default)]
pub struct Turns(Mutex<HashMap<Name, Arc<Semaphore>>>);

impl Turns {
    pub async fn of(&self, resource: &Name) -> Option<OwnedSemaphorePermit> {
        let turns = Arc::clone(
            locked(&self.0).entry(resource.clone()).or_insert_with(|| Arc::new(Semaphore::new(TURNS))),
        );
        // It is never closed.
        turns.acquire_owned().await.ok()
    }
}

/// What is locked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    Request(RequestId),
    /// Something on a target that no record is known for.
    Credential(CredentialId),
    /// The asking of one human for one role, so that the same ask twice at once files one request. The
    /// role as it was asked for: it may not exist.
    Asking(Principal, String),
    /// The breaking of any glass by one human. Taken before the one of the role.
    BreakingGlass(Principal),
}

impl PerRequest {
    /// One at a time in this process.
    pub async fn lock(&self, key: Key) -> OwnedMutexGuard<()> {
        let lock = {
            let mut entries = locked(&self.entries);
            if entries.len() > 1024 {
                entries.retain(|_, lock| Arc::strong_count(lock) > 1);
            }
            Arc::clone(entries.entry(key).or_default())
        };
        lock.lock_owned().await
    }

    /// Wakes when [`PerRequest::changed`] is next called for the request.
    pub fn watch(&self, id: RequestId) -> watch::Receiver<u64> {
        locked(&self.watchers).entry(id).or_insert_with(|| watch::channel(0).0).subscribe()
    }

    pub fn changed(&self, id: RequestId, revision: u64) {
        let mut watchers = locked(&self.watchers);
        if let Some(sender) = watchers.get(&id)
            && sender.send(revision).is_err()
        {
            watchers.remove(&id);
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
