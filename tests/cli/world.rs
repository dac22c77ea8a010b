//! The world of a black-box test: a server process in a folder of its own, and people at terminals of
//! their own. Nothing of the caller's environment but PATH; every process has an end.

use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant};

use jit_access::client::{NoKeeper, Remote};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// The binary under test.
pub const JIT: &str = env!("CARGO_BIN_EXE_jit");

/// No call of `jit` takes longer, on a machine with many neighbours.
const LIMIT: Duration = Duration::from_secs(60);

/// Roles with and without an approval. `carol` is a lead too: she never decides about herself.
pub const POLICY: &str = r#"
[group.contractors]
members = ["carol", "ci"]
[group.leads]
members = ["alice", "bob", "carol", "ci"]

[resource.web-1]
provider = "ssh"
address = "web-1.example.net"
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
auto-approve = true
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

/// What a call of `jit` ended with.
#[derive(Debug, Clone)]
pub struct Out {
    /// As a shell counts it: 128 and more for a signal.
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Out {
    /// Ended with this code, or the test ends here with all that was said.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n{self}");
        self
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        self.expect(0)
    }

    /// The one document on stdout, whose schema is right.
    #[track_caller]
    pub fn json(&self) -> Value {
        document(&self.stdout).unwrap_or_else(|why| panic!("stdout: {why}\n{self}"))
    }

    /// The error object, which is all there is on stderr.
    #[track_caller]
    pub fn error(&self) -> Value {
        let error = document(&self.stderr).unwrap_or_else(|why| panic!("stderr: {why}\n{self}"));
        assert_eq!(error["kind"], "error", "{self}");
        error
    }
}

/// One JSON document, and nothing else, that says what it is.
pub fn document(text: &str) -> Result<Value, String> {
    let value: Value = serde_json::from_str(text).map_err(|err| format!("is not one document: {err}"))?;
    if value["schema"] != "jit/v1" {
        return Err("has no schema jit/v1".to_owned());
    }
    if value["kind"].as_str().is_none_or(str::is_empty) {
        return Err("has no kind".to_owned());
    }
    Ok(value)
}

impl std::fmt::Display for Out {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// A process, killed by its id when dropped.
pub struct Running {
    child: Child,
    name: String,
    stdout: mpsc::Receiver<String>,
    stderr: mpsc::Receiver<String>,
}

impl Running {
    pub fn id(&self) -> Pid {
        pid(&self.child)
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).unwrap();
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end, and kills it at the limit.
    #[track_caller]
    pub fn end(self) -> Out {
        self.end_within(LIMIT)
    }

    #[track_caller]
    pub fn end_within(mut self, limit: Duration) -> Out {
        let status = wait(&mut self.child, limit);
        if status.is_none() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
        // A grandchild that stays may hold a pipe open: what it writes is not waited for.
        let text = |from: &mpsc::Receiver<String>| {
            from.recv_timeout(Duration::from_secs(5)).unwrap_or_else(|_| "(still open)".to_owned())
        };
        let (stdout, stderr) = (text(&self.stdout), text(&self.stderr));
        let out = Out { code: status.map_or(-1, code), stdout, stderr };
        assert!(status.is_some(), "{} did not end within {limit:?}\n{out}", self.name);
        out
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap()
}

fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() >= until {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Starts a command; its stdin is `input`, or /dev/null where that is empty.
pub fn start(mut command: Command, input: &str) -> Running {
    let name = format!("{:?} {:?}", command.get_program(), command.get_args().collect::<Vec<_>>());
    command.stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() });
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(input.as_bytes()).unwrap();
    }
    let stdout = read_all(child.stdout.take().unwrap());
    let stderr = read_all(child.stderr.take().unwrap());
    Running { child, name, stdout, stderr }
}

fn read_all(mut from: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

/// Runs a command to its end.
#[track_caller]
pub fn run(command: Command) -> Out {
    start(command, "").end()
}

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

/// A server process. Its port may change when it is started again; its people find it all the same.
pub struct Server {
    dir: tempfile::TempDir,
    child: Option<Child>,
    url: Arc<Mutex<String>>,
    admin: OnceLock<Person>,
    /// Put before the command line of the next start, such as `faketime -f -1y`.
    pub wrapper: Vec<String>,
}

impl Server {
    /// A server that listens, under this policy.
    #[track_caller]
    pub fn start(policy: &str) -> Self {
        let mut server = Self::prepare(policy);
        server.start_again();
        server
    }

    /// The folders, and no process yet.
    pub fn prepare(policy: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("jit-server-").tempdir().unwrap();
        private_dir(&dir.path().join("home"));
        private_dir(&dir.path().join("policy"));
        let server =
            Self { dir, child: None, url: Arc::default(), admin: OnceLock::new(), wrapper: Vec::new() };
        server.write_policy(policy);
        server
    }

    pub fn write_policy(&self, text: &str) {
        put_private(&self.policy().join("policy.toml"), text);
    }

    pub fn policy(&self) -> PathBuf {
        self.dir.path().join("policy")
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub fn url(&self) -> String {
        self.url.lock().unwrap().clone()
    }

    /// All that the process has said on stderr so far, over all its starts.
    pub fn stderr(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("stderr")).unwrap_or_default()
    }

    pub fn stdout(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("stdout")).unwrap_or_default()
    }

    /// `jit serve` on the folders of this server, below the wrapper.
    pub fn command(&self) -> Command {
        let mut words = self.wrapper.iter().map(String::as_str).chain([JIT]);
        let mut command = clean(words.next().unwrap(), &self.home());
        command.args(words).args(["serve", "--listen", "127.0.0.1:0", "-o", "ndjson", "--policy"]);
        command.arg(self.policy()).arg("--data").arg(self.data());
        command.arg("--url-file").arg(self.dir.path().join("url"));
        command
    }

    /// Starts the process on the same folders; what it is called at is known to its people at once.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.start_command(self.command());
    }

    #[track_caller]
    pub fn start_command(&mut self, command: Command) {
        self.spawn(command);
        until("the server listens", Duration::from_secs(60), || {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "the server ended with {ended:?}:\n{}", self.stderr());
            self.is_listening().then_some(())
        });
    }

    /// Starts the process, and does not wait until it listens.
    pub fn spawn(&mut self, mut command: Command) {
        assert!(self.child.is_none(), "it is running");
        let _ = std::fs::remove_file(self.dir.path().join("url"));
        let log = |name: &str| {
            std::fs::OpenOptions::new().append(true).create(true).open(self.dir.path().join(name)).unwrap()
        };
        let child = command.stdin(Stdio::null()).stdout(log("stdout")).stderr(log("stderr")).spawn();
        self.child = Some(child.unwrap());
    }

    /// Whether the process has said where it listens; from then on its people find it there.
    pub fn is_listening(&self) -> bool {
        let said = std::fs::read_to_string(self.dir.path().join("url")).ok();
        let Some(url) = said.as_deref().and_then(|text| text.strip_suffix('\n')) else { return false };
        url.clone_into(&mut self.url.lock().unwrap());
        true
    }

    pub fn pid(&self) -> Pid {
        pid(self.child.as_ref().unwrap())
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// `kill -9`, and the end of it.
    pub fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// SIGTERM; its exit code and how long it took.
    #[track_caller]
    pub fn stop(&mut self) -> (i32, Duration) {
        let started = Instant::now();
        self.signal(Signal::TERM);
        let mut child = self.child.take().unwrap();
        let status = wait(&mut child, LIMIT);
        if status.is_none() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        (code(status.expect("the server does not end")), started.elapsed())
    }

    /// The first administrator, whose one-time code the first start has printed.
    pub fn admin(&self) -> &Person {
        self.admin.get_or_init(|| self.enrolled("admin", &self.first_code()))
    }

    #[track_caller]
    pub fn first_code(&self) -> String {
        let stdout = self.stdout();
        let documents = stdout.lines().map(|line| document(line).unwrap());
        let mut codes = documents.filter_map(|d| d["code"].as_str().map(str::to_owned));
        codes.next_back().unwrap_or_else(|| panic!("no code was printed:\n{stdout}"))
    }

    /// A person of this server, added by the administrator and logged in, with a home of their own.
    pub fn person(&self, name: &str) -> Person {
        let code = self.add_user(&[name]);
        self.enrolled(name, &code)
    }

    /// A CI job, which its owner answers for.
    pub fn service(&self, name: &str, owner: &str) -> Person {
        let code = self.add_user(&[name, "--service", "--owner", owner]);
        self.enrolled(name, &code)
    }

    /// A person who logged in with `jit login` and the encrypted file; each of their commands takes the
    /// half second that opening that file is made to take.
    pub fn person_with_store(&self, name: &str) -> Person {
        let code = self.add_user(&[name]);
        let mut person = self.somebody(name);
        person.log_in_with_store(&code);
        person
    }

    /// The one-time code of a new user.
    pub fn add_user(&self, args: &[&str]) -> String {
        let out = self.admin().jit(&[&["user", "add", "-o", "json"], args].concat()).ok();
        out.json()["code"].as_str().unwrap().to_owned()
    }

    /// Somebody who has a home and nothing else: not logged in.
    pub fn somebody(&self, name: &str) -> Person {
        let home = tempfile::Builder::new().prefix("jit-home-").tempdir().unwrap();
        Person { name: name.to_owned(), home, url: Arc::clone(&self.url), env: Vec::new() }
    }

    pub fn enrolled(&self, name: &str, code: &str) -> Person {
        let mut person = self.somebody(name);
        let tokens = block_on(person.remote_with(None).login(code)).unwrap();
        person.token(&tokens.token);
        person
    }

    /// What hosts fetch, without a login.
    pub fn krl(&self) -> Vec<u8> {
        block_on(async {
            let answer = http().get(format!("{}/v1/ssh/krl", self.url())).send().await.unwrap();
            answer.error_for_status().unwrap().bytes().await.unwrap().to_vec()
        })
    }

    pub fn ca(&self) -> String {
        block_on(async {
            use jit_access::ops::Backend;
            self.somebody("host").remote_with(None).ssh_ca().await.unwrap().public_key
        })
    }

    /// Where the server keeps the KRL, for a sshd on the same machine.
    pub fn krl_path(&self) -> PathBuf {
        self.data().join("ssh/krl")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// For what no client of ours sends.
pub fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().tls_certs_only(std::iter::empty()).build().unwrap()
}

/// Somebody at a terminal, or a job: a home, and what the environment says.
pub struct Person {
    pub name: String,
    home: tempfile::TempDir,
    url: Arc<Mutex<String>>,
    env: Vec<(String, String)>,
}

impl Person {
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where their server is now.
    pub fn url(&self) -> String {
        self.url.lock().unwrap().clone()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), value.to_owned()));
    }

    /// From now on with this token, as a CI job brings its own.
    pub fn token(&mut self, token: &str) {
        let file = self.path("token");
        put_private(&file, token);
        self.set("JIT_TOKEN_FILE", file.to_str().unwrap());
    }

    /// From now on with the encrypted file as the store, and a passphrase that a file has.
    pub fn use_file_store(&mut self) {
        let passphrase = self.path("passphrase");
        put_private(&passphrase, "correct horse battery staple\n");
        self.set("JIT_PASSPHRASE_FILE", passphrase.to_str().unwrap());
        self.set("JIT_STORE", "file");
    }

    /// `jit login`, once, into the encrypted file.
    #[track_caller]
    pub fn log_in_with_store(&mut self, code: &str) -> Out {
        self.use_file_store();
        let url = self.url();
        start(self.command(&["login", &url, "--code-file", "-", "-o", "json"]), code).end().ok()
    }

    /// A call of `jit`, to be changed or started.
    pub fn command(&self, args: &[&str]) -> Command {
        self.with_env(JIT, args)
    }

    /// Any program in this person's environment.
    pub fn with_env(&self, program: &str, args: &[&str]) -> Command {
        let mut command = clean(program, self.home());
        command.args(args);
        // Who logged in with `jit login` has the server as a context.
        if !self.env.iter().any(|(name, _)| name == "JIT_STORE") {
            command.env("JIT_SERVER", self.url.lock().unwrap().clone());
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs `jit` to its end, with nothing on stdin.
    #[track_caller]
    pub fn jit(&self, args: &[&str]) -> Out {
        run(self.command(args))
    }

    #[track_caller]
    pub fn start(&self, args: &[&str]) -> Running {
        start(self.command(args), "")
    }

    /// Files a request with `-o json`, and gives its id.
    #[track_caller]
    pub fn request(&self, args: &[&str]) -> String {
        let out = self.jit(&[&["request", "-o", "json"], args].concat()).ok();
        out.json()["id"].as_str().unwrap().to_owned()
    }

    /// Asks for a certificate of a request, for a key of their own: `id`, and `id-cert.pub` beside it.
    #[track_caller]
    pub fn credential(&self, id: &str) -> Out {
        let key = self.path("id.pub");
        if !key.exists() {
            crate::sshd::new_key(self.home(), "id", &["ed25519"]);
        }
        self.jit(&["credential", "ssh", id, "--public-key", key.to_str().unwrap(), "-o", "json"])
    }

    /// The state of a request, as `jit show` tells it.
    #[track_caller]
    pub fn state(&self, id: &str) -> String {
        self.show(id)["state"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub fn show(&self, id: &str) -> Value {
        self.jit(&["show", id, "-o", "json"]).ok().json()
    }

    /// The library's own client, for speed, with this person's token.
    pub fn remote(&self) -> Remote {
        let token = std::fs::read_to_string(self.path("token")).unwrap();
        self.remote_with(Some(token))
    }

    /// The library's own client, of nobody.
    pub fn stranger(&self) -> Remote {
        self.remote_with(None)
    }

    fn remote_with(&self, token: Option<String>) -> Remote {
        let url = self.url.lock().unwrap().parse().unwrap();
        Remote::new(url, token, Arc::new(NoKeeper)).unwrap()
    }
}
