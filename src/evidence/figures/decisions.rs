use std::collections::BTreeMap;
use std::io;

use super::{End, Moment, Part, Rows, between, cell, when};
use crate::audit::EventKind as K;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::{Id, Open, listed};
use crate::evidence::spread::{ANSWERS, Spread};

pub static ABOUT: About = About {
    id: "decisions",
    title: "Decisions, with who made them and how long they took",
    from: "request.filed, .vote, .approved, .denied, .cancelled, .lapsed. Time to decide is from filing to approval or denial, of what people decided; what the policy alone or an emergency let through is counted apart.",
    controls: &["5.3", "5.15", "5.18", "8.2", "8.3"],
    columns: &[
        "request",
        "role",
        "resource",
        "requester",
        "filed",
        "decided",
        "outcome",
        "by",
        "comment",
        "took_ms",
        "reason",
    ],
};

#[derive(Default)]
pub struct Decisions {
    filed: u64,
    by_people: u64,
    by_policy: u64,
    by_emergency: u64,
    denied: u64,
    cancelled: u64,
    lapsed: u64,
    took: Option<Spread>,
    deciders: BTreeMap<Id, (u64, u64)>,
}

impl Decisions {
    fn record(
        &mut self,
        moment: &Moment<'_, '_>,
        open: &Open,
        outcome: &str,
        by: &str,
        rows: &mut dyn Rows,
    ) -> io::Result<()> {
        let event = moment.event;
        let took = open.filed.map(|filed| between(filed, event.at));
        let names = moment.names;
        rows.row(
            ABOUT.id,
            &[
                moment.request(),
                names.text(open.role),
                names.text(open.resource),
                names.text(open.requester),
                &when(open.filed),
                &moment.at(),
                outcome,
                by,
                event.text("comment"),
                &cell(took),
                &open.reason,
            ],
        )
    }

    fn took(&mut self, moment: &Moment<'_, '_>, open: &Open) {
        if let Some(filed) = open.filed {
            self.took.get_or_insert_with(|| Spread::new(ANSWERS)).add(between(filed, moment.event.at));
        }
    }
}

impl Part for Decisions {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let Some(open) = moment.open else { return Ok(()) };
        match moment.event.known {
            Some(K::RequestFiled) => {
                self.filed += 1;
                Ok(())
            }
            Some(K::RequestApproved) => {
                let by = match open.by.map(|by| moment.names.text(by)) {
                    Some("break-glass") => {
                        self.by_emergency += 1;
                        "(emergency)".to_owned()
                    }
                    Some(_) => {
                        self.by_policy += 1;
                        "(the policy)".to_owned()
                    }
                    None => {
                        self.by_people += 1;
                        self.took(moment, open);
                        for by in &open.approvers {
                            self.deciders.entry(*by).or_default().0 += 1;
                        }
                        listed(&open.approvers, moment.names)
                    }
                };
                self.record(moment, open, "approved", &by, rows)
            }
            Some(K::RequestDenied) => {
                self.denied += 1;
                self.took(moment, open);
                self.deciders.entry(moment.actor).or_default().1 += 1;
                self.record(moment, open, "denied", moment.event.actor(), rows)
            }
            Some(K::RequestCancelled) if open.approved.is_none() => {
                self.cancelled += 1;
                self.record(moment, open, "cancelled", moment.event.actor(), rows)
            }
            Some(K::RequestLapsed) if open.approved.is_none() => {
                self.lapsed += 1;
                self.record(moment, open, "lapsed", "", rows)
            }
            _ => Ok(()),
        }
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        let took = self.took.clone().unwrap_or_else(|| Spread::new(ANSWERS));
        let decided = self.by_people + self.by_policy + self.by_emergency + self.denied;
        let pending = end.requests.still_open().iter().filter(|(_, open)| open.approved.is_none()).count();
        let mut deciders: Vec<_> = self.deciders.iter().collect();
        deciders.sort_unstable_by_key(|(id, (yes, no))| (u64::MAX - yes - no, end.names.text(**id)));
        let deciders = deciders
            .into_iter()
            .map(|(id, (yes, no))| vec![end.names.text(*id).to_owned(), yes.to_string(), no.to_string()])
            .collect();
        Figure::new(self.filed + decided + self.cancelled + self.lapsed == 0)
            .count("filed", "Requests filed", self.filed)
            .count("approved_by_people", "Approved by people", self.by_people)
            .count("approved_by_policy", "Approved by the policy alone", self.by_policy)
            .count("approved_in_emergency", "Let through in an emergency", self.by_emergency)
            .count("denied", "Denied", self.denied)
            .count("cancelled", "Withdrawn before a decision", self.cancelled)
            .count("lapsed", "Lapsed because nobody decided", self.lapsed)
            .count("pending_at_end", "Still undecided at the end", pending as u64)
            .spread("time_to_decide_ms", "Time to decide", &took)
            .chart(
                "Time to decide: how many took at most so long, and longer than the one before",
                took.bars(),
            )
            .chart(
                "What became of requests",
                vec![
                    ("by people", self.by_people),
                    ("by policy", self.by_policy),
                    ("emergency", self.by_emergency),
                    ("denied", self.denied),
                    ("cancelled", self.cancelled),
                    ("lapsed", self.lapsed),
                ],
            )
            .table("Who decided", &["who", "approved", "denied"], deciders)
    }
}
