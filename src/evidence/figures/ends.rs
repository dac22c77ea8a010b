use std::io;

use super::{End, Moment, Part, Rows, between, cell, when};
use crate::audit::EventKind as K;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Closed;
use crate::evidence::spread::{ENDS, Spread};

pub static ABOUT: About = About {
    id: "ends",
    title: "Access ended when it had to, and its absence was read back",
    from: "grant.ending, grant.end-failed, grant.expired, grant.revoked. An end counts once the target was read back and nothing was left. After its time: from the end that was set; to take away: from when ending began.",
    controls: &["5.18", "8.2", "8.18"],
    columns: &[
        "request",
        "role",
        "requester",
        "due",
        "began",
        "ended",
        "outcome",
        "after_due_ms",
        "took_ms",
        "failed_tries",
    ],
};

/// What we promise of an end (milliseconds after it is due).
const ON_TIME: u64 = 60_000;

pub struct Ends {
    expired: u64,
    revoked: u64,
    unused: u64,
    failures: u64,
    after_due: Spread,
    took: Spread,
}

impl Default for Ends {
    fn default() -> Self {
        let new = || Spread::new(ENDS);
        Self { expired: 0, revoked: 0, unused: 0, failures: 0, after_due: new(), took: new() }
    }
}

impl Part for Ends {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        self.failures += u64::from(moment.event.known == Some(K::GrantEndFailed));
        let Some(open) = moment.open else { return Ok(()) };
        let closed = match open.closed {
            Some(closed @ (Closed::Expired | Closed::Revoked)) => closed,
            _ => return Ok(()),
        };
        if open.active.is_none() && open.ending.is_none() {
            self.unused += 1;
            return Ok(());
        }
        let at = moment.event.at;
        let after_due = open.end.filter(|_| closed == Closed::Expired).map(|due| between(due, at));
        let took = open.ending.map(|ending| between(ending, at));
        match closed {
            Closed::Expired => self.expired += 1,
            _ => self.revoked += 1,
        }
        after_due.iter().for_each(|ms| self.after_due.add(*ms));
        took.iter().for_each(|ms| self.took.add(*ms));
        rows.row(
            ABOUT.id,
            &[
                moment.request(),
                moment.names.text(open.role),
                moment.names.text(open.requester),
                &when(open.end),
                &when(open.ending),
                &moment.at(),
                closed.as_str(),
                &cell(after_due),
                &cell(took),
                &open.failed.to_string(),
            ],
        )
    }

    fn end(&mut self, end: &End<'_>, rows: &mut dyn Rows) -> io::Result<()> {
        for (id, open) in end.requests.still_open() {
            if open.ending.is_some() {
                let (names, due, began) = (end.names, when(open.end), when(open.ending));
                let (role, requester) = (names.text(open.role), names.text(open.requester));
                let failed = open.failed.to_string();
                rows.row(
                    ABOUT.id,
                    &[id, role, requester, &due, &began, "", "not confirmed", "", "", &failed],
                )?;
            }
        }
        Ok(())
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        let open = end.requests.still_open();
        let unconfirmed = open.iter().filter(|(_, open)| open.ending.is_some()).count() as u64;
        let overdue = open
            .iter()
            .filter(|(_, open)| open.active.is_some() && open.end.is_some() && open.end < end.last)
            .count() as u64;
        let late = self.after_due.count() - self.after_due.upto(ON_TIME);
        Figure::new(self.expired + self.revoked + self.unused + self.failures + unconfirmed == 0)
            .count("expired", "Ended because their time was up", self.expired)
            .count("revoked", "Ended before their time", self.revoked)
            .count("unused", "Taken back before any use", self.unused)
            .count("on_time", "Ended within 60 s of their time", self.after_due.upto(ON_TIME))
            .count("late", "Ended later than that", late)
            .count("failed_tries", "Failed tries to end, as far as recorded", self.failures)
            .count("not_confirmed_at_end", "Ending, and not confirmed when the period ended", unconfirmed)
            .count("overdue_at_end", "Past their time, and not confirmed as ended", overdue)
            .spread("after_due_ms", "Ended after their time by", &self.after_due)
            .spread("took_ms", "Taking away took", &self.took)
            .chart("Ended after their time, by at most so long", self.after_due.bars())
    }
}
