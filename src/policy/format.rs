//! One layout for policy files, with every comment kept.
//!
//! `toml_edit` tells where tables and values stand. All else of a text is keys, comments, commas and
//! blanks, and is laid out anew: in the order in which it was written, whatever it is.

use std::borrow::Cow;
use std::ops::Range;

use toml_edit::{Document, InlineTable, Item, Key, Table, Value};
use unicode_width::UnicodeWidthStr;

use super::diagnostic::{Diagnostic, Problem, Problems};
use super::model::Policy;
use super::source::{At, SourceFile};

/// The longest line that an array is put on.
const WIDTH: usize = 100;
const INDENT: usize = 4;

/// Why a text has no layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// What is wrong with it, [`Policy::parse`] tells.
    #[error("this is not TOML")]
    Syntax,
    /// What came of it is not the same policy, or lacks a comment.
    #[error("another layout of this file would say something else")]
    Meaning,
}

/// The text in the one layout: no indentation, one space around `=`, one blank line before each table,
/// never two; arrays on one line where they fit, else one element a line. Order and comments stay.
///
/// # Errors
/// When the text is no TOML, or the result would not mean the same.
pub fn format(text: &str) -> Result<String, FormatError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let before: toml::Table = toml::from_str(text).map_err(|_| FormatError::Syntax)?;
    let document = Document::parse(text).map_err(|_| FormatError::Syntax)?;
    let laid_out = lay_out(text, document.as_table())?;
    // Whatever this module gets wrong, a policy that says something else is never written.
    let same = toml::from_str(&laid_out).is_ok_and(|after: toml::Table| after == before);
    if same && solid(text).eq(solid(&laid_out)) { Ok(laid_out) } else { Err(FormatError::Meaning) }
}

/// What it takes to have files in the one layout.
#[derive(Debug, Default)]
pub struct Layout<'f> {
    /// Those that are not, and their text if they were.
    pub changed: Vec<(&'f SourceFile, String)>,
    /// How many have no layout.
    pub refused: usize,
    /// What is wrong with those.
    pub errors: Vec<Diagnostic>,
}

impl<'f> Layout<'f> {
    pub fn of(files: &'f [SourceFile]) -> Self {
        let mut layout = Self::default();
        for file in files {
            match format(&file.text) {
                Ok(text) if text == file.text => {}
                Ok(text) => layout.changed.push((file, text)),
                Err(error) => {
                    layout.refused += 1;
                    layout.errors.extend(told(file, error));
                }
            }
        }
        layout
    }
}

fn told(file: &SourceFile, error: FormatError) -> Vec<Diagnostic> {
    let file = std::slice::from_ref(file);
    match (error, Policy::parse(file)) {
        // Of a file that is no TOML, nothing else is told.
        (FormatError::Syntax, Err(diagnostics)) => diagnostics,
        _ => {
            let mut problems = Problems::default();
            problems.push(Problem::new(At::new(0, 0..0), "layout", error.to_string()));
            problems.finish(file)
        }
    }
}

/// Of a text that does not fit its tree: nothing is said of what it means.
const ODD: FormatError = FormatError::Meaning;

/// All that a layout may not touch: comments, and the order of everything.
fn solid(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| !c.is_whitespace() && *c != ',')
}

/// What a text is made of besides comments: a table's header, or the value of a `key = value`.
enum Statement<'d> {
    Header { brackets: usize },
    Value(&'d Value),
}

fn lay_out(text: &str, root: &Table) -> Result<String, FormatError> {
    let mut statements = Vec::new();
    collect(root, &mut statements)?;
    statements.sort_by_key(|(span, _)| span.start);
    let source = Source(text);
    let (mut out, mut done) = (String::new(), 0);
    for (span, statement) in &statements {
        let mut gap = Gap::read(source.get(done..span.start)?, done == 0);
        match statement {
            Statement::Header { brackets } => {
                gap.set_apart();
                gap.write(&mut out, 0, 0);
                out.push_str(&header(source.get(span.clone())?, *brackets)?);
            }
            Statement::Value(value) => {
                gap.write(&mut out, 0, 0);
                let key = key(gap.rest)?;
                out.push_str(&key);
                out.push_str(&source.value(value, 0, key.width(), 0)?);
            }
        }
        done = span.end;
    }
    let mut end = Gap::read(source.get(done..text.len())?, done == 0);
    end.blank_after = false;
    end.write(&mut out, 0, 0);
    Ok(out)
}

/// Headers and values, with where they stand, in no order.
fn collect<'d>(table: &'d Table, found: &mut Vec<(Range<usize>, Statement<'d>)>) -> Result<(), FormatError> {
    for (_, item) in table {
        match item {
            Item::None => {}
            Item::Value(value) => found.push((value.span().ok_or(ODD)?, Statement::Value(value))),
            Item::Table(table) => {
                // What is there only as a part of the path of others has no header.
                if !table.is_implicit() {
                    found.push((table.span().ok_or(ODD)?, Statement::Header { brackets: 1 }));
                }
                collect(table, found)?;
            }
            Item::ArrayOfTables(tables) => {
                for table in tables {
                    found.push((table.span().ok_or(ODD)?, Statement::Header { brackets: 2 }));
                    collect(table, found)?;
                }
            }
        }
    }
    Ok(())
}

fn header(text: &str, brackets: usize) -> Result<String, FormatError> {
    let inner = text.len().checked_sub(brackets).and_then(|end| text.get(brackets..end)).ok_or(ODD)?;
    Ok(format!("{}{}{}", "[".repeat(brackets), path(inner)?, "]".repeat(brackets)))
}

/// `a.b = `
fn key(text: &str) -> Result<String, FormatError> {
    Ok(format!("{} = ", path(text.trim_end().strip_suffix('=').ok_or(ODD)?)?))
}

/// A dotted path, each part quoted as it was.
fn path(text: &str) -> Result<String, FormatError> {
    let keys = Key::parse(text.trim()).map_err(|_| ODD)?;
    Ok(keys.iter().map(Key::display_repr).collect::<Vec<_>>().join("."))
}

/// What stands between two values or headers: comments, blank lines, and then `rest`, a key.
#[derive(Debug)]
struct Gap<'t> {
    /// A comment on the line of what stands before.
    beside: Option<&'t str>,
    lines: Vec<Line<'t>>,
    blank_after: bool,
    rest: &'t str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'t> {
    Blank,
    Comment(&'t str),
}

impl<'t> Gap<'t> {
    /// `fresh` where nothing stands before, as at the start of a file.
    fn read(text: &'t str, fresh: bool) -> Self {
        let (mut rest, mut beside, mut lines) = (text, None, Vec::new());
        let mut newlines = usize::from(fresh);
        loop {
            rest = rest.trim_start_matches([' ', '\t', '\r']);
            if let Some(after) = rest.strip_prefix('\n') {
                newlines += 1;
                rest = after;
            } else if let Some(after) = rest.strip_prefix(',') {
                // A comma on a line of its own leaves no blank line when it goes.
                newlines = newlines.min(1);
                rest = after;
            } else if rest.starts_with('#') {
                let end = rest.find('\n').unwrap_or(rest.len());
                let (comment, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                let comment = comment.trim_end_matches([' ', '\t', '\r']);
                if newlines == 0 {
                    beside = Some(comment);
                } else {
                    lines.extend((newlines > 1).then_some(Line::Blank));
                    lines.push(Line::Comment(comment));
                }
                newlines = 0;
                rest = after;
            } else {
                return Self { beside, lines, blank_after: newlines > 1, rest };
            }
        }
    }

    fn has_comment(&self) -> bool {
        self.beside.is_some() || !self.lines.is_empty()
    }

    /// Puts a blank line in front, but not between what follows and the comment above it.
    fn set_apart(&mut self) {
        if !self.blank_after && !self.lines.contains(&Line::Blank) {
            self.lines.insert(0, Line::Blank);
        }
    }

    /// Takes away a blank line in front.
    fn join(&mut self) {
        match self.lines.first() {
            Some(Line::Blank) => drop(self.lines.remove(0)),
            Some(Line::Comment(_)) => {}
            None => self.blank_after = false,
        }
    }

    /// Ends the line before, where there is one, and begins the next.
    fn write(&self, out: &mut String, comments: usize, next: usize) {
        let first = out.is_empty();
        if let Some(comment) = self.beside {
            out.extend([" ", comment]);
        }
        if !first {
            out.push('\n');
        }
        for line in &self.lines {
            match line {
                // None at the start of a file.
                Line::Blank if out.is_empty() => {}
                Line::Blank => out.push('\n'),
                Line::Comment(comment) => {
                    pad(out, comments);
                    out.extend([comment, "\n"]);
                }
            }
        }
        if self.blank_after && !out.is_empty() {
            out.push('\n');
        }
        pad(out, next);
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// What an array or an inline table has inside.
struct Inside<'t, 'd> {
    members: Vec<Member<'t, 'd>>,
    end: Gap<'t>,
    open: &'static str,
    close: &'static str,
    /// Beside the brackets, on one line.
    space: &'static str,
}

struct Member<'t, 'd> {
    gap: Gap<'t>,
    /// `a.b = `; empty in an array.
    key: String,
    value: &'d Value,
}

impl Inside<'_, '_> {
    fn has_comment(&self) -> bool {
        self.end.has_comment() || self.members.iter().any(|member| member.gap.has_comment())
    }

    fn on_one_line(&self, members: &[String]) -> String {
        let Self { open, close, space, .. } = self;
        if members.is_empty() {
            return format!("{open}{close}");
        }
        format!("{open}{space}{}{space}{close}", members.join(", "))
    }
}

/// The text that all spans are of.
struct Source<'t>(&'t str);

impl<'t> Source<'t> {
    fn get(&self, span: Range<usize>) -> Result<&'t str, FormatError> {
        self.0.get(span).ok_or(ODD)
    }

    /// A value that begins in this column of a line with this indentation; so many columns behind it
    /// are taken.
    fn value(
        &self,
        value: &Value,
        indent: usize,
        column: usize,
        behind: usize,
    ) -> Result<String, FormatError> {
        let Some(inside) = self.inside(value)? else { return self.scalar(value).map(Cow::into_owned) };
        if let Some(flat) = self.flat(value)?
            && column + flat.width() + behind <= WIDTH
        {
            return Ok(flat);
        }
        // Over several lines an inline table is TOML 1.1, which other tools refuse: only comments do it.
        if value.is_inline_table() && !inside.has_comment() {
            self.unbroken(&inside, indent, column)
        } else {
            self.broken(inside, indent)
        }
    }

    /// An inline table on its line, whatever its values take.
    fn unbroken(&self, inside: &Inside<'_, '_>, indent: usize, column: usize) -> Result<String, FormatError> {
        let mut column = column + "{ ".len();
        let mut members = Vec::new();
        for Member { key, value, .. } in &inside.members {
            let text = format!("{key}{}", self.value(value, indent, column + key.width(), " }".len())?);
            column = match text.rsplit_once('\n') {
                Some((_, last)) => last.width(),
                None => column + text.width(),
            } + ", ".len();
            members.push(text);
        }
        Ok(inside.on_one_line(&members))
    }

    /// One member a line.
    fn broken(&self, mut inside: Inside<'_, '_>, indent: usize) -> Result<String, FormatError> {
        let mut out = inside.open.to_owned();
        let inner = indent + INDENT;
        let first = inside.members.first_mut().map_or(&mut inside.end, |member| &mut member.gap);
        first.join();
        for Member { gap, key, value } in &inside.members {
            gap.write(&mut out, inner, inner);
            out.push_str(key);
            out.push_str(&self.value(value, inner, inner + key.width(), ",".len())?);
            out.push(',');
        }
        inside.end.blank_after = false;
        inside.end.write(&mut out, inner, indent);
        out.push_str(inside.close);
        Ok(out)
    }

    /// On one line, unless a comment or a text of several lines is in it.
    fn flat(&self, value: &Value) -> Result<Option<String>, FormatError> {
        let Some(inside) = self.inside(value)? else {
            let text = self.scalar(value)?;
            return Ok((!text.contains('\n')).then(|| text.into_owned()));
        };
        if inside.has_comment() {
            return Ok(None);
        }
        let mut members = Vec::new();
        for Member { key, value, .. } in &inside.members {
            let Some(text) = self.flat(value)? else { return Ok(None) };
            members.push(format!("{key}{text}"));
        }
        Ok(Some(inside.on_one_line(&members)))
    }

    /// As it was written.
    fn scalar(&self, value: &Value) -> Result<Cow<'t, str>, FormatError> {
        let text = self.get(value.span().ok_or(ODD)?)?;
        // A line end inside of a string may be a part of what it says.
        let keep = !text.contains('\r') || value.as_str().is_some_and(|said| said.contains('\r'));
        Ok(if keep { Cow::Borrowed(text) } else { Cow::Owned(text.replace("\r\n", "\n")) })
    }

    /// `None` for what has nothing inside.
    fn inside<'d>(&self, value: &'d Value) -> Result<Option<Inside<'t, 'd>>, FormatError> {
        let mut values = Vec::new();
        let (open, close, space) = match value {
            Value::Array(array) => {
                values.extend(array);
                ("[", "]", "")
            }
            Value::InlineTable(table) => {
                entries(table, &mut values);
                ("{", "}", " ")
            }
            _ => return Ok(None),
        };
        let keyed = value.is_inline_table();
        let mut spans = Vec::new();
        for value in values {
            spans.push((value.span().ok_or(ODD)?, value));
        }
        spans.sort_by_key(|(span, _)| span.start);
        let Range { start, end } = value.span().ok_or(ODD)?;
        let mut done = start + open.len();
        let mut members = Vec::new();
        for (span, value) in spans {
            let gap = Gap::read(self.get(done..span.start)?, false);
            let key = if keyed { key(gap.rest)? } else { String::new() };
            members.push(Member { gap, key, value });
            done = span.end;
        }
        let end = Gap::read(self.get(done..end.saturating_sub(close.len()))?, false);
        Ok(Some(Inside { members, end, open, close, space }))
    }
}

/// The values of a table, those under dotted keys among them.
fn entries<'d>(table: &'d InlineTable, found: &mut Vec<&'d Value>) {
    for (_, value) in table {
        match value {
            Value::InlineTable(inner) if inner.is_dotted() => entries(inner, found),
            value => found.push(value),
        }
    }
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
