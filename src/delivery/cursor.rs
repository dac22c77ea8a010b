//! How far a channel has come: a small private file, replaced with each notice that was taken.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::{Name, Time};
use crate::files;

use super::StartError;

const LONGEST: u64 = 4096;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    /// The first event that was not looked at.
    pub next: u64,
    /// Since when the channel takes nothing, where that was told of in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub down: Option<Time>,
    /// How many notices were left out since then.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped: u64,
}

pub(super) fn path(dir: &Path, channel: &Name) -> PathBuf {
    dir.join(format!("{channel}.cursor"))
}

/// `None` where the channel is new.
pub(super) fn read(path: &Path) -> Result<Option<Cursor>, StartError> {
    let Some(bytes) = files::found(files::read_private(path, LONGEST))? else { return Ok(None) };
    let read = serde_json::from_slice(&bytes);
    // To begin anew would tell nobody what was missed; to begin at 0 would tell everything again.
    read.map(Some).map_err(|error| StartError::Cursor { path: path.to_owned(), why: error.to_string() })
}

/// A failure is said and is no more: what was taken is then told again after a restart.
pub(super) fn write(path: &Path, cursor: &Cursor) {
    let bytes = serde_json::to_vec(cursor).unwrap_or_default();
    if let Err(error) = files::write_private(path, &bytes) {
        tracing::error!(%error, "a channel's place in the log cannot be kept");
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}
