//! The statements in PostgreSQL's log files, each delivered once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::lines::{Form, read};
use super::state::{State, entries, open};
use super::{Answer, CollectError, Deliver, Round, Source};
use crate::api::NewPiece;
use crate::domain::{CredentialId, Digest, PieceKind};
use crate::files::FileError;

/// Bytes of a log that are read at once, and of the longest line that is.
const CHUNK: u64 = if cfg!(test) { 1000 } else { 2 << 20 };
const LONGEST: u64 = if cfg!(test) { 4000 } else { 64 << 20 };
/// By this much of its beginning a file is known again.
const HEAD: u64 = 1024;

/// The folder that PostgreSQL's logging collector writes to.
#[derive(Debug)]
pub struct Logs {
    dir: PathBuf,
    state: State<Read>,
    /// Credentials that the token does not speak for: a database server may be several resources. Each is
    /// told once, here and in the server's log.
    others: BTreeSet<CredentialId>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    /// By device and number, which a file keeps when it is renamed.
    files: BTreeMap<String, Place>,
}

/// How far a file was read.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    name: String,
    /// What is before it was delivered.
    from: u64,
    /// What is between the two is being delivered: after a crash it is the same bytes again, so that the
    /// pieces are the same, too.
    to: u64,
    /// It is one line that is too long to be read.
    #[serde(default)]
    skip: bool,
    /// How much of the file's beginning, and its digest: a file that was emptied and filled again, or is
    /// another under the same number, has another.
    head: u64,
    digest: Option<Digest>,
}

impl Logs {
    /// # Errors
    /// When the state cannot be read, or another collector has it.
    pub fn open(dir: &Path, state: &Path) -> Result<Self, CollectError> {
        Ok(Self { dir: dir.to_owned(), state: State::open(state)?, others: BTreeSet::new() })
    }

    /// Writes down what is to be delivered next, if there is anything.
    fn next(&mut self, log: &mut Log, round: &mut Round) -> Result<bool, CollectError> {
        let known = self.state.now.files.get(&log.id).cloned().unwrap_or_default();
        let mut place = known.clone();
        if !log.is_known(&place)? {
            round.trouble.push(format!(
                "{}: it was begun again behind our back; what was not read of it before is lost",
                place.name
            ));
            place = Place::default();
        }
        place.name.clone_from(&log.name);
        if place.from == place.to {
            (place.to, place.skip) = log.next(place.from)?;
        }
        place.head = place.to.min(HEAD);
        place.digest = Some(Digest::of(&log.bytes(0, place.head)?));
        let more = place.from < place.to;
        if place != known && (more || known != Place::default()) {
            self.state.now.files.insert(log.id.clone(), place);
            self.state.save()?;
        }
        Ok(more)
    }

    async fn deliver(
        &mut self,
        log: &mut Log,
        to: &dyn Deliver,
        round: &mut Round,
    ) -> Result<(), CollectError> {
        let Some(place) = self.state.now.files.get(&log.id).cloned() else { return Ok(()) };
        if place.skip {
            let bytes = place.to - place.from;
            round.trouble.push(format!("{}: a line of {bytes} bytes is too long, and left out", log.name));
        } else {
            let found = read(log.form, &log.bytes(place.from, place.to)?);
            if found.strange > 0 {
                round.trouble.push(format!(
                    "{}: {} lines between byte {} and {} are not understood",
                    log.name, found.strange, place.from, place.to
                ));
            }
            for (credential, statements) in found.statements {
                if self.others.contains(&credential) {
                    continue;
                }
                let mut bytes = Vec::new();
                for statement in &statements {
                    serde_json::to_writer(&mut bytes, statement)
                        .map_err(|error| FileError::io("read", &log.path)(error.into()))?;
                    bytes.push(b'\n');
                }
                let name = format!("{}:{}-{}", log.name, place.from, place.to);
                let piece = NewPiece { credential, what: PieceKind::Statements, name };
                match round.deliver(to, piece, bytes).await? {
                    Answer::Kept => round.statements += statements.len(),
                    Answer::NotOurs => {
                        self.others.insert(credential);
                    }
                    Answer::Never => {}
                }
            }
        }
        if let Some(place) = self.state.now.files.get_mut(&log.id) {
            (place.from, place.skip) = (place.to, false);
        }
        self.state.save()
    }
}

#[async_trait]
impl Source for Logs {
    async fn round(&mut self, to: &dyn Deliver) -> Result<Round, CollectError> {
        let mut round = Round::default();
        let mut logs = Vec::new();
        for (name, path, is_folder) in entries(&self.dir)? {
            let Some(form) = Form::of(&name).filter(|_| !is_folder) else { continue };
            // A file may be taken away at any time.
            match open(&path).and_then(|file| Log::of(file, name, path.clone(), form)) {
                Ok(log) => logs.push(log),
                Err(error) => round.trouble.push(error.to_string()),
            }
        }
        logs.sort_by(|a, b| (a.modified, &a.name).cmp(&(b.modified, &b.name)));
        self.state.now.files.retain(|id, _| logs.iter().any(|log| log.id == *id));
        for mut log in logs {
            while self.next(&mut log, &mut round)? {
                self.deliver(&mut log, to, &mut round).await?;
            }
        }
        Ok(round)
    }
}

/// One file. It stays open, so that a rotation in the middle changes nothing.
struct Log {
    file: File,
    id: String,
    name: String,
    path: PathBuf,
    form: Form,
    modified: (i64, i64),
    size: u64,
}

impl Log {
    fn of(file: File, name: String, path: PathBuf, form: Form) -> Result<Self, FileError> {
        let meta = file.metadata().map_err(FileError::io("look at", &path))?;
        let id = format!("{}:{}", meta.dev(), meta.ino());
        let modified = (meta.mtime(), meta.mtime_nsec());
        Ok(Self { file, id, name, path, form, modified, size: meta.len() })
    }

    fn bytes(&mut self, from: u64, to: u64) -> Result<Vec<u8>, FileError> {
        let failed = FileError::io("read", &self.path);
        let mut bytes = Vec::new();
        let read = self.file.seek(SeekFrom::Start(from));
        let read = read.and_then(|_| (&mut self.file).take(to.saturating_sub(from)).read_to_end(&mut bytes));
        read.map_err(failed)?;
        Ok(bytes)
    }

    /// Whether it is the file that the place was written down of.
    fn is_known(&mut self, place: &Place) -> Result<bool, FileError> {
        let Some(digest) = place.digest else { return Ok(true) };
        Ok(place.to <= self.size && Digest::of(&self.bytes(0, place.head)?) == digest)
    }

    /// Where the whole lines from there on end, some of them or all, and whether that is one line too long.
    fn next(&mut self, from: u64) -> Result<(u64, bool), FileError> {
        let mut most = CHUNK;
        loop {
            let bytes = self.bytes(from, from.saturating_add(most).min(self.size))?;
            let whole = self.form.whole(&bytes);
            let read = u64::try_from(bytes.len()).unwrap_or(0);
            if whole > 0 || read < most {
                return Ok((from.saturating_add(u64::try_from(whole).unwrap_or(0)), false));
            }
            if most >= LONGEST {
                return self.past(from);
            }
            most = most.saturating_mul(4).min(LONGEST);
        }
    }

    /// Behind a line of any length.
    fn past(&mut self, from: u64) -> Result<(u64, bool), FileError> {
        self.file.seek(SeekFrom::Start(from)).map_err(FileError::io("read", &self.path))?;
        let (mut at, mut quoted) = (from, false);
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = self.file.read(&mut buffer).map_err(FileError::io("read", &self.path))?;
            for byte in buffer.iter().take(read) {
                at += 1;
                match byte {
                    b'"' if self.form == Form::Csv => quoted = !quoted,
                    b'\n' if !quoted => return Ok((at, true)),
                    _ => {}
                }
            }
            if read == 0 {
                return Ok((from, false));
            }
        }
    }
}

#[cfg(test)]
#[path = "postgres_tests.rs"]
mod tests;
