//! Reviews: at intervals somebody looks at who has which right, and says whether they keep it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Name, Principal, Span, Time};

/// One campaign over the rights of some people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    pub id: String,
    pub scope: Scope,
    pub started: Time,
    pub by: Principal,
    /// Whatever is not decided by then is removed.
    pub due: Time,
    /// Another one begins so long after this one began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Span>,
    pub items: Vec<Item>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Closed>,
    /// The one after it was begun.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub followed: bool,
}

/// Whose rights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    All,
    Company(Name),
    Role(Name),
    User(Name),
}

/// One right of one person, with what it was used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    pub user: Name,
    pub role: Name,
    /// Who may decide on it, and nobody else.
    pub reviewers: Vec<Name>,
    pub used: Used,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// What was made of a right before the review.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Used {
    /// From then on.
    pub since: Option<Time>,
    pub requests: u32,
    /// Of those, the ones that became access.
    pub grants: u32,
    /// Of those, the ones that an approver denied.
    pub denied: u32,
    pub last: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub verdict: Verdict,
    /// `None`: nobody, in time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Keep,
    Remove,
    /// Silence past the due date, which removes.
    Lapsed,
}

/// The signed result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    pub at: Time,
    pub note: String,
}

/// How many were decided, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub open: u32,
    pub kept: u32,
    pub removed: u32,
    pub lapsed: u32,
}

/// Why a decision on an item does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewConflict {
    /// Not there, or not theirs: the two look the same (INVARIANT 10).
    #[error("there is no such item for you")]
    NoItem,
    #[error("nobody reviews their own rights")]
    Own,
    #[error("it was decided already")]
    Decided,
    #[error("the review is over")]
    Over,
}

impl Review {
    pub fn progress(&self) -> Progress {
        let mut progress = Progress::default();
        for item in &self.items {
            let count = match item.decision.as_ref().map(|decision| decision.verdict) {
                None => &mut progress.open,
                Some(Verdict::Keep) => &mut progress.kept,
                Some(Verdict::Remove) => &mut progress.removed,
                Some(Verdict::Lapsed) => &mut progress.lapsed,
            };
            *count = count.saturating_add(1);
        }
        progress
    }

    /// Decides on the item of that number, counted from 1. `any`: also where they are not its reviewer.
    ///
    /// # Errors
    /// Where it is not theirs to decide, or too late.
    pub fn decide(
        &mut self,
        number: usize,
        by: &Principal,
        names: &[&Name],
        any: bool,
        decision: Decision,
    ) -> Result<&Item, ReviewConflict> {
        let over = self.closed.is_some() || decision.at >= self.due;
        let item = number.checked_sub(1).and_then(|index| self.items.get_mut(index));
        let item = item.ok_or(ReviewConflict::NoItem)?;
        // INVARIANT 2, of reviews: nobody decides on their own rights, under any of their names.
        if names.contains(&&item.user) {
            return Err(ReviewConflict::Own);
        }
        if !any && !item.reviewers.contains(&by.subject) {
            return Err(ReviewConflict::NoItem);
        }
        if over {
            return Err(ReviewConflict::Over);
        }
        if item.decision.is_some() {
            return Err(ReviewConflict::Decided);
        }
        item.decision = Some(decision);
        Ok(item)
    }

    /// What nobody has decided in time is removed. Returns those.
    pub fn lapse(&mut self, now: Time) -> Vec<(usize, Item)> {
        if now < self.due || self.closed.is_some() {
            return Vec::new();
        }
        let mut lapsed = Vec::new();
        for (number, item) in (1..).zip(&mut self.items) {
            if item.decision.is_none() {
                item.decision = Some(Decision { verdict: Verdict::Lapsed, by: None, at: now, comment: None });
                lapsed.push((number, item.clone()));
            }
        }
        lapsed
    }

    /// Whether nothing is left to decide.
    pub fn is_decided(&self) -> bool {
        self.items.iter().all(|item| item.decision.is_some())
    }

    /// When the next one begins, unless it has.
    pub fn next(&self) -> Option<Time> {
        self.every.filter(|_| !self.followed).map(|every| self.started.plus(every))
    }

    /// What is signed when it is closed.
    pub fn result(&self) -> Self {
        Self { closed: None, followed: false, ..self.clone() }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::Lapsed => "lapsed",
        })
    }
}

/// `all`, `company=acme`, `role=deploy`, `user=zed`.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.pad("all"),
            Self::Company(name) => write!(f, "company={name}"),
            Self::Role(name) => write!(f, "role={name}"),
            Self::User(name) => write!(f, "user={name}"),
        }
    }
}

/// A text that is no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a scope is `all`, company=NAME, role=NAME or user=NAME")]
pub struct ScopeError;

impl std::str::FromStr for Scope {
    type Err = ScopeError;
    fn from_str(text: &str) -> Result<Self, ScopeError> {
        if text == "all" {
            return Ok(Self::All);
        }
        let (kind, name) = text.split_once('=').ok_or(ScopeError)?;
        let name = name.parse().map_err(|_| ScopeError)?;
        match kind {
            "company" => Ok(Self::Company(name)),
            "role" => Ok(Self::Role(name)),
            "user" => Ok(Self::User(name)),
            _ => Err(ScopeError),
        }
    }
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
