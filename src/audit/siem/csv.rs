//! CSV (RFC 4180) that no spreadsheet takes for more than text.

use std::fmt::Write as _;

use crate::audit::event::Event;
use crate::domain::text::escape;

use super::{Outcome, Severity, outcome, reason, severity};

pub(super) const HEADER: &str =
    "seq,time,kind,severity,outcome,actor,from,request,role,resource,credential,why,data,prev";

pub(super) fn line(event: &Event) -> String {
    let draft = &event.event;
    let severity = match severity(draft) {
        Severity::Informational => "info",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    };
    let outcome = if outcome(draft) == Outcome::Success { "success" } else { "failure" };
    let mut data = String::new();
    for (name, value) in &draft.data {
        // Writing to a String cannot fail.
        let _ = write!(data, "{}{name}={value}", if data.is_empty() { "" } else { "; " });
    }
    let text = |value: Option<String>| value.unwrap_or_default();
    let cells = [
        event.seq.to_string(),
        draft.at.to_string(),
        draft.kind.to_string(),
        severity.to_owned(),
        outcome.to_owned(),
        text(draft.actor.as_ref().map(ToString::to_string)),
        text(draft.from.clone()),
        text(draft.request.map(|id| id.to_string())),
        text(draft.role.as_ref().map(ToString::to_string)),
        text(draft.resource.as_ref().map(ToString::to_string)),
        text(draft.credential.map(|id| id.to_string())),
        text(reason(draft)),
        data,
        event.prev.to_string(),
    ];
    cells.map(|text| cell(&text)).join(",")
}

/// One cell: on one line, and with an apostrophe before what a spreadsheet would calculate. Judged before
/// it is escaped, and behind white space too, which some take away.
fn cell(text: &str) -> String {
    let formula = text.starts_with(['\t', '\r'])
        || text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    let text = escape(text);
    let text = if formula { format!("'{text}") } else { text.into_owned() };
    if text.contains(['"', ',', ';', '\'', ' ']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}
