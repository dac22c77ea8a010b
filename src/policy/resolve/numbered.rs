//! The resources by number: ten thousand roles do not look for each of ten thousand names.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::domain::{Name, Resource};
use crate::policy::bits::Bits;

/// The resources in the order of their names, with the numbers of those that have a label.
pub(super) struct Numbered<'a> {
    list: Vec<&'a Resource>,
    numbers: HashMap<&'a Name, usize>,
    of_label: HashMap<(&'a str, &'a str), Bits>,
}

impl<'a> Numbered<'a> {
    pub fn new(resources: &'a BTreeMap<Name, Resource>) -> Self {
        let list: Vec<&Resource> = resources.values().collect();
        let mut of_label: HashMap<_, Bits> = HashMap::new();
        for (number, resource) in list.iter().enumerate() {
            for (key, value) in &resource.labels {
                of_label.entry((key.as_str(), value.as_str())).or_default().set(number);
            }
        }
        let numbers = list.iter().enumerate().map(|(number, resource)| (&resource.name, number)).collect();
        Self { list, numbers, of_label }
    }

    pub fn into_numbers(self) -> HashMap<Name, usize> {
        self.numbers.into_iter().map(|(name, number)| (name.clone(), number)).collect()
    }

    pub fn number(&self, name: &Name) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    /// Those that have all of the labels, of which there is one at least.
    pub fn with(&self, labels: &BTreeMap<String, String>) -> Bits {
        let mut sets = labels.iter().map(|(key, value)| self.of_label.get(&(key.as_str(), value.as_str())));
        let Some(Some(first)) = sets.next() else { return Bits::default() };
        let mut all = first.clone();
        for set in sets {
            match set {
                Some(set) => all.keep(set),
                None => return Bits::default(),
            }
        }
        all
    }

    /// Those whose names begin so, in the order of their names.
    pub fn beginning(&self, prefix: &str) -> impl Iterator<Item = (usize, &'a Resource)> {
        let first = self.list.partition_point(|resource| resource.name.as_str() < prefix);
        let found = self.list.iter().copied().enumerate().skip(first);
        found.take_while(move |(_, resource)| resource.name.as_str().starts_with(prefix))
    }

    pub fn among<'s>(&'s self, bits: &'s Bits) -> impl Iterator<Item = &'a Resource> {
        bits.numbers().filter_map(|number| self.list.get(number).copied())
    }

    pub fn names(&self, bits: &Bits) -> BTreeSet<Name> {
        self.among(bits).map(|resource| resource.name.clone()).collect()
    }

    /// The numbers of these.
    pub fn bits<'n>(&self, names: impl IntoIterator<Item = &'n Name>) -> Bits {
        names.into_iter().filter_map(|name| self.number(name)).collect()
    }
}
