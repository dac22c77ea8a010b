//! Decisions, with their reasons.

use std::collections::BTreeSet;

use crate::domain::request::Vote;
use crate::domain::{Actor, Approvals, Bounds, Gives, Name, Request, Resource, Span, Time};

use super::model::{Policy, Require, Role, Who};
use super::ticket::TicketStanding;
use super::window;
use super::world::World;

mod refusal;
mod rules;

pub use refusal::{Refusal, Use};
pub use rules::Took;

use rules::Weighing;

/// An ask, before anything was decided.
#[derive(Debug, Clone)]
pub struct AskedFor<'a> {
    pub requester: &'a Actor,
    pub role: &'a str,
    /// May be left out where the role has one resource only.
    pub resource: Option<&'a str>,
    pub duration: Span,
    pub start: Option<Time>,
    pub reason: &'a str,
    pub ticket: Option<&'a str>,
    pub break_glass: bool,
}

/// What is known at the moment of a decision, beside the policy and the ask.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    pub now: Time,
    /// When the requester last proved a second factor.
    pub mfa: Option<Time>,
    pub ticket: TicketFact,
    /// How many requests for this role the same human has open.
    pub open: u32,
    /// A break-glass of the same human was not looked at yet.
    pub debrief_open: bool,
    pub world: &'a World,
}

/// What the ticket system said of the ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketFact {
    /// The role has no system, or the system only a pattern.
    NotAsked,
    Standing(TicketStanding),
    /// No answer, or one that makes no sense; the words are for people.
    Failed(String),
}

/// Whether an ask may be filed.
#[derive(Debug)]
#[must_use]
pub enum Decision<'p> {
    Allow(Box<Allowed<'p>>),
    Refuse(Vec<Refusal>),
}

/// What may be filed, and on which conditions.
#[derive(Debug, Clone)]
pub struct Allowed<'p> {
    pub role: &'p Role,
    pub resource: &'p Resource,
    pub approvals: Approvals,
    pub max: Span,
    pub max_total: Span,
    /// By break-glass: how soon somebody else has to look at it afterwards.
    pub debrief_within: Option<Span>,
}

impl Allowed<'_> {
    /// By break-glass: who is told at once.
    pub fn announce(&self) -> &[Who] {
        let glass = self.role.break_glass.as_ref().filter(|_| self.debrief_within.is_some());
        glass.map_or(&[], |glass| &glass.announce)
    }
}

/// A decision with the rules that took part in it.
#[derive(Debug)]
pub struct Judged<'p> {
    pub decision: Decision<'p>,
    pub took: Vec<Took<'p>>,
}

/// Whether a filed and approved request may be used now.
#[derive(Debug)]
#[must_use]
pub enum Recheck {
    /// With these terms, which with those of then give the stricter of the two.
    Allow {
        bounds: Bounds,
        approvals: Approvals,
        /// The distinct humans of each stage who may still decide today.
        valid: Vec<u32>,
        gives: Gives,
    },
    Refuse(Vec<Refusal>),
}

/// What is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recheckable {
    /// A first or a further credential.
    Use,
    /// So much more time, asked for and voted on.
    Extension { by: Span },
}

impl Require {
    fn check(&self, ask: &AskedFor<'_>, refusals: &mut Vec<Refusal>) {
        // Whoever breaks the glass says why, whatever the role asks for.
        if (self.reason || ask.break_glass) && ask.reason.trim().is_empty() {
            refusals.push(Refusal::ReasonMissing);
        }
        let Some(pattern) = self.ticket.as_ref().filter(|_| !ask.break_glass) else { return };
        match ask.ticket {
            None => refusals.push(Refusal::TicketMissing { pattern: pattern.text.clone() }),
            Some(ticket) if !pattern.matches(ticket) => {
                let (ticket, pattern) = (ticket.to_owned(), pattern.text.clone());
                refusals.push(Refusal::TicketPattern { ticket, pattern });
            }
            Some(_) => {}
        }
    }
}

/// How far ahead a start may be planned.
pub const PLAN_AHEAD: Span = Span::clamped(30 * 86_400);

impl Policy {
    /// Default deny: only a role that names the requester, on a resource of its own, within its limits.
    pub fn decide(&self, ask: &AskedFor<'_>, facts: &Facts<'_>) -> Decision<'_> {
        self.judge(ask, facts).decision
    }

    /// [`Policy::decide`], with the rules that took part.
    pub fn judge(&self, ask: &AskedFor<'_>, facts: &Facts<'_>) -> Judged<'_> {
        let refused = |refusals| Judged { decision: Decision::Refuse(refusals), took: Vec::new() };
        let role = self.roles.get(ask.role);
        let Some(role) = role.filter(|role| self.may_request(role, ask.requester, facts.world)) else {
            return refused(vec![Refusal::NoSuchRole { role: ask.role.to_owned() }]);
        };
        let resource = match self.resource_of(role, ask.resource) {
            Ok(resource) => resource,
            Err(refusal) => return refused(vec![refusal]),
        };
        let now = facts.now;
        let mut weighing = Weighing::new(self, role, resource, ask, facts);
        let weighed = weighing.weigh();
        weighing.window(Use::Asking, now);
        if let Some(start) = ask.start {
            // What is planned for a time when it could not be used.
            weighing.window(Use::Using, start);
        }
        let mut debrief_within = None;
        match &role.break_glass {
            Some(glass) if ask.break_glass && self.may_break_glass(role, ask.requester, facts.world) => {
                weighing.took.push(Took::BreakGlass);
                debrief_within = Some(glass.debrief_within);
                if facts.debrief_open {
                    weighing.refusals.push(Refusal::DebriefOpen);
                }
                // Taken now or not at all: an emergency has no planned start.
                if let Some(start) = ask.start {
                    weighing.refusals.push(Refusal::StartTooFar { start, latest: now });
                }
            }
            _ if ask.break_glass => weighing.refusals.push(Refusal::NoBreakGlass { role: role.name.clone() }),
            _ if !self.is_requester(role, ask.requester, facts.world) => {
                weighing.refusals.push(Refusal::OnlyBreakGlass { role: role.name.clone() });
            }
            _ => {}
        }
        if let Some(max) = role.max_open {
            weighing.took.push(Took::MaxOpen { open: facts.open, max });
            if facts.open >= max {
                let (role, open) = (role.name.clone(), facts.open);
                weighing.refusals.push(Refusal::TooManyOpen { role, open, max });
            }
        }
        let Weighing { took, mut refusals, .. } = weighing;
        if ask.duration > weighed.max {
            let (asked, max, by) = (ask.duration, weighed.max, weighed.max_by.clone());
            refusals.push(Refusal::TooLong { asked, max, by });
        }
        role.require.check(ask, &mut refusals);
        if let Some(start) = ask.start.filter(|_| !ask.break_glass) {
            let latest = now.plus(PLAN_AHEAD);
            if start < now {
                refusals.push(Refusal::StartInThePast { start });
            } else if start > latest {
                refusals.push(Refusal::StartTooFar { start, latest });
            }
        }
        if !refusals.is_empty() {
            return Judged { decision: Decision::Refuse(refusals), took };
        }
        let approvals = weighed.approvals(role, ask.break_glass);
        let allowed = Allowed {
            role,
            resource,
            approvals,
            max: weighed.max,
            max_total: weighed.max_total,
            debrief_within,
        };
        Judged { decision: Decision::Allow(Box::new(allowed)), took }
    }

    /// The resource of that name under the role, or its only one.
    pub fn resource_of(&self, role: &Role, named: Option<&str>) -> Result<&Resource, Refusal> {
        let missing = |resource: &str| Refusal::NoSuchResource {
            role: role.name.clone(),
            resource: resource.to_owned(),
        };
        let name = match named {
            Some(named) => role.resources.get(named).ok_or_else(|| missing(named))?,
            None => {
                let mut all = role.resources.iter();
                match (all.next(), all.next()) {
                    (Some(only), None) => only,
                    _ => {
                        return Err(Refusal::WhichResource {
                            role: role.name.clone(),
                            resources: role.resources.iter().cloned().collect(),
                        });
                    }
                }
            }
        };
        self.resources.get(name).ok_or_else(|| missing(name.as_str()))
    }

    /// Whether it is the time for approving.
    ///
    /// # Errors
    /// The refusal, where it is not.
    pub fn approving_open(&self, role: &Name, now: Time) -> Result<(), Refusal> {
        let names = self.roles.get(role).map_or(&[][..], |role| &role.windows.approve);
        let windows: Vec<_> = names.iter().filter_map(|name| self.windows.get(name)).collect();
        if names.is_empty() || window::is_open(&windows, now) {
            return Ok(());
        }
        let opens = window::opens(&windows, now);
        Err(Refusal::WindowClosed { what: Use::Approving, windows: names.to_vec(), opens })
    }

    /// The policy's word at each use (INVARIANT 2: checked again). `generation` is the role's of today,
    /// `None` where the role is gone; `active` tells whether an actor is still enabled.
    pub fn recheck(
        &self,
        request: &Request,
        what: Recheckable,
        generation: Option<u64>,
        facts: &Facts<'_>,
        active: impl Fn(&Actor) -> bool,
    ) -> Recheck {
        let refuse = |refusal| Recheck::Refuse(vec![refusal]);
        let name = &request.role;
        let Some(role) = self.roles.get(name).filter(|_| generation == Some(request.terms.generation)) else {
            return refuse(Refusal::RoleRemade { role: name.clone() });
        };
        let break_glass = request.debrief.is_some();
        let named = if break_glass {
            self.may_break_glass(role, &request.requester, facts.world)
        } else {
            self.is_requester(role, &request.requester, facts.world)
        };
        if !named || !active(&request.requester) {
            return refuse(Refusal::RequesterLost { role: name.clone() });
        }
        let resource = match self.resource_of(role, Some(request.resource.as_str())) {
            Ok(resource) => resource,
            Err(refusal) => return refuse(refusal),
        };
        let Some(gives) = request.terms.gives.stricter(&role.gives) else {
            return refuse(Refusal::GivesChanged { role: name.clone() });
        };
        let duration = match (what, request.window) {
            // Conditions are about all of the time: by one that lets a short grant through, a long one
            // cannot be had piece by piece.
            (Recheckable::Extension { by }, Some(window)) => {
                let length = u64::try_from(window.end.secs_after(window.start)).unwrap_or(0);
                Span::clamped(length.saturating_add(by.secs()))
            }
            _ => request.longest(),
        };
        let ask = AskedFor {
            requester: &request.requester,
            role: request.role.as_str(),
            resource: Some(request.resource.as_str()),
            duration,
            start: request.start,
            reason: &request.reason,
            ticket: request.ticket.as_deref(),
            break_glass,
        };
        let mut weighing = Weighing::new(self, role, resource, &ask, facts);
        let weighed = weighing.weigh();
        let closes = weighing.window(Use::Using, facts.now);
        let mut refusals = weighing.refusals;
        // A role that asks for more than it did: the stricter of the two applies.
        role.require.check(&ask, &mut refusals);
        if !refusals.is_empty() {
            return Recheck::Refuse(refusals);
        }
        let (votes, max) = match what {
            Recheckable::Use => (&request.votes[..], weighed.max),
            Recheckable::Extension { .. } => (request.current_votes(), weighed.max_total),
        };
        Recheck::Allow {
            bounds: Bounds { max, until: [closes, weighed.until].into_iter().flatten().min() },
            approvals: weighed.approvals(role, break_glass),
            valid: self.valid_votes(role, request, votes, facts.world, active),
            gives,
        }
    }

    /// The distinct humans of each stage whose vote still counts (INVARIANT 2): of those who may decide
    /// today. Who has gone off call since no longer may, nor who got their say by a delegation that was
    /// taken back; one that has run out has been in force when they voted, and that is enough. The domain has kept them
    /// distinct and apart from the requester; it is looked at again, as it costs nothing.
    fn valid_votes(
        &self,
        role: &Role,
        request: &Request,
        votes: &[Vote],
        world: &World,
        active: impl Fn(&Actor) -> bool,
    ) -> Vec<u32> {
        let stages = role.stages.len().max(request.terms.approvals.by_stage().len());
        let mut used = BTreeSet::new();
        let mut valid = vec![0u32; stages];
        for vote in votes {
            let Ok(stage) = usize::try_from(vote.stage) else { continue };
            // Whose say it was then has to be whose it is now: a delegation counts as of the vote.
            let escalated = request.escalation_was(vote.at);
            let say = self.say_at(role, request, stage, &vote.by, vote.at, escalated, world);
            let whose = say.is_some_and(|say| {
                say.on_behalf.is_none()
                    || vote.on_behalf.as_ref().map(|human| self.human_of(&human.subject))
                        == say.on_behalf.as_ref().map(|name| self.human_of(name))
            });
            let behalf_active = vote.on_behalf.as_ref().is_none_or(|human| {
                active(&Actor::person(human.clone())) && *human != request.requester.human
            });
            // Whoever voted in somebody's place has used both says.
            let humans: BTreeSet<&Name> = [Some(&vote.by.human), vote.on_behalf.as_ref()]
                .into_iter()
                .flatten()
                .map(|human| self.human_of(&human.subject))
                .collect();
            if whose
                && behalf_active
                && active(&vote.by)
                && vote.by.human != request.requester.human
                && used.is_disjoint(&humans)
                && let Some(count) = valid.get_mut(stage)
            {
                *count = count.saturating_add(1);
                used.extend(humans);
            }
        }
        valid
    }
}

#[cfg(test)]
mod tests;
