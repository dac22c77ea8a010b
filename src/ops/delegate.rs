//! A say that its owner gives to somebody else for a while.

use crate::api;
use crate::audit::EventKind;
use crate::domain::{Delegation, Kind, Name, Span};
use crate::store::{Change, StoreError, Write};

use super::engine::{Caller, Engine};
use super::error::Error;

/// Whoever is away for longer is no approver.
const LONGEST: Span = Span::clamped(31 * 86_400);
/// How far ahead one may begin.
const AHEAD: Span = Span::clamped(90 * 86_400);

impl Engine {
    /// Lets somebody else decide in the caller's place. What they may decide by it is looked up at each
    /// vote: never on a request of either of the two, and never by a say that was itself given.
    pub async fn delegate(&self, caller: &Caller, ask: &api::Delegate) -> Result<api::Delegation, Error> {
        match self.try_delegate(caller, ask).await {
            Ok(delegation) => Ok(self.delegation_view(delegation)),
            Err(error @ (Error::Store(_) | Error::Usage(_))) => Err(error),
            Err(error) => {
                let draft = self.draft(EventKind::DelegationRefused, Some(caller)).data("to", &ask.to);
                Err(self.refuse(draft, error).await)
            }
        }
    }

    async fn try_delegate(&self, caller: &Caller, ask: &api::Delegate) -> Result<Delegation, Error> {
        let now = self.now();
        let since = ask.since.unwrap_or(now).max(now);
        if ask.since.is_some_and(|since| since > now.plus(AHEAD)) {
            return Err(Error::Usage(format!("a delegation begins within {AHEAD}")));
        }
        if ask.until <= since || ask.until > since.plus(LONGEST) {
            return Err(Error::Usage(format!(
                "a delegation ends after its start, and within {LONGEST} of it"
            )));
        }
        if caller.actor.kind != Kind::Person {
            return Err(Error::Forbidden("a service has no say to give".to_owned()));
        }
        let (in_force, world) = (self.in_force(), self.world());
        let policy = &in_force.policy;
        // First: whoever has no say is not told who else is here.
        let has_say = |role: &crate::policy::Role| {
            ask.role.as_ref().is_none_or(|only| *only == role.name)
                && policy.decides_by_own_right(role, &caller.actor, &world)
        };
        if !policy.roles.values().any(has_say) {
            return Err(match &ask.role {
                Some(role) => Error::NotFound { what: "role", name: role.to_string() },
                None => {
                    Error::Forbidden("the policy does not name you as an approver of anything".to_owned())
                }
            });
        }
        let missing = || Error::NotFound { what: "user", name: ask.to.to_string() };
        // Somebody outside the policy would be a mistake, and a service has no vote.
        let known = policy.people.get(&ask.to).is_some_and(|person| person.kind == Kind::Person);
        let user = self.store.user(&ask.to).await?.filter(|user| user.disabled.is_none() && known);
        let user = user.filter(|user| user.kind == Kind::Person).ok_or_else(missing)?;
        if user.human == caller.actor.human.subject {
            return Err(Error::Usage("that is yourself".to_owned()));
        }
        let delegation = Delegation {
            from: caller.actor.name().clone(),
            to: ask.to.clone(),
            role: ask.role.clone(),
            since,
            until: ask.until,
        };
        let mut draft = self
            .draft(EventKind::DelegationAdded, Some(caller))
            .data("to", &delegation.to)
            .data("since", delegation.since)
            .data("until", delegation.until);
        if let Some(role) = &delegation.role {
            draft = draft.data("role", role);
        }
        let writes = vec![Write::PutDelegation(delegation.clone())];
        self.store.commit(Change { writes, events: vec![draft] }).await?;
        self.load_delegations().await?;
        Ok(delegation)
    }

    /// Takes it back: votes that were cast under it and are not used yet count no more.
    pub async fn undelegate(&self, caller: &Caller, ask: &api::Undelegate) -> Result<(), Error> {
        let from = match &ask.from {
            Some(from) if from != caller.actor.name() && !caller.is_admin() => {
                let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "undelegate");
                let why = "only administrators end what others have delegated".to_owned();
                return Err(self.refuse(draft, Error::Forbidden(why)).await);
            }
            Some(from) => from.clone(),
            None => caller.actor.name().clone(),
        };
        self.remove_delegation(Some(caller), &from, &ask.to).await.map_err(|error| match error {
            Error::Store(StoreError::Conflict) => {
                Error::NotFound { what: "delegation", name: format!("from {from} to {}", ask.to) }
            }
            error => error,
        })
    }

    async fn remove_delegation(&self, caller: Option<&Caller>, from: &Name, to: &Name) -> Result<(), Error> {
        let draft = self.draft(EventKind::DelegationRemoved, caller).data("from", from).data("to", to);
        let writes = vec![Write::RemoveDelegation { from: from.clone(), to: to.clone() }];
        self.store.commit(Change { writes, events: vec![draft] }).await?;
        self.load_delegations().await
    }

    /// Those from and to somebody who was disabled.
    pub(super) async fn end_delegations_of(
        &self,
        caller: Option<&Caller>,
        name: &Name,
    ) -> Result<usize, Error> {
        let mut count = 0;
        for delegation in self.store.delegations().await? {
            if delegation.from == *name || delegation.to == *name {
                match self.remove_delegation(caller, &delegation.from, &delegation.to).await {
                    Ok(()) => count += 1,
                    // Somebody else did.
                    Err(Error::Store(StoreError::Conflict)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(count)
    }

    /// What the caller has given and was given; an administrator sees all. Those that are over are left
    /// out.
    pub async fn delegations(&self, caller: &Caller) -> Result<api::Delegations, Error> {
        let (now, me) = (self.now(), caller.actor.name());
        let all = self.store.delegations().await?;
        let delegations = all
            .into_iter()
            .filter(|d| now < d.until && (caller.sees_all() || d.from == *me || d.to == *me))
            .map(|delegation| self.delegation_view(delegation))
            .collect();
        Ok(api::Delegations { delegations })
    }

    fn delegation_view(&self, delegation: Delegation) -> api::Delegation {
        let now = self.now();
        api::Delegation {
            in_force: delegation.is_in_force(now),
            until_in_s: delegation.until.secs_after(now),
            from: delegation.from,
            to: delegation.to,
            role: delegation.role,
            since: delegation.since,
            until: delegation.until,
        }
    }
}
