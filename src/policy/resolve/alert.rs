//! Alerts, with their names looked up.

use crate::domain::Name;
use crate::policy::alerts::{AlertRule, Looks};
use crate::policy::diagnostic::Problems;
use crate::policy::document::List;
use crate::policy::draft::AlertDraft;

use super::Names;

pub(super) fn alert(
    names: &Names<'_>,
    name: Name,
    draft: AlertDraft,
    problems: &mut Problems,
) -> Option<AlertRule> {
    let roles = draft
        .roles
        .as_ref()
        .map(|list| all(list, |item| names.known("role", "role", &names.roles, item, problems)));
    let windows = draft
        .windows
        .as_ref()
        .map(|list| all(list, |item| names.known("window", "window", &names.windows, item, problems)));
    let looks = match (draft.looks?, windows) {
        (Looks::OutsideWindows { .. }, Some(windows)) => Looks::OutsideWindows { windows: windows? },
        (Looks::OutsideWindows { .. }, None) => return None,
        (looks, _) => looks,
    };
    let roles = match roles {
        None => None,
        // It would be about other roles than it says.
        Some(roles) => Some(roles?.into_iter().collect()),
    };
    Some(AlertRule {
        name,
        description: draft.description,
        looks,
        severity: draft.severity?,
        action: draft.action?,
        quiet: draft.quiet?,
        roles,
    })
}

/// The names of the list, where each of them is known.
fn all(
    list: &List<Name>,
    mut known: impl FnMut(&crate::policy::source::Item<Name>) -> bool,
) -> Option<Vec<Name>> {
    let mut whole = list.whole;
    for item in &list.items {
        whole &= known(item);
    }
    whole.then(|| list.items.iter().map(|item| item.value.clone()).collect())
}
