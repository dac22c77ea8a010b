use std::collections::BTreeMap;
use std::io;

use super::{End, Moment, Part, Rows, ranked, when};
use crate::audit::EventKind as K;
use crate::domain::Time;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Id;

pub static ABOUT: About = About {
    id: "engagements",
    title: "People from outside: for whom, until when, under which agreement",
    from: "engagement.added, .changed, .extended, .reminded, .refused, .ended; engagements from before the period as far as they had not ended; grant.active for what they used.",
    controls: &["5.16", "5.19", "5.20", "5.22", "6.6"],
    columns: &[
        "user",
        "company",
        "sponsor",
        "start",
        "until",
        "agreement",
        "agreement_date",
        "ended",
        "cause",
        "grants",
    ],
};

#[derive(Default, Clone)]
struct Engagement {
    company: String,
    sponsor: String,
    start: Option<Time>,
    until: Option<Time>,
    agreement: String,
    agreement_date: String,
    grants: u64,
}

#[derive(Default)]
pub struct Engagements {
    live: BTreeMap<Id, Engagement>,
    before: u64,
    added: u64,
    changed: u64,
    extended: u64,
    reminded: u64,
    refused: u64,
    ended: u64,
    causes: BTreeMap<String, u64>,
    no_agreement: u64,
}

impl Engagements {
    fn take(&mut self, moment: &Moment<'_, '_>) {
        let event = moment.event;
        match event.known {
            Some(K::EngagementAdded | K::EngagementChanged) => {
                let entry = self.live.entry(moment.user).or_default();
                // A change names what it changes.
                for (key, field) in [
                    ("company", &mut entry.company),
                    ("sponsor", &mut entry.sponsor),
                    ("agreement", &mut entry.agreement),
                    ("agreement_date", &mut entry.agreement_date),
                ] {
                    if let Some(text) = event.data(key) {
                        text.clone_into(field);
                    }
                }
                entry.start = event.time("start").or(entry.start);
                entry.until = event.time("until").or(entry.until);
            }
            Some(K::EngagementExtended) => {
                if let Some(entry) = self.live.get_mut(&moment.user) {
                    entry.until = event.time("until").or(entry.until);
                }
            }
            _ => {}
        }
    }
}

fn write(rows: &mut dyn Rows, user: &str, of: &Engagement, ended: &str, cause: &str) -> io::Result<()> {
    let cells = [
        user,
        &of.company,
        &of.sponsor,
        &when(of.start),
        &when(of.until),
        &of.agreement,
        &of.agreement_date,
        ended,
        cause,
        &of.grants.to_string(),
    ];
    rows.row(ABOUT.id, &cells)
}

impl Part for Engagements {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn carry(&mut self, moment: &Moment<'_, '_>) {
        self.take(moment);
        self.before = self.live.len() as u64;
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        self.take(moment);
        let event = moment.event;
        match event.known {
            Some(K::EngagementAdded) => {
                self.added += 1;
                self.no_agreement += u64::from(event.text("agreement").is_empty());
            }
            Some(K::EngagementChanged) => self.changed += 1,
            Some(K::EngagementExtended) => self.extended += 1,
            Some(K::EngagementReminded) => self.reminded += 1,
            Some(K::EngagementRefused) => self.refused += 1,
            Some(K::EngagementEnded) => {
                self.ended += 1;
                *self.causes.entry(event.text("cause").chars().take(100).collect()).or_default() += 1;
                let of = self.live.remove(&moment.user).unwrap_or_default();
                write(rows, moment.names.text(moment.user), &of, &moment.at(), event.text("cause"))?;
            }
            Some(K::GrantActive) => {
                if let Some(entry) = moment.open.and_then(|open| self.live.get_mut(&open.requester)) {
                    entry.grants += 1;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, end: &End<'_>, rows: &mut dyn Rows) -> io::Result<()> {
        let mut live: Vec<_> = self.live.iter().map(|(id, of)| (end.names.text(*id), of)).collect();
        live.sort_unstable_by_key(|(user, _)| *user);
        live.into_iter().try_for_each(|(user, of)| write(rows, user, of, "", ""))
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        let mut companies: BTreeMap<&str, u64> = BTreeMap::new();
        let (mut without, mut past) = (0, 0);
        for of in self.live.values() {
            *companies.entry(&of.company).or_default() += 1;
            without += u64::from(of.agreement.is_empty());
            past += u64::from(of.until.is_some() && of.until < end.last);
        }
        let happened = self.added + self.changed + self.extended + self.reminded + self.refused + self.ended;
        Figure::new(happened == 0)
            .count("live_at_start", "Live when the period began", self.before)
            .count("added", "Begun in the period", self.added)
            .count("added_without_agreement", "Of these, without an agreement named", self.no_agreement)
            .count("changed", "Changed", self.changed)
            .count("extended", "Extended by the sponsor's decision", self.extended)
            .count("reminded", "Reminders to sponsors that an end is near", self.reminded)
            .count("refused", "Refused", self.refused)
            .count("ended", "Ended", self.ended)
            .count("live_at_end", "Live when the period ended", self.live.len() as u64)
            .count("live_without_agreement", "Of these, without an agreement named", without)
            .count("live_past_end", "Of these, past their end", past)
            .table("Live at the end, by company", &["company", "people"], ranked(companies))
            .table(
                "Why they ended",
                &["cause", "engagements"],
                ranked(self.causes.iter().map(|(c, n)| (c.as_str(), *n))),
            )
    }
}
