//! Why a secret store did not do what it was asked.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::text::escape;
use crate::files::FileError;

/// Each cause has its own sentence and its own cure. None of them means "not logged in".
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// No D-Bus session, or nobody on it who keeps secrets.
    #[error("no OS keyring is running here: {detail}")]
    NoService { detail: String },
    /// A daemon that has nothing to keep secrets in.
    #[error("the OS keyring runs but has no default collection to keep secrets in")]
    NoCollection,
    /// Locked, and not unlocked: nobody could be asked, or who was asked said no.
    #[error("the OS keyring is locked{}", if *.dismissed { ", and its prompt was dismissed or could not open" } else { "" })]
    Locked { dismissed: bool },
    /// Whether the operation took place is unknown.
    #[error("the OS keyring did not answer within {} s", .after.as_secs())]
    TimedOut { after: Duration },
    /// The store said yes, and what it was given is not there.
    #[error("the secret store said yes, but what was written could not be read back")]
    Lost,
    /// What is behind the keyring forgets at logout, or sooner.
    #[error("the OS keyring here would forget: it keeps secrets in memory only")]
    NotPersistent,
    /// A passphrase is needed, and nobody is there to type one.
    #[error("the encrypted token file needs a passphrase, and nobody can be asked for it")]
    PassphraseNeeded,
    #[error("the passphrase is empty")]
    PassphraseEmpty,
    /// Also what a damaged first part of the file looks like: the two cannot be told apart.
    #[error("the passphrase does not open {}", escape(&path.to_string_lossy()))]
    PassphraseWrong { path: PathBuf },
    #[error("the encrypted token file {} is damaged: {detail}", escape(&path.to_string_lossy()))]
    Damaged { path: PathBuf, detail: &'static str },
    /// An entry that is not in jit's form.
    #[error("the stored login is not in a form that this jit knows")]
    BadEntry,
    /// JIT_TOKEN or JIT_TOKEN_FILE.
    #[error("{0} holds no token")]
    BadToken(&'static str),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("the secret store failed: {detail}")]
    Other { detail: String },
}

impl SecretError {
    /// From an error that is only known by its text; which must be free of secrets.
    pub(super) fn other(detail: &dyn fmt::Display) -> Self {
        Self::Other { detail: escape(&detail.to_string()).into_owned() }
    }

    /// What to do about it: the cure, and what works without it.
    pub fn hint(&self) -> Option<String> {
        const ELSE: &str = "or: jit login --store file, or: export JIT_TOKEN_FILE=PATH";
        let cure = match self {
            Self::NoService { .. } => "install and start gnome-keyring or KWallet in this session",
            Self::NoCollection => "log in to the desktop once, or make a default keyring with seahorse",
            Self::Locked { .. } => {
                "unlock it: log in to the desktop, or run jit on a terminal and answer its prompt"
            }
            Self::TimedOut { .. } => "answer the keyring's prompt, or restart its daemon",
            Self::Lost | Self::NotPersistent => "run: jit doctor",
            Self::PassphraseNeeded => return Some("export JIT_PASSPHRASE_FILE=PATH".to_owned()),
            Self::PassphraseEmpty => return Some("choose a passphrase of several words".to_owned()),
            Self::PassphraseWrong { .. } => {
                return Some(
                    "try again; if it is forgotten, remove the file and run: jit login --store file"
                        .to_owned(),
                );
            }
            Self::Damaged { .. } => {
                return Some("remove the file, then run: jit login --store file".to_owned());
            }
            Self::BadEntry => return Some("jit login".to_owned()),
            Self::BadToken(_) => return Some("put the token there, in one line".to_owned()),
            Self::File(err) => return err.hint(),
            Self::Other { .. } => "run: jit doctor",
        };
        Some(format!("{cure}; {ELSE}"))
    }

    /// For scripts (DESIGN §6): 9 secret store unavailable, or 2 input needed.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::PassphraseNeeded | Self::BadToken(_) => 2,
            _ => 9,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_a_keyring_fails_has_its_own_sentence_and_a_way_on() {
        let four = [
            SecretError::NoService { detail: "x\u{1b}".to_owned() },
            SecretError::NoCollection,
            SecretError::Locked { dismissed: false },
            SecretError::TimedOut { after: Duration::from_secs(10) },
        ];
        let mut sentences: Vec<_> = four.iter().map(ToString::to_string).collect();
        let mut hints: Vec<_> = four.iter().filter_map(SecretError::hint).collect();
        for err in &four {
            assert_eq!(err.exit_code(), 9);
            let hint = err.hint().unwrap();
            assert!(hint.contains("--store file") && hint.contains("JIT_TOKEN_FILE"), "{hint}");
            assert!(!err.to_string().contains("logged in"), "{err}");
        }
        for list in [&mut sentences, &mut hints] {
            list.sort();
            list.dedup();
            assert_eq!(list.len(), 4);
        }
    }

    #[test]
    fn the_text_of_another_program_is_escaped() {
        assert!(!SecretError::other(&"a\u{1b}[2J").to_string().contains('\u{1b}'));
    }
}
