//! Recordings of sessions at a terminal.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use rexpect::session::{PtySession, spawn_command};
use serde_json::Value;

use crate::world::{end, run, until};

use super::SOON;
use super::host::{GUARD, Host, Login, RECORDINGS, marker, processes};

/// `ssh -t` at a terminal of 90 columns and 20 rows.
pub fn at_terminal(host: &Host, login: &Login, before: &str, command: &str) -> PtySession {
    let ssh = host.ssh(login, &["-tt"], command);
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("stty echo cols 90 rows 20; {before} exec \"$0\" \"$@\"")]);
    shell.arg(ssh.get_program()).args(ssh.get_args()).env_clear();
    for (name, value) in ssh.get_envs() {
        shell.env(name, value.unwrap());
    }
    shell.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    spawn_command(shell, Some(20_000)).unwrap()
}

/// The header, and the events.
fn read(host: &Host) -> (Value, Vec<(f64, String, String)>) {
    let files = host.recordings();
    assert_eq!(files.len(), 1, "{files:?}");
    let text = std::fs::read_to_string(&files[0]).unwrap();
    assert!(text.ends_with('\n'));
    let (header, events) = text.split_once('\n').unwrap();
    let events = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (serde_json::from_str(header).unwrap(), events)
}

fn shown(events: &[(f64, String, String)]) -> String {
    events.iter().filter(|(_, kind, _)| kind == "o").map(|(_, _, data)| data.as_str()).collect()
}

#[test]
fn a_recording_is_an_asciicast_with_the_output_and_without_a_typed_password() {
    let Some(host) = Host::start(&format!("--record {RECORDINGS}")) else { return };
    let login = host.login(0x1234, 60);
    let command = "stty size; printf 'password: '; read -s x; echo; echo got ${#x} \u{e9}\u{6f22}; \
                   read line; stty size; exit 3";
    // The terminal gets another size on the way.
    let grow = host.path("grow");
    let before =
        format!("(until test -e {}; do sleep 0.1; done; stty cols 101 rows 41 </dev/tty) &", grow.display());
    let mut terminal = at_terminal(&host, &login, &before, command);
    terminal.exp_string("20 90").unwrap();
    terminal.exp_string("password: ").unwrap();
    // The echo is off only a moment later.
    std::thread::sleep(Duration::from_millis(300));
    terminal.send_line("canary-7-secret").unwrap();
    terminal.exp_string("got 15").unwrap();
    std::fs::write(grow, "").unwrap();
    until("the size is another", Duration::from_secs(20), || {
        read(&host).1.iter().any(|(_, kind, _)| kind == "r").then_some(())
    });
    terminal.send_line("typed with an echo").unwrap();
    let (text, code) = end(terminal);
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("41 101"), "the size did not reach the command: {text}");

    let (header, events) = read(&host);
    assert_eq!(
        (&header["version"], &header["width"], &header["height"]),
        (&2.into(), &90.into(), &20.into())
    );
    assert!(header["timestamp"].as_u64().is_some_and(|secs| secs > 1_700_000_000), "{header}");
    assert_eq!(header["env"]["TERM"], "xterm");
    let shown = shown(&events);
    assert!(shown.contains("password: ") && shown.contains("got 15 \u{e9}\u{6f22}\r\n"), "{shown:?}");
    assert!(shown.contains("typed with an echo"), "{shown:?}");
    assert!(!std::fs::read_to_string(&host.recordings()[0]).unwrap().contains("canary"));
    assert!(events.iter().any(|(_, kind, data)| kind == "r" && data == "101x41"), "{events:?}");
    assert!(events.iter().all(|(_, kind, _)| kind == "o" || kind == "r"));
    assert!(events.is_sorted_by(|a, b| a.0 <= b.0));

    let file = &host.recordings()[0];
    let name = file.file_name().unwrap().to_str().unwrap();
    let request = jit_access::domain::RequestId::from_number(0x1234 ^ 0xabc).unwrap();
    assert!(name.starts_with(&format!("{request}-{}-20", 0x1234)), "{name}");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(file), mode(file.parent().unwrap())), (0o600, 0o700));
}

#[test]
fn a_shell_at_a_terminal_is_a_login_shell_with_all_that_a_terminal_has_recorded_or_not() {
    for guard in ["", &format!("--record {RECORDINGS}")] {
        let Some(host) = Host::start(guard) else { return };
        let login = host.login(1, 60);
        let mut terminal = at_terminal(&host, &login, "", "");
        // What the shell says of itself first depends on the account.
        terminal.send_line("PS1='ready> '; echo $0").unwrap();
        terminal.exp_regex("[\r\n]-bash").unwrap();
        // Job control, and Ctrl-C to the command and not to the guard.
        let marker = marker();
        terminal.send_line(&format!("sleep {marker}")).unwrap();
        until("it runs", SOON, || (!processes(&marker).is_empty()).then_some(()));
        terminal.send_control('z').unwrap();
        terminal.exp_string("Stopped").unwrap();
        terminal.exp_string(&marker).unwrap();
        terminal.send_line("fg").unwrap();
        terminal.exp_string(&marker).unwrap();
        std::thread::sleep(Duration::from_millis(300));
        terminal.send_control('c').unwrap();
        terminal.send_line("echo code $?").unwrap();
        terminal.exp_regex("[\r\n]code 130").unwrap();
        terminal.send_line("exit 7").unwrap();
        let (text, code) = end(terminal);
        assert_eq!(code, 7, "{text}");
        if !guard.is_empty() {
            assert!(shown(&read(&host).1).contains("code 130"));
        }
    }
}

#[test]
fn a_person_at_a_terminal_is_warned_and_told_why_it_ended_recorded_or_not() {
    for guard in ["", &format!("--record {RECORDINGS}")] {
        let Some(host) = Host::start(guard) else { return };
        let (login, marker) = (host.login(1, 125), marker());
        let mut terminal = at_terminal(&host, &login, "", "");
        terminal.exp_string("jit: the access ends in 2 minutes, at ").unwrap();
        terminal.send_line(&format!("(setsid sleep {marker} &); sleep {marker}")).unwrap();
        until("it runs", SOON, || (processes(&marker).len() == 2).then_some(()));
        host.revoke(1);
        let (text, _) = end(terminal);
        assert!(text.contains("jit: the access was revoked"), "{text}");
        assert!(processes(&marker).is_empty());
    }
}

#[test]
fn who_leaves_takes_the_shell_along() {
    let Some(host) = Host::start(&format!("--record {RECORDINGS}")) else { return };
    let (login, marker) = (host.login(1, 60), marker());
    let mut terminal = at_terminal(&host, &login, "", &format!("echo in; sleep {marker}"));
    terminal.exp_string("in").unwrap();
    until("it runs", SOON, || (!processes(&marker).is_empty()).then_some(()));
    drop(terminal);
    until("the command has heard of it", SOON, || processes(&marker).is_empty().then_some(()));
}

#[test]
fn a_session_that_cannot_be_recorded_does_not_start() {
    let Some(host) = Host::start(&format!("--record {RECORDINGS}")) else { return };
    let login = host.login(1, 60);
    std::fs::write(host.path("recordings"), "a file").unwrap();
    let (text, code) = end(at_terminal(&host, &login, "", "echo in"));
    assert_eq!(code, 5, "{text}");
    assert!(text.contains("the recording cannot be written") && !text.contains("in\r\n"), "{text}");
    // Without a terminal there is nothing to record.
    assert_eq!(run(host.ssh(&login, &[], "echo in")).ok().stdout, "in\n");
    // A folder that others can look into is none.
    std::fs::remove_file(host.path("recordings")).unwrap();
    std::fs::create_dir(host.path("recordings")).unwrap();
    std::fs::set_permissions(host.path("recordings"), PermissionsExt::from_mode(0o755)).unwrap();
    assert_eq!(end(at_terminal(&host, &login, "", "echo in")).1, 5);
}

#[test]
fn a_recording_that_fails_in_the_middle_ends_the_session() {
    // In bash a block has 1,024 bytes.
    let Some(host) = Host::start(&format!("ulimit -f 20; {GUARD} --record {RECORDINGS}")) else { return };
    let (login, marker) = (host.login(1, 60), marker());
    let command = format!("(setsid sleep {marker} &); yes | head -c 100000; sleep {marker}");
    let begun = std::time::Instant::now();
    let (text, code) = end(at_terminal(&host, &login, "", &command));
    assert!(text.contains("it cannot be recorded"), "{}", &text[text.len() - 200..]);
    assert!(code != 0 && begun.elapsed() < Duration::from_secs(10), "{code}");
    assert!(processes(&marker).is_empty());
    let shown = shown(&read_whole_lines(&host));
    assert!(shown.len() <= text.len(), "more was recorded than was shown");
}

/// The last line is cut where the disk was full.
fn read_whole_lines(host: &Host) -> Vec<(f64, String, String)> {
    let text = std::fs::read_to_string(&host.recordings()[0]).unwrap();
    text.lines().skip(1).filter_map(|line| serde_json::from_str(line).ok()).collect()
}
