//! People who use nothing: found by the clock, and suspended where the policy says so.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::domain::dormancy::Lived;
use crate::domain::engagement::Standing;
use crate::domain::{Kind, Name, Time};
use crate::policy::{Policy, World};
use crate::store::{Change, RecordKind, Scope, StoreError, User, Write};

use super::documents::{Document, Stored};
use super::engine::{Engine, Home};
use super::error::Error;
use super::pages::OPEN;

/// The key of the one record of the time that has passed; no name has a slash.
const LIVED: &str = "/lived";

impl Document for Lived {
    const KIND: RecordKind = RecordKind::Dormancy;
    fn key(&self) -> String {
        LIVED.to_owned()
    }
}

/// Somebody was let in again: they are not dormant for what was before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Returned {
    user: Name,
    at: Time,
}

impl Document for Returned {
    const KIND: RecordKind = RecordKind::Dormancy;
    fn key(&self) -> String {
        self.user.to_string()
    }
}

/// Somebody who has used nothing for as long as a rule says.
struct Idle {
    human: Name,
    cause: String,
}

impl Engine {
    /// Suspends whoever has used nothing for as long as the policy says. To be called every hour, by a server:
    /// what lies between two calls that are further apart counts for nobody (see [`Lived`]).
    pub async fn suspend_dormant(&self) -> Result<(), Error> {
        if self.home != Home::Directory {
            return Ok(());
        }
        let lived = self.another_look().await?;
        let (in_force, world) = (self.in_force(), self.world());
        let policy = &in_force.policy;
        if policy.dormants.is_empty() {
            return Ok(());
        }
        let users = self.store.users().await?;
        let humans = by_human(policy, &users, self);
        let mut idle = Vec::new();
        for names in humans.values() {
            for user in names.iter().filter(|user| user.name == user.human) {
                idle.extend(self.idle(policy, &world, &lived, user, names).await?);
            }
            tokio::task::yield_now().await;
        }
        if idle.is_empty() {
            return Ok(());
        }
        let busy = self.with_something_open(policy).await?;
        idle.retain(|idle| !busy.contains(policy.human_of(&idle.human)));
        self.suspend_each(idle.into_iter().map(|idle| (idle.human, idle.cause)).collect()).await
    }

    /// The time that has passed, with this look at the clock.
    async fn another_look(&self) -> Result<Lived, Error> {
        let now = self.now();
        let stored = match self.document::<Lived>(LIVED).await? {
            None => Stored::new(Lived::begin(now)),
            Some(mut stored) => {
                stored.document.look(now);
                stored
            }
        };
        self.store.commit(Change { writes: vec![stored.put()?], events: Vec::new() }).await?;
        Ok(stored.document)
    }

    /// Why that person is to be suspended, if they are. `names`: all users of theirs.
    async fn idle(
        &self,
        policy: &Policy,
        world: &World,
        lived: &Lived,
        user: &User,
        names: &[&User],
    ) -> Result<Option<Idle>, Error> {
        // An administrator is made and ended by administrators: the last would leave nobody to reinstate.
        let exempt = user.kind == Kind::Service || user.disabled.is_some() || names.iter().any(|u| u.admin);
        if exempt || self.suspended(names.iter().map(|user| &user.name)).is_some() {
            return Ok(None);
        }
        let Some(after) = policy.dormant_after(&user.actor(&self.issuer()), world) else { return Ok(None) };
        let mut since = user.created;
        let mut what = "they were added on";
        if let Some(engagement) = world.roster.as_ref().and_then(|roster| roster.engagement(&user.name)) {
            if engagement.standing(self.now()) != Standing::Live {
                return Ok(None);
            }
            if engagement.start > since {
                (since, what) = (engagement.start, "their engagement began on");
            }
        }
        if let Some(returned) = self.document::<Returned>(user.name.as_str()).await?
            && returned.document.at > since
        {
            (since, what) = (returned.document.at, "they were let in again on");
        }
        // The cheap question last: most people are younger than the log.
        if !lived.is_over(since, after) {
            return Ok(None);
        }
        if let Some(used) = self.last_use(names).await?
            && used >= since
        {
            (since, what) = (used, "");
        }
        if !lived.is_over(since, after) {
            return Ok(None);
        }
        let day = since.utc().date_naive();
        let cause = if what.is_empty() {
            format!("no use since {day}")
        } else {
            format!("no use since {what} {day}")
        };
        Ok(Some(Idle { human: user.name.clone(), cause }))
    }

    /// When any of these names did anything last that the log has.
    pub(super) async fn last_use(&self, names: &[&User]) -> Result<Option<Time>, StoreError> {
        let mut last = None;
        for user in names {
            last = last.max(self.store.last_act(&user.name).await?);
        }
        Ok(last)
    }

    /// Those who have a request that is not over.
    async fn with_something_open(&self, policy: &Policy) -> Result<HashSet<Name>, Error> {
        let mut busy = HashSet::new();
        let mut pages = self.pages(Scope::All, &OPEN);
        while let Some(page) = pages.next().await? {
            busy.extend(page.iter().map(|request| policy.proves(&request.requester).clone()));
        }
        Ok(busy)
    }

    /// The write that has the count begin anew for somebody who is let in again.
    pub(super) async fn returned(&self, user: &Name) -> Result<Write, Error> {
        let returned = Returned { user: user.clone(), at: self.now() };
        let revision = self.document::<Returned>(user.as_str()).await?.map_or(0, |stored| stored.revision);
        Stored { document: returned, revision }.put()
    }
}

/// Users that are not disabled by the human behind them.
fn by_human<'u>(policy: &Policy, users: &'u [User], engine: &Engine) -> BTreeMap<Name, Vec<&'u User>> {
    let mut humans: BTreeMap<Name, Vec<&User>> = BTreeMap::new();
    for user in users.iter().filter(|user| user.disabled.is_none()) {
        humans.entry(policy.proves(&user.actor(&engine.issuer())).clone()).or_default().push(user);
    }
    humans
}
