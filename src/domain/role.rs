//! What a policy offers, as far as a request has to remember it.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Digest, Gives, Name, Span};

/// How many distinct humans have to agree, stage by stage, in this order; none where the policy itself
/// decides (`auto-approve`, break-glass).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<u32>")]
pub struct Approvals(Vec<u32>);

/// A stage that nobody has to agree to is no stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a stage of approval needs at least one human")]
pub struct EmptyStage;

impl Approvals {
    /// The policy decides.
    pub const AUTO: Self = Self(Vec::new());

    /// One stage of that many, at least one.
    pub fn humans(n: u32) -> Self {
        Self(vec![n.max(1)])
    }

    /// # Errors
    /// When a stage needs nobody.
    pub fn stages(needed: Vec<u32>) -> Result<Self, EmptyStage> {
        if needed.contains(&0) { Err(EmptyStage) } else { Ok(Self(needed)) }
    }

    pub fn is_auto(&self) -> bool {
        self.0.is_empty()
    }

    /// Of all stages together.
    pub fn needed(&self) -> u32 {
        self.0.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    pub fn by_stage(&self) -> &[u32] {
        &self.0
    }

    /// Stage by stage the greater number of the two.
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        let stages = self.0.len().max(other.0.len());
        let at = |list: &[u32], stage: usize| list.get(stage).copied().unwrap_or(0);
        Self((0..stages).map(|stage| at(&self.0, stage).max(at(&other.0, stage))).collect())
    }

    /// The first stage that `have`, the number of votes by stage, does not fill.
    pub fn open_stage(&self, have: &[u32]) -> Option<usize> {
        self.0
            .iter()
            .enumerate()
            .find_map(|(stage, need)| (have.get(stage).copied().unwrap_or(0) < *need).then_some(stage))
    }
}

impl TryFrom<Vec<u32>> for Approvals {
    type Error = EmptyStage;
    fn try_from(needed: Vec<u32>) -> Result<Self, EmptyStage> {
        Self::stages(needed)
    }
}

/// `none`, `2`, `1, then 2`.
impl fmt::Display for Approvals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_auto() {
            return f.write_str("none");
        }
        let stages: Vec<String> = self.0.iter().map(u32::to_string).collect();
        f.write_str(&stages.join(", then "))
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
    /// The longest time that a grant of it lasts without an extension.
    pub max: Span,
    /// The longest time with all extensions; never less than `max`.
    pub max_total: Span,
    pub pending_timeout: Span,
    pub claim_timeout: Span,
    /// While nobody decides, those who may are reminded each time that this has passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<Span>,
    /// After this, still undecided, others may decide too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Span>,
    /// One credential only, and `jit exec` ends the grant with its command.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub single_use: bool,
    /// The system that the ticket is in; the grant ends when it closes there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_system: Option<Name>,
    /// The groups of the directory that gave the requester the role when they asked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub directory: BTreeSet<Name>,
    pub gives: Gives,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_humans_is_no_way_to_say_auto() {
        assert_eq!(Approvals::AUTO.stricter(&Approvals::humans(0)).needed(), 1);
        assert_eq!(Approvals::stages(vec![1, 0]), Err(EmptyStage));
        assert!(serde_json::from_str::<Approvals>("[0]").is_err());
        assert!(serde_json::from_str::<Approvals>("[]").unwrap().is_auto());
    }

    #[test]
    fn the_stricter_of_two_asks_for_what_either_asks() {
        let two_stages = Approvals::stages(vec![1, 2]).unwrap();
        assert_eq!(two_stages.stricter(&Approvals::humans(2)).by_stage(), [2, 2]);
        assert_eq!(two_stages.to_string(), "1, then 2");
        assert_eq!(two_stages.open_stage(&[1, 1]), Some(1));
        assert_eq!(two_stages.open_stage(&[1, 2]), None);
    }
}
