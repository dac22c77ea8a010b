//! What is known of the requests that are open: enough to measure them when they close, and no more.

use std::collections::{BTreeSet, HashMap};

use crate::audit::EventKind as K;
use crate::domain::Time;

use super::seen::Seen;

/// The names of people, roles and the like, each kept once.
#[derive(Debug, Default)]
pub struct Names {
    numbers: HashMap<Box<str>, Id>,
    texts: Vec<Box<str>>,
}

/// A name's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u32);

impl Names {
    pub fn id(&mut self, name: &str) -> Id {
        if let Some(id) = self.numbers.get(name) {
            return *id;
        }
        let id = Id(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(name.into());
        self.numbers.insert(name.into(), id);
        id
    }

    pub fn text(&self, id: Id) -> &str {
        self.texts.get(id.0 as usize).map_or("", AsRef::as_ref)
    }
}

/// How a request closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    Denied,
    Cancelled,
    Lapsed,
    Expired,
    Revoked,
}

impl Closed {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Cancelled => "cancelled",
            Self::Lapsed => "lapsed",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        }
    }
}

/// A request that is not closed, or that this very event closed.
#[derive(Debug)]
pub struct Open {
    pub requester: Id,
    pub role: Id,
    pub resource: Id,
    /// `None` where the log that was read begins later.
    pub filed: Option<Time>,
    pub asked_ms: Option<u64>,
    pub reason: Box<str>,
    pub approvers: Vec<Id>,
    pub approved: Option<Time>,
    /// Nobody had to agree: `auto-approve` or `break-glass`.
    pub by: Option<Id>,
    pub active: Option<Time>,
    /// When it has to end.
    pub end: Option<Time>,
    pub ending: Option<Time>,
    /// Tries to end it that failed, as far as they are events.
    pub failed: u64,
    pub extended: u32,
    pub closed: Option<Closed>,
}

/// The requests that are open, and who stands behind which name.
#[derive(Debug, Default)]
pub struct Requests {
    open: HashMap<Box<str>, Open>,
    /// Of aliases and services: the person.
    humans: HashMap<Id, Id>,
}

impl Requests {
    /// Takes the event in. The request that it is about stays until [`Self::settle`].
    pub fn take(&mut self, event: &Seen<'_>, names: &mut Names) {
        if event.known == Some(K::UserAdded)
            && let (Some(user), Some(human)) = (event.data("user"), event.data("human"))
            && user != human
        {
            let pair = (names.id(user), names.id(human));
            self.humans.insert(pair.0, pair.1);
        }
        let (Some(id), Some(kind)) = (event.request.as_deref(), event.known) else { return };
        if kind == K::RequestFiled {
            let open = Open {
                requester: names.id(event.actor()),
                role: names.id(event.role.as_deref().unwrap_or_default()),
                resource: names.id(event.resource.as_deref().unwrap_or_default()),
                filed: Some(event.at),
                asked_ms: event.span("duration").map(|span| span.secs() * 1000),
                reason: event.text("reason").into(),
                approvers: Vec::new(),
                approved: None,
                by: None,
                active: None,
                end: None,
                ending: None,
                failed: 0,
                extended: 0,
                closed: None,
            };
            self.open.insert(id.into(), open);
            return;
        }
        let Some(open) = self.open.get_mut(id) else { return };
        let at = event.at;
        match kind {
            // Later votes are for more time.
            K::VoteCast if open.approved.is_none() => {
                let by = names.id(event.actor());
                if !open.approvers.contains(&by) {
                    open.approvers.push(by);
                }
            }
            K::VoteWithdrawn if open.approved.is_none() => {
                let user = names.id(event.text("user"));
                let human = self.humans.get(&user).copied().unwrap_or(user);
                let humans = &self.humans;
                open.approvers.retain(|by| humans.get(by).copied().unwrap_or(*by) != human);
            }
            K::RequestApproved => {
                open.approved = Some(at);
                open.by = event.data("by").map(|by| names.id(by));
            }
            K::GrantActive => {
                open.active = Some(at);
                open.end = event.time("end");
            }
            K::ExtensionApproved => {
                open.extended += 1;
                open.end = event.time("end").or(open.end);
            }
            K::GrantEnding => open.ending = open.ending.or(Some(at)),
            K::GrantEndFailed => open.failed += 1,
            K::RequestDenied => open.closed = Some(Closed::Denied),
            K::RequestCancelled => open.closed = Some(Closed::Cancelled),
            K::RequestLapsed => open.closed = Some(Closed::Lapsed),
            K::GrantExpired => open.closed = Some(Closed::Expired),
            K::GrantRevoked => open.closed = Some(Closed::Revoked),
            _ => {}
        }
    }

    pub fn get(&self, event: &Seen<'_>) -> Option<&Open> {
        self.open.get(event.request.as_deref()?)
    }

    /// Forgets the request that this event closed.
    pub fn settle(&mut self, event: &Seen<'_>) {
        if let Some(id) = event.request.as_deref()
            && self.open.get(id).is_some_and(|open| open.closed.is_some())
        {
            self.open.remove(id);
        }
    }

    /// In the order of their ids, so that two readings of one log say the same.
    pub fn still_open(&self) -> Vec<(&str, &Open)> {
        let mut open: Vec<_> = self.open.iter().map(|(id, open)| (id.as_ref(), open)).collect();
        open.sort_unstable_by_key(|(id, _)| *id);
        open
    }

    pub fn human(&self, id: Id) -> Id {
        self.humans.get(&id).copied().unwrap_or(id)
    }
}

/// The names, in the order of their text.
pub fn listed<'a>(ids: impl IntoIterator<Item = &'a Id>, names: &Names) -> String {
    let sorted: BTreeSet<&str> = ids.into_iter().map(|id| names.text(*id)).collect();
    sorted.into_iter().collect::<Vec<_>>().join(", ")
}
