//! Where the command line keeps its own tokens: the OS keyring, or what the user named instead.
//!
//! Nothing here falls back to anything: a store that does not work is an error that lists what does.
//! All of it blocks, for up to a minute when a person is asked: call it outside async tasks.

pub mod error;
pub mod file;
pub mod keyring;
pub mod login;
pub mod memory;
pub mod secret;

#[cfg(test)]
mod conformance;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

pub use error::SecretError;
pub use file::{AskPassphrase, Purpose};
pub use login::{Login, given_token};
pub use secret::Secret;

use crate::config::StoreChoice;

/// The service name of jit's entries; the account is the server's address.
pub const SERVICE: &str = "jit";

/// A place for secrets, by account.
pub trait SecretStore: Send + Sync {
    fn kind(&self) -> StoreKind;

    /// The place, as a person reads it.
    fn name(&self) -> String;

    /// `None` only when the store was open and holds no such account.
    ///
    /// # Errors
    /// When that cannot be said: never to be read as "not logged in".
    fn load(&self, account: &str) -> Result<Option<Secret>, SecretError>;

    /// Stores or replaces; when it returns, the secret could be read back.
    ///
    /// # Errors
    /// When it is not stored, or may not be (see [`SecretError::TimedOut`]).
    fn save(&self, account: &str, secret: &Secret) -> Result<(), SecretError>;

    /// Removes; says whether there was one.
    ///
    /// # Errors
    /// When it may still be there.
    fn delete(&self, account: &str) -> Result<bool, SecretError>;

    /// Writes a random entry, reads it back and deletes it: the only proof that a store works.
    ///
    /// # Errors
    /// The first step that failed; [`SecretError::Lost`] when all said yes and nothing was kept.
    fn probe(&self) -> Result<(), SecretError> {
        let account = format!("jit-probe-{}", random_hex()?);
        let secret = Secret::new(random_hex()?);
        self.save(&account, &secret)?;
        let read = self.load(&account);
        let removed = self.delete(&account);
        match read? {
            Some(read) if read.is(&secret) => {}
            _ => return Err(SecretError::Lost),
        }
        if !removed? || self.load(&account)?.is_some() {
            return Err(SecretError::Lost);
        }
        Ok(())
    }
}

fn random_hex() -> Result<String, SecretError> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| SecretError::other(&e))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

/// The kinds of store, as `--store` and `JIT_STORE` name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StoreKind {
    #[default]
    Keyring,
    File,
    Memory,
}

/// A name that is no store's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a store is keyring, file or memory")]
pub struct UnknownStore;

impl StoreKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Keyring => "keyring",
            Self::File => "file",
            Self::Memory => "memory",
        }
    }

    /// The store that holds: `--store`, then `JIT_STORE`, then the context's, then the keyring.
    ///
    /// # Errors
    /// When the first of them that is given names no store: a typing error is not a keyring.
    pub fn choose(
        flag: Option<&str>,
        env: Option<&str>,
        context: Option<StoreChoice>,
    ) -> Result<Self, UnknownStore> {
        match (flag.or(env), context) {
            (Some(text), _) => text.parse(),
            (None, Some(choice)) => Ok(choice.into()),
            (None, None) => Ok(Self::default()),
        }
    }
}

impl FromStr for StoreKind {
    type Err = UnknownStore;
    fn from_str(text: &str) -> Result<Self, UnknownStore> {
        match text {
            "keyring" => Ok(Self::Keyring),
            "file" => Ok(Self::File),
            "memory" => Ok(Self::Memory),
            _ => Err(UnknownStore),
        }
    }
}

impl From<StoreChoice> for StoreKind {
    fn from(choice: StoreChoice) -> Self {
        match choice {
            StoreChoice::Keyring => Self::Keyring,
            StoreChoice::File => Self::File,
        }
    }
}

impl fmt::Display for StoreKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How to open a store.
pub struct Options<'a> {
    /// Of the encrypted file.
    pub config_dir: &'a Path,
    /// Whether a person is at a terminal and may be asked: the keyring's own dialog may then open,
    /// and is waited for.
    pub person: bool,
    /// Asked when a passphrase is needed: [`file::from_file`], or a prompt.
    pub passphrase: AskPassphrase,
}

/// The store of that kind, and no other. Nothing is contacted before the first use.
pub fn open(kind: StoreKind, options: Options<'_>) -> Box<dyn SecretStore> {
    match kind {
        StoreKind::Keyring => Box::new(keyring::Keyring::new(options.person)),
        StoreKind::File => {
            Box::new(file::FileStore::new(options.config_dir.join(file::NAME), options.passphrase))
        }
        StoreKind::Memory => Box::new(memory::Memory::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistyped_store_is_an_error_and_never_another_store() {
        assert_eq!(StoreKind::choose(None, None, None), Ok(StoreKind::Keyring));
        assert_eq!(StoreKind::choose(None, None, Some(StoreChoice::File)), Ok(StoreKind::File));
        let choose = |flag, env| StoreKind::choose(flag, env, Some(StoreChoice::File));
        assert_eq!(choose(None, Some("memory")), Ok(StoreKind::Memory));
        assert_eq!(choose(Some("keyring"), Some("memory")), Ok(StoreKind::Keyring));
        for bad in ["", "File", "plain", "keyring ", "file,memory"] {
            assert_eq!(choose(Some(bad), None), Err(UnknownStore), "{bad:?}");
            assert_eq!(choose(None, Some(bad)), Err(UnknownStore), "{bad:?}");
        }
    }

    /// Says yes to everything, as `keyring` does without a real store.
    struct Yes;

    impl SecretStore for Yes {
        fn kind(&self) -> StoreKind {
            StoreKind::Memory
        }
        fn name(&self) -> String {
            "yes".to_owned()
        }
        fn load(&self, _: &str) -> Result<Option<Secret>, SecretError> {
            Ok(None)
        }
        fn save(&self, _: &str, _: &Secret) -> Result<(), SecretError> {
            Ok(())
        }
        fn delete(&self, _: &str) -> Result<bool, SecretError> {
            Ok(true)
        }
    }

    #[test]
    fn a_store_that_says_yes_and_keeps_nothing_is_found_by_the_probe() {
        assert!(matches!(Yes.probe(), Err(SecretError::Lost)));
    }
}
