//! One event on its way out.

use std::collections::BTreeMap;

use crate::audit::chain::leaf_hash;
use crate::audit::{Draft, Event, EventKind as K};
use crate::domain::Name;

use super::Parties;
use super::config::Filter;

/// What a sink is given.
#[derive(Debug)]
pub(super) struct Notice {
    /// The same in each try, after a restart, and in a replay, so that a receiver can drop repeats. Of the
    /// event's own hash: two logs never share one.
    pub id: String,
    /// The event's canonical bytes.
    pub bytes: String,
    pub event: Event,
    pub parties: Parties,
}

impl Notice {
    pub fn new(event: Event, parties: Parties) -> Self {
        // Exactly what was hashed into the chain: the canonical form is this one.
        let bytes = serde_json::to_string(&event).unwrap_or_default();
        let hash = leaf_hash(bytes.as_bytes()).to_string();
        Self { id: format!("evt_{}", hash.get(..32).unwrap_or(&hash)), bytes, event, parties }
    }
}

impl Filter {
    pub(super) fn matches(&self, event: &Draft) -> bool {
        let kind = event.kind.as_str();
        let of_kind = self.events.is_empty()
            || self.events.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => kind.starts_with(start),
                None => kind == pattern,
            });
        let of_role = self.roles.is_empty()
            || event.role.as_ref().is_some_and(|role| {
                self.roles.iter().any(|pattern| glob_match::glob_match(pattern, role.as_str()))
            });
        of_kind && of_role && self.severity.is_none_or(|least| crate::audit::siem::severity(event) >= least)
    }
}

/// Who is told of it in person.
pub(super) fn told(notice: &Notice) -> Vec<Name> {
    let Notice { event, parties, .. } = notice;
    let draft = &event.event;
    let listed = |key: &str| names(draft, key);
    let mut told: Vec<Name> = match draft.kind {
        // What waits for them.
        K::RequestFiled | K::ExtensionAsked => parties.deciders.clone(),
        K::RequestReminded | K::RequestEscalated | K::DebriefOverdue => listed("who"),
        K::BreakGlass => listed("announced"),
        K::EngagementReminded => listed("sponsor"),
        // The decision on what they asked for, and its end.
        K::RequestApproved
        | K::RequestDenied
        | K::RequestCancelled
        | K::RequestLapsed
        | K::ExtensionApproved
        | K::ExtensionDenied
        | K::ExtensionLapsed
        | K::ExtensionRefused
        | K::GrantExpired
        | K::GrantRevoked => parties.requester.iter().cloned().collect(),
        _ => Vec::new(),
    };
    // Nobody is told of what they have just done.
    if let Some(actor) = &draft.actor {
        told.retain(|name| *name != actor.subject);
    }
    told.sort();
    told.dedup();
    told
}

fn names(event: &Draft, key: &str) -> Vec<Name> {
    let text = event.data.get(key).map(String::as_str).unwrap_or_default();
    text.split(',').filter_map(|name| name.trim().parse().ok()).collect()
}

/// Where somebody gets mail: as the file says, else where their name is an address.
pub(super) fn address(name: &Name, people: &BTreeMap<Name, lettre::Address>) -> Option<lettre::Address> {
    people.get(name).cloned().or_else(|| name.as_str().parse().ok())
}
