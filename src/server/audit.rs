//! `/v1/audit`.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::extract::{Answer, StrictQuery, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/v1/audit/events", get(events)).route("/v1/audit/checkpoints", get(checkpoints))
}

async fn events(state: AppState, caller: Caller, query: StrictQuery<api::EventQuery>) -> Answer<api::Events> {
    answer(state.engine.events(&caller, &query.0).await)
}

async fn checkpoints(state: AppState, caller: Caller) -> Answer<api::Checkpoints> {
    answer(state.engine.checkpoints(&caller).await)
}
