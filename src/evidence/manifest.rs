//! What a pack says of itself, and what of it is signed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::period::Period;
use crate::domain::{Digest, Time};

pub const MANIFEST: &str = "manifest.json";
pub const SIGNATURE: &str = "manifest.sig";
pub const PAGE: &str = "evidence.html";
pub const LOG: &str = "log.jsonl";
pub const CARRIED: &str = "carried.jsonl";
pub const INPUTS: &str = "inputs.json";

/// The version of the pack's form that this code writes, and the only one it reads.
pub const FORMAT: u32 = 1;

/// `manifest.json`. Every other file of the pack, but for the signature, is in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub schema: String,
    pub kind: String,
    pub format: u32,
    #[serde(flatten)]
    pub head: Head,
    pub files: BTreeMap<String, Part>,
}

/// All of it that the page shows too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The program that made it, with its version.
    pub tool: String,
    pub made: Time,
    pub period: Period,
    /// The controls that were asked for; empty for all.
    pub controls: Vec<String>,
    /// Whether the server's log key signs this manifest. What was made from an export is not signed.
    pub signed: bool,
    /// The log's key, as the maker of the pack was given it. Whoever verifies uses a key of their own.
    pub key: String,
    pub log: LogPart,
}

/// The part of the log that the pack holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogPart {
    /// The number of the first event in `log.jsonl`, and how many there are.
    pub first: u64,
    pub events: u64,
    /// Of these, behind the period: up to the next checkpoint, so that it covers the period's last event.
    pub behind: u64,
    /// Events from before the period, in `carried.jsonl`.
    pub carried: u64,
    /// How many events at the end of `log.jsonl` no checkpoint in it covers.
    pub uncovered: u64,
    /// Checkpoints in `log.jsonl`.
    pub checkpoints: u64,
    /// Where the chain stood before the first event: `audit::Chain::to_bytes` in base64.
    pub chain: String,
    /// The whole log when the pack was made: all of it was read, and verified with all its checkpoints.
    pub head_size: u64,
    pub head_root: Digest,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub bytes: u64,
    pub sha256: Digest,
}
