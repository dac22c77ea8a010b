//! Roles of jit's own: who is administrator, policy author, auditor, reviewer.
//!
//! The administrators stand in the directory itself, the others as a document for each name.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use crate::api;
use crate::audit::EventKind;
use crate::domain::{Actor, Kind, Name, Powers, Principal, Purpose, Time, ToolRole, ToolRoles};
use crate::policy::Policy;
use crate::store::{Change, RecordKind, User, Write};

use super::documents::{Document, Stored};
use super::engine::{Caller, Engine, Home};
use super::error::Error;

/// Why an auditor is refused.
pub(super) const LOOKS_ON: &str = "you are an auditor: you see everything, and change nothing";

/// What a name was given, beside administrator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    user: Name,
    roles: BTreeMap<ToolRole, By>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct By {
    by: Principal,
    at: Time,
}

impl Document for Given {
    const KIND: RecordKind = RecordKind::ToolRole;
    fn key(&self) -> String {
        self.user.to_string()
    }
}

/// Everybody who holds a role, as last read: each call asks for its caller's.
#[derive(Debug, Default)]
pub(super) struct Kept {
    known: RwLock<Option<Arc<Vec<Holder>>>>,
    /// Held from a check to its commit, and while they are read: what was read before a change is never kept
    /// after it.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Holder {
    actor: Actor,
    roles: ToolRoles,
}

impl Kept {
    fn get(&self) -> Option<Arc<Vec<Holder>>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, known: Option<Arc<Vec<Holder>>>) {
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    }

    /// What was read is out of date.
    pub async fn forget(&self) {
        let _turn = self.turn.lock().await;
        self.set(None);
    }
}

impl Engine {
    async fn holders(&self) -> Result<Arc<Vec<Holder>>, Error> {
        if let Some(known) = self.tool_roles.get() {
            return Ok(known);
        }
        let _turn = self.tool_roles.turn.lock().await;
        if let Some(known) = self.tool_roles.get() {
            return Ok(known);
        }
        let read = Arc::new(self.read_holders().await?);
        self.tool_roles.set(Some(Arc::clone(&read)));
        Ok(read)
    }

    async fn read_holders(&self) -> Result<Vec<Holder>, Error> {
        let mut given: BTreeMap<Name, ToolRoles> = BTreeMap::new();
        for Stored { document, .. } in self.documents::<Given>("").await? {
            given.insert(document.user, document.roles.into_keys().collect());
        }
        let mut holders = Vec::new();
        for user in self.store.users().await?.into_iter().filter(|user| user.disabled.is_none()) {
            let mut roles = given.remove(&user.name).unwrap_or_default();
            if user.admin {
                roles.add(ToolRole::Administrator);
            }
            if !roles.is_empty() {
                holders.push(Holder { actor: user.actor(&self.issuer()), roles });
            }
        }
        Ok(holders)
    }

    /// What the user may do in jit itself, as of now.
    pub(super) async fn powers_of(&self, user: &User) -> Result<Powers, Error> {
        if self.home == Home::OperatingSystem {
            return Ok(Powers::administrator());
        }
        let holders = self.holders().await?;
        let (in_force, world) = (self.in_force(), self.world());
        let policy = &in_force.policy;
        let actor = user.actor(&self.issuer());
        let (own, all) = held(&holders, &actor, |other| policy.same_human(other, &actor));
        let mut powers = Powers::of(&own, &all, &policy.together);
        // The directory's own word counts, whatever was read before.
        if !user.admin {
            powers.roles.remove(ToolRole::Administrator);
        }
        // A contractor without a live engagement holds nothing; an administrator is none.
        if !powers.is_administrator() && !policy.may_hold(&actor, self.now(), &world) {
            let gone = std::mem::take(&mut powers.roles);
            gone.iter().for_each(|role| powers.idle.add(role));
        }
        Ok(powers)
    }

    /// For lists: what they hold.
    pub(super) async fn held_by(&self, user: &User) -> Result<api::HeldToolRoles, Error> {
        match user.disabled {
            None if user.kind == Kind::Person => Ok(self.powers_of(user).await?.into()),
            _ => Ok(api::HeldToolRoles::default()),
        }
    }

    /// Refuses an auditor what changes anything. Every call that does not only read goes through here
    /// (INVARIANT 10); `what` is the call's, never the caller's text.
    pub async fn may_change(&self, caller: &Caller, what: &str) -> Result<(), Error> {
        if !caller.powers.only_looks {
            return Ok(());
        }
        let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", what);
        let error = Error::Forbidden(LOOKS_ON.to_owned());
        Err(self.refuse(draft, error).await)
    }

    /// Gives somebody a role in jit itself. Repeated, it does what a failed attempt has left.
    pub async fn grant_tool_role(
        &self,
        caller: &Caller,
        ask: &api::ToolRoleOf,
    ) -> Result<api::ToolRolesOf, Error> {
        self.only_admin(caller, "grant roles in jit").await?;
        let turn = self.tool_roles.turn.lock().await;
        let checked = self.may_hold(caller, ask).await;
        let (user, others) = match checked {
            Ok(checked) => checked,
            Err(error) => {
                let draft =
                    self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "grant a role in jit");
                return Err(self.refuse(draft.data("user", &ask.user).data("role", ask.role), error).await);
            }
        };
        if let Some(write) = self.grant_write(caller, &user, ask.role).await? {
            let mut draft = self
                .draft(EventKind::UserRoleGranted, Some(caller))
                .data("user", &user.name)
                .data("role", ask.role);
            if !others.is_empty() {
                draft = draft.data("together_with", others);
            }
            // Also where it may have failed.
            self.tool_roles.set(None);
            let change = Change { writes: vec![write], events: vec![draft] };
            self.commit_or_clash(change, "it was changed at the same time; look again").await?;
        }
        drop(turn);
        if ask.role == ToolRole::Auditor && self.powers_of(&user).await?.only_looks {
            self.end_say_of(caller, &user).await?;
        }
        let user = self.user_of(&ask.user).await?;
        Ok(api::ToolRolesOf { in_jit: self.held_by(&user).await?, user: user.name })
    }

    async fn user_of(&self, name: &Name) -> Result<User, Error> {
        let user = self.store.user(name).await?.filter(|user| user.disabled.is_none());
        user.ok_or(Error::NotFound { what: "user", name: name.to_string() })
    }

    /// The user, and the other roles of that person, where the caller may give them this one.
    async fn may_hold(&self, caller: &Caller, ask: &api::ToolRoleOf) -> Result<(User, ToolRoles), Error> {
        let user = self.user_of(&ask.user).await?;
        if user.kind != Kind::Person {
            return Err(Error::Usage(format!("{} is a service: people hold roles in jit", user.name)));
        }
        let (in_force, world) = (self.in_force(), self.world());
        let policy = &in_force.policy;
        let actor = user.actor(&self.issuer());
        not_themselves(policy, caller, &actor)?;
        // Whoever audits from outside is a contractor like any other, and is no more than that.
        if ask.role != ToolRole::Auditor && policy.is_outside(&actor, &world) {
            let why = format!("{} is a contractor, who can be auditor and nothing else in jit", user.name);
            return Err(Error::Forbidden(why));
        }
        let others = self.beside(&actor, ask.role).await?;
        if ask.role == ToolRole::Auditor {
            for name in self.names_of_human(&actor).await? {
                let open = self.open_of_human(&name).await?.len();
                if open > 0 {
                    return Err(Error::Busy { user: name, open });
                }
            }
        }
        Ok((user, others))
    }

    /// The other roles that the person behind the actor holds, under any name, where the policy lets them hold
    /// this one beside each.
    async fn beside(&self, actor: &Actor, role: ToolRole) -> Result<ToolRoles, Error> {
        let in_force = self.in_force();
        let mut others = ToolRoles::default();
        for holder in self.read_holders().await? {
            if !in_force.policy.same_human(&holder.actor, actor) {
                continue;
            }
            for other in holder.roles.iter().filter(|other| *other != role) {
                if !in_force.policy.together.allows(role, other) {
                    let (user, holder) = (actor.name().clone(), holder.actor.name().clone());
                    return Err(Error::HoldsOther { user, role, holder, other });
                }
                others.add(other);
            }
        }
        Ok(others)
    }

    /// Nobody is made administrator whose other roles the policy does not let them hold with it.
    pub(super) async fn may_be_administrator(&self, caller: &Caller, actor: &Actor) -> Result<(), Error> {
        not_themselves(&self.in_force().policy, caller, actor)?;
        self.beside(actor, ToolRole::Administrator).await.map(drop)
    }

    /// `None` where they hold it already.
    async fn grant_write(
        &self,
        caller: &Caller,
        user: &User,
        role: ToolRole,
    ) -> Result<Option<Write>, Error> {
        if role == ToolRole::Administrator {
            return Ok((!user.admin).then(|| Write::SetAdmin { name: user.name.clone(), admin: true }));
        }
        let found = self.document::<Given>(user.name.as_str()).await?;
        let none = || Stored::new(Given { user: user.name.clone(), roles: BTreeMap::new() });
        let mut given = found.unwrap_or_else(none);
        if given.document.roles.contains_key(&role) {
            return Ok(None);
        }
        given.document.roles.insert(role, By { by: caller.actor.principal.clone(), at: self.now() });
        given.put().map(Some)
    }

    /// Who decides on rights that nobody else can decide on: the reviewers, and where there are none the
    /// administrators.
    pub(super) async fn last_reviewers(&self, users: &[User]) -> Result<Vec<Name>, Error> {
        let (mut reviewers, mut administrators) = (Vec::new(), Vec::new());
        for user in users.iter().filter(|user| user.disabled.is_none()) {
            let powers = self.powers_of(user).await?;
            if powers.reviews_all() {
                reviewers.push(user.name.clone());
            }
            if powers.is_administrator() {
                administrators.push(user.name.clone());
            }
        }
        Ok(if reviewers.is_empty() { administrators } else { reviewers })
    }

    /// An auditor has no part in a decision: neither a vote that is not used yet, nor a right in another's
    /// hands.
    async fn end_say_of(&self, caller: &Caller, user: &User) -> Result<(), Error> {
        for name in self.names_of_human(&user.actor(&self.issuer())).await? {
            self.end_delegations_of(Some(caller), &name).await?;
            if let Some(user) = self.store.user(&name).await? {
                self.withdraw_votes(Some(caller), &user).await?;
            }
        }
        Ok(())
    }

    /// Every name behind which the same human stands, their services' too.
    pub(super) async fn names_of_human(&self, actor: &Actor) -> Result<BTreeSet<Name>, Error> {
        let in_force = self.in_force();
        let users = self.store.users().await?;
        let theirs = users
            .into_iter()
            .filter(|user| in_force.policy.same_human(&user.actor(&self.issuer()), actor))
            .map(|user| user.name);
        Ok(theirs.chain([actor.name().clone(), actor.human.subject.clone()]).collect())
    }

    /// Takes a role in jit itself from somebody, at once.
    pub async fn remove_tool_role(
        &self,
        caller: &Caller,
        ask: &api::ToolRoleOf,
    ) -> Result<api::ToolRolesOf, Error> {
        self.only_admin(caller, "remove roles in jit").await?;
        let turn = self.tool_roles.turn.lock().await;
        let user = self.user_of(&ask.user).await?;
        let not_held = || Error::Clash(format!("{} is no {} of jit", ask.user, ask.role));
        let write = if ask.role == ToolRole::Administrator {
            if !user.admin {
                return Err(not_held());
            }
            if let Err(error) = self.may_go(&user).await {
                let draft =
                    self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "remove a role in jit");
                return Err(self.refuse(draft.data("user", &ask.user).data("role", ask.role), error).await);
            }
            Write::SetAdmin { name: user.name.clone(), admin: false }
        } else {
            let mut given = self.document::<Given>(user.name.as_str()).await?.ok_or_else(not_held)?;
            given.document.roles.remove(&ask.role).ok_or_else(not_held)?;
            if given.document.roles.is_empty() { given.remove() } else { given.put()? }
        };
        let draft = self
            .draft(EventKind::UserRoleRemoved, Some(caller))
            .data("user", &user.name)
            .data("role", ask.role);
        self.tool_roles.set(None);
        let change = Change { writes: vec![write], events: vec![draft] };
        self.commit_or_clash(change, "it was changed at the same time; look again").await?;
        drop(turn);
        let user = self.user_of(&ask.user).await?;
        Ok(api::ToolRolesOf { in_jit: self.held_by(&user).await?, user: user.name })
    }

    /// Somebody has to be left who keeps the people, and who answers for a directory's token.
    async fn may_go(&self, user: &User) -> Result<(), Error> {
        let users = self.store.users().await?;
        let left = users.iter().any(|other| {
            other.admin && other.name != user.name && other.disabled.is_none() && self.let_in(other).is_ok()
        });
        if !left {
            return Err(Error::Forbidden(format!("{} is the last administrator", user.name)));
        }
        let (tokens, now) = (self.live_tokens().await?, self.now());
        let answers = |service: &&User| {
            service.human == user.name
                && service.disabled.is_none()
                && tokens.get(&service.name).is_some_and(|held| {
                    held.iter().any(|token| token.purpose == Purpose::Scim && now < token.until)
                })
        };
        match users.iter().find(answers) {
            None => Ok(()),
            Some(service) => Err(Error::Forbidden(format!(
                "{} answers for {}, an outside directory: an administrator has to",
                user.name, service.name
            ))),
        }
    }
}

fn not_themselves(policy: &Policy, caller: &Caller, actor: &Actor) -> Result<(), Error> {
    match policy.same_human(&caller.actor, actor) {
        true => Err(Error::Forbidden("nobody gives themselves a role in jit".to_owned())),
        false => Ok(()),
    }
}

/// The roles of this name, and those of the person under all of their names.
fn held(holders: &[Holder], actor: &Actor, is_theirs: impl Fn(&Actor) -> bool) -> (ToolRoles, ToolRoles) {
    let (mut own, mut all) = (ToolRoles::default(), ToolRoles::default());
    for holder in holders.iter().filter(|holder| is_theirs(&holder.actor)) {
        holder.roles.iter().for_each(|role| all.add(role));
        if holder.actor.principal == actor.principal {
            own = holder.roles.clone();
        }
    }
    (own, all)
}
