//! Taking a policy into force.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, PoisonError};

use crate::api;
use crate::audit::EventKind;
use crate::domain::Name;
use crate::policy::{Policy, Refusal};
use crate::store::{Change, RoleGeneration, Write};

use super::engine::{Caller, Engine, Home, InForce};
use super::error::Error;

/// A policy folder that was not taken into force.
#[derive(Debug, Clone)]
pub(super) struct Trouble {
    pub what: String,
    pub held: Held,
}

/// What is not granted while a policy folder is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    Everything,
    Roles(BTreeSet<Name>),
}

impl Held {
    fn holds(&self, role: &Name) -> bool {
        match self {
            Self::Everything => true,
            Self::Roles(roles) => roles.contains(role),
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Roles(roles) => f.write_str(&roles.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")),
        }
    }
}

impl Engine {
    /// Takes the policy into force, durably: a role that was not in the one before is a new role, whatever
    /// it is called, so that no earlier vote counts for it.
    pub async fn take_policy(&self, policy: Policy) -> Result<(), Error> {
        let before = self.store.role_generations().await?;
        let known: BTreeMap<&Name, u64> = before.iter().map(|r| (&r.role, r.generation)).collect();
        // Counted over all roles that ever were, so that a removed role's number does not come again.
        let head = self.store.log_head().await?.size;
        let list: Vec<RoleGeneration> = policy
            .roles
            .values()
            .map(|role| RoleGeneration {
                role: role.name.clone(),
                generation: known.get(&role.name).copied().unwrap_or(head + 1),
                digest: role.digest,
            })
            .collect();
        let generations = list.iter().map(|r| (r.role.clone(), r.generation)).collect();
        let draft = self
            .draft(EventKind::PolicyLoaded, None)
            .data("digest", policy.digest)
            .data("roles", policy.roles.len());
        // Each command of the local backend loads the policy; only one that changed is news.
        if self.home == Home::Directory || list != before {
            let writes = vec![Write::PutRoleGenerations(list)];
            self.store.commit(Change { writes, events: vec![draft] }).await?;
        }
        let in_force = Arc::new(InForce { policy, generations });
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = in_force;
        *self.policy_trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.ask_anew();
        Ok(())
    }

    /// Keeps the policy in force where the folder's new one is not whole, and says so.
    ///
    /// `held`: what may not be granted until it is mended.
    pub async fn keep_policy(&self, trouble: String, held: Held) {
        let draft = self.draft(EventKind::PolicyRefused, None).data("trouble", &trouble).data("held", &held);
        if let Err(error) = self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await {
            tracing::error!(%error, "a refused policy could not be recorded");
        }
        *self.policy_trouble.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Trouble { what: trouble, held });
    }

    /// INVARIANT 5: a policy folder that is not whole blocks what would be granted under the parts of it
    /// that changed, and nothing else.
    pub(super) fn may_grant_under(&self, role: &Name) -> Result<(), Error> {
        let trouble = self.policy_trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble.as_ref().filter(|trouble| trouble.held.holds(role)) {
            None => Ok(()),
            Some(_) => Err(Error::Unavailable(format!(
                "the server's policy folder is not whole: nothing new is granted for role {role} until it is mended"
            ))),
        }
    }

    pub async fn health(&self) -> api::Health {
        let policy_trouble = {
            let trouble = self.policy_trouble.lock().unwrap_or_else(PoisonError::into_inner);
            trouble.as_ref().map(|trouble| trouble.what.clone())
        };
        // A checkpoint is a write that nobody has to ask for.
        let recording = self.sign_checkpoint_now().await.is_ok();
        api::Health {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: self.now(),
            recording,
            ending: self.ending(),
            policy_trouble,
        }
    }

    /// May the caller ask for the role, how long, who decides, what is missing.
    pub async fn explain(
        &self,
        caller: &Caller,
        role: &str,
        resource: Option<&str>,
    ) -> Result<api::Explanation, Error> {
        let in_force = self.in_force();
        let policy = &in_force.policy;
        let missing = || Error::NotFound { what: "role", name: role.to_owned() };
        let found = policy.roles.get(role).ok_or_else(missing)?;
        let world = self.world();
        let may_request = policy.may_request(found, &caller.actor, &world);
        if !may_request && !policy.may_ever_decide(found, &caller.actor, self.now(), &world) && !caller.admin
        {
            return Err(missing());
        }
        let mut wanting = Vec::new();
        if !may_request {
            wanting.push("the policy does not name you as a requester of this role".to_owned());
        }
        let resource = match policy.resource_of(found, resource) {
            Ok(resource) => Some(resource),
            // Which one is for the ask to say.
            Err(Refusal::WhichResource { .. }) => None,
            Err(refusal) => {
                wanting.push(refusal.to_string());
                None
            }
        };
        let on = resource.map(|resource| &resource.name).or_else(|| found.resources.first());
        let deciders = match (found.stages.first(), on) {
            (Some(stage), Some(on)) => policy.deciders(stage, on, &caller.actor, &world),
            _ => BTreeSet::new(),
        };
        let deciders: Vec<&Name> = deciders.into_iter().collect();
        let users = self.users_named(&deciders).await?;
        // Named in the policy, and not enrolled, disabled, or the same person: cannot decide.
        let can = |name: &Name| {
            let user = users.get(name);
            user.is_some_and(|u| u.disabled.is_none() && u.human != caller.actor.human.subject)
        };
        let approvers: Vec<Name> = deciders.into_iter().filter(|name| can(name)).cloned().collect();
        // Of the first stage: those after it are asked when their turn comes.
        let needed = found.stages.first().map_or(0, |stage| stage.approvals);
        if self.home == Home::OperatingSystem && needed > 0 && found.auto_approve.is_none() {
            wanting.push("a role that people decide about needs a server".to_owned());
        } else if u32::try_from(approvers.len()).unwrap_or(u32::MAX) < needed {
            wanting
                .push(format!("{needed} approvals are needed, and {} others can give one", approvers.len()));
        }
        let example = may_request.then(|| {
            let on = match resource {
                _ if found.resources.len() == 1 => None,
                Some(resource) => Some(format!(" --on {}", resource.name)),
                None => Some(" --on RESOURCE".to_owned()),
            };
            let ticket = found
                .require
                .ticket
                .as_ref()
                .map(|_| ())
                .or(found.require.ticket_system.as_ref().map(|_| ()))
                .map(|()| " --ticket ID");
            format!(
                "jit request {}{} --for {} --reason TEXT{}",
                found.name,
                on.unwrap_or_default(),
                found.max_duration,
                ticket.unwrap_or_default()
            )
        });
        Ok(api::Explanation {
            role: self.role_view(caller, policy, found),
            because: policy.through(found, &caller.actor, &world).iter().map(ToString::to_string).collect(),
            approvers,
            pending_timeout: found.pending_timeout,
            claim_timeout: found.claim_timeout,
            missing: wanting,
            example,
        })
    }
}
