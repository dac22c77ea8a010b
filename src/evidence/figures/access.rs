use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{End, Inputs, MayHold, Moment, Part, Rows, when};
use crate::audit::EventKind as K;
use crate::domain::Time;
use crate::evidence::figure::{About, Figure, Value};
use crate::evidence::requests::Id;

pub static ABOUT: About = About {
    id: "access",
    title: "Who could hold which role, and who did",
    from: "request.filed and grant.active, by person and role. Who could is the policy's word when this was made (inputs.json), and is told only where it was passed in.",
    controls: &["5.15", "5.18", "5.22", "8.2", "8.3"],
    columns: &["role", "person", "could_when_made", "requests", "grants", "last_used"],
};

#[derive(Default, Clone, Copy)]
struct Use {
    asked: u64,
    held: u64,
    last: Option<Time>,
}

pub struct Access {
    may_hold: Option<Vec<MayHold>>,
    uses: BTreeMap<(Id, Id), Use>,
}

impl Access {
    pub fn new(inputs: &Inputs) -> Self {
        Self { may_hold: inputs.may_hold.clone(), uses: BTreeMap::new() }
    }

    /// By the text of role and person: could, and did.
    fn pairs<'a>(&'a self, end: &'a End<'_>) -> BTreeMap<(&'a str, &'a str), (bool, Use)> {
        let mut pairs: BTreeMap<(&str, &str), (bool, Use)> = BTreeMap::new();
        for role in self.may_hold.iter().flatten() {
            for person in &role.people {
                pairs.entry((&role.role, person)).or_default().0 = true;
            }
        }
        for ((role, person), used) in &self.uses {
            pairs.entry((end.names.text(*role), end.names.text(*person))).or_default().1 = *used;
        }
        pairs
    }

    fn could(&self, could: bool) -> &'static str {
        match (self.may_hold.is_some(), could) {
            (false, _) => "not passed in",
            (true, true) => "yes",
            (true, false) => "no",
        }
    }
}

impl Part for Access {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, _rows: &mut dyn Rows) -> io::Result<()> {
        let Some(open) = moment.open else { return Ok(()) };
        let used = match moment.event.known {
            Some(K::RequestFiled | K::GrantActive) => {
                self.uses.entry((open.role, open.requester)).or_default()
            }
            _ => return Ok(()),
        };
        if moment.event.known == Some(K::RequestFiled) {
            used.asked += 1;
        } else {
            used.held += 1;
            used.last = Some(moment.event.at);
        }
        Ok(())
    }

    fn end(&mut self, end: &End<'_>, rows: &mut dyn Rows) -> io::Result<()> {
        for ((role, person), (could, Use { asked, held, last })) in self.pairs(end) {
            let cells = [asked.to_string(), held.to_string(), when(last)];
            let [asked, held, last] = cells.each_ref().map(String::as_str);
            rows.row(ABOUT.id, &[role, person, self.could(could), asked, held, last])?;
        }
        Ok(())
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        #[derive(Default)]
        struct Role {
            could: u64,
            asked: BTreeSet<Id>,
            held: BTreeSet<Id>,
            grants: u64,
        }
        let mut roles: BTreeMap<&str, Role> = BTreeMap::new();
        for role in self.may_hold.iter().flatten() {
            let people: BTreeSet<&str> = role.people.iter().map(String::as_str).collect();
            roles.entry(&role.role).or_default().could = people.len() as u64;
        }
        let (mut asked, mut held) = (BTreeSet::new(), BTreeSet::new());
        for ((role, person), used) in &self.uses {
            let role = roles.entry(end.names.text(*role)).or_default();
            role.grants += used.held;
            if used.asked > 0 {
                role.asked.insert(*person);
                asked.insert(*person);
            }
            if used.held > 0 {
                role.held.insert(*person);
                held.insert(*person);
            }
        }
        let known = self.may_hold.is_some();
        let (mut could_not_used, mut used_could_not) = (0, 0);
        if known {
            for (could, used) in self.pairs(end).into_values() {
                could_not_used += u64::from(could && used.held == 0);
                used_could_not += u64::from(!could && used.held > 0);
            }
        }
        let told = |count: u64| if known { Value::Count(count) } else { Value::Nothing(()) };
        let pairs: u64 = roles.values().map(|role| role.could).sum();
        let mut list: Vec<(&str, Role)> = roles.into_iter().collect();
        list.sort_by(|a, b| b.1.grants.cmp(&a.1.grants).then(a.0.cmp(b.0)));
        let list = list
            .into_iter()
            .map(|(name, role)| {
                let could = if known { role.could.to_string() } else { "not passed in".to_owned() };
                let counts = [role.asked.len() as u64, role.held.len() as u64, role.grants];
                [name.to_owned(), could].into_iter().chain(counts.iter().map(u64::to_string)).collect()
            })
            .collect();
        Figure::new(self.uses.is_empty())
            .count("people_asked", "People and services that asked for access", asked.len() as u64)
            .count("people_held", "People and services that used it", held.len() as u64)
            .count("grants", "Grants that were used", self.uses.values().map(|used| used.held).sum())
            .fact(
                "pairs_could",
                "Pairs of person and role that the policy lets be, when this was made",
                told(pairs),
            )
            .fact("could_not_used", "Of these, not used in the period", told(could_not_used))
            .fact(
                "used_could_not",
                "Used in the period, and no longer possible when this was made",
                told(used_could_not),
            )
            .table(
                "By role",
                &["role", "people who could", "people who asked", "people who used it", "grants"],
                list,
            )
    }
}
