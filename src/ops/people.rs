//! The server's own directory: people and services, their enrolment, their tokens, their end.

use subtle::ConstantTimeEq;

use crate::api;
use crate::audit::{Draft, EventKind};
use crate::domain::{Digest, Kind, Name, Principal, Span, State, Time, Transition};
use crate::store::{
    Change, Enrolment, EventFilter, RequestFilter, Scope, Session, SessionKind, StoreError, User, Write,
};

use super::engine::{Caller, Decided, Engine, random};
use super::error::Error;
use super::per_request::Key;
use super::view::user_view;

/// An access token ends after this time, whatever happens …
const ACCESS: Span = Span::clamped(12 * 3600);
/// … and when it is not used for this long.
const IDLE: Span = Span::clamped(30 * 60);
/// A renewal token stays in the secret store of one machine, and is sent to one address only.
const RENEWAL: Span = Span::clamped(30 * 86_400);
const ENROLMENT: Span = Span::clamped(86_400);
/// A use is written down at most that often.
const TOUCH: Span = Span::clamped(60);
/// Ten wrong codes, and the enrolment is dead.
const WRONG_CODES: u32 = 10;
/// Characters of any token or code that is worth hashing.
const LONGEST_TOKEN: usize = 200;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A new token: its kind, and 256 random bits.
fn new_token(kind: SessionKind) -> Result<String, Error> {
    use base64::Engine as _;
    let prefix = match kind {
        SessionKind::Access => "jit_a_",
        SessionKind::Renewal => "jit_r_",
    };
    let bytes: [u8; 32] = random()?;
    Ok(format!("{prefix}{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)))
}

/// Twenty characters in groups of five: the first group is the enrolment's public id, the rest holds
/// 75 random bits.
fn new_code() -> Result<String, Error> {
    let bytes: [u8; 20] = random()?;
    let chars: String =
        bytes.iter().filter_map(|b| ALPHABET.get(usize::from(b & 31))).map(|&b| char::from(b)).collect();
    let groups: Vec<&str> = (0..4).filter_map(|i| chars.get(i * 5..i * 5 + 5)).collect();
    Ok(groups.join("-"))
}

/// What people type for a code: any case, with or without the dashes, with the look-alikes.
fn canonical_code(text: &str) -> Option<String> {
    let chars: String = text
        .trim()
        .chars()
        .filter(|c| *c != '-' && *c != ' ')
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect();
    let known = |c: char| c.is_ascii() && ALPHABET.contains(&(c as u8));
    (chars.len() == 20 && chars.chars().all(known)).then_some(chars)
}

impl Engine {
    /// Who a bearer token stands for. Every doubt is "not logged in".
    pub async fn authenticate(&self, token: &str, from: Option<String>) -> Result<Caller, Error> {
        let (session, user) = self.session(token, SessionKind::Access).await?;
        let now = self.now();
        if now >= session.expires || now >= session.last_used.plus(IDLE) {
            return Err(Error::SessionOver);
        }
        if now >= session.last_used.plus(TOUCH) {
            let touch = Write::TouchSession { token_hash: session.token_hash, at: now };
            // A use that cannot be written down ends the session early, never late.
            if let Err(error) = self.store.commit(Change { writes: vec![touch], events: Vec::new() }).await {
                tracing::warn!(%error, "the use of a session could not be recorded");
            }
        }
        let actor = user.actor(&self.issuer());
        Ok(Caller { actor, admin: user.admin, from, session: Some((session.token_hash, session.expires)) })
    }

    /// The live session of a token of that kind, with its enabled user.
    async fn session(&self, token: &str, kind: SessionKind) -> Result<(Session, User), Error> {
        if token.len() > LONGEST_TOKEN {
            return Err(Error::NotLoggedIn);
        }
        let hash = Digest::of(token.as_bytes());
        let session =
            self.store.session(&hash).await?.filter(|s| s.kind == kind).ok_or(Error::NotLoggedIn)?;
        let user = self.store.user(&session.user).await?.ok_or(Error::NotLoggedIn)?;
        let human =
            if user.human == user.name { Some(user.clone()) } else { self.store.user(&user.human).await? };
        if user.disabled.is_some() || human.is_none_or(|human| human.disabled.is_some()) {
            return Err(Error::NotLoggedIn);
        }
        Ok((session, user))
    }

    /// Exchanges a one-time code for tokens.
    pub async fn login(&self, ask: &api::Login, from: Option<String>) -> Result<api::Tokens, Error> {
        let now = self.now();
        let code = canonical_code(&ask.code);
        let id = code.as_deref().and_then(|code| code.get(..5));
        let enrolment = match id {
            Some(id) => self.store.enrolment(id).await?,
            None => None,
        };
        let mut refusal = self.draft(EventKind::LoginRefused, None);
        refusal.from.clone_from(&from);
        let (Some(code), Some(enrolment)) = (code, enrolment) else {
            return Err(self.refuse(refusal, Error::NotLoggedIn).await);
        };
        refusal = refusal.data("user", &enrolment.user);
        let right: bool = Digest::of(code.as_bytes()).as_bytes().ct_eq(enrolment.code_hash.as_bytes()).into();
        if !right {
            let count = Write::CountWrongCode { id: enrolment.id };
            if let Err(error) = self.store.commit(Change { writes: vec![count], events: Vec::new() }).await {
                // A guess that cannot be counted gives nothing away: it was wrong.
                tracing::warn!(%error, "a wrong code could not be counted");
            }
            return Err(self.refuse(refusal, Error::NotLoggedIn).await);
        }
        if enrolment.wrong >= WRONG_CODES || now >= enrolment.expires {
            return Err(self.refuse(refusal, Error::NotLoggedIn).await);
        }
        let (access, access_token) = self.new_session(&enrolment.user, SessionKind::Access, now, ACCESS)?;
        let (renewal, renewal_token) =
            self.new_session(&enrolment.user, SessionKind::Renewal, now, RENEWAL)?;
        let access = Session { parent: Some(renewal.token_hash), ..access };
        let mut draft =
            self.draft(EventKind::LoginSucceeded, None).data("user", &enrolment.user).data("by", "code");
        draft.from = from;
        let expires = access.expires;
        let writes = vec![
            Write::TakeEnrolment { id: enrolment.id },
            Write::InsertSession(renewal),
            Write::InsertSession(access),
        ];
        match self.store.commit(Change { writes, events: vec![draft] }).await {
            Ok(()) => Ok(api::Tokens {
                token: access_token,
                renewal: Some(renewal_token),
                user: enrolment.user,
                expires,
            }),
            // Used by somebody else a moment ago.
            Err(StoreError::Conflict) => Err(self.refuse(refusal, Error::NotLoggedIn).await),
            Err(error) => Err(error.into()),
        }
    }

    /// Exchanges a renewal token for a new access token.
    pub async fn renew(&self, ask: &api::Renew, from: Option<String>) -> Result<api::Tokens, Error> {
        let mut refusal = self.draft(EventKind::LoginRefused, None).data("by", "renewal");
        refusal.from.clone_from(&from);
        let (renewal, user) = match self.session(&ask.renewal, SessionKind::Renewal).await {
            Ok(found) => found,
            Err(error @ Error::NotLoggedIn) => return Err(self.refuse(refusal, error).await),
            Err(error) => return Err(error),
        };
        let now = self.now();
        if now >= renewal.expires {
            return Err(self.refuse(refusal.data("user", &user.name), Error::NotLoggedIn).await);
        }
        let (access, token) = self.new_session(&user.name, SessionKind::Access, now, ACCESS)?;
        let access = Session { parent: Some(renewal.token_hash), ..access };
        let mut draft =
            self.draft(EventKind::LoginSucceeded, None).data("user", &user.name).data("by", "renewal");
        draft.from = from;
        let expires = access.expires;
        self.store.commit(Change { writes: vec![Write::InsertSession(access)], events: vec![draft] }).await?;
        Ok(api::Tokens { token, renewal: None, user: user.name, expires })
    }

    fn logged_in(&self, user: &Name, by: &str, from: Option<String>) -> Draft {
        let mut draft = self.draft(EventKind::LoginSucceeded, None).data("by", by);
        draft.actor = Some(Principal { issuer: self.issuer(), subject: user.clone() });
        draft.from = from;
        draft
    }

    fn new_session(
        &self,
        user: &Name,
        kind: SessionKind,
        now: Time,
        life: Span,
    ) -> Result<(Session, String), Error> {
        let token = new_token(kind)?;
        let session = Session {
            token_hash: Digest::of(token.as_bytes()),
            user: user.clone(),
            kind,
            created: now,
            expires: now.plus(life),
            last_used: now,
            parent: None,
        };
        Ok((session, token))
    }

    /// Ends the caller's session, and the renewal token that it came from: dead at once.
    pub async fn logout(&self, caller: &Caller) -> Result<(), Error> {
        let Some((token_hash, _)) = caller.session else { return Ok(()) };
        let parent = self.store.session(&token_hash).await?.and_then(|session| session.parent);
        let token_hash = parent.unwrap_or(token_hash);
        let draft = self.draft(EventKind::LoggedOut, Some(caller));
        let writes = vec![Write::EndSession { token_hash }];
        Ok(self.store.commit(Change { writes, events: vec![draft] }).await?)
    }

    pub fn whoami(&self, caller: &Caller) -> api::WhoAmI {
        let expires = caller.session.map(|(_, expires)| expires);
        api::WhoAmI {
            principal: caller.actor.principal.clone(),
            kind: caller.actor.kind,
            human: caller.actor.human.clone(),
            admin: caller.admin,
            expires,
            expires_in_s: expires.map(|t| t.secs_after(self.now())),
        }
    }

    pub async fn users(&self, caller: &Caller) -> Result<api::Users, Error> {
        self.only_admin(caller, "list users").await?;
        Ok(api::Users { users: self.store.users().await?.into_iter().map(user_view).collect() })
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
            Ok(()) => self.enrol(Some(caller), user).await,
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

    async fn enrol(&self, caller: Option<&Caller>, user: User) -> Result<api::Enrolled, Error> {
        let now = self.now();
        let code = new_code()?;
        let canonical =
            canonical_code(&code).ok_or_else(|| Error::Unavailable("a code could not be made".into()))?;
        let expires = now.plus(ENROLMENT);
        let enrolment = Enrolment {
            id: canonical.chars().take(5).collect(),
            code_hash: Digest::of(canonical.as_bytes()),
            user: user.name.clone(),
            expires,
            wrong: 0,
        };
        let draft =
            self.draft(EventKind::UserEnrolment, caller).data("user", &user.name).data("expires", expires);
        let writes = vec![Write::PutEnrolment(enrolment)];
        self.store.commit(Change { writes, events: vec![draft] }).await?;
        Ok(api::Enrolled { user: user_view(user), code, expires, expires_in_s: expires.secs_after(now) })
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
        let users = self.store.users().await?;
        let user = users.iter().find(|user| user.name == *name);
        let mut user = user.cloned().ok_or(Error::NotFound { what: "user", name: name.to_string() })?;
        let now = self.now();
        let draft = self.draft(EventKind::UserDisabled, Some(caller)).data("user", name);
        let mut writes = vec![Write::DisableUser { name: name.clone(), at: now }];
        // What acts for this person does not act any longer.
        let theirs = users.iter().filter(|u| u.human == *name && u.name != *name && u.disabled.is_none());
        writes.extend(theirs.map(|u| Write::DisableUser { name: u.name.clone(), at: now }));
        match self.store.commit(Change { writes, events: vec![draft] }).await {
            // Disabled already: what a failed attempt left is ended now.
            Ok(()) | Err(StoreError::Conflict) => user.disabled = user.disabled.or(Some(now)),
            Err(error) => return Err(error.into()),
        }
        let votes = self.withdraw_votes(caller, &user).await?;
        let theirs = self
            .open(caller, |r| r.requester.principal.subject == *name || r.requester.human.subject == *name)
            .await?;
        let mut items = Vec::with_capacity(theirs.len());
        for request in theirs {
            items.push(self.end_one(caller, &request, Some("the person was disabled")).await?);
        }
        Ok(api::Disabled { user: user_view(user), votes, revoked: api::Revoked { items } })
    }

    async fn withdraw_votes(&self, caller: &Caller, user: &User) -> Result<usize, Error> {
        let human = user.actor(&self.issuer()).human;
        let mut count = 0;
        let mut before = None;
        loop {
            let filter =
                RequestFilter { scope: Scope::All, states: vec![State::Pending], before, limit: 1000 };
            let page = self.store.requests(&filter).await?;
            before = page.last().map(|request| (request.created, request.id));
            for request in &page {
                if !request.votes.iter().any(|vote| vote.by.human == human) {
                    continue;
                }
                let _lock = self.per_request.lock(Key::Request(request.id)).await;
                let withdraw = |_: &_, _: Time| {
                    let transition = Transition::WithdrawVotes { human: human.clone() };
                    let mut decided = Decided::new(transition, EventKind::VoteWithdrawn);
                    decided.data.push(("user", user.name.to_string()));
                    Ok(decided)
                };
                match self.change(Some(caller), request.id, withdraw).await {
                    Ok(_) => count += 1,
                    // Decided meanwhile: the vote is weighed again at activation.
                    Err(Error::Conflict(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            if page.len() < 1000 {
                return Ok(count);
            }
        }
    }

    async fn only_admin(&self, caller: &Caller, what: &str) -> Result<(), Error> {
        if caller.admin {
            return Ok(());
        }
        let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", what);
        Err(self.refuse(draft, Error::Forbidden(format!("only administrators {what}"))).await)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_case_with_or_without_dashes_and_nothing_else_is_one() {
        let code = new_code().unwrap();
        assert_eq!(code.len(), 23);
        let canonical = canonical_code(&code).unwrap();
        assert_eq!(canonical_code(&code.to_uppercase().replace('-', " ")).unwrap(), canonical);
        for bad in [
            "",
            "abc",
            &code[1..],
            &format!("{code}0"),
            "ａbcde-abcde-abcde-abcde",
            "uuuuu-uuuuu-uuuuu-uuuuu",
        ] {
            assert_eq!(canonical_code(bad), None, "{bad:?}");
        }
    }
}
