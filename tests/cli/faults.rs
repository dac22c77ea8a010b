//! Faults that are not a crash: files that are open to others, clocks that jump, disks that fail.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use jit_access::domain::Time;
use jit_access::ops::Backend;
use rustix::process::Signal;

use crate::crash::{active, log_verifies, serial, serials};
use crate::world::{POLICY, Server, block_on, clean, needs, run, start, until};

/// Every file and folder below, with its mode.
fn modes(dir: &Path, found: &mut Vec<(String, bool, u32)>) {
    let meta = dir.symlink_metadata().unwrap();
    found.push((dir.display().to_string(), meta.is_dir(), meta.permissions().mode() & 0o7777));
    if meta.is_dir() {
        std::fs::read_dir(dir).unwrap().for_each(|entry| modes(&entry.unwrap().path(), found));
    }
}

#[test]
fn whatever_the_umask_files_are_closed_to_others() {
    let umask = ["sh", "-c", "umask 000; exec \"$0\" \"$@\""];
    let mut server = Server::prepare(POLICY);
    server.wrapper = umask.map(str::to_owned).into();
    server.start_again();
    let mut carol = server.somebody("carol");
    let code = server.add_user(&["carol"]);
    carol.use_file_store();
    let words = ["-c", umask[2], crate::world::JIT, "login", &server.url(), "--code-file", "-"];
    start(carol.with_env("sh", &words), &code).end().ok();
    let mut found = Vec::new();
    modes(&server.data(), &mut found);
    modes(&carol.path(".config"), &mut found);
    for (path, dir, mode) in found {
        // sshd reads the KRL, which is no secret, as root or not.
        let wanted: &[u32] = match (dir, path.ends_with("/ssh/krl")) {
            (true, _) => &[0o700],
            (false, true) => &[0o600, 0o644],
            _ => &[0o600],
        };
        assert!(wanted.contains(&mode), "{path} has mode {mode:04o}");
    }
}

#[test]
fn what_others_could_read_is_refused_with_the_cure() {
    let mut server = Server::start(POLICY);
    let carol = server.person("carol");
    let loosen = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    loosen(&carol.path("token"), 0o644);
    let out = carol.jit(&["whoami", "-o", "json"]);
    assert!(out.code != 0 && out.error()["hint"].as_str().unwrap().contains("chmod 600"), "{out}");
    server.kill();
    for (file, mode, cure) in
        [("jit.db", 0o644, "chmod 600"), ("audit.key", 0o640, "chmod 600"), (".", 0o755, "chmod 700")]
    {
        let path = server.data().join(file);
        loosen(&path, mode);
        let out = run(server.command()).expect(1);
        let error = out.error().to_string();
        assert!(error.contains(cure), "{file}: {error}");
        loosen(&path, if file == "." { 0o700 } else { 0o600 });
    }
    server.start_again();
}

/// The variables that give a process another clock, from a file that may change while it runs.
fn other_clock(server: &Server) -> Option<Vec<(String, String)>> {
    if !needs("faketime", "faketime") {
        return None;
    }
    let mut command = clean("faketime", &server.home());
    command.args(["-f", "+0", "env"]);
    let env = run(command).ok().stdout;
    let preload = env.lines().find_map(|line| line.strip_prefix("LD_PRELOAD=")).unwrap().to_owned();
    let file = server.home().join("clock").display().to_string();
    let pairs = [
        ("LD_PRELOAD", preload),
        ("FAKETIME_TIMESTAMP_FILE", file),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    Some(pairs.map(|(name, value)| (name.to_owned(), value)).into())
}

fn set_clock(server: &Server, offset: &str) {
    // Renamed into place: half of it would be another time.
    let (new, file) = (server.home().join("clock.new"), server.home().join("clock"));
    crate::world::put_private(&new, offset);
    std::fs::rename(new, file).unwrap();
}

fn start_at(server: &mut Server, clock: &[(String, String)], offset: &str) {
    set_clock(server, offset);
    let mut command = server.command();
    command.envs(clock.iter().map(|(name, value)| (name, value)));
    server.start_command(command);
}

fn now(server: &Server) -> Time {
    block_on(server.admin().remote().health()).unwrap().now
}

#[test]
fn a_clock_set_back_a_year_at_a_restart_revives_nothing() {
    let mut server = Server::prepare(POLICY);
    let Some(clock) = other_clock(&server) else { return };
    start_at(&mut server, &clock, "+0");
    let (carol, eve) = (server.person("carol"), server.person("eve"));
    let expired = active(&carol, "2s");
    until("expired", Duration::from_secs(20), || (carol.state(&expired) == "expired").then_some(()));
    let revoked = active(&carol, "10m");
    let revoked_serial = serial(&carol);
    carol.jit(&["revoke", &revoked]).ok();
    let kept = active(&carol, "10m");
    let ends = carol.show(&kept)["ends"].clone();
    eve.jit(&["logout"]).ok();
    let before = now(&server);
    assert_eq!(server.stop().0, 0);

    for offset in ["-1h", "-365d"] {
        start_at(&mut server, &clock, offset);
        assert!(now(&server) >= before, "{offset}: {:?} is before {before:?}", now(&server));
        assert_eq!(carol.state(&expired), "expired");
        carol.credential(&expired).expect(7);
        carol.credential(&revoked).expect(7);
        assert!(serials(&server).contains(&revoked_serial), "{offset}");
        assert_eq!(carol.show(&kept)["ends"], ends, "the same end");
        eve.jit(&["whoami"]).expect(4);
        // Time goes on all the same.
        let id = active(&carol, "2s");
        until("expired", Duration::from_secs(20), || (carol.state(&id) == "expired").then_some(()));
        server.kill();
    }
}

#[test]
fn a_clock_set_back_while_the_server_runs_prolongs_nothing_and_one_set_forward_ends_at_once() {
    let mut server = Server::prepare(POLICY);
    let Some(clock) = other_clock(&server) else { return };
    start_at(&mut server, &clock, "+0");
    let carol = server.person("carol");
    let id = active(&carol, "2s");
    set_clock(&server, "-365d");
    until("expired", Duration::from_secs(10), || (carol.state(&id) == "expired").then_some(()));
    let id = active(&carol, "10m");
    set_clock(&server, "+11m");
    until("expired", Duration::from_secs(10), || (carol.state(&id) == "expired").then_some(()));
    // Idle for longer than a session lasts: over, and it stays over when the clock is put right.
    set_clock(&server, "+13h");
    until("the session is over", Duration::from_secs(20), || {
        (carol.jit(&["whoami"]).code == 4).then_some(())
    });
    set_clock(&server, "+0");
    carol.jit(&["whoami"]).expect(4);
    server.kill();
    start_at(&mut server, &clock, "+0");
    carol.jit(&["whoami"]).expect(4);
}

/// strace on the running server, until it is dropped: system calls fail as told.
struct Faults(crate::world::Running);

impl Faults {
    fn on(server: &Server, inject: &str) -> Option<Self> {
        let attached = server.home().join("strace");
        let mut command = clean("sh", &server.home());
        command.args(["-c", "exec strace -f -o /dev/null -e \"$0\" -p \"$1\" 2>strace", inject]);
        command.arg(server.pid().as_raw_nonzero().to_string());
        let mut running = start(command, "");
        let how = until("strace is attached", Duration::from_secs(20), || {
            let said = std::fs::read_to_string(&attached).unwrap_or_default();
            if said.contains("attached") && !said.contains("Operation not permitted") {
                return Some(true);
            }
            (!running.is_running()).then_some(false)
        });
        if !how {
            let said = std::fs::read_to_string(&attached).unwrap();
            #[expect(clippy::disallowed_methods, reason = "the environment of the test runner")]
            let ci = std::env::var_os("CI").is_some();
            assert!(!ci, "strace cannot attach in CI: {said}");
            eprintln!("SKIPPED: strace cannot attach here: {said}");
            return None;
        }
        Some(Self(running))
    }

    /// Leaves the server as it is, and the disk well again.
    fn end(self) {
        self.0.signal(Signal::TERM);
        drop(self.0.end());
    }
}

/// With a disk that fails so: no grant, no corruption, revocations go on; and afterwards all is well.
fn disk_fails(inject: &str) {
    if !needs("strace", "strace") {
        return;
    }
    let alert = "[alert.disk]\non = \"log-write-failed\"\n";
    let server = Server::start(&format!("{POLICY}{alert}"));
    let carol = server.person("carol");
    let held = active(&carol, "10m");
    let serial = serial(&carol);
    let unused = carol.request(&["shell", "--for", "10m", "--idempotency-key", "unused"]);
    let Some(faults) = Faults::on(&server, inject) else { return };

    let ask = ["request", "deploy", "--on", "web-1", "--for", "10m", "--reason", "x", "-o", "json"];
    let error = carol.jit(&ask).expect(1).error();
    assert_eq!((&error["code"], &error["retryable"]), (&"unavailable".into(), &true.into()), "{error}");
    std::fs::remove_file(carol.path("id-cert.pub")).unwrap();
    assert_eq!(carol.credential(&unused).expect(1).error()["code"], "unavailable");
    assert!(!carol.path("id-cert.pub").exists(), "a certificate without a record");
    // The access ends, though nothing can be recorded, and nobody is told that it was recorded.
    let revoked = carol.jit(&["revoke", &held, "-o", "json"]);
    assert_ne!((revoked.code, carol.state(&held).as_str()), (0, "active"), "{revoked}");
    assert!(serials(&server).contains(&serial), "hosts are not told: {revoked}\n{}", server.stderr());
    let doctor = carol.jit(&["doctor"]);
    assert!(doctor.code != 0 && doctor.stdout.contains("recorded"), "{doctor}");

    faults.end();
    until("the revocation is recorded", Duration::from_secs(60), || {
        if carol.state(&held) == "active" {
            // The clock would end it at its own end; asked again it is recorded now.
            let _ = carol.jit(&["revoke", &held]);
        }
        (carol.state(&held) == "revoked").then_some(())
    });
    carol.jit(&ask).ok();
    carol.credential(&unused).ok();
    until("it is told that the log could not be written", Duration::from_secs(20), || {
        let log = server.admin().jit(&["audit", "log", "--kind", "alert.raised", "-o", "ndjson"]);
        log.stdout.contains("the log could not be written").then_some(())
    });
    log_verifies(&server);
}

#[test]
fn when_the_disk_does_not_sync_nothing_is_granted_and_revocations_go_on() {
    disk_fails("inject=fsync,fdatasync:error=EIO");
}

#[test]
fn when_the_disk_is_full_nothing_is_granted_and_revocations_go_on() {
    disk_fails("inject=pwrite64,ftruncate,fallocate:error=ENOSPC");
}
