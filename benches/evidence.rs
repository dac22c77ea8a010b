//! Evidence of a quarter out of a long log, and its verification: time and peak memory of `jit` itself.
//!
//! `cargo bench --bench evidence [-- EVENTS …]`; the log goes to a temporary file first, and its making is
//! not measured.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use jit_access::audit::{Chain, export};
use jit_access::{audit, domain};

#[path = "../src/evidence/history_tests.rs"]
mod history;

use history::{HOUR, Shape};

/// Events that one request of the history comes to, about.
const EVENTS_A_REQUEST: u64 = 8;

fn main() {
    let sizes: Vec<u64> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let sizes = if sizes.is_empty() { vec![1_000_000, 10_000_000] } else { sizes };
    for size in sizes {
        run(size);
    }
}

fn run(size: u64) {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("export");
    // A year, of which the quarter is a part.
    let start = "2025-07-01T00:00:00Z".parse().unwrap();
    let (people, roles) = (2_000, 200);
    let requests = size / EVENTS_A_REQUEST;
    let shape = Shape { start, days: 365, requests, people, roles, hostile: false };
    let (key, mut chain) = (history::log_key(), Chain::new());
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&log).unwrap());
    let (mut in_quarter, mut signed) = (0u64, 0);
    let quarter =
        ["2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z"].map(|t| t.parse::<domain::Time>().unwrap());
    history::history(shape, |draft| {
        in_quarter += u64::from(draft.at >= quarter[0] && draft.at < quarter[1]);
        let at = draft.at.millis();
        export::write_event(&mut out, &chain.seal(draft).unwrap().bytes).unwrap();
        // Once an hour of the history.
        if at / HOUR > signed {
            signed = at / HOUR;
            export::write_checkpoint(&mut out, &key.sign(chain.size(), chain.root())).unwrap();
        }
    });
    export::write_checkpoint(&mut out, &key.sign(chain.size(), chain.root())).unwrap();
    out.flush().unwrap();
    drop(out);
    let bytes = std::fs::metadata(&log).unwrap().len();
    println!(
        "a log of {} events ({} MB), {in_quarter} of them in the quarter, {people} people, {roles} roles",
        chain.size(),
        bytes / 1_000_000
    );
    let key = key.verify_key().to_string();
    let pack = dir.path().join("evidence.zip");
    let pack = pack.to_str().unwrap();
    let log = log.to_str().unwrap();
    let quarter = ["--from", "2026-01-01", "--to", "2026-03-31"];
    measured(
        "jit evidence",
        dir.path(),
        &[&["evidence", "--export", log, "--key", &key, "--out", pack], &quarter[..]].concat(),
    );
    println!("    the pack has {} MB", std::fs::metadata(pack).unwrap().len() / 1_000_000);
    measured("jit evidence verify", dir.path(), &["evidence", "verify", pack, "--key", &key, "--unsigned"]);
}

/// Runs it below `time`, which reads the peak of the process from the kernel.
fn measured(what: &str, home: &Path, args: &[&str]) {
    let started = Instant::now();
    let out = Command::new("/usr/bin/time")
        .args(["-f", "%M %U %S", env!("CARGO_BIN_EXE_jit")])
        .args(args)
        .env("HOME", home)
        .output()
        .unwrap();
    let took = started.elapsed();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{said}");
    let last = said.lines().last().unwrap().split(' ').collect::<Vec<_>>();
    let peak = last[0].parse::<u64>().unwrap() / 1024;
    println!("    {what:<20} {took:>8.2?}, at most {peak} MiB, {} s of CPU", last[1]);
}
