//! Trainings and terms: what is asked of people, and what they have proved.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::training::Standing;
use crate::domain::{Digest, DutyKind, Name, Span, Time};

/// What roles that the caller may ask for ask of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trainings {
    pub trainings: Vec<Training>,
}

/// A training or terms, and how the caller stands with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Training {
    pub what: DutyKind,
    pub name: Name,
    /// That is needed.
    pub version: u32,
    #[serde(flatten)]
    pub held: Proved,
    #[serde(default)]
    pub description: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_for: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// Those that ask for it.
    pub roles: BTreeSet<Name>,
    /// Of terms: what is agreed to, and its SHA-256.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// What to do where it is not good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cure: Option<String>,
}

/// How somebody stands with a training or terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proved {
    pub standing: TrainingStanding,
    /// Of what is good: its end, where it has one. Of what has expired: when that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// The version that was superseded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub had: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrainingStanding {
    Good,
    Missing,
    Expired,
    Superseded,
}

impl fmt::Display for TrainingStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Good => "good",
            Self::Missing => "missing",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
        })
    }
}

impl From<Standing> for Proved {
    fn from(standing: Standing) -> Self {
        let (standing, until, had) = match standing {
            Standing::Good { until } => (TrainingStanding::Good, until, None),
            Standing::Missing => (TrainingStanding::Missing, None, None),
            Standing::Expired { since } => (TrainingStanding::Expired, Some(since), None),
            Standing::Superseded { had } => (TrainingStanding::Superseded, None, Some(had)),
        };
        Self { standing, until, had }
    }
}

/// Agrees to terms, for oneself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptTerms {
    pub terms: Name,
    /// SHA-256 of the text that was shown: no other one is accepted.
    pub digest: Digest,
}

/// Says that somebody has taken a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordTraining {
    pub user: Name,
    pub training: Name,
    /// When it was taken; now, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    /// It proves nothing from then on, whatever the policy lets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    /// Of the course; the one that the policy asks for, where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// Takes back what was recorded wrongly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WithdrawTraining {
    pub user: Name,
    pub training: Name,
    pub reason: String,
}

/// What was accepted, recorded or withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingProof {
    pub user: Name,
    pub what: DutyKind,
    pub name: Name,
    pub version: u32,
    pub at: Time,
    pub by: Name,
    #[serde(flatten)]
    pub held: Proved,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

/// Whose standing is asked for; all that the caller may see, where left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingQuery {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Name>,
    /// A training, or terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub training: Option<Name>,
}

/// Who has what they need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainingStatus {
    pub coverage: Vec<Coverage>,
    /// By training and person.
    pub people: Vec<PersonTraining>,
}

/// Of those of whom it is asked, how many have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    pub what: DutyKind,
    pub name: Name,
    pub version: u32,
    pub needed_by: usize,
    pub good: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonTraining {
    pub user: Name,
    pub what: DutyKind,
    pub name: Name,
    #[serde(flatten)]
    pub held: Proved,
}
