//! `/v1/evidence`.

use std::sync::Arc;

use axum::Router;
use axum::routing::post;

use super::extract::{Answer, Strict, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/v1/evidence/sign", post(sign))
}

async fn sign(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::SignEvidence>,
) -> Answer<api::SignedEvidence> {
    answer(state.engine.sign_evidence(&caller, &ask).await)
}
