//! `/v1/activity`: hosts deliver what was done on them. `/v1/requests/ID/activity`: it is read.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Path, Request};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::limit::RequestBodyLimitLayer;

use super::extract::{Answer, From as Address, StrictQuery, answer, bearer};
use super::{AppState, Shared};
use crate::api::{self, Code, LARGEST_PIECE, Problem};
use crate::ops::{Caller, CollectCaller, Error};

/// How many pieces are in memory at once; the next hosts wait.
pub(super) const AT_ONCE: usize = 4;

pub(super) const PATH: &str = "/v1/activity";

/// With a limit of its own: a piece is larger than anything else that is sent here.
pub(super) fn delivery() -> Router<Arc<Shared>> {
    Router::new()
        .route(PATH, post(deliver))
        .layer(DefaultBodyLimit::max(LARGEST_PIECE))
        .layer(RequestBodyLimitLayer::new(LARGEST_PIECE))
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/requests/{id}/activity", get(list))
        .route("/v1/requests/{id}/activity/{digest}", get(piece))
}

impl FromRequestParts<Arc<Shared>> for CollectCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Shared>) -> Result<Self, Problem> {
        let Address(from) = Address::from_request_parts(parts, state).await?;
        Ok(state.engine.authenticate_collector(bearer(&parts.headers), from).await?)
    }
}

/// The caller is known and the query is read before a byte of the body is.
async fn deliver(
    state: AppState,
    collector: CollectCaller,
    StrictQuery(new): StrictQuery<api::NewPiece>,
    request: Request,
) -> Answer<api::Piece> {
    if request.headers().contains_key(CONTENT_ENCODING) {
        // What it would unpack to has no bound that is known before.
        return Err(Problem::new(Code::Usage, "a piece is sent as it is: leave out Content-Encoding"));
    }
    let closed = |_| Problem::from(Error::Unavailable("the server is stopping".to_owned()));
    let _room = state.deliveries.acquire().await.map_err(closed)?;
    let bytes =
        Bytes::from_request(request, &state.0).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Problem::new(Code::TooLarge, format!("a piece has at most {LARGEST_PIECE} bytes"))
            }
            _ => Problem::new(Code::Usage, "the body could not be read"),
        })?;
    answer(state.engine.keep_piece(&collector, &new, bytes.into()).await)
}

async fn list(state: AppState, caller: Caller, Path(id): Path<String>) -> Answer<api::Activity> {
    answer(state.engine.activity(&caller, &id).await)
}

/// Never anything that a browser would show.
async fn piece(
    state: AppState,
    caller: Caller,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let bytes = state.engine.piece(&caller, &id, &digest).await?;
    let kind = HeaderValue::from_static("application/octet-stream");
    let as_is = HeaderValue::from_static("nosniff");
    let headers = [(CONTENT_TYPE, kind), (axum::http::header::X_CONTENT_TYPE_OPTIONS, as_is)];
    Ok((headers, bytes).into_response())
}
