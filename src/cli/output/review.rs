//! Reviews, for people.

use crate::api;
use crate::domain::review::{Progress, Verdict};

use super::{Document, Lines, Page, Style, Table, Text};

fn told(progress: Progress) -> String {
    let Progress { open, kept, removed, lapsed } = progress;
    format!("{open} open, {kept} kept, {removed} removed, {lapsed} lapsed")
}

impl Document for api::Review {
    const KIND: &'static str = "review";

    fn human(&self, page: &mut Page) {
        page.field("review", &Text::new(&self.id).style(Style::Bold));
        page.field("scope", &Text::new(&self.scope));
        let (started, due) = (page.moment(self.started), page.moment(self.due));
        page.field("started", &started);
        page.field("due", &due);
        page.field_if("every", self.every);
        page.field("progress", &Text::new(told(self.progress)));
        if let Some(closed) = &self.closed {
            let at = page.moment(closed.at);
            page.field("closed", &at);
            page.field("result", &Text::new("signed; -o json has the note"));
        } else if self.overdue {
            page.field("overdue", &Text::new("what is open is being removed").style(Style::Bad));
        }
        if self.items.is_empty() {
            return;
        }
        let mut table =
            Table::new(["ITEM", "USER", "ROLE", "USED", "LAST", "DENIED", "DECISION", "REVIEWERS"]);
        for line in &self.items {
            let item = &line.item;
            let decision = match item.decision.as_ref().map(|decision| decision.verdict) {
                None => Text::new("open").style(Style::Waiting),
                Some(verdict @ Verdict::Keep) => Text::new(verdict).style(Style::Good),
                Some(verdict) => Text::new(verdict).style(Style::Dim),
            };
            let last =
                item.used.last.map_or_else(|| Text::new("never").style(Style::Dim), |at| page.moment(at));
            let reviewers: Vec<&str> = item.reviewers.iter().map(crate::domain::Name::as_str).collect();
            table.row([
                Text::new(line.number),
                Text::new(&item.user),
                Text::new(&item.role),
                Text::new(item.used.grants),
                last,
                Text::new(item.used.denied),
                decision,
                Text::new(reviewers.join(" ")),
            ]);
        }
        page.table(&table);
    }
}

impl Document for api::Reviews {
    const KIND: &'static str = "reviews";

    fn human(&self, page: &mut Page) {
        if self.reviews.is_empty() {
            page.styled(&Text::new("no reviews").style(Style::Dim));
            return;
        }
        let mut table = Table::new(["REVIEW", "SCOPE", "DUE", "PROGRESS", "FOR YOU"]);
        for review in &self.reviews {
            table.row([
                Text::new(&review.id),
                Text::new(&review.scope),
                page.moment(review.due),
                Text::new(told(review.progress)),
                Text::new(review.open_for_you),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.reviews.iter().try_for_each(|one| lines.push(api::Review::KIND, one))
    }
}
