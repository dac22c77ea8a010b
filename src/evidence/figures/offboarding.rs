use std::collections::BTreeMap;
use std::io;

use super::{End, Moment, Part, Rows, between, cell};
use crate::audit::EventKind as K;
use crate::domain::Time;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Id;
use crate::evidence::spread::{ENDS, Spread};

pub static ABOUT: About = About {
    id: "offboarding",
    title: "Departures, each with its receipts",
    from: "offboarding.begun, .leg, .done: one row for each leg, and one for the whole. The time is from the beginning to the confirmation that nothing is left, by the times of the events.",
    controls: &["5.16", "5.18", "5.22", "6.5"],
    columns: &["user", "cause", "begun", "leg", "count", "outcome", "detail", "at", "took_ms"],
};

struct Begun {
    at: Time,
    cause: String,
}

pub struct Offboarding {
    open: BTreeMap<Id, Begun>,
    before: u64,
    begun: u64,
    done: u64,
    legs: BTreeMap<String, (u64, u64)>,
    waiting: u64,
    took: Spread,
    list: Vec<Vec<String>>,
}

impl Default for Offboarding {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            before: 0,
            begun: 0,
            done: 0,
            legs: BTreeMap::new(),
            waiting: 0,
            took: Spread::new(ENDS),
            list: Vec::new(),
        }
    }
}

/// What we promise of a departure (milliseconds).
const ON_TIME: u64 = 60_000;
const MOST: usize = 1000;

impl Offboarding {
    fn begin(&mut self, moment: &Moment<'_, '_>) {
        let cause = moment.event.text("cause").to_owned();
        self.open.entry(moment.user).or_insert(Begun { at: moment.event.at, cause });
    }
}

impl Part for Offboarding {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn carry(&mut self, moment: &Moment<'_, '_>) {
        if moment.event.known == Some(K::OffboardingBegun) {
            self.begin(moment);
            self.before = self.open.len() as u64;
        }
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        let user = moment.names.text(moment.user);
        match event.known {
            Some(K::OffboardingBegun) => {
                self.begun += 1;
                self.begin(moment);
                Ok(())
            }
            Some(K::OffboardingLeg) => {
                let leg = self.legs.entry(event.text("leg").chars().take(100).collect()).or_default();
                leg.0 += 1;
                leg.1 = leg.1.saturating_add(event.number("count").unwrap_or(0));
                self.waiting += u64::from(event.text("outcome") != "done");
                let begun = self.open.get(&moment.user);
                let (cause, at) =
                    begun.map_or((String::new(), String::new()), |b| (b.cause.clone(), b.at.to_string()));
                let took = begun.map(|begun| between(begun.at, event.at));
                rows.row(
                    ABOUT.id,
                    &[
                        user,
                        &cause,
                        &at,
                        event.text("leg"),
                        event.text("count"),
                        event.text("outcome"),
                        event.text("detail"),
                        &moment.at(),
                        &cell(took),
                    ],
                )
            }
            Some(K::OffboardingDone) => {
                self.done += 1;
                let Some(begun) = self.open.remove(&moment.user) else { return Ok(()) };
                let took = between(begun.at, event.at);
                self.took.add(took);
                if self.list.len() < MOST {
                    let row = [user, &begun.cause, &begun.at.to_string(), &moment.at(), &took.to_string()];
                    self.list.push(row.map(str::to_owned).to_vec());
                }
                rows.row(
                    ABOUT.id,
                    &[
                        user,
                        &begun.cause,
                        &begun.at.to_string(),
                        "all",
                        "",
                        "done",
                        "",
                        &moment.at(),
                        &took.to_string(),
                    ],
                )
            }
            _ => Ok(()),
        }
    }

    fn end(&mut self, end: &End<'_>, rows: &mut dyn Rows) -> io::Result<()> {
        let mut open: Vec<_> = self.open.iter().map(|(id, begun)| (end.names.text(*id), begun)).collect();
        open.sort_unstable_by_key(|(user, _)| *user);
        open.into_iter().try_for_each(|(user, begun)| {
            rows.row(
                ABOUT.id,
                &[user, &begun.cause, &begun.at.to_string(), "all", "", "not done", "", "", ""],
            )
        })
    }

    fn figure(&self, _end: &End<'_>) -> Figure {
        let legs =
            self.legs.iter().map(|(leg, (n, count))| vec![leg.clone(), n.to_string(), count.to_string()]);
        Figure::new(self.begun + self.done == 0)
            .count("open_before", "Begun before the period, and not done when it began", self.before)
            .count("begun", "Begun", self.begun)
            .count("done", "Done, with all legs confirmed", self.done)
            .count("open_at_end", "Not done when the period ended", self.open.len() as u64)
            .count("on_time", "Done within 60 s", self.took.upto(ON_TIME))
            .count("waiting_legs", "Receipts of a leg that had to wait", self.waiting)
            .spread("took_ms", "From the beginning until all was gone", &self.took)
            .chart("Done within at most so long", self.took.bars())
            .table("Receipts by leg", &["leg", "receipts", "things ended"], legs.collect())
            .table("Departures", &["user", "cause", "begun", "done", "took_ms"], self.list.clone())
    }
}
