//! Users of the directory, and what becomes of what they have.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::audit::EventKind;
use crate::domain::engagement::EndCause;
use crate::domain::{Kind, Name, State};
use crate::scim::schema::USER;
use crate::scim::{self, Filter, ListResponse, Object, Query, Refusal, ScimType, Selection, version};
use crate::store::{Change, StoreError, User, Write};

use super::super::documents::Stored;
use super::super::engine::Engine;
use super::super::error::Error;
use super::{
    Asked, DirectoryGroup, DirectoryUser, Person, ScimCaller, changed_meanwhile, differences, list, whole,
};

/// How long a call waits for targets to take away what they gave; they are asked on without it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The groups of people: id and name.
type Memberships = HashMap<Name, Vec<(String, String)>>;

impl Engine {
    pub async fn scim_users(
        &self,
        _: &ScimCaller,
        query: &Query,
        base: &str,
    ) -> Result<ListResponse, Refusal> {
        // How identity providers look for each of thousands: without reading all the others.
        let filter = query.filter.as_deref().map(|text| Filter::parse(&USER, text)).transpose()?;
        if let Some(name) = filter.as_ref().and_then(|filter| filter.only("userName")) {
            let found = match self.person(&name.to_ascii_lowercase()).await {
                Ok(person) => vec![resource(&person, &self.memberships().await?, base)],
                Err(refusal) if refusal.status == 404 => Vec::new(),
                Err(refusal) => return Err(refusal),
            };
            return list(&USER, query, found);
        }
        list(&USER, query, self.all_users(base).await?)
    }

    pub(super) async fn all_users(&self, base: &str) -> Result<Vec<Object>, Error> {
        let memberships = self.memberships().await?;
        let people = self.people().await?;
        Ok(people.iter().map(|person| resource(person, &memberships, base)).collect())
    }

    pub async fn scim_user(
        &self,
        _: &ScimCaller,
        id: &str,
        query: &Query,
        base: &str,
    ) -> Result<(Object, String), Refusal> {
        let selection = Selection::of(query)?;
        let whole = resource(&self.person(id).await?, &self.memberships().await?, base);
        let version = version::in_meta(&whole).unwrap_or_default().to_owned();
        Ok((selection.apply(&USER, whole), version))
    }

    async fn memberships(&self) -> Result<Memberships, Error> {
        let mut of = Memberships::new();
        for Stored { document, .. } in self.documents::<DirectoryGroup>("").await? {
            for member in &document.said.members {
                let group = (document.id.clone(), document.said.display_name.clone());
                of.entry(member.clone()).or_default().push(group);
            }
        }
        Ok(of)
    }

    /// Makes a person. They log in when an administrator has given them a code.
    pub async fn scim_create_user(
        &self,
        caller: &ScimCaller,
        body: Object,
        base: &str,
    ) -> Result<Object, Refusal> {
        let mut said = scim::User::parse(body)?;
        let name = said.canonical_name()?;
        let _turn = self.scim_turn.lock().await;
        let taken = || {
            let detail =
                format!("the name {name} is taken, now or in the past; it is never given to a second person");
            Refusal::of(ScimType::Uniqueness, detail)
        };
        if self.store.user(&name).await.map_err(Error::from)?.is_some() {
            return Err(taken());
        }
        let in_force = self.in_force();
        if in_force.policy.people.get(&name).is_some_and(|p| p.kind == Kind::Service || p.human.is_some()) {
            let detail = format!("the policy says that {name} is a service, or somebody's second name");
            return Err(Refusal::of(ScimType::Uniqueness, detail));
        }
        let now = self.now();
        let active = *said.active.get_or_insert(true);
        let user = User {
            name: name.clone(),
            kind: Kind::Person,
            human: name.clone(),
            admin: false,
            created: now,
            disabled: None,
        };
        let inactive = (!active).then_some(now);
        let document = DirectoryUser { user: name.clone(), said, modified: now, inactive, leaving: false };
        let stored = Stored::new(document);
        let mut events = vec![
            self.draft(EventKind::UserAdded, Some(&caller.0))
                .data("user", &name)
                .data("human", &name)
                .data("kind", "person")
                .data("admin", false)
                .data("by", "scim"),
            self.directory_changed(caller).data("user", &name).data("change", "created"),
        ];
        if !active {
            let draft = self.draft(EventKind::UserSuspended, Some(&caller.0)).data("user", &name);
            events.push(draft.data("cause", "deactivated in the directory"));
        }
        let writes = vec![Write::InsertUser(user.clone()), stored.put()?];
        match self.store.commit(Change { writes, events }).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(taken()),
            Err(error) => return Err(Error::from(error).into()),
        }
        self.load_roster().await?;
        Ok(resource(&Person { user, stored: Some(stored) }, &Memberships::new(), base))
    }

    pub async fn scim_replace_user(
        self: &Arc<Self>,
        caller: &ScimCaller,
        id: &str,
        body: Object,
        asked: Asked<'_>,
    ) -> Result<Object, Refusal> {
        let said = scim::User::parse(body)?;
        self.change_person(caller, id, asked, |before| {
            // Left out, it is as it was: whoever says nothing of it gives nobody back what they had.
            Ok(scim::User { active: said.active.or(before.active), ..said })
        })
        .await
    }

    pub async fn scim_patch_user(
        self: &Arc<Self>,
        caller: &ScimCaller,
        id: &str,
        body: &Object,
        asked: Asked<'_>,
    ) -> Result<Object, Refusal> {
        let patch =
            |before: scim::User| scim::User::of(scim::patch::patched(&USER, before.attributes(), body)?);
        self.change_person(caller, id, asked, patch).await
    }

    /// Commits what the directory says of a person now; whoever is deactivated by it has lost everything, or
    /// it is on its way, when this answers.
    async fn change_person(
        self: &Arc<Self>,
        caller: &ScimCaller,
        id: &str,
        asked: Asked<'_>,
        make: impl FnOnce(scim::User) -> Result<scim::User, Refusal>,
    ) -> Result<Object, Refusal> {
        let turn = self.scim_turn.lock().await;
        let person = self.person(id).await?;
        ordinary(&person.user)?;
        let memberships = self.memberships().await?;
        let shown = resource(&person, &memberships, asked.base);
        version::must_match(asked.if_match, version::in_meta(&shown).unwrap_or_default())?;
        let now = self.now();
        let Person { user, stored } = person;
        let mut stored = stored.unwrap_or_else(|| Stored::new(known(&user)));
        let before = stored.document.said.clone();
        let said = make(before.clone())?;
        if said.canonical_name()? != user.name {
            let detail = "a userName is never changed: delete this user and make another";
            return Err(Refusal::of(ScimType::Mutability, detail));
        }
        let changed = differences(&before.attributes(), &said.attributes());
        let was_inactive = stored.document.inactive.is_some();
        match said.active {
            Some(false) if !was_inactive => {
                stored.document.inactive = Some(now);
                stored.document.leaving = true;
            }
            Some(true) if was_inactive => {
                // What is not ended yet is not given back.
                if stored.document.leaving && !self.end_all_of(&user).await {
                    return Err(Refusal::new(503, "not everything of theirs was ended yet; try again"));
                }
                stored.document.inactive = None;
                stored.document.leaving = false;
            }
            // Not said, it stays as it is.
            _ => {}
        }
        let is_inactive = stored.document.inactive.is_some();
        if !changed.is_empty() {
            stored.document.said = said;
            stored.document.modified = now;
            let mut writes = vec![stored.put()?];
            let changed = self.directory_changed(caller).data("user", &user.name).data("change", changed);
            let mut events = vec![changed];
            if is_inactive && !was_inactive {
                writes.extend(self.sessions_of(&user.name).await?);
                let draft = self.draft(EventKind::UserSuspended, Some(&caller.0)).data("user", &user.name);
                events.push(draft.data("cause", "deactivated in the directory"));
            } else if was_inactive && !is_inactive {
                writes.push(self.returned(&user.name).await?);
                let draft = self.draft(EventKind::UserReinstated, Some(&caller.0)).data("user", &user.name);
                events.push(draft.data("cause", "activated in the directory"));
            }
            match self.store.commit(Change { writes, events }).await {
                Ok(()) => stored.revision += 1,
                Err(StoreError::Conflict) => return Err(changed_meanwhile()),
                Err(error) => return Err(Error::from(error).into()),
            }
            self.load_roster().await?;
            // Whom they answer for holds nothing either.
            self.look_at_holders_now();
        }
        drop(turn);
        let leaving = stored.document.leaving;
        let shown = resource(&Person { user: user.clone(), stored: Some(stored) }, &memberships, asked.base);
        if leaving {
            self.leaving.lock().unwrap_or_else(PoisonError::into_inner).insert(user.name.clone());
            self.go_on_with(&user.name).await?;
        }
        Ok(shown)
    }

    /// Disables the person for ever; the name is never given to a second one.
    pub async fn scim_delete_user(
        self: &Arc<Self>,
        caller: &ScimCaller,
        id: &str,
        if_match: Option<&str>,
    ) -> Result<(), Refusal> {
        let turn = self.scim_turn.lock().await;
        let person = self.person(id).await?;
        ordinary(&person.user)?;
        let shown = resource(&person, &self.memberships().await?, "");
        version::must_match(if_match, version::in_meta(&shown).unwrap_or_default())?;
        let now = self.now();
        let Person { user, stored } = person;
        let mut stored = stored.unwrap_or_else(|| Stored::new(known(&user)));
        stored.document.inactive.get_or_insert(now);
        stored.document.leaving = true;
        stored.document.modified = now;
        let mut writes = vec![stored.put()?];
        for mut group in self.documents::<DirectoryGroup>("").await? {
            if group.document.said.members.remove(&user.name) {
                group.document.modified = now;
                writes.push(group.put()?);
            }
        }
        writes.extend(self.sessions_of(&user.name).await?);
        let draft = self.directory_changed(caller).data("user", &user.name).data("change", "deleted");
        match self.store.commit(Change { writes, events: vec![draft] }).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(changed_meanwhile()),
            Err(error) => return Err(Error::from(error).into()),
        }
        self.load_roster().await?;
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner).insert(user.name.clone());
        // A contractor leaves a receipt.
        let reason = Some("deleted in the directory");
        if self.end_engagement(Some(&caller.0), &user.name, EndCause::Offboard, reason).await? {
            self.continue_offboarding(Some(&caller.0), &user.name).await?;
        }
        self.mark_disabled(Some(&caller.0), &user.name).await?;
        drop(turn);
        self.go_on_with(&user.name).await?;
        Ok(())
    }

    /// The writes that end the sessions of a person and of what acts for them.
    async fn sessions_of(&self, name: &Name) -> Result<Vec<Write>, Error> {
        let users = self.store.users().await?.into_iter();
        Ok(users.filter(|user| user.human == *name).map(|user| Write::EndSessionsOf(user.name)).collect())
    }

    /// Finds those that a stopped server has left.
    pub(in crate::ops) async fn load_leaving(&self) -> Result<(), Error> {
        let all = self.documents::<DirectoryUser>("").await?.into_iter();
        let leaving = all.filter(|stored| stored.document.leaving).map(|stored| stored.document.user);
        *self.leaving.lock().unwrap_or_else(PoisonError::into_inner) = leaving.collect();
        Ok(())
    }

    /// Goes on with whoever was deactivated, until each thing of theirs has its end.
    pub async fn look_after_deactivated(self: &Arc<Self>) {
        let leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for name in leaving {
            if let Err(error) = self.go_on_with(&name).await {
                tracing::error!(%error, user = %name, "not everything was ended yet; trying again");
            }
        }
    }

    async fn go_on_with(self: &Arc<Self>, name: &Name) -> Result<(), Error> {
        let Some(user) = self.store.user(name).await? else { return Ok(()) };
        let before = self.document::<DirectoryUser>(name.as_str()).await?.map(|stored| stored.revision);
        if !self.end_all_of(&user).await {
            return Ok(());
        }
        let _turn = self.scim_turn.lock().await;
        if let Some(mut stored) = self.document::<DirectoryUser>(name.as_str()).await?
            && stored.document.leaving
        {
            // The directory said something else of them meanwhile: looked at again at the next turn.
            if before != Some(stored.revision) {
                return Ok(());
            }
            stored.document.leaving = false;
            self.store.commit(Change { writes: vec![stored.put()?], events: Vec::new() }).await?;
        }
        self.leaving.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
        Ok(())
    }

    /// Ends grants and requests, unused votes and delegations. True where each has its end, or its end is
    /// recorded and tried without a limit; what fails or hangs does not keep the rest.
    async fn end_all_of(self: &Arc<Self>, user: &User) -> bool {
        let mut all = true;
        let mut note = |error: Error| {
            tracing::error!(%error, user = %user.name, "not everything was ended yet; trying again");
            all = false;
        };
        match self.open_of_human(&user.name).await {
            Ok(open) => {
                let mut ends = tokio::task::JoinSet::new();
                for request in open {
                    let engine = Arc::clone(self);
                    let why = "the directory has deactivated them";
                    ends.spawn(async move { engine.end_by_rule(&request, why).await });
                }
                let patience = tokio::time::Instant::now() + PATIENCE;
                while let Ok(Some(done)) = tokio::time::timeout_at(patience, ends.join_next()).await {
                    match done {
                        Ok(Ok(_)) => {}
                        Ok(Err(error)) => note(error),
                        Err(error) => note(Error::Unavailable(error.to_string())),
                    }
                }
                // What hangs goes on behind the caller's back.
                ends.detach_all();
            }
            Err(error) => note(error),
        }
        if let Err(error) = self.withdraw_votes(None, user).await {
            note(error);
        }
        if let Err(error) = self.end_delegations_of(None, &user.name).await {
            note(error);
        }
        // A request that was on its way meanwhile is one of these.
        match self.open_of_human(&user.name).await {
            Ok(open) => all &= open.iter().all(|request| request.state == State::Ending),
            Err(error) => note(error),
        }
        all
    }
}

fn known(user: &User) -> DirectoryUser {
    let said = scim::User::named(&user.name);
    DirectoryUser { user: user.name.clone(), said, modified: user.created, inactive: None, leaving: false }
}

/// An administrator is made, changed and ended by administrators.
fn ordinary(user: &User) -> Result<(), Refusal> {
    if user.admin {
        return Err(Refusal::new(
            403,
            format!("{} is an administrator, who is not the directory's", user.name),
        ));
    }
    Ok(())
}

fn resource(person: &Person, memberships: &Memberships, base: &str) -> Object {
    let Person { user, stored } = person;
    let known = stored.as_ref().map_or_else(|| known(user), |stored| stored.document.clone());
    let mut object = known.said.attributes();
    let groups = memberships.get(&user.name);
    // Not of the addresses, which depend on who asks.
    let version = version::of(&(&object, groups));
    if let Some(groups) = groups {
        let groups: Vec<Value> = groups
            .iter()
            .map(|(id, name)| {
                json!({ "value": id, "$ref": format!("{base}/Groups/{id}"), "display": name, "type": "direct" })
            })
            .collect();
        object.insert("groups".to_owned(), groups.into());
    }
    whole(&USER, base, user.name.as_str(), object, &version, (user.created, known.modified))
}
