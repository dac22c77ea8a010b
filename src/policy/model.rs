//! A policy that was read and is whole: every name in it is defined, and nothing is left open.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::Serialize;

use crate::domain::{Approvals, Digest, Duty, Gives, Kind, Name, Resource, Span, Terms, Time, Together};

use super::alerts::Alerts;
use super::bits::Bits;
use super::condition::Condition;
use super::oncall::OnCallSource;
use super::ticket::TicketSystem;
use super::training::Demand;
use super::window::Window;

/// All that one folder of policy files says.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Everybody whom the policy speaks of, services included.
    pub people: BTreeMap<Name, Person>,
    pub companies: BTreeMap<Name, Company>,
    /// The labels that resources may have, each with its values.
    pub labels: BTreeMap<String, BTreeSet<String>>,
    pub groups: BTreeMap<Name, Group>,
    pub windows: BTreeMap<Name, Window>,
    pub ticket_systems: BTreeMap<Name, TicketSystem>,
    /// The trainings and the terms.
    pub demands: BTreeMap<Duty, Demand>,
    pub resources: BTreeMap<Name, Resource>,
    pub roles: BTreeMap<Name, Role>,
    pub denies: BTreeMap<Name, Deny>,
    pub limits: BTreeMap<Name, Limit>,
    /// What is looked for in the log.
    pub alerts: Alerts,
    /// Which roles in jit itself one person may hold together.
    pub together: Together,
    /// Of all files, names and contents.
    pub digest: Digest,
    /// How many those are.
    pub files: usize,
    /// The groups with members of their own, by member.
    pub(super) groups_of: HashMap<Name, Vec<Name>>,
    /// The groups whose members are known outside of the policy only.
    pub(super) outside: Vec<Name>,
    /// Who owns a resource, where somebody does.
    pub(super) owners: HashMap<Name, BTreeSet<Name>>,
    /// The resources by number, in the order of their names.
    pub(super) numbers: HashMap<Name, usize>,
}

/// A person, or a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub name: Name,
    pub kind: Kind,
    /// Who answers for a service, or the person behind an alias.
    pub human: Option<Name>,
    pub company: Option<Name>,
    /// Who answers for a contractor, and may be asked to decide on their requests.
    pub sponsor: Option<Name>,
    /// No grant goes on behind it.
    pub contract_end: Option<Time>,
    /// The resources that they own.
    pub owns: BTreeSet<Name>,
    /// Whether they are anybody's sponsor.
    pub sponsors: bool,
}

/// Whom people work for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Company {
    /// Whoever works for it holds nothing without a live engagement in the server's directory.
    pub contractors: bool,
}

/// Several people under one name.
#[derive(Debug, Clone)]
pub enum Group {
    /// Never empty.
    Members(BTreeSet<Name>),
    /// Asked from outside, now and then; nobody while it cannot be told (INVARIANT 9).
    OnCall(OnCallSource),
    /// Left to the server's own directory: engagements, or an outside directory, say who is in it.
    Directory,
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
    /// It may be asked for only where this holds.
    pub when: Option<Condition>,
    /// Where this holds, nobody has to agree.
    pub auto_approve: Option<Condition>,
    /// Where this holds, it is refused.
    pub auto_deny: Option<Condition>,
    /// Who decides, one stage after the other. Empty only where `auto_approve` is the one way.
    pub stages: Vec<Stage>,
    pub escalation: Option<Escalation>,
    pub remind: Option<Span>,
    pub max_duration: Span,
    /// With extensions; at least `max_duration`.
    pub max_total: Span,
    pub pending_timeout: Span,
    pub claim_timeout: Span,
    pub windows: RoleWindows,
    /// One credential a grant.
    pub single_use: bool,
    /// How many requests for it one human may have open.
    pub max_open: Option<u32>,
    pub break_glass: Option<BreakGlass>,
    pub require: Require,
    pub gives: Gives,
    /// The deny rules and the limits that could ever speak of it.
    pub(super) denies: Vec<Name>,
    pub(super) limits: Vec<Name>,
    /// Of the role's meaning: its fields, the members of the groups it names, its resources.
    pub digest: Digest,
}

/// So many of these have to agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Empty for the one stage of a role that has no `[[stage]]`.
    pub name: String,
    /// Never empty.
    pub approvers: Vec<Who>,
    /// At least 1.
    pub approvals: u32,
}

/// Who may decide too when nobody has for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escalation {
    pub after: Span,
    pub to: Vec<Who>,
}

/// Weekly windows by name, each list open when any of it is; an empty one is always open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleWindows {
    pub request: Vec<Name>,
    pub using: Vec<Name>,
    pub approve: Vec<Name>,
}

/// Access in an emergency: without an approval, for a short time, and talked about afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    pub requesters: Vec<Who>,
    pub max_duration: Span,
    /// Who is told at once, and sees the request.
    pub announce: Vec<Who>,
    /// Who looks at it afterwards.
    pub debrief: Vec<Who>,
    pub debrief_within: Span,
}

/// What is refused, whatever a role says.
#[derive(Debug, Clone)]
pub struct Deny {
    pub name: Name,
    pub description: String,
    pub of: Selector,
    pub when: Option<Condition>,
    /// The resources of `of` by number.
    pub(super) among: Option<Bits>,
}

/// How long grants may last at most, whatever a role says.
#[derive(Debug, Clone)]
pub struct Limit {
    pub name: Name,
    pub description: String,
    pub of: Selector,
    pub max_duration: Span,
    /// The resources of `of` by number.
    pub(super) among: Option<Bits>,
}

/// What a rule is about: everything that is named in each of the lists that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    pub roles: Option<BTreeSet<Name>>,
    /// Resolved from names and labels.
    pub resources: Option<BTreeSet<Name>>,
    pub requesters: Option<Vec<Who>>,
}

/// Somebody whom a role names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// A user by name: `alice`.
    User(Name),
    /// A group of this policy: `group:dba`.
    Group(Name),
    /// Whoever owns the resource that is asked for.
    ResourceOwner,
    /// Whoever answers for the requester.
    RequesterSponsor,
}

/// As a policy has it: `alice`, `group:dba`, `resource:owner`, `requester:sponsor`.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => f.write_str(name.as_str()),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::ResourceOwner => f.write_str("resource:owner"),
            Self::RequesterSponsor => f.write_str("requester:sponsor"),
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
    /// The ticket has to be good in this system, then and for as long as the grant lasts.
    pub ticket_system: Option<Name>,
    /// The requester has proved a second factor so recently.
    pub mfa: Option<Span>,
    /// The human behind the requester has proved these, then and for as long as the grant lasts.
    pub duties: BTreeSet<Duty>,
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

impl Role {
    /// How many have to agree where a human decides.
    pub fn approvals(&self) -> Approvals {
        // Each stage needs somebody: the reader made sure.
        Approvals::stages(self.stages.iter().map(|stage| stage.approvals.max(1)).collect())
            .unwrap_or_else(|_| Approvals::humans(u32::MAX))
    }

    /// Everybody who may be asked to decide, whatever the stage.
    pub fn all_approvers(&self) -> impl Iterator<Item = &Who> {
        let later = self.escalation.iter().flat_map(|escalation| &escalation.to);
        self.stages.iter().flat_map(|stage| &stage.approvers).chain(later)
    }

    /// What a request for this role remembers of it, decided as `allowed` says.
    pub fn terms(&self, generation: u64, approvals: Approvals, max: Span, max_total: Span) -> Terms {
        Terms {
            role_digest: self.digest,
            generation,
            approvals,
            max,
            max_total,
            pending_timeout: self.pending_timeout,
            claim_timeout: self.claim_timeout,
            remind: self.remind,
            escalate: self.escalation.as_ref().map(|escalation| escalation.after),
            single_use: self.single_use,
            ticket_system: self.require.ticket_system.clone(),
            gives: self.gives.clone(),
        }
    }
}
