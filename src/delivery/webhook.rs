//! Calls over HTTP: to whom they may go, and the signed form of webhooks.

use std::net::IpAddr;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Certificate, Client, RequestBuilder, StatusCode, Url};
use ring::hmac;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::domain::Time;
use crate::files;
use crate::http::{self, Judge, Trust};

use super::channel::Sink;
use super::config::Web;
use super::notice::Notice;
use super::{Failure, Pace, words};

const LONGEST_SECRET: u64 = 64 * 1024;
const LONGEST_CA: u64 = 1 << 20;

/// The Standard Webhooks form: `webhook-id`, `webhook-timestamp`, and in `webhook-signature` the
/// HMAC-SHA256 of `id.timestamp.body`.
pub(super) struct Webhook {
    to: Web,
    caller: Caller,
}

impl Webhook {
    pub fn new(to: Web, pace: Pace) -> Self {
        let caller = Caller::new(to.allow_private, to.ca_file.clone(), pace);
        Self { to, caller }
    }
}

#[async_trait]
impl Sink for Webhook {
    async fn send(&mut self, notices: &[Notice], now: Time) -> Result<(), Failure> {
        for notice in notices {
            let key = signing_key(&read_secret(&self.to.secret_file)?)?;
            let body = body(notice)?;
            let timestamp = now.unix_secs().to_string();
            let signature = sign(&key, &notice.id, &timestamp, &body);
            let call = |client: &Client| {
                client
                    .post(self.to.url.clone())
                    .header(CONTENT_TYPE, "application/json")
                    .header("webhook-id", &notice.id)
                    .header("webhook-timestamp", &timestamp)
                    .header("webhook-signature", &signature)
                    .body(body.clone())
            };
            self.caller.call(&self.to.url, call).await?;
        }
        Ok(())
    }
}

/// `type`, `timestamp` and `data`, as Standard Webhooks has it; `data` is the event as it is in the log.
fn body(notice: &Notice) -> Result<String, Failure> {
    #[derive(serde::Serialize)]
    struct Body<'a> {
        r#type: &'a str,
        timestamp: Time,
        message: String,
        data: &'a RawValue,
    }
    let event = &notice.event.event;
    let data = serde_json::from_str(&notice.bytes).map_err(Failure::notice)?;
    let body =
        Body { r#type: event.kind.as_str(), timestamp: event.at, message: words::sentence(notice), data };
    serde_json::to_string(&body).map_err(Failure::notice)
}

/// A secret is written as `whsec_` and base64 of 24 to 64 bytes.
fn signing_key(secret: &str) -> Result<hmac::Key, Failure> {
    let bytes = secret.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok()).map(Zeroizing::new);
    match bytes {
        Some(bytes) if (24..=64).contains(&bytes.len()) => Ok(hmac::Key::new(hmac::HMAC_SHA256, &bytes)),
        _ => Err(Failure::channel("the secret is not `whsec_` and base64 of 24 to 64 bytes")),
    }
}

fn sign(key: &hmac::Key, id: &str, timestamp: &str, body: &str) -> String {
    let tag = hmac::sign(key, format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(tag))
}

/// Read each time, so that it can be changed while the server runs.
pub(super) fn read_secret(path: &std::path::Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = files::read_at_most(path, 0o600, LONGEST_SECRET).map_err(Failure::channel)?;
    let text = std::str::from_utf8(&bytes).map(str::trim).unwrap_or_default();
    if text.is_empty() {
        return Err(Failure::channel(format!("there is no secret in {}", files::shown(path))));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

/// Why an address is not called.
#[derive(Debug, thiserror::Error)]
enum NotThere {
    #[error("{0} is {1}, which is no public address; allow-private = true allows it")]
    Private(String, IpAddr),
    #[error("{0} is {1}, and plain http is for private networks only")]
    Public(String, IpAddr),
}

/// Makes calls to where they may go, and reads nothing of the answer but its status.
pub(super) struct Caller {
    allow_private: bool,
    ca_file: Option<std::path::PathBuf>,
    pace: Pace,
    /// For HTTPS, and for plain HTTP.
    client: Option<(bool, Client)>,
}

impl Caller {
    pub fn new(allow_private: bool, ca_file: Option<std::path::PathBuf>, pace: Pace) -> Self {
        Self { allow_private, ca_file, pace, client: None }
    }

    pub async fn call(
        &mut self,
        url: &Url,
        call: impl FnOnce(&Client) -> RequestBuilder + Send,
    ) -> Result<(), Failure> {
        let plain = url.scheme() == "http";
        self.judge(plain).url(url).map_err(Failure::channel)?;
        let client = match &self.client {
            Some((of, client)) if *of == plain => client,
            _ => &self.client.insert((plain, self.connect(plain)?)).1,
        };
        let answer = call(client).send().await.map_err(|error| Failure::channel(http::cause(&error)))?;
        judge_status(answer.status(), answer.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()))
    }

    fn judge(&self, plain: bool) -> Judge {
        let allow_private = self.allow_private;
        Judge::new(move |host, address| match (http::is_private(address), plain) {
            (true, _) if !allow_private => Err(NotThere::Private(host.to_owned(), address)),
            (false, true) => Err(NotThere::Public(host.to_owned(), address)),
            _ => Ok(()),
        })
    }

    fn connect(&self, plain: bool) -> Result<Client, Failure> {
        let trust = match &self.ca_file {
            _ if plain => Trust::Plain,
            Some(path) => Trust::Only(certificates(path)?),
            None => Trust::System,
        };
        let limit = self.pace.limit;
        http::judged_client(trust, limit / 2, limit, self.judge(plain))
            .map_err(|error| Failure::channel(http::cause(&error)))
    }
}

fn certificates(path: &std::path::Path) -> Result<Vec<Certificate>, Failure> {
    let pem = files::read_at_most(path, 0o644, LONGEST_CA).map_err(Failure::channel)?;
    Certificate::from_pem_bundle(&pem)
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or_else(|| Failure::channel(format!("{} has no certificates", files::shown(path))))
}

/// Whether it was taken. A refusal is of this notice where another could do better.
fn judge_status(status: StatusCode, retry_after: Option<&str>) -> Result<(), Failure> {
    let after = retry_after.and_then(|text| text.trim().parse().ok()).map(std::time::Duration::from_secs);
    let why = format!("the receiver answered {}", status.as_u16());
    match status.as_u16() {
        200..=299 => Ok(()),
        300..=399 => Err(Failure::channel(format!("{why}, and no redirect is followed"))),
        400 | 409 | 413 | 415 | 422 => Err(Failure::notice(why)),
        _ => Err(Failure { after, ..Failure::channel(why) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's own libraries.
    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        let key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_that_is_none_signs_nothing() {
        for secret in ["", "x", "whsec_", "whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!!"] {
            assert!(signing_key(secret).is_err(), "{secret}");
        }
    }

    #[test]
    fn only_a_yes_is_one_and_a_redirect_is_never_followed() {
        assert!(judge_status(StatusCode::NO_CONTENT, None).is_ok());
        for (status, refused) in
            [(302, false), (400, true), (401, false), (404, false), (422, true), (503, false)]
        {
            let failure = judge_status(StatusCode::from_u16(status).unwrap(), Some("7")).unwrap_err();
            assert_eq!(failure.refused, refused, "{status}");
            assert!(failure.why.contains(&status.to_string()));
        }
        let slow = judge_status(StatusCode::TOO_MANY_REQUESTS, Some("7")).unwrap_err();
        assert_eq!(slow.after, Some(std::time::Duration::from_secs(7)));
    }
}
