//! A real rsyslogd of one test, which takes RFC 5424 over TCP or TLS and writes what it understood.
//!
//! The library's tests include this same file.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

const RSYSLOGD: &str = "/usr/sbin/rsyslogd";

pub struct Rsyslog {
    child: Option<Child>,
    dir: tempfile::TempDir,
    port: u16,
    tls: Option<(PathBuf, PathBuf)>,
}

/// A message as rsyslog read it.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub data: Value,
    pub id: String,
    pub severity: String,
    pub host: String,
    pub message: String,
}

impl Rsyslog {
    /// Over plain TCP. `None` where there is no rsyslogd, which is said; in CI it must be there.
    pub fn start() -> Option<Self> {
        Self::begin(None)
    }

    /// Over TLS, with this certificate and key.
    pub fn start_tls(certificate: &Path, key: &Path) -> Option<Self> {
        Self::begin(Some((certificate.to_owned(), key.to_owned())))
    }

    fn begin(tls: Option<(PathBuf, PathBuf)>) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "the environment of the test runner")]
        let ci = std::env::var_os("CI").is_some();
        let needed = if tls.is_some() { "/usr/share/doc/rsyslog-openssl" } else { RSYSLOGD };
        if !Path::new(needed).exists() {
            assert!(!ci, "{needed} is missing in CI: apt-get install rsyslog rsyslog-openssl");
            eprintln!("SKIPPED: {needed} is missing; apt-get install rsyslog rsyslog-openssl");
            return None;
        }
        let dir = tempfile::Builder::new().prefix("jit-rsyslog-").tempdir().unwrap();
        let mut server = Self { child: None, dir, port: 0, tls };
        server.up();
        Some(server)
    }

    /// Starts the process, again on the same port where there was one.
    pub fn up(&mut self) {
        let dir = self.dir.path().to_str().unwrap().to_owned();
        let (driver, mode) = match &self.tls {
            Some((certificate, key)) => (
                format!(
                    r#"defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{0}" defaultNetstreamDriverCertFile="{0}" defaultNetstreamDriverKeyFile="{1}""#,
                    certificate.display(),
                    key.display()
                ),
                r#"streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon""#,
            ),
            None => (String::new(), ""),
        };
        let config = format!(
            r#"global(workDirectory="{dir}" parser.escapeControlCharactersOnReceive="off" maxMessageSize="64k" {driver})
module(load="imtcp" {mode})
module(load="mmpstrucdata")
template(name="line" type="list") {{
  property(name="$!all-json") constant(value="\t")
  property(name="msgid") constant(value="\t")
  property(name="syslogseverity") constant(value="\t")
  property(name="hostname") constant(value="\t")
  property(name="msg") constant(value="\n")
}}
ruleset(name="all") {{
  action(type="mmpstrucdata" sd_name.lowercase="off")
  action(type="omfile" file="{dir}/out" template="line")
}}
input(type="imtcp" address="127.0.0.1" port="{port}" listenPortFileName="{dir}/port" ruleset="all")
"#,
            port = self.port,
        );
        let path = self.dir.path().join("conf");
        crate::files::write_private(&path, config.as_bytes()).unwrap();
        let log = std::fs::File::create(self.dir.path().join("log")).unwrap();
        let mut child = Command::new(RSYSLOGD)
            .args(["-n", "-f"])
            .arg(&path)
            .arg("-i")
            .arg(self.dir.path().join("pid"))
            .env_clear()
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        loop {
            let said = std::fs::read_to_string(self.dir.path().join("port")).unwrap_or_default();
            if let Ok(port) = said.trim().parse()
                && std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
            {
                self.port = port;
                break;
            }
            assert!(child.try_wait().unwrap().is_none(), "rsyslogd ended: {}", self.log());
            assert!(began.elapsed() < Duration::from_secs(30), "rsyslogd does not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child = Some(child);
    }

    /// Ends the process; its port stays its own as far as this test is concerned.
    pub fn down(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }

    /// All that it has written by now.
    pub fn read(&self) -> Vec<Read> {
        let text = std::fs::read_to_string(self.dir.path().join("out")).unwrap_or_default();
        text.split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .map(|line| read(line.trim_end()))
            .collect()
    }

    /// Waits for that many messages.
    pub fn wait_for(&self, count: usize) -> Vec<Read> {
        let began = Instant::now();
        loop {
            let read = self.read();
            if read.len() >= count {
                return read;
            }
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "{} of {count} came\n{}",
                read.len(),
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn read(line: &str) -> Read {
    let parts: Vec<&str> = line.split('\t').collect();
    let [data, id, severity, host, message] = parts[..] else { panic!("{line}") };
    let mut data: Value = serde_json::from_str(data).unwrap();
    let owned = str::to_owned;
    Read {
        data: data["rfc5424-sd"].take(),
        id: owned(id),
        severity: owned(severity),
        host: owned(host),
        message: owned(message),
    }
}

impl Drop for Rsyslog {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
