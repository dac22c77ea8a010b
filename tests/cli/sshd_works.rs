//! The harness itself: without these, a sshd that lets everyone or no one in would prove nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use crate::sshd::{Identity, Sshd, keygen};

#[test]
fn a_certificate_of_the_ca_logs_in_and_no_other_key_does() {
    if !Sshd::available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (ca, key) = (dir.path().join("ca"), dir.path().join("key"));
    for path in [&ca, &key] {
        keygen(&["-q", "-t", "ed25519", "-N", "", "-f", path.to_str().unwrap()]);
    }
    let krl = dir.path().join("krl");
    keygen(&["-q", "-k", "-f", krl.to_str().unwrap()]);
    let sign = ["-q", "-s", ca.to_str().unwrap(), "-I", "id", "-n", "deploy", "-V", "+5m"];
    keygen(&[&sign[..], &[dir.path().join("key.pub").to_str().unwrap()]].concat());

    let sshd = Sshd::start(&std::fs::read_to_string(dir.path().join("ca.pub")).unwrap(), &krl, &["deploy"]);
    let certificate = dir.path().join("key-cert.pub");
    let good = Identity::Files { key: &key, certificate: &certificate };
    let output = sshd.ssh(good, "echo in");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "in\n", "{output:?}\n{}", sshd.log());
    let bare = Identity::Files { key: &key, certificate: &key };
    assert!(!sshd.ssh(bare, "true").status.success());
}
