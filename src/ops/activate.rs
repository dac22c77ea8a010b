//! Using an approved request: the intent, the provider, the result.

use crate::api;
use crate::audit::EventKind;
use crate::domain::{
    Conflict, CredentialAsk, CredentialId, Digest, Effect, Gives, Material, Request, RequestId, Resource,
    State, Time, Transition,
};
use crate::policy::{Recheck, Recheckable};
use crate::provider::{Handle, Intent, Presence, Revoked};
use crate::store::{Change, Credential, CredentialState, Made, Write};

use super::engine::{Caller, Decided, Engine, random};
use super::error::Error;
use super::per_request::Key;

/// Credentials of one grant. A CI job that asks again and again with new keys is stopped here.
const MOST_CREDENTIALS: usize = 64;

impl Engine {
    /// Makes a credential of an approved or active request, for its requester only.
    ///
    /// The clock starts with the first. The same public key gets the same credential again.
    pub async fn credential(
        &self,
        caller: &Caller,
        id: &str,
        ask: &CredentialAsk,
    ) -> Result<api::Credential, Error> {
        let id = self.visible_or_refused(caller, id, EventKind::CredentialRefused).await?.id;
        // INVARIANT 3 and the end of a grant: a credential is made and recorded before anything else
        // happens to the request in this process; other processes meet the guard on the revision.
        let _lock = self.per_request.lock(Key::Request(id)).await;
        match self.make_credential(caller, id, ask).await {
            Ok((request, credential, material)) => {
                let ends_in_s = credential.end.secs_after(self.now());
                let request = self.view(caller, &request);
                Ok(api::Credential { request, id: credential.id, material, ends: credential.end, ends_in_s })
            }
            Err(error) => Err(self.refuse_on(EventKind::CredentialRefused, caller, id, error).await),
        }
    }

    async fn make_credential(
        &self,
        caller: &Caller,
        id: RequestId,
        ask: &CredentialAsk,
    ) -> Result<(Request, Credential, Material), Error> {
        let request = self.store.request(id).await?.ok_or_else(|| Error::no_request(id))?;
        if request.requester.principal != caller.actor.principal {
            return Err(Error::Forbidden("only the requester uses a request".to_owned()));
        }
        match request.state {
            State::Pending => return Err(Error::StillPending(id)),
            State::Approved | State::Active => {}
            state => return Err(Error::Over { id, state }),
        }
        let allowed = self.recheck(&request).await?;
        let kind = allowed.gives.provider();
        if !ask.suits(kind) {
            return Err(Error::Usage(format!(
                "the role gives access by {kind}, and this asks for something else"
            )));
        }
        let ask_digest = Digest::of(ask.text().as_bytes());
        let made = self.store.credentials(id).await?;
        let same = made.iter().find(|c| c.ask == ask_digest && c.state == CredentialState::Issued);
        if let Some(same) = same.filter(|same| self.now() < same.end) {
            let material = match &same.material {
                Some(material) => material.clone(),
                // What was given holds a secret, so it was not kept: the provider gives the same access again.
                None => self.provider(kind)?.grant(&intent(same, &request, ask)).await?,
            };
            return Ok((request, same.clone(), material));
        }
        self.may_grant_under(&request.role)?;
        if request.terms.single_use
            && made.iter().any(|credential| credential.state != CredentialState::Absent)
        {
            return Err(Error::Conflict(Conflict::SingleUse));
        }
        if made.len() >= MOST_CREDENTIALS {
            return Err(Error::Forbidden(format!(
                "this request has had {MOST_CREDENTIALS} credentials already"
            )));
        }
        let resource = self
            .in_force()
            .policy
            .resources
            .get(&request.resource)
            .cloned()
            .ok_or_else(|| Error::no_request(id))?;
        let provider = self.provider(resource.provider())?;
        provider.preflight(&resource).await?;

        // INVARIANT 1: the intent is durable before the provider acts.
        let credential_id = CredentialId::from_random(random()?);
        let (request, credential) =
            self.record_intent(caller, &request, &allowed, credential_id, ask_digest, resource).await?;
        match provider.grant(&intent(&credential, &request, ask)).await {
            Ok(material) => {
                let issued = Credential {
                    state: CredentialState::Issued,
                    material: material.is_public().then(|| material.clone()),
                    ..credential.clone()
                };
                match self.record_issued(caller, &request, &issued).await {
                    Ok(request) => Ok((request, issued, material)),
                    // It exists and cannot be recorded as made, so it is not given out.
                    Err(error) => {
                        self.undo_intent(&request, &credential).await;
                        Err(error)
                    }
                }
            }
            Err(error) => {
                self.undo_intent(&request, &credential).await;
                Err(error.into())
            }
        }
    }

    /// INVARIANT 2, checked again at each use: with the policy and the people of this moment.
    async fn recheck(&self, request: &Request) -> Result<Allowed, Error> {
        match self.weigh(request, Recheckable::Use).await? {
            Recheck::Allow { bounds, approvals, valid, gives } => {
                let further = Transition::Reissue { approvals: approvals.clone(), valid: valid.clone() };
                Ok(Allowed { first: Transition::Intend { bounds, approvals, valid }, further, gives })
            }
            Recheck::Refuse(refusals) => Err(Error::Refused(refusals)),
        }
    }

    /// The policy's word on a request that was filed, with the people and the facts of this moment.
    pub(super) async fn weigh(&self, request: &Request, what: Recheckable) -> Result<Recheck, Error> {
        // Those whose standing counts: who asked, who voted, and the people behind them.
        let votes = request.votes.iter().chain(request.current_votes());
        let votes =
            votes.flat_map(|vote| [Some(&vote.by.principal), Some(&vote.by.human), vote.on_behalf.as_ref()]);
        let requester = [Some(&request.requester.principal), Some(&request.requester.human)];
        let names: Vec<_> =
            requester.into_iter().chain(votes).flatten().map(|principal| &principal.subject).collect();
        let users = self.users_named(&names).await?;
        let in_force = self.in_force();
        let generation = in_force.generation(&request.role);
        let known = self.known_of_request(&in_force.policy, request).await;
        let facts = known.facts(self.now());
        Ok(in_force.policy.recheck(request, what, generation, &facts, |actor| self.is_active(&users, actor)))
    }

    async fn record_intent(
        &self,
        caller: &Caller,
        request: &Request,
        allowed: &Allowed,
        id: CredentialId,
        ask: Digest,
        resource: Resource,
    ) -> Result<(Request, Credential), Error> {
        let now = self.now();
        let transition = match request.state {
            State::Active => allowed.further.clone(),
            _ => allowed.first.clone(),
        };
        let step = request.step(transition, now)?;
        let (Some(window), Some(Effect::Grant)) = (step.next.window, step.effect) else {
            return Err(Error::Conflict(Conflict::State(request.state)));
        };
        let credential = Credential {
            id,
            request: request.id,
            state: CredentialState::Intended,
            end: window.end,
            ask,
            material: None,
            made: Made { resource, gives: allowed.gives.clone() },
        };
        let mut draft = self.draft_on(EventKind::CredentialIntended, Some(caller), &step.next);
        draft.credential = Some(id);
        let draft = draft.data("start", window.start).data("end", window.end);
        let writes = vec![
            Write::UpdateRequest(Box::new(step.next.clone())),
            Write::PutCredential(Box::new(credential.clone())),
        ];
        self.store.commit(Change { writes, events: vec![draft] }).await?;
        self.per_request.changed(request.id, step.next.revision);
        Ok((step.next, credential))
    }

    async fn record_issued(
        &self,
        caller: &Caller,
        request: &Request,
        issued: &Credential,
    ) -> Result<Request, Error> {
        let mut draft = self.draft_on(EventKind::CredentialIssued, Some(caller), request);
        draft.credential = Some(issued.id);
        let mut events = vec![draft.data("end", issued.end)];
        let mut writes = vec![Write::PutCredential(Box::new(issued.clone()))];
        let mut next = request.clone();
        if request.state == State::Approved {
            next = request.step(Transition::Activate, self.now())?.next;
            writes.push(Write::UpdateRequest(Box::new(next.clone())));
            events.push(self.draft_on(EventKind::GrantActive, Some(caller), &next).data("end", issued.end));
        }
        self.store.commit(Change { writes, events }).await?;
        self.per_request.changed(next.id, next.revision);
        Ok(next)
    }

    /// Takes back what the provider may have made for an intent whose result is not recorded, and gives
    /// the intent up. What does not work now is done again by the reconciler at the grant's end, or by
    /// [`Engine::recover`] at the next start.
    pub(super) async fn undo_intent(&self, request: &Request, credential: &Credential) {
        let now = self.now();
        match self.withdraw_one(credential, now).await {
            Ok((_, Presence::Absent)) => {}
            Ok((_, Presence::Present(what))) => {
                tracing::error!(request = %request.id, %what, "a credential that was not recorded is still there");
                return;
            }
            Err(error) => {
                tracing::error!(request = %request.id, %error, "a credential that was not recorded cannot be removed");
                return;
            }
        }
        let gone = Credential { state: CredentialState::Absent, ..credential.clone() };
        let others = self.store.credentials(request.id).await.unwrap_or_default();
        let last = others.iter().all(|c| c.id == gone.id || c.state == CredentialState::Absent);
        // A window that no credential has ever opened has not begun; one that another may have opened
        // stays, so that its end is not forgotten.
        let transition = |request: &Request, _: Time| match request.state {
            State::Approved if last => {
                let mut decided = Decided::new(Transition::GiveUpIntent, EventKind::CredentialFailed);
                decided.writes.push(Write::PutCredential(Box::new(gone.clone())));
                decided.data.push(("credential", gone.id.to_string()));
                Ok(decided)
            }
            state => Err(Error::Conflict(Conflict::State(state))),
        };
        let result = match self.change(None, request.clone(), transition).await {
            Err(Error::Conflict(_)) => {
                let mut draft = self.draft_on(EventKind::CredentialFailed, None, request);
                draft.credential = Some(gone.id);
                let writes = vec![Write::PutCredential(Box::new(gone.clone()))];
                self.store.commit(Change { writes, events: vec![draft] }).await.map_err(Error::from)
            }
            other => other.map(|_| ()),
        };
        if let Err(error) = result {
            tracing::error!(request = %request.id, %error, "the failure of a credential could not be recorded");
        }
    }

    /// Revokes one credential at its target, and reads back.
    pub(super) async fn withdraw_one(
        &self,
        credential: &Credential,
        now: Time,
    ) -> Result<(Revoked, Presence), Error> {
        let provider = self.provider(credential.made.resource.provider())?;
        let handle = self.handle(credential);
        let revoked = provider.revoke(&handle, now).await?;
        Ok((revoked, provider.verify_absent(&handle, now).await?))
    }

    /// Where the credential is: where it was made, reached as today's policy says.
    pub(super) fn handle(&self, credential: &Credential) -> Handle {
        let made = &credential.made;
        let today = self.in_force().policy.resources.get(&made.resource.name).cloned();
        let resource = today.filter(|today| today.is_same_place(&made.resource));
        Handle {
            credential: credential.id,
            request: credential.request,
            resource: resource.unwrap_or_else(|| made.resource.clone()),
            gives: made.gives.clone(),
            end: credential.end,
        }
    }

    /// After a crash: what was intended and not recorded as made is taken back (INVARIANT 13).
    pub(super) async fn recover(&self) -> Result<(), Error> {
        for credential in self.store.open_credentials().await? {
            if credential.state != CredentialState::Intended {
                continue;
            }
            if let Some(request) = self.store.request(credential.request).await?
                && matches!(request.state, State::Approved | State::Active)
            {
                self.undo_intent(&request, &credential).await;
            }
        }
        Ok(())
    }
}

/// The intent that the record tells of.
fn intent(credential: &Credential, request: &Request, ask: &CredentialAsk) -> Intent {
    Intent {
        credential: credential.id,
        request: request.id,
        resource: credential.made.resource.clone(),
        gives: credential.made.gives.clone(),
        start: request.window.map_or(request.created, |window| window.start),
        end: credential.end,
        ask: ask.clone(),
    }
}

struct Allowed {
    first: Transition,
    further: Transition,
    gives: Gives,
}
