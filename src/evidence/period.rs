//! The period that evidence is about.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::{Span, Time};

/// From an instant to before another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    pub from: Time,
    /// The first instant that is no longer in it.
    pub to: Time,
}

/// Why two texts are no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    #[error("a date is written as 2026-03-31, or with its time as 2026-03-31T18:05:00Z")]
    Form,
    #[error("the period ends before it begins")]
    Backwards,
}

/// A day or an instant, as it is typed. Days are of UTC, as every time in the log is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    Day(Time),
    At(Time),
}

impl std::str::FromStr for Moment {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        match text.parse() {
            Ok(at) => Ok(Self::At(at)),
            Err(_) if text.len() == 10 => {
                format!("{text}T00:00:00Z").parse().map(Self::Day).map_err(|_| PeriodError::Form)
            }
            Err(_) => Err(PeriodError::Form),
        }
    }
}

impl Period {
    /// A day as the last one is in the period until its end.
    pub fn new(from: Moment, to: Moment) -> Result<Self, PeriodError> {
        let (Moment::Day(from) | Moment::At(from)) = from;
        let to = match to {
            Moment::Day(day) => day.plus(Span::clamped(86_400)),
            Moment::At(to) => to,
        };
        if from < to { Ok(Self { from, to }) } else { Err(PeriodError::Backwards) }
    }

    pub fn contains(&self, at: Time) -> bool {
        self.from <= at && at < self.to
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to before {}", self.from, self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_in_the_period_and_an_instant_is_not() {
        let period = |from: &str, to: &str| Period::new(from.parse()?, to.parse()?).map(|p| p.to_string());
        assert_eq!(
            period("2026-01-01", "2026-03-31").as_deref(),
            Ok("2026-01-01T00:00:00.000Z to before 2026-04-01T00:00:00.000Z")
        );
        assert_eq!(
            period("2026-01-01T10:00:00Z", "2026-01-01T12:00:00+01:00").as_deref(),
            Ok("2026-01-01T10:00:00.000Z to before 2026-01-01T11:00:00.000Z")
        );
        assert_eq!(period("2026-01-02", "2026-01-01"), Err(PeriodError::Backwards));
        for bad in ["", "2026-1-1", "2026-02-30", "yesterday", "2026-01-01T"] {
            assert_eq!(bad.parse::<Moment>(), Err(PeriodError::Form), "{bad}");
        }
    }
}
