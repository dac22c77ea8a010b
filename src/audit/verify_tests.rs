//! What was done to the log → which event is named.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::audit::checkpoint::SigningKey;
use crate::audit::export::{self, ExportError};
use crate::audit::{Draft, EventKind};
use crate::domain::Time;

fn key() -> SigningKey {
    SigningKey::from_seed("jit.example", &[1; 32]).unwrap()
}

fn draft(n: usize) -> Draft {
    Draft::new(Time::from_millis(n as i64 * 1000), EventKind::ALL[n % 5]).data("n", n).data("who", "bob")
}

/// A log of ten events, and checkpoints of these sizes.
struct Log {
    lines: Vec<String>,
    checkpoints: Vec<Checkpoint>,
}

fn log(sizes: &[u64]) -> Log {
    let (mut chain, mut lines, mut checkpoints) = (Chain::new(), Vec::new(), Vec::new());
    for n in 0..=10 {
        if sizes.contains(&chain.size()) {
            checkpoints.push(Checkpoint { size: chain.size(), root: chain.root() });
        }
        if n < 10 {
            lines.push(chain.seal(draft(n)).unwrap().bytes);
        }
    }
    Log { lines, checkpoints }
}

impl Log {
    fn verify(&self) -> Result<Report, Fault> {
        let mut verifier = Verifier::new();
        for checkpoint in &self.checkpoints {
            verifier.checkpoint(*checkpoint)?;
        }
        for line in &self.lines {
            verifier.push(line)?;
        }
        verifier.finish()
    }

    fn fault(&self) -> Fault {
        self.verify().unwrap_err()
    }

    fn edit(&mut self, seq: usize, from: &str, to: &str) {
        let edited = self.lines[seq].replace(from, to);
        assert_ne!(edited, self.lines[seq]);
        self.lines[seq] = edited;
    }

    /// Seals everything from here on again, as somebody could who can write to the whole store.
    fn reseal(&mut self, from: usize) {
        let mut chain = Chain::new();
        for (seq, line) in self.lines.iter_mut().enumerate() {
            if seq >= from {
                let parsed = Line::parse(line).unwrap();
                let before =
                    parsed.around.0.replace(&format!("\"seq\":{}", parsed.seq), &format!("\"seq\":{seq}"));
                *line = format!("{before}{}{}", chain.last(), parsed.around.1);
            }
            chain.append(leaf_hash(line.as_bytes()));
        }
    }
}

#[test]
fn a_log_that_nobody_touched_is_whole() {
    for sizes in [&[][..], &[0], &[10], &[0, 1, 2, 3, 7, 10]] {
        let log = log(sizes);
        let report = log.verify().unwrap();
        assert_eq!((report.events, report.checkpoints), (10, sizes.len() as u64));
        assert_eq!(report.anchored, sizes.last().copied().unwrap_or(0));
    }
    assert_eq!(Verifier::new().finish().unwrap().events, 0);
}

#[test]
fn one_row_edited_is_named_wherever_it_is_and_whatever_comes_after_it() {
    for sizes in [&[10][..], &[3, 10], &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]] {
        for seq in 0..10 {
            let mut log = log(sizes);
            log.edit(seq, "bob", "eve");
            let fault = log.fault();
            assert_eq!(fault.seq, seq as u64, "{fault}");
            // White space is an edit too.
            let mut log = self::log(sizes);
            log.edit(seq, ",\"data\":", ", \"data\":");
            assert_eq!(log.fault().seq, seq as u64);
        }
    }
}

#[test]
fn an_edit_of_the_last_event_is_named_through_the_checkpoint() {
    let mut log = log(&[10]);
    log.edit(9, "bob", "eve");
    assert_eq!(log.fault(), Fault { seq: 9, what: What::Checkpoint { size: 10, since: 0 } });
    let mut log = self::log(&[9, 10]);
    log.edit(9, "bob", "eve");
    assert_eq!(log.fault().to_string(), "event 9 was edited: it does not match the checkpoint of size 10");
    // Without a checkpoint nobody can tell, and the report says that nothing is anchored.
    let mut log = self::log(&[]);
    log.edit(9, "bob", "eve");
    assert_eq!(log.verify().unwrap().anchored, 0);
}

#[test]
fn an_edit_of_an_events_own_prev_names_that_event() {
    for seq in 0..9 {
        let mut log = log(&[10]);
        let prev = Line::parse(&log.lines[seq]).unwrap().prev.to_string();
        log.edit(seq, &prev, &Digest::of(b"forged").to_string());
        assert_eq!(log.fault(), Fault { seq: seq as u64, what: What::Edited { or_next: false } });
    }
    // Of the last event nothing tells which of the two it was.
    let mut log = log(&[10]);
    let prev = Line::parse(&log.lines[9]).unwrap().prev.to_string();
    log.edit(9, &prev, &Digest::of(b"forged").to_string());
    assert_eq!(log.fault(), Fault { seq: 8, what: What::Edited { or_next: true } });
}

#[test]
fn an_edit_of_an_events_own_number_names_that_event() {
    for (seq, forged) in [(4, 2), (4, 40), (0, 7), (8, 0)] {
        let mut log = log(&[10]);
        log.edit(seq, &format!("\"seq\":{seq}"), &format!("\"seq\":{forged}"));
        assert_eq!(log.fault().seq, seq as u64, "{}", log.fault());
    }
}

#[test]
fn two_rows_edited_name_the_first() {
    let mut log = log(&[10]);
    log.edit(4, "bob", "eve");
    log.edit(5, "bob", "eve");
    assert_eq!(log.fault().seq, 4);
    let mut log = self::log(&[10]);
    log.edit(4, "bob", "eve");
    log.edit(7, "bob", "eve");
    assert_eq!(log.fault(), Fault { seq: 4, what: What::Edited { or_next: false } });
}

#[test]
fn an_event_deleted_is_named_and_so_is_a_run_of_them() {
    for (cut, found) in [(0..1, 1), (4..5, 5), (4..8, 8)] {
        let mut log = log(&[10]);
        log.lines.drain(cut.clone());
        assert_eq!(log.fault(), Fault { seq: cut.start as u64, what: What::Missing { found } });
    }
}

#[test]
fn events_reordered_are_named() {
    let mut log = log(&[10]);
    log.lines.swap(3, 4);
    assert_eq!(log.fault(), Fault { seq: 3, what: What::OutOfOrder { after: 4 } });
    let mut log = self::log(&[10]);
    let moved = log.lines.remove(2);
    log.lines.push(moved);
    assert_eq!(log.fault(), Fault { seq: 2, what: What::OutOfOrder { after: 3 } });
}

#[test]
fn an_event_inserted_is_named() {
    // A row that is there twice.
    let mut log = log(&[10]);
    log.lines.insert(4, log.lines[3].clone());
    assert_eq!(log.fault(), Fault { seq: 3, what: What::Inserted });
    // A forged one with the right number and the right prev, before the true one.
    let mut log = self::log(&[10]);
    log.lines.insert(4, log.lines[4].replace("bob", "eve"));
    assert_eq!(log.fault(), Fault { seq: 4, what: What::Inserted });
    // With the numbers behind it raised.
    let mut log = self::log(&[10]);
    log.lines.insert(4, log.lines[4].replace("bob", "eve"));
    for seq in 5..11 {
        log.edit(seq, &format!("\"seq\":{}", seq - 1), &format!("\"seq\":{seq}"));
    }
    assert_eq!(log.fault(), Fault { seq: 4, what: What::Inserted });
}

#[test]
fn a_log_rewritten_and_sealed_again_is_found_at_the_next_checkpoint() {
    let mut log = log(&[3, 8]);
    log.edit(5, "bob", "eve");
    log.reseal(5);
    assert_eq!(log.fault(), Fault { seq: 7, what: What::Checkpoint { size: 8, since: 3 } });
    let mut log = self::log(&[8]);
    log.lines.remove(5);
    log.reseal(5);
    assert_eq!(log.fault(), Fault { seq: 7, what: What::Checkpoint { size: 8, since: 0 } });
}

#[test]
fn a_tail_that_was_cut_is_found_behind_a_checkpoint() {
    let mut log = log(&[4, 10]);
    log.lines.truncate(7);
    assert_eq!(log.fault(), Fault { seq: 7, what: What::Truncated { size: 10 } });
    log.lines.clear();
    log.checkpoints.remove(0);
    assert_eq!(log.fault(), Fault { seq: 0, what: What::Truncated { size: 10 } });
}

#[test]
fn a_line_that_is_not_the_canonical_form_is_named() {
    for (from, to) in [
        ("{\"v\":1", "{\"v\":2"),
        ("{\"v\":1", "{ \"v\":1"),
        ("{\"v\":1", "{\"v\":01"),
        ("\"seq\":4", "\"seq\":04"),
        ("\"seq\":4", "\"seq\":+4"),
        ("\"seq\":4", "\"seq\":18446744073709551620"),
        ("\"prev\":\"", "\"prev\":\"z"),
        ("}}", "}} "),
    ] {
        let mut log = log(&[10]);
        log.edit(4, from, to);
        let fault = log.fault();
        assert!(matches!(fault, Fault { seq: 4, what: What::UnknownForm(_) }), "{to}: {fault}");
    }
}

#[test]
fn two_checkpoints_of_one_size_that_differ_tell_of_a_second_log() {
    let mut log = log(&[10]);
    log.checkpoints.push(Checkpoint { size: 10, root: Digest::of(b"other") });
    assert_eq!(log.fault().what, What::TwoLogs { size: 10 });
}

fn export(sizes: &[u64]) -> Vec<u8> {
    let log = log(sizes);
    let notes = log.checkpoints.iter().map(|c| (c.size, key().sign(c.size, c.root)));
    let mut export = export::Export::new(Vec::new(), notes);
    for line in &log.lines {
        export.event(line).unwrap();
    }
    export.finish().unwrap()
}

fn verify_export(bytes: &[u8]) -> Result<Report, ExportError> {
    export::verify(bytes, Verifier::new(), key().verify_key())
}

#[test]
fn an_export_verifies_and_one_of_another_key_does_not() {
    let bytes = export(&[0, 4, 10]);
    let report = verify_export(&bytes).unwrap();
    assert_eq!((report.events, report.checkpoints, report.anchored), (10, 3, 10));
    let other = SigningKey::from_seed("jit.example", &[2; 32]).unwrap();
    let error = export::verify(&*bytes, Verifier::new(), other.verify_key()).unwrap_err();
    assert!(error.to_string().contains("not signed by jit.example"), "{error}");
}

#[test]
fn an_export_is_held_against_a_checkpoint_that_was_kept_elsewhere() {
    let kept = log(&[10]).checkpoints[0];
    let bytes = export(&[]);
    let cut = bytes.iter().rposition(|b| *b == b'\n').unwrap();
    let cut = bytes[..cut].iter().rposition(|b| *b == b'\n').unwrap() + 1;
    let mut verifier = Verifier::new();
    verifier.checkpoint(kept).unwrap();
    let error = export::verify(&bytes[..cut], verifier, key().verify_key()).unwrap_err();
    assert_eq!(error.to_string(), "event 9 is missing: the log was cut, a checkpoint covers 10 events");
}

#[test]
fn an_export_of_a_log_that_was_cut_still_carries_the_checkpoint_that_tells() {
    let log = log(&[0, 10]);
    let notes = log.checkpoints.iter().map(|c| (c.size, key().sign(c.size, c.root)));
    let mut export = export::Export::new(Vec::new(), notes);
    export.event(&log.lines[0]).unwrap();
    let error = verify_export(&export.finish().unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "event 1 is missing: the log was cut, a checkpoint covers 10 events");
}

#[test]
fn a_line_without_an_end_is_refused_in_bounded_memory() {
    let endless = std::io::BufReader::new(std::io::repeat(b'x'));
    let error = export::verify(endless, Verifier::new(), key().verify_key()).unwrap_err();
    assert_eq!(error.to_string(), "event 0 has an unknown form: its line is too long");
}

#[test]
fn every_single_byte_flipped_is_found() {
    let bytes = export(&[10]);
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert!(verify_export(&flipped).is_err(), "byte {at}");
    }
}

proptest! {
    // Signatures are slow in a debug build, and the test above looks at every byte already.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_byte_changed_to_any_other_is_found(at in 0usize..10_000, flip in 1u8..) {
        static EXPORT: LazyLock<Vec<u8>> = LazyLock::new(|| export(&[10]));
        let mut bytes = EXPORT.clone();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        prop_assert!(verify_export(&bytes).is_err(), "byte {} of {}", at, bytes.len());
    }

}

proptest! {
    #[test]
    fn any_line_taken_out_doubled_or_moved_is_found(from in 0usize..10, to in 0usize..10, how in 0u8..3) {
        let mut log = log(&[10]);
        match how {
            0 => drop(log.lines.remove(from)),
            1 => log.lines.insert(to, log.lines[from].clone()),
            _ => {
                let line = log.lines.remove(from);
                log.lines.insert(to, line);
            }
        }
        prop_assume!(how != 2 || from != to);
        prop_assert!(log.verify().is_err());
    }

    #[test]
    fn no_text_makes_the_verifier_panic(lines in proptest::collection::vec(".{0,80}", 0..4)) {
        let mut verifier = Verifier::new();
        prop_assert!(lines.iter().all(|line| verifier.push(line).is_err()));
    }
}
