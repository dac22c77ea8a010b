//! An auditor who has the pack, an export of the log and the log's key, and neither a server nor our code's
//! word for any number.

use std::path::Path;

use serde_json::{Value, json};

use super::recount::{Event, Recount};
use crate::evidence::file;
use crate::world::Person;

/// Figures, by name, in the order of the page.
const FIGURES: [&str; 18] = [
    "policy",
    "access",
    "decisions",
    "durations",
    "ends",
    "duties",
    "break-glass",
    "refusals",
    "engagements",
    "offboarding",
    "reviews",
    "training",
    "alerts",
    "identities",
    "logins",
    "drift",
    "recorded",
    "log",
];

pub fn check(pack: &Path, export: &Path, key: &str) {
    let auditor = Person::alone();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let verified = auditor.json(&["evidence", "verify", &path(pack), "--key", key]);
    assert_eq!((&verified["ok"], &verified["signed"]), (&true.into(), &true.into()), "{verified}");
    assert_eq!(verified["figures"], FIGURES.len());
    auditor.jit(&["audit", "verify", &path(export), "--key", key]).ok();

    // The part of the log that is in the pack is the log, to the letter, and to the moment of the pack.
    let whole = std::fs::read_to_string(export).unwrap();
    let packed = String::from_utf8(file(pack, "log.jsonl")).unwrap();
    let is_event = |line: &&str| line.contains("\"event\"");
    let packed: Vec<&str> = packed.lines().filter(is_event).collect();
    let whole: Vec<&str> = whole.lines().filter(is_event).collect();
    assert_eq!(packed, whole[..packed.len()]);
    // What the pack left off is what was done to make it and to read the log again.
    let after: Vec<Event> = whole[packed.len()..].iter().map(|line| Event::read(line)).collect();
    assert!(after.iter().all(|event| event.kind == "evidence.signed"), "{after:#?}");

    let inputs: Value = serde_json::from_slice(&file(pack, "inputs.json")).unwrap();
    assert!(inputs["may_hold"].is_array(), "the server told who could hold which role");
    let count = Recount::new(packed.iter().map(|line| Event::read(line)).collect(), &inputs);
    let page = String::from_utf8(file(pack, "evidence.html")).unwrap();
    for name in FIGURES {
        let figure: Value = serde_json::from_slice(&file(pack, &format!("figures/{name}.json"))).unwrap();
        let csv = file(pack, &format!("figures/{name}.csv"));
        let said = json!({
            "records": csv::Reader::from_reader(&csv[..]).records().map(Result::unwrap).count(),
            "facts": figure["facts"],
            "tables": figure.get("tables").cloned().unwrap_or_else(|| json!([])),
            "charts": figure.get("charts").cloned().unwrap_or_else(|| json!([])),
        });
        let counted = count.figure(name);
        assert_eq!(said, counted, "{name}: said (left) and counted (right)\n{figure:#}");
        // What the page shows is what the figure says.
        for (fact, value) in said["facts"].as_object().unwrap() {
            if let Some(number) = value.as_u64().filter(|_| !fact.ends_with("_ms")) {
                let shown = format!(">{}<", grouped(number));
                assert!(page.contains(&shown), "{name} {fact} is {shown}, and not on the page");
            }
        }
    }
}

/// As a page shows a number to people.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups
        .iter()
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect::<Vec<_>>()
        .join("\u{202f}")
}
