use std::io;

use super::{End, Moment, Part, Rows};
use crate::audit::EventKind as K;
use crate::evidence::figure::{About, Figure};

pub static ABOUT: About = About {
    id: "recorded",
    title: "What was done under a grant, as far as it was recorded",
    from: "recording.stored and statements.collected, with the digest by which a recording is known to be the one that was stored; grant.active for how many grants there were.",
    controls: &["5.22", "5.28", "8.15", "8.18"],
    columns: &["at", "event", "request", "role", "resource", "digest", "bytes", "statements"],
};

#[derive(Default)]
pub struct Recorded {
    grants: u64,
    recordings: u64,
    bytes: u64,
    collections: u64,
    statements: u64,
}

impl Part for Recorded {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        match event.known {
            Some(K::GrantActive) => {
                self.grants += 1;
                return Ok(());
            }
            Some(K::RecordingStored) => {
                self.recordings += 1;
                self.bytes = self.bytes.saturating_add(event.number("bytes").unwrap_or(0));
            }
            Some(K::StatementsCollected) => {
                self.collections += 1;
                self.statements = self.statements.saturating_add(event.number("statements").unwrap_or(0));
            }
            _ => return Ok(()),
        }
        let text = |key| event.text(key);
        let (role, resource) = (event.role.as_deref(), event.resource.as_deref());
        rows.row(
            ABOUT.id,
            &[
                &moment.at(),
                event.kind.as_ref(),
                moment.request(),
                role.unwrap_or_default(),
                resource.unwrap_or_default(),
                text("digest"),
                text("bytes"),
                text("statements"),
            ],
        )
    }

    fn figure(&self, _end: &End<'_>) -> Figure {
        Figure::new(self.recordings + self.collections == 0)
            .count("grants", "Grants that were used", self.grants)
            .count("recordings", "Session recordings stored", self.recordings)
            .count("bytes", "Bytes in them", self.bytes)
            .count("collections", "Collections of statements from a target's own log", self.collections)
            .count("statements", "Statements in them", self.statements)
    }
}
