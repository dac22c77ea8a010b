//! A signed statement about a pack of evidence: a C2SP signed note by the log's key.
//!
//! Its second line is no number, so that it can never be read as a checkpoint, nor a checkpoint as it.

use super::checkpoint::{CheckpointError, SigningKey, VerifyKey};
use crate::domain::{Digest, Time};

/// What is signed beside checkpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The manifest of an evidence pack.
    Evidence,
    /// The result of a review.
    Review,
}

/// A document, by its digest, and the period that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    pub about: About,
    pub digest: Digest,
    pub from: Time,
    pub to: Time,
}

impl Statement {
    fn text(&self, origin: &str) -> String {
        let Self { about, digest, from, to } = self;
        let about = match about {
            About::Evidence => "evidence",
            About::Review => "review",
        };
        format!("{origin}\n{about} {from} {to}\n{digest}\n")
    }

    /// The signed note.
    pub fn sign(&self, key: &SigningKey) -> String {
        key.sign_note(&self.text(key.verify_key().name()))
    }

    /// Whether the note says just this, signed by this key.
    pub fn verify(&self, note: &str, key: &VerifyKey) -> Result<(), CheckpointError> {
        let text = key.open_note(note)?;
        if text == self.text(key.name()) { Ok(()) } else { Err(CheckpointError::Form) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Checkpoint;

    #[test]
    fn a_statement_is_no_checkpoint_and_says_one_thing_only() {
        let key = SigningKey::from_seed("jit.example", &[7; 32]).unwrap();
        let (from, to) = (Time::from_millis(0), Time::from_millis(1));
        let said = Statement { about: About::Evidence, digest: Digest::of(b"a"), from, to };
        let note = said.sign(&key);
        assert_eq!(said.verify(&note, key.verify_key()), Ok(()));
        assert_eq!(Checkpoint::parse_and_verify(&note, key.verify_key()), Err(CheckpointError::Form));
        for other in [
            Statement { digest: Digest::of(b"b"), ..said },
            Statement { about: About::Review, ..said },
            Statement { to: from, ..said },
            Statement { from: to, ..said },
        ] {
            assert_eq!(other.verify(&note, key.verify_key()), Err(CheckpointError::Form));
        }
        let stranger = SigningKey::from_seed("jit.example", &[8; 32]).unwrap();
        assert!(said.verify(&note, stranger.verify_key()).is_err());
        let checkpoint = key.sign(1, Digest::of(b"a"));
        assert!(said.verify(&checkpoint, key.verify_key()).is_err());
    }
}
