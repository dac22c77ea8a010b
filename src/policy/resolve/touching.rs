//! Which rules could ever be about a role: ten thousand roles and a thousand rules meet here, so the rules
//! are numbered, and each resource has those that name it as one bit each.

use std::collections::HashMap;

use crate::domain::Name;
use crate::policy::model::{Role, Selector};

const BITS: usize = u64::BITS as usize;

pub(super) struct Touching<'r> {
    rules: Vec<(&'r Name, &'r Selector)>,
    /// The rules that name the resource.
    of_resource: HashMap<&'r Name, Vec<u64>>,
    /// Those that name no resources, so are about any.
    of_any: Vec<u64>,
}

impl<'r> Touching<'r> {
    pub fn new(rules: impl Iterator<Item = (&'r Name, &'r Selector)>) -> Self {
        let rules: Vec<_> = rules.collect();
        let words = rules.len().div_ceil(BITS);
        let mut of_resource: HashMap<&Name, Vec<u64>> = HashMap::new();
        let mut of_any = vec![0; words];
        for (number, (_, of)) in rules.iter().enumerate() {
            match &of.resources {
                None => set(&mut of_any, number),
                Some(resources) => {
                    for resource in resources {
                        set(of_resource.entry(resource).or_insert_with(|| vec![0; words]), number);
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
            for resource in role.resources.iter().filter_map(|name| self.of_resource.get(name)) {
                for (all, these) in bits.iter_mut().zip(resource) {
                    *all |= these;
                }
            }
        }
        let touches = |number: usize, of: &Selector| {
            is_set(&bits, number) && of.roles.as_ref().is_none_or(|roles| roles.contains(&role.name))
        };
        let rules = self.rules.iter().enumerate().filter(|(number, (_, of))| touches(*number, of));
        rules.map(|(_, (name, _))| (*name).clone()).collect()
    }
}

fn set(bits: &mut [u64], number: usize) {
    if let Some(word) = bits.get_mut(number / BITS) {
        *word |= 1 << (number % BITS);
    }
}

fn is_set(bits: &[u64], number: usize) -> bool {
    bits.get(number / BITS).is_some_and(|word| word & (1 << (number % BITS)) != 0)
}
