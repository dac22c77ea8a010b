//! Which rules could ever be about a role.

use std::collections::HashMap;

use crate::domain::Name;
use crate::policy::bits::Bits;
use crate::policy::model::{Role, Selector};

/// The rules, numbered, with those that name a resource.
pub(super) struct Touching<'r> {
    rules: Vec<(&'r Name, &'r Selector)>,
    of_resource: HashMap<&'r Name, Bits>,
    /// Those that name no resources, so are about any.
    of_any: Bits,
}

impl<'r> Touching<'r> {
    pub fn new(rules: impl Iterator<Item = (&'r Name, &'r Selector)>) -> Self {
        let rules: Vec<_> = rules.collect();
        let mut of_resource: HashMap<&Name, Bits> = HashMap::new();
        let mut of_any = Bits::default();
        for (number, (_, of)) in rules.iter().enumerate() {
            match &of.resources {
                None => of_any.set(number),
                Some(resources) => {
                    for resource in resources {
                        of_resource.entry(resource).or_default().set(number);
                    }
                }
            }
        }
        Self { rules, of_resource, of_any }
    }

    /// By name.
    pub fn rules_of(&self, role: &Role) -> Vec<Name> {
        let mut bits = self.of_any.clone();
        if !self.of_resource.is_empty() {
            for these in role.resources.iter().filter_map(|name| self.of_resource.get(name)) {
                bits.add(these);
            }
        }
        let touches = |number: usize, of: &Selector| {
            bits.has(number) && of.roles.as_ref().is_none_or(|roles| roles.contains(&role.name))
        };
        let rules = self.rules.iter().enumerate().filter(|(number, (_, of))| touches(*number, of));
        rules.map(|(_, (name, _))| (*name).clone()).collect()
    }
}
