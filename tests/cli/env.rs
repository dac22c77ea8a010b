//! A hermetic machine for the built binary: a home of its own, nothing of ours, a server of its own.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jit_access::client::{NoKeeper, Remote};
use serde_json::Value;

/// No command that ends by itself takes longer, even on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// The example policy, which README, demo and tests share.
pub fn policies() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")
}

/// What a command left behind.
#[derive(Debug)]
pub struct Out {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Out {
    /// The one document on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|err| panic!("no one document ({err}): {self:?}"))
    }

    /// The error object on stderr, below whatever else was said there.
    #[track_caller]
    pub fn error(&self) -> Value {
        let line = self.stderr.lines().rfind(|line| line.starts_with('{'));
        let line = line.unwrap_or_else(|| panic!("no error object: {self:?}"));
        serde_json::from_str(line).unwrap()
    }

    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }
}

/// One person's machine.
#[derive(Debug)]
pub struct TestEnv {
    home: tempfile::TempDir,
    variables: BTreeMap<String, OsString>,
}

impl TestEnv {
    /// Nobody is logged in, and nothing of the machine that runs the tests is seen.
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let runtime = home.path().join("run");
        std::fs::DirBuilder::new().mode(0o700).create(&runtime).unwrap();
        let variables = BTreeMap::from([
            ("HOME".to_owned(), home.path().into()),
            ("XDG_RUNTIME_DIR".to_owned(), runtime.into()),
            ("PATH".to_owned(), std::env::var_os("PATH").unwrap()),
            ("LANG".to_owned(), "C.UTF-8".into()),
            ("TZ".to_owned(), "UTC".into()),
        ]);
        Self { home, variables }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// A file in the home, closed to others.
    pub fn private(&self, name: &str, text: &str) -> PathBuf {
        let path = self.home().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// The command, with no input, and this machine's environment only.
    pub fn command<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jit"));
        command.args(args).env_clear().envs(&self.variables).current_dir(self.home());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn jit<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Out {
        finish(self.command(args), LIMIT)
    }

    /// The same, with one JSON document.
    #[track_caller]
    pub fn json<S: AsRef<std::ffi::OsStr>>(&self, args: &[S]) -> Value {
        let mut all: Vec<OsString> = vec!["--json".into()];
        all.extend(args.iter().map(|arg| arg.as_ref().to_owned()));
        self.jit(&all).ends(0).json()
    }
}

/// Waits for the end, and kills what takes longer than the limit.
#[track_caller]
pub fn finish(mut command: Command, limit: Duration) -> Out {
    let mut running = Running(command.spawn().unwrap());
    let read = |mut from: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut text = Vec::new();
            from.read_to_end(&mut text).unwrap();
            String::from_utf8(text).unwrap()
        })
    };
    let stdout = read(Box::new(running.0.stdout.take().unwrap()));
    let stderr = read(Box::new(running.0.stderr.take().unwrap()));
    let status = running.wait(limit).unwrap_or_else(|| panic!("{command:?} did not end within {limit:?}"));
    Out { code: status.code().unwrap_or(-1), stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// A process that is gone when the test is.
#[derive(Debug)]
pub struct Running(pub Child);

impl Running {
    pub fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if let Some(status) = self.0.try_wait().unwrap() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        None
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.0);
        rustix::process::kill_process(pid, signal).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A real server process on a free port, with a store of its own.
#[derive(Debug)]
pub struct Server {
    pub url: String,
    pub running: Running,
    data: PathBuf,
    policy: PathBuf,
    machine: TestEnv,
    admin: Option<TestEnv>,
}

impl Server {
    /// With that policy, and its first administrator logged in.
    pub fn start(policy: &Path) -> Self {
        let machine = TestEnv::new();
        let data = machine.home().join("data");
        let (running, url, first) = launch(&machine, policy, &data, "127.0.0.1:0");
        let mut server = Self { url, running, data, policy: policy.to_owned(), machine, admin: None };
        server.admin = Some(server.enrolled(&first.unwrap()));
        server
    }

    /// With the example policy.
    pub fn example() -> Self {
        Self::start(&policies())
    }

    /// Killed without a warning, and started again on the same address and data.
    pub fn restart(&mut self) {
        self.running.0.kill().unwrap();
        self.running.0.wait().unwrap();
        let address = self.url.strip_prefix("http://").unwrap().to_owned();
        let (running, url, _) = launch(&self.machine, &self.policy, &self.data, &address);
        assert_eq!(url, self.url);
        self.running = running;
    }

    pub fn data(&self) -> &Path {
        &self.data
    }

    pub fn admin(&self) -> &TestEnv {
        self.admin.as_ref().unwrap()
    }

    /// A new person, logged in on a machine of their own.
    pub fn person(&self, name: &str) -> TestEnv {
        self.user(&["user", "add", name])
    }

    /// A new CI service.
    pub fn service(&self, name: &str, owner: &str) -> TestEnv {
        self.user(&["user", "add", name, "--service", "--owner", owner])
    }

    /// The one-time code of a new person who has not logged in.
    pub fn code(&self, name: &str) -> String {
        self.admin().json(&["user", "add", name])["code"].as_str().unwrap().to_owned()
    }

    fn user(&self, args: &[&str]) -> TestEnv {
        self.enrolled(self.admin().json(args)["code"].as_str().unwrap())
    }

    /// A machine whose token came from this code. It stands in a file, as in CI: a sealed store takes
    /// a second a command, and its own tests use it.
    fn enrolled(&self, code: &str) -> TestEnv {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let remote = Remote::new(self.url.parse().unwrap(), None, Arc::new(NoKeeper)).unwrap();
        let tokens = runtime.block_on(remote.login(code)).unwrap();
        let machine = TestEnv::new();
        let file = machine.private("token", &tokens.token);
        machine.with("JIT_SERVER", &self.url).with("JIT_TOKEN_FILE", file)
    }

    /// A machine that knows the server, and on which nobody is logged in.
    pub fn stranger(&self) -> TestEnv {
        let machine = TestEnv::new();
        let passphrase = machine.private("passphrase", "correct horse\n");
        machine
            .with("JIT_SERVER", &self.url)
            .with("JIT_STORE", "file")
            .with("JIT_PASSPHRASE_FILE", passphrase)
    }
}

/// The process, its URL, and at a first start the first administrator's code.
fn launch(machine: &TestEnv, policy: &Path, data: &Path, listen: &str) -> (Running, String, Option<String>) {
    let url_file = machine.home().join("url");
    let log = machine.home().join("serve.log");
    let printed = machine.home().join("serve.out");
    let _ = std::fs::remove_file(&url_file);
    let mut command = machine.command::<&str>(&["-o", "ndjson", "serve", "--listen", listen]);
    command.arg("--policy").arg(policy).arg("--data").arg(data).arg("--url-file").arg(&url_file);
    command.stdout(std::fs::File::create(&printed).unwrap()).stderr(std::fs::File::create(&log).unwrap());
    let mut running = Running(command.spawn().unwrap());
    let begun = Instant::now();
    let url = loop {
        match std::fs::read_to_string(&url_file) {
            Ok(url) if url.ends_with('\n') => break url.trim().to_owned(),
            _ => {}
        }
        let ended = running.0.try_wait().unwrap();
        if ended.is_some() || begun.elapsed() > LIMIT {
            panic!("the server did not start: {ended:?}\n{}", std::fs::read_to_string(&log).unwrap());
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let printed = std::fs::read_to_string(&printed).unwrap();
    let codes = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let code = codes
        .filter(|doc| doc["kind"] == "user-enrolled")
        .find_map(|doc| Some(doc["code"].as_str()?.to_owned()));
    (running, url, code)
}

/// Writes all of it to a child's input, and closes it.
pub fn feed(child: &mut Child, text: &str) {
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
}
