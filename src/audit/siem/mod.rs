//! Events as other systems read them: RFC 5424 syslog, CEF, ECS, OCSF, CSV. One event is one line,
//! whatever its texts are (INVARIANT 11).
//!
//! Only jit's own export can be verified: these carry the sequence number and the hash of the event
//! before, by which a reader finds the event there.

mod cef;
mod csv;
mod ecs;
mod nature;
mod ocsf;
mod syslog;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::IpAddr;

use serde_json::Value;

use crate::domain::text::escape;

use super::event::{Draft, Event};

pub use nature::{Outcome, Severity, outcome, severity};

/// How an event is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RFC 5424, with everything in structured data.
    Syslog,
    /// `ArcSight` Common Event Format, version 0.
    Cef,
    /// Elastic Common Schema 9.4, as JSON.
    Ecs,
    /// Open Cybersecurity Schema Framework 1.8, as JSON.
    Ocsf,
    /// RFC 4180 with neutralised cells; [`header`] comes first.
    Csv,
}

/// What stands before the first event, without a line end.
pub fn header(format: Format) -> Option<&'static str> {
    (format == Format::Csv).then_some(csv::HEADER)
}

/// The event as one line without its end. `host` is the machine whose log it is, where that is known.
pub fn line(format: Format, event: &Event, host: Option<&str>) -> String {
    match format {
        Format::Syslog => syslog::line(event, host),
        Format::Cef => cef::line(event, host),
        Format::Ecs => json_line(&ecs::document(event, host)),
        Format::Ocsf => json_line(&ocsf::document(event)),
        Format::Csv => csv::line(event),
    }
}

/// What happened, in ASCII and without any text of people's: `grant.active by jit:carol: deploy on web-1`.
fn summary(event: &Draft) -> String {
    let mut text = event.kind.to_string();
    // Writing to a String cannot fail.
    let _ = match &event.actor {
        Some(actor) => write!(text, " by {actor}"),
        None => write!(text, " by jit"),
    };
    if let Some(role) = &event.role {
        let _ = write!(text, ": {role}");
        if let Some(resource) = &event.resource {
            let _ = write!(text, " on {resource}");
        }
    }
    text
}

/// Whom it is about: the user it names, else who acted.
fn subject(event: &Draft) -> Option<&str> {
    let named = event.data.get("user").map(String::as_str);
    named.or_else(|| event.actor.as_ref().map(|actor| actor.subject.as_str()))
}

/// The address, where it is one: what a proxy said may be anything.
fn address(event: &Draft) -> Option<IpAddr> {
    event.from.as_deref()?.parse().ok()
}

/// All the reasons in one text.
fn reason(event: &Draft) -> Option<String> {
    (!event.why.is_empty()).then(|| event.why.join("; "))
}

/// The longest value in the line formats, in bytes: beyond it receivers cut by themselves, anywhere.
const LONGEST_VALUE: usize = 1023;

/// Shown on one line, and no longer than receivers take; `…` stands where it is cut.
fn shown(text: &str) -> Cow<'_, str> {
    let text = escape(text);
    if text.len() <= LONGEST_VALUE {
        return text;
    }
    let mark = '…';
    let mut end = LONGEST_VALUE - mark.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut cut = text.get(..end).unwrap_or_default().to_owned();
    cut.push(mark);
    Cow::Owned(cut)
}

/// Compact JSON in which nothing commands a terminal. Each value stays the same for every reader (RFC
/// 8259, section 7).
fn json_line(value: &Value) -> String {
    let json = value.to_string();
    let mut line = String::with_capacity(json.len());
    for c in json.chars() {
        // Outside of strings, JSON without white space has printable characters only.
        if escape(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8() {
            line.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(line, "\\u{unit:04x}");
            }
        }
    }
    line
}

#[cfg(test)]
#[path = "siem_tests.rs"]
mod tests;
