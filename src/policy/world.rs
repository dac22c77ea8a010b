//! Who may ask and who may decide, by the policy and by what is known of the world at the moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::training::Standing;
use crate::domain::{Actor, Delegation, Engagement, Kind, Name, Request, State, Time};

use super::model::{Group, Person, Policy, Role, Stage, Who};
use super::roster::{Gone, Roster};
use super::training::{Demand, Proofs};

/// What changes without the policy changing, and concerns everybody.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Who is on call, by group. A group that is not here has nobody (INVARIANT 9).
    pub on_call: BTreeMap<Name, BTreeSet<Name>>,
    /// Says that were given to somebody else for a while, over ones included: a vote that was cast under
    /// one is weighed again later.
    pub delegations: Vec<Delegation>,
    /// Whom the server's directory lists; `None` where there is none, and the groups that are left to it
    /// have nobody (INVARIANT 9).
    pub roster: Option<Arc<Roster>>,
    /// What people have learned and agreed to.
    pub proofs: Arc<Proofs>,
}

impl World {
    /// A contractor's engagement.
    pub(super) fn engagement(&self, name: &Name) -> Option<&Engagement> {
        self.roster.as_ref()?.engagement(name)
    }

    /// Why any of these names, all of one human, can hold nothing at that time.
    pub(super) fn gone<'n>(&self, names: impl IntoIterator<Item = &'n Name>, at: Time) -> Option<Gone> {
        let roster = self.roster.as_ref()?;
        names.into_iter().find_map(|name| roster.gone(name, at))
    }
}

/// Somebody's right to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say {
    /// Whose it is, where it was given to the one who uses it.
    pub on_behalf: Option<Name>,
}

/// What a decision is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'a> {
    pub role: &'a Role,
    pub resource: &'a Name,
    pub requester: &'a Actor,
}

impl Policy {
    /// Whether this person is in the group, by name.
    pub fn is_member(&self, group: &Name, person: &Name, world: &World) -> bool {
        match self.groups.get(group) {
            Some(Group::Members(members)) => members.contains(person),
            // Somebody whom the policy does not declare has no contract, no company and no label there that
            // could stand in the way: a list from outside makes nobody a member who is not (INVARIANT 9).
            Some(Group::OnCall(_)) => {
                self.declares(person, world) && world.on_call.get(group).is_some_and(|on| on.contains(person))
            }
            Some(Group::Directory) => world.roster.as_ref().is_some_and(|r| r.is_member(group, person)),
            None => false,
        }
    }

    /// Whether the policy or the directory speaks of them.
    fn declares(&self, person: &Name, world: &World) -> bool {
        self.people.contains_key(person)
            || world.roster.as_ref().is_some_and(|roster| roster.declares(person))
    }

    /// Whether that is a person, not a service or nobody.
    fn is_person(&self, name: &Name, world: &World) -> bool {
        match self.people.get(name) {
            Some(declared) => declared.kind == Kind::Person,
            // The directory lists people only.
            None => world.roster.as_ref().is_some_and(|roster| roster.declares(name)),
        }
    }

    /// The groups of which it cannot be told who is in them. Nobody is on call in none of a kind: a list
    /// without a name is an error, and is kept as one without anybody.
    pub(super) fn untold<'p>(&'p self, world: &World) -> Vec<&'p Name> {
        let known = |group: &Name| match self.groups.get(group) {
            Some(Group::Directory) => world.roster.is_some(),
            _ => world.on_call.get(group).is_some_and(|on| !on.is_empty()),
        };
        self.outside.iter().filter(|group| !known(group)).collect()
    }

    /// The names that stand for the human behind an actor, by the directory and by the policy.
    pub(super) fn names_of<'a>(&'a self, actor: &'a Actor) -> BTreeSet<&'a Name> {
        let names = [actor.name(), &actor.human.subject];
        let behind = names.into_iter().filter_map(|name| self.people.get(name)?.human.as_ref());
        names.into_iter().chain(behind).collect()
    }

    /// Whether the human behind the actor works for somebody else, by the directory or by the policy.
    pub fn is_outside(&self, actor: &Actor, world: &World) -> bool {
        let names = self.names_of(actor);
        let mut people = names.iter().filter_map(|name| self.people.get(*name));
        self.engagement_of(actor, world).is_some()
            || people.any(|person| {
                person.sponsor.is_some() || person.contract_end.is_some() || self.needs_engagement(person)
            })
    }

    /// Whether that human may hold anything at that time: nothing of theirs is over, or was never begun.
    pub fn may_hold(&self, actor: &Actor, at: Time, world: &World) -> bool {
        let names = self.names_of(actor);
        let people = || names.iter().filter_map(|name| self.people.get(*name));
        let over = people().any(|person| person.contract_end.is_some_and(|end| end <= at));
        let engaged = self.engagement_of(actor, world).is_some();
        !over
            && (engaged || !people().any(|person| self.needs_engagement(person)))
            && world.gone(names.iter().copied(), at).is_none()
    }

    fn needs_engagement(&self, person: &Person) -> bool {
        let company = person.company.as_ref();
        company.is_some_and(|name| self.companies.get(name).is_none_or(|company| company.contractors))
    }

    /// The human whose proofs count for this actor: never an alias, never a service.
    pub fn proves<'a>(&'a self, actor: &'a Actor) -> &'a Name {
        self.human_of(&actor.human.subject)
    }

    /// Whether any human stands behind both, by the directory or by the policy.
    pub fn same_human(&self, one: &Actor, other: &Actor) -> bool {
        !self.names_of(one).is_disjoint(&self.names_of(other))
    }

    /// How the actor stands with a demand of this policy at a time.
    pub fn standing(&self, demand: &Demand, actor: &Actor, at: Time, world: &World) -> Standing {
        demand.standing(world.proofs.get(self.proves(actor), &demand.duty), at)
    }

    /// The name of the human of that name: another one for an alias.
    pub(super) fn human_of<'a>(&'a self, name: &'a Name) -> &'a Name {
        self.people.get(name).and_then(|person| person.human.as_ref()).unwrap_or(name)
    }

    /// The groups that this person is in.
    pub fn groups_of<'p>(&'p self, person: &Name, world: &'p World) -> Vec<&'p Name> {
        let fixed = self.groups_of.get(person).into_iter().flatten();
        let outside = self.outside.iter().filter(|group| self.is_member(group, person, world));
        fixed.chain(outside).collect()
    }

    /// Everybody whom the list names by name or through a group, each once.
    pub fn people<'p>(
        &'p self,
        list: impl IntoIterator<Item = &'p Who>,
        world: &'p World,
    ) -> BTreeSet<&'p Name> {
        let mut all = BTreeSet::new();
        for who in list {
            match who {
                Who::User(name) => {
                    all.insert(name);
                }
                Who::Group(group) => match self.groups.get(group) {
                    Some(Group::Members(members)) => all.extend(members),
                    Some(Group::OnCall(_)) => {
                        let on = world.on_call.get(group).into_iter().flatten();
                        all.extend(on.filter(|name| self.declares(name, world)));
                    }
                    Some(Group::Directory) => {
                        all.extend(world.roster.iter().flat_map(|roster| roster.members(group)));
                    }
                    None => {}
                },
                Who::ResourceOwner | Who::RequesterSponsor => {}
            }
        }
        all
    }

    /// Whether any entry of `list` is this one, under its own name or through a group.
    pub fn names(&self, list: &[Who], actor: &Actor, world: &World) -> bool {
        self.names_person(list, actor.name(), world)
    }

    pub(super) fn names_person(&self, list: &[Who], person: &Name, world: &World) -> bool {
        list.iter().any(|who| match who {
            Who::User(name) => name == person,
            Who::Group(group) => self.is_member(group, person, world),
            Who::ResourceOwner | Who::RequesterSponsor => false,
        })
    }

    /// Whether this actor may ask for the role, on any of its resources, for some time.
    pub fn may_request(&self, role: &Role, actor: &Actor, world: &World) -> bool {
        self.is_requester(role, actor, world) || self.may_break_glass(role, actor, world)
    }

    /// Whether the role names this actor among its requesters, and no review has taken it from them.
    pub(super) fn is_requester(&self, role: &Role, actor: &Actor, world: &World) -> bool {
        self.names(&role.requesters, actor, world) && !self.is_removed(role, actor, world)
    }

    /// What a review takes from a human is gone for their aliases and services too.
    fn is_removed(&self, role: &Role, actor: &Actor, world: &World) -> bool {
        let Some(roster) = &world.roster else { return false };
        self.names_of(actor).into_iter().any(|name| roster.is_removed(name, &role.name))
    }

    /// The entries of the role that name this actor as a requester.
    pub fn through(&self, role: &Role, actor: &Actor, world: &World) -> Vec<Who> {
        let entries = role.requesters.iter();
        entries.filter(|who| self.names(std::slice::from_ref(who), actor, world)).cloned().collect()
    }

    pub fn may_break_glass(&self, role: &Role, actor: &Actor, world: &World) -> bool {
        role.break_glass.as_ref().is_some_and(|glass| self.names(&glass.requesters, actor, world))
            && !self.is_removed(role, actor, world)
    }

    /// Whether this actor could be asked to decide on any request for the role, now or at a later stage.
    /// A service never is (INVARIANT 2).
    pub fn may_ever_decide(&self, role: &Role, actor: &Actor, now: Time, world: &World) -> bool {
        let direct = |name: &Name| {
            role.all_approvers().any(|who| match who {
                Who::User(user) => user == name,
                Who::Group(group) => self.is_member(group, name, world),
                Who::ResourceOwner => self
                    .people
                    .get(name)
                    .is_some_and(|person| person.owns.iter().any(|owned| role.resources.contains(owned))),
                Who::RequesterSponsor => {
                    self.people.get(name).is_some_and(|person| person.sponsors)
                        || world.roster.as_ref().is_some_and(|roster| roster.is_sponsor(name))
                }
            })
        };
        actor.kind == Kind::Person
            && (direct(actor.name())
                || delegators(role, actor, now, world).any(|delegation| direct(&delegation.from)))
    }

    /// Whether this actor could be asked to decide by their own name, not by what others have given them.
    pub fn decides_by_own_right(&self, role: &Role, actor: &Actor, world: &World) -> bool {
        let alone = World { delegations: Vec::new(), ..world.clone() };
        self.may_ever_decide(role, actor, Time::from_millis(0), &alone)
    }

    /// [`Policy::may_ever_decide`], or that they are told of a break-glass and look at it afterwards.
    pub fn may_ever_look(&self, role: &Role, actor: &Actor, now: Time, world: &World) -> bool {
        let glass = role.break_glass.as_ref().filter(|_| actor.kind == Kind::Person);
        self.may_ever_decide(role, actor, now, world)
            || glass.is_some_and(|glass| {
                self.names(&glass.announce, actor, world) || self.names(&glass.debrief, actor, world)
            })
    }

    /// Who may decide on a request of `requester` at the first stage that is open to them, by name; never
    /// the requester or the human behind it (INVARIANT 2).
    pub fn deciders<'p>(
        &'p self,
        stage: &'p Stage,
        resource: &Name,
        requester: &Actor,
        world: &'p World,
    ) -> BTreeSet<&'p Name> {
        let mut all = self.people(&stage.approvers, world);
        for who in &stage.approvers {
            match who {
                Who::ResourceOwner => all.extend(self.owners.get(resource).into_iter().flatten()),
                Who::RequesterSponsor => all.extend(self.sponsor_of(requester, world)),
                Who::User(_) | Who::Group(_) => {}
            }
        }
        self.others(all, requester, world)
    }

    /// Those of the names who are people, and neither the requester nor the human behind it
    /// (INVARIANT 2).
    pub fn others<'p>(
        &'p self,
        mut names: BTreeSet<&'p Name>,
        requester: &Actor,
        world: &World,
    ) -> BTreeSet<&'p Name> {
        let own = self.names_of(requester);
        names.retain(|name| {
            self.is_person(name, world) && !own.contains(name) && !own.contains(self.human_of(name))
        });
        names
    }

    /// The people who own any resource of the role.
    pub fn owners_of<'p>(&'p self, role: &'p Role) -> impl Iterator<Item = &'p Name> {
        role.resources.iter().filter_map(|resource| self.owners.get(resource)).flatten()
    }

    /// The requester's own record, or that of the human behind it.
    pub(super) fn record_of(&self, actor: &Actor) -> Option<&Person> {
        self.people.get(actor.name()).or_else(|| self.people.get(&actor.human.subject))
    }

    /// Whether that person answers for the other, by the directory and else by the policy.
    pub fn sponsor_is(&self, name: &Name, sponsor: &Name, world: &World) -> bool {
        let engaged = world.engagement(name).map(|engagement| &engagement.sponsor);
        engaged.or_else(|| self.people.get(name)?.sponsor.as_ref()) == Some(sponsor)
    }

    /// By the directory, and else by the policy.
    fn sponsor_of<'p>(&'p self, requester: &Actor, world: &'p World) -> Option<&'p Name> {
        let engaged = self.engagement_of(requester, world).map(|engagement| &engagement.sponsor);
        engaged.or_else(|| self.record_of(requester)?.sponsor.as_ref())
    }

    /// The engagement of the requester, or of the human behind it.
    pub(super) fn engagement_of<'w>(&self, actor: &Actor, world: &'w World) -> Option<&'w Engagement> {
        self.names_of(actor).into_iter().find_map(|name| world.engagement(name))
    }

    /// The right of this actor to decide on what is open about the request, at the stage that is
    /// deciding now; `None` where they have no say (yet).
    pub fn say(&self, request: &Request, actor: &Actor, now: Time, world: &World) -> Option<Say> {
        let stage = request.current_stage().filter(|_| request.awaits_decision())?;
        let role = self.roles.get(&request.role)?;
        self.say_at(role, request, stage, actor, now, request.escalated, world)
    }

    #[expect(clippy::too_many_arguments, reason = "each is another fact, and two callers only")]
    pub(super) fn say_at(
        &self,
        role: &Role,
        request: &Request,
        stage: usize,
        actor: &Actor,
        at: Time,
        escalated: bool,
        world: &World,
    ) -> Option<Say> {
        let own = self.names_of(&request.requester);
        if actor.kind == Kind::Service
            || request.requester.human == actor.human
            || self.names_of(actor).iter().any(|name| own.contains(name))
            || world.gone(self.names_of(actor), at).is_some()
        {
            return None;
        }
        let list = &role.stages.get(stage)?.approvers;
        let later = role.escalation.as_ref().filter(|_| escalated).map(|escalation| &escalation.to);
        let subject = Subject { role, resource: &request.resource, requester: &request.requester };
        let named = |name: &Name| {
            list.iter().chain(later.into_iter().flatten()).any(|who| self.is(who, name, subject, world))
        };
        if named(actor.name()) {
            return Some(Say { on_behalf: None });
        }
        // Never the requester's own say under any name, never a service's, and never one that was itself
        // given: `named` asks of the delegator alone.
        let theirs = |from: &Name| {
            self.is_person(from, world)
                && world.gone([from], at).is_none()
                && !own.contains(from)
                && !own.contains(self.human_of(from))
        };
        let given = delegators(role, actor, at, world)
            .find(|delegation| theirs(&delegation.from) && named(&delegation.from))?;
        Some(Say { on_behalf: Some(given.from.clone()) })
    }

    fn is(&self, who: &Who, name: &Name, subject: Subject<'_>, world: &World) -> bool {
        match who {
            Who::User(user) => user == name,
            Who::Group(group) => self.is_member(group, name, world),
            Who::ResourceOwner => {
                subject.role.resources.contains(subject.resource)
                    && self.people.get(name).is_some_and(|person| person.owns.contains(subject.resource))
            }
            Who::RequesterSponsor => self.sponsor_of(subject.requester, world) == Some(name),
        }
    }

    /// Whether this actor is to look at what was done by break-glass, or is told of it.
    pub fn may_debrief(&self, request: &Request, actor: &Actor, world: &World) -> bool {
        let glass = self.roles.get(&request.role).and_then(|role| role.break_glass.as_ref());
        actor.kind == Kind::Person
            && request.requester.human != actor.human
            && request.debrief.is_some()
            && glass.is_some_and(|glass| self.names(&glass.debrief, actor, world))
    }

    /// Whether the request concerns this actor, beside its requester: they decide on it now, have, or could
    /// end it. Whoever has no say sees nothing.
    pub fn concerns(&self, request: &Request, actor: &Actor, now: Time, world: &World) -> bool {
        let voted = request.votes.iter().chain(request.current_votes()).any(|v| v.by.human == actor.human);
        if voted || self.say(request, actor, now, world).is_some() {
            return true;
        }
        let Some(role) = self.roles.get(&request.role) else { return false };
        if let Some(glass) = role.break_glass.as_ref().filter(|_| request.debrief.is_some())
            && actor.kind == Kind::Person
            && (self.names(&glass.announce, actor, world) || self.names(&glass.debrief, actor, world))
        {
            return true;
        }
        // Once it is decided, every approver of any stage may look at it and end it.
        request.state != State::Pending
            && (0..role.stages.len())
                .any(|stage| self.say_at(role, request, stage, actor, now, true, world).is_some())
    }
}

/// What others have given to this actor to decide in their place, in force at that time.
fn delegators<'w>(
    role: &'w Role,
    actor: &'w Actor,
    at: Time,
    world: &'w World,
) -> impl Iterator<Item = &'w Delegation> {
    world.delegations.iter().filter(move |delegation| {
        delegation.to == *actor.name()
            && delegation.from != actor.human.subject
            && delegation.role.as_ref().is_none_or(|only| *only == role.name)
            && delegation.is_in_force(at)
    })
}
