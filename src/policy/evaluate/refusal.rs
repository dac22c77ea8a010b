//! Reasons for a no.

use std::fmt;

use crate::domain::text::escape;
use crate::domain::training::Standing;
use crate::domain::{Duty, DutyKind, Name, Span, Time};
use crate::policy::roster::Gone;

/// What a weekly window is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    Asking,
    Using,
    Approving,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asking => "asking",
            Self::Using => "using it",
            Self::Approving => "approving",
        })
    }
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
        /// The limit that says so; `None`: the role itself.
        by: Option<Name>,
    },
    /// A deny rule, which beats everything.
    Denied {
        rule: Name,
        description: String,
    },
    /// The role's own `auto-deny`.
    AutoDenied {
        role: Name,
        condition: String,
    },
    /// The role's `when` does not hold.
    NotWhen {
        role: Name,
        condition: String,
    },
    /// A condition could not be evaluated, and that means no (INVARIANT 9).
    ConditionFailed {
        /// "`when` of role web"
        of: String,
        why: String,
    },
    /// Nothing but `auto-approve` could decide, and it does not hold.
    NobodyDecides {
        role: Name,
        condition: String,
    },
    /// Outside the role's weekly windows.
    WindowClosed {
        what: Use,
        windows: Vec<Name>,
        opens: Option<Time>,
    },
    /// The requester's contract is over.
    ContractOver {
        end: Time,
    },
    /// The requester is a contractor who can hold nothing now, or is suspended.
    Engagement(Gone),
    /// Whoever works for that company needs an engagement, and there is none.
    NoEngagement {
        company: Name,
    },
    /// No second factor, or too long ago.
    Mfa {
        within: Span,
    },
    /// A training or terms that the human behind the requester has not proved, or no longer.
    Duty {
        duty: Duty,
        /// That is needed.
        version: u32,
        standing: Standing,
        link: Option<String>,
    },
    /// The ticket system says no, or says nothing.
    Ticket {
        ticket: String,
        system: Name,
        why: String,
    },
    TooManyOpen {
        role: Name,
        open: u32,
        max: u32,
    },
    NoBreakGlass {
        role: Name,
    },
    /// The role is this requester's in an emergency only.
    OnlyBreakGlass {
        role: Name,
    },
    /// The requester's earlier break-glass was not looked at yet.
    DebriefOpen,
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
            Self::TooLong { asked, max, by: None } => {
                write!(f, "{asked} is longer than the role's longest, {max}")
            }
            Self::TooLong { asked, max, by: Some(limit) } => {
                write!(f, "{asked} is longer than {max}, the most that limit {limit} lets it last")
            }
            Self::Denied { rule, description } if description.is_empty() => {
                write!(f, "deny rule {rule} forbids it")
            }
            Self::Denied { rule, description } => {
                write!(f, "deny rule {rule} forbids it: {}", escape(description))
            }
            Self::AutoDenied { role, condition } => {
                write!(f, "role {role} is denied where {}", escape(condition))
            }
            Self::NotWhen { role, condition } => {
                write!(f, "role {role} is only for when {}", escape(condition))
            }
            Self::ConditionFailed { of, why } => {
                write!(f, "{of} could not be evaluated ({}), and that means no", escape(why))
            }
            Self::NobodyDecides { role, condition } => {
                write!(f, "role {role} is given only where {}", escape(condition))
            }
            Self::WindowClosed { what, windows, opens } => {
                let names: Vec<_> = windows.iter().map(Name::as_str).collect();
                write!(f, "it is not the time for {what} (window {})", names.join(", "))?;
                opens.map_or(Ok(()), |opens| write!(f, "; it opens at {opens}"))
            }
            Self::ContractOver { end } => write!(f, "the requester's contract is over since {end}"),
            Self::Engagement(gone) => gone.fmt(f),
            Self::NoEngagement { company } => {
                write!(
                    f,
                    "whoever works for {company} needs an engagement (jit contractor add), and there is none"
                )
            }
            Self::Mfa { within } => write!(f, "a second factor within the last {within} is required"),
            Self::Duty { duty, version, standing, link } => {
                match (standing, duty.kind) {
                    (Standing::Good { .. }, _) => write!(f, "{duty} is not known to be good"),
                    (Standing::Missing, DutyKind::Training) => write!(f, "{duty} is missing"),
                    (Standing::Missing, DutyKind::Terms) => write!(f, "{duty} are not accepted"),
                    (Standing::Expired { since }, _) => write!(f, "{duty} only held until {since}"),
                    (Standing::Superseded { had }, _) if had == version => {
                        write!(f, "{duty}: the text of version {version} is another one since")
                    }
                    (Standing::Superseded { had }, _) => {
                        write!(f, "{duty}: version {had} was superseded by version {version}")
                    }
                }?;
                link.as_ref().map_or(Ok(()), |link| write!(f, " ({link})"))
            }
            Self::Ticket { ticket, system, why } => {
                write!(f, "ticket {ticket:?} is not good in {system}: {}", escape(why))
            }
            Self::TooManyOpen { role, open, max } => {
                write!(f, "{open} of at most {max} requests for role {role} are open already")
            }
            Self::NoBreakGlass { role } => write!(f, "role {role} has no break-glass for you"),
            Self::OnlyBreakGlass { role } => {
                write!(f, "role {role} is yours in an emergency only (--break-glass)")
            }
            Self::DebriefOpen => f.write_str("your last break-glass has not been debriefed yet"),
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
