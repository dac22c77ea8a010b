//! What is known at the moment of a decision, beside the policy and the ask.

use std::sync::Arc;

use crate::api;
use crate::domain::{Name, Principal, Request, Time};
use crate::policy::{Facts, Policy, Role, TicketFact, World};
use crate::store::Scope;

use super::engine::{Caller, Engine};
use super::error::Error;
use super::pages::OPEN;

/// What was found out, to be weighed by a policy.
pub(super) struct Known {
    ticket: TicketFact,
    open: u32,
    debrief_open: bool,
    world: Arc<World>,
}

impl Known {
    pub fn facts(&self, now: Time) -> Facts<'_> {
        Facts {
            now,
            // No way of logging in proves a second factor yet: what asks for one is refused.
            mfa: None,
            ticket: self.ticket.clone(),
            open: self.open,
            debrief_open: self.debrief_open,
            world: &self.world,
        }
    }
}

impl Engine {
    /// For an ask. Nothing is asked outside for somebody whose role it is not.
    pub(super) async fn known_of_ask(
        &self,
        caller: &Caller,
        policy: &Policy,
        ask: &api::NewRequest,
    ) -> Result<Known, Error> {
        let world = self.world();
        let role = policy.roles.get(ask.role.as_str());
        let Some(role) = role.filter(|role| policy.may_request(role, &caller.actor, &world)) else {
            return Ok(Known { ticket: TicketFact::NotAsked, open: 0, debrief_open: false, world });
        };
        let human = &caller.actor.human;
        let open = match role.max_open {
            Some(_) => self.open_of(human, role).await?,
            None => 0,
        };
        let debrief_open = ask.break_glass
            && self.store.open_debriefs().await?.iter().any(|request| request.requester.human == *human);
        let ticket = match ask.break_glass {
            true => TicketFact::NotAsked,
            false => self.ticket_fact(policy, role, ask.ticket.as_deref(), caller.actor.name()).await,
        };
        Ok(Known { ticket, open, debrief_open, world })
    }

    /// For a request that is to be used or extended.
    pub(super) async fn known_of_request(&self, policy: &Policy, request: &Request) -> Known {
        let ticket = match policy.roles.get(&request.role).filter(|_| request.debrief.is_none()) {
            None => TicketFact::NotAsked,
            Some(role) => {
                self.ticket_fact(policy, role, request.ticket.as_deref(), request.requester.name()).await
            }
        };
        Known { ticket, open: 0, debrief_open: false, world: self.world() }
    }

    async fn ticket_fact(
        &self,
        policy: &Policy,
        role: &Role,
        ticket: Option<&str>,
        requester: &Name,
    ) -> TicketFact {
        let system = role.require.ticket_system.as_ref().and_then(|name| policy.ticket_systems.get(name));
        let (Some(system), Some(ticket)) = (system.filter(|system| system.check.is_some()), ticket) else {
            return TicketFact::NotAsked;
        };
        if !system.pattern.matches(ticket) {
            return TicketFact::NotAsked;
        }
        match self.outside.ask(system, ticket, requester).await {
            Ok(answer) => TicketFact::Standing(system.judge(&answer, requester)),
            Err(error) => TicketFact::Failed(super::error::chain(&error)),
        }
    }

    /// How many requests for the role the human has open, under any identity.
    async fn open_of(&self, human: &Principal, role: &Role) -> Result<u32, Error> {
        let mut open = 0u32;
        let mut pages = self.pages(Scope::Role(role.name.clone()), &OPEN);
        while let Some(page) = pages.next().await? {
            let theirs = page.iter().filter(|request| request.requester.human == *human).count();
            open = open.saturating_add(u32::try_from(theirs).unwrap_or(u32::MAX));
        }
        Ok(open)
    }
}
