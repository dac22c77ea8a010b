//! Reviews, for people.

use serde::Serialize;

use crate::api;
use crate::domain::review::{Progress, Scope, Verdict};
use crate::domain::{Review, Time};

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
            page.field("result", &Text::new(format_args!("signed: jit review result {}", self.id)));
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

impl Document for api::ReviewResult {
    const KIND: &'static str = "review-result";

    fn human(&self, page: &mut Page) {
        let review = &self.review;
        page.field("review", &Text::new(&review.id).style(Style::Bold));
        page.field("scope", &Text::new(&review.scope));
        if let Some(closed) = &review.closed {
            let at = page.moment(closed.at);
            page.field("closed", &at);
        }
        page.field("result", &Text::new(told(review.progress())));
        page.field("key", &Text::new(&self.key));
        page.field("save", &Text::new(format_args!("jit review result {} -o json > FILE", review.id)));
        page.field("verify", &Text::new(format_args!("jit review verify FILE --key {}", self.key)));
    }
}

/// A result that is what was signed.
#[derive(Debug, Serialize)]
pub struct ReviewVerified {
    ok: bool,
    id: String,
    scope: Scope,
    started: Time,
    closed: Option<Time>,
    progress: Progress,
    key: String,
    key_from: &'static str,
}

impl ReviewVerified {
    pub fn new(review: &Review, key: String, key_from: &'static str) -> Self {
        Self {
            ok: true,
            id: review.id.clone(),
            scope: review.scope.clone(),
            started: review.started,
            closed: review.closed.as_ref().map(|closed| closed.at),
            progress: review.progress(),
            key,
            key_from,
        }
    }
}

impl Document for ReviewVerified {
    const KIND: &'static str = "review-verification";

    fn human(&self, page: &mut Page) {
        let text = format!("the review {} is as it was signed", self.id);
        page.styled(&Text::new(text).style(Style::Good));
        page.field("scope", &Text::new(&self.scope));
        if let Some(closed) = self.closed {
            let closed = page.moment(closed);
            page.field("closed", &closed);
        }
        page.field("result", &Text::new(told(self.progress)));
        page.field("key", &Text::new(format_args!("{} ({})", self.key, self.key_from)));
    }
}
