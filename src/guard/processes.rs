//! Everything that a session started, and the end of all of it.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpid, getppid, getuid, kill_process, set_child_subreaper, wait,
};

/// Between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(2);
/// What SIGKILL does not end in this time hangs in the kernel, or belongs to another user.
const LIMIT: Duration = Duration::from_secs(4);
/// How often those are looked for that were started meanwhile.
const SCAN: Duration = Duration::from_millis(500);
const GLANCE: Duration = Duration::from_millis(10);

/// From now on the parent of every process below this one whose own parent ends: nothing that the
/// session starts gets away by `setsid` or by forking twice (prctl(2), `PR_SET_CHILD_SUBREAPER`).
pub fn adopt_orphans() -> io::Result<()> {
    Ok(set_child_subreaper(Some(getpid()))?)
}

/// Whether anything below this process is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Below {
    Nothing,
    Something,
}

/// Takes notice of every child that has ended. A process without children has no descendants either, as
/// it is the parent of all orphans.
pub fn reap(mut ended: impl FnMut(Pid, WaitStatus)) -> Below {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some((pid, status))) => ended(pid, status),
            Err(Errno::INTR) => {}
            Err(Errno::CHILD) => return Below::Nothing,
            Ok(None) | Err(_) => return Below::Something,
        }
    }
}

/// As a shell counts it.
pub fn code(status: WaitStatus) -> u8 {
    let code = status.exit_status().or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

/// Ends every process below this one: SIGTERM, and SIGHUP for shells, which take no notice of the
/// first; then SIGKILL. What cannot be ended is left, and said.
pub fn end_all(mut ended: impl FnMut(Pid, WaitStatus)) -> Below {
    let start = Instant::now();
    let mut told = HashSet::new();
    let mut next = start;
    loop {
        if reap(&mut ended) == Below::Nothing {
            return Below::Nothing;
        }
        if start.elapsed() >= LIMIT {
            return Below::Something;
        }
        if start.elapsed() >= GRACE {
            if kill_all() == 0 {
                return reap(&mut ended);
            }
        } else if Instant::now() >= next {
            for pid in descendants() {
                if told.insert(pid) {
                    // What is stopped hears nothing until it goes on.
                    for signal in [Signal::TERM, Signal::HUP, Signal::CONT] {
                        let _ = kill_process(pid, signal);
                    }
                }
            }
            next = Instant::now() + SCAN;
        }
        std::thread::sleep(GLANCE);
    }
}

/// Kills all at once: they are stopped first, so that none makes another meanwhile. How many were ours
/// to kill.
fn kill_all() -> usize {
    let start = Instant::now();
    let mut stopped = HashSet::new();
    loop {
        let found = descendants();
        let new: Vec<Pid> = found.difference(&stopped).copied().collect();
        if new.is_empty() || start.elapsed() >= GRACE {
            return found.iter().filter(|pid| kill_process(**pid, Signal::KILL).is_ok()).count();
        }
        for pid in new {
            let _ = kill_process(pid, Signal::STOP);
        }
        stopped.extend(found);
    }
}

/// All processes below this one, as far as /proc shows them.
fn descendants() -> HashSet<Pid> {
    let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
    for pid in pids() {
        if let Some(parent) = Stat::of(pid).and_then(|stat| stat.parent) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = HashSet::new();
    let mut open = vec![getpid()];
    while let Some(pid) = open.pop() {
        for child in children.remove(&pid).unwrap_or_default() {
            found.insert(child);
            open.push(child);
        }
    }
    found
}

fn pids() -> impl Iterator<Item = Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
}

/// What proc_pid_stat(5) says.
struct Stat {
    name: String,
    parent: Option<Pid>,
    /// In ticks since boot: it tells a process from a later one of the same number.
    started: String,
}

impl Stat {
    fn of(pid: Pid) -> Option<Self> {
        Self::parse(&fs::read(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?)
    }

    /// `PID (NAME) STATE PPID …`; a name may have anything in it, parentheses included.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let (before, after) = text.rsplit_once(") ")?;
        let (_, name) = before.split_once(" (")?;
        let mut fields = after.split_ascii_whitespace();
        let parent = Pid::from_raw(fields.nth(1)?.parse().ok()?);
        // The 22nd field of all.
        let started = fields.nth(17)?.to_owned();
        Some(Self { name: name.to_owned(), parent, started })
    }
}

/// The process of sshd's that serves this connection as this user.
pub struct Connection {
    pid: Pid,
    started: String,
}

/// sshd, a shell that did not `exec`, the front, the keeper.
const FURTHEST: usize = 5;

impl Connection {
    /// The nearest sshd above, when it runs as this user: not the one that listens, nor the one of root's
    /// that watches over it. The first process of a container is left alone in any case.
    pub fn above() -> Option<Self> {
        let mut pid = getppid()?;
        for _ in 0..FURTHEST {
            let stat = Stat::of(pid)?;
            if pid.is_init() || real_uid(pid)? != getuid().as_raw() {
                return None;
            }
            // `sshd-session` since OpenSSH 9.8.
            if matches!(stat.name.as_str(), "sshd" | "sshd-session") {
                return Some(Self { pid, started: stat.started });
            }
            pid = stat.parent?;
        }
        None
    }

    /// Ends the connection, with the ports that it forwards and the other sessions on it.
    pub fn end(&self) {
        if Stat::of(self.pid).is_some_and(|stat| stat.started == self.started) {
            let _ = kill_process(self.pid, Signal::TERM);
        }
    }
}

/// From `status`, as the folder itself belongs to root where a process has changed its user.
fn real_uid(pid: Pid) -> Option<u32> {
    let status = fs::read(format!("/proc/{}/status", pid.as_raw_pid())).ok()?;
    let status = String::from_utf8_lossy(&status);
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"))?;
    uids.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name_is() {
        let line = |name: &str| {
            format!(
                "7 ({name}) S 5 7 7 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 4711 1000 200 18446744073709551615"
            )
        };
        for name in ["sshd", "a) S 1 (b", ") ", "", "\u{202e}"] {
            let stat = Stat::parse(line(name).as_bytes()).unwrap();
            assert_eq!((stat.name.as_str(), stat.started.as_str()), (name, "4711"));
            assert_eq!(stat.parent, Pid::from_raw(5));
        }
        for bad in ["", "7", "7 (x", "7 (x) S", "7 (x) S y 1"] {
            assert!(Stat::parse(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn this_very_process_is_no_sshd_and_has_a_user() {
        assert_eq!(real_uid(getpid()), Some(getuid().as_raw()));
        assert!(Stat::of(getpid()).is_some_and(|stat| stat.parent == getppid()));
    }
}
