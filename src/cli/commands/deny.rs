//! `jit deny`

use crate::api;
use crate::cli::session::Session;
use crate::cli::{complete, pick};
use crate::domain::IdPrefix;

use super::Outcome;

/// Say no to requests
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which requests; the beginning of an id is enough
    #[arg(value_name = "ID", required = true, add = complete::to_approve())]
    ids: Vec<IdPrefix>,

    /// Why, for the requester and for the log
    #[arg(long, value_name = "TEXT", required = true)]
    comment: String,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let no = api::Deny { comment: args.comment };
    pick::each(session, &args.ids, async |id: String| Ok(session.backend().await?.deny(&id, &no).await?))
        .await
}
