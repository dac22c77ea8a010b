//! Recordings of terminals, read: asciicast v2 (<https://docs.asciinema.org/manual/asciicast/v2/>).
//!
//! What is in one was written by whoever was recorded: it is hostile text to the last byte.

use serde::Deserialize;

use super::Time;

/// No session is longer; a time behind it is somebody's invention.
const LONGEST_US: u64 = 366 * 86_400 * 1_000_000;
/// What no terminal is larger than.
const LARGEST: u16 = 10_000;

/// What was shown, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    pub columns: u16,
    pub rows: u16,
    pub start: Time,
    pub events: Vec<Shown>,
    /// Whether it ends in the middle: in a line that is none, and whatever is behind it.
    pub cut: bool,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Microseconds since the start, never less than those of the one before.
    pub at_us: u64,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    Output(String),
    /// Columns and rows from then on.
    Resize(u16, u16),
}

/// Bytes that do not begin as a recording does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it does not begin with the header of an asciicast v2 recording")]
pub struct NotARecording;

#[derive(Deserialize)]
struct Header {
    version: u8,
    width: u16,
    height: u16,
    timestamp: u64,
}

impl Recording {
    /// Reads as far as it is whole: a host that lost its power leaves half a line.
    ///
    /// # Errors
    /// Without a whole header there is nothing to read.
    pub fn read(bytes: &[u8]) -> Result<Self, NotARecording> {
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
        let header = lines.next().filter(|line| line.ends_with(b"\n")).ok_or(NotARecording)?;
        let header: Header = serde_json::from_slice(header).map_err(|_| NotARecording)?;
        let size = (1..=LARGEST).contains(&header.width) && (1..=LARGEST).contains(&header.height);
        let start = i64::try_from(header.timestamp).ok().and_then(|secs| secs.checked_mul(1000));
        let (2, true, Some(start)) = (header.version, size, start) else { return Err(NotARecording) };
        let mut recording = Self {
            columns: header.width,
            rows: header.height,
            start: Time::from_millis(start),
            events: Vec::new(),
            cut: false,
        };
        let mut latest = 0;
        for line in lines {
            match event(line) {
                Some((at_us, what)) => {
                    latest = at_us.max(latest);
                    recording.events.extend(what.map(|what| Shown { at_us: latest, what }));
                }
                None => {
                    recording.cut = true;
                    break;
                }
            }
        }
        Ok(recording)
    }

    /// From the first to the last of what was shown.
    pub fn span(&self) -> (Time, Time) {
        let at = |event: &Shown| {
            let millis = i64::try_from(event.at_us / 1000).unwrap_or(i64::MAX);
            Time::from_millis(self.start.millis().saturating_add(millis))
        };
        let ends = self.events.first().zip(self.events.last());
        ends.map_or((self.start, self.start), |(first, last)| (at(first), at(last)))
    }
}

/// `None`: the line is no event. An event of a kind that shows nothing is one.
fn event(line: &[u8]) -> Option<(u64, Option<What>)> {
    if !line.ends_with(b"\n") {
        return None;
    }
    let (secs, kind, data): (f64, String, String) = serde_json::from_slice(line).ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded one line above")]
    let at_us = (0.0..=LONGEST_US as f64 / 1e6).contains(&secs).then(|| (secs * 1e6).round() as u64)?;
    let what = match kind.as_str() {
        "o" => Some(What::Output(data)),
        "r" => {
            let (columns, rows) = data.split_once('x')?;
            let (columns, rows) = (columns.parse().ok()?, rows.parse().ok()?);
            let sound = (1..=LARGEST).contains(&columns) && (1..=LARGEST).contains(&rows);
            Some(What::Resize(columns, rows)).filter(|_| sound)
        }
        _ => None,
    };
    Some((at_us, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: &str = "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1700000000,\"env\":{}}\n";

    fn read(events: &str) -> Recording {
        Recording::read(format!("{HEADER}{events}").as_bytes()).unwrap()
    }

    #[test]
    fn a_recording_is_read_to_where_it_was_cut() {
        let whole = "[0.5,\"o\",\"a\\u001b[1m\"]\n[1.25,\"r\",\"100x30\"]\n[1.0,\"o\",\"b\"]\n";
        let recording = read(whole);
        assert!(!recording.cut);
        let times: Vec<u64> = recording.events.iter().map(|event| event.at_us).collect();
        assert_eq!(times, [500_000, 1_250_000, 1_250_000], "time never goes back");
        assert_eq!(recording.events[1].what, What::Resize(100, 30));
        assert_eq!(recording.span().1.millis(), 1_700_000_001_250);
        for cut in [
            "[2.0,\"o\",\"c",
            "[2.0,\"o\",\"c\"]",
            "\n",
            "[1e99,\"o\",\"x\"]\n",
            "[-1,\"o\",\"x\"]\n",
            "\u{fffd}\n",
        ] {
            let recording = read(&format!("{whole}{cut}"));
            assert!(recording.cut && recording.events.len() == 3, "{cut:?}");
        }
    }

    #[test]
    fn without_a_whole_header_of_version_2_it_is_none() {
        let header = HEADER.trim_end();
        for bad in [
            "",
            "\n",
            header,
            &HEADER.replace("2,", "1,"),
            &HEADER.replace("80", "0"),
            &HEADER.replace("80", "65000"),
            &HEADER.replace("1700000000", "-1"),
            "root:x:0:0:root:/root:/bin/bash\n",
        ] {
            assert_eq!(Recording::read(bad.as_bytes()), Err(NotARecording), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_behind_a_header_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let all = [HEADER.as_bytes(), &bytes].concat();
            let recording = Recording::read(&all).unwrap();
            prop_assert!(recording.span().0 <= recording.span().1);
        }
    }
}
