//! Programs that a policy names, for jit to ask.

use serde::Serialize;

use crate::domain::Digest;

use super::diagnostic::{Problem, Problems};
use super::document::{Entry, Section};
use super::draft::take;
use super::values;

/// A program and its arguments. Nothing of it goes through a shell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// By its whole path.
    pub program: String,
    pub args: Vec<String>,
    /// What the program's contents are, where the policy pins them: then another program at that path is
    /// not run. Without, whoever owns it may replace it.
    pub sha256: Option<Digest>,
}

impl Command {
    /// `entry` is an array of strings, `["/usr/local/bin/ask", "-v"]`. The pin is the section's `sha256`.
    pub(super) fn read(entry: &Entry<'_>, section: &Section<'_>, problems: &mut Problems) -> Option<Self> {
        // With its number, as an argument may stand twice.
        let mut number = 0_usize;
        let list = entry.list(problems, |item| {
            number += 1;
            let text = match number {
                1 => values::whole_path(&item, "a program", "/usr/local/bin/NAME"),
                _ => values::plain(&item, 1024),
            };
            text.map(|text| (number, text))
        })?;
        let sha256 = match section.get("sha256") {
            None => Some(None),
            Some(pin) => {
                let hint = "look at the program, then write what sha256sum prints";
                pin.text(problems).and_then(|item| take(values::sha256(&item, hint), problems)).map(Some)
            }
        };
        if !list.whole {
            return None;
        }
        let mut words = list.items.into_iter().map(|item| item.value.1);
        let Some(program) = words.next() else {
            let message = format!("{} is empty", entry.what);
            problems.push(
                Problem::new(entry.at, "empty", message)
                    .hint("name a program by its whole path: [\"/usr/local/bin/NAME\"]"),
            );
            return None;
        };
        Some(Self { program, args: words.collect(), sha256: sha256? })
    }
}
