//! Access that was taken in an emergency, and the talk about it afterwards.

use serde::{Deserialize, Serialize};

use super::{Actor, Conflict, Kind, Principal, Request, Span, Time};

/// What a request by break-glass owes: somebody else looks at what was done, within a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Debrief {
    pub due: Time,
    /// It was told that `due` has passed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<DebriefClosed>,
}

/// How a debrief was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DebriefClosed {
    pub by: Principal,
    pub at: Time,
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What somebody else thinks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Ok,
    /// Something is to be followed up.
    Flagged,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Flagged => "flagged",
        })
    }
}

impl Debrief {
    pub(super) fn opened(now: Time, within: Span) -> Self {
        Self { due: now.plus(within), overdue: false, closed: None }
    }
}

impl Request {
    /// Whether somebody still has to look at what was done.
    pub fn owes_debrief(&self) -> bool {
        self.debrief.as_ref().is_some_and(|debrief| debrief.closed.is_none())
    }

    /// INVARIANT 2: by another human than the one who took the access, and never by a service.
    pub(super) fn close_debrief(
        &mut self,
        by: &Actor,
        verdict: Verdict,
        comment: Option<String>,
        at: Time,
    ) -> Result<(), Conflict> {
        if by.kind == Kind::Service {
            return Err(Conflict::Service);
        }
        if by.human == self.requester.human || by.principal == self.requester.principal {
            return Err(Conflict::OwnRequest);
        }
        match &mut self.debrief {
            Some(debrief) if debrief.closed.is_none() => {
                debrief.closed = Some(DebriefClosed { by: by.principal.clone(), at, verdict, comment });
                Ok(())
            }
            _ => Err(Conflict::NoDebrief),
        }
    }
}
