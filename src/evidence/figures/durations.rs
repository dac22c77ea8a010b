use std::io;

use super::{End, Moment, Part, Rows, between, cell, when};
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Closed;
use crate::evidence::spread::{LENGTHS, Spread};

pub static ABOUT: About = About {
    id: "durations",
    title: "How long access was asked for, given and used",
    from: "Grants that ended in the period: request.filed (asked), grant.active and extension.approved (given: from the first use to the end that was set), grant.ending (used: from the first use until the end began).",
    controls: &["5.18", "8.2"],
    columns: &[
        "request",
        "role",
        "requester",
        "active",
        "asked_ms",
        "given_ms",
        "used_ms",
        "extensions",
        "outcome",
    ],
};

pub struct Durations {
    asked: Spread,
    given: Spread,
    used: Spread,
    never_used: u64,
    early: u64,
    extended: u64,
}

impl Default for Durations {
    fn default() -> Self {
        let new = || Spread::new(LENGTHS);
        Self { asked: new(), given: new(), used: new(), never_used: 0, early: 0, extended: 0 }
    }
}

impl Part for Durations {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let Some((open, closed)) = moment.open.and_then(|open| Some((open, open.closed?))) else {
            return Ok(());
        };
        let Some(active) = open.active else {
            // Approved, and nobody ever used it.
            self.never_used += u64::from(open.approved.is_some());
            return Ok(());
        };
        let given = open.end.map(|end| between(active, end));
        let used = between(active, open.ending.unwrap_or(moment.event.at));
        open.asked_ms.iter().for_each(|ms| self.asked.add(*ms));
        given.iter().for_each(|ms| self.given.add(*ms));
        self.used.add(used);
        self.early += u64::from(closed == Closed::Revoked);
        self.extended += u64::from(open.extended > 0);
        rows.row(
            ABOUT.id,
            &[
                moment.request(),
                moment.names.text(open.role),
                moment.names.text(open.requester),
                &when(Some(active)),
                &cell(open.asked_ms),
                &cell(given),
                &used.to_string(),
                &open.extended.to_string(),
                closed.as_str(),
            ],
        )
    }

    fn figure(&self, _end: &End<'_>) -> Figure {
        Figure::new(self.used.count() + self.never_used == 0)
            .count("grants", "Grants that were used and ended", self.used.count())
            .count("ended_early", "Of these, ended before their time", self.early)
            .count("extended", "Of these, extended at least once", self.extended)
            .count("never_used", "Approved, and never used", self.never_used)
            .spread("asked_ms", "Asked for", &self.asked)
            .spread("given_ms", "Given", &self.given)
            .spread("used_ms", "Used", &self.used)
            .chart("Asked for, at most so long", self.asked.bars())
            .chart("Used, at most so long", self.used.bars())
    }
}
