//! The process that sshd waits for.

use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;

use rustix::process::{Pid, Signal, WaitStatus, kill_process};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::keeper::{Ignored, say_soon};
use super::processes::{self, Connection};
use super::{GuardError, Session};

/// Starts the keeper, which is this program again with these arguments and a number behind them, and
/// gives the exit code of the session's command as soon as that has ended. What the command left running
/// is the keeper's.
///
/// # Errors
/// When the keeper cannot be started, or was ended: then what the session started ends too.
pub async fn front(session: &Session, keeper: &[OsString]) -> Result<u8, GuardError> {
    let _ignored = Ignored::new()?;
    let mut child_ended = signal(SignalKind::child())?;
    let mut terminate = signal(SignalKind::terminate())?;
    processes::adopt_orphans()?;
    let connection = Connection::above();
    // The keeper opens it by its name in /proc: an open file that is inherited would reach the session's
    // command as well.
    let (mut from_keeper, to_us) = io::pipe()?;
    let mut command = Command::new("/proc/self/exe");
    let child = command.arg0("jit").args(keeper).arg(to_us.as_raw_fd().to_string()).spawn()?;
    let pid = Pid::from_child(&child);
    let (send, mut code) = oneshot::channel();
    std::thread::spawn(move || {
        let mut byte = [0];
        let read = from_keeper.read_exact(&mut byte);
        let _ = read.map(|()| send.send(u8::from_ne_bytes(byte)));
    });
    loop {
        tokio::select! {
            biased;
            Ok(code) = &mut code => return Ok(code),
            _ = terminate.recv() => { let _ = kill_process(pid, Signal::TERM); }
            _ = child_ended.recv() => {
                let mut of_keeper: Option<WaitStatus> = None;
                let _ = processes::reap(|ended, status| if ended == pid { of_keeper = Some(status); });
                match of_keeper {
                    // It ended by itself: there was no session, or nothing is left of it.
                    Some(status) if status.exited() => return Ok(processes::code(status)),
                    Some(_) => break,
                    None => {}
                }
            }
        }
    }
    // INVARIANT 9: nobody looks at the end of the access any more.
    let _ = processes::end_all(|_, _| {});
    say_soon(&session.say, Arc::from("jit: the session was ended, because its guard was"));
    if let Some(connection) = connection {
        connection.end();
    }
    Ok(1)
}
