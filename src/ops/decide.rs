//! Approving, denying, cancelling.

use std::collections::HashMap;

use crate::api;
use crate::audit::EventKind;
use crate::domain::request::Vote;
use crate::domain::{Conflict, Name, Principal, Request, RequestId, Time, Transition};
use crate::policy::Say;

use super::engine::{Caller, Decided, Engine};
use super::error::Error;
use super::per_request::Key;
use super::request::{bounded, bounded_comment};
use super::tool_roles::LOOKS_ON;

impl Engine {
    /// Counts the caller's yes, if it is for exactly what is filed, and theirs to give.
    pub async fn approve(
        &self,
        caller: &Caller,
        id: &str,
        ask: &api::Approve,
    ) -> Result<api::Request, Error> {
        bounded_comment(ask.comment.as_deref())?;
        let request = self.visible_or_refused(caller, id, EventKind::VoteRefused).await?;
        let id = request.id;
        let _lock = self.per_request.lock(Key::Request(id)).await;
        let humans = self.humans_behind_delegations(caller).await?;
        let vote = |request: &Request, now| {
            let say = self.may_decide(caller, request, now)?;
            let stage = request.current_stage().unwrap_or_default();
            let vote = Vote {
                by: caller.actor.clone(),
                on_behalf: say
                    .on_behalf
                    .as_ref()
                    .map(|name| humans.get(name).cloned().unwrap_or_else(|| self.named(name))),
                at: now,
                stage: u32::try_from(stage).unwrap_or(u32::MAX),
                shown: ask.shown,
                max: ask.max,
                comment: ask.comment.clone(),
            };
            let mut decided = Decided::new(Transition::Approve(vote), EventKind::VoteCast);
            decided.data.push(("shown", ask.shown.to_string()));
            decided.data.push(("stage", (stage + 1).to_string()));
            decided.data.extend(say.on_behalf.map(|name| ("on-behalf-of", name.to_string())));
            decided.data.extend(ask.max.map(|max| ("max", max.to_string())));
            decided.data.extend(ask.comment.clone().map(|comment| ("comment", comment)));
            Ok(decided)
        };
        match self.change(Some(caller), request, vote).await {
            // The last vote for more time gives it.
            Ok(step) if step.next.extension.is_some() && step.next.current_stage().is_none() => {
                let request = self.extend_approved(caller, step.next).await?;
                Ok(self.view(caller, &request))
            }
            Ok(step) => Ok(self.view(caller, &step.next)),
            Err(error) => Err(self.refuse_on(EventKind::VoteRefused, caller, id, error).await),
        }
    }

    pub async fn deny(&self, caller: &Caller, id: &str, ask: &api::Deny) -> Result<api::Request, Error> {
        bounded_comment(Some(&ask.comment))?;
        if ask.comment.trim().is_empty() {
            return Err(Error::Usage("a refusal says why: the comment is empty".to_owned()));
        }
        let request = self.visible_or_refused(caller, id, EventKind::VoteRefused).await?;
        let id = request.id;
        let _lock = self.per_request.lock(Key::Request(id)).await;
        let deny = |request: &Request, now| {
            let _ = self.may_decide(caller, request, now)?;
            let by = caller.actor.principal.clone();
            let mut decided = match &request.extension {
                Some(_) => Decided::new(Transition::DropExtension, EventKind::ExtensionDenied),
                None => Decided::new(
                    Transition::Deny { by, comment: ask.comment.clone() },
                    EventKind::RequestDenied,
                ),
            };
            decided.data.push(("comment", ask.comment.clone()));
            Ok(decided)
        };
        match self.change(Some(caller), request, deny).await {
            Ok(step) => Ok(self.view(caller, &step.next)),
            Err(error) => Err(self.refuse_on(EventKind::VoteRefused, caller, id, error).await),
        }
    }

    /// Takes the caller's own pending request back.
    pub async fn cancel(&self, caller: &Caller, id: &str, ask: &api::Cancel) -> Result<api::Request, Error> {
        bounded_comment(ask.comment.as_deref())?;
        let request = self.visible_or_refused(caller, id, EventKind::AccessRefused).await?;
        let id = request.id;
        let _lock = self.per_request.lock(Key::Request(id)).await;
        let cancel = |request: &Request, _now| {
            if request.requester.principal != caller.actor.principal {
                return Err(Error::Forbidden("only the requester cancels a request".to_owned()));
            }
            let by = caller.actor.principal.clone();
            Ok(match &request.extension {
                Some(_) => Decided::new(Transition::DropExtension, EventKind::ExtensionCancelled),
                None => {
                    let transition = Transition::Cancel { by: Some(by), comment: ask.comment.clone() };
                    Decided::new(transition, EventKind::RequestCancelled)
                }
            })
        };
        match self.change(Some(caller), request, cancel).await {
            Ok(step) => Ok(self.view(caller, &step.next)),
            Err(error) => Err(self.refuse_on(EventKind::AccessRefused, caller, id, error).await),
        }
    }

    /// The request, with an event where the caller may not know of it. What is not there makes the same
    /// event, so that not even the time it takes tells the two apart.
    pub(super) async fn visible_or_refused(
        &self,
        caller: &Caller,
        id: &str,
        kind: EventKind,
    ) -> Result<Request, Error> {
        bounded("id", id, 64)?;
        match self.visible(caller, id).await {
            Err(error @ Error::NotFound { .. }) => {
                let draft = self.draft(kind, Some(caller)).data("asked", id);
                Err(self.refuse(draft, error).await)
            }
            other => other,
        }
    }

    /// INVARIANT 2: only whom the policy names, at the stage that is deciding, whatever else they are.
    fn may_decide(&self, caller: &Caller, request: &Request, now: Time) -> Result<Say, Error> {
        if request.requester.human == caller.actor.human {
            return Err(Error::Conflict(Conflict::OwnRequest));
        }
        if caller.actor.kind == crate::domain::Kind::Service {
            return Err(Error::Conflict(Conflict::Service));
        }
        if caller.powers.only_looks {
            return Err(Error::Forbidden(LOOKS_ON.to_owned()));
        }
        if !request.awaits_decision() {
            return Err(Error::Conflict(Conflict::State(request.state)));
        }
        let in_force = self.in_force();
        let policy = &in_force.policy;
        if request.current_votes().iter().any(|vote| vote.by.human == caller.actor.human) {
            return Err(Error::Conflict(Conflict::VotedAlready));
        }
        let say = policy.say(request, &caller.actor, now, &self.world()).ok_or_else(|| {
            Error::Forbidden(format!("the policy does not name you as an approver of role {}", request.role))
        })?;
        policy.approving_open(&request.role, now).map_err(|refusal| Error::Refused(vec![refusal]))?;
        Ok(say)
    }

    /// Whether the caller's yes would count now, as far as lists show it.
    pub(super) fn may_approve_now(&self, caller: &Caller, request: &Request) -> bool {
        self.may_decide(caller, request, self.now()).is_ok()
    }

    /// The humans behind the names that have given their say to the caller: one human is one vote.
    async fn humans_behind_delegations(&self, caller: &Caller) -> Result<HashMap<Name, Principal>, Error> {
        let world = self.world();
        let from: Vec<&Name> = world
            .delegations
            .iter()
            .filter(|delegation| delegation.to == *caller.actor.name())
            .map(|delegation| &delegation.from)
            .collect();
        let issuer = self.issuer();
        let users = self.users_named(&from).await?;
        Ok(users.into_iter().map(|(name, user)| (name, user.actor(&issuer).human)).collect())
    }

    /// Somebody of that name in the directory of this engine.
    pub(super) fn named(&self, name: &Name) -> Principal {
        Principal { issuer: self.issuer(), subject: name.clone() }
    }

    /// Records the refusal of an action on a request that the caller may see.
    pub(super) async fn refuse_on(
        &self,
        kind: EventKind,
        caller: &Caller,
        id: RequestId,
        error: Error,
    ) -> Error {
        if matches!(error, Error::Store(_) | Error::Unavailable(_)) {
            return error;
        }
        let mut draft = self.draft(kind, Some(caller));
        draft.request = Some(id);
        // For rules over the log, which do not read sentences.
        if matches!(error, Error::Conflict(Conflict::OwnRequest)) {
            draft = draft.data("because", "own-request");
        }
        self.refuse(draft, error).await
    }
}
