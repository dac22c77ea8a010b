use std::collections::BTreeMap;
use std::io;

use super::{End, Moment, Part, Rows};
use crate::audit::EventKind as K;
use crate::domain::Time;
use crate::evidence::figure::{About, Figure};

pub static ABOUT: About = About {
    id: "reviews",
    title: "Reviews of rights",
    from: "review.started, .decided, .lapsed, .restored, .closed. A right that nobody decided about in time was removed.",
    controls: &["5.15", "5.18", "5.22", "8.2"],
    columns: &["review", "item", "user", "role", "at", "by", "decision", "comment"],
};

#[derive(Clone)]
struct Review {
    scope: String,
    due: Option<Time>,
    items: u64,
    kept: u64,
    removed: u64,
    lapsed: u64,
    closed: Option<Time>,
}

#[derive(Default)]
pub struct Reviews {
    /// Those that were open at some time in the period.
    list: BTreeMap<Box<str>, Review>,
    before: u64,
    started: u64,
    kept: u64,
    removed: u64,
    lapsed: u64,
    restored: u64,
    closed: u64,
}

impl Reviews {
    fn take(&mut self, moment: &Moment<'_, '_>) {
        let event = moment.event;
        let id = event.text("id");
        if event.known == Some(K::ReviewStarted) {
            let items = event.number("items").unwrap_or(0);
            let (scope, due) = (event.text("scope").to_owned(), event.time("due"));
            let review = Review { scope, due, items, kept: 0, removed: 0, lapsed: 0, closed: None };
            self.list.insert(id.into(), review);
        }
        let Some(review) = self.list.get_mut(id) else { return };
        match event.known {
            Some(K::ReviewDecided) if event.text("decision") == "keep" => review.kept += 1,
            Some(K::ReviewDecided) => review.removed += 1,
            Some(K::ReviewLapsed) => review.lapsed += 1,
            Some(K::ReviewClosed) => review.closed = Some(event.at),
            _ => {}
        }
    }
}

impl Part for Reviews {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn carry(&mut self, moment: &Moment<'_, '_>) {
        self.take(moment);
        self.before = self.list.len() as u64;
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        let decision = match event.known {
            Some(K::ReviewDecided) => event.text("decision"),
            Some(K::ReviewLapsed) => "removed: nobody decided",
            Some(K::ReviewRestored) => "restored",
            Some(K::ReviewStarted | K::ReviewClosed) => "",
            _ => return Ok(()),
        };
        self.take(moment);
        match event.known {
            Some(K::ReviewStarted) => self.started += 1,
            Some(K::ReviewClosed) => self.closed += 1,
            Some(K::ReviewLapsed) => self.lapsed += 1,
            Some(K::ReviewRestored) => self.restored += 1,
            _ if decision == "keep" => self.kept += 1,
            _ => self.removed += 1,
        }
        if decision.is_empty() {
            return Ok(());
        }
        let text = |key| event.text(key);
        rows.row(
            ABOUT.id,
            &[
                text("id"),
                text("item"),
                text("user"),
                event.role(),
                &moment.at(),
                event.actor(),
                decision,
                text("comment"),
            ],
        )
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        let overdue = self
            .list
            .values()
            .filter(|review| review.closed.is_none() && review.due.is_some() && review.due < end.last)
            .count() as u64;
        let rows = self.list.iter().map(|(id, review)| {
            let Review { scope, due, items, kept, removed, lapsed, closed } = review;
            let closed = closed.map_or_else(|| "open".to_owned(), |at| at.to_string());
            let counts = [items, kept, removed, lapsed].map(u64::to_string);
            [id.to_string(), scope.clone(), super::when(*due), closed].into_iter().chain(counts).collect()
        });
        let columns = ["review", "scope", "due", "closed", "items", "kept", "removed", "lapsed"];
        Figure::new(self.started + self.closed + self.kept + self.removed + self.lapsed + self.restored == 0)
            .count("open_before", "Open when the period began", self.before)
            .count("started", "Started", self.started)
            .count("closed", "Closed", self.closed)
            .count("overdue_at_end", "Past their due date, and not closed when the period ended", overdue)
            .count("kept", "Rights kept", self.kept)
            .count("removed", "Rights removed by a decision", self.removed)
            .count("lapsed", "Rights removed because nobody decided", self.lapsed)
            .count("restored", "Rights given back afterwards", self.restored)
            .chart(
                "What became of rights",
                vec![("kept", self.kept), ("removed", self.removed), ("nobody decided", self.lapsed)],
            )
            .table("Reviews", &columns, rows.collect())
    }
}
