//! What is wrong with a policy, where, and what to do about it.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use crate::domain::text::escape;

use super::source::{At, Place, SourceFile, before};

/// One error in a policy. Its texts are escaped already: they quote the policy (INVARIANT 11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    #[serde(flatten)]
    pub place: Place,
    /// Short and stable, for scripts: `unknown-key`.
    pub code: &'static str,
    pub message: String,
    /// Beside the caret; may be empty.
    pub label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Other places that belong to it, such as the first of two definitions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<Related>,
}

/// Another place that belongs to a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Related {
    #[serde(flatten)]
    pub place: Place,
    pub label: String,
}

/// One line: `web.toml:3:1: unknown key …`.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.file.is_empty() {
            let Place { file, line, column, .. } = &self.place;
            write!(f, "{}:{line}:{column}: ", escape(file))?;
        }
        f.write_str(&self.message)
    }
}

impl Diagnostic {
    /// With the line it is about, a caret and the hint. `files` are those that were parsed; a file
    /// that is not among them gives no excerpt. No control or bidirectional character of theirs gets
    /// through; escape sequences are only ours, and only with `color`.
    pub fn render(&self, files: &[SourceFile], color: bool) -> String {
        self.render_as(Level::ERROR, files, color)
    }

    /// [`Diagnostic::render`], as something that may be meant.
    pub fn render_warning(&self, files: &[SourceFile], color: bool) -> String {
        self.render_as(Level::WARNING, files, color)
    }

    fn render_as(&self, level: Level<'_>, files: &[SourceFile], color: bool) -> String {
        let title = level.primary_title(self.message.as_str()).id(self.code);
        let mut groups = vec![excerpt(Group::with_title(title), files, &self.place, &self.label)];
        for other in &self.related {
            let title = Level::NOTE.secondary_title(other.label.as_str());
            groups.push(excerpt(Group::with_title(title), files, &other.place, ""));
        }
        if let Some(hint) = &self.hint {
            groups.push(Group::with_title(Level::HELP.secondary_title(hint.as_str())));
        }
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&groups)
    }
}

/// Adds the place's first line, escaped, and a caret under what of the place is on that line.
fn excerpt<'a>(group: Group<'a>, files: &[SourceFile], place: &Place, label: &'a str) -> Group<'a> {
    if place.file.is_empty() {
        return group;
    }
    let path = escape(&place.file).into_owned();
    // For where the excerpt cannot tell the column.
    let origin = Origin::path(path.clone()).line(place.line).char_column(place.column);
    let Some(file) = files.iter().find(|file| file.name == place.file) else {
        return group.element(origin);
    };
    let head = before(&file.text, place.span.start);
    let line_start = head.rfind('\n').map_or(0, |newline| newline + 1);
    let line = file.text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let start = head.len() - line_start;
    let end = place.span.end.saturating_sub(line_start);
    let (first, rest) = line.split_at_checked(start).unwrap_or((line, ""));
    let marked = before(rest, end.saturating_sub(start));
    let last = rest.get(marked.len()..).unwrap_or("");
    let (first, marked, last) = (visible(first), visible(marked), visible(last));
    let annotation = AnnotationKind::Primary.span(first.len()..first.len() + marked.len());
    let annotation = if label.is_empty() { annotation } else { annotation.label(label) };
    let snippet =
        Snippet::source(format!("{first}{marked}{last}")).line_start(place.line).annotation(annotation);
    if first.chars().count() + 1 == place.column {
        group.element(snippet.path(path))
    } else {
        // Escapes before the place have moved it.
        group.element(origin).element(snippet)
    }
}

/// Escaped, except for tabs, which the renderer lays out itself.
fn visible(text: &str) -> String {
    text.split('\t').map(escape).collect::<Vec<_>>().join("\t")
}

/// Foreign text as it stands in a message: escaped, and cut where it is long.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    escape(&cut).into_owned()
}

/// A diagnostic in the making. Boxed, as it is the error of many a small function.
#[derive(Debug)]
#[must_use]
pub(super) struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    at: Option<At>,
    code: &'static str,
    message: String,
    label: String,
    hint: Option<String>,
    also: Vec<(At, String)>,
}

impl Problem {
    pub fn new(at: At, code: &'static str, message: impl Into<String>) -> Self {
        let mut problem = Self::nowhere(code, message);
        problem.0.at = Some(at);
        problem
    }

    /// Where no file is to blame.
    pub fn nowhere(code: &'static str, message: impl Into<String>) -> Self {
        let (label, hint, also) = (String::new(), None, Vec::new());
        Self(Box::new(Parts { at: None, code, message: message.into(), label, hint, also }))
    }

    /// Stands beside the caret.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.0.label = label.into();
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// This hint, where there is one.
    pub fn maybe(mut self, hint: Option<String>) -> Self {
        self.0.hint = hint.or(self.0.hint);
        self
    }

    /// Another place that belongs to it.
    pub fn also(mut self, at: At, label: impl Into<String>) -> Self {
        self.0.also.push((at, label.into()));
        self
    }
}

/// Collects all problems of a policy, so that its author sees them at once.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Parts>);

impl Problems {
    pub fn push(&mut self, problem: Problem) {
        self.0.push(*problem.0);
    }

    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In order of file and position; the same problem once.
    pub fn finish(mut self, files: &[SourceFile]) -> Vec<Diagnostic> {
        self.0.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
        self.0.dedup_by(|a, b| a.at == b.at && a.message == b.message);
        let place = |at: Option<At>| at.map_or_else(Place::nowhere, |at| Place::of(files, at));
        self.0
            .into_iter()
            .map(|problem| Diagnostic {
                place: place(problem.at),
                code: problem.code,
                message: problem.message,
                label: problem.label,
                hint: problem.hint,
                related: problem
                    .also
                    .into_iter()
                    .map(|(at, label)| Related { place: place(Some(at)), label })
                    .collect(),
            })
            .collect()
    }
}

/// "did you mean …?", where one of `known` is near.
pub(super) fn did_you_mean<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest_of(text, known).map(|name| format!("did you mean `{}`?", shown(name)))
}

/// The one of `known` that `text` may be a misspelling of.
pub(super) fn nearest_of<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nothing that long is a misspelt name, and the distance takes quadratic time.
    if text.len() > 80 {
        return None;
    }
    let near = |name: &str| {
        let distance = strsim::damerau_levenshtein(text, name);
        (distance <= (name.len() / 3).clamp(1, 3)).then_some(distance)
    };
    let found = known.into_iter().filter_map(|name| near(name).map(|distance| (distance, name))).min();
    found.map(|(_, name)| name)
}
