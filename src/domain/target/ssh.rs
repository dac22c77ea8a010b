use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::listed;

/// The contents of an SSH certificate (OpenSSH's PROTOCOL.certkeys).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SshGives {
    /// The accounts on the host. Never empty: a certificate without principals can mean anyone.
    pub principals: BTreeSet<String>,
    /// Extensions, such as `permit-pty`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub extensions: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub force_command: Option<String>,
    /// Addresses or CIDR blocks from which the certificate may be used; empty for any.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub source_addresses: BTreeSet<String>,
}

impl SshGives {
    pub(super) fn stricter(&self, other: &Self) -> Option<Self> {
        if self.force_command != other.force_command || self.source_addresses != other.source_addresses {
            return None;
        }
        let principals: BTreeSet<_> = self.principals.intersection(&other.principals).cloned().collect();
        if principals.is_empty() {
            return None;
        }
        Some(Self {
            principals,
            extensions: self.extensions.intersection(&other.extensions).cloned().collect(),
            force_command: self.force_command.clone(),
            source_addresses: self.source_addresses.clone(),
        })
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("accounts: {}", listed(&self.principals))];
        if let Some(command) = &self.force_command {
            lines.push(format!("only the command: {command}"));
        }
        if !self.source_addresses.is_empty() {
            lines.push(format!("only from: {}", listed(&self.source_addresses)));
        }
        lines
    }
}
