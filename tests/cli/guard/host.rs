//! A host: a sshd whose sessions have a guard, and certificates for it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use jit_access::domain::{CredentialId, Gives, RequestId, Resource, Span, SshGives, Target, Time};
use jit_access::provider::ssh::SshProvider;
use jit_access::provider::{CredentialAsk, Handle, Intent, Material, Provider};

use crate::sshd::{Identity, Sshd, new_key, user};
use crate::world::{JIT, block_on, clean};

/// Stands for the host's folder of recordings.
pub const RECORDINGS: &str = "RECORDINGS";
/// Stands for the guard itself, where something goes before it.
pub const GUARD: &str = "GUARD";
const SFTP_SERVER: &str = "/usr/lib/openssh/sftp-server";

/// A key with a certificate, in files.
pub struct Login {
    pub key: PathBuf,
    pub certificate: PathBuf,
    pub end: Option<SystemTime>,
}

impl Login {
    pub fn identity(&self) -> Identity<'_> {
        Identity::Files { key: &self.key, certificate: &self.certificate }
    }

    /// How long it is still valid.
    pub fn left(&self) -> Duration {
        self.end.unwrap().duration_since(SystemTime::now()).unwrap_or_default()
    }
}

pub struct Host {
    sshd: Sshd,
    provider: Option<SshProvider>,
    dir: tempfile::TempDir,
}

fn now() -> Time {
    Time::from(SystemTime::now())
}

impl Host {
    /// Trusting a CA of its own. `None` where OpenSSH is missing.
    pub fn start(guard: &str) -> Option<Self> {
        Self::start_with(guard, "")
    }

    pub fn start_with(guard: &str, more: &str) -> Option<Self> {
        if !Sshd::available() {
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let provider = SshProvider::open(&dir.path().join("ssh"), now()).unwrap();
        let mut host = Self::in_dir(dir, provider.ca_public_line(), &provider.krl_bytes(), guard, more);
        host.provider = Some(provider);
        Some(host)
    }

    /// Trusting that CA.
    pub fn trusting(ca: &str, krl: &[u8], guard: &str, more: &str) -> Self {
        Self::in_dir(tempfile::tempdir().unwrap(), ca, krl, guard, more)
    }

    fn in_dir(dir: tempfile::TempDir, ca: &str, krl: &[u8], guard: &str, more: &str) -> Self {
        let path = |name: &str| dir.path().join(name).display().to_string();
        std::fs::write(path("ca.pub"), format!("{}\n", ca.trim_end())).unwrap();
        std::fs::write(path("krl"), krl).unwrap();
        let guard = guard.replace(RECORDINGS, &path("recordings"));
        let line = if guard.contains(GUARD) { guard } else { format!("{GUARD} {guard}") };
        let line = line.replace(GUARD, &format!("{JIT} guard --ca {} --krl {}", path("ca.pub"), path("krl")));
        let lines = format!(
            "ExposeAuthInfo yes\nSubsystem sftp {SFTP_SERVER}\nAcceptEnv *\nMaxStartups 100\n\
             ForceCommand {line}\n{more}"
        );
        let sshd = Sshd::start_with(ca, Path::new(&path("krl")), &["deploy"], &lines);
        Self { sshd, provider: None, dir }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn port(&self) -> u16 {
        self.sshd.port()
    }

    pub fn log(&self) -> String {
        self.sshd.log()
    }

    pub fn login(&self, serial: u64, secs: u64) -> Login {
        self.login_with(serial, secs, |_| {})
    }

    /// A certificate of that serial for so many seconds, rounded up to a whole one.
    pub fn login_with(&self, serial: u64, secs: u64, change: impl FnOnce(&mut SshGives)) -> Login {
        let name = format!("id-{serial}");
        let key = new_key(self.dir(), &name, &["ed25519"]);
        let certificate = self.path(&format!("{name}-cert.pub"));
        let mut gives = gives();
        change(&mut gives);
        let start = now();
        let end = start.plus(Span::clamped(secs + 1)).whole_secs();
        let intent = Intent {
            credential: CredentialId::from_number(serial).unwrap(),
            request: RequestId::from_number(serial ^ 0xabc).unwrap(),
            resource: resource(),
            gives: Gives::Ssh(gives),
            start,
            end,
            ask: CredentialAsk::Ssh {
                public_key: std::fs::read_to_string(key.with_extension("pub")).unwrap(),
            },
        };
        let Material::Ssh { certificate: line } = block_on(self.provider().grant(&intent)).unwrap() else {
            panic!("the ssh provider gives a certificate")
        };
        std::fs::write(&certificate, line + "\n").unwrap();
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(end.unix_secs());
        Login { key, certificate, end: Some(end) }
    }

    fn provider(&self) -> &SshProvider {
        self.provider.as_ref().unwrap()
    }

    /// Revokes it, and brings the new list to the host.
    pub fn revoke(&self, serial: u64) {
        let handle = Handle {
            credential: CredentialId::from_number(serial).unwrap(),
            request: RequestId::from_number(serial ^ 0xabc).unwrap(),
            resource: resource(),
            gives: Gives::Ssh(gives()),
            end: now().plus(Span::clamped(3600)),
        };
        block_on(self.provider().revoke(&handle, now())).unwrap();
        self.put_krl(&self.provider().krl_bytes());
    }

    pub fn put_krl(&self, bytes: &[u8]) {
        std::fs::write(self.path("krl.new"), bytes).unwrap();
        std::fs::rename(self.path("krl.new"), self.path("krl")).unwrap();
    }

    pub fn recordings(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.path("recordings")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// A login of the user who runs the tests; without a command, a shell.
    pub fn ssh(&self, login: &Login, options: &[&str], command: &str) -> Command {
        let mut ssh = clean("ssh", self.dir());
        ssh.args(options).args(self.sshd.args(login.identity()));
        // What guards the host must not depend on what the client calls its terminal.
        ssh.env("TERM", "xterm");
        if !command.is_empty() {
            ssh.arg(command);
        }
        ssh
    }

    /// The options for `scp`, which has another letter for the port and none for the user.
    pub fn scp_args(&self, login: &Login) -> Vec<String> {
        let mut args = self.sshd.args(login.identity());
        args.pop();
        let at = args.iter().position(|arg| arg == "-p").unwrap();
        args[at] = "-P".to_owned();
        let at = args.iter().position(|arg| arg == "-l").unwrap();
        args.splice(at..at + 2, ["-o".to_owned(), format!("User={}", user())]);
        args
    }
}

fn gives() -> SshGives {
    SshGives {
        principals: BTreeSet::from(["deploy".to_owned()]),
        extensions: ["permit-pty", "permit-port-forwarding"].map(str::to_owned).into(),
        force_command: None,
        source_addresses: BTreeSet::new(),
    }
}

fn resource() -> Resource {
    Resource { name: "web-1".parse().unwrap(), address: None, labels: BTreeMap::new(), target: Target::Ssh }
}

/// A number of seconds that no other process sleeps.
pub fn marker() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("1000.{}{:03}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The `sleep`s of that many seconds that run or are stopped.
pub fn processes(marker: &str) -> Vec<String> {
    marked(marker).into_iter().filter(|line| line.starts_with("sleep\0")).collect()
}

/// Every process that has it in its command line, but for ssh, which is the client.
pub fn marked(marker: &str) -> Vec<String> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read_to_string(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.contains(marker) && !line.starts_with("ssh\0")).collect()
}
