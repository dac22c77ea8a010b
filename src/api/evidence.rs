//! Evidence for an audit.

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Name, Time};

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

/// Who may come to hold which role, by the policy in force and the directory as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoCould {
    /// By name; also those that nobody may hold.
    pub roles: Vec<CouldHold>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouldHold {
    pub role: Name,
    pub people: Vec<Name>,
}
