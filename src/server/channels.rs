//! `/v1/channels`.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};

use super::extract::{Answer, Strict, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/v1/channels", get(list)).route("/v1/channels/{name}/replay", post(replay))
}

async fn list(state: AppState, caller: Caller) -> Answer<api::Channels> {
    answer(state.engine.channels(&caller).await)
}

async fn replay(
    state: AppState,
    caller: Caller,
    Path(name): Path<String>,
    Strict(ask): Strict<api::Replay>,
) -> Answer<api::Replayed> {
    answer(state.engine.replay(&caller, &name, &ask).await)
}
