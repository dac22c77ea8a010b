//! A command in the foreground, for as long as its access lasts.

use std::ffi::OsString;
use std::future::Future;
use std::io::{self, IsTerminal};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use crate::api::Code;
use crate::domain::Time;

use super::error::CliError;
use super::output::Output;
use super::session;

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);
/// A person is told that much before the end.
const WARN_AT: [i64; 2] = [600, 120];

/// What to run.
pub struct Child {
    pub argv: Vec<OsString>,
    /// Added to our own environment.
    pub set: Vec<(String, OsString)>,
    /// Taken out of it.
    pub unset: &'static [&'static str],
}

/// Runs it until it ends, or `end` has come, or `gone` tells that the access is over; then SIGTERM, and
/// SIGKILL after [`GRACE`]. Signals to us are passed on. The child's exit code, as a shell counts it.
///
/// # Errors
/// When it could not be started: 126 or 127, as env(1).
pub async fn run(
    child: Child,
    end: Option<Time>,
    gone: impl Future<Output = ()>,
    out: &Output,
) -> Result<u8, CliError> {
    // Before the child is there: nothing may end us without ending it.
    let mut signals = Signals::new()?;
    let mut running = spawn(child)?;
    let pid = running.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let pass_on = |name| {
        if let Some(pid) = pid {
            // It may have ended a moment ago.
            let _ = kill_process(pid, name);
        }
    };
    let mut glance = tokio::time::interval(Duration::from_secs(1));
    let mut warn = Warnings::new(end);
    tokio::pin!(gone);
    loop {
        tokio::select! {
            biased;
            status = running.wait() => return code(status),
            signal = signals.next() => pass_on(signal),
            () = &mut gone => break,
            // The clock itself, not a timer: a machine that slept has not stopped the access's time.
            _ = glance.tick() => {
                if let Some(text) = warn.due() {
                    out.warn(&text);
                }
                if end.is_some_and(|end| session::now() >= end) {
                    break;
                }
            }
        }
    }
    out.warn("the access is over: the command is ended");
    pass_on(Signal::TERM);
    tokio::select! {
        status = running.wait() => return code(status),
        () = tokio::time::sleep(GRACE) => {}
    }
    running.start_kill().map_err(|err| CliError::failure("the command cannot be ended", &err))?;
    code(running.wait().await)
}

fn spawn(child: Child) -> Result<tokio::process::Child, CliError> {
    let Child { argv, set, unset } = child;
    let Some((program, args)) = argv.split_first() else {
        return Err(CliError::usage("the command is missing").hint("jit exec ROLE -- COMMAND"));
    };
    let mut command = Command::new(program);
    command.args(args).envs(set).kill_on_drop(true);
    for name in unset {
        command.env_remove(name);
    }
    command.spawn().map_err(|err| {
        let name = program.to_string_lossy();
        match err.kind() {
            io::ErrorKind::NotFound => {
                CliError::new(Code::Failure, format!("{name}: command not found")).with_exit(127)
            }
            _ => CliError::failure(format!("{name} cannot be executed"), &err).with_exit(126),
        }
    })
}

fn code(status: io::Result<ExitStatus>) -> Result<u8, CliError> {
    let status = status.map_err(|err| CliError::failure("the command's end is not known", &err))?;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX))
}

/// What is passed on to the child.
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    quit: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
    at_terminal: bool,
}

impl Signals {
    fn new() -> Result<Self, CliError> {
        let listen = |kind| signal(kind).map_err(|err| CliError::failure("signals cannot be heard", &err));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            quit: listen(SignalKind::quit())?,
            terminate: listen(SignalKind::terminate())?,
            hangup: listen(SignalKind::hangup())?,
            at_terminal: io::stdin().is_terminal(),
        })
    }

    async fn next(&mut self) -> Signal {
        loop {
            // The terminal gives its own signals to the child, too: twice would be once too often.
            let signal = tokio::select! {
                _ = self.interrupt.recv() => (!self.at_terminal).then_some(Signal::INT),
                _ = self.quit.recv() => (!self.at_terminal).then_some(Signal::QUIT),
                _ = self.hangup.recv() => Some(Signal::HUP),
                _ = self.terminate.recv() => Some(Signal::TERM),
            };
            if let Some(signal) = signal {
                return signal;
            }
        }
    }
}

/// Each warning once, and none for a time that had passed at the start.
struct Warnings {
    end: Option<Time>,
    left: Vec<i64>,
}

impl Warnings {
    fn new(end: Option<Time>) -> Self {
        let secs = end.map_or(0, |end| end.secs_after(session::now()));
        Self { end, left: WARN_AT.into_iter().filter(|at| *at < secs).collect() }
    }

    fn due(&mut self) -> Option<String> {
        let next = *self.left.first()?;
        let secs = self.end?.secs_after(session::now());
        if secs > next || !io::stderr().is_terminal() {
            return None;
        }
        self.left.remove(0);
        Some(format!("the access ends in {} minutes", (secs + 59) / 60))
    }
}
