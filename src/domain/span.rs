//! Durations as people write them in requests and policies: `90s 45m 2h 1d 1h30m`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A length of time in whole seconds, from 1 second to 366 days.
///
/// The text form is strict (DESIGN §6): ASCII digits and units only, units in falling order, each at
/// most once, no signs, no spaces, no bare numbers, no months, no overflow. `humantime` reads `1M` as
/// a month and takes `999999999999d`, so it is not used.
///
/// ```
/// use jit_access::domain::Span;
///
/// assert_eq!("1h30m".parse::<Span>().map(Span::secs), Ok(5400));
/// assert!("90".parse::<Span>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u32);

const LONGEST: u64 = 366 * 86_400;
const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    #[error("a duration is written as 90s, 45m, 2h, 1d or 1h30m")]
    Form,
    #[error("a bare number has no unit: write 60s or 60m")]
    NoUnit,
    #[error("a duration is longer than nothing")]
    Zero,
    #[error("a duration is at most 366d")]
    Long,
}

impl Span {
    /// That many seconds; `None` for 0 and for more than 366 days.
    pub fn from_secs(secs: u64) -> Option<Self> {
        if secs == 0 || secs > LONGEST { None } else { u32::try_from(secs).ok().map(Self) }
    }

    pub fn secs(self) -> u64 {
        u64::from(self.0)
    }

    pub fn millis(self) -> i64 {
        i64::from(self.0) * 1000
    }

    pub fn std(self) -> std::time::Duration {
        std::time::Duration::from_secs(self.secs())
    }

    /// For constants; anything outside 1 s to 366 d becomes the nearer bound.
    pub const fn clamped(secs: u64) -> Self {
        match secs {
            0 => Self(1),
            s if s > LONGEST => Self(LONGEST as u32),
            s => Self(s as u32),
        }
    }
}

impl FromStr for Span {
    type Err = SpanError;
    fn from_str(text: &str) -> Result<Self, SpanError> {
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(SpanError::NoUnit);
        }
        let mut units = UNITS.iter();
        let mut total: u64 = 0;
        let mut number: Option<u64> = None;
        for c in text.chars() {
            if let Some(digit) = c.to_digit(10).filter(|_| c.is_ascii_digit()) {
                number = Some(
                    number
                        .unwrap_or(0)
                        .checked_mul(10)
                        .and_then(|n| n.checked_add(u64::from(digit)))
                        .ok_or(SpanError::Long)?,
                );
                continue;
            }
            // Taking from one iterator keeps the units in falling order, each at most once.
            let &(_, secs) = units.find(|(unit, _)| *unit == c).ok_or(SpanError::Form)?;
            let part = number.take().ok_or(SpanError::Form)?.checked_mul(secs).ok_or(SpanError::Long)?;
            total = total.checked_add(part).ok_or(SpanError::Long)?;
        }
        if number.is_some() || text.is_empty() {
            return Err(SpanError::Form);
        }
        match total {
            0 => Err(SpanError::Zero),
            total => Self::from_secs(total).ok_or(SpanError::Long),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.secs();
        let mut text = String::new();
        for (unit, secs) in UNITS {
            let count = rest / secs;
            rest %= secs;
            if count > 0 {
                text.push_str(&count.to_string());
                text.push(unit);
            }
        }
        f.pad(&text)
    }
}

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_duration_that_is_not_strictly_one_is_refused() {
        for (good, secs) in
            [("90s", 90), ("45m", 2700), ("2h", 7200), ("1d", 86_400), ("1h30m", 5400), ("366d", LONGEST)]
        {
            assert_eq!(good.parse::<Span>().map(Span::secs), Ok(secs), "{good}");
        }
        for bad in [
            "",
            "0s",
            "0h0m",
            "-1h",
            "+1h",
            " 1h",
            "1h ",
            "1 h",
            "1e9",
            "1e9s",
            "NaN",
            "１h",
            "1h\u{200b}",
            "999999999999d",
            "99999999999999999999999s",
            "1M",
            "1w",
            "60",
            "1h1h",
            "1m1h",
            "h",
            "1.5h",
            "367d",
            "1H",
            "1h30",
        ] {
            assert!(bad.parse::<Span>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_span_reads_back_as_itself(secs in 1u64..=LONGEST) {
            let span = Span::from_secs(secs).unwrap();
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<Span>();
        }
    }
}
