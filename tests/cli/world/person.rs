//! The people, each with a home of their own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use jit_access::client::{NoKeeper, Remote};
use serde_json::Value;

use super::{JIT, Out, Running, clean, private_dir, put_private, run, start};

/// Somebody at a terminal, or a job: a home, and what the environment says.
pub struct Person {
    pub name: String,
    home: tempfile::TempDir,
    url: Arc<Mutex<String>>,
    /// `None` is not there, whatever else would be.
    env: Vec<(String, Option<String>)>,
}

impl Person {
    pub(super) fn new(name: &str, url: Arc<Mutex<String>>) -> Self {
        let home = tempfile::Builder::new().prefix("jit-home-").tempdir().unwrap();
        Self { name: name.to_owned(), home, url, env: Vec::new() }
    }

    /// Somebody on a machine that knows no server.
    pub fn alone() -> Self {
        let mut person = Self::new("alone", Arc::default());
        person.unset("JIT_SERVER");
        person.make_runtime_dir();
        person
    }

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
        self.env.push((name.to_owned(), Some(value.to_owned())));
    }

    pub fn unset(&mut self, name: &str) {
        self.env.retain(|(known, _)| known != name);
        self.env.push((name.to_owned(), None));
    }

    /// From now on with an `XDG_RUNTIME_DIR`, which is here.
    pub fn make_runtime_dir(&mut self) -> PathBuf {
        let dir = self.path("run");
        private_dir(&dir);
        self.set("XDG_RUNTIME_DIR", dir.to_str().unwrap());
        dir
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
        if !self.env.iter().any(|(name, value)| name == "JIT_STORE" && value.is_some()) {
            command.env("JIT_SERVER", self.url.lock().unwrap().clone());
        }
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs `jit` to its end, with nothing on stdin.
    #[track_caller]
    pub fn jit(&self, args: &[&str]) -> Out {
        run(self.command(args))
    }

    /// Runs `jit` with `--json` to its end, which is a good one, and gives its document.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        self.jit(&[&["--json"], args].concat()).ok().json()
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

    pub(super) fn remote_with(&self, token: Option<String>) -> Remote {
        let url = self.url.lock().unwrap().parse().unwrap();
        Remote::new(url, token, Arc::new(NoKeeper)).unwrap()
    }
}
