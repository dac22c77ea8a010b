//! What a figure consists of, and how values are told of.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub(super) type Rows = Vec<Vec<String>>;

/// The most first, then by name.
pub(super) fn ranked(names: impl IntoIterator<Item = String>) -> Rows {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for name in names {
        *counts.entry(name).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts.into_iter().map(|(name, count)| vec![name, count.to_string()]).collect()
}

pub(super) fn different(names: impl IntoIterator<Item = String>) -> usize {
    names.into_iter().collect::<BTreeSet<_>>().len()
}

/// As shown: quantiles by nearest rank, of values rounded down to three digits.
pub(super) fn spread(values: &[i64]) -> Value {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else { return Value::Null };
    let rounded = |value: i64| {
        let digits = value.to_string();
        let kept: String =
            digits.chars().enumerate().map(|(at, digit)| if at < 3 { digit } else { '0' }).collect();
        kept.parse::<i64>().unwrap().clamp(least, most)
    };
    let rank = |percent: usize| rounded(sorted[(sorted.len() * percent).div_ceil(100) - 1]);
    let mean = sorted.iter().sum::<i64>() / i64::try_from(sorted.len()).unwrap();
    json!({"least": least, "median": rank(50), "p95": rank(95), "p99": rank(99), "most": most, "mean": mean})
}

pub(super) const SECOND: i64 = 1000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;
pub(super) const ANSWERS: [(i64, &str); 8] = [
    (MINUTE, "1 min"),
    (5 * MINUTE, "5 min"),
    (15 * MINUTE, "15 min"),
    (HOUR, "1 h"),
    (4 * HOUR, "4 h"),
    (DAY, "1 day"),
    (7 * DAY, "7 days"),
    (i64::MAX, "longer"),
];
pub(super) const ENDS: [(i64, &str); 8] = [
    (100, "0.1 s"),
    (500, "0.5 s"),
    (SECOND, "1 s"),
    (5 * SECOND, "5 s"),
    (15 * SECOND, "15 s"),
    (60 * SECOND, "60 s"),
    (10 * MINUTE, "10 min"),
    (i64::MAX, "longer"),
];
pub(super) const LENGTHS: [(i64, &str); 8] = [
    (15 * MINUTE, "15 min"),
    (30 * MINUTE, "30 min"),
    (HOUR, "1 h"),
    (2 * HOUR, "2 h"),
    (4 * HOUR, "4 h"),
    (8 * HOUR, "8 h"),
    (DAY, "1 day"),
    (i64::MAX, "longer"),
];

/// How many are at most so long, and longer than the step before.
pub(super) fn bars(steps: &[(i64, &str)], values: &[i64]) -> Vec<(String, usize)> {
    let mut before = i64::MIN;
    let mut bars = Vec::new();
    for (upto, name) in steps {
        let count = values.iter().filter(|value| before < **value && **value <= *upto).count();
        bars.push(((*name).to_owned(), count));
        before = *upto;
    }
    bars
}

/// A figure; tables without rows and charts of nothing are not there.
#[derive(Default)]
pub(super) struct Figure {
    records: usize,
    facts: Vec<(&'static str, Value)>,
    tables: Vec<Value>,
    charts: Vec<Value>,
}

impl Figure {
    /// Of so many rows in its CSV.
    pub(super) fn of(records: usize) -> Self {
        Self { records, ..Self::default() }
    }

    pub(super) fn fact(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.facts.push((key, value.into()));
        self
    }

    pub(super) fn table(mut self, name: &str, columns: &[&str], rows: Rows) -> Self {
        if !rows.is_empty() {
            self.tables.push(json!({"name": name, "columns": columns, "rows": rows}));
        }
        self
    }

    pub(super) fn chart(mut self, name: &str, bars: Vec<(String, usize)>) -> Self {
        if bars.iter().any(|(_, count)| *count > 0) {
            self.charts.push(json!({"name": name, "bars": bars}));
        }
        self
    }

    pub(super) fn json(self) -> Value {
        let facts: serde_json::Map<String, Value> =
            self.facts.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        json!({"records": self.records, "facts": facts, "tables": self.tables, "charts": self.charts})
    }
}

pub(super) fn named(bars: &[(&str, usize)]) -> Vec<(String, usize)> {
    bars.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

pub(super) fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}
