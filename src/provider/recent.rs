//! Answers that count for a few seconds, so that many who ask at once share one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many answers are kept before the old ones are thrown away.
const MOST: usize = 256;

type Slot<T> = Arc<tokio::sync::Mutex<Option<(Instant, T)>>>;

/// The last success of each question. A failure is its caller's alone: the next one tries for itself.
#[derive(Debug)]
pub struct Recent<T> {
    slots: Mutex<HashMap<String, Slot<T>>>,
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { slots: Mutex::default() }
    }
}

impl<T: Copy> Recent<T> {
    /// The answer to `key` that is younger than `fresh`, or that of `work`.
    pub async fn get<E>(
        &self,
        key: &str,
        fresh: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            if slots.len() >= MOST {
                slots.retain(|_, slot| Arc::strong_count(slot) > 1);
            }
            Arc::clone(slots.entry(key.to_owned()).or_default())
        };
        let mut answer = slot.lock().await;
        if let Some((at, value)) = *answer
            && at.elapsed() < fresh
        {
            return Ok(value);
        }
        // What is found out is as old as the beginning of the work.
        let began = Instant::now();
        let value = work.await?;
        *answer = Some((began, value));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_success_is_shared_while_it_is_fresh_and_a_failure_is_not() {
        let recent = Recent::default();
        let long = Duration::from_secs(60);
        assert_eq!(recent.get("a", long, async { Err(()) }).await, Err(()));
        assert_eq!(recent.get("a", long, async { Ok::<_, ()>(1) }).await, Ok(1));
        assert_eq!(recent.get("a", long, async { Ok::<_, ()>(2) }).await, Ok(1));
        assert_eq!(recent.get("b", long, async { Ok::<_, ()>(3) }).await, Ok(3));
        assert_eq!(recent.get("a", Duration::ZERO, async { Ok::<_, ()>(4) }).await, Ok(4));
    }
}
