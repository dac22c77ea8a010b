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
        // The next stage's, when this vote was the last of its own.
        K::VoteCast if after(draft, parties) => parties.deciders.clone(),
        K::RequestReminded | K::RequestEscalated | K::DebriefOverdue => listed("who"),
        K::BreakGlass => listed("announced"),
        K::EngagementReminded => listed("sponsor"),
        // Who looks, and never whom it is about.
        K::AlertRaised => parties.answerers.clone(),
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

/// Whether what waits is a later stage than the one that this vote was for, which is counted from 1.
fn after(vote: &Draft, parties: &Parties) -> bool {
    let of: Option<usize> = vote.data.get("stage").and_then(|stage| stage.parse().ok());
    of.zip(parties.stage).is_some_and(|(of, waits)| waits >= of)
}

fn names(event: &Draft, key: &str) -> Vec<Name> {
    let text = event.data.get(key).map(String::as_str).unwrap_or_default();
    text.split(',').filter_map(|name| name.trim().parse().ok()).collect()
}

/// Where somebody gets mail: as the file says, else where their name is an address.
pub(super) fn address(name: &Name, people: &BTreeMap<Name, lettre::Address>) -> Option<lettre::Address> {
    people.get(name).cloned().or_else(|| name.as_str().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Digest, Principal, Time};

    fn told_of(kind: K, data: &[(&str, &str)], actor: Option<&str>, stage: usize) -> Vec<String> {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let mut draft = Draft::new(Time::from_millis(0), kind);
        for (key, value) in data {
            draft = draft.data(key, value);
        }
        draft.actor = actor.map(|actor| Principal { issuer: name("jit"), subject: name(actor) });
        let parties = Parties {
            requester: Some(name("carol")),
            deciders: vec![name("bob"), name("alice")],
            stage: Some(stage),
            answerers: vec![name("root")],
        };
        let event = Event { v: 1, seq: 0, prev: Digest::of(b""), event: draft };
        told(&Notice::new(event, parties)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_is_told_of_what_concerns_them() {
        assert_eq!(told_of(K::RequestFiled, &[], Some("carol"), 0), ["alice", "bob"]);
        for kind in [K::RequestReminded, K::RequestEscalated, K::DebriefOverdue] {
            assert_eq!(told_of(kind, &[("who", "dave, erin, dave")], None, 0), ["dave", "erin"]);
            assert_eq!(told_of(kind, &[], None, 0), [""; 0], "nobody is named");
        }
        assert_eq!(told_of(K::BreakGlass, &[("announced", "erin, carol")], Some("carol"), 0), ["erin"]);
        assert_eq!(
            told_of(K::EngagementReminded, &[("sponsor", "bob"), ("user", "mallory")], None, 0),
            ["bob"]
        );
        for kind in [K::RequestApproved, K::RequestDenied, K::RequestLapsed, K::GrantExpired, K::GrantRevoked]
        {
            assert_eq!(told_of(kind, &[], Some("bob"), 0), ["carol"]);
        }
        assert_eq!(told_of(K::RequestCancelled, &[], Some("carol"), 0), [""; 0], "they know");
        assert_eq!(told_of(K::AlertRaised, &[("user", "carol")], None, 0), ["root"]);
        assert_eq!(told_of(K::AlertAnswered, &[("user", "carol")], Some("root"), 0), [""; 0]);
        assert_eq!(told_of(K::LoginSucceeded, &[("user", "bob"), ("who", "bob")], Some("bob"), 0), [""; 0]);
    }

    #[test]
    fn the_next_stage_is_told_by_the_last_vote_of_the_one_before_and_by_no_other() {
        assert_eq!(told_of(K::VoteCast, &[("stage", "1")], Some("bob"), 0), [""; 0]);
        assert_eq!(told_of(K::VoteCast, &[("stage", "1")], Some("dave"), 1), ["alice", "bob"]);
        assert_eq!(told_of(K::VoteCast, &[("stage", "x")], Some("dave"), 1), [""; 0]);
    }

    #[test]
    fn a_list_of_names_that_is_none_names_nobody() {
        assert_eq!(
            told_of(K::RequestReminded, &[("who", "Alice, a@b@c, ../x, \r\nBcc: x")], None, 0),
            [""; 0]
        );
    }

    #[test]
    fn an_address_is_what_the_file_says_or_a_name_that_is_one() {
        let name = |text: &str| text.parse::<Name>().unwrap();
        let people = BTreeMap::from([(name("alice"), "a@acme.example".parse().unwrap())]);
        let of = |text| address(&name(text), &people).map(|address| address.to_string());
        assert_eq!(of("alice").as_deref(), Some("a@acme.example"));
        assert_eq!(of("bob@acme.example").as_deref(), Some("bob@acme.example"));
        assert_eq!(of("bob"), None);
    }
}
