use std::collections::BTreeMap;
use std::io;

use super::{End, Moment, Part, Rows, between, ranked};
use crate::audit::EventKind as K;
use crate::domain::Time;
use crate::evidence::figure::{About, Figure, Value};

pub static ABOUT: About = About {
    id: "log",
    title: "The log itself",
    from: "Every event of the period. That none is missing, edited or inserted is for `jit evidence verify` to prove, with the checkpoints that stand between the events in log.jsonl.",
    controls: &["5.28", "8.15", "8.17"],
    columns: &["kind", "events"],
};

#[derive(Default)]
pub struct Log {
    events: u64,
    kinds: BTreeMap<String, u64>,
    unknown: u64,
    first: Option<(u64, Time)>,
    last: Option<(u64, Time)>,
    backwards: u64,
    widest_gap_ms: u64,
    starts: u64,
    stops: u64,
    signed: u64,
}

/// A log whose kinds are not ours could have any number of them.
const MOST: usize = 500;

impl Part for Log {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, _rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        self.events += 1;
        if let Some((_, last)) = self.last {
            self.backwards += u64::from(event.at < last);
            self.widest_gap_ms = self.widest_gap_ms.max(between(last, event.at));
        }
        self.first = self.first.or(Some((event.seq, event.at)));
        self.last = Some((event.seq, event.at));
        if let Some(count) = self.kinds.get_mut(event.kind.as_ref()) {
            *count += 1;
        } else if self.kinds.len() < MOST {
            self.kinds.insert(event.kind.clone().into_owned(), 1);
        }
        match event.known {
            None => self.unknown += 1,
            Some(K::ServerStarted) => self.starts += 1,
            Some(K::ServerStopped) => self.stops += 1,
            Some(K::EvidenceSigned) => self.signed += 1,
            Some(_) => {}
        }
        Ok(())
    }

    fn end(&mut self, _end: &End<'_>, rows: &mut dyn Rows) -> io::Result<()> {
        for row in ranked(self.kinds.iter().map(|(kind, n)| (kind.as_str(), *n))) {
            rows.row(ABOUT.id, &row.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn figure(&self, _end: &End<'_>) -> Figure {
        let at = |place: Option<(u64, Time)>| place.map_or(Value::Nothing(()), |(_, at)| Value::At(at));
        let seq = |place: Option<(u64, Time)>| place.map_or(Value::Nothing(()), |(seq, _)| Value::Count(seq));
        let gap = if self.events > 1 { Value::Millis(self.widest_gap_ms) } else { Value::Nothing(()) };
        Figure::new(self.events == 0)
            .count("events", "Events", self.events)
            .fact("first_seq", "Number of the first", seq(self.first))
            .fact("last_seq", "Number of the last", seq(self.last))
            .fact("first_at", "Time of the first", at(self.first))
            .fact("last_at", "Time of the last", at(self.last))
            .count("backwards", "Events whose time is before the one before them", self.backwards)
            .fact("widest_gap_ms", "Longest time without an event", gap)
            .count("starts", "Starts of the server", self.starts)
            .count("stops", "Orderly stops of it", self.stops)
            .count("evidence_signed", "Times evidence was signed", self.signed)
            .count("unknown_kinds", "Events of a kind that this jit does not know", self.unknown)
            .table(
                "Events by kind",
                &["kind", "events"],
                ranked(self.kinds.iter().map(|(kind, n)| (kind.as_str(), *n))),
            )
    }
}
