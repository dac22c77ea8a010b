//! What each kind of event is to a reader who does not know jit. A new kind does not compile until it is
//! judged here.

use serde::{Deserialize, Serialize};

use crate::audit::event::{Draft, EventKind as K};

use Did::*;
use Outcome::*;
use Severity::*;
use Thing::*;

/// How much it matters to whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    #[serde(rename = "info")]
    Informational,
    Low,
    Medium,
    High,
    Critical,
}

/// Whether what was tried was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Success,
    Failure,
}

/// What the event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thing {
    Request,
    Extension,
    Delegation,
    Credential,
    Grant,
    Login,
    Account,
    Engagement,
    Training,
    Alert,
    Review,
    Record,
    Notice,
    Policy,
    Server,
}

impl Thing {
    pub fn noun(self) -> &'static str {
        match self {
            Request => "request",
            Extension => "extension",
            Delegation => "delegation",
            Credential => "credential",
            Grant => "grant",
            Login => "login",
            Account => "account",
            Engagement => "engagement",
            Training => "training",
            Alert => "alert",
            Review => "review",
            Record => "record",
            Notice => "notice",
            Policy => "policy",
            Server => "server",
        }
    }
}

/// What was done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    Create,
    Change,
    Remove,
    Begin,
    End,
    Disable,
    Lock,
    Unlock,
    Attach,
    Detach,
    /// Nothing was changed: a reminder, a refusal.
    Note,
}

/// Everything that [`line`](super::line) needs to know of a kind.
pub(super) fn nature(kind: K) -> (Severity, Outcome, Thing, Did) {
    match kind {
        K::RequestFiled => (Informational, Success, Request, Create),
        K::RequestRefused => (Low, Failure, Request, Create),
        K::VoteCast | K::VoteWithdrawn => (Informational, Success, Request, Change),
        K::VoteRefused => (Medium, Failure, Request, Change),
        K::RequestApproved => (Informational, Success, Request, Change),
        K::RequestDenied => (Low, Success, Request, Change),
        K::RequestCancelled | K::RequestLapsed => (Informational, Success, Request, Remove),
        K::RequestReminded => (Informational, Success, Request, Note),
        K::RequestEscalated => (Low, Success, Request, Note),
        K::BreakGlass => (High, Success, Grant, Begin),
        K::DebriefOverdue => (High, Failure, Request, Note),
        K::DebriefClosed => (Informational, Success, Request, Change),
        K::ExtensionAsked => (Informational, Success, Extension, Create),
        K::ExtensionApproved | K::ExtensionDenied => (Informational, Success, Extension, Change),
        K::ExtensionCancelled | K::ExtensionLapsed => (Informational, Success, Extension, Remove),
        K::ExtensionRefused => (Low, Failure, Extension, Create),
        K::DelegationAdded => (Informational, Success, Delegation, Create),
        K::DelegationRemoved => (Informational, Success, Delegation, Remove),
        K::DelegationRefused => (Medium, Failure, Delegation, Create),
        K::OnCallChanged => (Informational, Success, Policy, Change),
        K::CredentialIntended => (Informational, Success, Credential, Note),
        K::CredentialIssued => (Informational, Success, Credential, Create),
        K::CredentialFailed => (Medium, Failure, Credential, Create),
        K::CredentialRefused => (Low, Failure, Credential, Create),
        K::GrantActive => (Informational, Success, Grant, Begin),
        K::GrantEnding => (Informational, Success, Grant, Note),
        K::GrantEndFailed => (High, Failure, Grant, End),
        K::GrantExpired | K::GrantRevoked => (Informational, Success, Grant, End),
        K::DriftOrphan | K::DriftChanged => (High, Success, Credential, Note),
        K::DriftMissing => (Medium, Success, Credential, Note),
        K::AccessRefused => (Medium, Failure, Record, Note),
        K::LoginSucceeded => (Informational, Success, Login, Begin),
        K::LoginRefused => (Medium, Failure, Login, Begin),
        K::LoggedOut => (Informational, Success, Login, End),
        K::UserAdded => (Informational, Success, Account, Create),
        K::UserEnrolment => (Informational, Success, Account, Change),
        K::UserDisabled => (Low, Success, Account, Disable),
        K::UserSuspended => (Medium, Success, Account, Lock),
        K::UserReinstated => (Low, Success, Account, Unlock),
        K::UserRoleGranted => (Medium, Success, Account, Attach),
        K::UserRoleRemoved => (Low, Success, Account, Detach),
        K::DirectoryChanged => (Informational, Success, Record, Change),
        K::EngagementAdded => (Informational, Success, Engagement, Create),
        K::EngagementChanged | K::EngagementExtended => (Informational, Success, Engagement, Change),
        K::EngagementRefused => (Medium, Failure, Engagement, Change),
        K::EngagementReminded => (Informational, Success, Engagement, Note),
        K::EngagementEnded => (Low, Success, Engagement, Remove),
        K::OffboardingBegun => (Low, Success, Account, Change),
        K::OffboardingLeg => (Informational, Success, Account, Change),
        K::OffboardingDone => (Low, Success, Account, Disable),
        K::TermsAccepted | K::TrainingRecorded => (Informational, Success, Training, Create),
        K::TrainingWithdrawn => (Low, Success, Training, Remove),
        K::AlertRaised => (Medium, Success, Alert, Create),
        K::AlertAnswered => (Informational, Success, Alert, Change),
        K::ReviewStarted => (Informational, Success, Review, Create),
        K::ReviewDecided => (Informational, Success, Review, Change),
        // A right that a review had taken is there again.
        K::ReviewRestored => (Medium, Success, Review, Change),
        K::ReviewLapsed => (Low, Success, Review, Change),
        K::ReviewClosed => (Informational, Success, Review, Remove),
        K::RecordingStored | K::StatementsCollected | K::EvidenceSigned => {
            (Informational, Success, Record, Create)
        }
        K::NoticeFailed => (Medium, Failure, Notice, Create),
        K::PolicyLoaded => (Informational, Success, Policy, Change),
        K::PolicyRefused => (High, Failure, Policy, Change),
        K::ServerStarted => (Informational, Success, Server, Begin),
        K::ServerStopped => (Informational, Success, Server, End),
    }
}

/// An alert has the severity of its rule; one that cannot be read is taken for the worst, so that no
/// filter drops it.
pub fn severity(event: &Draft) -> Severity {
    match (event.kind, event.data.get("severity").map(String::as_str)) {
        (K::AlertRaised, Some("low")) => Low,
        (K::AlertRaised, Some("medium")) => Medium,
        (K::AlertRaised, Some("high")) => High,
        (K::AlertRaised, _) => Critical,
        (kind, _) => nature(kind).0,
    }
}

pub fn outcome(event: &Draft) -> Outcome {
    nature(event.kind).1
}
