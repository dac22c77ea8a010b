//! Long-lived tokens of services, each good for one purpose and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::api;
use crate::audit::EventKind;
use crate::domain::{Digest, Kind, Name, Powers, Purpose, Time};
use crate::store::{Change, RecordKind, User};

use super::documents::{Document, Stored};
use super::engine::{Caller, Engine, random};
use super::error::Error;

/// Live ones of one service and purpose: the new one and the one it takes the place of.
const MOST: usize = 2;
const PREFIX: &str = "jit_s_";
/// The prefix, and 256 bits.
const LENGTH: usize = PREFIX.len() + 43;

/// One of them; the token itself is kept as a hash only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceToken {
    hash: String,
    user: Name,
    #[serde(default)]
    purpose: Purpose,
    /// To collect: on which resources. Empty for a purpose that has none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    on: BTreeSet<Name>,
    created: Time,
    expires: Time,
}

impl Document for ServiceToken {
    const KIND: RecordKind = RecordKind::ServiceToken;
    fn key(&self) -> String {
        self.hash.clone()
    }
}

impl ServiceToken {
    fn is_of(&self, user: &Name, purpose: Purpose) -> bool {
        self.user == *user && self.purpose == purpose
    }
}

impl Engine {
    /// A new token for a service, shown this once.
    pub async fn new_token(&self, caller: &Caller, ask: &api::NewToken) -> Result<api::ServiceToken, Error> {
        use base64::Engine as _;
        self.only_admin(caller, "make tokens").await?;
        let user = self.store.user(&ask.user).await?.filter(|user| user.disabled.is_none());
        let user = user.ok_or(Error::NotFound { what: "user", name: ask.user.to_string() })?;
        self.may_have(&user, ask).await?;
        let now = self.now();
        let bytes: [u8; 32] = random()?;
        let token = format!("{PREFIX}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes));
        let expires = now.plus(ask.life);
        let hash = Digest::of(token.as_bytes()).to_string();
        let (user, purpose, on) = (user.name, ask.purpose, ask.on.clone());
        let new = ServiceToken { hash, user: user.clone(), purpose, on: on.clone(), created: now, expires };
        let mut writes = vec![Stored::new(new).put()?];
        let mut earlier = self.documents::<ServiceToken>("").await?;
        earlier.retain(|token| token.document.is_of(&user, purpose));
        earlier.sort_by_key(|token| std::cmp::Reverse(token.document.created));
        let live = |token: &Stored<ServiceToken>| now < token.document.expires;
        let kept = earlier.iter().filter(|token| live(token)).take(MOST - 1).count();
        let gone = earlier.iter().enumerate().filter(|(at, token)| *at >= kept || !live(token));
        writes.extend(gone.map(|(_, token)| token.remove()));
        let draft = self.draft(EventKind::UserEnrolment, Some(caller)).data("user", &user);
        let mut draft = draft.data("for", purpose).data("expires", expires);
        if !on.is_empty() {
            draft = draft.data("on", on.iter().map(Name::as_str).collect::<Vec<_>>().join(","));
        }
        self.store.commit(Change { writes, events: vec![draft] }).await?;
        let expires_in_s = expires.secs_after(now);
        Ok(api::ServiceToken { user, purpose, on, token, expires, expires_in_s })
    }

    async fn may_have(&self, user: &User, ask: &api::NewToken) -> Result<(), Error> {
        if user.kind != Kind::Service {
            return Err(Error::Usage(format!(
                "{} is a person: such a token is for a service with an owner who answers for it",
                user.name
            )));
        }
        let owner = self.store.user(&user.human).await?.filter(|owner| owner.disabled.is_none());
        match ask.purpose {
            // The directory never touches an administrator, so it cannot cut itself off: from then on nobody
            // would be deactivated any more.
            Purpose::Scim if !owner.is_some_and(|owner| owner.admin) => Err(Error::Usage(format!(
                "{} answers for {}: an administrator has to answer for a directory",
                user.human, user.name
            ))),
            Purpose::Scim if !ask.on.is_empty() => {
                Err(Error::Usage("a directory is on no resource: leave out --on".to_owned()))
            }
            Purpose::Collect if ask.on.is_empty() => Err(Error::Usage(
                "a host delivers what was done on it, and nothing else: --on RESOURCE".to_owned(),
            )),
            Purpose::Collect => {
                let in_force = self.in_force();
                let known = |name: &&Name| !in_force.policy.resources.contains_key(*name);
                match ask.on.iter().find(known) {
                    Some(name) => Err(Error::NotFound { what: "resource", name: name.to_string() }),
                    None => Ok(()),
                }
            }
            Purpose::Scim => Ok(()),
        }
    }

    /// Ends the tokens that a service has for a purpose. That there are none is no failure.
    pub async fn end_tokens(&self, caller: &Caller, ask: &api::EndTokens) -> Result<api::TokensEnded, Error> {
        self.only_admin(caller, "end tokens").await?;
        let missing = || Error::NotFound { what: "user", name: ask.user.to_string() };
        self.store.user(&ask.user).await?.ok_or_else(missing)?;
        let mut all = self.documents::<ServiceToken>("").await?;
        all.retain(|token| token.document.is_of(&ask.user, ask.purpose));
        if !all.is_empty() {
            let draft = self.draft(EventKind::LoggedOut, Some(caller)).data("user", &ask.user);
            let draft = draft.data("for", ask.purpose).data("tokens", all.len());
            let writes = all.iter().map(Stored::remove).collect();
            self.store.commit(Change { writes, events: vec![draft] }).await?;
        }
        Ok(api::TokensEnded { user: ask.user.clone(), purpose: ask.purpose, ended: all.len() })
    }

    /// Which service a token stands for, and on which resources, if it is good for this purpose. Every doubt
    /// is "not logged in".
    pub(super) async fn authenticate_service(
        &self,
        purpose: Purpose,
        token: Option<&str>,
        from: Option<String>,
    ) -> Result<(Caller, BTreeSet<Name>), Error> {
        match self.service_of(purpose, token).await {
            Ok((actor, on)) => Ok((Caller { actor, powers: Powers::default(), from, session: None }, on)),
            Err(error @ Error::Store(_)) => Err(error),
            Err(error) => {
                let mut draft = self.draft(EventKind::AccessRefused, None).data("asked", purpose);
                draft.from = from;
                Err(self.refuse(draft, error).await)
            }
        }
    }

    async fn service_of(
        &self,
        purpose: Purpose,
        token: Option<&str>,
    ) -> Result<(crate::domain::Actor, BTreeSet<Name>), Error> {
        let token = token.filter(|token| token.len() == LENGTH).ok_or(Error::NotLoggedIn)?;
        let hash = Digest::of(token.as_bytes()).to_string();
        let found = self.document::<ServiceToken>(&hash).await?.ok_or(Error::NotLoggedIn)?.document;
        if found.purpose != purpose || self.now() >= found.expires {
            return Err(Error::NotLoggedIn);
        }
        let user = self.store.user(&found.user).await?.ok_or(Error::NotLoggedIn)?;
        let human = self.store.user(&user.human).await?.filter(|human| human.disabled.is_none());
        // Who answers for a directory has to be an administrator still.
        let answered_for = human.is_some_and(|human| purpose != Purpose::Scim || human.admin);
        if user.disabled.is_some() || !answered_for {
            return Err(Error::NotLoggedIn);
        }
        self.let_in(&user)?;
        Ok((user.actor(&self.issuer()), found.on))
    }

    /// Of each service, by purpose; those that are over are in it until another takes their place.
    pub(super) async fn live_tokens(&self) -> Result<BTreeMap<Name, Vec<api::TokenHeld>>, Error> {
        let mut held: BTreeMap<Name, Vec<api::TokenHeld>> = BTreeMap::new();
        for Stored { document: token, .. } in self.documents::<ServiceToken>("").await? {
            let ServiceToken { purpose, on, expires: until, .. } = token;
            held.entry(token.user).or_default().push(api::TokenHeld { purpose, on, until });
        }
        for tokens in held.values_mut() {
            tokens.sort_by_key(|token| (token.purpose, token.until));
        }
        Ok(held)
    }
}
