//! Groups whose members are kept outside of the policy: who is on call now.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde::Serialize;

use crate::domain::name::NameError;
use crate::domain::{Name, Span};

use super::Command;
use super::diagnostic::{Problem, Problems};
use super::document::Section;
use super::draft::take;
use super::values;

/// The longest list, in bytes.
pub const LONGEST: usize = 16 << 10;
/// In a list.
pub const MOST_NAMES: usize = 100;

const REFRESH: Span = Span::clamped(60);
const REFRESHES: RangeInclusive<Span> = Span::clamped(10)..=Span::clamped(3600);

/// Where the members of a group come from, in place of `members`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OnCallSource {
    pub from: OnCallFrom,
    /// How often it is asked again.
    pub refresh: Span,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnCallFrom {
    /// A file, by its whole path.
    File(String),
    /// A program that prints the list.
    Command(Command),
}

/// Why a list names nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OnCallError {
    #[error("the list is longer than {LONGEST} bytes")]
    Long,
    #[error("the list is not UTF-8 text")]
    NotText,
    /// The line is counted from 1. It is not repeated: it may be anything.
    #[error("line {line} of the list is no name of a user: {why}")]
    Line { line: usize, why: NameError },
    #[error("the list has more than {MOST_NAMES} names")]
    Many,
    #[error("the list names nobody")]
    Nobody,
}

/// Reads a list: one name a line; empty lines, and lines that begin with `#`, do not count.
///
/// # Errors
/// One line that is no name, and there is no list: a part of it may be the wrong part (INVARIANT 9).
pub fn parse_on_call(bytes: &[u8]) -> Result<BTreeSet<Name>, OnCallError> {
    if bytes.len() > LONGEST {
        return Err(OnCallError::Long);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| OnCallError::NotText)?;
    let mut names = BTreeSet::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        names.insert(text.parse().map_err(|why| OnCallError::Line { line, why })?);
        if names.len() > MOST_NAMES {
            return Err(OnCallError::Many);
        }
    }
    if names.is_empty() { Err(OnCallError::Nobody) } else { Ok(names) }
}
impl OnCallSource {
    /// The keys of a group that has a source.
    pub(super) const KEYS: [&'static str; 4] = ["from-file", "from-command", "sha256", "refresh"];

    /// Whether the group has any of the keys, and so no `members`.
    pub(super) fn is_in(section: &Section<'_>) -> bool {
        Self::KEYS.iter().any(|key| section.get(key).is_some())
    }

    /// Reads [`Self::KEYS`]; whether there are others is for the caller to check, before.
    pub(super) fn read(section: &Section<'_>, problems: &mut Problems) -> Option<Self> {
        const FILE: &str = "/etc/jit/oncall";
        let refresh = match section.get("refresh") {
            None => Some(REFRESH),
            Some(entry) => entry
                .text(problems)
                .and_then(|item| take(values::span_within(&item, "`refresh`", &REFRESHES), problems)),
        };
        let members = section.get("members").map(|entry| ("members", entry));
        let file = section.get("from-file").map(|entry| ("from-file", entry));
        let command = section.get("from-command").map(|entry| ("from-command", entry));
        let given: Vec<_> = [members, file, command].into_iter().flatten().collect();
        if let [(one, first), (other, second), ..] = given.as_slice() {
            let message = format!("{} has both `{one}` and `{other}`", section.what);
            problems.push(
                Problem::new(second.key_at, "two-sources", message)
                    .also(first.key_at, format!("`{one}` is here"))
                    .hint("its members come from one place: remove one of the two"),
            );
            return None;
        }
        let from = match given.as_slice() {
            [("from-file", entry)] => entry
                .text(problems)
                .and_then(|item| take(values::whole_path(&item, "a file", FILE), problems))
                .map(OnCallFrom::File),
            [("from-command", entry)] => Command::read(entry, section, problems).map(OnCallFrom::Command),
            _ => {
                let hint = format!("add from-file = \"{FILE}\", or from-command = [\"/usr/local/bin/NAME\"]");
                if !section.misspells("from-command") {
                    section.need("from-file", &hint, problems);
                }
                None
            }
        };
        if let (Some(OnCallFrom::File(_)), Some(pin)) = (&from, section.get("sha256")) {
            let message = format!("{} is for a `from-command`", pin.what);
            problems.push(Problem::new(pin.key_at, "stray-key", message).hint("remove it"));
        }
        Some(Self { from: from?, refresh: refresh? })
    }
}

impl OnCallSource {
    /// For digests: two sources that mean different things give different texts.
    pub fn meaning(&self) -> String {
        // Of types of ours: nothing in them can fail.
        serde_json::to_string(self).unwrap_or_else(|error| format!("! {error}"))
    }
}

#[cfg(test)]
#[path = "oncall_tests.rs"]
mod tests;
