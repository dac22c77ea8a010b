//! What roles and rules refer to: people, groups that conditions name, resources.

use std::collections::BTreeSet;

use crate::domain::{Name, Resource};
use crate::policy::model::{Group, Person, Policy};
use crate::policy::tools::crowd::{Crowd, Member, Subject};

use super::{Change, Effect, verb};

/// Whether somebody's human or sponsor is another: that may matter to any role.
pub(super) fn compare(old: &Policy, new: &Policy, changes: &mut Vec<Change>) -> bool {
    let named = named(old, new);
    groups(old, new, &named, changes);
    for (was, is) in old.resources.values().filter_map(|was| Some((was, new.resources.get(&was.name)?))) {
        resource(was, is, changes);
    }
    let mut matters = false;
    for (was, is) in old.people.values().filter_map(|was| Some((was, new.people.get(&was.name)?))) {
        matters |= person(was, is, changes);
    }
    matters
}

/// Who may hold two roles in jit itself.
pub(super) fn together(old: &Policy, new: &Policy, changes: &mut Vec<Change>) {
    let (was, is): (BTreeSet<_>, BTreeSet<_>) =
        (old.together.pairs().collect(), new.together.pairs().collect());
    for (one, other) in was.symmetric_difference(&is) {
        let both = Some(format!("{one} and {other}"));
        let (effect, may, from, to) = match is.contains(&(*one, *other)) {
            true => (Effect::Gain, "may now", None, both),
            false => (Effect::Loss, "may no longer", both, None),
        };
        let text = format!("one person {may} be {one} and {other} of jit itself");
        changes.push(Change::new(effect, "together", text).between(from, to));
    }
}

/// Every text in a condition of either.
fn named<'p>(old: &'p Policy, new: &'p Policy) -> BTreeSet<&'p str> {
    let of = |policy: &'p Policy| {
        let roles = policy.roles.values();
        let own =
            roles.flat_map(|role| [&role.when, &role.auto_approve, &role.auto_deny].into_iter().flatten());
        own.chain(policy.denies.values().filter_map(|rule| rule.when.as_ref()))
            .flat_map(|condition| condition.texts())
    };
    of(old).chain(of(new)).collect()
}

fn groups(old: &Policy, new: &Policy, named: &BTreeSet<&str>, changes: &mut Vec<Change>) {
    let names: BTreeSet<&Name> = old.groups.keys().chain(new.groups.keys()).collect();
    let none = BTreeSet::new();
    for name in names {
        let (was, is) = (old.groups.get(name), new.groups.get(name));
        if let (Some(Group::OnCall(was)), Some(Group::OnCall(is))) = (was, is)
            && was != is
        {
            let text = format!("group {name} is asked otherwise who is on call");
            changes.push(
                Change::new(Effect::Change, "group", text).between(Some(was.meaning()), Some(is.meaning())),
            );
        }
        if !named.contains(name.as_str()) {
            continue;
        }
        let members = |group: Option<&Group>| match group {
            Some(Group::Members(members)) => members.clone(),
            _ => none.clone(),
        };
        let (was, is) = (members(was), members(is));
        for (does, whole, other) in [("joins", &is, &was), ("leaves", &was, &is)] {
            let who: BTreeSet<Member<'_>> = whole.difference(other).map(Member::Person).collect();
            if who.is_empty() {
                continue;
            }
            let crowd = Crowd::new(who);
            // By name: the group itself may be all that they have in common.
            let who = crowd.subject(&[]);
            let text = format!("{who} {} group {name}, which conditions name", verb(who, does));
            let member = Some(format!("member of {name}"));
            let (from, to) = if does == "joins" { (None, member) } else { (member, None) };
            changes.push(Change::new(Effect::Change, "group", text).who(who).between(from, to));
        }
    }
}

fn resource(was: &Resource, is: &Resource, changes: &mut Vec<Change>) {
    let name = &is.name;
    let labels = |resource: &Resource| {
        let labels = resource.labels.iter().map(|(label, value)| format!("{label}={value}"));
        labels.collect::<Vec<_>>().join(", ")
    };
    if was.labels != is.labels {
        let (from, to) = (labels(was), labels(is));
        let text = format!("resource {name} is labelled {to} instead of {from}");
        changes.push(Change::new(Effect::Change, "labels", text).on([name]).between(Some(from), Some(to)));
    }
    if was.address != is.address || was.target != is.target {
        let told = |resource: &Resource| Some(resource.address.clone().unwrap_or_default());
        let text = format!("resource {name} is reached in another way, or is another");
        changes.push(Change::new(Effect::Change, "resource", text).on([name]).between(told(was), told(is)));
    }
}

fn person(was: &Person, is: &Person, changes: &mut Vec<Change>) -> bool {
    let name = &is.name;
    let mut push = |effect, about, from: Option<String>, to: Option<String>| {
        let text = match (&from, &to) {
            (Some(from), Some(to)) => format!("{name}: `{about}` is {to} instead of {from}"),
            (None, Some(to)) => format!("{name} has `{about}` now: {to}"),
            (Some(from), None) => format!("{name} has no `{about}` any more: {from}"),
            (None, None) => return,
        };
        changes.push(Change::new(effect, about, text).who(&Subject::one(name)).between(from, to));
    };
    if was.contract_end != is.contract_end {
        let effect = match (was.contract_end, is.contract_end) {
            (Some(was), Some(is)) if is < was => Effect::Loss,
            (None, _) => Effect::Loss,
            _ => Effect::Gain,
        };
        let told = |person: &Person| person.contract_end.map(|end| end.to_string());
        push(effect, "contract-end", told(was), told(is));
    }
    let named = |name: &Option<Name>| name.as_ref().map(Name::to_string);
    for (about, from, to) in [
        ("company", &was.company, &is.company),
        ("sponsor", &was.sponsor, &is.sponsor),
        ("human", &was.human, &is.human),
    ] {
        if from != to {
            push(Effect::Change, about, named(from), named(to));
        }
    }
    if was.kind != is.kind {
        push(Effect::Change, "kind", Some(format!("{:?}", was.kind)), Some(format!("{:?}", is.kind)));
    }
    was.human != is.human || was.sponsor != is.sponsor || was.kind != is.kind
}
