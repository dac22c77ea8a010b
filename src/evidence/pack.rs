//! Makes a pack: the log goes through once, and each line is verified, kept and counted as it passes.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::Digest as _;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::carried::Carried;
use super::chart::ChartError;
use super::controls::Control;
use super::figures::{Book, Inputs, Rows};
use super::manifest::{self, Head, LogPart, Manifest, Part};
use super::page;
use super::period::Period;
use super::seen::{Seen, SeenError};
use super::table::Csv;
use crate::audit::{Chain, Checkpoint, Fault, Verifier, VerifyKey, What, export};
use crate::domain::{Digest, Time};

/// The program's name and version, as manifests have it.
pub const TOOL: &str = concat!("jit ", env!("CARGO_PKG_VERSION"));

/// Somewhere to put records until they are packed.
pub trait Temporary: Read + Write + Seek + Send {}
impl<T: Read + Write + Seek + Send> Temporary for T {}

/// Makes such places, empty ones.
pub type Spill = Box<dyn FnMut() -> io::Result<Box<dyn Temporary>> + Send>;

/// Why no pack was made.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("the log does not verify: {0}")]
    Fault(#[from] Fault),
    #[error("event {seq} cannot be read: {source}")]
    Event { seq: u64, source: SeenError },
    #[error("the pack cannot be written")]
    Io(#[from] io::Error),
    #[error("the pack cannot be written")]
    Zip(#[from] zip::result::ZipError),
    #[error("a figure cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Chart(#[from] ChartError),
}

/// What a pack is to be about.
pub struct Order {
    pub period: Period,
    /// Empty for all.
    pub controls: Vec<Control>,
    pub inputs: Inputs,
    /// Of the log, for its checkpoints.
    pub key: VerifyKey,
    /// Whether somebody will sign the manifest.
    pub signed: bool,
    pub made: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Before,
    In,
    /// Up to the checkpoint that covers the period's last event.
    Behind,
    After,
}

/// A pack in the making.
pub struct Pack<W: Write + Seek> {
    out: Out<W>,
    order: Order,
    sheets: Sheets,
    verifier: Verifier,
    carried: Carried,
    book: Book,
    phase: Phase,
    log: LogPart,
    /// The size of the last checkpoint in `log.jsonl`.
    covered: u64,
    hash: sha2::Sha256,
    bytes: u64,
}

/// A pack that lacks its signature only.
pub struct Unsigned<W: Write + Seek> {
    out: Out<W>,
    pub manifest: Manifest,
    /// Of `manifest.json`.
    pub digest: Digest,
}

/// The zip file, and what is in it already.
struct Out<W: Write + Seek> {
    zip: ZipWriter<W>,
    files: BTreeMap<String, Part>,
}

impl<W: Write + Seek> Out<W> {
    fn start(&mut self, name: &str) -> Result<(), PackError> {
        // The log may have more than 4 GiB. No times of files: one log gives one pack.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(if name == manifest::LOG { 1 } else { 6 }))
            .large_file(true);
        Ok(self.zip.start_file(name, options)?)
    }

    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), PackError> {
        self.start(name)?;
        self.zip.write_all(bytes)?;
        self.note(name, bytes.len() as u64, Digest::of(bytes));
        Ok(())
    }

    fn copy(&mut self, name: &str, mut from: impl Read) -> Result<(), PackError> {
        self.start(name)?;
        let (mut hash, mut bytes, mut buffer) = (sha2::Sha256::new(), 0, vec![0; 1 << 16]);
        loop {
            let read = from.read(&mut buffer)?;
            let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
            hash.update(part);
            bytes += part.len() as u64;
            self.zip.write_all(part)?;
        }
        self.note(name, bytes, Digest::from_bytes(hash.finalize().into()));
        Ok(())
    }

    fn note(&mut self, name: &str, bytes: u64, sha256: Digest) {
        self.files.insert(name.to_owned(), Part { bytes, sha256 });
    }
}

/// A CSV file for each figure.
struct Sheets(BTreeMap<&'static str, Csv<BufWriter<Box<dyn Temporary>>>>);

impl Rows for Sheets {
    fn row(&mut self, figure: &'static str, cells: &[&str]) -> io::Result<()> {
        self.0.get_mut(figure).map_or(Ok(()), |csv| csv.row(cells))
    }
}

impl<W: Write + Seek> Pack<W> {
    pub fn new(out: W, mut spill: Spill, order: Order) -> Result<Self, PackError> {
        let book = Book::new(order.period, &order.controls, &order.inputs);
        let mut sheets = BTreeMap::new();
        for about in book.abouts() {
            sheets.insert(about.id, Csv::new(BufWriter::new(spill()?), about.columns)?);
        }
        let log = LogPart {
            first: 0,
            events: 0,
            behind: 0,
            carried: 0,
            uncovered: 0,
            checkpoints: 0,
            chain: String::new(),
            head_size: 0,
            head_root: Digest::of(b""),
        };
        Ok(Self {
            out: Out { zip: ZipWriter::new(out), files: BTreeMap::new() },
            order,
            sheets: Sheets(sheets),
            verifier: Verifier::new(),
            carried: Carried::default(),
            book,
            phase: Phase::Before,
            log,
            covered: 0,
            hash: sha2::Sha256::new(),
            bytes: 0,
        })
    }

    /// The next event's canonical line. Each event of the log has to come, from its first.
    pub fn event(&mut self, line: &str) -> Result<(), PackError> {
        let chain = (self.phase == Phase::Before).then(|| self.verifier.chain().clone());
        let seq = self.verifier.size();
        self.verifier.push(line)?;
        if self.phase == Phase::After {
            return Ok(());
        }
        let event = Seen::parse(line).map_err(|source| PackError::Event { seq, source })?;
        if self.phase == Phase::Before {
            if event.at < self.order.period.from {
                self.carried.take(&event, line);
                return Ok(());
            }
            self.begin(&chain.unwrap_or_default())?;
        }
        if self.phase == Phase::In && event.at >= self.order.period.to {
            self.phase =
                if self.covered == seq || self.log.events == 0 { Phase::After } else { Phase::Behind };
            if self.phase == Phase::After {
                return Ok(());
            }
        }
        self.log.behind += u64::from(self.phase == Phase::Behind);
        self.log.events += 1;
        self.line(line)?;
        Ok(self.book.see(&event, &mut self.sheets)?)
    }

    /// A checkpoint's note, behind the last event that it covers.
    pub fn checkpoint(&mut self, note: &str) -> Result<(), PackError> {
        let seq = self.verifier.size();
        let checkpoint = Checkpoint::parse_and_verify(note, &self.order.key)
            .map_err(|why| Fault { seq, what: What::BadCheckpoint(why.to_string()) })?;
        self.verifier.checkpoint(checkpoint)?;
        if matches!(self.phase, Phase::In | Phase::Behind)
            && checkpoint.size == seq
            && checkpoint.size > self.log.first
        {
            let line = export::checkpoint_line(note)?;
            self.line(&line)?;
            self.log.checkpoints += 1;
            self.covered = checkpoint.size;
            if self.phase == Phase::Behind {
                self.phase = Phase::After;
            }
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        for part in [line.as_bytes(), b"\n"] {
            self.hash.update(part);
            self.bytes += part.len() as u64;
            self.out.zip.write_all(part)?;
        }
        Ok(())
    }

    /// The period begins: what is carried into it is known.
    fn begin(&mut self, chain: &Chain) -> Result<(), PackError> {
        let mut carried = Vec::new();
        for (seq, line) in std::mem::take(&mut self.carried).lines() {
            let event = Seen::parse(&line).map_err(|source| PackError::Event { seq, source })?;
            self.book.carry(&event);
            self.log.carried += 1;
            carried.extend_from_slice(line.as_bytes());
            carried.push(b'\n');
        }
        self.out.put(manifest::CARRIED, &carried)?;
        self.log.first = chain.size();
        self.covered = chain.size();
        self.log.chain = BASE64.encode(chain.to_bytes());
        self.out.start(manifest::LOG)?;
        self.phase = Phase::In;
        Ok(())
    }

    /// The log ends here.
    pub fn finish(mut self) -> Result<Unsigned<W>, PackError> {
        if self.phase == Phase::Before {
            let chain = self.verifier.chain().clone();
            self.begin(&chain)?;
        }
        let report = self.verifier.finish()?;
        (self.log.head_size, self.log.head_root) = (report.events, report.root);
        self.log.uncovered = self.log.events - (self.covered - self.log.first).min(self.log.events);
        self.out.note(manifest::LOG, self.bytes, Digest::from_bytes(self.hash.finalize().into()));

        let figures = self.book.finish(&mut self.sheets)?;
        for (id, csv) in self.sheets.0 {
            let mut file = csv.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.seek(SeekFrom::Start(0))?;
            self.out.copy(&format!("figures/{id}.csv"), file)?;
        }
        for (about, figure) in &figures {
            self.out.put(&format!("figures/{}.json", about.id), &page::json(about, figure)?)?;
        }
        self.out.put(manifest::INPUTS, &serde_json::to_vec_pretty(&self.order.inputs)?)?;
        let Order { period, controls, key, signed, made, .. } = self.order;
        let head = Head {
            tool: TOOL.to_owned(),
            made,
            period,
            controls: controls.iter().map(|control| control.number.to_owned()).collect(),
            signed,
            key: key.to_string(),
            log: self.log,
        };
        self.out.put(manifest::PAGE, page::render(&head, &figures)?.as_bytes())?;
        let files = std::mem::take(&mut self.out.files);
        let manifest = Manifest {
            schema: "jit/v1".to_owned(),
            kind: "evidence".to_owned(),
            format: manifest::FORMAT,
            head,
            files,
        };
        let bytes = serde_json::to_vec_pretty(&manifest)?;
        self.out.put(manifest::MANIFEST, &bytes)?;
        Ok(Unsigned { out: self.out, manifest, digest: Digest::of(&bytes) })
    }
}

impl<W: Write + Seek> Unsigned<W> {
    /// With the signed note where the order said that there will be one.
    pub fn finish(mut self, note: Option<&str>) -> Result<W, PackError> {
        if let Some(note) = note {
            self.out.put(manifest::SIGNATURE, note.as_bytes())?;
        }
        Ok(self.out.zip.finish()?)
    }
}
