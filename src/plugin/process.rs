//! A running plugin: its process group, and the last that it said on stderr.

use std::collections::VecDeque;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::task::JoinHandle;

use super::Program;
use super::pin::Pinned;
use crate::domain::text::escape;

/// How often a silent plugin is looked at: it may have left its output to a child and ended.
pub(super) const GLANCE: Duration = Duration::from_millis(20);
/// For what stands in the pipes of a group that was just killed.
pub(super) const DRAIN: Duration = Duration::from_millis(300);
/// Of stderr, the last that many bytes are kept.
const SAID: usize = 2048;

/// A process group. It is killed when it is dropped.
#[derive(Debug)]
pub(super) struct Process {
    leader: Child,
    /// The leader is never waited for before the group is killed: until then no other group can have
    /// its number.
    group: Pid,
    said: Arc<Mutex<VecDeque<u8>>>,
    listener: Option<JoinHandle<()>>,
    /// An interpreter opens its script through it.
    _file: Pinned,
}

impl Process {
    pub(super) fn start(program: &Program, file: Pinned) -> io::Result<(Self, ChildStdin, ChildStdout)> {
        let mut command = std::process::Command::new(file.executable());
        command
            .arg0(&program.path)
            .args(&program.args)
            .env_clear()
            .envs(program.environment.iter().map(|(name, value)| (name, value)))
            // Wherever jit is called, a plugin finds nothing there by accident.
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut command = tokio::process::Command::from(command);
        let mut leader = command.kill_on_drop(true).spawn()?;
        let group = leader.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let pipes = (leader.stdin.take(), leader.stdout.take(), leader.stderr.take());
        let (Some(group), (Some(stdin), Some(stdout), Some(stderr))) = (group, pipes) else {
            return Err(io::Error::other("it has no pipes"));
        };
        let said = Arc::default();
        let listener = Some(tokio::spawn(listen(stderr, Arc::clone(&said))));
        Ok((Self { leader, group, said, listener, _file: file }, stdin, stdout))
    }

    /// How the leader ended; `None` while it runs. It stays unreaped.
    pub(super) fn ended(&self) -> io::Result<Option<End>> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        let status = waitid(WaitId::Pid(self.group), options)?;
        Ok(status.map(|status| match (status.exit_status(), status.terminating_signal()) {
            (Some(code), _) => End::Exit(code),
            (None, Some(signal)) => End::Signal(signal),
            (None, None) => End::Signal(0),
        }))
    }

    pub(super) async fn ended_within(&self, limit: Duration) -> io::Result<Option<End>> {
        let glances = async {
            loop {
                if let Some(end) = self.ended()? {
                    return Ok(Some(end));
                }
                tokio::time::sleep(GLANCE).await;
            }
        };
        tokio::time::timeout(limit, glances).await.unwrap_or(Ok(None))
    }

    /// Kills every process that is still in the group.
    pub(super) fn kill(&self) {
        // That there is nobody left is what is wanted.
        let _ = kill_process_group(self.group, Signal::KILL);
    }

    /// Kills the group, and gives the last lines that it said on stderr, escaped.
    pub(super) async fn last_words(&mut self) -> String {
        self.kill();
        if let Some(listener) = self.listener.take() {
            // Somebody who left the group may hold the pipe for ever.
            let abort = listener.abort_handle();
            if tokio::time::timeout(DRAIN, listener).await.is_err() {
                abort.abort();
            }
        }
        let said: Vec<u8> =
            self.said.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
        escape(String::from_utf8_lossy(&said).trim()).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        // Reaped by the runtime; where that ends first, by the system, with us.
        let _ = self.leader.try_wait();
        if let Some(listener) = self.listener.take() {
            listener.abort();
        }
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Exit(i32),
    Signal(i32),
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// Reads to the end, so that nobody is blocked by saying much, and keeps the last of it.
async fn listen(mut from: impl AsyncRead + Unpin, said: Arc<Mutex<VecDeque<u8>>>) {
    let mut piece = [0; 4096];
    while let Ok(read) = from.read(&mut piece).await {
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { return };
        let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
        said.extend(bytes);
        let over = said.len().saturating_sub(SAID);
        said.drain(..over);
    }
}
