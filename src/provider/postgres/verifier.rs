//! Passwords that never reach a server: the requester makes one, and sends what PostgreSQL stores of it.

use std::fmt;
use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

const SALT: usize = 16;

/// 256 random bits as 43 characters that need no quoting anywhere, and that SASLprep leaves alone.
pub struct Password(Zeroizing<String>);

impl Password {
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut())?;
        Ok(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What PostgreSQL stores of it, with a new salt.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn verifier(&self, rounds: NonZeroU32) -> Result<String, getrandom::Error> {
        let mut salt = [0; SALT];
        getrandom::fill(&mut salt)?;
        Ok(verifier(self, rounds, &salt))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// `SCRAM-SHA-256$ROUNDS:SALT$STORED:SERVER` (RFC 5802, section 3; RFC 7677; `pg_authid` in
/// PostgreSQL's manual).
pub fn verifier(password: &Password, rounds: NonZeroU32, salt: &[u8; SALT]) -> String {
    let mut salted = Zeroizing::new([0; digest::SHA256_OUTPUT_LEN]);
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, password.0.as_bytes(), salted.as_mut());
    let key = hmac::Key::new(hmac::HMAC_SHA256, salted.as_slice());
    let stored = digest::digest(&digest::SHA256, hmac::sign(&key, b"Client Key").as_ref());
    let server = hmac::sign(&key, b"Server Key");
    format!(
        "SCRAM-SHA-256${rounds}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    )
}

/// Whether a text is a verifier of that many rounds, in the one form that [`verifier`] writes. Anything
/// else PostgreSQL would take for a password in clear text, or for a hash that others can log in with.
pub fn is_verifier(text: &str, rounds: u32) -> bool {
    let bytes = |text: &str, wanted: usize| {
        STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == wanted && STANDARD.encode(&bytes) == text)
    };
    let parts = text.strip_prefix("SCRAM-SHA-256$").and_then(|rest| {
        let (head, keys) = rest.split_once('$')?;
        let (count, salt) = head.split_once(':')?;
        let (stored, server) = keys.split_once(':')?;
        Some((count, salt, stored, server))
    });
    parts.is_some_and(|(count, salt, stored, server)| {
        count == rounds.to_string() && bytes(salt, SALT) && bytes(stored, 32) && bytes(server, 32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7677, section 3: what a server with these keys answers is in the RFC.
    #[test]
    fn the_keys_are_those_of_rfc_7677() {
        let salt: [u8; 16] = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap().try_into().unwrap();
        let password = Password(Zeroizing::new("pencil".to_owned()));
        let text = verifier(&password, NonZeroU32::new(4096).unwrap(), &salt);
        assert!(is_verifier(&text, 4096));
        let server = STANDARD.decode(text.rsplit(':').next().unwrap()).unwrap();
        let message = "n=user,r=rOprNGfwEbeRWgbNEkqO,\
                       r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
                       c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &server), message.as_bytes());
        assert_eq!(STANDARD.encode(signature), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    }

    #[test]
    fn a_password_has_256_random_bits_and_is_not_in_its_debug_form() {
        let (one, two) = (Password::generate().unwrap(), Password::generate().unwrap());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one.expose(), two.expose());
        assert_eq!(format!("{one:?}"), "[secret]");
        let rounds = NonZeroU32::new(64).unwrap();
        assert_ne!(one.verifier(rounds).unwrap(), one.verifier(rounds).unwrap());
    }

    #[test]
    fn what_is_no_verifier_of_the_policys_rounds_is_refused() {
        let good = verifier(&Password::generate().unwrap(), NonZeroU32::new(64).unwrap(), &[7; 16]);
        assert!(is_verifier(&good, 64));
        assert!(!is_verifier(&good, 4096));
        let key = STANDARD.encode([1; 32]);
        for bad in [
            String::new(),
            "hunter2".to_owned(),
            "md5d41d8cd98f00b204e9800998ecf8427e".to_owned(),
            good.replace("$64:", "$064:"),
            good.replace("$64:", "$+64:"),
            good.replace("SCRAM-SHA-256", "scram-sha-256"),
            format!("{good}'"),
            format!("{good}\n"),
            format!(" {good}"),
            good.replace('=', ""),
            format!("SCRAM-SHA-256$64:{}${key}:{key}", STANDARD.encode([1; 15])),
            format!("SCRAM-SHA-256$64:{}${key}:{key}:{key}", STANDARD.encode([1; 16])),
            format!("SCRAM-SHA-256$64:{}${key}", STANDARD.encode([1; 16])),
        ] {
            assert!(!is_verifier(&bad, 64), "{bad:?}");
        }
    }
}
