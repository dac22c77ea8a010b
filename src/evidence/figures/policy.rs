use std::io;

use super::{End, Moment, Part, Rows};
use crate::audit::EventKind as K;
use crate::evidence::figure::{About, Figure};

pub static ABOUT: About = About {
    id: "policy",
    title: "The policy in force, and each change of it",
    from: "policy.loaded and policy.refused. The digest is of the whole policy folder; a load with the digest of the one before changed nothing.",
    controls: &["5.15", "8.3"],
    columns: &["at", "event", "digest", "roles", "added", "removed", "changed", "trouble"],
};

#[derive(Default)]
pub struct Policy {
    before: Option<String>,
    at_end: Option<String>,
    roles: Option<u64>,
    loads: u64,
    changes: u64,
    refused: u64,
    list: Vec<Vec<String>>,
}

/// So many changes are in the figure itself; all are in its records.
const MOST: usize = 1000;

impl Part for Policy {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn carry(&mut self, moment: &Moment<'_, '_>) {
        if moment.event.known == Some(K::PolicyLoaded) {
            self.before = moment.event.data("digest").map(str::to_owned);
            self.at_end.clone_from(&self.before);
            self.roles = moment.event.number("roles");
        }
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        let is_new = match event.known {
            Some(K::PolicyLoaded) => {
                self.loads += 1;
                let digest = event.data("digest").map(str::to_owned);
                let is_new = digest != self.at_end;
                self.at_end = digest;
                self.roles = event.number("roles");
                self.changes += u64::from(is_new);
                is_new
            }
            Some(K::PolicyRefused) => {
                self.refused += 1;
                true
            }
            _ => return Ok(()),
        };
        let text = |key| event.text(key);
        let at = moment.at();
        let cells = [
            &at,
            event.kind.as_ref(),
            text("digest"),
            text("roles"),
            text("added"),
            text("removed"),
            text("changed"),
            text("trouble"),
        ];
        if is_new && self.list.len() < MOST {
            self.list.push(cells.iter().map(|cell| (*cell).to_owned()).collect());
        }
        rows.row(ABOUT.id, &cells)
    }

    fn figure(&self, _end: &End<'_>) -> Figure {
        Figure::new(self.loads + self.refused == 0)
            .text(
                "digest_at_start",
                "Digest of the policy in force when the period began",
                self.before.as_deref(),
            )
            .text("digest_at_end", "Digest of the policy in force when it ended", self.at_end.as_deref())
            .fact(
                "roles_at_end",
                "Roles in it",
                self.roles.map_or(
                    crate::evidence::figure::Value::Nothing(()),
                    crate::evidence::figure::Value::Count,
                ),
            )
            .count("loads", "Times a policy was taken into force", self.loads)
            .count("changes", "Of these, with another digest than the one before", self.changes)
            .count("refused", "Policies that were not whole, and not taken", self.refused)
            .table("Changes and refusals", ABOUT.columns, self.list.clone())
    }
}
