//! A recorded session's terminal: a second one inside the user's, so that all its output passes here.

use std::io::{self, Read, Write};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::{Pty, open};
use rustix::process::{Signal, kill_process_group};
use rustix::termios::{
    OptionalActions, OutputModes, Termios, Winsize, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
};
use tokio::sync::oneshot;

use super::GuardError;
use super::record::Recording;

/// What was written before the command's end has passed by then; what it left running may hold the
/// terminal open for longer.
const DRAIN: Duration = Duration::from_millis(300);

/// Passes bytes between the two terminals, and records what comes out.
pub struct Relay {
    outer: Outer,
    pty: Arc<Pty>,
    recording: Arc<Mutex<Recording>>,
    failed: Option<oneshot::Receiver<String>>,
    drained: mpsc::Receiver<()>,
}

impl Relay {
    /// Starts the command at a terminal that is as the user's is.
    pub fn start(command: Command, recording: Recording) -> Result<(Child, Self), GuardError> {
        let (pty, pts) = open().map_err(io_error)?;
        let before = tcgetattr(io::stdin())?;
        tcsetattr(&pts, OptionalActions::Now, &before)?;
        pty.resize(size()).map_err(io_error)?;
        let child = pty_process::blocking::Command::from(command).spawn(pts).map_err(io_error)?;
        let outer = Outer::raw(before)?;
        let (pty, recording) = (Arc::new(pty), Arc::new(Mutex::new(recording)));
        let (tell, failed) = oneshot::channel();
        let (end, drained) = mpsc::channel();
        let (from, to) = (Arc::clone(&pty), Arc::clone(&recording));
        std::thread::spawn(move || {
            if let Err(err) = outward(&from, &to) {
                let _ = tell.send(err.to_string());
            }
            let _ = end.send(());
        });
        let to = Arc::clone(&pty);
        std::thread::spawn(move || inward(&to));
        Ok((child, Self { outer, pty, recording, failed: Some(failed), drained }))
    }

    /// Ends when the recording cannot be written any more.
    pub async fn failed(&mut self) -> String {
        if let Some(failed) = self.failed.as_mut() {
            let why = failed.await;
            self.failed = None;
            if let Ok(why) = why {
                return why;
            }
        }
        std::future::pending().await
    }

    /// The user's terminal has another size.
    pub fn resize(&self) {
        let size = size();
        let _ = self.pty.resize(size);
        let (columns, rows) = columns_and_rows();
        // A recording that fails is noticed at the next output.
        let _ = self.recording.lock().unwrap_or_else(PoisonError::into_inner).resize(columns, rows);
    }

    /// For lines of our own: a raw terminal would not begin them at the left.
    pub fn cooked(&self) -> impl Drop + use<> {
        self.outer.lines()
    }

    /// The command has ended: the last of its output, then the terminal as it was.
    pub fn finish(self) {
        let _ = self.drained.recv_timeout(DRAIN);
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).finish();
    }
}

fn io_error(err: pty_process::Error) -> GuardError {
    match err {
        pty_process::Error::Io(err) => GuardError::System(err),
        pty_process::Error::Rustix(errno) => errno.into(),
        err => GuardError::System(io::Error::other(err.to_string())),
    }
}

/// From the command to the recording, and only then to the user.
fn outward(mut pty: &Pty, recording: &Mutex<Recording>) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    let mut reads = true;
    loop {
        let count = match pty.read(&mut buffer) {
            // EIO: nobody has the terminal open any more (pty(7)).
            Ok(0) => return Ok(()),
            Err(err) if err.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => return Ok(()),
            Err(err) if err.kind() == io::ErrorKind::Interrupted => continue,
            Err(err) => return Err(err),
            Ok(count) => count,
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        recording.lock().unwrap_or_else(PoisonError::into_inner).output(bytes)?;
        if reads {
            // A user who has gone sees nothing more, and the rest is recorded all the same.
            let mut out = io::stdout().lock();
            reads = out.write_all(bytes).and_then(|()| out.flush()).is_ok();
        }
    }
}

/// From the user to the command. What is typed is not recorded, but for what the command shows of it.
fn inward(mut pty: &Pty) {
    let _ = io::copy(&mut io::stdin().lock(), &mut pty);
    // The user's terminal is gone: the command hears it as it would have without the one in between.
    if let Ok(group) = tcgetpgrp(pty) {
        let _ = kill_process_group(group, Signal::HUP);
    }
}

/// Columns and rows; what a terminal without a size has.
pub fn columns_and_rows() -> (u16, u16) {
    match tcgetwinsize(io::stdin()) {
        Ok(Winsize { ws_col: columns @ 1.., ws_row: rows @ 1.., .. }) => (columns, rows),
        _ => (80, 24),
    }
}

fn size() -> Size {
    let (columns, rows) = columns_and_rows();
    Size::new(rows, columns)
}

/// The user's terminal, raw until it is dropped.
struct Outer {
    before: Termios,
    raw: Termios,
}

impl Outer {
    fn raw(before: Termios) -> Result<Self, GuardError> {
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        Ok(Self { before, raw })
    }

    /// Output only: what is typed meanwhile is still shown by the command or by nobody.
    fn lines(&self) -> impl Drop + use<> {
        let mut lines = self.raw.clone();
        lines.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &lines);
        Restore(self.raw.clone())
    }
}

impl Drop for Outer {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.before);
    }
}

struct Restore(Termios);

impl Drop for Restore {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
