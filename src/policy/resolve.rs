//! From what the files say to a whole policy: every name is looked up, nothing is left open.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Approvals, Digest, Name, Resource};

use super::diagnostic::{Problem, Problems, did_you_mean, shown};
use super::digest;
use super::document::List;
use super::draft::{Draft, Pattern, RoleDraft};
use super::model::{Policy, Role, Who, people};
use super::source::{At, Item};

/// The draft's policy; what of it is wrong or missing goes to `problems`, and is left out.
pub(super) fn resolve(draft: Draft, digest: Digest, problems: &mut Problems) -> Policy {
    members_are_users(&draft, problems);
    let names: BTreeSet<Name> = draft.resources.keys().cloned().collect();
    let resources = resources(&draft);
    let groups = draft
        .groups
        .iter()
        .map(|(name, group)| {
            let members = group.members.iter().flat_map(|list| &list.items);
            (name.clone(), members.map(|item| item.value.clone()).collect())
        })
        .collect();
    let mut policy = Policy { groups, resources, roles: BTreeMap::new(), digest };
    // A group or resource that is wrong by itself makes these checks say things that are not so.
    let sound = Sound {
        groups: !draft.unnamed.contains("group")
            && draft.groups.values().all(|group| group.members.as_ref().is_some_and(|list| list.whole)),
        group_names: !draft.unnamed.contains("group"),
        resources: !draft.unnamed.contains("resource") && policy.resources.len() == draft.resources.len(),
        resource_names: !draft.unnamed.contains("resource"),
    };
    for (name, role) in draft.roles {
        let resolved =
            RoleNames { policy: &policy, names: &names, sound, name: &name }.resolve(role, problems);
        policy.roles.extend(resolved.map(|role| (name.clone(), role)));
    }
    policy
}

fn resources(draft: &Draft) -> BTreeMap<Name, Resource> {
    let whole = draft.resources.iter().filter_map(|(name, resource)| {
        let resource = Resource {
            name: name.clone(),
            address: resource.address.clone(),
            labels: resource.labels.clone(),
            target: resource.target.clone()?,
        };
        Some((name.clone(), resource))
    });
    whole.collect()
}

/// A user called as a group is: one of the two was meant, and it cannot be told which (INVARIANT 9).
fn members_are_users(draft: &Draft, problems: &mut Problems) {
    for item in draft.groups.values().filter_map(|group| group.members.as_ref()).flat_map(|list| &list.items)
    {
        if let Some(group) = draft.groups.get(&item.value) {
            let message = format!("`{}` is a group, and a group cannot contain a group", item.value);
            problems.push(
                Problem::new(item.at, "nested-group", message)
                    .also(group.at, "the group is here")
                    .hint("name its members here; a user and a group may not have the same name"),
            );
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Sound {
    groups: bool,
    group_names: bool,
    resources: bool,
    resource_names: bool,
}

struct RoleNames<'a> {
    policy: &'a Policy,
    /// Of all resources, those included that are wrong.
    names: &'a BTreeSet<Name>,
    sound: Sound,
    name: &'a Name,
}

impl RoleNames<'_> {
    fn resolve(&self, draft: RoleDraft, problems: &mut Problems) -> Option<Role> {
        let resources = self.resources(&draft, problems);
        let requesters = self.whos(draft.requesters.as_ref(), problems);
        let approvers = self.whos(draft.approvers.as_ref(), problems);
        if let (Some(requesters), Some(approvers), Some(approvals)) =
            (&requesters, &approvers, &draft.approvals)
        {
            self.enough(requesters, approvers, approvals, problems);
        }
        let mut role = Role {
            name: self.name.clone(),
            description: draft.description,
            resources: resources?,
            requesters: requesters?.into_iter().collect(),
            approvers: approvers?.into_iter().collect(),
            approvals: draft.approvals?.value,
            max_duration: draft.max_duration?,
            pending_timeout: draft.pending_timeout?,
            claim_timeout: draft.claim_timeout?,
            require: draft.require,
            gives: draft.gives?,
            digest: Digest::from_bytes([0; 32]),
        };
        role.digest = digest::of_role(&role, &self.policy.groups, &self.policy.resources);
        Some(role)
    }

    /// All entries, where each is a user, or a group that exists.
    fn whos(&self, list: Option<&List<Who>>, problems: &mut Problems) -> Option<BTreeSet<Who>> {
        let list = list?;
        let mut whole = list.whole;
        for Item { at, value } in &list.items {
            let problem = match value {
                // It may be the one whose name could not be read.
                Who::Group(group) if !self.sound.group_names && !self.policy.groups.contains_key(group) => {
                    whole = false;
                    continue;
                }
                Who::Group(group) if !self.policy.groups.contains_key(group) => {
                    let hint = did_you_mean(group.as_str(), self.policy.groups.keys().map(Name::as_str));
                    Problem::new(*at, "unknown-group", format!("there is no group `{group}`"))
                        .hint(format!("define it: [group.{group}]"))
                        .maybe(hint)
                }
                Who::User(user) if self.policy.groups.contains_key(user) => {
                    Problem::new(*at, "group-or-user", format!("`{user}` is a group")).hint(format!(
                        "write \"group:{user}\"; a user and a group may not have the same name"
                    ))
                }
                _ => continue,
            };
            whole = false;
            problems.push(problem);
        }
        whole.then(|| list.items.iter().map(|item| item.value.clone()).collect())
    }

    /// INVARIANT 2 could never be met with fewer people than the approvals that are needed.
    fn enough(
        &self,
        requesters: &BTreeSet<Who>,
        approvers: &BTreeSet<Who>,
        approvals: &Item<Approvals>,
        problems: &mut Problems,
    ) {
        let needed = usize::try_from(approvals.value.needed()).unwrap_or(usize::MAX);
        let approvers = people(&self.policy.groups, approvers);
        let requesters = people(&self.policy.groups, requesters);
        if needed == 0 || approvers.is_empty() || requesters.is_empty() || !self.sound.groups {
            return;
        }
        let others = |requester| approvers.len() - usize::from(approvers.contains(requester));
        let most = requesters.iter().map(|requester| others(*requester)).max().unwrap_or(0);
        let message = if needed > approvers.len() {
            format!("role `{}` needs {needed} approvals, and has {}", self.name, count(approvers.len()))
        } else if needed > most {
            format!(
                "role `{}` needs {needed} approvals, and nobody who may ask for it has more than {most} other people \
                 to approve it",
                self.name
            )
        } else {
            return;
        };
        problems.push(
            Problem::new(approvals.at, "too-few-approvers", message)
                .hint("add approvers; nobody approves their own request, and each person counts once"),
        );
    }

    fn resources(&self, draft: &RoleDraft, problems: &mut Problems) -> Option<BTreeSet<Name>> {
        if draft.resources.is_none() && draft.labels.is_none() {
            let message = format!("role `{}` names no resources", self.name);
            let hint = "add resources = [\"web-*\"], or resource-labels = { env = \"staging\" }";
            // Not where the key is there and wrong: that is reported.
            if !draft.tried_resources {
                problems.push(Problem::new(draft.at, "missing-key", message).hint(hint));
            }
            return None;
        }
        let labelled = |name: &&Name| {
            let resource = self.policy.resources.get(*name);
            draft.labels.as_ref().is_none_or(|wanted| {
                wanted.value.iter().all(|(key, value)| {
                    resource.is_some_and(|resource| resource.labels.get(key) == Some(value))
                })
            })
        };
        let Some(list) = &draft.resources else {
            let found: BTreeSet<Name> = self.names.iter().filter(labelled).cloned().collect();
            let at = draft.labels.as_ref().map_or(draft.at, |labels| labels.at);
            if found.is_empty() && self.sound.resources {
                let message = format!("no resource has the labels that role `{}` wants", self.name);
                problems.push(Problem::new(at, "no-resource", message));
            }
            return self.of_provider(found, draft, at, problems);
        };
        let mut all = BTreeSet::new();
        for Item { at, value } in &list.items {
            let named: Vec<&Name> = self.names.iter().filter(|name| value.matches(name)).collect();
            let found: BTreeSet<Name> = named.iter().copied().filter(labelled).cloned().collect();
            if named.is_empty() {
                if self.sound.resource_names {
                    problems.push(self.unknown(value, *at));
                }
            } else if found.is_empty() && self.sound.resources {
                let message =
                    format!("`{value}` has no resource with the labels that role `{}` wants", self.name);
                let problem = Problem::new(*at, "no-resource", message)
                    .hint("with `resources` and `resource-labels`, a resource has to match both");
                problems.push(match &draft.labels {
                    Some(labels) => problem.also(labels.at, "the labels are here"),
                    None => problem,
                });
            }
            all.extend(self.of_provider(found, draft, *at, problems).unwrap_or_default());
        }
        list.whole.then_some(all)
    }

    fn unknown(&self, pattern: &Pattern, at: At) -> Problem {
        match pattern {
            Pattern::Name(name) => {
                let hint = did_you_mean(name.as_str(), self.names.iter().map(Name::as_str));
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
    fn of_provider(
        &self,
        found: BTreeSet<Name>,
        draft: &RoleDraft,
        at: At,
        problems: &mut Problems,
    ) -> Option<BTreeSet<Name>> {
        let gives = draft.gives.as_ref()?.provider();
        for resource in found.iter().filter_map(|name| self.policy.resources.get(name)) {
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
        Some(found)
    }
}

impl Pattern {
    fn matches(&self, name: &Name) -> bool {
        match self {
            Self::Name(this) => this == name,
            Self::Glob(glob) => glob_match::glob_match(glob, name.as_str()),
        }
    }
}

impl std::fmt::Display for Pattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name.as_str()),
            Self::Glob(glob) => f.write_str(&shown(glob)),
        }
    }
}

fn count(people: usize) -> String {
    match people {
        1 => "1 person to give them".to_owned(),
        n => format!("{n} people to give them"),
    }
}
