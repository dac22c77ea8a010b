//! Rules about dormant people, with their names looked up.

use crate::domain::Name;
use crate::policy::diagnostic::Problems;
use crate::policy::dormant::Dormant;
use crate::policy::draft::DormantDraft;

use super::Names;

pub(super) fn dormant(
    names: &Names<'_>,
    name: Name,
    draft: DormantDraft,
    problems: &mut Problems,
) -> Option<Dormant> {
    let people = match draft.people? {
        // About fewer than it says, somebody would be left out.
        Some(list) => Some(names.whos(&list, problems)?),
        None => None,
    };
    Some(Dormant { name, description: draft.description, after: draft.after?, people })
}
