//! What can be wrong with a plugin, as its user gets it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::{Digest, text::escape};
use crate::files::{FileError, shown};

/// A plugin that could not be run, or did not answer as it has to. What it was asked for did not happen,
/// as far as jit can tell.
#[derive(Debug, thiserror::Error)]
#[error("the plugin {} {fault}", shown(path))]
pub struct PluginError {
    pub path: PathBuf,
    pub fault: Fault,
    /// The last that it said on stderr, escaped; empty where it said nothing.
    pub said: String,
}

/// What it did, or what is wrong with its file.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("is not named by an absolute path")]
    Relative,
    #[error("cannot be used: {0}")]
    File(FileError),
    #[error("can be changed by its group or by everybody (mode {mode:04o})")]
    Writable { mode: u32 },
    #[error("belongs to uid {owner}, neither you nor root")]
    Foreign { owner: u32 },
    #[error("has the SHA-256 {found}, and {pinned} is the one that was recorded")]
    Changed { pinned: Digest, found: Digest },
    #[error("cannot be started: {0}")]
    Start(io::Error),
    #[error("gave no answer within {} s", .0.as_secs_f32())]
    Slow(Duration),
    #[error("gave an answer of more than {0} bytes")]
    Long(usize),
    #[error("ended without an answer: {0}")]
    Ended(String),
    #[error("gave an answer that is not understood: {0}")]
    Junk(String),
    #[error("does not speak {asked}: it speaks {}", escape(spoken))]
    Protocol { asked: String, spoken: String },
    #[error("was ended by an earlier failure")]
    Over,
    #[error("could not be followed: {0}")]
    Lost(io::Error),
}

impl PluginError {
    /// What to do about it. A changed file is looked at first, whoever pinned it.
    pub fn hint(&self) -> Option<String> {
        let path = shown(&self.path);
        match &self.fault {
            Fault::Relative => Some("write its whole path, from / on".to_owned()),
            Fault::File(error) => error.hint(),
            Fault::Writable { .. } => Some(format!("chmod go-w {path}")),
            Fault::Foreign { .. } => Some("use a program of your own or of root's".to_owned()),
            Fault::Changed { .. } => {
                Some(format!("find out who changed it; if the new one is right, record it: sha256sum {path}"))
            }
            Fault::Start(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                Some(format!("chmod u+x {path}"))
            }
            // The kernel's "no such file" is about the interpreter: the program itself was just read.
            Fault::Start(error) if error.kind() == io::ErrorKind::NotFound => {
                Some(format!("the interpreter in its first line is missing: head -1 {path}"))
            }
            Fault::Slow(_) => Some("it was ended; look at what it waits for, then try again".to_owned()),
            Fault::Protocol { .. } => Some("install the version of it that fits this jit".to_owned()),
            Fault::Start(_) | Fault::Long(_) | Fault::Ended(_) | Fault::Junk(_) => {
                Some("report it to whoever wrote the plugin".to_owned())
            }
            Fault::Over | Fault::Lost(_) => None,
        }
    }

    /// Whether the same call may succeed later without any change.
    pub fn retryable(&self) -> bool {
        matches!(self.fault, Fault::Slow(_))
    }
}
