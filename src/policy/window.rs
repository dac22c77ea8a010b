//! `[window.NAME]`: the hours of a week in which something is open, by the clock of a place.
//!
//! A window is open at an instant if the place's wall clock, read at that instant, shows a day and a
//! time that are in one of its openings: from the start, which is in it, to the end, which is not.
//! There is no other rule, and so a change of the clock needs none:
//!
//! - Where the clock is put forward, times that it skips do not happen. An opening that starts or ends
//!   inside the gap starts or ends at the first instant after it; one that lies wholly inside does
//!   not happen on that day. A day without a midnight opens `00:00-…` with its first instant.
//! - Where the clock is put back, times that it repeats happen twice, and an opening covers both.
//!   One that starts inside the repeated hour (`02:30-04:00`, where 03:00 is followed by 02:00) is
//!   open, closed again as the clock is put back, and open again once it shows 02:30 anew.
//! - `08:00-18:00` is from eight to six on the wall, whatever the offset, and may last nine or eleven
//!   hours where the clock changes within.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::domain::{Name, Span, Time};

use super::diagnostic::{Problem, Problems, did_you_mean, shown};
use super::document::{Entry, Section, quoted};
use super::draft::take;
use super::source::Item;
use super::values;

pub(super) const KEYS: [&str; 3] = ["zone", "open", "description"];

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// In minutes.
const DAY: u16 = 24 * 60;
/// In minutes.
const WEEK: u16 = 7 * DAY;
/// In milliseconds.
const MINUTE: i64 = 60_000;
/// 1970-01-01 was a Thursday, a week starts on Monday; in milliseconds.
const THURSDAY: i64 = 3 * DAY as i64 * MINUTE;
/// How far [`closes`] and [`opens`] look ahead: the longest duration there is.
const HORIZON: Span = Span::clamped(366 * 86_400);

/// Hours of the week in a time zone.
#[derive(Debug, Clone)]
pub struct Window {
    pub name: Name,
    pub description: String,
    /// The IANA name.
    zone: String,
    clock: TimeZone,
    /// Minutes of the week from Monday 00:00, in order and apart from each other.
    open: Vec<Range<u16>>,
}

impl Window {
    /// What is wrong with it is reported, and then it is none.
    pub(super) fn read(name: Name, section: &mut Section<'_>, problems: &mut Problems) -> Option<Self> {
        section.only(&KEYS, problems);
        let section = &*section;
        let description = section
            .get("description")
            .and_then(|entry| entry.text(problems))
            .and_then(|item| take(values::plain(&item, 200), problems))
            .unwrap_or_default();
        let clock = section
            .need("zone", "add zone = \"Europe/Berlin\": whose clock the times are of", problems)
            .and_then(|entry| entry.text(problems))
            .and_then(|item| Some((item.value.to_owned(), take(clock(&item), problems)?)));
        let hours = section
            .need("open", "add open = [\"mon-fri 08:00-18:00\"]", problems)
            .and_then(|entry| openings(&entry, problems));
        let (zone, clock) = clock?;
        Some(Self { name, description, zone, clock, open: joined(&hours?) })
    }

    /// Outside the years that the time zone library knows (9999-12-30 is the last day), it is closed.
    pub fn is_open(&self, at: Time) -> bool {
        self.stretch(at.millis()).open
    }

    /// See [`closes`].
    pub fn closes(&self, at: Time) -> Option<Time> {
        closes(&[self], at)
    }

    /// See [`opens`].
    pub fn opens(&self, at: Time) -> Option<Time> {
        let limit = at.plus(HORIZON).millis();
        let mut at = at.millis();
        loop {
            let stretch = self.stretch(at);
            if stretch.open {
                return Some(Time::from_millis(at));
            }
            if stretch.until > limit {
                return None;
            }
            at = stretch.until;
        }
    }

    /// For digests: the same for two windows that are always open at the same times, by the rules of
    /// the same zone, whatever their spelling. The zone, then minutes from Monday 00:00.
    pub fn meaning(&self) -> String {
        let spans = self.open.iter().map(|span| format!(" {}-{}", span.start, span.end));
        std::iter::once(self.zone.clone()).chain(spans).collect()
    }

    /// Reads the wall clock. The stretch may be followed by another of its kind.
    fn stretch(&self, at: i64) -> Stretch {
        // Zones change their clocks on a whole second.
        let end = (Timestamp::MAX.as_second() + 1) * 1000;
        let Ok(instant) = Timestamp::from_second(at.div_euclid(1000)) else {
            return Stretch { open: false, until: i64::MAX };
        };
        let offset = i64::from(self.clock.to_offset(instant).seconds()) * 1000;
        let wall = (at + offset + THURSDAY).rem_euclid(i64::from(WEEK) * MINUTE);
        let mut spans =
            self.open.iter().map(|span| i64::from(span.start) * MINUTE..i64::from(span.end) * MINUTE);
        let borders = spans.clone().flat_map(|span| [span.start, span.end]);
        let border = borders.chain([i64::from(WEEK) * MINUTE]).find(|border| *border > wall);
        // As the clock runs, until it is put forward or back.
        let mut turns = self.clock.following(instant).map(|turn| turn.timestamp().as_second() * 1000);
        let turn = turns.find(|turn| *turn > at);
        Stretch {
            open: spans.any(|span| span.contains(&wall)),
            until: border.map(|border| at + border - wall).into_iter().chain(turn).fold(end, i64::min),
        }
    }
}

/// From an instant on, in milliseconds.
struct Stretch {
    open: bool,
    /// Later than that instant; not in it.
    until: i64,
}

/// Whether any of them is open. Of no windows, none is: a role that names none has to be told apart.
pub fn is_open(windows: &[&Window], at: Time) -> bool {
    windows.iter().any(|window| window.is_open(at))
}

/// The first instant after `at` at which none of them is open, where one takes over from another as
/// where one stays open over midnight; `None` if they are closed at `at`.
///
/// Looks 366 days ahead, the longest that a grant can last. If they stay open for longer, the end is
/// 366 days after `at`, though they are open there too.
pub fn closes(windows: &[&Window], at: Time) -> Option<Time> {
    let limit = at.plus(HORIZON).millis();
    let mut end = at.millis();
    while end < limit {
        let stretches = windows.iter().map(|window| window.stretch(end));
        match stretches.filter(|stretch| stretch.open).map(|stretch| stretch.until).max() {
            Some(until) => end = until,
            None => break,
        }
    }
    (end > at.millis()).then(|| Time::from_millis(end.min(limit)))
}

/// The first instant from `at` on at which any of them is open: `at` itself if one is. Every window
/// opens within 14 days, so there is `None` only of no windows, and at the end of the year 9999.
pub fn opens(windows: &[&Window], at: Time) -> Option<Time> {
    windows.iter().filter_map(|window| window.opens(at)).min()
}

/// `mon-fri 08:00-18:00, sat 10:00-14:00 (Europe/Berlin)`; in one way, however it was written.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut days: BTreeMap<(u16, u16), BTreeSet<u16>> = BTreeMap::new();
        for span in &self.open {
            for day in span.start / DAY..span.end.div_ceil(DAY) {
                let midnight = day * DAY;
                let start = span.start.max(midnight) - midnight;
                let end = span.end.min(midnight + DAY) - midnight;
                days.entry((start, end)).or_default().insert(day);
            }
        }
        let mut hours: Vec<_> =
            days.into_iter().flat_map(|((start, end), days)| over(&days, start, end)).collect();
        hours.sort();
        let hours: Vec<_> = hours.iter().map(Hours::to_string).collect();
        write!(f, "{} ({})", hours.join(", "), self.zone)
    }
}

/// An opening as it is written: the same hours on a day, or on each of several in a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Hours {
    /// From 0, Monday.
    first: u16,
    /// Minutes of the day, to 1440.
    start: u16,
    end: u16,
    /// Not before the first.
    last: u16,
}

/// `mon-fri 08:00-18:00`
impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |day: u16| DAYS.get(usize::from(day)).copied().unwrap_or_default();
        f.write_str(day(self.first))?;
        if self.last != self.first {
            write!(f, "-{}", day(self.last))?;
        }
        write!(f, " {}-{}", clock_face(self.start), clock_face(self.end))
    }
}

fn clock_face(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

impl Hours {
    /// The first day on which both are open, and from when to when.
    fn overlap(&self, other: &Self) -> Option<Self> {
        let first = self.first.max(other.first);
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        let both = first <= self.last.min(other.last) && start < end;
        both.then_some(Self { first, start, end, last: first })
    }
}

/// The hours on each of these days, with days in a row joined.
fn over(days: &BTreeSet<u16>, start: u16, end: u16) -> Vec<Hours> {
    let mut all: Vec<Hours> = Vec::new();
    for day in days.iter().copied() {
        match all.last_mut() {
            Some(hours) if hours.last + 1 == day => hours.last = day,
            _ => all.push(Hours { first: day, start, end, last: day }),
        }
    }
    all
}

/// As minutes of the week. Those that touch become one, so that a window has only one form.
fn joined(hours: &[Hours]) -> Vec<Range<u16>> {
    let each = |hours: &Hours| {
        let (start, end) = (hours.start, hours.end);
        (hours.first..=hours.last).map(move |day| (day * DAY + start, day * DAY + end))
    };
    let sorted: BTreeSet<(u16, u16)> = hours.iter().flat_map(each).collect();
    let mut joined: Vec<Range<u16>> = Vec::new();
    for (start, end) in sorted {
        match joined.last_mut() {
            Some(span) if span.end >= start => span.end = span.end.max(end),
            _ => joined.push(start..end),
        }
    }
    joined
}

/// The zone's rules: the host's, which its updates keep current, or ours where it has none.
///
/// Which names there are does not depend on the host: its folder has others too, `localtime` and
/// `right/…`, which would mean something else elsewhere (INVARIANT 9).
fn clock(item: &Item<&str>) -> Result<TimeZone, Problem> {
    let ours = TimeZoneDatabase::bundled();
    // "Factory" is what a host has until its zone is set.
    let names: Vec<String> =
        ours.available().map(|name| name.to_string()).filter(|n| n != "Factory").collect();
    let found = names.iter().find(|name| *name == item.value);
    let clock = found.and_then(|name| jiff::tz::db().get(name).or_else(|_| ours.get(name)).ok());
    clock.ok_or_else(|| {
        let city = |name: &str| name.rsplit('/').next().is_some_and(|n| n.eq_ignore_ascii_case(item.value));
        let meant = names.iter().find(|name| name.eq_ignore_ascii_case(item.value) || city(name));
        let hint = match meant {
            Some(name) => format!("did you mean `{name}`?"),
            None => did_you_mean(item.value, names.iter().map(String::as_str))
                .unwrap_or_else(|| "write the IANA name of a zone, such as Europe/Berlin, or UTC".to_owned()),
        };
        Problem::new(item.at, "zone", format!("there is no time zone `{}`", shown(item.value))).hint(hint)
    })
}

/// None unless all of them are good.
fn openings(entry: &Entry<'_>, problems: &mut Problems) -> Option<Vec<Hours>> {
    let list = entry.list(problems, |item| hours(&item))?;
    if list.items.is_empty() && list.whole {
        let message = format!("{} is empty: it would never be open", entry.what);
        problems
            .push(Problem::new(list.at, "empty", message).hint("such as open = [\"mon-fri 08:00-18:00\"]"));
        return None;
    }
    let mut good = list.whole;
    for (n, item) in list.items.iter().enumerate() {
        let mut before = list.items.iter().take(n);
        let clash = before.find_map(|other| item.value.overlap(&other.value).map(|both| (other, both)));
        if let Some((other, both)) = clash {
            good = false;
            let message = format!("`{}` overlaps `{}`", item.value, other.value);
            problems.push(
                Problem::new(item.at, "overlap", message)
                    .label(format!("both have {both}"))
                    .also(other.at, "the other is here")
                    .hint("shorten one of them, or join them to one"),
            );
        }
    }
    good.then(|| list.items.into_iter().map(|item| item.value).collect())
}

/// `mon-fri 08:00-18:00`, in exactly this form.
fn hours(item: &Item<&str>) -> Result<Hours, Problem> {
    let problem =
        |why: &str| Problem::new(item.at, "opening", format!("`{}` is no opening: {why}", shown(item.value)));
    let form = || {
        problem("expected days and times")
            .hint("such as \"mon-fri 08:00-18:00\" or \"sat 10:00-14:00\", with one space")
    };
    let instead = |days: BTreeSet<u16>, start: u16, end: u16| {
        over(&days, start, end).iter().map(|hours| format!("\"{hours}\"")).collect::<Vec<_>>()
    };
    let (days, times) = item.value.split_once(' ').ok_or_else(form)?;
    let (start, end) = times.split_once('-').ok_or_else(form)?;
    let day =
        |text: &str| day(text).map_err(|hint| problem(&format!("`{}` is no day", shown(text))).hint(hint));
    let time =
        |text: &str| time(text).map_err(|hint| problem(&format!("`{}` is no time", shown(text))).hint(hint));
    let (first, last) = match days.split_once('-') {
        Some((first, last)) => (day(first)?, day(last)?),
        None => (day(days)?, day(days)?),
    };
    let (start, end) = (time(start)?, time(end)?);
    if start == DAY {
        return Err(problem("24:00 is an end, not a start").hint("write 00:00, on the next day"));
    }
    if end == 0 {
        return Err(problem("it ends before it starts").hint("the end of a day is 24:00"));
    }
    if end == start {
        return Err(problem("it ends as it starts").hint("for a whole day, write 00:00-24:00"));
    }
    let on: BTreeSet<u16> =
        if last < first { (first..7).chain(0..=last).collect() } else { (first..=last).collect() };
    if end < start {
        let mornings = instead(on.iter().map(|day| (day + 1) % 7).collect(), 0, end);
        let hint =
            format!("over midnight, write {}", [instead(on, start, DAY), mornings].concat().join(", "));
        return Err(problem("it ends before it starts").hint(hint));
    }
    if last < first {
        let hint = format!("write {}", instead(on, start, end).join(", "));
        return Err(problem("a week is from mon to sun").hint(hint));
    }
    if days.contains('-') && first == last {
        let hint = format!("write {}", instead(on, start, end).concat());
        return Err(problem("it is from a day to the same day").hint(hint));
    }
    Ok(Hours { first, start, end, last })
}

/// The number of the day, or a hint.
fn day(text: &str) -> Result<u16, String> {
    let of = |text: &str| (0..).zip(DAYS).find(|(_, name)| *name == text).map(|(number, _)| number);
    of(text).ok_or_else(|| {
        let lower = text.to_ascii_lowercase();
        match DAYS.iter().find(|name| lower.starts_with(**name)) {
            Some(name) => format!("write `{name}`"),
            None => format!("the days are {}", quoted(&DAYS)),
        }
    })
}

/// The minute of the day, or a hint.
fn time(text: &str) -> Result<u16, String> {
    let minute = |text: &str| {
        let digit = |byte: u8| char::from(byte).to_digit(10).and_then(|digit| u16::try_from(digit).ok());
        let [h, hh, b':', m, mm] = *text.as_bytes() else { return None };
        let (hour, minute) = (digit(h)? * 10 + digit(hh)?, digit(m)? * 10 + digit(mm)?);
        (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
    };
    minute(text).ok_or_else(|| match minute(&format!("0{text}")) {
        Some(minute) => format!("write {}", clock_face(minute)),
        None => "times are written 00:00 to 24:00".to_owned(),
    })
}

#[cfg(test)]
mod tests;
