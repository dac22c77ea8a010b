//! How long somebody has used nothing.

use serde::{Deserialize, Serialize};

use super::{Span, Time};

/// Between two looks at the clock no more than this goes by where a server runs and its clock is right.
pub const LONGEST_LOOK: Span = Span::clamped(2 * 3600);

/// No rule is about more. Twice that is remembered, so that gaps have room.
const LONGEST: Span = Span::clamped(366 * 86_400);

/// The time that a server has seen pass.
///
/// What went by while it was not running, and what its clock jumped over, is nobody's idleness: nobody could
/// have used anything then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lived {
    /// What was before is not known.
    begun: Time,
    /// The last look.
    seen: Time,
    /// What does not count, from and to, the oldest first.
    gaps: Vec<(Time, Time)>,
}

impl Lived {
    pub fn begin(now: Time) -> Self {
        Self { begun: now, seen: now, gaps: Vec::new() }
    }

    /// Another look at the clock.
    pub fn look(&mut self, now: Time) {
        if now > self.seen.plus(LONGEST_LOOK) {
            self.gaps.push((self.seen, now));
        }
        self.seen = self.seen.max(now);
        let oldest = self.seen.minus(LONGEST).minus(LONGEST);
        self.gaps.retain(|(_, to)| *to > oldest);
        self.begun = self.begun.max(oldest);
    }

    /// Whether so much has passed since then, up to the last look.
    pub fn is_over(&self, since: Time, span: Span) -> bool {
        let since = since.max(self.begun);
        let lost = self.gaps.iter().map(|(from, to)| to.millis().saturating_sub(from.max(&since).millis()));
        let lost: i64 = lost.filter(|millis| *millis > 0).sum();
        self.seen.millis().saturating_sub(since.millis()).saturating_sub(lost) >= span.millis()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;
    const DAY: Span = Span::clamped(86_400);

    fn at(hours: i64) -> Time {
        Time::from_millis(1_800_000_000_000 + hours * HOUR)
    }

    fn lived(hours: impl IntoIterator<Item = i64>) -> Lived {
        let mut lived = Lived::begin(at(0));
        hours.into_iter().for_each(|hour| lived.look(at(hour)));
        lived
    }

    #[test]
    fn a_day_of_looks_is_a_day_and_not_an_hour_less() {
        assert!(!lived(0..=23).is_over(at(0), DAY));
        assert!(lived(0..=24).is_over(at(0), DAY));
        assert!(!lived(0..=24).is_over(at(1), DAY));
        // What was before the first look is not known.
        assert!(!lived(0..=23).is_over(at(-1000), DAY));
    }

    #[test]
    fn what_the_clock_jumped_over_and_a_server_that_was_off_is_nobodys_idleness() {
        let jumped = lived((0..=10).chain(1000..=1013));
        assert!(!jumped.is_over(at(0), DAY));
        assert!(lived((0..=10).chain(1000..=1014)).is_over(at(0), DAY));
        // Whoever was there in the middle of it is counted from its end.
        assert!(!lived((0..=10).chain(1000..=1023)).is_over(at(500), DAY));
        assert!(lived((0..=10).chain(1000..=1024)).is_over(at(500), DAY));
        // A clock that is looked at once a day tells nothing.
        assert!(!lived((0..=1000).step_by(24)).is_over(at(0), DAY));
    }

    #[test]
    fn a_clock_that_goes_back_takes_nothing_away_and_adds_nothing() {
        let mut lived = lived(0..=20);
        lived.look(at(3));
        lived.look(at(21));
        assert!(!lived.is_over(at(0), DAY));
        assert!(lived.is_over(at(0), Span::clamped(21 * 3600)));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_longest_rule_still_holds() {
        let mut lived = Lived::begin(at(0));
        for day in 0..2000 {
            lived.look(at(day * 24));
            lived.look(at(day * 24 + 1));
        }
        assert!(lived.gaps.len() <= 733, "{}", lived.gaps.len());
        let mut lived = Lived::begin(at(0));
        (0..=400 * 24).for_each(|hour| lived.look(at(hour)));
        assert!(lived.is_over(at(0), LONGEST));
    }
}
