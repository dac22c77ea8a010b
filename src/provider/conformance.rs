//! What every provider must do, tried with the real use of what it gives: named checks, for each provider's
//! tests, and by `jit provider test` for anybody's plugin.

use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::time::timeout;

use super::{Handle, Intent, Material, Owned, Presence, Provider, ProviderError};
use crate::checks::{self, Check, Checked, Miss, Suite, Verdict, must};
use crate::domain::{CredentialId, RequestId, Span, Time};

/// No call of a provider takes that long: each bounds its own time.
const LONGEST_CALL: Duration = Duration::from_secs(90);
/// When a call is given up, as if jit had been killed there: before, in and after what it does.
const GIVEN_UP_AFTER: [u64; 4] = [1, 10, 50, 250];

/// A provider with a target behind it.
#[async_trait]
pub trait Subject: Send + Sync {
    fn provider(&self) -> &dyn Provider;

    /// A sound intent for these.
    fn intent(&self, request: RequestId, credential: CredentialId, start: Time, end: Time) -> Intent;

    /// Really uses what was granted.
    async fn can_use(&self, material: &Material) -> bool;

    /// Whether the target itself ends a credential. One that cannot has only jit to end it.
    fn enforces_end(&self) -> bool {
        true
    }
}

/// Runs every check, one after the other, and ends what each leaves behind. `told` hears each verdict as it
/// comes.
pub async fn run(
    subject: &dyn Subject,
    told: impl FnMut(&'static str, &Verdict),
) -> Vec<(&'static str, Verdict)> {
    checks::run(&OnTarget { subject, made: Mutex::default() }, OnTarget::CHECKS, told).await
}

/// The entry of a provider's own tests.
#[cfg(test)]
pub async fn conforms(subject: &dyn Subject) {
    let verdicts = run(subject, |_, _| ()).await;
    let failed: Vec<String> = verdicts
        .into_iter()
        .filter_map(|(name, verdict)| match verdict {
            Verdict::Failed(why) => Some(format!("{name}: {why}")),
            Verdict::Ok | Verdict::Skipped(_) => None,
        })
        .collect();
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[expect(clippy::disallowed_methods, reason = "a real target knows no other time")]
pub fn now() -> Time {
    Time::from(SystemTime::now())
}

struct OnTarget<'a> {
    subject: &'a dyn Subject,
    /// What the running check may have granted.
    made: Mutex<Vec<Handle>>,
}

impl<'a> OnTarget<'a> {
    /// In this order: what fails early is the reason for what fails late. What says that it could not revoke is
    /// not asked to grant.
    const CHECKS: &'a [Check<Self>] = checks::list! {
        "the preflight passes": Self::preflight,
        "what was never granted is revoked and absent": Self::never_granted,
        "what was granted works, and is not said to be absent": Self::granted,
        "a grant that is repeated gives the same access, and one revocation ends it": Self::granted_twice,
        "a revocation ends the access, and may be repeated": Self::revoked_twice,
        "two grants at once stand alone, and the end of one leaves the other": Self::two_grants,
        "the inventory tells what is live and what is not": Self::inventory,
        "a revocation before the grant wins": Self::revoked_before,
        "a grant that comes again after the revocation gives nothing back": Self::granted_after,
        "a grant whose answer was lost is revoked": Self::answer_lost,
        "a grant that was given up midway is revoked": Self::grant_given_up,
        "a revocation that was given up midway is finished by the next": Self::revocation_given_up,
        "two revocations at once end the access": Self::revoked_at_once,
        "a credential ends by itself": Self::ends_by_itself,
        "a credential whose end has passed is revoked and absent": Self::revoked_after_its_end,
    };

    async fn preflight(&self) -> Checked {
        let intent = self.intent(600)?;
        let (kind, resource) = (self.provider().kind(), intent.resource.provider());
        must(kind == resource, || format!("it is of kind {kind}, and its resource of {resource}"))?;
        bounded("preflight", self.provider().preflight(&intent.resource)).await
    }

    async fn never_granted(&self) -> Checked {
        let intent = self.intent(600)?;
        for _ in 0..2 {
            self.revoke(&intent).await?;
            self.must_be_absent(&intent).await?;
        }
        Ok(())
    }

    async fn granted(&self) -> Checked {
        let intent = self.intent(600)?;
        let material = self.grant(&intent).await?;
        self.must_work(&material, "what was granted does not work").await?;
        must(!self.is_absent(&intent).await?, || "it is said to be absent while it works".to_owned())
    }

    async fn granted_twice(&self) -> Checked {
        let intent = self.intent(600)?;
        let (first, again) = (self.grant(&intent).await?, self.grant(&intent).await?);
        self.must_work(&first, "what the first grant gave does not work").await?;
        self.must_work(&again, "what the repeated grant gave does not work").await?;
        self.end(&intent).await?;
        self.must_not_work(&first, "what the first grant gave works after the revocation").await?;
        self.must_not_work(&again, "what the repeated grant gave works after the revocation").await
    }

    async fn revoked_twice(&self) -> Checked {
        let intent = self.intent(600)?;
        let material = self.grant(&intent).await?;
        for _ in 0..2 {
            self.end(&intent).await?;
            self.must_not_work(&material, "it works after its revocation").await?;
        }
        Ok(())
    }

    async fn two_grants(&self) -> Checked {
        let (one, two) = (self.intent(600)?, self.intent(600)?);
        let (first, second) = tokio::join!(self.grant(&one), self.grant(&two));
        let (first, second) = (first?, second?);
        self.must_work(&first, "the first does not work beside the second").await?;
        self.must_work(&second, "the second does not work beside the first").await?;
        self.end(&one).await?;
        self.must_not_work(&first, "the first works after its revocation").await?;
        self.must_work(&second, "the second ended with the first").await?;
        must(!self.is_absent(&two).await?, || "the second is said to be absent while it works".to_owned())?;
        self.end(&two).await?;
        self.must_not_work(&second, "the second works after its revocation").await
    }

    async fn inventory(&self) -> Checked {
        let (one, two) = (self.intent(600)?, self.intent(600)?);
        self.grant(&one).await?;
        self.grant(&two).await?;
        self.end(&one).await?;
        let owned = self.owned(&[&one, &two]).await?;
        let of = |intent: &Intent| owned.iter().find(|owned| owned.credential == intent.credential);
        must(of(&one).is_none_or(|one| !one.live), || "one is live after its revocation".to_owned())?;
        let Some(two) = of(&two) else {
            return must(!self.provider().lists_live(), || "one that works is not in it".to_owned());
        };
        must(two.live, || "one is not live while it works".to_owned())?;
        must(two.changes.is_empty(), || format!("one that nobody changed has: {}", two.changes.join("; ")))
    }

    async fn revoked_before(&self) -> Checked {
        let intent = self.intent(600)?;
        self.revoke(&intent).await?;
        self.must_come_too_late(&intent).await
    }

    async fn granted_after(&self) -> Checked {
        let intent = self.intent(600)?;
        let material = self.grant(&intent).await?;
        self.end(&intent).await?;
        self.must_come_too_late(&intent).await?;
        self.must_not_work(&material, "what was revoked works again").await
    }

    async fn answer_lost(&self) -> Checked {
        let intent = self.intent(600)?;
        let lost = self.grant(&intent).await?;
        // All that the engine has after a crash is what it recorded before the grant.
        self.end(&intent).await?;
        self.must_not_work(&lost, "it works after its revocation").await?;
        self.must_not_be_live(&intent).await
    }

    async fn grant_given_up(&self) -> Checked {
        for millis in GIVEN_UP_AFTER {
            let intent = self.intent(600)?;
            let grant = self.provider().grant(&intent);
            let given = timeout(Duration::from_millis(millis), grant).await;
            self.end(&intent).await?;
            self.must_not_be_live(&intent).await?;
            if let Ok(Ok(material)) = given {
                self.must_not_work(&material, "it works after its revocation").await?;
            }
        }
        Ok(())
    }

    async fn revocation_given_up(&self) -> Checked {
        for millis in GIVEN_UP_AFTER {
            let intent = self.intent(600)?;
            let (material, handle) = (self.grant(&intent).await?, Handle::from(&intent));
            let _ = timeout(Duration::from_millis(millis), self.provider().revoke(&handle, now())).await;
            self.end(&intent).await?;
            self.must_not_work(&material, "it works after its revocation").await?;
        }
        Ok(())
    }

    /// One of the two may fail: both are tried again until the absence is read back.
    async fn revoked_at_once(&self) -> Checked {
        let intent = self.intent(600)?;
        let (material, handle) = (self.grant(&intent).await?, Handle::from(&intent));
        let _ = tokio::join!(
            timeout(LONGEST_CALL, self.provider().revoke(&handle, now())),
            timeout(LONGEST_CALL, self.provider().revoke(&handle, now())),
        );
        self.end(&intent).await?;
        self.must_not_work(&material, "it works after its revocation").await
    }

    async fn ends_by_itself(&self) -> Checked {
        if !self.subject.enforces_end() {
            return Err(Miss::Skipped("the target cannot end a credential: only jit does".to_owned()));
        }
        // On a machine so busy that a use takes longer than the life, a longer one is tried.
        for secs in [3, 10, 30] {
            let intent = self.intent(secs)?;
            let material = self.grant(&intent).await?;
            let works = self.subject.can_use(&material).await;
            if !works && now() >= intent.end {
                continue;
            }
            must(works, || "it does not work before its end".to_owned())?;
            until(intent.end).await;
            return self.must_not_work(&material, "it works after its end").await;
        }
        Err(Miss::Failed("a use takes more than 30 s".to_owned()))
    }

    async fn revoked_after_its_end(&self) -> Checked {
        let intent = self.intent(1)?;
        // Where the end comes first, there may be nothing to give any more.
        let material = bounded("grant", self.provider().grant(&intent)).await;
        until(intent.end).await;
        self.end(&intent).await?;
        match material {
            Ok(material) => self.must_not_work(&material, "it works after its revocation").await,
            Err(_) => Ok(()),
        }
    }
}

/// What checks are made of.
impl OnTarget<'_> {
    fn provider(&self) -> &dyn Provider {
        self.subject.provider()
    }

    /// A new one, which is ended after the check.
    fn intent(&self, secs: u64) -> Result<Intent, Miss> {
        let random = || {
            let mut bytes = [0; 8];
            getrandom::fill(&mut bytes).map_err(failed)?;
            Ok::<_, Miss>(bytes)
        };
        let start = now().whole_secs();
        let (request, credential) = (RequestId::from_random(random()?), CredentialId::from_random(random()?));
        let intent = self.subject.intent(request, credential, start, start.plus(Span::clamped(secs)));
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push((&intent).into());
        Ok(intent)
    }

    async fn grant(&self, intent: &Intent) -> Result<Material, Miss> {
        bounded("grant", self.provider().grant(intent)).await
    }

    async fn revoke(&self, intent: &Intent) -> Checked {
        bounded("revoke", self.provider().revoke(&intent.into(), now())).await.map(|_| ())
    }

    /// Revoked, and read back.
    async fn end(&self, intent: &Intent) -> Checked {
        self.revoke(intent).await?;
        self.must_be_absent(intent).await
    }

    async fn is_absent(&self, intent: &Intent) -> Result<bool, Miss> {
        let presence = bounded("verify", self.provider().verify_absent(&intent.into(), now())).await?;
        Ok(presence == Presence::Absent)
    }

    async fn must_be_absent(&self, intent: &Intent) -> Checked {
        match bounded("verify", self.provider().verify_absent(&intent.into(), now())).await? {
            Presence::Absent => Ok(()),
            Presence::Present(what) => Err(Miss::Failed(format!("it is there after its revocation: {what}"))),
        }
    }

    async fn must_work(&self, material: &Material, else_say: &str) -> Checked {
        must(self.subject.can_use(material).await, || else_say.to_owned())
    }

    async fn must_not_work(&self, material: &Material, else_say: &str) -> Checked {
        must(!self.subject.can_use(material).await, || else_say.to_owned())
    }

    /// A grant after the revocation is refused, or gives what does not work.
    async fn must_come_too_late(&self, intent: &Intent) -> Checked {
        match timeout(LONGEST_CALL, self.provider().grant(intent)).await {
            Ok(Err(ProviderError::Refused(_))) => Ok(()),
            Ok(Ok(material)) => self.must_not_work(&material, "a late grant gives what was revoked").await,
            Ok(Err(error)) => Err(Miss::Failed(format!("a late grant is not refused, it fails: {error}"))),
            Err(_) => Err(took_too_long("grant")),
        }
    }

    async fn owned(&self, known: &[&Intent]) -> Result<Vec<Owned>, Miss> {
        let Some(resource) = known.first().map(|intent| &intent.resource) else { return Ok(Vec::new()) };
        let known: Vec<Handle> = known.iter().map(|intent| Handle::from(*intent)).collect();
        bounded("inventory", self.provider().inventory(resource, &known, now())).await
    }

    async fn must_not_be_live(&self, intent: &Intent) -> Checked {
        let live = self.owned(&[intent]).await?.iter().any(|o| o.credential == intent.credential && o.live);
        must(!live, || "the inventory has it as live after its revocation".to_owned())
    }
}

#[async_trait]
impl Suite for OnTarget<'_> {
    async fn tidy(&self) -> Result<(), String> {
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        for handle in made {
            let revoked = timeout(LONGEST_CALL, self.provider().revoke(&handle, now())).await;
            match revoked {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => {
                    return Err(format!("{} is not revoked: {}", handle.credential, chain(&error)));
                }
                Err(_) => return Err(format!("{} is not revoked in time", handle.credential)),
            }
        }
        Ok(())
    }
}

fn failed(why: impl Display) -> Miss {
    Miss::Failed(why.to_string())
}

fn took_too_long(call: &str) -> Miss {
    Miss::Failed(format!("{call} took more than {} s", LONGEST_CALL.as_secs()))
}

async fn bounded<T>(call: &str, work: impl Future<Output = Result<T, ProviderError>>) -> Result<T, Miss> {
    match timeout(LONGEST_CALL, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Miss::Failed(format!("{call} fails: {}", chain(&error)))),
        Err(_) => Err(took_too_long(call)),
    }
}

/// An error with what is below it.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

async fn until(end: Time) {
    while now() < end {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
