//! `jit replay`

use std::io::IsTerminal as _;

use serde::Serialize;

use crate::api::{Code, Piece};
use crate::cli::complete;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Lines, Page};
use crate::cli::replay::{self, Pace};
use crate::cli::session::Session;
use crate::domain::recording::What;
use crate::domain::{CredentialId, IdPrefix, PieceKind, Recording, Span, Time};
use crate::ops::Backend;

use super::Outcome;

/// Play what a session under a grant showed
///
/// At a terminal it plays at the pace of the session; Ctrl-C ends it, and the terminal is as it was. Of what was
/// recorded only text, colours and moves of the cursor reach your terminal. Into a file or a pipe it is plain
/// text at once. Several recordings, and the parts of a long one, play one after the other.
///
/// For whom it is, and what there is, tells `jit show ID --activity`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::open())]
    id: IdPrefix,

    /// Only this one: the beginning of its digest
    #[arg(value_name = "PIECE")]
    piece: Option<String>,

    /// How many times faster, such as 2 or 0.5
    #[arg(long, value_name = "N", default_value = "1", value_parser = speed)]
    speed: f64,

    /// The longest that nothing happens
    #[arg(long, value_name = "TIME", default_value = "2s")]
    max_pause: Span,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| "a number, such as 2 or 0.5".to_owned())?;
    if (0.01..=1000.0).contains(&speed) { Ok(speed) } else { Err("a number from 0.01 to 1000".to_owned()) }
}

/// The recording, for programs.
#[derive(Debug, Serialize)]
struct Played {
    recordings: Vec<One>,
}

#[derive(Debug, Serialize)]
struct One {
    name: String,
    digest: String,
    columns: u16,
    rows: u16,
    start: Time,
    cut: bool,
    events: Vec<Event>,
}

#[derive(Debug, Serialize)]
struct Event {
    at_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resize: Option<(u16, u16)>,
}

impl Document for Played {
    const KIND: &'static str = "recordings";

    fn human(&self, _: &mut Page) {}

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.recordings.iter().try_for_each(|one| lines.push("recording", one))
    }
}

impl One {
    fn of((piece, recording): (Piece, Recording)) -> Self {
        let event = |event: crate::domain::recording::Shown| match event.what {
            What::Output(text) => Event { at_us: event.at_us, output: Some(text), resize: None },
            What::Resize(columns, rows) => {
                Event { at_us: event.at_us, output: None, resize: Some((columns, rows)) }
            }
        };
        Self {
            name: piece.name,
            digest: piece.digest.to_string(),
            columns: recording.columns,
            rows: recording.rows,
            start: recording.start,
            cut: recording.cut,
            events: recording.events.into_iter().map(event).collect(),
        }
    }
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let backend = session.backend().await?;
    let sessions = find(backend, args).await?;
    if session.out.format.is_json() {
        let mut recordings = Vec::new();
        for piece in sessions.into_iter().flatten() {
            let recording = read(backend, args, &piece).await?;
            recordings.push(One::of((piece, recording)));
        }
        return session.out.document(&Played { recordings });
    }
    let pace = std::io::stdout()
        .is_terminal()
        .then_some(Pace { speed: args.speed, max_pause: args.max_pause.std() });
    for pieces in sessions {
        let mut parts = Vec::new();
        for piece in &pieces {
            parts.push(read(backend, args, piece).await?);
        }
        if let (Some(piece), Some(first)) = (pieces.first(), parts.first()) {
            let Recording { columns, rows, start, .. } = first;
            session.out.note(&format!("recording {:.12}, {columns}x{rows}, {start}", piece.digest));
        }
        match pace {
            Some(pace) => replay::at_terminal(&parts, pace).await?,
            None => session.out.raw(replay::as_text(&parts).as_bytes())?,
        }
        if parts.iter().any(|part| part.cut) {
            session.out.warn("the recording is cut: it ends in the middle of a line");
        }
    }
    Ok(())
}

/// One that is damaged is an error, not a recording that is left out.
async fn read(backend: &dyn Backend, args: &Args, piece: &Piece) -> Result<Recording, CliError> {
    let bytes = backend.piece(args.id.as_str(), &piece.digest).await?;
    Recording::read(&bytes)
        .map_err(|error| CliError::failure(format!("piece {:.12} cannot be played", piece.digest), &error))
}

/// The recordings that were asked for, session by session, each with its parts in their order.
async fn find(backend: &dyn Backend, args: &Args) -> Result<Vec<Vec<Piece>>, CliError> {
    let id = args.id.as_str();
    let wanted = |piece: &Piece| match &args.piece {
        Some(beginning) => piece.digest.to_string().starts_with(beginning.as_str()),
        None => true,
    };
    let mut found: Vec<Vec<Piece>> = Vec::new();
    let pieces = backend.activity(id).await?.pieces.into_iter();
    for piece in pieces.filter(|piece| piece.what == PieceKind::Recording && wanted(piece)) {
        let same =
            |parts: &&mut Vec<Piece>| parts.first().is_some_and(|one| session_of(one) == session_of(&piece));
        match found.iter_mut().find(same) {
            Some(parts) => parts.push(piece),
            None => found.push(vec![piece]),
        }
    }
    if found.is_empty() {
        return Err(CliError::new(Code::NotFound, "there is no such recording")
            .hint(format!("jit show {id} --activity tells what there is")));
    }
    if args.piece.is_some() && found.iter().flatten().count() > 1 {
        return Err(CliError::new(Code::Ambiguous, "several recordings begin so")
            .hint("type more characters of the digest"));
    }
    Ok(found)
}

/// The file that it was: the parts of a long one are called so.
fn session_of(piece: &Piece) -> (&str, CredentialId) {
    let name = piece.name.split_once(" part ").map_or(piece.name.as_str(), |(name, _)| name);
    (name, piece.credential)
}
