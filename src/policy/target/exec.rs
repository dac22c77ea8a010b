//! `[resource.NAME.exec]` and `[role.NAME.exec]`

use crate::domain::{ExecGives, ExecTarget};

use super::super::diagnostic::{Problem, Problems};
use super::super::document::Section;

/// Of both sections, for the test that the manual has them all.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &[];

pub(super) fn target(section: &mut Section<'_>, problems: &mut Problems) -> Option<ExecTarget> {
    problems.push(Problem::new(section.at, "provider", "this jit has no exec provider"));
    None
}

pub(super) fn gives(section: &mut Section<'_>, problems: &mut Problems) -> Option<ExecGives> {
    problems.push(Problem::new(section.at, "provider", "this jit has no exec provider"));
    None
}
