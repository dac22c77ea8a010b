//! `/v1/requests` and `/v1/revoke`.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use serde::Deserialize;

use super::extract::{Answer, Strict, StrictQuery, answer};
use super::{AppState, Shared};
use crate::api;
use crate::domain::Span;
use crate::ops::Caller;

/// The longest time that one call waits for a change; the client calls again.
const LONGEST_POLL: Span = Span::clamped(60);

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/requests", get(list).post(file))
        .route("/v1/requests/{id}", get(show))
        .route("/v1/requests/{id}/approve", post(approve))
        .route("/v1/requests/{id}/deny", post(deny))
        .route("/v1/requests/{id}/cancel", post(cancel))
        .route("/v1/requests/{id}/extend", post(extend))
        .route("/v1/requests/{id}/debrief", post(debrief))
        .route("/v1/requests/{id}/credential", post(credential))
        .route("/v1/revoke", post(revoke))
        .route("/v1/reconcile", post(reconcile))
}

async fn file(state: AppState, caller: Caller, Strict(ask): Strict<api::NewRequest>) -> Answer<api::Filed> {
    answer(state.engine.request(&caller, &ask).await)
}

async fn list(
    state: AppState,
    caller: Caller,
    query: StrictQuery<api::ListQuery>,
) -> Answer<api::RequestPage> {
    answer(state.engine.list(&caller, &query.0).await)
}

/// `revision` and `timeout` together make the call wait for a change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Poll {
    revision: Option<u64>,
    timeout: Option<Span>,
}

async fn show(
    state: AppState,
    caller: Caller,
    Path(id): Path<String>,
    StrictQuery(poll): StrictQuery<Poll>,
) -> Answer<api::Request> {
    answer(match poll.revision {
        Some(revision) => {
            let timeout = poll.timeout.unwrap_or(LONGEST_POLL).min(LONGEST_POLL);
            state.engine.wait(&caller, &id, revision, timeout).await
        }
        None => state.engine.show(&caller, &id).await,
    })
}

async fn approve(
    state: AppState,
    caller: Caller,
    Path(id): Path<String>,
    Strict(ask): Strict<api::Approve>,
) -> Answer<api::Request> {
    answer(state.engine.approve(&caller, &id, &ask).await)
}

async fn deny(
    state: AppState,
    caller: Caller,
    Path(id): Path<String>,
    Strict(ask): Strict<api::Deny>,
) -> Answer<api::Request> {
    answer(state.engine.deny(&caller, &id, &ask).await)
}

async fn cancel(
    state: AppState,
    caller: Caller,
    Path(id): Path<String>,
    Strict(ask): Strict<api::Cancel>,
) -> Answer<api::Request> {
    answer(state.engine.cancel(&caller, &id, &ask).await)
}

async fn extend(
    state: AppState,
    caller: Caller,
    Path(id): Path<String>,
    Strict(ask): Strict<api::Extend>,
) -> Answer<api::Request> {
    answer(state.engine.extend(&caller, &id, &ask).await)
}

async fn debrief(
    state: AppState,
    caller: Caller,
    Path(id): Path<String>,
    Strict(ask): Strict<api::DebriefVerdict>,
) -> Answer<api::Request> {
    answer(state.engine.debrief(&caller, &id, &ask).await)
}

async fn credential(
    state: AppState,
    caller: Caller,
    Path(id): Path<String>,
    Strict(ask): Strict<api::CredentialAsk>,
) -> Answer<api::Credential> {
    answer(state.engine.credential(&caller, &id, &ask).await)
}

async fn revoke(state: AppState, caller: Caller, Strict(ask): Strict<api::Revoke>) -> Answer<api::Revoked> {
    answer(state.engine.revoke(&caller, &ask).await)
}

async fn reconcile(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::Reconcile>,
) -> Answer<api::Drift> {
    answer(state.engine.drift(&caller, &ask).await)
}
