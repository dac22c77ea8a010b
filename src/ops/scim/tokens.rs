//! The tokens of directories: long-lived, for `/scim/v2` alone.

use serde::{Deserialize, Serialize};

use crate::api;
use crate::audit::EventKind;
use crate::domain::{Digest, Kind, Name, Powers, Time};
use crate::store::{Change, RecordKind};

use super::super::documents::{Document, Stored};
use super::super::engine::{Caller, Engine, random};
use super::super::error::Error;
use super::ScimCaller;

/// Live ones of one service: the new one and the one it takes the place of.
const MOST: usize = 2;
const PREFIX: &str = "jit_s_";
/// The prefix, and 256 bits.
const LENGTH: usize = PREFIX.len() + 43;

/// One of them; the token itself is kept as a hash only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::ops) struct ScimToken {
    hash: String,
    pub user: Name,
    created: Time,
    pub expires: Time,
}

impl Document for ScimToken {
    const KIND: RecordKind = RecordKind::ScimToken;
    fn key(&self) -> String {
        self.hash.clone()
    }
}

impl Engine {
    /// A new token for a directory, shown this once.
    pub async fn new_scim_token(
        &self,
        caller: &Caller,
        ask: &api::NewScimToken,
    ) -> Result<api::ScimToken, Error> {
        use base64::Engine as _;
        self.only_admin(caller, "make tokens").await?;
        let user = self.store.user(&ask.user).await?.filter(|user| user.disabled.is_none());
        let user = user.ok_or(Error::NotFound { what: "user", name: ask.user.to_string() })?;
        if user.kind != Kind::Service {
            return Err(Error::Usage(format!(
                "{} is a person: a directory is a service with an owner who answers for it",
                user.name
            )));
        }
        // The directory never touches an administrator, so it cannot cut itself off: from then on nobody would
        // be deactivated any more.
        let owner = self.store.user(&user.human).await?;
        if !owner.is_some_and(|owner| owner.admin && owner.disabled.is_none()) {
            return Err(Error::Usage(format!(
                "{} answers for {}: an administrator has to answer for a directory",
                user.human, user.name
            )));
        }
        let now = self.now();
        let bytes: [u8; 32] = random()?;
        let token = format!("{PREFIX}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes));
        let expires = now.plus(ask.life);
        let hash = Digest::of(token.as_bytes()).to_string();
        let new = Stored::new(ScimToken { hash, user: user.name.clone(), created: now, expires });
        let mut writes = vec![new.put()?];
        let mut earlier = self.documents::<ScimToken>("").await?;
        earlier.retain(|token| token.document.user == user.name);
        earlier.sort_by_key(|token| std::cmp::Reverse(token.document.created));
        let live = |token: &Stored<ScimToken>| now < token.document.expires;
        let kept = earlier.iter().filter(|token| live(token)).take(MOST - 1).count();
        let gone = earlier.iter().enumerate().filter(|(at, token)| *at >= kept || !live(token));
        writes.extend(gone.map(|(_, token)| token.remove()));
        let draft = self.draft(EventKind::UserEnrolment, Some(caller)).data("user", &user.name);
        let draft = draft.data("for", "scim").data("expires", expires);
        self.store.commit(Change { writes, events: vec![draft] }).await?;
        Ok(api::ScimToken { user: user.name, token, expires, expires_in_s: expires.secs_after(now) })
    }

    /// Which directory a token stands for. Every doubt is "not logged in".
    pub async fn authenticate_scim(
        &self,
        token: Option<&str>,
        from: Option<String>,
    ) -> Result<ScimCaller, Error> {
        match self.directory_of(token).await {
            Ok(actor) => Ok(ScimCaller(Caller { actor, powers: Powers::default(), from, session: None })),
            Err(error @ Error::Store(_)) => Err(error),
            Err(error) => {
                let mut draft = self.draft(EventKind::AccessRefused, None).data("asked", "scim");
                draft.from = from;
                Err(self.refuse(draft, error).await)
            }
        }
    }

    async fn directory_of(&self, token: Option<&str>) -> Result<crate::domain::Actor, Error> {
        let token = token.filter(|token| token.len() == LENGTH).ok_or(Error::NotLoggedIn)?;
        let hash = Digest::of(token.as_bytes()).to_string();
        let found = self.document::<ScimToken>(&hash).await?.ok_or(Error::NotLoggedIn)?.document;
        if self.now() >= found.expires {
            return Err(Error::NotLoggedIn);
        }
        let user = self.store.user(&found.user).await?.ok_or(Error::NotLoggedIn)?;
        let human = self.store.user(&user.human).await?;
        if user.disabled.is_some() || human.is_none_or(|human| human.disabled.is_some() || !human.admin) {
            return Err(Error::NotLoggedIn);
        }
        self.let_in(&user)?;
        Ok(user.actor(&self.issuer()))
    }

    /// When the last live token of each service ends.
    pub(in crate::ops) async fn scim_tokens(&self) -> Result<std::collections::BTreeMap<Name, Time>, Error> {
        let mut ends = std::collections::BTreeMap::new();
        for Stored { document: token, .. } in self.documents::<ScimToken>("").await? {
            let end = ends.entry(token.user).or_insert(token.expires);
            *end = token.expires.max(*end);
        }
        Ok(ends)
    }
}
