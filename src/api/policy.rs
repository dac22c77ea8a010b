//! How the policy of a server is.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::domain::{Digest, Name, Time};

/// The policy in force, and what keeps the folder's from being it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStatus {
    /// Of the policy in force.
    pub digest: Digest,
    /// When it was taken into force; absent where each command reads the folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// Whether it is what the folder says.
    pub whole: bool,
    /// For those who see the whole policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has: Option<PolicyHas>,
    /// Where the folder is not whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<PolicyTrouble>,
}

/// Of all that the policy in force lets anybody reach, what is asked about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WhoQuery {
    /// `env=production,tier=db`: the resource has all of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requester: Option<Name>,
    /// Where no other human has to agree.
    #[serde(default)]
    pub alone: bool,
}

/// Who reaches what: each as `jit policy who` prints it.
#[derive(Debug, Serialize, Deserialize)]
pub struct WhoReaches {
    pub rows: Vec<Box<RawValue>>,
}

/// How many of each the policy in force has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyHas {
    pub files: usize,
    pub roles: usize,
    /// Test cases, all passed; absent where they were not run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<usize>,
}

/// Why the policy folder as it stands is not in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyTrouble {
    pub what: String,
    /// One line for each error, for those who see the whole policy: they quote it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    pub since: Time,
    pub held: Held,
}

/// What is not granted while a policy folder is not whole; of roles, those that the caller may know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    Everything,
    Roles(BTreeSet<Name>),
}

impl Held {
    pub fn holds(&self, role: &Name) -> bool {
        match self {
            Self::Everything => true,
            Self::Roles(roles) => roles.contains(role),
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Roles(roles) if roles.is_empty() => f.write_str("nothing"),
            Self::Roles(roles) => f.write_str(&roles.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")),
        }
    }
}
