//! Who acts.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Name;

/// An identity: who vouches for it, and the subject they vouch for. Names and e-mails are labels of it.
///
/// Issuers so far: `jit` (the server's own directory, where a name is never given to a second
/// person) and `os` (the operating system's user, for the local backend).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Principal {
    pub issuer: Name,
    pub subject: Name,
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.issuer, self.subject)
    }
}

/// What a principal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Person,
    /// A CI job or another program. It may ask; it never decides.
    Service,
}

/// A principal as it acts: with the human who answers for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    pub principal: Principal,
    pub kind: Kind,
    /// Of a person: the person. Of an alias: the person behind it. Of a service: its owner.
    ///
    /// INVARIANT 2 counts these, so that nobody decides for themselves by a second identity or
    /// through their own service account.
    pub human: Principal,
}

impl Actor {
    /// A person under their only identity.
    pub fn person(principal: Principal) -> Self {
        Self { human: principal.clone(), kind: Kind::Person, principal }
    }

    pub fn name(&self) -> &Name {
        &self.principal.subject
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.principal, f)
    }
}
