//! The server process.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::process::{LIMIT, code, pid, wait};
use super::{JIT, Person, block_on, clean, document, http, private_dir, put_private, until};

/// A server process. Its port may change when it is started again; its people find it all the same.
pub struct Server {
    dir: tempfile::TempDir,
    policy: PathBuf,
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

    /// A server under the example policy, as it is in this repository.
    #[track_caller]
    pub fn example() -> Self {
        let mut server = Self::prepare("");
        server.policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/company");
        server.start_again();
        server
    }

    /// The folders, and no process yet.
    pub fn prepare(policy: &str) -> Self {
        let dir = tempfile::Builder::new().prefix("jit-server-").tempdir().unwrap();
        private_dir(&dir.path().join("home"));
        let policy_dir = dir.path().join("policy");
        private_dir(&policy_dir);
        let server = Self {
            dir,
            policy: policy_dir,
            child: None,
            url: Arc::default(),
            admin: OnceLock::new(),
            wrapper: Vec::new(),
        };
        server.write_policy(policy);
        server
    }

    pub fn write_policy(&self, text: &str) {
        assert!(self.policy.starts_with(self.dir.path()), "the example is not a test's to change");
        put_private(&self.policy.join("policy.toml"), text);
    }

    pub fn policy(&self) -> PathBuf {
        self.policy.clone()
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
        Person::new(name, Arc::clone(&self.url))
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
