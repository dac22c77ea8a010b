//! What a policy offers, as far as a request has to remember it.

use serde::{Deserialize, Serialize};

use super::{Digest, Gives, Span};

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

    #[test]
    fn zero_humans_is_no_way_to_say_auto() {
        assert_eq!(Approvals::Auto.stricter(Approvals::Humans(0)).needed(), 1);
        assert_eq!(Approvals::Auto.stricter(Approvals::Humans(2)), Approvals::Humans(2));
    }
}
