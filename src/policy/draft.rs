//! What the files say, each thing by itself: no name is looked up yet.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Approvals, Gives, Name, ProviderKind, Span, Target};

use super::diagnostic::{Problem, Problems, did_you_mean, shown};
use super::document::{Entry, List, Section, quoted};
use super::model::{Require, TicketPattern, Who};
use super::source::{At, Item};
use super::target;
use super::values;

/// Of all files. A field that is `None` was wrong or missing, and that is reported.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub groups: BTreeMap<Name, GroupDraft>,
    pub resources: BTreeMap<Name, ResourceDraft>,
    pub roles: BTreeMap<Name, RoleDraft>,
    /// Kinds of which one has no name that could be read: what looks undefined may be that one.
    pub unnamed: BTreeSet<&'static str>,
}

#[derive(Debug)]
pub(super) struct GroupDraft {
    pub at: At,
    pub members: Option<List<Name>>,
}

#[derive(Debug)]
pub(super) struct ResourceDraft {
    pub at: At,
    pub target: Option<Target>,
    pub address: Option<String>,
    pub labels: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(super) struct RoleDraft {
    pub at: At,
    pub description: String,
    pub resources: Option<List<Pattern>>,
    /// Whether `resources` or `resource-labels` is there, be it wrong or misspelt.
    pub tried_resources: bool,
    pub labels: Option<Item<BTreeMap<String, String>>>,
    pub requesters: Option<List<Who>>,
    /// Of an auto-approved role: empty.
    pub approvers: Option<List<Who>>,
    pub approvals: Option<Item<Approvals>>,
    pub max_duration: Option<Span>,
    pub pending_timeout: Option<Span>,
    pub claim_timeout: Option<Span>,
    pub require: Require,
    pub gives: Option<Gives>,
}

/// An entry of a role's `resources`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pattern {
    Name(Name),
    Glob(String),
}

pub(super) const PENDING_TIMEOUT: Span = Span::clamped(86_400);
pub(super) const CLAIM_TIMEOUT: Span = Span::clamped(8 * 3600);

/// The longest text for people, in characters.
pub(super) const TEXT: usize = 200;
pub(super) const ROLE_KEYS: [&str; 11] = [
    "description",
    "resources",
    "resource-labels",
    "requesters",
    "approvers",
    "approvals",
    "auto-approve",
    "max-duration",
    "pending-timeout",
    "claim-timeout",
    "require",
];

impl Draft {
    /// Adds one file.
    pub fn read(&mut self, mut root: Section<'_>, problems: &mut Problems) {
        const KINDS: [&str; 3] = ["group", "resource", "role"];
        root.only(&KINDS, problems);
        self.unnamed.extend(KINDS.iter().filter(|kind| root.misspells(kind)));
        let mut bad = Vec::new();
        bad.extend(each(&root, "group", problems, |name, mut section, problems| {
            let draft = GroupDraft { at: section.at, members: members(&mut section, problems) };
            add(&mut self.groups, "group", name, draft, |group| group.at, problems);
        }));
        bad.extend(each(&root, "resource", problems, |name, mut section, problems| {
            let draft = resource(&mut section, problems);
            add(&mut self.resources, "resource", name, draft, |resource| resource.at, problems);
        }));
        each(&root, "role", problems, |name, mut section, problems| {
            let draft = role(&mut section, problems);
            add(&mut self.roles, "role", name, draft, |role| role.at, problems);
        });
        self.unnamed.extend(bad);
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
    for entry in all.entries() {
        let section = entry.table(format!("{kind} `{}`", shown(entry.key)), problems);
        let name = values::name(&Item { at: entry.key_at, value: entry.key }, &format!("a {kind}"));
        match (take(name, problems), section) {
            (Some(name), Some(section)) => read(name, section, problems),
            _ => bad = Some(kind),
        }
    }
    bad
}

fn add<T>(
    map: &mut BTreeMap<Name, T>,
    kind: &str,
    name: Name,
    draft: T,
    at: impl Fn(&T) -> At,
    problems: &mut Problems,
) {
    if let Some(first) = map.get(&name) {
        problems.push(
            Problem::new(at(&draft), "duplicate", format!("{kind} `{name}` is defined twice"))
                .label("the second time")
                .also(at(first), "the first time is here"),
        );
    } else {
        map.insert(name, draft);
    }
}

pub(super) fn take<T>(result: Result<T, Problem>, problems: &mut Problems) -> Option<T> {
    result.map_err(|problem| problems.push(problem)).ok()
}

fn members(section: &mut Section<'_>, problems: &mut Problems) -> Option<List<Name>> {
    section.only(&["members"], problems);
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
    let known: Vec<&str> =
        ["provider", "address", "labels"].into_iter().chain(target::with_settings()).collect();
    section.only(&known, problems);
    let section = &*section;
    let provider = section
        .need("provider", "add provider = \"ssh\"", problems)
        .and_then(|entry| provider_kind(&entry, problems));
    let address = section
        .get("address")
        .and_then(|entry| entry.text(problems))
        .and_then(|item| take(values::address(&item), problems));
    ResourceDraft {
        at: section.at,
        target: provider.and_then(|kind| target::target(section, kind, address.as_deref(), problems)),
        address,
        labels: section
            .get("labels")
            .and_then(|entry| labels(&entry, problems))
            .map(|item| item.value)
            .unwrap_or_default(),
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

fn labels(entry: &Entry<'_>, problems: &mut Problems) -> Option<Item<BTreeMap<String, String>>> {
    let table = entry.table(entry.what.clone(), problems)?;
    let mut labels = BTreeMap::new();
    for label in table.entries() {
        let key = take(values::label(&Item { at: label.key_at, value: label.key }), problems);
        let value = label.text(problems).and_then(|item| take(values::label(&item), problems));
        labels.extend(key.zip(value));
    }
    Some(Item { at: entry.at, value: labels })
}

fn role(section: &mut Section<'_>, problems: &mut Problems) -> RoleDraft {
    let known: Vec<&str> = ROLE_KEYS.into_iter().chain(ProviderKind::ALL.map(ProviderKind::as_str)).collect();
    section.only(&known, problems);
    let section = &*section;
    let text = |key: &str, problems: &mut Problems| section.get(key).and_then(|entry| entry.text(problems));
    let description = text("description", problems)
        .and_then(|item| take(values::plain(&item, TEXT), problems))
        .unwrap_or_default();
    let (approvers, approvals) = decision(section, problems);
    let span_or = |key: &str, default: Span, problems: &mut Problems| match section.get(key) {
        None => Some(default),
        Some(entry) => entry.text(problems).and_then(|item| take(values::span(&item), problems)),
    };
    RoleDraft {
        at: section.at,
        description,
        resources: section.get("resources").and_then(|entry| patterns(&entry, problems)),
        tried_resources: ["resources", "resource-labels"]
            .iter()
            .any(|key| section.get(key).is_some() || section.misspells(key)),
        labels: section.get("resource-labels").and_then(|entry| role_labels(&entry, problems)),
        requesters: people(section, "requesters", "nobody could ask for it", problems),
        approvers,
        approvals,
        max_duration: section
            .need("max-duration", "add max-duration = \"1h\": the longest time a grant of it lasts", problems)
            .and_then(|entry| entry.text(problems))
            .and_then(|item| take(values::span(&item), problems)),
        pending_timeout: span_or("pending-timeout", PENDING_TIMEOUT, problems),
        claim_timeout: span_or("claim-timeout", CLAIM_TIMEOUT, problems),
        require: section
            .get("require")
            .and_then(|entry| require(&entry, problems))
            .unwrap_or(Require { reason: true, ticket: None }),
        gives: target::gives(section, problems),
    }
}

/// `approvers` and `approvals`, or `auto-approve` in their place.
fn decision(section: &Section<'_>, problems: &mut Problems) -> (Option<List<Who>>, Option<Item<Approvals>>) {
    let auto = section.get("auto-approve");
    let approved = match &auto {
        None => Some(false),
        Some(entry) => entry.boolean(problems),
    };
    match (approved, auto) {
        // Whether a human has to agree is not clear, so nothing more is said of who.
        (None, _) => (None, None),
        (Some(true), Some(auto)) => {
            for key in ["approvers", "approvals"] {
                if let Some(entry) = section.get(key) {
                    let message = format!("{} has both `auto-approve` and `{key}`", section.what);
                    problems.push(
                        Problem::new(entry.key_at, "auto-approve", message)
                            .also(auto.key_at, "`auto-approve` is here")
                            .hint(format!("remove `{key}`, or remove `auto-approve` so that people decide")),
                    );
                }
            }
            let nobody = List { at: auto.at, items: Vec::new(), whole: true };
            (Some(nobody), Some(Item { at: auto.at, value: Approvals::Auto }))
        }
        _ => (people(section, "approvers", "nobody could decide", problems), approvals(section, problems)),
    }
}

/// No default: how many people have to agree is for the author to say.
fn approvals(section: &Section<'_>, problems: &mut Problems) -> Option<Item<Approvals>> {
    let hint = "add approvals = 1, or auto-approve = true if nobody has to agree";
    let entry = section.need("approvals", hint, problems)?;
    match entry.number(problems)? {
        0 => {
            let message = format!("{} is 0", entry.what);
            problems.push(Problem::new(entry.at, "zero-approvals", message).label("at least 1").hint(
                "if nobody has to agree, write auto-approve = true instead of `approvers` and `approvals`",
            ));
            None
        }
        n => Some(Item { at: entry.at, value: Approvals::Humans(n) }),
    }
}

fn people(section: &Section<'_>, key: &str, without: &str, problems: &mut Problems) -> Option<List<Who>> {
    let hint = format!("add {key} = [\"group:NAME\", \"alice\"]: without any, {without}");
    let entry = section.need(key, &hint, problems)?;
    let list = entry.list(problems, |item| match item.value.strip_prefix("group:") {
        Some(group) => values::name(&Item { at: item.at, value: group }, "a group").map(Who::Group),
        None => {
            values::name(&item, "a user").map(Who::User).map_err(|problem| match item.value.split_once(':') {
                Some(_) => problem.hint("a user is written \"alice\", a group \"group:NAME\""),
                None => problem,
            })
        }
    })?;
    if list.items.is_empty() && list.whole {
        let message = format!("{} is empty: {without}", entry.what);
        problems.push(Problem::new(list.at, "empty", message).hint(hint));
    }
    Some(list)
}

fn patterns(entry: &Entry<'_>, problems: &mut Problems) -> Option<List<Pattern>> {
    let list = entry.list(problems, |item| {
        if !item.value.contains(['*', '?', '[', '{', '!', '\\']) {
            return values::name(&item, "a resource").map(Pattern::Name);
        }
        // `glob-match` knows more, and a leading `!` there means all others: too much for a grant.
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-+@*?[]".contains(c);
        if item.value.len() > 64 || !item.value.chars().all(good) || item.value.contains("**") {
            let message = format!("`{}` is no pattern of resources", shown(item.value));
            let hint =
                "a pattern is a name with `*` for any characters, `?` for one, `[a-c]` for one of these";
            return Err(Problem::new(item.at, "pattern", message).hint(hint));
        }
        Ok(Pattern::Glob(item.value.to_owned()))
    })?;
    if list.items.is_empty() && list.whole {
        let message = format!("{} is empty", entry.what);
        problems.push(
            Problem::new(list.at, "empty", message).hint("name a resource, or a pattern such as \"web-*\""),
        );
    }
    Some(list)
}

fn role_labels(entry: &Entry<'_>, problems: &mut Problems) -> Option<Item<BTreeMap<String, String>>> {
    let labels = labels(entry, problems)?;
    if entry.is_empty_table() {
        let message = format!("{} is empty, so every resource would match", entry.what);
        problems.push(
            Problem::new(entry.at, "empty", message).hint("name a label, or resources = [\"*\"] for all"),
        );
    }
    Some(labels)
}

fn require(entry: &Entry<'_>, problems: &mut Problems) -> Option<Require> {
    let mut section = entry.table(entry.what.clone(), problems)?;
    section.only(&["reason", "ticket"], problems);
    let reason = section.get("reason").and_then(|entry| entry.boolean(problems)).unwrap_or(true);
    let ticket = section.get("ticket").and_then(|entry| entry.text(problems));
    Some(Require { reason, ticket: ticket.and_then(|item| take(ticket_pattern(&item), problems)) })
}

pub(super) fn ticket_pattern(item: &Item<&str>) -> Result<TicketPattern, Problem> {
    let text = values::plain(item, TEXT)?;
    let pattern = TicketPattern::new(&text).map_err(|error| {
        let message = format!("`{}` is no regular expression: {}", shown(&text), shown(&error.to_string()));
        Problem::new(item.at, "ticket", message)
            .hint("such as \"OPS-[0-9]+\"; it has to match the whole ticket")
    })?;
    if pattern.matches("") {
        let message = format!("`{}` accepts a ticket without a single character", shown(&text));
        return Err(
            Problem::new(item.at, "ticket", message).hint("such as \"OPS-[0-9]+\", or \".+\" for any")
        );
    }
    Ok(pattern)
}
