//! One role, as its table has it.

use crate::domain::{Gives, Name, ProviderKind, Span};
use crate::policy::diagnostic::{Problem, Problems, shown};
use crate::policy::document::{Entry, List, Section};
use crate::policy::model::{TicketPattern, Who};
use crate::policy::source::{At, Item};
use crate::policy::{target, values};

use super::who::{self, Takes, people};
use super::{Labels, TEXT, chosen_labels, description, named, span, take};

#[derive(Debug)]
pub(in crate::policy) struct RoleDraft {
    pub at: At,
    pub description: String,
    pub resources: Option<List<Pattern>>,
    /// Whether `resources` or `resource-labels` is there, be it wrong or misspelt.
    pub tried_resources: bool,
    pub labels: Option<Item<Labels>>,
    pub requesters: Option<List<Who>>,
    pub when: Option<Item<String>>,
    pub auto_approve: Option<Item<String>>,
    pub auto_deny: Option<Item<String>>,
    /// Empty where `auto-approve` is the one way.
    pub stages: Option<Vec<StageDraft>>,
    pub escalation: Option<EscalationDraft>,
    pub remind: Option<Span>,
    pub max_duration: Option<Item<Span>>,
    pub max_total: Option<Item<Span>>,
    pub pending_timeout: Option<Span>,
    pub claim_timeout: Option<Span>,
    pub windows: [Option<List<Name>>; 3],
    pub single_use: bool,
    pub max_open: Option<u32>,
    pub break_glass: Option<BreakGlassDraft>,
    pub require: RequireDraft,
    pub gives: Option<Gives>,
}

#[derive(Debug)]
pub(in crate::policy) struct StageDraft {
    pub name: String,
    pub approvers: Option<List<Who>>,
    pub approvals: Option<Item<u32>>,
}

#[derive(Debug)]
pub(in crate::policy) struct EscalationDraft {
    pub after: Option<Item<Span>>,
    pub to: Option<List<Who>>,
}

#[derive(Debug)]
pub(in crate::policy) struct BreakGlassDraft {
    pub at: At,
    /// `None`: whoever may request the role.
    pub requesters: Option<List<Who>>,
    pub max_duration: Option<Item<Span>>,
    pub announce: Option<List<Who>>,
    pub debrief: Option<List<Who>>,
    pub debrief_within: Option<Span>,
}

#[derive(Debug)]
pub(in crate::policy) struct RequireDraft {
    pub reason: bool,
    pub ticket: Option<TicketPattern>,
    pub ticket_system: Option<Item<Name>>,
    pub mfa: Option<Span>,
    pub training: Option<List<Name>>,
    pub terms: Option<List<Name>>,
}

/// An entry of a role's `resources`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::policy) enum Pattern {
    Name(Name),
    Glob(String),
}

const PENDING_TIMEOUT: Span = Span::clamped(86_400);
const CLAIM_TIMEOUT: Span = Span::clamped(8 * 3600);
const DEBRIEF_WITHIN: Span = Span::clamped(3 * 86_400);

pub(in crate::policy) const ROLE_KEYS: [&str; 23] = [
    "description",
    "resources",
    "resource-labels",
    "requesters",
    "when",
    "approvers",
    "approvals",
    "stage",
    "auto-approve",
    "auto-deny",
    "remind",
    "escalate",
    "max-duration",
    "max-total",
    "pending-timeout",
    "claim-timeout",
    "request-windows",
    "use-windows",
    "approve-windows",
    "single-use",
    "max-open",
    "break-glass",
    "require",
];
pub(in crate::policy) const STAGE_KEYS: [&str; 3] = ["name", "approvers", "approvals"];
pub(in crate::policy) const ESCALATE_KEYS: [&str; 2] = ["after", "to"];
pub(in crate::policy) const BREAK_GLASS_KEYS: [&str; 5] =
    ["requesters", "max-duration", "announce", "debrief", "debrief-within"];
pub(in crate::policy) const REQUIRE_KEYS: [&str; 6] =
    ["reason", "ticket", "ticket-system", "mfa", "training", "terms"];

pub(super) fn read(section: &mut Section<'_>, problems: &mut Problems) -> RoleDraft {
    let known: Vec<&str> = ROLE_KEYS.into_iter().chain(ProviderKind::ALL.map(ProviderKind::as_str)).collect();
    section.only(&known, problems);
    let section = &*section;
    let span_of =
        |key: &str, problems: &mut Problems| section.get(key).and_then(|entry| span(&entry, problems));
    let span_or = |key: &str, default: Span, problems: &mut Problems| match section.get(key) {
        None => Some(default),
        Some(entry) => span(&entry, problems),
    };
    let auto_approve = auto_approve(section, problems);
    let break_glass = section.get("break-glass").and_then(|entry| read_break_glass(&entry, problems));
    RoleDraft {
        at: section.at,
        description: description(section, problems),
        resources: section.get("resources").and_then(|entry| patterns(&entry, problems)),
        tried_resources: ["resources", "resource-labels"]
            .iter()
            .any(|key| section.get(key).is_some() || section.misspells(key)),
        labels: section.get("resource-labels").and_then(|entry| chosen_labels(&entry, problems)),
        requesters: people(section, "requesters", Takes::Names, "nobody could ask for it", problems),
        when: who::text(section, "when", problems),
        stages: stages(section, section.get("auto-approve").is_some(), problems),
        auto_approve,
        auto_deny: who::text(section, "auto-deny", problems),
        escalation: section.get("escalate").and_then(|entry| escalation(&entry, problems)),
        remind: span_of("remind", problems),
        max_duration: section
            .need("max-duration", "add max-duration = \"1h\": the longest time a grant of it lasts", problems)
            .and_then(|entry| Some(Item { at: entry.at, value: span(&entry, problems)? })),
        max_total: section
            .get("max-total")
            .and_then(|entry| Some(Item { at: entry.at, value: span(&entry, problems)? })),
        pending_timeout: span_or("pending-timeout", PENDING_TIMEOUT, problems),
        claim_timeout: span_or("claim-timeout", CLAIM_TIMEOUT, problems),
        windows: ["request-windows", "use-windows", "approve-windows"]
            .map(|key| who::names(section, key, "a window", problems)),
        single_use: section.get("single-use").and_then(|entry| entry.boolean(problems)).unwrap_or(false),
        max_open: section.get("max-open").and_then(|entry| at_least_one(&entry, problems)),
        break_glass,
        require: require(section, problems),
        gives: target::gives(section, problems),
    }
}

/// A condition, and nothing else: a plain `true` would say that nobody ever has to agree.
fn auto_approve(section: &Section<'_>, problems: &mut Problems) -> Option<Item<String>> {
    let entry = section.get("auto-approve")?;
    if entry.is_boolean() {
        let message = format!("{} has no condition", entry.what);
        problems.push(
            Problem::new(entry.at, "auto-approve", message)
                .hint("say when nobody has to agree: auto-approve = \"resource.labels.env == 'staging'\""),
        );
        return None;
    }
    who::text(section, "auto-approve", problems)
}

/// `[[role.NAME.stage]]`, or `approvers` and `approvals` for the one stage; none of them is needed where
/// `auto-approve` is there.
fn stages(section: &Section<'_>, auto: bool, problems: &mut Problems) -> Option<Vec<StageDraft>> {
    let single = ["approvers", "approvals"].iter().find_map(|key| section.get(key));
    let Some(stages) = section.get("stage") else {
        if auto && single.is_none() {
            let misspelt = ["approvers", "approvals", "stage"].iter().any(|key| section.misspells(key));
            return (!misspelt).then(Vec::new);
        }
        if section.misspells("stage") {
            return None;
        }
        return Some(vec![StageDraft {
            name: String::new(),
            approvers: people(section, "approvers", Takes::Relations, "nobody could decide", problems),
            approvals: approvals(section, problems),
        }]);
    };
    if let Some(single) = single {
        let message = format!("{} has both `stage` and `{}`", section.what, single.key);
        problems.push(
            Problem::new(single.key_at, "stage", message)
                .also(stages.key_at, "`stage` is here")
                .hint("each stage has its own `approvers` and `approvals`"),
        );
    }
    let tables = stages.tables("stage", problems)?;
    let drafts: Vec<StageDraft> = tables
        .into_iter()
        .map(|mut table| {
            table.only(&STAGE_KEYS, problems);
            let name = table.get("name").and_then(|entry| entry.text(problems));
            StageDraft {
                name: name.and_then(|item| take(values::plain(&item, TEXT), problems)).unwrap_or_default(),
                approvers: people(&table, "approvers", Takes::Relations, "nobody could decide", problems),
                approvals: approvals(&table, problems),
            }
        })
        .collect();
    if drafts.is_empty() {
        let message = format!("{} is empty: nobody could decide", stages.what);
        problems.push(Problem::new(stages.at, "empty", message));
        return None;
    }
    Some(drafts)
}

/// No default: how many people have to agree is for the author to say.
fn approvals(section: &Section<'_>, problems: &mut Problems) -> Option<Item<u32>> {
    let hint = "add approvals = 1, or an auto-approve = \"CONDITION\" under which nobody has to agree";
    let entry = section.need("approvals", hint, problems)?;
    match entry.number(problems)? {
        0 => {
            let message = format!("{} is 0", entry.what);
            problems.push(Problem::new(entry.at, "zero-approvals", message).label("at least 1").hint(
                "if nobody has to agree, say when: auto-approve = \"resource.labels.env == 'staging'\"",
            ));
            None
        }
        value => Some(Item { at: entry.at, value }),
    }
}

pub(super) fn at_least_one(entry: &Entry<'_>, problems: &mut Problems) -> Option<u32> {
    match entry.number(problems)? {
        0 => {
            let message = format!("{} is 0", entry.what);
            problems.push(Problem::new(entry.at, "number", message).label("at least 1"));
            None
        }
        n => Some(n),
    }
}

fn escalation(entry: &Entry<'_>, problems: &mut Problems) -> Option<EscalationDraft> {
    let mut section = entry.table(entry.what.clone(), problems)?;
    section.only(&ESCALATE_KEYS, problems);
    let after = section.need("after", "add after = \"2h\"", problems);
    Some(EscalationDraft {
        after: after.and_then(|entry| Some(Item { at: entry.at, value: span(&entry, problems)? })),
        to: people(&section, "to", Takes::Relations, "there would be nobody else to ask", problems),
    })
}

fn read_break_glass(entry: &Entry<'_>, problems: &mut Problems) -> Option<BreakGlassDraft> {
    let mut section = entry.table(entry.what.clone(), problems)?;
    section.only(&BREAK_GLASS_KEYS, problems);
    let max = section.need("max-duration", "add max-duration = \"30m\"", problems);
    Some(BreakGlassDraft {
        at: entry.key_at,
        requesters: section
            .get("requesters")
            .and_then(|entry| who::list(&entry, Takes::Names, "nobody could use it", problems)),
        max_duration: max.and_then(|entry| Some(Item { at: entry.at, value: span(&entry, problems)? })),
        announce: people(&section, "announce", Takes::Names, "nobody would hear of it", problems),
        debrief: people(&section, "debrief", Takes::Names, "nobody would look at it afterwards", problems),
        debrief_within: match section.get("debrief-within") {
            None => Some(DEBRIEF_WITHIN),
            Some(entry) => span(&entry, problems),
        },
    })
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

fn require(section: &Section<'_>, problems: &mut Problems) -> RequireDraft {
    let nothing = RequireDraft {
        reason: true,
        ticket: None,
        ticket_system: None,
        mfa: None,
        training: None,
        terms: None,
    };
    let Some(entry) = section.get("require") else { return nothing };
    let Some(mut table) = entry.table(entry.what.clone(), problems) else { return nothing };
    table.only(&REQUIRE_KEYS, problems);
    let reason = table.get("reason").and_then(|entry| entry.boolean(problems)).unwrap_or(true);
    let ticket = table.get("ticket").and_then(|entry| entry.text(problems));
    RequireDraft {
        reason,
        ticket: ticket.and_then(|item| take(values::ticket_pattern(&item), problems)),
        ticket_system: named(&table, "ticket-system", "a ticket system", problems),
        mfa: table.get("mfa").and_then(|entry| span(&entry, problems)),
        training: who::names(&table, "training", "a training", problems),
        terms: who::names(&table, "terms", "terms", problems),
    }
}
