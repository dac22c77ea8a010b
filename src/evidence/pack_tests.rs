//! Packs of a made-up history, and what must never pass for one.

use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::check::{self, CheckError, Key};
use super::figures::Inputs;
use super::history::{self, Shape};
use super::manifest::{self, Manifest};
use super::pack::{Order, Pack, Spill};
use super::period::Period;
use crate::audit::{Chain, Statement};

pub(crate) fn spill() -> Spill {
    Box::new(|| Ok(Box::new(Cursor::new(Vec::new()))))
}

pub(crate) fn quarter() -> Period {
    Period::new("2026-01-01".parse().unwrap(), "2026-03-31".parse().unwrap()).unwrap()
}

pub(crate) fn order(signed: bool) -> Order {
    Order {
        period: quarter(),
        controls: Vec::new(),
        inputs: Inputs::default(),
        key: history::log_key().verify_key().clone(),
        signed,
        made: "2026-04-02T09:00:00Z".parse().unwrap(),
    }
}

/// The lines of a history, each checkpoint behind the events that it covers.
pub(crate) fn log(shape: Shape) -> Vec<Result<String, String>> {
    let (key, mut chain, mut lines) = (history::log_key(), Chain::new(), Vec::new());
    history::history(shape, |draft| {
        lines.push(Ok(chain.seal(draft).unwrap().bytes));
        if chain.size() % 97 == 0 {
            lines.push(Err(key.sign(chain.size(), chain.root())));
        }
    });
    lines.push(Err(key.sign(chain.size(), chain.root())));
    lines
}

pub(crate) fn pack(lines: &[Result<String, String>], order: Order) -> Vec<u8> {
    let mut pack = Pack::new(Cursor::new(Vec::new()), spill(), order).unwrap();
    for line in lines {
        match line {
            Ok(event) => pack.event(event).unwrap(),
            Err(note) => pack.checkpoint(note).unwrap(),
        }
    }
    let unsigned = pack.finish().unwrap();
    let period = unsigned.manifest.head.period;
    let statement = Statement { digest: unsigned.digest, from: period.from, to: period.to };
    let note = unsigned.manifest.head.signed.then(|| statement.sign(&history::log_key()));
    unsigned.finish(note.as_deref()).unwrap().into_inner()
}

fn checked(bytes: &[u8]) -> Result<check::Checked, CheckError> {
    check::check(Cursor::new(bytes), &Key::Given(history::log_key().verify_key()))
}

/// The files of a pack, to be changed and packed again.
fn files(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(bytes)).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut entry = zip.by_index(at).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            (entry.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

fn packed(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Puts what is now in the files into the manifest, and signs it again where `sign`.
fn resealed(mut files: Vec<(String, Vec<u8>)>, sign: bool) -> Vec<u8> {
    let place = |files: &[(String, Vec<u8>)], name: &str| files.iter().position(|(n, _)| n == name).unwrap();
    let at = place(&files, manifest::MANIFEST);
    let mut read: Manifest = serde_json::from_slice(&files[at].1).unwrap();
    for (name, part) in &mut read.files {
        let bytes = &files[place(&files, name)].1;
        *part = manifest::Part { bytes: bytes.len() as u64, sha256: crate::domain::Digest::of(bytes) };
    }
    files[at].1 = serde_json::to_vec_pretty(&read).unwrap();
    if sign {
        let digest = crate::domain::Digest::of(&files[at].1);
        let period = read.head.period;
        let note = Statement { digest, from: period.from, to: period.to }.sign(&history::log_key());
        let at = place(&files, manifest::SIGNATURE);
        files[at].1 = note.into_bytes();
    }
    packed(&files)
}

#[test]
fn a_pack_is_checked_with_all_its_figures_and_the_same_log_gives_the_same_bytes() {
    let lines = log(Shape::small());
    let bytes = pack(&lines, order(true));
    let found = checked(&bytes).unwrap();
    assert!(found.signed && found.figures > 4, "{found:?}");
    let log = &found.manifest.head.log;
    assert!(log.first > 0 && log.events > 1000 && log.carried > 10 && log.uncovered == 0, "{log:?}");
    assert_eq!(bytes, pack(&lines, order(true)));
    // With its own key it is whole, which says less.
    check::check(Cursor::new(&bytes), &Key::Own).unwrap();
    let other = crate::audit::SigningKey::from_seed("jit.example.net", &[8; 32]).unwrap();
    let error = check::check(Cursor::new(&bytes), &Key::Given(other.verify_key())).unwrap_err();
    assert!(matches!(error, CheckError::Signature(_)), "{error}");
}
