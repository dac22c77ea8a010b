//! `/v1/alerts`.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};

use super::extract::{Answer, Strict, StrictQuery, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/alerts", get(list))
        .route("/v1/alerts/{id}", get(show))
        .route("/v1/alerts/{id}/answer", post(answer_one))
}

async fn list(state: AppState, caller: Caller, query: StrictQuery<api::AlertQuery>) -> Answer<api::Alerts> {
    answer(state.engine.alerts(&caller, &query.0).await)
}

async fn show(state: AppState, caller: Caller, Path(id): Path<String>) -> Answer<api::Alert> {
    answer(state.engine.alert(&caller, &id).await)
}

async fn answer_one(
    state: AppState,
    caller: Caller,
    Path(id): Path<String>,
    Strict(ask): Strict<api::AnswerAlert>,
) -> Answer<api::Alert> {
    answer(state.engine.answer_alert(&caller, &id, &ask).await)
}
