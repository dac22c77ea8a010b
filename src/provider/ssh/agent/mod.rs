//! The requester's side: a key that never touches the disk, a client of a running ssh-agent, and an
//! agent of jit's own for one command (draft-miller-ssh-agent).

mod connect;
mod key;
mod serve;

use std::io;
use std::path::PathBuf;

pub use connect::{Agent, Identity};
pub use key::EphemeralKey;
pub use serve::{AgentServer, serve_agent};

/// The longest message that OpenSSH's agent takes or sends, in bytes.
const LONGEST: usize = 256 * 1024;
const CERTIFICATE_KIND: &[u8] = b"ssh-ed25519-cert-v01@openssh.com";

// Message numbers of draft-miller-ssh-agent, section 5.1.
const FAILURE: u8 = 5;
const SUCCESS: u8 = 6;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
const REMOVE_IDENTITY: u8 = 18;
const ADD_ID_CONSTRAINED: u8 = 25;
const CONSTRAIN_LIFETIME: u8 = 1;

/// Why a key could not be made, handed to an agent, or served.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error("the operating system gives no random numbers")]
    Random(#[source] getrandom::Error),
    #[error("the certificate is not one line of an OpenSSH certificate for this key")]
    Certificate,
    #[error("cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("the ssh-agent at {} refused to {doing}; it may be locked: ssh-add -X unlocks it", path.display())]
    Refused { doing: &'static str, path: PathBuf },
    #[error("what answers at {} is no ssh-agent", path.display())]
    Protocol { path: PathBuf },
    #[error("the access has ended")]
    Ended,
}

#[cfg(test)]
mod tests;
