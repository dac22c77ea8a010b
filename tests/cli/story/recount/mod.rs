//! The figures of the evidence, counted again as simply as can be: the whole log in memory, one question after
//! the other, from what `docs/evidence.md` says and not with the code that it checks. The log has to begin
//! with the server, so that nothing is older than the period.

mod figure;
mod people;
mod requests;
mod tool;

use std::collections::{BTreeMap, BTreeSet};

use jit_access::domain::{Span, Time};
use serde_json::Value;

use figure::*;

#[derive(Debug, Clone)]
pub struct Event {
    pub kind: String,
    seq: u64,
    at: i64,
    actor: Option<String>,
    request: String,
    role: String,
    why: String,
    data: BTreeMap<String, String>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Milliseconds since 1970.
fn millis(time: &str) -> i64 {
    time.parse::<Time>().unwrap().millis()
}

fn said(at: i64) -> String {
    Time::from_millis(at).to_string()
}

impl Event {
    pub fn read(line: &str) -> Self {
        let line: Value = serde_json::from_str(line).unwrap();
        let event = &line["event"];
        let data = event["data"].as_object().into_iter().flatten();
        let data: BTreeMap<String, String> = data.map(|(key, value)| (key.clone(), text(value))).collect();
        let why = event["why"].as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
        let role = event["role"].as_str().map(str::to_owned).or_else(|| data.get("role").cloned());
        Self {
            kind: text(&event["kind"]),
            seq: line["seq"].as_u64().unwrap(),
            at: millis(&text(&event["at"])),
            actor: event["actor"]["subject"].as_str().map(str::to_owned),
            request: text(&event["request"]),
            role: role.unwrap_or_default(),
            why: why.join("; "),
            data,
        }
    }

    fn by(&self) -> String {
        self.actor.clone().unwrap_or_default()
    }

    fn get(&self, key: &str) -> String {
        self.data.get(key).cloned().unwrap_or_default()
    }

    fn number(&self, key: &str) -> u64 {
        self.get(key).parse().unwrap_or(0)
    }
}

/// What the events say of one request.
struct Request<'a> {
    id: &'a str,
    events: Vec<&'a Event>,
}

impl<'a> Request<'a> {
    fn first(&self, kind: &str) -> Option<&'a Event> {
        self.events.iter().copied().find(|event| event.kind == kind)
    }

    fn at(&self, kind: &str) -> Option<i64> {
        Some(self.first(kind)?.at)
    }

    fn requester(&self) -> String {
        self.first("request.filed").unwrap().by()
    }

    /// When it has to end, extensions included.
    fn due(&self) -> Option<i64> {
        let set = |event: &&&Event| ["grant.active", "extension.approved"].contains(&event.kind.as_str());
        Some(millis(&self.events.iter().rfind(set)?.get("end")))
    }

    fn extensions(&self) -> usize {
        self.events.iter().filter(|event| event.kind == "extension.approved").count()
    }

    /// How and when it was over.
    fn closed(&self) -> Option<(&'a str, i64)> {
        ["request.denied", "request.cancelled", "request.lapsed", "grant.expired", "grant.revoked"]
            .iter()
            .find_map(|kind| self.first(kind))
            .map(|event| (event.kind.as_str(), event.at))
    }

    /// Who agreed before it was approved, where people did.
    fn approvers(&self) -> Vec<String> {
        let Some(approved) = self.first("request.approved").filter(|event| !event.data.contains_key("by"))
        else {
            return Vec::new();
        };
        let votes = self.events.iter().filter(|e| e.kind == "request.vote" && e.seq < approved.seq);
        votes.map(|event| event.by()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

pub struct Recount {
    events: Vec<Event>,
    /// Role and people, from outside the log.
    could: Vec<(String, BTreeSet<String>)>,
}

impl Recount {
    pub fn new(events: Vec<Event>, inputs: &Value) -> Self {
        let people = |role: &Value| role["people"].as_array().unwrap().iter().map(text).collect();
        let roles = inputs["may_hold"].as_array().into_iter().flatten();
        Self { events, could: roles.map(|role| (text(&role["role"]), people(role))).collect() }
    }

    pub fn figure(&self, name: &str) -> Value {
        let figure = match name {
            "policy" => self.policy(),
            "access" => self.access(),
            "decisions" => self.decisions(),
            "durations" => self.durations(),
            "ends" => self.ends(),
            "duties" => self.duties(),
            "break-glass" => self.break_glass(),
            "refusals" => self.refusals(),
            "engagements" => self.engagements(),
            "offboarding" => self.offboarding(),
            "reviews" => self.reviews(),
            "training" => self.training(),
            "alerts" => self.alerts(),
            "identities" => self.identities(),
            "logins" => self.logins(),
            "drift" => self.drift(),
            "recorded" => self.recorded(),
            "log" => self.log(),
            other => panic!("nobody counts {other}"),
        };
        figure.json()
    }

    fn all<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Event> + 'a {
        self.events.iter().filter(move |event| event.kind == kind)
    }

    fn count(&self, kind: &str) -> usize {
        self.all(kind).count()
    }

    fn last(&self) -> i64 {
        self.events.last().unwrap().at
    }

    /// The last event of that kind about that user, and what came before it.
    fn of_user<'a>(&'a self, kind: &'a str, user: &'a str) -> impl Iterator<Item = &'a Event> + 'a {
        self.all(kind).filter(move |event| event.get("user") == user)
    }

    fn requests(&self) -> Vec<Request<'_>> {
        let mut ids: Vec<&str> = self.all("request.filed").map(|event| event.request.as_str()).collect();
        ids.sort_unstable();
        ids.into_iter()
            .map(|id| Request { id, events: self.events.iter().filter(|e| e.request == id).collect() })
            .collect()
    }

    /// The person behind a name.
    fn human(&self, name: &str) -> String {
        self.of_user("user.added", name)
            .find_map(|event| event.data.get("human"))
            .map_or_else(|| name.to_owned(), Clone::clone)
    }
}
