use std::collections::BTreeMap;
use std::io;

use super::{End, Moment, Part, Rows, between, cell, when};
use crate::audit::EventKind as K;
use crate::domain::Time;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Id;
use crate::evidence::spread::{ANSWERS, Spread};

pub static ABOUT: About = About {
    id: "break-glass",
    title: "Emergencies, and the look at them afterwards",
    from: "breakglass.used, debrief.overdue, debrief.closed. Those that were still open when the period began are in the records, too.",
    controls: &["5.18", "8.2", "8.18"],
    columns: &[
        "request",
        "role",
        "resource",
        "who",
        "at",
        "reason",
        "announced",
        "debrief_due",
        "overdue",
        "debriefed",
        "by",
        "verdict",
        "comment",
        "took_ms",
    ],
};

struct Used {
    role: String,
    resource: String,
    who: Id,
    at: Time,
    reason: Box<str>,
    announced: Box<str>,
    due: Option<Time>,
    overdue: bool,
}

pub struct BreakGlass {
    open: BTreeMap<Box<str>, Used>,
    used: u64,
    carried: u64,
    overdue: u64,
    closed: u64,
    verdicts: BTreeMap<String, u64>,
    took: Spread,
}

impl Default for BreakGlass {
    fn default() -> Self {
        Self {
            open: BTreeMap::new(),
            used: 0,
            carried: 0,
            overdue: 0,
            closed: 0,
            verdicts: BTreeMap::new(),
            took: Spread::new(ANSWERS),
        }
    }
}

impl BreakGlass {
    fn take(&mut self, moment: &Moment<'_, '_>) {
        let event = moment.event;
        match event.known {
            Some(K::BreakGlass) => {
                let used = Used {
                    role: event.role.as_deref().unwrap_or_default().to_owned(),
                    resource: event.resource.as_deref().unwrap_or_default().to_owned(),
                    who: moment.actor,
                    at: event.at,
                    reason: moment.open.map_or_else(Box::default, |open| open.reason.clone()),
                    announced: event.text("announced").into(),
                    due: event.time("debrief-due"),
                    overdue: false,
                };
                self.open.insert(moment.request().into(), used);
            }
            Some(K::DebriefOverdue) => {
                if let Some(used) = self.open.get_mut(moment.request()) {
                    used.overdue = true;
                }
            }
            _ => {}
        }
    }
}

impl Used {
    fn cells(&self, names: &crate::evidence::requests::Names) -> [String; 8] {
        [
            self.role.clone(),
            self.resource.clone(),
            names.text(self.who).to_owned(),
            self.at.to_string(),
            self.reason.to_string(),
            self.announced.to_string(),
            when(self.due),
            if self.overdue { "yes" } else { "no" }.to_owned(),
        ]
    }
}

fn write(rows: &mut dyn Rows, id: &str, start: &[String], rest: [&str; 5]) -> io::Result<()> {
    let cells: Vec<&str> = std::iter::once(id).chain(start.iter().map(String::as_str)).chain(rest).collect();
    rows.row(ABOUT.id, &cells)
}

impl Part for BreakGlass {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn carry(&mut self, moment: &Moment<'_, '_>) {
        self.take(moment);
        self.carried = self.open.len() as u64;
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        self.take(moment);
        let event = moment.event;
        match event.known {
            Some(K::BreakGlass) => self.used += 1,
            Some(K::DebriefOverdue) => self.overdue += 1,
            Some(K::DebriefClosed) => {
                self.closed += 1;
                *self.verdicts.entry(event.text("verdict").chars().take(100).collect()).or_default() += 1;
                if let Some(used) = self.open.remove(moment.request()) {
                    let took = between(used.at, event.at);
                    self.took.add(took);
                    let rest = [
                        &moment.at(),
                        event.actor(),
                        event.text("verdict"),
                        event.text("comment"),
                        &cell(Some(took)),
                    ];
                    return write(rows, moment.request(), &used.cells(moment.names), rest);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, end: &End<'_>, rows: &mut dyn Rows) -> io::Result<()> {
        for (id, used) in &self.open {
            write(rows, id, &used.cells(end.names), ["", "", "", "", ""])?;
        }
        Ok(())
    }

    fn figure(&self, _end: &End<'_>) -> Figure {
        Figure::new(self.used + self.closed + self.overdue == 0)
            .count("used", "Emergencies in the period", self.used)
            .count("open_before", "From before the period, and not debriefed when it began", self.carried)
            .count("debriefed", "Debriefed by somebody else in the period", self.closed)
            .count("overdue", "Debriefs that were overdue", self.overdue)
            .count("open_at_end", "Not debriefed when the period ended", self.open.len() as u64)
            .spread("took_ms", "From the emergency to the debrief's end", &self.took)
            .chart("Debriefed within at most so long", self.took.bars())
            .table(
                "Verdicts",
                &["verdict", "debriefs"],
                super::ranked(self.verdicts.iter().map(|(v, n)| (v.as_str(), *n))),
            )
    }
}
