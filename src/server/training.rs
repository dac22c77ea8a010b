//! `/v1/training`.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::extract::{Answer, Looking, Strict, StrictQuery, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/training", get(list))
        .route("/v1/training/accept", post(accept))
        .route("/v1/training/record", post(record))
        .route("/v1/training/status", get(status))
}

async fn list(state: AppState, caller: Caller) -> Answer<api::Trainings> {
    answer(state.engine.trainings(&caller).await)
}

/// An auditor agrees to terms like anybody.
async fn accept(
    state: AppState,
    Looking(caller): Looking,
    Strict(ask): Strict<api::AcceptTerms>,
) -> Answer<api::TrainingProof> {
    answer(state.engine.accept_terms(&caller, &ask).await)
}

async fn record(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::RecordTraining>,
) -> Answer<api::TrainingProof> {
    answer(state.engine.record_training(&caller, &ask).await)
}

async fn status(
    state: AppState,
    caller: Caller,
    query: StrictQuery<api::TrainingQuery>,
) -> Answer<api::TrainingStatus> {
    answer(state.engine.training_status(&caller, &query.0).await)
}
