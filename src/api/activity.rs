//! What was done under a grant, and the tokens with which hosts deliver it.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{CredentialId, Digest, Name, PieceKind, Purpose, RequestId, Span, Time};

/// Asks for a token of a service's that is good for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// A service.
    pub user: Name,
    pub purpose: Purpose,
    /// A year at most.
    pub life: Span,
    /// To collect: on which resources.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub on: BTreeSet<Name>,
}

/// Such a token. It is shown this once.
#[derive(Clone, Serialize, Deserialize)]
pub struct ServiceToken {
    pub user: Name,
    pub purpose: Purpose,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub on: BTreeSet<Name>,
    pub token: String,
    pub expires: Time,
    pub expires_in_s: i64,
}

// Secrets stand in no `Debug` output.
impl fmt::Debug for ServiceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceToken(…)")
    }
}

/// Ends the tokens that a service has for a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndTokens {
    pub user: Name,
    pub purpose: Purpose,
}

/// How many ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokensEnded {
    pub user: Name,
    pub purpose: Purpose,
    pub ended: usize,
}

/// A live token, in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenHeld {
    pub purpose: Purpose,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub on: BTreeSet<Name>,
    pub until: Time,
}

/// The largest piece, in bytes.
pub const LARGEST_PIECE: usize = 16 << 20;

/// What is delivered: the query of `POST /v1/activity`, whose body is the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPiece {
    /// Whose it is: the server knows the request, and on which resource it was made.
    pub credential: CredentialId,
    pub what: PieceKind,
    /// What the host calls it, for people.
    pub name: String,
}

/// A piece, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub digest: Digest,
    pub what: PieceKind,
    pub name: String,
    pub resource: Name,
    pub credential: CredentialId,
    pub bytes: u64,
    pub from: Time,
    pub to: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statements: Option<u64>,
    /// When it came.
    pub stored: Time,
    /// The service that delivered it.
    pub by: Name,
    /// Its bytes are gone, or are not those that the log has the digest of.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub damaged: bool,
}

/// The pieces of a request, by the time of what is in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    pub request: RequestId,
    pub pieces: Vec<Piece>,
}
