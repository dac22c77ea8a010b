//! Signed checkpoints: a C2SP tlog-checkpoint in a C2SP signed note.
//!
//! See <https://c2sp.org/signed-note> and <https://c2sp.org/tlog-checkpoint>. The log's origin is the
//! name of its key, as tlog-checkpoint advises, so there is one name to configure and none to confuse.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256};

use crate::domain::Digest;

/// The signature type of plain Ed25519 (signed-note, "Signature types").
const ED25519: u8 = 1;
/// The longest note that is read, in bytes: a checkpoint with a hundred cosignatures has half of it.
pub const LONGEST_NOTE: usize = 1 << 15;

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a key's name is not empty and has no spaces, no control characters and no `+`")]
    Name,
    #[error("a verification key is written as NAME+HASH+BASE64")]
    Form,
    #[error("the verification key's hash does not belong to its name and key")]
    Hash,
    #[error("only Ed25519 keys are known")]
    Algorithm,
}

/// Why a text is no checkpoint of this log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("it is not a signed note")]
    Note,
    #[error("it is not signed by {0}")]
    Unsigned(String),
    #[error("its signature by {0} is wrong")]
    Signature(String),
    #[error("it is not of the log {0}")]
    Origin(String),
    #[error("it is not a checkpoint")]
    Form,
}

/// The log's private key. `Debug` shows its name only, and the key is wiped when it is dropped.
#[derive(Clone)]
pub struct SigningKey {
    public: VerifyKey,
    key: ed25519_dalek::SigningKey,
}

/// The log's public key, written as a C2SP vkey: `NAME+HASH+BASE64`.
#[derive(Clone, PartialEq, Eq)]
pub struct VerifyKey {
    name: String,
    id: [u8; 4],
    key: ed25519_dalek::VerifyingKey,
}

/// How long the log was at one moment, and its Merkle root then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    pub size: u64,
    pub root: Digest,
}

impl SigningKey {
    /// The key of these 32 random bytes (RFC 8032's private key). Fails for a name no note can carry.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        Ok(Self { public: VerifyKey::new(name, key.verifying_key())?, key })
    }

    pub fn verify_key(&self) -> &VerifyKey {
        &self.public
    }

    /// The signed checkpoint of a log of this size and root.
    pub fn sign(&self, size: u64, root: Digest) -> String {
        self.sign_note(&format!("{}\n{size}\n{}\n", self.public.name, BASE64.encode(root.as_bytes())))
    }

    /// `text` ends with a line break.
    pub(super) fn sign_note(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes()).to_bytes();
        let signature = BASE64.encode([self.public.id.as_slice(), &signature].concat());
        format!("{text}\n\u{2014} {} {signature}\n", self.public.name)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("name", &self.public.name).finish_non_exhaustive()
    }
}

impl VerifyKey {
    fn new(name: &str, key: ed25519_dalek::VerifyingKey) -> Result<Self, KeyError> {
        // Spaces separate the name in a note, `+` in a vkey.
        if name.is_empty() || name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(KeyError::Name);
        }
        let hash = Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key);
        let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
        Ok(Self { name: name.to_owned(), id: [a, b, c, d], key })
    }

    /// The key's name, which is the log's origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of the note, where it carries our signature and each signature of ours is right.
    pub(super) fn open_note<'a>(&self, note: &'a str) -> Result<&'a str, CheckpointError> {
        let control = |c: char| c.is_control() && c != '\n';
        if note.len() > LONGEST_NOTE || note.contains(control) {
            return Err(CheckpointError::Note);
        }
        // The text may have empty lines of its own; the signatures stand behind the last one.
        let split = note.rfind("\n\n").ok_or(CheckpointError::Note)?;
        let (text, signatures) = note.split_at_checked(split + 1).ok_or(CheckpointError::Note)?;
        let lines = signatures.strip_prefix('\n').and_then(|s| s.strip_suffix('\n'));
        let mut signed = false;
        for line in lines.ok_or(CheckpointError::Note)?.split('\n') {
            let line = line.strip_prefix("\u{2014} ").ok_or(CheckpointError::Note)?;
            let (name, signature) = line.split_once(' ').ok_or(CheckpointError::Note)?;
            let signature = BASE64.decode(signature).map_err(|_| CheckpointError::Note)?;
            let (id, signature) = signature.split_first_chunk::<4>().ok_or(CheckpointError::Note)?;
            // Cosignatures by others, and other keys under our name, are theirs to verify.
            if name != self.name || *id != self.id {
                continue;
            }
            let wrong = |_| CheckpointError::Signature(self.name.clone());
            let signature = ed25519_dalek::Signature::from_slice(signature).map_err(wrong)?;
            self.key.verify_strict(text.as_bytes(), &signature).map_err(wrong)?;
            signed = true;
        }
        if signed { Ok(text) } else { Err(CheckpointError::Unsigned(self.name.clone())) }
    }
}

impl fmt::Display for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = BASE64.encode([[ED25519].as_slice(), self.key.as_bytes()].concat());
        write!(f, "{}+{:08x}+{key}", self.name, u32::from_be_bytes(self.id))
    }
}

impl fmt::Debug for VerifyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyKey({self})")
    }
}

impl FromStr for VerifyKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Form);
        };
        let bytes = BASE64.decode(key).map_err(|_| KeyError::Form)?;
        let (algorithm, key) = bytes.split_first().ok_or(KeyError::Form)?;
        if *algorithm != ED25519 {
            return Err(KeyError::Algorithm);
        }
        let key = key.try_into().map_err(|_| KeyError::Form)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(key).map_err(|_| KeyError::Form)?;
        let parsed = Self::new(name, key)?;
        if id != format!("{:08x}", u32::from_be_bytes(parsed.id)) {
            return Err(KeyError::Hash);
        }
        Ok(parsed)
    }
}

impl Checkpoint {
    /// Reads a checkpoint of the log with this key. Signatures by other keys are ignored.
    pub fn parse_and_verify(note: &str, key: &VerifyKey) -> Result<Self, CheckpointError> {
        let text = key.open_note(note)?;
        let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Form);
        };
        if origin != key.name {
            return Err(CheckpointError::Origin(key.name.clone()));
        }
        // Extension lines are allowed and mean nothing to us; an empty line is not one.
        if lines.any(str::is_empty) {
            return Err(CheckpointError::Form);
        }
        let parsed: u64 = size.parse().map_err(|_| CheckpointError::Form)?;
        if parsed.to_string() != size {
            return Err(CheckpointError::Form);
        }
        let root = BASE64.decode(root).map_err(|_| CheckpointError::Form)?;
        let root: [u8; 32] = root.try_into().map_err(|_| CheckpointError::Form)?;
        Ok(Self { size: parsed, root: Digest::from_bytes(root) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Go's `golang.org/x/mod/sumdb/note`, from which C2SP took the format.
    const VKEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SKEY: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const SIGNED: &str = "If you think cryptography is the answer to your problem,\n\
        then you don't know what your problem is.\n\n\
        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn key() -> SigningKey {
        SigningKey::from_seed("jit.example", &[7; 32]).unwrap()
    }

    #[test]
    fn keys_and_signatures_are_those_of_the_reference_implementation() {
        let bytes = BASE64.decode(SKEY).unwrap();
        let key = SigningKey::from_seed("PeterNeumann", bytes[1..].try_into().unwrap()).unwrap();
        assert_eq!(key.verify_key().to_string(), VKEY);
        assert_eq!(VKEY.parse(), Ok(key.verify_key().clone()));
        assert_eq!(key.sign_note(TEXT), SIGNED);
        assert_eq!(key.verify_key().open_note(SIGNED), Ok(TEXT));
    }

    #[test]
    fn a_checkpoint_has_this_very_form_and_reads_back() {
        let note = key().sign(3, Digest::of(b""));
        let (text, signature) = note.split_once("\n\n").unwrap();
        assert_eq!(text, "jit.example\n3\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
        assert!(signature.starts_with("\u{2014} jit.example ") && signature.ends_with('\n'));
        let read = Checkpoint::parse_and_verify(&note, key().verify_key());
        assert_eq!(read, Ok(Checkpoint { size: 3, root: Digest::of(b"") }));
    }

    #[test]
    fn cosignatures_are_ignored_and_ours_must_be_there_and_right() {
        let note = key().sign(3, Digest::of(b""));
        let other = SigningKey::from_seed("witness", &[8; 32]).unwrap();
        let read = |note: &str| Checkpoint::parse_and_verify(note, key().verify_key());
        let cosigned = format!("{note}\u{2014} witness {}\n", BASE64.encode([9; 76]));
        assert!(read(&cosigned).is_ok());
        // A second signature in our name that is wrong is not made good by the first.
        let line = note.lines().last().unwrap();
        let forged = format!("{note}{}\n", line.replace("A", "B"));
        assert_ne!(forged, format!("{note}{line}\n"));
        assert!(read(&forged).is_err());
        let theirs = other.sign(3, Digest::of(b""));
        assert_eq!(read(&theirs), Err(CheckpointError::Unsigned("jit.example".into())));
        let namesake = SigningKey::from_seed("jit.example", &[8; 32]).unwrap();
        assert!(read(&namesake.sign(3, Digest::of(b""))).is_err());
        for note in ["", "\n", "\n\n", "jit.example\n3\n", &note.replace('3', "4"), note.trim_end()] {
            assert!(read(note).is_err(), "{note:?}");
        }
    }

    #[test]
    fn what_is_signed_but_is_no_checkpoint_of_this_log_is_refused() {
        let root = BASE64.encode([1; 32]);
        let read = |text: &str| Checkpoint::parse_and_verify(&key().sign_note(text), key().verify_key());
        assert!(read(&format!("jit.example\n3\n{root}\nextension\n")).is_ok());
        for bad in [
            format!("other\n3\n{root}\n"),
            format!("jit.example\n03\n{root}\n"),
            format!("jit.example\n+3\n{root}\n"),
            format!("jit.example\n-1\n{root}\n"),
            format!("jit.example\n18446744073709551616\n{root}\n"),
            format!("jit.example\n3\n{root}\n\nx\n"),
            "jit.example\n3\nAAAA\n".into(),
            "jit.example\n3\n".into(),
            "\n".into(),
        ] {
            assert!(read(&bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_damaged_verification_key_is_refused_and_a_private_key_is_never_shown() {
        for (bad, error) in [
            ("", KeyError::Form),
            ("PeterNeumann", KeyError::Form),
            (&*VKEY.replace("c74f20a3", "c74f20a4"), KeyError::Hash),
            (&*VKEY.replace("c74f20a3", "C74F20A3"), KeyError::Hash),
            (&*VKEY.replace("PeterNeumann", "PeterNeuman"), KeyError::Hash),
            (&*VKEY.replace("PeterNeumann", ""), KeyError::Name),
            (&*VKEY.replace("+ARpc", "+BRpc"), KeyError::Algorithm),
        ] {
            assert_eq!(bad.parse::<VerifyKey>(), Err(error), "{bad}");
        }
        assert_eq!(SigningKey::from_seed("a b", &[0; 32]).unwrap_err(), KeyError::Name);
        assert_eq!(format!("{:?}", key()), "SigningKey { name: \"jit.example\", .. }");
    }
}
