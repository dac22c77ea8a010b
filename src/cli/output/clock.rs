//! Times for people: "in 42m (18:05)", in their own zone.

use chrono::{DateTime, FixedOffset, Local};

use crate::domain::Time;

/// The zone in which a person reads the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// The machine's, with its summer time.
    Local,
    Fixed(FixedOffset),
}

impl Zone {
    pub const UTC: Self = match FixedOffset::east_opt(0) {
        Some(offset) => Self::Fixed(offset),
        None => Self::Local,
    };

    fn at(self, time: Time) -> DateTime<FixedOffset> {
        match self {
            Self::Local => time.utc().with_timezone(&Local).fixed_offset(),
            Self::Fixed(offset) => time.utc().with_timezone(&offset),
        }
    }
}

/// `in 42m (18:05)`, `3h ago (Nov 20 18:05)`: how far, then when. The date stands there unless it is today.
pub fn moment(at: Time, now: Time, zone: Zone) -> String {
    let there = zone.at(at);
    let here = zone.at(now);
    let clock = if there.date_naive() == here.date_naive() {
        there.format("%H:%M")
    } else if there.format("%Y").to_string() == here.format("%Y").to_string() {
        there.format("%b %-d %H:%M")
    } else {
        there.format("%Y-%m-%d %H:%M")
    };
    let secs = at.secs_after(now);
    let far = rough(secs.unsigned_abs());
    match secs {
        0 => format!("now ({clock})"),
        secs if secs > 0 => format!("in {far} ({clock})"),
        _ => format!("{far} ago ({clock})"),
    }
}

/// The whole instant in that zone, for a log line.
pub fn stamp(at: Time, zone: Zone) -> String {
    zone.at(at).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A length of time in its one or two largest units, rounded down: nobody is told more than is left.
pub fn rough(secs: u64) -> String {
    let (days, hours, minutes) = (secs / 86_400, secs / 3600 % 24, secs / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{secs}s"),
        (0, 0, m) if m < 5 => pair(m, "m", secs % 60, "s"),
        (0, 0, m) => format!("{m}m"),
        (0, h, m) => pair(h, "h", m, "m"),
        (d, h, _) => pair(d, "d", h, "h"),
    }
}

fn pair(big: u64, big_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 { format!("{big}{big_unit}") } else { format!("{big}{big_unit}{small}{small_unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        text.parse().unwrap()
    }

    #[test]
    fn a_person_reads_how_far_and_when() {
        let now = time("2026-11-21T17:23:00Z");
        let zone = Zone::Fixed(FixedOffset::east_opt(3600).unwrap());
        for (at, shown) in [
            ("2026-11-21T18:05:30Z", "in 42m (19:05)"),
            ("2026-11-21T17:24:30Z", "in 1m30s (18:24)"),
            ("2026-11-21T17:23:00.900Z", "now (18:23)"),
            ("2026-11-21T17:22:59Z", "1s ago (18:22)"),
            ("2026-11-21T23:30:00Z", "in 6h7m (Nov 22 00:30)"),
            ("2026-11-18T17:23:00Z", "3d ago (Nov 18 18:23)"),
            ("2027-01-01T00:00:00Z", "in 40d6h (2027-01-01 01:00)"),
        ] {
            assert_eq!(moment(time(at), now, zone), shown, "{at}");
        }
        assert_eq!(stamp(now, zone), "2026-11-21 18:23:00");
    }
}
