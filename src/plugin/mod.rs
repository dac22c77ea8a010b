//! Programs of other people's that jit runs and talks to: one JSON document a line, on stdin and stdout.
//!
//! What runs is the file that was pinned: it is opened once, its owner, mode and SHA-256 are checked on
//! the open file, and that same open file is executed. It gets the environment it was given and nothing
//! of ours, a process group of its own, and a limit on time and output; when it is done with, or does
//! anything unclear, the whole group is killed (INVARIANT 9). It is no sandbox: a plugin acts with the
//! rights of whoever runs jit, which is why it is pinned.

mod dialogue;
mod error;
mod exchange;
mod json;
mod pin;
mod process;

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::Digest;

pub use dialogue::{Dialogue, Hello, Protocol};
pub use error::{Fault, PluginError};
pub use exchange::{Exchange, run_once};
pub use json::parse_strict;
pub use pin::digest;

/// The `PATH` of a plugin, whatever jit's own is: a server and a person's shell find the same programs.
pub const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What to run, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct Program {
    /// Absolute: nothing is searched for.
    pub path: PathBuf,
    /// Of the file as somebody looked at it.
    pub sha256: Digest,
    pub args: Vec<OsString>,
    /// All of its environment: nothing of ours is inherited.
    pub environment: Vec<(OsString, OsString)>,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values of the environment may be secrets.
        let names: Vec<_> = self.environment.iter().map(|(name, _)| name).collect();
        f.debug_struct("Program")
            .field("path", &self.path)
            .field("sha256", &self.sha256)
            .field("environment", &names)
            .finish_non_exhaustive()
    }
}

/// What one call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the call to its answer.
    pub time: Duration,
    /// The longest line, in bytes; for [`run_once`], all of the output.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { time: Duration::from_secs(30), output: 1 << 20 }
    }
}

#[cfg(test)]
mod tests;
