//! HTTP clients that all take the same care: where a call goes, how long it takes, how much of an answer is read.

use std::time::Duration;

use reqwest::{Certificate, Client, Response, Url, redirect};
use zeroize::Zeroizing;

/// By what a server proves that it is the one that was asked for.
#[derive(Debug)]
pub enum Trust {
    /// By nothing: plain HTTP, which is for this machine only.
    Plain,
    /// By a certificate that the operating system trusts.
    System,
    /// By a certificate of these, whatever the operating system trusts.
    Only(Vec<Certificate>),
}

impl Trust {
    /// What that address asks for.
    pub fn of(url: &Url) -> Self {
        if url.scheme() == "http" { Self::Plain } else { Self::System }
    }
}

/// A client that gives up connecting after `connect`, and a whole call after `answer`.
///
/// # Errors
/// The system's certificates cannot be read, say. It says nothing of a server.
pub fn client(trust: Trust, connect: Duration, answer: Duration) -> Result<Client, reqwest::Error> {
    // Installed once in the process; a second time is an error that says so, and no harm.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .connect_timeout(connect)
        .timeout(answer)
        // A redirect would take a token or a signed call to an address that nobody chose.
        .redirect(redirect::Policy::none())
        .user_agent(concat!("jit/", env!("CARGO_PKG_VERSION")));
    match trust {
        // No proxy may see it, and the root store is not needed.
        Trust::Plain => builder.no_proxy().tls_certs_only(std::iter::empty()),
        Trust::System => builder.https_only(true),
        Trust::Only(certificates) => builder.https_only(true).tls_certs_only(certificates),
    }
    .build()
}

/// The body, which may hold a secret; `None` where it is longer than `most` bytes.
///
/// # Errors
/// The connection broke, or the client's time was over.
pub async fn read_bounded(
    mut response: Response,
    most: usize,
) -> Result<Option<Zeroizing<Vec<u8>>>, reqwest::Error> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

/// Why there was no answer, without the address. Not escaped: it may have words of the server's.
pub fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut why = String::new();
    let mut next = std::error::Error::source(error);
    while let Some(error) = next {
        why = error.to_string();
        next = error.source();
    }
    why
}
