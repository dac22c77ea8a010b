//! Says that are given to somebody else for a while.

use serde::{Deserialize, Serialize};

use crate::domain::{Name, Time};

/// Lets somebody decide in the caller's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegate {
    pub to: Name,
    /// For this role only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    /// Now, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    pub until: Time,
}

/// Takes one back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Undelegate {
    /// Whose it is; the caller's, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Name>,
    pub to: Name,
}

/// `from` lets `to` decide in their place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    pub from: Name,
    pub to: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    pub since: Time,
    pub until: Time,
    pub until_in_s: i64,
    pub in_force: bool,
}

/// Those that are not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegations {
    pub delegations: Vec<Delegation>,
}
