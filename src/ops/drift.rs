//! Drift: what stands on the targets beside what the records say.

use std::collections::{BTreeMap, HashMap};

use crate::api::{self, Difference, Found};
use crate::audit::EventKind;
use crate::domain::{CredentialId, Name, RequestId, Resource};
use crate::provider::{Handle, Owned, Presence, Provider};
use crate::store::{Change, Credential, CredentialState};

use super::engine::{Caller, Engine};
use super::error::{Error, chain};
use super::per_request::Key;

/// Drift that was written to the log.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Told {
    resource: Name,
    credential: Option<CredentialId>,
    kind: EventKind,
    detail: String,
}

impl Engine {
    /// Compares every target's inventory with the records: what no open grant has is ended, what is
    /// missing or was changed by hand is told. For administrators, and for the user of a local store.
    pub async fn drift(&self, caller: &Caller, ask: &api::Reconcile) -> Result<api::Drift, Error> {
        if !caller.admin {
            let draft = self.draft(EventKind::AccessRefused, Some(caller));
            let error = Error::Forbidden("only administrators compare targets with the records".to_owned());
            return Err(self.refuse(draft, error).await);
        }
        self.sweep(Some(caller), ask.dry_run).await
    }

    /// The same, by the clock.
    ///
    /// INVARIANT 13: after a crash or a restore this is what makes targets and store agree again.
    pub async fn sweep(&self, caller: Option<&Caller>, dry_run: bool) -> Result<api::Drift, Error> {
        let places = self.places().await?;
        let resources = places.len();
        let mut found = Vec::new();
        for place in places {
            found.extend(self.compare(caller, &place, dry_run).await?);
        }
        found.sort_by(|a, b| (&a.resource, a.what, a.credential).cmp(&(&b.resource, b.what, b.credential)));
        Ok(api::Drift { dry_run, resources, found })
    }

    /// Every resource of today's policy, and every other on which a credential is still open.
    async fn places(&self) -> Result<Vec<Resource>, Error> {
        let in_force = self.in_force();
        let mut places: Vec<Resource> = in_force.policy.resources.values().cloned().collect();
        for credential in self.store.open_credentials().await? {
            let made = credential.made.resource;
            if !places.iter().any(|place| place.name == made.name && place.is_same_place(&made)) {
                places.push(made);
            }
        }
        Ok(places)
    }

    async fn compare(
        &self,
        caller: Option<&Caller>,
        place: &Resource,
        dry_run: bool,
    ) -> Result<Vec<Found>, Error> {
        // The records are read before and after: what is made or ended in between is no drift.
        let before = self.open_on(place).await?;
        let known: Vec<Handle> = before.values().map(|credential| self.handle(credential)).collect();
        let listed = match self.provider(place.provider()) {
            Err(error) => Err(error.to_string()),
            Ok(provider) => match provider.inventory(place, &known, self.now()).await {
                Ok(owned) => Ok((provider, owned)),
                Err(error) => Err(chain(&error)),
            },
        };
        let (provider, owned) = match listed {
            Ok(listed) => listed,
            Err(detail) => return Ok(vec![found(Difference::Unknown, &place.name, None, None, detail)]),
        };
        let after = self.open_on(place).await?;
        let mut differences = Vec::new();
        for thing in owned.iter().filter(|thing| thing.live) {
            match after.get(&thing.credential) {
                None => {
                    differences.extend(self.orphan(caller, provider.as_ref(), place, thing, dry_run).await?);
                }
                Some(record) => {
                    let detail = thing.changes.join("; ");
                    if !detail.is_empty() && record.made.resource.name == place.name {
                        let id = Some(record.request);
                        let found =
                            found(Difference::Changed, &place.name, Some(thing.credential), id, detail);
                        self.record_drift(caller, EventKind::DriftChanged, &found).await?;
                        differences.push(found);
                    }
                }
            }
        }
        if provider.lists_live() {
            let there: HashMap<CredentialId, &Owned> =
                owned.iter().filter(|o| o.live).map(|o| (o.credential, o)).collect();
            let now = self.now();
            for credential in before.values().filter(|c| {
                c.state == CredentialState::Issued
                    && c.made.resource.name == place.name
                    && c.end > now
                    && !there.contains_key(&c.id)
                    && after.get(&c.id).is_some_and(|c| c.state == CredentialState::Issued)
            }) {
                let detail = "it was taken away by somebody else".to_owned();
                let (id, request) = (Some(credential.id), Some(credential.request));
                let found = found(Difference::Missing, &place.name, id, request, detail);
                self.record_drift(caller, EventKind::DriftMissing, &found).await?;
                differences.push(found);
            }
        }
        Ok(differences)
    }

    async fn open_on(&self, place: &Resource) -> Result<BTreeMap<CredentialId, Credential>, Error> {
        let open = self.store.open_credentials().await?;
        Ok(open
            .into_iter()
            .filter(|c| c.made.resource.name == place.name || c.made.resource.is_same_place(place))
            .map(|c| (c.id, c))
            .collect())
    }

    /// Ends what no open grant has.
    async fn orphan(
        &self,
        caller: Option<&Caller>,
        provider: &dyn Provider,
        place: &Resource,
        thing: &Owned,
        dry_run: bool,
    ) -> Result<Option<Found>, Error> {
        // It may be one whose end is being worked on: its request is not known here, its lock would be.
        let _lock = self.per_request.lock(Key::Credential(thing.credential)).await;
        let Some(handle) = self.orphan_handle(place, thing.credential) else {
            let detail = "no grant has it, and no role of the policy says what it may be".to_owned();
            return Ok(Some(found(Difference::Orphan, &place.name, Some(thing.credential), None, detail)));
        };
        match provider.verify_absent(&handle, self.now()).await {
            // Gone since the inventory was taken.
            Ok(Presence::Absent) => return Ok(None),
            Ok(Presence::Present(_)) | Err(_) => {}
        }
        let detail = "no open grant has it".to_owned();
        let mut found = found(Difference::Orphan, &place.name, Some(thing.credential), None, detail);
        if dry_run {
            return Ok(Some(found));
        }
        let ended = async {
            provider.revoke(&handle, self.now()).await?;
            provider.verify_absent(&handle, self.now()).await
        };
        match ended.await {
            Ok(Presence::Absent) => found.ended = true,
            Ok(Presence::Present(what)) => {
                found.detail = format!("{}; it is still there: {what}", found.detail);
            }
            Err(error) => {
                found.detail = format!("{}; it could not be ended: {}", found.detail, chain(&error));
            }
        }
        self.record_drift(caller, EventKind::DriftOrphan, &found).await?;
        Ok(Some(found))
    }

    fn orphan_handle(&self, place: &Resource, credential: CredentialId) -> Option<Handle> {
        let in_force = self.in_force();
        let role =
            in_force.policy.roles.values().find(|role| {
                role.resources.contains(&place.name) && role.gives.provider() == place.provider()
            })?;
        Some(Handle {
            credential,
            // Whose it was is not known; providers find things by the credential.
            request: RequestId::from_random([0; 8]),
            resource: place.clone(),
            gives: role.gives.clone(),
            end: self.now().plus(role.max_duration),
        })
    }

    async fn record_drift(
        &self,
        caller: Option<&Caller>,
        kind: EventKind,
        found: &Found,
    ) -> Result<(), Error> {
        tracing::warn!(resource = %found.resource, what = kind.as_str(), detail = %found.detail, "drift");
        // The sweep sees the same again and again: it is written once, until the server starts anew.
        let key = Told {
            resource: found.resource.clone(),
            credential: found.credential,
            kind,
            detail: found.detail.clone(),
        };
        if kind != EventKind::DriftOrphan
            && !self.drift_told.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(key)
        {
            return Ok(());
        }
        let mut draft = self.draft(kind, caller);
        draft.resource = Some(found.resource.clone());
        draft.credential = found.credential;
        draft.request = found.request;
        draft.why = vec![found.detail.clone()];
        let draft = draft.data("ended", found.ended);
        Ok(self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await?)
    }
}

fn found(
    what: Difference,
    resource: &Name,
    credential: Option<CredentialId>,
    request: Option<RequestId>,
    detail: String,
) -> Found {
    Found { what, resource: resource.clone(), credential, request, detail, ended: false }
}

#[cfg(test)]
#[path = "drift_tests.rs"]
mod tests;
