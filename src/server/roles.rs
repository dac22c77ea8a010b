//! `/v1/roles`, and what hosts need of the ssh provider.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;

use super::extract::{Answer, StrictQuery, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/roles", get(list))
        .route("/v1/roles/{role}", get(explain))
        .route("/v1/ssh/ca", get(ca))
        .route("/v1/ssh/krl", get(krl))
}

async fn list(state: AppState, caller: Caller) -> Answer<api::Roles> {
    answer(state.engine.roles(&caller).await)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct On {
    on: Option<String>,
}

async fn explain(
    state: AppState,
    caller: Caller,
    Path(role): Path<String>,
    StrictQuery(query): StrictQuery<On>,
) -> Answer<api::Explanation> {
    answer(state.engine.explain(&caller, &role, query.on.as_deref()).await)
}

/// Public: hosts fetch it without a login, and a public key tells nothing.
async fn ca(state: AppState) -> Json<api::SshCa> {
    Json(api::SshCa { public_key: state.ssh.ca_public_line() })
}

/// Public: serial numbers of revoked certificates, in OpenSSH's form, for sshd's `RevokedKeys`.
async fn krl(state: AppState) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/octet-stream")], state.ssh.krl().to_vec())
}
