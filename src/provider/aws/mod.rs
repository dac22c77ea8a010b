//! The `aws` provider: sessions of IAM roles.
//!
//! STS makes a session, and its own policy ends it at the grant's end, by AWS's clock. An inline policy
//! on the IAM role ends it earlier. AWS is eventually consistent: what was written and read back is in
//! force everywhere a few seconds later, which nobody can read back.

mod account;
mod call;
mod deny;
mod key;
mod process;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{AwsGives, CredentialId, Gives, ProviderKind, Resource, Secret, Span, Time};
use crate::provider::recent::Recent;
use crate::provider::{
    CredentialAsk, Handle, Intent, Material, Owned, Presence, Provider, ProviderError, Revoked,
};
use account::{Account, not_understood};
use call::{Calls, wall_clock};
use deny::{Denies, session_name};
use xml::Reply;

pub use process::credential_process;

/// The shortest and the longest session, in seconds (STS API reference, AssumeRole).
const SHORTEST: u64 = 900;
const LONGEST: u64 = 43_200;
/// How far AWS's clock and this machine's may lie apart when the end of a session is checked.
const SKEW: Span = Span::clamped(60);
/// Longer than any tidying takes; what is left of it waits for the next.
const TIDY: Duration = Duration::from_secs(30);

/// A proof counts for this long. IAM counts writes, and a proof is three of them: those who come together
/// share one.
const FRESH: Duration = Duration::from_secs(10);

/// Makes sessions of IAM roles with jit's own key. It keeps nothing but a moment's proofs.
#[derive(Debug, Default)]
pub struct AwsProvider {
    calls: Calls,
    /// That sessions of a role can be revoked: how long each may be.
    proofs: Recent<u64>,
}

impl AwsProvider {
    pub fn new() -> Self {
        Self::default()
    }
}

fn now() -> Time {
    Time::from(wall_clock())
}

fn of_aws(gives: &Gives) -> Result<&AwsGives, ProviderError> {
    match gives {
        Gives::Aws(gives) => Ok(gives),
        other => Err(ProviderError::Refused(format!("{} is not given by aws", other.provider()))),
    }
}

/// What is cleaned up is nobody's access: a failure waits for the next time.
async fn tidy(denies: &Denies<'_>) {
    match tokio::time::timeout(TIDY, denies.tidy()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "old revocations could not be removed from an IAM role yet"),
        Err(_) => tracing::warn!("old revocations could not be removed from an IAM role in time"),
    }
}

#[async_trait]
impl Provider for AwsProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Aws
    }

    /// jit's own key has to be one. Whether it may revoke is a question of the IAM role, and is asked
    /// when a session of it is to be made.
    async fn preflight(&self, resource: &Resource) -> Result<(), ProviderError> {
        Account::open(&self.calls, resource).await?.clock().await.map(drop)
    }

    /// Repeated, it gives another session of the same name and the same end: one revocation ends them
    /// all.
    async fn grant(&self, intent: &Intent) -> Result<Material, ProviderError> {
        let gives = of_aws(&intent.gives)?;
        if !matches!(intent.ask, CredentialAsk::Issue { .. }) {
            return Err(ProviderError::Refused("AWS makes the secrets of its sessions itself".to_owned()));
        }
        let account = Account::open(&self.calls, &intent.resource).await?;
        let role = account.role(gives)?;
        let denies = Denies { account: &account, role: role.name };
        let longest = self.proofs.get(&account.proof_of(gives), FRESH, denies.prove(&gives.role_arn)).await?;
        if denies.has(intent.credential).await? {
            return Err(ProviderError::Refused("this credential was revoked".to_owned()));
        }
        let policy = gives.session_policy_until(intent.end).map_err(|error| {
            ProviderError::Refused(format!("the role's session policy cannot be used: {error}"))
        })?;
        let left = u64::try_from(intent.end.secs_after(now())).unwrap_or(0);
        if left == 0 {
            return Err(ProviderError::Refused("the grant is over".to_owned()));
        }
        // INVARIANT 3: where this is longer than the grant, the session's policy ends it.
        let duration = left.min(longest).clamp(SHORTEST, LONGEST);
        match assume(&account, gives, intent.credential, duration, &policy).await {
            Err(Assumed::Not(error)) => Err(error),
            Err(Assumed::Wrong(why)) => {
                denies.add(intent.credential, intent.end).await?;
                Err(ProviderError::Refused(format!("AWS made a session that was not asked for: {why}")))
            }
            Ok(material) => Ok(material),
        }
    }

    /// Writes that everything is denied to the session, whenever it was made.
    async fn revoke(&self, handle: &Handle, now: Time) -> Result<Revoked, ProviderError> {
        // AWS asks at each call; there are no connections to close.
        let revoked = Revoked { sessions: None };
        let gives = of_aws(&handle.gives)?;
        let account = Account::open(&self.calls, &handle.resource).await?;
        if now >= handle.end && account.clock().await? >= handle.end {
            // The session's policy has ended it.
            return Ok(revoked);
        }
        let denies = Denies { account: &account, role: account.role(gives)?.name };
        denies.add(handle.credential, handle.end).await?;
        tidy(&denies).await;
        Ok(revoked)
    }

    /// The role's policy denies the session everything; or AWS's own clock is past the end that the
    /// session's policy has.
    async fn verify_absent(&self, handle: &Handle, now: Time) -> Result<Presence, ProviderError> {
        let gives = of_aws(&handle.gives)?;
        let account = Account::open(&self.calls, &handle.resource).await?;
        if now >= handle.end && account.clock().await? >= handle.end {
            return Ok(Presence::Absent);
        }
        let denies = Denies { account: &account, role: account.role(gives)?.name };
        if denies.has(handle.credential).await? {
            return Ok(Presence::Absent);
        }
        Ok(Presence::Present("no policy of the IAM role denies the session".to_owned()))
    }

    /// STS tells nobody which sessions there are.
    fn lists_live(&self) -> bool {
        false
    }

    /// The revocations on the IAM roles of `known`.
    async fn inventory(
        &self,
        resource: &Resource,
        known: &[Handle],
        now: Time,
    ) -> Result<Vec<Owned>, ProviderError> {
        let account = Account::open(&self.calls, resource).await?;
        let mut roles = BTreeSet::new();
        for handle in known {
            roles.insert(account.role(of_aws(&handle.gives)?)?.name);
        }
        let mut found: BTreeMap<CredentialId, Owned> = BTreeMap::new();
        for role in roles {
            let denies = Denies { account: &account, role };
            for entry in denies.list().await?.0 {
                let denied = denies.read(&entry).await?;
                // Whoever had it may use it again: what nobody has on record is then revoked anew.
                if let Some(credential) = entry.one.filter(|one| !denied.contains(one)) {
                    let live = now < entry.end();
                    let changes = vec![format!("the policy {} no longer denies it everything", entry.name)];
                    found.entry(credential).or_insert(Owned { credential, live, changes });
                }
                for credential in denied {
                    found.insert(credential, Owned { credential, live: false, changes: Vec::new() });
                }
            }
            tidy(&denies).await;
        }
        Ok(found.into_values().collect())
    }
}

/// Why there is no session to give.
enum Assumed {
    Not(ProviderError),
    /// There is one, and it is not what was asked for.
    Wrong(&'static str),
}

async fn assume(
    account: &Account<'_>,
    gives: &AwsGives,
    credential: CredentialId,
    duration: u64,
    policy: &str,
) -> Result<Material, Assumed> {
    const ACTION: &str = "AssumeRole";
    let name = session_name(credential);
    let seconds = duration.to_string();
    let params = [
        ("RoleArn", gives.role_arn.as_str()),
        ("RoleSessionName", &name),
        ("DurationSeconds", &seconds),
        ("Policy", policy),
    ];
    let answer = account.sts(ACTION, &params).await;
    let answer = answer.map_err(|error| Assumed::Not(error.while_doing("make a session of the role")))?;
    let reply = Reply::parse(&answer.xml).ok_or_else(|| Assumed::Not(not_understood(ACTION)))?;
    let text = |path: &[&str]| reply.text(ACTION, path);
    // The name is what a revocation finds it by.
    let user = text(&["AssumedRoleUser", "AssumedRoleId"]).and_then(|id| id.split_once(':'));
    if user.is_none_or(|(_, session)| session != name) {
        return Err(Assumed::Wrong("it has another name"));
    }
    let expires: Time = text(&["Credentials", "Expiration"])
        .and_then(|text| text.parse().ok())
        .ok_or(Assumed::Wrong("its end is not told"))?;
    if expires > now().plus(Span::clamped(duration)).plus(SKEW) {
        return Err(Assumed::Wrong("it lasts longer than asked"));
    }
    let part = |name| text(&["Credentials", name]).ok_or(Assumed::Wrong("a part of its key is missing"));
    Ok(Material::Aws {
        access_key_id: part("AccessKeyId")?.to_owned(),
        secret_access_key: Secret::new(part("SecretAccessKey")?),
        session_token: Secret::new(part("SessionToken")?),
        region: Some(account.region.to_owned()),
        expires: Some(expires),
    })
}

#[cfg(test)]
mod tests;
