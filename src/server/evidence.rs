//! `/v1/evidence`.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::extract::{Answer, Looking, Strict, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/v1/evidence/sign", post(sign)).route("/v1/evidence/who-could", get(who_could))
}

async fn sign(
    state: AppState,
    Looking(caller): Looking,
    Strict(ask): Strict<api::SignEvidence>,
) -> Answer<api::SignedEvidence> {
    answer(state.engine.sign_evidence(&caller, &ask).await)
}

async fn who_could(state: AppState, caller: Caller) -> Answer<api::WhoCould> {
    answer(state.engine.who_could(&caller).await)
}
