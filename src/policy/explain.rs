//! What a role means for one person: whether they may ask, for how long, who decides, what is missing.

use serde::Serialize;

use crate::domain::{Actor, Gives, Name, ProviderKind, Span, Time};

use super::model::{Policy, Role, Who};

/// A role as one actor sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    pub role: Name,
    pub description: String,
    pub may_request: bool,
    pub may_approve: bool,
    /// The entries of `requesters` that name the actor; empty where they may only decide.
    pub through: Vec<Who>,
    /// All of the role's, or the one that was asked about; empty where the role does not have it.
    pub resources: Vec<ExplainedResource>,
    pub max_duration: Span,
    pub reason_required: bool,
    /// The pattern that a ticket has to match; `None` where none is required.
    pub ticket: Option<String>,
    pub auto_approve: bool,
    /// How many distinct people have to agree; 0 for an auto-approved role.
    pub approvals: u32,
    /// Who may decide on a request of this actor, by name, groups resolved; never the actor.
    pub approvers: Vec<Name>,
    pub pending_timeout: Span,
    pub claim_timeout: Span,
    pub gives: Gives,
    /// Why the actor could not get it now, in sentences; empty where nothing is in the way.
    pub missing: Vec<String>,
}

/// A resource, as far as it concerns whoever asks for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedResource {
    pub name: Name,
    pub provider: ProviderKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Policy {
    /// The roles that this actor may ask for or decide on, by name; to them there are no others
    /// (INVARIANT 10).
    pub fn visible_roles(&self, actor: &Actor) -> impl Iterator<Item = &Role> {
        self.roles.values().filter(move |role| self.sees(role, actor))
    }

    /// What the role means for this actor, on that resource or on all. `None` looks the same for a
    /// role that is not there and for one that is not theirs (INVARIANT 10). `_now` is for rules that
    /// depend on the time of day.
    pub fn explain(
        &self,
        actor: &Actor,
        role: &str,
        resource: Option<&str>,
        _now: Time,
    ) -> Option<Explanation> {
        let role = self.roles.get(role).filter(|role| self.sees(role, actor))?;
        let may_request = self.may_request(role, actor);
        let approvers = self.deciders(role, actor);
        let mut missing = Vec::new();
        if !may_request {
            missing.push("you may approve requests for it, and not ask for it".to_owned());
        }
        let needed = role.approvals.needed();
        if usize::try_from(needed).is_ok_and(|needed| needed > approvers.len()) {
            missing.push(format!(
                "{needed} people have to approve, and only {} other than you may",
                approvers.len()
            ));
        }
        if let Some(Err(refusal)) = resource.map(|resource| self.resource_of(role, Some(resource))) {
            missing.push(refusal.to_string());
        }
        let resources =
            role.resources.iter().filter(|name| resource.is_none_or(|wanted| name.as_str() == wanted));
        Some(Explanation {
            role: role.name.clone(),
            description: role.description.clone(),
            may_request,
            may_approve: self.may_approve(role, actor),
            through: self.through(role, actor),
            resources: resources
                .filter_map(|name| self.resources.get(name))
                .map(|resource| ExplainedResource {
                    name: resource.name.clone(),
                    provider: resource.provider(),
                    address: resource.address.clone(),
                })
                .collect(),
            max_duration: role.max_duration,
            reason_required: role.require.reason,
            ticket: role.require.ticket.as_ref().map(|pattern| pattern.text.clone()),
            auto_approve: needed == 0,
            approvals: needed,
            approvers: approvers.into_iter().cloned().collect(),
            pending_timeout: role.pending_timeout,
            claim_timeout: role.claim_timeout,
            gives: role.gives.clone(),
            missing,
        })
    }

    /// Who may decide on a request of `requester`, by name: all approvers but the requester and the
    /// human behind it (INVARIANT 2). Which of the names are services the policy does not know; their
    /// votes are refused when they are given.
    pub fn deciders<'p>(&'p self, role: &'p Role, requester: &Actor) -> Vec<&'p Name> {
        let own = [requester.name(), &requester.human.subject];
        self.people(&role.approvers).into_iter().filter(|name| !own.contains(name)).collect()
    }

    fn sees(&self, role: &Role, actor: &Actor) -> bool {
        self.may_request(role, actor) || self.may_approve(role, actor)
    }

    /// The entries of the role that name this actor as a requester.
    pub fn through(&self, role: &Role, actor: &Actor) -> Vec<Who> {
        let entries = role.requesters.iter();
        entries.filter(|who| self.names(std::slice::from_ref(who), actor)).cloned().collect()
    }
}
