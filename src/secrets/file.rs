//! A file sealed with a passphrase: `age`, with scrypt, readable by any age tool.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Encryptor, scrypt};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::login::one_line;
use super::{Secret, SecretError, SecretStore, StoreKind};
use crate::files;

/// The file, in the configuration folder.
pub const NAME: &str = "tokens.age";

/// log2 of scrypt's N. 2^17 with r = 8, p = 1 is OWASP's least for scrypt: 128 MiB, 0.4 s
/// of one core, at each command that reads the file.
const WORK: u8 = if cfg!(test) { 4 } else { 17 };
/// What a file may ask of us: 2^20 takes 1 GiB.
const MOST_WORK: u8 = 20;
const MAX_FILE: u64 = 4 * 1024 * 1024;
const MAX_PASSPHRASE: u64 = 4096;
const LOCK_WAIT: Duration = Duration::from_secs(10);

/// What a passphrase is for: a new one is asked for twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Open,
    Create,
}

/// Gets the passphrase. Called at most once per command, unless it was wrong.
pub type AskPassphrase = Box<dyn Fn(Purpose) -> Result<Secret, SecretError> + Send + Sync>;

/// The passphrase in a private file (`JIT_PASSPHRASE_FILE`), or that one is needed.
pub fn from_file(path: Option<PathBuf>) -> AskPassphrase {
    Box::new(move |_| {
        let path = path.as_ref().ok_or(SecretError::PassphraseNeeded)?;
        let bytes = files::read_private(path, MAX_PASSPHRASE)?;
        one_line(&bytes).ok_or(SecretError::PassphraseEmpty)
    })
}

/// All accounts, in one sealed file.
pub struct FileStore {
    path: PathBuf,
    ask: AskPassphrase,
    /// Once it has opened the file, or made it.
    known: Mutex<Option<Secret>>,
}

type Entries = BTreeMap<String, Secret>;

#[derive(Serialize)]
struct Out<'a> {
    version: u32,
    entries: BTreeMap<&'a str, &'a str>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct In {
    version: u32,
    entries: Entries,
}

impl FileStore {
    pub fn new(path: PathBuf, ask: AskPassphrase) -> Self {
        Self { path, ask, known: Mutex::new(None) }
    }

    fn passphrase(&self, purpose: Purpose) -> Result<Secret, SecretError> {
        if let Some(known) = &*self.known.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(known.clone());
        }
        let secret = (self.ask)(purpose)?;
        if secret.is_empty() { Err(SecretError::PassphraseEmpty) } else { Ok(secret) }
    }

    fn remember(&self, passphrase: Secret) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(passphrase);
    }

    /// The sealed bytes; `None` when there is no file, for which nobody is asked anything.
    fn sealed(&self) -> Result<Option<Zeroizing<Vec<u8>>>, SecretError> {
        Ok(files::found(files::read_private(&self.path, MAX_FILE))?)
    }

    fn read(&self) -> Result<Option<Entries>, SecretError> {
        let Some(sealed) = self.sealed()? else { return Ok(None) };
        let passphrase = self.passphrase(Purpose::Open)?;
        let entries = unseal(&sealed, &passphrase, &self.path)?;
        self.remember(passphrase);
        Ok(Some(entries))
    }

    /// Reads, changes, and replaces the file in one step, one process at a time.
    fn change<T>(&self, change: impl FnOnce(&mut Entries) -> T) -> Result<T, SecretError> {
        if let Some(dir) = self.path.parent() {
            files::private_dir(dir)?;
        }
        // Asked before the lock is taken: a person may think for longer than others wait.
        let purpose = if self.sealed()?.is_some() { Purpose::Open } else { Purpose::Create };
        let passphrase = self.passphrase(purpose)?;
        let _lock = files::lock(&self.path, LOCK_WAIT)?;
        let mut entries = match self.sealed()? {
            Some(sealed) => unseal(&sealed, &passphrase, &self.path)?,
            None => Entries::new(),
        };
        let result = change(&mut entries);
        files::write_private(&self.path, &seal(&entries, &passphrase)?)?;
        self.remember(passphrase);
        Ok(result)
    }
}

fn age_secret(passphrase: &Secret) -> SecretString {
    SecretString::from(passphrase.expose().to_owned())
}

fn seal(entries: &Entries, passphrase: &Secret) -> Result<Vec<u8>, SecretError> {
    let entries = entries.iter().map(|(account, secret)| (account.as_str(), secret.expose()));
    let out = Out { version: 1, entries: entries.collect() };
    // Escaped text is at most six times as long; a buffer that grows leaves copies behind.
    let room: usize = out.entries.iter().map(|(a, s)| 6 * (a.len() + s.len()) + 8).sum();
    let mut plain = Zeroizing::new(Vec::with_capacity(room + 64));
    serde_json::to_writer(&mut *plain, &out).map_err(|_| SecretError::BadEntry)?;

    let mut recipient = scrypt::Recipient::new(age_secret(passphrase));
    recipient.set_work_factor(WORK);
    let recipient: &dyn age::Recipient = &recipient;
    let encryptor =
        Encryptor::with_recipients(std::iter::once(recipient)).map_err(|e| SecretError::other(&e))?;
    let mut sealed = Vec::with_capacity(plain.len() + 512);
    let mut writer = encryptor.wrap_output(&mut sealed).map_err(|e| SecretError::other(&e))?;
    let written = writer.write_all(&plain).and_then(|()| writer.finish().map(drop));
    written.map_err(|e| SecretError::other(&e))?;
    Ok(sealed)
}

fn unseal(sealed: &[u8], passphrase: &Secret, path: &Path) -> Result<Entries, SecretError> {
    let damaged = |detail| SecretError::Damaged { path: path.to_owned(), detail };
    let decryptor = Decryptor::new(sealed).map_err(|_| damaged("it is no age file"))?;
    if !decryptor.is_scrypt() {
        return Err(damaged("it is not sealed with a passphrase"));
    }
    let mut identity = scrypt::Identity::new(age_secret(passphrase));
    identity.set_max_work_factor(MOST_WORK);
    let identity: &dyn age::Identity = &identity;
    let mut reader = decryptor.decrypt(std::iter::once(identity)).map_err(|err| match err {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            SecretError::PassphraseWrong { path: path.to_owned() }
        }
        DecryptError::ExcessiveWork { .. } => damaged("it asks for too much work"),
        _ => damaged("its header was changed"),
    })?;
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut plain).map_err(|_| damaged("its contents were cut or changed"))?;
    // The parser's own words may quote a secret.
    let read: In = serde_json::from_slice(&plain).map_err(|_| damaged("its contents are not jit's"))?;
    if read.version == 1 { Ok(read.entries) } else { Err(damaged("a newer jit wrote it")) }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SecretStore for FileStore {
    fn kind(&self) -> StoreKind {
        StoreKind::File
    }

    fn name(&self) -> String {
        let path = self.path.to_string_lossy();
        format!("the encrypted file {}", crate::domain::text::escape(&path))
    }

    fn load(&self, account: &str) -> Result<Option<Secret>, SecretError> {
        Ok(self.read()?.and_then(|mut entries| entries.remove(account)))
    }

    fn save(&self, account: &str, secret: &Secret) -> Result<(), SecretError> {
        self.change(|entries| {
            entries.insert(account.to_owned(), secret.clone());
        })
    }

    fn delete(&self, account: &str) -> Result<bool, SecretError> {
        // Without an entry nothing is written, and without a file nothing is asked.
        match self.read()? {
            Some(entries) if entries.contains_key(account) => {
                self.change(|entries| entries.remove(account).is_some())
            }
            _ => Ok(false),
        }
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
