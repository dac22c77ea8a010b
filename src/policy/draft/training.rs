//! Trainings and terms, as their tables have them.

use crate::domain::{DutyKind, Span};
use crate::policy::diagnostic::Problems;
use crate::policy::document::{List, Section};
use crate::policy::model::Who;
use crate::policy::source::At;
use crate::policy::values;

use super::role::at_least_one;
use super::who::{self, Takes};
use super::{description, span, take};

pub(in crate::policy) const TRAINING_KEYS: [&str; 5] =
    ["version", "link", "valid-for", "description", "trainers"];
pub(in crate::policy) const TERMS_KEYS: [&str; 5] = ["version", "text", "link", "valid-for", "description"];

#[derive(Debug)]
pub(in crate::policy) struct DemandDraft {
    pub at: At,
    pub description: String,
    pub version: Option<u32>,
    /// `Some(None)` where it is not there.
    pub valid_for: Option<Option<Span>>,
    pub link: Option<Option<String>>,
    /// Of terms.
    pub text: Option<String>,
    /// Of a training, where it names any.
    pub trainers: Option<List<Who>>,
}

pub(super) fn read(section: &mut Section<'_>, kind: DutyKind, problems: &mut Problems) -> DemandDraft {
    section.only(if kind == DutyKind::Training { &TRAINING_KEYS } else { &TERMS_KEYS }, problems);
    let section = &*section;
    let hint = "add version = 1: a higher one later has everybody do it again";
    let version = section.need("version", hint, problems).and_then(|entry| at_least_one(&entry, problems));
    let text = (kind == DutyKind::Terms)
        .then(|| section.need("text", "add text = \"\"\"…\"\"\": what is agreed to", problems))
        .flatten()
        .and_then(|entry| entry.text(problems));
    DemandDraft {
        at: section.at,
        description: description(section, problems),
        version,
        valid_for: match section.get("valid-for") {
            None => Some(None),
            Some(entry) => span(&entry, problems).map(Some),
        },
        link: match section.get("link") {
            None => Some(None),
            Some(entry) => {
                entry.text(problems).and_then(|item| take(values::link(&item), problems)).map(Some)
            }
        },
        text: text.and_then(|item| take(values::pages(&item), problems)),
        trainers: section
            .get("trainers")
            .and_then(|entry| who::list(&entry, Takes::Names, "nobody could record it", problems)),
    }
}
