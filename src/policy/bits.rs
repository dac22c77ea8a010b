//! Sets of numbers below a bound, one bit each: ten thousand roles meet a thousand rules and ten thousand
//! resources when a policy is read, and names are slow to compare.

const WORD: usize = u64::BITS as usize;

#[derive(Debug, Clone, Default)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub fn set(&mut self, number: usize) {
        let word = number / WORD;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (number % WORD);
        }
    }

    pub fn has(&self, number: usize) -> bool {
        self.0.get(number / WORD).is_some_and(|word| word & (1 << (number % WORD)) != 0)
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// From the smallest.
    pub fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(at * WORD + bit)
            })
        })
    }

    /// What either has.
    pub fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }

    /// What both have.
    pub fn keep(&mut self, other: &Self) {
        self.0.truncate(other.0.len());
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine &= theirs;
        }
    }
}

impl FromIterator<usize> for Bits {
    fn from_iter<I: IntoIterator<Item = usize>>(numbers: I) -> Self {
        let mut bits = Self::default();
        numbers.into_iter().for_each(|number| bits.set(number));
        bits
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bits_are_sets_of_numbers(a: BTreeSet<u8>, b: BTreeSet<u8>) {
            let bits = |set: &BTreeSet<u8>| set.iter().map(|n| usize::from(*n)).collect::<Bits>();
            let list = |bits: &Bits| (0..=255).filter(|n| bits.has(usize::from(*n))).collect::<BTreeSet<u8>>();
            prop_assert_eq!(&list(&bits(&a)), &a);
            prop_assert_eq!(bits(&a).numbers().collect::<Vec<_>>(), a.iter().map(|n| usize::from(*n)).collect::<Vec<_>>());
            prop_assert_eq!(bits(&a).is_empty(), a.is_empty());
            let (mut either, mut both) = (bits(&a), bits(&a));
            either.add(&bits(&b));
            both.keep(&bits(&b));
            prop_assert_eq!(list(&either), &a | &b);
            prop_assert_eq!(list(&both), &a & &b);
        }
    }
}
