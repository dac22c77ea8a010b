//! A real mail server of one test (aiosmtpd), which keeps what it takes in a maildir. It refuses recipients
//! whose name begins with `nobody`.
//!
//! The library's tests include this same file.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::programs::{free_port, python_with};

const HANDLER: &str = "
from aiosmtpd.handlers import Mailbox

class Refusing(Mailbox):
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('nobody'):
            return '550 5.1.1 no such user'
        envelope.rcpt_tos.append(address)
        return '250 OK'
";

pub struct Smtpd {
    python: PathBuf,
    child: Option<Child>,
    dir: tempfile::TempDir,
    port: u16,
    tls: Option<(PathBuf, PathBuf)>,
}

impl Smtpd {
    /// `None` where there is no aiosmtpd, which is said; in CI it must be there. With a certificate and its
    /// key it takes nothing without STARTTLS.
    pub fn start(tls: Option<(&Path, &Path)>) -> Option<Self> {
        let python = python_with("aiosmtpd")?;
        let dir = tempfile::Builder::new().prefix("jit-smtpd-").tempdir().unwrap();
        crate::files::write_private(&dir.path().join("jit_handler.py"), HANDLER.as_bytes()).unwrap();
        let tls = tls.map(|(certificate, key)| (certificate.to_owned(), key.to_owned()));
        let mut server = Self { python, child: None, dir, port: free_port(), tls };
        server.up();
        Some(server)
    }

    /// Starts the process, again on the same port and with the same mails.
    pub fn up(&mut self) {
        let log = std::fs::File::create(self.dir.path().join("log")).unwrap();
        let mut command = Command::new(&self.python);
        command.args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{}", self.port)]);
        if let Some((certificate, key)) = &self.tls {
            command.arg("--tlscert").arg(certificate).arg("--tlskey").arg(key);
        }
        command.args(["-c", "jit_handler.Refusing"]).arg(self.dir.path().join("mail"));
        command.env_clear().env("PYTHONPATH", self.dir.path()).current_dir(self.dir.path());
        let mut child =
            command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "aiosmtpd ended: {}", self.log());
            assert!(began.elapsed() < Duration::from_secs(60), "aiosmtpd does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child = Some(child);
    }

    pub fn down(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// All mails so far, as they came, each with the envelope's recipients in `X-RcptTo`.
    pub fn mails(&self) -> Vec<String> {
        let found = std::fs::read_dir(self.dir.path().join("mail/new"));
        let paths = found.into_iter().flatten().flatten().map(|entry| entry.path());
        paths.filter_map(|path| std::fs::read_to_string(path).ok()).collect()
    }
}

impl Drop for Smtpd {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
