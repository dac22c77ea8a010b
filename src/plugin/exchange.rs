//! Lines to a plugin, and lines back, within limits.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

use super::error::{Fault, PluginError};
use super::json::parse_strict;
use super::pin::{Pinned, fault};
use super::process::{DRAIN, End, GLANCE, Process};
use super::{Limits, Program};
use crate::domain::text::escape;

/// A plugin that is talked to. After any failure, and after a call that was given up, it is over: the
/// process group is killed, and nothing that it may still say counts.
#[derive(Debug)]
pub struct Exchange {
    path: PathBuf,
    limits: Limits,
    process: Process,
    stdin: ChildStdin,
    output: Output,
    over: bool,
}

impl Exchange {
    /// Checks the program's file, and starts it.
    ///
    /// # Errors
    /// When the file is not the pinned one, or cannot be trusted or executed.
    pub async fn start(program: &Program, limits: Limits) -> Result<Self, PluginError> {
        let (process, stdin, stdout) = start(program).await?;
        let output = Output { stdout, kept: Vec::new(), max: limits.output };
        Ok(Self { path: program.path.clone(), limits, process, stdin, output, over: false })
    }

    /// Sends one document, and reads one.
    ///
    /// # Errors
    /// When no answer comes, or one that is no JSON document with unique keys; then the plugin is ended.
    pub async fn call(&mut self, with: &Value) -> Result<Value, PluginError> {
        let line = self.call_line(with.to_string().into_bytes(), self.limits.time).await?;
        match parse_strict(&line) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.junk(&error.to_string()).await),
        }
    }

    /// As [`Exchange::call`], as bytes without their newline, with a time limit of its own.
    ///
    /// # Errors
    /// When no line comes; then the plugin is ended.
    pub async fn call_line(&mut self, mut line: Vec<u8>, limit: Duration) -> Result<Vec<u8>, PluginError> {
        // Set until the answer is there: a call that is given up midway leaves a line that nobody wants.
        if std::mem::replace(&mut self.over, true) {
            return Err(fault(&self.path, Fault::Over));
        }
        line.push(b'\n');
        let until = Instant::now() + limit;
        let answer = match timeout_at(until, self.stdin.write_all(&line)).await {
            // Who closed its input may still have said why.
            Ok(Ok(())) => self.output.line(&self.process, until).await,
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => self
                .output
                .line(&self.process, until)
                .await
                .and(Err(Stop::Junk("it answered before it was asked"))),
            Ok(Err(error)) => Err(Stop::Io(error)),
            Err(_) => Err(Stop::Slow),
        };
        match answer {
            Ok(line) => {
                self.over = false;
                Ok(line)
            }
            Err(stop) => Err(self.failed(stop.fault(limit, self.limits)).await),
        }
    }

    /// Ends the plugin because what it said means nothing.
    pub async fn junk(&mut self, why: &str) -> PluginError {
        self.failed(Fault::Junk(escape(why).into_owned())).await
    }

    /// Ends the plugin.
    pub(super) async fn failed(&mut self, fault: Fault) -> PluginError {
        self.over = true;
        PluginError { path: self.path.clone(), fault, said: self.process.last_words().await }
    }

    /// Whether nothing can be asked any more.
    pub fn is_over(&self) -> bool {
        self.over
    }
}

async fn start(program: &Program) -> Result<(Process, ChildStdin, ChildStdout), PluginError> {
    let (path, sha256) = (program.path.clone(), program.sha256);
    // A large file takes a while to hash.
    let opened = tokio::task::spawn_blocking(move || Pinned::open(&path, sha256)).await;
    let lost = |error: tokio::task::JoinError| fault(&program.path, Fault::Lost(io::Error::other(error)));
    let file = opened.map_err(lost)??;
    Process::start(program, file).map_err(|error| fault(&program.path, Fault::Start(error)))
}

/// Runs a program to its end: `input` on its stdin, and all of its stdout.
///
/// # Errors
/// As [`Exchange`]; also when it ends with anything but exit code 0.
pub async fn run_once(program: &Program, input: &[u8], limits: Limits) -> Result<Vec<u8>, PluginError> {
    let (mut process, mut stdin, stdout) = start(program).await?;
    let mut output = Output { stdout, kept: Vec::new(), max: limits.output };
    let until = Instant::now() + limits.time;
    let feed = async move {
        match stdin.write_all(input).await {
            // It need not read what it does not care for.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Stop::Io(error)),
            _ => Ok(()),
        }
    };
    let read = async {
        let end = output.rest(&process, until).await?;
        Ok::<_, Stop>(end)
    };
    let result = match timeout_at(until, async { tokio::join!(feed, read) }).await {
        Err(_) => Err(Stop::Slow),
        Ok((Err(stop), _) | (_, Err(stop))) => Err(stop),
        Ok((Ok(()), Ok(End::Exit(0)))) => Ok(()),
        Ok((Ok(()), Ok(end))) => Err(Stop::Ended(Some(end))),
    };
    match result {
        Ok(()) => Ok(output.kept),
        Err(stop) => Err(PluginError {
            path: program.path.clone(),
            fault: stop.fault(limits.time, limits),
            said: process.last_words().await,
        }),
    }
}

/// Why there is no line.
enum Stop {
    Slow,
    Long,
    Ended(Option<End>),
    Junk(&'static str),
    Io(io::Error),
}

impl Stop {
    fn fault(self, limit: Duration, limits: Limits) -> Fault {
        match self {
            Self::Slow => Fault::Slow(limit),
            Self::Long => Fault::Long(limits.output),
            Self::Ended(Some(end)) => Fault::Ended(end.to_string()),
            Self::Ended(None) => Fault::Ended("it closed its output".to_owned()),
            Self::Junk(why) => Fault::Junk(why.to_owned()),
            Self::Io(error) => Fault::Lost(error),
        }
    }
}

/// What comes, up to a limit.
#[derive(Debug)]
struct Output {
    stdout: ChildStdout,
    kept: Vec<u8>,
    max: usize,
}

/// What reading a piece came to.
enum Piece {
    Bytes,
    /// Nobody has the pipe any more.
    Closed,
    /// The leader has ended, and nothing came for a moment.
    Quiet,
}

impl Output {
    /// The next line, without its newline.
    async fn line(&mut self, process: &Process, until: Instant) -> Result<Vec<u8>, Stop> {
        let mut seen = 0;
        loop {
            let new = self.kept.get(seen..).unwrap_or_default();
            if let Some(at) = new.iter().position(|b| *b == b'\n') {
                let rest = self.kept.split_off(seen + at + 1);
                let mut line = std::mem::replace(&mut self.kept, rest);
                line.pop();
                return if line.len() > self.max { Err(Stop::Long) } else { Ok(line) };
            }
            seen = self.kept.len();
            if seen > self.max {
                return Err(Stop::Long);
            }
            match self.piece(process, until).await? {
                Piece::Bytes => {}
                Piece::Closed | Piece::Quiet => {
                    return Err(Stop::Ended(process.ended_within(DRAIN).await.map_err(Stop::Io)?));
                }
            }
        }
    }

    /// Everything, until the leader has ended and the pipe is empty.
    async fn rest(&mut self, process: &Process, until: Instant) -> Result<End, Stop> {
        while let Piece::Bytes = self.piece(process, until).await? {
            if self.kept.len() > self.max {
                return Err(Stop::Long);
            }
        }
        loop {
            if let Some(end) = process.ended_within(GLANCE * 50).await.map_err(Stop::Io)? {
                return Ok(end);
            }
        }
    }

    async fn piece(&mut self, process: &Process, until: Instant) -> Result<Piece, Stop> {
        let mut piece = [0; 16 << 10];
        loop {
            // Looked at before reading: what was written before the end is in the pipe by now.
            let ended = process.ended().map_err(Stop::Io)?.is_some();
            if ended {
                // Whoever it left behind, so that the pipe has an end.
                process.kill();
            }
            let patience = if ended { DRAIN } else { GLANCE };
            tokio::select! {
                biased;
                read = timeout(patience, self.stdout.read(&mut piece)) => match read {
                    Ok(Ok(0)) => return Ok(Piece::Closed),
                    Ok(Ok(count)) => {
                        self.kept.extend_from_slice(piece.get(..count).unwrap_or_default());
                        return Ok(Piece::Bytes);
                    }
                    Ok(Err(error)) => return Err(Stop::Io(error)),
                    Err(_) if ended => return Ok(Piece::Quiet),
                    Err(_) => {}
                },
                () = sleep_until(until) => return Err(Stop::Slow),
            }
        }
    }
}
