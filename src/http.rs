//! HTTP clients that all take the same care: where a call goes, how long it takes, how much of an answer is read.

use std::error::Error;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Certificate, Client, ClientBuilder, Response, Url, redirect};
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
    builder(trust, connect, answer).build()
}

/// As [`client`], and it connects only where `judge` lets it. An address in place of a name is not looked
/// up: ask [`Judge::url`] beforehand.
///
/// # Errors
/// As [`client`].
pub fn judged_client(
    trust: Trust,
    connect: Duration,
    answer: Duration,
    judge: Judge,
) -> Result<Client, reqwest::Error> {
    // Through a proxy, nobody knows where the call goes.
    builder(trust, connect, answer).no_proxy().dns_resolver(Arc::new(judge)).build()
}

fn builder(trust: Trust, connect: Duration, answer: Duration) -> ClientBuilder {
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
}

/// Why an address is not connected to.
type Refused = Box<dyn Error + Send + Sync>;

/// Looks names up, and gives only addresses that may be asked: a client connects to these and to no
/// others, so that a name cannot mean another machine after the check.
pub struct Judge(Arc<Says>);

type Says = dyn Fn(&str, IpAddr) -> Result<(), Refused> + Send + Sync;

impl std::fmt::Debug for Judge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Judge")
    }
}

impl Judge {
    /// `judge` says of a host and one of its addresses why it is not to be asked.
    pub fn new<E>(judge: impl Fn(&str, IpAddr) -> Result<(), E> + Send + Sync + 'static) -> Self
    where
        E: Error + Send + Sync + 'static,
    {
        Self(Arc::new(move |host, address| judge(host, address).map_err(Refused::from)))
    }

    /// Judges a URL whose host is an address.
    ///
    /// # Errors
    /// What the judge says.
    pub fn url(&self, url: &Url) -> Result<(), Refused> {
        let host = url.host_str().unwrap_or_default();
        match host.trim_matches(['[', ']']).parse() {
            Ok(address) => (self.0)(host, address),
            Err(_) => Ok(()),
        }
    }
}

impl Resolve for Judge {
    fn resolve(&self, name: Name) -> Resolving {
        let judge = Arc::clone(&self.0);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            // One bad address of several would be as good as none: which is taken is chance.
            for address in &found {
                judge(name.as_str(), address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Whether it is no address of the public internet: this machine, its link, a private network, or one of
/// no machine at all. IPv4 written as IPv6 is what it means.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback()
                || v4.is_private()
                || v4.is_link_local()
                || v4.is_broadcast()
                || v4.is_documentation()
                || a == 0
                // Between a provider and its customers (RFC 6598), and for benchmarks (RFC 2544).
                || (a == 100 && (64..128).contains(&b))
                || (a == 198 && (b == 18 || b == 19))
                // Multicast, and what is reserved.
                || a >= 224
        }
        IpAddr::V6(v6) => {
            let segments = v6.segments();
            match embedded(&v6) {
                Some(v4) => is_private(v4),
                None => {
                    v6.is_loopback()
                        || v6.is_unspecified()
                        || v6.is_multicast()
                        || v6.is_unicast_link_local()
                        || v6.is_unique_local()
                        || segments.starts_with(&[0x2001, 0xdb8])
                        // Behind a NAT64 of one's own (RFC 8215).
                        || segments.starts_with(&[0x64, 0xff9b, 1])
                }
            }
        }
    }
}

/// Mapped, compatible (RFC 4291), behind a NAT64 (RFC 6052), or 6to4 (RFC 3056).
fn embedded(v6: &Ipv6Addr) -> Option<IpAddr> {
    let v4 = |high: u16, low: u16| Some(IpAddr::V4((u32::from(high) << 16 | u32::from(low)).into()));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x2002, high, low, ..] => v4(high, low),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_not_public_is_known_in_each_of_its_spellings() {
        for text in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::a00:1",
            "2002:a00:1::",
            "2002:7f00:1::1",
        ] {
            assert!(is_private(text.parse().unwrap()), "{text}");
        }
        for text in
            ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
        {
            assert!(!is_private(text.parse().unwrap()), "{text}");
        }
    }
}
