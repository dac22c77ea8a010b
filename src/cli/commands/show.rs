//! `jit show`

use crate::cli::complete;
use crate::cli::session::Session;
use crate::domain::IdPrefix;

use super::Outcome;

/// Show one request, from the asking to the end of the access
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::open())]
    id: IdPrefix,
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let request = session.backend().await?.show(args.id.as_str()).await?;
    session.out.document(&request)
}
