//! The one clock.

use std::sync::Mutex;
use std::time::{Instant, SystemTime};

use crate::domain::Time;

/// Tells the time to the use cases; tests bring their own.
pub trait Clock: Send + Sync {
    fn now(&self) -> Time;
}

/// The system's clock, kept from going back.
///
/// It runs on with the monotonic clock when the system's is set back an hour, a year or to 1970, so
/// that nothing revives; and it follows the system's when that is ahead, as after a suspend, which the
/// monotonic clock does not count. A clock that jumps ahead and is then corrected stays ahead until the
/// correction is caught up: access ends early, never late.
#[derive(Debug)]
pub struct SystemClock {
    latest: Mutex<(Time, Instant)>,
}

impl SystemClock {
    /// Starts at `floor`, the latest time in the log, if the system's clock is behind it.
    pub fn starting_at(floor: Time) -> Self {
        Self { latest: Mutex::new((floor, Instant::now())) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Time {
        #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the system's clock")]
        let system = Time::from(SystemTime::now());
        let mut latest = self.latest.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (time, at) = *latest;
        let instant = Instant::now();
        let elapsed = i64::try_from(instant.duration_since(at).as_millis()).unwrap_or(i64::MAX);
        let now = system.max(Time::from_millis(time.millis().saturating_add(elapsed)));
        // Only a system clock that leads becomes the new base: adding up rounded elapsed times would drift.
        if now == system {
            *latest = (now, instant);
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_runs_on_from_the_latest_time_in_the_log() {
        let floor = Time::from_millis(4_000_000_000_000); // 2096
        let clock = SystemClock::starting_at(floor);
        let first = clock.now();
        assert!(first >= floor);
        std::thread::sleep(std::time::Duration::from_millis(15));
        assert!(clock.now() > first);
    }
}
