//! What comes of an ask, and which rules made it so.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::domain::{Name, Span, Time};
use crate::policy::cases::{Case, asked_for, facts, world};
use crate::policy::condition::Condition;
use crate::policy::evaluate::{Allowed, Decision, Took, Use};
use crate::policy::model::{Group, Policy, Role, Who};
use crate::policy::source::Place;
use crate::policy::world::World;

use super::Places;

/// All of it. Texts of the policy in it are not escaped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    pub requester: Name,
    pub role: String,
    pub resource: Option<String>,
    pub duration: Span,
    pub at: Time,
    pub allowed: bool,
    /// In the order in which they were asked.
    pub rules: Vec<Rule>,
    /// All reasons; none where it is allowed.
    pub refusals: Vec<String>,
    pub outcome: Option<Outcome>,
    /// What the author of a policy has to know, and a requester is never told.
    pub notes: Vec<String>,
}

/// A rule that took part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its kind, or its key: `deny`, `limit`, `when`, `use-windows`.
    pub rule: &'static str,
    /// Of a deny rule or a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// What it says, as far as it has words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    pub said: String,
    /// Whether it stands in the way.
    pub refuses: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Of what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub resource: Name,
    /// Nobody has to agree where there are none.
    pub stages: Vec<StageOutcome>,
    pub break_glass: bool,
    pub longest: Span,
    /// With all extensions.
    pub total: Span,
    /// By break-glass: who is told, and how soon somebody has to look at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debrief_within: Option<Span>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub announce: Vec<Who>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageOutcome {
    pub name: String,
    pub approvals: u32,
    /// Never the requester, nor the human behind it.
    pub deciders: BTreeSet<Name>,
    /// Of these groups it is not known who is on call.
    pub not_known: BTreeSet<Name>,
}

/// `now` is for a case that does not say when it is asked.
pub fn explain(policy: &Policy, places: &Places, case: &Case, now: Time) -> Explanation {
    let now = case.at.unwrap_or(now);
    let world = world(policy, case, now);
    let judged = policy.judge(&asked_for(case), &facts(case, now, &world));
    let role = policy.roles.get(case.role.as_str());
    let rules = judged.took.iter().filter_map(|took| rule(policy, places, role?, took)).collect();
    let (refusals, outcome) = match judged.decision {
        Decision::Refuse(refusals) => (refusals.iter().map(ToString::to_string).collect(), None),
        Decision::Allow(allowed) => (Vec::new(), Some(outcome(policy, &allowed, case, &world))),
    };
    Explanation {
        requester: case.requester.name().clone(),
        role: case.role.clone(),
        resource: case.resource.clone(),
        duration: case.duration,
        at: now,
        allowed: outcome.is_some(),
        rules,
        refusals,
        outcome,
        notes: notes(policy, role, case, &world),
    }
}

fn outcome(policy: &Policy, allowed: &Allowed<'_>, case: &Case, world: &World) -> Outcome {
    let stages = if allowed.approvals.is_auto() { &[][..] } else { &allowed.role.stages };
    let stages = stages.iter().map(|stage| {
        let deciders = policy.deciders(stage, &allowed.resource.name, &case.requester, world);
        let not_known = stage.approvers.iter().filter_map(|who| match who {
            Who::Group(group) => Some(group),
            _ => None,
        });
        StageOutcome {
            name: stage.name.clone(),
            approvals: stage.approvals,
            deciders: deciders.into_iter().cloned().collect(),
            not_known: not_known.filter(|group| is_unknown(policy, world, group)).cloned().collect(),
        }
    });
    Outcome {
        resource: allowed.resource.name.clone(),
        stages: stages.collect(),
        break_glass: case.break_glass,
        longest: allowed.max,
        total: allowed.max_total,
        debrief_within: allowed.debrief_within,
        announce: allowed.announce().to_vec(),
    }
}

fn is_unknown(policy: &Policy, world: &World, group: &Name) -> bool {
    matches!(policy.groups.get(group), Some(Group::OnCall(_))) && !world.on_call.contains_key(group)
}

fn rule(policy: &Policy, places: &Places, role: &Role, took: &Took<'_>) -> Option<Rule> {
    let of_role = |key: &'static str, text: Option<String>, said: String, refuses: bool| Rule {
        rule: key,
        name: None,
        text,
        said,
        refuses,
        place: places.find("role", role.name.as_str(), key),
    };
    let text = |condition: &Option<Condition>| condition.as_ref().map(|c| c.text().to_owned());
    let answer = |holds: bool| if holds { "holds" } else { "does not hold" }.to_owned();
    Some(match took {
        Took::Deny { rule, denies } => {
            let found = policy.denies.get(*rule);
            Rule {
                rule: "deny",
                name: Some((*rule).clone()),
                text: found.and_then(|rule| text(&rule.when)),
                said: if *denies { "refuses" } else { "does not hold" }.to_owned(),
                refuses: *denies,
                place: places.find("deny", rule.as_str(), ""),
            }
        }
        Took::Limit { rule, max } => Rule {
            rule: "limit",
            name: Some((*rule).clone()),
            text: None,
            said: format!("at most {max}"),
            refuses: false,
            place: places.find("limit", rule.as_str(), ""),
        },
        Took::When { holds } => of_role("when", text(&role.when), answer(*holds), !holds),
        Took::AutoDeny { holds } => of_role("auto-deny", text(&role.auto_deny), answer(*holds), *holds),
        Took::AutoApprove { holds } => {
            let nobody = !holds && role.stages.is_empty();
            of_role("auto-approve", text(&role.auto_approve), answer(*holds), nobody)
        }
        Took::Window { what, open } => {
            let (key, names) = match what {
                Use::Asking => ("request-windows", &role.windows.request),
                Use::Using => ("use-windows", &role.windows.using),
                Use::Approving => ("approve-windows", &role.windows.approve),
            };
            let names: Vec<&str> = names.iter().map(Name::as_str).collect();
            let said = if *open { "open" } else { "closed" }.to_owned();
            of_role(key, Some(names.join(", ")), said, !open)
        }
        Took::Require { what, met } => {
            let said = if *met { "met" } else { "not met" }.to_owned();
            of_role("require", Some((*what).to_owned()), said, !met)
        }
        Took::MaxOpen { open, max } => {
            of_role("max-open", None, format!("{open} of at most {max} are open"), open >= max)
        }
        Took::BreakGlass => of_role("break-glass", None, "asks nobody".to_owned(), false),
    })
}

fn notes(policy: &Policy, role: Option<&Role>, case: &Case, world: &World) -> Vec<String> {
    let mut notes = Vec::new();
    let requester = case.requester.name();
    if !policy.people.contains_key(requester) {
        notes.push(format!("the policy declares no person or service {requester}"));
    }
    let Some(role) = role else {
        notes.push(format!("the policy has no role {:?}", case.role));
        return notes;
    };
    if !policy.may_request(role, &case.requester, world) {
        let named: Vec<String> = role.requesters.iter().map(ToString::to_string).collect();
        notes.push(format!("role {} is for {}", role.name, super::listed(&named)));
    }
    let glass = role.break_glass.iter().flat_map(|glass| &glass.requesters);
    let unknown: BTreeSet<&Name> = role
        .requesters
        .iter()
        .chain(glass)
        .filter_map(|who| match who {
            Who::Group(group) if is_unknown(policy, world, group) => Some(group),
            _ => None,
        })
        .collect();
    notes.extend(
        unknown
            .into_iter()
            .map(|group| format!("who is on call in group {group} is not known: nobody is taken to be")),
    );
    notes
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
