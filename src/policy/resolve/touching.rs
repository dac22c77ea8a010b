//! Which rules could ever be about a role.

use crate::domain::Name;
use crate::policy::bits::Bits;
use crate::policy::model::Selector;

/// The rules, numbered, with those that name a resource.
pub(super) struct Touching<'r> {
    rules: Vec<(&'r Name, &'r Selector)>,
    /// The rules that name a resource, by the resource's number.
    of_resource: Vec<Bits>,
    /// Those that name no resources, so are about any.
    of_any: Bits,
}

impl<'r> Touching<'r> {
    /// Each rule with the resources it names, by number.
    pub fn new(all: impl Iterator<Item = (&'r Name, &'r Selector, Option<&'r Bits>)>) -> Self {
        let mut rules = Vec::new();
        let mut of_resource: Vec<Bits> = Vec::new();
        let mut of_any = Bits::default();
        for (number, (name, of, among)) in all.enumerate() {
            rules.push((name, of));
            match among {
                None => of_any.set(number),
                Some(among) => {
                    for resource in among.numbers() {
                        if of_resource.len() <= resource {
                            of_resource.resize_with(resource + 1, Bits::default);
                        }
                        if let Some(bits) = of_resource.get_mut(resource) {
                            bits.set(number);
                        }
                    }
                }
            }
        }
        Self { rules, of_resource, of_any }
    }

    /// By name, for a role with these resources.
    pub fn rules_of(&self, role: &Name, resources: &Bits) -> Vec<Name> {
        let mut bits = self.of_any.clone();
        for these in resources.numbers().filter_map(|resource| self.of_resource.get(resource)) {
            bits.add(these);
        }
        let named = |of: &Selector| of.roles.as_ref().is_none_or(|roles| roles.contains(role));
        let rules = bits.numbers().filter_map(|number| self.rules.get(number));
        rules.filter(|(_, of)| named(of)).map(|(name, _)| (*name).clone()).collect()
    }
}
