//! `jit guard`: what sshd runs on a target host in place of the user's command, so that the session
//! ends when its certificate does, or when that is revoked.
//!
//! sshd looks at a certificate when somebody logs in and never again. The guard goes on looking: at the
//! clock, and at the list of revocations on the host. It needs no server, no settings and no store.
//!
//! It is two processes of the user's own. The [`front`] is the one that sshd waits for: it ends with the
//! command, as a shell would. The [`keeper`] is above everything that the session starts, stays for as
//! long as any of it runs, and ends all of it. Whoever holds the account can end both, and had the
//! account's rights before: the guard ends what was forgotten, it is no cage (SECURITY).

mod access;
mod front;
pub mod install;
mod keeper;
mod processes;
mod record;
mod revocations;
mod terminal;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::Time;
use crate::files::FileError;
use crate::provider::ssh::krl::KrlError;

pub use front::front;
pub use keeper::keeper;

/// What holds for one session.
#[derive(Clone)]
pub struct Session {
    /// `SSH_USER_AUTH`: the file in which sshd says how the login was made.
    pub auth_info: Option<PathBuf>,
    /// `SSH_ORIGINAL_COMMAND`; without it, the login shell is wanted.
    pub command: Option<OsString>,
    /// `SHELL`, which sshd takes from the account.
    pub shell: Option<PathBuf>,
    /// `TERM`, for a recording.
    pub term: Option<String>,
    /// The public keys that sshd's `TrustedUserCAKeys` names.
    pub ca: PathBuf,
    /// The file that sshd's `RevokedKeys` names.
    pub krl: PathBuf,
    /// Where sessions at a terminal are recorded.
    pub record: Option<PathBuf>,
    /// The present.
    pub now: Arc<dyn Fn() -> Time + Send + Sync>,
    /// Tells the user one line. It may block for as long as they do not read.
    pub say: Arc<dyn Fn(&str) + Send + Sync>,
}

/// Why there is no session. INVARIANT 9: whatever is unclear is one of these.
#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    #[error("sshd does not say how the login was made (`ExposeAuthInfo yes` is missing)")]
    NoAuthInfo,
    #[error("the login was made without a certificate")]
    NoCertificate,
    #[error("the login was made with more than one certificate")]
    SeveralCertificates,
    #[error("the certificate of the login cannot be read")]
    Malformed,
    #[error("the certificate has no end or no serial number, or an option that is not known here")]
    Strange,
    #[error("the certificate is not of a CA in {0}")]
    Untrusted(String),
    #[error("the access ended at {0}")]
    Over(String),
    #[error("the access was revoked")]
    Revoked,
    #[error("the list of revoked certificates, {path}, cannot be used: {why}")]
    Krl { path: String, why: KrlError },
    #[error("{0}")]
    File(#[from] FileError),
    #[error("the recording cannot be written: {0}")]
    Recording(std::io::Error),
    #[error("the session cannot be guarded: {0}")]
    System(#[from] std::io::Error),
}

impl From<rustix::io::Errno> for GuardError {
    fn from(errno: rustix::io::Errno) -> Self {
        Self::System(errno.into())
    }
}

/// `18:05 UTC`: the host's zone is not the user's.
fn moment(time: Time) -> String {
    time.utc().format("%H:%M UTC").to_string()
}
