//! What the use cases and the channels that tell of them know of each other.

use super::{Name, Time};

/// Those whom an event concerns, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parties {
    pub requester: Option<Name>,
    /// Who may decide on it, or on more time for it, now; empty when nothing waits.
    pub deciders: Vec<Name>,
    /// The stage that waits, from 0.
    pub stage: Option<usize>,
    /// Who may answer the alert that it is; empty of anything else.
    pub answerers: Vec<Name>,
}

/// How a channel stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name: Name,
    /// `webhook`, `slack`, `teams`, `mail` or `syslog`.
    pub kind: &'static str,
    /// The first event that it has not looked at.
    pub next: u64,
    /// Since when it takes nothing.
    pub down: Option<Time>,
    /// How many notices were left out since then.
    pub dropped: u64,
    /// Why the last notice was not taken, where that was since the start.
    pub error: Option<String>,
}
