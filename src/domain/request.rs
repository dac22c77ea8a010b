//! The request state machine (DESIGN §3): pure transitions that return the next state and the effects.
//!
//! ```text
//! pending ──approve (n distinct humans)──▶ approved ──first use──▶ active ──end time──▶ ending ──▶ expired
//!    ├──deny──▶ denied                        │                      └──revoke──▶ ending ──▶ revoked
//!    ├──cancel──▶ cancelled                   ├──revoke──▶ revoked
//!    └──pending time-out──▶ lapsed            └──claim time-out──▶ lapsed
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use super::debrief::Debrief;
use super::extension::Extension;
use super::{Actor, Approvals, Digest, Name, Principal, RequestId, Span, Terms, Time};

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    Pending,
    Approved,
    Active,
    /// The access is being taken away; not over before the provider has read back its absence.
    Ending,
    Denied,
    Cancelled,
    Lapsed,
    Expired,
    Revoked,
}

impl State {
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Approved,
        Self::Active,
        Self::Ending,
        Self::Denied,
        Self::Cancelled,
        Self::Lapsed,
        Self::Expired,
        Self::Revoked,
    ];

    /// Terminal states never leave.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Denied | Self::Cancelled | Self::Lapsed | Self::Expired | Self::Revoked)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Active => "active",
            Self::Ending => "ending",
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One approver's yes, to exactly what they were shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    pub by: Actor,
    /// Whose say it is, where the voter decides in somebody's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<Principal>,
    pub at: Time,
    /// The stage it counts for, from 0.
    #[serde(default)]
    pub stage: u32,
    /// [`Request::digest`] of what was shown.
    pub shown: Digest,
    /// Grants less than was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// The period in which access exists: `start` included, `end` not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub start: Time,
    pub end: Time,
}

/// Why a request is over, or is ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// An approver said no.
    Denied,
    /// The requester, or whoever disabled them, withdrew it.
    Cancelled,
    /// Nobody decided, or nobody used it, in time.
    Lapsed,
    /// The time was up.
    Expired,
    /// Somebody ended it before its time.
    Revoked,
}

/// How a request ended, or by what it is ending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    pub why: Why,
    /// `None`: the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a requester asks for, after the policy allowed the asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub id: RequestId,
    pub requester: Actor,
    pub role: Name,
    pub resource: Name,
    pub terms: Terms,
    pub duration: Span,
    pub start: Option<Time>,
    pub reason: String,
    pub ticket: Option<String>,
    /// By break-glass: how soon somebody else has to look at it afterwards.
    pub debrief_within: Option<Span>,
}

/// One ask for one role on one resource, over its whole life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub id: RequestId,
    /// Rises by one with each change: the store refuses a change that was made on an older one.
    pub revision: u64,
    pub state: State,
    pub requester: Actor,
    pub role: Name,
    pub resource: Name,
    pub terms: Terms,
    pub duration: Span,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    pub reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    pub created: Time,
    /// When a pending request lapses.
    pub pending_until: Time,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
    /// When an approved request that nobody used lapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_until: Option<Time>,
    /// Set by the intent to activate, so before any credential exists (INVARIANT 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// How often those who may decide were reminded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reminders: u32,
    /// Others may decide too, as nobody did in time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// Asked for and not decided yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// Of a request by break-glass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debrief: Option<Debrief>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Request {
    /// Files an ask. An auto-approved one is approved from the start.
    pub fn file(ask: Ask, now: Time) -> Self {
        let mut request = Self {
            id: ask.id,
            revision: 1,
            state: State::Pending,
            requester: ask.requester,
            role: ask.role,
            resource: ask.resource,
            pending_until: now.plus(ask.terms.pending_timeout),
            terms: ask.terms,
            duration: ask.duration,
            start: ask.start,
            reason: ask.reason,
            ticket: ask.ticket,
            created: now,
            votes: Vec::new(),
            claim_until: None,
            window: None,
            outcome: None,
            reminders: 0,
            escalated: false,
            extension: None,
            debrief: ask.debrief_within.map(|within| Debrief::opened(now, within)),
        };
        if request.terms.approvals.is_auto() {
            request.approve(now);
        }
        request
    }

    /// What an approver is shown, and what their vote is bound to: requester, role with the identity
    /// and the digest of its policy, resource, duration, start, reason, ticket; while more time is asked
    /// for, that ask too.
    pub fn digest(&self) -> Digest {
        let or_none = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |t| format!("+{t}"));
        let extension = self.extension.as_ref();
        Digest::of_fields(
            [
                "jit/v1 shown".to_owned(),
                self.id.to_string(),
                self.requester.principal.to_string(),
                self.requester.human.to_string(),
                self.role.to_string(),
                self.terms.generation.to_string(),
                self.terms.role_digest.to_string(),
                self.resource.to_string(),
                self.duration.to_string(),
                or_none(self.start.map(|t| t.to_string())),
                self.reason.clone(),
                or_none(self.ticket.clone()),
                or_none(extension.map(|extension| extension.by.to_string())),
                or_none(extension.map(|extension| extension.reason.clone())),
                or_none(extension.map(|extension| extension.asked.to_string())),
            ]
            .iter()
            .map(String::as_bytes),
        )
    }

    /// How long it may last: the least of what was asked, what each approver gave, and the role's
    /// longest when it was filed.
    pub fn longest(&self) -> Span {
        let given = self.votes.iter().filter_map(|vote| vote.max).min();
        self.duration.min(self.terms.max).min(given.unwrap_or(self.duration))
    }

    /// When the clock alone will next change this request; `None` when it will not.
    pub fn due(&self) -> Option<Time> {
        let besides = match self.state {
            State::Pending => [self.reminder_due(), self.escalation_due()],
            State::Active => [self.extension.as_ref().map(|ask| ask.pending_until), None],
            // Retried until the absence is confirmed.
            State::Ending => [Some(Time::from_millis(0)), None],
            _ => [None, None],
        };
        besides.into_iter().chain([self.ends(), self.debrief_due()]).flatten().min()
    }

    /// When this state ends by the clock alone: by its time-out, or with its grant; `None` when it will not.
    pub fn ends(&self) -> Option<Time> {
        match (self.state, self.window) {
            (State::Pending, _) => Some(self.pending_until),
            (State::Approved, None) => self.claim_until,
            (State::Approved | State::Active, Some(window)) => Some(window.end),
            _ => None,
        }
    }

    /// When those who may decide are next reminded.
    pub fn reminder_due(&self) -> Option<Time> {
        let every = self.terms.remind?.millis();
        let passed = every.saturating_mul(i64::from(self.reminders) + 1);
        Some(Time::from_millis(self.created.millis().saturating_add(passed)))
    }

    /// When others may decide too, where that has not come yet.
    pub fn escalation_due(&self) -> Option<Time> {
        self.terms.escalate.filter(|_| !self.escalated).map(|after| self.created.plus(after))
    }

    /// Whether others could decide too at that time.
    pub fn escalation_was(&self, at: Time) -> bool {
        self.escalated && self.terms.escalate.is_some_and(|after| self.created.plus(after) <= at)
    }

    /// When it will be told that nobody has looked at a break-glass in time.
    pub fn debrief_due(&self) -> Option<Time> {
        self.debrief.as_ref().filter(|debrief| debrief.closed.is_none() && !debrief.overdue).map(|d| d.due)
    }

    /// The votes on what is open for a decision: more time, or the request itself.
    pub fn current_votes(&self) -> &[Vote] {
        self.extension.as_ref().map_or(&self.votes, |extension| &extension.votes)
    }

    /// What has to agree to what is open for a decision.
    pub fn current_approvals(&self) -> &Approvals {
        self.extension.as_ref().map_or(&self.terms.approvals, |extension| &extension.approvals)
    }

    /// Whether somebody is to say yes or no.
    pub fn awaits_decision(&self) -> bool {
        self.state == State::Pending || self.extension.is_some()
    }

    /// The stage that is deciding now, from 0; `None` when all have.
    pub fn current_stage(&self) -> Option<usize> {
        self.current_approvals().open_stage(&by_stage(self.current_votes(), self.current_approvals()))
    }

    /// How many more people have to approve.
    pub fn votes_missing(&self) -> u32 {
        let have = u32::try_from(self.current_votes().len()).unwrap_or(u32::MAX);
        self.current_approvals().needed().saturating_sub(have)
    }
}

/// How many of the votes are for each stage.
pub(super) fn by_stage(votes: &[Vote], approvals: &Approvals) -> Vec<u32> {
    let count = |stage: usize| votes.iter().filter(|vote| usize::try_from(vote.stage) == Ok(stage)).count();
    (0..approvals.by_stage().len()).map(|stage| u32::try_from(count(stage)).unwrap_or(u32::MAX)).collect()
}

#[cfg(test)]
mod tests;
