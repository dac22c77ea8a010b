//! Who may ask for a role, or no longer, and for how long.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use crate::domain::{Name, Span};
use crate::policy::condition::Condition;
use crate::policy::model::{Policy, Role};
use crate::policy::tools::crowd::{Crowd, Member, Subject};
use crate::policy::tools::reach::{Class, Holds, Reach, Reaches, Terms};

use super::{Change, Effect, on, verb};

/// What of somebody's terms is otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Role,
    Longest,
    Total,
    /// Nobody has to agree.
    Auto,
    Glass,
}

/// What, how long it was and is, and whether the one side that has it needs approval.
type Between = (What, Option<Span>, Option<Span>, Holds);

/// Those who are in one class before, and in one now.
type Joined<'p> = Rc<Vec<(Option<usize>, Option<usize>, Rc<Crowd<'p>>)>>;

pub(super) struct Comparison<'p> {
    old: Reaches<'p>,
    new: Reaches<'p>,
    /// By the addresses of the classes, which live as long as the two above.
    joined: HashMap<(usize, usize), Joined<'p>>,
}

impl<'p> Comparison<'p> {
    pub fn new(old: &'p Policy, new: &'p Policy) -> Self {
        Self { old: Reaches::new(old), new: Reaches::new(new), joined: HashMap::new() }
    }

    pub fn compare(
        &mut self,
        name: &Name,
        before: Option<&'p Role>,
        now: Option<&'p Role>,
        changes: &mut Vec<Change>,
    ) {
        let (old, new) = (before.map(|role| self.old.of(role)), now.map(|role| self.new.of(role)));
        let people = self.people(old.as_ref(), new.as_ref());
        let resources = resources(old.as_ref(), new.as_ref());
        let mut found: BTreeMap<(Between, BTreeSet<&'p Name>), Vec<Rc<Crowd<'p>>>> = BTreeMap::new();
        for (class_before, class_now, crowd) in people.iter() {
            let mut otherwise: BTreeMap<Between, BTreeSet<&'p Name>> = BTreeMap::new();
            for ((before, now), names) in &resources {
                let was = old.as_ref().and_then(|reach| terms(reach, *class_before, *before));
                let is = new.as_ref().and_then(|reach| terms(reach, *class_now, *now));
                for between in differences(was, is) {
                    otherwise.entry(between).or_default().extend(names);
                }
            }
            for entry in otherwise {
                found.entry(entry).or_default().push(Rc::clone(crowd));
            }
        }
        let all: BTreeSet<&Name> = before.iter().chain(now.iter()).flat_map(|role| &role.resources).collect();
        let policies = [self.old.policy, self.new.policy];
        for ((between, resources), crowds) in found {
            let crowd = match crowds.as_slice() {
                [only] => Rc::clone(only),
                several => {
                    Rc::new(Crowd::new(several.iter().flat_map(|crowd| &crowd.members).copied().collect()))
                }
            };
            let who = crowd.subject(&policies);
            let place = if all == resources { String::new() } else { format!(" {}", on(&resources)) };
            changes.push(change(name, who, before, now, between, &resources, &place));
        }
    }

    fn people(&mut self, old: Option<&Reach<'p>>, new: Option<&Reach<'p>>) -> Joined<'p> {
        let address = |reach: Option<&Reach<'p>>| reach.map_or(0, |reach| Rc::as_ptr(&reach.people).addr());
        let key = (address(old), address(new));
        if let Some(known) = self.joined.get(&key) {
            return Rc::clone(known);
        }
        let mut of: BTreeMap<Member<'p>, (Option<usize>, Option<usize>)> = BTreeMap::new();
        let classes = |reach: Option<&Reach<'p>>| reach.map(|reach| Rc::clone(&reach.people));
        let members = |classes: &[Class<'p>]| -> Vec<(usize, Member<'p>)> {
            let each = classes.iter().enumerate();
            each.flat_map(|(number, class)| class.crowd.members.iter().map(move |m| (number, *m))).collect()
        };
        for (number, member) in classes(old).iter().flat_map(|classes| members(classes)) {
            of.entry(member).or_default().0 = Some(number);
        }
        for (number, member) in classes(new).iter().flat_map(|classes| members(classes)) {
            of.entry(member).or_default().1 = Some(number);
        }
        let mut crowds: BTreeMap<(Option<usize>, Option<usize>), BTreeSet<Member<'p>>> = BTreeMap::new();
        for (member, classes) in of {
            crowds.entry(classes).or_default().insert(member);
        }
        let joined: Vec<_> = crowds
            .into_iter()
            .map(|((before, now), members)| (before, now, Rc::new(Crowd::new(members))))
            .collect();
        let joined = Rc::new(joined);
        self.joined.insert(key, Rc::clone(&joined));
        joined
    }
}

type Classes = (Option<usize>, Option<usize>);

fn resources<'p>(old: Option<&Reach<'p>>, new: Option<&Reach<'p>>) -> BTreeMap<Classes, BTreeSet<&'p Name>> {
    let mut of: BTreeMap<&'p Name, Classes> = BTreeMap::new();
    for (number, names) in old.iter().flat_map(|reach| reach.resources.iter().enumerate()) {
        names.iter().for_each(|name| of.entry(name).or_default().0 = Some(number));
    }
    for (number, names) in new.iter().flat_map(|reach| reach.resources.iter().enumerate()) {
        names.iter().for_each(|name| of.entry(name).or_default().1 = Some(number));
    }
    let mut alike: BTreeMap<Classes, BTreeSet<&'p Name>> = BTreeMap::new();
    for (name, classes) in of {
        alike.entry(classes).or_default().insert(name);
    }
    alike
}

fn terms<'r, 'p>(
    reach: &'r Reach<'p>,
    class: Option<usize>,
    resources: Option<usize>,
) -> Option<&'r Terms<'p>> {
    reach.terms.get(class?)?.get(resources?)?.as_ref()
}

fn differences(was: Option<&Terms<'_>>, is: Option<&Terms<'_>>) -> Vec<Between> {
    let mut all = Vec::new();
    let asks = |terms: Option<&Terms<'_>>| terms.and_then(|terms| terms.ask);
    match (asks(was), asks(is)) {
        (None, None) => {}
        (Some(was), Some(is)) => {
            all.push((What::Longest, Some(was.max), Some(is.max), Holds::Never));
            // Without extensions it is the same once more.
            if was.total != was.max || is.total != is.max {
                all.push((What::Total, Some(was.total), Some(is.total), Holds::Never));
            }
        }
        (before, now) => {
            let auto = was.map_or(Holds::Never, |was| was.auto).max(is.map_or(Holds::Never, |is| is.auto));
            all.push((What::Role, before.map(|was| was.max), now.map(|is| is.max), auto));
        }
    }
    if let (Some(was), Some(is)) = (was, is)
        && was.ask.is_some()
        && is.ask.is_some()
    {
        // Not for how long, which is told by itself: only that there is such a way.
        let alone = |terms: &Terms<'_>| (terms.auto != Holds::Never).then(|| Span::clamped(1));
        all.push((What::Auto, alone(was), alone(is), was.auto.max(is.auto)));
    }
    let glass = |terms: Option<&Terms<'_>>| terms.and_then(|terms| terms.glass);
    all.push((What::Glass, glass(was), glass(is), Holds::Never));
    all.retain(|(_, was, is, _)| was != is);
    all
}

fn change(
    name: &Name,
    who: &Subject,
    before: Option<&Role>,
    now: Option<&Role>,
    (what, was, is, auto): Between,
    resources: &BTreeSet<&Name>,
    place: &str,
) -> Change {
    let effect = if is > was { Effect::Gain } else { Effect::Loss };
    let (gains, loses) = (verb(who, "gains"), verb(who, "loses"));
    let on = on(resources);
    let (about, text) = match (what, was, is) {
        (What::Role, _, Some(is)) => {
            let agree = now.map_or_else(String::new, |role| agree(role, auto));
            ("role", format!("{who} {gains} role {name} {on} ({agree}, at most {is})"))
        }
        (What::Role, ..) => {
            let whole = if now.is_none() { ": the role is gone" } else { "" };
            ("role", format!("{who} {loses} role {name} {on}{whole}"))
        }
        (What::Longest, Some(was), Some(is)) => {
            ("longest", format!("{who}: role {name}{place} lasts {is} instead of {was}"))
        }
        (What::Total, Some(was), Some(is)) => {
            ("total", format!("{who}: role {name}{place} lasts {is} with extensions, instead of {was}"))
        }
        (What::Auto, _, Some(_)) => {
            let where_ = where_of(now, auto).map_or_else(String::new, |text| format!(" where {text}"));
            ("alone", format!("{who}: role {name}{place} needs no approval{where_}"))
        }
        (What::Auto, ..) => {
            let where_ = where_of(before, auto).map_or_else(String::new, |text| format!(" where {text}"));
            ("alone", format!("{who}: role {name}{place} needs approval, and did not{where_}"))
        }
        (What::Glass, Some(was), Some(is)) => {
            ("break-glass", format!("{who}: break-glass of role {name}{place} lasts {is} instead of {was}"))
        }
        (What::Glass, None, Some(is)) => {
            ("break-glass", format!("{who} {gains} break-glass of role {name} {on} (at most {is})"))
        }
        (What::Glass, ..) => ("break-glass", format!("{who} {loses} break-glass of role {name} {on}")),
        (What::Longest | What::Total, ..) => {
            ("longest", format!("{who}: role {name}{place} lasts otherwise"))
        }
    };
    let told = |span: Option<Span>| match what {
        What::Auto => span.map(|_| "nobody agrees".to_owned()),
        _ => span.map(|span| span.to_string()),
    };
    Change::new(effect, about, text)
        .role(name)
        .who(who)
        .on(resources.iter().copied())
        .between(told(was), told(is))
}

/// The condition, unless it always holds there.
fn where_of(role: Option<&Role>, auto: Holds) -> Option<&str> {
    let condition = role.and_then(|role| role.auto_approve.as_ref());
    condition.filter(|_| auto == Holds::Sometimes).map(Condition::text)
}

/// `2 approvals`, `no approval where …`
fn agree(role: &Role, auto: Holds) -> String {
    let approvals = role.approvals();
    let needed = match (approvals.by_stage().len(), approvals.needed()) {
        (0, _) => None,
        (1, 1) => Some("1 approval".to_owned()),
        (1, needed) => Some(format!("{needed} approvals")),
        (stages, needed) => Some(format!("{needed} approvals in {stages} stages")),
    };
    let condition = where_of(Some(role), auto);
    match (needed, condition) {
        (Some(needed), None) if auto == Holds::Never => needed,
        (Some(needed), Some(condition)) => format!("{needed}, or none where {condition}"),
        (None, Some(condition)) => format!("no approval where {condition}"),
        (_, None) => "no approval".to_owned(),
    }
}
