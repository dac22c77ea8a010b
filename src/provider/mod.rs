//! Providers make access real on a target, take it away, and read back that it is gone.

pub mod aws;
pub mod conformance;
pub mod exec;
pub mod kubernetes;
pub mod postgres;
mod recent;
pub mod ssh;

use async_trait::async_trait;

pub use crate::domain::{CredentialAsk, Material};
use crate::domain::{CredentialId, Gives, ProviderKind, RequestId, Resource, Time};

/// One credential to be made. It is recorded durably before the provider sees it (INVARIANT 1), and
/// everything on the target that belongs to it is named by its id (INVARIANT 11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub credential: CredentialId,
    pub request: RequestId,
    pub resource: Resource,
    pub gives: Gives,
    /// When the credential begins. Providers back-date it by their allowed clock skew, no more.
    pub start: Time,
    /// INVARIANT 3: the credential's own end, always set.
    pub end: Time,
    pub ask: CredentialAsk,
}

/// What a provider needs to find a credential again: also after a crash, and whether or not the
/// grant was ever carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handle {
    pub credential: CredentialId,
    pub request: RequestId,
    pub resource: Resource,
    pub gives: Gives,
    pub end: Time,
}

impl From<&Intent> for Handle {
    fn from(intent: &Intent) -> Self {
        Self {
            credential: intent.credential,
            request: intent.request,
            resource: intent.resource.clone(),
            gives: intent.gives.clone(),
            end: intent.end,
        }
    }
}

/// What a revocation did beside taking the credential away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Revoked {
    /// How many live sessions it closed; `None` where the target cannot tell.
    pub sessions: Option<u32>,
}

/// The answer of a target to "is anything of this left?".
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Presence {
    /// Read back: a login with it would be refused.
    Absent,
    /// Still there, with what was seen.
    Present(String),
}

/// One thing of jit's that a provider found on a target.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owned {
    pub credential: CredentialId,
    /// Whether it still gives access.
    pub live: bool,
    /// What of it is not as jit made it, each a sentence: somebody changed it by hand.
    pub changes: Vec<String>,
}

/// Why a provider did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The ask itself is wrong: it will never work.
    #[error("{0}")]
    Refused(String),
    /// The target cannot be reached or failed: it may work later.
    #[error("{what}")]
    Unavailable {
        what: String,
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
}

/// The seam to a kind of target. Every call may be repeated, and each bounds its own time.
#[async_trait]
pub trait Provider: Send + Sync {
    fn kind(&self) -> ProviderKind;

    /// Refuses a resource on which this provider could grant but not revoke.
    async fn preflight(&self, resource: &Resource) -> Result<(), ProviderError>;

    /// Makes the credential. Repeated with the same intent, it gives the same access, not a second.
    async fn grant(&self, intent: &Intent) -> Result<Material, ProviderError>;

    /// Takes it away, sessions included where the target can; fine if it never was there.
    async fn revoke(&self, handle: &Handle, now: Time) -> Result<Revoked, ProviderError>;

    /// Reads back from the target. INVARIANT 4: only `Absent` ends a grant.
    async fn verify_absent(&self, handle: &Handle, now: Time) -> Result<Presence, ProviderError>;

    /// Whether its inventory has every credential that gives access: only then one can be missing.
    fn lists_live(&self) -> bool {
        true
    }

    /// Everything of jit's on that resource, for reconciliation. What is in `known` is compared with
    /// what stands on the target.
    async fn inventory(
        &self,
        resource: &Resource,
        known: &[Handle],
        now: Time,
    ) -> Result<Vec<Owned>, ProviderError>;
}
