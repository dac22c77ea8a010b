//! Children of the demo: each in a process group of its own, which never outlives its handle.

use std::io;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};

/// No step prints as much.
const LONGEST_OUTPUT: u64 = 1 << 20;
/// What was killed ends at once; longer is waited for by nobody.
const REAP: Duration = Duration::from_secs(2);

/// A running child. Dropping it kills its group, and waits until the child is gone: nothing may write into
/// a folder that is being removed.
pub struct Running(Child);

/// How a command ended, and what it printed: both streams in one, in the order of writing.
#[derive(Debug)]
pub struct Ended {
    pub exit: i32,
    pub output: Vec<u8>,
}

impl Running {
    pub fn start(mut command: Command) -> io::Result<Self> {
        // Its own group: Ctrl-C at the terminal reaches only us, and we end it.
        command.stdin(Stdio::null()).process_group(0).spawn().map(Self)
    }

    /// The exit code, if it has ended.
    pub fn ended(&mut self) -> io::Result<Option<i32>> {
        Ok(self.0.try_wait()?.map(code))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // None when it was reaped: its number may be somebody else's by now.
        let Some(group) = self.0.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw) else {
            return;
        };
        // It may have ended a moment ago.
        let _ = kill_process_group(group, Signal::KILL);
        let start = Instant::now();
        while matches!(self.0.try_wait(), Ok(None)) && start.elapsed() < REAP {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Runs a command to its end.
///
/// # Errors
/// When it cannot be started, or has not ended after `limit`; then it is killed.
pub async fn run(mut command: Command, limit: Duration) -> io::Result<Ended> {
    // One pipe for both streams, as a terminal is.
    let (reader, writer) = io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut running = Running::start(command)?;
    let mut reader = pipe::Receiver::from_owned_fd(reader.into())?.take(LONGEST_OUTPUT);
    let mut output = Vec::new();
    let finished = async { tokio::try_join!(running.0.wait(), reader.read_to_end(&mut output)) };
    match tokio::time::timeout(limit, finished).await {
        Ok(Ok((status, _))) => Ok(Ended { exit: code(status), output }),
        Ok(Err(err)) => Err(err),
        Err(_) => Err(io::Error::other(format!("it had not ended after {} s", limit.as_secs()))),
    }
}

/// As a shell counts it.
fn code(status: std::process::ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}
