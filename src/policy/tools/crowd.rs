//! People, as many at once as have the same.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::Name;
use crate::policy::model::{Group, Policy, Who};

use super::{listed, people};

/// Somebody of whom a policy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Member<'p> {
    Person(&'p Name),
    /// Whoever is in this group at the time: that is asked from outside.
    Outside(&'p Name),
}

impl<'p> Member<'p> {
    /// Everybody whom the list names; those who stand in some relation to a request are left out.
    pub fn of(policy: &'p Policy, list: &'p [Who]) -> BTreeSet<Self> {
        let mut all = BTreeSet::new();
        for who in list {
            match who {
                Who::User(name) => {
                    all.insert(Self::Person(name));
                }
                Who::Group(name) => match policy.groups.get(name) {
                    Some(Group::Members(members)) => all.extend(members.iter().map(Self::Person)),
                    Some(Group::OnCall(_) | Group::Directory) => {
                        all.insert(Self::Outside(name));
                    }
                    None => {}
                },
                Who::ResourceOwner | Who::RequesterSponsor => {}
            }
        }
        all
    }
}

/// Some of them, never none, with their name.
#[derive(Debug)]
pub(super) struct Crowd<'p> {
    pub members: BTreeSet<Member<'p>>,
    subject: OnceCell<Subject>,
}

impl<'p> Crowd<'p> {
    pub fn new(members: BTreeSet<Member<'p>>) -> Self {
        Self { members, subject: OnceCell::new() }
    }

    /// What they are called in any of the policies.
    pub fn subject(&self, policies: &[&'p Policy]) -> &Subject {
        self.subject.get_or_init(|| Subject::of(&self.members, policies))
    }
}

/// People as they are named in an answer: the groups that are whole among them, and the rest by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// Those without a known number of people count as one.
    pub count: usize,
    pub groups: Vec<SubjectGroup>,
    pub people: Vec<Name>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SubjectGroup {
    pub name: Name,
    /// `None`: whoever is on call.
    pub members: Option<usize>,
}

/// Names that a line shows; JSON has all.
const MOST_NAMES: usize = 6;

impl Subject {
    fn of(members: &BTreeSet<Member<'_>>, policies: &[&Policy]) -> Self {
        let mut rest: BTreeSet<&Name> = BTreeSet::new();
        let mut groups = Vec::new();
        for member in members {
            match member {
                Member::Person(name) => {
                    rest.insert(name);
                }
                Member::Outside(group) => {
                    groups.push(SubjectGroup { name: (*group).clone(), members: None });
                }
            }
        }
        // How many of each group are here, by group and policy.
        let mut here: BTreeMap<(&Name, usize), usize> = BTreeMap::new();
        if rest.len() > 1 {
            for (number, policy) in policies.iter().enumerate() {
                for name in &rest {
                    for group in policy.groups_of.get(*name).into_iter().flatten() {
                        *here.entry((group, number)).or_default() += 1;
                    }
                }
            }
        }
        let mut whole: Vec<(&BTreeSet<Name>, &Name)> = here
            .into_iter()
            .filter_map(|((group, number), count)| match policies.get(number)?.groups.get(group)? {
                Group::Members(members) if count > 1 && members.len() == count => Some((members, group)),
                _ => None,
            })
            .collect();
        // The largest first, so that a group within another is not named as well; in one order, whichever of
        // two policies has it.
        whole.sort_by_key(|(members, group)| (std::cmp::Reverse(members.len()), *group, *members));
        for (members, group) in whole {
            let before = rest.len();
            // What two policies have under one name is named once.
            if groups.iter().any(|known: &SubjectGroup| known.name == *group) {
                continue;
            }
            rest.retain(|name| !members.contains(*name));
            if rest.len() < before {
                groups.push(SubjectGroup { name: group.clone(), members: Some(members.len()) });
            }
        }
        groups.sort();
        Self { count: members.len(), groups, people: rest.into_iter().cloned().collect() }
    }

    pub(super) fn one(name: &Name) -> Self {
        Self { count: 1, groups: Vec::new(), people: vec![name.clone()] }
    }

    /// Whether a verb after it is one of a single person: "carol gains", "group ops gain".
    pub fn is_one(&self) -> bool {
        self.count == 1
    }
}

/// `carol`, `group ops (12 people)`, `group ops (12 people), dave and erin`.
impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let group = |group: &SubjectGroup| Some(format!("group {} ({})", group.name, people(group.members?)));
        let mut parts: Vec<String> = self.groups.iter().filter_map(group).collect();
        let shown = if self.people.len() > MOST_NAMES { MOST_NAMES - 1 } else { self.people.len() };
        parts.extend(self.people.iter().take(shown).map(Name::to_string));
        if shown < self.people.len() {
            parts.push(format!("{} more", self.people.len() - shown));
        }
        let on_call = self.groups.iter().filter(|group| group.members.is_none());
        parts.extend(on_call.map(|group| format!("whoever is in group {} at the time", group.name)));
        f.write_str(&listed(&parts))
    }
}
