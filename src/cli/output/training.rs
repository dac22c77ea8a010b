//! Trainings and terms, for people.

use serde::Serialize;

use crate::api::{self, Proved, TrainingStanding};
use crate::domain::DutyKind;

use super::{Document, Lines, Page, Style, Table, Text};

fn standing(held: &Proved) -> Text {
    Text::new(held.standing).style(match held.standing {
        TrainingStanding::Good => Style::Good,
        TrainingStanding::Missing | TrainingStanding::Superseded => Style::Waiting,
        TrainingStanding::Expired => Style::Bad,
    })
}

impl Document for api::Training {
    const KIND: &'static str = "training";

    fn human(&self, page: &mut Page) {
        let title = if self.what == DutyKind::Terms { "terms" } else { "training" };
        page.field(title, &Text::new(&self.name).style(Style::Bold));
        page.field("version", &Text::new(self.version));
        page.field("standing", &standing(&self.held));
        if let Some(until) = self.held.until {
            let until = page.moment(until);
            page.field("until", &until);
        }
        page.field_if("good for", self.valid_for);
        page.field_if("about", (!self.description.is_empty()).then_some(&self.description));
        page.field_if("link", self.link.as_ref());
        page.field_if("sha256", self.digest);
        page.field_if("try", self.cure.as_ref());
    }
}

impl Document for api::Trainings {
    const KIND: &'static str = "trainings";

    fn human(&self, page: &mut Page) {
        if self.trainings.is_empty() {
            page.styled(&Text::new("no training and no terms are asked of you").style(Style::Dim));
            return;
        }
        let mut table = Table::new(["KIND", "NAME", "VERSION", "STANDING", "UNTIL", "ASKED BY", "TRY"]);
        for one in &self.trainings {
            let roles: Vec<&str> = one.roles.iter().map(crate::domain::Name::as_str).collect();
            let until = one.held.until.map(|until| page.moment(until)).unwrap_or_default();
            table.row([
                Text::new(one.what),
                Text::new(&one.name),
                Text::new(one.version),
                standing(&one.held),
                until,
                Text::new(roles.join(",")),
                Text::opt(one.cure.as_ref()),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.trainings.iter().try_for_each(|one| lines.push(api::Training::KIND, one))
    }
}

/// Terms with their text, as they are shown before somebody agrees.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct TermsShown<'a>(pub &'a api::Training);

impl Document for TermsShown<'_> {
    const KIND: &'static str = "training";

    fn human(&self, page: &mut Page) {
        self.0.human(page);
        page.blank();
        // INVARIANT 11: line by line, so that only the line ends and tabs of the text are its own.
        for line in self.0.text.as_deref().unwrap_or("").lines() {
            page.line(line.replace('\t', "    "));
        }
        page.blank();
    }
}

impl Document for api::TrainingProof {
    const KIND: &'static str = "training-proof";

    fn human(&self, page: &mut Page) {
        page.field("user", &Text::new(&self.user).style(Style::Bold));
        page.field(if self.what == DutyKind::Terms { "terms" } else { "training" }, &Text::new(&self.name));
        page.field("version", &Text::new(self.version));
        page.field("standing", &standing(&self.held));
        let at = page.moment(self.at);
        page.field("at", &at);
        if let Some(until) = self.held.until {
            let until = page.moment(until);
            page.field("until", &until);
        }
        page.field("by", &Text::new(&self.by));
        page.field_if("sha256", self.digest);
    }
}

impl Document for api::TrainingStatus {
    const KIND: &'static str = "training-status";

    fn human(&self, page: &mut Page) {
        if self.people.is_empty() {
            page.styled(&Text::new("no training and no terms are asked of them").style(Style::Dim));
            return;
        }
        let mut table = Table::new(["KIND", "NAME", "VERSION", "COVERED"]);
        for one in &self.coverage {
            let style = if one.good == one.needed_by { Style::Good } else { Style::Waiting };
            table.row([
                Text::new(one.what),
                Text::new(&one.name),
                Text::new(one.version),
                Text::new(format_args!("{} of {}", one.good, one.needed_by)).style(style),
            ]);
        }
        page.table(&table);
        page.blank();
        let mut table = Table::new(["USER", "KIND", "NAME", "STANDING", "UNTIL"]);
        for one in &self.people {
            let until = one.held.until.map(|until| page.moment(until)).unwrap_or_default();
            table.row([
                Text::new(&one.user),
                Text::new(one.what),
                Text::new(&one.name),
                standing(&one.held),
                until,
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.people.iter().try_for_each(|one| lines.push("person-training", one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_that_could_move_a_cursor_or_hide_words_are_shown_escaped_line_by_line() {
        let text = "One\x1b[2J\n\tTwo\u{202e}\u{200b}\r\nThree\u{9b}0m";
        let training: api::Training = serde_json::from_value(serde_json::json!({
            "what": "terms", "name": "use", "version": 1, "standing": "missing", "roles": [],
            "text": text, "link": "https://x.example.net/\u{1b}]8;;", "cure": "a\u{1b}[31m",
        }))
        .unwrap();
        let now = crate::domain::Time::from_millis(0);
        let mut page = Page::new(now, crate::cli::output::Zone::Local, None, false, false);
        TermsShown(&training).human(&mut page);
        let shown = page.finish();
        assert!(shown.contains("One\\u{1b}[2J\n    Two\\u{202e}\\u{200b}\nThree\\u{9b}0m\n"), "{shown}");
        let odd = shown
            .chars()
            .filter(|c| *c != '\n' && crate::domain::text::escape(&c.to_string()) != c.to_string());
        assert_eq!(odd.count(), 0, "{shown:?}");
    }
}
