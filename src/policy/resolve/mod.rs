//! From what the files say to a whole policy: every name is looked up, nothing is left open.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::{Digest, Kind, Name, Resource, Together};

use super::condition::{Condition, Vocabulary};
use super::diagnostic::{Problem, Problems, did_you_mean};
use super::digest;
use super::document::List;
use super::draft::{Draft, Labels};
use super::model::{Policy, Who};
use super::parallel;
use super::source::{Item, SourceFile};

mod alert;
mod numbered;
mod people;
mod role;
mod rules;
mod touching;
mod training;

use numbered::Numbered;
use touching::Touching;

/// Roles that one thread resolves at a time.
const ROLES_AT_ONCE: usize = 250;

/// The draft's policy; what of it is wrong or missing goes to `problems`, and is left out.
pub(super) fn resolve(
    mut draft: Draft,
    files: &[SourceFile],
    digest: Digest,
    problems: &mut Problems,
) -> Policy {
    let roles = std::mem::take(&mut draft.roles);
    let denies = std::mem::take(&mut draft.denies);
    let limits = std::mem::take(&mut draft.limits);
    let alerts = std::mem::take(&mut draft.alerts);
    let role_names: BTreeSet<Name> = roles.keys().cloned().collect();
    let names = Names::new(&draft, role_names, files);
    let people::Grouped { groups, groups_of, outside } = people::groups(&mut draft, &names, problems);
    let mut policy = Policy {
        people: people::people(&draft, &names, problems),
        companies: draft.companies.iter().map(|(name, (_, company))| (name.clone(), *company)).collect(),
        labels: names.labels.clone(),
        groups,
        windows: draft.windows.iter().filter_map(|(n, (_, w))| Some((n.clone(), w.clone()?))).collect(),
        ticket_systems: draft
            .ticket_systems
            .iter()
            .filter_map(|(n, (_, s))| Some((n.clone(), s.clone()?)))
            .collect(),
        demands: training::demands(&draft, &names, problems),
        resources: resources(&draft, &names, problems),
        roles: BTreeMap::new(),
        denies: BTreeMap::new(),
        limits: BTreeMap::new(),
        alerts: BTreeMap::new(),
        together: together(&draft),
        digest,
        files: files.len(),
        groups_of,
        outside,
        owners: HashMap::new(),
        numbers: HashMap::new(),
    };
    for person in policy.people.values() {
        for owned in &person.owns {
            policy.owners.entry(owned.clone()).or_default().insert(person.name.clone());
        }
    }
    let vocabulary = names.vocabulary();
    let resources = Numbered::new(&policy.resources);
    let context = Context { policy: &policy, names: &names, vocabulary: &vocabulary, resources: &resources };
    let denies: BTreeMap<_, _> = denies
        .into_iter()
        .filter_map(|(name, rule)| Some((name.clone(), rules::deny(&context, name, rule, problems)?)))
        .collect();
    let limits: BTreeMap<_, _> = limits
        .into_iter()
        .filter_map(|(name, rule)| Some((name.clone(), rules::limit(&context, name, rule, problems)?)))
        .collect();
    let alerts: BTreeMap<_, _> = alerts
        .into_iter()
        .filter_map(|(name, rule)| Some((name.clone(), alert::alert(&names, name, rule, problems)?)))
        .collect();
    let meanings = digest::Meanings::new(&policy);
    let of_denies = Touching::new(denies.iter().map(|(name, rule)| (name, &rule.of, rule.among.as_ref())));
    let of_limits = Touching::new(limits.iter().map(|(name, rule)| (name, &rule.of, rule.among.as_ref())));
    let mut rest = roles.into_iter();
    let parts: Vec<Vec<_>> = std::iter::from_fn(|| Some(rest.by_ref().take(ROLES_AT_ONCE).collect()))
        .take_while(|part: &Vec<_>| !part.is_empty())
        .collect();
    let parts = parallel::each(parts, |part| {
        let mut problems = Problems::default();
        let mut resolved = Vec::with_capacity(part.len());
        for (name, draft) in part {
            if let Some((mut role, among)) = role::resolve(&context, &name, draft, &mut problems) {
                role.digest = meanings.of_role(&role, &policy);
                role.denies = of_denies.rules_of(&name, &among);
                role.limits = of_limits.rules_of(&name, &among);
                resolved.push((name, role));
            }
        }
        (resolved, problems)
    });
    let mut resolved = Vec::new();
    for (part, of_part) in parts {
        resolved.extend(part);
        problems.extend(of_part);
    }
    let resolved = resolved.into_iter().collect();
    policy.numbers = resources.into_numbers();
    policy.alerts = alerts;
    (policy.roles, policy.denies, policy.limits) = (resolved, denies, limits);
    policy
}

/// What is defined, be it right or wrong, and of which kinds all names could be read: of the others
/// nothing can be called unknown.
struct Names<'f> {
    /// By name, with their numbers in the order of their names: each of a million mentions is looked up here.
    people: HashMap<Name, (Kind, usize)>,
    /// By number.
    everybody: Vec<Name>,
    companies: BTreeSet<Name>,
    labels: BTreeMap<String, BTreeSet<String>>,
    groups: BTreeSet<Name>,
    windows: BTreeSet<Name>,
    ticket_systems: BTreeSet<Name>,
    trainings: BTreeSet<Name>,
    terms: BTreeSet<Name>,
    resources: BTreeSet<Name>,
    roles: BTreeSet<Name>,
    unnamed: BTreeSet<&'static str>,
    /// Of the resources, all could be read.
    resources_whole: bool,
    groups_whole: bool,
    files: &'f [SourceFile],
}

impl<'f> Names<'f> {
    fn new(draft: &Draft, roles: BTreeSet<Name>, files: &'f [SourceFile]) -> Self {
        let values = |list: &Option<List<String>>| {
            list.iter().flat_map(|list| &list.items).map(|item| item.value.clone()).collect()
        };
        let keys = |names: Vec<&Name>| names.into_iter().cloned().collect::<BTreeSet<Name>>();
        Self {
            people: draft
                .people
                .iter()
                .enumerate()
                .map(|(number, (name, person))| (name.clone(), (person.kind, number)))
                .collect(),
            everybody: draft.people.keys().cloned().collect(),
            companies: keys(draft.companies.keys().collect()),
            labels: draft.labels.iter().map(|(name, label)| (name.clone(), values(&label.values))).collect(),
            groups: keys(draft.groups.keys().collect()),
            windows: keys(draft.windows.keys().collect()),
            ticket_systems: keys(draft.ticket_systems.keys().collect()),
            trainings: keys(draft.trainings.keys().collect()),
            terms: keys(draft.terms.keys().collect()),
            resources: keys(draft.resources.keys().collect()),
            roles,
            unnamed: draft.unnamed.clone(),
            resources_whole: !draft.unnamed.contains("resource")
                && draft.resources.values().all(|r| r.target.is_some() && r.labels.is_some()),
            groups_whole: !draft.unnamed.contains("group")
                && draft.groups.values().all(|group| {
                    let told = |list: &List<Name>| list.whole && !list.items.is_empty();
                    group.directory || group.on_call.is_some() || group.members.as_ref().is_some_and(told)
                }),
            files,
        }
    }

    fn vocabulary(&self) -> Vocabulary<'_> {
        fn texts<'a>(names: impl IntoIterator<Item = &'a Name>) -> BTreeSet<&'a str> {
            names.into_iter().map(Name::as_str).collect()
        }
        Vocabulary {
            roles: texts(&self.roles),
            resources: texts(&self.resources),
            people: texts(&self.everybody),
            groups: texts(&self.groups),
            companies: texts(&self.companies),
            labels: self
                .labels
                .iter()
                .map(|(name, values)| (name.as_str(), values.iter().map(String::as_str).collect()))
                .collect(),
        }
    }

    /// Whether that is a person, a service, or neither, which is reported.
    fn person(&self, item: &Item<Name>, problems: &mut Problems) -> Option<Kind> {
        if let Some((kind, _)) = self.people.get(&item.value) {
            return Some(*kind);
        }
        let name = &item.value;
        if self.groups.contains(name) {
            let message = format!("`{name}` is a group");
            problems.push(Problem::new(item.at, "group-or-user", message).hint(format!(
                "write \"group:{name}\" where a group may stand; a person and a group may not have the same name"
            )));
        } else if !self.unnamed.contains("person") && !self.unnamed.contains("service") {
            let near = did_you_mean(name.as_str(), self.everybody.iter().map(Name::as_str));
            problems.push(
                Problem::new(item.at, "unknown-person", format!("there is no person or service `{name}`"))
                    .hint(format!("everybody is declared once: [person.{name}]"))
                    .maybe(near),
            );
        }
        None
    }

    /// Whether it is defined; reported where it is not.
    fn known(
        &self,
        kind: &'static str,
        noun: &str,
        defined: &BTreeSet<Name>,
        item: &Item<Name>,
        problems: &mut Problems,
    ) -> bool {
        if defined.contains(&item.value) {
            return true;
        }
        if !self.unnamed.contains(kind) {
            let name = &item.value;
            let near = did_you_mean(name.as_str(), defined.iter().map(Name::as_str));
            problems.push(
                Problem::new(item.at, unknown(kind), format!("there is no {noun} `{name}`"))
                    .hint(format!("define it: [{kind}.{name}]"))
                    .maybe(near),
            );
        }
        false
    }

    /// The labels, where each is declared with that value.
    fn labels(&self, labels: &Labels, problems: &mut Problems) -> Option<BTreeMap<String, String>> {
        let mut whole = true;
        for (key, value) in labels {
            let Some(values) = self.labels.get(&key.value) else {
                whole = false;
                if !self.unnamed.contains("label") {
                    let near = did_you_mean(&key.value, self.labels.keys().map(String::as_str));
                    problems.push(
                        Problem::new(key.at, "unknown-label", format!("there is no label `{}`", key.value))
                            .hint(format!("declare it with its values: [label] {} = [\"…\"]", key.value))
                            .maybe(near),
                    );
                }
                continue;
            };
            if !values.contains(&value.value) {
                whole = false;
                let near = did_you_mean(&value.value, values.iter().map(String::as_str));
                let message = format!("label `{}` has no value `{}`", key.value, value.value);
                problems.push(
                    Problem::new(value.at, "unknown-label", message)
                        .hint(format!("add it to the values of `{}` under [label]", key.value))
                        .maybe(near),
                );
            }
        }
        whole.then(|| labels.iter().map(|(key, value)| (key.value.clone(), value.value.clone())).collect())
    }

    /// All entries, where each is a person, a service, or a group that exists.
    fn whos(&self, list: &List<Who>, problems: &mut Problems) -> Option<Vec<Who>> {
        let mut whole = list.whole;
        for Item { at, value } in &list.items {
            whole &= match value {
                Who::Group(group) => {
                    let item = Item { at: *at, value: group.clone() };
                    self.known("group", "group", &self.groups, &item, problems)
                }
                Who::User(user) => self.person(&Item { at: *at, value: user.clone() }, problems).is_some(),
                Who::ResourceOwner | Who::RequesterSponsor => true,
            };
        }
        let mut sorted: Vec<Who> = list.items.iter().map(|item| item.value.clone()).collect();
        sorted.sort();
        whole.then_some(sorted)
    }
}

fn unknown(kind: &'static str) -> &'static str {
    match kind {
        "company" => "unknown-company",
        "group" => "unknown-group",
        "resource" => "unknown-resource",
        "role" => "unknown-role",
        "terms" => "unknown-terms",
        "ticket-system" => "unknown-ticket-system",
        "training" => "unknown-training",
        "window" => "unknown-window",
        _ => "unknown",
    }
}

/// What roles and rules are resolved against.
struct Context<'a> {
    policy: &'a Policy,
    names: &'a Names<'a>,
    vocabulary: &'a Vocabulary<'a>,
    resources: &'a Numbered<'a>,
}

impl Context<'_> {
    fn condition(
        &self,
        item: Option<&Item<String>>,
        what: &str,
        problems: &mut Problems,
    ) -> Option<Condition> {
        let item = item?;
        let source = self.names.files.get(item.at.file).map_or("", |file| file.text.as_str());
        let text = Item { at: item.at, value: item.value.as_str() };
        Condition::compile(&text, source, what, self.vocabulary, problems)
    }
}

fn together(draft: &Draft) -> Together {
    let mut together = Together::default();
    draft
        .tool_roles
        .values()
        .filter_map(|rule| rule.together.as_ref())
        .for_each(|roles| together.allow(roles));
    together
}

fn resources(draft: &Draft, names: &Names<'_>, problems: &mut Problems) -> BTreeMap<Name, Resource> {
    let mut whole = BTreeMap::new();
    for (name, resource) in &draft.resources {
        let labels = resource.labels.as_ref().and_then(|labels| names.labels(labels, problems));
        let (Some(labels), Some(target)) = (labels, resource.target.clone()) else { continue };
        let address = resource.address.clone();
        whole.insert(name.clone(), Resource { name: name.clone(), address, labels, target });
    }
    whole
}

/// The number in words, for messages.
fn count(people: usize) -> String {
    match people {
        1 => "1 person to give them".to_owned(),
        n => format!("{n} people to give them"),
    }
}
