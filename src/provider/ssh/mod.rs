//! The `ssh` provider: a certificate authority whose certificates end by themselves, and the KRL that
//! ends them earlier.
//!
//! What it can prove is that no *new* login succeeds: sshd reads the KRL at each one. A session that is
//! open outlives its certificate, which no CA can change.

pub mod agent;
mod ca;
mod certificate;
mod error;
pub mod krl;
mod revoked;
mod together;
mod wire;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use ed25519_dalek::Signer as _;

use crate::domain::{CredentialId, ProviderKind, Resource, Time};
use crate::files::{self, FileError};
use crate::provider::{Handle, Intent, Material, Owned, Presence, Provider, ProviderError, Revoked};
use ca::Ca;
use revoked::Revocations;
use together::Together;

pub use certificate::SKEW;
pub use error::OpenError;

/// The CA's name in the provider's folder.
const CA: &str = "ca";

/// Signs certificates, and keeps their revocations in a folder.
#[derive(Clone)]
pub struct SshProvider {
    ca: Arc<Ca>,
    revocations: Arc<Revocations>,
    /// One writer at a time, so that those who wait do not each hold a thread.
    turn: Arc<tokio::sync::Mutex<()>>,
    preflights: Arc<Together>,
}

impl SshProvider {
    /// Opens the folder with its own CA key, `dir/ca`, which is made at the first start.
    ///
    /// # Errors
    /// See [`OpenError`]: the folder must be 0700 or tighter, the key 0600; what was revoked must read.
    pub fn open(dir: &Path, now: Time) -> Result<Self, OpenError> {
        let path = dir.join(CA);
        let _folder = own_folder(dir)?;
        let (ca, first) = match Ca::read(&path)? {
            Some(ca) => (ca, false),
            None => (Ca::generate()?, true),
        };
        if first {
            // The key is written last, so that where it stands, the list of revocations must stand
            // too: a list that vanished is noticed, and never taken for a first start.
            revoked::clear_first_start(dir)?;
        }
        let ca = Arc::new(ca);
        let revocations = Revocations::open(dir, Arc::clone(&ca), first, now)?;
        if first {
            ca.write(&path)?;
        }
        Ok(Self::new(ca, revocations))
    }

    /// Opens the folder with a CA key from elsewhere.
    ///
    /// # Errors
    /// As [`SshProvider::open`], and for a key that is missing. A folder without both lists is a first
    /// start here, as the key cannot tell.
    pub fn open_with_ca(dir: &Path, ca: &Path, now: Time) -> Result<Self, OpenError> {
        let _folder = own_folder(dir)?;
        let missing = || FileError::io("open", ca)(io::ErrorKind::NotFound.into());
        let ca = Arc::new(Ca::read(ca)?.ok_or_else(missing)?);
        let revocations = Revocations::open(dir, Arc::clone(&ca), true, now)?;
        Ok(Self::new(ca, revocations))
    }

    fn new(ca: Arc<Ca>, revocations: Revocations) -> Self {
        Self { ca, revocations: Arc::new(revocations), turn: Arc::default(), preflights: Arc::default() }
    }

    /// The CA's public key in one line, for the file that sshd's `TrustedUserCAKeys` names.
    pub fn ca_public_line(&self) -> &str {
        self.ca.line()
    }

    /// The KRL as it is to be served to hosts. It has every serial whose revocation was begun, also
    /// while the disk fails.
    pub fn krl_bytes(&self) -> Arc<[u8]> {
        self.revocations.krl_bytes()
    }

    /// Where the KRL stands, for a sshd on the same host.
    pub fn krl_path(&self) -> PathBuf {
        self.revocations.krl_path()
    }

    /// Whether the CA key signs, and the folder takes another KRL.
    async fn can_revoke(&self) -> Result<(), ProviderError> {
        let message = b"jit preflight";
        let signs = self.ca.try_sign(message).is_ok_and(|signature| {
            ed25519_dalek::Signature::from_slice(signature.as_bytes())
                .is_ok_and(|signature| self.ca.verifying().verify_strict(message, &signature).is_ok())
        });
        if !signs {
            return Err(ProviderError::Unavailable {
                what: "the CA key does not sign".to_owned(),
                source: None,
            });
        }
        self.blocking("write", Revocations::probe).await
    }

    /// Runs file work off the async threads. It goes on when the caller is gone.
    async fn blocking<T: Send + 'static>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Revocations) -> Result<T, OpenError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let revocations = Arc::clone(&self.revocations);
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| ProviderError::Unavailable {
            what: format!("cannot {doing} in {}", self.revocations.krl_path().display()),
            source: Some(source),
        };
        match tokio::task::spawn_blocking(move || work(&revocations)).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(failed(error.into())),
            Err(error) => Err(failed(error.into())),
        }
    }
}

/// Makes or checks the folder, and keeps other processes out of it until the lock is dropped.
fn own_folder(dir: &Path) -> Result<files::Lock, OpenError> {
    files::private_dir(dir)?;
    let lock = revoked::lock_folder(dir)?;
    files::remove_leftovers(dir);
    Ok(lock)
}

#[async_trait]
impl Provider for SshProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Ssh
    }

    /// The CA must sign, and the folder must take another KRL.
    async fn preflight(&self, resource: &Resource) -> Result<(), ProviderError> {
        if resource.provider() != ProviderKind::Ssh {
            return Err(ProviderError::Refused(format!("{} is no ssh resource", resource.name)));
        }
        self.preflights.run(self.can_revoke()).await
    }

    /// Repeated, it gives another certificate of the same serial: one revocation ends them all.
    async fn grant(&self, intent: &Intent) -> Result<Material, ProviderError> {
        if self.revocations.has(intent.credential.number()) {
            return Err(ProviderError::Refused("this credential was revoked".to_owned()));
        }
        let mut nonce = [0; 32];
        getrandom::fill(&mut nonce).map_err(|e| ProviderError::Unavailable {
            what: "the operating system gives no random numbers".to_owned(),
            source: Some(Box::new(e)),
        })?;
        Ok(Material::Ssh { certificate: certificate::sign(&self.ca, intent, nonce)? })
    }

    /// Puts the serial in the KRL: in memory at once, and durably on disk before it returns.
    ///
    /// After the certificate's own end there is nothing to take away, so that the KRL holds what was
    /// ended early and no more.
    async fn revoke(&self, handle: &Handle, now: Time) -> Result<Revoked, ProviderError> {
        // The hosts close the sessions; a CA does not see them.
        let revoked = Revoked { sessions: None };
        if now >= handle.end {
            return Ok(revoked);
        }
        let generation = self.revocations.add(handle.credential.number(), handle.end, now);
        let _turn = self.turn.lock().await;
        // Whoever had the turn before may have written this one too; to look at that takes no thread.
        if self.revocations.is_durable(generation) {
            return Ok(revoked);
        }
        self.blocking("write the revocation", move |r| r.flush(generation, now)).await?;
        Ok(revoked)
    }

    /// INVARIANT 4: absent when the certificate has ended by itself, or when the KRL file, read back,
    /// lists its serial.
    async fn verify_absent(&self, handle: &Handle, now: Time) -> Result<Presence, ProviderError> {
        let serial = handle.credential.number();
        // A certificate of serial 0 is never signed.
        if now >= handle.end || serial == 0 {
            return Ok(Presence::Absent);
        }
        Ok(match self.blocking("read the revocations", Revocations::read_back).await? {
            Ok(krl) if krl.contains(serial) => Presence::Absent,
            Ok(_) => Presence::Present("the KRL does not list the certificate".to_owned()),
            Err(why) => Presence::Present(why),
        })
    }

    fn lists_live(&self) -> bool {
        false
    }

    /// The serials that the KRL file lists, for every resource of this provider: the list is one for
    /// all hosts. Live certificates are in no list: a CA hands them out and cannot ask the hosts.
    async fn inventory(
        &self,
        _resource: &Resource,
        _known: &[Handle],
        _now: Time,
    ) -> Result<Vec<Owned>, ProviderError> {
        match self.blocking("read the revocations", Revocations::read_back).await? {
            Ok(krl) => Ok(krl
                .serials()
                .filter_map(CredentialId::from_number)
                .map(|credential| Owned { credential, live: false, changes: Vec::new() })
                .collect()),
            Err(what) => Err(ProviderError::Unavailable { what, source: None }),
        }
    }
}

#[cfg(test)]
mod tests;
