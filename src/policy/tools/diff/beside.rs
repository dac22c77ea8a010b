//! What a policy says beside roles and rules: what is looked for in the log, trainings and terms, and what is
//! left to the server's directory.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Name;
use crate::policy::alerts::{AlertRule, Looks};
use crate::policy::model::{Company, Group, Policy};
use crate::policy::training::{Demand, Means};
use crate::policy::window::Window;

use super::{Change, Effect};

pub(super) fn compare(old: &Policy, new: &Policy, changes: &mut Vec<Change>) {
    for (name, was, is) in both(&old.alerts, &new.alerts) {
        hours(name, (old, was), (new, is), changes);
        let (was, is) = (was.map(watched), is.map(watched));
        // Who is watched is whom it is about.
        table(
            "alert",
            name.as_str(),
            (was, is),
            (Effect::Loss, Effect::Gain),
            |_, _, _| Effect::Change,
            changes,
        );
    }
    for (duty, was, is) in both(&old.demands, &new.demands) {
        let effect = |key: &str, was: Option<&str>, is: Option<&str>| match key {
            "version" => harder(was.and_then(number).cmp(&is.and_then(number))),
            _ => Effect::Change,
        };
        let longer = was.zip(is).map(|(was, is)| match (was.valid_for, is.valid_for) {
            (Some(was), Some(is)) => harder(is.cmp(&was)),
            (None, _) => Effect::Loss,
            (_, None) => Effect::Gain,
        });
        let effect = |key: &str, was: Option<&str>, is: Option<&str>| match (key, longer) {
            ("valid-for", Some(effect)) => effect,
            _ => effect(key, was, is),
        };
        // What no role asks for is asked of nobody; a role that asks is told of by itself.
        let whole = (Effect::Change, Effect::Change);
        let (was, is) = (was.map(demanded), is.map(demanded));
        table(duty.kind.as_str(), duty.name.as_str(), (was, is), whole, effect, changes);
    }
    for (name, was, is) in both(&old.groups, &new.groups) {
        group(name, was, is, changes);
    }
    for (name, was, is) in both(&old.companies, &new.companies) {
        let held = |company: Option<&Company>| company.is_some_and(|company| company.contractors);
        let (effect, text) = match (held(was), held(is)) {
            (false, true) => (Effect::Loss, format!("whoever works for {name} needs an engagement now")),
            (true, false) => (Effect::Gain, format!("whoever works for {name} needs no engagement any more")),
            _ => continue,
        };
        let told = |company| held(company).then(|| "contractors".to_owned());
        changes.push(Change::new(effect, "company", text).between(told(was), told(is)));
    }
}

type Both<'p, K, T> = (&'p K, Option<&'p T>, Option<&'p T>);

pub(super) fn both<'p, K: Ord, T>(old: &'p BTreeMap<K, T>, new: &'p BTreeMap<K, T>) -> Vec<Both<'p, K, T>> {
    let names: BTreeSet<&K> = old.keys().chain(new.keys()).collect();
    names.into_iter().map(|name| (name, old.get(name), new.get(name))).collect()
}

/// The keys of a table, with what they say. Descriptions mean nothing.
type Keys = BTreeMap<&'static str, String>;

/// `whole`: what it is for a table to be new, and to be gone.
fn table(
    what: &'static str,
    name: &str,
    (was, is): (Option<Keys>, Option<Keys>),
    (new, gone): (Effect, Effect),
    effect: impl Fn(&str, Option<&str>, Option<&str>) -> Effect,
    changes: &mut Vec<Change>,
) {
    let told = |keys: &Keys| {
        let parts: Vec<String> = keys.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        parts.join("; ")
    };
    let (was, is) = match (was, is) {
        (None, Some(is)) => {
            let text = format!("{what} {name} is new: {}", told(&is));
            return changes.push(Change::new(new, what, text).between(None, Some(told(&is))));
        }
        (Some(was), None) => {
            let text = format!("{what} {name} is gone: {}", told(&was));
            return changes.push(Change::new(gone, what, text).between(Some(told(&was)), None));
        }
        (Some(was), Some(is)) => (was, is),
        (None, None) => return,
    };
    let keys: BTreeSet<&str> = was.keys().chain(is.keys()).copied().collect();
    for key in keys {
        let (was, is) = (was.get(key).map(String::as_str), is.get(key).map(String::as_str));
        let text = match (was, is) {
            (was, is) if was == is => continue,
            (Some(was), Some(is)) => format!("{what} {name}: `{key}` is {is} instead of {was}"),
            (None, Some(is)) => format!("{what} {name} has `{key}` now: {is}"),
            (Some(was), None) => format!("{what} {name} has no `{key}` any more: {was}"),
            (None, None) => continue,
        };
        let change = Change::new(effect(key, was, is), what, text);
        changes.push(change.between(was.map(str::to_owned), is.map(str::to_owned)));
    }
}

/// Windows that are others under the names that they had.
fn hours(
    name: &Name,
    (old, was): (&Policy, Option<&AlertRule>),
    (new, is): (&Policy, Option<&AlertRule>),
    changes: &mut Vec<Change>,
) {
    let named = |rule: Option<&AlertRule>| match rule.map(|rule| &rule.looks) {
        Some(Looks::OutsideWindows { windows }) => windows.iter().cloned().collect(),
        _ => BTreeSet::new(),
    };
    for window in named(was).intersection(&named(is)) {
        let meaning = |policy: &Policy| policy.windows.get(window).map(Window::meaning);
        let (was, is) = (meaning(old), meaning(new));
        if was != is {
            let text = format!("alert {name}: {window} in `windows` has other hours");
            changes.push(Change::new(Effect::Change, "alert", text).between(was, is));
        }
    }
}

fn watched(rule: &AlertRule) -> Keys {
    let AlertRule { name: _, description: _, looks, severity, action, quiet, roles } = rule;
    let mut keys = Keys::from([
        ("on", looks.kind().to_string()),
        ("severity", severity.to_string()),
        ("action", action.to_string()),
        ("quiet", quiet.to_string()),
    ]);
    if let Some(roles) = roles {
        keys.insert("roles", listed(roles));
    }
    match looks {
        Looks::OutsideWindows { windows } => {
            keys.insert("windows", listed(&windows.iter().collect()));
        }
        Looks::NewRole { history } | Looks::NewAddress { history } => {
            keys.insert("history", history.to_string());
        }
        Looks::UnusualDuration { history, factor } => {
            keys.extend([("history", history.to_string()), ("factor", factor.to_string())]);
        }
        Looks::UnusualRate { history, factor, count, within } => {
            keys.extend([("history", history.to_string()), ("factor", factor.to_string())]);
            keys.extend([("count", count.to_string()), ("within", within.to_string())]);
        }
        Looks::BurstOfRefusals { count, within }
        | Looks::AlwaysYes { count, within }
        | Looks::ReciprocalApprovals { count, within } => {
            keys.extend([("count", count.to_string()), ("within", within.to_string())]);
        }
        Looks::HastyApproval { within } => {
            keys.insert("within", within.to_string());
        }
        Looks::DormantWakes { after } | Looks::EndUnconfirmed { after } => {
            keys.insert("after", after.to_string());
        }
        Looks::SelfApproval | Looks::BreakGlass | Looks::Drift | Looks::LogWriteFailed => {}
    }
    keys
}

fn demanded(demand: &Demand) -> Keys {
    let Demand { duty: _, description: _, version, valid_for, link, means } = demand;
    let mut keys = Keys::from([("version", version.to_string())]);
    keys.extend(valid_for.map(|span| ("valid-for", span.to_string())));
    keys.extend(link.clone().map(|link| ("link", link)));
    match means {
        Means::Training { trainers } if trainers.is_empty() => {}
        Means::Training { trainers } => {
            keys.insert("trainers", listed(&trainers.iter().map(ToString::to_string).collect()));
        }
        Means::Terms { text: _, digest } => {
            keys.insert("text", format!("sha256 {digest}"));
        }
    }
    keys
}

fn number(text: &str) -> Option<u32> {
    text.parse().ok()
}

/// `Less`: more is asked for now, or it is good for less.
fn harder(order: std::cmp::Ordering) -> Effect {
    match order {
        std::cmp::Ordering::Less => Effect::Loss,
        std::cmp::Ordering::Equal => Effect::Change,
        std::cmp::Ordering::Greater => Effect::Gain,
    }
}

fn listed<T: ToString>(names: &BTreeSet<T>) -> String {
    names.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A group whose members somebody else tells now, or told. Who comes and goes by name is told where it matters.
fn group(name: &Name, was: Option<&Group>, is: Option<&Group>, changes: &mut Vec<Change>) {
    let source = |group: &Group| match group {
        Group::Members(_) => "the policy",
        Group::OnCall(_) => "who is on call",
        Group::Directory => "the server's directory",
    };
    let (was, is) = (was.map(source), is.map(source));
    let outside = |source: Option<&str>| source.is_some_and(|source| source != "the policy");
    if was == is || !(outside(was) || outside(is)) {
        return;
    }
    let text = match (was, is) {
        (Some(was), Some(is)) => format!("who is in group {name} is told by {is} instead of {was}"),
        (None, Some(is)) => format!("group {name} is new: {is} tells who is in it"),
        (Some(was), None) => format!("group {name} is gone: {was} told who is in it"),
        (None, None) => return,
    };
    let change = Change::new(Effect::Change, "group", text);
    changes.push(change.between(was.map(str::to_owned), is.map(str::to_owned)));
}
