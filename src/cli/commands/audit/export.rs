//! `jit audit export`

use std::path::PathBuf;

use serde::Serialize;

use crate::audit::{Event, VerifyKey, export, siem};
use crate::cli::commands::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Text};
use crate::cli::session::Session;
use crate::ops::Backend;

use super::{page, parse};

/// Write the whole log with its checkpoints, one JSON line each, for `jit audit verify`
///
/// Other formats are for other systems: one line an event, without checkpoints. They cannot be verified, but name
/// each event's number and the hash of the one before it, by which it is found in an export that can.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// How to write an event
    #[arg(long, value_name = "FORMAT", default_value = "jit")]
    format: Form,

    /// A new file, closed to others, instead of stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// jit's own, which can be verified
    Jit,
    /// RFC 5424, everything in structured data
    Syslog,
    /// Common Event Format
    Cef,
    /// Elastic Common Schema 9.4, JSON
    Ecs,
    /// Open Cybersecurity Schema Framework 1.8, JSON
    Ocsf,
    /// Comma-separated; no cell is a formula
    Csv,
}

impl Form {
    /// `None` for jit's own.
    fn siem(self) -> Option<siem::Format> {
        match self {
            Self::Jit => None,
            Self::Syslog => Some(siem::Format::Syslog),
            Self::Cef => Some(siem::Format::Cef),
            Self::Ecs => Some(siem::Format::Ecs),
            Self::Ocsf => Some(siem::Format::Ocsf),
            Self::Csv => Some(siem::Format::Csv),
        }
    }
}

#[derive(Debug, Serialize)]
struct Exported {
    path: String,
    events: u64,
    /// Of jit's own format.
    #[serde(flatten)]
    proof: Option<Proof>,
}

#[derive(Debug, Serialize)]
struct Proof {
    checkpoints: usize,
    key: String,
}

impl Document for Exported {
    const KIND: &'static str = "audit-export";

    fn human(&self, page: &mut Page) {
        page.field("file", &Text::new(&self.path));
        page.field("events", &Text::new(self.events));
        if let Some(Proof { checkpoints, key }) = &self.proof {
            page.field("checkpoints", &Text::new(checkpoints));
            page.field("key", &Text::new(key));
            page.field("verify", &Text::new(format_args!("jit audit verify {} --key {key}", self.path)));
        }
    }
}

pub(super) async fn run(session: &Session, args: Export) -> Outcome {
    let backend = session.backend().await?;
    let mut sink = match args.out {
        Some(path) => Sink::File { file: NewFile::create(&path)?, path },
        None => Sink::Stdout(session),
    };
    let (events, proof) = match args.format.siem() {
        Some(format) => (write_for_others(backend, format, &mut sink).await?, None),
        None => {
            let (events, proof) = write_provable(backend, &mut sink).await?;
            (events, Some(proof))
        }
    };
    match sink {
        Sink::File { file, path } => {
            file.finish()?;
            let path = path.to_string_lossy().into_owned();
            session.out.document(&Exported { path, events, proof })
        }
        Sink::Stdout(_) => Ok(()),
    }
}

async fn write_provable(backend: &dyn Backend, sink: &mut Sink<'_>) -> Result<(u64, Proof), CliError> {
    let checkpoints = backend.checkpoints().await?;
    let key: VerifyKey = checkpoints
        .key
        .parse()
        .map_err(|err| CliError::failure("the server shows no key of its log", &err))?;
    let parsed = parse(&checkpoints, &key)?;
    let mut waiting = parsed.iter().peekable();
    let (mut from_seq, mut events) = (0, 0u64);
    loop {
        let page = page(backend, from_seq).await?;
        let mut text = Vec::new();
        for event in &page.events {
            export::write_event(&mut text, event.get()).map_err(CliError::stdout)?;
            events += 1;
            while let Some((note, _)) = waiting.next_if(|(_, checkpoint)| checkpoint.size <= events) {
                export::write_checkpoint(&mut text, note).map_err(CliError::stdout)?;
            }
        }
        sink.write(&text)?;
        from_seq = page.next_seq;
        if page.end {
            return Ok((events, Proof { checkpoints: parsed.len(), key: key.to_string() }));
        }
    }
}

async fn write_for_others(
    backend: &dyn Backend,
    format: siem::Format,
    sink: &mut Sink<'_>,
) -> Result<u64, CliError> {
    let mut text = siem::header(format).map_or_else(String::new, |header| format!("{header}\n"));
    let (mut from_seq, mut events) = (0, 0u64);
    loop {
        let page = page(backend, from_seq).await?;
        for event in &page.events {
            let event: Event = serde_json::from_str(event.get()).map_err(|err| {
                CliError::failure(format!("event {events} is of a form that this jit does not know"), &err)
                    .hint("use a jit as new as the server, or `--format jit`")
            })?;
            // Whose machine it was is not in the log, and this one may be another.
            text.push_str(&siem::line(format, &event, None));
            text.push('\n');
            events += 1;
        }
        sink.write(text.as_bytes())?;
        text.clear();
        from_seq = page.next_seq;
        if page.end {
            return Ok(events);
        }
    }
}

/// Where an export goes.
enum Sink<'a> {
    Stdout(&'a Session),
    File { file: NewFile, path: PathBuf },
}

impl Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> Outcome {
        match self {
            Self::Stdout(session) => session.out.raw(bytes),
            Self::File { file, .. } => file.write(bytes),
        }
    }
}

/// A file that was not there before: an export never replaces another one.
struct NewFile(std::fs::File);

impl NewFile {
    fn create(path: &std::path::Path) -> Result<Self, CliError> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        file.map(Self).map_err(|err| CliError::failure("the file cannot be made", &err))
    }

    fn write(&mut self, bytes: &[u8]) -> Outcome {
        std::io::Write::write_all(&mut self.0, bytes)
            .map_err(|err| CliError::failure("the export cannot be written", &err))
    }

    fn finish(self) -> Outcome {
        self.0.sync_all().map_err(|err| CliError::failure("the export cannot be written", &err))
    }
}
