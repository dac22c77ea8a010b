//! Decisions, with their reasons.

use std::collections::BTreeSet;
use std::fmt;

use crate::domain::text::escape;
use crate::domain::{Actor, Approvals, Gives, Name, Request, Resource, Span, Time};

use super::model::{Policy, Require, Role};

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
}

/// Whether an ask may be filed.
#[derive(Debug)]
#[must_use]
pub enum Decision<'p> {
    Allow { role: &'p Role, resource: &'p Resource },
    Refuse(Vec<Refusal>),
}

/// Whether a filed and approved request may be activated now.
#[derive(Debug)]
#[must_use]
pub enum Recheck {
    /// With these terms: the stricter of then and now.
    Allow {
        max: Span,
        approvals: Approvals,
        valid_votes: u32,
        gives: Gives,
    },
    Refuse(Vec<Refusal>),
}

/// One reason for a no. Its text is safe to show: what the requester wrote is escaped (INVARIANT 11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such role, or not for this requester: the two look the same (INVARIANT 10).
    NoSuchRole {
        role: String,
    },
    /// No such resource under this role.
    NoSuchResource {
        role: Name,
        resource: String,
    },
    /// The role has several resources and none was named.
    WhichResource {
        role: Name,
        resources: Vec<Name>,
    },
    TooLong {
        asked: Span,
        max: Span,
    },
    ReasonMissing,
    TicketMissing {
        pattern: String,
    },
    TicketPattern {
        ticket: String,
        pattern: String,
    },
    StartInThePast {
        start: Time,
    },
    StartTooFar {
        start: Time,
        latest: Time,
    },
    /// At activation: the role is gone or was made again under the same name.
    RoleRemade {
        role: Name,
    },
    /// At activation: what the role gives has changed, and nothing is given by both.
    GivesChanged {
        role: Name,
    },
    /// At activation: the requester lost the right to ask, or is disabled.
    RequesterLost {
        role: Name,
    },
}

impl Refusal {
    /// Whether this reason may be told: the others look like a role that is not there.
    pub fn is_hidden(&self) -> bool {
        matches!(self, Self::NoSuchRole { .. })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchRole { role } => write!(f, "there is no role {role:?} for you"),
            Self::NoSuchResource { role, resource } => write!(f, "role {role} has no resource {resource:?}"),
            Self::WhichResource { role, resources } => {
                let names: Vec<_> = resources.iter().take(8).map(Name::as_str).collect();
                let more = if resources.len() > 8 { ", …" } else { "" };
                write!(f, "role {role} has {} resources: {}{more}", resources.len(), names.join(", "))
            }
            Self::TooLong { asked, max } => write!(f, "{asked} is longer than the role's longest, {max}"),
            Self::ReasonMissing => f.write_str("a reason is required"),
            Self::TicketMissing { pattern } => {
                write!(f, "a ticket is required (pattern {})", escape(pattern))
            }
            Self::TicketPattern { ticket, pattern } => {
                write!(f, "ticket {ticket:?} does not match the pattern {}", escape(pattern))
            }
            Self::StartInThePast { start } => write!(f, "the start {start} is in the past"),
            Self::StartTooFar { start, latest } => write!(f, "the start {start} is later than {latest}"),
            Self::RoleRemade { role } => {
                write!(
                    f,
                    "role {role} was removed, or made again under the same name, since the request was filed"
                )
            }
            Self::GivesChanged { role } => {
                write!(f, "what role {role} gives has changed since the request was filed")
            }
            Self::RequesterLost { role } => write!(f, "the requester may no longer ask for role {role}"),
        }
    }
}

impl Require {
    fn check(&self, reason: &str, ticket: Option<&str>, refusals: &mut Vec<Refusal>) {
        if self.reason && reason.trim().is_empty() {
            refusals.push(Refusal::ReasonMissing);
        }
        let Some(pattern) = &self.ticket else { return };
        match ticket {
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
    pub fn decide(&self, ask: &AskedFor<'_>, now: Time) -> Decision<'_> {
        let role = self.roles.get(ask.role).filter(|role| self.may_request(role, ask.requester));
        let Some(role) = role else {
            return Decision::Refuse(vec![Refusal::NoSuchRole { role: ask.role.to_owned() }]);
        };
        let mut refusals = Vec::new();
        let resource = match self.resource_of(role, ask.resource) {
            Ok(resource) => Some(resource),
            Err(refusal) => {
                refusals.push(refusal);
                None
            }
        };
        if ask.duration > role.max_duration {
            refusals.push(Refusal::TooLong { asked: ask.duration, max: role.max_duration });
        }
        role.require.check(ask.reason, ask.ticket, &mut refusals);
        if let Some(start) = ask.start {
            let latest = now.plus(PLAN_AHEAD);
            if start < now {
                refusals.push(Refusal::StartInThePast { start });
            } else if start > latest {
                refusals.push(Refusal::StartTooFar { start, latest });
            }
        }
        match resource {
            Some(resource) if refusals.is_empty() => Decision::Allow { role, resource },
            _ => Decision::Refuse(refusals),
        }
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

    /// The policy's word at activation (INVARIANT 2: checked again). `generation` is the role's of
    /// today, `None` where the role is gone; `active` tells whether an actor is still enabled.
    pub fn recheck(
        &self,
        request: &Request,
        generation: Option<u64>,
        active: impl Fn(&Actor) -> bool,
    ) -> Recheck {
        let refuse = |refusal| Recheck::Refuse(vec![refusal]);
        let name = &request.role;
        let Some(role) = self.roles.get(name).filter(|_| generation == Some(request.terms.generation)) else {
            return refuse(Refusal::RoleRemade { role: name.clone() });
        };
        if !self.may_request(role, &request.requester) || !active(&request.requester) {
            return refuse(Refusal::RequesterLost { role: name.clone() });
        }
        if !role.resources.contains(&request.resource) {
            return refuse(Refusal::NoSuchResource {
                role: name.clone(),
                resource: request.resource.to_string(),
            });
        }
        let Some(gives) = request.terms.gives.stricter(&role.gives) else {
            return refuse(Refusal::GivesChanged { role: name.clone() });
        };
        // A role that asks for more than it did: the stricter of the two applies.
        let mut refusals = Vec::new();
        role.require.check(&request.reason, request.ticket.as_deref(), &mut refusals);
        if !refusals.is_empty() {
            return Recheck::Refuse(refusals);
        }
        // The domain has kept these distinct and apart from the requester; counted so again, as it
        // costs nothing (INVARIANT 2).
        let humans: BTreeSet<_> = request
            .votes
            .iter()
            .filter(|vote| self.may_approve(role, &vote.by) && active(&vote.by))
            .map(|vote| &vote.by.human)
            .filter(|human| **human != request.requester.human)
            .collect();
        Recheck::Allow {
            max: request.terms.max.min(role.max_duration),
            approvals: request.terms.approvals.stricter(role.approvals),
            valid_votes: u32::try_from(humans.len()).unwrap_or(u32::MAX),
            gives,
        }
    }
}

#[cfg(test)]
#[path = "evaluate_tests.rs"]
mod tests;
