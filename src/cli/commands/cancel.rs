//! `jit cancel`

use crate::api;
use crate::cli::session::Session;
use crate::cli::{complete, pick};
use crate::domain::IdPrefix;

use super::Outcome;

/// Take back requests of your own that nobody has decided yet
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which requests; the beginning of an id is enough
    #[arg(value_name = "ID", required = true, add = complete::pending_mine())]
    ids: Vec<IdPrefix>,

    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let ask = api::Cancel { comment: args.comment };
    pick::each(session, &args.ids, async |id: String| Ok(session.backend().await?.cancel(&id, &ask).await?))
        .await
}
