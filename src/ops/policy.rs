//! Taking a policy into force.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, PoisonError};

use crate::api::{self, Held};
use crate::audit::EventKind;
use crate::domain::{Name, Time};
use crate::policy::tools::who::{Filter, who};
use crate::policy::{Policy, Refusal};
use crate::store::{Change, RoleGeneration, Write};

use super::engine::{Caller, Engine, Home, InForce};
use super::error::Error;

/// A policy as it was read from its folder.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub policy: Policy,
    /// Its own test cases, all passed, where they were run.
    pub tests: Option<usize>,
}

impl From<Policy> for Loaded {
    fn from(policy: Policy) -> Self {
        Self { policy, tests: None }
    }
}

/// Why a policy folder is not taken into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Quotes nothing of the policy: anybody may know it.
    pub what: String,
    /// One line for each error.
    pub details: Vec<String>,
}

impl From<&str> for Trouble {
    fn from(what: &str) -> Self {
        Self { what: what.to_owned(), details: Vec::new() }
    }
}

/// "what: detail; detail", with the first of many.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = 10;
        f.write_str(&self.what)?;
        let separators = std::iter::once(": ").chain(std::iter::repeat("; "));
        for (separator, detail) in separators.zip(self.details.iter().take(MOST)) {
            write!(f, "{separator}{detail}")?;
        }
        match self.details.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// A policy folder that was not taken into force.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    trouble: Trouble,
    held: Held,
    since: Time,
}

impl Engine {
    /// Takes the policy into force, durably: a role that was not in the one before is a new role, whatever
    /// it is called, so that no earlier vote counts for it.
    pub async fn take_policy(&self, loaded: impl Into<Loaded>) -> Result<(), Error> {
        let Loaded { policy, tests } = loaded.into();
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
        let mut draft = self
            .draft(EventKind::PolicyLoaded, None)
            .data("digest", policy.digest)
            .data("files", policy.files)
            .data("roles", policy.roles.len());
        if let Some(tests) = tests {
            draft = draft.data("tests", tests);
        }
        for (what, roles) in differences(&before, &list) {
            draft = draft.data(what, roles);
        }
        // Each command of the local backend loads the policy; only one that changed is news.
        if self.home == Home::Directory || list != before {
            let writes = vec![Write::PutRoleGenerations(list)];
            self.store.commit(Change { writes, events: vec![draft] }).await?;
        }
        let in_force = Arc::new(InForce { policy, tests, since: self.now(), generations });
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = in_force;
        *self.policy_trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.ask_anew();
        self.look_at_trainings_now();
        // Which groups the directory fills is said by the policy.
        self.load_roster().await
    }

    /// Keeps the policy in force where the folder's new one is not whole, and says so.
    ///
    /// `held`: what may not be granted until it is mended.
    pub async fn keep_policy(&self, trouble: Trouble, held: Held) {
        let draft = self.draft(EventKind::PolicyRefused, None).data("trouble", &trouble).data("held", &held);
        // First of all nothing more is granted: the log may be slow.
        *self.policy_trouble.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Kept { trouble, held, since: self.now() });
        if let Err(error) = self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await {
            tracing::error!(%error, "a refused policy could not be recorded");
        }
    }

    fn kept(&self) -> Option<Kept> {
        self.policy_trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// INVARIANT 5: a policy folder that is not whole blocks what would be granted under the parts of it
    /// that changed, and nothing else.
    pub(super) fn may_grant_under(&self, role: &Name) -> Result<(), Error> {
        let kept = self.policy_trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.as_ref().filter(|kept| kept.held.holds(role)) {
            None => Ok(()),
            Some(_) => Err(Error::Unavailable(format!(
                "the server's policy folder is not whole: nothing new is granted for role {role} until it is mended"
            ))),
        }
    }

    /// How the policy is. What quotes it is for those who see the whole of it, and role names are for those who may know
    /// them (INVARIANT 10).
    pub fn policy_status(&self, caller: &Caller) -> api::PolicyStatus {
        let in_force = self.in_force();
        let policy = &in_force.policy;
        let trouble = self.kept().map(|kept| api::PolicyTrouble {
            what: kept.trouble.what,
            details: if caller.powers.sees_policy() { kept.trouble.details } else { Vec::new() },
            since: kept.since,
            held: self.known_to(caller, kept.held),
        });
        api::PolicyStatus {
            digest: policy.digest,
            since: (self.home == Home::Directory).then_some(in_force.since),
            whole: trouble.is_none(),
            has: caller.powers.sees_policy().then(|| api::PolicyHas {
                files: policy.files,
                roles: policy.roles.len(),
                tests: in_force.tests,
            }),
            trouble,
        }
    }

    /// Who reaches what by the policy in force, for those who see the whole of it.
    pub async fn who_reaches(
        &self,
        caller: &Caller,
        query: &api::WhoQuery,
    ) -> Result<api::WhoReaches, Error> {
        let may = caller.powers.sees_policy();
        self.only(may, caller, "policy authors, auditors and administrators", "see the whole policy").await?;
        let mut filter = Filter {
            labels: BTreeMap::new(),
            resource: query.resource.clone(),
            role: query.role.clone(),
            requester: query.requester.clone(),
            alone: query.alone,
        };
        for label in query.labels.iter().flat_map(|labels| labels.split(',')) {
            let (name, value) = label
                .split_once('=')
                .ok_or_else(|| Error::Usage(format!("{label:?} is not written as LABEL=VALUE")))?;
            filter.labels.insert(name.to_owned(), value.to_owned());
        }
        let in_force = self.in_force();
        if let Some((what, name)) = filter.unknown(&in_force.policy) {
            return Err(Error::NotFound { what, name });
        }
        // Of a large policy it takes a while, which is nobody else's.
        let rows = tokio::task::spawn_blocking(move || {
            let rows = who(&in_force.policy, &filter);
            rows.iter().map(serde_json::value::to_raw_value).collect::<Result<Vec<_>, _>>()
        });
        match rows.await {
            Ok(Ok(rows)) => Ok(api::WhoReaches { rows }),
            _ => Err(Error::Unavailable("the policy could not be looked through".to_owned())),
        }
    }

    /// Without the roles that the caller may not know of.
    fn known_to(&self, caller: &Caller, held: Held) -> Held {
        let Held::Roles(mut roles) = held else { return held };
        if !caller.powers.sees_policy() {
            let (in_force, world, now) = (self.in_force(), self.world(), self.now());
            let policy = &in_force.policy;
            roles.retain(|name| {
                policy.roles.get(name).is_some_and(|role| {
                    caller.may_know_role(role, policy, now, &world)
                        // More than the lists of roles show: whoever is told of a break-glass sees the
                        // requests made by it, and the role's name with them.
                        || policy.may_ever_look(role, &caller.actor, now, &world)
                })
            });
        }
        Held::Roles(roles)
    }

    pub async fn health(&self, caller: &Caller) -> api::Health {
        let kept = self.kept();
        // A checkpoint is a write that nobody has to ask for.
        let recording = self.sign_checkpoint_now().await.is_ok();
        api::Health {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: self.now(),
            recording,
            ending: self.ending(),
            policy_trouble: kept.as_ref().map(|Kept { trouble, .. }| {
                if caller.powers.sees_policy() { trouble.to_string() } else { trouble.what.clone() }
            }),
            policy_held: kept.map(|kept| self.known_to(caller, kept.held)),
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
        if !caller.may_know_role(found, policy, self.now(), &world) {
            return Err(missing());
        }
        let may_request = policy.may_request(found, &caller.actor, &world);
        let mut wanting = Vec::new();
        if !may_request {
            wanting.push("the policy does not name you as a requester of this role".to_owned());
        }
        if may_request {
            let (now, me) = (self.now(), &caller.actor);
            let unmet =
                found.require.duties.iter().filter_map(|duty| policy.proved(duty, me, now, &world).err());
            wanting.extend(unmet.map(|refusal| refusal.to_string()));
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
            let ticket = match (&found.require.ticket, &found.require.ticket_system) {
                (None, None) => "",
                _ => " --ticket ID",
            };
            format!(
                "jit request {}{} --for {} --reason TEXT{ticket}",
                found.name,
                on.unwrap_or_default(),
                found.max_duration,
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

/// The roles that are new, gone, or of another meaning, by name, where any are; none for the first policy,
/// of which all would be new.
fn differences(before: &[RoleGeneration], after: &[RoleGeneration]) -> Vec<(&'static str, String)> {
    if before.is_empty() {
        return Vec::new();
    }
    let [was, is] = [before, after].map(|list| {
        list.iter().map(|r| (&r.role, r.digest)).collect::<BTreeMap<&Name, crate::domain::Digest>>()
    });
    let added = is.keys().filter(|name| !was.contains_key(*name));
    let removed = was.keys().filter(|name| !is.contains_key(*name));
    let changed = is.iter().filter(|(name, digest)| was.get(*name).is_some_and(|old| old != *digest));
    [
        ("added", some_of(added.copied())),
        ("removed", some_of(removed.copied())),
        ("changed", some_of(changed.map(|(name, _)| *name))),
    ]
    .into_iter()
    .filter_map(|(what, names)| Some((what, names?)))
    .collect()
}

/// The names, or the first of many: an event is of a readable size.
fn some_of<'a>(names: impl Iterator<Item = &'a Name>) -> Option<String> {
    const MOST: usize = 20;
    let names: Vec<&str> = names.map(Name::as_str).collect();
    let first = names.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => None,
        n if n > MOST => Some(format!("{first} and {} more", n - MOST)),
        _ => Some(first),
    }
}
