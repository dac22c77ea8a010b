//! That sessions of a role can be revoked, proved before one is made and remembered for a moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex as Turn;

use crate::provider::ProviderError;

/// IAM counts writes, and a proof is three of them: those who come together share one.
const FRESH: Duration = Duration::from_secs(10);

/// What was proved, and when.
type Proved = Arc<Turn<Option<(Instant, u64)>>>;

/// What was proved of each role a moment ago.
#[derive(Debug, Default)]
pub struct Proofs(Mutex<HashMap<String, Proved>>);

impl Proofs {
    /// What `work` finds, or found a moment ago. A failure is its caller's alone: the next one tries for
    /// itself.
    pub async fn of(
        &self,
        whom: String,
        work: impl Future<Output = Result<u64, ProviderError>>,
    ) -> Result<u64, ProviderError> {
        let proved =
            Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(whom).or_default());
        let mut proved = proved.lock().await;
        if let Some((_, found)) = proved.filter(|(at, _)| at.elapsed() < FRESH) {
            return Ok(found);
        }
        let began = Instant::now();
        let found = work.await?;
        *proved = Some((began, found));
        Ok(found)
    }
}
