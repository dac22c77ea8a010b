//! What every provider must do, tried with the real use of what it gives.
#![allow(clippy::disallowed_methods, reason = "tests wait for real ends")]

use std::time::{Duration, SystemTime};

use super::{Handle, Intent, Material, Presence, Provider, ProviderError};
use crate::domain::{CredentialId, RequestId, Span, Time};

/// A provider with a target behind it.
#[async_trait::async_trait]
pub trait Subject: Send + Sync {
    fn provider(&self) -> &dyn Provider;

    /// A sound intent for these.
    fn intent(&self, request: RequestId, credential: CredentialId, start: Time, end: Time) -> Intent;

    /// Really uses what was granted.
    async fn can_use(&self, material: &Material) -> bool;
}

pub fn now() -> Time {
    Time::from(SystemTime::now())
}

fn new_intent(subject: &dyn Subject, secs: u64) -> Intent {
    let random = || {
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).unwrap();
        bytes
    };
    let start = now().whole_secs();
    let end = start.plus(Span::from_secs(secs).unwrap());
    subject.intent(RequestId::from_random(random()), CredentialId::from_random(random()), start, end)
}

fn handle(intent: &Intent) -> Handle {
    intent.into()
}

/// Runs the whole suite.
pub async fn conforms(subject: &dyn Subject) {
    what_was_never_granted_is_revoked_and_absent(subject).await;
    two_grants_stand_alone_and_each_call_may_be_repeated(subject).await;
    a_revocation_before_the_grant_wins(subject).await;
    a_credential_ends_by_itself(subject).await;
}

async fn absent(subject: &dyn Subject, intent: &Intent) -> bool {
    subject.provider().verify_absent(&handle(intent), now()).await.unwrap() == Presence::Absent
}

async fn what_was_never_granted_is_revoked_and_absent(subject: &dyn Subject) {
    let provider = subject.provider();
    let intent = new_intent(subject, 600);
    assert_eq!(intent.resource.provider(), provider.kind());
    provider.preflight(&intent.resource).await.unwrap();
    for _ in 0..2 {
        provider.revoke(&handle(&intent), now()).await.unwrap();
        assert!(absent(subject, &intent).await);
    }
}

async fn two_grants_stand_alone_and_each_call_may_be_repeated(subject: &dyn Subject) {
    let provider = subject.provider();
    let (one, two) = (new_intent(subject, 600), new_intent(subject, 600));
    let (first, second) = tokio::join!(provider.grant(&one), provider.grant(&two));
    let (first, second) = (first.unwrap(), second.unwrap());
    let again = provider.grant(&one).await.unwrap();
    for material in [&first, &again, &second] {
        assert!(subject.can_use(material).await);
    }
    assert!(!absent(subject, &one).await, "said to be absent while it can be used");

    for _ in 0..2 {
        provider.revoke(&handle(&one), now()).await.unwrap();
        assert!(absent(subject, &one).await);
        assert!(
            !subject.can_use(&first).await && !subject.can_use(&again).await,
            "used after its revocation"
        );
    }
    assert!(!absent(subject, &two).await && subject.can_use(&second).await, "ended with the other");
    let owned = provider.inventory(&one.resource, &[handle(&one), handle(&two)], now()).await.unwrap();
    assert!(owned.iter().all(|o| o.credential != one.credential || !o.live), "live after its revocation");
    assert!(owned.iter().all(|o| o.credential != two.credential || o.live), "dead while it can be used");

    provider.revoke(&handle(&two), now()).await.unwrap();
    assert!(absent(subject, &two).await && !subject.can_use(&second).await);
}

async fn a_revocation_before_the_grant_wins(subject: &dyn Subject) {
    let provider = subject.provider();
    let intent = new_intent(subject, 600);
    provider.revoke(&handle(&intent), now()).await.unwrap();
    match provider.grant(&intent).await {
        Err(ProviderError::Refused(_)) => {}
        Err(other) => panic!("{other}"),
        Ok(material) => {
            assert!(!subject.can_use(&material).await, "a late grant gave a revoked credential back")
        }
    }
}

async fn a_credential_ends_by_itself(subject: &dyn Subject) {
    let provider = subject.provider();
    // On a machine so busy that a use takes longer than the life, a longer one is tried.
    for secs in [3, 10, 30] {
        let intent = new_intent(subject, secs);
        let material = provider.grant(&intent).await.unwrap();
        let used = subject.can_use(&material).await;
        if !used && now() >= intent.end {
            continue;
        }
        assert!(used);
        while now() < intent.end {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(!subject.can_use(&material).await, "used after its end");
        provider.revoke(&handle(&intent), now()).await.unwrap();
        assert!(absent(subject, &intent).await);
        return;
    }
    panic!("a use takes more than 30 s");
}
