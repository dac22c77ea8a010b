//! One error, as a client gets it and as `-o json` prints it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::SCHEMA;

/// The kinds of failure that a script can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Something failed that the caller cannot mend by asking differently.
    Failure,
    /// The ask is malformed or incomplete.
    Usage,
    NotFound,
    Ambiguous,
    NotLoggedIn,
    /// The access token is over; a renewal token gets a new one.
    SessionOver,
    /// Refused by policy.
    Refused,
    /// Denied by an approver.
    Denied,
    /// Expired, cancelled, lapsed or revoked.
    Over,
    StillPending,
    SecretStore,
    Unreachable,
    /// The state of the request does not allow it, or somebody else was first.
    Conflict,
    TooLarge,
    /// The server cannot record anything at the moment, so it grants nothing.
    Unavailable,
    /// This backend has no such call.
    Unsupported,
}

impl Code {
    /// The process's exit code (DESIGN §6).
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Failure | Self::Conflict | Self::TooLarge | Self::Unavailable | Self::Unsupported => 1,
            Self::Usage => 2,
            Self::NotFound | Self::Ambiguous => 3,
            Self::NotLoggedIn | Self::SessionOver => 4,
            Self::Refused => 5,
            Self::Denied => 6,
            Self::Over => 7,
            Self::StillPending => 8,
            Self::SecretStore => 9,
            Self::Unreachable => 10,
        }
    }

    /// The HTTP status that carries it (RFC 9110).
    pub fn http_status(self) -> u16 {
        match self {
            Self::Usage => 400,
            Self::NotLoggedIn | Self::SessionOver => 401,
            Self::Refused | Self::Denied => 403,
            Self::NotFound | Self::Ambiguous => 404,
            Self::Conflict | Self::Over | Self::StillPending => 409,
            Self::TooLarge => 413,
            Self::Unavailable | Self::Unreachable => 503,
            Self::Unsupported => 501,
            Self::Failure | Self::SecretStore => 500,
        }
    }

    /// Whether the same call may succeed later without any change.
    pub fn retryable(self) -> bool {
        matches!(self, Self::Unreachable | Self::Unavailable | Self::StillPending)
    }
}

/// What went wrong, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub schema: String,
    pub kind: String,
    pub code: Code,
    pub message: String,
    /// Further reasons, each a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The next command to try, or what to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    pub retryable: bool,
}

impl Problem {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            kind: "error".to_owned(),
            code,
            message: message.into(),
            reasons: Vec::new(),
            hint: None,
            retryable: code.retryable(),
        }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn reasons(mut self, reasons: Vec<String>) -> Self {
        self.reasons = reasons;
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
