//! `/v1/delegations` and `/v1/tickets`.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::extract::{Answer, Strict, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/delegations", get(list).post(add))
        .route("/v1/delegations/remove", post(remove))
        .route("/v1/tickets/changed", post(ticket_changed))
}

async fn list(state: AppState, caller: Caller) -> Answer<api::Delegations> {
    answer(state.engine.delegations(&caller).await)
}

async fn add(state: AppState, caller: Caller, Strict(ask): Strict<api::Delegate>) -> Answer<api::Delegation> {
    answer(state.engine.delegate(&caller, &ask).await)
}

async fn remove(state: AppState, caller: Caller, Strict(ask): Strict<api::Undelegate>) -> Answer<()> {
    answer(state.engine.undelegate(&caller, &ask).await)
}

async fn ticket_changed(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::TicketChanged>,
) -> Answer<api::TicketEnded> {
    answer(state.engine.ticket_changed(&caller, &ask).await)
}
