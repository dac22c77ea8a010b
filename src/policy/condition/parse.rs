//! From the text of a condition to its tree, and from the tree back to places in the policy file.
//!
//! The crate has two parsers. This is the one that it does not use by default and does not document:
//! the other takes up to 200 KB of stack for each bracket, so that a dozen of them end the process. The
//! tests hold the two against each other.

use std::ops::Range;
use std::sync::Arc;

use cel::common::ast::{Expr, SelectExpr, SourceInfo};
use cel::parser::PrattParser;
use cel::{IdedExpr, ParseError};

use crate::domain::text::escape;

use super::super::diagnostic::{Problem, shown};
use super::super::source::{At, Item};

/// In characters. The parser recurses; a text of this length fits a small stack whatever it says.
const LONGEST: usize = 1000;

/// A condition as it stands in its file.
pub(super) struct Written<'c> {
    text: &'c str,
    /// Of the whole TOML string, quotes included.
    literal: At,
    /// Where the text starts in the file; `None` where escapes make its bytes others than the file's.
    start: Option<usize>,
    tokens: Option<Arc<SourceInfo>>,
}

impl<'c> Written<'c> {
    pub fn read(item: &Item<&'c str>, source: &str, what: &str) -> Result<(Self, IdedExpr), Problem> {
        let text = item.value;
        let problem = |why: &str| Problem::new(item.at, "condition", format!("{what} {why}"));
        if text.trim().is_empty() {
            return Err(problem("is empty").hint("leave the key out, or say when"));
        }
        if text.chars().count() > LONGEST {
            return Err(problem(&format!("has more than {LONGEST} characters"))
                .hint("write several rules, each with a part of it"));
        }
        if text.split(['\n', '\t']).any(|line| escape(line) != line) {
            return Err(problem("has control or invisible characters").hint("write it in plain letters"));
        }
        let mut written = Self { text, literal: item.at, start: start_of(item, source), tokens: None };
        let tree = PrattParser::new().parse(text).map_err(|errors| match errors.errors.first() {
            Some(error) => written.syntax(error, what),
            None => problem("is not a condition"),
        })?;
        written.tokens = tokens(text);
        Ok((written, tree))
    }

    fn syntax(&self, error: &ParseError, what: &str) -> Problem {
        let at = self.byte(error.pos);
        let rest = at.and_then(|at| self.text.get(at..)).unwrap_or("");
        let place = at.map_or(self.literal, |at| {
            let word = rest.chars().take_while(|c| c.is_alphanumeric()).map(char::len_utf8).sum::<usize>();
            let first = rest.chars().next().map_or(0, char::len_utf8);
            self.place(at..at + word.max(first))
        });
        let before = at.and_then(|at| self.text.get(..at)).unwrap_or("").trim_end();
        let hint = match rest.split(|c: char| !c.is_alphanumeric()).next() {
            Some("and") => Some("`and` is written `&&`"),
            Some("or") => Some("`or` is written `||`"),
            _ if before.ends_with("not") => Some("`not` is written `!`"),
            _ if rest.starts_with('=') => Some("to compare, write `==`"),
            _ => None,
        };
        // In the words of the rest of our messages.
        let why = [
            ("Syntax error: ", ""),
            ("mismatched input '<EOF>'", "unexpected end"),
            ("mismatched input", "unexpected"),
            (" expecting ", ", expected "),
        ]
        .into_iter()
        .chain([("<EOF>", "the end")])
        .fold(error.msg.clone(), |why, (theirs, ours)| why.replace(theirs, ours));
        Problem::new(place, "condition", format!("{what} cannot be read: {}", shown(&why)))
            .maybe(hint.map(str::to_owned))
    }

    /// The parser's line and column, both from 1 and the column in bytes, as a byte of the text.
    fn byte(&self, (line, column): (isize, isize)) -> Option<usize> {
        let before = usize::try_from(line).ok()?.checked_sub(1)?;
        let column = usize::try_from(column).ok()?.checked_sub(1)?;
        let lines: usize = self.text.split_inclusive('\n').take(before).map(str::len).sum();
        Some((lines + column).min(self.text.len()))
    }

    /// Bytes of the text as a place of the file.
    fn place(&self, bytes: Range<usize>) -> At {
        match self.start {
            Some(start) => At::new(self.literal.file, start + bytes.start..start + bytes.end),
            None => self.literal,
        }
    }

    pub fn whole(&self) -> At {
        self.place(0..self.text.len())
    }

    /// The literal, the name, the field, or the sign between two operands.
    pub fn node(&self, node: &IdedExpr) -> At {
        let bytes = match &node.expr {
            Expr::Select(select) => self.field_bytes(select),
            Expr::Call(call) => self.called_bytes(node, &call.func_name),
            _ => None,
        };
        bytes.or_else(|| self.token(node)).map_or(self.literal, |bytes| self.place(bytes))
    }

    fn token(&self, node: &IdedExpr) -> Option<Range<usize>> {
        let (start, end) = self.tokens.as_ref()?.offset_for(node.id)?;
        let bytes = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        self.text.get(bytes.clone()).map(|_| bytes)
    }

    /// The token of a selection is its dot; the field stands behind what it is selected from.
    fn field_bytes(&self, select: &SelectExpr) -> Option<Range<usize>> {
        let from = match &select.operand.expr {
            Expr::Select(inner) => self.field_bytes(inner)?,
            _ => self.token(&select.operand)?,
        };
        let rest = self.text.get(from.end..)?;
        let start = from.end + rest.find(&select.field)?;
        Some(start..start + select.field.len())
    }

    /// The token of a call is its bracket; the function stands before it.
    fn called_bytes(&self, node: &IdedExpr, function: &str) -> Option<Range<usize>> {
        let bracket = self.token(node)?.start;
        let head = self.text.get(..bracket)?.trim_end();
        head.ends_with(function).then(|| head.len() - function.len()..head.len())
    }
}

/// The parser tells where its tokens are only beside an error: so the text again, with one behind it.
/// It numbers nodes as it goes, so those of the text keep their numbers.
fn tokens(text: &str) -> Option<Arc<SourceInfo>> {
    let errors = PrattParser::new().parse(&format!("{text}\n)")).err()?;
    errors.errors.into_iter().find_map(|error| error.source_info)
}

/// Where the text starts inside its TOML string, if it stands there as it is.
fn start_of(item: &Item<&str>, source: &str) -> Option<usize> {
    let literal = source.get(item.at.start..item.at.end)?;
    for quote in ["'''", "\"\"\"", "'", "\""] {
        let Some(inner) = literal.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) else {
            continue;
        };
        // TOML drops a line break right behind three quotes.
        let text = if quote.len() == 3 {
            inner.strip_prefix("\r\n").or_else(|| inner.strip_prefix('\n')).unwrap_or(inner)
        } else {
            inner
        };
        return (text == item.value).then(|| item.at.start + quote.len() + (inner.len() - text.len()));
    }
    None
}
