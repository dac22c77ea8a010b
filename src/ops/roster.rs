//! Whom the server's directory lists, as decisions see it; and people who can do nothing for a while.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use serde::{Deserialize, Serialize};

use crate::api;
use crate::audit::EventKind;
use crate::domain::{Engagement, Name, Time};
use crate::policy::{Listed, Roster};
use crate::store::{Change, RecordKind, StoreError};

use super::documents::{Document, Stored};
use super::engine::{Caller, Engine, Home};
use super::error::Error;
use super::request::bounded_comment;
use super::review::Removal;

/// Somebody to whom nothing is granted, until somebody else takes it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Suspension {
    pub user: Name,
    pub since: Time,
    pub cause: String,
}

impl Document for Suspension {
    const KIND: RecordKind = RecordKind::Suspension;
    fn key(&self) -> String {
        self.user.to_string()
    }
}

impl Engine {
    /// Takes what the directory says of people into what decisions see. The local backend has none.
    pub(super) async fn load_roster(&self) -> Result<(), Error> {
        if self.home != Home::Directory {
            return Ok(());
        }
        // One at a time, so that an older reading never replaces a newer one.
        let _turn = self.roster_turn.lock().await;
        // Before the reading: what changes during it is read again.
        self.roster_stale.store(false, Ordering::SeqCst);
        let read = self.read_roster().await;
        if read.is_err() {
            self.roster_is_stale();
        }
        read
    }

    async fn read_roster(&self) -> Result<(), Error> {
        let users = self.store.users().await?;
        let left: HashSet<&Name> = users.iter().filter(|u| u.disabled.is_some()).map(|u| &u.name).collect();
        let mut people: HashMap<Name, Listed> = HashMap::new();
        for Stored { document: engagement, .. } in self.documents::<Engagement>("").await? {
            let listed = people.entry(engagement.user.clone()).or_default();
            listed.sponsor_gone = left.contains(&engagement.sponsor);
            listed.engagement = Some(engagement);
        }
        for Stored { document: suspension, .. } in self.documents::<Suspension>("").await? {
            people.entry(suspension.user).or_default().suspended = Some(suspension.cause);
        }
        for Stored { document: removal, .. } in self.documents::<Removal>("").await? {
            people.entry(removal.user).or_default().removed.insert(removal.role);
        }
        self.list_directory(&users, &mut people).await?;
        let roster = Arc::new(Roster::new(people));
        let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut world).roster = Some(roster);
        Ok(())
    }

    /// What was committed is not in the roster yet: where nothing else comes first, the clock reads it.
    pub(super) fn roster_is_stale(&self) {
        self.roster_stale.store(true, Ordering::SeqCst);
    }

    pub(super) async fn freshen_roster(&self) -> Result<(), Error> {
        match self.roster_stale.load(Ordering::SeqCst) {
            true => self.load_roster().await,
            false => Ok(()),
        }
    }

    /// Why one of these names, all of one human, can do nothing for now.
    pub(super) fn suspended<'n>(&self, names: impl IntoIterator<Item = &'n Name>) -> Option<String> {
        let world = self.world();
        let roster = world.roster.as_ref()?;
        names.into_iter().find_map(|name| roster.get(name)?.suspended.clone())
    }

    /// Ends what somebody has, and keeps them from more until they are reinstated. `caller`: `None` where a
    /// rule does it.
    pub async fn suspend_user(
        &self,
        caller: Option<&Caller>,
        name: &Name,
        cause: &str,
    ) -> Result<api::Suspended, Error> {
        if let Some(caller) = caller {
            self.only_admin(caller, "suspend users").await?;
            if name == caller.actor.name() {
                return Err(Error::Usage("you cannot suspend yourself".to_owned()));
            }
        }
        bounded_comment(Some(cause))?;
        let user = self.store.user(name).await?.filter(|user| user.disabled.is_none());
        let user = user.ok_or(Error::NotFound { what: "user", name: name.to_string() })?;
        // A service or an alias goes with its human, and never without.
        let human = user.human;
        self.keep_suspension(caller, &human, cause).await?;
        self.load_roster().await?;
        let (ended, waiting) = self.end_all_as_suspended(&human, cause).await?;
        // Whom they answer for holds nothing either.
        self.look_at_holders_now();
        Ok(api::Suspended { user: human, cause: cause.to_owned(), ended, waiting })
    }

    /// Suspends several by a rule, each with its cause; one that fails does not keep the others.
    pub(super) async fn suspend_each(&self, all: Vec<(Name, String)>) -> Result<(), Error> {
        let mut failed = None;
        for (human, cause) in &all {
            failed = self.keep_suspension(None, human, cause).await.err().or(failed);
        }
        self.load_roster().await?;
        for (human, cause) in &all {
            failed = self.end_all_as_suspended(human, cause).await.err().or(failed);
        }
        self.look_at_holders_now();
        failed.map_or(Ok(()), Err)
    }

    async fn keep_suspension(&self, caller: Option<&Caller>, human: &Name, cause: &str) -> Result<(), Error> {
        if self.document::<Suspension>(human.as_str()).await?.is_some() {
            return Ok(());
        }
        let suspension =
            Stored::new(Suspension { user: human.clone(), since: self.now(), cause: cause.to_owned() });
        let draft = self.draft(EventKind::UserSuspended, caller).data("user", human).data("cause", cause);
        match self.store.commit(Change { writes: vec![suspension.put()?], events: vec![draft] }).await {
            // Somebody else did.
            Ok(()) | Err(StoreError::Conflict) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends what somebody has who is suspended: how many are over, and how many wait for their target.
    async fn end_all_as_suspended(&self, human: &Name, cause: &str) -> Result<(usize, usize), Error> {
        let (mut ended, mut waiting) = (0, 0);
        for request in self.open_of_human(human).await? {
            match self.end_by_rule(&request, &format!("suspended: {cause}")).await {
                Ok(true) => ended += 1,
                Ok(false) => waiting += 1,
                // One that fails does not keep the others; the clock tries it again.
                Err(error) => {
                    tracing::error!(%error, request = %request.id, "it could not be ended yet");
                    waiting += 1;
                }
            }
        }
        Ok((ended, waiting))
    }

    /// Lets somebody who is suspended ask again.
    pub async fn reinstate_user(&self, caller: &Caller, ask: &api::Reinstate) -> Result<(), Error> {
        self.only_admin(caller, "reinstate users").await?;
        bounded_comment(Some(&ask.comment))?;
        if ask.user == *caller.actor.name() || ask.user == caller.actor.human.subject {
            return Err(Error::Forbidden("nobody reinstates themselves".to_owned()));
        }
        let found = self.document::<Suspension>(ask.user.as_str()).await?;
        let Some(found) = found else {
            return Err(match self.suspended([&ask.user]) {
                Some(why) => {
                    Error::Clash(format!("{}: {why}; it is the directory's to say otherwise", ask.user))
                }
                None => Error::NotFound { what: "suspended user", name: ask.user.to_string() },
            });
        };
        let draft = self
            .draft(EventKind::UserReinstated, Some(caller))
            .data("user", &ask.user)
            .data("cause", &ask.comment);
        let writes = vec![found.remove(), self.returned(&ask.user).await?];
        self.store.commit(Change { writes, events: vec![draft] }).await?;
        self.load_roster().await
    }
}
