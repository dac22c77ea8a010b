//! Revocations: inline policies of an IAM role, each of which denies everything to sessions by their
//! names.
//!
//! A policy is written once and never rewritten. IAM has no "replace if unchanged", and what it shows
//! may be seconds old: two writers of one list would lose each other's entries. One policy for each
//! session is gathered into one for several when there are many, as IAM takes 10,240 characters of
//! inline policies a role ("IAM and AWS STS quotas").

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{CredentialId, Span, Time};
use crate::provider::ProviderError;

use super::account::{Account, not_understood};
use super::call::CallError;
use super::xml::Reply;

/// What the names of all of jit's policies start with; it touches no other.
const ONE: &str = "jit-revoke-";
const SEVERAL: &str = "jit-revoked-";
/// Denies everything to a session that no credential has: written to prove that it can be.
const PROBE: &str = "jit-preflight";
/// A policy for several is made of that many.
const GATHER: usize = 16;
/// So long both are kept: IAM spreads a change in seconds, and not in the order of the changes.
const SETTLE: Span = Span::clamped(60);
/// The shortest session of STS: one that was made at the grant's end lasts so long after it. With some
/// time to spare.
const LINGER: Span = Span::clamped(900 + 300);
/// A role with more inline policies than these is none that IAM keeps.
const MOST_PAGES: usize = 50;

/// The name of a credential's session, and of nothing else.
pub fn session_name(credential: CredentialId) -> String {
    format!("jit-{credential}")
}

/// One of jit's policies, as its name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// `None` for a policy that denies several.
    pub one: Option<CredentialId>,
    made: Time,
    /// When no session that it denies is left.
    until: Time,
}

impl Entry {
    fn one(credential: CredentialId, end: Time) -> Self {
        let until = end.plus(LINGER);
        let name = format!("{ONE}{credential}-{}", until.unix_secs());
        Self { name, one: Some(credential), made: Time::from_millis(0), until }
    }

    fn several(random: CredentialId, made: Time, until: Time) -> Self {
        let name = format!("{SEVERAL}{random}-{}-{}", made.unix_secs(), until.unix_secs());
        Self { name, one: None, made, until }
    }

    /// When its session ends by itself.
    pub fn end(&self) -> Time {
        self.until.minus(LINGER)
    }

    /// `None` for a policy that is not jit's.
    fn parse(name: &str) -> Option<Self> {
        let time = |text: &str| {
            let secs: i64 = text.parse().ok()?;
            Some(Time::from_millis(secs.checked_mul(1000)?))
        };
        let entry = if let Some(rest) = name.strip_prefix(ONE) {
            let (id, until) = rest.split_once('-')?;
            let (one, until) = (Some(id.parse().ok()?), time(until)?);
            Self { name: name.to_owned(), one, made: Time::from_millis(0), until }
        } else {
            let (id, times) = name.strip_prefix(SEVERAL)?.split_once('-')?;
            id.parse::<CredentialId>().ok()?;
            let (made, until) = times.split_once('-')?;
            Self { name: name.to_owned(), one: None, made: time(made)?, until: time(until)? }
        };
        Some(entry)
    }
}

/// Denies everything to those sessions, whenever they were made: a late grant gives nothing back.
fn document(names: &[String]) -> Value {
    let users: Vec<String> = names.iter().map(|name| format!("*:{name}")).collect();
    // `aws:userid` of a session is `ROLE-ID:SESSION-NAME` (IAM User Guide, "IAM policy variables").
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"StringLike": {"aws:userid": users}}}]})
}

/// Whom a policy denies; `None` where it is not one that jit wrote, to the letter.
fn denied_by(text: &str) -> Option<Vec<CredentialId>> {
    let value: Value = serde_json::from_str(text).ok()?;
    let users = value.pointer("/Statement/0/Condition/StringLike/aws:userid")?.as_array()?;
    let ids: Vec<CredentialId> = users
        .iter()
        .map(|user| user.as_str()?.strip_prefix("*:jit-")?.parse().ok())
        .collect::<Option<_>>()?;
    let names: Vec<String> = ids.iter().copied().map(session_name).collect();
    (document(&names) == value).then_some(ids)
}

/// The revocations of one IAM role.
pub struct Denies<'a> {
    pub account: &'a Account<'a>,
    /// The role's name, without its path.
    pub role: &'a str,
}

impl Denies<'_> {
    async fn put(&self, name: &str, sessions: &[String]) -> Result<(), CallError> {
        let document = document(sessions).to_string();
        let params = [("RoleName", self.role), ("PolicyName", name), ("PolicyDocument", &document)];
        self.account.iam("PutRolePolicy", &params).await.map(drop)
    }

    async fn remove(&self, name: &str) -> Result<(), ProviderError> {
        let params = [("RoleName", self.role), ("PolicyName", name)];
        match self.account.iam("DeleteRolePolicy", &params).await {
            Ok(_) => Ok(()),
            Err(error) if error.is("NoSuchEntity") => Ok(()),
            Err(error) => Err(error.while_doing("remove a policy of jit's from the role")),
        }
    }

    /// The names of all inline policies that are jit's, and AWS's clock.
    pub async fn list(&self) -> Result<(Vec<Entry>, Time), ProviderError> {
        const ACTION: &str = "ListRolePolicies";
        let mut entries = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut params = vec![("RoleName", self.role)];
            params.extend(marker.as_deref().map(|marker| ("Marker", marker)));
            let answer = self.account.iam(ACTION, &params).await;
            let answer = answer.map_err(|e| e.while_doing("list the role's inline policies"))?;
            let reply = Reply::parse(&answer.xml).ok_or_else(|| not_understood(ACTION))?;
            let names = reply.members(ACTION, &["PolicyNames"]).ok_or_else(|| not_understood(ACTION))?;
            entries.extend(names.into_iter().filter_map(Entry::parse));
            match reply.text(ACTION, &["IsTruncated"]) {
                Some("true") => {
                    let next = reply.text(ACTION, &["Marker"]).ok_or_else(|| not_understood(ACTION))?;
                    marker = Some(next.to_owned());
                }
                Some("false") | None => {
                    let clock = answer.date.ok_or_else(|| not_understood(ACTION))?;
                    return Ok((entries, clock));
                }
                Some(_) => break,
            }
        }
        Err(not_understood(ACTION))
    }

    /// Whom one of jit's policies denies: nobody, where it was changed by hand or is gone.
    pub async fn read(&self, entry: &Entry) -> Result<Vec<CredentialId>, ProviderError> {
        const ACTION: &str = "GetRolePolicy";
        let params = [("RoleName", self.role), ("PolicyName", entry.name.as_str())];
        let answer = match self.account.iam(ACTION, &params).await {
            Ok(answer) => answer,
            Err(error) if error.is("NoSuchEntity") => return Ok(Vec::new()),
            Err(error) => return Err(error.while_doing("read a policy of jit's")),
        };
        let reply = Reply::parse(&answer.xml).ok_or_else(|| not_understood(ACTION))?;
        let text = reply.text(ACTION, &["PolicyDocument"]).ok_or_else(|| not_understood(ACTION))?;
        Ok(denied_by(&percent_decoded(text)).unwrap_or_default())
    }

    /// Whether the credential's session is denied everything, read back.
    pub async fn has(&self, credential: CredentialId) -> Result<bool, ProviderError> {
        let (entries, _) = self.list().await?;
        for entry in entries.iter().filter(|entry| entry.one.is_none_or(|one| one == credential)) {
            if self.read(entry).await?.contains(&credential) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Denies everything to the credential's session.
    pub async fn add(&self, credential: CredentialId, end: Time) -> Result<(), ProviderError> {
        let entry = Entry::one(credential, end);
        let session = [session_name(credential)];
        match self.put(&entry.name, &session).await {
            Err(error) if error.is("LimitExceeded") => {
                self.tidy().await?;
                self.put(&entry.name, &session).await
            }
            done => done,
        }
        .map_err(|error| error.while_doing("revoke the session"))
    }

    /// Removes what denies nobody any more, and gathers what takes too much room.
    pub async fn tidy(&self) -> Result<(), ProviderError> {
        // By AWS's clock: one of ours that runs ahead would give revoked sessions back.
        let (entries, now) = self.list().await?;
        let (live, over): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.until > now);
        for entry in &over {
            self.remove(&entry.name).await?;
        }
        let mut gathered: BTreeMap<CredentialId, bool> = BTreeMap::new();
        for entry in live.iter().filter(|entry| entry.one.is_none()) {
            let settled = entry.made.plus(SETTLE) <= now;
            for id in self.read(entry).await? {
                *gathered.entry(id).or_default() |= settled;
            }
        }
        let mut loose = Vec::new();
        for entry in &live {
            let Some(id) = entry.one else { continue };
            match gathered.get(&id) {
                Some(true) => self.remove(&entry.name).await?,
                Some(false) => {}
                // One that was changed by hand denies nobody, and is not made to deny again.
                None => loose.push((id, entry.until)),
            }
        }
        let Some(until) = loose.iter().map(|(_, until)| *until).max() else { return Ok(()) };
        if loose.len() < GATHER {
            return Ok(());
        }
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(|error| ProviderError::Unavailable {
            what: "the operating system gives no random numbers".to_owned(),
            source: Some(Box::new(error)),
        })?;
        let entry = Entry::several(CredentialId::from_random(random), now, until);
        let sessions: Vec<String> = loose.iter().map(|(id, _)| session_name(*id)).collect();
        let put = self.put(&entry.name, &sessions).await;
        put.map_err(|error| error.while_doing("gather revocations in one policy"))
    }

    /// Proves that the role is there and that a revocation could be written, read back and removed; and
    /// reads for how many seconds the role's sessions may last.
    pub async fn prove(&self, arn: &str) -> Result<u64, ProviderError> {
        const ACTION: &str = "GetRole";
        let answer = self.account.iam(ACTION, &[("RoleName", self.role)]).await;
        let answer = answer.map_err(|e| e.while_doing("show the role"))?;
        let reply = Reply::parse(&answer.xml).ok_or_else(|| not_understood(ACTION))?;
        if reply.text(ACTION, &["Role", "Arn"]) != Some(arn) {
            let what =
                "the account of jit's own key has another role of that name, and not the one of the policy";
            return Err(ProviderError::Refused(what.to_owned()));
        }
        // An hour, where IAM does not say otherwise (IAM API reference, "Role").
        let longest = match reply.text(ACTION, &["Role", "MaxSessionDuration"]) {
            None => 3600,
            Some(secs) => secs.parse().map_err(|_| not_understood(ACTION))?,
        };
        self.list().await?;
        let put = self.put(PROBE, &[PROBE.to_owned()]).await;
        put.map_err(|error| error.while_doing("let jit revoke sessions of the role"))?;
        let probe = Entry {
            name: PROBE.to_owned(),
            one: None,
            made: Time::from_millis(0),
            until: Time::from_millis(0),
        };
        // It may not be seen yet; that it may be asked for is what counts.
        self.read(&probe).await?;
        self.remove(PROBE).await?;
        Ok(longest)
    }
}

/// IAM shows policies percent-encoded (RFC 3986).
pub fn percent_decoded(text: &str) -> String {
    let url = reqwest::Url::parse(&format!("http://localhost/?{}", text.replace('+', "%2B")));
    let decoded = url.map(|url| url.query_pairs().next().map(|(all, _)| all.into_owned()));
    decoded.ok().flatten().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_of_jits_is_known_by_its_name_and_every_other_is_left_alone() {
        let (id, time) = (CredentialId::from_number(7).unwrap(), Time::from_millis(1_700_000_000_000));
        let one = Entry::one(id, time);
        assert_eq!(one.name, "jit-revoke-000000000007-1700001200");
        assert_eq!(Entry::parse(&one.name), Some(one));
        let several = Entry::several(id, time, time.plus(SETTLE));
        assert_eq!(Entry::parse(&several.name), Some(several.clone()));
        assert!(several.name.len() <= 128);
        for other in [
            "",
            "admin",
            PROBE,
            "jit-revoke-",
            "jit-revoke-000000000007",
            "jit-revoke-000000000007-x",
            "jit-revoke-all-1",
            "jit-revoke-000000000007-99999999999999999999",
            "jit-revoked-000000000007-1",
            "xjit-revoke-000000000007-1",
        ] {
            assert_eq!(Entry::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_policy_that_was_changed_denies_nobody() {
        let ids = [1, 2].map(|n| CredentialId::from_number(n).unwrap());
        let text = document(&ids.map(session_name)).to_string();
        assert_eq!(denied_by(&text), Some(ids.to_vec()));
        for (from, to) in [
            ("Deny", "Allow"),
            ("\"Action\":\"*\"", "\"Action\":\"s3:*\""),
            ("\"Resource\":\"*\"", "\"Resource\":\"x\""),
            ("StringLike", "StringEquals"),
            ("2012", "2008"),
            ("*:jit-", "jit-"),
            ("[{", "[{\"Sid\":\"x\","),
            ("000000000002", "00000000000O"),
        ] {
            assert!(text.contains(from));
            assert_eq!(denied_by(&text.replace(from, to)), None, "{from} became {to}");
        }
        // What a role takes: 10,240 characters without white space.
        let many: Vec<String> =
            (1..=16).map(|n| session_name(CredentialId::from_number(n).unwrap())).collect();
        assert!(document(&many[..1]).to_string().len() < 160 && document(&many).to_string().len() < 500);
    }

    #[test]
    fn percent_decoding_gives_the_text_back() {
        for text in ["{\"a\":\"*:b\"}", "a b", "+", "%7B%22a%22%3A1%7D"] {
            let decoded = percent_decoded(text);
            assert!(decoded == text || decoded == "{\"a\":1}", "{text} {decoded}");
        }
    }
}
