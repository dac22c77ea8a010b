//! Where a server or the local backend keeps its records.

#[cfg(test)]
pub mod conformance;
mod pieces;
pub mod sqlite;

pub use pieces::{PieceFiles, PieceId, Pieces};
pub use sqlite::SqliteStore;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::audit::{Draft, Event};
use crate::domain::{
    Actor, CredentialId, Delegation, Digest, Gives, Kind, Material, Name, Principal, Request, RequestId,
    Resource, State, Time,
};
use crate::files::FileError;

/// A person or service in the server's own directory. A name is never given to a second one, so it
/// can be the subject of the identity: disabled users stay here for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub name: Name,
    pub kind: Kind,
    /// See [`Actor::human`].
    pub human: Name,
    /// Adds and disables people, sees and revokes everything, and approves nothing by that right.
    pub admin: bool,
    pub created: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<Time>,
}

/// A one-time code with which a person enrols. The code is kept as a hash only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The public first part of the code, by which wrong guesses are counted.
    pub id: String,
    pub code_hash: Digest,
    pub user: Name,
    pub expires: Time,
    pub wrong: u32,
}

/// A token that was given to a client; the token itself is kept as a hash only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub token_hash: Digest,
    pub user: Name,
    pub kind: SessionKind,
    pub created: Time,
    pub expires: Time,
    pub last_used: Time,
    /// Of an access token: the renewal token it came from, which takes it along when it ends.
    pub parent: Option<Digest>,
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// Sent with each call; short-lived.
    Access,
    /// Sent only to get a new access token.
    Renewal,
}

/// How far a credential has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CredentialState {
    /// Recorded; the provider may or may not have made it.
    Intended,
    Issued,
    /// Read back as absent.
    Absent,
}

/// One credential of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    pub id: CredentialId,
    pub request: RequestId,
    pub state: CredentialState,
    pub end: Time,
    /// The digest of what the requester brought, so that a repeated ask gets the same credential.
    pub ask: Digest,
    /// What was given, where that is public (an SSH certificate) and can be given again.
    pub material: Option<Material>,
    /// Where it was made and what it gives, so that it is found again whatever the policy says by then.
    pub made: Made,
}

/// See [`Credential::made`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    pub resource: Resource,
    pub gives: Gives,
}

/// The memory of an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    pub requester: Principal,
    pub key: String,
    /// The digest of the ask, so that one key is not used for two different ones.
    pub ask: Digest,
}

/// A role name with the generation it is in: a role that is removed and made again under the same
/// name is another role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleGeneration {
    pub role: Name,
    pub generation: u64,
    /// Of the role's meaning when it was taken into force.
    pub digest: Digest,
}

macro_rules! record_kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What a [`Record`] is about. The text form is stored.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum RecordKind {
            $($(#[$doc])* $name,)*
        }

        impl RecordKind {
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

record_kinds! {
    /// Of a contractor, by user.
    Engagement = "engagement",
    /// Everything of a contractor is being ended, by user.
    Offboarding = "offboarding",
    /// A training or terms that somebody has, by user and training.
    Training = "training",
    /// Somebody who can do nothing for a while, by user.
    Suspension = "suspension",
    /// What an outside directory says of a person, by user.
    DirectoryUser = "directory-user",
    DirectoryGroup = "directory-group",
    /// A service's long-lived token, by its hash. The first ones were all for outside directories.
    ServiceToken = "scim-token",
    /// A review of who has which rights, by id.
    Review = "review",
    /// A right that a review took from somebody, by user and role.
    Removal = "removal",
    /// What a person may do in jit itself, by user.
    ToolRole = "tool-role",
    /// A piece of what was done under a grant, by request and digest.
    Activity = "activity",
    /// An alert that was raised, with its answer, by id.
    Alert = "alert",
    /// How far the log was looked at for alerts: the number of the next event, under `cursor`.
    Watch = "watch",
}

/// A document of a kind, by key: for what is read by its key or as a whole, and never searched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub kind: RecordKind,
    pub key: String,
    /// Counts from 1.
    pub revision: u64,
    /// JSON.
    pub body: String,
}

/// One write. Each has a guard; when one guard fails, the whole [`Change`] is refused.
#[derive(Debug, Clone)]
pub enum Write {
    /// Guard: the id, and the idempotency key of this requester, are new.
    InsertRequest { request: Box<Request>, key: Option<IdempotencyKey> },
    /// Guard: the stored revision is one less than this one.
    UpdateRequest(Box<Request>),
    /// Inserts or replaces. Guard: its request is there, a credential of this id is the same request's
    /// and provider's, and one that was read back as absent is not brought back.
    PutCredential(Box<Credential>),
    /// Guard: the name is new.
    InsertUser(User),
    /// Guard: the user is there and not disabled. Ends the sessions and the enrolments too.
    DisableUser { name: Name, at: Time },
    /// Guard: the user is there and not disabled, and it was otherwise.
    SetAdmin { name: Name, admin: bool },
    /// Replaces the user's earlier enrolments. Guard: the user is there and not disabled, and the id is
    /// no other user's.
    PutEnrolment(Enrolment),
    /// Guard: the enrolment is there.
    CountWrongCode { id: String },
    /// Guard: the enrolment is there: it is used once.
    TakeEnrolment { id: String },
    /// Takes along the user's sessions that were over at its `created`. Guard: the user is there and not
    /// disabled, the token is new, and its parent, if it has one, is there (it may come earlier in the
    /// same change).
    InsertSession(Session),
    /// Moves `last_used` forward, never back. Guard: none; a session that is gone stays gone.
    TouchSession { token_hash: Digest, at: Time },
    /// Ends this session and all that came from it. Guard: none.
    EndSession { token_hash: Digest },
    /// Ends all sessions of the user that were made by `until`. Guard: none.
    EndSessions { user: Name, until: Time },
    /// Ends the sessions and the enrolments of a user, who stays. Guard: none.
    EndSessionsOf(Name),
    /// Replaces the whole list.
    PutRoleGenerations(Vec<RoleGeneration>),
    /// Replaces an earlier one from and to the same two. Takes along those that were over a month before
    /// its `since`: no vote on an open request was cast under them. Guard: none.
    PutDelegation(Delegation),
    /// Guard: it is there.
    RemoveDelegation { from: Name, to: Name },
    /// Guard: the stored revision is one less than this one; of the first, there is none.
    PutRecord(Record),
    /// Guard: it is there in this revision.
    RemoveRecord { kind: RecordKind, key: String, revision: u64 },
}

/// State changes with the events that tell of them: they commit together or not at all (INVARIANT 7).
/// The writes are done in their order, each on what those before it left; the events stand together.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub writes: Vec<Write>,
    pub events: Vec<Draft>,
}

/// Which requests to list; the newest first.
#[derive(Debug, Clone)]
pub struct RequestFilter {
    pub scope: Scope,
    /// Empty for every state.
    pub states: Vec<State>,
    /// Older than this one: the last of the page before.
    pub before: Option<(Time, RequestId)>,
    pub limit: usize,
}

/// Whose requests.
#[derive(Debug, Clone)]
pub enum Scope {
    All,
    Requester(Principal),
    Role(Name),
}

/// Which events to read; the oldest first.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    pub from_seq: u64,
    pub request: Option<RequestId>,
    /// Of any issuer: the subject's name.
    pub actor: Option<Name>,
    /// A whole kind, or its first part with the dot: `request.`.
    pub kind: Option<String>,
    pub since: Option<Time>,
    pub limit: usize,
}

/// An event as it is stored: the canonical bytes are what was hashed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    pub event: Event,
    pub bytes: String,
}

/// Where the log stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogHead {
    /// How many events there are.
    pub size: u64,
    /// The Merkle root over all of them.
    pub root: Digest,
    /// The latest time in any event: the clock never goes back behind it.
    pub latest: Time,
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A guard failed: somebody else was first. Nothing was changed.
    #[error("the record was changed by somebody else at the same time")]
    Conflict,
    #[error("the store was written by a newer jit (schema {found}, this one knows {known})")]
    Newer { found: u32, known: u32 },
    /// Another process has the data folder open.
    #[error("the data folder {path} is in use by another jit{}", process.map_or(String::new(), |p| format!(" (process {p})")))]
    InUse { path: String, process: Option<u32> },
    /// A file of the store's cannot be opened, or others can read or write what is the store's alone.
    #[error(transparent)]
    File(#[from] FileError),
    /// Disk full, I/O error, corruption. Nothing was changed.
    #[error("the store cannot be {doing}")]
    Io {
        /// `read`, `written`, `opened`.
        doing: &'static str,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// A failure below the store.
    pub fn io(doing: &'static str, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Io { doing, source: Box::new(source) }
    }
}

/// The seam to a database. One conformance suite for all (`store::conformance`).
#[async_trait]
pub trait Store: Send + Sync {
    /// Commits the change durably, or refuses all of it. Many callers share one fsync.
    ///
    /// [`StoreError::Conflict`] when a guard failed, [`StoreError::Io`] when it could not be written. A
    /// change that was refused with `Io` may still be there after a crash at that very moment.
    async fn commit(&self, change: Change) -> Result<(), StoreError>;

    /// How many changes could not be written since the store was opened, and why the last could not.
    fn failed_writes(&self) -> (u64, String) {
        (0, String::new())
    }

    async fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError>;
    /// Up to `limit` ids that begin so (see [`crate::domain::IdPrefix::as_str`]), in order.
    async fn ids_with_prefix(&self, prefix: &str, limit: usize) -> Result<Vec<RequestId>, StoreError>;
    async fn requests(&self, filter: &RequestFilter) -> Result<Vec<Request>, StoreError>;
    /// The requester's requests for that role and resource that are not over, the newest first.
    async fn open_requests(
        &self,
        requester: &Principal,
        role: &Name,
        resource: &Name,
    ) -> Result<Vec<Request>, StoreError>;
    async fn request_by_key(
        &self,
        requester: &Principal,
        key: &str,
    ) -> Result<Option<(RequestId, Digest)>, StoreError>;
    /// Requests whose [`Request::due`] is not after `now`, the most overdue first.
    async fn due(&self, now: Time, limit: usize) -> Result<Vec<RequestId>, StoreError>;

    /// In the order in which they were first put.
    async fn credentials(&self, request: RequestId) -> Result<Vec<Credential>, StoreError>;
    async fn credential(&self, id: CredentialId) -> Result<Option<Credential>, StoreError>;
    /// Credentials that are not read back as absent, all of them, so without what was given.
    async fn open_credentials(&self) -> Result<Vec<Credential>, StoreError>;

    async fn user(&self, name: &Name) -> Result<Option<User>, StoreError>;
    /// By name.
    async fn users(&self) -> Result<Vec<User>, StoreError>;
    async fn enrolment(&self, id: &str) -> Result<Option<Enrolment>, StoreError>;
    async fn session(&self, token_hash: &Digest) -> Result<Option<Session>, StoreError>;

    /// Requests by break-glass that nobody has looked at yet, in any state; what is due first comes first.
    async fn open_debriefs(&self) -> Result<Vec<Request>, StoreError>;
    /// By name, over ones included.
    async fn delegations(&self) -> Result<Vec<Delegation>, StoreError>;
    async fn record(&self, kind: RecordKind, key: &str) -> Result<Option<Record>, StoreError>;
    /// Those whose key begins so, by key.
    async fn records(&self, kind: RecordKind, prefix: &str) -> Result<Vec<Record>, StoreError>;
    async fn role_generations(&self) -> Result<Vec<RoleGeneration>, StoreError>;

    async fn events(&self, filter: &EventFilter) -> Result<Vec<StoredEvent>, StoreError>;
    async fn log_head(&self) -> Result<LogHead, StoreError>;
    /// Keeps a signed checkpoint (a C2SP signed note) of that size, in place of an earlier one of the
    /// same size. [`StoreError::Conflict`] when the log is not that long.
    async fn put_checkpoint(&self, size: u64, note: &str) -> Result<(), StoreError>;
    /// The size of the longest checkpoint; 0 where there is none.
    async fn signed(&self) -> Result<u64, StoreError>;
    /// Checkpoints, the oldest first.
    async fn checkpoints(&self) -> Result<Vec<(u64, String)>, StoreError>;
}

impl User {
    /// The user as an actor under the server's own issuer.
    pub fn actor(&self, issuer: &Name) -> Actor {
        let principal = |subject: &Name| Principal { issuer: issuer.clone(), subject: subject.clone() };
        Actor { principal: principal(&self.name), kind: self.kind, human: principal(&self.human) }
    }
}
