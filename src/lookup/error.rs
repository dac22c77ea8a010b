//! Why nothing was learnt.

use std::net::IpAddr;
use std::time::Duration;

use crate::domain::text::escape;
use crate::files::{FileError, shown};
use crate::plugin::PluginError;
use crate::policy::oncall::OnCallError;
use crate::policy::ticket::AnswerError;

/// Nothing was learnt, so nothing is allowed by it (INVARIANT 9).
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    #[error("the program {} {}", shown(&.0.path), .0.fault)]
    Program(PluginError),
    #[error("{0}")]
    File(FileError),
    #[error("{0}")]
    Ticket(AnswerError),
    #[error("{0}")]
    OnCall(OnCallError),
    /// It never reaches the system: a program could take it for an option, a URL for a step.
    #[error("no ticket of this system is written like that")]
    Pattern,
    /// Only its pattern says what a ticket is.
    #[error("the ticket system has nobody to ask")]
    NobodyToAsk,
    #[error("there is no token in {}", escape(.0))]
    NoToken(String),
    #[error("{} is {address}, on this machine or its link", escape(host))]
    Local { host: String, address: IpAddr },
    #[error("{} is {address}, and plain http is for this machine only", escape(host))]
    NotLoopback { host: String, address: IpAddr },
    #[error("{origin} cannot be asked: {}", escape(why))]
    Unreachable { origin: String, why: String },
    #[error("{origin} answered {status}, and only 200 counts")]
    Status { origin: String, status: u16 },
    #[error("no answer came within {} s", .0.as_secs_f32())]
    Slow(Duration),
    /// A thread of ours did not come back.
    #[error("the answer could not be waited for: {0}")]
    Lost(String),
}

impl LookupError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Program(error) => error.hint(),
            Self::File(error) => error.hint(),
            Self::NoToken(_) => Some("write the token into it, on one line".to_owned()),
            Self::Local { .. } => {
                Some("if that is what is meant, add allow-local = true to the ticket system".to_owned())
            }
            Self::NotLoopback { .. } => Some("write https:// in the policy".to_owned()),
            Self::Status { status: 301..=308, .. } => {
                Some("no redirect is followed: write the address that it leads to in the policy".to_owned())
            }
            Self::Status { status: 401 | 403, .. } => {
                Some("look at the ticket system's token-file".to_owned())
            }
            Self::Ticket(_) | Self::OnCall(_) => Some("jit-policy(5) has the form of an answer".to_owned()),
            Self::Pattern
            | Self::NobodyToAsk
            | Self::Unreachable { .. }
            | Self::Status { .. }
            | Self::Slow(_)
            | Self::Lost(_) => None,
        }
    }
}
