//! What may happen to a request, and what comes of it: pure, effects are data.

use super::debrief::Verdict;
use super::extension::{self, Bounds, Extension};
use super::request::{Outcome, Vote, Why, Window};
use super::{Actor, Approvals, Principal, Request, Span, State, Time};

/// What may happen to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// Somebody whom the policy lets decide says yes.
    Approve(Vote),
    Deny {
        by: Principal,
        comment: String,
    },
    /// Nobody decides it any more. `by`: `None` where a rule does it, as when the requester has left.
    Cancel {
        by: Option<Principal>,
        comment: Option<String>,
    },
    /// A pending or approved request is past its time-out.
    Lapse,
    /// First use: fix the window, durably, before the provider acts. `bounds` and `approvals` are the
    /// policy's of this moment; the stricter of then and now applies. `valid` is how many distinct humans
    /// behind the votes of each stage may still decide today.
    Intend {
        bounds: Bounds,
        approvals: Approvals,
        valid: Vec<u32>,
    },
    /// The provider made the first credential.
    Activate,
    /// A further credential within the same window, under the same conditions as the first.
    Reissue {
        approvals: Approvals,
        valid: Vec<u32>,
    },
    /// A voter was disabled: the votes of that human, on a request that is not decided yet, are void.
    WithdrawVotes {
        human: Principal,
    },
    /// The provider made none, and none is left: the clock has not started.
    GiveUpIntent,
    /// It ends before its time; `None`: not by a person's word, as when its ticket is closed.
    Revoke {
        by: Option<Principal>,
        comment: Option<String>,
    },
    /// The window is over.
    Expire,
    /// Nobody decided yet, and those who may are reminded.
    Remind,
    /// Nobody decided in time, and others may now too.
    Escalate,
    /// The requester asks for more time.
    AskExtension(Extension),
    /// More time is not given: somebody said no, the requester took it back, or nobody decided in time.
    DropExtension,
    /// Enough people agreed to more time: move the end, within the policy's word of this moment.
    Extend {
        bounds: Bounds,
        approvals: Approvals,
        valid: Vec<u32>,
    },
    /// Nobody has looked at a break-glass in time.
    DebriefOverdue,
    /// Somebody else has.
    CloseDebrief {
        by: Actor,
        verdict: Verdict,
        comment: Option<String>,
    },
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
    #[error("another stage of approval decides now")]
    Stage,
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
    #[error("more time was asked for already, and that is not decided yet")]
    ExtensionPending,
    #[error("no more time is asked for")]
    NoExtension,
    #[error("it is for one use only")]
    SingleUse,
    #[error("it lasts at most {0} in all, or as long as other rules let it")]
    LongestTotal(Span),
    #[error("it ends at {0} at the latest")]
    EndsAt(Time),
    #[error("it has no open debrief")]
    NoDebrief,
}

impl Request {
    /// The next state under `transition` at `now`, and what to do once that state is durable.
    pub fn step(&self, transition: Transition, now: Time) -> Result<Step, Conflict> {
        use State as S;
        use Transition as T;
        let mut next = self.clone();
        next.revision += 1;
        // A debrief is about what is over as much as about what is not, and changes no state.
        match transition {
            T::CloseDebrief { by, verdict, comment } => {
                next.close_debrief(&by, verdict, comment, now)?;
                return Ok(Step { next, effect: None });
            }
            T::DebriefOverdue => {
                if self.debrief_due().is_none_or(|due| now < due) {
                    return Err(Conflict::NotDue);
                }
                if let Some(debrief) = &mut next.debrief {
                    debrief.overdue = true;
                }
                return Ok(Step { next, effect: None });
            }
            _ => {}
        }
        // INVARIANT: terminal states never leave, whatever comes.
        if self.state.is_terminal() {
            return Err(Conflict::State(self.state));
        }
        let effect = match (transition, self.state) {
            (T::Approve(vote), S::Pending) => {
                self.may_vote(&vote)?;
                if now >= self.pending_until {
                    return Err(Conflict::Over);
                }
                next.votes.push(vote);
                if next.current_stage().is_none() {
                    next.approve(now);
                }
                None
            }
            (T::Approve(vote), S::Active) => {
                self.may_vote(&vote)?;
                match &mut next.extension {
                    Some(extension) if now < extension.pending_until => extension.votes.push(vote),
                    Some(_) => return Err(Conflict::Over),
                    None => return Err(Conflict::State(self.state)),
                }
                None
            }
            (T::Deny { by, comment }, S::Pending) => {
                next.close(S::Denied, Why::Denied, Some(by), now, Some(comment));
                None
            }
            (T::Cancel { by, comment }, S::Pending) => {
                next.close(S::Cancelled, Why::Cancelled, by, now, comment);
                None
            }
            (T::Lapse, S::Pending | S::Approved) if self.window.is_none() => {
                let until =
                    if self.state == S::Pending { Some(self.pending_until) } else { self.claim_until };
                if until.is_none_or(|until| now < until) {
                    return Err(Conflict::NotDue);
                }
                next.close(S::Lapsed, Why::Lapsed, None, now, None);
                None
            }
            (T::Remind, S::Pending) => {
                let (Some(every), Some(due)) = (self.terms.remind, self.reminder_due()) else {
                    return Err(Conflict::NotDue);
                };
                if now < due {
                    return Err(Conflict::NotDue);
                }
                // One reminder stands for those that a stopped server has missed.
                let passed = (now.millis() - self.created.millis()) / every.millis();
                next.reminders = u32::try_from(passed).unwrap_or(u32::MAX);
                None
            }
            (T::Escalate, S::Pending) => {
                if self.escalation_due().is_none_or(|due| now < due) {
                    return Err(Conflict::NotDue);
                }
                next.escalated = true;
                None
            }
            (T::AskExtension(ask), _) => {
                next.ask_extension(ask, now)?;
                None
            }
            (T::DropExtension, S::Active) => {
                next.extension.take().ok_or(Conflict::NoExtension)?;
                None
            }
            (T::Extend { bounds, approvals, valid }, S::Active) => {
                next.extend(bounds, &approvals, &valid, now)?;
                None
            }
            (T::Intend { bounds, approvals, valid }, S::Approved) => {
                self.enough(&approvals, &valid)?;
                if self.window.is_none() {
                    next.window = Some(self.window_at(now, bounds)?);
                }
                Some(Effect::Grant)
            }
            (T::Activate, S::Approved) if self.window.is_some() => {
                next.state = S::Active;
                None
            }
            (T::Reissue { approvals, valid }, S::Active) => {
                self.enough(&approvals, &valid)?;
                if self.window.is_none_or(|window| now >= window.end) {
                    return Err(Conflict::Over);
                }
                Some(Effect::Grant)
            }
            (T::WithdrawVotes { human }, S::Pending | S::Active) => {
                let stays = |vote: &Vote| vote.by.human != human && vote.on_behalf.as_ref() != Some(&human);
                match &mut next.extension {
                    Some(extension) => extension.votes.retain(stays),
                    None if self.state == S::Pending => next.votes.retain(stays),
                    None => return Err(Conflict::State(self.state)),
                }
                None
            }
            (T::GiveUpIntent, S::Approved) if self.window.is_some() => {
                next.window = None;
                None
            }
            (T::Revoke { by, comment }, S::Approved) if self.window.is_none() => {
                next.close(S::Revoked, Why::Revoked, by, now, comment);
                None
            }
            (T::Revoke { by, comment }, S::Approved | S::Active) => {
                next.close(S::Ending, Why::Revoked, by, now, comment);
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
        // A say that was given to somebody else is still one say, and never the requester's own.
        if vote.on_behalf.as_ref().is_some_and(|whose| *whose == self.requester.human) {
            return Err(Conflict::OwnRequest);
        }
        let humans = |vote: &Vote| [Some(vote.by.human.clone()), vote.on_behalf.clone()];
        let used = self.current_votes().iter().flat_map(humans).flatten().collect::<Vec<_>>();
        if humans(vote).iter().flatten().any(|human| used.contains(human)) {
            return Err(Conflict::VotedAlready);
        }
        if self.current_stage() != usize::try_from(vote.stage).ok() {
            return Err(Conflict::Stage);
        }
        if vote.shown != self.digest() {
            return Err(Conflict::Shown);
        }
        Ok(())
    }

    /// INVARIANT 2 at every use: the stricter number of then and now, of people who may decide today.
    fn enough(&self, approvals: &Approvals, valid: &[u32]) -> Result<(), Conflict> {
        extension::enough(&self.terms.approvals.stricter(approvals), valid)
    }

    pub(super) fn approve(&mut self, now: Time) {
        self.state = State::Approved;
        // A planned start is used within its window, however far ahead; anything else is claimed in time.
        self.claim_until = Some(match self.start {
            Some(start) => start.plus(self.longest()),
            None => now.plus(self.terms.claim_timeout),
        });
    }

    /// INVARIANT 3: the end is ≤ start + min(asked, given, longest then, longest now), and not behind what
    /// else the policy bounds it by.
    fn window_at(&self, now: Time, bounds: Bounds) -> Result<Window, Conflict> {
        if self.claim_until.is_some_and(|until| now >= until) {
            return Err(Conflict::Over);
        }
        let start = match self.start {
            Some(start) if now < start => return Err(Conflict::NotYet(start)),
            Some(start) => start,
            None => now,
        };
        let longest = start.plus(self.longest().min(bounds.max));
        let end = longest.min(bounds.until.unwrap_or(longest)).whole_secs();
        // Certificates and database roles end on whole seconds, so the grant does too.
        if end <= now { Err(Conflict::Over) } else { Ok(Window { start, end }) }
    }

    fn close(&mut self, state: State, why: Why, by: Option<Principal>, at: Time, comment: Option<String>) {
        self.state = state;
        self.extension = None;
        self.outcome = Some(Outcome { why, by, at, comment });
    }
}
