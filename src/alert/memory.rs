//! What is remembered of the events so far, bounded for each person.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use crate::audit::{Draft, EventKind};
use crate::domain::{Name, RequestId, Span, Time};

/// Durations that somebody has asked for, refusals, and votes between two people.
const RING: usize = 100;
/// When somebody has asked: enough for the hours of half a month.
const ASKS: usize = 512;
const ROLES: usize = 64;
const NETWORKS: usize = 32;
/// People whom one approver has decided about.
const REQUESTERS: usize = 64;
/// Requests that are not over; addresses that were refused.
const REQUESTS: usize = 65_536;
const ADDRESSES: usize = 4096;

/// The last so many of something, the oldest first.
#[derive(Debug, Clone)]
pub(super) struct Ring<T>(VecDeque<T>);

impl<T> Default for Ring<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Ring<T> {
    fn push(&mut self, value: T, most: usize) {
        if self.0.len() >= most {
            self.0.pop_front();
        }
        self.0.push_back(value);
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> + Clone {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl Ring<Time> {
    /// How many are not older than `within` at `at`.
    pub fn since(&self, at: Time, within: Span) -> usize {
        let from = at.minus(within);
        self.0.iter().rev().take_while(|time| **time >= from).count()
    }
}

/// A few keys, each with when it was last seen; the one not seen for longest goes.
#[derive(Debug, Clone)]
pub(super) struct Recent<K>(Vec<(K, Time)>);

impl<K> Default for Recent<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: PartialEq> Recent<K> {
    fn see(&mut self, key: K, at: Time, most: usize) {
        if let Some(known) = self.0.iter_mut().find(|(known, _)| *known == key) {
            known.1 = at;
            return;
        }
        if self.0.len() >= most
            && let Some(oldest) = (0..self.0.len()).min_by_key(|n| self.0.get(*n).map(|(_, at)| *at))
        {
            self.0.swap_remove(oldest);
        }
        self.0.push((key, at));
    }

    pub fn has(&self, key: &K) -> bool {
        self.0.iter().any(|(known, _)| known == key)
    }
}

/// A person under all of their names, or a service.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    /// Of the last thing that they did; of somebody who has done nothing, when they were added.
    pub last: Option<Time>,
    /// How many grants they have begun to use.
    pub uses: u32,
    pub roles: Recent<Name>,
    /// How many calls of theirs were recorded with an address.
    pub calls: u32,
    pub networks: Recent<Network>,
    /// What they have asked for, in seconds.
    pub durations: Ring<u32>,
    pub asks: Ring<Time>,
    pub refusals: Ring<Time>,
    /// Their decisions by the human who had asked; `true` is a yes.
    pub said: HashMap<Name, Ring<(Time, bool)>>,
}

/// A request that is not over.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub requester: Name,
    /// When it was filed, or when more time was asked for.
    pub at: Time,
}

/// Access that could not be ended yet.
#[derive(Debug, Clone)]
pub(super) struct Stuck {
    pub since: Time,
    pub role: Option<Name>,
    pub resource: Option<Name>,
    pub trouble: String,
}

/// Where a call came from: providers give people another address of the same network all the time, so an
/// IPv4 address counts by its first 24 bits, an IPv6 address by its first 64.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Network {
    V4([u8; 3]),
    V6([u16; 4]),
    /// What is no address, as a proxy may say.
    Other(String),
}

impl Network {
    pub fn of(from: &str) -> Self {
        match from.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
            Ok(IpAddr::V4(ip)) => {
                let [a, b, c, _] = ip.octets();
                Self::V4([a, b, c])
            }
            Ok(IpAddr::V6(ip)) => {
                let [a, b, c, d, ..] = ip.segments();
                Self::V6([a, b, c, d])
            }
            Err(_) => Self::Other(from.chars().take(64).collect()),
        }
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::V4([a, b, c]) => write!(f, "{a}.{b}.{c}.0/24"),
            Self::V6([a, b, c, d]) => {
                write!(f, "{}/64", std::net::Ipv6Addr::new(*a, *b, *c, *d, 0, 0, 0, 0))
            }
            Self::Other(text) => f.write_str(text),
        }
    }
}

/// An event, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deed<'e> {
    pub event: &'e Draft,
    /// The human who did it, or the service.
    pub who: Option<&'e Name>,
}

impl Deed<'_> {
    /// Whether somebody was told no.
    pub fn is_refusal(&self) -> bool {
        match self.event.kind {
            EventKind::RequestRefused
            | EventKind::VoteRefused
            | EventKind::CredentialRefused
            | EventKind::LoginRefused
            | EventKind::DelegationRefused
            | EventKind::ExtensionRefused
            | EventKind::EngagementRefused => true,
            // A session that ran out while its client went on asking is nobody's attempt.
            EventKind::AccessRefused => self.who.is_some() || !self.event.data.contains_key("user"),
            _ => false,
        }
    }

    /// Whether it is something that a person does with access, or a login by hand.
    pub fn is_activity(&self) -> bool {
        match self.event.kind {
            EventKind::RequestFiled
            | EventKind::VoteCast
            | EventKind::RequestDenied
            | EventKind::ExtensionAsked
            | EventKind::CredentialIssued
            | EventKind::BreakGlass => true,
            EventKind::LoginSucceeded => self.event.data.get("by").is_some_and(|by| by != "renewal"),
            _ => false,
        }
    }

    /// In seconds, of an ask.
    pub fn duration(&self) -> Option<u32> {
        let span: Span = self.event.data.get("duration")?.parse().ok()?;
        u32::try_from(span.secs()).ok()
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    people: HashMap<Name, Person>,
    requests: HashMap<RequestId, Asked>,
    addresses: HashMap<Network, Ring<Time>>,
    pub stuck: HashMap<RequestId, Stuck>,
}

impl Memory {
    pub fn person(&self, name: &Name) -> Option<&Person> {
        self.people.get(name)
    }

    pub fn asked(&self, event: &Draft) -> Option<&Asked> {
        self.requests.get(&event.request?)
    }

    pub fn refused_from(&self, network: &Network) -> Option<&Ring<Time>> {
        self.addresses.get(network)
    }

    /// How many times `approver` has said yes to `requester` since then.
    pub fn yeses(&self, approver: &Name, requester: &Name, since: Time) -> usize {
        let said = self.people.get(approver).and_then(|person| person.said.get(requester));
        said.map_or(0, |said| said.iter().filter(|(at, yes)| *yes && *at >= since).count())
    }

    pub fn remember(&mut self, deed: &Deed<'_>) {
        let event = deed.event;
        let asked = event.request.and_then(|id| self.requests.get(&id)).map(|asked| asked.requester.clone());
        self.remember_request(deed);
        let Some(who) = deed.who else {
            if deed.is_refusal()
                && let Some(from) = &event.from
            {
                make_room(&mut self.addresses, ADDRESSES, |times| times.iter().next_back().copied());
                self.addresses.entry(Network::of(from)).or_default().push(event.at, RING);
            }
            if matches!(event.kind, EventKind::UserAdded | EventKind::UserReinstated) {
                self.begin(event);
            }
            return;
        };
        // A look before, as most events are of somebody known: no name is copied then.
        if !self.people.contains_key(who) {
            self.people.insert(who.clone(), Person::default());
        }
        if let Some(person) = self.people.get_mut(who) {
            person.did(deed, asked);
        }
        if matches!(event.kind, EventKind::UserAdded | EventKind::UserReinstated) {
            self.begin(event);
        }
    }

    pub fn asleep(&mut self, human: &Name, since: Time) {
        self.people.entry(human.clone()).or_default().last.get_or_insert(since);
    }

    /// Somebody is there from now on; an account that nobody ever used sleeps from then.
    fn begin(&mut self, event: &Draft) {
        if let Some(Ok(user)) = event.data.get("human").or(event.data.get("user")).map(|user| user.parse()) {
            self.people.entry(user).or_default().last = Some(event.at);
        }
    }

    fn remember_request(&mut self, deed: &Deed<'_>) {
        let event = deed.event;
        let Some(id) = event.request else { return };
        match event.kind {
            EventKind::RequestFiled => {
                let Some(who) = deed.who else { return };
                make_room(&mut self.requests, REQUESTS, |asked| Some(asked.at));
                self.requests.insert(id, Asked { requester: who.clone(), at: event.at });
            }
            EventKind::ExtensionAsked => {
                if let Some(asked) = self.requests.get_mut(&id) {
                    asked.at = event.at;
                }
            }
            EventKind::GrantEndFailed => {
                make_room(&mut self.stuck, REQUESTS, |stuck| Some(stuck.since));
                let stuck = self.stuck.entry(id).or_insert_with(|| Stuck {
                    since: event.at,
                    role: event.role.clone(),
                    resource: event.resource.clone(),
                    trouble: String::new(),
                });
                stuck.trouble = event.data.get("trouble").cloned().unwrap_or_default();
            }
            EventKind::RequestDenied
            | EventKind::RequestCancelled
            | EventKind::RequestLapsed
            | EventKind::GrantExpired
            | EventKind::GrantRevoked => {
                self.requests.remove(&id);
                self.stuck.remove(&id);
            }
            _ => {}
        }
    }
}

/// Half of them go, the oldest, when there are `most`: so that one more costs nothing on the whole.
fn make_room<K: Eq + std::hash::Hash, V>(
    map: &mut HashMap<K, V>,
    most: usize,
    at: impl Fn(&V) -> Option<Time>,
) {
    if map.len() < most {
        return;
    }
    let mut times: Vec<Option<Time>> = map.values().map(&at).collect();
    let middle = times.len() / 2;
    let (_, border, _) = times.select_nth_unstable(middle);
    let border = *border;
    map.retain(|_, value| at(value) > border);
}

impl Person {
    fn did(&mut self, deed: &Deed<'_>, requester: Option<Name>) {
        let event = deed.event;
        self.last = Some(event.at);
        if let Some(from) = &event.from {
            self.calls = self.calls.saturating_add(1);
            self.networks.see(Network::of(from), event.at, NETWORKS);
        }
        if deed.is_refusal() {
            self.refusals.push(event.at, RING);
        }
        match event.kind {
            EventKind::RequestFiled => {
                self.asks.push(event.at, ASKS);
                if let Some(secs) = deed.duration() {
                    self.durations.push(secs, RING);
                }
            }
            EventKind::GrantActive => {
                self.uses = self.uses.saturating_add(1);
                if let Some(role) = &event.role {
                    self.roles.see(role.clone(), event.at, ROLES);
                }
            }
            EventKind::VoteCast | EventKind::RequestDenied | EventKind::ExtensionDenied => {
                let Some(requester) = requester else { return };
                make_room(&mut self.said, REQUESTERS, |said| said.iter().next_back().map(|(at, _)| *at));
                let yes = event.kind == EventKind::VoteCast;
                self.said.entry(requester).or_default().push((event.at, yes), RING);
            }
            _ => {}
        }
    }
}
