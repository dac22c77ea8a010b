//! The keyring of the operating system: Secret Service on Linux, Keychain on macOS, Credential
//! Manager on Windows.
//!
//! Three things about the `keyring` crate shape this file. Its calls wait for ever while a prompt is
//! open or a daemon hangs, so each runs on a thread of its own, with a time limit. It says "no entry"
//! also when there is nothing to look in, so the default collection is looked at before and after. And
//! it takes whatever store is set, a mock included, so the store is asked how long it remembers.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use keyring::Entry;
use keyring_core::api::CredentialPersistence;
use zeroize::Zeroizing;

use super::{SERVICE, Secret, SecretError, SecretStore, StoreKind};

/// How long a daemon may take that asks nobody anything.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a person may take to answer the keyring's prompt.
const PATIENCE_WITH_A_PERSON: Duration = Duration::from_secs(60);

/// The OS keyring; opened at the first use.
#[derive(Debug)]
pub struct Keyring {
    may_prompt: bool,
    limit: Duration,
}

impl Keyring {
    /// With a `person` at a terminal a locked keyring may open its dialog, which is waited for; without
    /// one it is an error at once.
    pub fn new(person: bool) -> Self {
        Self { may_prompt: person, limit: if person { PATIENCE_WITH_A_PERSON } else { PATIENCE } }
    }

    /// With a time limit of the caller's.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// Runs `job` on its own thread, for at most the time limit. A job that is given up stays behind
    /// on its thread, and ends with the process; it is kept from writing by [`Leave`].
    fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Leave) -> Result<T, SecretError> + Send + 'static,
    ) -> Result<T, SecretError> {
        let leave = Leave { may_prompt: self.may_prompt, given_up: Arc::default() };
        let given_up = Arc::clone(&leave.given_up);
        let (send, receive) = sync_channel(1);
        std::thread::Builder::new()
            .name("keyring".to_owned())
            .spawn(move || {
                // Nobody may be waiting any more.
                let _ = send.send(job(&leave));
            })
            .map_err(|e| SecretError::other(&e))?;
        match receive.recv_timeout(self.limit) {
            Ok(result) => result,
            Err(RecvTimeoutError::Timeout) => {
                given_up.store(true, Ordering::SeqCst);
                Err(SecretError::TimedOut { after: self.limit })
            }
            Err(RecvTimeoutError::Disconnected) => Err(SecretError::other(&"its client library failed")),
        }
    }
}

/// What a job may still do.
struct Leave {
    may_prompt: bool,
    given_up: Arc<AtomicBool>,
}

impl Leave {
    /// An entry of a store that is there, remembers, and is unlocked.
    fn entry(&self, account: &str) -> Result<Entry, SecretError> {
        // First what is quick and tells the cause; the store's key exchange takes the longest.
        platform::ready(self.may_prompt)?;
        open_store()?;
        // A late answer to a prompt must not write what was reported as failed.
        if self.given_up.load(Ordering::SeqCst) {
            return Err(SecretError::TimedOut { after: Duration::ZERO });
        }
        Entry::new(SERVICE, account).map_err(explain)
    }

    fn get(&self, entry: &Entry) -> Result<Option<Secret>, SecretError> {
        match entry.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(keyring::Error::NoEntry) => {
                // True only if the collection was there, and open, the whole time.
                platform::ready(false)?;
                Ok(None)
            }
            Err(err) => Err(explain(err)),
        }
    }
}

/// Connects once a process, and refuses what forgets.
fn open_store() -> Result<(), SecretError> {
    Entry::store_status().as_ref().map_err(platform::no_store)?;
    let store = keyring_core::get_default_store().ok_or_else(|| SecretError::other(&"no store is set"))?;
    match store.persistence() {
        CredentialPersistence::UntilDelete => Ok(()),
        _ => Err(SecretError::NotPersistent),
    }
}

/// Never by `Debug`, which shows the bytes of a secret that is not text.
fn explain(err: keyring::Error) -> SecretError {
    match err {
        keyring::Error::NoStorageAccess(cause) => platform::no_access(cause.as_ref()),
        keyring::Error::PlatformFailure(cause) => platform::failure(cause.as_ref()),
        keyring::Error::BadEncoding(bytes) | keyring::Error::BadDataFormat(bytes, _) => {
            drop(Zeroizing::new(bytes));
            SecretError::BadEntry
        }
        keyring::Error::Ambiguous(entries) => {
            SecretError::other(&format!("it holds {} entries for one account", entries.len()))
        }
        other => SecretError::other(&other),
    }
}

impl SecretStore for Keyring {
    fn kind(&self) -> StoreKind {
        StoreKind::Keyring
    }

    fn name(&self) -> String {
        platform::NAME.to_owned()
    }

    fn load(&self, account: &str) -> Result<Option<Secret>, SecretError> {
        let account = account.to_owned();
        self.run(move |leave| leave.get(&leave.entry(&account)?))
    }

    fn save(&self, account: &str, secret: &Secret) -> Result<(), SecretError> {
        let (account, secret) = (account.to_owned(), secret.clone());
        self.run(move |leave| {
            let entry = leave.entry(&account)?;
            entry.set_password(secret.expose()).map_err(explain)?;
            match leave.get(&entry)? {
                Some(read) if read.is(&secret) => Ok(()),
                _ => Err(SecretError::Lost),
            }
        })
    }

    fn delete(&self, account: &str) -> Result<bool, SecretError> {
        let account = account.to_owned();
        self.run(move |leave| {
            let entry = leave.entry(&account)?;
            if leave.get(&entry)?.is_none() {
                return Ok(false);
            }
            entry.delete_credential().map_err(explain)?;
            if leave.get(&entry)?.is_some() { Err(SecretError::Lost) } else { Ok(true) }
        })
    }
}

/// Secret Service: what `keyring` does not tell is asked of the daemon itself.
#[cfg(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android"))))]
mod platform {
    use std::error::Error;

    use secret_service::blocking::SecretService;
    use secret_service::{EncryptionType, Error as ServiceError};

    use super::SecretError;
    use crate::domain::text::escape;

    pub const NAME: &str = "the OS keyring (Secret Service)";

    /// gnome-keyring's collection in memory, which is all it has before a first login.
    const IN_MEMORY: &str = "/session";

    /// Says that there is a default collection, that it is kept on disk, and that it is unlocked: by
    /// its prompt, if that may open.
    pub fn ready(may_prompt: bool) -> Result<(), SecretError> {
        // No secret goes over this connection, so it needs no key exchange.
        let service = SecretService::connect(EncryptionType::Plain).map_err(|e| no_service(&e))?;
        let collection = match service.get_default_collection() {
            Ok(collection) => collection,
            Err(ServiceError::NoResult) => return Err(SecretError::NoCollection),
            Err(err) => return Err(failure(&err)),
        };
        if collection.collection_path.as_str().ends_with(IN_MEMORY) {
            return Err(SecretError::NotPersistent);
        }
        if !collection.is_locked().map_err(|e| failure(&e))? {
            return Ok(());
        }
        if !may_prompt {
            return Err(SecretError::Locked { dismissed: false });
        }
        collection.unlock().map_err(|e| no_access(&e))?;
        match collection.is_locked() {
            Ok(false) => Ok(()),
            Ok(true) => Err(SecretError::Locked { dismissed: true }),
            Err(err) => Err(failure(&err)),
        }
    }

    fn no_service(err: &ServiceError) -> SecretError {
        // zbus tells these apart in its text only; the tests hold that text against real daemons.
        let text = err.to_string();
        let detail = if matches!(err, ServiceError::Unavailable) || text.contains("Failed to connect") {
            "there is no D-Bus session".to_owned()
        } else if text.contains("ServiceUnknown") {
            "the D-Bus session has no Secret Service".to_owned()
        } else {
            escape(&text).into_owned()
        };
        SecretError::NoService { detail }
    }

    /// The store could not be opened at all.
    pub fn no_store(err: &keyring::Error) -> SecretError {
        match err {
            keyring::Error::PlatformFailure(cause) | keyring::Error::NoStorageAccess(cause) => {
                match cause.downcast_ref::<ServiceError>() {
                    Some(err) => no_service(err),
                    None => SecretError::other(cause),
                }
            }
            other => SecretError::other(other),
        }
    }

    /// The store is there and did not let us in.
    pub fn no_access(cause: &(dyn Error + 'static)) -> SecretError {
        match cause.downcast_ref::<ServiceError>() {
            Some(ServiceError::NoResult) => SecretError::NoCollection,
            Some(ServiceError::Locked | ServiceError::Prompt | ServiceError::PromptDisconnected) => {
                SecretError::Locked { dismissed: true }
            }
            _ => failure(cause),
        }
    }

    pub fn failure(cause: &(dyn Error + 'static)) -> SecretError {
        match cause.downcast_ref::<ServiceError>() {
            Some(ServiceError::Locked) => SecretError::Locked { dismissed: false },
            Some(err @ ServiceError::Unavailable) => no_service(err),
            _ => SecretError::other(&cause),
        }
    }
}

#[cfg(not(all(unix, not(any(target_os = "macos", target_os = "ios", target_os = "android")))))]
mod platform {
    use std::error::Error;

    use super::SecretError;

    #[cfg(target_os = "macos")]
    pub const NAME: &str = "the OS keyring (Keychain)";
    #[cfg(not(target_os = "macos"))]
    pub const NAME: &str = "the OS keyring (Credential Manager)";

    /// These tell "no entry" from "locked" themselves.
    pub fn ready(_may_prompt: bool) -> Result<(), SecretError> {
        Ok(())
    }

    pub fn no_store(err: &keyring::Error) -> SecretError {
        SecretError::NoService { detail: SecretError::other(err).to_string() }
    }

    pub fn no_access(_cause: &(dyn Error + 'static)) -> SecretError {
        SecretError::Locked { dismissed: true }
    }

    pub fn failure(cause: &(dyn Error + 'static)) -> SecretError {
        SecretError::other(&cause)
    }
}

#[cfg(test)]
#[path = "keyring_tests.rs"]
mod tests;
