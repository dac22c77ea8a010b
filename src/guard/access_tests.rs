//! Which certificates are believed.

use ed25519_dalek::SigningKey;
use ssh_key::PrivateKey;
use ssh_key::certificate::Builder;
use ssh_key::private::{Ed25519Keypair, KeypairData};

use super::*;

const NOW: u64 = 1_800_000_000;

fn key(seed: u8) -> PrivateKey {
    let pair = Ed25519Keypair::from(&SigningKey::from_bytes(&[seed; 32]));
    PrivateKey::new(KeypairData::Ed25519(pair), "").unwrap()
}

fn now() -> Time {
    Time::from_millis(NOW as i64 * 1000)
}

/// A certificate of the CA with that seed, changed.
fn signed(ca: u8, before: u64, change: impl FnOnce(&mut Builder)) -> String {
    signed_as(7, ca, before, change)
}

fn signed_as(serial: u64, ca: u8, before: u64, change: impl FnOnce(&mut Builder)) -> String {
    let mut builder =
        Builder::new([7; 32], key(1).public_key().key_data().clone(), NOW - 60, before).unwrap();
    builder.serial(serial).unwrap().key_id("7k2m7k2m7k2m").unwrap().valid_principal("deploy").unwrap();
    change(&mut builder);
    builder.sign(&key(ca)).unwrap().to_openssh().unwrap()
}

fn read(auth_info: &str, ca: &str) -> Result<Access, GuardError> {
    let certificate = the_certificate(auth_info)?;
    Access::of(&certificate, &trusted(ca).unwrap(), now())
}

fn ca() -> String {
    format!("# jit\n\n{}\n", key(9).public_key().to_openssh().unwrap())
}

#[test]
fn the_end_the_serial_and_the_forced_command_are_read_also_beside_a_second_factor() {
    let line = signed(9, NOW + 60, |b| {
        b.critical_option("force-command", "uptime").unwrap();
        b.critical_option("source-address", "192.0.2.0/24").unwrap();
        b.extension("permit-pty", "").unwrap();
    });
    for text in
        [format!("publickey {line}\n"), format!("password\npublickey ssh-ed25519 AAAA\npublickey {line}\n")]
    {
        let access = read(&text, &ca()).unwrap();
        assert_eq!((access.serial, access.key_id.as_str()), (7, "7k2m7k2m7k2m"));
        assert_eq!(access.end, Time::from_millis((NOW as i64 + 60) * 1000));
        assert_eq!(access.force_command.as_deref(), Some("uptime"));
        assert_eq!(access.ca, key(9).public_key().to_bytes().unwrap());
    }
}

#[test]
fn whatever_is_unclear_is_no_access() {
    let refused = |text: &str| read(text, &ca()).unwrap_err().to_string();
    let good = signed(9, NOW + 60, |_| {});
    assert!(read(&format!("publickey {good}\n"), &ca()).is_ok());
    let none = "the login was made without a certificate";
    for text in ["", "password\n", "publickey ssh-ed25519 AAAA\n", "keyboard-interactive/pam\n", &good] {
        assert_eq!(refused(text), none, "{text}");
    }
    assert!(refused(&format!("publickey {good}\npublickey {good}\n")).contains("more than one"));
    for text in ["publickey ssh-ed25519-cert-v01@openssh.com AAAA", "publickey x-cert-y", "publickey -cert-"]
    {
        assert_eq!(refused(text), "the certificate of the login cannot be read", "{text}");
    }
    let cut = good.get(..good.len() - 8).unwrap();
    assert!(refused(&format!("publickey {cut}\n")).contains("cannot be read"));
    for (line, why) in [
        (signed(8, NOW + 60, |_| {}), "not of a CA"),
        (signed(9, NOW, |_| {}), "the access ended at"),
        (signed(9, NOW - 1, |_| {}), "the access ended at"),
        (signed(9, u64::MAX >> 1, |_| {}), "no end"),
        (signed_as(0, 9, NOW + 60, |_| {}), "no serial number"),
        (
            signed(9, NOW + 60, |b| {
                b.cert_type(CertType::Host).unwrap();
            }),
            "not known here",
        ),
        (
            signed(9, NOW + 60, |b| {
                b.critical_option("no-such@example.com", "").unwrap();
            }),
            "not known here",
        ),
    ] {
        assert!(refused(&format!("publickey {line}\n")).contains(why), "{why}: {line}");
    }
}

#[test]
fn a_file_of_cas_with_anything_else_in_it_trusts_nobody() {
    for bad in ["", "# none\n", "junk", &format!("{}\njunk\n", ca()), "ssh-ed25519 AAAA"] {
        assert!(trusted(bad).is_none(), "{bad}");
    }
    assert_eq!(trusted(&(ca() + &ca())).unwrap().len(), 2);
}
