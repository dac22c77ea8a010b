//! Alerts and their answers.

use serde::{Deserialize, Serialize};

use crate::domain::alert::{Finding, Raised};

/// Which alerts: those that nobody has answered, where nothing is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertQuery {
    #[serde(default)]
    pub all: bool,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnswerAlert {
    pub finding: Finding,
    pub comment: String,
}

/// An alert, with its answer where it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    #[serde(flatten)]
    pub raised: Raised,
    /// Whether it is open and the caller may answer it.
    pub open_for_you: bool,
}

/// The latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alerts {
    pub alerts: Vec<Alert>,
    /// How many older ones there are that are not listed.
    #[serde(default)]
    pub older: usize,
}
