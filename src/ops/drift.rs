//! Drift: what stands on the targets beside what the records say.

use std::collections::{HashMap, HashSet};

use crate::api::{self, Difference, Found};
use crate::audit::EventKind;
use crate::domain::{CredentialId, Name, RequestId, Resource, Time};
use crate::provider::{Handle, Owned, Presence};
use crate::store::{Change, Credential, CredentialState};

use super::engine::{Caller, Engine};
use super::error::{Error, chain};
use super::per_request::Key;

/// One target, as it was found.
struct Seen {
    owned: Vec<Owned>,
    /// Of the records, what has to be there; none where the target does not list what gives access.
    issued: Vec<CredentialId>,
}

/// What has to be known of an open credential to judge what was found.
struct Record {
    request: RequestId,
    resource: Name,
    state: CredentialState,
    end: Time,
}

impl From<&Credential> for Record {
    fn from(credential: &Credential) -> Self {
        Self {
            request: credential.request,
            resource: credential.made.resource.name.clone(),
            state: credential.state,
            end: credential.end,
        }
    }
}

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
        if !caller.is_admin() {
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
        // The records are read before and after: what is made or ended in between is no drift.
        let before = self.store.open_credentials().await?;
        let places = self.places(&before);
        let mut seen = Vec::with_capacity(places.len());
        for place in &places {
            seen.push(self.look(place, &before).await);
        }
        drop(before);
        let after = self.store.open_credentials().await?;
        let after: HashMap<CredentialId, Record> = after.iter().map(|c| (c.id, c.into())).collect();
        let mut found = Vec::new();
        for (place, seen) in places.iter().zip(seen) {
            match seen {
                Ok(seen) => found.extend(self.compare(caller, place, &seen, &after, dry_run).await?),
                Err(detail) => {
                    found.push(difference(Difference::Unknown, &place.name, None, None, detail));
                }
            }
        }
        found.sort_by(|a, b| (&a.resource, a.what, a.credential).cmp(&(&b.resource, b.what, b.credential)));
        Ok(api::Drift { dry_run, resources: places.len(), found })
    }

    /// Every resource of today's policy, and every other on which a credential is still open.
    fn places(&self, open: &[Credential]) -> Vec<Resource> {
        let in_force = self.in_force();
        let mut places: Vec<Resource> = in_force.policy.resources.values().cloned().collect();
        for Credential { made, .. } in open {
            let made = &made.resource;
            if !places.iter().any(|place| place.name == made.name && place.is_same_place(made)) {
                places.push(made.clone());
            }
        }
        places
    }

    /// What is on one target, and what the records say of it; why not, where it cannot be asked.
    async fn look(&self, place: &Resource, open: &[Credential]) -> Result<Seen, String> {
        let provider = self.provider(place.provider()).map_err(|error| error.to_string())?;
        let here = open.iter().filter(|c| c.made.resource.is_same_place(place));
        let (known, issued) = if provider.lists_live() {
            let issued = |c: &&Credential| {
                c.state == CredentialState::Issued && c.made.resource.name == place.name && c.end > self.now()
            };
            let issued = here.clone().filter(issued).map(|c| c.id).collect();
            (here.map(|credential| self.handle(credential)).collect(), issued)
        } else {
            (Vec::new(), Vec::new())
        };
        let owned = provider.inventory(place, &known, self.now()).await.map_err(|error| chain(&error))?;
        Ok(Seen { owned, issued })
    }

    async fn compare(
        &self,
        caller: Option<&Caller>,
        place: &Resource,
        seen: &Seen,
        after: &HashMap<CredentialId, Record>,
        dry_run: bool,
    ) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        let live = || seen.owned.iter().filter(|thing| thing.live);
        for thing in live() {
            let Some(record) = after.get(&thing.credential) else {
                found.extend(self.orphan(caller, place, thing, dry_run).await?);
                continue;
            };
            if !thing.changes.is_empty() && record.resource == place.name {
                let (id, request) = (Some(thing.credential), Some(record.request));
                let changes = thing.changes.join("; ");
                found.push(difference(Difference::Changed, &place.name, id, request, changes));
            }
        }
        let there: HashSet<CredentialId> = live().map(|thing| thing.credential).collect();
        for id in seen.issued.iter().filter(|id| !there.contains(id)) {
            // Ended in between, or its time is up.
            let Some(record) = after.get(id).filter(|record| record.end > self.now()) else { continue };
            if record.state == CredentialState::Issued {
                let detail = "it was taken away by somebody else".to_owned();
                let request = Some(record.request);
                found.push(difference(Difference::Missing, &place.name, Some(*id), request, detail));
            }
        }
        for found in &found {
            match found.what {
                Difference::Changed => self.record_drift(caller, EventKind::DriftChanged, found).await?,
                Difference::Missing => self.record_drift(caller, EventKind::DriftMissing, found).await?,
                // Recorded when it was ended.
                Difference::Orphan | Difference::Unknown => {}
            }
        }
        Ok(found)
    }

    /// Ends what no open grant has.
    async fn orphan(
        &self,
        caller: Option<&Caller>,
        place: &Resource,
        thing: &Owned,
        dry_run: bool,
    ) -> Result<Option<Found>, Error> {
        let provider = self.provider(place.provider())?;
        // It may be one whose end is being worked on: its request is not known here, its lock would be.
        let _lock = self.per_request.lock(Key::Credential(thing.credential)).await;
        let Some(handle) = self.orphan_handle(place, thing.credential) else {
            let detail = "no grant has it, and no role of the policy says what it may be".to_owned();
            return Ok(Some(difference(
                Difference::Orphan,
                &place.name,
                Some(thing.credential),
                None,
                detail,
            )));
        };
        match provider.verify_absent(&handle, self.now()).await {
            // Gone since the inventory was taken.
            Ok(Presence::Absent) => return Ok(None),
            Ok(Presence::Present(_)) | Err(_) => {}
        }
        let detail = "no open grant has it".to_owned();
        let mut found = difference(Difference::Orphan, &place.name, Some(thing.credential), None, detail);
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

fn difference(
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
