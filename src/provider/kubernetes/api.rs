//! Calls of an API server.
//!
//! Every answer is bounded, and counts only if it is what was asked for: "it is not there" is believed
//! from a `Status` that names the object, and not from any 404 on the way (INVARIANT 9).

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::domain::KubernetesTarget;
use crate::domain::text::escape;
use crate::files::{self, FileError};
use crate::http::{self, Trust};
use crate::provider::ProviderError;

use super::objects::{JIT, Kind, List, MANAGED_BY, Object, Place, Status};

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(15);
/// No answer that is asked for is larger: a page has [`PAGE`] objects.
const LARGEST: usize = 4 << 20;
const PAGE: usize = 500;
/// A list that goes on for longer is not one of jit's.
const MOST_PAGES: usize = 200;
const LONGEST_TOKEN: u64 = 64 * 1024;
/// Of what an API server says, as much is told on.
const LONGEST_TEXT: usize = 300;
/// Sets of certificates with a client each.
const MOST_CLIENTS: usize = 16;

/// HTTP clients, one for each set of certificates that servers are checked with.
#[derive(Debug, Default)]
pub struct Clients(Mutex<HashMap<Option<String>, Client>>);

impl Clients {
    /// Reads the files anew: tokens are replaced while they are in use.
    pub async fn api(&self, target: &KubernetesTarget) -> Result<Api, ProviderError> {
        let (ca_file, token_file) = (target.ca_file.clone(), target.token_file.clone());
        let read = move || {
            let ca = ca_file.map(|path| files::read_shared(Path::new(&path))).transpose()?;
            // A link is followed: Kubernetes mounts tokens as links.
            Ok((ca, files::read_at_most(Path::new(&token_file), 0o600, LONGEST_TOKEN)?))
        };
        let (ca, token) = tokio::task::spawn_blocking(read)
            .await
            .map_err(|error| unavailable("the files of the cluster were not read", error))?
            .map_err(|error: FileError| ProviderError::Unavailable {
                what: match error.hint() {
                    Some(cure) => format!("{error}; try: {cure}"),
                    None => error.to_string(),
                },
                source: None,
            })?;
        let base = Url::parse(&target.server)
            .ok()
            .filter(|url| url.scheme() == "https" && url.has_host())
            .ok_or_else(|| refused(format!("{} is no URL with https", escape(&target.server))))?;
        Ok(Api { http: self.client(ca.as_deref())?, base, bearer: bearer(&token, target)?, ca })
    }

    fn client(&self, ca: Option<&str>) -> Result<Client, ProviderError> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = ca.map(str::to_owned);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let trust = match ca {
            Some(pem) => reqwest::Certificate::from_pem_bundle(pem.as_bytes())
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .map(Trust::Only)
                .ok_or_else(|| refused("the ca-file has no certificates in PEM".to_owned()))?,
            None => Trust::System,
        };
        let client = http::client(trust, CONNECT, ANSWER)
            .map_err(|error| unavailable("no HTTP client could be made", error))?;
        if clients.len() >= MOST_CLIENTS {
            clients.clear();
        }
        clients.insert(key, client.clone());
        Ok(client)
    }
}

fn bearer(token: &[u8], target: &KubernetesTarget) -> Result<HeaderValue, ProviderError> {
    let token = std::str::from_utf8(token).map(str::trim).unwrap_or_default();
    let good = |byte: u8| byte.is_ascii_graphic();
    let text = Zeroizing::new(format!("Bearer {token}"));
    let value = HeaderValue::from_str(&text).ok().filter(|_| !token.is_empty() && token.bytes().all(good));
    let mut value =
        value.ok_or_else(|| refused(format!("there is no token in {}", escape(&target.token_file))))?;
    value.set_sensitive(true);
    Ok(value)
}

/// One API server, with jit's own token.
pub struct Api {
    http: Client,
    base: Url,
    bearer: HeaderValue,
    ca: Option<String>,
}

impl Api {
    /// The certificates of the ca-file, in PEM.
    pub fn ca(&self) -> Option<String> {
        self.ca.clone()
    }

    pub async fn get(&self, place: &Place) -> Result<Option<Object>, ProviderError> {
        let call = Call { doing: "read", place };
        let url = self.url(place.kind, place.namespace.as_deref(), &[&place.name])?;
        let answer = self.send(Method::GET, url, None::<&()>).await?;
        if call.is_missing(&answer) {
            return Ok(None);
        }
        let object: Object = call.read(answer)?;
        if object.kind != place.kind.name() || object.metadata.name != place.name {
            return Err(call.odd());
        }
        Ok(Some(object))
    }

    /// `false` where an object of that name is there already.
    pub async fn create(&self, place: &Place, object: &Object) -> Result<bool, ProviderError> {
        let call = Call { doing: "create", place };
        let url = self.url(place.kind, place.namespace.as_deref(), &[])?;
        let answer = self.send(Method::POST, url, Some(object)).await?;
        if answer.status == StatusCode::CONFLICT && answer.reason().reason == "AlreadyExists" {
            return Ok(false);
        }
        let made: Object = call.read(answer)?;
        if made.kind != place.kind.name() || made.metadata.name != place.name {
            return Err(call.odd());
        }
        Ok(true)
    }

    /// Fine where it is not there.
    pub async fn delete(&self, place: &Place) -> Result<(), ProviderError> {
        let call = Call { doing: "delete", place };
        let url = self.url(place.kind, place.namespace.as_deref(), &[&place.name])?;
        let options = serde_json::json!({
            "apiVersion": "v1", "kind": "DeleteOptions",
            "gracePeriodSeconds": 0, "propagationPolicy": "Background",
        });
        let answer = self.send(Method::DELETE, url, Some(&options)).await?;
        if answer.status.is_success() || call.is_missing(&answer) { Ok(()) } else { Err(call.error(&answer)) }
    }

    /// Every object of that kind with jit's label; without a namespace, of all namespaces.
    pub async fn list(&self, kind: Kind, namespace: Option<&str>) -> Result<Vec<Object>, ProviderError> {
        let everything = Place { kind, namespace: namespace.map(str::to_owned), name: "*".to_owned() };
        let call = Call { doing: "list", place: &everything };
        let (mut objects, mut next) = (Vec::new(), None);
        for _ in 0..MOST_PAGES {
            let mut url = self.url(kind, namespace, &[])?;
            url.query_pairs_mut()
                .append_pair("labelSelector", &format!("{MANAGED_BY}={JIT}"))
                .append_pair("limit", &PAGE.to_string())
                .extend_pairs(next.take().map(|next: String| ("continue", next)));
            let page: List = call.read(self.send(Method::GET, url, None::<&()>).await?)?;
            if page.kind.strip_suffix("List") != Some(kind.name()) {
                return Err(call.odd());
            }
            objects.extend(page.items.unwrap_or_default());
            match page.metadata.next {
                Some(token) if !token.is_empty() => next = Some(token),
                _ => return Ok(objects),
            }
        }
        Err(call.odd())
    }

    /// Posts what is answered with its own kind, and is not kept by the server.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        place: &Place,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, ProviderError> {
        let call = Call { doing: "review the rights on", place };
        call.read(self.send(Method::POST, self.join(path)?, Some(body)).await?)
    }

    /// A token of a ServiceAccount.
    pub async fn token<T: DeserializeOwned>(
        &self,
        account: &Place,
        body: &impl Serialize,
    ) -> Result<T, ProviderError> {
        let call = Call { doing: "make a token of", place: account };
        let url = self.url(account.kind, account.namespace.as_deref(), &[&account.name, "token"])?;
        call.read(self.send(Method::POST, url, Some(body)).await?)
    }

    fn url(&self, kind: Kind, namespace: Option<&str>, rest: &[&str]) -> Result<Url, ProviderError> {
        let mut path = kind.root().to_vec();
        path.extend(namespace.into_iter().flat_map(|namespace| ["namespaces", namespace]));
        path.push(kind.plural());
        path.extend(rest);
        self.join(&path)
    }

    fn join(&self, path: &[&str]) -> Result<Url, ProviderError> {
        // As a segment these would not be sent, and another address called.
        if path.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(refused("a name in the policy is no name in a cluster".to_owned()));
        }
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| refused("the API server's URL has no path".to_owned()))?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<&impl Serialize>,
    ) -> Result<Answer, ProviderError> {
        let mut request = self.http.request(method, url).header(AUTHORIZATION, self.bearer.clone());
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let bytes = http::read_bounded(response, LARGEST).await.map_err(|error| self.unreachable(&error))?;
        let bytes = bytes
            .ok_or_else(|| refused(format!("the API server's answer is longer than {LARGEST} bytes")))?;
        Ok(Answer { status, bytes })
    }

    fn unreachable(&self, error: &reqwest::Error) -> ProviderError {
        let (origin, why) = (self.base.origin().ascii_serialization(), http::cause(error));
        ProviderError::Unavailable {
            what: format!("the API server {origin} cannot be reached: {}", short(&why)),
            source: None,
        }
    }
}

struct Answer {
    status: StatusCode,
    bytes: Zeroizing<Vec<u8>>,
}

impl Answer {
    /// What a failure says of itself; empty if it is no `Status`.
    fn reason(&self) -> Status {
        serde_json::from_slice::<Status>(&self.bytes)
            .ok()
            .filter(|status| status.kind == "Status")
            .unwrap_or_default()
    }
}

/// What was asked, for the sentence that says what came of it.
struct Call<'a> {
    doing: &'static str,
    place: &'a Place,
}

impl Call<'_> {
    /// INVARIANT 4: the server says that just this object is not there.
    fn is_missing(&self, answer: &Answer) -> bool {
        let status = answer.reason();
        let about = status.details.unwrap_or_default();
        answer.status == StatusCode::NOT_FOUND
            && status.reason == "NotFound"
            && about.name == self.place.name
            && about.kind == self.place.kind.plural()
    }

    fn read<T: DeserializeOwned>(&self, answer: Answer) -> Result<T, ProviderError> {
        if !answer.status.is_success() {
            return Err(self.error(&answer));
        }
        // Not with the parser's own words: they may quote a token.
        serde_json::from_slice(&answer.bytes).map_err(|_| self.odd())
    }

    fn odd(&self) -> ProviderError {
        refused(format!(
            "asked to {} {}, the API server gave an answer of another kind",
            self.doing, self.place
        ))
    }

    fn error(&self, answer: &Answer) -> ProviderError {
        let status = answer.reason();
        let mut what = format!("the API server did not {} {}", self.doing, self.place);
        match answer.status {
            StatusCode::UNAUTHORIZED => what.push_str(": it does not accept jit's own token"),
            // What it says names the right that is missing.
            _ if !status.message.is_empty() => what = format!("{what}: {}", short(&status.message)),
            other => what = format!("{what}: it answered {}", other.as_u16()),
        }
        match answer.status.as_u16() {
            // A token is replaced, and a server that is busy or starting comes back.
            401 | 404 | 408 | 429 | 500.. => ProviderError::Unavailable { what, source: None },
            _ => refused(what),
        }
    }
}

pub fn refused(what: String) -> ProviderError {
    ProviderError::Refused(what)
}

fn unavailable(what: &str, error: impl std::error::Error + Send + Sync + 'static) -> ProviderError {
    ProviderError::Unavailable { what: what.to_owned(), source: Some(Box::new(error)) }
}

/// Text of a server's, for people.
fn short(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST_TEXT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    escape(&short).into_owned()
}
