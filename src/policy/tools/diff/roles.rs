//! What a role itself says otherwise: who decides, when, what a request has to have, what it gives.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{DutyKind, Kind, Name};
use crate::policy::condition::Condition;
use crate::policy::model::{Policy, Role, Stage, Who};
use crate::policy::ticket::TicketSystem;
use crate::policy::tools::crowd::{Crowd, Member};
use crate::policy::window::Window;

use super::{Change, Effect, on, verb};

pub(super) fn compare<'p>(
    old: &'p Policy,
    new: &'p Policy,
    name: &Name,
    before: Option<&'p Role>,
    now: Option<&'p Role>,
    changes: &mut Vec<Change>,
) {
    says(old, new, name, before, now, changes);
    // What a role that is new or gone says is told with who gains or loses it.
    if let (Some(was), Some(is)) = (before, now) {
        let mut fields = Fields { name, changes };
        fields.conditions(was, is);
        fields.approvals(was, is);
        fields.windows(old, was, new, is);
        fields.requires(old, was, new, is);
        fields.rest(was, is);
    }
}

/// Who may decide, and by what right. Owners have a say on what they own only.
type Says<'p> = BTreeMap<(String, Option<&'p Name>), BTreeSet<Member<'p>>>;

fn says_of<'p>(policy: &'p Policy, role: Option<&'p Role>) -> Says<'p> {
    let mut all = Says::new();
    let Some(role) = role else { return all };
    let several = role.stages.len() > 1;
    for (number, Stage { approvers, .. }) in (1..).zip(&role.stages) {
        let right = if several { format!(" (stage {number})") } else { String::new() };
        add(policy, role, approvers, &right, &mut all);
    }
    if let Some(escalation) = &role.escalation {
        add(policy, role, &escalation.to, " (when nobody decides)", &mut all);
    }
    if let Some(glass) = &role.break_glass {
        add(policy, role, &glass.debrief, " (debriefing)", &mut all);
    }
    all
}

fn add<'p>(policy: &'p Policy, role: &'p Role, list: &'p [Who], right: &str, all: &mut Says<'p>) {
    let is_human = |member: &Member<'_>| match member {
        // A service never decides (INVARIANT 2).
        Member::Person(name) => policy.people.get(*name).is_none_or(|person| person.kind == Kind::Person),
        Member::Outside(_) => true,
    };
    let named = all.entry((right.to_owned(), None)).or_default();
    named.extend(Member::of(policy, list).into_iter().filter(is_human));
    if list.contains(&Who::ResourceOwner) {
        for resource in &role.resources {
            let owners = policy.owners.get(resource).into_iter().flatten().map(Member::Person);
            all.entry((format!(" as owner{right}"), Some(resource))).or_default().extend(owners);
        }
    }
    if list.contains(&Who::RequesterSponsor) {
        let asking = Member::of(policy, &role.requesters);
        let sponsors = asking.iter().filter_map(|member| match member {
            Member::Person(name) => policy.people.get(*name)?.sponsor.as_ref().map(Member::Person),
            Member::Outside(_) => None,
        });
        all.entry((format!(" as sponsor{right}"), None)).or_default().extend(sponsors);
    }
}

fn says<'p>(
    old: &'p Policy,
    new: &'p Policy,
    name: &Name,
    before: Option<&'p Role>,
    now: Option<&'p Role>,
    changes: &mut Vec<Change>,
) {
    let (was, is) = (says_of(old, before), says_of(new, now));
    let keys: BTreeSet<_> = was.keys().chain(is.keys()).collect();
    let none = BTreeSet::new();
    // The resources on which the same people gain or lose the same.
    let mut found: BTreeMap<(Effect, &String, BTreeSet<Member<'p>>), BTreeSet<&'p Name>> = BTreeMap::new();
    for key in keys {
        let (was, is) = (was.get(key).unwrap_or(&none), is.get(key).unwrap_or(&none));
        for (effect, more, less) in [(Effect::Gain, is, was), (Effect::Loss, was, is)] {
            let who: BTreeSet<Member<'p>> = more.difference(less).copied().collect();
            if !who.is_empty() {
                found.entry((effect, &key.0, who)).or_default().extend(key.1);
            }
        }
    }
    for ((effect, right, who), resources) in found {
        let crowd = Crowd::new(who);
        let who = crowd.subject(&[old, new]);
        let does = verb(who, if effect == Effect::Gain { "gains" } else { "loses" });
        let place = if resources.is_empty() { String::new() } else { format!(" {}", on(&resources)) };
        let text = format!("{who} {does} a say on role {name}{place}{right}");
        let by = Some(format!("say{right}"));
        let (from, to) = if effect == Effect::Gain { (None, by) } else { (by, None) };
        changes.push(Change::new(effect, "say", text).role(name).who(who).on(resources).between(from, to));
    }
}

struct Fields<'a> {
    name: &'a Name,
    changes: &'a mut Vec<Change>,
}

impl Fields<'_> {
    /// `added`: what it is for requesters that there is one now.
    fn optional(&mut self, key: &'static str, was: Option<String>, is: Option<String>, added: Effect) {
        let effect = match (&was, &is) {
            (None, Some(_)) => added,
            (Some(_), None) => added.reversed(),
            _ => Effect::Change,
        };
        self.push(key, was, is, effect);
    }

    /// `more`: what it is for requesters that it is more.
    fn measured<T: Ord + ToString>(&mut self, key: &'static str, was: T, is: T, more: Effect) {
        let effect = if is.cmp(&was) == Ordering::Greater { more } else { more.reversed() };
        self.push(key, Some(was.to_string()), Some(is.to_string()), effect);
    }

    fn push(&mut self, key: &'static str, was: Option<String>, is: Option<String>, effect: Effect) {
        let name = self.name;
        let text = match (&was, &is) {
            (was, is) if was == is => return,
            (Some(was), Some(is)) => format!("role {name}: `{key}` is {is} instead of {was}"),
            (None, Some(is)) => format!("role {name} has `{key}` now: {is}"),
            (Some(was), None) => format!("role {name} has no `{key}` any more: {was}"),
            (None, None) => return,
        };
        self.changes.push(Change::new(effect, key, text).role(name).between(was, is));
    }

    fn conditions(&mut self, was: &Role, is: &Role) {
        let text = |condition: &Option<Condition>| condition.as_ref().map(|c| c.text().to_owned());
        self.optional("when", text(&was.when), text(&is.when), Effect::Loss);
        self.optional("auto-deny", text(&was.auto_deny), text(&is.auto_deny), Effect::Loss);
        self.optional("auto-approve", text(&was.auto_approve), text(&is.auto_approve), Effect::Gain);
    }

    /// Fewer at one stage and more at another is another thing altogether.
    fn approvals(&mut self, was: &Role, is: &Role) {
        let (from, to) = (was.approvals(), is.approvals());
        let stages = from.by_stage().len().max(to.by_stage().len());
        let at = |list: &[u32], stage| list.get(stage).copied().unwrap_or(0);
        let all = |holds: fn(u32, u32) -> bool| {
            (0..stages).all(|stage| holds(at(from.by_stage(), stage), at(to.by_stage(), stage)))
        };
        let effect = match (all(|was, is| is <= was), all(|was, is| is >= was)) {
            (true, false) => Effect::Gain,
            (false, true) => Effect::Loss,
            _ => Effect::Change,
        };
        if from != to {
            let (from, to) = (from.to_string(), to.to_string());
            let text = format!("role {} needs {to} approvals instead of {from}", self.name);
            let change = Change::new(effect, "approvals", text).role(self.name).between(Some(from), Some(to));
            self.changes.push(change);
        }
        let after = |role: &Role| role.escalation.as_ref().map(|escalation| escalation.after);
        if let (Some(was), Some(is)) = (after(was), after(is)) {
            self.measured("escalate.after", was, is, Effect::Loss);
        }
    }

    fn windows(&mut self, old: &Policy, was: &Role, new: &Policy, is: &Role) {
        let meaning = |policy: &Policy, names: &[Name]| {
            let windows = names.iter().filter_map(|name| policy.windows.get(name));
            let mut all: Vec<String> = windows.map(Window::meaning).collect();
            all.sort();
            all.dedup();
            all
        };
        let names = |list: &[Name]| list.iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
        let told = |list: &[Name]| (!list.is_empty()).then(|| names(list));
        for (key, was, is) in [
            ("request-windows", &was.windows.request, &is.windows.request),
            ("use-windows", &was.windows.using, &is.windows.using),
            ("approve-windows", &was.windows.approve, &is.windows.approve),
        ] {
            let (before, now) = (meaning(old, was), meaning(new, is));
            if before == now {
                continue;
            }
            if was == is {
                let text = format!("role {}: {} in `{key}` has other hours", self.name, names(is));
                let (before, now) = (before.join(", "), now.join(", "));
                let change = Change::new(Effect::Change, key, text).role(self.name);
                self.changes.push(change.between(Some(before), Some(now)));
            } else {
                self.optional(key, told(was), told(is), Effect::Loss);
            }
        }
    }

    fn requires(&mut self, old: &Policy, was: &Role, new: &Policy, is: &Role) {
        let (from, to) = (&was.require, &is.require);
        self.optional("require.reason", flag(from.reason), flag(to.reason), Effect::Loss);
        let pattern =
            |require: &crate::policy::model::Require| require.ticket.as_ref().map(|t| t.text.clone());
        self.optional("require.ticket", pattern(from), pattern(to), Effect::Loss);
        let system = |policy: &Policy, name: &Option<Name>| {
            let name = name.as_ref()?;
            Some(policy.ticket_systems.get(name).map_or_else(String::new, TicketSystem::meaning))
        };
        let (before, now) = (system(old, &from.ticket_system), system(new, &to.ticket_system));
        if before != now {
            self.optional("require.ticket-system", before, now, Effect::Loss);
        }
        match (from.mfa, to.mfa) {
            (Some(was), Some(is)) => self.measured("require.mfa", was, is, Effect::Gain),
            (was, is) => self.optional("require.mfa", text(was), text(is), Effect::Loss),
        }
        let duties = from.duties.union(&to.duties);
        for duty in duties {
            let proof = |policy: &Policy, require: &crate::policy::model::Require| {
                let demand = policy.demands.get(duty).filter(|_| require.duties.contains(duty))?;
                let valid = demand.valid_for.map(|span| format!(" for {span}")).unwrap_or_default();
                let text =
                    demand.needed().digest.map(|digest| format!(", text {digest}")).unwrap_or_default();
                Some(format!("{duty} version {}{valid}{text}", demand.version))
            };
            let (before, now) = (proof(old, from), proof(new, to));
            if before != now {
                let key = match duty.kind {
                    DutyKind::Training => "require.training",
                    DutyKind::Terms => "require.terms",
                };
                self.optional(key, before, now, Effect::Loss);
            }
        }
    }

    fn rest(&mut self, was: &Role, is: &Role) {
        self.optional("single-use", flag(was.single_use), flag(is.single_use), Effect::Loss);
        match (was.max_open, is.max_open) {
            (Some(was), Some(is)) => self.measured("max-open", was, is, Effect::Gain),
            (was, is) => self.optional("max-open", text(was), text(is), Effect::Loss),
        }
        self.measured("pending-timeout", was.pending_timeout, is.pending_timeout, Effect::Gain);
        self.measured("claim-timeout", was.claim_timeout, is.claim_timeout, Effect::Gain);
        if let (Some(was), Some(is)) = (&was.break_glass, &is.break_glass) {
            self.measured("break-glass.debrief-within", was.debrief_within, is.debrief_within, Effect::Gain);
            let list =
                |list: &[Who]| Some(list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
            self.optional("break-glass.announce", list(&was.announce), list(&is.announce), Effect::Change);
        }
        if was.gives != is.gives {
            // What both give is all that one of them gives: the other gives more.
            let common = was.gives.stricter(&is.gives);
            let effect = match common {
                Some(common) if common == was.gives => Effect::Gain,
                Some(common) if common == is.gives => Effect::Loss,
                _ => Effect::Change,
            };
            let (from, to) = (was.gives.lines(), is.gives.lines());
            let only = |list: &[String], other: &[String]| {
                let lines: Vec<&str> =
                    list.iter().filter(|line| !other.contains(line)).map(String::as_str).collect();
                (!lines.is_empty()).then(|| lines.join("; "))
            };
            let (from, to) = (only(&from, &to), only(&to, &from));
            let told =
                |lines: &Option<String>| lines.clone().unwrap_or_else(|| "nothing of the kind".to_owned());
            let text = format!("role {} gives {} instead of {}", self.name, told(&to), told(&from));
            self.changes.push(Change::new(effect, "gives", text).role(self.name).between(from, to));
        }
    }
}

fn flag(set: bool) -> Option<String> {
    set.then(|| "true".to_owned())
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}
