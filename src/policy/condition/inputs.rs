//! What a condition may look at.

use std::collections::{BTreeMap, HashMap};

use cel::common::traits::Indexer;
use cel::common::types::{CelBool, CelList, CelMap, CelMapKey, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;

use crate::domain::{Kind, Span, Time};

use super::moments::{Length, Moment};

/// One request, as far as conditions are concerned.
#[derive(Debug, Clone)]
pub struct InputFacts<'a> {
    pub role: &'a str,
    pub resource: &'a str,
    /// Of the resource: declared labels only. A resource may lack some.
    pub labels: &'a BTreeMap<String, String>,
    pub duration: Span,
    pub reason: &'a str,
    pub ticket: Option<&'a str>,
    pub start: Option<Time>,
    pub break_glass: bool,
    pub requester: &'a str,
    pub kind: Kind,
    pub groups: Vec<&'a str>,
    pub company: Option<&'a str>,
    pub contract_end: Option<Time>,
    /// Seconds since the requester last proved a second factor.
    pub mfa_age: Option<i64>,
    pub now: Time,
}

/// The variables of a condition. Built at most once a decision.
#[derive(Debug)]
pub struct Inputs {
    request: CelMap<'static>,
    requester: CelMap<'static>,
    resource: CelMap<'static>,
    now: Moment,
}

type Entry = (CelMapKey<'static>, Box<dyn Val>);

impl Inputs {
    pub fn new(facts: &InputFacts<'_>) -> Self {
        let kind = match facts.kind {
            Kind::Person => "person",
            Kind::Service => "service",
        };
        let groups: Vec<Box<dyn Val>> = facts.groups.iter().map(|group| text(group)).collect();
        let labels = facts.labels.iter().map(|(label, value)| {
            let key: Entry = (CelMapKey::String(CelString::from(label.clone())), text(value));
            Some(key)
        });
        Self {
            request: record([
                field("role", text(facts.role)),
                field("resource", text(facts.resource)),
                field("duration", Box::new(Length::from(facts.duration))),
                field("reason", text(facts.reason)),
                field("break_glass", Box::new(CelBool::from(facts.break_glass))),
                facts.ticket.and_then(|ticket| field("ticket", text(ticket))),
                facts.start.and_then(|start| field("start", Box::new(Moment::from(start)))),
            ]),
            requester: record([
                field("id", text(facts.requester)),
                field("groups", Box::new(CelList::from(groups))),
                field("kind", Box::new(CelString::from(kind))),
                facts.company.and_then(|company| field("company", text(company))),
                facts.contract_end.and_then(|end| field("contract_end", Box::new(Moment::from(end)))),
                facts.mfa_age.and_then(|age| field("mfa_age", Box::new(Length::from_secs(age)))),
            ]),
            resource: record([
                field("name", text(facts.resource)),
                field("labels", Box::new(record(labels))),
            ]),
            now: Moment::from(facts.now),
        }
    }
}

fn record(entries: impl IntoIterator<Item = Option<Entry>>) -> CelMap<'static> {
    CelMap::from(entries.into_iter().flatten().collect::<HashMap<_, _>>())
}

/// What is not there has no key, so that `has()` can tell and everything else fails.
fn field(name: &'static str, value: Box<dyn Val>) -> Option<Entry> {
    Some((CelMapKey::String(CelString::from(name)), value))
}

fn text(text: &str) -> Box<dyn Val> {
    Box::new(CelString::from(text.to_owned()))
}

impl Inputs {
    fn record(&self, name: &str) -> Option<&CelMap<'static>> {
        match name {
            "request" => Some(&self.request),
            "requester" => Some(&self.requester),
            "resource" => Some(&self.resource),
            _ => None,
        }
    }
}

impl VariableResolver for Inputs {
    /// The evaluator asks for `request.role` before it asks for `request`: an answer to the longer name
    /// saves it the way through the shorter ones.
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        match variable.split_once('.') {
            None if variable == "now" => Some(CowVal::Borrowed(&self.now)),
            None => self.record(variable).map(|record| CowVal::Borrowed(record)),
            Some((_, field)) if field.contains('.') => None,
            Some((record, field)) => self.record(record)?.get(&CelString::from(field)).ok(),
        }
    }
}
