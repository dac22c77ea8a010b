//! `[alert.NAME]`, as its table has it.

use std::ops::RangeInclusive;

use crate::domain::{Name, Span};
use crate::policy::alerts::{Action, AlertKind, Looks, Severity};
use crate::policy::diagnostic::{Problem, Problems, did_you_mean, shown};
use crate::policy::document::{Entry, List, Section, quoted};
use crate::policy::values;

use super::{description, take, who};

pub(in crate::policy) const ALERT_KEYS: [&str; 12] = [
    "description",
    "on",
    "severity",
    "action",
    "quiet",
    "roles",
    "windows",
    "count",
    "within",
    "after",
    "history",
    "factor",
];

/// Those that depend on what is looked for.
const OF_A_KIND: [&str; 7] = ["roles", "windows", "count", "within", "after", "history", "factor"];

/// More is remembered of nobody: what somebody did is kept in bounded lists.
const COUNTS: RangeInclusive<u32> = 2..=100;
const HISTORIES: RangeInclusive<u32> = 0..=60;
const FACTORS: RangeInclusive<u32> = 1..=100;
const SPANS: RangeInclusive<Span> = Span::clamped(1)..=Span::clamped(366 * 86_400);

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

#[derive(Debug)]
pub(in crate::policy) struct AlertDraft {
    pub at: crate::policy::source::At,
    pub description: String,
    /// Without the names of windows, which stand in `windows`.
    pub looks: Option<Looks>,
    pub severity: Option<Severity>,
    pub action: Option<Action>,
    pub quiet: Option<Span>,
    pub roles: Option<List<Name>>,
    pub windows: Option<List<Name>>,
}

pub(super) fn read(section: &mut Section<'_>, problems: &mut Problems) -> AlertDraft {
    section.only(&ALERT_KEYS, problems);
    let section = &*section;
    let kind = section
        .need("on", "add on = \"burst-of-refusals\": what is looked for; see jit-policy(5)", problems)
        .and_then(|entry| word(&entry, AlertKind::ALL, AlertKind::as_str, problems));
    let severity = match section.get("severity") {
        None => kind.map(AlertKind::severity),
        Some(entry) => word(&entry, Severity::ALL, Severity::as_str, problems),
    };
    let action = match section.get("action") {
        None => Some(Action::Notify),
        Some(entry) => word(&entry, Action::ALL, Action::as_str, problems)
            .filter(|action| fits(&entry, kind, *action, problems)),
    };
    let lone = kind.is_none_or(|kind| no_others(section, kind, problems));
    let mut read = Reader { section, problems };
    let quiet = read.span("quiet", kind.map_or(Span::clamped(HOUR), AlertKind::quiet));
    let looks = kind.and_then(|kind| looks(kind, &mut read)).filter(|_| lone);
    AlertDraft {
        at: section.at,
        description: description(section, problems),
        looks,
        severity,
        action,
        quiet,
        roles: who::names(section, "roles", "a role", problems),
        windows: who::names(section, "windows", "a window", problems),
    }
}

/// The one of them that the entry says.
fn word<T: Copy>(
    entry: &Entry<'_>,
    all: &'static [T],
    text: fn(T) -> &'static str,
    problems: &mut Problems,
) -> Option<T> {
    let item = entry.text(problems)?;
    let found = all.iter().copied().find(|one| text(*one) == item.value);
    if found.is_none() {
        let words: Vec<&str> = all.iter().map(|one| text(*one)).collect();
        let message = format!("{} cannot be `{}`", entry.what, shown(item.value));
        let hint = did_you_mean(item.value, words.iter().copied())
            .unwrap_or_else(|| format!("it is one of {}", quoted(&words)));
        problems.push(Problem::new(item.at, "alert-word", message).hint(hint));
    }
    found
}

/// Nobody can be suspended for what nobody did.
fn fits(entry: &Entry<'_>, kind: Option<AlertKind>, action: Action, problems: &mut Problems) -> bool {
    let Some(kind) = kind else { return true };
    let fits = match action {
        Action::Notify => true,
        Action::EndGrant => kind.is_about_a_person() || kind == AlertKind::Drift,
        Action::StepUp | Action::Suspend => kind.is_about_a_person(),
    };
    if !fits {
        let message = format!("`{action}` has nobody to act on: `{kind}` is about no person");
        problems.push(Problem::new(entry.at, "alert-action", message).hint("write action = \"notify\""));
    }
    fits
}

/// Reports the keys that this kind does not have; `true` where there are none.
fn no_others(section: &Section<'_>, kind: AlertKind, problems: &mut Problems) -> bool {
    let keys = kind.keys();
    let stray: Vec<_> =
        OF_A_KIND.iter().filter(|key| !keys.contains(key)).filter_map(|key| section.get(key)).collect();
    for entry in &stray {
        let message = format!("{} does nothing on `{kind}`", entry.what);
        let hint = match keys {
            [] => "remove it: this kind has no measures".to_owned(),
            keys => format!("remove it; of its own, this kind has {}", quoted(keys)),
        };
        problems.push(Problem::new(entry.key_at, "stray-key", message).hint(hint));
    }
    stray.is_empty()
}

struct Reader<'a, 't> {
    section: &'a Section<'t>,
    problems: &'a mut Problems,
}

impl Reader<'_, '_> {
    fn span(&mut self, key: &str, default: Span) -> Option<Span> {
        let Some(entry) = self.section.get(key) else { return Some(default) };
        let item = entry.text(self.problems)?;
        take(values::span_within(&item, &format!("`{key}`"), &SPANS), self.problems)
    }

    fn number(&mut self, key: &str, default: u32, within: &RangeInclusive<u32>) -> Option<u32> {
        let Some(entry) = self.section.get(key) else { return Some(default) };
        let number = entry.number(self.problems)?;
        if !within.contains(&number) {
            let message = format!("{} is from {} to {}", entry.what, within.start(), within.end());
            self.problems.push(Problem::new(entry.at, "number", message));
            return None;
        }
        Some(number)
    }

    fn count(&mut self, default: u32) -> Option<u32> {
        self.number("count", default, &COUNTS)
    }

    fn history(&mut self, default: u32) -> Option<u32> {
        self.number("history", default, &HISTORIES)
    }

    fn factor(&mut self, default: u32) -> Option<u32> {
        self.number("factor", default, &FACTORS)
    }

    fn within(&mut self, secs: u64) -> Option<Span> {
        self.span("within", Span::clamped(secs))
    }

    fn after(&mut self, secs: u64) -> Option<Span> {
        self.span("after", Span::clamped(secs))
    }
}

/// With the defaults that jit-policy(5) has.
fn looks(kind: AlertKind, read: &mut Reader<'_, '_>) -> Option<Looks> {
    Some(match kind {
        AlertKind::OutsideWindows => {
            read.section.need("windows", "add windows = [\"office\"]: when it is usual", read.problems)?;
            Looks::OutsideWindows { windows: Vec::new() }
        }
        AlertKind::NewRole => Looks::NewRole { history: read.history(5)? },
        AlertKind::NewAddress => Looks::NewAddress { history: read.history(10)? },
        AlertKind::UnusualDuration => {
            let (history, factor) = (read.history(10), read.factor(6));
            Looks::UnusualDuration { history: history?, factor: factor? }
        }
        AlertKind::UnusualRate => {
            let (history, factor) = (read.history(10), read.factor(6));
            let (count, within) = (read.count(6), read.within(HOUR));
            Looks::UnusualRate { history: history?, factor: factor?, count: count?, within: within? }
        }
        AlertKind::BurstOfRefusals => {
            let (count, within) = (read.count(5), read.within(10 * MINUTE));
            Looks::BurstOfRefusals { count: count?, within: within? }
        }
        AlertKind::SelfApproval => Looks::SelfApproval,
        AlertKind::HastyApproval => Looks::HastyApproval { within: read.within(10)? },
        AlertKind::AlwaysYes => {
            let (count, within) = (read.count(20), read.within(90 * DAY));
            Looks::AlwaysYes { count: count?, within: within? }
        }
        AlertKind::ReciprocalApprovals => {
            let (count, within) = (read.count(3), read.within(30 * DAY));
            Looks::ReciprocalApprovals { count: count?, within: within? }
        }
        AlertKind::DormantWakes => Looks::DormantWakes { after: read.after(60 * DAY)? },
        AlertKind::BreakGlass => Looks::BreakGlass,
        AlertKind::Drift => Looks::Drift,
        AlertKind::EndUnconfirmed => Looks::EndUnconfirmed { after: read.after(5 * MINUTE)? },
        AlertKind::LogWriteFailed => Looks::LogWriteFailed,
    })
}
