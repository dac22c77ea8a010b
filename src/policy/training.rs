//! Trainings and terms that roles ask for, and who has proved which.

use std::collections::HashMap;

use crate::domain::training::{Needed, Standing};
use crate::domain::{Digest, Duty, Name, Proof, Span, Time};

use super::model::Who;

/// A training or terms, as the policy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    pub duty: Duty,
    pub description: String,
    /// At least 1. An earlier one proves nothing.
    pub version: u32,
    /// How long a proof is good for; `None`: until another version is asked for.
    pub valid_for: Option<Span>,
    /// Where it is to be found: `https://`.
    pub link: Option<String>,
    pub means: Means,
}

/// How it is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    Training {
        /// Who records it beside administrators; services too.
        trainers: Vec<Who>,
    },
    Terms {
        /// Of several lines; never empty.
        text: String,
        /// SHA-256 of the text.
        digest: Digest,
    },
}

impl Demand {
    /// What a proof has to be, today.
    pub fn needed(&self) -> Needed {
        let digest = match &self.means {
            Means::Training { .. } => None,
            Means::Terms { digest, .. } => Some(*digest),
        };
        Needed { version: self.version, valid_for: self.valid_for, digest }
    }

    pub fn trainers(&self) -> &[Who] {
        match &self.means {
            Means::Training { trainers } => trainers,
            Means::Terms { .. } => &[],
        }
    }

    pub fn standing(&self, proof: Option<&Proof>, at: Time) -> Standing {
        proof.map_or(Standing::Missing, |proof| proof.standing(self.needed(), at))
    }
}

/// Who has proved what. Somebody of whom nothing is known has proved nothing (INVARIANT 9).
#[derive(Debug, Clone, Default)]
pub struct Proofs(HashMap<Name, Vec<Proof>>);

impl FromIterator<Proof> for Proofs {
    /// The last of several for the same duty counts.
    fn from_iter<I: IntoIterator<Item = Proof>>(all: I) -> Self {
        let mut proofs = Self::default();
        for proof in all {
            let of = proofs.0.entry(proof.user.clone()).or_default();
            of.retain(|other| other.duty != proof.duty);
            of.push(proof);
        }
        proofs
    }
}

impl Proofs {
    pub fn get(&self, human: &Name, duty: &Duty) -> Option<&Proof> {
        self.0.get(human)?.iter().find(|proof| proof.duty == *duty)
    }
}
