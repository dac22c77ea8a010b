//! A say that is given to somebody else for a while.

use serde::{Deserialize, Serialize};

use super::{Name, Time};

/// `from` lets `to` decide in their place. It gives what `from` may decide by their own right, not what
/// others have given to them, and never on a request of `from` or `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delegation {
    pub from: Name,
    pub to: Name,
    /// For this role only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    /// Included.
    pub since: Time,
    /// Not included.
    pub until: Time,
}

impl Delegation {
    pub fn is_in_force(&self, at: Time) -> bool {
        self.since <= at && at < self.until
    }
}
