//! `/v1/contractors`.

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
        .route("/v1/contractors", get(list).post(add))
        .route("/v1/contractors/import", post(import))
        .route("/v1/contractors/{name}", get(show))
        .route("/v1/contractors/{name}/extend", post(extend))
        .route("/v1/contractors/{name}/change", post(change))
        .route("/v1/contractors/{name}/offboard", post(offboard))
}

/// A path segment that is no name is the name of nobody.
fn name(text: &str) -> Result<Name, Problem> {
    text.parse().map_err(|_| Problem::from(Error::NotFound { what: "contractor", name: text.to_owned() }))
}

async fn list(state: AppState, caller: Caller) -> Answer<api::Contractors> {
    answer(state.engine.contractors(&caller).await)
}

async fn show(state: AppState, caller: Caller, Path(user): Path<String>) -> Answer<api::Contractor> {
    answer(state.engine.contractor(&caller, &name(&user)?).await)
}

async fn add(
    state: AppState,
    caller: Caller,
    Strict(new): Strict<api::NewContractor>,
) -> Answer<api::ContractorAdded> {
    answer(state.engine.add_contractor(&caller, &new).await)
}

async fn import(
    state: AppState,
    caller: Caller,
    Strict(ask): Strict<api::ImportContractors>,
) -> Answer<api::Imported> {
    answer(state.engine.import_contractors(&caller, &ask).await)
}

async fn extend(
    state: AppState,
    caller: Caller,
    Path(user): Path<String>,
    Strict(ask): Strict<api::ExtendEngagement>,
) -> Answer<api::Contractor> {
    answer(state.engine.extend_engagement(&caller, &name(&user)?, &ask).await)
}

async fn change(
    state: AppState,
    caller: Caller,
    Path(user): Path<String>,
    Strict(ask): Strict<api::ChangeEngagement>,
) -> Answer<api::Contractor> {
    answer(state.engine.change_engagement(&caller, &name(&user)?, &ask).await)
}

async fn offboard(
    state: AppState,
    caller: Caller,
    Path(user): Path<String>,
    Strict(ask): Strict<api::Offboard>,
) -> Answer<api::Contractor> {
    answer(state.engine.offboard(&caller, &name(&user)?, &ask).await)
}
