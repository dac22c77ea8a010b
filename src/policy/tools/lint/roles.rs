//! One role by itself: who decides, for how long, and whether anybody may ask.

use std::collections::BTreeSet;

use crate::domain::{Name, Span};
use crate::policy::diagnostic::shown;
use crate::policy::model::{Escalation, Group, Role, Stage, Who};
use crate::policy::tools::crowd::Member;
use crate::policy::tools::reach::{Holds, Reach};

use super::{At, Lint, is_fixed};

const DAY: Span = Span::clamped(86_400);
pub(super) const OTHERS: &str = "let somebody decide who does not ask";

impl<'p> Lint<'p> {
    pub(super) fn roles(&mut self) {
        let policy = self.policy;
        let (mut denies, mut limits) = (BTreeSet::new(), BTreeSet::new());
        for role in policy.roles.values() {
            let reach = self.reaches.of(role);
            denies.extend(reach.denies.iter().copied());
            limits.extend(reach.limits.iter().copied());
            self.unreachable(role, &reach);
            self.production(role);
            self.long(role);
            self.decided_by_requesters(role);
            self.escalation(role);
            self.stages(role);
            self.debrief(role);
        }
        self.lone_approvers();
        self.idle(&denies, &limits);
        self.mutual();
        self.overlaps();
    }

    fn unreachable(&mut self, role: &'p Role, reach: &Reach<'p>) {
        let name = role.name.as_str();
        let at: At<'_> = ("role", name, "");
        if !reach.terms.iter().flatten().any(Option::is_some) {
            let message =
                format!("nobody may ever ask for role `{name}`: rules and conditions refuse everything");
            self.push("unreachable-role", at, message, "remove it, or the rule that refuses it");
            return;
        }
        let (policy, now) = (self.policy, self.now);
        let is_over = |member: &Member<'_>| match member {
            Member::Outside(_) => false,
            Member::Person(name) => {
                let person = policy.people.get(*name);
                let human = person.and_then(|person| policy.people.get(person.human.as_ref()?));
                [person, human].into_iter().flatten().any(|p| p.contract_end.is_some_and(|end| end <= now))
            }
        };
        // Stops at the first who may ask, so a large group costs nothing.
        let nobody = reach.people.iter().flat_map(|class| &class.crowd.members).all(is_over);
        if nobody {
            let message =
                format!("nobody may ask for role `{name}`: every contract of its requesters is over");
            self.push("unreachable-role", at, message, "remove it, or name others as requesters");
        }
    }

    fn production(&mut self, role: &'p Role) {
        let Some(condition) = &role.auto_approve else { return };
        let found: Vec<&Name> = role
            .resources
            .iter()
            .filter_map(|name| self.policy.resources.get(name))
            .filter(|resource| self.options.is_production(resource))
            .filter(|resource| Holds::of(Some(condition), resource, Holds::Never) != Holds::Never)
            .map(|resource| &resource.name)
            .collect();
        let Some(first) = found.first() else { return };
        let more = if found.len() > 1 { format!(" and {} more", found.len() - 1) } else { String::new() };
        let name = role.name.as_str();
        let message = format!(
            "role `{name}` needs no approval in production, on `{first}`{more}, where {}",
            shown(condition.text())
        );
        let hint = "add approvers, or leave production out: resource.labels.env != 'production'";
        self.push("auto-approve-production", ("role", name, "auto-approve"), message, hint);
    }

    fn long(&mut self, role: &'p Role) {
        let name = role.name.as_str();
        let (key, with) = match role.max_total > role.max_duration {
            true => ("max-total", ", with extensions"),
            false => ("max-duration", ""),
        };
        if role.max_total > DAY {
            let message = format!("role `{name}` lasts {}{with}", role.max_total);
            let hint = "access for longer than a day is soon forgotten: let them ask again";
            self.push("long-grant", ("role", name, key), message, hint);
        }
    }

    fn decided_by_requesters(&mut self, role: &'p Role) {
        let asking = self.set(&role.requesters);
        let all = !role.stages.is_empty()
            && role.stages.iter().all(|stage| {
                let deciding = self.set(&stage.approvers);
                is_fixed(&stage.approvers) && deciding.is_subset(&asking)
            });
        if all {
            let name = role.name.as_str();
            let message =
                format!("all who decide on role `{name}` may ask for it: they decide for each other");
            self.push("mutual-approval", ("role", name, "approvers"), message, OTHERS);
        }
    }

    fn escalation(&mut self, role: &'p Role) {
        let Some(Escalation { to, .. }) = &role.escalation else { return };
        let reached = self.set(to);
        let mut before: BTreeSet<Member<'p>> = BTreeSet::new();
        for stage in &role.stages {
            before.extend(self.set(&stage.approvers).iter().copied());
        }
        let relation = |who: &Who| role.stages.iter().all(|stage| stage.approvers.contains(who));
        let known = to.iter().filter(|who| !matches!(who, Who::User(_) | Who::Group(_))).all(relation);
        if known && reached.is_subset(&before) {
            let name = role.name.as_str();
            let message = format!("`escalate` of role `{name}` reaches nobody who does not decide already");
            self.push(
                "escalates-to-approvers",
                ("role", name, "escalate"),
                message,
                "name somebody else in `to`",
            );
        }
    }

    fn stages(&mut self, role: &'p Role) {
        let stages = || (1..).zip(&role.stages);
        for (number, stage) in stages() {
            let same = |(_, other): &(usize, &Stage)| {
                stage.approvers == other.approvers
                    || (is_fixed(&stage.approvers)
                        && is_fixed(&other.approvers)
                        && Member::of(self.policy, &stage.approvers)
                            == Member::of(self.policy, &other.approvers))
            };
            if let Some((before, _)) = stages().take(number - 1).find(same) {
                let name = role.name.as_str();
                let message =
                    format!("stages {before} and {number} of role `{name}` are decided by the same people");
                let hint = "make them one stage with as many approvals, or name others";
                self.push("repeated-stage", ("role", name, "stage"), message, hint);
            }
        }
    }

    fn debrief(&mut self, role: &'p Role) {
        let Some(glass) = &role.break_glass else { return };
        let (looking, breaking) = (self.set(&glass.debrief), self.set(&glass.requesters));
        if is_fixed(&glass.debrief) && looking.is_subset(&breaking) {
            let name = role.name.as_str();
            let message = format!("all who look at a break-glass of role `{name}` may use it themselves");
            let hint = "add somebody to `debrief` who may not";
            self.push("break-glass-own-debrief", ("role", name, "break-glass"), message, hint);
        }
    }

    fn lone_approvers(&mut self) {
        let policy = self.policy;
        let deciding: BTreeSet<&Name> = policy
            .roles
            .values()
            .flat_map(Role::all_approvers)
            .filter_map(|who| match who {
                Who::Group(group) => Some(group),
                _ => None,
            })
            .collect();
        for group in deciding {
            if let Some(Group::Members(members)) = policy.groups.get(group)
                && let Some(only) = members.first().filter(|_| members.len() == 1)
            {
                let message = format!("group `{group}` decides, and `{only}` is all of it");
                let hint = "add somebody: while one person is away, nobody decides";
                self.push("lone-approver", ("group", group.as_str(), "members"), message, hint);
            }
        }
    }
}
