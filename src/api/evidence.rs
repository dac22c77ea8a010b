//! Evidence for an audit.

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Time};

/// Asks for the log key's signature over a pack of evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignEvidence {
    /// Of the pack's manifest, which has the digests of all the rest.
    pub digest: Digest,
    pub from: Time,
    pub to: Time,
}

/// The signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEvidence {
    /// The log's public key, as a C2SP vkey.
    pub key: String,
    /// A C2SP signed note.
    pub note: String,
}
