use std::io;

use super::{End, Moment, Part, Rows};
use crate::audit::EventKind as K;
use crate::evidence::figure::{About, Figure};

pub static ABOUT: About = About {
    id: "drift",
    title: "What targets had that no grant explained",
    from: "drift.orphan, drift.missing, drift.changed: what a comparison of each target with the records found.",
    controls: &["8.3", "8.16"],
    columns: &["at", "event", "resource", "request", "detail", "ended"],
};

#[derive(Default)]
pub struct Drift {
    orphans: u64,
    ended: u64,
    missing: u64,
    changed: u64,
}

impl Part for Drift {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        match event.known {
            Some(K::DriftOrphan) => {
                self.orphans += 1;
                self.ended += u64::from(event.text("ended") == "true");
            }
            Some(K::DriftMissing) => self.missing += 1,
            Some(K::DriftChanged) => self.changed += 1,
            _ => return Ok(()),
        }
        let resource = event.resource.as_deref().unwrap_or_default();
        let (at, why) = (moment.at(), event.why());
        rows.row(ABOUT.id, &[&at, event.kind.as_ref(), resource, moment.request(), &why, event.text("ended")])
    }

    fn figure(&self, _end: &End<'_>) -> Figure {
        Figure::new(self.orphans + self.missing + self.changed == 0)
            .count("orphans", "Credentials of ours that no open grant had", self.orphans)
            .count("orphans_ended", "Of these, ended when they were found", self.ended)
            .count("missing", "Credentials that should have been there, and were not", self.missing)
            .count("changed", "Credentials that were not as they were made", self.changed)
    }
}
