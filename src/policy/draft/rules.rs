//! Rules that stand beside the roles: what is denied, and how long grants may last.

use crate::domain::{Name, Span};
use crate::policy::diagnostic::{Problem, Problems};
use crate::policy::document::{List, Section};
use crate::policy::model::Who;
use crate::policy::source::{At, Item};

use super::who::{self, Takes};
use super::{Labels, chosen_labels, description, span};

pub(in crate::policy) const DENY_KEYS: [&str; 6] =
    ["description", "roles", "resources", "resource-labels", "requesters", "when"];
pub(in crate::policy) const LIMIT_KEYS: [&str; 6] =
    ["description", "roles", "resources", "resource-labels", "requesters", "max-duration"];

#[derive(Debug)]
pub(in crate::policy) struct RuleDraft {
    pub at: At,
    pub description: String,
    pub of: SelectorDraft,
    pub when: Option<Item<String>>,
    pub max_duration: Option<Span>,
}

/// What a rule is about. A list that is not there is about everything.
#[derive(Debug)]
pub(in crate::policy) struct SelectorDraft {
    pub roles: Option<List<Name>>,
    pub resources: Option<List<Name>>,
    pub labels: Option<Item<Labels>>,
    pub requesters: Option<List<Who>>,
}

pub(super) fn deny(section: &mut Section<'_>, problems: &mut Problems) -> RuleDraft {
    section.only(&DENY_KEYS, problems);
    let section = &*section;
    says_of_what(section, &["roles", "resources", "resource-labels", "requesters", "when"], problems);
    RuleDraft {
        at: section.at,
        description: description(section, problems),
        of: selector(section, problems),
        when: who::text(section, "when", problems),
        max_duration: None,
    }
}

pub(super) fn limit(section: &mut Section<'_>, problems: &mut Problems) -> RuleDraft {
    section.only(&LIMIT_KEYS, problems);
    let section = &*section;
    says_of_what(section, &["roles", "resources", "resource-labels", "requesters"], problems);
    RuleDraft {
        at: section.at,
        description: description(section, problems),
        of: selector(section, problems),
        when: None,
        max_duration: section
            .need("max-duration", "add max-duration = \"1h\"", problems)
            .and_then(|entry| span(&entry, problems)),
    }
}

/// A rule about everything was hardly meant; whoever means it names the groups of all requesters.
fn says_of_what(section: &Section<'_>, keys: &[&str], problems: &mut Problems) {
    if !keys.iter().any(|key| section.get(key).is_some() || section.misspells(key)) {
        let message = format!("{} does not say what it is about", section.what);
        let hint =
            format!("add {}", keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(" or "));
        problems.push(Problem::new(section.at, "missing-key", message).hint(hint));
    }
}

fn selector(section: &Section<'_>, problems: &mut Problems) -> SelectorDraft {
    SelectorDraft {
        roles: who::names(section, "roles", "a role", problems),
        // No patterns here: a resource that is renamed would silently leave the rule.
        resources: who::names(section, "resources", "a resource", problems),
        labels: section.get("resource-labels").and_then(|entry| chosen_labels(&entry, problems)),
        requesters: section
            .get("requesters")
            .and_then(|entry| who::list(&entry, Takes::Names, "it would be about nobody", problems)),
    }
}
