//! What is stored for one server.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::{Secret, SecretError};
use crate::config::Environment;
use crate::domain::{Name, Time};
use crate::files;

/// The longest token file, in bytes.
const MAX_TOKEN: u64 = 16 * 1024;

/// The outcome of a login, as it is kept under the server's address.
#[derive(Debug, Clone)]
pub struct Login {
    pub token: Secret,
    /// Buys a new token when this one has expired.
    pub renewal: Option<Secret>,
    pub user: Name,
    /// When the token ends. The server decides; this saves a useless call.
    pub expires: Time,
}

#[derive(Serialize)]
struct Out<'a> {
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    renewal: Option<&'a str>,
    user: &'a Name,
    expires: Time,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct In {
    token: Secret,
    #[serde(default)]
    renewal: Option<Secret>,
    user: Name,
    expires: Time,
}

impl Login {
    /// As one secret, for a [`super::SecretStore`].
    ///
    /// # Errors
    /// None that is known; [`SecretError::BadEntry`] rather than a panic.
    pub fn to_secret(&self) -> Result<Secret, SecretError> {
        let renewal = self.renewal.as_ref().map(Secret::expose);
        let out = Out { token: self.token.expose(), renewal, user: &self.user, expires: self.expires };
        // Room for all of it, escapes included: a buffer that grows leaves copies behind.
        let room = 6 * (out.token.len() + renewal.map_or(0, str::len)) + 256;
        let mut json = Zeroizing::new(Vec::with_capacity(room));
        serde_json::to_writer(&mut *json, &out).map_err(|_| SecretError::BadEntry)?;
        let text = String::from_utf8(std::mem::take(&mut *json)).map_err(|e| {
            e.into_bytes().zeroize();
            SecretError::BadEntry
        })?;
        Ok(Secret::new(text))
    }

    /// # Errors
    /// [`SecretError::BadEntry`], without the parser's own words: they quote the value.
    pub fn from_secret(secret: &Secret) -> Result<Self, SecretError> {
        let In { token, renewal, user, expires } =
            serde_json::from_str(secret.expose()).map_err(|_| SecretError::BadEntry)?;
        if token.is_empty() { Err(SecretError::BadEntry) } else { Ok(Self { token, renewal, user, expires }) }
    }
}

/// The token that the environment gives instead of any store: `JIT_TOKEN_FILE`, else `JIT_TOKEN`.
///
/// # Errors
/// When a variable is set and gives none. It is never passed over: the wrong account might act.
pub fn given_token(env: &Environment) -> Result<Option<Secret>, SecretError> {
    let (name, secret) = match (&env.token_file, &env.token) {
        (Some(path), _) => ("JIT_TOKEN_FILE", one_line(&files::read_private(path, MAX_TOKEN)?)),
        (None, Some(token)) => ("JIT_TOKEN", one_line(token.as_bytes())),
        (None, None) => return Ok(None),
    };
    // It becomes a header: anything but visible ASCII would be cut, or would end it.
    secret
        .filter(|secret| secret.expose().bytes().all(|b| b.is_ascii_graphic()))
        .map(Some)
        .ok_or(SecretError::BadToken(name))
}

/// The one line of a file that holds a secret, without its line end; `None` when it is empty or not text.
pub(super) fn one_line(bytes: &[u8]) -> Option<Secret> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    (!text.is_empty() && !text.contains(['\n', '\r', '\0'])).then(|| Secret::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login() -> Login {
        Login {
            token: Secret::new("canary-token".to_owned()),
            renewal: Some(Secret::new("canary-renewal\"\\".to_owned())),
            user: "alice".parse().unwrap(),
            expires: "2026-11-21T18:05:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_login_reads_back_as_it_was_and_is_shown_by_nothing() {
        let secret = login().to_secret().unwrap();
        assert_eq!(
            secret.expose(),
            "{\"token\":\"canary-token\",\"renewal\":\"canary-renewal\\\"\\\\\",\"user\":\"alice\",\
             \"expires\":\"2026-11-21T18:05:00.000Z\"}"
        );
        let read = Login::from_secret(&secret).unwrap();
        assert!(read.token.is(&login().token) && read.renewal.unwrap().is(&login().renewal.unwrap()));
        assert_eq!((read.user, read.expires), (login().user, login().expires));
        assert!(!format!("{:?} {secret:?}", login()).contains("canary"));
    }

    #[test]
    fn an_entry_that_is_no_login_is_an_error_that_does_not_quote_it() {
        for bad in [
            "canary",
            "\"canary\"",
            "{\"token\":\"canary\"}",
            "{\"token\":\"\",\"user\":\"a\",\"expires\":\"2026-11-21T18:05:00Z\"}",
            "{\"token\":\"canary\",\"user\":\"A\",\"expires\":\"2026-11-21T18:05:00Z\"}",
            "{\"token\":\"canary\",\"user\":\"a\",\"expires\":\"canary\"}",
            "{\"token\":\"canary\",\"user\":\"a\",\"expires\":\"2026-11-21T18:05:00Z\",\"canary\":1}",
        ] {
            let err = Login::from_secret(&Secret::new(bad.to_owned())).unwrap_err();
            assert!(matches!(err, SecretError::BadEntry));
            assert!(!format!("{err} {err:?} {:?}", err.hint()).contains("canary"));
        }
    }

    #[test]
    fn a_given_token_is_used_or_refused_and_never_passed_over() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("token");
        let mut env = Environment::default();
        assert!(given_token(&env).unwrap().is_none());
        env.token = Some("from-env".to_owned().into());
        assert_eq!(given_token(&env).unwrap().unwrap().expose(), "from-env");
        env.token_file = Some(file.clone());
        assert!(matches!(given_token(&env), Err(SecretError::File(_))), "the file is missing");
        for (bytes, token) in [
            (&b"from-file\n"[..], Some("from-file")),
            (b"from-file\r\n", Some("from-file")),
            (b"from-file", Some("from-file")),
            (b"", None),
            (b"\n", None),
            (b"canary\nother", None),
            (b"canary other", None),
            (b"canary\xff", None),
            ("canäry".as_bytes(), None),
        ] {
            files::write_private(&file, bytes).unwrap();
            match (given_token(&env), token) {
                (Ok(Some(found)), Some(token)) => assert_eq!(found.expose(), token),
                (Err(err @ SecretError::BadToken("JIT_TOKEN_FILE")), None) => {
                    assert!(!format!("{err} {err:?}").contains("canary"));
                }
                other => panic!("{bytes:?}: {other:?}"),
            }
        }
    }
}
