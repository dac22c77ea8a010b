//! Processes: each has an end, and what it said is kept.

use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// No call of `jit` takes longer, on a machine with many neighbours.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// What a call of `jit` ended with.
#[derive(Debug, Clone)]
pub struct Out {
    /// As a shell counts it: 128 and more for a signal.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Out {
    /// Ended with this code, or the test ends here with all that was said.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n{self}");
        self
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        self.expect(0)
    }

    /// The one document on stdout, whose schema is right.
    #[track_caller]
    pub fn json(&self) -> Value {
        document(&self.stdout).unwrap_or_else(|why| panic!("stdout: {why}\n{self}"))
    }

    /// The error object, which is all there is on stderr.
    #[track_caller]
    pub fn error(&self) -> Value {
        let error = document(&self.stderr).unwrap_or_else(|why| panic!("stderr: {why}\n{self}"));
        assert_eq!(error["kind"], "error", "{self}");
        error
    }
}

/// One JSON document, and nothing else, that says what it is.
pub fn document(text: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_str(text).map_err(|err| format!("is not one document: {err}"))?;
    if value["schema"] != "jit/v1" {
        return Err("has no schema jit/v1".to_owned());
    }
    if value["kind"].as_str().is_none_or(str::is_empty) {
        return Err("has no kind".to_owned());
    }
    Ok(value)
}

impl std::fmt::Display for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// A process, killed by its id when dropped.
pub struct Running {
    child: Child,
    name: String,
    stdout: Said,
    stderr: Said,
}

impl Running {
    pub fn id(&self) -> Pid {
        pid(&self.child)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// What it has printed by now.
    pub fn printed(&self) -> String {
        self.stdout.so_far()
    }

    /// Waits for its end, and kills it at the limit.
    #[track_caller]
    pub fn end(self) -> Out {
        self.end_within(LIMIT)
    }

    #[track_caller]
    pub fn end_within(mut self, limit: Duration) -> Out {
        let status = wait(&mut self.child, limit);
        if status.is_none() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
        let (stdout, stderr) = (self.stdout.whole(), self.stderr.whole());
        let out = Out { code: status.map_or(-1, code), stdout, stderr };
        assert!(status.is_some(), "{} did not end within {limit:?}\n{out}", self.name);
        out
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

pub(super) fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap()
}

pub(super) fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() >= until {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Starts a command; its stdin is `input`, or /dev/null where that is empty.
pub fn start(mut command: Command, input: &str) -> Running {
    let name = format!("{:?} {:?}", command.get_program(), command.get_args().collect::<Vec<_>>());
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).unwrap();
    }
    let stdout = Said::by(child.stdout.take().unwrap());
    let stderr = Said::by(child.stderr.take().unwrap());
    Running { child, name, stdout, stderr }
}

/// Runs a command to its end.
#[track_caller]
pub fn run(command: Command) -> Out {
    start(command, "").end()
}

/// What comes out of a pipe, read while the process runs.
struct Said {
    bytes: Arc<Mutex<Vec<u8>>>,
    closed: mpsc::Receiver<()>,
}

impl Said {
    fn by(mut from: impl Read + Send + 'static) -> Self {
        let (bytes, (sender, closed)) = (Arc::<Mutex<Vec<u8>>>::default(), mpsc::channel());
        let to = Arc::clone(&bytes);
        std::thread::spawn(move || {
            let mut part = [0; 4096];
            loop {
                match from.read(&mut part) {
                    Ok(length @ 1..) => to.lock().unwrap().extend_from_slice(&part[..length]),
                    Err(err) if err.kind() == std::io::ErrorKind::Interrupted => {}
                    _ => break,
                }
            }
            let _ = sender.send(());
        });
        Self { bytes, closed }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// A grandchild that stays may hold a pipe open: what it writes is not waited for.
    fn whole(&self) -> String {
        let closed = self.closed.recv_timeout(Duration::from_secs(5));
        self.so_far() + if closed.is_ok() { "" } else { "(still open)" }
    }
}
