//! Revocations: durable, never lost, never silently empty.
#![allow(clippy::disallowed_methods, reason = "a test's own files")]

use super::*;
use crate::provider::conformance::now;
use crate::provider::ssh::SshProvider;
use crate::provider::ssh::tests::sshd::{Sshd, new_key};
use crate::provider::ssh::tests::{handle, hour, intent, resource};
use crate::provider::{Material, Presence, Provider, ProviderError};

fn open(dir: &tempfile::TempDir) -> Result<SshProvider, String> {
    SshProvider::open(&dir.path().join("ssh"), now()).map_err(|e| e.to_string())
}

async fn listed(provider: &SshProvider) -> Vec<u64> {
    let owned = provider.inventory(&resource(), &[], now()).await.unwrap();
    owned.iter().map(|o| o.credential.number()).collect()
}

#[tokio::test]
async fn ssh_keygen_agrees_with_each_form_of_the_list() {
    if !Sshd::available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let key = new_key(dir.path(), "key", &["ed25519"]);
    let public_key = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let highest = (1 << 60) - 1;
    for revoked in [&[][..], &[5], &[5, 6], &[1, 2, 3], &[1, 2, 3, 4, 9, 11, 12, 20, 21, 22, highest]] {
        let dir = tempfile::tempdir().unwrap();
        let provider = open(&dir).unwrap();
        for serial in revoked {
            provider.revoke(&handle(*serial, now().plus(hour())), now()).await.unwrap();
        }
        for serial in (1..25).chain([highest - 1, highest]) {
            // Granted by the CA, not through the provider, which refuses what was revoked.
            let intent = intent(&public_key, serial, now(), now().plus(hour()));
            let line = crate::provider::ssh::certificate::sign(&provider.ca, &intent, [1; 32]).unwrap();
            let path = dir.path().join("c.pub");
            std::fs::write(&path, line).unwrap();
            let output = std::process::Command::new("ssh-keygen")
                .args(["-Q", "-f"])
                .args([provider.krl_path(), path])
                .output()
                .unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            let want = if revoked.contains(&serial) { "REVOKED" } else { "ok" };
            assert!(said.trim_end().ends_with(want), "{serial} of {revoked:?}: {said} {:?}", output.stderr);
        }
        assert_eq!(std::fs::read(provider.krl_path()).unwrap(), provider.krl_bytes()[..]);
    }
}

#[tokio::test]
async fn concurrent_revocations_all_land_and_share_writes() {
    let dir = tempfile::tempdir().unwrap();
    let provider = open(&dir).unwrap();
    let before = Krl::decode(&provider.krl_bytes(), provider.ca.blob()).unwrap().version;
    let end = now().plus(hour());
    let tasks: Vec<_> = (1..=300u64)
        .map(|serial| {
            let provider = provider.clone();
            tokio::spawn(async move {
                provider.revoke(&handle(serial * 7, end), now()).await.unwrap();
                // Durable when it returns: another reader sees it.
                let found = provider.verify_absent(&handle(serial * 7, end), now()).await.unwrap();
                assert_eq!(found, Presence::Absent);
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let want: Vec<u64> = (1..=300).map(|serial| serial * 7).collect();
    assert_eq!(listed(&provider).await, want);
    let after = Krl::decode(&provider.krl_bytes(), provider.ca.blob()).unwrap().version;
    assert!(after > before && after - before < 100, "{} writes", after - before);
    drop(provider);
    let again = open(&dir).unwrap();
    assert_eq!(listed(&again).await, want);
    assert!(Krl::decode(&again.krl_bytes(), again.ca.blob()).unwrap().version >= after);
}

#[tokio::test]
async fn two_processes_on_one_folder_lose_nothing_of_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (open(&dir).unwrap(), open(&dir).unwrap());
    assert_eq!(one.ca_public_line(), two.ca_public_line());
    let end = now().plus(hour());
    for serial in 1..6 {
        let provider = if serial % 2 == 0 { &one } else { &two };
        provider.revoke(&handle(serial, end), now()).await.unwrap();
        for served in [one.krl_bytes(), two.krl_bytes()] {
            assert!(Krl::decode(&served, one.ca.blob()).unwrap().contains(serial));
        }
    }
    assert_eq!(listed(&one).await, [1, 2, 3, 4, 5]);
    assert_eq!(listed(&two).await, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn a_damaged_list_is_refused_and_never_taken_for_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    let provider = open(&dir).unwrap();
    let end = now().plus(hour());
    provider.revoke(&handle(5, end), now()).await.unwrap();
    provider.revoke(&handle(9, end), now()).await.unwrap();
    let home = dir.path().join("ssh");
    let (krl, sidecar) = (home.join(KRL), home.join(SIDECAR));
    let (good_krl, good_sidecar) = (std::fs::read(&krl).unwrap(), std::fs::read(&sidecar).unwrap());
    let text = String::from_utf8(good_sidecar.clone()).unwrap();
    assert!(text.contains("[5,"));

    let other = tempfile::tempdir().unwrap();
    let foreign = open(&other).unwrap();
    for bad in [&b""[..], b"junk", &good_krl[..good_krl.len() - 1], &foreign.krl_bytes()] {
        std::fs::write(&krl, bad).unwrap();
        let error = open(&dir).map(|_| ()).unwrap_err();
        assert!(error.contains("krl cannot be trusted") && error.contains("try: remove it"), "{error}");
        // While it runs, such a file does not count as a revocation, and the next revoke mends it.
        let found = provider.verify_absent(&handle(5, end), now()).await.unwrap();
        assert!(matches!(found, Presence::Present(_)), "{found:?}");
        provider.revoke(&handle(5, end), now()).await.unwrap();
        assert_eq!(provider.verify_absent(&handle(5, end), now()).await.unwrap(), Presence::Absent);
        std::fs::write(&sidecar, &good_sidecar).unwrap();
    }
    std::fs::remove_file(&krl).unwrap();
    assert!(matches!(provider.verify_absent(&handle(5, end), now()).await.unwrap(), Presence::Present(_)));
    // The cure that the error named.
    assert_eq!(listed(&open(&dir).unwrap()).await, [5, 9]);

    for bad in [
        String::new(),
        "{}".to_owned(),
        text.replace("[5,", "[6,"),
        text.replace("[5,", "[9,"),
        text.replace("[5,", "[0,"),
        text.replace("\"kind\"", "\"more\":1,\"kind\""),
        text.replace("SHA256:", "SHA256:x"),
    ] {
        std::fs::write(&sidecar, &bad).unwrap();
        let error = open(&dir).map(|_| ()).unwrap_err();
        assert!(
            error.contains("revoked.json cannot be trusted") && error.contains("try: "),
            "{bad}: {error}"
        );
    }
    std::fs::remove_file(&sidecar).unwrap();
    assert!(open(&dir).map(|_| ()).unwrap_err().contains("missing"));
    std::fs::remove_file(&krl).unwrap();
    assert!(open(&dir).map(|_| ()).unwrap_err().contains("missing"));
    // A new CA would leave what the old one signed without a list.
    files::replace(&sidecar, &good_sidecar, 0o600).unwrap();
    std::fs::remove_file(home.join("ca")).unwrap();
    assert!(open(&dir).map(|_| ()).unwrap_err().contains("CA key is missing"));
}

#[tokio::test]
async fn a_first_start_that_crashed_starts_again() {
    let dir = tempfile::tempdir().unwrap();
    let krl = open(&dir).unwrap().krl_path();
    std::fs::remove_file(dir.path().join("ssh/ca")).unwrap();
    open(&dir).unwrap();
    std::fs::remove_file(dir.path().join("ssh/ca")).unwrap();
    std::fs::remove_file(krl).unwrap();
    open(&dir).unwrap();
}

#[tokio::test]
async fn where_the_disk_fails_the_served_list_has_the_serial_and_the_revoke_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let provider = open(&dir).unwrap();
    let (home, away) = (dir.path().join("ssh"), dir.path().join("away"));
    let end = now().plus(hour());
    std::fs::rename(&home, &away).unwrap();
    let result = provider.revoke(&handle(5, end), now()).await;
    assert!(matches!(result, Err(ProviderError::Unavailable { .. })), "{result:?}");
    assert!(Krl::decode(&provider.krl_bytes(), provider.ca.blob()).unwrap().contains(5));
    assert!(matches!(provider.verify_absent(&handle(5, end), now()).await, Ok(Presence::Present(_))));
    std::fs::rename(&away, &home).unwrap();
    assert!(matches!(provider.verify_absent(&handle(5, end), now()).await, Ok(Presence::Present(_))));
    provider.revoke(&handle(5, end), now()).await.unwrap();
    assert_eq!(provider.verify_absent(&handle(5, end), now()).await.unwrap(), Presence::Absent);
}

#[tokio::test]
async fn a_crash_between_the_two_files_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let provider = open(&dir).unwrap();
    let end = now().plus(hour());
    provider.revoke(&handle(5, end), now()).await.unwrap();
    let old = std::fs::read(provider.krl_path()).unwrap();
    provider.revoke(&handle(9, end), now()).await.unwrap();
    // As if it had stopped before the KRL was renamed.
    std::fs::write(provider.krl_path(), old).unwrap();
    assert_eq!(listed(&open(&dir).unwrap()).await, [5, 9]);
}

#[tokio::test]
async fn what_ended_long_ago_is_forgotten_only_with_a_steady_clock() {
    let dir = tempfile::tempdir().unwrap();
    let provider = open(&dir).unwrap();
    let start = now();
    let day = Span::clamped(24 * 3600);
    let soon = start.plus(Span::clamped(10));
    provider.revoke(&handle(5, soon), start).await.unwrap();
    // The clock leaps ahead, and a write happens then.
    let late = soon.plus(day).plus(hour());
    provider.revoke(&handle(6, late.plus(day)), late).await.unwrap();
    assert_eq!(listed(&provider).await, [5, 6]);
    // As if the clock had been like that for an hour.
    let hour_ago = Instant::now().checked_sub(STEADY);
    if let Some(at) = hour_ago {
        lock(&provider.revocations.disk).steady.since = (late.minus(hour()), at);
        provider.revoke(&handle(7, late.plus(day)), late).await.unwrap();
        assert_eq!(listed(&provider).await, [6, 7]);
        // A KRL that is put back, or a crash, finds it in the sidecar still; the next write drops it.
        let sidecar = dir.path().join("ssh").join(SIDECAR);
        assert!(std::fs::read_to_string(&sidecar).unwrap().contains("[5,"));
        provider.revoke(&handle(8, late.plus(day)), late).await.unwrap();
        assert!(!std::fs::read_to_string(&sidecar).unwrap().contains("[5,"));
        assert_eq!(listed(&open(&dir).unwrap()).await, [6, 7, 8]);
    }
}

#[test]
fn a_clock_that_jumps_is_not_steady() {
    let (time, at) = (now(), Instant::now());
    let after = |minutes: u64| at + Duration::from_secs(minutes * 60);
    let then = |minutes: u64| time.plus(Span::clamped(minutes * 60));
    let mut steady = Steady::new(time, at);
    assert!(!steady.may_forget(then(59), after(59)));
    assert!(steady.may_forget(then(60), after(60)));
    assert!(!steady.may_forget(then(600), after(61)));
    assert!(!steady.may_forget(then(62), after(62)));
    assert!(!steady.may_forget(then(121), after(121)));
    assert!(steady.may_forget(then(122), after(122)));
}

#[tokio::test]
async fn a_revocation_after_the_end_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let provider = open(&dir).unwrap();
    let end = now();
    provider.revoke(&handle(5, end), end).await.unwrap();
    assert!(listed(&provider).await.is_empty());
    assert_eq!(provider.verify_absent(&handle(5, end), end).await.unwrap(), Presence::Absent);
    let before = end.minus(Span::clamped(1));
    assert!(matches!(provider.verify_absent(&handle(5, end), before).await, Ok(Presence::Present(_))));
}

#[tokio::test]
async fn a_credential_that_was_revoked_is_not_granted_again() {
    let dir = tempfile::tempdir().unwrap();
    let provider = open(&dir).unwrap();
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
    let intent = intent(key, 5, now(), now().plus(hour()));
    let Material::Ssh { certificate } = provider.grant(&intent).await.unwrap() else { panic!() };
    assert!(!certificate.contains('\n'));
    provider.revoke(&handle(5, intent.end), now()).await.unwrap();
    assert!(matches!(provider.grant(&intent).await, Err(ProviderError::Refused(_))));
    drop(provider);
    assert!(matches!(open(&dir).unwrap().grant(&intent).await, Err(ProviderError::Refused(_))));
}

/// A file system of 64 KiB, gone when it is dropped.
struct Tiny(tempfile::TempDir);

impl Tiny {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mut mount = std::process::Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=64k", "none"]).arg(dir.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            eprintln!("SKIPPED: mounting a tmpfs needs root");
        }
        mounted.then_some(Self(dir))
    }
}

impl Drop for Tiny {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg("-l").arg(self.0.path()).status();
    }
}

#[tokio::test]
async fn a_full_disk_stops_grants_and_loses_no_revocation() {
    let Some(tiny) = Tiny::mount() else { return };
    let home = tiny.0.path().join("ssh");
    let provider = SshProvider::open(&home, now()).unwrap();
    let end = now().plus(hour());
    provider.revoke(&handle(5, end), now()).await.unwrap();
    let before = std::fs::read(provider.krl_path()).unwrap();
    provider.preflight(&resource()).await.unwrap();

    let ballast = tiny.0.path().join("ballast");
    let _ = std::fs::write(&ballast, vec![0; 1 << 20]);
    assert!(matches!(provider.preflight(&resource()).await, Err(ProviderError::Unavailable { .. })));
    for _ in 0..3 {
        assert!(matches!(
            provider.revoke(&handle(9, end), now()).await,
            Err(ProviderError::Unavailable { .. })
        ));
        let served = Krl::decode(&provider.krl_bytes(), provider.ca.blob()).unwrap();
        assert!(served.contains(5) && served.contains(9));
        assert_eq!(std::fs::read(provider.krl_path()).unwrap(), before, "the old list must stay whole");
    }
    // A restart in that state still knows what was revoked.
    assert_eq!(listed(&SshProvider::open(&home, now()).unwrap()).await, [5]);

    std::fs::remove_file(&ballast).unwrap();
    provider.revoke(&handle(9, end), now()).await.unwrap();
    assert_eq!(listed(&provider).await, [5, 9]);
    assert_eq!(std::fs::read(provider.krl_path()).unwrap(), provider.krl_bytes()[..]);
}
