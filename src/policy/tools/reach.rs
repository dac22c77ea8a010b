//! Who may ask for what, for how long: as far as the policy alone decides it, whatever a request says.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::domain::{Name, Resource, Span};
use crate::policy::condition::Condition;
use crate::policy::model::{Deny, Limit, Policy, Role, Selector, Who};

use super::crowd::{Crowd, Member};

/// Whether something is so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    Never,
    /// Depends on the request, or on the time.
    Sometimes,
    Always,
}

impl Holds {
    pub fn of(condition: Option<&Condition>, resource: &Resource, absent: Self) -> Self {
        match condition.map(|condition| condition.on(resource)) {
            None => absent,
            Some(None) => Self::Sometimes,
            Some(Some(true)) => Self::Always,
            Some(Some(false)) => Self::Never,
        }
    }
}

/// What somebody has of a role on a resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Terms<'p> {
    /// Asked for in the ordinary way.
    pub ask: Option<Longest>,
    /// Whether nobody has to agree to that.
    pub auto: Holds,
    /// Asked for by break-glass.
    pub glass: Option<Span>,
    /// The deny rules that may refuse it.
    pub unless: Vec<&'p Name>,
}

/// In one go, and with all extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Longest {
    pub max: Span,
    pub total: Span,
}

/// The people whom the same lists name.
#[derive(Debug)]
pub(super) struct Class<'p> {
    pub crowd: Rc<Crowd<'p>>,
    asks: bool,
    glass: bool,
    /// For each rule of the role, deny rules first: whether it names them.
    named: Vec<bool>,
}

/// A role's people and resources in classes, and what each pair of those has. What nobody has is left out.
#[derive(Debug)]
pub(super) struct Reach<'p> {
    pub people: Rc<Vec<Class<'p>>>,
    pub resources: Vec<BTreeSet<&'p Name>>,
    /// By class of people, then of resources.
    pub terms: Vec<Vec<Option<Terms<'p>>>>,
    /// The deny rules and the limits that bear on any of it.
    pub denies: BTreeSet<&'p Name>,
    pub limits: BTreeSet<&'p Name>,
}

/// Of one policy. Roles with the same lists share their classes of people.
#[derive(Debug)]
pub(super) struct Reaches<'p> {
    pub policy: &'p Policy,
    known: BTreeMap<Vec<&'p [Who]>, Rc<Vec<Class<'p>>>>,
}

struct Rules<'p> {
    denies: Vec<&'p Deny>,
    limits: Vec<&'p Limit>,
}

impl<'p> Rules<'p> {
    fn of(policy: &'p Policy, role: &Role) -> Self {
        Self {
            denies: role.denies.iter().filter_map(|name| policy.denies.get(name)).collect(),
            limits: role.limits.iter().filter_map(|name| policy.limits.get(name)).collect(),
        }
    }

    fn selectors(&self) -> impl Iterator<Item = &'p Selector> {
        let denies = self.denies.iter().map(|rule| &rule.of);
        denies.chain(self.limits.iter().map(|rule| &rule.of))
    }
}

/// Resources for which conditions and rules come to the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    denies: Vec<Holds>,
    limits: Vec<bool>,
    when: Holds,
    auto_deny: Holds,
    auto: Holds,
}

impl<'p> Reaches<'p> {
    pub fn new(policy: &'p Policy) -> Self {
        Self { policy, known: BTreeMap::new() }
    }

    pub fn of(&mut self, role: &'p Role) -> Reach<'p> {
        let rules = Rules::of(self.policy, role);
        let people = self.people(role, &rules);
        let mut resources: BTreeMap<Alike, BTreeSet<&'p Name>> = BTreeMap::new();
        for resource in role.resources.iter().filter_map(|name| self.policy.resources.get(name)) {
            let about = |of: &Selector| of.resources.as_ref().is_none_or(|all| all.contains(&resource.name));
            let deny = |rule: &&Deny| match about(&rule.of) {
                true => Holds::of(rule.when.as_ref(), resource, Holds::Always),
                false => Holds::Never,
            };
            let alike = Alike {
                denies: rules.denies.iter().map(deny).collect(),
                limits: rules.limits.iter().map(|rule| about(&rule.of)).collect(),
                when: Holds::of(role.when.as_ref(), resource, Holds::Always),
                auto_deny: Holds::of(role.auto_deny.as_ref(), resource, Holds::Never),
                auto: Holds::of(role.auto_approve.as_ref(), resource, Holds::Never),
            };
            resources.entry(alike).or_default().insert(&resource.name);
        }
        let terms = people
            .iter()
            .map(|class| resources.keys().map(|alike| terms(role, &rules, class, alike)).collect())
            .collect();
        let (mut denies, mut limits) = (BTreeSet::new(), BTreeSet::new());
        for class in people.iter() {
            let (of_denies, of_limits) = class.named.split_at_checked(rules.denies.len()).unwrap_or_default();
            for alike in resources.keys() {
                let each = rules.denies.iter().zip(&alike.denies).zip(of_denies);
                denies.extend(
                    each.filter(|((_, about), named)| **about != Holds::Never && **named)
                        .map(|((rule, _), _)| &rule.name),
                );
                let each = rules.limits.iter().zip(&alike.limits).zip(of_limits);
                limits.extend(
                    each.filter(|((rule, about), named)| {
                        **about && **named && rule.max_duration < role.max_total
                    })
                    .map(|((rule, _), _)| &rule.name),
                );
            }
        }
        Reach { people, resources: resources.into_values().collect(), terms, denies, limits }
    }

    fn people(&mut self, role: &'p Role, rules: &Rules<'p>) -> Rc<Vec<Class<'p>>> {
        let glass = role.break_glass.as_ref().map_or(&[][..], |glass| &glass.requesters);
        let mut lists: Vec<&'p [Who]> = vec![&role.requesters, glass];
        // A rule that names nobody is about everybody, and a list that is empty names nobody.
        lists.extend(rules.selectors().map(|of| of.requesters.as_deref().unwrap_or_default()));
        if let Some(known) = self.known.get(&lists) {
            return Rc::clone(known);
        }
        let policy = self.policy;
        let mut sets = lists.iter().map(|list| Member::of(policy, list));
        let (asking, breaking) = (sets.next().unwrap_or_default(), sets.next().unwrap_or_default());
        let ruled: Vec<(bool, BTreeSet<Member<'p>>)> =
            rules.selectors().map(|of| of.requesters.is_none()).zip(sets).collect();
        let mut classes: BTreeMap<(bool, bool, Vec<bool>), BTreeSet<Member<'p>>> = BTreeMap::new();
        for member in asking.union(&breaking) {
            // A rule about a person is about their aliases and services too.
            let human = match member {
                Member::Person(name) => policy.people.get(*name).and_then(|person| person.human.as_ref()),
                Member::Outside(_) => None,
            };
            let human = human.map(Member::Person);
            let named = |(all, set): &(bool, BTreeSet<Member<'p>>)| {
                *all || set.contains(member) || human.is_some_and(|human| set.contains(&human))
            };
            let key = (asking.contains(member), breaking.contains(member), ruled.iter().map(named).collect());
            classes.entry(key).or_default().insert(*member);
        }
        let classes = classes.into_iter().map(|((asks, glass, named), members)| Class {
            crowd: Rc::new(Crowd::new(members)),
            asks,
            glass,
            named,
        });
        let classes = Rc::new(classes.collect::<Vec<_>>());
        self.known.insert(lists, Rc::clone(&classes));
        classes
    }
}

fn terms<'p>(role: &'p Role, rules: &Rules<'p>, class: &Class<'p>, alike: &Alike) -> Option<Terms<'p>> {
    if alike.when == Holds::Never || alike.auto_deny == Holds::Always {
        return None;
    }
    let (of_denies, of_limits) = class.named.split_at_checked(rules.denies.len())?;
    let mut unless = Vec::new();
    for ((rule, about), named) in rules.denies.iter().zip(&alike.denies).zip(of_denies) {
        match about {
            Holds::Always if *named => return None,
            Holds::Sometimes if *named => unless.push(&rule.name),
            _ => {}
        }
    }
    let limits = rules.limits.iter().zip(&alike.limits).zip(of_limits);
    let limit = limits.filter_map(|((rule, about), named)| (*about && *named).then_some(rule.max_duration));
    let limit = limit.min();
    let at_most = |span: Span| limit.map_or(span, |limit| span.min(limit));
    let decided = !role.stages.is_empty() || alike.auto != Holds::Never;
    let ask = (class.asks && decided)
        .then(|| Longest { max: at_most(role.max_duration), total: at_most(role.max_total) });
    let glass = role.break_glass.as_ref().filter(|_| class.glass);
    let glass = glass.map(|glass| at_most(glass.max_duration));
    let auto = if ask.is_some() { alike.auto } else { Holds::Never };
    (ask.is_some() || glass.is_some()).then_some(Terms { ask, auto, glass, unless })
}
