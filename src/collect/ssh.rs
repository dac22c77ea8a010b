//! Recordings of `jit guard`, each once its session is over.

use std::collections::BTreeMap;
use std::fs::TryLockError;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::state::{State, entries, open};
use super::{Answer, CollectError, Deliver, Round, Source};
use crate::api::NewPiece;
use crate::domain::{CredentialId, PieceKind, RequestId};
use crate::files::FileError;

/// Bytes of one piece. A longer recording is several, each of which can be played by itself.
const PART: usize = if cfg!(test) { 600 } else { 4 << 20 };
/// The longest line. The guard writes none of half that length.
const LINE: u64 = 1 << 20;

/// Where the guard records: the files of one account, or a folder for each account.
#[derive(Debug)]
pub struct Recordings {
    dir: PathBuf,
    state: State<Delivered>,
}

/// What was delivered or passed by, by path: how long it was.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Delivered {
    recordings: BTreeMap<String, u64>,
}

impl Recordings {
    /// # Errors
    /// When the state cannot be read, or another collector has it.
    pub fn open(dir: &Path, state: &Path) -> Result<Self, CollectError> {
        Ok(Self { dir: dir.to_owned(), state: State::open(state)? })
    }

    fn list(&self, round: &mut Round) -> Result<Vec<(String, PathBuf, CredentialId)>, FileError> {
        let mut found = Vec::new();
        let mut take = |before: &str, name: &str, path: PathBuf| {
            found.extend(credential_of(name).map(|credential| (format!("{before}{name}"), path, credential)));
        };
        for (name, path, is_folder) in entries(&self.dir)? {
            if !is_folder {
                take("", &name, path);
                continue;
            }
            match entries(&path) {
                Ok(inside) => inside.into_iter().filter(|entry| !entry.2).for_each(|(file, path, _)| {
                    take(&format!("{name}/"), &file, path);
                }),
                Err(error) => round.trouble.push(error.to_string()),
            }
        }
        Ok(found)
    }

    async fn one(
        &mut self,
        name: &str,
        path: &Path,
        credential: CredentialId,
        to: &dyn Deliver,
    ) -> Result<Round, CollectError> {
        let mut round = Round::default();
        let file = open(path)?;
        let size = file.metadata().map_err(FileError::io("look at", path))?.len();
        if self.state.now.recordings.get(name) == Some(&size) {
            return Ok(round);
        }
        // The guard holds it for as long as the session lasts, and the kernel lets go of it when the guard
        // ends, however it ends.
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(round),
            Err(TryLockError::Error(error)) => return Err(FileError::io("lock", path)(error).into()),
        }
        // Without a header, the session begins at this very moment.
        let Some(mut parts) = Parts::of(file, path)? else { return Ok(round) };
        let mut number = 0;
        while let Some(bytes) = parts.part()? {
            number += 1;
            let several = number > 1 || !parts.next.is_empty();
            let name = if several { format!("{name} part {number}") } else { name.to_owned() };
            let piece = NewPiece { credential, what: PieceKind::Recording, name };
            if round.deliver(to, piece, bytes).await? != Answer::Kept {
                break;
            }
        }
        self.state.now.recordings.insert(name.to_owned(), size);
        self.state.save()?;
        Ok(round)
    }
}

#[async_trait]
impl Source for Recordings {
    async fn round(&mut self, to: &dyn Deliver) -> Result<Round, CollectError> {
        let mut round = Round::default();
        let all = self.list(&mut round)?;
        let before = self.state.now.recordings.len();
        self.state.now.recordings.retain(|name, _| all.iter().any(|(there, ..)| there == name));
        if self.state.now.recordings.len() != before {
            self.state.save()?;
        }
        for (name, path, credential) in all {
            // An account may take away what is its own at any time.
            match self.one(&name, &path, credential, to).await {
                Ok(done) => round.add(done),
                Err(CollectError::File(error)) => round.trouble.push(error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(round)
    }
}

/// `REQUEST-SERIAL-TIME-PID.cast`, as the guard names it: the serial number is the credential's.
fn credential_of(name: &str) -> Option<CredentialId> {
    let mut words = name.strip_suffix(".cast")?.split('-');
    let _: RequestId = words.next()?.parse().ok()?;
    CredentialId::from_number(words.next()?.parse().ok()?)
}

/// A recording in pieces that begin with its header and end with a line.
struct Parts<'a> {
    lines: BufReader<std::fs::File>,
    path: &'a Path,
    header: Vec<u8>,
    /// The next line; empty at the end.
    next: Vec<u8>,
    begun: bool,
}

impl<'a> Parts<'a> {
    /// `None` where there is not even a whole header.
    fn of(file: std::fs::File, path: &'a Path) -> Result<Option<Self>, FileError> {
        let (header, next) = (Vec::new(), Vec::new());
        let mut parts = Self { lines: BufReader::new(file), path, header, next, begun: false };
        parts.header = parts.line()?;
        if !parts.header.ends_with(b"\n") {
            return Ok(None);
        }
        parts.next = parts.line()?;
        Ok(Some(parts))
    }

    fn line(&mut self) -> Result<Vec<u8>, FileError> {
        let mut line = Vec::new();
        let read = (&mut self.lines).take(LINE).read_until(b'\n', &mut line);
        read.map_err(FileError::io("read", self.path))?;
        Ok(line)
    }

    fn part(&mut self) -> Result<Option<Vec<u8>>, FileError> {
        if self.begun && self.next.is_empty() {
            return Ok(None);
        }
        self.begun = true;
        let mut part = self.header.clone();
        while !self.next.is_empty() {
            if part.len() + self.next.len() > PART && part.len() > self.header.len() {
                break;
            }
            let whole = self.next.ends_with(b"\n");
            part.append(&mut self.next);
            if !whole {
                // It is no line of the guard's, and whatever is behind it is none: the recording was cut.
                break;
            }
            self.next = self.line()?;
        }
        Ok(Some(part))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Server;
    use super::*;
    use crate::api::Code;
    use crate::domain::Recording;
    use crate::files::write_private;

    const HEADER: &str = "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1700000000}\n";
    const NAME: &str = "0123456789ab-7-20261122T101112Z-99.cast";

    fn cast(events: usize) -> String {
        let events = (0..events).map(|at| format!("[{at}.5,\"o\",\"some output {at}\\r\\n\"]\n"));
        HEADER.to_owned() + &events.collect::<String>()
    }

    fn shown(pieces: &[(NewPiece, Vec<u8>)]) -> usize {
        pieces.iter().map(|(_, bytes)| Recording::read(bytes).unwrap().events.len()).sum()
    }

    #[tokio::test]
    async fn a_recording_is_delivered_once_when_its_session_is_over() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, state) = (dir.path().join("r"), dir.path().join("state"));
        std::fs::create_dir_all(folder.join("deploy")).unwrap();
        let path = folder.join("deploy").join(NAME);
        write_private(&path, cast(3).as_bytes()).unwrap();
        write_private(&folder.join("other-7-x-1.cast"), cast(3).as_bytes()).unwrap();
        std::os::unix::fs::symlink(&path, folder.join(NAME)).unwrap();
        let server = Server::default();
        let guard = open(&path).unwrap();
        guard.lock().unwrap();
        let mut recordings = Recordings::open(&folder, &state).unwrap();
        assert_eq!(recordings.round(&server).await.unwrap(), Round::default(), "it is running");
        drop(guard);
        assert_eq!(recordings.round(&server).await.unwrap().pieces, 1);
        assert_eq!(recordings.round(&server).await.unwrap().pieces, 0);
        assert!(Recordings::open(&folder, &state).is_err(), "two at a time");
        drop(recordings);
        let mut again = Recordings::open(&folder, &state).unwrap();
        assert_eq!(again.round(&server).await.unwrap().pieces, 0, "it remembers");
        let kept = server.kept.lock().unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].0.credential, CredentialId::from_number(7).unwrap());
        assert_eq!(kept[0].0.name, format!("deploy/{NAME}"));
    }

    #[tokio::test]
    async fn a_long_recording_is_several_that_play_by_themselves_and_nothing_of_it_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, state) = (dir.path().join("r"), dir.path().join("state"));
        std::fs::create_dir_all(&folder).unwrap();
        for events in 0..60 {
            let server = Server::default();
            write_private(&folder.join(NAME), cast(events).as_bytes()).unwrap();
            let _ = crate::files::remove(&state);
            Recordings::open(&folder, &state).unwrap().round(&server).await.unwrap();
            let kept = server.kept.lock().unwrap();
            assert_eq!(shown(&kept), events);
            assert!(kept.iter().all(|(_, bytes)| bytes.len() <= PART && bytes.ends_with(b"\n")));
            assert_eq!(kept.len() > 1, cast(events).len() > PART, "{events}");
        }
    }

    #[tokio::test]
    async fn a_server_that_is_down_loses_nothing_and_one_that_refuses_holds_up_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, state) = (dir.path().join("r"), dir.path().join("state"));
        std::fs::create_dir_all(&folder).unwrap();
        write_private(&folder.join(NAME), cast(40).as_bytes()).unwrap();
        write_private(
            &folder.join(format!("1{NAME}").replace("10123456789ab", "1123456789ab")),
            cast(1).as_bytes(),
        )
        .unwrap();
        let server = Server::default();
        let mut recordings = Recordings::open(&folder, &state).unwrap();
        for code in [Code::Unreachable, Code::Unavailable, Code::NotLoggedIn, Code::NotFound, Code::Failure] {
            *server.says.lock().unwrap() = vec![code];
            assert!(matches!(recordings.round(&server).await, Err(CollectError::Server(_))), "{code:?}");
        }
        *server.says.lock().unwrap() = vec![Code::Refused];
        let round = recordings.round(&server).await.unwrap();
        assert_eq!((round.pieces, round.trouble.len()), (1, 1), "{round:?}");
        assert_eq!(recordings.round(&server).await.unwrap(), Round::default());
    }

    #[tokio::test]
    async fn a_recording_that_was_cut_in_a_line_is_delivered_with_the_cut() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, state) = (dir.path().join("r"), dir.path().join("state"));
        std::fs::create_dir_all(&folder).unwrap();
        write_private(&folder.join(NAME), (cast(2) + "[9.5,\"o\",\"hal").as_bytes()).unwrap();
        let server = Server::default();
        Recordings::open(&folder, &state).unwrap().round(&server).await.unwrap();
        let kept = server.kept.lock().unwrap();
        let recording = Recording::read(&kept[0].1).unwrap();
        assert!(recording.cut && recording.events.len() == 2);
    }
}
