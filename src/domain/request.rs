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
    pub at: Time,
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
}

/// What may happen to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// Somebody whom the policy lets decide says yes.
    Approve(Vote),
    Deny {
        by: Principal,
        comment: String,
    },
    Cancel {
        by: Principal,
        comment: Option<String>,
    },
    /// A pending or approved request is past its time-out.
    Lapse,
    /// First use: fix the window, durably, before the provider acts. `max` and `approvals` are the
    /// policy's of this moment; the stricter of then and now applies. `valid_votes` is how many
    /// distinct humans behind the votes may still decide today.
    Intend {
        max: Span,
        approvals: Approvals,
        valid_votes: u32,
    },
    /// The provider made the first credential.
    Activate,
    /// A further credential within the same window, under the same conditions as the first.
    Reissue {
        approvals: Approvals,
        valid_votes: u32,
    },
    /// A voter was disabled: the votes of that human, on a request that is not decided yet, are void.
    WithdrawVotes {
        human: Principal,
    },
    /// The provider made none, and none is left: the clock has not started.
    GiveUpIntent,
    /// Somebody ends it before its time.
    Revoke {
        by: Principal,
        comment: Option<String>,
    },
    /// The window is over.
    Expire,
    /// The provider read back that nothing is left (INVARIANT 4).
    ConfirmAbsent,
}

/// What the caller has to do once the next state is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Ask the provider for a credential that ends with the window.
    Grant,
    /// Take all credentials away, read back their absence, then confirm it.
    Withdraw,
}

/// A transition that was allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Step {
    pub next: Request,
    pub effect: Option<Effect>,
}

/// A transition that was not: the request stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    #[error("the request is {0}")]
    State(State),
    #[error("nobody approves their own request")]
    OwnRequest,
    #[error("a service cannot approve")]
    Service,
    #[error("this person has approved it already")]
    VotedAlready,
    #[error("the request is not what the approver was shown")]
    Shown,
    #[error("the request was approved by {have} of {need} people")]
    TooFewVotes { have: u32, need: u32 },
    #[error("it begins at {0}")]
    NotYet(Time),
    #[error("its time-out has not come yet")]
    NotDue,
    #[error("its time is over")]
    Over,
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
        };
        if request.terms.approvals == Approvals::Auto {
            request.approve(now);
        }
        request
    }

    /// What an approver is shown, and what their vote is bound to: requester, role with the identity
    /// and the digest of its policy, resource, duration, start, reason, ticket.
    pub fn digest(&self) -> Digest {
        let or_none = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |t| format!("+{t}"));
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
        match (self.state, self.window) {
            (State::Pending, _) => Some(self.pending_until),
            (State::Approved, None) => self.claim_until,
            (State::Approved | State::Active, Some(window)) => Some(window.end),
            // Retried until the absence is confirmed.
            (State::Ending, _) => Some(Time::from_millis(0)),
            _ => None,
        }
    }

    /// How many more people have to approve.
    pub fn votes_missing(&self) -> u32 {
        let have = u32::try_from(self.votes.len()).unwrap_or(u32::MAX);
        self.terms.approvals.needed().saturating_sub(have)
    }

    /// The next state under `transition` at `now`, and what to do once that state is durable.
    pub fn step(&self, transition: Transition, now: Time) -> Result<Step, Conflict> {
        use State as S;
        use Transition as T;
        // INVARIANT: terminal states never leave, whatever comes.
        if self.state.is_terminal() {
            return Err(Conflict::State(self.state));
        }
        let mut next = self.clone();
        next.revision += 1;
        let effect = match (transition, self.state) {
            (T::Approve(vote), S::Pending) => {
                self.may_vote(&vote)?;
                if now >= self.pending_until {
                    return Err(Conflict::Over);
                }
                next.votes.push(vote);
                if next.votes_missing() == 0 {
                    next.approve(now);
                }
                None
            }
            (T::Deny { by, comment }, S::Pending) => {
                next.close(S::Denied, Why::Denied, Some(by), now, Some(comment));
                None
            }
            (T::Cancel { by, comment }, S::Pending) => {
                next.close(S::Cancelled, Why::Cancelled, Some(by), now, comment);
                None
            }
            (T::Lapse, S::Pending | S::Approved) if self.window.is_none() => {
                if self.due().is_none_or(|due| now < due) {
                    return Err(Conflict::NotDue);
                }
                next.close(S::Lapsed, Why::Lapsed, None, now, None);
                None
            }
            (T::Intend { max, approvals, valid_votes }, S::Approved) => {
                self.enough(approvals, valid_votes)?;
                if self.window.is_none() {
                    next.window = Some(self.window_at(now, max)?);
                }
                Some(Effect::Grant)
            }
            (T::Activate, S::Approved) if self.window.is_some() => {
                next.state = S::Active;
                None
            }
            (T::Reissue { approvals, valid_votes }, S::Active) => {
                self.enough(approvals, valid_votes)?;
                if self.window.is_none_or(|window| now >= window.end) {
                    return Err(Conflict::Over);
                }
                Some(Effect::Grant)
            }
            (T::WithdrawVotes { human }, S::Pending) => {
                next.votes.retain(|vote| vote.by.human != human);
                None
            }
            (T::GiveUpIntent, S::Approved) if self.window.is_some() => {
                next.window = None;
                None
            }
            (T::Revoke { by, comment }, S::Approved) if self.window.is_none() => {
                next.close(S::Revoked, Why::Revoked, Some(by), now, comment);
                None
            }
            (T::Revoke { by, comment }, S::Approved | S::Active) => {
                next.close(S::Ending, Why::Revoked, Some(by), now, comment);
                Some(Effect::Withdraw)
            }
            (T::Expire, S::Approved | S::Active) => match self.window {
                Some(window) if now >= window.end => {
                    next.close(S::Ending, Why::Expired, None, now, None);
                    Some(Effect::Withdraw)
                }
                Some(_) => return Err(Conflict::NotDue),
                None => return Err(Conflict::State(self.state)),
            },
            (T::ConfirmAbsent, S::Ending) => {
                next.state = match &self.outcome {
                    Some(outcome) if outcome.why == Why::Expired => S::Expired,
                    _ => S::Revoked,
                };
                None
            }
            _ => return Err(Conflict::State(self.state)),
        };
        Ok(Step { next, effect })
    }

    /// INVARIANT 2: distinct humans, none of them the one behind the requester, and never a service.
    fn may_vote(&self, vote: &Vote) -> Result<(), Conflict> {
        if vote.by.kind == super::Kind::Service {
            return Err(Conflict::Service);
        }
        if vote.by.human == self.requester.human || vote.by.principal == self.requester.principal {
            return Err(Conflict::OwnRequest);
        }
        if self.votes.iter().any(|v| v.by.human == vote.by.human) {
            return Err(Conflict::VotedAlready);
        }
        if vote.shown != self.digest() {
            return Err(Conflict::Shown);
        }
        Ok(())
    }

    /// INVARIANT 2 at every use: the stricter number of then and now, of people who may decide today.
    fn enough(&self, approvals: Approvals, valid_votes: u32) -> Result<(), Conflict> {
        let need = self.terms.approvals.stricter(approvals).needed();
        if valid_votes < need { Err(Conflict::TooFewVotes { have: valid_votes, need }) } else { Ok(()) }
    }

    fn approve(&mut self, now: Time) {
        self.state = State::Approved;
        // A planned start is used within its window, however far ahead; anything else is claimed in time.
        self.claim_until = Some(match self.start {
            Some(start) => start.plus(self.longest()),
            None => now.plus(self.terms.claim_timeout),
        });
    }

    /// INVARIANT 3: the end is ≤ start + min(asked, given, longest then, longest now).
    fn window_at(&self, now: Time, max_now: Span) -> Result<Window, Conflict> {
        if self.claim_until.is_some_and(|until| now >= until) {
            return Err(Conflict::Over);
        }
        let start = match self.start {
            Some(start) if now < start => return Err(Conflict::NotYet(start)),
            Some(start) => start,
            None => now,
        };
        let end = start.plus(self.longest().min(max_now)).whole_secs();
        // Certificates and database roles end on whole seconds, so the grant does too.
        if end <= now { Err(Conflict::Over) } else { Ok(Window { start, end }) }
    }

    fn close(&mut self, state: State, why: Why, by: Option<Principal>, at: Time, comment: Option<String>) {
        self.state = state;
        self.outcome = Some(Outcome { why, by, at, comment });
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
