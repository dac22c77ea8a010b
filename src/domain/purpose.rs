//! What services have long-lived tokens for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a service's long-lived token is good for, and for nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// An outside directory, at `/scim/v2`. Also of the tokens that were made when there was no other.
    #[default]
    Scim,
    /// A host that delivers what was done on it, at `/v1/activity`.
    Collect,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scim => "scim",
            Self::Collect => "collect",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
