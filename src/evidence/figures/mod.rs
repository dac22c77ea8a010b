//! Every figure, and the one pass over the events that makes them.

mod access;
mod alerts;
mod breakglass;
mod decisions;
mod drift;
mod durations;
mod duties;
mod ends;
mod engagements;
mod identities;
mod log;
mod logins;
mod offboarding;
mod policy;
mod recorded;
mod refusals;
mod reviews;
mod training;

use std::io;

use serde::{Deserialize, Serialize};

use super::controls::Control;
use super::figure::{About, Figure};
use super::period::Period;
use super::requests::{Id, Names, Open, Requests};
use super::seen::Seen;
use crate::domain::Time;

/// What is known at the time of packing and not from events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inputs {
    /// Who may hold which role, by the policy of that moment; `None` where it was not passed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_hold: Option<Vec<MayHold>>,
}

/// A role, and those who may come to hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MayHold {
    pub role: String,
    pub people: Vec<String>,
}

/// Where records go, one after the other.
pub trait Rows {
    /// `figure` is an [`About::id`]; `cells` are as many as its columns.
    fn row(&mut self, figure: &'static str, cells: &[&str]) -> io::Result<()>;
}

/// One event, with what it is about.
pub(crate) struct Moment<'m, 'a> {
    pub event: &'m Seen<'a>,
    /// Of whom the event tells by its `user`; else who acted.
    pub user: Id,
    pub actor: Id,
    /// The event's request, with this event taken in.
    pub open: Option<&'m Open>,
    pub requests: &'m Requests,
    pub names: &'m Names,
}

impl Moment<'_, '_> {
    pub fn request(&self) -> &str {
        self.event.request.as_deref().unwrap_or_default()
    }

    pub fn at(&self) -> String {
        self.event.at.to_string()
    }
}

/// What there is when the period ends.
pub(crate) struct End<'m> {
    /// The time of the last event of the period.
    pub last: Option<Time>,
    pub requests: &'m Requests,
    pub names: &'m Names,
}

/// One figure in the making.
pub(crate) trait Part: Send {
    fn about(&self) -> &'static About;

    /// An event from before the period.
    fn carry(&mut self, _moment: &Moment<'_, '_>) {}

    /// An event of the period.
    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()>;

    /// What is known only now.
    fn end(&mut self, _end: &End<'_>, _rows: &mut dyn Rows) -> io::Result<()> {
        Ok(())
    }

    fn figure(&self, end: &End<'_>) -> Figure;
}

/// All figures in the making.
pub struct Book {
    period: Period,
    last: Option<Time>,
    names: Names,
    requests: Requests,
    parts: Vec<Box<dyn Part>>,
}

fn all(inputs: &Inputs) -> Vec<Box<dyn Part>> {
    vec![
        Box::new(policy::Policy::default()),
        Box::new(access::Access::new(inputs)),
        Box::new(decisions::Decisions::default()),
        Box::new(durations::Durations::default()),
        Box::new(ends::Ends::default()),
        Box::new(duties::Duties::default()),
        Box::new(breakglass::BreakGlass::default()),
        Box::new(refusals::Refusals::default()),
        Box::new(engagements::Engagements::default()),
        Box::new(offboarding::Offboarding::default()),
        Box::new(reviews::Reviews::default()),
        Box::new(training::Training::default()),
        Box::new(alerts::Alerts::default()),
        Box::new(identities::Identities::default()),
        Box::new(logins::Logins::default()),
        Box::new(drift::Drift::default()),
        Box::new(recorded::Recorded::default()),
        Box::new(log::Log::default()),
    ]
}

impl Book {
    /// Of all figures, or of those that say something about one of these controls.
    pub fn new(period: Period, only: &[Control], inputs: &Inputs) -> Self {
        let wanted = |part: &dyn Part| {
            only.is_empty() || only.iter().any(|control| part.about().controls.contains(&control.number))
        };
        let parts = all(inputs).into_iter().filter(|part| wanted(part.as_ref())).collect();
        Self { period, last: None, names: Names::default(), requests: Requests::default(), parts }
    }

    pub fn abouts(&self) -> Vec<&'static About> {
        self.parts.iter().map(|part| part.about()).collect()
    }

    /// An event from before the period that is carried into it.
    pub fn carry(&mut self, event: &Seen<'_>) {
        self.requests.take(event, &mut self.names);
        let user = self.names.id(event.data("user").unwrap_or(event.actor()));
        let actor = self.names.id(event.actor());
        let (requests, names) = (&self.requests, &self.names);
        let moment = Moment { event, user, actor, open: requests.get(event), requests, names };
        for part in &mut self.parts {
            part.carry(&moment);
        }
        self.requests.settle(event);
    }

    /// The next event. One that is not in the period is passed over.
    pub fn see(&mut self, event: &Seen<'_>, rows: &mut dyn Rows) -> io::Result<()> {
        if !self.period.contains(event.at) {
            return Ok(());
        }
        self.last = self.last.max(Some(event.at));
        self.requests.take(event, &mut self.names);
        let user = self.names.id(event.data("user").unwrap_or(event.actor()));
        let actor = self.names.id(event.actor());
        let (requests, names) = (&self.requests, &self.names);
        let moment = Moment { event, user, actor, open: requests.get(event), requests, names };
        for part in &mut self.parts {
            part.see(&moment, rows)?;
        }
        self.requests.settle(event);
        Ok(())
    }

    /// The figures, in their order.
    pub fn finish(mut self, rows: &mut dyn Rows) -> io::Result<Vec<(&'static About, Figure)>> {
        let end = End { last: self.last, requests: &self.requests, names: &self.names };
        let mut figures = Vec::with_capacity(self.parts.len());
        for part in &mut self.parts {
            part.end(&end, rows)?;
            figures.push((part.about(), part.figure(&end)));
        }
        Ok(figures)
    }
}

/// Milliseconds from one to the other; nothing where the clock went back.
pub(crate) fn between(from: Time, to: Time) -> u64 {
    u64::try_from(to.millis().saturating_sub(from.millis())).unwrap_or(0)
}

/// A number of an optional measure, for a cell.
pub(crate) fn cell(number: Option<u64>) -> String {
    number.map_or_else(String::new, |n| n.to_string())
}

/// An optional time, for a cell.
pub(crate) fn when(at: Option<Time>) -> String {
    at.map_or_else(String::new, |at| at.to_string())
}

/// Counts by a name, the most first, then by name.
pub(crate) fn ranked<'a>(counts: impl IntoIterator<Item = (&'a str, u64)>) -> Vec<Vec<String>> {
    let mut rows: Vec<(&str, u64)> = counts.into_iter().collect();
    rows.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    rows.into_iter().map(|(name, count)| vec![name.to_owned(), count.to_string()]).collect()
}
