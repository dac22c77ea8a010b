//! People and groups, with their names looked up.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::{Kind, Name};
use crate::policy::diagnostic::{Problem, Problems};
use crate::policy::document::List;
use crate::policy::draft::{Draft, GroupDraft};
use crate::policy::model::{Group, Person};
use crate::policy::parallel;
use crate::policy::source::Item;

use super::Names;

pub(super) fn people(draft: &Draft, names: &Names<'_>, problems: &mut Problems) -> BTreeMap<Name, Person> {
    let mut owns: HashMap<&Name, BTreeSet<Name>> = HashMap::new();
    for (resource, owners) in draft.resources.iter().filter_map(|(n, r)| Some((n, r.owners.as_ref()?))) {
        for owner in &owners.items {
            if let Some(Kind::Service) = names.person(owner, problems) {
                problems.push(not_a_person(owner, "a resource is owned by a person"));
            }
            owns.entry(&owner.value).or_default().insert(resource.clone());
        }
    }
    let sponsors: BTreeSet<&Name> =
        draft.people.values().filter_map(|person| Some(&person.sponsor.as_ref()?.value)).collect();
    for (name, person) in names.groups.iter().filter_map(|name| Some((name, draft.people.get(name)?))) {
        let message = format!("`{name}` is a group as well");
        problems.push(
            Problem::new(person.at, "group-or-user", message)
                .hint("a person and a group may not have the same name"),
        );
    }
    let people = draft.people.iter().map(|(name, person)| {
        if let Some(company) = &person.company {
            names.known("company", "company", &names.companies, company, problems);
        }
        for (item, why) in [
            (&person.sponsor, "a person answers for a contractor"),
            (&person.human, "a person answers for it"),
        ] {
            let Some(item) = item else { continue };
            if names.person(item, problems) == Some(Kind::Service) {
                problems.push(not_a_person(item, why));
            }
            if item.value == *name {
                let message = format!("`{name}` would answer for themselves");
                problems.push(Problem::new(item.at, "own", message).hint("name somebody else"));
            }
        }
        if let Some(human) = &person.human
            && let Some(behind) = draft.people.get(&human.value)
            && behind.human.is_some()
            && behind.kind == Kind::Person
        {
            let message = format!("`{}` is an alias itself", human.value);
            problems.push(Problem::new(human.at, "alias", message).hint("name the person behind it"));
        }
        let person = Person {
            name: name.clone(),
            kind: person.kind,
            human: person.human.as_ref().map(|item| item.value.clone()),
            company: person.company.as_ref().map(|item| item.value.clone()),
            sponsor: person.sponsor.as_ref().map(|item| item.value.clone()),
            contract_end: person.contract_end,
            owns: owns.remove(name).unwrap_or_default(),
            sponsors: sponsors.contains(name),
        };
        (name.clone(), person)
    });
    people.collect()
}

fn not_a_person(item: &Item<Name>, why: &str) -> Problem {
    Problem::new(item.at, "service", format!("`{}` is a service: {why}", item.value))
}

/// The groups, and who is in which.
pub(super) struct Grouped {
    pub groups: BTreeMap<Name, Group>,
    /// Of those with members of their own.
    pub groups_of: HashMap<Name, Vec<Name>>,
    /// The others.
    pub outside: Vec<Name>,
}

pub(super) fn groups(draft: &mut Draft, names: &Names<'_>, problems: &mut Problems) -> Grouped {
    let drafts = std::mem::take(&mut draft.groups);
    let mut by_person: Vec<Vec<Name>> = vec![Vec::new(); names.everybody.len()];
    let mut outside = Vec::new();
    let read = parallel::each(drafts.iter().collect(), |(name, group)| {
        let mut problems = Problems::default();
        let (read, numbers) = match (&group.on_call, group.directory) {
            (Some(source), _) => (Group::OnCall(source.clone()), None),
            (None, true) => (Group::Directory, None),
            (None, false) => {
                let members = group.members.as_ref();
                let numbers =
                    members.map(|list| members_of(list, &drafts, names, &mut problems)).unwrap_or_default();
                let members = numbers.iter().filter_map(|number| names.everybody.get(*number));
                (Group::Members(members.cloned().collect()), Some(numbers))
            }
        };
        (name, read, numbers, problems)
    });
    let mut groups = Vec::with_capacity(read.len());
    for (name, group, numbers, of_group) in read {
        problems.extend(of_group);
        match &numbers {
            None => outside.push(name.clone()),
            Some(numbers) => {
                for number in numbers {
                    by_person.get_mut(*number).into_iter().for_each(|groups| groups.push(name.clone()));
                }
            }
        }
        groups.push((name.clone(), group));
    }
    let groups = groups.into_iter().collect();
    let groups_of = names.everybody.iter().cloned().zip(by_person).filter(|(_, groups)| !groups.is_empty());
    Grouped { groups, groups_of: groups_of.collect(), outside }
}

/// Their numbers, in order. Each is somebody who is declared. A user called as a group is: one of the two
/// was meant, and it cannot be told which (INVARIANT 9).
fn members_of(
    list: &List<Name>,
    groups: &BTreeMap<Name, GroupDraft>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> Vec<usize> {
    let mut numbers = Vec::with_capacity(list.items.len());
    for item in &list.items {
        if let Some((_, number)) = names.people.get(&item.value) {
            numbers.push(*number);
        } else if let Some(group) = groups.get(&item.value) {
            let message = format!("`{}` is a group, and a group cannot contain a group", item.value);
            problems.push(
                Problem::new(item.at, "nested-group", message)
                    .also(group.at, "the group is here")
                    .hint("name its members here; a user and a group may not have the same name"),
            );
        } else {
            names.person(item, problems);
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
