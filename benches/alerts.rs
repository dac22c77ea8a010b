//! Events a second through all alert rules at once, on the recorded history of docs/alerts.md.
//!
//! `cargo bench --bench alerts`. The history is shown again and again, each time half a year later, so that
//! windows, quiet times and memories go on as in a log.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark stops at the first failure, and its output is its purpose"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    dead_code,
    reason = "a generator, of which the tests use more"
)]

#[path = "../tests/alerts/history.rs"]
mod history;

use std::time::{Duration, Instant};

use jit_access::alert::Watcher;
use jit_access::audit::Event;
use jit_access::domain::Time;

const ROUNDS: i64 = 50;
/// The promise (issue 5).
const LEAST: f64 = 100_000.0;

fn main() {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load before: {}", load.trim());
    let mut events: Vec<Event> =
        history::history(5).events.into_iter().map(|recorded| recorded.event).collect();
    let half_a_year = events.last().unwrap().event.at.millis() - events[0].event.at.millis() + 3_600_000;
    let policy = history::policy();
    let mut watcher = Watcher::new(&policy);
    let (mut took, mut slowest, mut alerts, mut seen) = (Duration::ZERO, Duration::ZERO, 0, 0u32);
    for round in 0..ROUNDS {
        for (n, event) in (0u64..).zip(&mut events) {
            event.seq = round as u64 * history::EVENTS as u64 + n;
            if round > 0 {
                event.event.at = Time::from_millis(event.event.at.millis() + half_a_year);
            }
        }
        let began = Instant::now();
        for event in &events {
            alerts += watcher.look(event).len();
        }
        let round = began.elapsed();
        took += round;
        slowest = slowest.max(round);
        seen += history::EVENTS as u32;
    }
    let rate = f64::from(seen) / took.as_secs_f64();
    let worst = history::EVENTS as f64 / slowest.as_secs_f64();
    println!("{} rules, {seen} events, {alerts} alerts", policy.alerts.len());
    println!("through all rules, one thread:     {rate:>9.0} events/s");
    println!("the slowest 10,000:                {worst:>9.0} events/s");
    println!("which is {:.1} × the promise of {LEAST:.0} events/s", rate / LEAST);
    assert!(rate >= LEAST, "too slow");
}
