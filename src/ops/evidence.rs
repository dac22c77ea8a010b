//! Signing evidence: the log's key says that this server was shown that manifest.

use crate::api;
use crate::audit::{About, EventKind, Statement};
use crate::store::Change;

use super::engine::{Caller, Engine};
use super::error::Error;

impl Engine {
    /// Signs the digest of a pack's manifest with the log's key, for administrators and auditors.
    ///
    /// What is signed was computed by the caller. The signature says who was asked, when, and by whom, as
    /// the log does; that the figures are those of the log is for `jit evidence verify` to find.
    pub async fn sign_evidence(
        &self,
        caller: &Caller,
        ask: &api::SignEvidence,
    ) -> Result<api::SignedEvidence, Error> {
        if !caller.sees_all() {
            let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "evidence");
            let error = Error::Forbidden("only administrators and auditors have evidence signed".to_owned());
            return Err(self.refuse(draft, error).await);
        }
        let api::SignEvidence { digest, from, to } = *ask;
        if from >= to {
            return Err(Error::Usage("the period ends before it begins".to_owned()));
        }
        let draft = self.draft(EventKind::EvidenceSigned, Some(caller));
        let draft = draft.data("digest", digest).data("from", from).data("to", to);
        // No signature without its record.
        self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await?;
        let key = self.checkpoints.key();
        let note = Statement { about: About::Evidence, digest, from, to }.sign(key);
        Ok(api::SignedEvidence { key: key.verify_key().to_string(), note })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::VerifyKey;
    use crate::domain::{Digest, Time};
    use crate::ops::testing::World;

    #[tokio::test]
    async fn an_administrator_has_a_digest_signed_and_the_log_says_so() {
        let world = World::new().await;
        let (from, to) = (Time::from_millis(0), Time::from_millis(1));
        let ask = api::SignEvidence { digest: Digest::of(b"manifest"), from, to };
        let signed = world.engine.sign_evidence(&world.admin, &ask).await.unwrap();
        let key: VerifyKey = signed.key.parse().unwrap();
        assert_eq!(
            Statement { about: About::Evidence, digest: ask.digest, from, to }.verify(&signed.note, &key),
            Ok(())
        );
        assert_eq!(world.count("evidence.signed").await, 1);
    }

    #[tokio::test]
    async fn nobody_else_has_anything_signed_and_the_try_is_in_the_log() {
        let world = World::new().await;
        let carol = world.as_user("carol").await;
        let (from, to) = (Time::from_millis(0), Time::from_millis(1));
        let ask = api::SignEvidence { digest: Digest::of(b"manifest"), from, to };
        assert!(matches!(world.engine.sign_evidence(&carol, &ask).await, Err(Error::Forbidden(_))));
        assert_eq!(world.count("access.refused").await, 1);
        let backwards = api::SignEvidence { from: to, to: from, ..ask };
        assert!(matches!(world.engine.sign_evidence(&world.admin, &backwards).await, Err(Error::Usage(_))));
        assert_eq!(world.count("evidence.signed").await, 0);
    }
}
