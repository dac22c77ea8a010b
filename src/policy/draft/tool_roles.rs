//! `[tool-roles.NAME]`: which roles of jit's own one person may hold together.

use crate::domain::{ToolRole, ToolRoles};
use crate::policy::diagnostic::{Problem, Problems, did_you_mean, shown};
use crate::policy::document::{Section, quoted};
use crate::policy::source::At;

use super::description;

pub(in crate::policy) const TOOL_ROLES_KEYS: [&str; 2] = ["together", "description"];

#[derive(Debug)]
pub(in crate::policy) struct TogetherDraft {
    pub at: At,
    pub together: Option<ToolRoles>,
}

pub(super) fn read(section: &mut Section<'_>, problems: &mut Problems) -> TogetherDraft {
    section.only(&TOOL_ROLES_KEYS, problems);
    let section = &*section;
    description(section, problems);
    let hint = "add together = [\"administrator\", \"policy-author\"]";
    let together = section.need("together", hint, problems).and_then(|entry| {
        let words = ToolRole::ALL.map(ToolRole::as_str);
        let list = entry.list(problems, |item| {
            item.value.parse::<ToolRole>().map_err(|error| {
                let message = format!("`{}` is no role in jit itself", shown(item.value));
                let hint = did_you_mean(item.value, words)
                    .unwrap_or_else(|| format!("{error}; the roles of the policy are others"));
                Problem::new(item.at, "tool-role", message).hint(hint)
            })
        })?;
        if list.whole && list.items.len() < 2 {
            let message = format!("{} needs two roles at least", entry.what);
            let hint = format!("name the roles that one person may hold, of {}", quoted(&words));
            problems.push(Problem::new(list.at, "empty", message).hint(hint));
        }
        list.whole.then(|| list.items.iter().map(|item| item.value).collect())
    });
    TogetherDraft { at: section.at, together }
}
