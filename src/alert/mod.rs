//! Rules over the stream of audit events: what looks wrong, about whom, and why, in words.
//!
//! Pure: no clock, no store, no I/O. A [`Watcher`] is shown every event in the order of the log and answers
//! with [`Alert`]s; what is done about one is for `ops`. All that it remembers comes from the events, is
//! bounded for each person, and is had again by showing it the log again.
//!
//! What is unusual for somebody is told by their own history alone, by [`usual`]: the median and the median
//! absolute deviation. Both stay where they are while less than half of what they are made of is odd, so
//! nobody moves their own measure with one wild ask.

mod memory;
mod rules;
pub mod usual;
mod watcher;

pub use watcher::Watcher;

use crate::audit::{Draft, EventKind};
use crate::domain::alert::Raised;
use crate::domain::{Name, RequestId, Time};
use crate::policy::alerts::{Action, Severity};

/// Something that a rule looks for was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// 16 hexadecimal digits; the same for the same rule, cause and event, whenever the log is read.
    pub id: String,
    /// The name of the `[alert.NAME]`.
    pub rule: Name,
    pub severity: Severity,
    pub action: Action,
    /// Whom it is about, by the name of the human. `None` where nobody has logged in for it: what anybody on
    /// the network can bring about must not suspend anybody.
    pub user: Option<Name>,
    pub request: Option<RequestId>,
    pub role: Option<Name>,
    pub resource: Option<Name>,
    /// Of the event; of a signal, when it was given.
    pub at: Time,
    /// Two alerts of one rule with the same cause are one, for the rule's quiet time.
    pub cause: String,
    /// Who, what and when. May hold text from others: escape it where it is shown.
    pub why: String,
}

impl Alert {
    /// What is kept of it until somebody answers, and after.
    pub fn raised(&self, now: Time) -> Raised {
        Raised {
            id: self.id.clone(),
            alert: self.rule.clone(),
            severity: self.severity.to_string(),
            action: self.action.to_string(),
            user: self.user.clone(),
            request: self.request,
            role: self.role.clone(),
            resource: self.resource.clone(),
            seen: self.at,
            raised: now,
            why: self.why.clone(),
            answer: None,
        }
    }

    /// The event that tells of it, written down at `now`.
    pub fn draft(&self, now: Time) -> Draft {
        let mut draft = Draft::new(now, EventKind::AlertRaised);
        draft.request = self.request;
        draft.role.clone_from(&self.role);
        draft.resource.clone_from(&self.resource);
        draft.why = vec![self.why.clone()];
        let draft = draft
            .data("alert", &self.rule)
            .data("id", &self.id)
            .data("severity", self.severity)
            .data("action", self.action)
            .data("cause", &self.cause)
            .data("seen", self.at);
        match &self.user {
            Some(user) => draft.data("user", user),
            None => draft,
        }
    }
}

/// What cannot be in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A change was refused by the disk, and its event with it.
    LogWriteFailed { at: Time, error: String },
}

#[cfg(test)]
mod tests;
