use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{End, Moment, Part, Rows, ranked};
use crate::audit::EventKind as K;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Id;

pub static ABOUT: About = About {
    id: "logins",
    title: "Logging in",
    from: "user.enrolment, login.succeeded, login.refused, login.ended. In the records: codes handed out and refused logins; successful ones are counted by person.",
    controls: &["5.17", "8.5"],
    columns: &["at", "event", "user", "by", "from", "why"],
};

#[derive(Default)]
pub struct Logins {
    codes: u64,
    succeeded: u64,
    refused: u64,
    ended: u64,
    ways: BTreeMap<String, u64>,
    people: BTreeSet<Id>,
    refused_people: BTreeMap<Id, u64>,
}

impl Part for Logins {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        let event = moment.event;
        match event.known {
            Some(K::LoginSucceeded) => {
                self.succeeded += 1;
                self.people.insert(moment.actor);
                *self.ways.entry(event.text("by").chars().take(100).collect()).or_default() += 1;
                return Ok(());
            }
            Some(K::LoggedOut) => {
                self.ended += 1;
                return Ok(());
            }
            Some(K::UserEnrolment) => self.codes += 1,
            Some(K::LoginRefused) => {
                self.refused += 1;
                *self.refused_people.entry(moment.user).or_default() += 1;
            }
            _ => return Ok(()),
        }
        let from = event.from.as_deref().unwrap_or_default();
        let by = event.data("by").unwrap_or(event.actor());
        rows.row(ABOUT.id, &[&moment.at(), event.kind.as_ref(), event.text("user"), by, from, &event.why()])
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        let mut refused = ranked(self.refused_people.iter().map(|(id, n)| (end.names.text(*id), *n)));
        refused.truncate(100);
        Figure::new(self.codes + self.succeeded + self.refused + self.ended == 0)
            .count("codes", "One-time codes handed out", self.codes)
            .count("succeeded", "Logins, renewed sessions included", self.succeeded)
            .count("people", "People and services that logged in", self.people.len() as u64)
            .count("refused", "Logins refused", self.refused)
            .count("ended", "Sessions ended by their owner", self.ended)
            .table("How", &["by", "logins"], ranked(self.ways.iter().map(|(way, n)| (way.as_str(), *n))))
            .table("Refused, by the name that was tried", &["name", "refusals"], refused)
    }
}
