//! The export form of a log: one line an event, its canonical bytes; one line a checkpoint, behind the
//! last event that it covers. Lines end with `\n`.

use std::collections::VecDeque;
use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

use super::chain::LONGEST_EVENT;
use super::checkpoint::{Checkpoint, VerifyKey};
use super::verify::{Fault, Report, Verifier, What};

/// A checkpoint's line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointLine {
    schema: String,
    kind: String,
    note: String,
}

const CHECKPOINT: &str = r#"{"schema":"jit/v1","kind":"checkpoint","note":""#;

/// Why an export could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("the export cannot be read")]
    Io(#[from] io::Error),
}

/// Writes an event: its canonical bytes, as they are.
pub fn write_event(out: &mut impl Write, bytes: &str) -> io::Result<()> {
    out.write_all(bytes.as_bytes())?;
    out.write_all(b"\n")
}

/// Writes a checkpoint. It belongs behind the last event that it covers.
pub fn write_checkpoint(out: &mut impl Write, note: &str) -> io::Result<()> {
    out.write_all(checkpoint_line(note)?.as_bytes())?;
    out.write_all(b"\n")
}

/// Writes a log with its checkpoints, each in its place.
#[derive(Debug)]
pub struct Export<W> {
    out: W,
    events: u64,
    checkpoints: VecDeque<(u64, String)>,
}

impl<W: Write> Export<W> {
    /// `checkpoints` as a store keeps them: the size and the note of each, the smallest size first.
    pub fn new(out: W, checkpoints: impl IntoIterator<Item = (u64, String)>) -> Self {
        Self { out, events: 0, checkpoints: checkpoints.into_iter().collect() }
    }

    /// The next event's canonical bytes.
    pub fn event(&mut self, bytes: &str) -> io::Result<()> {
        self.checkpoints_up_to(self.events)?;
        self.events += 1;
        write_event(&mut self.out, bytes)
    }

    /// The log ends here. Checkpoints of a log that was longer are written too: they are what shows
    /// that it was.
    pub fn finish(mut self) -> io::Result<W> {
        self.checkpoints_up_to(u64::MAX)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn checkpoints_up_to(&mut self, size: u64) -> io::Result<()> {
        while let Some((_, note)) = self.checkpoints.pop_front_if(|(of, _)| *of <= size) {
            write_checkpoint(&mut self.out, &note)?;
        }
        Ok(())
    }
}

fn checkpoint_line(note: &str) -> Result<String, serde_json::Error> {
    serde_json::to_string(&CheckpointLine {
        schema: "jit/v1".to_owned(),
        kind: "checkpoint".to_owned(),
        note: note.to_owned(),
    })
}

/// Verifies an export, in memory for one line. Checkpoints that were kept elsewhere can be expected
/// of the `verifier` beforehand; with a new one, only those in the export count.
pub fn verify(
    mut input: impl BufRead,
    mut verifier: Verifier,
    key: &VerifyKey,
) -> Result<Report, ExportError> {
    let mut buffer = Vec::new();
    // One byte more than an event's line may have, so that a longer one is seen to be longer.
    let longest = LONGEST_EVENT as u64 + 2;
    loop {
        buffer.clear();
        if io::Read::take(&mut input, longest).read_until(b'\n', &mut buffer)? == 0 {
            return Ok(verifier.finish()?);
        }
        let line = buffer.strip_suffix(b"\n").unwrap_or(&buffer);
        if line.len() > LONGEST_EVENT {
            return Err(unknown(verifier, "its line is too long").into());
        }
        let Ok(line) = std::str::from_utf8(line) else {
            return Err(unknown(verifier, "it is not UTF-8").into());
        };
        if line.starts_with(CHECKPOINT) {
            let checkpoint = read_checkpoint(line, key)
                .map_err(|why| Fault { seq: verifier.size(), what: What::BadCheckpoint(why) })?;
            verifier.checkpoint(checkpoint)?;
        } else {
            verifier.push(line)?;
        }
    }
}

/// What is already suspected comes first.
fn unknown(verifier: Verifier, why: &'static str) -> Fault {
    let fault = Fault { seq: verifier.size(), what: What::UnknownForm(why) };
    match verifier.finish() {
        Err(earlier) if !matches!(earlier.what, What::Truncated { .. }) => earlier,
        _ => fault,
    }
}

fn read_checkpoint(line: &str, key: &VerifyKey) -> Result<Checkpoint, String> {
    let read: CheckpointLine = serde_json::from_str(line).map_err(|_| "it is no JSON".to_owned())?;
    // One form only, as for events: another spelling of the same is a change that somebody made.
    if checkpoint_line(&read.note).ok().as_deref() != Some(line) {
        return Err("it is not in its canonical form".to_owned());
    }
    Checkpoint::parse_and_verify(&read.note, key).map_err(|error| error.to_string())
}
