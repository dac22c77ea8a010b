use std::collections::BTreeMap;
use std::io;

use super::{End, Moment, Part, Rows, ranked};
use crate::audit::EventKind as K;
use crate::evidence::figure::{About, Figure};
use crate::evidence::requests::Id;

pub static ABOUT: About = About {
    id: "duties",
    title: "Nobody decides alone about themselves",
    from: "request.approved with the votes before it, by the people behind each name (user.added tells whose an alias or service is); request.vote-refused where the voter and the requester are one person; delegations.",
    controls: &["5.3", "5.18"],
    columns: &["approver", "requester", "approvals", "and_the_other_way_round"],
};

#[derive(Default)]
pub struct Duties {
    /// Approver and requester, as people.
    pairs: BTreeMap<(Id, Id), u64>,
    own: u64,
    own_refused: u64,
    other_refused: u64,
    delegated: u64,
    delegations_refused: u64,
}

/// So many pairs are in the figure itself; all are in its records.
const MOST: usize = 200;

impl Part for Duties {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn see(&mut self, moment: &Moment<'_, '_>, _rows: &mut dyn Rows) -> io::Result<()> {
        match (moment.event.known, moment.open) {
            (Some(K::RequestApproved), Some(open)) if open.by.is_none() => {
                let requester = moment.requests.human(open.requester);
                for by in &open.approvers {
                    let by = moment.requests.human(*by);
                    *self.pairs.entry((by, requester)).or_default() += 1;
                    self.own += u64::from(by == requester);
                }
            }
            (Some(K::VoteRefused), open) => {
                let human = moment.requests.human(moment.actor);
                if open.is_some_and(|open| moment.requests.human(open.requester) == human) {
                    self.own_refused += 1;
                } else {
                    self.other_refused += 1;
                }
            }
            (Some(K::DelegationAdded), _) => self.delegated += 1,
            (Some(K::DelegationRefused), _) => self.delegations_refused += 1,
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, end: &End<'_>, rows: &mut dyn Rows) -> io::Result<()> {
        let mut list: Vec<_> = self.pairs.iter().collect();
        list.sort_unstable_by_key(|((by, of), _)| (end.names.text(*by), end.names.text(*of)));
        for (&(by, of), count) in list {
            let back = self.pairs.get(&(of, by)).copied().unwrap_or(0).to_string();
            rows.row(ABOUT.id, &[end.names.text(by), end.names.text(of), &count.to_string(), &back])?;
        }
        Ok(())
    }

    fn figure(&self, end: &End<'_>) -> Figure {
        let text = |id: Id| end.names.text(id);
        let mut both: Vec<(u64, &str, &str, u64, u64)> = self
            .pairs
            .iter()
            .filter(|((by, of), _)| text(*by) < text(*of))
            .filter_map(|(&(by, of), there)| {
                let back = *self.pairs.get(&(of, by))?;
                Some((there + back, text(by), text(of), *there, back))
            })
            .collect();
        both.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let approvals: u64 = self.pairs.values().sum();
        let mut by_approver: BTreeMap<&str, u64> = BTreeMap::new();
        for ((by, _), count) in &self.pairs {
            *by_approver.entry(text(*by)).or_default() += count;
        }
        let most = by_approver.values().max().copied().unwrap_or(0);
        let mut pairs: Vec<_> = self.pairs.iter().map(|((by, of), n)| (*n, text(*by), text(*of))).collect();
        pairs.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let top = pairs
            .iter()
            .take(MOST)
            .map(|(n, by, of)| vec![(*by).to_owned(), (*of).to_owned(), n.to_string()])
            .collect();
        let both_rows = both
            .iter()
            .take(MOST)
            .map(|(_, a, b, there, back)| {
                vec![(*a).to_owned(), (*b).to_owned(), there.to_string(), back.to_string()]
            })
            .collect();
        Figure::new(approvals + self.own_refused + self.other_refused + self.delegated == 0)
            .count("approvals", "Votes that led to an approval", approvals)
            .count("approvers", "People who cast them", by_approver.len() as u64)
            .count("by_busiest", "Of these, by the one person who cast most", most)
            .count("own_approved", "Approvals of one's own request", self.own)
            .count("own_refused", "Tries to approve one's own request, refused", self.own_refused)
            .count("other_refused", "Other votes that did not count", self.other_refused)
            .count("reciprocal_pairs", "Pairs of people who approved for each other", both.len() as u64)
            .count("delegations", "Delegations of the right to decide", self.delegated)
            .count("delegations_refused", "Delegations refused", self.delegations_refused)
            .table(
                "Pairs who approved for each other",
                &["one", "other", "one for other", "other for one"],
                both_rows,
            )
            .table("Who approved for whom, most first", &["approver", "requester", "approvals"], top)
            .table("Votes by person", &["approver", "approvals"], ranked(by_approver))
    }
}
