//! How often the alert rules are right, on a recorded history: the figures of docs/alerts.md.
//!
//! `UPDATE=1 cargo test --test alerts` writes them anew.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "a generator"
)]

mod history;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use history::{EVENTS, Incident, history, policy};
use jit_access::alert::{Alert, Signal, Watcher};
use jit_access::policy::alerts::AlertKind;

const SEED: u64 = 5;
const BEGIN: &str = "<!-- figures: begin -->\n";
const END: &str = "<!-- figures: end -->\n";

#[derive(Debug, Default)]
struct Count {
    incidents: usize,
    found: BTreeSet<usize>,
    alerts: usize,
    wrong: usize,
}

fn count(seed: u64) -> BTreeMap<AlertKind, Count> {
    let history = history(seed);
    assert_eq!(history.events.len(), EVENTS);
    let mut counts: BTreeMap<AlertKind, Count> =
        AlertKind::ALL.iter().map(|kind| (*kind, Count::default())).collect();
    for incident in &history.incidents {
        counts.get_mut(&incident.kind).unwrap().incidents += 1;
    }
    let mut watcher = Watcher::new(&policy());
    // What the clock finds is found in one of the events after it: it belongs to the request's incident.
    let of_request: BTreeMap<_, _> = history
        .events
        .iter()
        .filter_map(|recorded| Some((recorded.event.event.request?, recorded.incident?)))
        .collect();
    for recorded in &history.events {
        for alert in watcher.look(&recorded.event) {
            let kind = kind_of(&alert);
            let count = counts.get_mut(&kind).unwrap();
            count.alerts += 1;
            let incident = match kind {
                AlertKind::EndUnconfirmed => alert.request.and_then(|id| of_request.get(&id)).copied(),
                _ => recorded.incident,
            };
            match incident {
                None => count.wrong += 1,
                // Of another kind it is no false alarm, and does not count as found.
                Some(incident) if is_it(&history.incidents[incident], kind, &alert) => {
                    count.found.insert(incident);
                }
                Some(_) => {}
            }
        }
    }
    let disk = Signal::LogWriteFailed {
        at: history.events.last().unwrap().event.event.at,
        error: "no space left on device".into(),
    };
    let count = counts.get_mut(&AlertKind::LogWriteFailed).unwrap();
    count.incidents += 1;
    let told = watcher.signal(&disk).len();
    count.alerts += told;
    count.found.extend((told == 1).then_some(usize::MAX));
    counts
}

/// Told of by the right rule, and of the right person.
fn is_it(incident: &Incident, kind: AlertKind, alert: &Alert) -> bool {
    let who = alert.user.as_ref().map_or("", |name| name.as_str());
    // Of two who approve each other, either may be named.
    incident.kind == kind && (incident.who == who || kind == AlertKind::ReciprocalApprovals)
}

fn kind_of(alert: &Alert) -> AlertKind {
    *AlertKind::ALL.iter().find(|kind| kind.as_str() == alert.rule.as_str()).unwrap()
}

fn table(counts: &BTreeMap<AlertKind, Count>) -> String {
    let mut text = String::from(
        "| `on` | incidents | found | missed | alerts | false alarms |\n|---|--:|--:|--:|--:|--:|\n",
    );
    let mut all = [0; 5];
    for (kind, count) in counts {
        let found = count.found.len();
        let row = [count.incidents, found, count.incidents - found, count.alerts, count.wrong];
        text.push_str(&format!("| `{kind}` |{}|\n", row.map(|n| format!(" {n} ")).join("|")));
        all.iter_mut().zip(row).for_each(|(all, n)| *all += n);
    }
    text.push_str(&format!("| all |{}|\n", all.map(|n| format!(" {n} ")).join("|")));
    text
}

#[test]
#[expect(clippy::disallowed_methods, reason = "writes the page where it is told to")]
fn the_figures_of_the_page_are_those_of_the_recorded_history() {
    let table = table(&count(SEED));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/alerts.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}")).unwrap();
        return;
    }
    assert_eq!(written, table, "docs/alerts.md is stale: UPDATE=1 cargo test --test alerts");
}

#[test]
fn what_is_a_fact_is_never_missed_and_never_a_false_alarm_whatever_the_history() {
    for seed in [5, 6, 7] {
        let counts = count(seed);
        for kind in [
            AlertKind::SelfApproval,
            AlertKind::BreakGlass,
            AlertKind::Drift,
            AlertKind::EndUnconfirmed,
            AlertKind::DormantWakes,
        ] {
            let count = &counts[&kind];
            assert_eq!(count.found.len(), count.incidents, "{kind} {seed}: {count:?}");
        }
        for kind in
            [AlertKind::SelfApproval, AlertKind::BreakGlass, AlertKind::Drift, AlertKind::EndUnconfirmed]
        {
            assert_eq!(counts[&kind].wrong, 0, "{kind} {seed}");
        }
    }
}

#[test]
fn a_history_is_the_same_each_time_it_is_made() {
    let (one, other) = (history(SEED), history(SEED));
    assert!(one.events.iter().zip(&other.events).all(|(a, b)| a.event == b.event));
}
