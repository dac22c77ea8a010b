//! What is asked for and what is given when an approved request is used.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ProviderKind, Secret, Time};

/// What the requester brings to a credential. Of a secret that the requester makes (a private key, a
/// password) only the public half is sent, so that no server ever holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum CredentialAsk {
    /// An OpenSSH public key, in one line of `authorized_keys` form.
    Ssh { public_key: String },
    /// A SCRAM-SHA-256 verifier as PostgreSQL stores it: `SCRAM-SHA-256$ROUNDS:SALT$STORED:SERVER`.
    Postgres { verifier: String },
    /// The target makes the secret. The nonce is the requester's: the same one is the same ask again.
    Issue { nonce: String },
}

impl CredentialAsk {
    /// Whether that provider makes its credentials of this.
    pub fn suits(&self, provider: ProviderKind) -> bool {
        match self {
            Self::Ssh { .. } => provider == ProviderKind::Ssh,
            Self::Postgres { .. } => provider == ProviderKind::Postgres,
            Self::Issue { .. } => {
                matches!(provider, ProviderKind::Aws | ProviderKind::Kubernetes | ProviderKind::Exec)
            }
        }
    }

    /// What tells one ask from another.
    pub fn text(&self) -> &str {
        match self {
            Self::Ssh { public_key } => public_key,
            Self::Postgres { verifier } => verifier,
            Self::Issue { nonce } => nonce,
        }
    }
}

/// What the requester gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Material {
    /// One line of an OpenSSH certificate.
    Ssh { certificate: String },
    /// Where the role of that name logs in, with the password that the requester made.
    Postgres {
        user: String,
        host: String,
        port: u16,
        database: String,
        /// `verify-full`, or `disable` where the policy says so.
        sslmode: String,
        /// The certificates that the server's is checked with, in PEM; without, the system's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca: Option<String>,
    },
    /// A session of AWS STS.
    Aws {
        access_key_id: String,
        secret_access_key: Secret,
        session_token: Secret,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        region: Option<String>,
        /// When STS ends it. The session's policy may end it earlier, at the grant's end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires: Option<Time>,
    },
    /// A ServiceAccount's token.
    Kubernetes {
        /// The API server's URL.
        server: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ca: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        token: Secret,
    },
    /// Environment variables, made by a plugin.
    Exec { variables: BTreeMap<String, Secret> },
}

impl Material {
    /// Whether it may be kept, to be given again: it holds no secret.
    pub fn is_public(&self) -> bool {
        match self {
            Self::Ssh { .. } | Self::Postgres { .. } => true,
            Self::Aws { .. } | Self::Kubernetes { .. } | Self::Exec { .. } => false,
        }
    }
}
