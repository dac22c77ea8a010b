//! `[resource.NAME.kubernetes]` and `[role.NAME.kubernetes]`

use crate::domain::{KubernetesGives, KubernetesTarget};

use super::super::diagnostic::{Problem, Problems};
use super::super::document::Section;

/// Of both sections, for the test that the manual has them all.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &[];

pub(super) fn target(section: &mut Section<'_>, problems: &mut Problems) -> Option<KubernetesTarget> {
    problems.push(Problem::new(section.at, "provider", "this jit has no kubernetes provider"));
    None
}

pub(super) fn gives(section: &mut Section<'_>, problems: &mut Problems) -> Option<KubernetesGives> {
    problems.push(Problem::new(section.at, "provider", "this jit has no kubernetes provider"));
    None
}
