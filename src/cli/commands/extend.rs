//! `jit extend`

use crate::api;
use crate::cli::complete;
use crate::cli::session::Session;
use crate::domain::{IdPrefix, Span};

use super::Outcome;

/// Ask for more time for access that you hold
///
/// The same people decide as for the request itself, and it never lasts longer than the role's
/// longest total. Credentials that you have keep their end: get new ones once it is extended.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jit extend req_01h2 --for 30m --reason 'the restore is still running'")]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::active_mine())]
    id: IdPrefix,

    /// How much longer: 90s, 45m, 2h, 1d, 1h30m
    #[arg(long = "for", value_name = "DURATION")]
    by: Span,

    /// Why, for whoever decides and for the log
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let ask = api::Extend { by: args.by, reason: args.reason };
    let request = session.backend().await?.extend(&args.id.to_string(), &ask).await?;
    session.out.document(&request)
}
