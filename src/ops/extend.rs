//! More time for a live grant, and the talk after a break-glass.

use crate::api;
use crate::audit::EventKind;
use crate::domain::{Approvals, Conflict, Extension, Request, State, Time, Transition};
use crate::policy::{Recheck, Recheckable, Refusal};

use super::engine::{Caller, Decided, Engine};
use super::error::Error;
use super::per_request::Key;
use super::request::{bounded, bounded_comment};

impl Engine {
    /// Asks for more time, by the same decision that gave the grant: at once where the policy decides
    /// alone, else when the people of the role have agreed.
    pub async fn extend(&self, caller: &Caller, id: &str, ask: &api::Extend) -> Result<api::Request, Error> {
        bounded("reason", &ask.reason, 1000)?;
        let request = self.visible_or_refused(caller, id, EventKind::ExtensionRefused).await?;
        let _lock = self.per_request.lock(Key::Request(request.id)).await;
        match self.try_extend(caller, &request, ask).await {
            Ok(request) => Ok(self.view(caller, &request)),
            Err(error) => Err(self.refuse_on(EventKind::ExtensionRefused, caller, request.id, error).await),
        }
    }

    async fn try_extend(
        &self,
        caller: &Caller,
        request: &Request,
        ask: &api::Extend,
    ) -> Result<Request, Error> {
        if request.requester.principal != caller.actor.principal {
            return Err(Error::Forbidden("only the requester asks for more time".to_owned()));
        }
        let Some(window) = request.window.filter(|_| request.state == State::Active) else {
            return Err(match request.state {
                State::Pending => Error::StillPending(request.id),
                state => Error::Conflict(Conflict::State(state)),
            });
        };
        self.may_grant_under(&request.role)?;
        let (bounds, approvals) = match self.weigh(request, Recheckable::Extension { by: ask.by }).await? {
            Recheck::Allow { bounds, approvals, .. } => (bounds, approvals),
            Recheck::Refuse(refusals) => return Err(Error::Refused(refusals)),
        };
        let in_force = self.in_force();
        let role = in_force.policy.roles.get(&request.role);
        if role.is_some_and(|role| role.require.reason) && ask.reason.trim().is_empty() {
            return Err(Error::Refused(vec![Refusal::ReasonMissing]));
        }
        // Refused, never rounded: whoever asks is to know what they will have.
        let end = window.end.plus(ask.by);
        let longest = bounds.max.min(request.terms.max_total);
        if end > window.start.plus(longest) {
            return Err(Error::Conflict(Conflict::LongestTotal(longest)));
        }
        if let Some(until) = bounds.until.filter(|until| end > *until) {
            return Err(Error::Conflict(Conflict::EndsAt(until)));
        }
        let asked = |_: &Request, now: Time| {
            let extension = Extension {
                by: ask.by,
                reason: ask.reason.trim().to_owned(),
                asked: now,
                pending_until: now.plus(request.terms.pending_timeout),
                approvals: approvals.clone(),
                votes: Vec::new(),
            };
            let mut decided = Decided::new(Transition::AskExtension(extension), EventKind::ExtensionAsked);
            decided.data.push(("by", ask.by.to_string()));
            decided.data.push(("reason", ask.reason.trim().to_owned()));
            decided.data.push(("approvals", approvals.to_string()));
            Ok(decided)
        };
        let step = self.change(Some(caller), request.clone(), asked).await?;
        if approvals.is_auto() { self.extend_approved(caller, step.next).await } else { Ok(step.next) }
    }

    /// Moves the end, under the policy and the people of this moment. What the policy does not allow any
    /// more is dropped; what a lost vote stops waits for another. The caller holds the request's lock.
    pub(super) async fn extend_approved(&self, caller: &Caller, request: Request) -> Result<Request, Error> {
        let Some(by) = request.extension.as_ref().map(|extension| extension.by) else {
            return Err(Error::Conflict(Conflict::NoExtension));
        };
        let moved = match self.weigh(&request, Recheckable::Extension { by }).await? {
            Recheck::Allow { bounds, approvals, valid, .. } => {
                let extend = |_: &Request, _: Time| {
                    let (approvals, valid): (Approvals, _) = (approvals.clone(), valid.clone());
                    let transition = Transition::Extend { bounds, approvals, valid };
                    Ok(Decided::new(transition, EventKind::ExtensionApproved))
                };
                self.change(None, request.clone(), extend).await
            }
            Recheck::Refuse(refusals) => Err(Error::Refused(refusals)),
        };
        match moved {
            Ok(step) => Ok(step.next),
            Err(error @ Error::Conflict(Conflict::TooFewVotes { .. })) => Err(error),
            Err(error) => {
                let why = error.to_string();
                let drop = |_: &Request, _: Time| {
                    let mut decided = Decided::new(Transition::DropExtension, EventKind::ExtensionRefused);
                    decided.data.push(("because", why.clone()));
                    Ok(decided)
                };
                let _ = self.change(Some(caller), request, drop).await?;
                Err(error)
            }
        }
    }

    /// Somebody else has looked at what was done by break-glass.
    pub async fn debrief(
        &self,
        caller: &Caller,
        id: &str,
        ask: &api::DebriefVerdict,
    ) -> Result<api::Request, Error> {
        bounded_comment(ask.comment.as_deref())?;
        let request = self.visible_or_refused(caller, id, EventKind::AccessRefused).await?;
        let id = request.id;
        let _lock = self.per_request.lock(Key::Request(id)).await;
        let close = |request: &Request, _: Time| {
            if request.requester.human == caller.actor.human {
                return Err(Error::Conflict(Conflict::OwnRequest));
            }
            if !request.owes_debrief() {
                return Err(Error::Conflict(Conflict::NoDebrief));
            }
            if !self.in_force().policy.may_debrief(request, &caller.actor, &self.world()) {
                return Err(Error::Forbidden("the policy does not name you for this debrief".to_owned()));
            }
            let (verdict, comment) = (ask.verdict, ask.comment.clone());
            let transition =
                Transition::CloseDebrief { by: caller.actor.clone(), verdict, comment: comment.clone() };
            let mut decided = Decided::new(transition, EventKind::DebriefClosed);
            decided.data.push(("verdict", ask.verdict.to_string()));
            decided.data.extend(comment.map(|comment| ("comment", comment)));
            Ok(decided)
        };
        match self.change(Some(caller), request, close).await {
            Ok(step) => Ok(self.view(caller, &step.next)),
            Err(error) => Err(self.refuse_on(EventKind::AccessRefused, caller, id, error).await),
        }
    }
}
