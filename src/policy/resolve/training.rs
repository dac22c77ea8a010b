//! Trainings and terms, with their names looked up.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Digest, Duty, DutyKind, Name};
use crate::policy::diagnostic::Problems;
use crate::policy::document::List;
use crate::policy::draft::{DemandDraft, Draft, RequireDraft};
use crate::policy::training::{Demand, Means};

use super::Names;

pub(super) fn demands(draft: &Draft, names: &Names<'_>, problems: &mut Problems) -> BTreeMap<Duty, Demand> {
    let trainings = draft.trainings.iter().map(|all| (DutyKind::Training, all));
    let terms = draft.terms.iter().map(|all| (DutyKind::Terms, all));
    let all = trainings.chain(terms).filter_map(|(kind, (name, draft))| {
        let duty = Duty { kind, name: name.clone() };
        Some((duty.clone(), demand(duty, draft, names, problems)?))
    });
    all.collect()
}

fn demand(duty: Duty, draft: &DemandDraft, names: &Names<'_>, problems: &mut Problems) -> Option<Demand> {
    let trainers = draft.trainers.as_ref().map(|list| names.whos(list, problems));
    let means = match duty.kind {
        DutyKind::Training => Means::Training { trainers: trainers.unwrap_or_else(|| Some(Vec::new()))? },
        DutyKind::Terms => {
            let text = draft.text.clone()?;
            Means::Terms { digest: Digest::of(text.as_bytes()), text }
        }
    };
    Some(Demand {
        duty,
        description: draft.description.clone(),
        version: draft.version?,
        valid_for: draft.valid_for?,
        link: draft.link.clone()?,
        means,
    })
}

/// What a role asks for; `None` where any of it is not defined.
pub(super) fn duties(
    names: &Names<'_>,
    require: &RequireDraft,
    problems: &mut Problems,
) -> Option<BTreeSet<Duty>> {
    let mut whole = true;
    let mut duties = BTreeSet::new();
    let mut look = |kind: DutyKind, noun, defined, list: Option<&List<Name>>| {
        for item in list.into_iter().flat_map(|list| &list.items) {
            whole &= names.known(kind.as_str(), noun, defined, item, problems);
            duties.insert(Duty { kind, name: item.value.clone() });
        }
        whole &= list.is_none_or(|list| list.whole);
    };
    look(DutyKind::Training, "training", &names.trainings, require.training.as_ref());
    look(DutyKind::Terms, "text of terms", &names.terms, require.terms.as_ref());
    whole.then_some(duties)
}
