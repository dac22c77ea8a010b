//! One entry of the audit log, before and after it has its place in the chain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{CredentialId, Digest, Name, Principal, RequestId, Time};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What happened. The text form is part of the log's format: never change one, only add.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum EventKind {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
        }

        impl EventKind {
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

kinds! {
    RequestFiled = "request.filed",
    /// The policy said no to an ask.
    RequestRefused = "request.refused",
    VoteCast = "request.vote",
    /// A vote that did not count: own request, no right to approve, something else was shown.
    VoteRefused = "request.vote-refused",
    /// The voter was disabled before the request was decided.
    VoteWithdrawn = "request.vote-withdrawn",
    RequestApproved = "request.approved",
    RequestDenied = "request.denied",
    RequestCancelled = "request.cancelled",
    RequestLapsed = "request.lapsed",
    /// Nobody has decided yet: `who` may.
    RequestReminded = "request.reminded",
    /// Nobody has decided in time: `who` may now, too.
    RequestEscalated = "request.escalated",
    /// Access without an approval; `announced` were told.
    BreakGlass = "breakglass.used",
    /// Nobody has looked at a break-glass in time.
    DebriefOverdue = "debrief.overdue",
    DebriefClosed = "debrief.closed",
    ExtensionAsked = "extension.asked",
    ExtensionApproved = "extension.approved",
    ExtensionDenied = "extension.denied",
    ExtensionCancelled = "extension.cancelled",
    ExtensionLapsed = "extension.lapsed",
    /// The policy said no to more time.
    ExtensionRefused = "extension.refused",
    DelegationAdded = "delegation.added",
    DelegationRemoved = "delegation.removed",
    DelegationRefused = "delegation.refused",
    /// Who is on call is asked outside, and the answer is another one.
    OnCallChanged = "oncall.changed",
    /// Written before the provider acts (INVARIANT 1).
    CredentialIntended = "credential.intended",
    CredentialIssued = "credential.issued",
    CredentialFailed = "credential.failed",
    CredentialRefused = "credential.refused",
    GrantActive = "grant.active",
    GrantEnding = "grant.ending",
    /// The provider could not end it, or it is still there; it is tried again without a limit.
    GrantEndFailed = "grant.end-failed",
    GrantExpired = "grant.expired",
    GrantRevoked = "grant.revoked",
    /// Something of jit's on a target that no open grant has: it is ended.
    DriftOrphan = "drift.orphan",
    /// A credential that should be on its target, and is not.
    DriftMissing = "drift.missing",
    /// A credential that is not as jit made it.
    DriftChanged = "drift.changed",
    /// An action on something that this actor may not see or do.
    AccessRefused = "access.refused",
    LoginSucceeded = "login.succeeded",
    LoginRefused = "login.refused",
    LoggedOut = "login.ended",
    UserAdded = "user.added",
    UserEnrolment = "user.enrolment",
    UserDisabled = "user.disabled",
    /// For a while: by an alert or an administrator.
    UserSuspended = "user.suspended",
    UserReinstated = "user.reinstated",
    /// A role of jit's own: administrator, policy author, auditor, reviewer.
    UserRoleGranted = "user.role-granted",
    UserRoleRemoved = "user.role-removed",
    /// Somebody outside said who belongs to a group, or what a person is called (SCIM).
    DirectoryChanged = "directory.changed",
    /// A contractor works for a company, with a sponsor, until a day.
    EngagementAdded = "engagement.added",
    EngagementChanged = "engagement.changed",
    EngagementExtended = "engagement.extended",
    EngagementRefused = "engagement.refused",
    /// The sponsor was told that the end is near.
    EngagementReminded = "engagement.reminded",
    EngagementEnded = "engagement.ended",
    /// Everything of a contractor is being ended, one leg after the other, until all is confirmed.
    OffboardingBegun = "offboarding.begun",
    OffboardingLeg = "offboarding.leg",
    OffboardingDone = "offboarding.done",
    TermsAccepted = "terms.accepted",
    TrainingRecorded = "training.recorded",
    /// It was recorded wrongly: whoever it was about has not taken it.
    TrainingWithdrawn = "training.withdrawn",
    /// A rule over these events saw what it looks for.
    AlertRaised = "alert.raised",
    AlertAnswered = "alert.answered",
    ReviewStarted = "review.started",
    ReviewDecided = "review.decided",
    /// Nobody decided in time, so the right was removed.
    ReviewLapsed = "review.lapsed",
    ReviewClosed = "review.closed",
    /// Somebody has a right again that a review took from them.
    ReviewRestored = "review.restored",
    RecordingStored = "recording.stored",
    /// Statements under a grant, from the target's own log.
    StatementsCollected = "statements.collected",
    /// A channel did not take a notice; it is kept and tried again.
    NoticeFailed = "notice.failed",
    EvidenceSigned = "evidence.signed",
    PolicyLoaded = "policy.loaded",
    PolicyRefused = "policy.refused",
    ServerStarted = "server.started",
    ServerStopped = "server.stopped",
}

impl std::fmt::Display for EventKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// An event that has no place in the log yet. The store gives it one, in the same transaction as the
/// state change that it tells of (INVARIANT 7).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    pub at: Time,
    pub kind: EventKind,
    /// `None`: jit itself, by the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<Principal>,
    /// The address that the call came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<CredentialId>,
    /// The reasons of a decision, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
    /// Whatever else belongs to this kind of event. Never a secret.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
}

impl Draft {
    pub fn new(at: Time, kind: EventKind) -> Self {
        Self {
            at,
            kind,
            actor: None,
            from: None,
            request: None,
            role: None,
            resource: None,
            credential: None,
            why: Vec::new(),
            data: BTreeMap::new(),
        }
    }

    pub fn data(mut self, key: &str, value: impl ToString) -> Self {
        self.data.insert(key.to_owned(), value.to_string());
        self
    }
}

/// An event in its place. Its canonical bytes are the JSON of this struct, without white space, in
/// this order of fields: one line of `jit audit export`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The version of this format.
    pub v: u32,
    /// Counts from 0, without gaps (INVARIANT 8).
    pub seq: u64,
    /// The leaf hash of the event before it; all zero for the first.
    pub prev: Digest,
    pub event: Draft,
}
