//! The address of a server, in one form.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// `https://host[:port][/path]`, normalised and without a slash at its end, so that one server is one
/// account in the secret store. Plain `http` only for this machine, unless it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerUrl(String);

/// Why a text is not a server's address. The text is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    #[error("a server is written as https://jit.example.com")]
    Form,
    #[error("a server's address begins with https:// or http://")]
    Scheme,
    #[error("plain http would send tokens unprotected: only for 127.0.0.1, [::1] and localhost")]
    PlainHttp,
    #[error("a server's address holds no user, password, query or fragment")]
    Extra,
}

impl ServerUrl {
    /// # Errors
    /// See [`UrlError`]. `allow_http` lets plain http reach beyond this machine.
    pub fn parse(text: &str, allow_http: bool) -> Result<Self, UrlError> {
        // The URL standard drops tabs and newlines and turns `\` into `/`: two readings of one text.
        if text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(UrlError::Form);
        }
        let url = Url::parse(text).map_err(|_| UrlError::Form)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(UrlError::Scheme);
        }
        // An `@` may stand for an empty user, which the parser does not report.
        let authority = text.split_once("://").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
        let authority = authority.filter(|a| !a.is_empty()).ok_or(UrlError::Form)?;
        if authority.contains('@') || url.query().is_some() || url.fragment().is_some() {
            return Err(UrlError::Extra);
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(UrlError::Form)?;
        if url.scheme() == "http" && !allow_http && !is_loopback(host) {
            return Err(UrlError::PlainHttp);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether no TLS, and so no root store, is needed.
    pub fn is_plain_http(&self) -> bool {
        self.0.starts_with("http://")
    }
}

/// `host` is as the parser normalised it: `0x7f.1` has become `127.0.0.1`.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || bare.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback())
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_has_one_address() {
        for (text, normal) in [
            ("HTTPS://Jit.Example.COM:443/", "https://jit.example.com"),
            ("https://jit.example.com/team/", "https://jit.example.com/team"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://127.0.0.1:80/", "http://127.0.0.1"),
            ("http://[::1]:9", "http://[::1]:9"),
            ("http://127.9.9.9", "http://127.9.9.9"),
        ] {
            assert_eq!(ServerUrl::parse(text, false).unwrap().as_str(), normal);
        }
    }

    #[test]
    fn an_address_that_could_leak_or_mislead_is_refused() {
        use UrlError::{Extra, Form, PlainHttp, Scheme};
        for (text, why) in [
            ("http://jit.example.com", PlainHttp),
            ("http://localhost.example.com", PlainHttp),
            ("http://127.0.0.1.example.com", PlainHttp),
            ("http://[::ffff:10.0.0.1]", PlainHttp),
            ("http://0.0.0.0", PlainHttp),
            ("https://user:canary@jit.example.com", Extra),
            ("https://user@jit.example.com", Extra),
            ("https://@jit.example.com", Extra),
            ("https://jit.example.com/?a=b", Extra),
            ("https://jit.example.com/#a", Extra),
            ("ftp://jit.example.com", Scheme),
            ("file:///etc/passwd", Scheme),
            ("localhost:8080", Scheme),
            ("jit.example.com", Form),
            ("https:jit.example.com", Form),
            ("https:///user:canary@jit.example.com", Form),
            ("https://jit.exa\nmple.com", Form),
            ("https:\\\\jit.example.com", Form),
            (" https://jit.example.com", Form),
            ("https://", Form),
            ("", Form),
        ] {
            assert_eq!(ServerUrl::parse(text, false), Err(why), "{text:?}");
            assert!(!why.to_string().contains("canary"));
        }
        assert!(ServerUrl::parse("http://jit.example.com", true).unwrap().is_plain_http());
    }
}
