//! Logging in, people, the log, the server itself.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::domain::{Kind, Name, Powers, Principal, Span, Time, ToolRole, ToolRoles};

use super::policy::Held;

/// Exchanges a one-time enrolment code for tokens.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Login {
    pub code: String,
}

/// Exchanges a renewal token for a new access token.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Renew {
    pub renewal: String,
}

/// Tokens. The access token goes with each call; the renewal token only to `POST /v1/renew`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Tokens {
    pub token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewal: Option<String>,
    pub user: Name,
    pub expires: Time,
}

// Secrets stand in no `Debug` output.
macro_rules! hidden {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
hidden!(Login, Renew, Tokens, Enrolled);

/// Who the caller is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoAmI {
    pub principal: Principal,
    pub kind: Kind,
    /// The person who answers for it.
    pub human: Principal,
    pub admin: bool,
    #[serde(flatten)]
    pub in_jit: HeldToolRoles,
    /// When the session ends at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in_s: Option<i64>,
}

/// Adds a person or a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    pub name: Name,
    pub kind: Kind,
    /// Of a service: its owner. Of a person: the person whose second identity this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human: Option<Name>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub admin: bool,
}

/// A person or service of the server's directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub name: Name,
    pub kind: Kind,
    pub human: Name,
    pub admin: bool,
    pub created: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Time>,
    /// The live tokens of a service; in lists only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<super::TokenHeld>,
    /// In lists only.
    #[serde(flatten)]
    pub in_jit: HeldToolRoles,
}

/// The roles in jit itself that somebody holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldToolRoles {
    /// Those that have an effect.
    #[serde(default, skip_serializing_if = "ToolRoles::is_empty")]
    pub tool_roles: ToolRoles,
    /// Given, and of no effect.
    #[serde(default, skip_serializing_if = "ToolRoles::is_empty")]
    pub idle_tool_roles: ToolRoles,
    /// Of this person under all of their names, where those are several.
    #[serde(default, skip_serializing_if = "ToolRoles::is_empty")]
    pub held_together: ToolRoles,
}

impl HeldToolRoles {
    pub fn is_empty(&self) -> bool {
        self.tool_roles.is_empty() && self.idle_tool_roles.is_empty()
    }
}

impl From<Powers> for HeldToolRoles {
    fn from(powers: Powers) -> Self {
        Self { tool_roles: powers.roles, idle_tool_roles: powers.idle, held_together: powers.together }
    }
}

/// Whose they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolRolesOf {
    pub user: Name,
    #[serde(flatten)]
    pub in_jit: HeldToolRoles,
}

/// Gives or takes a role in jit itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolRoleOf {
    pub user: Name,
    pub role: ToolRole,
}

/// All of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    pub users: Vec<User>,
}

/// A user with the one-time code to enrol with.
#[derive(Clone, Serialize, Deserialize)]
pub struct Enrolled {
    pub user: User,
    pub code: String,
    pub expires: Time,
    pub expires_in_s: i64,
}

/// What ended with a disabled user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    pub user: User,
    /// Withdrawn votes on requests that were not decided yet.
    pub votes: usize,
    pub revoked: super::Revoked,
}

/// Which events to read; the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventQuery {
    #[serde(default)]
    pub from_seq: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Name>,
    /// A whole kind (`request.filed`) or its first part (`request`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
    /// The last that many instead of the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tail: Option<u64>,
    /// 1 to 10,000; 1,000 where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

/// What is to come of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Follow {
    /// The first event that was not seen.
    pub from_seq: u64,
    /// In place of `from_seq`: what is among the last that many.
    pub tail: Option<u64>,
    /// How long to wait where there is nothing.
    pub wait: Span,
}

/// A page of events: each is the canonical bytes that were hashed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Events {
    pub events: Vec<Box<RawValue>>,
    /// Where the next page begins; the log's size where this one reaches the end.
    pub next_seq: u64,
    pub end: bool,
}

/// Signed checkpoints (C2SP signed notes), the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoints {
    /// The key they are signed with, in the form of a C2SP verifier key.
    pub key: String,
    pub notes: Vec<String>,
}

/// How a server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub version: String,
    pub now: Time,
    /// Whether changes can be recorded.
    pub recording: bool,
    /// Grants whose end could not be confirmed yet.
    pub ending: usize,
    /// Why the policy folder as it stands is not in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_trouble: Option<String>,
    /// What is not granted for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_held: Option<Held>,
}

/// What a host needs to trust certificates of this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshCa {
    /// One line for sshd's `TrustedUserCAKeys`.
    pub public_key: String,
}
