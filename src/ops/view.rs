//! Records as their viewer may see them.

use std::borrow::Borrow;

use crate::api::{self, May};
use crate::domain::request::Vote;
use crate::domain::{Gives, Name, Request, State, Time};
use crate::policy::{Policy, Role, Use, Who};
use crate::store::User;

use super::engine::{Caller, Engine};

impl Engine {
    pub(super) fn view(&self, caller: &Caller, request: &Request) -> api::Request {
        let now = self.now();
        let in_force = self.in_force();
        let gives = &request.terms.gives;
        let principals = match gives {
            Gives::Ssh(ssh) => ssh.principals.iter().cloned().collect(),
            _ => Vec::new(),
        };
        let scram_rounds = match gives {
            Gives::Postgres(postgres) => Some(postgres.scram_rounds),
            _ => None,
        };
        let until = request.ends();
        let ends = request.window.map(|window| window.end);
        api::Request {
            id: request.id,
            revision: request.revision,
            state: request.state,
            requester: request.requester.principal.clone(),
            requester_kind: request.requester.kind,
            role: request.role.clone(),
            resource: request.resource.clone(),
            provider: gives.provider(),
            address: in_force.policy.resources.get(&request.resource).and_then(|r| r.address.clone()),
            principals,
            gives: gives.lines(),
            scram_rounds,
            duration: request.duration,
            longest: request.longest(),
            start: request.start,
            reason: request.reason.clone(),
            ticket: request.ticket.clone(),
            created: request.created,
            approvals_needed: request.current_approvals().needed(),
            approvals_missing: request.votes_missing(),
            stages: request.current_approvals().by_stage().to_vec(),
            stage: request.current_stage().filter(|_| request.awaits_decision()).map(|stage| stage + 1),
            escalated: request.escalated,
            single_use: request.terms.single_use,
            extension: request.extension.as_ref().map(|extension| api::Extension {
                by: extension.by,
                reason: extension.reason.clone(),
                until: extension.pending_until,
                approvals_needed: extension.approvals.needed(),
                votes: extension.votes.iter().map(vote_view).collect(),
            }),
            debrief: request.debrief.as_ref().map(|debrief| {
                let closed = debrief.closed.as_ref();
                api::Debrief {
                    due: debrief.due,
                    due_in_s: debrief.due.secs_after(now),
                    verdict: closed.map(|closed| closed.verdict),
                    by: closed.map(|closed| closed.by.clone()),
                    at: closed.map(|closed| closed.at),
                    comment: closed.and_then(|closed| closed.comment.clone()),
                }
            }),
            votes: request.votes.iter().map(vote_view).collect(),
            shown: request.digest(),
            until,
            until_in_s: until.map(|t| t.secs_after(now)),
            active_from: request.window.map(|window| window.start),
            ends,
            ends_in_s: ends.map(|t| t.secs_after(now)),
            outcome: request.outcome.as_ref().map(|o| api::Outcome {
                why: o.why,
                by: o.by.clone(),
                at: o.at,
                comment: o.comment.clone(),
            }),
            trouble: self.trouble(request.id),
            may: self.may(caller, request, now),
        }
    }

    fn may(&self, caller: &Caller, request: &Request, now: Time) -> Vec<May> {
        // An auditor changes nothing.
        if caller.powers.only_looks {
            return Vec::new();
        }
        let (in_force, world) = (self.in_force(), self.world());
        let policy = &in_force.policy;
        let me = &caller.actor;
        let own = request.requester.principal == me.principal;
        let mine = own || request.requester.human == me.human;
        let decides = !mine && policy.say(request, me, now, &world).is_some();
        // Asked last: of whoever may end it anyway, it need not be known.
        let concerned = || policy.concerns(request, me, now, &world);
        let extensible = request.window.is_some_and(|window| {
            now < window.end && window.end < window.start.plus(request.terms.max_total)
        });
        let usable = match request.state {
            State::Approved => request.start.is_none_or(|start| now >= start),
            state => state == State::Active,
        };
        [
            (May::Approve, decides && self.may_approve_now(caller, request)),
            (May::Deny, decides),
            (May::Cancel, own && request.awaits_decision()),
            (
                May::Revoke,
                !request.state.is_terminal() && (mine || caller.is_admin() || decides || concerned()),
            ),
            (May::Use, own && usable),
            (
                May::Extend,
                own && request.state == State::Active
                    && request.extension.is_none()
                    && !request.terms.single_use
                    && extensible,
            ),
            (May::Debrief, request.owes_debrief() && policy.may_debrief(request, me, &world)),
        ]
        .into_iter()
        .filter_map(|(may, allowed)| allowed.then_some(may))
        .collect()
    }

    pub(super) fn role_view(&self, caller: &Caller, policy: &Policy, role: &Role) -> api::Role {
        let world = self.world();
        let system = role.require.ticket_system.as_ref().and_then(|name| policy.ticket_systems.get(name));
        let system = system.map(|system| &system.pattern);
        api::Role {
            name: role.name.clone(),
            description: role.description.clone(),
            provider: role.gives.provider(),
            resources: role
                .resources
                .iter()
                .filter_map(|name| policy.resources.get(name))
                .map(|r| api::Resource {
                    name: r.name.clone(),
                    address: r.address.clone(),
                    labels: r.labels.clone(),
                })
                .collect(),
            max_duration: role.max_duration,
            approvals: role.approvals().needed(),
            stages: role.approvals().by_stage().to_vec(),
            auto_approve: role.auto_approve.as_ref().map(|condition| condition.text().to_owned()),
            when: role.when.as_ref().map(|condition| condition.text().to_owned()),
            max_total: Some(role.max_total).filter(|total| *total > role.max_duration),
            break_glass: role
                .break_glass
                .as_ref()
                .filter(|_| policy.may_break_glass(role, &caller.actor, &world))
                .map(|glass| glass.max_duration),
            windows: windows(policy, role),
            may_request: policy.may_request(role, &caller.actor, &world),
            may_approve: policy.may_ever_decide(role, &caller.actor, self.now(), &world),
            reason_required: role.require.reason,
            ticket_pattern: role.require.ticket.as_ref().or(system).map(|t| t.text.clone()),
        }
    }

    /// Who may decide on the request now, by name, for events; `None` where nobody can be named.
    pub(super) fn who_decides(&self, request: &Request, escalated: bool) -> Option<String> {
        let (in_force, world) = (self.in_force(), self.world());
        let policy = &in_force.policy;
        let role = policy.roles.get(&request.role)?;
        let stage = role.stages.get(request.current_stage()?)?;
        let mut names = policy.deciders(stage, &request.resource, &request.requester, &world);
        let others = role.escalation.as_ref().filter(|_| escalated).map(|escalation| &escalation.to);
        names.extend(policy.people(others.into_iter().flatten(), &world));
        listed(policy.others(names, &request.requester, &world))
    }

    pub(super) fn who_debriefs(&self, request: &Request) -> Option<String> {
        let (in_force, world) = (self.in_force(), self.world());
        let glass = in_force.policy.roles.get(&request.role)?.break_glass.as_ref()?;
        let policy = &in_force.policy;
        listed(policy.others(policy.people(&glass.debrief, &world), &request.requester, &world))
    }

    /// Those who are told of something, by name.
    pub(super) fn told_of(&self, policy: &Policy, list: &[Who]) -> Option<String> {
        listed(policy.people(list, &self.world()))
    }
}

fn listed<'a>(names: impl IntoIterator<Item = &'a Name>) -> Option<String> {
    joined(names.into_iter().map(Name::as_str), ", ")
}

/// `None` of nothing.
fn joined<S: Borrow<str>>(parts: impl Iterator<Item = S>, separator: &str) -> Option<String> {
    let parts: Vec<S> = parts.collect();
    (!parts.is_empty()).then(|| parts.join(separator))
}

fn vote_view(vote: &Vote) -> api::Vote {
    api::Vote {
        by: vote.by.principal.clone(),
        on_behalf: vote.on_behalf.clone(),
        at: vote.at,
        stage: vote.stage.saturating_add(1),
        max: vote.max,
        comment: vote.comment.clone(),
    }
}

/// "asking: mon-fri 08:00-18:00 (Europe/Berlin)"
fn windows(policy: &Policy, role: &Role) -> Vec<String> {
    let of = &role.windows;
    [(Use::Asking, &of.request), (Use::Using, &of.using), (Use::Approving, &of.approve)]
        .into_iter()
        .filter_map(|(what, names)| {
            let windows = names.iter().filter_map(|name| policy.windows.get(name)).map(ToString::to_string);
            Some(format!("{what}: {}", joined(windows, "; ")?))
        })
        .collect()
}

pub(super) fn user_view(user: User) -> api::User {
    api::User {
        name: user.name,
        kind: user.kind,
        human: user.human,
        admin: user.admin,
        created: user.created,
        disabled: user.disabled,
        tokens: Vec::new(),
        in_jit: api::HeldToolRoles::default(),
    }
}
