//! `jit reconcile`

use crate::api;
use crate::cli::error::CliError;
use crate::cli::session::Session;

use super::Outcome;

/// Compare every target with the records, and end what no open grant has
///
/// A server does it by itself every five minutes. What is missing on a target, or was changed there by hand, is
/// shown and recorded, and left as it is.
///
/// Exit codes: 0 all agree, or what was found is ended; 1 something is left.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jit reconcile --dry-run
  jit reconcile -o json")]
pub struct Args {
    /// Look, and end nothing
    #[arg(long)]
    dry_run: bool,
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let ask = api::Reconcile { dry_run: args.dry_run };
    let drift = session.backend().await?.reconcile(&ask).await?;
    session.out.document(&drift)?;
    let left = drift.found.iter().filter(|found| !found.ended).count();
    if left == 0 {
        return Ok(());
    }
    let message = match left {
        1 => "1 difference is left".to_owned(),
        n => format!("{n} differences are left"),
    };
    let error = CliError::new(api::Code::Failure, message);
    Err(if args.dry_run { error.hint("jit reconcile") } else { error })
}
