//! What a change of a policy gives, and what it takes: by what the two mean, whatever their texts are.

mod access;
mod beside;
mod facts;
mod roles;
mod rules;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::domain::Name;
use crate::policy::model::Policy;

use super::crowd::Subject;

/// For those whom it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Somebody may do more, or needs less for it.
    Gain,
    /// Which of the two cannot be told, such as where a condition is another.
    Change,
    Loss,
}

impl Effect {
    /// Of the same change backwards.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Gain => Self::Loss,
            Self::Change => Self::Change,
            Self::Loss => Self::Gain,
        }
    }
}

/// One thing that is otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    pub effect: Effect,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    /// What of it, short and stable: `role`, `longest`, `say`, or a key of the language.
    pub about: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Subject>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub resources: BTreeSet<Name>,
    /// Not there before, without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Not there now, without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// As a sentence.
    pub text: String,
}

impl Change {
    fn new(effect: Effect, about: &'static str, text: String) -> Self {
        let (role, who, from, to) = (None, None, None, None);
        Self { effect, role, about, who, resources: BTreeSet::new(), from, to, text }
    }

    fn role(mut self, role: &Name) -> Self {
        self.role = Some(role.clone());
        self
    }

    fn who(mut self, who: &Subject) -> Self {
        self.who = Some(who.clone());
        self
    }

    fn on<'a>(mut self, resources: impl IntoIterator<Item = &'a Name>) -> Self {
        self.resources = resources.into_iter().cloned().collect();
        self
    }

    fn between(mut self, from: Option<String>, to: Option<String>) -> Self {
        (self.from, self.to) = (from, to);
        self
    }
}

/// What is otherwise in `new`: what is gained first, then in order of role.
pub fn diff(old: &Policy, new: &Policy) -> Vec<Change> {
    let mut changes = Vec::new();
    let rules = rules::compare(old, new, &mut changes);
    let people = facts::compare(old, new, &mut changes);
    beside::compare(old, new, &mut changes);
    facts::together(old, new, &mut changes);
    let mut access = access::Comparison::new(old, new);
    let names: BTreeSet<&Name> = old.roles.keys().chain(new.roles.keys()).collect();
    for name in names {
        let (before, now) = (old.roles.get(name), new.roles.get(name));
        if let (Some(before), Some(now)) = (before, now)
            && before.digest == now.digest
            && !people
            && !rules.touch(before)
            && !rules.touch(now)
        {
            continue;
        }
        access.compare(name, before, now, &mut changes);
        roles::compare(old, new, name, before, now, &mut changes);
    }
    changes.sort();
    changes
}

/// `on web-1`, `on web-1 and web-2`, `on 7 resources (web-1, web-2, …)`
fn on(resources: &BTreeSet<&Name>) -> String {
    let names: Vec<String> = resources.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [first, second, _, _, ..] => format!("on {} resources ({first}, {second}, …)", names.len()),
        few => format!("on {}", super::listed(few)),
    }
}

/// `gains` of one, `gain` of several
fn verb(who: &Subject, one: &str) -> String {
    let several = match one {
        "loses" => "lose",
        other => other.strip_suffix('s').unwrap_or(other),
    };
    if who.is_one() { one.to_owned() } else { several.to_owned() }
}

#[cfg(test)]
#[path = "../diff_tests.rs"]
mod tests;
