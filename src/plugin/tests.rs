//! Real programs that do what they must not.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::*;
use crate::programs::install;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A shell script, pinned.
    fn script(&self, text: &str) -> Program {
        let path = self.path("plugin");
        install(&format!("#!/bin/sh\n{text}\n"), &path);
        program(&path)
    }
}

fn program(path: &Path) -> Program {
    Program {
        path: path.to_owned(),
        sha256: digest(path).unwrap(),
        args: Vec::new(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
    }
}

fn limits(millis: u64) -> Limits {
    Limits { time: Duration::from_millis(millis), ..Limits::default() }
}

async fn fails(program: &Program, limits: Limits) -> PluginError {
    let mut exchange = match Exchange::start(program, limits).await {
        Ok(exchange) => exchange,
        Err(error) => return error,
    };
    let error = exchange.call(&json!({"call": "x"})).await.unwrap_err();
    assert!(exchange.is_over());
    let after = exchange.call(&json!({})).await.unwrap_err();
    assert!(matches!(after.fault, Fault::Over), "{after}");
    error
}

fn is_gone(pid: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Dead and not yet reaped by whoever took it over is as dead.
    status.is_empty() || status.contains(") Z ")
}

async fn comes_true(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(5), "it did not come true");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_plugin_answers_line_by_line_with_nothing_of_our_environment_and_its_own_group() {
    let folder = Folder::new();
    let program = folder.script(
        r#"while read -r line; do printf '{"was":%s,"env":"%s","in":"%s","group":%s}\n' "$line" "$(env | sort | grep -v '^_=\|^PWD=\|^SHLVL=' | tr '\n' ,)" "$(pwd)" "$(ps -o pgid= -p $$)"; done"#,
    );
    let mut exchange = Exchange::start(&program, limits(5000)).await.unwrap();
    for n in 0..3 {
        let answer = exchange.call(&json!({"n": n, "text": "a\nb\u{1b}"})).await.unwrap();
        assert_eq!(answer["was"]["n"], n);
        assert_eq!(answer["env"], "PATH=/usr/bin:/bin,");
        assert_eq!(answer["in"], "/");
        assert_ne!(answer["group"], rustix::process::getpgrp().as_raw_nonzero().get());
    }
}

#[tokio::test]
async fn a_program_that_ends_gives_its_output_and_one_that_fails_gives_none() {
    let folder = Folder::new();
    let good = folder.script("cat; echo done >&2");
    assert_eq!(run_once(&good, b"in\nout", limits(5000)).await.unwrap(), b"in\nout");
    let bad = folder.script("echo '{}'; echo 'no disk' >&2; exit 3");
    let error = run_once(&bad, b"", limits(5000)).await.unwrap_err();
    assert!(error.to_string().contains("ended without an answer: exit code 3"), "{error}");
    assert_eq!(error.said, "no disk");
    let much = folder.script("cat /dev/zero");
    let error = run_once(&much, b"", limits(5000)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Long(_)), "{error}");
    let never = folder.script("sleep 60");
    let error = run_once(&never, b"", limits(200)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::Slow(_)) && error.retryable(), "{error}");
}

#[tokio::test]
async fn a_plugin_that_hangs_is_killed_with_its_children_at_the_time_limit() {
    let folder = Folder::new();
    let pids = folder.path("pids");
    let program = folder.script(&format!("sleep 77 & echo $$ $! > {}; wait", pids.display()));
    let start = Instant::now();
    let error = fails(&program, limits(400)).await;
    assert!(matches!(error.fault, Fault::Slow(_)), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2));
    let pids = std::fs::read_to_string(&pids).unwrap();
    comes_true(|| pids.split_whitespace().all(is_gone)).await;
}

#[tokio::test]
async fn a_child_that_holds_the_output_open_neither_survives_nor_makes_us_wait() {
    let folder = Folder::new();
    let pids = folder.path("pids");
    let program = folder.script(&format!("sleep 77 & echo $! > {}; echo 'left a child' >&2", pids.display()));
    let start = Instant::now();
    let error = fails(&program, limits(20_000)).await;
    assert!(error.to_string().ends_with("ended without an answer: exit code 0"), "{error}");
    assert_eq!(error.said, "left a child");
    assert!(start.elapsed() < Duration::from_secs(5));
    let pid = std::fs::read_to_string(&pids).unwrap();
    comes_true(|| is_gone(pid.trim())).await;

    // Who leaves the group is out of reach, and still nobody waits for it.
    let program = folder.script("setsid sleep 3 & exit 0");
    let start = Instant::now();
    let error = fails(&program, limits(20_000)).await;
    assert!(matches!(error.fault, Fault::Ended(_)), "{error}");
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn dropping_an_exchange_kills_the_group_also_in_the_middle_of_a_call() {
    let folder = Folder::new();
    let pids = folder.path("pids");
    let text =
        format!("sleep 77 & echo $$ $! > {}; read -r l; echo '{{}}'; read -r l; sleep 77", pids.display());
    let program = folder.script(&text);
    let mut exchange = Exchange::start(&program, limits(20_000)).await.unwrap();
    exchange.call(&json!({})).await.unwrap();
    let given_up = tokio::time::timeout(Duration::from_millis(100), exchange.call(&json!({"n": 2}))).await;
    assert!(given_up.is_err() && exchange.is_over());
    drop(exchange);
    let pids = std::fs::read_to_string(&pids).unwrap();
    comes_true(|| pids.split_whitespace().all(is_gone)).await;
}

#[tokio::test]
async fn a_gigabyte_without_a_newline_stops_at_the_limit_and_one_on_stderr_is_thrown_away() {
    let folder = Folder::new();
    let error = fails(&folder.script("head -c 1000000000 /dev/zero"), limits(20_000)).await;
    assert!(matches!(error.fault, Fault::Long(max) if max == 1 << 20), "{error}");
    let loud =
        folder.script("head -c 50000000 /dev/zero >&2; printf 'at\\033[2J\\nlast' >&2; read -r l; echo '{}'");
    let mut exchange = Exchange::start(&loud, limits(20_000)).await.unwrap();
    exchange.call(&json!({})).await.unwrap();
    let error = exchange.junk("and then").await;
    assert!(error.said.ends_with("at\\u{1b}[2J\\nlast") && error.said.len() < 20_000, "{}", error.said);
}

#[tokio::test]
async fn what_is_no_json_document_with_unique_keys_is_junk() {
    let folder = Folder::new();
    for junk in ["echo ok", "echo '{\"a\":1,\"a\":2}'", "echo '{} {}'", "echo", "printf '\\377\\n'", "yes"] {
        let error = fails(&folder.script(junk), limits(5000)).await;
        assert!(matches!(error.fault, Fault::Junk(_)), "{junk}: {error}");
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn a_file_that_is_not_the_pinned_one_does_not_run() {
    let folder = Folder::new();
    let ran = folder.path("ran");
    let mut program = folder.script(&format!("touch {}; read -r l; echo '{{}}'", ran.display()));
    program.sha256 = Digest::of(b"another");
    let error = fails(&program, limits(5000)).await;
    assert!(matches!(error.fault, Fault::Changed { pinned, .. } if pinned == program.sha256), "{error}");
    program.sha256 = digest(&program.path).unwrap();
    for mode in [0o775, 0o757, 0o777] {
        std::fs::set_permissions(&program.path, std::fs::Permissions::from_mode(mode)).unwrap();
        let error = fails(&program, limits(5000)).await;
        assert!(matches!(error.fault, Fault::Writable { .. }), "{error}");
    }
    std::fs::set_permissions(&program.path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = fails(&program, limits(5000)).await;
    assert!(matches!(error.fault, Fault::Start(_)), "{error}");
    assert!(error.hint().unwrap().starts_with("chmod u+x "), "{error}");
    let relative = Program { path: "plugin".into(), ..program.clone() };
    assert!(matches!(fails(&relative, limits(5000)).await.fault, Fault::Relative));
    for other in [folder.path("none"), folder.0.path().to_owned(), "/dev/zero".into()] {
        let other = Program { path: other, ..program.clone() };
        assert!(matches!(fails(&other, limits(5000)).await.fault, Fault::File(_)));
    }
    assert!(!ran.exists());
}

#[tokio::test]
async fn what_is_put_in_the_place_of_a_file_after_the_check_does_not_run() {
    let folder = Folder::new();
    let program = folder.script("read -r l; echo '{\"is\":\"the pinned one\"}'");
    let file = pin::Pinned::open(&program.path, program.sha256).unwrap();
    folder.script("read -r l; echo '{\"is\":\"another\"}'");
    assert_ne!(digest(&program.path).unwrap(), program.sha256);
    let output = Command::new(file.executable()).stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"is\":\"the pinned one\"}\n");
}

const TEST: Protocol = Protocol { name: "test", version: 2 };

/// Says hello, then `then` with each line in `$l`.
fn after_hello(protocols: &str, then: &str) -> String {
    format!(
        r#"read -r l; echo '{{"id":1,"ok":{{"protocols":{protocols},"name":"n","version":"1","capabilities":["a"],"more":1}}}}'; while read -r l; do {then}; done"#
    )
}

#[tokio::test]
async fn a_dialogue_takes_one_answer_to_its_own_call_and_nothing_else() {
    let folder = Folder::new();
    let good = folder
        .script(&after_hello(r#"["test/v1","test/v2"]"#, r#"echo "{\"id\":2,\"error\":{\"why\":$l}}""#));
    let mut dialogue = Dialogue::open(&good, limits(5000), TEST).await.unwrap();
    assert_eq!((dialogue.hello().name.as_str(), dialogue.hello().capabilities.len()), ("n", 1));
    let answer = dialogue.ask::<u8, serde_json::Value>("do", &json!({"x": 1}), limits(5000).time).await;
    let expected = json!({"why": {"jit": "test/v2", "id": 2, "call": "do", "with": {"x": 1}}});
    assert_eq!(answer.unwrap(), Err(expected));
    for bad in [
        r#"echo '{"id":1,"ok":7}'"#,
        r#"echo '{"id":2}'"#,
        r#"echo '{"id":2,"ok":null}'"#,
        r#"echo '{"id":2,"ok":7,"error":{}}'"#,
        r#"echo '{"id":2,"ok":7,"also":1}'"#,
        r#"echo '{"id":2,"ok":"seven"}'"#,
        r#"echo '{"id":2,"ok":7,"ok":7}'"#,
        r#"echo '{"id":"2","ok":7}'"#,
        r#"echo 7"#,
    ] {
        let program = folder.script(&after_hello(r#"["test/v2"]"#, bad));
        let mut dialogue = Dialogue::open(&program, limits(5000), TEST).await.unwrap();
        let error =
            dialogue.ask::<u8, serde_json::Value>("do", &json!({}), limits(5000).time).await.unwrap_err();
        assert!(matches!(error.fault, Fault::Junk(_)) && dialogue.is_over(), "{bad}: {error}");
    }
}

#[tokio::test]
async fn a_plugin_of_another_version_is_named_with_what_it_speaks() {
    let folder = Folder::new();
    let other = folder.script(&after_hello(r#"["test/v1","other\u001b/v2"]"#, "true"));
    let error = Dialogue::open(&other, limits(5000), TEST).await.unwrap_err();
    let text = error.to_string();
    assert!(text.ends_with("does not speak test/v2: it speaks test/v1, other\\u{1b}/v2"), "{text}");
    let refuses = folder.script(r#"read -r l; echo '{"id":1,"error":{}}'"#);
    assert!(matches!(Dialogue::open(&refuses, limits(5000), TEST).await.unwrap_err().fault, Fault::Junk(_)));
}
