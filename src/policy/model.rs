//! A policy that was read and is whole: every name in it is defined, and nothing is left open.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::domain::{Actor, Approvals, Digest, Gives, Name, Resource, Span, Terms};

/// All that one folder of policy files says.
#[derive(Debug, Clone)]
pub struct Policy {
    pub groups: BTreeMap<Name, BTreeSet<Name>>,
    pub resources: BTreeMap<Name, Resource>,
    pub roles: BTreeMap<Name, Role>,
    /// Of all files, names and contents.
    pub digest: Digest,
}

/// One role: rights on resources, a longest duration, who may request, who approves.
#[derive(Debug, Clone)]
pub struct Role {
    pub name: Name,
    pub description: String,
    /// The resources it is for, resolved from names, globs and labels. Never empty.
    pub resources: BTreeSet<Name>,
    /// Never empty.
    pub requesters: Vec<Who>,
    /// Empty for [`Approvals::Auto`] only.
    pub approvers: Vec<Who>,
    pub approvals: Approvals,
    pub max_duration: Span,
    pub pending_timeout: Span,
    pub claim_timeout: Span,
    pub require: Require,
    pub gives: Gives,
    /// Of the role's meaning: its fields, the members of the groups it names, its resources.
    pub digest: Digest,
}

/// Somebody whom a role names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// A user by name: `alice`.
    User(Name),
    /// A group of this policy: `group:dba`.
    Group(Name),
}

/// As a policy has it: `alice`, `group:dba`.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => f.write_str(name.as_str()),
            Self::Group(name) => write!(f, "group:{name}"),
        }
    }
}

impl Serialize for Who {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// What a request has to say.
#[derive(Debug, Clone, Default)]
pub struct Require {
    pub reason: bool,
    pub ticket: Option<TicketPattern>,
}

/// A regular expression that the whole ticket id has to match.
#[derive(Debug, Clone)]
pub struct TicketPattern {
    pub text: String,
    regex: regex_lite::Regex,
}

impl TicketPattern {
    /// `text` is a regular expression in the syntax of the `regex-lite` crate; it is anchored here at
    /// both ends, so that `OPS-[0-9]+` does not accept `x OPS-1 x`.
    pub fn new(text: &str) -> Result<Self, regex_lite::Error> {
        // By itself first: `a)|(?:b` is whole only within the anchors, and would break out of them.
        regex_lite::Regex::new(text)?;
        let regex = regex_lite::RegexBuilder::new(&format!("^(?:{text})$")).size_limit(1 << 16).build()?;
        Ok(Self { text: text.to_owned(), regex })
    }

    pub fn matches(&self, ticket: &str) -> bool {
        self.regex.is_match(ticket)
    }
}

/// Everybody whom the list names, each once.
pub(super) fn people<'p>(
    groups: &'p BTreeMap<Name, BTreeSet<Name>>,
    list: impl IntoIterator<Item = &'p Who>,
) -> BTreeSet<&'p Name> {
    let mut all = BTreeSet::new();
    for who in list {
        match who {
            Who::User(name) => {
                all.insert(name);
            }
            Who::Group(group) => all.extend(groups.get(group).into_iter().flatten()),
        }
    }
    all
}

impl Policy {
    /// Everybody whom the list names, directly or through a group, each once.
    pub fn people<'p>(&'p self, list: &'p [Who]) -> BTreeSet<&'p Name> {
        people(&self.groups, list)
    }

    /// Whether any entry of `list` is this actor, under its own name or through a group.
    pub fn names(&self, list: &[Who], actor: &Actor) -> bool {
        list.iter().any(|who| match who {
            Who::User(name) => name == actor.name(),
            Who::Group(group) => self.groups.get(group).is_some_and(|members| members.contains(actor.name())),
        })
    }

    /// Whether this actor may ask for the role, on any of its resources, for some time.
    pub fn may_request(&self, role: &Role, actor: &Actor) -> bool {
        self.names(&role.requesters, actor)
    }

    /// Whether this actor's yes counts for the role. A service's never does (INVARIANT 2).
    pub fn may_approve(&self, role: &Role, actor: &Actor) -> bool {
        actor.kind == crate::domain::Kind::Person && self.names(&role.approvers, actor)
    }
}

impl Role {
    /// What a request for this role remembers of it.
    pub fn terms(&self, generation: u64) -> Terms {
        Terms {
            role_digest: self.digest,
            generation,
            approvals: self.approvals,
            max: self.max_duration,
            pending_timeout: self.pending_timeout,
            claim_timeout: self.claim_timeout,
            gives: self.gives.clone(),
        }
    }
}
