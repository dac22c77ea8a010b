//! For whom a contractor works, until when, and who answers for them.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Name, Time};

/// What a contractor's access rests on: without a live one they hold nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    pub user: Name,
    pub company: Name,
    /// The employee who answers for them.
    pub sponsor: Name,
    /// Who does when the sponsor has left. Without one, the engagement ends then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Name>,
    /// Included.
    pub start: Time,
    /// Not included.
    pub until: Time,
    pub agreement: Agreement,
    /// The groups of the policy that they are in; only those that the policy leaves to the directory.
    pub groups: BTreeSet<Name>,
    /// The sponsor was told so many days before `until`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// What was signed: a non-disclosure agreement, or terms of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// As the company files it: `NDA-2026-117`.
    pub reference: String,
    /// When it was signed.
    pub date: Time,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    pub at: Time,
    pub cause: EndCause,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Why an engagement is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndCause {
    /// Its own end has come.
    End,
    /// Somebody ended it.
    Offboard,
    /// Nobody answers for the contractor any more.
    SponsorLeft,
}

impl fmt::Display for EndCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::End => "end",
            Self::Offboard => "offboard",
            Self::SponsorLeft => "sponsor-left",
        })
    }
}

/// Whether an engagement carries anything at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Standing {
    NotBegun,
    Live,
    Over,
}

/// How many days before its end the sponsor is told of it.
pub const REMINDERS: [u32; 2] = [14, 3];

const DAY: i64 = 86_400;

impl Engagement {
    pub fn standing(&self, at: Time) -> Standing {
        if self.ended.is_some() || at >= self.until {
            Standing::Over
        } else if at < self.start {
            Standing::NotBegun
        } else {
            Standing::Live
        }
    }

    /// The reminder that is due: of several that were missed, the last.
    pub fn reminder_due(&self, now: Time) -> Option<u32> {
        if self.standing(now) == Standing::Over {
            return None;
        }
        let left = self.until.secs_after(now);
        let due = REMINDERS.into_iter().filter(|days| left <= i64::from(*days) * DAY).min()?;
        self.reminded.is_none_or(|told| due < told).then_some(due)
    }
}

#[cfg(test)]
#[path = "engagement_tests.rs"]
mod tests;
