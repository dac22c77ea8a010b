//! Filters (RFC 7644, section 3.4.2.2): `userName eq "alice" and not (active eq false)`.
//!
//! An attribute that nobody knows, or a comparison that makes no sense of its type, is refused; it never
//! quietly matches nothing or everything.

use serde_json::Value;

use super::schema::{Attribute, Schema, Type};
use super::{Refusal, ScimType};
use crate::domain::Time;

/// Bytes of a filter.
const LONGEST: usize = 1000;
/// Brackets within brackets.
const DEEPEST: usize = 16;

/// A condition on a resource, or on one value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Present(At),
    Compare(At, Comparison, Value),
    /// One value of the attribute meets the filter.
    Some(&'static Attribute, Box<Self>),
    /// An attribute that clients may send and jit does not keep: it is there nowhere.
    Never,
}

/// An attribute, or a part of one.
#[derive(Debug, Clone, Copy)]
pub struct At {
    pub attribute: &'static Attribute,
    pub part: Option<&'static Attribute>,
}

impl PartialEq for At {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.attribute, other.attribute)
            && self.part.map(|part| part.name) == other.part.map(|part| part.name)
    }
}

impl PartialEq for Attribute {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Comparison {
    fn from_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Self::Equal,
            "ne" => Self::NotEqual,
            "co" => Self::Contains,
            "sw" => Self::StartsWith,
            "ew" => Self::EndsWith,
            "gt" => Self::Greater,
            "ge" => Self::GreaterOrEqual,
            "lt" => Self::Less,
            "le" => Self::LessOrEqual,
            _ => return None,
        })
    }
}

fn bad(detail: impl AsRef<str>) -> Refusal {
    Refusal::of(ScimType::InvalidFilter, detail)
}

impl Filter {
    pub fn parse(schema: &'static Schema, text: &str) -> Result<Self, Refusal> {
        Self::whole(schema, None, text)
    }

    /// A filter on the values of an attribute: what stands in the brackets of a path.
    pub fn of_values(
        schema: &'static Schema,
        attribute: &'static Attribute,
        text: &str,
    ) -> Result<Self, Refusal> {
        Self::whole(schema, Some(attribute), text)
    }

    fn whole(
        schema: &'static Schema,
        within: Option<&'static Attribute>,
        text: &str,
    ) -> Result<Self, Refusal> {
        if text.len() > LONGEST {
            return Err(bad(format!("a filter has {LONGEST} bytes at most")));
        }
        let mut parser = Parser { schema, within, rest: text, depth: 0 };
        let filter = parser.any()?;
        match parser.rest.trim_start() {
            "" => Ok(filter),
            rest => Err(bad(format!("{rest:?} is not understood"))),
        }
    }

    /// Whether the object meets it: a resource, or one value where the filter is of values.
    pub fn matches(&self, object: &Value) -> bool {
        match self {
            Self::And(all) => all.iter().all(|filter| filter.matches(object)),
            Self::Or(any) => any.iter().any(|filter| filter.matches(object)),
            Self::Not(filter) => !filter.matches(object),
            Self::Present(at) => !values(object, *at).is_empty(),
            Self::Compare(at, comparison, wanted) => {
                let (leaf, found) = (at.leaf(), values(object, *at));
                match comparison {
                    Comparison::Equal if wanted.is_null() => found.is_empty(),
                    Comparison::NotEqual if wanted.is_null() => !found.is_empty(),
                    // Whoever has no value has another one.
                    Comparison::NotEqual => {
                        !found.iter().any(|value| compare(leaf, Comparison::Equal, value, wanted))
                    }
                    _ => found.iter().any(|value| compare(leaf, *comparison, value, wanted)),
                }
            }
            Self::Some(attribute, filter) => match object.get(attribute.name) {
                Some(Value::Array(values)) => values.iter().any(|value| filter.matches(value)),
                Some(value) => filter.matches(value),
                None => false,
            },
            Self::Never => false,
        }
    }

    /// The text that it compares this attribute with, where it does nothing else.
    pub fn only(&self, name: &str) -> Option<&str> {
        match self {
            Self::Compare(At { attribute, part: None }, Comparison::Equal, Value::String(text))
                if attribute.name == name =>
            {
                Some(text)
            }
            _ => None,
        }
    }

    /// What an object has that meets it, where that can be told: `type eq "work" and primary eq true`.
    pub fn pattern(&self) -> Option<super::Object> {
        match self {
            Self::Compare(At { attribute, part: None }, Comparison::Equal, value) if !value.is_null() => {
                Some([(attribute.name.to_owned(), value.clone())].into_iter().collect())
            }
            Self::And(all) => all.iter().try_fold(super::Object::new(), |mut object, filter| {
                object.extend(filter.pattern()?);
                Some(object)
            }),
            _ => None,
        }
    }
}

impl At {
    /// What is compared: of an attribute with parts, its value.
    fn leaf(self) -> &'static Attribute {
        self.part.unwrap_or_else(|| self.attribute.part("value").unwrap_or(self.attribute))
    }
}

/// The values that are there.
fn values(object: &Value, at: At) -> Vec<&Value> {
    let Some(found) = object.get(at.attribute.name) else { return Vec::new() };
    let each: Vec<&Value> = match found {
        Value::Array(list) => list.iter().collect(),
        one => vec![one],
    };
    let inner = |value: &'_ Value| !value.is_null() && *value != "";
    match at.attribute.kind {
        Type::Complex => {
            let leaf = at.leaf();
            // `name pr`: there is something.
            if std::ptr::eq(leaf, at.attribute) {
                return each;
            }
            each.into_iter().filter_map(|value| value.get(leaf.name)).filter(|value| inner(value)).collect()
        }
        _ => each.into_iter().filter(|value| inner(value)).collect(),
    }
}

fn compare(leaf: &Attribute, comparison: Comparison, found: &Value, wanted: &Value) -> bool {
    if let (Value::Bool(found), Value::Bool(wanted)) = (found, wanted) {
        return comparison == Comparison::Equal && found == wanted;
    }
    let (Some(found), Some(wanted)) = (found.as_str(), wanted.as_str()) else { return false };
    if leaf.kind == Type::DateTime {
        let (Ok(found), Ok(wanted)) = (found.parse::<Time>(), wanted.parse::<Time>()) else { return false };
        return match comparison {
            Comparison::Equal => found == wanted,
            Comparison::Greater => found > wanted,
            Comparison::GreaterOrEqual => found >= wanted,
            Comparison::Less => found < wanted,
            Comparison::LessOrEqual => found <= wanted,
            _ => false,
        };
    }
    // ASCII only: a look-alike from elsewhere folds to no letter of ours.
    let fold = |text: &str| if leaf.case_exact { text.to_owned() } else { text.to_ascii_lowercase() };
    let (found, wanted) = (fold(found), fold(wanted));
    match comparison {
        Comparison::Equal => found == wanted,
        Comparison::NotEqual => found != wanted,
        Comparison::Contains => found.contains(&wanted),
        Comparison::StartsWith => found.starts_with(&wanted),
        Comparison::EndsWith => found.ends_with(&wanted),
        Comparison::Greater => found > wanted,
        Comparison::GreaterOrEqual => found >= wanted,
        Comparison::Less => found < wanted,
        Comparison::LessOrEqual => found <= wanted,
    }
}

struct Parser<'t> {
    schema: &'static Schema,
    within: Option<&'static Attribute>,
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn any(&mut self) -> Result<Filter, Refusal> {
        let mut any = vec![self.all()?];
        while self.word("or") {
            any.push(self.all()?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Filter::Or(any) })
    }

    fn all(&mut self) -> Result<Filter, Refusal> {
        let mut all = vec![self.one()?];
        while self.word("and") {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Filter::And(all) })
    }

    fn one(&mut self) -> Result<Filter, Refusal> {
        if self.word("not") {
            if !self.rest.trim_start().starts_with('(') {
                return Err(bad("`not` stands before a bracket"));
            }
            return Ok(Filter::Not(Box::new(self.one()?)));
        }
        if self.sign('(') {
            let filter = self.deeper(Self::any)?;
            return if self.sign(')') { Ok(filter) } else { Err(bad("a bracket is not closed")) };
        }
        let path = self.path()?;
        let at = self.attribute(path)?;
        if self.sign('[') {
            let Some(at) = at else { return Err(bad(format!("{path} is not kept here"))) };
            if at.part.is_some() || at.attribute.kind != Type::Complex || self.within.is_some() {
                return Err(bad(format!("{path} has no values to choose from")));
            }
            self.within = Some(at.attribute);
            let filter = self.deeper(Self::any)?;
            self.within = None;
            if !self.sign(']') {
                return Err(bad("a bracket is not closed"));
            }
            return Ok(Filter::Some(at.attribute, Box::new(filter)));
        }
        if self.word("pr") {
            return Ok(at.map_or(Filter::Never, Filter::Present));
        }
        let word = self.path()?;
        let comparison =
            Comparison::from_word(word).ok_or_else(|| bad(format!("{word:?} is no operator")))?;
        let value = self.value()?;
        let Some(at) = at else {
            let absent = matches!((comparison, &value), (Comparison::Equal, Value::Null))
                || (comparison == Comparison::NotEqual && !value.is_null());
            return Ok(if absent { Filter::Not(Box::new(Filter::Never)) } else { Filter::Never });
        };
        check(at, comparison, &value)?;
        Ok(Filter::Compare(at, comparison, value))
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(bad(format!("a filter has {DEEPEST} brackets within each other at most")));
        }
        let parsed = parse(self)?;
        self.depth -= 1;
        Ok(parsed)
    }

    /// `None`: one that jit does not keep.
    fn attribute(&self, path: &str) -> Result<Option<At>, Refusal> {
        let unknown = || bad(format!("there is no attribute {path}"));
        if let Some(within) = self.within {
            return match within.part(path) {
                Some(part) => Ok(Some(At { attribute: part, part: None })),
                None if self.schema.is_unused(path) => Ok(None),
                None => Err(unknown()),
            };
        }
        if let Some(at) = At::parse(self.schema, path) {
            return Ok(Some(at));
        }
        if self.schema.is_unused_path(path) { Ok(None) } else { Err(unknown()) }
    }

    /// A word of the grammar, whatever its case, and not the beginning of a longer one.
    fn word(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        let Some((start, after)) = rest.split_at_checked(word.len()) else { return false };
        if !start.eq_ignore_ascii_case(word) || after.starts_with(is_name) {
            return false;
        }
        self.rest = after;
        true
    }

    fn sign(&mut self, sign: char) -> bool {
        let rest = self.rest.trim_start();
        // The bracket of a path follows its name at once.
        let rest = if sign == '[' { self.rest } else { rest };
        match rest.strip_prefix(sign) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn path(&mut self) -> Result<&'t str, Refusal> {
        let rest = self.rest.trim_start();
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        match rest.split_at_checked(end) {
            Some((path, after)) if !path.is_empty() => {
                self.rest = after;
                Ok(path)
            }
            _ => Err(bad("an attribute is missing")),
        }
    }

    /// A JSON value that is no list and no object.
    fn value(&mut self) -> Result<Value, Refusal> {
        let rest = self.rest.trim_start();
        let end = if rest.starts_with('"') { end_of_text(rest) } else { rest.find([' ', ')', ']']) };
        let (value, after) = rest.split_at_checked(end.unwrap_or(rest.len())).unwrap_or((rest, ""));
        let wrong = || bad(format!("{value:?} is no value"));
        let parsed: Value = serde_json::from_str(value).map_err(|_| wrong())?;
        if parsed.is_array()
            || parsed.is_object()
            || (!after.is_empty() && !after.starts_with([' ', ')', ']']))
        {
            return Err(wrong());
        }
        self.rest = after;
        Ok(parsed)
    }
}

impl At {
    /// `userName`, `name.givenName`, `urn:…:User:userName`.
    pub fn parse(schema: &'static Schema, path: &str) -> Option<Self> {
        let own = schema.own(path)?;
        match own.split_once('.') {
            None => Some(Self { attribute: schema.attribute(own)?, part: None }),
            Some((attribute, part)) => {
                let attribute = schema.attribute(attribute)?;
                Some(Self { attribute, part: Some(attribute.part(part)?) })
            }
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.:$".contains(c)
}

/// Where the text ends that begins here.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn check(at: At, comparison: Comparison, value: &Value) -> Result<(), Refusal> {
    use Comparison::{Contains, EndsWith, Equal, NotEqual, StartsWith};
    let leaf = at.leaf();
    let exact = matches!(comparison, Equal | NotEqual);
    let fits = match (leaf.kind, value) {
        (Type::Complex, _) => false,
        (_, Value::Null) => exact,
        (Type::Boolean, Value::Bool(_)) => exact,
        (Type::DateTime, Value::String(text)) => {
            !matches!(comparison, Contains | StartsWith | EndsWith) && text.parse::<Time>().is_ok()
        }
        (Type::Text | Type::Reference, Value::String(_)) => true,
        _ => false,
    };
    if fits { Ok(()) } else { Err(bad(format!("{} cannot be compared in that way", leaf.name))) }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
