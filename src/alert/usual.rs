//! Simple robust statistics: what is usual by the median, and how far from it by the median absolute deviation.
//!
//! For a sample that were normally distributed, 1.4826 times the median absolute deviation is the standard
//! deviation (Rousseeuw and Croux, "Alternatives to the Median Absolute Deviation", 1993), which is where
//! the number comes from. Nothing here believes that people are normally distributed: the factors are
//! large, and what is not twice the median is never unusual.

const SCALE: f64 = 1.4826;

/// What somebody usually does, in whatever unit it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    pub median: f64,
    /// Scaled as above; never less than a tenth of the median, nor than `least`.
    pub spread: f64,
}

impl Usual {
    /// `None` of nothing. `least` is the smallest spread that is believed: who always asks for exactly an
    /// hour has none, and may ask for 61 minutes.
    pub fn of(sample: &[u32], least: f64) -> Option<Self> {
        let mut sorted: Vec<f64> = sample.iter().copied().map(f64::from).collect();
        let middle = median(&mut sorted)?;
        let mut away: Vec<f64> = sorted.iter().map(|value| (value - middle).abs()).collect();
        let spread = (median(&mut away)? * SCALE).max(middle / 10.0).max(least);
        Some(Self { median: middle, spread })
    }

    /// Whether it is more than twice the median, and more than `factor` spreads above it.
    pub fn is_exceeded_by(&self, value: u32, factor: u32) -> bool {
        let value = f64::from(value);
        value > 2.0 * self.median && value > self.median + f64::from(factor) * self.spread
    }
}

fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wild_value_does_not_move_what_is_usual() {
        let plain = Usual::of(&[60, 60, 55, 65, 60, 50, 70], 1.0).unwrap();
        let wild = Usual::of(&[60, 60, 55, 65, 60, 50, 100_000], 1.0).unwrap();
        assert_eq!(plain.median, wild.median);
        assert!(wild.is_exceeded_by(600, 6) && plain.is_exceeded_by(600, 6));
        assert!(!plain.is_exceeded_by(100, 6), "not twice as much");
    }

    #[test]
    fn of_nothing_nothing_is_usual() {
        assert_eq!(Usual::of(&[], 1.0), None);
    }
}
