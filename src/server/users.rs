//! `/v1/users`.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};

use super::extract::{Answer, Strict, answer};
use super::{AppState, Shared};
use crate::api::{self, Problem};
use crate::domain::Name;
use crate::ops::{Caller, Error};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v1/users", get(list).post(add))
        .route("/v1/users/token", post(token))
        .route("/v1/users/token/end", post(end_tokens))
        .route("/v1/users/roles/grant", post(grant_role))
        .route("/v1/users/roles/remove", post(remove_role))
        .route("/v1/users/suspend", post(suspend))
        .route("/v1/users/reinstate", post(reinstate))
        .route("/v1/users/{name}/enrol", post(enrol))
        .route("/v1/users/{name}/disable", post(disable))
}

/// A path segment that is no name is the name of nobody.
fn name(text: &str) -> Result<Name, Problem> {
    text.parse().map_err(|_| Problem::from(Error::NotFound { what: "user", name: text.to_owned() }))
}

async fn list(state: AppState, caller: Caller) -> Answer<api::Users> {
    answer(state.engine.users(&caller).await)
}

async fn add(state: AppState, caller: Caller, Strict(user): Strict<api::NewUser>) -> Answer<api::Enrolled> {
    answer(state.engine.add_user(&caller, &user).await)
}

async fn enrol(state: AppState, caller: Caller, Path(user): Path<String>) -> Answer<api::Enrolled> {
    answer(state.engine.enrol_user(&caller, &name(&user)?).await)
}

async fn disable(state: AppState, caller: Caller, Path(user): Path<String>) -> Answer<api::Disabled> {
    answer(state.engine.disable_user(&caller, &name(&user)?).await)
}

async fn token(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::NewToken>,
) -> Answer<api::ServiceToken> {
    answer(state.engine.new_token(&caller, &ask).await)
}

async fn end_tokens(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::EndTokens>,
) -> Answer<api::TokensEnded> {
    answer(state.engine.end_tokens(&caller, &ask).await)
}

async fn grant_role(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::ToolRoleOf>,
) -> Answer<api::ToolRolesOf> {
    answer(state.engine.grant_tool_role(&caller, &ask).await)
}

async fn remove_role(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::ToolRoleOf>,
) -> Answer<api::ToolRolesOf> {
    answer(state.engine.remove_tool_role(&caller, &ask).await)
}

async fn suspend(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::Suspend>,
) -> Answer<api::Suspended> {
    answer(state.engine.suspend_user(Some(&caller), &ask.user, &ask.cause).await)
}

async fn reinstate(state: AppState, caller: Caller, Strict(ask): Strict<api::Reinstate>) -> Answer<()> {
    answer(state.engine.reinstate_user(&caller, &ask).await)
}
