//! `/scim/v2`: an outside directory (RFC 7644), with a token that is good for nothing else.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Query as RawQuery, Request};
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::header::{
    CONTENT_TYPE, ETAG, HOST, HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use serde_json::Value;

use super::extract::{From as Address, bearer};
use super::{AppState, Shared};
use crate::ops::{ScimAsked as Asked, ScimCaller};
use crate::scim::schema::{GROUP, Schema, USER};
use crate::scim::{self, ListResponse, Object, Query, Refusal, Selection, discovery, list, version};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/ServiceProviderConfig", get(config))
        .route("/ResourceTypes", get(resource_types))
        .route("/ResourceTypes/{id}", get(resource_type))
        .route("/Schemas", get(schemas))
        .route("/Schemas/{id}", get(schema))
        .route("/Users", get(users).post(create_user))
        .route("/Users/.search", post(search_users))
        .route("/Users/{id}", get(user).put(replace_user).patch(patch_user).delete(delete_user))
        .route("/Groups", get(groups).post(create_group))
        .route("/Groups/.search", post(search_groups))
        .route("/Groups/{id}", get(group).put(replace_group).patch(patch_group).delete(delete_group))
        .route("/.search", post(search))
        .route("/Bulk", any(unsupported))
        .route("/Me", any(unsupported))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .layer(DefaultBodyLimit::max(scim::LARGEST_BODY))
}

/// A handler's answer.
type Answer = Result<Response, Refusal>;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = document(status, &self.document());
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

fn document(status: StatusCode, value: &impl serde::Serialize) -> Response {
    let content_type = [(CONTENT_TYPE, HeaderValue::from_static(scim::CONTENT_TYPE))];
    match serde_json::to_vec(value) {
        Ok(bytes) => (status, content_type, bytes).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// A call that has shown its token (INVARIANT 10).
struct Call {
    caller: ScimCaller,
    method: Method,
    route: String,
    /// Of `/scim/v2`, as the client sees it.
    base: String,
    query: Result<Query, Refusal>,
    headers: HeaderMap,
}

impl FromRequestParts<Arc<Shared>> for Call {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Shared>) -> Result<Self, Refusal> {
        let Ok(Address(from)) = Address::from_request_parts(parts, state).await else {
            return Err(Refusal::new(401, "you are not logged in"));
        };
        let caller = state.engine.authenticate_scim(bearer(&parts.headers), from).await?;
        let query = RawQuery::<Query>::from_request_parts(parts, state).await;
        let query = query.map(|RawQuery(query)| query).map_err(|error| Refusal::value(error.body_text()));
        let route = parts.uri.path().trim_start_matches('/').split('/').next().unwrap_or_default();
        Ok(Self {
            caller,
            method: parts.method.clone(),
            route: route.chars().take(40).collect(),
            base: base(&parts.headers, state.behind_proxy),
            query,
            headers: parts.headers.clone(),
        })
    }
}

/// Where the client sees the server; a `Host` that is none gives addresses without one.
fn base(headers: &HeaderMap, behind_proxy: bool) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let is_host = |host: &&str| {
        !host.is_empty()
            && host.len() <= 255
            && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c))
    };
    let scheme = if behind_proxy { "https" } else { "http" };
    match host.filter(is_host) {
        Some(host) => format!("{scheme}://{host}{}", scim::PATH),
        None => scim::PATH.to_owned(),
    }
}

impl Call {
    fn query(&self) -> Result<&Query, Refusal> {
        self.query.as_ref().map_err(Clone::clone)
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        // What cannot be read is another version than ours.
        self.headers.get(name).map(|value| value.to_str().unwrap_or_default())
    }

    fn asked(&self) -> Asked<'_> {
        Asked { base: &self.base, if_match: self.header(&IF_MATCH) }
    }

    /// Records a refusal. What a client looks for and does not find is none.
    async fn told(&self, state: &Shared, result: Answer) -> Answer {
        match result {
            Err(refusal) if self.method != Method::GET || refusal.status != 404 => {
                let asked = format!("scim {} {}", self.method, self.route);
                Err(state.engine.scim_refused(&self.caller, &asked, refusal).await)
            }
            other => other,
        }
    }

    /// One resource, as much of it as is asked for.
    fn one(&self, schema: &Schema, status: StatusCode, whole: Object) -> Answer {
        let selection = Selection::of(self.query()?)?;
        let version = version::in_meta(&whole).unwrap_or_default().to_owned();
        let location = whole.get("meta").and_then(|meta| meta.get("location")).and_then(Value::as_str);
        let location = location.unwrap_or_default().to_owned();
        let mut response = document(status, &selection.apply(schema, whole));
        for (name, text) in [(ETAG, version), (LOCATION, location)] {
            if name != LOCATION || status == StatusCode::CREATED {
                response.headers_mut().extend(HeaderValue::from_str(&text).ok().map(|value| (name, value)));
            }
        }
        Ok(response)
    }

    fn found(&self, (shown, version): (Object, String)) -> Response {
        let mut response = match version::is_known(self.header(&IF_NONE_MATCH), &version) {
            true => StatusCode::NOT_MODIFIED.into_response(),
            false => document(StatusCode::OK, &shown),
        };
        response.headers_mut().extend(HeaderValue::from_str(&version).ok().map(|value| (ETAG, value)));
        response
    }
}

/// A body of SCIM or plain JSON.
struct Body(Result<Bytes, Refusal>);

impl FromRequest<Arc<Shared>> for Body {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: Request, state: &Arc<Shared>) -> Result<Self, Self::Rejection> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case(scim::CONTENT_TYPE) && !kind.eq_ignore_ascii_case("application/json") {
            let detail = format!("a body here is {}", scim::CONTENT_TYPE);
            return Ok(Self(Err(Refusal::new(415, detail))));
        }
        Ok(Self(Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(413, "the body is too large"),
            _ => Refusal::new(400, "the body could not be read"),
        })))
    }
}

impl Body {
    fn object(self) -> Result<Object, Refusal> {
        scim::json::object(&self.0?)
    }
}

fn page(found: Result<ListResponse, Refusal>) -> Answer {
    found.map(|page| document(StatusCode::OK, &page))
}

async fn config(call: Call) -> Response {
    document(StatusCode::OK, &discovery::service_provider_config(&call.base))
}

async fn schemas(call: Call) -> Response {
    document(StatusCode::OK, &discovery::schemas(&call.base))
}

async fn schema(call: Call, Path(id): Path<String>) -> Answer {
    let found = discovery::schema(&call.base, &id).ok_or_else(|| Refusal::not_found("schema", &id))?;
    Ok(document(StatusCode::OK, &found))
}

async fn resource_types(call: Call) -> Response {
    document(StatusCode::OK, &discovery::resource_types(&call.base))
}

async fn resource_type(call: Call, Path(id): Path<String>) -> Answer {
    let found = discovery::resource_type(&call.base, &id);
    Ok(document(StatusCode::OK, &found.ok_or_else(|| Refusal::not_found("resource type", &id))?))
}

async fn unsupported(_: Call) -> Refusal {
    Refusal::new(501, "not supported; see /ServiceProviderConfig")
}

async fn nothing(_: Call) -> Refusal {
    Refusal::new(404, "there is nothing here")
}

async fn not_so(_: Call) -> Refusal {
    Refusal::new(405, "that cannot be done here")
}

async fn search(state: AppState, call: Call, body: Body) -> Answer {
    let found = match body.0.and_then(|bytes| list::search(&bytes)) {
        Ok(query) => state.engine.scim_search(&call.caller, &query, &call.base).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, page(found)).await
}

async fn users(state: AppState, call: Call) -> Answer {
    let found = match call.query() {
        Ok(query) => state.engine.scim_users(&call.caller, query, &call.base).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, page(found)).await
}

async fn search_users(state: AppState, call: Call, body: Body) -> Answer {
    let found = match body.0.and_then(|bytes| list::search(&bytes)) {
        Ok(query) => state.engine.scim_users(&call.caller, &query, &call.base).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, page(found)).await
}

async fn user(state: AppState, call: Call, Path(id): Path<String>) -> Answer {
    let found = state.engine.scim_user(&call.caller, &id, call.query()?, &call.base).await;
    call.told(&state, found.map(|found| call.found(found))).await
}

async fn create_user(state: AppState, call: Call, body: Body) -> Answer {
    let made = match body.object() {
        Ok(body) => state.engine.scim_create_user(&call.caller, body, &call.base).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, made.and_then(|made| call.one(&USER, StatusCode::CREATED, made))).await
}

async fn replace_user(state: AppState, call: Call, Path(id): Path<String>, body: Body) -> Answer {
    let made = match body.object() {
        Ok(body) => state.engine.scim_replace_user(&call.caller, &id, body, call.asked()).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, made.and_then(|made| call.one(&USER, StatusCode::OK, made))).await
}

async fn patch_user(state: AppState, call: Call, Path(id): Path<String>, body: Body) -> Answer {
    let made = match body.object() {
        Ok(body) => state.engine.scim_patch_user(&call.caller, &id, &body, call.asked()).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, made.and_then(|made| call.one(&USER, StatusCode::OK, made))).await
}

async fn delete_user(state: AppState, call: Call, Path(id): Path<String>) -> Answer {
    let gone = state.engine.scim_delete_user(&call.caller, &id, call.header(&IF_MATCH)).await;
    call.told(&state, gone.map(|()| StatusCode::NO_CONTENT.into_response())).await
}

async fn groups(state: AppState, call: Call) -> Answer {
    let found = match call.query() {
        Ok(query) => state.engine.scim_groups(&call.caller, query, &call.base).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, page(found)).await
}

async fn search_groups(state: AppState, call: Call, body: Body) -> Answer {
    let found = match body.0.and_then(|bytes| list::search(&bytes)) {
        Ok(query) => state.engine.scim_groups(&call.caller, &query, &call.base).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, page(found)).await
}

async fn group(state: AppState, call: Call, Path(id): Path<String>) -> Answer {
    let found = state.engine.scim_group(&call.caller, &id, call.query()?, &call.base).await;
    call.told(&state, found.map(|found| call.found(found))).await
}

async fn create_group(state: AppState, call: Call, body: Body) -> Answer {
    let made = match body.object() {
        Ok(body) => state.engine.scim_create_group(&call.caller, body, &call.base).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, made.and_then(|made| call.one(&GROUP, StatusCode::CREATED, made))).await
}

async fn replace_group(state: AppState, call: Call, Path(id): Path<String>, body: Body) -> Answer {
    let made = match body.object() {
        Ok(body) => state.engine.scim_replace_group(&call.caller, &id, body, call.asked()).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, made.and_then(|made| call.one(&GROUP, StatusCode::OK, made))).await
}

async fn patch_group(state: AppState, call: Call, Path(id): Path<String>, body: Body) -> Answer {
    let made = match body.object() {
        Ok(body) => state.engine.scim_patch_group(&call.caller, &id, &body, call.asked()).await,
        Err(refusal) => Err(refusal),
    };
    call.told(&state, made.and_then(|made| call.one(&GROUP, StatusCode::OK, made))).await
}

async fn delete_group(state: AppState, call: Call, Path(id): Path<String>) -> Answer {
    let gone = state.engine.scim_delete_group(&call.caller, &id, call.header(&IF_MATCH)).await;
    call.told(&state, gone.map(|()| StatusCode::NO_CONTENT.into_response())).await
}
