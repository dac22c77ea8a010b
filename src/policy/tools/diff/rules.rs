//! Deny rules and limits that are new, gone, or about somebody or something else.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::domain::Name;
use crate::policy::model::{Deny, Limit, Policy, Role, Selector};
use crate::policy::tools::crowd::Member;

use super::beside::both;
use super::{Change, Effect};

/// The rules that are otherwise.
pub(super) struct Changed<'p> {
    denies: BTreeSet<&'p Name>,
    limits: BTreeSet<&'p Name>,
}

impl Changed<'_> {
    /// Whether any of them could be about the role.
    pub fn touch(&self, role: &Role) -> bool {
        role.denies.iter().any(|name| self.denies.contains(name))
            || role.limits.iter().any(|name| self.limits.contains(name))
    }
}

pub(super) fn compare<'p>(old: &'p Policy, new: &'p Policy, changes: &mut Vec<Change>) -> Changed<'p> {
    let mut changed = Changed { denies: BTreeSet::new(), limits: BTreeSet::new() };
    for (name, was, is) in both(&old.denies, &new.denies) {
        let (effect, text) = match (was, is) {
            (Some(was), Some(is)) => match deny(old, was, new, is) {
                Some(found) => found,
                None => continue,
            },
            (None, Some(is)) => (Effect::Loss, format!("deny {name} is new{}", about(&is.description))),
            (Some(was), None) => (Effect::Gain, format!("deny {name} is gone{}", about(&was.description))),
            (None, None) => continue,
        };
        changed.denies.insert(name);
        let told = |rule: Option<&Deny>| rule.map(|rule| selected(&rule.of, condition(rule)));
        changes.push(Change::new(effect, "deny", text).between(told(was), told(is)));
    }
    for (name, was, is) in both(&old.limits, &new.limits) {
        let (effect, text) = match (was, is) {
            (Some(was), Some(is)) => match limit(old, was, new, is) {
                Some(found) => found,
                None => continue,
            },
            (None, Some(is)) => (
                Effect::Loss,
                format!("limit {name} is new: at most {}{}", is.max_duration, about(&is.description)),
            ),
            (Some(was), None) => (
                Effect::Gain,
                format!("limit {name} is gone: at most {}{}", was.max_duration, about(&was.description)),
            ),
            (None, None) => continue,
        };
        changed.limits.insert(name);
        let told =
            |rule: Option<&Limit>| rule.map(|rule| selected(&rule.of, Some(rule.max_duration.to_string())));
        changes.push(Change::new(effect, "limit", text).between(told(was), told(is)));
    }
    changed
}

fn condition(rule: &Deny) -> Option<String> {
    rule.when.as_ref().map(|when| when.text().to_owned())
}

fn about(description: &str) -> String {
    if description.is_empty() { String::new() } else { format!(" ({description})") }
}

/// `roles web; requesters group:ops; request.ticket == ''`
fn selected(of: &Selector, rest: Option<String>) -> String {
    fn names(what: &str, names: &Option<BTreeSet<Name>>) -> Option<String> {
        let names: Vec<&str> = names.as_ref()?.iter().map(Name::as_str).collect();
        Some(format!("{what} {}", names.join(", ")))
    }
    let requesters = of.requesters.as_ref().map(|list| {
        let list: Vec<String> = list.iter().map(ToString::to_string).collect();
        format!("requesters {}", list.join(", "))
    });
    let parts = [names("roles", &of.roles), names("resources", &of.resources), requesters, rest];
    parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// A rule that is about less refuses less.
fn deny<'p>(old: &'p Policy, was: &'p Deny, new: &'p Policy, is: &'p Deny) -> Option<(Effect, String)> {
    let order = selector(old, &was.of, new, &is.of);
    let order = match (condition(was), condition(is)) {
        (was, is) if was == is => order,
        (None, Some(_)) => both_ways(order, Some(Ordering::Less)),
        (Some(_), None) => both_ways(order, Some(Ordering::Greater)),
        _ => None,
    };
    let name = &was.name;
    match order {
        Some(Ordering::Equal) => None,
        Some(Ordering::Less) => Some((Effect::Gain, format!("deny {name} refuses less"))),
        Some(Ordering::Greater) => Some((Effect::Loss, format!("deny {name} refuses more"))),
        None => Some((Effect::Change, format!("deny {name} refuses something else"))),
    }
}

fn limit<'p>(old: &'p Policy, was: &'p Limit, new: &'p Policy, is: &'p Limit) -> Option<(Effect, String)> {
    let by_span = is.max_duration.cmp(&was.max_duration).reverse();
    let name = &was.name;
    let spans = || format!("limit {name} is {} instead of {}", is.max_duration, was.max_duration);
    let of = selector(old, &was.of, new, &is.of);
    let text = if of == Some(Ordering::Equal) { spans() } else { format!("limit {name} is about others") };
    match both_ways(of, Some(by_span)) {
        Some(Ordering::Equal) => None,
        Some(Ordering::Less) => Some((Effect::Gain, text)),
        Some(Ordering::Greater) => Some((Effect::Loss, text)),
        None => Some((Effect::Change, text)),
    }
}

/// How much the second selects, measured by the first; `None` where each has something of its own.
fn selector<'p>(old: &'p Policy, was: &'p Selector, new: &'p Policy, is: &'p Selector) -> Option<Ordering> {
    let people =
        |policy: &'p Policy, of: &'p Selector| of.requesters.as_deref().map(|list| Member::of(policy, list));
    let parts = [
        sets(was.roles.as_ref(), is.roles.as_ref()),
        sets(was.resources.as_ref(), is.resources.as_ref()),
        sets(people(old, was).as_ref(), people(new, is).as_ref()),
    ];
    parts.into_iter().fold(Some(Ordering::Equal), both_ways)
}

/// Without a set, it is everything.
fn sets<T: Ord>(was: Option<&BTreeSet<T>>, is: Option<&BTreeSet<T>>) -> Option<Ordering> {
    match (was, is) {
        (None, None) => Some(Ordering::Equal),
        (None, Some(_)) => Some(Ordering::Less),
        (Some(_), None) => Some(Ordering::Greater),
        (Some(was), Some(is)) if was == is => Some(Ordering::Equal),
        (Some(was), Some(is)) if is.is_subset(was) => Some(Ordering::Less),
        (Some(was), Some(is)) if is.is_superset(was) => Some(Ordering::Greater),
        _ => None,
    }
}

fn both_ways(a: Option<Ordering>, b: Option<Ordering>) -> Option<Ordering> {
    match (a?, b?) {
        (Ordering::Equal, other) | (other, Ordering::Equal) => Some(other),
        (a, b) => (a == b).then_some(a),
    }
}
