//! `jit audit`

mod export;

use std::io::{BufReader, Read};
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::api::{Checkpoints, Code, EventQuery, Events};
use crate::audit::{Checkpoint, Event, Fault, Report, Verifier, VerifyKey, export as exported};
use crate::cli::error::CliError;
use crate::cli::output::{Document, Lines, Page, Style, Text, stamp};
use crate::cli::session::{self, Session};
use crate::domain::{IdPrefix, Name, Span, Time};
use crate::ops::Backend;

use super::Outcome;

/// Events of one page.
const PAGE: usize = 5_000;
/// Between two looks of `--follow`.
const EVERY: Duration = Duration::from_secs(1);

/// The log of every step and every refusal, and the proof that it is complete
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Log(Log),
    Verify(Verify),
    Export(export::Export),
}

/// Read the log, the oldest first
#[derive(Debug, clap::Args)]
struct Log {
    /// Only of that request
    #[arg(long, value_name = "ID")]
    request: Option<IdPrefix>,

    /// Only what that user did
    #[arg(long, value_name = "NAME")]
    actor: Option<Name>,

    /// Only of that kind, such as `request.filed`, or all of `request`
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,

    /// Only from then on: a time, or how long ago, such as 2h
    #[arg(long, value_name = "TIME|DURATION", value_parser = since)]
    since: Option<Since>,

    /// Only the last that many
    #[arg(long, value_name = "N")]
    tail: Option<u64>,

    /// Stay and print what comes, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
}

/// Prove that no event was edited, inserted, deleted or reordered, and that none is cut off behind a checkpoint
///
/// Without a FILE, of the log in use. Exit code 1 names the first bad event.
#[derive(Debug, clap::Args)]
struct Verify {
    /// An export, or `-` for stdin; with --key, nothing else is needed
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// The log's public key; left out, the one that the server shows, which proves less
    #[arg(long, value_name = "VKEY")]
    key: Option<VerifyKey>,
}

/// The beginning of a period.
#[derive(Debug, Clone, Copy)]
pub(super) enum Since {
    Ago(Span),
    At(Time),
}

impl Since {
    pub(super) fn at(self) -> Time {
        match self {
            Self::Ago(ago) => session::now().minus(ago),
            Self::At(at) => at,
        }
    }
}

pub(super) fn since(text: &str) -> Result<Since, String> {
    match (text.parse(), text.parse()) {
        (Ok(ago), _) => Ok(Since::Ago(ago)),
        (_, Ok(at)) => Ok(Since::At(at)),
        (Err(_), Err(_)) => {
            Err("a time such as 2026-11-21T18:05:00Z, or how long ago, such as 2h".to_owned())
        }
    }
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    match args.action {
        Action::Log(args) => log(session, args).await,
        Action::Verify(args) => verify(session, args).await,
        Action::Export(args) => export::run(session, args).await,
    }
}

#[derive(Debug, Serialize)]
pub(super) struct EventList {
    pub(super) events: Vec<Box<RawValue>>,
}

/// One event for `-o ndjson`.
#[derive(Serialize)]
struct Line<'a> {
    event: &'a RawValue,
}

impl Document for EventList {
    const KIND: &'static str = "audit-events";

    fn human(&self, page: &mut Page) {
        for event in &self.events {
            let text = serde_json::from_str::<Event>(event.get()).map_or_else(
                // A newer server's event is shown as it is, rather than not at all.
                |_| event.get().to_owned(),
                |event| describe(&event, page),
            );
            page.line(text);
        }
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.events.iter().try_for_each(|event| lines.push("audit-event", &Line { event }))
    }
}

fn describe(event: &Event, page: &Page) -> String {
    let Event { seq, event: draft, .. } = event;
    // What nobody did, jit did by itself: a time was up, a last vote was in.
    let actor = draft.actor.as_ref().map_or_else(|| "jit".to_owned(), ToString::to_string);
    let mut text = format!("{seq:>6}  {}  {:<20}  {actor:<10}", stamp(draft.at, page.zone), draft.kind);
    let mut more = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            text += &format!("  {name}={value}");
        }
    };
    more("request", draft.request.map(|id| id.to_string()));
    more("role", draft.role.as_ref().map(ToString::to_string));
    more("on", draft.resource.as_ref().map(ToString::to_string));
    more("from", draft.from.clone());
    for (name, value) in &draft.data {
        more(name, Some(if page.wide { value.clone() } else { shorter(value) }));
    }
    more("why", (!draft.why.is_empty()).then(|| draft.why.join("; ")));
    text
}

/// A digest is told apart by its beginning.
fn shorter(value: &str) -> String {
    match value.get(..12) {
        Some(start) if value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit()) => {
            format!("{start}…")
        }
        _ => value.to_owned(),
    }
}

async fn log(session: &Session, args: Log) -> Outcome {
    let since = args.since.map(Since::at);
    let request = args.request.map(|id| id.to_string());
    let mut query =
        EventQuery { request, actor: args.actor, kind: args.kind, since, ..EventQuery::default() };
    query.limit = Some(PAGE);
    query.tail = args.tail;
    let backend = session.backend().await?;
    // One document needs all of it; anything else is printed as it comes.
    let mut whole = (session.out.format == crate::cli::output::Format::Json && !args.follow)
        .then(|| EventList { events: Vec::new() });
    loop {
        let page = match backend.events(&query).await {
            Err(problem) if problem.retryable && args.follow => {
                session.out.warn(&format!("{problem}; trying again"));
                tokio::time::sleep(EVERY).await;
                continue;
            }
            page => page?,
        };
        let (from_seq, end) = (page.next_seq, page.end);
        match &mut whole {
            Some(whole) => whole.events.extend(page.events),
            None => session.out.stream(&EventList { events: page.events })?,
        }
        query = EventQuery { from_seq, tail: None, ..query };
        match (end, args.follow) {
            (true, true) => tokio::time::sleep(EVERY).await,
            (true, false) => break,
            (false, _) => {}
        }
    }
    whole.map_or(Ok(()), |whole| session.out.document(&whole))
}

#[derive(Debug, Serialize)]
struct Verification {
    ok: bool,
    key: String,
    /// `given` proves the most: a server that lies about its log lies about its key, too.
    key_from: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoints: Option<u64>,
    /// How many events the last checkpoint covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    anchored: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultShown>,
}

#[derive(Debug, Serialize)]
struct FaultShown {
    seq: u64,
    message: String,
}

impl Document for Verification {
    const KIND: &'static str = "audit-verification";

    fn human(&self, page: &mut Page) {
        // A fault is the error's to say: once, on stderr.
        if let (Some(events), Some(checkpoints), Some(anchored)) =
            (self.events, self.checkpoints, self.anchored)
        {
            let text = format!(
                "{events} events are whole and in order; {checkpoints} checkpoints match, the last of {anchored} events"
            );
            page.styled(&Text::new(text).style(Style::Good));
            page.field_if("root", self.root.as_ref());
        }
        page.field("key", &Text::new(format_args!("{} ({})", self.key, self.key_from)));
    }
}

async fn verify(session: &Session, args: Verify) -> Outcome {
    let (key, key_from, checkpoints) = match (args.key, &args.file) {
        (Some(key), Some(_)) => (key, "given", None),
        (Some(key), None) => (key, "given", Some(session.backend().await?.checkpoints().await?)),
        (None, _) => {
            let checkpoints = session.backend().await?.checkpoints().await?;
            let key = checkpoints.key.parse();
            let key = key.map_err(|err| CliError::failure("the server shows no key of its log", &err))?;
            (key, "shown by the server", Some(checkpoints))
        }
    };
    let result = match (&args.file, checkpoints) {
        (Some(file), _) => {
            let input: Box<dyn Read> = if file.as_os_str() == "-" {
                Box::new(std::io::stdin().lock())
            } else {
                let opened = std::fs::File::open(file);
                Box::new(opened.map_err(|err| CliError::failure("the export cannot be opened", &err))?)
            };
            match exported::verify(BufReader::new(input), Verifier::new(), &key) {
                Ok(report) => Ok(report),
                Err(exported::ExportError::Fault(fault)) => Err(fault),
                Err(exported::ExportError::Io(err)) => {
                    return Err(CliError::failure("the export cannot be read", &err));
                }
            }
        }
        (None, Some(checkpoints)) => verify_here(session.backend().await?, &checkpoints, &key).await?,
        (None, None) => return Err(CliError::usage("FILE is missing")),
    };
    let verification = Verification::new(&result, &key, key_from);
    session.out.document(&verification)?;
    match result {
        Ok(_) => Ok(()),
        Err(fault) => {
            Err(CliError::new(Code::Failure, "the log does not verify").reasons(vec![fault.to_string()]))
        }
    }
}

impl Verification {
    fn new(result: &Result<Report, Fault>, key: &VerifyKey, key_from: &'static str) -> Self {
        let report = result.as_ref().ok();
        Self {
            ok: report.is_some(),
            key: key.to_string(),
            key_from,
            events: report.map(|report| report.events),
            root: report.map(|report| report.root.to_string()),
            checkpoints: report.map(|report| report.checkpoints),
            anchored: report.map(|report| report.anchored),
            fault: result
                .as_ref()
                .err()
                .map(|fault| FaultShown { seq: fault.seq, message: fault.to_string() }),
        }
    }
}

/// The log in use, page by page. Its checkpoints are expected beforehand, so that a cut tail is found.
async fn verify_here(
    backend: &dyn Backend,
    checkpoints: &Checkpoints,
    key: &VerifyKey,
) -> Result<Result<Report, Fault>, CliError> {
    let mut verifier = Verifier::new();
    for (_, checkpoint) in parse(checkpoints, key)? {
        if let Err(fault) = verifier.checkpoint(checkpoint) {
            return Ok(Err(fault));
        }
    }
    let mut from_seq = 0;
    loop {
        let Events { events, next_seq, end } = page(backend, from_seq).await?;
        for event in &events {
            if let Err(fault) = verifier.push(event.get()) {
                return Ok(Err(fault));
            }
        }
        from_seq = next_seq;
        if end {
            return Ok(verifier.finish());
        }
    }
}

async fn page(backend: &dyn Backend, from_seq: u64) -> Result<Events, CliError> {
    let query = EventQuery { from_seq, limit: Some(PAGE), ..EventQuery::default() };
    Ok(backend.events(&query).await?)
}

/// Every checkpoint with its note, in order of size.
fn parse<'a>(checkpoints: &'a Checkpoints, key: &VerifyKey) -> Result<Vec<(&'a str, Checkpoint)>, CliError> {
    let mut parsed = Vec::new();
    for note in &checkpoints.notes {
        let checkpoint = Checkpoint::parse_and_verify(note, key)
            .map_err(|err| CliError::failure("a checkpoint of the log does not verify", &err))?;
        parsed.push((note.as_str(), checkpoint));
    }
    parsed.sort_by_key(|(_, checkpoint)| checkpoint.size);
    Ok(parsed)
}
