//! Whether somebody may go on with what they have.
//!
//! Most of the policy is asked at each use only, so that a change of a file ends nothing that is live. What
//! is known of a person is another thing: who is not trained any more, has left a group of the directory, is
//! suspended, or has nobody who answers for them holds nothing.

use std::collections::BTreeSet;

use crate::domain::{Actor, Name, Request, State, Time};

use super::model::{Group, Policy, Role, Who};
use super::roster::Gone;
use super::world::World;

impl Policy {
    /// The groups through which the directory gives somebody the role.
    pub fn given_by_directory(&self, role: &Role, actor: &Actor, world: &World) -> BTreeSet<Name> {
        let glass = role.break_glass.iter().flat_map(|glass| &glass.requesters);
        let groups = role.requesters.iter().chain(glass).filter_map(|who| match who {
            Who::Group(group) if matches!(self.groups.get(group), Some(Group::Directory)) => Some(group),
            _ => None,
        });
        groups.filter(|group| self.is_member(group, actor.name(), world)).cloned().collect()
    }

    /// The first reason, in words, for which the holder has to lose what was approved or is live; `None`
    /// while they may go on.
    pub fn lost(&self, request: &Request, now: Time, world: &World) -> Option<String> {
        let names = self.names_of(&request.requester);
        // The end of an engagement has an offboarding of its own, and its receipt.
        if let Some(gone @ (Gone::Suspended(_) | Gone::SponsorAway(_))) = world.gone(names, now) {
            return Some(gone.to_string());
        }
        let role = self.roles.get(&request.role)?;
        self.left_groups(request, role, world).or_else(|| {
            // Not used yet, it is refused at its use, and what is missing may still be got.
            let duties = role.require.duties.iter().filter(|_| request.state == State::Active);
            let mut refusals =
                duties.filter_map(|duty| self.proved(duty, &request.requester, now, world).err());
            refusals.next().map(|refusal| refusal.to_string())
        })
    }

    /// They had the role by groups of the directory that they are in no more, and have it by nothing else.
    fn left_groups(&self, request: &Request, role: &Role, world: &World) -> Option<String> {
        let (by, holder) = (&request.terms.directory, &request.requester);
        let named = match request.debrief {
            None => self.is_requester(role, holder, world),
            Some(_) => self.may_break_glass(role, holder, world),
        };
        if by.is_empty() || named || by.iter().any(|group| self.is_member(group, holder.name(), world)) {
            return None;
        }
        let groups: Vec<&str> = by.iter().map(Name::as_str).collect();
        Some(format!("the requester is no longer in {}", groups.join(", ")))
    }
}
