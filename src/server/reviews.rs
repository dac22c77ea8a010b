//! `/v1/reviews` and `/v1/rights`.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};

use super::extract::{Answer, Strict, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/reviews", get(list).post(start))
        .route("/v1/reviews/{id}", get(show))
        .route("/v1/reviews/{id}/decide", post(decide))
        .route("/v1/reviews/{id}/result", get(result))
        .route("/v1/rights/restore", post(restore))
}

async fn list(state: AppState, caller: Caller) -> Answer<api::Reviews> {
    answer(state.engine.reviews(&caller).await)
}

async fn show(state: AppState, caller: Caller, Path(id): Path<String>) -> Answer<api::Review> {
    answer(state.engine.review(&caller, &id).await)
}

async fn result(state: AppState, caller: Caller, Path(id): Path<String>) -> Answer<api::ReviewResult> {
    answer(state.engine.review_result(&caller, &id).await)
}

async fn start(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::StartReview>,
) -> Answer<api::Review> {
    answer(state.engine.start_review(&caller, &ask).await)
}

async fn decide(
    state: AppState,
    caller: Caller,
    Path(id): Path<String>,
    Strict(ask): Strict<api::DecideReview>,
) -> Answer<api::Review> {
    answer(state.engine.decide_review(&caller, &id, &ask).await)
}

async fn restore(state: AppState, caller: Caller, Strict(ask): Strict<api::RestoreRight>) -> Answer<()> {
    answer(state.engine.restore_right(&caller, &ask).await)
}
