//! The world of a black-box test: a server process in a folder of its own, and people at terminals of
//! their own. Nothing of the caller's environment but PATH; every process has an end.

use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

mod person;
mod process;
mod server;
mod terminal;

pub use person::Person;
pub use process::{Out, Running, document, run, start};
pub use server::Server;
pub use terminal::{HIDE, SHOW, at_terminal, end};

/// The binary under test.
pub const JIT: &str = env!("CARGO_BIN_EXE_jit");

/// Roles with and without an approval. `carol` is a lead too: she never decides about herself.
pub const POLICY: &str = r#"
[person]
alice = {}
bob = {}
carol = {}
dave = {}
[service]
ci = { owner = "carol" }
[label]
env = ["staging", "production"]

[group.contractors]
members = ["carol", "ci"]
[group.leads]
members = ["alice", "bob", "carol", "ci"]

[resource.web-1]
provider = "ssh"
address = "web-1.example.net"
labels = { env = "staging" }
[resource.web-2]
provider = "ssh"

[role.deploy]
description = "Deploy to a web host"
resources = ["web-*"]
requesters = ["group:contractors"]
approvers = ["group:leads"]
approvals = 1
max-duration = "1h"
[role.deploy.ssh]
principals = ["deploy"]

[role.shell]
description = "Nobody has to agree"
resources = ["web-1"]
requesters = ["group:contractors"]
auto-approve = "resource.labels.env == 'staging'"
max-duration = "10m"
require = { reason = false }
[role.shell.ssh]
principals = ["deploy"]

[role.root]
description = "Two people agree"
resources = ["web-1"]
requesters = ["dave"]
approvers = ["bob", "alice"]
approvals = 2
max-duration = "30m"
[role.root.ssh]
principals = ["root"]
"#;

/// A command with nothing of the caller's environment but PATH.
pub fn clean(program: impl AsRef<std::ffi::OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).current_dir(home);
    #[expect(clippy::disallowed_methods, reason = "the environment of the test runner")]
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// Whether a program is there. Where `CI` is set it must be; elsewhere its absence is said.
pub fn needs(program: &str, package: &str) -> bool {
    #[expect(clippy::disallowed_methods, reason = "the environment of the test runner")]
    let (path, ci) = (std::env::var_os("PATH").unwrap_or_default(), std::env::var_os("CI").is_some());
    let there = std::env::split_paths(&path).any(|dir| dir.join(program).is_file());
    assert!(there || !ci, "{program} is missing in CI: apt-get install {package}");
    if !there {
        eprintln!("SKIPPED: {program} is missing; apt-get install {package}");
    }
    there
}

/// Looks until it is so, for at most that long.
#[track_caller]
pub fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Makes a file that only its owner can read.
pub fn put_private(path: &Path, text: &str) {
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

fn private_dir(path: &Path) {
    std::fs::DirBuilder::new().mode(0o700).create(path).unwrap();
}

/// Runs something async on this thread.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// For what no client of ours sends.
pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only(std::iter::empty()).build().unwrap()
}
