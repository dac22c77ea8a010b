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

/// The line of a checkpoint with this note.
pub fn checkpoint_line(note: &str) -> Result<String, serde_json::Error> {
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
    let mut lines = Lines::new(&mut input);
    loop {
        match lines.next()? {
            None => return Ok(verifier.finish()?),
            Some(Err(why)) => return Err(unknown(verifier, why).into()),
            Some(Ok(line)) => match checkpoint(line, key) {
                None => verifier.push(line)?,
                Some(read) => {
                    let checkpoint =
                        read.map_err(|why| Fault { seq: verifier.size(), what: What::BadCheckpoint(why) })?;
                    verifier.checkpoint(checkpoint)?;
                }
            },
        }
    }
}

/// The lines of an export, in memory for one.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub fn new(input: R) -> Self {
        Self { input, buffer: Vec::new() }
    }

    /// The next line without its end, or why it is none.
    #[expect(clippy::should_implement_trait, reason = "the line is borrowed from here")]
    pub fn next(&mut self) -> io::Result<Option<Result<&str, &'static str>>> {
        self.buffer.clear();
        // One byte more than an event's line may have, so that a longer one is seen to be longer.
        let longest = LONGEST_EVENT as u64 + 2;
        if io::Read::take(&mut self.input, longest).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        let line = self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer);
        if line.len() > LONGEST_EVENT {
            return Ok(Some(Err("its line is too long")));
        }
        Ok(Some(std::str::from_utf8(line).map_err(|_| "it is not UTF-8")))
    }
}

/// The verified checkpoint of a line; `None` for the line of an event.
pub fn checkpoint(line: &str, key: &VerifyKey) -> Option<Result<Checkpoint, String>> {
    line.starts_with(CHECKPOINT).then(|| read_checkpoint(line, key))
}

/// What is already suspected comes first.
fn unknown(verifier: Verifier, why: &'static str) -> Fault {
    let fault = Fault { seq: verifier.size(), what: What::UnknownForm(why) };
    match verifier.finish() {
        Err(earlier) if !matches!(earlier.what, What::Truncated { .. }) => earlier,
        _ => fault,
    }
}

/// The note of a checkpoint's line, not verified; `None` for the line of an event.
pub fn note(line: &str) -> Option<Result<String, String>> {
    line.starts_with(CHECKPOINT).then(|| read_note(line))
}

fn read_note(line: &str) -> Result<String, String> {
    let read: CheckpointLine = serde_json::from_str(line).map_err(|_| "it is no JSON".to_owned())?;
    // One form only, as for events: another spelling of the same is a change that somebody made.
    if checkpoint_line(&read.note).ok().as_deref() != Some(line) {
        return Err("it is not in its canonical form".to_owned());
    }
    Ok(read.note)
}

fn read_checkpoint(line: &str, key: &VerifyKey) -> Result<Checkpoint, String> {
    Checkpoint::parse_and_verify(&read_note(line)?, key).map_err(|error| error.to_string())
}
