//! Walking one file's spanned TOML tree, with an exact place for everything in it.
//!
//! By hand and not through `serde`: a derived reader stops at its first error, and knows the place of
//! a missing key no better than its file.

use std::collections::HashSet;
use std::fmt;
use std::hash::Hash;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::diagnostic::{Problem, Problems, nearest_of, shown};
use super::source::{At, Item, SourceFile, before};

/// What a part of the tree is called in a message. Put together only there: a large policy has a million
/// parts, and nothing is wrong with any of them.
#[derive(Debug, Clone)]
pub(super) enum What<'t> {
    Text(String),
    /// "role `web`"
    Named {
        kind: &'static str,
        name: &'t str,
    },
    /// "`approvers` of role `web`"
    Key {
        key: &'t str,
        of: Rc<What<'t>>,
    },
}

impl From<String> for What<'_> {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for What<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Named { kind, name } => write!(f, "{kind} `{}`", shown(name)),
            Self::Key { key, of } => write!(f, "`{}` of {of}", shown(key)),
        }
    }
}

/// A table of the tree and what it is called.
#[derive(Debug, Clone)]
pub(super) struct Section<'t> {
    /// Of its name: where a key that is missing would be missed.
    pub at: At,
    pub what: Rc<What<'t>>,
    table: &'t DeTable<'t>,
    /// Keys that an unknown one was meant to be, as far as can be told.
    misspelt: Vec<String>,
}

/// A key of a section, with its value.
#[derive(Debug, Clone)]
pub(super) struct Entry<'t> {
    /// Of the key.
    pub key_at: At,
    pub key: &'t str,
    /// Of the value.
    pub at: At,
    pub what: What<'t>,
    value: &'t DeValue<'t>,
}

/// An array's elements. `whole` is false where some were left out, as they were wrong.
#[derive(Debug)]
pub(super) struct List<T> {
    pub at: At,
    pub items: Vec<Item<T>>,
    pub whole: bool,
}

impl<'t> Section<'t> {
    /// The whole file.
    pub fn root(file: usize, what: &str, table: &'t Spanned<DeTable<'t>>) -> Self {
        Self::new(At::new(file, 0..0), what.to_owned(), table.get_ref())
    }

    fn new(at: At, what: impl Into<What<'t>>, table: &'t DeTable<'t>) -> Self {
        Self { at, what: Rc::new(what.into()), table, misspelt: Vec::new() }
    }

    pub fn entries(&self) -> impl Iterator<Item = Entry<'t>> {
        self.table.iter().map(|(key, value)| self.entry(key, value))
    }

    fn entry(&self, key: &'t Spanned<DeString<'t>>, value: &'t Spanned<DeValue<'t>>) -> Entry<'t> {
        Entry {
            key_at: At::new(self.at.file, key.span()),
            key: key.get_ref(),
            at: At::new(self.at.file, value.span()),
            what: What::Key { key: key.get_ref(), of: Rc::clone(&self.what) },
            value: value.get_ref(),
        }
    }

    /// Reports every key that is not in `known`.
    pub fn only(&mut self, known: &[&str], problems: &mut Problems) {
        let unknown: Vec<_> = self.entries().filter(|entry| !known.contains(&entry.key)).collect();
        for entry in unknown {
            let near = nearest_of(entry.key, known.iter().copied());
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys are {}", quoted(known)),
            };
            let message = format!("unknown key `{}` in {}", shown(entry.key), self.what);
            problems.push(Problem::new(entry.key_at, "unknown-key", message).hint(hint));
            self.misspelt.extend(near.map(str::to_owned));
        }
    }

    /// Whether the key is there under a wrong spelling, which is reported.
    pub fn misspells(&self, key: &str) -> bool {
        self.misspelt.iter().any(|name| name == key)
    }

    pub fn get(&self, key: &str) -> Option<Entry<'t>> {
        let (key, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(self.entry(key, value))
    }

    /// The entry, or an error that it is missing.
    pub fn need(&self, key: &str, hint: &str, problems: &mut Problems) -> Option<Entry<'t>> {
        let entry = self.get(key);
        if entry.is_none() && !self.misspells(key) {
            let message = format!("{} has no `{key}`", self.what);
            problems.push(Problem::new(self.at, "missing-key", message).hint(hint));
        }
        entry
    }
}

impl<'t> Entry<'t> {
    pub fn table(&self, what: impl Into<What<'t>>, problems: &mut Problems) -> Option<Section<'t>> {
        match self.value {
            DeValue::Table(table) => Some(Section::new(self.key_at, what, table)),
            other => self.wrong("a table", other, problems),
        }
    }

    /// An array of tables, `[[what]]`.
    pub fn tables(&self, what: &str, problems: &mut Problems) -> Option<Vec<Section<'t>>> {
        let DeValue::Array(array) = self.value else {
            return self.wrong(&format!("tables, each `[[{what}]]`"), self.value, problems);
        };
        let mut sections = Vec::new();
        for (number, element) in (1..).zip(array.iter()) {
            let at = At::new(self.at.file, element.span());
            match element.get_ref() {
                DeValue::Table(table) => {
                    sections.push(Section::new(at, format!("{what} {number}"), table));
                }
                other => {
                    let message = format!("{} has tables, this is {}", self.what, type_of(other));
                    problems.push(Problem::new(at, "type", message));
                }
            }
        }
        Some(sections)
    }

    pub fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    pub fn is_empty_table(&self) -> bool {
        matches!(self.value, DeValue::Table(table) if table.is_empty())
    }

    pub fn is_boolean(&self) -> bool {
        matches!(self.value, DeValue::Boolean(_))
    }

    pub fn text(&self, problems: &mut Problems) -> Option<Item<&'t str>> {
        match self.value {
            DeValue::String(text) => Some(Item { at: self.at, value: text }),
            other => self.wrong("a string", other, problems),
        }
    }

    pub fn boolean(&self, problems: &mut Problems) -> Option<bool> {
        match self.value {
            DeValue::Boolean(value) => Some(*value),
            other => self.wrong("`true` or `false`", other, problems),
        }
    }

    /// A whole number from 0 to 2^32 - 1.
    pub fn number(&self, problems: &mut Problems) -> Option<u32> {
        match self.value {
            DeValue::Integer(integer) => {
                let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
                if number.is_none() {
                    let message = format!("{} is not a number that makes sense here", self.what);
                    problems
                        .push(Problem::new(self.at, "number", message).hint("write a number such as 1 or 2"));
                }
                number
            }
            other => self.wrong("a whole number", other, problems),
        }
    }

    /// An array of strings, each read by `read`, which says why it is not one. Twice the same is an
    /// error: one of the two was meant to be something else.
    pub fn list<T: Eq + Hash>(
        &self,
        problems: &mut Problems,
        mut read: impl FnMut(Item<&'t str>) -> Result<T, Problem>,
    ) -> Option<List<T>> {
        let DeValue::Array(array) = self.value else {
            return self.wrong("an array of strings", self.value, problems);
        };
        let mut list = List { at: self.at, items: Vec::new(), whole: true };
        for element in array.iter() {
            let at = At::new(self.at.file, element.span());
            let read = match element.get_ref() {
                DeValue::String(text) => read(Item { at, value: text }),
                other => Err(Problem::new(
                    at,
                    "type",
                    format!("{} has strings, this is {}", self.what, type_of(other)),
                )
                .hint("write it in quotes")),
            };
            match read {
                Ok(value) => list.items.push(Item { at, value }),
                Err(problem) => {
                    list.whole = false;
                    problems.push(problem);
                }
            }
        }
        let mut seen = HashSet::with_capacity(list.items.len());
        let again: Vec<At> =
            list.items.iter().filter(|item| !seen.insert(&item.value)).map(|item| item.at).collect();
        for at in &again {
            list.whole = false;
            let message = format!("{} has the same entry twice", self.what);
            problems.push(Problem::new(*at, "duplicate", message).hint("remove one of them"));
        }
        // In order of place, as the elements are.
        list.items.retain(|item| again.binary_search(&item.at).is_err());
        Some(list)
    }

    fn wrong<T>(&self, expected: &str, found: &DeValue<'_>, problems: &mut Problems) -> Option<T> {
        let message = format!("{} is {}, expected {expected}", self.what, type_of(found));
        problems.push(Problem::new(self.at, "type", message).label(format!("expected {expected}")));
        None
    }
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// `a`, `b`
pub(super) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// Parses one file. What is no TOML at all, a key given twice included, is reported; the tree is for
/// reading only where nothing was.
pub(super) fn parse<'t>(
    number: usize,
    file: &'t SourceFile,
    problems: &mut Problems,
) -> Option<Spanned<DeTable<'t>>> {
    let (tree, errors) = DeTable::parse_recoverable(&file.text);
    let mut skip_until = 0;
    for error in &errors {
        let span = error.span().unwrap_or(file.text.len()..file.text.len());
        let at = At::new(number, span);
        let Some(key) = file.text.get(at.start..at.end).filter(|_| error.message() == "duplicate key") else {
            // Never the crate's own rendering: it passes the file's raw bytes on.
            let message = format!("this is not TOML: {}", shown(error.message()));
            problems.push(Problem::new(at, "syntax", message));
            continue;
        };
        let header = header_path(&file.text, at.start);
        // A table that is there twice makes each of its keys a duplicate too: once is enough.
        if at.start < skip_until && header.is_none() {
            continue;
        }
        if header.is_some() {
            let rest = file.text.get(at.end..).unwrap_or("");
            skip_until = rest.find("\n[").map_or(file.text.len(), |next| at.end + next);
        }
        let name = header.as_ref().map_or_else(|| key.to_owned(), |path| path.join("."));
        let mut problem =
            Problem::new(at, "duplicate", format!("`{}` is defined twice in this file", shown(&name)))
                .label("the second time");
        if let Some(first) = first_definition(&file.text, at.start, key, header.as_deref()) {
            problem = problem.also(At::new(number, first), "the first time is here");
        }
        problems.push(problem);
    }
    errors.is_empty().then_some(tree)
}

/// The keys of the `[table.header]` that the byte stands in.
fn header_path(text: &str, byte: usize) -> Option<Vec<String>> {
    let start = before(text, byte).rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.get(start..)?.lines().next()?;
    if !line.trim_start().starts_with('[') {
        return None;
    }
    let document = DeTable::parse(line).ok()?;
    let mut path = Vec::new();
    let mut table = document.get_ref();
    while let Some((key, value)) = table.iter().next() {
        path.push(key.get_ref().to_string());
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    Some(path)
}

/// Where the key of a second definition at `byte` stands for the first time. The parser does not
/// tell, so the text before the second one is read again.
fn first_definition(
    text: &str,
    byte: usize,
    key: &str,
    header: Option<&[String]>,
) -> Option<std::ops::Range<usize>> {
    let (document, _) = DeTable::parse_recoverable(before(text, byte));
    let Some(path) = header else {
        // A key of the table that is open here, so the nearest of that spelling.
        return nearest(document.get_ref(), key);
    };
    let mut found = None;
    let mut table = document.get_ref();
    for part in path {
        let (key, value) = table.iter().find(|(key, _)| key.get_ref() == part)?;
        found = Some(key.span());
        match value.get_ref() {
            DeValue::Table(inner) => table = inner,
            _ => break,
        }
    }
    found
}

fn nearest(table: &DeTable<'_>, name: &str) -> Option<std::ops::Range<usize>> {
    table
        .iter()
        .flat_map(|(key, value)| {
            let own = (key.get_ref() == name).then(|| key.span());
            let inner = match value.get_ref() {
                DeValue::Table(inner) => nearest(inner, name),
                _ => None,
            };
            [own, inner]
        })
        .flatten()
        .max_by_key(|span| span.start)
}
