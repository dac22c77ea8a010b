//! Asking a server: one GET to the address that the policy names, and to no other.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{Client, StatusCode, Url, redirect};
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::{LookupError, blocking};
use crate::files;
use crate::http::{Judge, cause, read_bounded};
use crate::policy::ticket::{AnswerError, LONGEST, is_local};

const LONGEST_TOKEN: u64 = 64 * 1024;

/// Which machines are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Any but this one and its link.
    Away,
    /// Any: the policy says so.
    Anywhere,
    /// This one only, without TLS.
    Here,
}

impl Reach {
    fn check(self, host: &str, address: IpAddr) -> Result<(), NotThere> {
        let host = || host.to_owned();
        match self {
            Self::Away if is_local(address) => Err(NotThere::Local(host(), address)),
            Self::Here if !address.is_loopback() => Err(NotThere::NotLoopback(host(), address)),
            Self::Away | Self::Anywhere | Self::Here => Ok(()),
        }
    }
}

/// Where a host leads that is not asked.
#[derive(Debug, Clone, thiserror::Error)]
enum NotThere {
    #[error("{0} is {1}")]
    Local(String, IpAddr),
    #[error("{0} is {1}")]
    NotLoopback(String, IpAddr),
}

impl From<NotThere> for LookupError {
    fn from(error: NotThere) -> Self {
        match error {
            NotThere::Local(host, address) => Self::Local { host, address },
            NotThere::NotLoopback(host, address) => Self::NotLoopback { host, address },
        }
    }
}

/// HTTP clients, one for each reach.
#[derive(Debug, Default)]
pub(super) struct Clients(Mutex<BTreeMap<Reach, Client>>);

impl Clients {
    /// The body of the answer 200, which is no longer than one about a ticket.
    pub(super) async fn get(
        &self,
        url: &str,
        reach: Reach,
        token_file: Option<&str>,
        time: Duration,
    ) -> Result<Zeroizing<Vec<u8>>, LookupError> {
        let asked = async {
            let url = Url::parse(url).map_err(|_| LookupError::Pattern)?;
            let origin = url.origin().ascii_serialization();
            let host = url.host_str().unwrap_or_default();
            // An address is not looked up, so nothing else checks it.
            if let Ok(address) = host.trim_matches(['[', ']']).parse() {
                reach.check(host, address)?;
            }
            let mut call = self.client(reach)?.get(url).header(ACCEPT, "application/json");
            if let Some(path) = token_file {
                call = call.header(AUTHORIZATION, bearer(path).await?);
            }
            let response = call.send().await.map_err(|error| unreachable(&origin, &error))?;
            if response.status() != StatusCode::OK {
                return Err(LookupError::Status { origin, status: response.status().as_u16() });
            }
            let body = read_bounded(response, LONGEST).await.map_err(|error| unreachable(&origin, &error))?;
            body.ok_or(LookupError::Ticket(AnswerError::Long))
        };
        timeout(time, asked).await.map_err(|_| LookupError::Slow(time))?
    }

    fn client(&self, reach: Reach) -> Result<Client, LookupError> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&reach) {
            return Ok(client.clone());
        }
        // Installed once in the process; a second time is an error that says so, and no harm.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            // A redirect would take the token to an address that nobody chose.
            .redirect(redirect::Policy::none())
            // Through a proxy, nobody knows where the call goes.
            .no_proxy()
            .dns_resolver(Arc::new(Judge::new(move |host, address| reach.check(host, address))))
            // Each call is a connection of its own: one that is kept belongs to the runtime that made it,
            // and several use this.
            .pool_max_idle_per_host(0)
            .user_agent(concat!("jit/", env!("CARGO_PKG_VERSION")));
        let client = match reach {
            Reach::Here => builder.tls_certs_only(std::iter::empty()),
            Reach::Away | Reach::Anywhere => builder.https_only(true),
        }
        .build()
        .map_err(|error| LookupError::Lost(cause(&error)))?;
        clients.insert(reach, client.clone());
        Ok(client)
    }
}

async fn bearer(path: &str) -> Result<HeaderValue, LookupError> {
    let file = path.to_owned();
    let read = move || files::read_at_most(Path::new(&file), 0o600, LONGEST_TOKEN).map_err(LookupError::File);
    let bytes = blocking(read).await?;
    let token = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    let text = Zeroizing::new(format!("Bearer {token}"));
    let good = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    let value = HeaderValue::from_str(&text).ok().filter(|_| good);
    let mut value = value.ok_or_else(|| LookupError::NoToken(path.to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

fn unreachable(origin: &str, error: &reqwest::Error) -> LookupError {
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        if let Some(not_there) = error.downcast_ref::<NotThere>() {
            return not_there.clone().into();
        }
        next = error.source();
    }
    LookupError::Unreachable { origin: origin.to_owned(), why: cause(error) }
}
