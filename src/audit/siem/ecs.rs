//! Elastic Common Schema 9.4. What it has no field for is below `jit`: a name of one's own is how ECS
//! wants that.

use serde_json::{Map, Value, json};

use crate::audit::event::Event;

use super::nature::{Did, Thing, nature};
use super::{Outcome, Severity, address, outcome, reason, severity, subject, summary};

const VERSION: &str = "9.4.0";

pub(super) fn document(event: &Event, host: Option<&str>) -> Value {
    let draft = &event.event;
    let (_, _, thing, did) = nature(draft.kind);
    let (category, types) = categories(thing, did);
    let level = match severity(draft) {
        Severity::Informational => 0,
        Severity::Low => 25,
        Severity::Medium => 50,
        Severity::High => 75,
        Severity::Critical => 100,
    };
    let kind = if thing == Thing::Alert { "alert" } else { "event" };
    let mut document = json!({
        "@timestamp": draft.at,
        "ecs": {"version": VERSION},
        "message": summary(draft),
        "event": {
            "kind": kind,
            "category": [category],
            "type": types,
            "outcome": if outcome(draft) == Outcome::Success { "success" } else { "failure" },
            "action": draft.kind,
            "id": event.seq.to_string(),
            "sequence": event.seq,
            "severity": level,
            "provider": "jit",
            "module": "jit",
            "dataset": "jit.audit",
        },
        "observer": {
            "vendor": "jit", "product": "jit", "type": "access", "version": env!("CARGO_PKG_VERSION"),
        },
    });
    let mut own = Map::new();
    let mut put = |path: &[&str], value: Value| set(&mut document, path, value);
    if let Some(host) = host {
        put(&["observer", "hostname"], host.into());
    }
    if let Some(reason) = reason(draft) {
        put(&["event", "reason"], reason.into());
    }
    if let Some(actor) = &draft.actor {
        let user = json!({"name": actor.subject, "domain": actor.issuer, "id": actor.to_string()});
        put(&["user"], user);
    }
    if let Some(target) = draft.data.get("user") {
        put(&["user", "target", "name"], target.as_str().into());
    }
    let actor = draft.actor.as_ref().map(|actor| actor.subject.as_str());
    let mut related: Vec<&str> = actor.into_iter().chain(subject(draft)).collect();
    related.dedup();
    if !related.is_empty() {
        put(&["related", "user"], related.into());
    }
    if let Some(address) = address(draft) {
        put(&["source", "ip"], address.to_string().into());
        put(&["related", "ip"], json!([address.to_string()]));
    }
    if let Some(from) = &draft.from {
        put(&["source", "address"], from.as_str().into());
    }
    if let Some(rule) = draft.data.get("alert") {
        put(&["rule", "name"], rule.as_str().into());
    }
    let mut more = |name: &str, value: Option<String>| {
        own.extend(value.map(|value| (name.to_owned(), Value::String(value))));
    };
    more("request", draft.request.map(|id| id.to_string()));
    more("role", draft.role.as_ref().map(ToString::to_string));
    more("resource", draft.resource.as_ref().map(ToString::to_string));
    more("credential", draft.credential.map(|id| id.to_string()));
    more("prev", Some(event.prev.to_string()));
    if !draft.data.is_empty() {
        own.insert("data".to_owned(), json!(draft.data));
    }
    put(&["jit"], own.into());
    document
}

/// `event.category` and `event.type`, of those that ECS expects together.
fn categories(thing: Thing, did: Did) -> (&'static str, &'static [&'static str]) {
    match (thing, did) {
        (Thing::Login, Did::End) => ("authentication", &["end"]),
        (Thing::Login, _) => ("authentication", &["start"]),
        (Thing::Server, Did::End) => ("process", &["end"]),
        (Thing::Server, _) => ("process", &["start"]),
        (Thing::Policy, _) => ("configuration", &["change"]),
        (Thing::Alert, _) => ("intrusion_detection", &["info"]),
        (Thing::Account, Did::Create) => ("iam", &["user", "creation"]),
        (Thing::Account, _) => ("iam", &["user", "change"]),
        (_, Did::Note) => ("iam", &["info"]),
        (_, Did::Create) => ("iam", &["creation"]),
        (_, Did::Remove) => ("iam", &["deletion"]),
        (_, _) => ("iam", &["change"]),
    }
}

/// Sets a field, making the objects above it.
fn set(document: &mut Value, path: &[&str], value: Value) {
    let Some((name, rest)) = path.split_first() else {
        *document = value;
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    if let Value::Object(fields) = document {
        set(fields.entry(*name).or_insert(Value::Null), rest, value);
    }
}
