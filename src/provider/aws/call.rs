//! Signed calls of AWS's query API: a form goes out, XML comes back.
//!
//! See "AWS Signature Version 4 for API requests" and "Making query requests" in the IAM User Guide.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Url;
use tracing::subscriber::{NoSubscriber, with_default};

use crate::domain::Time;
use crate::domain::text::escape;
use crate::http::{self, Trust};
use crate::provider::ProviderError;

use super::xml;

const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(30);
/// No answer that jit asks for is near this.
const LARGEST: usize = 256 * 1024;
const FORM: &str = "application/x-www-form-urlencoded";

/// One of AWS's services, where it answers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Service {
    /// `sts` or `iam`.
    pub name: &'static str,
    pub version: &'static str,
    /// What the signature is for.
    pub region: String,
    pub endpoint: Url,
}

/// What came back from a call that AWS carried out.
#[derive(Debug)]
pub struct Answer {
    pub xml: String,
    /// The service's own clock.
    pub date: Option<Time>,
}

/// Why a call was not carried out.
#[derive(Debug)]
pub enum CallError {
    /// AWS says no, in its own words; `code` is as AWS documents it.
    Aws { code: String, message: String },
    /// No answer, or none that is understood.
    Broken { what: String, source: Option<Box<dyn std::error::Error + Send + Sync>> },
}

/// The codes whose cause lasts, and whose message has no part of the request that was signed.
const LASTING: [&str; 6] = [
    "AccessDenied",
    "MalformedPolicyDocument",
    "NoSuchEntity",
    "PackedPolicyTooLarge",
    "RegionDisabledException",
    "ValidationError",
];

impl CallError {
    pub fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Aws { code, .. } if code == wanted)
    }

    /// With what jit was about to do: "assume the role".
    pub fn while_doing(self, doing: &str) -> ProviderError {
        match self {
            Self::Aws { code, message } if LASTING.contains(&code.as_str()) => {
                ProviderError::Refused(format!("AWS refuses to {doing}: {code}: {message}"))
            }
            // The message of a wrong signature repeats what was signed, jit's own session token too.
            Self::Aws { code, .. } => {
                ProviderError::Unavailable { what: format!("AWS does not {doing} now: {code}"), source: None }
            }
            Self::Broken { what, source } => {
                ProviderError::Unavailable { what: format!("cannot {doing}: {what}"), source }
            }
        }
    }
}

fn broken(what: impl Into<String>) -> CallError {
    CallError::Broken { what: what.into(), source: None }
}

/// The wall clock: signatures carry it, and AWS refuses them when it is wrong.
#[allow(clippy::disallowed_methods, reason = "a signature's time, and no decision's")]
pub fn wall_clock() -> SystemTime {
    SystemTime::now()
}

/// HTTP clients, made when they are first needed: reading the system's certificates takes a while.
#[derive(Debug, Default)]
pub struct Calls {
    tls: OnceLock<reqwest::Client>,
    loopback: OnceLock<reqwest::Client>,
}

impl Calls {
    fn client(&self, url: &Url) -> Result<&reqwest::Client, CallError> {
        let trust = Trust::of(url);
        let place = if matches!(trust, Trust::Plain) { &self.loopback } else { &self.tls };
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let client = http::client(trust, CONNECT, ANSWER)
            .map_err(|error| broken(format!("no HTTP client: {error}")))?;
        Ok(place.get_or_init(|| client))
    }

    /// Carries out one action.
    ///
    /// # Errors
    /// See [`CallError`]. None has a part of the key, of the call or of a successful answer.
    pub async fn call(
        &self,
        service: &Service,
        key: &Credentials,
        action: &str,
        params: &[(&str, &str)],
    ) -> Result<Answer, CallError> {
        let body = form(service, action, params)?;
        let mut call = self.client(&service.endpoint)?.post(service.endpoint.clone());
        call = call.header("content-type", FORM);
        for (name, value) in signature(service, key, body.as_bytes())? {
            call = call.header(name, value);
        }
        let unreachable = |error: reqwest::Error| CallError::Broken {
            what: format!("{} cannot be reached", service.endpoint.origin().ascii_serialization()),
            source: Some(error.without_url().into()),
        };
        let response = call.body(body).send().await.map_err(unreachable)?;
        let status = response.status();
        let date = response.headers().get("date").and_then(|date| http_date(date.to_str().ok()?));
        let bytes = http::read_bounded(response, LARGEST).await.map_err(unreachable)?;
        let mut bytes = bytes.ok_or_else(|| broken("the answer is too large"))?;
        let xml = String::from_utf8(std::mem::take(&mut *bytes))
            .map_err(|_| broken("the answer is not UTF-8 text"))?;
        if status.is_success() {
            return Ok(Answer { xml, date });
        }
        match xml::error(&xml) {
            Some((code, message)) => Err(CallError::Aws {
                code: format!("{:.100}", escape(&code)),
                message: format!("{:.500}", escape(&message)),
            }),
            None => Err(broken(format!("it answered {status}, and says nothing that is understood"))),
        }
    }
}

fn form(service: &Service, action: &str, params: &[(&str, &str)]) -> Result<String, CallError> {
    // A URL's query has the form's encoding (WHATWG URL, section 5).
    let mut form = service.endpoint.clone();
    form.query_pairs_mut()
        .clear()
        .extend_pairs([("Action", action), ("Version", service.version)])
        .extend_pairs(params);
    // AWS's own tools encode `*` too, and moto checks the signature of what these would have sent.
    form.query().map(|form| form.replace('*', "%2A")).ok_or_else(|| broken("the call has no form"))
}

/// The headers that sign the call.
fn signature(service: &Service, key: &Credentials, body: &[u8]) -> Result<Vec<(String, String)>, CallError> {
    let identity = key.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&service.region)
        .name(service.name)
        .time(wall_clock())
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| broken(format!("the call cannot be signed: {error}")))?
        .into();
    let headers = std::iter::once(("content-type", FORM));
    let request = SignableRequest::new("POST", service.endpoint.as_str(), headers, SignableBody::Bytes(body))
        .map_err(|error| broken(format!("the call cannot be signed: {error}")))?;
    // It traces what it signs, and jit's own session token is a part of that.
    let signed = with_default(NoSubscriber::new(), || sign(request, &params));
    let (instructions, _) =
        signed.map_err(|error| broken(format!("the call cannot be signed: {error}")))?.into_parts();
    Ok(instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
fn http_date(text: &str) -> Option<Time> {
    let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some(Time::from_millis(at.timestamp_millis()))
}
