//! Plays a recording: at its own pace to a terminal, and as plain text to anything else.

mod filter;

use std::io::{self, Write};
use std::time::Duration;

use crate::cli::error::CliError;
use crate::domain::Recording;
use crate::domain::recording::What;

use filter::{Filter, Plain};

/// How it is played.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Twice as fast is 2.
    pub speed: f64,
    /// The longest that nothing is shown.
    pub max_pause: Duration,
}

impl Pace {
    fn pause(&self, from_us: u64, to_us: u64) -> Duration {
        let gap = Duration::from_micros(to_us.saturating_sub(from_us));
        Duration::try_from_secs_f64(gap.as_secs_f64() / self.speed)
            .unwrap_or(Duration::MAX)
            .min(self.max_pause)
    }
}

/// Plays the parts of one, which have one clock. The terminal is as it was afterwards, also where it is
/// dropped in the middle.
pub async fn at_terminal(recordings: &[Recording], pace: Pace) -> Result<(), CliError> {
    let mut screen = Screen::default();
    let mut before = None;
    for recording in recordings {
        for event in &recording.events {
            let pause = pace.pause(before.unwrap_or(event.at_us), event.at_us);
            before = Some(event.at_us);
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            if let What::Output(text) = &event.what {
                screen.show(text)?;
            }
        }
    }
    Ok(())
}

/// All of it at once, without anything but text.
pub fn as_text(recordings: &[Recording]) -> String {
    let mut plain = Plain::default();
    for event in recordings.iter().flat_map(|recording| &recording.events) {
        if let What::Output(text) = &event.what {
            plain.read(text);
        }
    }
    plain.finish()
}

#[derive(Default)]
struct Screen {
    filter: Filter,
}

impl Screen {
    fn show(&mut self, text: &str) -> Result<(), CliError> {
        let safe = self.filter.pass(text);
        let mut out = io::stdout().lock();
        out.write_all(safe.as_bytes()).and_then(|()| out.flush()).map_err(CliError::stdout)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing can be told when stdout itself is gone.
        let mut out = io::stdout().lock();
        let _ = out.write_all(self.filter.reset().as_bytes()).and_then(|()| out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_as_long_as_it_was_but_for_the_speed_and_the_most() {
        let pace = Pace { speed: 2.0, max_pause: Duration::from_secs(2) };
        assert_eq!(pace.pause(0, 1_000_000), Duration::from_millis(500));
        assert_eq!(pace.pause(0, u64::MAX), Duration::from_secs(2));
        assert_eq!(pace.pause(5, 1), Duration::ZERO);
        assert_eq!(Pace { speed: f64::MIN_POSITIVE, ..pace }.pause(0, 9), Duration::from_secs(2));
    }
}
