//! `ArcSight` Common Event Format: `CEF:0|vendor|product|version|kind|name|severity|extension`.

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::audit::event::Event;

use super::{Outcome, Severity, address, outcome, reason, severity, shown, summary};

pub(super) fn line(event: &Event, host: Option<&str>) -> String {
    let draft = &event.event;
    let level = match severity(draft) {
        Severity::Informational => 2,
        Severity::Low => 4,
        Severity::Medium => 6,
        Severity::High => 8,
        Severity::Critical => 10,
    };
    let name = header_field(&summary(draft));
    let mut line =
        format!("CEF:0|jit|jit|{}|{}|{name}|{level}|", header_field(env!("CARGO_PKG_VERSION")), draft.kind);
    let mut first = true;
    let mut put = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            // Writing to a String cannot fail.
            let _ = write!(line, "{}{key}={}", if first { "" } else { " " }, extension(value));
            first = false;
        }
    };
    put("rt", Some(&draft.at.millis().to_string()));
    put("externalId", Some(&event.seq.to_string()));
    put("outcome", Some(if outcome(draft) == Outcome::Success { "success" } else { "failure" }));
    put("dvchost", host);
    put("suser", draft.actor.as_ref().map(|actor| actor.subject.as_str()));
    put("duser", draft.data.get("user").map(String::as_str));
    match address(draft) {
        Some(IpAddr::V4(v4)) => put("src", Some(&v4.to_string())),
        // The dictionary has a field for version 4 only.
        Some(IpAddr::V6(v6)) => {
            put("c6a2", Some(&v6.to_string()));
            put("c6a2Label", Some("Source IPv6 Address"));
        }
        None => put("jitFrom", draft.from.as_deref()),
    }
    put("reason", reason(draft).as_deref());
    let custom = [
        ("request", draft.request.map(|id| id.to_string())),
        ("role", draft.role.as_ref().map(ToString::to_string)),
        ("resource", draft.resource.as_ref().map(ToString::to_string)),
        ("credential", draft.credential.map(|id| id.to_string())),
        ("prev", Some(event.prev.to_string())),
    ];
    for (at, (label, value)) in custom.iter().enumerate() {
        if let Some(value) = value {
            put(&format!("cs{}", at + 1), Some(value));
            put(&format!("cs{}Label", at + 1), Some(label));
        }
    }
    for (key, value) in &draft.data {
        put(&own_key(key), Some(value));
    }
    line
}

/// `debrief-due` → `jitDebriefDue`: keys are alphanumeric, and none is one of the dictionary's.
fn own_key(key: &str) -> String {
    let mut own = "jit".to_owned();
    for part in key.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = part.chars();
        own.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        own.extend(letters);
    }
    own
}

/// A pipe would begin the next field.
fn header_field(text: &str) -> String {
    shown(text).replace('\\', "\\\\").replace('|', "\\|")
}

/// An equals sign would begin the next value.
fn extension(text: &str) -> String {
    shown(text).replace('\\', "\\\\").replace('=', "\\=")
}
