//! Policy text, and places in it.

use std::ops::Range;

use serde::Serialize;

/// One policy file, already read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path, as it is to be shown.
    pub name: String,
    pub text: String,
}

/// A place in one of the files: bytes of its text. In order of file, then of position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub file: usize,
    pub start: usize,
    pub end: usize,
}

impl At {
    pub fn new(file: usize, span: Range<usize>) -> Self {
        Self { file, start: span.start, end: span.end }
    }
}

/// A value, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<T> {
    pub at: At,
    pub value: T,
}

/// A place as people and editors name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// [`SourceFile::name`]; empty where no file is to blame.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters (Unicode scalar values).
    pub column: usize,
    /// In bytes of the file's text.
    pub span: Range<usize>,
}

impl Place {
    pub(super) fn of(files: &[SourceFile], at: At) -> Self {
        let span = at.start..at.end;
        let Some(file) = files.get(at.file) else { return Self::nowhere() };
        let before = before(&file.text, at.start);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Self { file: file.name.clone(), line, column, span }
    }

    pub(super) fn nowhere() -> Self {
        Self { file: String::new(), line: 1, column: 1, span: 0..0 }
    }
}

/// The text before that byte, or before the character that the byte is inside of.
pub(super) fn before(text: &str, byte: usize) -> &str {
    let end = text.floor_char_boundary(byte);
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_lines_and_characters_from_one() {
        let files = [SourceFile { name: "p".into(), text: "a\r\nüü=1\n".into() }];
        let place = Place::of(&files, At::new(0, 7..8));
        assert_eq!((place.line, place.column), (2, 3));
        // The end of the text, a place behind it, and one inside a character.
        assert_eq!(Place::of(&files, At::new(0, 10..10)).line, 3);
        assert_eq!(Place::of(&files, At::new(0, 999..1000)).line, 3);
        assert_eq!(Place::of(&files, At::new(0, 4..5)).column, 1);
        assert_eq!(Place::of(&files, At::new(9, 4..5)).file, "");
    }
}
