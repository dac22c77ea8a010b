//! The provider against a real sshd.

#[path = "../../../tests/cli/sshd.rs"]
pub mod sshd;

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::domain::{Gives, RequestId, Span, SshGives, Target};
use crate::provider::CredentialAsk;
use crate::provider::conformance::{self, now};
use sshd::{Identity, Sshd, keygen, new_key};

pub fn resource() -> Resource {
    Resource { name: "web-1".parse().unwrap(), address: None, labels: BTreeMap::new(), target: Target::Ssh }
}

pub fn gives(principals: &[&str]) -> SshGives {
    SshGives {
        principals: principals.iter().map(ToString::to_string).collect(),
        extensions: BTreeSet::from(["permit-pty".to_owned()]),
        force_command: None,
        source_addresses: BTreeSet::new(),
    }
}

pub fn intent(public_key: &str, serial: u64, start: Time, end: Time) -> Intent {
    Intent {
        credential: CredentialId::from_number(serial).unwrap(),
        request: RequestId::from_number(serial ^ 1).unwrap(),
        resource: resource(),
        gives: Gives::Ssh(gives(&["deploy"])),
        start,
        end,
        ask: CredentialAsk::Ssh { public_key: public_key.to_owned() },
    }
}

pub fn handle(serial: u64, end: Time) -> Handle {
    Handle {
        credential: CredentialId::from_number(serial).unwrap(),
        request: RequestId::from_number(serial ^ 1).unwrap(),
        resource: resource(),
        gives: Gives::Ssh(gives(&["deploy"])),
        end,
    }
}

pub fn hour() -> Span {
    Span::clamped(3600)
}

struct OnSshd {
    provider: SshProvider,
    sshd: Sshd,
    dir: tempfile::TempDir,
    key: PathBuf,
}

impl OnSshd {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let provider = SshProvider::open(&dir.path().join("ssh"), now()).unwrap();
        let sshd = Sshd::start(provider.ca_public_line(), &provider.krl_path(), &["deploy"]);
        let key = new_key(dir.path(), "key", &["ed25519"]);
        Self { provider, sshd, dir, key }
    }

    fn public_key(&self) -> String {
        std::fs::read_to_string(self.key.with_extension("pub")).unwrap()
    }
}

#[async_trait]
impl conformance::Subject for OnSshd {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn intent(&self, request: RequestId, credential: CredentialId, start: Time, end: Time) -> Intent {
        Intent { credential, request, ..intent(&self.public_key(), 1, start, end) }
    }

    async fn can_use(&self, material: &Material) -> bool {
        let Material::Ssh { certificate } = material else { panic!("{material:?}") };
        let path = self.dir.path().join("certificate.pub");
        #[allow(clippy::disallowed_methods, reason = "a test's own file")]
        std::fs::write(&path, format!("{certificate}\n")).unwrap();
        let output = self.sshd.ssh(Identity::Files { key: &self.key, certificate: &path }, "echo in");
        assert!(
            output.status.success() || String::from_utf8_lossy(&output.stderr).contains("Permission denied"),
            "{output:?}\n{}",
            self.sshd.log()
        );
        output.stdout == b"in\n"
    }
}

#[tokio::test]
async fn the_ssh_provider_conforms_on_a_real_sshd() {
    if !Sshd::available() {
        return;
    }
    let subject = OnSshd::start();
    conformance::conforms(&subject).await;
    let log = subject.sshd.log();
    assert!(log.contains("revoked"), "sshd refused for another reason: {log}");
    assert!(log.contains("Certificate invalid: expired"), "sshd refused for another reason: {log}");
}

#[tokio::test]
async fn a_principal_that_the_host_does_not_take_is_refused_by_sshd() {
    if !Sshd::available() {
        return;
    }
    let subject = OnSshd::start();
    let mut other = intent(&subject.public_key(), 5, now(), now().plus(hour()));
    other.gives = Gives::Ssh(gives(&["www"]));
    let material = subject.provider.grant(&other).await.unwrap();
    assert!(!conformance::Subject::can_use(&subject, &material).await);
}

#[tokio::test]
async fn the_key_and_the_folder_are_private_and_looser_ones_are_refused_with_the_cure() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("a/ssh");
    let first = SshProvider::open(&home, now()).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    assert_eq!((mode(&home), mode(&home.join("ca")), mode(&first.krl_path())), (0o700, 0o600, 0o644));
    assert_eq!(mode(&home.join("revoked.json")), 0o600);

    for (path, loose, tight) in
        [(home.clone(), 0o750, 0o700), (home.join("ca"), 0o640, 0o600), (home.join("krl"), 0o664, 0o644)]
    {
        set(&path, loose);
        let error = SshProvider::open(&home, now()).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(&format!("try: chmod {tight:o} {}", path.display())), "{error}");
        set(&path, tight);
    }
    let again = SshProvider::open(&home, now()).unwrap();
    assert_eq!(again.ca_public_line(), first.ca_public_line());
    assert!(!format!("{:?}", again.ca).contains("key:"));
}

#[tokio::test]
async fn a_ca_key_of_ssh_keygen_is_taken_and_every_other_kind_refused() {
    if !Sshd::available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let good = new_key(dir.path(), "good", &["ed25519"]);
    let provider = SshProvider::open_with_ca(&dir.path().join("ssh"), &good, now()).unwrap();
    let line = std::fs::read_to_string(good.with_extension("pub")).unwrap();
    assert_eq!(provider.ca_public_line().split(' ').nth(1), line.split(' ').nth(1));

    let locked = dir.path().join("locked");
    keygen(&["-q", "-t", "ed25519", "-N", "secret", "-f", locked.to_str().unwrap()]);
    let ecdsa = new_key(dir.path(), "ecdsa", &["ecdsa"]);
    for path in [locked, ecdsa, good.with_extension("pub"), dir.path().join("none")] {
        let elsewhere = dir.path().join("elsewhere");
        let error = SshProvider::open_with_ca(&elsewhere, &path, now()).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    // Another CA's revocations say nothing about this one's certificates.
    let other = new_key(dir.path(), "other", &["ed25519"]);
    let error = SshProvider::open_with_ca(&dir.path().join("ssh"), &other, now()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("another CA"), "{error}");
}

#[tokio::test]
async fn a_preflight_refuses_where_a_revocation_could_not_be_written() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("ssh");
    let provider = SshProvider::open(&home, now()).unwrap();
    provider.preflight(&resource()).await.unwrap();
    std::fs::remove_dir_all(&home).unwrap();
    assert!(matches!(provider.preflight(&resource()).await, Err(ProviderError::Unavailable { .. })));
}

#[test]
fn the_umask_loosens_and_tightens_nothing() {
    for umask in ["000", "077"] {
        let test = "provider::ssh::tests::the_key_and_the_folder_are_private_and_looser_ones_are_refused_with_the_cure";
        let output = std::process::Command::new("sh")
            .args(["-c", "umask $0; exec \"$@\"", umask])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", test])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "umask {umask}: {said}");
    }
}
