//! Ticket systems: what a ticket has to look like, and when it allows anything.

mod answer;
mod url;

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use serde::{Serialize, Serializer};

use crate::domain::{Name, Span};

use super::diagnostic::{Problem, Problems, did_you_mean, shown};
use super::document::{Entry, Section};
use super::draft::{TEXT, take};
use super::{Command, TicketPattern, values};

pub use answer::{AnswerError, LONGEST, TicketAnswer, parse_answer};
pub use url::{TicketUrl, is_local};

const POLL: Span = Span::clamped(60);
const POLLS: RangeInclusive<Span> = Span::clamped(10)..=Span::clamped(u64::MAX);
const TIMEOUT: Span = Span::clamped(5);
const TIMEOUTS: RangeInclusive<Span> = Span::clamped(1)..=Span::clamped(30);

/// `[ticket-system.NAME]`
#[derive(Debug, Clone, Serialize)]
pub struct TicketSystem {
    pub name: Name,
    #[serde(skip)]
    pub description: String,
    /// What the whole id of a ticket matches.
    #[serde(serialize_with = "pattern_text")]
    pub pattern: TicketPattern,
    /// `None` where nobody is asked, and the pattern is all that counts.
    pub check: Option<TicketCheck>,
}

/// Whom jit asks of a ticket, and what it has to hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TicketCheck {
    pub ask: TicketSource,
    /// In the system's own words. Never empty.
    pub open_states: BTreeSet<String>,
    pub assignee: Assignee,
    /// How often the ticket of a live grant is asked for again.
    pub poll: Span,
    /// How long one answer may take.
    pub timeout: Span,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TicketSource {
    /// A program that answers on stdout.
    Command(Command),
    /// A server that answers to GET.
    Url {
        url: TicketUrl,
        /// Whether a host on this machine or its link is meant.
        allow_local: bool,
        /// A private file with a bearer token.
        token_file: Option<String>,
    },
}

/// To whom a ticket has to be assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assignee {
    Requester,
    Anyone,
}

/// Whether a ticket allows what is asked with it.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TicketStanding {
    Good,
    /// In a state that is none of the open ones.
    Closed {
        state: String,
    },
    /// To somebody else than the requester, or to nobody.
    NotAssigned {
        to: Option<String>,
    },
}

impl fmt::Display for TicketStanding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good => f.write_str("the ticket is open"),
            Self::Closed { state } => write!(f, "the ticket is not open: its state is {state}"),
            Self::NotAssigned { to: Some(to) } => write!(f, "the ticket is assigned to {to}"),
            Self::NotAssigned { to: None } => f.write_str("the ticket is assigned to nobody"),
        }
    }
}

impl TicketSystem {
    /// What the answer comes to for this requester, whose name has to be the assignee's to the letter. A
    /// system without a check has no open states.
    pub fn judge(&self, answer: &TicketAnswer, requester: &Name) -> TicketStanding {
        let Some(check) = self.check.as_ref().filter(|check| check.open_states.contains(&answer.state))
        else {
            return TicketStanding::Closed { state: answer.state.clone() };
        };
        let theirs = answer.assignee.as_deref() == Some(requester.as_str());
        match check.assignee {
            Assignee::Requester if !theirs => TicketStanding::NotAssigned { to: answer.assignee.clone() },
            Assignee::Requester | Assignee::Anyone => TicketStanding::Good,
        }
    }

    /// For digests: two systems that mean different things give different texts. The description means
    /// nothing.
    pub fn meaning(&self) -> String {
        // Of types of ours: nothing in them can fail.
        serde_json::to_string(self).unwrap_or_else(|error| format!("! {error}"))
    }
}

fn pattern_text<S: Serializer>(pattern: &TicketPattern, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_str(&pattern.text)
}

/// Of any check.
const CHECK: [&str; 4] = ["open-states", "assignee", "poll", "timeout"];
const OF_COMMAND: [&str; 1] = ["sha256"];
const OF_URL: [&str; 2] = ["token-file", "allow-local"];
impl TicketSystem {
    pub(super) const KEYS: [&'static str; 11] = [
        "description",
        "pattern",
        "command",
        "sha256",
        "url",
        "token-file",
        "allow-local",
        "open-states",
        "assignee",
        "poll",
        "timeout",
    ];

    pub(super) fn read(name: Name, section: &mut Section<'_>, problems: &mut Problems) -> Option<Self> {
        section.only(&Self::KEYS, problems);
        let section = &*section;
        let description = section
            .get("description")
            .and_then(|entry| entry.text(problems))
            .and_then(|item| take(values::plain(&item, TEXT), problems))
            .unwrap_or_default();
        let pattern = section
            .need("pattern", "add pattern = \"OPS-[0-9]+\": what the whole ticket matches", problems)
            .and_then(|entry| entry.text(problems))
            .and_then(|item| take(values::ticket_pattern(&item), problems));
        let check = check(section, problems);
        Some(Self { name, description, pattern: pattern?, check: check? })
    }
}

/// `Some(None)` where the section asks for none.
fn check(section: &Section<'_>, problems: &mut Problems) -> Option<Option<TicketCheck>> {
    let ask = match (section.get("command"), section.get("url")) {
        (Some(first), Some(second)) => {
            let message = format!("{} has both a `command` and a `url`", section.what);
            problems.push(
                Problem::new(second.key_at, "two-sources", message)
                    .also(first.key_at, "`command` is here")
                    .hint("one of them is asked: remove the other"),
            );
            return None;
        }
        (Some(command), None) => {
            let lone = without(section, &OF_URL, "a `url`", problems);
            Command::read(&command, section, problems).map(TicketSource::Command).filter(|_| lone)
        }
        (None, Some(url)) => {
            let lone = without(section, &OF_COMMAND, "a `command`", problems);
            by_url(&url, section, problems).filter(|_| lone)
        }
        // What is meant is there under a wrong spelling, and that is reported.
        (None, None) if section.misspells("command") || section.misspells("url") => return None,
        (None, None) => {
            let keys = [CHECK.as_slice(), &OF_COMMAND, &OF_URL].concat();
            return without(section, &keys, "a `command` or a `url`", problems).then_some(None);
        }
    };
    let open_states = open_states(section, problems);
    let assignee = section
        .need("assignee", "add assignee = \"requester\", or \"anyone\"", problems)
        .and_then(|entry| assignee(&entry, problems));
    let mut span_or = |key: &str, default: Span, within: &RangeInclusive<Span>| match section.get(key) {
        None => Some(default),
        Some(entry) => entry
            .text(problems)
            .and_then(|item| take(values::span_within(&item, &format!("`{key}`"), within), problems)),
    };
    let (poll, timeout) = (span_or("poll", POLL, &POLLS), span_or("timeout", TIMEOUT, &TIMEOUTS));
    Some(Some(TicketCheck {
        ask: ask?,
        open_states: open_states?,
        assignee: assignee?,
        poll: poll?,
        timeout: timeout?,
    }))
}

/// Reports the keys that do nothing without `what`; `true` where there are none.
fn without(section: &Section<'_>, keys: &[&str], what: &str, problems: &mut Problems) -> bool {
    let stray: Vec<_> = keys.iter().filter_map(|key| section.get(key)).collect();
    for entry in &stray {
        let message = format!("{} does nothing without {what}", entry.what);
        problems
            .push(Problem::new(entry.key_at, "stray-key", message).hint(format!("remove it, or add {what}")));
    }
    stray.is_empty()
}

fn by_url(entry: &Entry<'_>, section: &Section<'_>, problems: &mut Problems) -> Option<TicketSource> {
    let allow_local = match section.get("allow-local") {
        None => Some(false),
        Some(entry) => entry.boolean(problems),
    };
    let token_file = match section.get("token-file") {
        None => Some(None),
        Some(entry) => entry
            .text(problems)
            .and_then(|item| take(values::whole_path(&item, "a file", "/etc/jit/ticket-token"), problems))
            .map(Some),
    };
    // What is wrong with `allow-local` is said already.
    let url = entry
        .text(problems)
        .and_then(|item| take(TicketUrl::read(&item, allow_local.unwrap_or(true)), problems));
    Some(TicketSource::Url { url: url?, allow_local: allow_local?, token_file: token_file? })
}

fn open_states(section: &Section<'_>, problems: &mut Problems) -> Option<BTreeSet<String>> {
    let hint = "add open-states = [\"open\"]: in the words of the ticket system";
    let list = section
        .need("open-states", hint, problems)?
        .list(problems, |item| values::plain(&item, answer::LONGEST_TEXT))?;
    if list.items.is_empty() && list.whole {
        let message = format!("`open-states` of {} is empty, so no ticket would count", section.what);
        problems.push(Problem::new(list.at, "empty", message).hint(hint));
        return None;
    }
    list.whole.then(|| list.items.into_iter().map(|item| item.value).collect())
}

fn assignee(entry: &Entry<'_>, problems: &mut Problems) -> Option<Assignee> {
    let item = entry.text(problems)?;
    match item.value {
        "requester" => Some(Assignee::Requester),
        "anyone" => Some(Assignee::Anyone),
        other => {
            let message = format!("`{}` is nobody to whom a ticket is assigned", shown(other));
            let hint = did_you_mean(other, ["requester", "anyone"])
                .unwrap_or_else(|| "write \"requester\", or \"anyone\"".to_owned());
            problems.push(Problem::new(item.at, "assignee", message).hint(hint));
            None
        }
    }
}

#[cfg(test)]
mod tests;
