//! `jit wait`

use crate::cli::complete;
use crate::cli::session::Session;
use crate::cli::waiting::{self, Goal};
use crate::domain::{IdPrefix, Span};

use super::Outcome;

/// Wait for the decision on a request, for its first use, or for its end
///
/// Exit codes: 0 reached, 6 denied, 7 over, 8 not yet when the time was over.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::open())]
    id: IdPrefix,

    /// What to wait for
    #[arg(long = "for", value_name = "STATE", default_value = "approved")]
    goal: Goal,

    /// At most that long
    #[arg(long, value_name = "DURATION")]
    timeout: Option<Span>,
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let request = session.backend().await?.show(args.id.as_str()).await?;
    let waited = waiting::until(session, request, args.goal, args.timeout).await?;
    session.out.document(&waited.request)?;
    waiting::verdict(&waited, args.goal).map_or(Ok(()), Err)
}
