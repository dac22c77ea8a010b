//! `[resource.NAME.postgres]` and `[role.NAME.postgres]`

use crate::domain::{PostgresGives, PostgresTarget};

use super::super::diagnostic::{Problem, Problems};
use super::super::document::Section;

/// Of both sections, for the test that the manual has them all.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &[];

pub(super) fn target(section: &mut Section<'_>, problems: &mut Problems) -> Option<PostgresTarget> {
    problems.push(Problem::new(section.at, "provider", "this jit has no postgres provider"));
    None
}

pub(super) fn gives(section: &mut Section<'_>, problems: &mut Problems) -> Option<PostgresGives> {
    problems.push(Problem::new(section.at, "provider", "this jit has no postgres provider"));
    None
}
