//! What was done under a grant, as hosts deliver it: in pieces, each of which is judged by itself.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Time;
use super::recording::{NotARecording, Recording};

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PieceKind {
    /// What a session at a terminal showed, as asciicast v2.
    Recording,
    /// Statements from a database's own log: one [`Statement`] a line, as JSON.
    Statements,
}

impl PieceKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Statements => "statements",
        }
    }
}

impl fmt::Display for PieceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One statement that a database was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub at: Time,
    /// The database's own name for the session, and the number of the line in it: together they say which
    /// statement it is, however often it is delivered.
    pub session: String,
    pub line: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Microseconds, where the database logs them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_us: Option<u64>,
    pub text: String,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The length in bytes of a text that was too long, of which `text` is the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_from: Option<u64>,
}

/// Why bytes are no piece of that kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPiece {
    #[error(transparent)]
    Recording(#[from] NotARecording),
    #[error("line {0} is no statement")]
    Statement(usize),
    #[error("there is nothing in it")]
    Empty,
}

/// What a piece says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub from: Time,
    pub to: Time,
    /// Of a piece of statements, how many.
    pub statements: Option<u64>,
}

impl PieceKind {
    /// Reads the piece through, to the last byte (INVARIANT 9).
    ///
    /// # Errors
    /// When it is no piece of this kind.
    pub fn extent(self, bytes: &[u8]) -> Result<Extent, NotAPiece> {
        match self {
            Self::Recording => {
                let (from, to) = Recording::read(bytes)?.span();
                Ok(Extent { from, to, statements: None })
            }
            Self::Statements => {
                let all = statements(bytes)?;
                let times = || all.iter().map(|statement| statement.at);
                let (Some(from), Some(to)) = (times().min(), times().max()) else {
                    return Err(NotAPiece::Empty);
                };
                Ok(Extent { from, to, statements: u64::try_from(all.len()).ok() })
            }
        }
    }
}

/// The statements of a piece.
///
/// # Errors
/// [`NotAPiece::Statement`] for the first line that is none.
pub fn statements(bytes: &[u8]) -> Result<Vec<Statement>, NotAPiece> {
    let lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    lines.map(|(at, line)| serde_json::from_slice(line).map_err(|_| NotAPiece::Statement(at + 1))).collect()
}

/// Statements of several pieces in their order, each once: a collector that lost its place delivers again.
pub fn in_order(all: impl IntoIterator<Item = Statement>) -> Vec<Statement> {
    let mut once: BTreeMap<(String, u64), Statement> = BTreeMap::new();
    for statement in all {
        once.entry((statement.session.clone(), statement.line)).or_insert(statement);
    }
    let mut all: Vec<Statement> = once.into_values().collect();
    all.sort_by_key(|statement| statement.at);
    all
}

/// A word that is none of those that there are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a piece is a recording or statements")]
pub struct KindError;

impl FromStr for PieceKind {
    type Err = KindError;
    fn from_str(text: &str) -> Result<Self, KindError> {
        [Self::Recording, Self::Statements].into_iter().find(|kind| kind.as_str() == text).ok_or(KindError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(line: u64, at: i64) -> Statement {
        Statement {
            at: Time::from_millis(at),
            session: "6740.1".into(),
            line,
            database: None,
            took_us: None,
            text: "SELECT 1".into(),
            error: None,
            cut_from: None,
        }
    }

    fn piece(all: &[Statement]) -> Vec<u8> {
        all.iter()
            .flat_map(|one| serde_json::to_string(one).unwrap().into_bytes().into_iter().chain(*b"\n"))
            .collect()
    }

    #[test]
    fn a_statement_that_is_delivered_twice_is_there_once_and_all_are_in_order() {
        let (a, b, c) = (statement(1, 5), statement(2, 9), statement(3, 7));
        let all = in_order([b.clone(), a.clone(), b.clone(), c.clone(), a.clone()]);
        assert_eq!(all, [a, c, b]);
    }

    #[test]
    fn a_piece_that_is_not_wholly_statements_is_none() {
        let good = piece(&[statement(1, 5), statement(2, 9)]);
        let extent = PieceKind::Statements.extent(&good).unwrap();
        assert_eq!((extent.from.millis(), extent.to.millis(), extent.statements), (5, 9, Some(2)));
        assert_eq!(PieceKind::Statements.extent(b""), Err(NotAPiece::Empty));
        let mut cut = good.clone();
        cut.truncate(good.len() - 5);
        assert_eq!(PieceKind::Statements.extent(&cut), Err(NotAPiece::Statement(2)));
        let strange = [good.as_slice(), b"{\"at\":1}\n"].concat();
        assert_eq!(PieceKind::Statements.extent(&strange), Err(NotAPiece::Statement(3)));
        let more = String::from_utf8(good).unwrap().replace("\"line\"", "\"lime\"");
        assert!(PieceKind::Statements.extent(more.as_bytes()).is_err());
    }
}
