//! Test cases of a policy: who asks for what, and what has to come of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::domain::text::escape;
use crate::domain::{Actor, Kind, Name, Principal, Proof, Span, Time};

use super::diagnostic::{Diagnostic, Problem, Problems, shown};
use super::document::{self, Entry, Section};
use super::evaluate::{AskedFor, Decision, Facts, TicketFact};
use super::model::{Group, Policy};
use super::roster::{Listed, Roster};
use super::source::{Item, Place, SourceFile};
use super::ticket::TicketStanding;
use super::values;
use super::world::World;

/// The code of the diagnostic that there are none.
pub const NO_CASES: &str = "no-cases";

/// One case, as its file has it.
#[derive(Debug, Clone)]
pub struct Case {
    pub name: String,
    pub place: Place,
    pub requester: Actor,
    pub role: String,
    pub resource: Option<String>,
    pub duration: Span,
    pub reason: String,
    pub ticket: Option<String>,
    pub start: Option<Time>,
    /// When it is asked; `None` for the time of the run.
    pub at: Option<Time>,
    pub break_glass: bool,
    /// How long ago the requester proved a second factor; `None`: never.
    pub mfa_age: Option<Span>,
    /// What the ticket system says.
    pub ticket_fact: TicketFact,
    /// Who is on call, by group.
    pub on_call: BTreeMap<Name, BTreeSet<Name>>,
    /// Whom the server's directory puts into the groups that are left to it; `None`: it cannot be told.
    pub directory: Option<BTreeMap<Name, BTreeSet<Name>>>,
    /// How many requests for the role the requester has open.
    pub open: u32,
    /// The trainings and terms that the requester has not proved; all others they have, just now.
    pub lacks: BTreeSet<Name>,
    pub expect: Expect,
}

/// What has to come of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expect {
    Allow {
        /// That many people have to agree, where the case says so.
        approvals: Option<u32>,
        /// Exactly these may decide at the first stage, where the case says so.
        approvers: Option<BTreeSet<Name>>,
        /// The most that it may last, where the case says so.
        longest: Option<Span>,
    },
    Refuse {
        /// A part of one of the reasons, where the case says so.
        because: Option<String>,
    },
}

/// What came of one case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// Escaped.
    pub name: String,
    pub place: Place,
    pub passed: bool,
    /// Escaped; why it failed, empty where it passed.
    pub problems: Vec<String>,
}

/// One line: `tests/web.toml:3:1: a stranger: expected a refusal …`.
impl fmt::Display for CaseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, place: Place { file, line, column, .. }, passed, problems } = self;
        write!(f, "{}:{line}:{column}: {name}", escape(file))?;
        if *passed { f.write_str(": passed") } else { write!(f, ": {}", problems.join("; ")) }
    }
}

/// What came of all cases, in the order of the files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub passed: usize,
    pub failed: usize,
    pub cases: Vec<CaseResult>,
}

/// Reads the `[[case]]` tables of all files.
///
/// # Errors
/// Everything that is wrong, in order of file and place. No case at all is an error too: a run that
/// tested nothing must not look like one that passed.
pub fn parse_cases(files: &[SourceFile]) -> Result<Vec<Case>, Vec<Diagnostic>> {
    let mut problems = Problems::default();
    let mut cases = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let Some(tree) = document::parse(number, file, &mut problems) else { continue };
        let mut root = Section::root(number, "a file of test cases", &tree);
        root.only(&["case"], &mut problems);
        let entry = root.get("case");
        let sections = entry.and_then(|entry| entry.tables("case", &mut problems));
        for mut section in sections.unwrap_or_default() {
            let place = Place::of(files, section.at);
            cases.extend(read(&mut section, place, &mut problems));
        }
    }
    if cases.is_empty() && problems.is_empty() {
        problems.push(Problem::nowhere(NO_CASES, "no test cases").hint("see jit-policy(5), \"TEST CASES\""));
    }
    if problems.is_empty() { Ok(cases) } else { Err(problems.finish(files)) }
}

pub(super) const KEYS: [&str; 23] = [
    "name",
    "requester",
    "kind",
    "owner",
    "role",
    "resource",
    "for",
    "reason",
    "ticket",
    "start",
    "at",
    "break-glass",
    "mfa-age",
    "ticket-answer",
    "on-call",
    "directory",
    "open",
    "lacks",
    "expect",
    "because",
    "approvers",
    "approvals",
    "longest",
];

fn read(section: &mut Section<'_>, place: Place, problems: &mut Problems) -> Option<Case> {
    section.only(&KEYS, problems);
    let section = &*section;
    // Role, resource and ticket may be anything, as in a request: refusing them is what is tested.
    let text = |key: &str, problems: &mut Problems| Some(section.get(key)?.text(problems)?.value.to_owned());
    let need = |key: &str, problems: &mut Problems| {
        section.need(key, &format!("add {key} = \"…\""), problems)?.text(problems)
    };
    let name = need("name", problems);
    let requester = actor(section, problems);
    let role = need("role", problems);
    let duration = need("for", problems).and_then(|item| read_by(values::span, &item, problems));
    let times = ["start", "at"].map(|key| time(section.get(key), problems));
    let mfa_age = section.get("mfa-age").and_then(|entry| entry.text(problems));
    let mfa_age = mfa_age.and_then(|item| read_by(values::span, &item, problems));
    let ticket_fact = ticket_fact(section, problems);
    let [on_call, directory] = ["on-call", "directory"].map(|key| by_group(section, key, problems));
    let lacks = section
        .get("lacks")
        .map(|entry| entry.list(problems, |item| values::name(&item, "training or terms")));
    let expect = expect(section, problems);
    let [start, at] = times;
    Some(Case {
        name: escape(name?.value).into_owned(),
        place,
        requester: requester?,
        role: role?.value.to_owned(),
        resource: text("resource", problems),
        duration: duration?,
        reason: text("reason", problems).unwrap_or_default(),
        ticket: text("ticket", problems),
        start: start?,
        at: at?,
        break_glass: section
            .get("break-glass")
            .is_some_and(|entry| entry.boolean(problems).unwrap_or_default()),
        mfa_age,
        ticket_fact: ticket_fact?,
        on_call: on_call.unwrap_or_default(),
        directory,
        open: section.get("open").and_then(|entry| entry.number(problems)).unwrap_or_default(),
        lacks: match lacks {
            None => BTreeSet::new(),
            Some(list) => list?.items.into_iter().map(|item| item.value).collect(),
        },
        expect: expect?,
    })
}

/// Without the key, the system says yes: cases that are about something else need not mention it.
fn ticket_fact(section: &Section<'_>, problems: &mut Problems) -> Option<TicketFact> {
    let good = TicketFact::Standing(TicketStanding::Good);
    let Some(entry) = section.get("ticket-answer") else { return Some(good) };
    match one_of(&entry, &[("good", 0), ("closed", 1), ("not-assigned", 2), ("none", 3)], problems)? {
        0 => Some(good),
        1 => Some(TicketFact::Standing(TicketStanding::Closed { state: "closed".to_owned() })),
        2 => Some(TicketFact::Standing(TicketStanding::NotAssigned { to: None })),
        _ => Some(TicketFact::Failed("it gave no answer".to_owned())),
    }
}

/// Who is in which group, where the case says so.
fn by_group(
    section: &Section<'_>,
    key: &str,
    problems: &mut Problems,
) -> Option<BTreeMap<Name, BTreeSet<Name>>> {
    let mut groups = BTreeMap::new();
    let entry = section.get(key)?;
    let table = entry.table(entry.what.clone(), problems)?;
    for entry in table.entries() {
        let key = Item { at: entry.key_at, value: entry.key };
        let group = read_by(|item| values::name(item, "a group"), &key, problems);
        let list = entry.list(problems, |item| values::name(&item, "a user"));
        if let (Some(group), Some(list)) = (group, list) {
            groups.insert(group, list.items.into_iter().map(|item| item.value).collect());
        }
    }
    Some(groups)
}

fn read_by<T>(
    read: impl Fn(&Item<&str>) -> Result<T, Problem>,
    item: &Item<&str>,
    problems: &mut Problems,
) -> Option<T> {
    read(item).map_err(|problem| problems.push(problem)).ok()
}

fn actor(section: &Section<'_>, problems: &mut Problems) -> Option<Actor> {
    let user = |item: &Item<&str>| values::name(item, "a user");
    let entry = section.need("requester", "add requester = \"alice\"", problems);
    let name = entry.and_then(|entry| entry.text(problems)).and_then(|item| read_by(user, &item, problems));
    let owner = match section.get("owner") {
        None => name.clone(),
        Some(entry) => entry.text(problems).and_then(|item| read_by(user, &item, problems)),
    };
    let kind = match section.get("kind") {
        None => Some(Kind::Person),
        Some(entry) => one_of(&entry, &[("person", Kind::Person), ("service", Kind::Service)], problems),
    };
    // A policy goes by names; which issuer vouches for them is not its business.
    let principal = |name: Name| Principal { issuer: name.clone(), subject: name };
    Some(Actor { principal: principal(name?), kind: kind?, human: principal(owner?) })
}

fn one_of<T: Copy>(entry: &Entry<'_>, known: &[(&str, T)], problems: &mut Problems) -> Option<T> {
    let item = entry.text(problems)?;
    let found = known.iter().find(|(name, _)| *name == item.value);
    if found.is_none() {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let message = format!(
            "{} is `{}`, expected one of {}",
            entry.what,
            shown(item.value),
            document::quoted(&names)
        );
        problems.push(Problem::new(item.at, "value", message));
    }
    found.map(|(_, value)| *value)
}

/// `Some(None)` where it is not there.
fn time(entry: Option<Entry<'_>>, problems: &mut Problems) -> Option<Option<Time>> {
    let Some(entry) = entry else { return Some(None) };
    let item = entry.text(problems)?;
    match item.value.parse::<Time>() {
        Ok(time) => Some(Some(time)),
        Err(error) => {
            let message = format!("`{}` is no time: {error}", shown(item.value));
            problems.push(Problem::new(item.at, "time", message));
            None
        }
    }
}

fn expect(section: &Section<'_>, problems: &mut Problems) -> Option<Expect> {
    let entry = section.need("expect", "add expect = \"allow\" or expect = \"refuse\"", problems)?;
    let allow = one_of(&entry, &[("allow", true), ("refuse", false)], problems)?;
    let others: &[&str] = if allow { &["because"] } else { &["approvers", "approvals", "longest"] };
    for other in others.iter().filter_map(|key| section.get(key)) {
        let message = format!("`{}` is not for a case that expects this", other.key);
        let also = if allow { "allow" } else { "refuse" };
        problems.push(
            Problem::new(other.key_at, "value", message).also(entry.at, format!("it expects `{also}`")),
        );
    }
    if !allow {
        let because = section.get("because").and_then(|entry| entry.text(problems));
        return Some(Expect::Refuse { because: because.map(|item| item.value.to_owned()) });
    }
    let approvers = section.get("approvers").and_then(|entry| {
        let list = entry.list(problems, |item| values::name(&item, "a user"))?;
        Some(list.items.into_iter().map(|item| item.value).collect())
    });
    let approvals = section.get("approvals").and_then(|entry| entry.number(problems));
    let longest = section.get("longest").and_then(|entry| entry.text(problems));
    let longest = longest.and_then(|item| read_by(values::span, &item, problems));
    Some(Expect::Allow { approvals, approvers, longest })
}

/// Runs the cases against the policy. `now` is for those that do not say when they are asked.
pub fn run(policy: &Policy, cases: &[Case], now: Time) -> Report {
    let cases: Vec<CaseResult> = cases
        .iter()
        .map(|case| {
            let problems = check(policy, case, case.at.unwrap_or(now));
            CaseResult {
                name: case.name.clone(),
                place: case.place.clone(),
                passed: problems.is_empty(),
                problems,
            }
        })
        .collect();
    let failed = cases.iter().filter(|case| !case.passed).count();
    Report { passed: cases.len() - failed, failed, cases }
}

fn check(policy: &Policy, case: &Case, now: Time) -> Vec<String> {
    let unknown = unknown_names(policy, case);
    if !unknown.is_empty() {
        return unknown;
    }
    let world = world(policy, case, now);
    let (ask, facts) = (asked_for(case), facts(case, now, &world));
    match (policy.decide(&ask, &facts), &case.expect) {
        (Decision::Allow(_), Expect::Refuse { .. }) => {
            vec!["expected a refusal, and it was allowed".to_owned()]
        }
        (Decision::Allow(allowed), Expect::Allow { approvals, approvers, longest }) => {
            let mut problems = Vec::new();
            let needed = allowed.approvals.needed();
            if let Some(expected) = approvals.filter(|expected| *expected != needed) {
                problems.push(format!("expected {expected} approvals, and it takes {needed}"));
            }
            if let Some(expected) = longest.filter(|expected| *expected != allowed.max) {
                problems.push(format!("expected to last at most {expected}, and it is {}", allowed.max));
            }
            let stage = allowed.role.stages.first().filter(|_| needed > 0);
            let found = stage.map_or_else(BTreeSet::new, |stage| {
                policy.deciders(stage, &allowed.resource.name, &case.requester, &world)
            });
            let listed = |names: &BTreeSet<&Name>| match names.len() {
                0 => "nobody".to_owned(),
                _ => names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", "),
            };
            if let Some(expected) = approvers.as_ref().map(|names| names.iter().collect::<BTreeSet<_>>())
                && expected != found
            {
                problems.push(format!(
                    "expected {} to decide, and it is {}",
                    listed(&expected),
                    listed(&found)
                ));
            }
            problems
        }
        (Decision::Refuse(refusals), expect) => {
            let reasons: Vec<String> = refusals.iter().map(ToString::to_string).collect();
            let reasons = escape(&reasons.join("; ")).into_owned();
            match expect {
                Expect::Allow { .. } => {
                    vec![format!("expected to be allowed, and it was refused: {reasons}")]
                }
                Expect::Refuse { because: Some(because) } if !reasons.contains(because.as_str()) => {
                    vec![format!(
                        "expected a refusal because of \"{}\", and it was: {reasons}",
                        escape(because)
                    )]
                }
                Expect::Refuse { .. } => Vec::new(),
            }
        }
    }
}

/// What the case asks for.
pub fn asked_for(case: &Case) -> AskedFor<'_> {
    AskedFor {
        requester: &case.requester,
        role: &case.role,
        resource: case.resource.as_deref(),
        duration: case.duration,
        start: case.start,
        reason: &case.reason,
        ticket: case.ticket.as_deref(),
        break_glass: case.break_glass,
    }
}

/// What the case says of the world.
pub fn world(policy: &Policy, case: &Case, now: Time) -> World {
    let human = policy.proves(&case.requester);
    // Cases that are about something else need not mention what the requester has learned.
    let proved = policy.demands.values().filter(|demand| !case.lacks.contains(&demand.duty.name));
    let proofs = proved.map(|demand| Proof {
        user: human.clone(),
        duty: demand.duty.clone(),
        version: demand.version,
        at: now,
        until: None,
        by: case.requester.principal.clone(),
        digest: demand.needed().digest,
    });
    let proofs = Arc::new(proofs.collect());
    let roster = case.directory.as_ref().map(|groups| Arc::new(roster(groups)));
    World { on_call: case.on_call.clone(), proofs, roster, ..World::default() }
}

fn roster(groups: &BTreeMap<Name, BTreeSet<Name>>) -> Roster {
    let mut people: BTreeMap<Name, Listed> = BTreeMap::new();
    for (group, names) in groups {
        for name in names {
            people.entry(name.clone()).or_default().groups.insert(group.clone());
        }
    }
    Roster::new(people)
}

pub fn facts<'w>(case: &Case, now: Time, world: &'w World) -> Facts<'w> {
    Facts {
        now,
        mfa: case.mfa_age.map(|age| now.minus(age)),
        ticket: case.ticket_fact.clone(),
        open: case.open,
        debrief_open: false,
        world,
    }
}

/// A case about somebody who does not exist, or a group that is not asked from outside, proves nothing.
fn unknown_names(policy: &Policy, case: &Case) -> Vec<String> {
    let mut problems = Vec::new();
    if let Expect::Allow { approvers: Some(approvers), .. } = &case.expect {
        let listed: BTreeSet<&Name> = case.directory.iter().flatten().flat_map(|(_, names)| names).collect();
        let known = |name: &Name| policy.people.contains_key(name) || listed.contains(name);
        for name in approvers.iter().filter(|name| !known(name)) {
            problems.push(format!("`approvers`: there is no person `{name}`"));
        }
    }
    for name in case.lacks.iter().filter(|name| !policy.demands.keys().any(|duty| duty.name == **name)) {
        problems.push(format!("`lacks`: there is no training `{name}`, and no terms"));
    }
    for (group, _) in case.directory.iter().flatten() {
        if !matches!(policy.groups.get(group), Some(Group::Directory)) {
            problems.push(format!("`directory`: there is no group `{group}` that is left to the directory"));
        }
    }
    for (group, on_call) in &case.on_call {
        if !matches!(policy.groups.get(group), Some(Group::OnCall(_))) {
            problems.push(format!("`on-call`: there is no group `{group}` that is asked from outside"));
        }
        for name in on_call.iter().filter(|name| !policy.people.contains_key(*name)) {
            problems.push(format!("`on-call`: there is no person `{name}`"));
        }
    }
    problems
}
