//! The process above everything that a session starts.

use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::{self, IsTerminal, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitStatus, getppid};
use tokio::signal::unix::{self, SignalKind, signal};

use super::access::Access;
use super::processes::{self, Below, Connection};
use super::record::Recording;
use super::revocations::Revocations;
use super::terminal::Relay;
use super::{GuardError, Session, moment};
use crate::domain::Time;

/// How often the clock and the list of revocations are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// A list that cannot be read may be one that is just being replaced; for longer than this it is a no.
const GRACE: Duration = Duration::from_secs(60);
/// What the user is told may wait that long for their terminal to take it.
const PATIENCE: Duration = Duration::from_millis(500);
/// A user is told that many seconds before the end.
const WARN_AT: [i64; 2] = [600, 120];
/// Where there is no `SHELL`, as in sshd.
const SHELL: &str = "/bin/sh";

/// Runs the user's command or shell, and everything that it leaves running, to the end of the access.
/// The command's exit code goes to the front, into the file of that number, once the command has ended.
///
/// # Errors
/// When there is no session.
pub async fn keeper(session: &Session, report: u32) -> Result<u8, GuardError> {
    // Before the command is there: nothing may end us without ending it.
    let _ignored = Ignored::new()?;
    let mut signals = Signals::new()?;
    processes::adopt_orphans()?;
    let front = getppid().map_or(0, Pid::as_raw_pid);
    let report = OpenOptions::new().write(true).open(format!("/proc/{front}/fd/{report}"))?;
    let connection = Connection::above();

    let auth_info = session.auth_info.as_ref().ok_or(GuardError::NoAuthInfo)?;
    let access = Access::read(auth_info, &session.ca, (session.now)())?;
    let mut revocations = Revocations::new(session.krl.clone(), access.ca.clone(), access.serial);
    if revocations.look()? {
        return Err(GuardError::Revoked);
    }
    let command = command(session, &access);
    let (child, relay) = match &session.record {
        Some(dir) if at_terminal() => {
            let recording = Recording::start(dir, &access, session).map_err(GuardError::Recording)?;
            let (child, relay) = Relay::start(command, recording)?;
            (child, Some(relay))
        }
        _ => (spawn(command)?, None),
    };
    let mut keeper = Keeper {
        session,
        front: Some(report),
        main: Pid::from_child(&child),
        code: None,
        warnings: Warnings::new(access.end, (session.now)()),
        relay,
    };
    let Some(why) = keeper.watch(&access, &mut revocations, &mut signals).await else {
        return Ok(keeper.code.unwrap_or(u8::MAX));
    };
    let (code, left) = keeper.end(&why);
    // The front ends now, and with it, for most, the connection. Who holds it open for the ports that it
    // forwards or for other sessions has had the time to be told.
    tokio::time::sleep(PATIENCE).await;
    if let Some(connection) = connection {
        connection.end();
    }
    // INVARIANT 4: for ever, while there is something to end.
    let mut left = left;
    while left == Below::Something {
        left = processes::end_all(|_, _| {});
        tokio::time::sleep(LOOK).await;
    }
    Ok(code)
}

fn at_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// What sshd would have run without the guard (sshd(8), "Login process").
fn command(session: &Session, access: &Access) -> Command {
    let shell = session.shell.clone().unwrap_or_else(|| SHELL.into());
    let mut command = Command::new(&shell);
    // sshd itself sets it only beside a forced command, and there are programs that go by that.
    if access.force_command.is_none() {
        command.env_remove("SSH_ORIGINAL_COMMAND");
    }
    let wanted = access.force_command.as_ref().map(OsString::from).or_else(|| session.command.clone());
    match wanted {
        Some(line) => {
            command.arg("-c").arg(line);
        }
        None => {
            // `-bash`: a login shell.
            let mut name = OsString::from("-");
            name.push(shell.file_name().unwrap_or(OsStr::new("sh")));
            command.arg0(name);
        }
    }
    command
}

fn spawn(mut command: Command) -> Result<Child, GuardError> {
    Ok(command.spawn()?)
}

/// Why the session is ended.
enum Why {
    Over(Time),
    Revoked,
    /// The list of revocations has been unreadable for too long.
    Unclear(String),
    NotRecorded(String),
    Told,
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Over(end) => write!(f, "jit: the access ended at {}", moment(*end)),
            Self::Revoked => f.write_str("jit: the access was revoked"),
            Self::Unclear(why) => write!(f, "jit: the session was ended: {why}"),
            Self::NotRecorded(why) => write!(f, "jit: the session was ended: it cannot be recorded: {why}"),
            Self::Told => f.write_str("jit: the session was ended by the host"),
        }
    }
}

struct Keeper<'a> {
    session: &'a Session,
    /// The front, until it was told the command's exit code.
    front: Option<std::fs::File>,
    main: Pid,
    code: Option<u8>,
    warnings: Warnings,
    relay: Option<Relay>,
}

impl Keeper<'_> {
    /// `None` when all that the session started has ended by itself.
    async fn watch(
        &mut self,
        access: &Access,
        revocations: &mut Revocations,
        signals: &mut Signals,
    ) -> Option<Why> {
        let mut unclear: Option<Instant> = None;
        loop {
            if self.reap() == Below::Nothing {
                return None;
            }
            let now = (self.session.now)();
            if now >= access.end {
                return Some(Why::Over(access.end));
            }
            match revocations.look() {
                Ok(true) => return Some(Why::Revoked),
                Ok(false) => unclear = None,
                Err(err) => {
                    let first = unclear.is_none();
                    let since = *unclear.get_or_insert_with(Instant::now);
                    if since.elapsed() >= GRACE {
                        return Some(Why::Unclear(err.to_string()));
                    }
                    // One that is being replaced says so for a moment only; a person has to know of a longer one.
                    if first {
                        self.say(&format!("jit: {err}; this session ends in a minute unless that is mended"));
                    }
                }
            }
            if let Some(text) = self.warnings.due(now) {
                self.say(&text);
            }
            let millis = u64::try_from(access.end.millis().saturating_sub(now.millis())).unwrap_or(0);
            // The clock itself is asked again: a machine that slept has not stopped the access's time.
            let nap = LOOK.min(Duration::from_millis(millis));
            let failed = async {
                match self.relay.as_mut() {
                    Some(relay) => relay.failed().await,
                    None => std::future::pending().await,
                }
            };
            let resized = tokio::select! {
                biased;
                why = failed => return Some(Why::NotRecorded(why)),
                _ = signals.terminate.recv() => return Some(Why::Told),
                _ = signals.child_ended.recv() => false,
                _ = signals.resized.recv() => true,
                () = tokio::time::sleep(nap) => false,
            };
            if resized && let Some(relay) = &self.relay {
                relay.resize();
            }
        }
    }

    /// Ends all of it and tells the user why. The command's exit code, and whether something is left.
    fn end(&mut self, why: &Why) -> (u8, Below) {
        let (main, code) = (self.main, &mut self.code);
        let left = processes::end_all(|pid, status| note(main, code, pid, status));
        let code = self.code.unwrap_or(u8::MAX);
        if self.front.is_some() {
            if let Some(relay) = self.relay.take() {
                relay.finish();
            }
            self.say(&why.to_string());
            if left == Below::Something {
                self.say("jit: processes are left that are another user's, or hang in the kernel");
            }
            self.report(code);
        }
        (code, left)
    }

    fn reap(&mut self) -> Below {
        let (main, code) = (self.main, &mut self.code);
        let below = processes::reap(|pid, status| note(main, code, pid, status));
        if let Some(code) = self.code
            && self.front.is_some()
        {
            if let Some(relay) = self.relay.take() {
                relay.finish();
            }
            if below == Below::Something {
                self.report(code);
            }
        }
        below
    }

    /// The session's command has ended: the front may, and the rest has no terminal any more.
    fn report(&mut self, code: u8) {
        // First, as sshd waits for the last end of what the session writes to.
        if let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") {
            let _ = rustix::stdio::dup2_stdin(&null);
            let _ = rustix::stdio::dup2_stdout(&null);
            let _ = rustix::stdio::dup2_stderr(&null);
        }
        if let Some(mut front) = self.front.take() {
            // A front that is gone needs to know nothing.
            let _ = front.write_all(&[code]);
        }
    }

    fn say(&self, text: &str) {
        let _cooked = self.relay.as_ref().map(Relay::cooked);
        say_soon(&self.session.say, Arc::from(text));
    }
}

fn note(main: Pid, code: &mut Option<u8>, pid: Pid, status: WaitStatus) {
    if pid == main {
        *code = Some(processes::code(status));
    }
}

/// On a thread of its own: a terminal that takes nothing, as after Ctrl-S, never holds up the end.
pub fn say_soon(say: &Arc<dyn Fn(&str) + Send + Sync>, text: Arc<str>) {
    let (said, heard) = mpsc::channel();
    let say = Arc::clone(say);
    std::thread::spawn(move || {
        say(&text);
        let _ = said.send(());
    });
    let _ = heard.recv_timeout(PATIENCE);
}

struct Signals {
    child_ended: unix::Signal,
    terminate: unix::Signal,
    resized: unix::Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            child_ended: signal(SignalKind::child())?,
            terminate: signal(SignalKind::terminate())?,
            resized: signal(SignalKind::window_change())?,
        })
    }
}

/// Signals of the terminal's, which are for the user's command. They are caught and not ignored: what is
/// ignored would be ignored by the command as well (execve(2)).
pub struct Ignored {
    _signals: Vec<unix::Signal>,
}

impl Ignored {
    pub fn new() -> io::Result<Self> {
        let names = [
            Signal::INT,
            Signal::QUIT,
            Signal::HUP,
            Signal::PIPE,
            Signal::TSTP,
            Signal::TTIN,
            Signal::TTOU,
            Signal::ALARM,
            Signal::USR1,
            Signal::USR2,
            Signal::XFSZ,
        ];
        let caught = names.iter().map(|name| signal(SignalKind::from_raw(name.as_raw())));
        Ok(Self { _signals: caught.collect::<io::Result<_>>()? })
    }
}

/// Each warning once, and none for a time that had passed at the start.
struct Warnings {
    end: Time,
    left: Vec<i64>,
}

impl Warnings {
    fn new(end: Time, now: Time) -> Self {
        let terminal = io::stderr().is_terminal();
        let secs = if terminal { end.secs_after(now) } else { 0 };
        Self { end, left: WARN_AT.into_iter().filter(|at| *at < secs).collect() }
    }

    fn due(&mut self, now: Time) -> Option<String> {
        let next = *self.left.first()?;
        let secs = self.end.secs_after(now);
        if secs > next {
            return None;
        }
        self.left.remove(0);
        Some(format!("jit: the access ends in {} minutes, at {}", (secs + 59) / 60, moment(self.end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_is_given_once_and_none_for_a_time_that_has_passed() {
        let at = |secs: i64| Time::from_millis(secs * 1000);
        let mut warnings = Warnings { end: at(1000), left: vec![600, 120] };
        assert_eq!(warnings.due(at(399)), None);
        assert_eq!(warnings.due(at(400)).unwrap(), "jit: the access ends in 10 minutes, at 00:16 UTC");
        assert_eq!(warnings.due(at(401)), None);
        assert_eq!(warnings.due(at(881)).unwrap(), "jit: the access ends in 2 minutes, at 00:16 UTC");
        assert_eq!(warnings.due(at(999)), None);
    }
}
