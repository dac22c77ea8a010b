//! `jit guard` below a real sshd: sessions that end with their access, and with nothing else.
#![allow(clippy::disallowed_methods, reason = "tests' own files, and the clock that certificates go by")]

pub mod host;
mod lines;
pub mod recording;
mod refusals;

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::sshd::new_key;
use crate::world::{POLICY, Server, run, start, until};

use host::{Host, marked, marker, processes};

/// What is promised after the end.
const SOON: Duration = Duration::from_secs(5);

#[test]
fn a_session_that_is_open_at_the_end_is_closed_with_all_that_it_left_running() {
    let Some(host) = Host::start("") else { return };
    let login = host.login(1, 3);
    let marker = marker();
    // One in a session of its own, one that hears no hang-up, one that hears nothing and whose parent has
    // ended, and one that is stopped.
    let script = format!(
        "setsid sleep {marker} & nohup sleep {marker} >/dev/null 2>&1 & \
         (setsid sh -c 'trap \"\" TERM HUP; sleep {marker}; sleep {marker}' </dev/null >/dev/null 2>&1 &) ; \
         sleep {marker} & sleep 0.3; kill -STOP $!; echo ready; wait"
    );
    let mut session = start(host.ssh(&login, &[], &script), "");
    until("it runs", SOON, || session.printed().contains("ready").then_some(()));
    until("all are there", SOON, || (processes(&marker).len() >= 4).then_some(()));
    assert!(session.is_running());
    let late = login.left();
    std::thread::sleep(late);
    let out = session.end_within(SOON);
    assert!(out.stderr.contains("jit: the access ended at ") && out.stderr.contains(" UTC"), "{out}");
    assert_ne!(out.code, 0, "{out}");
    until("nothing is left", SOON, || processes(&marker).is_empty().then_some(()));
    // And a new login fails, at sshd.
    assert_eq!(run(host.ssh(&login, &[], "true")).code, 255);
}

#[test]
fn a_session_is_closed_when_its_serial_is_revoked_and_the_sessions_of_another_grant_live_on() {
    let Some(host) = Host::start("") else { return };
    let (ended, kept) = (host.login(7, 600), host.login(8, 600));
    let (a, b) = (marker(), marker());
    let mut first = start(host.ssh(&ended, &[], &format!("(setsid sleep {a} &); echo in; sleep {a}")), "");
    let mut second = start(host.ssh(&kept, &[], &format!("(setsid sleep {b} &); echo in; sleep {b}")), "");
    until("both run", SOON, || (first.printed() + &second.printed() == "in\nin\n").then_some(()));
    // Another's revocation, and a file that was only touched, end nobody.
    host.revoke(9);
    std::thread::sleep(Duration::from_secs(1));
    assert!(first.is_running() && second.is_running());
    let revoked = Instant::now();
    host.revoke(7);
    let out = first.end_within(SOON);
    assert!(out.stderr.contains("jit: the access was revoked"), "{out}");
    until("nothing of it is left", SOON, || processes(&a).is_empty().then_some(()));
    assert!(revoked.elapsed() < SOON, "{:?}", revoked.elapsed());
    assert!(second.is_running() && processes(&b).len() == 2);
    assert_eq!(run(host.ssh(&kept, &[], "echo still in")).ok().stdout, "still in\n");
    host.revoke(8);
    second.end_within(SOON);
}

#[test]
fn a_revoke_on_the_server_ends_the_session_on_the_host() {
    if !crate::sshd::Sshd::available() {
        return;
    }
    let server = Server::start(POLICY);
    let carol = server.person("carol");
    let host = Host::trusting(&server.ca(), &server.krl(), "", "");
    let key = new_key(carol.home(), "id", &["ed25519"]);
    let id = carol.request(&["shell", "--for", "10m"]);
    carol.credential(&id).ok();
    let certificate = carol.path("id-cert.pub");
    let login = host::Login { key, certificate, end: None };
    let session = start(host.ssh(&login, &[], "echo in; sleep 1000"), "");
    until("it runs", SOON, || (session.printed() == "in\n").then_some(()));
    carol.jit(&["revoke", &id]).ok();
    host.put_krl(&server.krl());
    let out = session.end_within(SOON);
    assert!(out.stderr.contains("jit: the access was revoked"), "{out}");
}

#[test]
fn what_a_command_leaves_running_does_not_hold_it_up_and_ends_with_the_access() {
    let Some(host) = Host::start("") else { return };
    let login = host.login(1, 4);
    let marker = marker();
    let script = format!("(setsid sleep {marker} </dev/null >/dev/null 2>&1 &); exit 3");
    let begun = Instant::now();
    run(host.ssh(&login, &[], &script)).expect(3);
    assert!(begun.elapsed() < Duration::from_secs(2), "it waited for what it left running");
    assert_eq!(processes(&marker).len(), 1, "it did not outlive its command");
    std::thread::sleep(login.left());
    until("it is ended", SOON, || processes(&marker).is_empty().then_some(()));
}

#[test]
fn the_other_sessions_of_the_connection_and_its_ports_are_closed_too() {
    let Some(host) = Host::start("") else { return };
    let login = host.login(1, 4);
    let socket = host.path("mux");
    let socket = socket.to_str().unwrap();
    let port = crate::programs::free_port().to_string();
    let forward = format!("{port}:127.0.0.1:{}", host.port());
    let mut master = start(host.ssh(&login, &["-M", "-S", socket, "-N", "-L", &forward], ""), "");
    until("the connection is shared", SOON, || std::path::Path::new(socket).exists().then_some(()));
    let session = start(host.ssh(&login, &["-S", socket], "echo in; sleep 1000"), "");
    until("it runs", SOON, || (session.printed() == "in\n").then_some(()));
    let reaches = || std::net::TcpStream::connect(format!("127.0.0.1:{port}")).is_ok();
    assert!(reaches() && master.is_running());
    std::thread::sleep(login.left());
    session.end_within(SOON);
    master.end_within(SOON);
    assert!(!reaches(), "the port outlived the access");
    // sshd itself is none of ours to end.
    host.revoke(99);
    assert_eq!(run(host.ssh(&host.login(2, 60), &[], "echo in")).ok().stdout, "in\n");
}

#[test]
fn a_certificates_forced_command_is_run_and_never_bypassed() {
    let Some(host) = Host::start("") else { return };
    let login = host.login_with(1, 60, |gives| {
        gives.force_command = Some("echo forced; echo \"asked: $SSH_ORIGINAL_COMMAND\"; exit 4".to_owned());
    });
    let out = run(host.ssh(&login, &[], "echo mine; id")).expect(4);
    assert_eq!(out.stdout, "forced\nasked: echo mine; id\n");
    // A shell, a subsystem, and an answer of the client's own are no way around it either.
    assert_eq!(run(host.ssh(&login, &[], "")).expect(4).stdout, "forced\nasked: \n");
    let out = run(host.ssh(&login, &["-s"], "sftp")).expect(4);
    assert!(out.stdout.starts_with("forced\nasked: /"), "{out}");
    let mut sends = host.ssh(&login, &["-o", "SendEnv=SSH_* SHELL JIT_* COMPLETE"], "x");
    for name in ["SSH_ORIGINAL_COMMAND", "SHELL", "SSH_USER_AUTH", "JIT_OUTPUT", "COMPLETE"] {
        sends.env(name, "/bin/sh");
    }
    assert!(!run(sends).stdout.contains("mine"));
    // Without one, the command does not see that there is a guard.
    let plain = host.login(2, 60);
    assert_eq!(run(host.ssh(&plain, &[], "echo \"<$SSH_ORIGINAL_COMMAND>\"")).ok().stdout, "<>\n");
}

#[test]
fn bytes_pass_untouched_both_ways_and_exit_codes_too() {
    let Some(host) = Host::start(&format!("--record {}", host::RECORDINGS)) else { return };
    let login = host.login(1, 60);
    let bytes: Vec<u8> = (0..1 << 20).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut command = host.ssh(&login, &[], "cat");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let sent = bytes.clone();
    let writer = std::thread::spawn(move || stdin.write_all(&sent).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout == bytes, "{} bytes came back of {}", output.stdout.len(), bytes.len());
    assert!(output.stderr.is_empty());
    for code in [0, 1, 7, 42, 254] {
        run(host.ssh(&login, &[], &format!("exit {code}"))).expect(code);
    }
    run(host.ssh(&login, &[], "kill -KILL $$")).expect(137);
    run(host.ssh(&login, &[], "no-such-command")).expect(127);
    let out = run(host.ssh(&login, &[], "echo out; echo err >&2")).ok();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("out\n", "err\n"));
    assert!(host.recordings().is_empty(), "a session without a terminal was recorded");
}

#[test]
fn sftp_and_scp_work_through_the_guard() {
    let Some(host) = Host::start("") else { return };
    let login = host.login(1, 60);
    let (from, to) = (host.path("from"), host.path("to"));
    std::fs::write(&from, [0xff, 0, 13, 10, 26]).unwrap();
    let args = host.scp_args(&login);
    for way in [&[][..], &["-O"]] {
        let _ = std::fs::remove_file(&to);
        let mut command = crate::world::clean("scp", host.dir());
        command.args(way).args(&args).arg(&from).arg(format!("127.0.0.1:{}", to.display()));
        run(command).ok();
        assert_eq!(std::fs::read(&to).unwrap(), [0xff, 0, 13, 10, 26], "{way:?}");
    }
}

#[test]
fn a_guard_that_is_killed_takes_the_session_with_it() {
    let Some(host) = Host::start("") else { return };
    let login = host.login(1, 60);
    let marker = marker();
    // The command's parent is the keeper.
    let script = format!("(setsid sleep {marker} &); kill -9 $PPID; sleep {marker}");
    let out = start(host.ssh(&login, &[], &script), "").end_within(Duration::from_secs(10));
    assert_ne!(out.code, 0, "{out}");
    until("nothing is left", SOON, || processes(&marker).is_empty().then_some(()));
    // The front is no more than whom sshd waits for: the keeper stays.
    let other = host.login(2, 5);
    let marker = crate::guard::marker();
    let script = format!("sleep {marker} & kill -9 $(ps -o ppid= $PPID); wait");
    let _ = start(host.ssh(&other, &[], &script), "").end_within(Duration::from_secs(10));
    std::thread::sleep(other.left());
    until("nothing is left", SOON, || processes(&marker).is_empty().then_some(()));
    assert!(marked(&marker).is_empty());
}
