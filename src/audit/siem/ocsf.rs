//! Open Cybersecurity Schema Framework 1.8.
//!
//! Logins are Authentication (3002), and what happens to an account of jit's own is Account Change (3001).
//! An alert is a Detection Finding (2004), the server's start and stop Application Lifecycle (6002). All
//! else is Entity Management (3004) of a request, grant, credential, …. User Access Management (3005)
//! would suit the beginning of a grant, but not its end: that one is the clock's, its event names the
//! request only, and the class demands a user. One class for both keeps them together.

use serde_json::{Map, Value, json};

use crate::audit::event::{Draft, Event};
use crate::domain::Name;

use super::nature::{Did, Thing, nature};
use super::{Outcome, Severity, address, outcome, reason, severity, subject, summary};

const VERSION: &str = "1.8.0";

pub(super) fn document(event: &Event) -> Value {
    let draft = &event.event;
    let (_, _, thing, did) = nature(draft.kind);
    let (class, activity) = class(thing, did);
    let (status_id, status) = match outcome(draft) {
        Outcome::Success => (1, "Success"),
        Outcome::Failure => (2, "Failure"),
    };
    let product = json!({"name": "jit", "vendor_name": "jit", "version": env!("CARGO_PKG_VERSION")});
    let mut metadata = json!({
        "version": VERSION,
        "product": product,
        "uid": event.seq.to_string(),
        "sequence": event.seq,
        "event_code": draft.kind,
        "log_name": "audit",
        "original_time": draft.at,
    });
    if let (Some(request), Value::Object(fields)) = (draft.request, &mut metadata) {
        fields.insert("correlation_uid".to_owned(), request.to_string().into());
    }
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("class_uid", class.into());
    put("category_uid", (class / 1000).into());
    put("activity_id", activity.into());
    put("type_uid", (class * 100 + activity).into());
    put("time", draft.at.millis().into());
    put("severity_id", level(severity(draft)).into());
    put("message", summary(draft).into());
    put("metadata", metadata);
    let identity = (3000..4000).contains(&class);
    if identity {
        put("actor", actor(draft));
    }
    if activity == OTHER {
        put("activity_name", draft.kind.as_str().into());
    }
    // A finding's status is how far it was looked at, not whether it was done.
    if thing != Thing::Alert {
        put("status_id", status_id.into());
        put("status", status.into());
    }
    if let Some(reason) = reason(draft) {
        put("status_detail", reason.into());
    }
    if let Some(address) = address(draft).filter(|_| identity) {
        put("src_endpoint", json!({"ip": address.to_string()}));
    }
    match thing {
        Thing::Login => {
            put("user", user(draft));
            put("service", json!({"name": "jit"}));
        }
        Thing::Account => put("user", user(draft)),
        Thing::Server => put("app", product),
        Thing::Alert => put("finding_info", finding(event)),
        thing => put("entity", entity(thing, event)),
    }
    put("unmapped", rest(event));
    Value::Object(fields)
}

/// What OCSF has no word for is "other", and `activity_name` says it.
const OTHER: u32 = 99;

/// The class, and the activity in it.
fn class(thing: Thing, did: Did) -> (u32, u32) {
    match thing {
        Thing::Login => (3002, if did == Did::End { 2 } else { 1 }),
        Thing::Alert => (2004, if did == Did::Create { 1 } else { 2 }),
        Thing::Server => (6002, if did == Did::End { 4 } else { 3 }),
        Thing::Account => {
            let activity = match did {
                Did::Create => 1,
                Did::Disable => 5,
                Did::Remove => 6,
                Did::Attach => 7,
                Did::Detach => 8,
                Did::Lock => 9,
                Did::Unlock => 12,
                Did::Change | Did::Begin | Did::End | Did::Note => OTHER,
            };
            (3001, activity)
        }
        _ => {
            let activity = match did {
                Did::Create => 1,
                Did::Change => 3,
                Did::Remove => 4,
                Did::Disable => 9,
                Did::Begin => 10,
                Did::End => 11,
                Did::Lock => 12,
                Did::Unlock => 13,
                Did::Attach | Did::Detach | Did::Note => OTHER,
            };
            (3004, activity)
        }
    }
}

fn level(severity: Severity) -> u32 {
    match severity {
        Severity::Informational => 1,
        Severity::Low => 2,
        Severity::Medium => 3,
        Severity::High => 4,
        Severity::Critical => 5,
    }
}

fn actor(draft: &Draft) -> Value {
    match &draft.actor {
        Some(actor) => {
            json!({"user": {"name": actor.subject, "domain": actor.issuer, "uid": actor.to_string()}})
        }
        // The clock.
        None => json!({"app_name": "jit"}),
    }
}

/// Whose account it is; a login that failed may not say.
fn user(draft: &Draft) -> Value {
    json!({"name": subject(draft).unwrap_or("unknown")})
}

fn entity(thing: Thing, event: &Event) -> Value {
    let draft = &event.event;
    let credential = draft.credential.filter(|_| thing == Thing::Credential).map(|id| id.to_string());
    let id = credential
        .or_else(|| draft.request.map(|id| id.to_string()))
        .or_else(|| draft.data.get("id").cloned());
    let name = draft.role.as_ref().map(Name::as_str).or_else(|| subject(draft));
    let mut entity = json!({"type": thing.noun(), "name": name.unwrap_or(thing.noun())});
    if let (Some(id), Value::Object(fields)) = (id, &mut entity) {
        fields.insert("uid".to_owned(), id.into());
    }
    entity
}

fn finding(event: &Event) -> Value {
    let draft = &event.event;
    let text = |name: &str| draft.data.get(name).map(String::as_str);
    let seq = event.seq.to_string();
    let mut finding = json!({
        "uid": text("id").unwrap_or(&seq),
        "title": text("alert").unwrap_or("alert"),
        "created_time": draft.at.millis(),
    });
    if let (Some(why), Value::Object(fields)) = (reason(draft), &mut finding) {
        fields.insert("desc".to_owned(), why.into());
    }
    finding
}

/// What has no place above.
fn rest(event: &Event) -> Value {
    let draft = &event.event;
    json!({
        "actor": draft.actor.as_ref().map(ToString::to_string),
        "role": draft.role,
        "resource": draft.resource,
        "credential": draft.credential,
        "from": draft.from,
        "data": draft.data,
        "prev": event.prev,
    })
}
