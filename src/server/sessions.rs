//! Logging in and out, who the caller is, how the server and its policy are.

use std::sync::Arc;

use axum::routing::{get, post};
use axum::{Json, Router};

use super::extract::{Answer, From, Looking, Secret, StrictQuery, answer};
use super::{AppState, Shared};
use crate::api;
use crate::ops::Caller;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/login", post(login))
        .route("/v1/renew", post(renew))
        .route("/v1/logout", post(logout))
        .route("/v1/whoami", get(whoami))
        .route("/v1/health", get(health))
        .route("/v1/policy", get(policy))
        .route("/v1/policy/who", get(who))
}

async fn login(state: AppState, From(from): From, Secret(ask): Secret<api::Login>) -> Answer<api::Tokens> {
    answer(state.engine.login(&ask, from).await)
}

async fn renew(state: AppState, From(from): From, Secret(ask): Secret<api::Renew>) -> Answer<api::Tokens> {
    answer(state.engine.renew(&ask, from).await)
}

async fn logout(state: AppState, Looking(caller): Looking) -> Answer<()> {
    answer(state.engine.logout(&caller).await)
}

async fn whoami(state: AppState, caller: Caller) -> Answer<api::WhoAmI> {
    answer(Ok(state.engine.whoami(&caller)))
}

async fn health(state: AppState, caller: Caller) -> Json<api::Health> {
    Json(state.engine.health(&caller).await)
}

async fn who(state: AppState, caller: Caller, query: StrictQuery<api::WhoQuery>) -> Answer<api::WhoReaches> {
    answer(state.engine.who_reaches(&caller, &query.0).await)
}

async fn policy(state: AppState, caller: Caller) -> Json<api::PolicyStatus> {
    Json(state.engine.policy_status(&caller))
}
