//! Reviews of who has which right.

use serde::{Deserialize, Serialize};

use crate::domain::review::{Closed, Item, Progress, Scope};
use crate::domain::{self, Name, Span, Time};

/// Begins a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartReview {
    pub scope: Scope,
    /// How long reviewers have.
    pub due: Span,
    /// Begin another one so long after this one's start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
}

/// A reviewer's word on some items, by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecideReview {
    pub items: Vec<usize>,
    /// Else they are removed.
    pub keep: bool,
    pub comment: String,
}

/// Gives a right back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestoreRight {
    pub user: Name,
    pub role: Name,
    pub comment: String,
}

/// A review, with the items that are shown to the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    pub id: String,
    pub scope: Scope,
    pub started: Time,
    pub due: Time,
    pub due_in_s: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    pub overdue: bool,
    pub progress: Progress,
    /// How many of them wait for the caller.
    pub open_for_you: usize,
    /// Its signed result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ReviewItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewItem {
    /// Counted from 1.
    pub number: usize,
    #[serde(flatten)]
    pub item: Item,
}

/// Without their items; the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviews {
    pub reviews: Vec<Review>,
}

/// The whole of a closed review, as it was signed, with the signature in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewResult {
    pub review: domain::Review,
    /// The log's public key, as a C2SP vkey. Whoever verifies uses one of their own.
    pub key: String,
}
