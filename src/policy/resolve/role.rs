//! One role, with its names looked up.

use std::collections::BTreeSet;

use crate::domain::{Digest, Gives, Kind, Name, Span};
use crate::policy::bits::Bits;
use crate::policy::diagnostic::{Problem, Problems, did_you_mean, shown};
use crate::policy::document::List;
use crate::policy::draft::{Pattern, RoleDraft, StageDraft};
use crate::policy::model::{BreakGlass, Escalation, Group, Require, Role, RoleWindows, Stage, Who};
use crate::policy::source::{At, Item};

use super::{Context, count};

/// The role, where nothing of it is wrong, with its resources by number.
pub(super) fn resolve(
    context: &Context<'_>,
    name: &Name,
    draft: RoleDraft,
    problems: &mut Problems,
) -> Option<(Role, Bits)> {
    let this = This { context, name };
    let names = context.names;
    let among = this.resources(&draft, problems);
    let requesters = draft.requesters.as_ref().and_then(|list| names.whos(list, problems));
    let when = this.condition(draft.when.as_ref(), "when", problems);
    let auto_approve = this.condition(draft.auto_approve.as_ref(), "auto-approve", problems);
    let auto_deny = this.condition(draft.auto_deny.as_ref(), "auto-deny", problems);
    let stages = draft.stages.as_ref().map(|drafts| this.stages(drafts, requesters.as_deref(), problems));
    let windows = draft.windows.each_ref().map(|list| this.windows(list.as_ref(), problems));
    let ticket_system = draft.require.ticket_system.as_ref();
    let has_system = ticket_system.is_none_or(|item| {
        names.known("ticket-system", "ticket system", &names.ticket_systems, item, problems)
    });
    let duties = super::training::duties(names, &draft.require, problems);
    let max_total = this.max_total(&draft, problems);
    let escalation = this.escalation(&draft, problems);
    let break_glass = this.break_glass(&draft, requesters.as_deref(), problems);
    let [request, using, approve] = windows;
    let among = among?;
    let role = Role {
        name: name.clone(),
        description: draft.description,
        resources: context.resources.names(&among),
        requesters: requesters?,
        when: when?,
        auto_approve: auto_approve?,
        auto_deny: auto_deny?,
        stages: stages??,
        escalation: escalation?,
        remind: draft.remind,
        max_duration: draft.max_duration?.value,
        max_total: max_total?,
        pending_timeout: draft.pending_timeout?,
        claim_timeout: draft.claim_timeout?,
        windows: RoleWindows { request: request?, using: using?, approve: approve? },
        single_use: draft.single_use,
        max_open: draft.max_open,
        break_glass: break_glass?,
        require: Require {
            reason: draft.require.reason,
            ticket: draft.require.ticket,
            ticket_system: draft.require.ticket_system.map(|item| item.value),
            mfa: draft.require.mfa,
            duties: duties?,
        },
        gives: draft.gives?,
        denies: Vec::new(),
        limits: Vec::new(),
        digest: Digest::from_bytes([0; 32]),
    };
    has_system.then_some((role, among))
}

struct This<'a> {
    context: &'a Context<'a>,
    name: &'a Name,
}

impl This<'_> {
    /// `Some(None)` where there is none.
    fn condition(
        &self,
        item: Option<&Item<String>>,
        key: &str,
        problems: &mut Problems,
    ) -> Option<Option<crate::policy::condition::Condition>> {
        let what = format!("`{key}` of role `{}`", self.name);
        match item {
            None => Some(None),
            Some(_) => self.context.condition(item, &what, problems).map(Some),
        }
    }

    fn stages(
        &self,
        drafts: &[StageDraft],
        requesters: Option<&[Who]>,
        problems: &mut Problems,
    ) -> Option<Vec<Stage>> {
        let mut whole = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let approvers = draft.approvers.as_ref().and_then(|list| self.deciders(list, problems));
            whole.push(approvers.zip(draft.approvals).map(|(approvers, approvals)| Stage {
                name: draft.name.clone(),
                approvers,
                approvals: approvals.value,
            }));
        }
        let whole = whole.into_iter().collect::<Option<Vec<Stage>>>()?;
        self.enough(drafts, &whole, requesters, problems);
        Some(whole)
    }

    /// Those who decide: people, as a service never may (INVARIANT 2).
    fn deciders(&self, list: &List<Who>, problems: &mut Problems) -> Option<Vec<Who>> {
        let names = self.context.names;
        let whos = names.whos(list, problems);
        let mut good = true;
        for item in &list.items {
            let service = match &item.value {
                Who::User(user) => names.people.get(user).is_some_and(|(kind, _)| *kind == Kind::Service),
                _ => false,
            };
            if service {
                good = false;
                let message = format!("`{}` is a service, and a service cannot decide", item.value);
                problems.push(Problem::new(item.at, "service", message).hint("name a person"));
            }
        }
        whos.filter(|_| good)
    }

    /// INVARIANT 2 could never be met with fewer people than the approvals that are needed.
    fn enough(
        &self,
        drafts: &[StageDraft],
        whole: &[Stage],
        requesters: Option<&[Who]>,
        problems: &mut Problems,
    ) {
        let Some(requesters) = requesters.filter(|_| self.context.names.groups_whole) else { return };
        let number = |stage: &Stage| usize::try_from(stage.approvals).unwrap_or(usize::MAX);
        let most = whole.iter().map(number).fold(1, usize::saturating_add);
        let mut all: BTreeSet<&Name> = BTreeSet::new();
        let mut needed_in_all = 0usize;
        for (draft, stage) in drafts.iter().zip(whole) {
            let Some(people) = self.humans(&stage.approvers, most) else { return };
            let Some(approvals) = draft.approvals else { return };
            let needed = number(stage);
            if people.is_empty() {
                let message = format!("role `{}` could be approved by nobody", self.name);
                problems.push(Problem::new(approvals.at, "too-few-approvers", message));
                return;
            }
            all.extend(people.iter().copied());
            needed_in_all = needed_in_all.saturating_add(needed);
            // Each person counts once for a request, whatever the number of stages.
            if self.too_few(&people, needed, approvals.at, requesters, problems)
                || (whole.len() > 1 && self.too_few(&all, needed_in_all, approvals.at, requesters, problems))
            {
                return;
            }
        }
    }

    fn too_few(
        &self,
        approvers: &BTreeSet<&Name>,
        needed: usize,
        at: At,
        requesters: &[Who],
        problems: &mut Problems,
    ) -> bool {
        let message = if needed > approvers.len() {
            format!("role `{}` needs {needed} approvals, and has {}", self.name, count(approvers.len()))
        } else if needed == approvers.len() {
            // Only where all approvers are needed can the requester be one too many.
            let mut asking = self.people(requesters).peekable();
            if asking.peek().is_none() || asking.any(|name| !approvers.contains(self.human_of(name))) {
                return false;
            }
            let most = approvers.len() - 1;
            format!(
                "role `{}` needs {needed} approvals, and nobody who may ask for it has more than {most} other people \
                 to approve it",
                self.name
            )
        } else {
            return false;
        };
        problems.push(
            Problem::new(at, "too-few-approvers", message)
                .hint("add approvers; nobody approves their own request, and each person counts once"),
        );
        true
    }

    /// The person behind an alias or a service, or that one itself.
    fn human_of<'n>(&'n self, name: &'n Name) -> &'n Name {
        let person = self.context.policy.people.get(name);
        person.and_then(|person| person.human.as_ref()).unwrap_or(name)
    }

    /// The humans whom the list names, aliases as one, and no more than `most` of them: ten thousand roles
    /// may each name everybody. `None` where that depends on the request or on who is on call.
    fn humans(&self, list: &[Who], most: usize) -> Option<BTreeSet<&Name>> {
        let policy = self.context.policy;
        let fixed = list.iter().all(|who| match who {
            Who::User(_) => true,
            Who::Group(group) => matches!(policy.groups.get(group), Some(Group::Members(_))),
            Who::ResourceOwner | Who::RequesterSponsor => false,
        });
        if !fixed {
            return None;
        }
        let mut all = BTreeSet::new();
        for person in self.people(list).filter_map(|name| policy.people.get(name)) {
            if all.len() == most {
                break;
            }
            if person.kind == Kind::Person {
                all.insert(person.human.as_ref().unwrap_or(&person.name));
            }
        }
        Some(all)
    }

    /// Everybody whom the list names by name or through a group that is known here, some of them twice.
    fn people<'s>(&'s self, list: &'s [Who]) -> impl Iterator<Item = &'s Name> {
        list.iter().flat_map(|who| {
            let (one, many) = match who {
                Who::User(name) => (Some(name), None),
                Who::Group(group) => match self.context.policy.groups.get(group) {
                    Some(Group::Members(members)) => (None, Some(members)),
                    Some(Group::OnCall(_) | Group::Directory) | None => (None, None),
                },
                Who::ResourceOwner | Who::RequesterSponsor => (None, None),
            };
            one.into_iter().chain(many.into_iter().flatten())
        })
    }

    fn windows(&self, list: Option<&List<Name>>, problems: &mut Problems) -> Option<Vec<Name>> {
        let names = self.context.names;
        let Some(list) = list else { return Some(Vec::new()) };
        let mut whole = list.whole;
        for item in &list.items {
            whole &= names.known("window", "window", &names.windows, item, problems);
        }
        whole.then(|| list.items.iter().map(|item| item.value.clone()).collect())
    }

    fn max_total(&self, draft: &RoleDraft, problems: &mut Problems) -> Option<Span> {
        let max = draft.max_duration?.value;
        let Some(total) = draft.max_total else { return Some(max) };
        if total.value < max {
            let message =
                format!("`max-total` of role `{}` is less than its `max-duration`, {max}", self.name);
            problems.push(
                Problem::new(total.at, "duration", message)
                    .hint("it is the longest time with all extensions"),
            );
            return None;
        }
        Some(total.value)
    }

    fn escalation(&self, draft: &RoleDraft, problems: &mut Problems) -> Option<Option<Escalation>> {
        let Some(escalation) = &draft.escalation else { return Some(None) };
        let to = escalation.to.as_ref().and_then(|list| self.deciders(list, problems));
        let after = escalation.after?;
        if draft.pending_timeout.is_some_and(|timeout| after.value >= timeout) {
            let message = "nobody would be asked: the request has lapsed by then";
            problems.push(
                Problem::new(after.at, "duration", message)
                    .hint("make it shorter than `pending-timeout`, which is 1d where it is not given"),
            );
            return None;
        }
        Some(Some(Escalation { after: after.value, to: to? }))
    }

    fn break_glass(
        &self,
        draft: &RoleDraft,
        requesters: Option<&[Who]>,
        problems: &mut Problems,
    ) -> Option<Option<BreakGlass>> {
        let Some(glass) = &draft.break_glass else { return Some(None) };
        let names = self.context.names;
        let own = match &glass.requesters {
            Some(list) => names.whos(list, problems),
            None => requesters.map(<[Who]>::to_vec),
        };
        let announce = glass.announce.as_ref().and_then(|list| names.whos(list, problems));
        let debrief = glass.debrief.as_ref().and_then(|list| self.deciders(list, problems));
        let max = glass.max_duration?;
        if draft.max_duration.is_some_and(|ordinary| max.value > ordinary.value) {
            let message = format!("break-glass of role `{}` lasts longer than the role itself", self.name);
            problems.push(Problem::new(max.at, "duration", message).hint("give it a shorter `max-duration`"));
            return None;
        }
        let (own, debrief) = (own?, debrief?);
        if let (Some(closers), true) = (self.humans(&debrief, 2), names.groups_whole) {
            let mut closers = closers.into_iter();
            if let (Some(only), None) = (closers.next(), closers.next())
                && self.context.policy.names_person(&own, only, &crate::policy::world::World::default())
            {
                let message = "whoever may use it is the only one to look at it afterwards".to_owned();
                problems.push(
                    Problem::new(glass.at, "too-few-approvers", message)
                        .hint("add somebody else to `debrief`: nobody closes their own"),
                );
                return None;
            }
        }
        Some(Some(BreakGlass {
            requesters: own,
            max_duration: max.value,
            announce: announce?,
            debrief,
            debrief_within: glass.debrief_within?,
        }))
    }

    /// By number.
    fn resources(&self, draft: &RoleDraft, problems: &mut Problems) -> Option<Bits> {
        let names = self.context.names;
        if draft.resources.is_none() && draft.labels.is_none() {
            let message = format!("role `{}` names no resources", self.name);
            let hint = "add resources = [\"web-*\"], or resource-labels = { env = \"staging\" }";
            // Not where the key is there and wrong: that is reported.
            if !draft.tried_resources {
                problems.push(Problem::new(draft.at, "missing-key", message).hint(hint));
            }
            return None;
        }
        let labelled = match &draft.labels {
            None => None,
            Some(labels) => Some(self.context.resources.with(&names.labels(&labels.value, problems)?)),
        };
        let Some(list) = &draft.resources else {
            let found = labelled.unwrap_or_default();
            let at = draft.labels.as_ref().map_or(draft.at, |labels| labels.at);
            if found.is_empty() && names.resources_whole {
                let message = format!("no resource has the labels that role `{}` wants", self.name);
                problems.push(Problem::new(at, "no-resource", message));
            }
            self.of_provider(&found, draft, at, problems);
            return Some(found);
        };
        let mut all = Bits::default();
        for Item { at, value } in &list.items {
            let mut found = self.named(value);
            let unknown = found.is_empty() && !self.is_defined(value);
            if let Some(labelled) = &labelled {
                found.keep(labelled);
            }
            if unknown {
                if !names.unnamed.contains("resource") {
                    problems.push(self.unknown(value, *at));
                }
            } else if found.is_empty() && names.resources_whole {
                let message =
                    format!("`{value}` has no resource with the labels that role `{}` wants", self.name);
                let problem = Problem::new(*at, "no-resource", message)
                    .hint("with `resources` and `resource-labels`, a resource has to match both");
                problems.push(match &draft.labels {
                    Some(labels) => problem.also(labels.at, "the labels are here"),
                    None => problem,
                });
            }
            self.of_provider(&found, draft, *at, problems);
            all.add(&found);
        }
        list.whole.then_some(all)
    }

    /// The resources of a name or a pattern.
    fn named(&self, pattern: &Pattern) -> Bits {
        let all = self.context.resources;
        match pattern {
            Pattern::Name(name) => all.number(name).into_iter().collect(),
            Pattern::Glob(glob) => all
                .beginning(beginning(glob))
                .filter(|(_, resource)| glob_match::glob_match(glob, resource.name.as_str()))
                .map(|(number, _)| number)
                .collect(),
        }
    }

    /// Whether there is one of that name or pattern, be it right or wrong.
    fn is_defined(&self, pattern: &Pattern) -> bool {
        let all = &self.context.names.resources;
        match pattern {
            Pattern::Name(name) => all.contains(name),
            Pattern::Glob(glob) => all.iter().any(|name| glob_match::glob_match(glob, name.as_str())),
        }
    }

    fn unknown(&self, pattern: &Pattern, at: At) -> Problem {
        match pattern {
            Pattern::Name(name) => {
                let hint = did_you_mean(name.as_str(), self.context.names.resources.iter().map(Name::as_str));
                Problem::new(at, "unknown-resource", format!("there is no resource `{name}`"))
                    .hint(format!("define it: [resource.{name}]"))
                    .maybe(hint)
            }
            Pattern::Glob(glob) => {
                Problem::new(at, "no-resource", format!("`{}` matches no resource", shown(glob)))
            }
        }
    }

    /// What the role gives has to be of the provider that reaches the resources.
    fn of_provider(&self, found: &Bits, draft: &RoleDraft, at: At, problems: &mut Problems) {
        let Some(gives) = draft.gives.as_ref().map(Gives::provider) else { return };
        for resource in self.context.resources.among(found) {
            if resource.provider() != gives {
                let message = format!(
                    "resource `{}` is reached by {}, and role `{}` gives {gives}",
                    resource.name,
                    resource.provider(),
                    self.name
                );
                problems.push(Problem::new(at, "provider", message).hint("make one role for each provider"));
            }
        }
    }
}

/// What stands before the first special character: all that match begin with it.
fn beginning(glob: &str) -> &str {
    glob.split(['*', '?', '[', '{', '\\', '!']).next().unwrap_or("")
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name.as_str()),
            Self::Glob(glob) => f.write_str(&shown(glob)),
        }
    }
}
