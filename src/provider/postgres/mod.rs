//! The `postgres` provider: a login role for each credential, which ends by itself, and is taken away
//! with its sessions and whatever it left in any database.
//!
//! The requester makes the password and sends a SCRAM verifier: no server ever sees the password.

mod connect;
mod grant;
mod inventory;
mod names;
mod preflight;
mod revoke;
pub mod verifier;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use crate::domain::{CredentialId, ProviderKind, Resource, Span, Time};
use crate::provider::recent::Recent;
use crate::provider::{Handle, Intent, Material, Owned, Presence, Provider, ProviderError, Revoked};
use connect::{Pool, Server, Session};
use names::role;

/// The credential of a role of that name, if jit made it: for whoever reads the server's log.
pub use names::credential as credential_of;
use preflight::Facts;
use revoke::{Found, Revocation, Step};

/// The longest that a call may take.
const LIMIT: Duration = Duration::from_secs(30);
/// What was found out about a server counts for this long.
const FRESH: Duration = Duration::from_secs(5);
/// How long after its end a revoked credential is remembered.
const REMEMBERED: Span = Span::clamped(3600);

/// Logs in to each resource's server as the role that its policy names.
#[derive(Default)]
pub struct PostgresProvider {
    pool: Pool,
    /// Of servers and admins.
    facts: Recent<Facts>,
    /// Of sets of group roles, and of servers that were seen to ask for the password.
    sound: Recent<()>,
    /// What this process revoked: when it would have ended, and the role's number, if there was one.
    revoked: Mutex<HashMap<CredentialId, (Time, Option<u32>)>>,
}

impl PostgresProvider {
    async fn facts(&self, session: &Session<'_>) -> Result<Facts, ProviderError> {
        let key = format!("{:?} {:?}", session.server.resource.address, session.server.target);
        self.facts.get(&key, FRESH, preflight::admin(session)).await
    }

    fn is_revoked(&self, credential: CredentialId) -> bool {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&credential)
    }

    fn number_of_revoked(&self, credential: CredentialId) -> Option<u32> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).get(&credential)?.1
    }

    fn remember(&self, handle: &Handle, oid: Option<u32>, now: Time) {
        let mut revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner);
        revoked.retain(|_, (end, _)| end.plus(REMEMBERED) > now);
        let kept = revoked.entry(handle.credential).or_insert((handle.end, None));
        kept.1 = oid.or(kept.1);
    }

    async fn make(&self, intent: &Intent) -> Result<Material, ProviderError> {
        let server = Server::of(&intent.resource)?;
        let (gives, verifier) = grant::checked(&server, intent)?;
        let revoked = || server.refused("this credential was revoked");
        if self.is_revoked(intent.credential) {
            return Err(revoked());
        }
        let material = grant::material(&server, intent)?;
        let session = self.pool.admin(server).await?;
        let facts = self.facts(&session).await?;
        let key = format!("{:?} {:?} {:?}", intent.resource.address, server.target, gives.member_of);
        let groups = preflight::groups(&session, facts, gives.member_of.iter());
        self.sound.get(&key, FRESH, groups).await?;
        grant::make(&session, facts, intent, gives, verifier).await?;
        session.keep();
        if !facts.reads_hba {
            let key = format!("{:?} {:?}", intent.resource.address, server.target);
            let name = role(intent.credential);
            let tried = preflight::password_is_asked_for(&server, &name);
            if let Err(error) = self.sound.get(&key, FRESH, tried).await {
                self.take_away(&Handle::from(intent), intent.start, &Step::ALL).await?;
                return Err(error);
            }
        }
        // A revocation that came meanwhile found nothing to take away.
        if self.is_revoked(intent.credential) {
            self.take_away(&Handle::from(intent), intent.start, &Step::ALL).await?;
            return Err(revoked());
        }
        Ok(material)
    }

    /// The steps are an argument for the tests that stop between two of them.
    async fn take_away(&self, handle: &Handle, now: Time, steps: &[Step]) -> Result<Revoked, ProviderError> {
        self.remember(handle, None, now);
        let server = Server::of(&handle.resource)?;
        let session = self.pool.admin(server).await?;
        let mut found = revoke::find(&session, handle).await?;
        if matches!(found, Found::Nothing) {
            revoke::settle(&session, handle).await;
            found = revoke::find(&session, handle).await?;
        }
        let (Found::Role(oid) | Found::Foreign(oid)) = found else {
            session.keep();
            return Ok(Revoked { sessions: Some(0) });
        };
        self.remember(handle, Some(oid), now);
        let facts = preflight::facts(&session).await?;
        let mut revocation =
            Revocation { session: &session, facts, handle, oid, sessions: std::collections::BTreeSet::new() };
        for step in steps {
            if matches!(found, Found::Foreign(_)) && *step == Step::DropMemberships {
                revocation.step(Step::EndSessions).await?;
                return Err(server.refused(format_args!(
                    "role {} has not the comment that jit gave it: its login was closed, and the rest is left to \
                     you",
                    role(handle.credential)
                )));
            }
            revocation.step(*step).await?;
        }
        let sessions = u32::try_from(revocation.sessions.len()).ok();
        session.keep();
        Ok(Revoked { sessions })
    }
}

/// Bounds a call's time. The connection of one that takes longer is closed.
async fn bounded<T>(
    resource: &Resource,
    work: impl Future<Output = Result<T, ProviderError>>,
) -> Result<T, ProviderError> {
    timeout(LIMIT, work).await.unwrap_or_else(|_| {
        Err(ProviderError::Unavailable {
            what: format!("{}: no answer in {} s", resource.name, LIMIT.as_secs()),
            source: None,
        })
    })
}

#[async_trait]
impl Provider for PostgresProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Postgres
    }

    async fn preflight(&self, resource: &Resource) -> Result<(), ProviderError> {
        bounded(resource, async {
            let session = self.pool.admin(Server::of(resource)?).await?;
            self.facts(&session).await?;
            session.keep();
            Ok(())
        })
        .await
    }

    /// INVARIANT 11: the role's name is jit's own random id. Repeated, it gives the same role.
    async fn grant(&self, intent: &Intent) -> Result<Material, ProviderError> {
        bounded(&intent.resource, self.make(intent)).await
    }

    async fn revoke(&self, handle: &Handle, now: Time) -> Result<Revoked, ProviderError> {
        bounded(&handle.resource, self.take_away(handle, now, &Step::ALL)).await
    }

    async fn verify_absent(&self, handle: &Handle, _now: Time) -> Result<Presence, ProviderError> {
        bounded(&handle.resource, async {
            let session = self.pool.admin(Server::of(&handle.resource)?).await?;
            let number = self.number_of_revoked(handle.credential);
            let presence = inventory::presence(&session, handle.credential, number).await?;
            session.keep();
            Ok(presence)
        })
        .await
    }

    async fn inventory(
        &self,
        resource: &Resource,
        known: &[Handle],
        now: Time,
    ) -> Result<Vec<Owned>, ProviderError> {
        bounded(resource, async {
            let session = self.pool.admin(Server::of(resource)?).await?;
            let owned = inventory::all(&session, known, now).await?;
            session.keep();
            Ok(owned)
        })
        .await
    }
}

#[cfg(test)]
mod tests;
