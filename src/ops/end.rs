//! The end of access: revoke, expire, lapse, and trying again until the absence is confirmed.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crate::api::{self, Which};
use crate::audit::EventKind;
use crate::domain::request::Why;
use crate::domain::{Effect, Request, RequestId, Span, State, Time, Transition};
use crate::provider::Presence;
use crate::store::{Change, Credential, CredentialState, StoreError, Write};

use super::engine::{Caller, Decided, Engine};
use super::error::{Error, chain};
use super::pages::{OPEN, is_of};
use super::per_request::Key;
use super::request::bounded_comment;

/// How many that are due are read from the store at once.
const BATCH: usize = 1000;
/// The longest pause between two attempts to end the same access. There is no last attempt.
const LONGEST_PAUSE: Span = Span::clamped(30);

/// An end that did not succeed yet. In memory only: after a restart it is tried at once.
#[derive(Debug, Clone)]
pub(super) struct Retry {
    attempts: u32,
    next: Time,
    trouble: String,
}

/// What became of one attempt to end access.
#[derive(Debug)]
#[must_use]
struct Withdrawn {
    request: Request,
    legs: Vec<api::Withdrawal>,
    trouble: Option<String>,
}

fn told(error: Error) -> String {
    match error {
        Error::Provider(error) => chain(&error),
        error => api::Problem::from(error).message,
    }
}

fn millis_since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl Engine {
    /// Ends requests and grants, each on its own: one that fails does not keep the others.
    pub async fn revoke(&self, caller: &Caller, ask: &api::Revoke) -> Result<api::Revoked, Error> {
        bounded_comment(ask.comment.as_deref())?;
        let requests = match &ask.which {
            Which::Ids(ids) => {
                if ids.is_empty() {
                    return Err(Error::Usage("no request is named".to_owned()));
                }
                let mut requests = Vec::new();
                for id in ids {
                    let request = self.visible_or_refused(caller, id, EventKind::AccessRefused).await?;
                    let id = request.id;
                    if request.state.is_terminal() {
                        return Err(Error::Over { id, state: request.state });
                    }
                    if !self.may_end(caller, &request) {
                        let error = Error::Forbidden(
                            "only its requester, its approvers and administrators end it".into(),
                        );
                        return Err(self.refuse_on(EventKind::AccessRefused, caller, id, error).await);
                    }
                    requests.push(request);
                }
                requests
            }
            Which::Mine => self.open(caller, |r| r.requester.human == caller.actor.human).await?,
            Which::User(name) => self.open(caller, |request| is_of(request, name)).await?,
            Which::Role(role) => self.open(caller, |r| r.role == *role).await?,
            Which::All => self.open(caller, |_| true).await?,
        };
        let mut items = Vec::with_capacity(requests.len());
        for request in requests {
            items.push(self.end_one(caller, &request, ask.comment.as_deref()).await?);
        }
        Ok(api::Revoked { items })
    }

    /// Every open request that matches and that the caller may end.
    pub(super) async fn open(
        &self,
        caller: &Caller,
        wanted: impl Fn(&Request) -> bool,
    ) -> Result<Vec<Request>, Error> {
        let mut found: Vec<Request> = Vec::new();
        for scope in self.scopes(caller) {
            let mut pages = self.pages(scope, &OPEN);
            while let Some(page) = pages.next().await? {
                found.extend(page.into_iter().filter(|r| wanted(r) && self.may_end(caller, r)));
            }
        }
        found.sort_by_key(|request| request.id);
        found.dedup_by_key(|request| request.id);
        Ok(found)
    }

    fn may_end(&self, caller: &Caller, request: &Request) -> bool {
        caller.is_admin() || request.requester.human == caller.actor.human || self.concerns(caller, request)
    }

    /// Withdraws a pending request, or ends an approved or active one.
    pub(super) async fn end_one(
        &self,
        caller: &Caller,
        request: &Request,
        comment: Option<&str>,
    ) -> Result<api::RevokedItem, Error> {
        let started = Instant::now();
        let (withdrawn, closed_ms) = self.end_request(Some(caller), request, comment).await?;
        Ok(api::RevokedItem {
            confirmed: withdrawn.request.state.is_terminal(),
            request: self.view(caller, &withdrawn.request),
            closed_ms,
            credentials: withdrawn.legs,
            took_ms: millis_since(started),
            trouble: withdrawn.trouble,
        })
    }

    /// [`Engine::end_one`], by jit itself where there is no caller; true where the end is confirmed.
    pub(super) async fn end_by_rule(&self, request: &Request, why: &str) -> Result<bool, Error> {
        let (withdrawn, _) = self.end_request(None, request, Some(why)).await?;
        Ok(withdrawn.request.state.is_terminal())
    }

    /// Begins the end, by jit itself; the reconciler carries it to its end, so that no target keeps the others.
    pub(super) async fn begin_end(
        &self,
        request: &Request,
        why: &str,
        data: Vec<(&'static str, String)>,
    ) -> Result<(), Error> {
        let _lock = self.per_request.lock(Key::Request(request.id)).await;
        let end = |request: &Request, _: Time| {
            let event = match request.window {
                None => EventKind::GrantRevoked,
                Some(_) => EventKind::GrantEnding,
            };
            let transition = Transition::Revoke { by: None, comment: Some(why.to_owned()) };
            let mut decided = Decided::new(transition, event);
            decided.data.extend(data.iter().cloned());
            decided.data.push(("comment", why.to_owned()));
            Ok(decided)
        };
        match self.change(None, request.clone(), end).await {
            Ok(_) | Err(Error::Conflict(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn end_request(
        &self,
        caller: Option<&Caller>,
        request: &Request,
        comment: Option<&str>,
    ) -> Result<(Withdrawn, u64), Error> {
        let started = Instant::now();
        let _lock = self.per_request.lock(Key::Request(request.id)).await;
        let by = caller.map(|caller| caller.actor.principal.clone());
        let comment = comment.map(str::to_owned);
        let end = |request: &Request, now: Time| {
            let (by, comment) = (by.clone(), comment.clone());
            let data = comment.clone();
            let mut decided = match (request.state, by) {
                (State::Pending, by) => {
                    Decided::new(Transition::Cancel { by, comment }, EventKind::RequestCancelled)
                }
                (State::Approved, by) if request.window.is_none() => {
                    Decided::new(Transition::Revoke { by, comment }, EventKind::GrantRevoked)
                }
                // Its time was up first: `jit exec` gives back what ended under it.
                _ if request.window.is_some_and(|window| now >= window.end) => {
                    Decided::new(Transition::Expire, EventKind::GrantEnding)
                }
                (_, by) => Decided::new(Transition::Revoke { by, comment }, EventKind::GrantEnding),
            };
            decided.data.extend(data.map(|comment| ("comment", comment)));
            Ok(decided)
        };
        let changed = self.change(caller, request.clone(), end).await;
        let closed_ms = millis_since(started);
        let withdrawn = match changed {
            Ok(step) if step.effect == Some(Effect::Withdraw) => self.withdraw(step.next).await,
            Ok(step) => Withdrawn { request: step.next, legs: Vec::new(), trouble: None },
            // Somebody else ends it at this moment: help, and report what comes of it.
            Err(Error::Conflict(_)) => {
                let request =
                    self.store.request(request.id).await?.ok_or_else(|| Error::no_request(request.id))?;
                match request.state {
                    State::Ending => self.withdraw(request).await,
                    _ => Withdrawn { request, legs: Vec::new(), trouble: None },
                }
            }
            // INVARIANT 5: what cannot be recorded is ended all the same. The record follows when the
            // store works again, by the clock at the latest.
            Err(Error::Store(error @ StoreError::Io { .. })) => {
                self.withdraw_unrecorded(request, &error).await
            }
            Err(error) => return Err(error),
        };
        Ok((withdrawn, closed_ms))
    }

    /// Takes away every credential of a request that is `ending`, reads back, and says that it is over
    /// only then (INVARIANT 4). The caller holds the request's lock.
    async fn withdraw(&self, request: Request) -> Withdrawn {
        let (legs, result) = self.try_withdraw(&request).await;
        match result {
            Ok(next) => {
                self.retries.lock().unwrap_or_else(PoisonError::into_inner).remove(&next.id);
                Withdrawn { request: next, legs, trouble: None }
            }
            Err(trouble) => {
                self.try_again_later(&request, &trouble).await;
                Withdrawn { request, legs, trouble: Some(trouble) }
            }
        }
    }

    async fn try_withdraw(&self, request: &Request) -> (Vec<api::Withdrawal>, Result<Request, String>) {
        let credentials = match self.store.credentials(request.id).await {
            Ok(credentials) => credentials,
            Err(error) => return (Vec::new(), Err(told(error.into()))),
        };
        let open: Vec<Credential> =
            credentials.into_iter().filter(|c| c.state != CredentialState::Absent).collect();
        let legs = self.withdraw_each(&open).await;
        if let Some(trouble) = legs.iter().find_map(|leg| leg.trouble.clone()) {
            return (legs, Err(trouble));
        }
        let gone: Vec<Write> = open
            .into_iter()
            .map(|c| Write::PutCredential(Box::new(Credential { state: CredentialState::Absent, ..c })))
            .collect();
        let sessions: Option<u32> = legs.iter().filter_map(|leg| leg.sessions).reduce(u32::saturating_add);
        let event = match &request.outcome {
            Some(outcome) if outcome.why == Why::Expired => EventKind::GrantExpired,
            _ => EventKind::GrantRevoked,
        };
        let confirm = |_: &Request, _: Time| {
            let mut decided = Decided::new(Transition::ConfirmAbsent, event);
            decided.data.push(("credentials", gone.len().to_string()));
            decided.data.extend(sessions.map(|sessions| ("sessions", sessions.to_string())));
            decided.writes.clone_from(&gone);
            Ok(decided)
        };
        let confirmed = self.change(None, request.clone(), confirm).await;
        (legs, confirmed.map(|step| step.next).map_err(told))
    }

    /// Takes each away and reads back; one that fails does not keep the others.
    async fn withdraw_each(&self, open: &[Credential]) -> Vec<api::Withdrawal> {
        let mut legs = Vec::with_capacity(open.len());
        for credential in open {
            let started = Instant::now();
            let done = self.withdraw_one(credential, self.now()).await;
            let (sessions, trouble) = match done {
                Ok((revoked, Presence::Absent)) => (revoked.sessions, None),
                Ok((revoked, Presence::Present(what))) => {
                    (revoked.sessions, Some(format!("the access is still there: {what}")))
                }
                Err(error) => (None, Some(told(error))),
            };
            legs.push(api::Withdrawal {
                credential: credential.id,
                resource: credential.made.resource.name.clone(),
                provider: credential.made.resource.provider(),
                sessions,
                absent: trouble.is_none(),
                took_ms: millis_since(started),
                trouble,
            });
        }
        legs
    }

    /// Ends the access of a request whose change cannot be recorded.
    async fn withdraw_unrecorded(&self, request: &Request, error: &StoreError) -> Withdrawn {
        tracing::error!(request = %request.id, %error, "an end cannot be recorded; the access is ended all the same");
        let credentials = self.store.credentials(request.id).await.unwrap_or_default();
        let legs = self.withdraw_each(&credentials).await;
        let trouble = match legs.iter().find_map(|leg| leg.trouble.as_ref()) {
            Some(trouble) => format!("{error}; {trouble}"),
            None => format!("{error}; the access was ended, and the record will follow"),
        };
        let mut retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
        retries.insert(request.id, Retry { attempts: 1, next: self.now(), trouble: trouble.clone() });
        Withdrawn { request: request.clone(), legs, trouble: Some(trouble) }
    }

    async fn try_again_later(&self, request: &Request, trouble: &str) {
        let now = self.now();
        let attempts = {
            let mut retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
            let retry =
                retries.entry(request.id).or_insert(Retry { attempts: 0, next: now, trouble: String::new() });
            retry.attempts = retry.attempts.saturating_add(1);
            retry.trouble = trouble.to_owned();
            // 1, 2, 4 … 30 seconds: within 60 s of the target's return, however long it was away.
            let pause = Span::clamped(1u64 << (retry.attempts - 1).min(6)).min(LONGEST_PAUSE);
            retry.next = now.plus(pause);
            retry.attempts
        };
        // The first failure is an event, and then each doubling, so that a long outage does not fill the log.
        if attempts.is_power_of_two() {
            let draft = self.draft_on(EventKind::GrantEndFailed, None, request).data("attempt", attempts);
            let draft = draft.data("trouble", trouble);
            if let Err(error) = self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await {
                tracing::error!(%error, "a failed end could not be recorded");
            }
        }
        tracing::warn!(request = %request.id, attempts, %trouble, "access could not be ended yet");
    }

    /// Why an end was not confirmed yet.
    pub(super) fn trouble(&self, id: RequestId) -> Option<String> {
        let retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
        retries.get(&id).map(|retry| retry.trouble.clone())
    }

    pub(super) fn ending(&self) -> usize {
        self.retries.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Does what is due: time-outs lapse, grants at their end are withdrawn, failed ends are tried
    /// again. Returns when all is done, or after `patience`: a target that hangs goes on being waited
    /// for behind the caller's back, and keeps nobody else's end (INVARIANT 14).
    pub async fn reconcile(self: &Arc<Self>, patience: Duration) -> Result<(), Error> {
        let until = tokio::time::Instant::now() + patience;
        loop {
            let now = self.now();
            let due = self.store.due(now, BATCH).await?;
            let ready: Vec<RequestId> = {
                let retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
                let mut busy = self.ending_now.lock().unwrap_or_else(PoisonError::into_inner);
                due.iter()
                    .filter(|id| retries.get(*id).is_none_or(|retry| retry.next <= now))
                    .filter(|id| busy.insert(**id))
                    .copied()
                    .collect()
            };
            let count = ready.len();
            let mut tasks = tokio::task::JoinSet::new();
            for id in ready {
                let engine = Arc::clone(self);
                tasks.spawn(async move {
                    let done = engine.reconcile_one(id).await;
                    engine.ending_now.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                    done
                });
            }
            let all = async {
                while let Some(done) = tasks.join_next().await {
                    match done {
                        Ok(Ok(())) => {}
                        Ok(Err(error)) => tracing::error!(%error, "a due request could not be handled"),
                        Err(error) => tracing::error!(%error, "handling a due request failed"),
                    }
                }
            };
            let in_time = tokio::time::timeout_at(until, all).await.is_ok();
            tasks.detach_all();
            self.sign_checkpoint().await?;
            if !in_time || count == 0 || due.len() < BATCH {
                return Ok(());
            }
        }
    }

    async fn reconcile_one(&self, id: RequestId) -> Result<(), Error> {
        let _lock = self.per_request.lock(Key::Request(id)).await;
        let Some(request) = self.store.request(id).await? else { return Ok(()) };
        let _turn = self.turns.of(&request.resource).await;
        let due = |request: &Request, now: Time| Ok(self.what_is_due(request, now));
        let debrief = request.debrief_due().is_some_and(|due| due <= self.now());
        if request.state == State::Ending && !debrief {
            let _ = self.withdraw(request).await;
            return Ok(());
        }
        match self.change(None, request.clone(), due).await {
            Ok(step) if step.effect == Some(Effect::Withdraw) => {
                let _ = self.withdraw(step.next).await;
                Ok(())
            }
            Ok(_) => Ok(()),
            // Decided, used or ended between the reading and now.
            Err(Error::Conflict(_)) => Ok(()),
            Err(Error::Store(error @ StoreError::Io { .. })) if request.window.is_some() => {
                let _ = self.withdraw_unrecorded(&request, &error).await;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The one thing that the clock does next; what is due besides comes with the next look.
    fn what_is_due(&self, request: &Request, now: Time) -> Decided {
        let is_due = |at: Option<Time>| at.is_some_and(|at| at <= now);
        if is_due(request.debrief_due()) {
            let mut decided = Decided::new(Transition::DebriefOverdue, EventKind::DebriefOverdue);
            decided.data.extend(self.who_debriefs(request).map(|who| ("who", who)));
            return decided;
        }
        let (transition, event) = match (request.state, &request.extension) {
            (State::Pending, _) if now >= request.pending_until => {
                (Transition::Lapse, EventKind::RequestLapsed)
            }
            (State::Pending, _) if is_due(request.escalation_due()) => {
                (Transition::Escalate, EventKind::RequestEscalated)
            }
            (State::Pending, _) => (Transition::Remind, EventKind::RequestReminded),
            (State::Approved, _) if request.window.is_none() => (Transition::Lapse, EventKind::RequestLapsed),
            (State::Active, Some(extension))
                if now >= extension.pending_until && request.window.is_some_and(|w| now < w.end) =>
            {
                (Transition::DropExtension, EventKind::ExtensionLapsed)
            }
            _ => (Transition::Expire, EventKind::GrantEnding),
        };
        let mut decided = Decided::new(transition, event);
        if matches!(event, EventKind::RequestReminded | EventKind::RequestEscalated) {
            let escalated = request.escalated || event == EventKind::RequestEscalated;
            decided.data.extend(self.who_decides(request, escalated).map(|who| ("who", who)));
        }
        decided
    }
}
