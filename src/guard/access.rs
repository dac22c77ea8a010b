//! What the login's certificate says.

use std::path::Path;

use ssh_key::certificate::CertType;
use ssh_key::{Certificate, Fingerprint, HashAlg, PublicKey};

use super::{GuardError, moment};
use crate::domain::Time;
use crate::files;

/// A certificate of 256 principals takes some 90 KB.
const LONGEST: u64 = 256 * 1024;
/// All that OpenSSH has; sshd itself has seen to the two others (PROTOCOL.certkeys).
const FORCE_COMMAND: &str = "force-command";
const CRITICAL: [&str; 3] = [FORCE_COMMAND, "source-address", "verify-required"];

/// The access that a session has.
#[derive(Debug, PartialEq, Eq)]
pub struct Access {
    pub serial: u64,
    /// The request's id, as jit wrote it.
    pub key_id: String,
    pub end: Time,
    /// sshd runs the guard in place of this one, so that the guard has to run it.
    pub force_command: Option<String>,
    /// The CA's public key in SSH's binary form, by which a KRL names it.
    pub ca: Vec<u8>,
}

impl Access {
    /// Reads sshd's file on the login (sshd_config(5), `ExposeAuthInfo`) and believes its certificate
    /// only as far as the CA has signed it: the file belongs to the user, who can write another into it
    /// and open a second session over the same connection.
    ///
    /// # Errors
    /// Whenever it is not exactly one certificate that is valid now.
    pub fn read(auth_info: &Path, ca: &Path, now: Time) -> Result<Self, GuardError> {
        let bytes = files::read_at_most(auth_info, 0o600, LONGEST)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| GuardError::Malformed)?;
        let trusted = trusted(&files::read_shared(ca)?);
        let certificate = the_certificate(text)?;
        let trusted = trusted.ok_or_else(|| GuardError::Untrusted(files::shown(ca)))?;
        Self::of(&certificate, &trusted, now).map_err(|err| match err {
            GuardError::Untrusted(_) => GuardError::Untrusted(files::shown(ca)),
            err => err,
        })
    }

    fn of(certificate: &Certificate, trusted: &[Fingerprint], now: Time) -> Result<Self, GuardError> {
        let before = certificate.valid_before();
        let end = i64::try_from(before).ok().and_then(|secs| secs.checked_mul(1000));
        // `forever` is the largest number (PROTOCOL.certkeys), and serial 0 is in no KRL.
        let end = end.filter(|_| certificate.serial() != 0).map(Time::from_millis);
        let end = end.ok_or(GuardError::Strange)?;
        if certificate.cert_type() != CertType::User
            || certificate.critical_options().iter().any(|(name, _)| !CRITICAL.contains(&name.as_str()))
        {
            return Err(GuardError::Strange);
        }
        if now >= end {
            return Err(GuardError::Over(moment(end)));
        }
        let valid = certificate.validate_at(now.unix_secs(), trusted);
        valid.map_err(|_| GuardError::Untrusted(String::new()))?;
        let ca = PublicKey::from(certificate.signature_key().clone());
        Ok(Self {
            serial: certificate.serial(),
            key_id: certificate.key_id().to_owned(),
            end,
            force_command: certificate.critical_options().get(FORCE_COMMAND).cloned(),
            ca: ca.to_bytes().map_err(|_| GuardError::Malformed)?,
        })
    }
}

/// The one certificate among the lines `METHOD [KEY]`; keys beside it are further factors.
fn the_certificate(text: &str) -> Result<Certificate, GuardError> {
    let mut keys = text.lines().filter_map(|line| line.strip_prefix("publickey "));
    let is_certificate = |key: &&str| key.split(' ').next().is_some_and(|name| name.contains("-cert-"));
    let mut certificates = keys.by_ref().filter(is_certificate);
    match (certificates.next(), certificates.next()) {
        (Some(line), None) => Certificate::from_openssh(line).map_err(|_| GuardError::Malformed),
        (None, _) => Err(GuardError::NoCertificate),
        (Some(_), Some(_)) => Err(GuardError::SeveralCertificates),
    }
}

/// `None` for a file in which any line is no public key, or none is.
fn trusted(text: &str) -> Option<Vec<Fingerprint>> {
    let keys = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let prints = keys.map(|line| Some(PublicKey::from_openssh(line).ok()?.fingerprint(HashAlg::Sha256)));
    prints.collect::<Option<Vec<_>>>().filter(|prints| !prints.is_empty())
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
