//! How values are spread: in memory that does not grow with their number.

use std::collections::BTreeMap;

use serde::Serialize;

/// Values of one kind. The least, the greatest, the sum and the counts below [`Self::steps`] are exact; for
/// the quantiles each value is rounded down to its first three digits.
#[derive(Debug, Clone)]
pub struct Spread {
    steps: &'static [Step],
    below: Vec<u64>,
    count: u64,
    sum: u128,
    least: u64,
    most: u64,
    rounded: BTreeMap<u64, u64>,
}

/// Values up to this one, and not up to the one before.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub upto: u64,
    pub name: &'static str,
}

/// What of a spread is shown. All in the unit of the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Quantiles {
    pub least: u64,
    pub median: u64,
    pub p95: u64,
    pub p99: u64,
    pub most: u64,
    /// Rounded down.
    pub mean: u64,
}

const fn step(upto: u64, name: &'static str) -> Step {
    Step { upto, name }
}

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// For people who decide or answer.
pub const ANSWERS: &[Step] = &[
    step(MINUTE, "1 min"),
    step(5 * MINUTE, "5 min"),
    step(15 * MINUTE, "15 min"),
    step(HOUR, "1 h"),
    step(4 * HOUR, "4 h"),
    step(DAY, "1 day"),
    step(7 * DAY, "7 days"),
    step(u64::MAX, "longer"),
];
/// For machines that end access.
pub const ENDS: &[Step] = &[
    step(100, "0.1 s"),
    step(500, "0.5 s"),
    step(SECOND, "1 s"),
    step(5 * SECOND, "5 s"),
    step(15 * SECOND, "15 s"),
    step(60 * SECOND, "60 s"),
    step(10 * MINUTE, "10 min"),
    step(u64::MAX, "longer"),
];
/// For how long access lasts.
pub const LENGTHS: &[Step] = &[
    step(15 * MINUTE, "15 min"),
    step(30 * MINUTE, "30 min"),
    step(HOUR, "1 h"),
    step(2 * HOUR, "2 h"),
    step(4 * HOUR, "4 h"),
    step(8 * HOUR, "8 h"),
    step(DAY, "1 day"),
    step(u64::MAX, "longer"),
];

impl Spread {
    pub fn new(steps: &'static [Step]) -> Self {
        Self {
            steps,
            below: vec![0; steps.len()],
            count: 0,
            sum: 0,
            least: u64::MAX,
            most: 0,
            rounded: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, value: u64) {
        self.count += 1;
        self.sum += u128::from(value);
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        *self.rounded.entry(three_digits(value)).or_default() += 1;
        let at = self.steps.iter().position(|step| value <= step.upto);
        if let Some(below) = at.and_then(|at| self.below.get_mut(at)) {
            *below += 1;
        }
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many are at most so; exact where it is one of the steps.
    pub fn upto(&self, value: u64) -> u64 {
        self.steps.iter().zip(&self.below).filter(|(step, _)| step.upto <= value).map(|(_, n)| n).sum()
    }

    /// The count of each step.
    pub fn bars(&self) -> Vec<(&'static str, u64)> {
        self.steps.iter().zip(&self.below).map(|(step, n)| (step.name, *n)).collect()
    }

    /// `None` where there is no value.
    pub fn quantiles(&self) -> Option<Quantiles> {
        let mean = u64::try_from(self.sum.checked_div(u128::from(self.count))?).unwrap_or(u64::MAX);
        let of = |share: u64| self.quantile(share);
        Some(Quantiles { least: self.least, median: of(50), p95: of(95), p99: of(99), most: self.most, mean })
    }

    /// The least value that `percent` of all are not above (nearest rank).
    fn quantile(&self, percent: u64) -> u64 {
        let rank = (u128::from(self.count) * u128::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        for (value, count) in &self.rounded {
            seen += u128::from(*count);
            if seen >= rank {
                return (*value).clamp(self.least, self.most);
            }
        }
        self.most
    }
}

fn three_digits(value: u64) -> u64 {
    let mut unit = 1;
    while value / unit >= 1000 {
        unit *= 10;
    }
    value / unit * unit
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_nothing_there_is_no_number() {
        assert_eq!(Spread::new(ENDS).quantiles(), None);
    }

    proptest! {
        #[test]
        fn a_quantile_is_the_nearest_rank_to_three_digits(values in proptest::collection::vec(0u64..10_000_000_000, 1..200)) {
            let mut spread = Spread::new(ENDS);
            values.iter().for_each(|v| spread.add(*v));
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let found = spread.quantiles().unwrap();
            let rank = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
            prop_assert_eq!((found.least, found.most), (sorted[0], sorted[sorted.len() - 1]));
            for (shown, exact) in [(found.median, rank(50)), (found.p95, rank(95)), (found.p99, rank(99))] {
                prop_assert!(shown <= exact && exact - shown <= exact / 100, "{} {}", shown, exact);
            }
            prop_assert_eq!(spread.upto(1000), sorted.iter().filter(|v| **v <= 1000).count() as u64);
            prop_assert_eq!(spread.bars().iter().map(|(_, n)| n).sum::<u64>(), sorted.len() as u64);
        }
    }
}
