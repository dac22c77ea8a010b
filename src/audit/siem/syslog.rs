//! RFC 5424. Everything is in structured data, so that no reader has to take a sentence apart.

use std::fmt::Write as _;

use crate::audit::event::Event;

use super::{Severity, severity, shown, summary};

/// "Log audit" (RFC 5424, section 6.2.1).
const FACILITY: u8 = 13;

/// jit has no enterprise number of its own; this one is kept free for examples (RFC 5612).
const NUMBER: &str = "32473";

/// `<PRI>1 TIME HOST jit - KIND [jit@32473 …][data@32473 …] SUMMARY`.
pub(super) fn line(event: &Event, host: Option<&str>) -> String {
    let draft = &event.event;
    let level = match severity(draft) {
        Severity::Critical => 2,
        Severity::High => 3,
        Severity::Medium => 4,
        Severity::Low => 5,
        Severity::Informational => 6,
    };
    let host = host.map(header_field).filter(|host| !host.is_empty()).unwrap_or_else(|| "-".to_owned());
    let mut line = format!("<{}>1 {} {host} jit - {} ", FACILITY * 8 + level, draft.at, draft.kind);
    let mut parameters = vec![("seq", event.seq.to_string()), ("prev", event.prev.to_string())];
    let mut more = |name, value: Option<String>| parameters.extend(value.map(|value| (name, value)));
    more("actor", draft.actor.as_ref().map(ToString::to_string));
    more("from", draft.from.clone());
    more("request", draft.request.map(|id| id.to_string()));
    more("role", draft.role.as_ref().map(ToString::to_string));
    more("resource", draft.resource.as_ref().map(ToString::to_string));
    more("credential", draft.credential.map(|id| id.to_string()));
    more("why", super::reason(draft));
    element(&mut line, "jit", parameters.iter().map(|(name, value)| (*name, value.as_str())));
    if !draft.data.is_empty() {
        element(&mut line, "data", draft.data.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    }
    line.push(' ');
    line.push_str(&summary(draft));
    line
}

fn element<'a>(line: &mut String, id: &str, parameters: impl Iterator<Item = (&'a str, &'a str)>) {
    // Writing to a String cannot fail.
    let _ = write!(line, "[{id}@{NUMBER}");
    for (name, value) in parameters {
        let _ = write!(line, " {}=\"", name_of(name));
        for c in shown(value).chars() {
            if matches!(c, '"' | '\\' | ']') {
                line.push('\\');
            }
            line.push(c);
        }
        line.push('"');
    }
    line.push(']');
}

/// SD-NAME: 1 to 32 printable ASCII characters without `= ] "`. The names are jit's own; a plugin's word
/// could be among them one day.
fn name_of(text: &str) -> String {
    let fits = |c: char| c.is_ascii_graphic() && !matches!(c, '=' | ']' | '"');
    let name: String = text.chars().map(|c| if fits(c) { c } else { '_' }).take(32).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

/// HOSTNAME: at most 255 printable ASCII characters.
fn header_field(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(255).collect()
}
