//! Approving, denying, cancelling.

use crate::api;
use crate::audit::EventKind;
use crate::domain::request::Vote;
use crate::domain::{Conflict, Request, RequestId, Transition};

use super::engine::{Caller, Decided, Engine};
use super::error::Error;
use super::per_request::Key;
use super::request::{bounded, bounded_comment};

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
        let vote = |request: &Request, now| {
            self.may_decide(caller, request)?;
            let vote = Vote {
                by: caller.actor.clone(),
                at: now,
                shown: ask.shown,
                max: ask.max,
                comment: ask.comment.clone(),
            };
            let mut decided = Decided::new(Transition::Approve(vote), EventKind::VoteCast);
            decided.data.push(("shown", ask.shown.to_string()));
            decided.data.extend(ask.max.map(|max| ("max", max.to_string())));
            decided.data.extend(ask.comment.clone().map(|comment| ("comment", comment)));
            Ok(decided)
        };
        match self.change(Some(caller), request, vote).await {
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
        let deny = |request: &Request, _now| {
            self.may_decide(caller, request)?;
            if request.requester.human == caller.actor.human {
                return Err(Error::Conflict(Conflict::OwnRequest));
            }
            let by = caller.actor.principal.clone();
            let mut decided =
                Decided::new(Transition::Deny { by, comment: ask.comment.clone() }, EventKind::RequestDenied);
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
            let transition = Transition::Cancel { by, comment: ask.comment.clone() };
            Ok(Decided::new(transition, EventKind::RequestCancelled))
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

    /// INVARIANT 2: only whom the policy names, whatever else they are.
    fn may_decide(&self, caller: &Caller, request: &Request) -> Result<(), Error> {
        if request.requester.human == caller.actor.human {
            return Err(Error::Conflict(Conflict::OwnRequest));
        }
        let in_force = self.in_force();
        let role = in_force.policy.roles.get(&request.role);
        if role.is_some_and(|role| in_force.policy.may_approve(role, &caller.actor)) {
            return Ok(());
        }
        if caller.actor.kind == crate::domain::Kind::Service {
            return Err(Error::Conflict(Conflict::Service));
        }
        Err(Error::Forbidden(format!("the policy does not name you as an approver of role {}", request.role)))
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
        self.refuse(draft, error).await
    }
}
