//! Signing evidence: the log's key says that this server was shown that manifest.

use crate::api;
use crate::audit::{EventKind, Statement};
use crate::store::Change;

use super::engine::{Caller, Engine};
use super::error::Error;

impl Engine {
    /// Signs the digest of a pack's manifest with the log's key, for administrators.
    ///
    /// What is signed was computed by the caller. The signature says who was asked, when, and by whom, as
    /// the log does; that the figures are those of the log is for `jit evidence verify` to find.
    pub async fn sign_evidence(
        &self,
        caller: &Caller,
        ask: &api::SignEvidence,
    ) -> Result<api::SignedEvidence, Error> {
        if !caller.admin {
            let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "evidence");
            let error = Error::Forbidden("only administrators have evidence signed".to_owned());
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
        let note = Statement { digest, from, to }.sign(key);
        Ok(api::SignedEvidence { key: key.verify_key().to_string(), note })
    }
}
