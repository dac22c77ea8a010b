//! Live grants are looked at for as long as they last: who may not go on with one loses it.

use std::sync::PoisonError;

use crate::domain::{Span, State, Time};
use crate::store::Scope;

use super::engine::Engine;
use super::error::Error;

/// So often, whether or not anything is known to have changed.
const LOOK: Span = Span::clamped(30);

impl Engine {
    /// Something has changed: the next look is now.
    pub(super) fn look_at_holders_now(&self) {
        *self.holders_due.lock().unwrap_or_else(PoisonError::into_inner) = Time::from_millis(0);
    }

    /// Ends what is approved or live where its holder may not go on with it: see [`crate::policy::Policy::lost`].
    pub async fn look_after_holders(&self) -> Result<(), Error> {
        let now = self.now();
        {
            let mut due = self.holders_due.lock().unwrap_or_else(PoisonError::into_inner);
            if now < *due {
                return Ok(());
            }
            // Before the look: what changes during it has another one.
            *due = now.plus(LOOK);
        }
        let done = self.end_what_is_lost(now).await;
        if done.is_err() {
            self.look_at_holders_now();
        }
        done
    }

    async fn end_what_is_lost(&self, now: Time) -> Result<(), Error> {
        let (in_force, world) = (self.in_force(), self.world());
        let mut failed = None;
        let mut pages = self.pages(Scope::All, &[State::Approved, State::Active]);
        while let Some(page) = pages.next().await? {
            for request in &page {
                if let Some(why) = in_force.policy.lost(request, now, &world) {
                    // One that fails does not keep the others.
                    failed = self.begin_end(request, &why, Vec::new()).await.err().or(failed);
                }
            }
            tokio::task::yield_now().await;
        }
        failed.map_or(Ok(()), Err)
    }
}
