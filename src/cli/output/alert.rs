//! Alerts, for people.

use crate::api;
use crate::domain::alert::Finding;

use super::{Document, Lines, Page, Style, Table, Text};

fn severity(alert: &api::Alert) -> Text {
    let severity = &alert.raised.severity;
    let style = if matches!(severity.as_str(), "high" | "critical") { Style::Bad } else { Style::Waiting };
    Text::new(severity).style(style)
}

fn finding(alert: &api::Alert) -> Text {
    match alert.raised.answer.as_ref().map(|answer| answer.finding) {
        None => Text::new("open").style(Style::Waiting),
        Some(finding @ Finding::Incident) => Text::new(finding).style(Style::Bad),
        Some(finding) => Text::new(finding).style(Style::Dim),
    }
}

impl Document for api::Alert {
    const KIND: &'static str = "alert";

    fn human(&self, page: &mut Page) {
        let alert = &self.raised;
        page.field("alert", &Text::new(&alert.id).style(Style::Bold));
        page.field("rule", &Text::new(&alert.alert));
        page.field("severity", &severity(self));
        page.field("action", &Text::new(&alert.action));
        page.field_if("about", alert.user.as_ref());
        page.field_if("request", alert.request);
        page.field_if("role", alert.role.as_ref());
        page.field_if("on", alert.resource.as_ref());
        let seen = page.moment(alert.seen);
        page.field("seen", &seen);
        page.field("why", &Text::new(&alert.why));
        page.field("answer", &finding(self));
        if let Some(answer) = &alert.answer {
            page.field("by", &Text::new(&answer.by.subject));
            let at = page.moment(answer.at);
            page.field("at", &at);
            page.field("comment", &Text::new(&answer.comment));
        } else if self.open_for_you {
            let try_this =
                format!("jit alert answer {} incident|expected|false-alarm --comment TEXT", alert.id);
            page.field("try", &Text::new(try_this));
        }
    }
}

impl Document for api::Alerts {
    const KIND: &'static str = "alerts";

    fn human(&self, page: &mut Page) {
        if self.alerts.is_empty() {
            page.styled(&Text::new("no alerts").style(Style::Dim));
            return;
        }
        let mut table = Table::new(["ALERT", "SEEN", "SEVERITY", "RULE", "ABOUT", "ANSWER", "WHY"]);
        for alert in &self.alerts {
            table.row([
                Text::new(&alert.raised.id),
                page.moment(alert.raised.seen),
                severity(alert),
                Text::new(&alert.raised.alert),
                Text::opt(alert.raised.user.as_ref()),
                finding(alert),
                Text::new(&alert.raised.why),
            ]);
        }
        page.table(&table);
        if self.older > 0 {
            page.styled(&Text::new(format_args!("and {} older", self.older)).style(Style::Dim));
        }
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.alerts.iter().try_for_each(|one| lines.push(api::Alert::KIND, one))
    }
}
