//! `[dormant.NAME]`: who is suspended when they have used nothing for so long.

use std::collections::BTreeMap;

use crate::domain::{Actor, Name, Span};

use super::model::{Policy, Who};
use super::world::World;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dormant {
    pub name: Name,
    pub description: String,
    /// A day at least.
    pub after: Span,
    /// `None`: everybody.
    pub people: Option<Vec<Who>>,
}

pub type Dormants = BTreeMap<Name, Dormant>;

impl Policy {
    /// How long this actor may use nothing, by the strictest of the rules that are about them; `None` where
    /// none is.
    pub fn dormant_after(&self, actor: &Actor, world: &World) -> Option<Span> {
        let about = |rule: &&Dormant| {
            let listed = |list: &Vec<Who>| {
                self.names_of(actor).into_iter().any(|name| self.names_person(list, name, world))
            };
            rule.people.as_ref().is_none_or(listed)
        };
        self.dormants.values().filter(about).map(|rule| rule.after).min()
    }
}
