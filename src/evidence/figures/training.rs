use std::collections::{BTreeMap, BTreeSet};
use std::io;

use super::{End, Moment, Part, Rows};
use crate::audit::EventKind as K;
use crate::domain::Time;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Id;

pub static ABOUT: About = About {
    id: "training",
    title: "Training taken and terms accepted, against who used access",
    from: "training.recorded, training.withdrawn and terms.accepted, from before the period too, the last of each kind for each person; grant.active for who used access. Covered is a grant that began while the person had that training or those terms, neither expired nor withdrawn. Which roles require which is the policy's, and not counted here.",
    controls: &["5.20", "6.3", "6.6"],
    columns: &["user", "what", "name", "version", "digest", "recorded", "until", "by"],
};

/// `training` or `terms`, and its name.
type Subject = (&'static str, Box<str>);

#[derive(Default)]
struct Coverage {
    recorded: u64,
    grants: u64,
    people: BTreeSet<Id>,
}

#[derive(Default)]
pub struct Training {
    /// Until when.
    valid: BTreeMap<(Id, Subject), Option<Time>>,
    subjects: BTreeMap<Subject, Coverage>,
    recorded: u64,
    accepted: u64,
    withdrawn: u64,
    grants: u64,
    people: BTreeSet<Id>,
    without: BTreeSet<Id>,
}

fn subject(moment: &Moment<'_, '_>) -> Option<Subject> {
    let what = match moment.event.known {
        Some(K::TrainingRecorded) => "training",
        Some(K::TermsAccepted) => "terms",
        _ => return None,
    };
    Some((what, moment.event.text(what).into()))
}

impl Training {
    fn take(&mut self, moment: &Moment<'_, '_>) {
        if moment.event.known == Some(K::TrainingWithdrawn) {
            self.valid.remove(&(moment.user, ("training", moment.event.text("training").into())));
        } else if let Some(subject) = subject(moment) {
            self.subjects.entry(subject.clone()).or_default();
            self.valid.insert((moment.user, subject), moment.event.time("until"));
        }
    }
}

fn row(moment: &Moment<'_, '_>, (what, name): (&str, &str), rows: &mut dyn Rows) -> io::Result<()> {
    let text = |key| moment.event.text(key);
    let by = moment.event.data("by").unwrap_or(moment.event.actor());
    let (at, user) = (moment.at(), moment.names.text(moment.user));
    rows.row(ABOUT.id, &[user, what, name, text("version"), text("digest"), &at, text("until"), by])
}

impl Part for Training {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn carry(&mut self, moment: &Moment<'_, '_>) {
        self.take(moment);
    }

    fn see(&mut self, moment: &Moment<'_, '_>, rows: &mut dyn Rows) -> io::Result<()> {
        self.take(moment);
        if moment.event.known == Some(K::TrainingWithdrawn) {
            self.withdrawn += 1;
            return row(moment, ("withdrawn", moment.event.text("training")), rows);
        }
        if let Some((what, name)) = subject(moment) {
            if what == "training" {
                self.recorded += 1;
            } else {
                self.accepted += 1;
            }
            self.subjects.entry((what, name.clone())).or_default().recorded += 1;
            return row(moment, (what, &name), rows);
        }
        let Some(open) = moment.open.filter(|_| moment.event.known == Some(K::GrantActive)) else {
            return Ok(());
        };
        let person = moment.requests.human(open.requester);
        self.grants += 1;
        self.people.insert(person);
        let mut trained = false;
        for (subject, coverage) in &mut self.subjects {
            let until = self.valid.get(&(person, subject.clone()));
            // Without an end it holds until something newer is recorded.
            if until.is_some_and(|until| until.is_none_or(|until| moment.event.at < until)) {
                coverage.grants += 1;
                coverage.people.insert(person);
                trained |= subject.0 == "training";
            }
        }
        if !trained {
            self.without.insert(person);
        }
        Ok(())
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        let rows = self.subjects.iter().map(|((what, name), of)| {
            let counts = [of.recorded, of.people.len() as u64, of.grants].map(|n| n.to_string());
            [(*what).to_owned(), name.to_string()].into_iter().chain(counts).collect()
        });
        let mut without: Vec<Vec<String>> =
            self.without.iter().map(|id| vec![end.names.text(*id).to_owned()]).collect();
        without.sort_unstable();
        let expired = self
            .valid
            .iter()
            .filter(|((person, (what, _)), until)| {
                *what == "training" && self.people.contains(person) && until.is_some() && **until < end.last
            })
            .count() as u64;
        let without_count = self.without.len() as u64;
        let columns = ["what", "name", "recorded in the period", "people covered", "grants covered"];
        Figure::new(self.recorded + self.accepted + self.withdrawn + self.grants == 0)
            .count("recorded", "Trainings recorded", self.recorded)
            .count("accepted", "Terms accepted", self.accepted)
            .count("withdrawn", "Trainings withdrawn as wrongly recorded", self.withdrawn)
            .count(
                "people_used",
                "People who used access, services counted as the person behind them",
                self.people.len() as u64,
            )
            .count("grants", "Grants they used", self.grants)
            .count(
                "people_without",
                "People who used access once or more without any training then valid",
                without_count,
            )
            .count(
                "expired_at_end",
                "Trainings of people who used access, expired when the period ended",
                expired,
            )
            .chart(
                "People who used access",
                vec![
                    ("always trained", self.people.len() as u64 - without_count),
                    ("not always", without_count),
                ],
            )
            .table("Coverage", &columns, rows.collect())
            .table("Used access without any training then valid", &["person"], without)
    }
}
