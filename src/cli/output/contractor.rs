//! Contractors, for people.

use crate::api::{self, LegOutcome, LineOutcome};

use super::{Document, Lines, Page, Style, Table, Text};

impl Document for api::Contractor {
    const KIND: &'static str = "contractor";

    fn human(&self, page: &mut Page) {
        page.field("contractor", &Text::new(&self.user).style(Style::Bold));
        page.field("standing", &standing(self.standing));
        if let Some(why) = &self.holds_nothing {
            page.field("holds", &Text::new(format_args!("nothing: {why}")).style(Style::Bad));
        }
        page.field("company", &Text::new(&self.company));
        page.field("sponsor", &Text::new(&self.sponsor));
        page.field_if("successor", self.successor.as_ref());
        let (start, until) = (page.moment(self.start), page.moment(self.until));
        page.field("from", &start);
        page.field("until", &until);
        let signed = self.agreement_date.utc().format("%Y-%m-%d");
        page.field("agreement", &Text::new(format_args!("{}, signed {signed}", self.agreement)));
        let groups: Vec<&str> = self.groups.iter().map(crate::domain::Name::as_str).collect();
        page.field_if("groups", (!groups.is_empty()).then(|| groups.join(", ")));
        if let Some(ended) = &self.ended {
            let at = page.moment(ended.at);
            page.field("ended", &at);
            page.field("why", &Text::new(ended.cause));
            page.field_if("reason", ended.reason.as_ref());
        }
        let Some(offboarding) = &self.offboarding else { return };
        for line in &offboarding.legs {
            let style = if line.outcome == LegOutcome::Done { Style::Good } else { Style::Waiting };
            page.field(
                &line.leg.to_string(),
                &Text::new(format_args!("{}, {} ended", line.outcome, line.count)).style(style),
            );
        }
        let confirmed = match offboarding.took_in_ms {
            Some(took) => Text::new(format_args!("all, in {took} ms")).style(Style::Good),
            None => Text::new("not yet; it goes on until all is").style(Style::Waiting),
        };
        page.field("confirmed", &confirmed);
    }
}

fn standing(standing: api::Standing) -> Text {
    Text::new(standing).style(match standing {
        api::Standing::Live => Style::Good,
        api::Standing::NotBegun => Style::Waiting,
        api::Standing::Over => Style::Dim,
    })
}

impl Document for api::Contractors {
    const KIND: &'static str = "contractors";

    fn human(&self, page: &mut Page) {
        if self.contractors.is_empty() {
            page.styled(&Text::new("no contractors").style(Style::Dim));
            return;
        }
        let mut table = Table::new(["CONTRACTOR", "STANDING", "COMPANY", "SPONSOR", "UNTIL"]);
        for one in &self.contractors {
            table.row([
                Text::new(&one.user),
                standing(one.standing),
                Text::new(&one.company),
                Text::new(&one.sponsor),
                page.moment(one.until),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.contractors.iter().try_for_each(|one| lines.push(api::Contractor::KIND, one))
    }
}

impl Document for api::ContractorAdded {
    const KIND: &'static str = "contractor-added";

    fn human(&self, page: &mut Page) {
        self.contractor.human(page);
        let Some(enrolled) = &self.code else { return };
        page.field("code", &Text::new(&enrolled.code).style(Style::Bold));
        let expires = page.moment(enrolled.expires);
        page.field("use until", &expires);
        page.field("with", &Text::new("jit login SERVER"));
    }
}

impl Document for api::Imported {
    const KIND: &'static str = "contractors-imported";

    fn human(&self, page: &mut Page) {
        let mut table = Table::new(["LINE", "CONTRACTOR", "OUTCOME"]);
        // The first line of the file names the columns.
        for (number, line) in (2..).zip(&self.lines) {
            let outcome = match &line.outcome {
                LineOutcome::Added { code: Some(code) } => Text::new(format_args!("added, code {code}")),
                LineOutcome::Added { code: None } => Text::new("added"),
                LineOutcome::WouldAdd => Text::new("would be added"),
                LineOutcome::Refused { why } => Text::new(why).style(Style::Bad),
            };
            table.row([Text::new(number), Text::new(&line.user), outcome]);
        }
        page.table(&table);
    }
}

impl Document for api::Suspended {
    const KIND: &'static str = "user-suspended";

    fn human(&self, page: &mut Page) {
        page.field("suspended", &Text::new(&self.user).style(Style::Bold));
        page.field("why", &Text::new(&self.cause));
        page.field("ended", &Text::new(self.ended));
        if self.waiting > 0 {
            page.field("waiting", &Text::new(self.waiting).style(Style::Waiting));
        }
        page.field("undo", &Text::new(format_args!("jit user reinstate {}", self.user)));
    }
}
