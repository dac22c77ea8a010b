//! `[dormant.NAME]`, as its table has it.

use std::ops::RangeInclusive;

use crate::domain::Span;
use crate::policy::diagnostic::Problems;
use crate::policy::document::{List, Section};
use crate::policy::model::Who;
use crate::policy::source::At;
use crate::policy::values;

use super::who::{self, Takes};
use super::{description, take};

pub(in crate::policy) const DORMANT_KEYS: [&str; 3] = ["after", "people", "description"];

const AFTER: RangeInclusive<Span> = Span::clamped(86_400)..=Span::clamped(366 * 86_400);

#[derive(Debug)]
pub(in crate::policy) struct DormantDraft {
    pub at: At,
    pub description: String,
    pub after: Option<Span>,
    /// `Some(None)` where it is not there.
    pub people: Option<Option<List<Who>>>,
}

pub(super) fn read(section: &mut Section<'_>, problems: &mut Problems) -> DormantDraft {
    section.only(&DORMANT_KEYS, problems);
    let section = &*section;
    let hint = "add after = \"90d\": whoever uses nothing for so long is suspended";
    let after = section.need("after", hint, problems).and_then(|entry| entry.text(problems));
    DormantDraft {
        at: section.at,
        description: description(section, problems),
        after: after.and_then(|item| take(values::span_within(&item, "`after`", &AFTER), problems)),
        people: match section.get("people") {
            None => Some(None),
            Some(entry) => who::list(&entry, Takes::Names, "it would be about nobody", problems).map(Some),
        },
    }
}
