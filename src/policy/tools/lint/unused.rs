//! What is declared, and named nowhere.

use std::collections::BTreeSet;

use crate::domain::{Duty, DutyKind, Kind, Name};
use crate::policy::alerts::Looks;
use crate::policy::condition::Condition;
use crate::policy::model::{Group, Policy, Who};

use super::Lint;

const HINT: &str = "remove it, or name it where it was meant";

/// Everything that is named anywhere.
#[derive(Default)]
struct Used<'p> {
    people: BTreeSet<&'p Name>,
    groups: BTreeSet<&'p Name>,
    companies: BTreeSet<&'p Name>,
    windows: BTreeSet<&'p Name>,
    systems: BTreeSet<&'p Name>,
    duties: BTreeSet<&'p Duty>,
    resources: BTreeSet<&'p Name>,
    labels: BTreeSet<&'p str>,
    /// In a condition. Of which kind a text there is, is not looked at: it was when the policy was read.
    texts: BTreeSet<&'p str>,
}

impl<'p> Used<'p> {
    fn of(policy: &'p Policy) -> Self {
        let mut used = Self::default();
        for role in policy.roles.values() {
            used.list(role.requesters.iter().chain(role.all_approvers()));
            if let Some(glass) = &role.break_glass {
                used.list(glass.requesters.iter().chain(&glass.announce).chain(&glass.debrief));
            }
            let windows = &role.windows;
            used.windows.extend(windows.request.iter().chain(&windows.using).chain(&windows.approve));
            used.systems.extend(&role.require.ticket_system);
            used.duties.extend(&role.require.duties);
            used.resources.extend(&role.resources);
            used.conditions([&role.when, &role.auto_approve, &role.auto_deny].into_iter().flatten());
        }
        for alert in policy.alerts.values() {
            if let Looks::OutsideWindows { windows } = &alert.looks {
                used.windows.extend(windows);
            }
        }
        let denies = policy.denies.values();
        used.conditions(denies.clone().filter_map(|rule| rule.when.as_ref()));
        let rules = denies.map(|rule| &rule.of).chain(policy.limits.values().map(|rule| &rule.of));
        for of in rules {
            used.list(of.requesters.iter().flatten());
        }
        for demand in policy.demands.values() {
            used.list(demand.trainers().iter());
        }
        for rule in policy.dormants.values() {
            used.list(rule.people.iter().flatten());
        }
        for group in policy.groups.values() {
            if let Group::Members(members) = group {
                used.people.extend(members);
            }
        }
        for person in policy.people.values() {
            used.people.extend(person.human.iter().chain(&person.sponsor));
            used.companies.extend(&person.company);
            if !person.owns.is_empty() {
                used.people.insert(&person.name);
            }
        }
        let labels = policy.resources.values().flat_map(|resource| resource.labels.keys());
        used.labels.extend(labels.map(String::as_str));
        used
    }

    fn list(&mut self, list: impl Iterator<Item = &'p Who>) {
        for who in list {
            match who {
                Who::User(name) => self.people.insert(name),
                Who::Group(name) => self.groups.insert(name),
                Who::ResourceOwner | Who::RequesterSponsor => continue,
            };
        }
    }

    fn conditions(&mut self, conditions: impl Iterator<Item = &'p Condition>) {
        self.texts.extend(conditions.flat_map(Condition::texts));
    }
}

impl Lint<'_> {
    pub(super) fn unused(&mut self) {
        let policy = self.policy;
        let used = Used::of(policy);
        let texts = &used.texts;
        // Whoever is on call may be anybody.
        let any = policy.groups.values().any(|group| matches!(group, Group::OnCall(_)));
        for person in policy.people.values() {
            let name = &person.name;
            if any || used.people.contains(name) || texts.contains(name.as_str()) {
                continue;
            }
            let (code, kind) = match person.kind {
                Kind::Person => ("unused-person", "person"),
                Kind::Service => ("unused-service", "service"),
            };
            let message = format!("{kind} `{name}` is in no group, and nothing names them");
            self.push(code, (kind, name.as_str(), ""), message, HINT);
        }
        for name in policy.groups.keys() {
            if !used.groups.contains(name) && !texts.contains(name.as_str()) {
                let message = format!("no role, rule or condition names group `{name}`");
                self.push("unused-group", ("group", name.as_str(), ""), message, HINT);
            }
        }
        for name in policy.companies.keys() {
            if !used.companies.contains(name) {
                let message = format!("nobody is of company `{name}`");
                self.push("unused-company", ("company", name.as_str(), ""), message, HINT);
            }
        }
        for name in policy.windows.keys() {
            if !used.windows.contains(name) {
                let message = format!("no role or alert has window `{name}`");
                self.push("unused-window", ("window", name.as_str(), ""), message, HINT);
            }
        }
        for name in policy.ticket_systems.keys() {
            if !used.systems.contains(name) {
                let message = format!("no role asks ticket system `{name}`");
                self.push("unused-ticket-system", ("ticket-system", name.as_str(), ""), message, HINT);
            }
        }
        for duty in policy.demands.keys().filter(|duty| !used.duties.contains(duty)) {
            let code = match duty.kind {
                DutyKind::Training => "unused-training",
                DutyKind::Terms => "unused-terms",
            };
            let message = format!("no role asks for {} `{}`", duty.kind, duty.name);
            self.push(code, (duty.kind.as_str(), duty.name.as_str(), ""), message, HINT);
        }
        for name in policy.resources.keys() {
            if !used.resources.contains(name) {
                let message = format!("no role is for resource `{name}`");
                self.push("unused-resource", ("resource", name.as_str(), ""), message, HINT);
            }
        }
        for name in policy.labels.keys() {
            if !used.labels.contains(name.as_str()) {
                let message = format!("no resource has label `{name}`");
                self.push("unused-label", ("label", name, ""), message, HINT);
            }
        }
    }
}
