//! A real sshd for tests: on a free loopback port, with a folder of its own, stopped when dropped.
//!
//! The library's tests include this same file, so that there is one harness.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::io::Read;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::programs::free_port;

const SSHD: &str = "/usr/sbin/sshd";

/// With what a login is tried.
#[derive(Debug, Clone, Copy)]
pub enum Identity<'a> {
    Files { key: &'a Path, certificate: &'a Path },
    Agent(&'a Path),
}

pub struct Sshd {
    dir: tempfile::TempDir,
    child: Child,
    port: u16,
}

impl Sshd {
    /// Whether OpenSSH is installed. Where `CI` is set it must be.
    pub fn available() -> bool {
        let there =
            Path::new(SSHD).exists() && Command::new("ssh").arg("-V").stderr(Stdio::null()).status().is_ok();
        assert!(there || std::env::var_os("CI").is_none(), "openssh-server is missing: apt-get install it");
        if !there {
            eprintln!("SKIPPED: {SSHD} is missing; apt-get install openssh-server");
        }
        there
    }

    /// Starts sshd, trusting the CA, refusing what the KRL lists, and taking certificates with one of
    /// these principals for whichever user logs in.
    pub fn start(ca_public_line: &str, krl: &Path, principals: &[&str]) -> Self {
        Self::start_with(ca_public_line, krl, principals, "")
    }

    /// The same, with more lines in its configuration.
    pub fn start_with(ca_public_line: &str, krl: &Path, principals: &[&str], more: &str) -> Self {
        // Another process may take the free port first.
        (0..5)
            .find_map(|_| Self::try_start(ca_public_line, krl, principals, more))
            .expect("sshd did not start five times over")
    }

    fn try_start(ca_public_line: &str, krl: &Path, principals: &[&str], more: &str) -> Option<Self> {
        // sshd drops its privileges into this folder, and refuses to start without it.
        if user() == "root" {
            std::fs::create_dir_all("/run/sshd").unwrap();
        }
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name).display().to_string();
        keygen(&["-q", "-t", "ed25519", "-N", "", "-f", &path("host")]);
        std::fs::write(path("ca.pub"), format!("{}\n", ca_public_line.trim_end())).unwrap();
        std::fs::write(path("principals"), principals.join("\n") + "\n").unwrap();
        let port = free_port();
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {host}\nTrustedUserCAKeys {ca}\nRevokedKeys {krl}\n\
             AuthorizedPrincipalsFile {principals}\nAuthorizedKeysFile none\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n\
             LogLevel VERBOSE\nPidFile none\n{more}\n",
            host = path("host"),
            ca = path("ca.pub"),
            krl = krl.display(),
            principals = path("principals"),
        );
        std::fs::write(path("config"), config).unwrap();
        let child = Command::new(SSHD)
            .args(["-D", "-f", &path("config"), "-E", &path("log")])
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let mut sshd = Self { dir, child, port };
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            if let Some(status) = sshd.child.try_wait().unwrap() {
                let log = sshd.log();
                assert!(log.contains("Address already in use"), "sshd ended with {status}: {log}");
                return None;
            }
            let mut banner = [0; 4];
            if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port))
                && stream.read_exact(&mut banner).is_ok()
                && &banner == b"SSH-"
            {
                return Some(sshd);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("sshd accepts nothing after 10 s");
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The arguments of `ssh` for a login as the user who runs the tests, ending with the host; a
    /// command may follow.
    pub fn args(&self, identity: Identity<'_>) -> Vec<String> {
        let known = self.dir.path().join("known_hosts");
        let mut args: Vec<String> =
            ["-F", "none", "-p", &self.port.to_string(), "-l", &user()].map(str::to_owned).into();
        let mut option = |option: String| args.extend(["-o".to_owned(), option]);
        for plain in [
            "BatchMode=yes",
            "ConnectTimeout=10",
            "GlobalKnownHostsFile=none",
            "LogLevel=ERROR",
            "PreferredAuthentications=publickey",
            "StrictHostKeyChecking=no",
        ] {
            option(plain.to_owned());
        }
        option(format!("UserKnownHostsFile={}", known.display()));
        match identity {
            Identity::Files { key, certificate } => {
                option("IdentityAgent=none".to_owned());
                option("IdentitiesOnly=yes".to_owned());
                option(format!("IdentityFile={}", key.display()));
                option(format!("CertificateFile={}", certificate.display()));
            }
            Identity::Agent(socket) => {
                option("IdentityFile=none".to_owned());
                option(format!("IdentityAgent={}", socket.display()));
            }
        }
        args.push("127.0.0.1".to_owned());
        args
    }

    /// Logs in and runs a command, for at most 20 s.
    pub fn ssh(&self, identity: Identity<'_>, command: &str) -> Output {
        Command::new("timeout")
            .args(["20", "ssh"])
            .args(self.args(identity))
            .arg(command)
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Who runs the tests: the one account that a sshd can log into without being root.
pub fn user() -> String {
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs `ssh-keygen`, which must succeed; gives its output.
pub fn keygen(args: &[&str]) -> String {
    let output = Command::new("ssh-keygen").args(args).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "ssh-keygen {args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A new key pair in a folder; gives the path of the private half.
pub fn new_key(dir: &Path, name: &str, kind: &[&str]) -> PathBuf {
    let path = dir.join(name);
    keygen(
        &[&["-q", "-N", "", "-C", "from the requester", "-f", path.to_str().unwrap(), "-t"], kind].concat(),
    );
    path
}
