use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::{Digest, Span};

/// A provider that is a program of its own: jit-provider(7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecTarget {
    /// The program, by its whole path.
    pub program: String,
    /// What its contents are: another program at that path is not run.
    pub sha256: Digest,
    /// Passed to the program with each call: how it reaches the target. No secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, String>,
    /// The variables of jit's environment that the program gets; it gets no other.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub environment: BTreeSet<String>,
    /// How long one call may take.
    pub timeout: Span,
}

impl ExecTarget {
    /// A program may be updated, and still finds what its earlier version made.
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        self.program == other.program && self.settings == other.settings
    }
}

/// What a plugin is told to give.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecGives {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
}

impl ExecGives {
    pub(super) fn lines(&self) -> Vec<String> {
        self.parameters.iter().map(|(name, value)| format!("{name} = {value}")).collect()
    }
}
