//! Codes and tokens: logging in with a one-time code, renewing, logging out, and who a token stands for.

use subtle::ConstantTimeEq;

use crate::api;
use crate::audit::{Draft, EventKind};
use crate::domain::{Digest, Name, Principal, Span, Time};
use crate::store::{Change, Enrolment, Session, SessionKind, StoreError, User, Write};

use super::engine::{Caller, Engine, random};
use super::error::Error;
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
        let (session, user) = match self.session(token, SessionKind::Access).await {
            Ok(found) => found,
            Err(error @ (Error::NotLoggedIn | Error::Suspended(_))) => {
                let mut draft = self.draft(EventKind::AccessRefused, None);
                draft.from = from;
                return Err(self.refuse(draft, error).await);
            }
            Err(error) => return Err(error),
        };
        let now = self.now();
        if now >= session.expires || now >= session.last_used.plus(IDLE) {
            // Recorded, and with it the time: after a restart no clock that is behind revives the session.
            let mut draft = self.draft(EventKind::AccessRefused, None).data("user", &user.name);
            draft.from = from;
            return Err(self.refuse(draft, Error::SessionOver).await);
        }
        if now >= session.last_used.plus(TOUCH) {
            let touch = Write::TouchSession { token_hash: session.token_hash, at: now };
            // A use that cannot be written down ends the session early, never late.
            if let Err(error) = self.store.commit(Change { writes: vec![touch], events: Vec::new() }).await {
                tracing::warn!(%error, "the use of a session could not be recorded");
            }
        }
        let powers = self.powers_of(&user).await?;
        let session = Some((session.token_hash, session.expires));
        Ok(Caller { actor: user.actor(&self.issuer()), powers, from, session })
    }

    /// The caller of a session that lives, as they are now; it is not touched.
    pub(super) async fn look_again(&self, token_hash: &Digest, caller: &Caller) -> Result<Caller, Error> {
        let (session, user) = self.session_of(*token_hash, SessionKind::Access).await?;
        let now = self.now();
        if now >= session.expires || now >= session.last_used.plus(IDLE) {
            return Err(Error::SessionOver);
        }
        let powers = self.powers_of(&user).await?;
        let session = Some((session.token_hash, session.expires));
        Ok(Caller { actor: user.actor(&self.issuer()), powers, from: caller.from.clone(), session })
    }

    /// The live session of a token of that kind, with its enabled user.
    async fn session(&self, token: &str, kind: SessionKind) -> Result<(Session, User), Error> {
        if token.len() > LONGEST_TOKEN {
            return Err(Error::NotLoggedIn);
        }
        self.session_of(Digest::of(token.as_bytes()), kind).await
    }

    async fn session_of(&self, hash: Digest, kind: SessionKind) -> Result<(Session, User), Error> {
        let session =
            self.store.session(&hash).await?.filter(|s| s.kind == kind).ok_or(Error::NotLoggedIn)?;
        let user = self.store.user(&session.user).await?.ok_or(Error::NotLoggedIn)?;
        let human =
            if user.human == user.name { Some(user.clone()) } else { self.store.user(&user.human).await? };
        if user.disabled.is_some() || human.is_none_or(|human| human.disabled.is_some()) {
            return Err(Error::NotLoggedIn);
        }
        self.let_in(&user)?;
        Ok((session, user))
    }

    /// A suspended person is nobody here until they are reinstated, nor is what acts for them.
    pub(super) fn let_in(&self, user: &User) -> Result<(), Error> {
        let in_force = self.in_force();
        let declared = in_force.policy.people.get(&user.name).and_then(|person| person.human.as_ref());
        match self.suspended([&user.name, &user.human].into_iter().chain(declared)) {
            Some(why) => Err(Error::Suspended(why)),
            None => Ok(()),
        }
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
        if let Some(user) = self.store.user(&enrolment.user).await?
            && let Err(error) = self.let_in(&user)
        {
            return Err(self.refuse(refusal, error).await);
        }
        let (access, access_token) = self.new_session(&enrolment.user, SessionKind::Access, now, ACCESS)?;
        let (renewal, renewal_token) =
            self.new_session(&enrolment.user, SessionKind::Renewal, now, RENEWAL)?;
        let access = Session { parent: Some(renewal.token_hash), ..access };
        let draft = self.logged_in(&enrolment.user, "code", from);
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
            Err(error @ (Error::NotLoggedIn | Error::Suspended(_))) => {
                return Err(self.refuse(refusal, error).await);
            }
            Err(error) => return Err(error),
        };
        let now = self.now();
        if now >= renewal.expires {
            return Err(self.refuse(refusal.data("user", &user.name), Error::NotLoggedIn).await);
        }
        let (access, token) = self.new_session(&user.name, SessionKind::Access, now, ACCESS)?;
        let access = Session { parent: Some(renewal.token_hash), ..access };
        let draft = self.logged_in(&user.name, "renewal", from);
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
            admin: caller.is_admin(),
            in_jit: caller.powers.clone().into(),
            expires,
            expires_in_s: expires.map(|t| t.secs_after(self.now())),
        }
    }

    /// Gives the user a new one-time code; the earlier one is dead.
    pub(super) async fn enrol(&self, caller: Option<&Caller>, user: User) -> Result<api::Enrolled, Error> {
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
            code.get(1..).unwrap(),
            &format!("{code}0"),
            "ａbcde-abcde-abcde-abcde",
            "uuuuu-uuuuu-uuuuu-uuuuu",
        ] {
            assert_eq!(canonical_code(bad), None, "{bad:?}");
        }
    }
}
