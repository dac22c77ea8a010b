//! A key for one grant.

use std::fmt;

use ed25519_dalek::{Signer, SigningKey};
use ssh_key::public::{Ed25519PublicKey, KeyData};
use ssh_key::{Certificate, PublicKey};
use zeroize::Zeroizing;

use super::{AgentError, CERTIFICATE_KIND};
use crate::provider::ssh::wire::put_string;

/// An Ed25519 pair that lives in this process only: nothing here writes it to disk, `Debug` hides it,
/// and it is wiped from memory when it is dropped.
pub struct EphemeralKey(SigningKey);

impl EphemeralKey {
    pub fn generate() -> Result<Self, AgentError> {
        let mut seed = Zeroizing::new([0; 32]);
        getrandom::fill(seed.as_mut()).map_err(AgentError::Random)?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    fn data(&self) -> KeyData {
        KeyData::Ed25519(Ed25519PublicKey::from(&self.0.verifying_key()))
    }

    /// The public half in one line of `authorized_keys` form, as a request for a certificate takes it.
    pub fn public_line(&self) -> Result<String, AgentError> {
        PublicKey::new(self.data(), "jit").to_openssh().map_err(|_| AgentError::Certificate)
    }

    /// The certificate in SSH's binary form, if it is one for this key.
    pub(super) fn certificate_blob(&self, line: &str) -> Result<Vec<u8>, AgentError> {
        let certificate = Certificate::from_openssh(line).map_err(|_| AgentError::Certificate)?;
        if certificate.public_key() != &self.data() {
            return Err(AgentError::Certificate);
        }
        certificate.to_bytes().map_err(|_| AgentError::Certificate)
    }

    /// SSH's `signature` over the data: RFC 8709, section 6.
    pub(super) fn sign(&self, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put_string(&mut out, b"ssh-ed25519");
        put_string(&mut out, &self.0.sign(data).to_bytes());
        out
    }

    /// Appends the key and its certificate as `SSH_AGENTC_ADD_IDENTITY` carries them (PROTOCOL.agent and
    /// draft-miller-ssh-agent, sections 3.2.3 and 3.2.7).
    pub(super) fn put(&self, certificate: &[u8], out: &mut Zeroizing<Vec<u8>>) {
        let public = self.0.verifying_key().to_bytes();
        put_string(out, CERTIFICATE_KIND);
        put_string(out, certificate);
        put_string(out, &public);
        let pair = Zeroizing::new(self.0.to_keypair_bytes());
        put_string(out, pair.as_ref());
    }
}

impl fmt::Debug for EphemeralKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EphemeralKey").finish_non_exhaustive()
    }
}
