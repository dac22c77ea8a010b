//! What the files say, each thing by itself: no name is looked up yet.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::domain::{DutyKind, Kind, Name, ProviderKind, Span, Target, Time};

use super::diagnostic::{Problem, Problems, did_you_mean, shown};
use super::document::{Entry, List, Section, What, quoted};
use super::model::Company;
use super::oncall::OnCallSource;
use super::source::{At, Item};
use super::target;
use super::ticket::TicketSystem;
use super::values;
use super::window::Window;

mod alert;
mod role;
mod rules;
mod tool_roles;
mod training;
mod who;

pub(super) use alert::AlertDraft;
pub(super) use role::{Pattern, RequireDraft, RoleDraft, StageDraft};
pub(super) use rules::{RuleDraft, SelectorDraft};
pub(super) use tool_roles::TogetherDraft;
pub(super) use training::DemandDraft;
#[cfg(test)]
pub(super) use {
    alert::ALERT_KEYS,
    role::{BREAK_GLASS_KEYS, ESCALATE_KEYS, REQUIRE_KEYS, ROLE_KEYS, STAGE_KEYS},
    rules::{DENY_KEYS, LIMIT_KEYS},
    tool_roles::TOOL_ROLES_KEYS,
    training::{TERMS_KEYS, TRAINING_KEYS},
};

/// Longest description, in characters.
pub(super) const TEXT: usize = 200;

pub(super) const PERSON_KEYS: [&str; 4] = ["company", "sponsor", "contract-end", "alias-of"];
pub(super) const SERVICE_KEYS: [&str; 2] = ["owner", "company"];
pub(super) const RESOURCE_KEYS: [&str; 4] = ["provider", "address", "labels", "owners"];
pub(super) const COMPANY_KEYS: [&str; 2] = ["description", "contractors"];
/// Of a group, beside the keys of its list of who is on call.
pub(super) const GROUP_KEYS: [&str; 2] = ["members", "directory"];

/// The tables of a policy file, each `[kind.NAME]`.
pub(super) const KINDS: [&str; 15] = [
    "alert",
    "company",
    "deny",
    "group",
    "label",
    "limit",
    "person",
    "resource",
    "role",
    "service",
    "terms",
    "ticket-system",
    "tool-roles",
    "training",
    "window",
];

/// Of all files. A field that is `None` was wrong or missing, and that is reported.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub people: BTreeMap<Name, PersonDraft>,
    pub companies: BTreeMap<Name, (At, Company)>,
    pub labels: BTreeMap<String, LabelDraft>,
    pub groups: BTreeMap<Name, GroupDraft>,
    pub windows: BTreeMap<Name, (At, Option<Window>)>,
    pub ticket_systems: BTreeMap<Name, (At, Option<TicketSystem>)>,
    pub trainings: BTreeMap<Name, DemandDraft>,
    pub terms: BTreeMap<Name, DemandDraft>,
    pub resources: BTreeMap<Name, ResourceDraft>,
    pub roles: BTreeMap<Name, RoleDraft>,
    pub denies: BTreeMap<Name, RuleDraft>,
    pub limits: BTreeMap<Name, RuleDraft>,
    pub alerts: BTreeMap<Name, AlertDraft>,
    pub tool_roles: BTreeMap<Name, TogetherDraft>,
    /// Kinds of which one has no name that could be read: what looks undefined may be that one.
    pub unnamed: BTreeSet<&'static str>,
}

#[derive(Debug)]
pub(super) struct PersonDraft {
    pub at: At,
    pub kind: Kind,
    pub human: Option<Item<Name>>,
    pub company: Option<Item<Name>>,
    pub sponsor: Option<Item<Name>>,
    pub contract_end: Option<Time>,
}

#[derive(Debug)]
pub(super) struct LabelDraft {
    pub at: At,
    pub values: Option<List<String>>,
}

#[derive(Debug)]
pub(super) struct GroupDraft {
    pub at: At,
    pub members: Option<List<Name>>,
    pub on_call: Option<OnCallSource>,
    /// Who is in it is left to the server's directory.
    pub directory: bool,
}

#[derive(Debug)]
pub(super) struct ResourceDraft {
    pub at: At,
    pub target: Option<Target>,
    pub address: Option<String>,
    pub labels: Option<Labels>,
    pub owners: Option<List<Name>>,
}

/// Labels with their places.
pub(super) type Labels = Vec<(Item<String>, Item<String>)>;

impl Draft {
    /// What one file says.
    pub fn read(mut root: Section<'_>, problems: &mut Problems) -> Self {
        let mut draft = Self::default();
        draft.read_all(&mut root, problems);
        draft
    }

    fn read_all(&mut self, root: &mut Section<'_>, problems: &mut Problems) {
        root.only(&KINDS, problems);
        self.unnamed.extend(KINDS.iter().filter(|kind| root.misspells(kind)));
        let mut bad = Vec::new();
        bad.extend(each(root, "company", problems, |name, mut section, problems| {
            section.only(&COMPANY_KEYS, problems);
            description(&section, problems);
            let contractors =
                section.get("contractors").is_some_and(|entry| entry.boolean(problems).unwrap_or(true));
            let draft = (section.at, Company { contractors });
            add(&mut self.companies, "company", name, draft, |company| company.0, problems);
        }));
        for (kind, of) in [("person", Kind::Person), ("service", Kind::Service)] {
            bad.extend(each(root, kind, problems, |name, mut section, problems| {
                let draft = person(&mut section, of, problems);
                add(&mut self.people, "person or service", name, draft, |person| person.at, problems);
            }));
        }
        bad.extend(self.read_labels(root, problems));
        bad.extend(each(root, "group", problems, |name, mut section, problems| {
            let draft = group(&mut section, problems);
            add(&mut self.groups, "group", name, draft, |group| group.at, problems);
        }));
        bad.extend(each(root, "window", problems, |name, mut section, problems| {
            let draft = (section.at, Window::read(name.clone(), &mut section, problems));
            add(&mut self.windows, "window", name, draft, |window| window.0, problems);
        }));
        bad.extend(each(root, "ticket-system", problems, |name, mut section, problems| {
            let draft = (section.at, TicketSystem::read(name.clone(), &mut section, problems));
            add(&mut self.ticket_systems, "ticket system", name, draft, |system| system.0, problems);
        }));
        bad.extend(each(root, "training", problems, |name, mut section, problems| {
            let draft = training::read(&mut section, DutyKind::Training, problems);
            add(&mut self.trainings, "training", name, draft, |training| training.at, problems);
        }));
        bad.extend(each(root, "terms", problems, |name, mut section, problems| {
            let draft = training::read(&mut section, DutyKind::Terms, problems);
            add(&mut self.terms, "terms", name, draft, |terms| terms.at, problems);
        }));
        bad.extend(each(root, "resource", problems, |name, mut section, problems| {
            let draft = resource(&mut section, problems);
            add(&mut self.resources, "resource", name, draft, |resource| resource.at, problems);
        }));
        bad.extend(each(root, "role", problems, |name, mut section, problems| {
            let draft = role::read(&mut section, problems);
            add(&mut self.roles, "role", name, draft, |role| role.at, problems);
        }));
        each(root, "deny", problems, |name, mut section, problems| {
            let draft = rules::deny(&mut section, problems);
            add(&mut self.denies, "deny rule", name, draft, |rule| rule.at, problems);
        });
        each(root, "limit", problems, |name, mut section, problems| {
            let draft = rules::limit(&mut section, problems);
            add(&mut self.limits, "limit", name, draft, |rule| rule.at, problems);
        });
        each(root, "alert", problems, |name, mut section, problems| {
            let draft = alert::read(&mut section, problems);
            add(&mut self.alerts, "alert", name, draft, |alert| alert.at, problems);
        });
        each(root, "tool-roles", problems, |name, mut section, problems| {
            let draft = tool_roles::read(&mut section, problems);
            add(&mut self.tool_roles, "tool-roles", name, draft, |rule| rule.at, problems);
        });
        self.unnamed.extend(bad);
    }

    /// Adds what a later file says; what both define is reported there.
    pub fn add(&mut self, later: Self, problems: &mut Problems) {
        // Every field by name: one that is added has to be decided upon here.
        let Self {
            people,
            companies,
            labels,
            groups,
            windows,
            ticket_systems,
            trainings,
            terms,
            resources,
            roles,
            denies,
            limits,
            alerts,
            tool_roles,
            unnamed,
        } = later;
        add_all(&mut self.people, "person or service", people, |person| person.at, problems);
        add_all(&mut self.companies, "company", companies, |company| company.0, problems);
        add_all(&mut self.labels, "label", labels, |label| label.at, problems);
        add_all(&mut self.groups, "group", groups, |group| group.at, problems);
        add_all(&mut self.windows, "window", windows, |window| window.0, problems);
        add_all(&mut self.ticket_systems, "ticket system", ticket_systems, |system| system.0, problems);
        add_all(&mut self.trainings, "training", trainings, |training| training.at, problems);
        add_all(&mut self.terms, "terms", terms, |terms| terms.at, problems);
        add_all(&mut self.resources, "resource", resources, |resource| resource.at, problems);
        add_all(&mut self.roles, "role", roles, |role| role.at, problems);
        add_all(&mut self.denies, "deny rule", denies, |rule| rule.at, problems);
        add_all(&mut self.limits, "limit", limits, |rule| rule.at, problems);
        add_all(&mut self.alerts, "alert", alerts, |alert| alert.at, problems);
        add_all(&mut self.tool_roles, "tool-roles", tool_roles, |rule| rule.at, problems);
        self.unnamed.extend(unnamed);
    }

    /// `[label]`, with a list of values for each.
    fn read_labels(&mut self, root: &Section<'_>, problems: &mut Problems) -> Option<&'static str> {
        let all = root.get("label")?;
        let Some(all) = all.table("`label`".to_owned(), problems) else { return Some("label") };
        let mut bad = None;
        for entry in all.entries() {
            let Some(name) = take(values::label(&Item { at: entry.key_at, value: entry.key }), problems)
            else {
                bad = Some("label");
                continue;
            };
            let values = entry.list(problems, |item| values::label(&item));
            if values.as_ref().is_some_and(|list| list.items.is_empty() && list.whole) {
                let problem = Problem::new(entry.at, "empty", format!("label `{name}` has no values"));
                problems.push(problem.hint("list them: env = [\"staging\", \"production\"]"));
            }
            let draft = LabelDraft { at: entry.key_at, values };
            add(&mut self.labels, "label", name, draft, |label| label.at, problems);
        }
        bad
    }
}

/// Reads every `[kind.NAME]` of a file. Gives the kind back where one of them could not be read.
fn each(
    root: &Section<'_>,
    kind: &'static str,
    problems: &mut Problems,
    mut read: impl FnMut(Name, Section<'_>, &mut Problems),
) -> Option<&'static str> {
    let all = root.get(kind)?;
    let Some(all) = all.table(format!("`{kind}`"), problems) else { return Some(kind) };
    let mut bad = None;
    let a_kind = if ["terms", "tool-roles"].contains(&kind) { kind.to_owned() } else { format!("a {kind}") };
    for entry in all.entries() {
        let section = entry.table(What::Named { kind, name: entry.key }, problems);
        let name = values::name(&Item { at: entry.key_at, value: entry.key }, &a_kind);
        match (take(name, problems), section) {
            (Some(name), Some(section)) => read(name, section, problems),
            _ => bad = Some(kind),
        }
    }
    bad
}

fn add<K: Ord + fmt::Display, T>(
    map: &mut BTreeMap<K, T>,
    kind: &str,
    name: K,
    draft: T,
    at: impl Fn(&T) -> At,
    problems: &mut Problems,
) {
    match map.entry(name) {
        Slot::Occupied(first) => {
            problems.push(twice(at(&draft), kind, &first.key().to_string(), at(first.get())));
        }
        Slot::Vacant(free) => {
            free.insert(draft);
        }
    }
}

fn add_all<K: Ord + fmt::Display, T>(
    map: &mut BTreeMap<K, T>,
    kind: &str,
    later: BTreeMap<K, T>,
    at: impl Fn(&T) -> At,
    problems: &mut Problems,
) {
    // As a rule, one file has all of a kind.
    if map.is_empty() {
        *map = later;
        return;
    }
    for (name, draft) in later {
        add(map, kind, name, draft, &at, problems);
    }
}

fn twice(at: At, kind: &str, name: &str, first: At) -> Problem {
    Problem::new(at, "duplicate", format!("{kind} `{name}` is defined twice"))
        .label("the second time")
        .also(first, "the first time is here")
}

pub(super) fn take<T>(result: Result<T, Problem>, problems: &mut Problems) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn description(section: &Section<'_>, problems: &mut Problems) -> String {
    let item = section.get("description").and_then(|entry| entry.text(problems));
    item.and_then(|item| take(values::plain(&item, TEXT), problems)).unwrap_or_default()
}

fn span(entry: &Entry<'_>, problems: &mut Problems) -> Option<Span> {
    entry.text(problems).and_then(|item| take(values::span(&item), problems))
}

/// The one name that a key gives.
fn named(section: &Section<'_>, key: &str, what: &str, problems: &mut Problems) -> Option<Item<Name>> {
    let item = section.get(key)?.text(problems)?;
    let value = take(values::name(&item, what), problems)?;
    Some(Item { at: item.at, value })
}

fn person(section: &mut Section<'_>, kind: Kind, problems: &mut Problems) -> PersonDraft {
    let keys: &[&str] = if kind == Kind::Person { &PERSON_KEYS } else { &SERVICE_KEYS };
    section.only(keys, problems);
    let section = &*section;
    let human = match kind {
        Kind::Person => named(section, "alias-of", "a person", problems),
        Kind::Service => {
            section.need("owner", "add owner = \"alice\": a person answers for a service", problems);
            named(section, "owner", "a person", problems)
        }
    };
    PersonDraft {
        at: section.at,
        kind,
        human,
        company: named(section, "company", "a company", problems),
        sponsor: named(section, "sponsor", "a person", problems),
        contract_end: section
            .get("contract-end")
            .and_then(|entry| entry.text(problems))
            .and_then(|item| take(values::day_end(&item), problems)),
    }
}

fn group(section: &mut Section<'_>, problems: &mut Problems) -> GroupDraft {
    let known: Vec<&str> = GROUP_KEYS.into_iter().chain(OnCallSource::KEYS).collect();
    section.only(&known, problems);
    let section = &*section;
    let mut draft = GroupDraft { at: section.at, members: None, on_call: None, directory: false };
    if let Some(entry) = section.get("directory") {
        draft.directory = true;
        if entry.boolean(problems) == Some(false) {
            let problem =
                Problem::new(entry.at, "empty", format!("{} is false, and says nothing", entry.what));
            problems.push(problem.hint("leave it out, and give the group its members"));
        } else if let Some(other) =
            ["members"].into_iter().chain(OnCallSource::KEYS).find_map(|k| section.get(k))
        {
            let message = format!("{} and `directory` do not go together", other.what);
            let hint = "a group is left to the server's directory, or it is said here who is in it";
            problems.push(Problem::new(other.key_at, "two-sources", message).hint(hint));
        }
    } else if OnCallSource::is_in(section) {
        draft.on_call = OnCallSource::read(section, problems);
    } else {
        draft.members = members(section, problems);
    }
    draft
}

fn members(section: &Section<'_>, problems: &mut Problems) -> Option<List<Name>> {
    let entry = section.need("members", "add members = [\"alice\"]", problems)?;
    let list = entry.list(problems, |item| {
        if item.value.starts_with("group:") {
            let message = format!("`{}`: a group cannot contain a group", shown(item.value));
            return Err(Problem::new(item.at, "nested-group", message).hint("name its members here"));
        }
        values::name(&item, "a user")
    })?;
    if list.items.is_empty() && list.whole {
        let message = format!("{} has nobody in it", section.what);
        let hint = "add a member, or remove the group and every mention of it";
        problems.push(Problem::new(list.at, "empty", message).hint(hint));
    }
    Some(list)
}

fn resource(section: &mut Section<'_>, problems: &mut Problems) -> ResourceDraft {
    let known: Vec<&str> = RESOURCE_KEYS.into_iter().chain(target::with_settings()).collect();
    section.only(&known, problems);
    let section = &*section;
    let provider = section
        .need("provider", "add provider = \"ssh\"", problems)
        .and_then(|entry| provider_kind(&entry, problems));
    let address = section
        .get("address")
        .and_then(|entry| entry.text(problems))
        .and_then(|item| take(values::address(&item), problems));
    let owners = section.get("owners").and_then(|entry| {
        let list = entry.list(problems, |item| values::name(&item, "a person"))?;
        if list.items.is_empty() && list.whole {
            let problem = Problem::new(list.at, "empty", format!("{} is empty", entry.what));
            problems.push(problem.hint("name an owner, or leave the key out"));
        }
        Some(list)
    });
    ResourceDraft {
        at: section.at,
        target: provider.and_then(|kind| target::target(section, kind, address.as_deref(), problems)),
        address,
        labels: match section.get("labels") {
            None => Some(Vec::new()),
            Some(entry) => labels(&entry, problems).map(|item| item.value),
        },
        owners,
    }
}

fn provider_kind(entry: &Entry<'_>, problems: &mut Problems) -> Option<ProviderKind> {
    let item = entry.text(problems)?;
    let found = ProviderKind::ALL.into_iter().find(|kind| kind.as_str() == item.value);
    if found.is_none() {
        let names = ProviderKind::ALL.map(ProviderKind::as_str);
        let message = format!("there is no provider `{}`", shown(item.value));
        let hint = did_you_mean(item.value, names)
            .unwrap_or_else(|| format!("the providers are {}", quoted(&names)));
        problems.push(Problem::new(item.at, "provider", message).hint(hint));
    }
    found
}

fn labels(entry: &Entry<'_>, problems: &mut Problems) -> Option<Item<Labels>> {
    let table = entry.table(entry.what.clone(), problems)?;
    let mut labels = Vec::new();
    for label in table.entries() {
        let key = take(values::label(&Item { at: label.key_at, value: label.key }), problems);
        let value = label.text(problems).and_then(|item| {
            let value = take(values::label(&item), problems)?;
            Some(Item { at: item.at, value })
        });
        labels.extend(key.map(|key| Item { at: label.key_at, value: key }).zip(value));
    }
    Some(Item { at: entry.at, value: labels })
}

/// Labels by which something is chosen: an empty table would choose everything.
fn chosen_labels(entry: &Entry<'_>, problems: &mut Problems) -> Option<Item<Labels>> {
    let labels = labels(entry, problems)?;
    if entry.is_empty_table() {
        let message = format!("{} is empty, so every resource would match", entry.what);
        problems.push(Problem::new(entry.at, "empty", message).hint("name a label"));
        return None;
    }
    Some(labels)
}
