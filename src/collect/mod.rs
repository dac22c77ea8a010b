//! What runs on a host and delivers what was done there: recordings of `jit guard`, statements of PostgreSQL.
//!
//! Nothing is lost and nothing is kept twice, whenever it is killed. What is to be delivered next is written
//! down first, so that after a crash it is the same bytes again, and the server has the same bytes once.

mod lines;
mod mask;
mod postgres;
mod ssh;
mod state;

use std::fmt;

use async_trait::async_trait;

use crate::api::{Code, NewPiece, Problem};
use crate::files::FileError;

pub use postgres::Logs;
pub use ssh::Recordings;

/// The server, as far as a host knows it.
#[async_trait]
pub trait Deliver: Send + Sync {
    async fn deliver(&self, piece: &NewPiece, bytes: Vec<u8>) -> Result<(), Problem>;
}

/// Where something is collected from.
#[async_trait]
pub trait Source: Send {
    /// Delivers what is there.
    ///
    /// # Errors
    /// When the server takes nothing now, or what is read, or the state, cannot be used.
    async fn round(&mut self, to: &dyn Deliver) -> Result<Round, CollectError>;
}

/// Why a round could not be brought to its end. It is begun again where it stopped.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{} is not the state of this collector", crate::files::shown(.0))]
    State(std::path::PathBuf),
    /// The server does not take anything now.
    #[error("{0}")]
    Server(Problem),
}

/// What a round came to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Round {
    pub pieces: usize,
    pub statements: usize,
    /// What was passed by, and why, each a sentence.
    pub trouble: Vec<String>,
}

impl Round {
    fn add(&mut self, other: Self) {
        self.pieces += other.pieces;
        self.statements += other.statements;
        self.trouble.extend(other.trouble);
    }

    /// Delivers a piece, and gives the answer. One that the server will never take is told and passed by:
    /// those behind it wait for it otherwise, for ever.
    async fn deliver(
        &mut self,
        to: &dyn Deliver,
        piece: NewPiece,
        bytes: Vec<u8>,
    ) -> Result<Answer, CollectError> {
        let problem = match to.deliver(&piece, bytes).await {
            Ok(()) => {
                self.pieces += 1;
                return Ok(Answer::Kept);
            }
            Err(problem) => problem,
        };
        let answer = match problem.code {
            Code::Refused => Answer::NotOurs,
            Code::TooLarge | Code::Usage => Answer::Never,
            // A server that does not know the call says something else: nothing is passed by because of it.
            _ => return Err(CollectError::Server(problem)),
        };
        self.trouble.push(format!("{}: not taken: {problem}", Shown(&piece)));
        Ok(answer)
    }
}

/// What the server says to a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Kept,
    /// The token does not speak for that credential.
    NotOurs,
    Never,
}

struct Shown<'a>(&'a NewPiece);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of credential {}", self.0.what, self.0.name, self.0.credential)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use std::sync::Mutex;

    /// A server that keeps what it is given, and fails when told to.
    #[derive(Default)]
    pub struct Server {
        pub kept: Mutex<Vec<(NewPiece, Vec<u8>)>>,
        /// What it says to the next ones, the last first.
        pub says: Mutex<Vec<Code>>,
    }

    #[async_trait]
    impl Deliver for Server {
        async fn deliver(&self, piece: &NewPiece, bytes: Vec<u8>) -> Result<(), Problem> {
            if let Some(code) = self.says.lock().unwrap().pop() {
                return Err(Problem::new(code, "no"));
            }
            let mut kept = self.kept.lock().unwrap();
            if !kept.iter().any(|(_, before)| *before == bytes) {
                kept.push((piece.clone(), bytes));
            }
            Ok(())
        }
    }
}
