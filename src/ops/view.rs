//! Records as their viewer may see them.

use crate::api::{self, May};
use crate::domain::{Gives, Request, State, Time};
use crate::policy::{Policy, Role};
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
        let until = request.due().filter(|_| request.state != State::Ending);
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
            approvals_needed: request.terms.approvals.needed(),
            approvals_missing: request.votes_missing(),
            votes: request
                .votes
                .iter()
                .map(|vote| api::Vote {
                    by: vote.by.principal.clone(),
                    at: vote.at,
                    max: vote.max,
                    comment: vote.comment.clone(),
                })
                .collect(),
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
            may: self.may(caller, request, &in_force.policy, now),
        }
    }

    fn may(&self, caller: &Caller, request: &Request, policy: &Policy, now: Time) -> Vec<May> {
        let me = &caller.actor;
        let own = request.requester.principal == me.principal;
        let mine = own || request.requester.human == me.human;
        let decides = policy.roles.get(&request.role).is_some_and(|role| policy.may_approve(role, me));
        let voted = request.votes.iter().any(|vote| vote.by.human == me.human);
        let usable = match request.state {
            State::Approved => request.start.is_none_or(|start| now >= start),
            state => state == State::Active,
        };
        [
            (May::Approve, request.state == State::Pending && decides && !mine && !voted),
            (May::Deny, request.state == State::Pending && decides && !mine),
            (May::Cancel, request.state == State::Pending && own),
            (May::Revoke, !request.state.is_terminal() && (mine || decides || caller.admin)),
            (May::Use, own && usable),
        ]
        .into_iter()
        .filter_map(|(may, allowed)| allowed.then_some(may))
        .collect()
    }

    pub(super) fn role_view(&self, caller: &Caller, policy: &Policy, role: &Role) -> api::Role {
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
            approvals: role.approvals.needed(),
            may_request: policy.may_request(role, &caller.actor),
            may_approve: policy.may_approve(role, &caller.actor),
            reason_required: role.require.reason,
            ticket_pattern: role.require.ticket.as_ref().map(|t| t.text.clone()),
        }
    }
}

pub(super) fn user_view(user: User) -> api::User {
    api::User {
        name: user.name,
        kind: user.kind,
        human: user.human,
        admin: user.admin,
        created: user.created,
        disabled: user.disabled,
    }
}
