//! `[resource.NAME.aws]` and `[role.NAME.aws]`

use crate::domain::{AwsGives, AwsTarget};

use super::super::diagnostic::{Problem, Problems};
use super::super::document::Section;

/// Of both sections, for the test that the manual has them all.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &[];

pub(super) fn target(section: &mut Section<'_>, problems: &mut Problems) -> Option<AwsTarget> {
    problems.push(Problem::new(section.at, "provider", "this jit has no aws provider"));
    None
}

pub(super) fn gives(section: &mut Section<'_>, problems: &mut Problems) -> Option<AwsGives> {
    problems.push(Problem::new(section.at, "provider", "this jit has no aws provider"));
    None
}
