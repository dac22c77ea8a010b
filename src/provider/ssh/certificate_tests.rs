//! Certificates as `ssh-keygen -L` reads them, and what is never signed.
#![allow(clippy::disallowed_methods, reason = "a test's own files")]

use super::*;
use crate::domain::{CredentialId, Time};
use crate::provider::ssh::tests::sshd::{Sshd, keygen, new_key};
use crate::provider::ssh::tests::{gives, intent};

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

fn sound() -> Intent {
    let start: Time = "2026-11-21T10:00:00Z".parse().unwrap();
    let end: Time = "2026-11-21T12:00:00Z".parse().unwrap();
    intent(KEY, 0x0123_4567_89ab_cdef, start, end)
}

fn with(change: impl FnOnce(&mut SshGives)) -> Intent {
    let mut intent = sound();
    let Gives::Ssh(gives) = &mut intent.gives else { unreachable!() };
    change(gives);
    intent
}

fn refusal(intent: &Intent) -> Option<String> {
    match sign(&Ca::generate().unwrap(), intent, [7; 32]) {
        Ok(_) => None,
        Err(ProviderError::Refused(why)) => Some(why),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn ssh_keygen_shows_exactly_what_was_granted() {
    if !Sshd::available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let ca = Ca::generate().unwrap();
    let intent = with(|gives| {
        gives.principals.insert("root".to_owned());
        gives.force_command = Some("echo \"a b\" 'c'; exit".to_owned());
        gives.source_addresses = ["192.0.2.0/24", "2001:db8::1"].map(str::to_owned).into();
    });
    for (name, kind) in [
        ("ed", &["ed25519"][..]),
        ("ec256", &["ecdsa", "-b", "256"]),
        ("ec384", &["ecdsa", "-b", "384"]),
        ("ec521", &["ecdsa", "-b", "521"]),
        ("rsa", &["rsa", "-b", "2048"]),
    ] {
        let key = new_key(dir.path(), name, kind);
        let public_key = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        let line =
            sign(&ca, &Intent { ask: CredentialAsk::Ssh { public_key }, ..intent.clone() }, [7; 32]).unwrap();
        assert!(line.ends_with(&format!(" jit-{}", intent.request)), "{line}");
        let path = dir.path().join("c.pub");
        std::fs::write(&path, line).unwrap();
        // Without a zone ssh-keygen shows local time.
        let shown = std::process::Command::new("ssh-keygen")
            .args(["-L", "-f"])
            .arg(&path)
            .env("TZ", "UTC")
            .output()
            .unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        let fingerprint = keygen(&["-l", "-f", key.with_extension("pub").to_str().unwrap()]);
        let fingerprint = fingerprint.split(' ').nth(1).unwrap();
        let rest: Vec<&str> = shown.lines().skip(2).map(str::trim).collect();
        assert!(rest[0].contains(fingerprint), "{shown}");
        assert_eq!(rest[1], format!("Signing CA: ED25519 {} (using ssh-ed25519)", ca.fingerprint()));
        assert_eq!(
            rest[2..],
            [
                &format!("Key ID: \"{}\"", intent.request),
                "Serial: 81985529216486895",
                "Valid: from 2026-11-21T09:59:00 to 2026-11-21T12:00:00",
                "Principals:",
                "deploy",
                "root",
                "Critical Options:",
                "force-command echo \"a b\" 'c'; exit",
                "source-address 192.0.2.0/24,2001:db8::1",
                "Extensions:",
                "permit-pty",
            ]
        );
    }
}

#[test]
fn the_signature_holds() {
    let ca = Ca::generate().unwrap();
    let made = Certificate::from_openssh(&sign(&ca, &sound(), [7; 32]).unwrap()).unwrap();
    let fingerprint = ca.public().fingerprint(ssh_key::HashAlg::Sha256);
    made.validate_at(sound().start.unix_secs(), [&fingerprint]).unwrap();
    assert!(made.validate_at(sound().end.unix_secs(), [&fingerprint]).is_err());
    assert_eq!(made.nonce(), [7; 32]);
}

#[test]
fn a_hostile_principal_is_not_signed() {
    assert_eq!(refusal(&sound()), None);
    assert!(refusal(&with(|gives| gives.principals.clear())).unwrap().contains("anyone"));
    for bad in [
        "",
        " ",
        "*",
        "a*",
        "a,b",
        "a b",
        "a\nb",
        "a\0",
        "\u{1b}[31m",
        "аdmin",
        "!root",
        "-oProxyCommand=x",
        "a\"b",
        "#a",
        "a?",
        &"a".repeat(256),
    ] {
        let why =
            refusal(&with(|g| *g = gives(&["deploy", bad]))).unwrap_or_else(|| panic!("signed {bad:?}"));
        assert!(!why.contains(['\u{1b}', '\n', '\0']), "{why:?}");
    }
    assert!(refusal(&with(|g| g.principals = (0..257).map(|i| format!("p{i}")).collect())).is_some());
}

#[test]
fn an_option_that_sshd_would_read_otherwise_is_not_signed() {
    for bad in ["", " ", "a\nb", "a\0b", &"a".repeat(5000)] {
        assert!(refusal(&with(|g| g.force_command = Some(bad.to_owned()))).is_some(), "{bad:?}");
    }
    for bad in [
        "",
        "*",
        "192.0.2.1/24",
        "10.0.0.0/33",
        "0.0.0.0/-0",
        "::1/129",
        "1.2.3.4,5.6.7.8",
        "host",
        "!1.2.3.4",
        "10.0.0.0/",
        "::1%eth0",
        "010.0.0.1",
    ] {
        assert!(refusal(&with(|g| g.source_addresses = [bad.to_owned()].into())).is_some(), "{bad:?}");
    }
    for good in ["192.0.2.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.2.7", "192.0.2.7/32", "::1/128"]
    {
        assert_eq!(refusal(&with(|g| g.source_addresses = [good.to_owned()].into())), None, "{good:?}");
    }
    for bad in ["", "permit-everything", "a\n@x", "force-command", &format!("{}@x", "a".repeat(300))] {
        assert!(refusal(&with(|g| g.extensions = [bad.to_owned()].into())).is_some(), "{bad:?}");
    }
    assert_eq!(refusal(&with(|g| g.extensions = ["login@example.com".to_owned()].into())), None);
}

#[test]
fn a_certificate_always_ends_and_never_late() {
    for end in [
        sound().start,
        sound().start.minus(SKEW),
        Time::from_millis(0),
        Time::from_millis(sound().start.millis() + 999),
    ] {
        assert!(refusal(&Intent { end, ..sound() }).unwrap().contains("end before it begins"), "{end}");
    }
    let end = Time::from_millis(sound().end.millis() + 999);
    let ca = Ca::generate().unwrap();
    let made = Certificate::from_openssh(&sign(&ca, &Intent { end, ..sound() }, [7; 32]).unwrap()).unwrap();
    assert_eq!(made.valid_before(), sound().end.unix_secs());
    // sshd holds a certificate of serial 0 revoked by no list.
    assert!(refusal(&Intent { credential: CredentialId::from_number(0).unwrap(), ..sound() }).is_some());
}

#[test]
fn a_weak_or_unknown_or_dressed_up_key_is_refused() {
    let refused = |key: &str| {
        refusal(&Intent { ask: CredentialAsk::Ssh { public_key: key.to_owned() }, ..sound() })
            .unwrap_or_else(|| panic!("signed {key:?}"))
    };
    for bad in [
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti",
        &format!("{KEY}\n{KEY}"),
        &format!("command=\"x\" {KEY}"),
        &format!("{KEY} {}", "a".repeat(9000)),
        // The neutral point: a signature that anyone can make holds for it.
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        refused(bad);
    }
    assert_eq!(
        refusal(&Intent {
            ask: CredentialAsk::Ssh { public_key: format!("{KEY} a comment\r\n") },
            ..sound()
        }),
        None
    );
    let line = sign(&Ca::generate().unwrap(), &sound(), [7; 32]).unwrap();
    refused(&line);
    if !Sshd::available() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, kind, why) in [("dsa", &["dsa"][..], "DSA"), ("rsa", &["rsa", "-b", "2047"], "2047")] {
        let key = new_key(dir.path(), name, kind);
        assert!(refused(&std::fs::read_to_string(key.with_extension("pub")).unwrap()).contains(why));
    }
}
