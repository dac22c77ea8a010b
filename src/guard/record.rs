//! Recordings: asciicast v2, one JSON document a line (<https://docs.asciinema.org/manual/asciicast/v2/>).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Instant;

use serde::Serialize;

use super::access::Access;
use super::terminal::columns_and_rows;
use super::{Session, moment};
use crate::domain::RequestId;
use crate::files;

/// One session's recording.
pub type Recording = Cast<File>;

/// The first line.
#[derive(Serialize)]
struct Header<'a> {
    version: u8,
    width: u16,
    height: u16,
    /// Seconds since 1970.
    timestamp: u64,
    title: &'a str,
    env: Env<'a>,
}

#[derive(Serialize)]
struct Env<'a> {
    #[serde(rename = "SHELL", skip_serializing_if = "Option::is_none")]
    shell: Option<&'a str>,
    #[serde(rename = "TERM", skip_serializing_if = "Option::is_none")]
    term: Option<&'a str>,
}

impl Recording {
    /// A new file of the session's in that folder, which only the account can enter.
    ///
    /// # Errors
    /// When it cannot be written: then there is no session.
    pub fn start(dir: &Path, access: &Access, session: &Session) -> io::Result<Self> {
        files::private_dir(dir).map_err(io::Error::other)?;
        let now = (session.now)();
        // INVARIANT 11: a key id of another form is a text of somebody's, and no part of a file's name.
        let request: Option<RequestId> = access.key_id.parse().ok();
        let request = request.map_or_else(|| "other".to_owned(), |id| id.to_string());
        let name = format!(
            "{request}-{}-{}-{}.cast",
            access.serial,
            now.utc().format("%Y%m%dT%H%M%SZ"),
            std::process::id()
        );
        let mut options = OpenOptions::new();
        let file = options.append(true).create_new(true).mode(0o600).open(dir.join(name))?;
        // For as long as the session lasts: what collects recordings waits for its end. On a file system
        // without locks it comes too early, and again when there is more.
        let _ = file.try_lock();
        let (width, height) = columns_and_rows();
        let shell = session.shell.as_deref().and_then(Path::to_str);
        let header = Header {
            version: 2,
            width,
            height,
            timestamp: now.unix_secs(),
            title: &format!("jit {request}, until {}", moment(access.end)),
            env: Env { shell, term: session.term.as_deref() },
        };
        Cast::new(file, &header)
    }

    /// All that was written is on the disk.
    pub fn finish(&mut self) {
        // Each event was written when it was; this is for a host that loses its power.
        let _ = self.out.sync_all();
    }
}

/// Writes events, each at once, so that whatever ends the session, what was shown is recorded.
pub struct Cast<W> {
    out: W,
    start: Instant,
    /// The beginning of a character whose end has not come yet.
    rest: Vec<u8>,
}

impl<W: Write> Cast<W> {
    fn new(mut out: W, header: &Header<'_>) -> io::Result<Self> {
        line(&mut out, header)?;
        Ok(Self { out, start: Instant::now(), rest: Vec::new() })
    }

    /// Bytes that the user is about to see. What is no UTF-8 becomes U+FFFD: the format is text.
    pub fn output(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.rest.extend_from_slice(bytes);
        let whole = whole(&self.rest);
        let rest = self.rest.split_off(whole);
        let text = std::mem::replace(&mut self.rest, rest);
        if text.is_empty() { Ok(()) } else { self.event("o", &String::from_utf8_lossy(&text)) }
    }

    pub fn resize(&mut self, columns: u16, rows: u16) -> io::Result<()> {
        self.event("r", &format!("{columns}x{rows}"))
    }

    fn event(&mut self, kind: &str, data: &str) -> io::Result<()> {
        // Microseconds: a float's own digits would be many, and mean nothing.
        let secs = (self.start.elapsed().as_secs_f64() * 1e6).round() / 1e6;
        line(&mut self.out, &(secs, kind, data))
    }
}

/// In one piece: half a line would make the whole recording unreadable.
fn line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    out.write_all(&text)
}

/// How many of the bytes do not end in the middle of a character.
fn whole(bytes: &[u8]) -> usize {
    // A character has at most four bytes, the first of which says how many.
    let tail = bytes.len().saturating_sub(3);
    let last = bytes.iter().skip(tail).rposition(|byte| byte & 0b1100_0000 != 0b1000_0000);
    let Some(at) = last.map(|at| tail + at) else { return bytes.len() };
    let wanted = match bytes.get(at) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    };
    if at + wanted > bytes.len() { at } else { bytes.len() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header() -> Header<'static> {
        let env = Env { shell: Some("/bin/sh"), term: None };
        Header { version: 2, width: 80, height: 24, timestamp: 7, title: "t", env }
    }

    fn shown(cast: &Cast<Vec<u8>>) -> String {
        let text = std::str::from_utf8(&cast.out).unwrap();
        let events =
            text.lines().skip(1).map(|line| serde_json::from_str::<(f64, String, String)>(line).unwrap());
        events.filter(|(_, kind, _)| kind == "o").map(|(_, _, data)| data).collect()
    }

    #[test]
    fn a_recording_begins_with_its_header() {
        let mut cast = Cast::new(Vec::new(), &header()).unwrap();
        cast.resize(100, 30).unwrap();
        let text = String::from_utf8(cast.out).unwrap();
        let (first, second) = text.split_once('\n').unwrap();
        assert_eq!(
            first,
            r#"{"version":2,"width":80,"height":24,"timestamp":7,"title":"t","env":{"SHELL":"/bin/sh"}}"#
        );
        assert!(second.ends_with(",\"r\",\"100x30\"]\n"), "{second}");
    }

    #[test]
    fn a_disk_that_is_full_is_an_error_of_the_very_event() {
        struct Full(usize);
        impl Write for Full {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(Cast::new(Full(10), &header()).is_err());
        let mut cast = Cast::new(Full(120), &header()).unwrap();
        assert!((0..9).any(|_| cast.output(b"some output").is_err()));
    }

    proptest! {
        #[test]
        fn text_in_any_pieces_is_recorded_as_it_is(text in "\\PC{0,40}", cuts in proptest::collection::vec(1usize..4, 1..50)) {
            let mut cast = Cast::new(Vec::new(), &header()).unwrap();
            let (mut bytes, mut cuts) = (text.as_bytes(), cuts.iter().cycle());
            while !bytes.is_empty() {
                let (piece, rest) = bytes.split_at((*cuts.next().unwrap()).min(bytes.len()));
                cast.output(piece).unwrap();
                bytes = rest;
            }
            prop_assert_eq!(shown(&cast), text);
        }

        #[test]
        fn any_bytes_make_lines_of_json(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut cast = Cast::new(Vec::new(), &header()).unwrap();
            for piece in bytes.chunks(7) {
                cast.output(piece).unwrap();
            }
            let _ = shown(&cast);
            prop_assert!(cast.rest.len() < 4);
        }
    }
}
