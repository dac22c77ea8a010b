//! What is asked outside by the clock: who is on call, and whether the tickets of live grants are open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use crate::api;
use crate::audit::EventKind;
use crate::domain::{Kind, Name, Request, State, Time};
use crate::policy::model::Group;
use crate::policy::ticket::{TicketStanding, TicketSystem};
use crate::store::{Change, Scope};

use super::engine::{Caller, Engine};
use super::error::{Error, chain};

/// When each is to be asked again.
#[derive(Debug, Default)]
pub(super) struct Asked {
    on_call: BTreeMap<Name, Time>,
    tickets: BTreeMap<Name, Time>,
    /// What went wrong last, so that it is told once.
    troubles: BTreeMap<Name, String>,
}

impl Engine {
    /// Takes the delegations of the store into what decisions see.
    pub(super) async fn load_delegations(&self) -> Result<(), Error> {
        let delegations = self.store.delegations().await?;
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut world).delegations = delegations;
        Ok(())
    }

    /// Another policy may have other sources: all are asked at the next look.
    pub(super) fn ask_anew(&self) {
        self.asked_outside.lock().unwrap_or_else(PoisonError::into_inner).on_call.clear();
    }

    /// Asks for every group whose time has come. A group of which it cannot be told has nobody
    /// (INVARIANT 9).
    pub async fn ask_who_is_on_call(&self) {
        let in_force = self.in_force();
        for (name, group) in &in_force.policy.groups {
            let Group::OnCall(source) = group else { continue };
            let now = self.now();
            if !self.is_time(|asked| &mut asked.on_call, name, now, now.plus(source.refresh)) {
                continue;
            }
            let answer = match self.outside.on_call(source).await {
                Err(error) => Err(chain(&error)),
                Ok(names) => match names.iter().find(|name| !in_force.policy.people.contains_key(*name)) {
                    Some(stranger) => Err(format!("the policy does not know {stranger}")),
                    None => Ok(names),
                },
            };
            self.take_on_call(name, answer).await;
        }
    }

    async fn take_on_call(&self, group: &Name, answer: Result<BTreeSet<Name>, String>) {
        let (names, trouble) = match answer {
            Ok(names) => (names, None),
            Err(trouble) => (BTreeSet::new(), Some(trouble)),
        };
        let changed = {
            let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
            let before = world.on_call.get(group);
            let changed = before.is_none_or(|before| *before != names);
            if changed {
                Arc::make_mut(&mut world).on_call.insert(group.clone(), names.clone());
            }
            changed
        };
        let new_trouble = {
            let mut asked = self.asked_outside.lock().unwrap_or_else(PoisonError::into_inner);
            let before = match &trouble {
                Some(trouble) => asked.troubles.insert(group.clone(), trouble.clone()),
                None => asked.troubles.remove(group),
            };
            before != trouble
        };
        if !changed && !new_trouble {
            return;
        }
        let listed: Vec<&str> = names.iter().map(Name::as_str).collect();
        let mut draft = self
            .draft(EventKind::OnCallChanged, None)
            .data("group", group)
            .data("members", listed.join(", "));
        if let Some(trouble) = &trouble {
            tracing::warn!(%group, %trouble, "it cannot be told who is on call, so nobody is");
            draft = draft.data("trouble", trouble);
        }
        if let Err(error) = self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await {
            tracing::error!(%error, "who is on call could not be recorded");
        }
    }

    /// Asks again for the tickets of all approved and active requests, and ends those whose ticket is
    /// closed. A system that does not answer ends nothing that is live: it grants nothing new either.
    pub async fn poll_tickets(&self) -> Result<(), Error> {
        let in_force = self.in_force();
        let now = self.now();
        let due: Vec<&TicketSystem> = in_force
            .policy
            .ticket_systems
            .values()
            .filter(|system| {
                system.check.as_ref().is_some_and(|check| {
                    self.is_time(|asked| &mut asked.tickets, &system.name, now, now.plus(check.poll))
                })
            })
            .collect();
        if due.is_empty() {
            return Ok(());
        }
        let held = self.with_tickets().await?;
        for system in due {
            let theirs = held.iter().filter(|r| r.terms.ticket_system.as_ref() == Some(&system.name));
            let mut answers = BTreeMap::new();
            for request in theirs {
                let Some(ticket) = &request.ticket else { continue };
                if !answers.contains_key(ticket) {
                    let answer = self.outside.ask(system, ticket, request.requester.name()).await;
                    answers.insert(ticket.clone(), answer);
                }
                match answers.get(ticket) {
                    Some(Ok(answer)) => {
                        if let TicketStanding::Closed { state } =
                            system.judge(answer, request.requester.name())
                        {
                            self.end_with_ticket(request, &state).await?;
                        }
                    }
                    Some(Err(error)) => {
                        tracing::warn!(system = %system.name, error = %chain(error), "a ticket could not be asked for");
                    }
                    None => {}
                }
            }
        }
        Ok(())
    }

    /// Somebody tells that a ticket changed. It is asked for at once; where the policy has only a pattern
    /// for it, an administrator's word is what there is.
    pub async fn ticket_changed(
        &self,
        caller: &Caller,
        ask: &api::TicketChanged,
    ) -> Result<api::TicketEnded, Error> {
        super::request::bounded("ticket", &ask.ticket, 100)?;
        if !caller.is_admin() && caller.actor.kind != Kind::Service {
            let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "ticket");
            let why = "only services and administrators tell of tickets".to_owned();
            return Err(self.refuse(draft, Error::Forbidden(why)).await);
        }
        let in_force = self.in_force();
        let mut ended = Vec::new();
        for request in self.with_tickets().await? {
            if request.ticket.as_deref() != Some(ask.ticket.as_str()) {
                continue;
            }
            let name = request.terms.ticket_system.as_ref();
            let Some(system) = name.and_then(|name| in_force.policy.ticket_systems.get(name)) else {
                continue;
            };
            let closed = match &system.check {
                None => caller.is_admin().then(|| "closed".to_owned()),
                Some(_) => {
                    let answer = self.outside.ask(system, &ask.ticket, request.requester.name()).await;
                    let answer = answer.map_err(|error| Error::Unavailable(chain(&error)))?;
                    match system.judge(&answer, request.requester.name()) {
                        TicketStanding::Closed { state } => Some(state),
                        TicketStanding::Good | TicketStanding::NotAssigned { .. } => None,
                    }
                }
            };
            if let Some(state) = closed {
                self.end_with_ticket(&request, &state).await?;
                ended.push(request.id);
            }
        }
        Ok(api::TicketEnded { ended })
    }

    async fn with_tickets(&self) -> Result<Vec<Request>, Error> {
        let mut found = Vec::new();
        let mut pages = self.pages(Scope::All, &[State::Approved, State::Active]);
        while let Some(page) = pages.next().await? {
            found.extend(page.into_iter().filter(|request| request.terms.ticket_system.is_some()));
        }
        Ok(found)
    }

    async fn end_with_ticket(&self, request: &Request, state: &str) -> Result<(), Error> {
        let ticket = request.ticket.clone().unwrap_or_default();
        let comment = format!("its ticket is no longer open: {state}");
        self.begin_end(request, &comment, vec![("ticket", ticket)]).await
    }

    /// Whether it is time to ask for that one; if so, `next` is the next time.
    fn is_time(
        &self,
        of: impl Fn(&mut Asked) -> &mut BTreeMap<Name, Time>,
        name: &Name,
        now: Time,
        next: Time,
    ) -> bool {
        let mut asked = self.asked_outside.lock().unwrap_or_else(PoisonError::into_inner);
        let times = of(&mut asked);
        if times.get(name).is_some_and(|due| now < *due) {
            return false;
        }
        times.insert(name.clone(), next);
        true
    }
}
