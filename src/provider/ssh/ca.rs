//! The certificate authority's key.

use std::path::Path;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::public::{Ed25519PublicKey, KeyData};
use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, Signature};
use zeroize::Zeroizing;

use super::OpenError;
use crate::files;

const LONGEST: u64 = 16 * 1024;
const COMMENT: &str = "jit-ca";

/// An Ed25519 key that signs certificates. Its secret half is wiped when it is dropped, and `Debug`
/// does not show it.
pub struct Ca {
    key: SigningKey,
    public: KeyData,
    /// The public key in SSH's binary form, which KRLs name the CA by.
    blob: Vec<u8>,
    fingerprint: String,
    line: String,
}

impl Ca {
    pub fn generate() -> Result<Self, OpenError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(OpenError::Random)?;
        Self::new(SigningKey::from_bytes(&seed), Path::new("a new CA key"))
    }

    fn new(key: SigningKey, path: &Path) -> Result<Self, OpenError> {
        let public = KeyData::Ed25519(Ed25519PublicKey::from(&key.verifying_key()));
        let fingerprint = public.fingerprint(HashAlg::Sha256).to_string();
        let whole = PublicKey::new(public.clone(), COMMENT);
        let encode = || Ok::<_, ssh_key::Error>((whole.to_bytes()?, whole.to_openssh()?));
        let (blob, line) = encode().map_err(|e| damaged(path, &e))?;
        Ok(Self { key, public, blob, fingerprint, line })
    }

    /// Reads an OpenSSH private key file; `None` where there is none.
    ///
    /// # Errors
    /// Refuses a file that others can read, an encrypted key, and every kind but Ed25519.
    pub fn read(path: &Path) -> Result<Option<Self>, OpenError> {
        let read = files::read_at_most(path, 0o600, LONGEST);
        let Some(bytes) = files::found(read)? else { return Ok(None) };
        let private = PrivateKey::from_openssh(&bytes).map_err(|e| damaged(path, &e))?;
        let KeypairData::Ed25519(pair) = private.key_data() else {
            return Err(damaged(path, &"it is not an unencrypted Ed25519 private key"));
        };
        let key = SigningKey::try_from(pair).map_err(|e| damaged(path, &e))?;
        Self::new(key, path).map(Some)
    }

    /// Writes the key, mode 0600, durably.
    pub fn write(&self, path: &Path) -> Result<(), OpenError> {
        let pem = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from(&self.key)), COMMENT)
            .and_then(|key| key.to_openssh(LineEnding::LF))
            .map_err(|e| damaged(path, &e))?;
        Ok(files::replace(path, pem.as_bytes(), 0o600)?)
    }

    pub fn blob(&self) -> &[u8] {
        &self.blob
    }

    /// `SHA256:…`, as `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// One line for sshd's `TrustedUserCAKeys` file.
    pub fn line(&self) -> &str {
        &self.line
    }

    pub fn public(&self) -> &KeyData {
        &self.public
    }

    pub fn verifying(&self) -> VerifyingKey {
        self.key.verifying_key()
    }
}

fn damaged(path: &Path, what: &dyn std::fmt::Display) -> OpenError {
    OpenError::Damaged {
        path: path.to_owned(),
        what: what.to_string(),
        cure: "restore the CA key from a backup, or give one made by \
               `ssh-keygen -t ed25519 -N '' -f PATH` and put its public half on every host"
            .to_owned(),
    }
}

// ssh-key's own signer for Ed25519 derives the public key anew for each signature, which halves the rate.
impl Signer<Signature> for Ca {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, ed25519_dalek::SignatureError> {
        let raw: ed25519_dalek::Signature = self.key.try_sign(message)?;
        Signature::new(Algorithm::Ed25519, raw.to_bytes()).map_err(|_| ed25519_dalek::SignatureError::new())
    }
}

impl From<&Ca> for KeyData {
    fn from(ca: &Ca) -> Self {
        ca.public.clone()
    }
}

impl std::fmt::Debug for Ca {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ca").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}
