//! The channels that tell what happens.

use serde::{Deserialize, Serialize};

use crate::domain::{Name, Time};

/// How a channel stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub name: Name,
    /// `webhook`, `slack`, `teams`, `mail` or `syslog`.
    pub to: String,
    /// The number of the first event that it has not looked at.
    pub next_seq: u64,
    /// How many events there are from there on, whether or not its filter lets them through.
    pub waiting: u64,
    /// Since when its receiver takes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<Time>,
    /// How many notices were left out since then.
    pub dropped: u64,
    /// Why the last one was not taken, where the server knows it still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// In the order of the server's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channels {
    pub channels: Vec<Channel>,
}

/// From where a channel tells everything again: one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// A number in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_seq: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    pub channel: Name,
    pub from_seq: u64,
    /// How many events that are, whether or not its filter lets them through.
    pub events: u64,
}
