//! `jit demo`, from outside: what it shows, and that nothing of it stays.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::sshd::Sshd;

const IN_TIME: Duration = Duration::from_secs(60);

/// `jit demo` in an environment with nothing but these, in a folder of the test's own.
fn demo(runtime: &Path, path: Option<&Path>, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jit"));
    command.arg("demo").args(args).env_clear().env("XDG_RUNTIME_DIR", runtime).current_dir(runtime);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(command: &mut Command) -> Output {
    let start = Instant::now();
    let output = command.output().unwrap();
    assert!(start.elapsed() < IN_TIME, "{:?}", start.elapsed());
    output
}

/// Processes that work in the folder or name it.
fn processes(folder: &Path) -> Vec<String> {
    let name = folder.to_str().unwrap();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let proc = entry.path();
        let inside = std::fs::read_link(proc.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
        let command = std::fs::read(proc.join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        if (inside || command.contains(name)) && entry.file_name() != *std::process::id().to_string() {
            found.push(command);
        }
    }
    found
}

fn assert_nothing_is_left(runtime: &Path) {
    let left: Vec<_> = std::fs::read_dir(runtime).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(left.is_empty(), "{left:?}");
    // The host's own process for a login ends once it has seen its client go.
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(5) && !processes(runtime).is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(processes(runtime), Vec::<String>::new());
}

/// sshd of root wants this folder. Made here, it is not the demo's to remove while another test's needs it.
fn as_other_tests_find_it() {
    if crate::sshd::user() == "root" {
        std::fs::create_dir_all("/run/sshd").unwrap();
    }
}

#[test]
fn the_demo_does_what_it_says_with_an_empty_environment_and_leaves_nothing() {
    let openssh = Sshd::available();
    as_other_tests_find_it();
    let runtime = tempfile::tempdir().unwrap();
    let output = run(&mut demo(runtime.path(), None, &[]));
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), errors.as_ref()), (Some(0), ""), "{text}");
    for shown in [
        "admin$ jit policy check policy.d",
        "carol$ jit request prod-logs",
        "bob$ jit approve",
        "error: nobody approves their own request",
        "refused by policy: 8h is longer",
        "state:       expired",
        "confirmed",
        "events are whole and in order",
        "error: the log does not verify",
        "nothing is left behind",
    ] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    if openssh {
        assert_eq!(text.matches("\nlogged in\n").count(), 2, "{text}");
        assert_eq!(text.matches("Permission denied (publickey)").count(), 2, "{text}");
    }
    assert!(!text.contains('\x1b'), "no terminal, no colours: {text}");
    // What the demo says itself fits a terminal; of the commands' output, only the log's lines do not.
    for line in text.lines().filter(|line| line.contains("$ ") || line.ends_with(" \\")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert_nothing_is_left(runtime.path());
}

#[test]
fn without_openssh_it_says_so_and_the_rest_is_shown() {
    let (runtime, empty) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let output = run(&mut demo(runtime.path(), Some(empty.path()), &["-o", "json"]));
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]), "{output:?}");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["schema"], &told["kind"]), (&"jit/v1".into(), &"demo".into()));
    assert_eq!(told["ok"], true);
    assert_eq!(told["left_out"][0], "ssh is not installed here, so no login to a host is shown.");
    let steps = told["steps"].as_array().unwrap();
    assert!(steps.len() > 20 && steps.iter().all(|step| step["ok"] == true), "{steps:?}");
    let exit = |name: &str| steps.iter().find(|step| step["name"] == name).unwrap()["exit"].clone();
    assert_eq!(exit("bob's approval of his own is refused"), 5);
    assert_eq!(exit("no credential after the end"), 7);
    assert_eq!(exit("an edit is found"), 1);
    assert_nothing_is_left(runtime.path());
}

#[test]
fn ended_in_the_middle_it_leaves_nothing() {
    as_other_tests_find_it();
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let runtime = tempfile::tempdir().unwrap();
        let mut child = Guard(demo(runtime.path(), None, &[]).spawn().unwrap());
        let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines().map(Result::unwrap);
        // The server and the host run by then.
        assert!(lines.any(|line| line.starts_with("bob$ jit approve")));
        assert!(!processes(runtime.path()).is_empty());
        let killed = Command::new("kill").args(["-s", signal, &child.0.id().to_string()]).status();
        assert!(killed.unwrap().success());
        let start = Instant::now();
        assert_eq!(child.0.wait().unwrap().code(), Some(code));
        assert!(start.elapsed() < Duration::from_secs(10));
        assert_nothing_is_left(runtime.path());
    }
}

#[test]
fn a_step_that_goes_wrong_is_named_with_the_reason_and_ends_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    if !Sshd::available() {
        return;
    }
    as_other_tests_find_it();
    let (runtime, bin) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    symlink("/usr/sbin/sshd", bin.path().join("sshd")).unwrap();
    symlink("/usr/bin/ssh-keygen", bin.path().join("ssh-keygen")).unwrap();
    let ssh = bin.path().join("ssh");
    std::fs::write(&ssh, "#!/bin/sh\nexit 3\n").unwrap();
    std::fs::set_permissions(&ssh, std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = run(&mut demo(runtime.path(), Some(bin.path()), &["-o", "json"]));
    assert_eq!(output.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let last = told["steps"].as_array().unwrap().last().unwrap();
    assert_eq!((&told["ok"], &last["ok"], &last["exit"]), (&false.into(), &false.into(), &3.into()));
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["message"], "the demo failed where ssh logs in");
    assert_eq!(error["reasons"][0], "exit 3 instead of 0");
    assert_nothing_is_left(runtime.path());
}

#[test]
fn a_reader_that_goes_away_ends_it_and_leaves_nothing() {
    as_other_tests_find_it();
    let runtime = tempfile::tempdir().unwrap();
    let mut child = Guard(demo(runtime.path(), None, &[]).spawn().unwrap());
    let mut lines = BufReader::new(child.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.starts_with("serving on")));
    drop(lines);
    assert_eq!(child.0.wait().unwrap().code(), Some(141));
    assert_nothing_is_left(runtime.path());
}

/// A test that fails leaves no demo behind, either.
struct Guard(Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
