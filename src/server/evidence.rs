//! `/v1/evidence`.

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use super::extract::{Answer, Looking, Strict, answer};
use super::{AppState, Shared};
use crate::api;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/v1/evidence/sign", post(sign))
}

async fn sign(
    state: AppState,
    Looking(caller): Looking,
    Strict(ask): Strict<api::SignEvidence>,
) -> Answer<api::SignedEvidence> {
    answer(state.engine.sign_evidence(&caller, &ask).await)
}
