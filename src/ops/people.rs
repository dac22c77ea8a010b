//! The server's own directory: people and services, from their adding to their end.

use crate::api;
use crate::audit::EventKind;
use crate::domain::engagement::EndCause;
use crate::domain::request::Vote;
use crate::domain::{Kind, Name, State, Time, Transition};
use crate::store::{Change, EventFilter, Scope, StoreError, User, Write};

use super::engine::{Caller, Decided, Engine};
use super::error::Error;
use super::pages::is_of;
use super::per_request::Key;
use super::view::user_view;

impl Engine {
    pub async fn users(&self, caller: &Caller) -> Result<api::Users, Error> {
        self.only_who_sees_all(caller, "list users").await?;
        let mut tokens = self.live_tokens().await?;
        let mut users = Vec::new();
        for user in self.store.users().await? {
            let tokens = tokens.remove(&user.name).filter(|_| user.disabled.is_none()).unwrap_or_default();
            let in_jit = self.held_by(&user).await?;
            users.push(api::User { tokens, in_jit, ..user_view(user) });
        }
        Ok(api::Users { users })
    }

    /// Adds a person or a service, with a one-time code to enrol with.
    pub async fn add_user(&self, caller: &Caller, new: &api::NewUser) -> Result<api::Enrolled, Error> {
        self.only_admin(caller, "add users").await?;
        let now = self.now();
        match (new.kind, &new.human) {
            (Kind::Service, None) => {
                return Err(Error::Usage(
                    "a service has an owner who answers for it: --owner USER".to_owned(),
                ));
            }
            (Kind::Service, _) if new.admin => {
                return Err(Error::Usage("a service cannot be an administrator".to_owned()));
            }
            _ => {}
        }
        let human = match &new.human {
            None => new.name.clone(),
            Some(human) => {
                let found = self.store.user(human).await?.filter(|user| user.disabled.is_none());
                let found = found.ok_or(Error::NotFound { what: "user", name: human.to_string() })?;
                if found.kind != Kind::Person {
                    return Err(Error::Usage(format!(
                        "{human} is a service: a person answers for a service"
                    )));
                }
                // An alias of an alias is the same person.
                found.human
            }
        };
        let user = User {
            name: new.name.clone(),
            kind: new.kind,
            human,
            admin: new.admin,
            created: now,
            disabled: None,
        };
        if user.admin {
            self.may_be_administrator(caller, &user.actor(&self.issuer())).await?;
        }
        let draft = self
            .draft(EventKind::UserAdded, Some(caller))
            .data("user", &user.name)
            .data("human", &user.human)
            .data("kind", if user.kind == Kind::Service { "service" } else { "person" })
            .data("admin", user.admin);
        match self
            .store
            .commit(Change { writes: vec![Write::InsertUser(user.clone())], events: vec![draft] })
            .await
        {
            Ok(()) => {
                if user.admin {
                    self.tool_roles.forget().await;
                }
                self.enrol(Some(caller), user).await
            }
            // Also when the earlier one is disabled: a name is never given to a second person.
            Err(StoreError::Conflict) => Err(Error::Clash(format!(
                "the name {} is taken, now or in the past; a name is never given to a second person",
                user.name
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// A new one-time code; the earlier one is dead.
    pub async fn enrol_user(&self, caller: &Caller, name: &Name) -> Result<api::Enrolled, Error> {
        self.only_admin(caller, "enrol users").await?;
        let user =
            self.store.user(name).await?.ok_or(Error::NotFound { what: "user", name: name.to_string() })?;
        if user.disabled.is_some() {
            return Err(Error::Clash(format!("{name} is disabled")));
        }
        self.enrol(Some(caller), user).await
    }

    /// The first administrator of an empty directory, by the hand of whoever starts the server; a new
    /// code for them at each start until somebody has logged in. `None` once that has happened.
    pub async fn first_admin(&self, name: &Name) -> Result<Option<api::Enrolled>, Error> {
        let logins =
            EventFilter { kind: Some("login.succeeded".to_owned()), limit: 1, ..EventFilter::default() };
        if !self.store.events(&logins).await?.is_empty() {
            return Ok(None);
        }
        let users = self.store.users().await?;
        let admin = match users.into_iter().find(|user| user.admin) {
            Some(waiting) => waiting,
            None => {
                let user = User {
                    name: name.clone(),
                    kind: Kind::Person,
                    human: name.clone(),
                    admin: true,
                    created: self.now(),
                    disabled: None,
                };
                let draft = self.draft(EventKind::UserAdded, None).data("user", name).data("admin", true);
                let writes = vec![Write::InsertUser(user.clone())];
                self.store.commit(Change { writes, events: vec![draft] }).await?;
                self.tool_roles.forget().await;
                user
            }
        };
        self.enrol(None, admin).await.map(Some)
    }

    /// Ends everything of a person at once: sessions, enrolments, votes on what is not decided yet,
    /// requests and live grants; their services' and aliases' too.
    pub async fn disable_user(&self, caller: &Caller, name: &Name) -> Result<api::Disabled, Error> {
        self.only_admin(caller, "disable users").await?;
        if name == caller.actor.name() {
            return Err(Error::Usage("you cannot disable yourself".to_owned()));
        }
        // A contractor leaves a receipt.
        if self.end_engagement(Some(caller), name, EndCause::Offboard, Some("disabled")).await? {
            self.continue_offboarding(Some(caller), name).await?;
        }
        let user = self.mark_disabled(Some(caller), name).await?;
        self.end_delegations_of(Some(caller), name).await?;
        let votes = self.withdraw_votes(Some(caller), &user).await?;
        let theirs = self.open(caller, |request| is_of(request, name)).await?;
        let mut items = Vec::with_capacity(theirs.len());
        for request in theirs {
            items.push(self.end_one(caller, &request, Some("the person was disabled")).await?);
        }
        Ok(api::Disabled { user: user_view(user), votes, revoked: api::Revoked { items } })
    }

    /// Disables the user, and whatever acts for them. Repeated, it only returns them: what a failed
    /// attempt has left is ended now.
    pub(super) async fn mark_disabled(&self, caller: Option<&Caller>, name: &Name) -> Result<User, Error> {
        loop {
            let users = self.store.users().await?;
            let user = users.iter().find(|user| user.name == *name);
            let user = user.cloned().ok_or(Error::NotFound { what: "user", name: name.to_string() })?;
            let now = self.now();
            let theirs =
                users.iter().filter(|u| (u.human == *name || u.name == *name) && u.disabled.is_none());
            let writes: Vec<Write> =
                theirs.map(|u| Write::DisableUser { name: u.name.clone(), at: now }).collect();
            if writes.is_empty() {
                return Ok(user);
            }
            let draft = self.draft(EventKind::UserDisabled, caller).data("user", name);
            match self.store.commit(Change { writes, events: vec![draft] }).await {
                // Again, to see what is there now: it was changed by this call, or by another at once.
                Ok(()) | Err(StoreError::Conflict) => {
                    self.tool_roles.forget().await;
                    self.load_roster().await?;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(super) async fn withdraw_votes(&self, caller: Option<&Caller>, user: &User) -> Result<usize, Error> {
        let human = user.actor(&self.issuer()).human;
        let mut count = 0;
        // More time is voted on while a grant is active.
        let mut pages = self.pages(Scope::All, &[State::Pending, State::Active]);
        while let Some(page) = pages.next().await? {
            for request in &page {
                let counts = |vote: &Vote| vote.by.human == human || vote.on_behalf.as_ref() == Some(&human);
                if !request.awaits_decision() || !request.current_votes().iter().any(counts) {
                    continue;
                }
                let _lock = self.per_request.lock(Key::Request(request.id)).await;
                let withdraw = |_: &_, _: Time| {
                    let transition = Transition::WithdrawVotes { human: human.clone() };
                    let mut decided = Decided::new(transition, EventKind::VoteWithdrawn);
                    decided.data.push(("user", user.name.to_string()));
                    Ok(decided)
                };
                match self.change(caller, request.clone(), withdraw).await {
                    Ok(_) => count += 1,
                    // Decided meanwhile: the vote is weighed again at activation.
                    Err(Error::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(count)
    }

    pub(super) async fn only_admin(&self, caller: &Caller, what: &str) -> Result<(), Error> {
        self.only(caller.is_admin(), caller, "administrators", what).await
    }

    pub(super) async fn only_who_sees_all(&self, caller: &Caller, what: &str) -> Result<(), Error> {
        self.only(caller.sees_all(), caller, "administrators and auditors", what).await
    }

    pub(super) async fn only(&self, may: bool, caller: &Caller, who: &str, what: &str) -> Result<(), Error> {
        if may {
            return Ok(());
        }
        let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", what);
        Err(self.refuse(draft, Error::Forbidden(format!("only {who} {what}"))).await)
    }
}
