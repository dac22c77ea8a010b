//! Who reaches what, for how long, and who has to agree.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::domain::{Approvals, Name, Span};
use crate::policy::condition::Condition;
use crate::policy::model::{Policy, Require, Role};

use super::crowd::{Crowd, Member, Subject};
use super::reach::{Holds, Reaches, Terms};

/// Of everything that can be reached, what is asked about.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The resource has all of these.
    pub labels: BTreeMap<String, String>,
    pub resource: Option<Name>,
    pub role: Option<Name>,
    pub requester: Option<Name>,
    /// Where no other human has to agree.
    pub alone: bool,
}

impl Filter {
    /// What it names that the policy does not have: an answer would say that nobody reaches it.
    pub fn unknown(&self, policy: &Policy) -> Option<(&'static str, String)> {
        let name = |name: &Name| name.to_string();
        let resource = self.resource.as_ref().filter(|name| !policy.resources.contains_key(*name));
        let role = self.role.as_ref().filter(|name| !policy.roles.contains_key(*name));
        let person = self.requester.as_ref().filter(|name| !policy.people.contains_key(*name));
        let has = |label: &str, value: &str| policy.labels.get(label).is_some_and(|all| all.contains(value));
        let label = self.labels.iter().find(|(label, value)| !has(label, value));
        resource
            .map(|resource| ("resource", name(resource)))
            .or_else(|| role.map(|role| ("role", name(role))))
            .or_else(|| person.map(|person| ("person or service", name(person))))
            .or_else(|| label.map(|(label, value)| ("label", format!("{label}={value}"))))
    }
}

/// How a role is come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    Approval,
    AutoApprove,
    BreakGlass,
}

/// The same for all of these people on all of these resources.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub who: Subject,
    pub role: Name,
    pub resources: BTreeSet<Name>,
    pub way: Way,
    pub longest: Span,
    /// With all extensions.
    pub total: Span,
    /// By stage; empty where nobody has to agree.
    pub approvals: Approvals,
    /// Conditions that have to hold.
    pub when: Vec<String>,
    /// Conditions under which it is refused, each with the rule that says so.
    pub unless: Vec<Unless>,
    /// Each list is open while one of its windows is; without any, always.
    pub request_windows: Vec<Name>,
    pub use_windows: Vec<Name>,
    pub approve_windows: Vec<Name>,
    /// What a request has to have: `a reason`, `a ticket`.
    pub requires: Vec<String>,
}

/// As a deny rule or a role has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unless {
    /// `None`: the role's own `auto-deny`.
    pub deny: Option<Name>,
    pub condition: String,
}

/// In order of role, people and way.
pub fn who(policy: &Policy, filter: &Filter) -> Vec<Row> {
    let mut reaches = Reaches::new(policy);
    let wanted = |name: &Name| {
        filter.resource.as_ref().is_none_or(|only| only == name)
            && policy.resources.get(name).is_some_and(|resource| {
                filter.labels.iter().all(|(label, value)| resource.labels.get(label) == Some(value))
            })
    };
    let mut rows = Vec::new();
    for role in
        policy.roles.values().filter(|role| filter.role.as_ref().is_none_or(|only| *only == role.name))
    {
        if !role.resources.iter().any(wanted) {
            continue;
        }
        let reach = reaches.of(role);
        // People and resources with the same terms are one row.
        let mut rest: BTreeMap<(Terms<'_>, BTreeSet<&Name>), Vec<&Rc<Crowd<'_>>>> = BTreeMap::new();
        for (class, terms) in reach.people.iter().zip(&reach.terms) {
            let of_requester = |name: &Name| class.crowd.members.contains(&Member::Person(name));
            if !filter.requester.as_ref().is_none_or(of_requester) {
                continue;
            }
            let mut by_terms: BTreeMap<Terms<'_>, BTreeSet<&Name>> = BTreeMap::new();
            for (resources, terms) in reach.resources.iter().zip(terms) {
                let resources: BTreeSet<&Name> =
                    resources.iter().copied().filter(|name| wanted(name)).collect();
                for terms in terms.iter().flat_map(by_way) {
                    by_terms.entry(terms).or_default().extend(&resources);
                }
            }
            for entry in by_terms.into_iter().filter(|(_, resources)| !resources.is_empty()) {
                rest.entry(entry).or_default().push(&class.crowd);
            }
        }
        let first = rows.len();
        for ((terms, resources), crowds) in rest {
            let subject = match (&filter.requester, crowds.as_slice()) {
                (Some(name), _) => Subject::one(name),
                (None, [only]) => only.subject(&[policy]).clone(),
                (None, several) => {
                    let all = several.iter().flat_map(|crowd| &crowd.members).copied().collect();
                    Crowd::new(all).subject(&[policy]).clone()
                }
            };
            let resources: BTreeSet<Name> = resources.into_iter().cloned().collect();
            rows.extend(
                ways(policy, role, &terms)
                    .into_iter()
                    .filter(|row| !filter.alone || row.approvals.is_auto())
                    .map(|row| Row { who: subject.clone(), resources: resources.clone(), ..row }),
            );
        }
        if let Some(rows) = rows.get_mut(first..) {
            rows.sort_by(|a: &Row, b: &Row| {
                (&a.who, a.way, &a.resources).cmp(&(&b.who, b.way, &b.resources))
            });
        }
    }
    rows
}

/// The ordinary way and that of an emergency by themselves: others may have just one of them.
fn by_way<'p>(terms: &Terms<'p>) -> [Terms<'p>; 2] {
    let glass = Terms { ask: None, auto: Holds::Never, ..terms.clone() };
    [Terms { glass: None, ..terms.clone() }, glass]
}

/// A row for each way, of nobody yet.
fn ways(policy: &Policy, role: &Role, terms: &Terms<'_>) -> Vec<Row> {
    let text = |condition: &Condition| condition.text().to_owned();
    let of_rules = terms.unless.iter().filter_map(|name| policy.denies.get(*name)).filter_map(|rule| {
        Some(Unless { deny: Some(rule.name.clone()), condition: text(rule.when.as_ref()?) })
    });
    let own = role.auto_deny.iter().map(|condition| Unless { deny: None, condition: text(condition) });
    let row = Row {
        who: Subject { count: 0, groups: Vec::new(), people: Vec::new() },
        role: role.name.clone(),
        resources: BTreeSet::new(),
        way: Way::Approval,
        longest: role.max_duration,
        total: role.max_total,
        approvals: role.approvals(),
        when: role.when.iter().map(text).collect(),
        unless: of_rules.chain(own).collect(),
        request_windows: role.windows.request.clone(),
        use_windows: role.windows.using.clone(),
        approve_windows: role.windows.approve.clone(),
        requires: requires(&role.require),
    };
    let mut ways = Vec::new();
    if let Some(longest) = terms.ask {
        let row = Row { longest: longest.max, total: longest.total, ..row.clone() };
        if !role.stages.is_empty() && terms.auto != Holds::Always {
            ways.push(row.clone());
        }
        if terms.auto != Holds::Never {
            let mut when = row.when.clone();
            when.extend(role.auto_approve.iter().filter(|_| terms.auto == Holds::Sometimes).map(text));
            let approve_windows = Vec::new();
            ways.push(Row {
                way: Way::AutoApprove,
                approvals: Approvals::AUTO,
                when,
                approve_windows,
                ..row.clone()
            });
        }
    }
    if let Some(glass) = terms.glass {
        ways.push(Row {
            way: Way::BreakGlass,
            longest: glass,
            total: glass,
            approvals: Approvals::AUTO,
            request_windows: Vec::new(),
            use_windows: Vec::new(),
            approve_windows: Vec::new(),
            requires: requires(&Require {
                reason: true,
                mfa: role.require.mfa,
                duties: role.require.duties.clone(),
                ..Require::default()
            }),
            ..row
        });
    }
    ways
}

pub(super) fn requires(require: &Require) -> Vec<String> {
    let Require { reason, ticket, ticket_system, mfa, duties } = require;
    let reason = reason.then(|| "a reason".to_owned());
    let ticket = ticket.as_ref().map(|pattern| format!("a ticket ({})", pattern.text));
    let system = ticket_system.as_ref().map(|system| format!("a ticket that is open in {system}"));
    let mfa = mfa.map(|within| format!("a second factor within the last {within}"));
    let duties = duties.iter().map(ToString::to_string);
    [reason, ticket, system, mfa].into_iter().flatten().chain(duties).collect()
}

#[cfg(test)]
#[path = "who_tests.rs"]
mod tests;
