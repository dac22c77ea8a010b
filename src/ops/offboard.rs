//! The end of a contractor: everything of theirs, one leg after the other, until all is confirmed.

use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

use crate::api::{self, Leg, LegOutcome, Offboarding, OffboardingLeg};
use crate::audit::EventKind;
use crate::domain::engagement::{EndCause, Ended, Standing};
use crate::domain::{Engagement, Name, Request, State, Time};
use crate::store::{Change, RecordKind, Scope, StoreError};

use super::documents::{Document, Stored};
use super::engine::{Caller, Engine};
use super::error::Error;
use super::pages::{OPEN, is_of};
use super::request::bounded_comment;

/// What the store keeps of one: the receipt, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    user: Name,
    receipt: Offboarding,
}

impl Document for Kept {
    const KIND: RecordKind = RecordKind::Offboarding;
    fn key(&self) -> String {
        self.user.to_string()
    }
}

impl Engine {
    /// Ends a contractor now, or at a time before the engagement's end: by their sponsor or an administrator.
    pub async fn offboard(
        &self,
        caller: &Caller,
        name: &Name,
        ask: &api::Offboard,
    ) -> Result<api::Contractor, Error> {
        bounded_comment(ask.reason.as_deref())?;
        let found = self.document::<Engagement>(name.as_str()).await?;
        let sees = |engagement: &Engagement| caller.is_admin() || engagement.sponsor == *caller.actor.name();
        let Some(mut stored) = found.filter(|stored| sees(&stored.document)) else {
            let error = Error::NotFound { what: "contractor", name: name.to_string() };
            let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "offboard");
            return Err(self.refuse(draft.data("user", name), error).await);
        };
        let now = self.now();
        match ask.at {
            Some(at) if at > now => {
                if stored.document.standing(now) == Standing::Over || at >= stored.document.until {
                    return Err(Error::Clash(format!(
                        "the engagement of {name} ends at {} already",
                        stored.document.until
                    )));
                }
                stored.document.until = at;
                let mut draft = self.told(EventKind::EngagementChanged, Some(caller), &stored.document);
                draft.why.extend(ask.reason.clone());
                self.store.commit(Change { writes: vec![stored.put()?], events: vec![draft] }).await?;
                self.load_roster().await?;
            }
            _ => {
                self.end_engagement(Some(caller), name, EndCause::Offboard, ask.reason.as_deref()).await?;
                self.continue_offboarding(Some(caller), name).await?;
            }
        }
        let found = self.document::<Engagement>(name.as_str()).await?;
        let found = found.ok_or(Error::NotFound { what: "contractor", name: name.to_string() })?;
        self.contractor_view(found.document).await
    }

    /// Whether somebody is a contractor whose engagement is over now, by this call or before it.
    pub(super) async fn end_engagement(
        &self,
        caller: Option<&Caller>,
        name: &Name,
        cause: EndCause,
        reason: Option<&str>,
    ) -> Result<bool, Error> {
        loop {
            let Some(mut stored) = self.document::<Engagement>(name.as_str()).await? else {
                return Ok(false);
            };
            if stored.document.ended.is_some() {
                return Ok(true);
            }
            let now = self.now();
            let reason = reason.map(str::to_owned);
            stored.document.ended = Some(Ended { at: now, cause, reason: reason.clone() });
            let receipt = Offboarding {
                begun: now,
                legs: Leg::ALL
                    .map(|leg| OffboardingLeg { leg, count: 0, outcome: LegOutcome::Waiting })
                    .to_vec(),
                done: None,
                took_in_ms: None,
            };
            let kept = Stored::new(Kept { user: name.clone(), receipt });
            let told = |kind| {
                let draft = self.draft(kind, caller).data("user", name).data("cause", cause);
                reason.iter().fold(draft, |draft, reason| draft.data("reason", reason))
            };
            let events = vec![told(EventKind::EngagementEnded), told(EventKind::OffboardingBegun)];
            match self.store.commit(Change { writes: vec![stored.put()?, kept.put()?], events }).await {
                Ok(()) => {
                    self.offboardings.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
                    self.load_roster().await?;
                    return Ok(true);
                }
                // Somebody else was first: look again.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Finds those that a stopped server has left.
    pub(super) async fn load_offboardings(&self) -> Result<(), Error> {
        let open =
            self.documents::<Kept>("").await?.into_iter().filter(|k| k.document.receipt.done.is_none());
        let names = open.map(|kept| kept.document.user).collect();
        *self.offboardings.lock().unwrap_or_else(PoisonError::into_inner) = names;
        Ok(())
    }

    /// Goes on with all that are not confirmed yet; one that fails does not keep the others.
    pub(super) async fn continue_offboardings(&self) -> Result<(), Error> {
        let open = self.offboardings.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for name in open {
            if let Err(error) = self.continue_offboarding(None, &name).await {
                tracing::error!(%error, user = %name, "an offboarding does not go on; trying again");
            }
        }
        Ok(())
    }

    /// Ends what is left, and writes the receipt. Every leg is tried, whatever becomes of the others.
    pub(super) async fn continue_offboarding(
        &self,
        caller: Option<&Caller>,
        name: &Name,
    ) -> Result<(), Error> {
        let Some(mut kept) = self.document::<Kept>(name.as_str()).await? else { return Ok(()) };
        if kept.document.receipt.done.is_some() {
            self.offboardings.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
            return Ok(());
        }
        let user = self.mark_disabled(caller, name).await;
        let mut results =
            vec![(Leg::Sessions, user.as_ref().map(|_| (1, true)).map_err(ToString::to_string))];
        let delegations = self.end_delegations_of(caller, name).await;
        results.push((Leg::Delegations, delegations.map(|count| (count, true)).map_err(|e| e.to_string())));
        if let Ok(user) = &user {
            let votes = self.withdraw_votes(caller, user).await;
            results.push((Leg::Votes, votes.map(|count| (count, true)).map_err(|error| error.to_string())));
        }
        for (leg, outcome) in self.end_requests_of(name).await {
            results.push((leg, outcome));
        }
        let before = kept.document.receipt.clone();
        let mut events = Vec::new();
        for (leg, result) in results {
            let Some(line) = kept.document.receipt.legs.iter_mut().find(|line| line.leg == leg) else {
                continue;
            };
            if line.outcome == LegOutcome::Done {
                continue;
            }
            let detail = match result {
                Ok((count, done)) => {
                    line.count = line.count.max(count);
                    if done {
                        line.outcome = LegOutcome::Done;
                    }
                    String::new()
                }
                Err(detail) => detail,
            };
            let draft = self.draft(EventKind::OffboardingLeg, caller).data("user", name).data("leg", leg);
            let draft = draft.data("count", line.count).data("outcome", line.outcome);
            events.push(if detail.is_empty() { draft } else { draft.data("detail", detail) });
        }
        let receipt = &mut kept.document.receipt;
        if receipt.legs.iter().all(|line| line.outcome == LegOutcome::Done) {
            let now = self.now();
            let took = u64::try_from(now.millis() - receipt.begun.millis()).unwrap_or(0);
            receipt.done = Some(now);
            receipt.took_in_ms = Some(took);
            let draft = self.draft(EventKind::OffboardingDone, caller);
            events.push(draft.data("user", name).data("took_in_ms", took));
        }
        // Waiting for the same as before is not told again.
        if *receipt != before {
            self.store.commit(Change { writes: vec![kept.put()?], events }).await?;
        }
        Ok(())
    }

    /// The legs of requests that nobody uses yet, and of grants.
    async fn end_requests_of(&self, name: &Name) -> [(Leg, Result<(usize, bool), String>); 2] {
        let open = match self.open_of_human(name).await {
            Ok(open) => open,
            Err(error) => {
                return [Leg::Requests, Leg::Grants].map(|leg| (leg, Err(error.to_string())));
            }
        };
        let (unused, grants): (Vec<Request>, Vec<Request>) =
            open.into_iter().partition(|r| r.state == State::Pending || r.window.is_none());
        let mut legs = Vec::new();
        for requests in [unused, grants] {
            let (count, mut done, mut trouble) = (requests.len(), true, None);
            for request in requests {
                match self.end_by_rule(&request, "the engagement is over").await {
                    Ok(confirmed) => done &= confirmed,
                    Err(error) => trouble = Some(error.to_string()),
                }
            }
            legs.push(trouble.map_or(Ok((count, done)), Err));
        }
        let mut legs = legs.into_iter();
        [Leg::Requests, Leg::Grants].map(|leg| (leg, legs.next().unwrap_or(Ok((0, true)))))
    }

    /// What is not over of a person, and of their aliases and services.
    pub(super) async fn open_of_human(&self, name: &Name) -> Result<Vec<Request>, Error> {
        let mut found = Vec::new();
        let mut pages = self.pages(Scope::All, &OPEN);
        while let Some(page) = pages.next().await? {
            found.extend(page.into_iter().filter(|request| is_of(request, name)));
        }
        Ok(found)
    }

    pub(super) async fn receipt(&self, name: &Name) -> Result<Option<Offboarding>, Error> {
        Ok(self.document::<Kept>(name.as_str()).await?.map(|kept| kept.document.receipt))
    }

    /// When the offboarding of somebody was confirmed; for tests and the evidence.
    pub async fn offboarded(&self, name: &Name) -> Result<Option<Time>, Error> {
        Ok(self.receipt(name).await?.and_then(|receipt| receipt.done))
    }
}
