//! Requests, roles, credentials and revocations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::request::Why;
pub use crate::domain::{CredentialAsk, Verdict};
use crate::domain::{
    CredentialId, Digest, Kind, Material, Name, Principal, ProviderKind, RequestId, Span, State, Time,
};

/// Asks for a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRequest {
    pub role: String,
    /// May be left out where the role has one resource only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    pub duration: Span,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    #[serde(default)]
    pub reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// Without an approval, where the role has break-glass: announced, and debriefed afterwards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub break_glass: bool,
    /// One credential, whatever the role would give.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub once: bool,
    /// Decide, and file nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// What became of an ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Filing {
    Filed,
    /// One for the same role and resource was open already; it stands as it was filed.
    Reused,
    /// A dry run: it would be filed.
    WouldFile,
}

/// The answer to an ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    pub filing: Filing,
    pub request: Request,
}

/// A request, as its viewer may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    pub id: RequestId,
    pub revision: u64,
    pub state: State,
    pub requester: Principal,
    pub requester_kind: Kind,
    pub role: Name,
    pub resource: Name,
    pub provider: ProviderKind,
    /// How to reach the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// For ssh: the accounts that the certificate opens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub principals: Vec<String>,
    /// What it gives on the resource, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gives: Vec<String>,
    /// For postgres: how many rounds the verifier of an ask has to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scram_rounds: Option<u32>,
    pub duration: Span,
    /// The least of what was asked, given by approvers, and allowed by the role.
    pub longest: Span,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    pub reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    pub created: Time,
    pub approvals_needed: u32,
    pub approvals_missing: u32,
    /// How many have to agree at each stage, in their order; empty where the policy decides alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<u32>,
    /// The stage that is deciding, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<usize>,
    /// Nobody decided in time, so others may too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub escalated: bool,
    /// One credential only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub single_use: bool,
    /// More time is asked for; `shown` is of this ask, `stage` and `approvals_missing` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
    /// Of a request by break-glass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub debrief: Option<Debrief>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
    /// What a vote is bound to: send it back with the approval.
    pub shown: Digest,
    /// When this state ends by the clock alone: a time-out, or the end of the access.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_in_s: Option<i64>,
    /// The window of access, once it was first used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_from: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_in_s: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why the access could not be ended yet, while it is `ending`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// What the viewer may do with it now.
    #[serde(default)]
    pub may: Vec<May>,
}

/// An ask for more time that is not decided yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// How much later it would end.
    pub by: Span,
    pub reason: String,
    pub until: Time,
    pub approvals_needed: u32,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub votes: Vec<Vote>,
}

/// What a break-glass owes: somebody else looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Debrief {
    pub due: Time,
    pub due_in_s: i64,
    /// How it was closed; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Time>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Asks for more time for an active grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// How much later it is to end.
    pub by: Span,
    #[serde(default)]
    pub reason: String,
}

/// Closes a debrief.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DebriefVerdict {
    pub verdict: Verdict,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Tells that a ticket changed: those who hold access by it are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TicketChanged {
    pub ticket: String,
}

/// The requests that ended with the ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketEnded {
    pub ended: Vec<RequestId>,
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    pub by: Principal,
    /// Whose say it is, where it was given to the voter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf: Option<Principal>,
    pub at: Time,
    /// From 1.
    #[serde(default)]
    pub stage: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    pub why: Why,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Principal>,
    pub at: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An action on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum May {
    Approve,
    Deny,
    Cancel,
    Revoke,
    /// Get a credential.
    Use,
    /// Ask for more time.
    Extend,
    Debrief,
}

/// Which requests to list; the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    #[serde(default)]
    pub filter: ListFilter,
    /// Rows of one page, 1 to 500; 50 where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// The `next` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// One list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListFilter {
    /// Everything that is not over and that the viewer may see.
    #[default]
    Open,
    /// The viewer's own that is not over.
    Mine,
    /// What waits for the viewer's decision.
    ToApprove,
    Active,
    Pending,
    /// Break-glass that the viewer may see and that nobody has looked at yet, over or not.
    Debriefs,
    /// Everything that the viewer may see, over or not.
    History,
}

/// One page of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestPage {
    pub requests: Vec<Request>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Says yes to what was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approve {
    pub shown: Digest,
    /// Grants less than was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Says no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deny {
    pub comment: String,
}

/// Takes an own request back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Ends requests and grants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    pub which: Which,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Which ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Which {
    /// Unique prefixes are enough.
    Ids(Vec<String>),
    Mine,
    User(Name),
    Role(Name),
    All,
}

/// What became of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    pub items: Vec<RevokedItem>,
}

/// What became of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevokedItem {
    pub request: Request,
    /// The access is gone, read back.
    pub confirmed: bool,
    /// When it was closed: from then on it gives nothing new.
    pub closed_ms: u64,
    /// What was taken away, a leg each.
    pub credentials: Vec<Withdrawal>,
    /// Until all was confirmed, or given up for now.
    pub took_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// One credential that was taken away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawal {
    pub credential: CredentialId,
    pub resource: Name,
    pub provider: ProviderKind,
    /// How many live sessions were closed; absent where the target cannot tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u32>,
    /// The target was asked, and it is not there any more.
    pub absent: bool,
    pub took_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
}

/// Compares every target with the records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    /// Look, and end nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// What differs between the targets and the records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drift {
    pub dry_run: bool,
    /// How many resources were compared.
    pub resources: usize,
    pub found: Vec<Found>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub what: Difference,
    pub resource: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// In words.
    pub detail: String,
    /// It was ended, and its absence read back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ended: bool,
}

/// Kinds of differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Difference {
    /// On the target, and of no open grant.
    Orphan,
    /// Of an open grant, and not on the target.
    Missing,
    /// On the target, and not as jit made it.
    Changed,
    /// The target could not be asked.
    Unknown,
}

/// A credential, with the request that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    pub request: Request,
    pub id: CredentialId,
    pub material: Material,
    pub ends: Time,
    pub ends_in_s: i64,
}

impl Credential {
    /// # Errors
    /// For a server that answers with something else.
    pub fn ssh_certificate(&self) -> Result<&str, super::Problem> {
        match &self.material {
            Material::Ssh { certificate } => Ok(certificate),
            _ => Err(super::Problem::new(super::Code::Failure, "the server gave no SSH certificate")),
        }
    }
}

/// A role that the viewer may request or decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    pub name: Name,
    pub description: String,
    pub provider: ProviderKind,
    pub resources: Vec<Resource>,
    pub max_duration: Span,
    /// 0: the policy approves by itself, or refuses.
    pub approvals: u32,
    /// How many have to agree at each stage, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<u32>,
    /// Nobody has to agree where this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_approve: Option<String>,
    /// It may be asked for only where this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// With all extensions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_total: Option<Span>,
    /// The longest by break-glass, where the viewer may use it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<Span>,
    /// The weekly windows for asking, using and approving, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<String>,
    pub may_request: bool,
    pub may_approve: bool,
    pub reason_required: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_pattern: Option<String>,
}

/// A resource of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    pub name: Name,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// All roles of the viewer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roles {
    pub roles: Vec<Role>,
}

/// May I, how long, who decides, what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub role: Role,
    /// The entries of the role that name the viewer as a requester.
    pub because: Vec<String>,
    /// Who may approve, by name; without the viewer, who may not decide for themselves.
    pub approvers: Vec<Name>,
    pub pending_timeout: Span,
    pub claim_timeout: Span,
    /// What an ask would still have to bring, or why it would be refused, each a sentence.
    pub missing: Vec<String>,
    /// A command line that would ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}
