//! Roles in jit itself, for people.

use crate::api;
use crate::domain::ToolRoles;

use super::{Document, Page, Style, Text};

/// `administrator, policy-author (held together)`, `auditor (no effect, with administrator)`
pub(super) fn held(in_jit: &api::HeldToolRoles) -> Text {
    let api::HeldToolRoles { tool_roles: roles, idle_tool_roles: idle, held_together: together } = in_jit;
    let mut parts = Vec::new();
    let beside = |own: &ToolRoles| {
        let others: ToolRoles = together.iter().filter(|role| !own.has(*role)).collect();
        others.to_string()
    };
    if !roles.is_empty() {
        parts.push(match (together.is_empty(), beside(roles)) {
            (true, _) => roles.to_string(),
            (false, others) if others.is_empty() => format!("{roles} (held together)"),
            (false, others) => format!("{roles} (with {others})"),
        });
    }
    if !idle.is_empty() {
        parts.push(match beside(idle) {
            others if others.is_empty() => format!("{idle} (no effect)"),
            others => format!("{idle} (no effect, with {others})"),
        });
    }
    let text = Text::new(parts.join("; "));
    if together.is_empty() && idle.is_empty() { text } else { text.style(Style::Waiting) }
}

impl Document for api::ToolRolesOf {
    const KIND: &'static str = "tool-roles";

    fn human(&self, page: &mut Page) {
        page.field("user", &Text::new(&self.user).style(Style::Bold));
        let none = || Text::new("no role").style(Style::Dim);
        page.field("in jit", &if self.in_jit.is_empty() { none() } else { held(&self.in_jit) });
    }
}
