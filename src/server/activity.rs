//! `/v1/activity`: hosts deliver what was done on them. `/v1/requests/ID/activity`: it is read.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Request};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_core::Stream as _;

use super::extract::{Answer, From as Address, StrictQuery, answer, bearer};
use super::{AppState, Shared};
use crate::api::{self, Code, LARGEST_PIECE, Problem};
use crate::ops::{Caller, CollectCaller, Error};

/// How many pieces are in memory at once; the next hosts wait.
pub(super) const AT_ONCE: usize = 4;

pub(super) const PATH: &str = "/v1/activity";

/// Apart from the other calls: a piece is larger than anything else that is sent here.
pub(super) fn delivery() -> Router<Arc<Shared>> {
    Router::new()
        .route(PATH, post(deliver))
        .method_not_allowed_fallback(async || Problem::new(Code::NotFound, "there is nothing here"))
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

/// The caller is known and the query is read before a byte of the body is. What was begun to be kept is kept,
/// also when the host goes away.
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
    let bytes = whole(request.into_body())
        .await
        .map_err(|_| Problem::new(Code::Usage, "the body could not be read"))?
        .ok_or_else(|| Problem::new(Code::TooLarge, format!("a piece has at most {LARGEST_PIECE} bytes")))?;
    answer(state.engine.keep_piece(&collector, &new, bytes).await)
}

/// The body, or `None` where it is longer than a piece. Some more is read and dropped: who is still sending
/// hears no answer, and would try again for ever.
async fn whole(body: Body) -> Result<Option<Vec<u8>>, axum::Error> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut length) = (Vec::new(), 0usize);
    while let Some(chunk) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
        let chunk = chunk?;
        length = length.saturating_add(chunk.len());
        if length <= LARGEST_PIECE {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
        if length > 4 * LARGEST_PIECE {
            break;
        }
    }
    Ok((length <= LARGEST_PIECE).then_some(bytes))
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
