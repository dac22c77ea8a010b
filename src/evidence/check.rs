//! Checks a pack, offline: its signature, its files, its part of the log, and each figure anew.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::Digest as _;
use zip::{CompressionMethod, ZipArchive};

use super::controls::Control;
use super::figures::{Book, Inputs, Rows};
use super::manifest::{self, Manifest, Part};
use super::pack::TOOL;
use super::page;
use super::seen::Seen;
use super::table::Csv;
use crate::audit::export::{self, Lines};
use crate::audit::{About, Chain, CheckpointError, Fault, Statement, Verifier, VerifyKey};
use crate::domain::Digest;

/// No pack has that many files, nor such a manifest, nor such inputs.
const MOST_FILES: usize = 200;
const LONGEST_SMALL: u64 = 1 << 24;
/// What one byte of the zip file may become, in a file that is not small: logs and tables make 5 to 30.
const MOST_EACH: u64 = 200;

/// Why a pack is not what it says.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    #[error("it is not a zip file that can be trusted: {0}")]
    Archive(String),
    #[error("it is not a pack of evidence: {0}")]
    Form(String),
    #[error("its signature: {0}")]
    Signature(#[from] CheckpointError),
    #[error("nobody has signed it: it was made from an export, or its signature was taken away")]
    Unsigned,
    #[error("{0} is not in the pack")]
    Missing(String),
    #[error("{0} is in the pack, and not in its manifest")]
    Extra(String),
    #[error("{0} is not what the manifest says: it was changed")]
    Changed(String),
    #[error("its part of the log: {0}")]
    Log(#[from] Fault),
    #[error("event {seq} in {file}: {why}")]
    Event { file: &'static str, seq: u64, why: String },
    #[error("the manifest says of the log what is not so: {0}")]
    LogPart(&'static str),
    #[error("{file} is not what the log gives{}", other_tool(.made_by))]
    Figure { file: String, made_by: String },
    #[error("the pack cannot be read")]
    Io(#[from] io::Error),
}

fn other_tool(made_by: &str) -> String {
    if made_by == TOOL { String::new() } else { format!("; {made_by:?} made it, and this is {TOOL}") }
}

/// What a pack without a fault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub manifest: Manifest,
    /// Signed, and by the key that was used.
    pub signed: bool,
    pub figures: u64,
}

/// The key to check with.
pub enum Key<'a> {
    Given(&'a VerifyKey),
    /// The one in the manifest: that proves that the pack is whole, not whose it is.
    Own,
}

/// Checks everything that can be checked without the rest of the log. In memory for a line, the manifest and
/// the figures.
///
/// One that nobody has signed does not pass, unless `unsigned_too`.
pub fn check(pack: impl Read + Seek, key: &Key<'_>, unsigned_too: bool) -> Result<Checked, CheckError> {
    let mut pack = Archive::open(pack)?;
    let bytes = pack.small(manifest::MANIFEST)?;
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|err| CheckError::Form(format!("its manifest: {err}")))?;
    if (manifest.schema.as_str(), manifest.kind.as_str()) != ("jit/v1", "evidence") {
        return Err(CheckError::Form("its manifest is of something else".to_owned()));
    }
    if manifest.format != manifest::FORMAT {
        return Err(CheckError::Form("its form is not known here; use another jit".to_owned()));
    }
    let own = manifest.head.key.parse::<VerifyKey>();
    let own = own.map_err(|_| CheckError::Form("its key is none".to_owned()))?;
    let key = match key {
        Key::Given(key) => (*key).clone(),
        Key::Own => own,
    };
    pack.files_are(&manifest)?;
    if manifest.head.signed {
        let note = String::from_utf8(pack.small(manifest::SIGNATURE)?);
        let note = note.map_err(|_| CheckpointError::Note)?;
        let period = manifest.head.period;
        let statement = Statement {
            about: About::Evidence,
            digest: Digest::of(&bytes),
            from: period.from,
            to: period.to,
        };
        statement.verify(&note, &key)?;
    } else if !unsigned_too {
        return Err(CheckError::Unsigned);
    }
    let made = recompute(&mut pack, &manifest, &key)?;
    for (name, part) in &manifest.files {
        if made.get(name).is_some_and(|made| made != part) {
            let made_by = manifest.head.tool.clone();
            return Err(CheckError::Figure { file: name.clone(), made_by });
        }
        pack.read(name, part, |input| Ok(io::copy(input, &mut io::sink()).map(|_| ())?))?;
    }
    let figures = made.keys().filter(|name| name.ends_with(".json")).count() as u64;
    Ok(Checked { signed: manifest.head.signed, manifest, figures })
}

/// A zip file whose every entry is what it seems.
struct Archive<R>(ZipArchive<R>);

impl<R: Read + Seek> Archive<R> {
    fn open(pack: R) -> Result<Self, CheckError> {
        let bad = |why: &str| CheckError::Archive(why.to_owned());
        let mut zip = ZipArchive::new(pack).map_err(|err| CheckError::Archive(err.to_string()))?;
        if zip.len() > MOST_FILES {
            return Err(bad("it has too many entries"));
        }
        if zip.metadata().has_duplicate_names() {
            return Err(bad("a name is in it twice"));
        }
        if zip.has_overlapping_entries().map_err(|err| CheckError::Archive(err.to_string()))? {
            return Err(bad("its entries overlap"));
        }
        for at in 0..zip.len() {
            let entry = zip.by_index(at).map_err(|err| CheckError::Archive(err.to_string()))?;
            let name = entry.name_raw();
            let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"./-_".contains(b);
            // Nothing here is written to a disk; who unpacks it by other means is to be safe, too.
            let odd = name.is_empty()
                || !name.iter().all(plain)
                || name.split(|b| *b == b'/').any(|part| part.is_empty() || part.starts_with(b"."));
            if odd || name.len() > 100 {
                return Err(bad("an entry has a name that none of ours has"));
            }
            let method =
                matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated);
            if !entry.is_file() || entry.encrypted() || !method {
                return Err(bad("an entry is no plain file"));
            }
            if entry.size() > LONGEST_SMALL && entry.size() / MOST_EACH > entry.compressed_size() {
                return Err(bad("an entry would unpack to far more than it is"));
            }
        }
        Ok(Self(zip))
    }

    /// All that the manifest names, and nothing more.
    fn files_are(&self, manifest: &Manifest) -> Result<(), CheckError> {
        let mut expected: BTreeSet<&str> = manifest.files.keys().map(String::as_str).collect();
        expected.insert(manifest::MANIFEST);
        if manifest.head.signed {
            expected.insert(manifest::SIGNATURE);
        }
        let names = self.0.file_names().filter_map(Result::ok).collect::<Vec<_>>();
        let there: BTreeSet<&str> = names.iter().map(AsRef::as_ref).collect();
        for needed in [manifest::CARRIED, manifest::LOG, manifest::INPUTS, manifest::PAGE] {
            expected.insert(needed);
        }
        if let Some(missing) = expected.difference(&there).next() {
            return Err(CheckError::Missing((*missing).to_owned()));
        }
        match there.difference(&expected).next() {
            Some(extra) => Err(CheckError::Extra((*extra).to_owned())),
            None => Ok(()),
        }
    }

    fn small(&mut self, name: &str) -> Result<Vec<u8>, CheckError> {
        let entry = self.0.by_name(name).map_err(|_| CheckError::Missing(name.to_owned()))?;
        let mut bytes = Vec::new();
        entry.take(LONGEST_SMALL + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LONGEST_SMALL {
            return Err(CheckError::Form(format!("{name} is too long")));
        }
        Ok(bytes)
    }

    /// Reads a file to its end, and no further than the manifest says it is long.
    fn read<T>(
        &mut self,
        name: &str,
        part: &Part,
        with: impl FnOnce(&mut dyn BufRead) -> Result<T, CheckError>,
    ) -> Result<T, CheckError> {
        let entry = self.0.by_name(name).map_err(|_| CheckError::Missing(name.to_owned()))?;
        // Held against what the entry packs already: a manifest without a signature could say anything.
        if entry.size() != part.bytes {
            return Err(CheckError::Changed(name.to_owned()));
        }
        let hashing = Hashing { input: entry.take(part.bytes + 1), hash: sha2::Sha256::new(), bytes: 0 };
        let mut input = BufReader::with_capacity(1 << 16, hashing);
        let result = with(&mut input)?;
        io::copy(&mut input, &mut io::sink())?;
        let Hashing { hash, bytes, .. } = input.into_inner();
        let found = Part { bytes, sha256: Digest::from_bytes(hash.finalize().into()) };
        if found == *part { Ok(result) } else { Err(CheckError::Changed(name.to_owned())) }
    }
}

struct Hashing<R> {
    input: R,
    hash: sha2::Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Rows that are made again, to see whether they are the same.
struct Anew(BTreeMap<&'static str, Csv<Summing>>);

struct Summing {
    hash: sha2::Sha256,
    bytes: u64,
}

impl Write for Summing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Rows for Anew {
    fn row(&mut self, figure: &'static str, cells: &[&str]) -> io::Result<()> {
        self.0.get_mut(figure).map_or(Ok(()), |csv| csv.row(cells))
    }
}

/// Verifies the part of the log, and makes all that comes of it again.
fn recompute<R: Read + Seek>(
    pack: &mut Archive<R>,
    manifest: &Manifest,
    key: &VerifyKey,
) -> Result<BTreeMap<String, Part>, CheckError> {
    let head = &manifest.head;
    let form = |what: &str| CheckError::Form(what.to_owned());
    let part = |name: &str| manifest.files.get(name).ok_or_else(|| CheckError::Missing(name.to_owned()));
    let inputs: Inputs = serde_json::from_slice(&pack.small(manifest::INPUTS)?)
        .map_err(|_| form("its inputs cannot be read"))?;
    let controls: Result<Vec<Control>, _> = head.controls.iter().map(|number| number.parse()).collect();
    let mut book =
        Book::new(head.period, &controls.map_err(|_| form("it is about an unknown control"))?, &inputs);
    let mut sheets = BTreeMap::new();
    for about in book.abouts() {
        sheets.insert(about.id, Csv::new(Summing { hash: sha2::Sha256::new(), bytes: 0 }, about.columns)?);
    }
    let mut sheets = Anew(sheets);

    let mut carried = 0;
    pack.read(manifest::CARRIED, part(manifest::CARRIED)?, |input| {
        let mut lines = Lines::new(input);
        let mut last = None;
        while let Some(line) = lines.next()? {
            let bad = |why: String| CheckError::Event { file: manifest::CARRIED, seq: carried, why };
            let event =
                Seen::parse(line.map_err(|why| bad(why.to_owned()))?).map_err(|e| bad(e.to_string()))?;
            if last.is_some_and(|last| event.seq <= last) || event.seq >= head.log.first {
                return Err(bad("it is not in its place".to_owned()));
            }
            last = Some(event.seq);
            carried += 1;
            book.carry(&event);
        }
        Ok(())
    })?;

    let chain = BASE64.decode(&head.log.chain).ok().and_then(|bytes| Chain::from_bytes(&bytes).ok());
    let chain = chain.ok_or(CheckError::LogPart("where the chain stood before it"))?;
    if chain.size() != head.log.first {
        return Err(CheckError::LogPart("its first event"));
    }
    let mut verifier = Verifier::behind(chain);
    let (mut checkpoints, mut behind, mut in_period) = (0, 0, true);
    pack.read(manifest::LOG, part(manifest::LOG)?, |input| {
        let mut lines = Lines::new(input);
        while let Some(line) = lines.next()? {
            let seq = verifier.size();
            let bad = |why: String| CheckError::Event { file: manifest::LOG, seq, why };
            let line = line.map_err(|why| bad(why.to_owned()))?;
            match export::checkpoint(line, key) {
                Some(read) => {
                    verifier.checkpoint(read.map_err(bad)?)?;
                    checkpoints += 1;
                }
                None => {
                    verifier.push(line)?;
                    let event = Seen::parse(line).map_err(|err| bad(err.to_string()))?;
                    in_period &= event.at < head.period.to;
                    behind += u64::from(!in_period);
                    book.see(&event, &mut sheets)?;
                }
            }
        }
        Ok(())
    })?;
    let report = verifier.finish()?;
    let events = report.events - head.log.first;
    let covered = report.anchored.saturating_sub(head.log.first);
    let log = &head.log;
    for (is_so, what) in [
        (log.events == events, "how many events there are"),
        (log.behind == behind, "how many events are behind the period"),
        (log.carried == carried, "how many events are carried"),
        (log.checkpoints == checkpoints, "how many checkpoints there are"),
        (log.uncovered == events - covered.min(events), "how many events no checkpoint covers"),
        (log.head_size >= report.events, "how long the log is"),
        (log.head_size > report.events || log.head_root == report.root, "the root of the log"),
    ] {
        if !is_so {
            return Err(CheckError::LogPart(what));
        }
    }

    let figures = book.finish(&mut sheets)?;
    let of = |bytes: &[u8]| Part { bytes: bytes.len() as u64, sha256: Digest::of(bytes) };
    let mut made = BTreeMap::new();
    for (id, csv) in sheets.0 {
        let Summing { hash, bytes } = csv.finish()?;
        let sum = Part { bytes, sha256: Digest::from_bytes(hash.finalize().into()) };
        made.insert(format!("figures/{id}.csv"), sum);
    }
    for (about, figure) in &figures {
        let bytes = page::json(about, figure).map_err(|_| form("a figure has no JSON"))?;
        made.insert(format!("figures/{}.json", about.id), of(&bytes));
    }
    let html = page::render(head, &figures).map_err(|err| CheckError::Form(err.to_string()))?;
    made.insert(manifest::PAGE.to_owned(), of(html.as_bytes()));
    let unmade = manifest.files.keys().find(|name| name.starts_with("figures/") && !made.contains_key(*name));
    match unmade {
        Some(name) => Err(CheckError::Extra(name.clone())),
        None => match made.keys().find(|name| !manifest.files.contains_key(*name)) {
            Some(name) => Err(CheckError::Missing(name.clone())),
            None => Ok(made),
        },
    }
}
