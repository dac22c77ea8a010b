//! Programs that tests run: those that `tests/tools` installed, and those that a test writes.
//!
//! The library's tests and the benchmarks include this same file.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Where `tests/tools` installs.
pub fn tools() -> PathBuf {
    std::env::var_os("JIT_TEST_TOOLS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools"), PathBuf::from)
}

/// One of its programs. Where `CI` is set it must be there; elsewhere its absence is said.
pub fn tool(name: &str) -> Option<PathBuf> {
    let path = tools().join("bin").join(name);
    if path.is_file() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is missing in CI: tests/tools", path.display());
    eprintln!("SKIPPED: {} is missing; tests/tools", path.display());
    None
}

/// The Python of `tests/tools`, where it has this package; else as [`tool`].
pub fn python_with(package: &str) -> Option<PathBuf> {
    let python = tool("python3")?;
    let import =
        Command::new(&python).args(["-c", &format!("import {package}")]).stderr(Stdio::null()).status();
    if import.unwrap().success() {
        return Some(python);
    }
    assert!(std::env::var_os("CI").is_none(), "{package} is missing in CI: tests/tools");
    eprintln!("SKIPPED: {package} is missing; tests/tools");
    None
}

/// Makes a program. Another process writes it: a file that this one had open for writing would be open in
/// whatever the other tests start at that moment, and could not be executed.
pub fn install(text: &str, path: &Path) {
    let mut install = Command::new("install");
    install.args(["-m", "755", "/dev/stdin"]).arg(path).stdin(Stdio::piped());
    let mut install = install.spawn().unwrap();
    install.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    assert!(install.wait().unwrap().success());
}

/// A port of the loopback that nobody listens on.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
