//! Deny rules and limits, with their names looked up.

use std::collections::BTreeSet;

use crate::domain::Name;
use crate::policy::bits::Bits;
use crate::policy::diagnostic::{Problem, Problems};
use crate::policy::document::List;
use crate::policy::draft::{RuleDraft, SelectorDraft};
use crate::policy::model::{Deny, Limit, Selector};
use crate::policy::source::{At, Item};

use super::Context;

pub(super) fn deny(
    context: &Context<'_>,
    name: Name,
    rule: RuleDraft,
    problems: &mut Problems,
) -> Option<Deny> {
    let of = selector(context, &rule.of, rule.at, problems);
    let when = context.condition(rule.when.as_ref(), &format!("`when` of deny `{name}`"), problems);
    // Without its condition it would deny more than was meant, and without its selector too.
    let whole = rule.when.is_none() || when.is_some();
    let (of, among) = of?;
    Some(Deny { name, description: rule.description, of, when, among }).filter(|_| whole)
}

pub(super) fn limit(
    context: &Context<'_>,
    name: Name,
    rule: RuleDraft,
    problems: &mut Problems,
) -> Option<Limit> {
    let (of, among) = selector(context, &rule.of, rule.at, problems)?;
    Some(Limit { name, description: rule.description, of, max_duration: rule.max_duration?, among })
}

/// With the numbers of its resources, where it names any.
fn selector(
    context: &Context<'_>,
    draft: &SelectorDraft,
    at: At,
    problems: &mut Problems,
) -> Option<(Selector, Option<Bits>)> {
    let names = context.names;
    let roles =
        look_up(draft.roles.as_ref(), |item| names.known("role", "role", &names.roles, item, problems));
    let named = look_up(draft.resources.as_ref(), |item| {
        names.known("resource", "resource", &names.resources, item, problems)
    });
    let labels = draft.labels.as_ref().map(|labels| names.labels(&labels.value, problems));
    let requesters = draft.requesters.as_ref().map(|list| names.whos(list, problems));
    let resources = match (named?, labels) {
        (named, None) => named,
        (named, Some(labels)) => {
            let mut found = context.resources.names(&context.resources.with(&labels?));
            found.retain(|name| named.as_ref().is_none_or(|named| named.contains(name)));
            if found.is_empty() && names.resources_whole {
                let at = draft.labels.as_ref().map_or(at, |labels| labels.at);
                problems.push(
                    Problem::new(at, "no-resource", "no resource has these labels")
                        .hint("with `resources` and `resource-labels`, a resource has to match both"),
                );
                return None;
            }
            Some(found)
        }
    };
    let requesters = match requesters {
        None => None,
        Some(list) => Some(list?),
    };
    let among = resources.as_ref().map(|names| context.resources.bits(names));
    Some((Selector { roles: roles?, resources, requesters }, among))
}

/// `Some(None)` where there is no list.
fn look_up(
    list: Option<&List<Name>>,
    mut known: impl FnMut(&Item<Name>) -> bool,
) -> Option<Option<BTreeSet<Name>>> {
    let Some(list) = list else { return Some(None) };
    let mut whole = list.whole;
    for item in &list.items {
        whole &= known(item);
    }
    whole.then(|| Some(list.items.iter().map(|item| item.value.clone()).collect()))
}
