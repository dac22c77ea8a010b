//! A moto server of one test: the real API of STS and IAM, which checks signatures and rights.
//!
//! The library's tests include this same file.
#![allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::programs::{free_port, tool};

pub const ROLE: &str = "arn:aws:iam::123456789012:role/shop";
/// What the manual says that jit's own key needs.
pub const RIGHTS: [&str; 6] = [
    "sts:AssumeRole",
    "iam:GetRole",
    "iam:ListRolePolicies",
    "iam:GetRolePolicy",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
];

/// A policy that allows these of everything.
pub fn allowing(actions: &[&str]) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})
        .to_string()
}

/// The trust of a role that the user `jit` may assume.
pub fn trust() -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::123456789012:user/jit"}}]})
    .to_string()
}

/// What a file of jit's own key says.
pub fn key_file(id: &str, secret: &str) -> String {
    format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n")
}

/// It checks nothing of its first five calls, which make the user, its policy and its key, the role and the
/// role's policy. From the sixth on, it checks everything.
pub struct Server {
    child: Child,
    port: u16,
    pub dir: tempfile::TempDir,
}

impl Server {
    pub fn start() -> Option<Self> {
        let program = tool("moto_server")?;
        let (dir, port) = (tempfile::tempdir().unwrap(), free_port());
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", dir.path())
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "5")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Self { child, port, dir };
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(server.child.try_wait().unwrap().is_none(), "moto ended");
            assert!(began.elapsed() < Duration::from_secs(60), "moto does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
