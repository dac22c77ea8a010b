//! Certificates (OpenSSH's PROTOCOL.certkeys): what may stand in one, making it, and reading it back.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ed25519_dalek::VerifyingKey;
use ssh_key::certificate::{Builder, CertType, OptionsMap};
use ssh_key::public::KeyData;
use ssh_key::{Certificate, PublicKey};

use super::ca::Ca;
use crate::domain::text::escape;
use crate::domain::{Gives, Span, SshGives};
use crate::provider::{CredentialAsk, Intent, ProviderError};

/// How far a certificate is back-dated, for hosts whose clock is behind the server's.
pub const SKEW: Span = Span::clamped(60);

/// A 16,384-bit RSA key takes 2,800 characters.
const LONGEST_KEY: usize = 8 * 1024;
/// OpenSSH's SSHKEY_CERT_MAX_PRINCIPALS.
const MOST_PRINCIPALS: usize = 256;
const LONGEST_COMMAND: usize = 4096;
const EXTENSIONS: [&str; 6] = [
    "no-touch-required",
    "permit-X11-forwarding",
    "permit-agent-forwarding",
    "permit-port-forwarding",
    "permit-pty",
    "permit-user-rc",
];

fn refused(what: impl Into<String>) -> ProviderError {
    ProviderError::Refused(what.into())
}

/// Signs a certificate for the intent and reads it back; one line, without a line feed.
///
/// Every field is read back, the signature is not verified: that takes longer than all the rest (89 µs
/// of CPU beside 63 µs), sshd does it at each login, and a wrong signature gives no access.
///
/// # Errors
/// `Refused` for a key, a name or a time that must not be signed.
pub fn sign(ca: &Ca, intent: &Intent, nonce: [u8; 32]) -> Result<String, ProviderError> {
    let (CredentialAsk::Ssh { public_key }, Gives::Ssh(gives)) = (&intent.ask, &intent.gives) else {
        return Err(refused("this is not asked of ssh"));
    };
    let key = public_key_of(public_key)?;
    let want = Wanted::of(intent, gives, key)?;
    let line = want.build(ca, nonce).map_err(|e| refused(format!("the certificate cannot be made: {e}")))?;
    // INVARIANT 3 and 11 do not rest on the library alone: what is handed out is what was read back.
    let made = Certificate::from_openssh(&line)
        .map_err(|e| refused(format!("the certificate does not read back: {e}")))?;
    if !want.is(&made, ca) {
        return Err(refused("the certificate does not read back as it was asked for"));
    }
    Ok(line)
}

/// All that a certificate says but its nonce and signature.
struct Wanted {
    key: KeyData,
    serial: u64,
    key_id: String,
    principals: Vec<String>,
    /// Seconds since 1970: valid from `after` on, and before `before`.
    after: u64,
    before: u64,
    critical: OptionsMap,
    extensions: OptionsMap,
}

impl Wanted {
    fn of(intent: &Intent, gives: &SshGives, key: KeyData) -> Result<Self, ProviderError> {
        let serial = intent.credential.number();
        if serial == 0 {
            return Err(refused("a certificate with serial 0 could not be revoked"));
        }
        // INVARIANT 3. A certificate has whole seconds: rounded down, so that it never ends late.
        let before = intent.end.unix_secs();
        if before <= intent.start.unix_secs() {
            return Err(refused("the access would end before it begins"));
        }
        let mut critical = OptionsMap::new();
        if let Some(command) = &gives.force_command {
            critical.insert("force-command".to_owned(), checked_command(command)?.to_owned());
        }
        if !gives.source_addresses.is_empty() {
            critical.insert("source-address".to_owned(), checked_addresses(&gives.source_addresses)?);
        }
        Ok(Self {
            key,
            serial,
            // sshd logs the key id as it is: jit's own id has neither a newline nor anyone's name in it.
            key_id: intent.request.to_string(),
            principals: checked_principals(&gives.principals)?,
            // Back-dated by the skew and no more. Not later than now, as nothing is activated before
            // its start.
            after: intent.start.minus(SKEW).unix_secs(),
            before,
            critical,
            extensions: checked_extensions(&gives.extensions)?,
        })
    }

    fn build(&self, ca: &Ca, nonce: [u8; 32]) -> Result<String, ssh_key::Error> {
        let mut builder = Builder::new(nonce, self.key.clone(), self.after, self.before)?;
        builder.cert_type(CertType::User)?.serial(self.serial)?.key_id(self.key_id.as_str())?;
        for principal in &self.principals {
            builder.valid_principal(principal)?;
        }
        for (name, value) in self.critical.iter() {
            builder.critical_option(name, value)?;
        }
        for (name, value) in self.extensions.iter() {
            builder.extension(name, value)?;
        }
        builder.comment(format!("jit-{}", self.key_id))?;
        builder.sign(ca)?.to_openssh()
    }

    fn is(&self, made: &Certificate, ca: &Ca) -> bool {
        made.cert_type() == CertType::User
            && made.public_key() == &self.key
            && made.serial() == self.serial
            && made.key_id() == self.key_id
            && !made.valid_principals().is_empty()
            && made.valid_principals() == self.principals
            && made.valid_after() == self.after
            && made.valid_before() == self.before
            && made.critical_options() == &self.critical
            && made.extensions() == &self.extensions
            && made.signature_key() == ca.public()
    }
}

/// The key in one line of `authorized_keys` form. Its comment is dropped: it is the requester's text.
fn public_key_of(line: &str) -> Result<KeyData, ProviderError> {
    let line = line.trim_end_matches(['\r', '\n']);
    if line.len() > LONGEST_KEY || line.chars().any(char::is_control) {
        return Err(refused("the public key must be one line of at most 8 KiB"));
    }
    let key = PublicKey::from_openssh(line).map_err(|_| {
        refused("the public key is not one line of an OpenSSH `.pub` file, such as `ssh-ed25519 AAAA…`")
    })?;
    let key = KeyData::from(key);
    match &key {
        KeyData::Ed25519(ed) => {
            let point = VerifyingKey::from_bytes(&ed.0);
            if point.map_or(true, |point| point.is_weak()) {
                return Err(refused("the Ed25519 public key is weak: anyone could sign for it"));
            }
        }
        KeyData::Rsa(rsa) => {
            let (Some(n), Some(e)) = (rsa.n().as_positive_bytes(), rsa.e().as_positive_bytes()) else {
                return Err(refused("the RSA public key is malformed"));
            };
            let zeros = n.first().map_or(0, |first| first.leading_zeros() as usize);
            let bits = (n.len() * 8).saturating_sub(zeros);
            if !(2048..=16384).contains(&bits) {
                return Err(refused(format!("an RSA key has 2048 to 16384 bits, this has {bits}")));
            }
            let odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
            if !odd(n) || !odd(e) || e == [1] {
                return Err(refused("the RSA public key is weak: anyone could sign for it"));
            }
        }
        KeyData::Ecdsa(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => {}
        KeyData::Dsa(_) => return Err(refused("DSA keys are too weak: bring an Ed25519 key")),
        _ => return Err(refused("this kind of key is unknown: bring an Ed25519, ECDSA or RSA key")),
    }
    Ok(key)
}

/// INVARIANT 11, though policies are checked too: no principal is empty or could mean two or anyone,
/// nor be an option when it is given to a command as a user name.
fn checked_principals(principals: &BTreeSet<String>) -> Result<Vec<String>, ProviderError> {
    if principals.is_empty() {
        return Err(refused("a certificate without principals could mean anyone"));
    }
    if principals.len() > MOST_PRINCIPALS {
        return Err(refused(format!("a certificate has at most {MOST_PRINCIPALS} principals")));
    }
    let good = |c: char| c.is_ascii_alphanumeric() || "._-@+:".contains(c);
    for principal in principals {
        if principal.is_empty()
            || principal.len() > 255
            || principal.starts_with('-')
            || !principal.chars().all(good)
        {
            return Err(refused(format!(
                "`{}` is no principal: it has letters, digits and `. _ - @ + :`, and no leading `-`",
                escape(principal)
            )));
        }
    }
    Ok(principals.iter().cloned().collect())
}

fn checked_extensions(extensions: &BTreeSet<String>) -> Result<OptionsMap, ProviderError> {
    // OpenSSH leaves names with an `@domain` to others; all that it has itself are listed.
    let good = |c: char| c.is_ascii_alphanumeric() || "._-@".contains(c);
    let foreign = |name: &str| name.len() <= 255 && name.contains('@') && name.chars().all(good);
    for name in extensions {
        if !EXTENSIONS.contains(&name.as_str()) && !foreign(name) {
            return Err(refused(format!("`{}` is no extension that OpenSSH has", escape(name))));
        }
    }
    Ok(extensions.iter().map(|name| (name.clone(), String::new())).collect())
}

fn checked_command(command: &str) -> Result<&str, ProviderError> {
    if command.trim().is_empty() || command.len() > LONGEST_COMMAND || command.chars().any(char::is_control) {
        return Err(refused("a forced command is one line, not empty and at most 4096 bytes"));
    }
    Ok(command)
}

/// As sshd wants them: comma-separated, with no host bits set. It refuses the whole certificate for one
/// that is not.
fn checked_addresses(addresses: &BTreeSet<String>) -> Result<String, ProviderError> {
    for text in addresses {
        if !is_block(text) {
            return Err(refused(format!(
                "`{}` is no address or CIDR block without host bits, such as 192.0.2.0/24",
                escape(text)
            )));
        }
    }
    Ok(addresses.iter().map(String::as_str).collect::<Vec<_>>().join(","))
}

fn is_block(text: &str) -> bool {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) if length.bytes().all(|b| b.is_ascii_digit()) => (address, Some(length)),
        Some(_) => return false,
        None => (text, None),
    };
    let (value, width) = match address.parse() {
        Ok(IpAddr::V4(v4)) => (u128::from(v4.to_bits()) << 96, 32),
        Ok(IpAddr::V6(v6)) => (v6.to_bits(), 128),
        Err(_) => return false,
    };
    match length.map(str::parse::<u32>) {
        None => true,
        Some(Ok(length)) if length <= width => value.checked_shl(length).unwrap_or(0) == 0,
        Some(_) => false,
    }
}

#[cfg(test)]
#[path = "certificate_tests.rs"]
mod tests;
