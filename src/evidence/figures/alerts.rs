use std::collections::BTreeMap;
use std::io;

use super::{End, Moment, Part, Rows, between, cell, ranked};
use crate::audit::EventKind as K;
use crate::domain::Time;
use crate::evidence::figure::{About, Figure};
use crate::evidence::spread::{ANSWERS, Spread};

pub static ABOUT: About = About {
    id: "alerts",
    title: "Alerts, what they did, and who answered",
    from: "alert.raised, alert.answered, notice.failed. Alerts from before the period as far as nobody had answered.",
    controls: &["5.22", "8.16"],
    columns: &[
        "id", "rule", "severity", "action", "user", "request", "raised", "why", "answered", "by", "answer",
        "comment", "took_ms",
    ],
};

struct Raised {
    at: Time,
    start: Vec<String>,
}

pub struct Alerts {
    open: BTreeMap<Box<str>, Raised>,
    before: u64,
    raised: u64,
    answered: u64,
    rules: BTreeMap<String, u64>,
    severities: BTreeMap<String, u64>,
    actions: BTreeMap<String, u64>,
    answers: BTreeMap<String, u64>,
    notices: u64,
    took: Spread,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            before: 0,
            raised: 0,
            answered: 0,
            rules: BTreeMap::new(),
            severities: BTreeMap::new(),
            actions: BTreeMap::new(),
            answers: BTreeMap::new(),
            notices: 0,
            took: Spread::new(ANSWERS),
        }
    }
}

impl Alerts {
    fn raise(&mut self, moment: &Moment<'_, '_>) {
        let event = moment.event;
        let text = |key| event.text(key).to_owned();
        let (request, at, why) = (moment.request().to_owned(), moment.at(), event.why());
        let start =
            vec![text("id"), text("alert"), text("severity"), text("action"), text("user"), request, at, why];
        self.open.insert(event.text("id").into(), Raised { at: event.at, start });
    }
}

fn write(rows: &mut dyn Rows, start: &[String], rest: [&str; 5]) -> io::Result<()> {
    rows.row(ABOUT.id, &start.iter().map(String::as_str).chain(rest).collect::<Vec<_>>())
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    *counts.entry(name.chars().take(100).collect()).or_default() += 1;
}

impl Part for Alerts {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn carry(&mut self, moment: &Moment<'_, '_>) {
        if moment.event.known == Some(K::AlertRaised) {
            self.raise(moment);
            self.before = self.open.len() as u64;
        }
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        match event.known {
            Some(K::AlertRaised) => {
                self.raised += 1;
                count(&mut self.rules, event.text("alert"));
                count(&mut self.severities, event.text("severity"));
                count(&mut self.actions, event.text("action"));
                self.raise(moment);
            }
            Some(K::AlertAnswered) => {
                self.answered += 1;
                count(&mut self.answers, event.text("answer"));
                if let Some(raised) = self.open.remove(event.text("id")) {
                    let took = between(raised.at, event.at);
                    self.took.add(took);
                    let rest = [
                        &moment.at(),
                        event.actor(),
                        event.text("answer"),
                        event.text("comment"),
                        &cell(Some(took)),
                    ];
                    return write(rows, &raised.start, rest);
                }
            }
            Some(K::NoticeFailed) => self.notices += 1,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, _end: &End<'_>, rows: &mut dyn Rows) -> io::Result<()> {
        self.open.values().try_for_each(|raised| write(rows, &raised.start, ["", "", "", "", ""]))
    }

    fn figure(&self, _end: &End<'_>) -> Figure {
        let list =
            |counts: &BTreeMap<String, u64>| ranked(counts.iter().map(|(name, n)| (name.as_str(), *n)));
        Figure::new(self.raised + self.answered + self.notices == 0)
            .count("open_before", "Unanswered when the period began", self.before)
            .count("raised", "Raised", self.raised)
            .count("answered", "Answered", self.answered)
            .count("open_at_end", "Unanswered when the period ended", self.open.len() as u64)
            .count("notices_failed", "Notices that a channel did not take at once", self.notices)
            .spread("took_ms", "Time to an answer", &self.took)
            .chart("Answered within at most so long", self.took.bars())
            .table("By rule", &["rule", "alerts"], list(&self.rules))
            .table("By severity", &["severity", "alerts"], list(&self.severities))
            .table("What they did", &["action", "alerts"], list(&self.actions))
            .table("What came out", &["answer", "alerts"], list(&self.answers))
    }
}
