//! Instants, always UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::Span;

/// A UTC instant in whole milliseconds, between the years 1970 and 9999.
///
/// Arithmetic stops at the bounds instead of panicking, as `chrono`'s does on overflow. The text
/// form is RFC 3339 with milliseconds and `Z`: fixed in width, so that it sorts as text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

const LAST: i64 = 253_402_300_799_999; // 9999-12-31T23:59:59.999Z

/// A text that is no RFC 3339 instant with an offset, or is outside 1970 to 9999.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a time is written as 2026-11-21T18:05:00Z")]
pub struct TimeError;

impl Time {
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(0, LAST))
    }

    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down: what certificates carry.
    pub fn unix_secs(self) -> u64 {
        u64::try_from(self.0 / 1000).unwrap_or(0)
    }

    pub fn plus(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add(span.millis()))
    }

    pub fn minus(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_sub(span.millis()))
    }

    /// Whole seconds from `now` until this instant, rounded down; negative once it has passed.
    pub fn secs_after(self, now: Self) -> i64 {
        (self.0 - now.0).div_euclid(1000)
    }

    /// Rounded down to a whole second.
    pub fn whole_secs(self) -> Self {
        Self(self.0 - self.0 % 1000)
    }

    /// For display in a person's own zone.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// A text that is neither a day nor an instant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a day is written as 2027-03-31, an instant as 2027-03-31T17:00:00Z")]
pub struct DayError;

fn day(text: &str) -> Option<Time> {
    // One spelling only: chrono alone would take `2027-3-1` too.
    let shape = text.len() == 10 && text.is_ascii();
    format!("{text}T00:00:00Z").parse().ok().filter(|_| shape)
}

/// The beginning of a day in UTC, or an instant.
///
/// # Errors
/// [`DayError`] where it is neither.
pub fn parse_start(text: &str) -> Result<Time, DayError> {
    day(text).or_else(|| text.parse().ok()).ok_or(DayError)
}

/// The end of a day in UTC, which is the beginning of the next; or an instant.
///
/// # Errors
/// [`DayError`] where it is neither.
pub fn parse_until(text: &str) -> Result<Time, DayError> {
    day(text).map(|day| day.plus(Span::clamped(86_400))).or_else(|| text.parse().ok()).ok_or(DayError)
}

impl From<std::time::SystemTime> for Time {
    fn from(at: std::time::SystemTime) -> Self {
        let millis = at
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(LAST));
        Self::from_millis(millis)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.utc().to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Time {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let millis = DateTime::parse_from_rfc3339(text).map_err(|_| TimeError)?.timestamp_millis();
        if (0..=LAST).contains(&millis) { Ok(Self(millis)) } else { Err(TimeError) }
    }
}

impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_in_utc() {
        assert_eq!(parse_start("2027-03-31").unwrap().to_string(), "2027-03-31T00:00:00.000Z");
        assert_eq!(parse_until("2027-12-31").unwrap().to_string(), "2028-01-01T00:00:00.000Z");
        assert_eq!(parse_until("2027-03-31T17:00:00Z").unwrap().to_string(), "2027-03-31T17:00:00.000Z");
        for bad in ["", "2027-3-1", "2027-02-30", "31.03.2027", "tomorrow", "２０２７-01-01", "2027-01-01 "]
        {
            assert_eq!(parse_start(bad), Err(DayError), "{bad:?}");
            assert_eq!(parse_until(bad), Err(DayError), "{bad:?}");
        }
    }

    #[test]
    fn a_time_is_utc_and_never_overflows() {
        let time: Time = "2026-11-21T20:05:00+02:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-21T18:05:00.000Z");
        assert_eq!(Time::from_millis(i64::MAX).plus(Span::clamped(u64::MAX)), Time::from_millis(LAST));
        assert_eq!(Time::from_millis(i64::MIN).minus(Span::clamped(1)), Time::from_millis(0));
        for bad in [
            "",
            "2026-11-21",
            "2026-11-21T18:05:00",
            "+262142-12-31T23:59:59Z",
            "1969-12-31T23:59:59Z",
            "now",
        ] {
            assert!(bad.parse::<Time>().is_err(), "{bad:?}");
        }
    }
}
