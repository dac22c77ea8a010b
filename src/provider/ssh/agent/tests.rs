//! With the real `ssh-agent`, `ssh-add`, `ssh` and `sshd`.
#![allow(clippy::disallowed_methods, reason = "a test's own files")]

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use super::*;
use crate::domain::{RequestId, Span, Time};
use crate::provider::conformance::now;
use crate::provider::ssh::SshProvider;
use crate::provider::ssh::tests::sshd::{self, Sshd};
use crate::provider::ssh::tests::{hour, intent};
use crate::provider::{Material, Provider};

fn request() -> RequestId {
    RequestId::from_number(7).unwrap()
}

struct World {
    dir: tempfile::TempDir,
    sshd: Sshd,
    key: EphemeralKey,
    certificate: String,
}

async fn world() -> Option<World> {
    if !Sshd::available() {
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    let provider = SshProvider::open(&dir.path().join("ssh"), now()).unwrap();
    let sshd = Sshd::start(provider.ca_public_line(), &provider.krl_path(), &["deploy"]);
    let key = EphemeralKey::generate().unwrap();
    let certificate = certificate(&provider, &key).await;
    Some(World { dir, sshd, key, certificate })
}

async fn certificate(provider: &SshProvider, key: &EphemeralKey) -> String {
    let intent = intent(&key.public_line().unwrap(), 9, now(), now().plus(hour()));
    let Material::Ssh { certificate } = provider.grant(&intent).await.unwrap() else { panic!() };
    certificate
}

/// Lets the runtime's other thread serve the agent meanwhile.
fn off<T>(work: impl FnOnce() -> T) -> T {
    tokio::task::block_in_place(work)
}

fn ssh_add(socket: &Path, args: &[&str]) -> Output {
    Command::new("timeout").args(["10", "ssh-add"]).args(args).env("SSH_AUTH_SOCK", socket).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

struct SshAgent(Child);

impl Drop for SshAgent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ssh_agent(socket: &Path) -> SshAgent {
    let child =
        Command::new("ssh-agent").arg("-D").arg("-a").arg(socket).stdout(Stdio::null()).spawn().unwrap();
    let agent = SshAgent(child);
    for _ in 0..500 {
        if Agent::connect(socket).is_ok() {
            return agent;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("no ssh-agent");
}

#[tokio::test]
async fn the_users_own_agent_holds_the_certificate_for_its_life_and_no_longer() {
    let Some(World { dir, sshd, key, certificate }) = world().await else { return };
    let socket = dir.path().join("agent");
    let _running = ssh_agent(&socket);
    let mut agent = Agent::connect(&socket).unwrap();
    assert_eq!(agent.list().unwrap(), []);
    agent.add_with_certificate(&key, &certificate, "jit\n\u{1b}[31m", Span::clamped(600)).unwrap();
    let listed = agent.list().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].comment, "jit\\n\\u{1b}[31m");
    assert!(text(&ssh_add(&socket, &["-l"])).contains("ED25519-CERT"));
    let output = sshd.ssh(sshd::Identity::Agent(&socket), "echo in");
    assert_eq!(output.stdout, b"in\n", "{output:?} {}", sshd.log());

    for _ in 0..2 {
        agent.remove(&key, &certificate).unwrap();
        assert_eq!(agent.list().unwrap(), []);
    }
    agent.add_with_certificate(&key, &certificate, "jit", Span::clamped(1)).unwrap();
    assert_eq!(agent.list().unwrap().len(), 1);
    std::thread::sleep(Duration::from_millis(2100));
    assert_eq!(agent.list().unwrap(), []);

    let other = EphemeralKey::generate().unwrap();
    for (key, line) in [(&other, certificate.as_str()), (&key, "junk")] {
        let result = agent.add_with_certificate(key, line, "jit", Span::clamped(9));
        assert!(matches!(result, Err(AgentError::Certificate)), "{result:?}");
    }
    assert!(!format!("{key:?}").contains(char::is_numeric));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_private_agent_logs_in_until_the_end_and_then_never_again() {
    let Some(World { dir, sshd, key, certificate }) = world().await else { return };
    let public = key.public_line().unwrap();
    let clock = Arc::new(AtomicI64::new(0));
    let ticks = Arc::clone(&clock);
    let start = now();
    let time = move || Time::from_millis(start.millis() + ticks.load(Ordering::SeqCst));
    let end = start.plus(Span::clamped(600));
    let server = serve_agent(dir.path(), key, &certificate, request(), end, time).unwrap();
    let socket = server.socket().to_owned();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode(socket.parent().unwrap()), mode(&socket)), (0o700, 0o600));

    let listed = text(&off(|| ssh_add(&socket, &["-l"])));
    assert!(listed.contains("ED25519-CERT") && listed.contains("jit-000000000007"), "{listed}");
    let output = off(|| sshd.ssh(sshd::Identity::Agent(&socket), "echo in"));
    assert_eq!(output.stdout, b"in\n", "{output:?} {}", sshd.log());

    // It signs logins only, and takes no orders.
    let public_path = dir.path().join("key.pub");
    std::fs::write(&public_path, &certificate).unwrap();
    let signed = off(|| {
        Command::new("ssh-keygen")
            .args(["-Y", "sign", "-n", "file", "-f"])
            .args([&public_path, &dir.path().join("key.pub")])
            .env("SSH_AUTH_SOCK", &socket)
            .output()
            .unwrap()
    });
    assert!(!signed.status.success(), "{signed:?}");
    for args in [["-D"], ["-x"]] {
        assert!(
            !off(|| Command::new("ssh-add")
                .args(args)
                .env("SSH_AUTH_SOCK", &socket)
                .stdin(Stdio::null())
                .output()
                .unwrap())
            .status
            .success()
        );
    }
    let mut agent = off(|| Agent::connect(&socket)).unwrap();
    let other = EphemeralKey::generate().unwrap();
    let provider = SshProvider::open(&dir.path().join("ssh"), now()).unwrap();
    let foreign = self::certificate(&provider, &other).await;
    let added = off(|| agent.add_with_certificate(&other, &foreign, "x", Span::clamped(9)));
    assert!(matches!(added, Err(AgentError::Refused { .. })), "{added:?}");

    clock.store(600_000, Ordering::SeqCst);
    assert!(text(&off(|| ssh_add(&socket, &["-l"]))).contains("no identities"));
    assert!(!off(|| sshd.ssh(sshd::Identity::Agent(&socket), "true")).status.success());
    // Set back, the clock revives nothing.
    clock.store(0, Ordering::SeqCst);
    assert!(text(&off(|| ssh_add(&socket, &["-l"]))).contains("no identities"));
    assert!(!public.is_empty());

    drop(server);
    assert!(!socket.exists() && !socket.parent().unwrap().exists());
}

#[tokio::test]
async fn a_private_agent_works_on_one_thread_and_forgets_an_idle_key() {
    let dir = tempfile::tempdir().unwrap();
    let provider = SshProvider::open(&dir.path().join("ssh"), now()).unwrap();
    let key = EphemeralKey::generate().unwrap();
    let line = certificate(&provider, &key).await;
    let end = now().plus(Span::clamped(1));
    let server = serve_agent(dir.path(), key, &line, request(), end, now).unwrap();
    let socket = server.socket().to_owned();
    let list = || {
        let socket = socket.clone();
        tokio::task::spawn_blocking(move || Agent::connect(&socket).unwrap().list().unwrap())
    };
    assert_eq!(list().await.unwrap().len(), 1);
    while server.holds_a_key() {
        assert!(now() < end.plus(Span::clamped(3)));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(list().await.unwrap(), []);

    let late = serve_agent(dir.path(), EphemeralKey::generate().unwrap(), &line, request(), end, now);
    assert!(matches!(late, Err(AgentError::Certificate)));
    let long = dir.path().join("a".repeat(120));
    std::fs::create_dir(&long).unwrap();
    let key = EphemeralKey::generate().unwrap();
    let line = certificate(&provider, &key).await;
    let result = serve_agent(&long, key, &line, request(), now().plus(hour()), now);
    assert!(matches!(result, Err(AgentError::Io { .. })));
    assert_eq!(std::fs::read_dir(&long).unwrap().count(), 0);
}

#[tokio::test]
async fn junk_to_the_private_agent_is_refused() {
    use std::io::{Read, Write};
    let dir = tempfile::tempdir().unwrap();
    let provider = SshProvider::open(&dir.path().join("ssh"), now()).unwrap();
    let key = EphemeralKey::generate().unwrap();
    let line = certificate(&provider, &key).await;
    let server = serve_agent(dir.path(), key, &line, request(), now().plus(hour()), now).unwrap();
    let socket = server.socket().to_owned();
    tokio::task::spawn_blocking(move || {
        for (message, reply) in [
            (&[0, 0, 0, 1, 13][..], &[0, 0, 0, 1, FAILURE][..]),
            (&[0, 0, 0, 2, 11, 1], &[0, 0, 0, 1, FAILURE]),
            (&[0, 0, 0, 1, 27], &[0, 0, 0, 1, FAILURE]),
            (&[0, 0, 0, 0], &[]),
            (&[0xff, 0xff, 0xff, 0xff, 11], &[]),
        ] {
            let mut stream = std::os::unix::net::UnixStream::connect(&socket).unwrap();
            stream.write_all(message).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut got = Vec::new();
            // Closed, or reset where it left bytes unread.
            let _ = stream.read_to_end(&mut got);
            assert_eq!(got, reply, "{message:?}");
        }
    })
    .await
    .unwrap();
}

#[test]
fn an_agent_that_answers_with_junk_or_too_much_is_no_agent() {
    let dir = tempfile::tempdir().unwrap();
    for (i, reply) in [
        &[0xff, 0xff, 0xff, 0xff][..],
        &[0, 0, 0, 0],
        &[0, 0, 0, 1, 6],
        &[0, 0, 0, 5, 12, 0xff, 0xff, 0xff, 0xff],
        &[0, 0, 0, 6, 12, 0, 0, 0, 0, 9],
        &[0, 0],
    ]
    .iter()
    .enumerate()
    {
        let path = dir.path().join(i.to_string());
        let listener = UnixListener::bind(&path).unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                use std::io::{Read, Write};
                let (mut stream, _) = listener.accept().unwrap();
                let mut question = [0; 5];
                stream.read_exact(&mut question).unwrap();
                stream.write_all(reply).unwrap();
            });
            let result = Agent::connect(&path).unwrap().list();
            assert!(matches!(result, Err(AgentError::Protocol { .. } | AgentError::Io { .. })), "{result:?}");
        });
    }
    assert!(matches!(Agent::connect(&dir.path().join("none")), Err(AgentError::Io { .. })));
}
