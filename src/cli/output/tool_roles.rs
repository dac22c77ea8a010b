//! Roles in jit itself, for people.

use crate::api;
use crate::domain::{ToolRole, ToolRoles};

use super::{Document, Page, Style, Text};

/// `administrator, policy-author (held together)`, `auditor (with reviewer)` of another name, `reviewer (no
/// effect, with administrator)`
pub(super) fn held(in_jit: &api::HeldToolRoles) -> Text {
    let api::HeldToolRoles { tool_roles: roles, idle_tool_roles: idle, held_together: together } = in_jit;
    let mut parts = Vec::new();
    let others = |is_other: &dyn Fn(ToolRole) -> bool| -> ToolRoles {
        together.iter().filter(|role| is_other(*role)).collect()
    };
    // Under another name of theirs.
    let elsewhere = others(&|role| !roles.has(role) && !idle.has(role));
    if !roles.is_empty() {
        parts.push(match elsewhere.is_empty() {
            true if roles.iter().count() > 1 => format!("{roles} (held together)"),
            true => roles.to_string(),
            false => format!("{roles} (with {elsewhere})"),
        });
    }
    if !idle.is_empty() {
        let with = others(&|role| !idle.has(role));
        parts.push(match with.is_empty() {
            true => format!("{idle} (no effect)"),
            false => format!("{idle} (no effect, with {with})"),
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

#[cfg(test)]
mod tests {
    use super::*;
    use ToolRole::{Administrator, Auditor, PolicyAuthor, Reviewer};

    #[test]
    fn what_is_held_together_and_what_has_no_effect_is_told_beside_the_roles() {
        let told = |roles: &[ToolRole], idle: &[ToolRole], together: &[ToolRole]| {
            let list = |roles: &[ToolRole]| roles.iter().copied().collect();
            let in_jit = api::HeldToolRoles {
                tool_roles: list(roles),
                idle_tool_roles: list(idle),
                held_together: list(together),
            };
            held(&in_jit).as_str().to_owned()
        };
        let both = [Administrator, PolicyAuthor];
        assert_eq!(told(&[], &[], &[]), "");
        assert_eq!(told(&[Auditor], &[], &[]), "auditor");
        assert_eq!(told(&both, &[], &both), "administrator, policy-author (held together)");
        assert_eq!(
            told(&[Administrator], &[PolicyAuthor], &both),
            "administrator; policy-author (no effect, with administrator)"
        );
        assert_eq!(told(&[Auditor], &[], &[Auditor, Reviewer]), "auditor (with reviewer)");
        assert_eq!(told(&[], &[Auditor, Reviewer], &[Auditor, Reviewer]), "auditor, reviewer (no effect)");
    }
}
