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
use crate::audit::{About, Chain, Statement};

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
    let statement =
        Statement { about: About::Evidence, digest: unsigned.digest, from: period.from, to: period.to };
    let note = unsigned.manifest.head.signed.then(|| statement.sign(&history::log_key()));
    unsigned.finish(note.as_deref()).unwrap().into_inner()
}

fn checked(bytes: &[u8]) -> Result<check::Checked, CheckError> {
    check::check(Cursor::new(bytes), &Key::Given(history::log_key().verify_key()), false)
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
        let note = Statement { about: About::Evidence, digest, from: period.from, to: period.to }
            .sign(&history::log_key());
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
    check::check(Cursor::new(&bytes), &Key::Own, false).unwrap();
    let other = crate::audit::SigningKey::from_seed("jit.example.net", &[8; 32]).unwrap();
    let error = check::check(Cursor::new(&bytes), &Key::Given(other.verify_key()), false).unwrap_err();
    assert!(matches!(error, CheckError::Signature(_)), "{error}");
}

fn edit(files: &mut [(String, Vec<u8>)], name: &str, from: &str, to: &str) {
    let (_, bytes) = files.iter_mut().find(|(n, _)| n == name).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(text.contains(from), "{name}: {from}");
    *bytes = text.replacen(from, to, 1).into_bytes();
}

fn small() -> Vec<u8> {
    static PACK: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
        let shape = Shape { days: 120, requests: 60, people: 9, ..Shape::small() };
        pack(&log(shape), order(true))
    });
    PACK.clone()
}

#[test]
fn a_change_in_any_file_is_found() {
    let whole = files(&small());
    checked(&packed(&whole)).unwrap();
    for at in 0..whole.len() {
        let mut files = whole.clone();
        let bytes = &mut files[at].1;
        if bytes.is_empty() {
            bytes.push(b' ');
        } else {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        assert!(checked(&packed(&files)).is_err(), "{}", files[at].0);
    }
}

#[test]
fn a_figure_that_the_log_does_not_give_is_found_even_when_it_was_signed() {
    for (name, from, to) in [
        ("figures/decisions.json", "\"denied\": ", "\"denied\": 1"),
        ("figures/ends.csv", "expired", "revoked"),
        ("evidence.html", "Requests filed", "Requests won"),
        ("figures/alerts.csv", "id,rule", "id,rulf"),
    ] {
        let mut files = files(&small());
        edit(&mut files, name, from, to);
        let error = checked(&resealed(files, true)).unwrap_err();
        assert!(matches!(&error, CheckError::Figure { file, .. } if file == name), "{name}: {error}");
    }
}

#[test]
fn an_event_edited_left_out_or_added_is_found_even_when_all_was_signed_again() {
    let change = |change: &dyn Fn(&mut Vec<&str>)| {
        let mut files = files(&small());
        let (_, log) = files.iter_mut().find(|(name, _)| name == manifest::LOG).unwrap();
        let text = String::from_utf8(log.clone()).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        change(&mut lines);
        *log = format!("{}\n", lines.join("\n")).into_bytes();
        checked(&resealed(files, true)).unwrap_err()
    };
    let found = |error: CheckError| assert!(matches!(error, CheckError::Log(_)), "{error}");
    found(change(&|lines| {
        lines.remove(7);
    }));
    found(change(&|lines| lines.swap(7, 8)));
    found(change(&|lines| lines.insert(7, lines[7])));
    found(change(&|lines| lines[7] = Box::leak(lines[7].replace("person", "parson").into_boxed_str())));
    // The first event hangs on what was before it.
    found(change(&|lines| {
        lines.remove(0);
    }));
    // The end is cut, checkpoints and all: the manifest says how many there are.
    let error = change(&|lines| lines.truncate(lines.len() - 40));
    assert!(matches!(error, CheckError::Log(_) | CheckError::LogPart(_)), "{error}");
}

#[test]
fn a_log_that_was_sealed_again_is_found_at_its_first_checkpoint() {
    let mut files = files(&small());
    let (_, log) = files.iter_mut().find(|(name, _)| name == manifest::LOG).unwrap();
    let text = String::from_utf8(log.clone()).unwrap();
    let first: u64 = text.split("\"seq\":").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    // Somebody who can write the store: a chain of their own, and the true checkpoints.
    let (mut chain, mut forged) = (Chain::new(), Vec::new());
    let read: Manifest =
        serde_json::from_slice(&files.iter().find(|(n, _)| n == manifest::MANIFEST).unwrap().1).unwrap();
    assert_eq!(read.head.log.first, first);
    let start =
        base64::Engine::decode(&base64::engine::general_purpose::STANDARD, &read.head.log.chain).unwrap();
    chain.clone_from(&Chain::from_bytes(&start).unwrap());
    for line in text.lines() {
        match serde_json::from_str::<crate::audit::Event>(line) {
            Ok(event) => {
                let mut draft = event.event;
                draft.data.remove("comment");
                forged.push(chain.seal(draft).unwrap().bytes);
            }
            Err(_) => forged.push(line.to_owned()),
        }
    }
    let (_, log) = files.iter_mut().find(|(name, _)| name == manifest::LOG).unwrap();
    *log = format!("{}\n", forged.join("\n")).into_bytes();
    let error = checked(&resealed(files, true)).unwrap_err();
    assert!(matches!(error, CheckError::Log(_)), "{error}");
}

#[test]
fn a_file_too_many_or_too_few_is_found() {
    let whole = files(&small());
    let mut more = whole.clone();
    more.push(("figures/extra.json".to_owned(), b"{}".to_vec()));
    let error = checked(&packed(&more)).unwrap_err();
    assert!(matches!(&error, CheckError::Extra(name) if name == "figures/extra.json"), "{error}");
    // In the manifest too, but no figure of ours.
    let mut listed = more.clone();
    let at = listed.iter().position(|(name, _)| name == manifest::MANIFEST).unwrap();
    let mut read: Manifest = serde_json::from_slice(&listed[at].1).unwrap();
    let part = manifest::Part { bytes: 2, sha256: crate::domain::Digest::of(b"{}") };
    read.files.insert("figures/extra.json".to_owned(), part);
    listed[at].1 = serde_json::to_vec_pretty(&read).unwrap();
    let error = checked(&resealed(listed, true)).unwrap_err();
    assert!(matches!(&error, CheckError::Extra(name) if name == "figures/extra.json"), "{error}");
    for at in 0..whole.len() {
        let mut fewer = whole.clone();
        let (name, _) = fewer.remove(at);
        assert!(matches!(checked(&packed(&fewer)).unwrap_err(), CheckError::Missing(_)), "{name}");
    }
}

#[test]
fn an_unsigned_pack_says_so_and_one_whose_signature_was_dropped_is_no_unsigned_one() {
    let shape = Shape { days: 120, requests: 60, people: 9, ..Shape::small() };
    let unsigned = pack(&log(shape), order(false));
    assert!(matches!(checked(&unsigned), Err(CheckError::Unsigned)));
    let lenient =
        |bytes: &[u8]| check::check(Cursor::new(bytes), &Key::Given(history::log_key().verify_key()), true);
    assert!(!lenient(&unsigned).unwrap().signed);
    let page = files(&unsigned).into_iter().find(|(name, _)| name == manifest::PAGE).unwrap().1;
    assert!(String::from_utf8(page).unwrap().contains("Not signed"));
    // A signed one made to look unsigned is another manifest and another page.
    let mut files = files(&small());
    files.retain(|(name, _)| name != manifest::SIGNATURE);
    edit(&mut files, manifest::MANIFEST, "\"signed\": true", "\"signed\": false");
    assert!(matches!(checked(&packed(&files)), Err(CheckError::Unsigned)));
    let error = lenient(&packed(&files)).unwrap_err();
    assert!(matches!(&error, CheckError::Figure { file, .. } if file == manifest::PAGE), "{error}");
}

/// Changes a name in the bytes of a zip file to one of the same length, wherever it stands.
fn renamed(mut bytes: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    for at in 0..bytes.len() - from.len() {
        if &bytes[at..at + from.len()] == from.as_bytes() {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    bytes
}

#[test]
fn a_name_twice_or_one_that_leads_out_is_refused() {
    let with = |name: &str| {
        let mut files = files(&small());
        files.push((name.to_owned(), b"x".to_vec()));
        packed(&files)
    };
    for (as_written, name) in [
        ("figures/policy.jsom", "figures/policy.json"),
        ("xx/evil", "../evil"),
        ("figures/xx/xx/evil", "figures/../../evil"),
        ("xetc/passwd", "/etc/passwd"),
        ("a/x/b", "a/./b"),
        ("axxb", "a//b"),
        ("axb", "a\\b"),
        ("axb", "a\0b"),
        ("xhidden", ".hidden"),
        ("C-evil", "C:evil"),
    ] {
        let error = checked(&renamed(with(as_written), as_written, name)).unwrap_err();
        assert!(matches!(error, CheckError::Archive(_)), "{name}: {error}");
    }
}

#[test]
fn what_unpacks_to_far_more_than_it_is_is_refused_unread() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("log.jsonl", SimpleFileOptions::default()).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..32 {
        zip.write_all(&zeros).unwrap();
    }
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 16);
    let error = checked(&bomb).unwrap_err();
    assert!(error.to_string().contains("far more than it is"), "{error}");
    // One that lies about its size unpacks no further than the manifest says.
    let mut files = files(&small());
    files.iter_mut().find(|(name, _)| name == manifest::CARRIED).unwrap().1.extend(vec![b'\n'; 1 << 22]);
    assert!(checked(&packed(&files)).is_err());
    // A manifest without an end.
    let endless = packed(&[(manifest::MANIFEST.to_owned(), vec![b' '; 1 << 25])]);
    assert!(checked(&endless).is_err());
}

#[test]
fn no_bytes_make_the_check_panic() {
    let whole = small();
    for bytes in [&b""[..], b"PK\x05\x06", b"hello"] {
        assert!(checked(bytes).is_err());
    }
    for cut in (0..whole.len()).step_by(whole.len() / 20) {
        assert!(checked(&whole[..cut]).is_err(), "{cut}");
    }
    // The directory at the end, byte by byte.
    for at in whole.len() - 60..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0xff;
        let _ = checked(&flipped);
    }
}

#[test]
fn a_period_in_which_nothing_happened_says_so_in_every_figure() {
    let lines = log(Shape { days: 20, requests: 40, people: 9, ..Shape::small() });
    let bytes = pack(&lines, order(true));
    checked(&bytes).unwrap();
    let files = files(&bytes);
    let figures: Vec<_> =
        files.iter().filter(|(name, _)| name.ends_with(".json") && name.starts_with("fig")).collect();
    assert_eq!(figures.len(), 18);
    for (name, bytes) in figures {
        let figure: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        // Offboarding and engagements may go on long after the last request.
        let empty = figure["empty"].as_bool().unwrap();
        let facts = figure["facts"].as_object().unwrap();
        if empty {
            for (key, value) in facts.iter().filter(|(key, _)| key.ends_with("_ms")) {
                assert!(value.is_null(), "{name} {key}: {value}");
            }
        }
    }
    let page = String::from_utf8(files.iter().find(|(n, _)| n == manifest::PAGE).unwrap().1.clone()).unwrap();
    assert!(page.matches("Nothing of this happened in the period.").count() > 8);
}

#[test]
fn one_control_has_its_figures_only_and_verifies() {
    let shape = Shape { days: 120, requests: 60, people: 9, ..Shape::small() };
    let order = Order { controls: vec!["A.6.3".parse().unwrap()], ..order(true) };
    let bytes = pack(&log(shape), order);
    assert_eq!(checked(&bytes).unwrap().figures, 1);
    let names: Vec<String> = files(&bytes).into_iter().map(|(name, _)| name).collect();
    assert!(
        names.contains(&"figures/training.csv".to_owned()) && !names.contains(&"figures/ends.csv".to_owned())
    );
}

#[test]
fn every_control_has_a_figure_and_every_figure_a_control() {
    let book = super::figures::Book::new(quarter(), &[], &Inputs::default());
    let shown: std::collections::BTreeSet<&str> =
        book.abouts().iter().flat_map(|about| about.controls.iter().copied()).collect();
    let all: std::collections::BTreeSet<&str> =
        super::controls::ALL.iter().map(|control| control.number).collect();
    assert_eq!(shown, all);
}

#[test]
fn hostile_text_is_on_the_page_as_text_only() {
    let shape = Shape { hostile: true, ..Shape::small() };
    let bytes = pack(&log(shape), order(true));
    checked(&bytes).unwrap();
    let files = files(&bytes);
    let page = String::from_utf8(files.iter().find(|(n, _)| n == manifest::PAGE).unwrap().1.clone()).unwrap();
    assert!(page.contains("&lt;script&gt;"), "none of it is on the page");
    // Whatever `<` there is begins an element of ours, and none of them has an attribute of others.
    let ours = "!DOCTYPE html head meta title style body h1 h2 h3 p table thead tbody tr th td strong br a code figure \
                figcaption svg rect text polyline";
    let ours: std::collections::BTreeSet<&str> = ours.split_whitespace().collect();
    for tag in page.split('<').skip(1) {
        let name = tag.trim_start_matches('/').split([' ', '>', '\n']).next().unwrap();
        assert!(ours.contains(name), "<{tag}");
        let inside = tag.split('>').next().unwrap();
        let names: String = inside.split('"').step_by(2).collect();
        assert!(!names.contains(" on") && !names.contains("src=") && !names.contains("script:"), "<{inside}");
        if let Some(link) = inside.split("href=").nth(1) {
            assert!(link.starts_with("\"#"), "<{inside}");
        }
    }
    assert_eq!(page.matches("<style>").count(), 1);
    let odd =
        |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c) || c == '\u{2066}';
    assert!(!page.contains(odd));
    for (name, bytes) in files.iter().filter(|(name, _)| name.ends_with(".csv")) {
        let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]);
        for row in rows.records() {
            for cell in &row.unwrap() {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {cell:?}");
            }
        }
    }
}
