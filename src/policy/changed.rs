//! What of a policy in force is touched by other files, be they whole or not.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Name;

use super::condition::Condition;
use super::draft::KINDS;
use super::model::{Policy, Role, Who};
use super::source::SourceFile;

/// The roles in force of which something has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Changed {
    /// It cannot be told which, or all of them.
    Everything,
    Roles(BTreeSet<Name>),
}

impl Changed {
    fn nothing() -> Self {
        Self::Roles(BTreeSet::new())
    }

    fn one(name: &Name) -> Self {
        Self::Roles(BTreeSet::from([name.clone()]))
    }

    /// These too.
    pub fn and(self, more: BTreeSet<Name>) -> Self {
        match self {
            Self::Everything => Self::Everything,
            Self::Roles(mut roles) => {
                roles.extend(more);
                Self::Roles(roles)
            }
        }
    }
}

/// Which roles of `policy`, that was read from `good`, the files `new` mean something else for.
///
/// By table, as values: the layout, comments, and which file a table is in do not matter. The new files need
/// not be a policy. Where it is not simple to tell it is [`Changed::Everything`]: too much is better than too
/// little (INVARIANT 9). What is only added and has no say over others touches nothing, as what is in force
/// cannot mention it.
pub fn changed(good: &[SourceFile], new: &[SourceFile], policy: &Policy) -> Changed {
    let (Some(before), Some(after)) = (tables(good), tables(new)) else { return Changed::Everything };
    let mut all = Changed::nothing();
    for key in before.keys().chain(after.keys()) {
        if before.get(key) != after.get(key) {
            match touched(policy, &key.0, &key.1) {
                Changed::Everything => return Changed::Everything,
                Changed::Roles(roles) => all = all.and(roles),
            }
        }
    }
    all
}

/// The roles of `good` that `new` has not, or has with another meaning.
pub fn roles_that_differ(good: &Policy, new: &Policy) -> BTreeSet<Name> {
    let same = |role: &&Role| new.roles.get(&role.name).is_some_and(|other| other.digest == role.digest);
    good.roles.values().filter(|role| !same(role)).map(|role| role.name.clone()).collect()
}

/// The tables of all files by kind and name. More than one value: one name that is there twice, of which it
/// is not known what was meant.
type Tables = BTreeMap<(String, String), Vec<toml::Value>>;

/// `None` where one of them is no TOML, or has something at its top that no policy has.
fn tables(files: &[SourceFile]) -> Option<Tables> {
    let mut all = Tables::new();
    for file in files {
        let root: toml::Table = toml::from_str(&file.text).ok()?;
        for (kind, named) in root {
            let toml::Value::Table(named) = named else { return None };
            if !KINDS.contains(&kind.as_str()) {
                return None;
            }
            for (name, value) in named {
                all.entry((kind.clone(), name)).or_default().push(value);
            }
        }
    }
    Some(all)
}

/// The roles in force that a table of that kind and name has to do with.
fn touched(policy: &Policy, kind: &str, name: &str) -> Changed {
    let named = |has: bool| if has { Changed::Everything } else { Changed::nothing() };
    // People and groups may not share a name: it is not known which one was meant.
    let is_person = policy.people.contains_key(name);
    let is_group = policy.groups.contains_key(name);
    let those = |uses: &dyn Fn(&Role) -> bool| {
        let roles = policy.roles.values().filter(|role| uses(role));
        Changed::Roles(roles.map(|role| role.name.clone()).collect())
    };
    let is = |other: &Name| other.as_str() == name;
    match kind {
        "role" => policy.roles.get(name).map_or_else(Changed::nothing, |role| Changed::one(&role.name)),
        "resource" => those(&|role| role.resources.contains(name)),
        "window" => those(&|role| {
            let windows = &role.windows;
            [&windows.request, &windows.using, &windows.approve].into_iter().flatten().any(is)
        }),
        "ticket-system" => those(&|role| role.require.ticket_system.as_ref().is_some_and(is)),
        "training" | "terms" => those(&|role| {
            let duties = &role.require.duties;
            duties.iter().any(|duty| duty.kind.as_str() == kind && is(&duty.name))
        }),
        "group" if is_person => Changed::Everything,
        "group" if is_group => those(&|role| depends_on_group(policy, role, name)),
        "group" => Changed::nothing(),
        // Whom they answer for, what they own, whose they are: all over a policy.
        "person" | "service" => named(is_person || is_group),
        "company" => named(policy.companies.contains_key(name)),
        "label" => named(policy.labels.contains_key(name)),
        // What is looked for gives nobody anything, nor does a role in jit itself on a target.
        "alert" | "tool-roles" => Changed::nothing(),
        // What refuses, and whatever else may be.
        _ => Changed::Everything,
    }
}

/// Whether the group decides on who may have the role, who grants it, or which rules are about it.
fn depends_on_group(policy: &Policy, role: &Role, group: &str) -> bool {
    let names = |who: &Who| matches!(who, Who::Group(name) if name.as_str() == group);
    // Whichever groups it looks at: it may be this one.
    let looks = |condition: &Option<Condition>| {
        condition.as_ref().is_some_and(|condition| condition.text().contains("groups"))
    };
    let denies = role.denies.iter().filter_map(|name| policy.denies.get(name));
    let limits = role.limits.iter().filter_map(|name| policy.limits.get(name));
    let glass = role.break_glass.iter();
    let trainers = role.require.duties.iter().filter_map(|duty| policy.demands.get(duty));
    role.requesters.iter().chain(role.all_approvers()).any(names)
        || trainers.flat_map(super::training::Demand::trainers).any(names)
        || glass.flat_map(|g| g.requesters.iter().chain(&g.announce).chain(&g.debrief)).any(names)
        || [&role.when, &role.auto_approve, &role.auto_deny].into_iter().any(looks)
        || denies.clone().any(|deny| looks(&deny.when))
        || denies
            .map(|deny| &deny.of)
            .chain(limits.map(|limit| &limit.of))
            .any(|of| of.requesters.iter().flatten().any(names))
}

#[cfg(test)]
#[path = "changed_tests.rs"]
mod tests;
