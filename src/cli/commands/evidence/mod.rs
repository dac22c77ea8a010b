//! `jit evidence`

mod could;
mod verify;

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::api::{Code, EventQuery, Events, SignEvidence};
use crate::audit::export::{self, Lines};
use crate::audit::{About, Checkpoint, Statement, VerifyKey};
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Style, Text};
use crate::cli::session::{self, Session};
use crate::evidence::pack::{Order, Pack, PackError, Spill, Unsigned};
use crate::evidence::period::Moment;
use crate::evidence::{Control, Inputs, Period};
use crate::files::Scratch;
use crate::ops::Backend;

use super::Outcome;

/// Events of one page.
const PAGE: usize = 5_000;

/// What an ISO/IEC 27001 auditor asks of access, as one file that proves itself
///
/// The file has a page to read and print, the records and numbers behind each figure, the part of the log that
/// they were computed from, and a manifest signed by the log's key.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,

    #[command(flatten)]
    make: Make,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Verify(verify::Args),
}

#[derive(Debug, clap::Args)]
struct Make {
    /// The first day, such as 2026-01-01, or a time; days are of UTC
    #[arg(long, value_name = "DATE|TIME", required = true)]
    from: Option<Moment>,

    /// The last day, which is in it, or the time at which it ends
    #[arg(long, value_name = "DATE|TIME", required = true)]
    to: Option<Moment>,

    /// Only the figures about this control of Annex A, such as A.5.18; several: about any of them
    #[arg(long, value_name = "CONTROL")]
    control: Vec<Control>,

    /// From an export of the log instead of the server: the manifest is then not signed
    #[arg(long, value_name = "FILE", requires = "key")]
    export: Option<PathBuf>,

    /// The log's public key, for the checkpoints in the export
    #[arg(long, value_name = "VKEY", requires = "export")]
    key: Option<VerifyKey>,

    /// Who could hold which role is told by this policy folder; left out, by the server, for those in its directory
    #[arg(long, value_name = "DIR")]
    policy: Option<PathBuf>,

    /// A new file, closed to others
    #[arg(long, value_name = "FILE", required = true)]
    out: Option<PathBuf>,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    match args.action {
        Some(Action::Verify(args)) => verify::run(session, &args),
        None => make(session, args.make).await,
    }
}

#[derive(Debug, Serialize)]
struct Made {
    path: String,
    period: Period,
    signed: bool,
    events: u64,
    carried: u64,
    checkpoints: u64,
    /// Events behind the last checkpoint in the file.
    uncovered: u64,
    files: usize,
    digest: String,
    key: String,
}

impl Document for Made {
    const KIND: &'static str = "evidence";

    fn human(&self, page: &mut Page) {
        page.field("file", &Text::new(&self.path));
        page.field("period", &Text::new(self.period));
        page.field("events", &Text::new(self.events));
        page.field("carried", &Text::new(format_args!("{} from before the period", self.carried)));
        page.field("checkpoints", &Text::new(self.checkpoints));
        if self.uncovered > 0 {
            let text = format!("{} events behind the last checkpoint", self.uncovered);
            page.field("uncovered", &Text::new(text).style(Style::Waiting));
        }
        let signed = match self.signed {
            true => Text::new("by the log's key"),
            false => Text::new("no: made from an export").style(Style::Waiting),
        };
        page.field("signed", &signed);
        page.field("key", &Text::new(&self.key));
        let unsigned = if self.signed { "" } else { " --unsigned" };
        let verify = format!("jit evidence verify {} --key {}{unsigned}", self.path, self.key);
        page.field("verify", &Text::new(verify));
    }
}

async fn make(session: &Session, args: Make) -> Outcome {
    let (Some(from), Some(to), Some(out)) = (args.from, args.to, args.out) else {
        return Err(CliError::usage("--from, --to and --out are needed"));
    };
    let period = Period::new(from, to).map_err(|err| CliError::usage(err.to_string()))?;
    let from_folder = args.policy.as_deref().map(could::by_folder).transpose()?;
    let file = NewFile::create(&out)?;
    let beside = match out.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir.to_owned(),
        _ => PathBuf::from("."),
    };
    // Beside the file: where the pack has room, so have its records, and a folder in memory is none.
    let scratch = Scratch::new(&[beside], ".jit-evidence")?;
    let (controls, made) = (args.control, session::now());
    let unsigned = match (args.export, args.key) {
        (Some(export), Some(key)) => {
            let inputs = Inputs { may_hold: from_folder };
            let order = Order { period, controls, inputs, key, signed: false, made };
            let pack = Pack::new(file.writer()?, spill(&scratch), order).map_err(|err| failed(&err))?;
            from_export(pack, &export)?
        }
        _ => {
            let backend = session.backend().await?;
            let checkpoints = backend.checkpoints().await?;
            let key: VerifyKey = checkpoints
                .key
                .parse()
                .map_err(|err| CliError::failure("the server shows no key of its log", &err))?;
            let notes = sorted(&checkpoints.notes, &key)?;
            let may_hold = match from_folder {
                Some(may_hold) => Some(may_hold),
                None => could::by_server(session, backend).await?,
            };
            let inputs = Inputs { may_hold };
            let order = Order { period, controls, inputs, key, signed: true, made };
            let pack = Pack::new(file.writer()?, spill(&scratch), order).map_err(|err| failed(&err))?;
            from_backend(pack, backend, &notes).await?
        }
    };
    let head = unsigned.manifest.head.clone();
    let (files, digest) = (unsigned.manifest.files.len(), unsigned.digest);
    let note = if head.signed { Some(signed(session.backend().await?, &unsigned).await?) } else { None };
    let done = unsigned.finish(note.as_deref()).map_err(|err| failed(&err))?;
    let done = done.into_inner().map_err(|err| failed(&PackError::Io(err.into_error())))?;
    file.keep(&done)?;
    session.out.document(&Made {
        path: out.to_string_lossy().into_owned(),
        period,
        signed: head.signed,
        events: head.log.events,
        carried: head.log.carried,
        checkpoints: head.log.checkpoints,
        uncovered: head.log.uncovered,
        files,
        digest: digest.to_string(),
        key: head.key,
    })
}

type Out = BufWriter<File>;

fn failed(err: &PackError) -> CliError {
    CliError::failure("no evidence was made", err)
}

fn spill(scratch: &Scratch) -> Spill {
    let (folder, mut count) = (scratch.path().to_owned(), 0u32);
    Box::new(move || {
        count += 1;
        let path = folder.join(count.to_string());
        let file = File::options().read(true).write(true).create_new(true).open(path)?;
        Ok(Box::new(file))
    })
}

/// Every note with its size, in order of size.
fn sorted(notes: &[String], key: &VerifyKey) -> Result<Vec<(u64, String)>, CliError> {
    let mut sorted = Vec::with_capacity(notes.len());
    for note in notes {
        let checkpoint = Checkpoint::parse_and_verify(note, key)
            .map_err(|err| CliError::failure("a checkpoint of the log does not verify", &err))?;
        sorted.push((checkpoint.size, note.clone()));
    }
    sorted.sort_by_key(|(size, _)| *size);
    Ok(sorted)
}

async fn from_backend(
    mut pack: Pack<Out>,
    backend: &dyn Backend,
    notes: &[(u64, String)],
) -> Result<Unsigned<Out>, CliError> {
    let mut waiting = notes.iter().peekable();
    let (mut from_seq, mut events) = (0, 0u64);
    loop {
        let query = EventQuery { from_seq, limit: Some(PAGE), ..EventQuery::default() };
        let Events { events: page, next_seq, end } = backend.events(&query).await?;
        for event in &page {
            while let Some((_, note)) = waiting.next_if(|(size, _)| *size <= events) {
                pack.checkpoint(note).map_err(|err| failed(&err))?;
            }
            pack.event(event.get()).map_err(|err| failed(&err))?;
            events += 1;
        }
        if end || (page.is_empty() && next_seq <= from_seq) {
            break;
        }
        from_seq = next_seq;
    }
    // One of a size that the log does not have tells that it was cut.
    for (_, note) in waiting {
        pack.checkpoint(note).map_err(|err| failed(&err))?;
    }
    pack.finish().map_err(|err| failed(&err))
}

fn from_export(mut pack: Pack<Out>, path: &Path) -> Result<Unsigned<Out>, CliError> {
    let cannot = |err: io::Error| CliError::failure("the export cannot be read", &err);
    let mut lines = Lines::new(BufReader::with_capacity(1 << 20, File::open(path).map_err(cannot)?));
    while let Some(line) = lines.next().map_err(cannot)? {
        let line = line.map_err(|why| {
            CliError::new(Code::Failure, "the export cannot be read").reasons(vec![why.to_owned()])
        })?;
        match export::note(line) {
            Some(note) => {
                let note = note.map_err(|why| {
                    CliError::new(Code::Failure, "a checkpoint in the export is bad").reasons(vec![why])
                })?;
                pack.checkpoint(&note).map_err(|err| failed(&err))?;
            }
            None => pack.event(line).map_err(|err| failed(&err))?,
        }
    }
    pack.finish().map_err(|err| failed(&err))
}

/// The log key's signature, checked before it goes into the file.
async fn signed(backend: &dyn Backend, unsigned: &Unsigned<Out>) -> Result<String, CliError> {
    let head = &unsigned.manifest.head;
    let Period { from, to } = head.period;
    let answer = backend.sign_evidence(&SignEvidence { digest: unsigned.digest, from, to }).await?;
    let statement = Statement { about: About::Evidence, digest: unsigned.digest, from, to };
    let key: Option<VerifyKey> = head.key.parse().ok();
    let right = key.is_some_and(|key| statement.verify(&answer.note, &key).is_ok());
    if right {
        Ok(answer.note)
    } else {
        Err(CliError::new(Code::Failure, "the server's signature is not that of its log's key")
            .hint("jit doctor"))
    }
}

/// A file that was not there before. What is not kept is removed.
struct NewFile {
    file: File,
    path: Option<PathBuf>,
}

impl NewFile {
    fn create(path: &Path) -> Result<Self, CliError> {
        use std::os::unix::fs::OpenOptionsExt;
        let file = File::options().read(true).write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|err| CliError::failure("the file cannot be made", &err))?;
        Ok(Self { file, path: Some(path.to_owned()) })
    }

    fn writer(&self) -> Result<Out, CliError> {
        let file = self.file.try_clone();
        Ok(BufWriter::new(file.map_err(|err| CliError::failure("the file cannot be written", &err))?))
    }

    fn keep(mut self, written: &File) -> Outcome {
        written.sync_all().map_err(|err| CliError::failure("the file cannot be written", &err))?;
        self.path = None;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // The failure that led here is what is told.
            let _ = std::fs::remove_file(path);
        }
    }
}
