//! `jit debrief`

use crate::api::{self, Verdict};
use crate::cli::session::Session;
use crate::cli::{complete, pick};
use crate::domain::IdPrefix;

use super::Outcome;

/// Say that you have looked at what somebody did by break-glass
///
/// It is closed by somebody else than who used it, whom the role's `debrief` names. Until then the
/// same person cannot break the glass again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which requests; the beginning of an id is enough
    #[arg(value_name = "ID", required = true, add = complete::debriefs())]
    ids: Vec<IdPrefix>,

    /// It was right
    #[arg(long, required_unless_present = "flag")]
    ok: bool,

    /// Something is to be followed up
    #[arg(long, conflicts_with = "ok", requires = "comment")]
    flag: bool,

    /// What you found, kept in the log
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let verdict = if args.flag { Verdict::Flagged } else { Verdict::Ok };
    let ask = api::DebriefVerdict { verdict, comment: args.comment };
    pick::each(session, &args.ids, async |id: String| Ok(session.backend().await?.debrief(&id, &ask).await?))
        .await
}
