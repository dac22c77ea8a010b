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
use crate::domain::{IdPrefix, PieceKind, Recording, Span, Time};

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
    let recordings = fetch(session, args).await?;
    if session.out.format.is_json() {
        let recordings = recordings.into_iter().map(One::of).collect();
        return session.out.document(&Played { recordings });
    }
    let at_terminal = std::io::stdout().is_terminal();
    let pace = Pace { speed: args.speed, max_pause: args.max_pause.std() };
    for parts in recordings.chunk_by(|(a, _), (b, _)| session_of(a) == session_of(b)) {
        let (of, parts): (Vec<&Piece>, Vec<&Recording>) =
            parts.iter().map(|(piece, part)| (piece, part)).unzip();
        if let (Some(piece), Some(first)) = (of.first(), parts.first()) {
            let Recording { columns, rows, start, .. } = first;
            session.out.note(&format!("recording {:.12}, {columns}x{rows}, {start}", piece.digest));
        }
        if at_terminal {
            replay::at_terminal(&parts, pace).await?;
        } else {
            session.out.raw(replay::as_text(&parts).as_bytes())?;
        }
        if parts.iter().any(|part| part.cut) {
            session.out.warn("the recording is cut: it ends in the middle of a line");
        }
    }
    Ok(())
}

/// The file that it was: the parts of a long one are called so.
fn session_of(piece: &Piece) -> (&str, crate::domain::CredentialId) {
    let name = piece.name.split_once(" part ").map_or(piece.name.as_str(), |(name, _)| name);
    (name, piece.credential)
}

async fn fetch(session: &Session, args: &Args) -> Result<Vec<(Piece, Recording)>, CliError> {
    let (backend, id) = (session.backend().await?, args.id.as_str());
    let activity = backend.activity(id).await?;
    let recordings = activity.pieces.into_iter().filter(|piece| piece.what == PieceKind::Recording);
    let wanted = |piece: &Piece| match &args.piece {
        Some(beginning) => piece.digest.to_string().starts_with(beginning.as_str()),
        None => true,
    };
    let pieces: Vec<Piece> = recordings.filter(wanted).collect();
    if pieces.is_empty() {
        return Err(CliError::new(Code::NotFound, "there is no such recording")
            .hint(format!("jit show {id} --activity tells what there is")));
    }
    if args.piece.is_some() && pieces.len() > 1 {
        return Err(CliError::new(Code::Ambiguous, "several recordings begin so")
            .hint("type more characters of the digest"));
    }
    let mut recordings = Vec::new();
    for piece in pieces {
        // One that is damaged is an error, not a recording that is left out.
        let recording = Recording::read(&backend.piece(id, &piece.digest).await?).map_err(|error| {
            CliError::failure(format!("piece {:.12} cannot be played", piece.digest), &error)
        })?;
        recordings.push((piece, recording));
    }
    recordings.sort_by(|(a, one), (b, two)| {
        (one.start, session_of(a), a.from).cmp(&(two.start, session_of(b), b.from))
    });
    Ok(recordings)
}
