use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::listed;

/// A PostgreSQL server, at the resource's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresTarget {
    /// Where requesters are sent, and where jit itself logs in.
    pub database: String,
    /// The role that jit logs in as. It creates and drops the roles of grants.
    pub admin: String,
    /// A private file with that role's password, in one line.
    pub password_file: String,
    pub tls: Tls,
    /// A file of certificates in PEM that the server's is checked with, in place of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    #[serde(default)]
    pub on_end: OnEnd,
}

/// What becomes of the tables, functions and other objects that the requester made and left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnEnd {
    /// A role that can do nothing gets them, one for each grant.
    #[default]
    Quarantine,
    /// They are dropped, with what others built upon them.
    Drop,
}

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// The server's certificate and its name are checked.
    VerifyFull,
    /// None: for a server on the same host only.
    Disable,
}

/// An ephemeral login role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresGives {
    /// The group roles that it is a member of. Never empty: without any it could do nothing.
    pub member_of: BTreeSet<String>,
    /// What `ALTER ROLE … SET` sets for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    pub connection_limit: u32,
    /// The rounds of its SCRAM verifier. A random password of 256 bits needs no slow hash; some clients
    /// insist on 4096.
    pub scram_rounds: u32,
}

impl PostgresGives {
    pub(super) fn stricter(&self, other: &Self) -> Option<Self> {
        // Which of two settings is the stricter cannot be told from their text.
        if self.settings != other.settings {
            return None;
        }
        let member_of: BTreeSet<_> = self.member_of.intersection(&other.member_of).cloned().collect();
        if member_of.is_empty() {
            return None;
        }
        Some(Self {
            member_of,
            settings: self.settings.clone(),
            connection_limit: self.connection_limit.min(other.connection_limit),
            scram_rounds: self.scram_rounds.max(other.scram_rounds),
        })
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("member of: {}", listed(&self.member_of))];
        lines.extend(self.settings.iter().map(|(name, value)| format!("{name} = {value}")));
        lines.push(format!("connections: at most {}", self.connection_limit));
        lines
    }
}
