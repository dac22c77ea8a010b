//! What a figure consists of, whatever it is about.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::spread::{Quantiles, Spread};
use crate::domain::Time;

/// What is fixed about a figure.
#[derive(Debug, PartialEq, Eq)]
pub struct About {
    /// Names its files: `figures/ID.json`, `figures/ID.csv`.
    pub id: &'static str,
    pub title: &'static str,
    /// What it is computed from.
    pub from: &'static str,
    /// The numbers of the Annex A controls that it says something about.
    pub controls: &'static [&'static str],
    /// Of the records in its CSV.
    pub columns: &'static [&'static str],
}

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Figure {
    /// Nothing that it is about happened in the period.
    pub empty: bool,
    pub facts: Facts,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<Table>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<Chart>,
}

/// Numbers and texts, each with its key for machines and its words for people.
#[derive(Debug, Default)]
pub struct Facts(pub Vec<Fact>);

#[derive(Debug)]
pub struct Fact {
    pub key: &'static str,
    pub says: &'static str,
    pub value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    Count(u64),
    Text(String),
    At(Time),
    /// Milliseconds; `null` where there was nothing to measure.
    Spread(Option<Quantiles>),
    /// Milliseconds, one value.
    Millis(u64),
    /// Nothing to tell.
    Nothing(()),
}

/// Rows of text, the most telling first. People see the first few; all are in the JSON.
#[derive(Debug, Serialize)]
pub struct Table {
    pub name: &'static str,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

/// Counts side by side. The names are ours, never text of other people.
#[derive(Debug, Serialize)]
pub struct Chart {
    pub name: &'static str,
    pub bars: Vec<(&'static str, u64)>,
}

impl Serialize for Facts {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut map = s.serialize_map(Some(self.0.len()))?;
        for Fact { key, value, .. } in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl Figure {
    pub fn new(empty: bool) -> Self {
        Self { empty, ..Self::default() }
    }

    #[must_use]
    pub fn count(mut self, key: &'static str, says: &'static str, count: u64) -> Self {
        self.facts.0.push(Fact { key, says, value: Value::Count(count) });
        self
    }

    #[must_use]
    pub fn fact(mut self, key: &'static str, says: &'static str, value: Value) -> Self {
        self.facts.0.push(Fact { key, says, value });
        self
    }

    /// The key ends with `_ms`.
    #[must_use]
    pub fn spread(self, key: &'static str, says: &'static str, spread: &Spread) -> Self {
        self.fact(key, says, Value::Spread(spread.quantiles()))
    }

    #[must_use]
    pub fn text(self, key: &'static str, says: &'static str, text: Option<impl Into<String>>) -> Self {
        self.fact(key, says, text.map_or(Value::Nothing(()), |text| Value::Text(text.into())))
    }

    /// A table without rows is left out.
    #[must_use]
    pub fn table(mut self, name: &'static str, columns: &[&'static str], rows: Vec<Vec<String>>) -> Self {
        if !rows.is_empty() {
            self.tables.push(Table { name, columns: columns.to_vec(), rows });
        }
        self
    }

    /// A chart of nothing is left out.
    #[must_use]
    pub fn chart(mut self, name: &'static str, bars: Vec<(&'static str, u64)>) -> Self {
        if bars.iter().any(|(_, count)| *count > 0) {
            self.charts.push(Chart { name, bars });
        }
        self
    }
}
