//! One proof for all who ask for it at the same time.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

/// Lets one caller do the work for everybody who asked before it began. Nobody is given an answer that
/// is older than the question.
#[derive(Debug, Default)]
pub struct Together {
    asked: AtomicU64,
    /// The last question that a success has answered.
    answered: Mutex<u64>,
}

impl Together {
    /// Runs `work`, unless it ran with success, from its beginning, since this call. A failure is its
    /// caller's alone: the next one tries for itself.
    pub async fn run<E>(&self, work: impl Future<Output = Result<(), E>>) -> Result<(), E> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut answered = self.answered.lock().await;
        if *answered >= mine {
            return Ok(());
        }
        let all = self.asked.load(Ordering::SeqCst);
        work.await?;
        *answered = all;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[tokio::test]
    async fn those_who_wait_share_the_next_run_and_nobody_a_finished_or_a_failed_one() {
        let (together, runs) = (Together::default(), AtomicUsize::new(0));
        let ask = async |fails: bool| {
            let work = async {
                tokio::task::yield_now().await;
                runs.fetch_add(1, Ordering::SeqCst);
                if fails { Err(()) } else { Ok(()) }
            };
            together.run(work).await
        };
        assert_eq!(ask(true).await, Err(()));
        assert_eq!((ask(false).await, runs.load(Ordering::SeqCst)), (Ok(()), 2), "a failure answers nobody");
        assert_eq!((ask(false).await, runs.load(Ordering::SeqCst)), (Ok(()), 3), "nor does what is over");
        // The first begins alone; the three who come meanwhile share the second run.
        let all = tokio::join!(ask(false), ask(false), ask(false), ask(false));
        assert_eq!((all, runs.load(Ordering::SeqCst)), ((Ok(()), Ok(()), Ok(()), Ok(())), 5));
    }
}
