//! What loads and may still not be meant: risky, useless, or said twice.

mod people;
mod roles;
mod rules;
mod unused;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::domain::{Resource, Time};
use crate::policy::diagnostic::Diagnostic;
use crate::policy::model::{Policy, Who};
use crate::policy::source::Place;

use super::Places;
use super::crowd::Member;
use super::reach::Reaches;

/// Every code, with what it is about.
pub const CODES: [(&str, &str); 24] = [
    ("auto-approve-production", "nobody has to agree to access to production"),
    ("break-glass-own-debrief", "only those who may use break-glass look at it afterwards"),
    ("contractor-end", "somebody of a company without the end of a contract"),
    ("contractor-sponsor", "somebody of a company for whom nobody answers"),
    ("escalates-to-approvers", "an escalation reaches nobody new"),
    ("idle-deny", "a deny rule that can match nothing"),
    ("idle-limit", "a limit that shortens nothing"),
    ("lone-approver", "a group of one decides"),
    ("long-grant", "access for more than a day"),
    ("mutual-approval", "those who ask decide for each other"),
    ("overlap", "another role gives the same for less"),
    ("repeated-stage", "two stages are decided by the same people"),
    ("sponsor-is-contractor", "somebody of a company answers for a contractor"),
    ("unreachable-role", "a role that nobody may ask for"),
    ("unused-company", "nobody is of this company"),
    ("unused-group", "nothing names this group"),
    ("unused-label", "no resource has this label"),
    ("unused-person", "nothing names this person"),
    ("unused-resource", "no role is for this resource"),
    ("unused-service", "nothing names this service"),
    ("unused-terms", "no role asks for these terms"),
    ("unused-ticket-system", "no role asks this ticket system"),
    ("unused-training", "no role asks for this training"),
    ("unused-window", "no role has this window"),
];

/// What is meant all the same, and what production is.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Codes that are not told.
    pub allow: BTreeSet<String>,
    /// Labels of resources of production, each with its value; without any, every label whose value is
    /// `prod` or `production`.
    pub production: Vec<(String, String)>,
}

impl Options {
    fn is_production(&self, resource: &Resource) -> bool {
        if self.production.is_empty() {
            return resource.labels.values().any(|value| ["prod", "production"].contains(&value.as_str()));
        }
        self.production.iter().any(|(label, value)| resource.labels.get(label) == Some(value))
    }
}

/// In order of place. `now`: whose contract is over by then may ask for nothing.
pub fn lint(policy: &Policy, places: &Places, options: &Options, now: Time) -> Vec<Diagnostic> {
    let mut lint = Lint {
        policy,
        places,
        options,
        now,
        sets: BTreeMap::new(),
        reaches: Reaches::new(policy),
        found: Vec::new(),
    };
    lint.people();
    lint.unused();
    lint.roles();
    let mut found = lint.found;
    found.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.place.file.clone(), d.place.span.start);
        (key(a), a.code, &a.message).cmp(&(key(b), b.code, &b.message))
    });
    found
}

struct Lint<'p> {
    policy: &'p Policy,
    places: &'p Places,
    options: &'p Options,
    now: Time,
    sets: BTreeMap<&'p [Who], Rc<BTreeSet<Member<'p>>>>,
    reaches: Reaches<'p>,
    found: Vec<Diagnostic>,
}

/// A definition: its kind, its name, and the key of it that is to blame, or none.
type At<'a> = (&'a str, &'a str, &'a str);

impl<'p> Lint<'p> {
    fn push(&mut self, code: &'static str, at: At<'_>, message: impl Into<String>, hint: &str) {
        if self.options.allow.contains(code) {
            return;
        }
        let (kind, name, key) = at;
        self.found.push(Diagnostic {
            place: self.places.find(kind, name, key).unwrap_or_else(Place::nowhere),
            code,
            message: message.into(),
            label: String::new(),
            hint: Some(hint.to_owned()),
            related: Vec::new(),
        });
    }

    /// Those whom the list names; each list is looked up once.
    fn set(&mut self, list: &'p [Who]) -> Rc<BTreeSet<Member<'p>>> {
        let policy = self.policy;
        Rc::clone(self.sets.entry(list).or_insert_with(|| Rc::new(Member::of(policy, list))))
    }
}

/// Whether the list has nobody but those that can be named without a request.
fn is_fixed(list: &[Who]) -> bool {
    list.iter().all(|who| matches!(who, Who::User(_) | Who::Group(_)))
}

#[cfg(test)]
#[path = "../lint_tests.rs"]
mod tests;
