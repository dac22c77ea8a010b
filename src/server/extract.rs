//! What handlers take: strict JSON, a strict query, and who calls. What they give: documents or problems.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Query, Request};
use axum::http::header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;

use super::{Peer, Shared};
use crate::api::{Code, Problem};
use crate::domain::text::escape;
use crate::ops::{Caller, Error};

/// A handler's answer.
pub(super) type Answer<T> = Result<Json<T>, Problem>;

/// Turns a use case's result into an answer.
pub(super) fn answer<T>(result: Result<T, Error>) -> Answer<T> {
    result.map(Json).map_err(Problem::from)
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A JSON body without unknown, duplicate or trailing parts (INVARIANT 9).
pub(super) struct Strict<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Shared>> for Strict<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &Arc<Shared>) -> Result<Self, Problem> {
        let bytes = body(request, state).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| {
            Problem::new(
                Code::Usage,
                format!("the body is not what is expected here: {}", escape(&error.to_string())),
            )
        })
    }
}

/// The same for a body that holds a secret: the answer repeats nothing of it, as clients keep answers.
pub(super) struct Secret<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Shared>> for Secret<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &Arc<Shared>) -> Result<Self, Problem> {
        let bytes = body(request, state).await?;
        serde_json::from_slice(&bytes)
            .map(Self)
            .map_err(|_| Problem::new(Code::Usage, "the body is not what is expected here"))
    }
}

async fn body(request: Request, state: &Arc<Shared>) -> Result<axum::body::Bytes, Problem> {
    axum::body::Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(Code::TooLarge, "the body is too large"),
        _ => Problem::new(Code::Usage, "the body could not be read"),
    })
}

/// A query string without unknown or duplicate parts.
pub(super) struct StrictQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Shared>> for StrictQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Shared>) -> Result<Self, Problem> {
        let Query(query) = Query::<T>::from_request_parts(parts, state).await.map_err(|error| {
            Problem::new(
                Code::Usage,
                format!("the query is not what is expected here: {}", escape(&error.body_text())),
            )
        })?;
        Ok(Self(query))
    }
}

/// The address that a call comes from.
pub(super) struct From(pub Option<String>);

impl From {
    fn of(parts: &Parts, state: &Shared) -> Option<String> {
        if state.behind_proxy {
            // The last entry is the one that our own proxy wrote; those before it are anybody's.
            let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
            let last = forwarded.rsplit(',').next()?.trim();
            return last.parse::<std::net::IpAddr>().ok().map(|ip| ip.to_string());
        }
        parts.extensions.get::<Peer>().map(|peer| peer.0.ip().to_string())
    }
}

impl FromRequestParts<Arc<Shared>> for From {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Shared>) -> Result<Self, Problem> {
        Ok(Self(Self::of(parts, state)))
    }
}

/// INVARIANT 10: every entry path but logging in goes through here. Only a handler that says so, by taking
/// [`Looking`], lets an auditor call what a method may change.
impl FromRequestParts<Arc<Shared>> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Shared>) -> Result<Self, Problem> {
        let Looking(caller) = Looking::from_request_parts(parts, state).await?;
        if !parts.method.is_safe() {
            // The route as it is written here, never as it was sent.
            let route = parts.extensions.get::<MatchedPath>().map_or("a call", MatchedPath::as_str);
            state.engine.may_change(&caller, &format!("{} {route}", parts.method)).await?;
        }
        Ok(caller)
    }
}

/// Who calls, where the call changes nobody's access whatever its method is: an auditor may.
pub(super) struct Looking(pub Caller);

impl FromRequestParts<Arc<Shared>> for Looking {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Shared>) -> Result<Self, Problem> {
        let from = From::of(parts, state);
        let token = bearer(&parts.headers).ok_or(Error::NotLoggedIn)?;
        Ok(Self(state.engine.authenticate(token, from).await?))
    }
}

/// The one bearer token (RFC 6750); `None` for none, for two, and for anything else.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_authorization_headers_or_another_scheme_are_no_login() {
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer jit_a_x"));
        assert_eq!(bearer(&headers), Some("jit_a_x"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer jit_a_y"));
        assert_eq!(bearer(&headers), None);
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Basic jit_a_x"));
        assert_eq!(bearer(&headers), None);
    }
}
