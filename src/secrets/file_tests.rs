use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::secrets::conformance;

fn asks(text: &'static str) -> AskPassphrase {
    Box::new(move |_| Ok(Secret::new(text.to_owned())))
}

fn never() -> AskPassphrase {
    Box::new(|_| panic!("nobody is to be asked"))
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

fn home() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("jit").join(NAME);
    (dir, path)
}

#[test]
fn the_encrypted_file_conforms() {
    let (_keep, path) = home();
    conformance::suite(&FileStore::new(path, asks("correct horse")));
}

#[test]
fn a_token_is_in_the_file_only_sealed_and_outlives_the_process() {
    let (_keep, path) = home();
    FileStore::new(path.clone(), asks("pass")).save("acct-canary", &secret("canary")).unwrap();
    let bytes = fs::read(&path).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n-> scrypt "));
    assert!(!bytes.windows(6).any(|w| w == b"canary"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let again = FileStore::new(path, asks("pass"));
    assert_eq!(again.load("acct-canary").unwrap().unwrap().expose(), "canary");
    assert!(!format!("{again:?} {}", again.name()).contains("canary"));
}

#[test]
fn a_wrong_passphrase_and_a_damaged_file_are_two_different_sentences() {
    let (_keep, path) = home();
    FileStore::new(path.clone(), asks("pass")).save("a", &secret("canary")).unwrap();
    let wrong = FileStore::new(path.clone(), asks("wrong-canary"));
    for err in [wrong.load("a").unwrap_err(), wrong.save("a", &secret("canary")).unwrap_err()] {
        assert!(matches!(err, SecretError::PassphraseWrong { .. }), "{err}");
        assert!(!format!("{err} {err:?} {:?}", err.hint()).contains("canary"));
    }
    let good = fs::read(&path).unwrap();
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let half = good[..good.len() / 2].to_vec();
    for bytes in [changed(0), changed(good.len() - 1), half, Vec::new(), b"{}".to_vec()] {
        files::write_private(&path, &bytes).unwrap();
        let store = FileStore::new(path.clone(), asks("pass"));
        assert!(matches!(store.load("a"), Err(SecretError::Damaged { .. })), "{:?}", store.load("a"));
        assert!(store.save("a", &secret("x")).is_err() && store.delete("a").is_err());
        assert_eq!(fs::read(&path).unwrap(), bytes, "what could not be read is not replaced");
    }
}

#[test]
fn every_flipped_byte_is_noticed() {
    let (_keep, path) = home();
    FileStore::new(path.clone(), asks("pass")).save("a", &secret("canary")).unwrap();
    let good = fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x01;
        assert!(unseal(&bytes, &secret("pass"), &path).is_err(), "byte {at}");
    }
}

#[test]
fn a_file_that_asks_for_too_much_work_is_refused_before_the_work() {
    let (_keep, path) = home();
    FileStore::new(path.clone(), asks("pass")).save("a", &secret("b")).unwrap();
    let text = fs::read(&path).unwrap();
    let line_end = text.iter().skip(22).position(|&b| b == b'\n').unwrap() + 22;
    let mut header = String::from_utf8(text[..line_end].to_vec()).unwrap();
    header.truncate(header.rfind(' ').unwrap());
    let bytes = [header.as_bytes(), b" 40", &text[line_end..]].concat();
    let err = unseal(&bytes, &secret("pass"), &path).unwrap_err();
    assert!(matches!(err, SecretError::Damaged { detail: "it asks for too much work", .. }), "{err}");
}

#[test]
fn nobody_is_asked_when_there_is_no_file_and_an_empty_passphrase_is_refused() {
    let (_keep, path) = home();
    let store = FileStore::new(path.clone(), never());
    assert!(store.load("a").unwrap().is_none());
    assert!(!store.delete("a").unwrap());
    let empty = FileStore::new(path.clone(), asks(""));
    assert!(matches!(empty.save("a", &secret("b")), Err(SecretError::PassphraseEmpty)));
    assert!(!path.exists());
}

#[test]
fn a_passphrase_is_asked_for_once_and_again_only_after_a_wrong_one() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let (_keep, path) = home();
    let ask: AskPassphrase = Box::new(|purpose| {
        let text = match (ASKED.fetch_add(1, Ordering::SeqCst), purpose) {
            (0, Purpose::Create) | (2, Purpose::Open) => "pass",
            (1, Purpose::Open) => "wrong",
            other => panic!("{other:?}"),
        };
        Ok(Secret::new(text.to_owned()))
    });
    let first = FileStore::new(
        path.clone(),
        Box::new(|p| {
            assert_eq!(p, Purpose::Create);
            ASKED.fetch_add(1, Ordering::SeqCst);
            Ok(Secret::new("pass".to_owned()))
        }),
    );
    first.save("a", &secret("1")).unwrap();
    first.save("b", &secret("2")).unwrap();
    assert_eq!(ASKED.load(Ordering::SeqCst), 1);
    let second = FileStore::new(path, ask);
    assert!(matches!(second.load("a"), Err(SecretError::PassphraseWrong { .. })));
    assert_eq!(second.load("a").unwrap().unwrap().expose(), "1");
    assert_eq!(second.load("b").unwrap().unwrap().expose(), "2");
    assert_eq!(ASKED.load(Ordering::SeqCst), 3);
}

#[test]
fn a_passphrase_file_is_private_and_not_empty() {
    let (keep, _) = home();
    let file = keep.path().join("passphrase");
    assert!(matches!(from_file(None)(Purpose::Open), Err(SecretError::PassphraseNeeded)));
    let get = || from_file(Some(file.clone()))(Purpose::Open);
    assert!(matches!(get(), Err(SecretError::File(_))));
    files::write_private(&file, b"pass phrase \n").unwrap();
    assert_eq!(get().unwrap().expose(), "pass phrase ");
    files::write_private(&file, b"\n").unwrap();
    assert!(matches!(get(), Err(SecretError::PassphraseEmpty)));
    files::write_private(&file, b"x").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(get().unwrap_err().hint().unwrap(), format!("chmod 600 {}", file.display()));
}

#[test]
fn a_looser_token_file_or_a_link_is_refused() {
    let (keep, path) = home();
    let store = || FileStore::new(path.clone(), asks("pass"));
    store().save("a", &secret("b")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(store().load("a").unwrap_err().hint().unwrap(), format!("chmod 600 {}", path.display()));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(&path, keep.path().join("elsewhere")).unwrap();
    symlink(keep.path().join("elsewhere"), &path).unwrap();
    assert!(matches!(store().load("a"), Err(SecretError::File(_))));
    assert!(matches!(store().save("a", &secret("c")), Err(SecretError::File(_))));
}

#[test]
fn writers_at_once_lose_no_entry() {
    let (_keep, path) = home();
    let threads: Vec<_> = (0..8)
        .map(|i| {
            let path = path.clone();
            std::thread::spawn(move || {
                // A store of its own each, as in a process of its own.
                FileStore::new(path, asks("pass")).save(&format!("acct-{i}"), &secret("x")).unwrap();
            })
        })
        .collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
    let store = FileStore::new(path, asks("pass"));
    for i in 0..8 {
        assert!(store.load(&format!("acct-{i}")).unwrap().is_some(), "acct-{i}");
    }
}
