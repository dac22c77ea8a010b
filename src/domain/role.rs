//! What a policy offers, as far as a request has to remember it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Digest, Name, Span};

/// The code that makes access real on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    Ssh,
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ssh => "ssh",
        })
    }
}

/// One target instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    pub name: Name,
    pub provider: ProviderKind,
    /// How the requester reaches it, shown to them: `web-1.example.net` or `web-1.example.net:2222`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// What the provider gives under a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Gives {
    Ssh(SshGives),
}

impl Gives {
    pub fn provider(&self) -> ProviderKind {
        match self {
            Self::Ssh(_) => ProviderKind::Ssh,
        }
    }

    /// What both give, for a policy that changed after the vote; `None` where that is nothing, or
    /// where which of the two is the stricter cannot be told.
    pub fn stricter(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Ssh(a), Self::Ssh(b)) => a.stricter(b).map(Self::Ssh),
        }
    }
}

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
    fn stricter(&self, other: &Self) -> Option<Self> {
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
}

/// Who decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Approvals {
    /// `auto-approve`: the policy itself.
    Auto,
    /// That many distinct humans, at least one.
    Humans(u32),
}

impl Approvals {
    pub fn needed(self) -> u32 {
        match self {
            Self::Auto => 0,
            Self::Humans(n) => n.max(1),
        }
    }

    pub fn stricter(self, other: Self) -> Self {
        if self.needed() >= other.needed() { self } else { other }
    }
}

/// What the policy said of a role when a request for it was filed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The digest of the role's whole definition, the groups it names included.
    pub role_digest: Digest,
    /// Changes when a role is removed and made again under the same name.
    pub generation: u64,
    pub approvals: Approvals,
    /// The longest time the role lasts.
    pub max: Span,
    pub pending_timeout: Span,
    pub claim_timeout: Span,
    pub gives: Gives,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gives(principals: &[&str], extensions: &[&str], force: Option<&str>) -> Gives {
        let set = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Gives::Ssh(SshGives {
            principals: set(principals),
            extensions: set(extensions),
            force_command: force.map(str::to_owned),
            source_addresses: BTreeSet::new(),
        })
    }

    #[test]
    fn the_stricter_of_two_gives_what_both_give_or_nothing() {
        let then = gives(&["deploy", "root"], &["permit-pty", "permit-port-forwarding"], None);
        let now = gives(&["deploy"], &["permit-pty"], None);
        assert_eq!(then.stricter(&now), Some(now.clone()));
        assert_eq!(now.stricter(&then), Some(now.clone()));
        assert_eq!(now.stricter(&gives(&["www"], &[], None)), None);
        assert_eq!(now.stricter(&gives(&["deploy"], &[], Some("uptime"))), None);
        // Zero humans is no way to say `auto`.
        assert_eq!(Approvals::Auto.stricter(Approvals::Humans(0)).needed(), 1);
        assert_eq!(Approvals::Auto.stricter(Approvals::Humans(2)), Approvals::Humans(2));
    }
}
