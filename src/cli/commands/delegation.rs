//! `jit delegation`

use crate::api;
use crate::cli::error::CliError;
use crate::cli::session::{self, Session};
use crate::domain::{Name, Span, Time};

use super::Outcome;

/// Let somebody else decide in your place for a while
///
/// They decide what you may decide by your own right, except on requests of theirs and of yours, and
/// cannot pass it on. Your say and theirs in your place count once.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Add(Add),
    List(List),
    Remove(Remove),
}

/// Give your say to somebody, for at most 31 days
#[derive(Debug, clap::Args)]
struct Add {
    /// Who is to decide in your place
    #[arg(value_name = "USER")]
    to: Name,

    /// For how long: 8h, 5d
    #[arg(long = "for", value_name = "DURATION", required_unless_present = "until")]
    duration: Option<Span>,

    /// Until then, such as 2026-12-24T18:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "duration")]
    until: Option<Time>,

    /// From then on, instead of from now
    #[arg(long, value_name = "TIME")]
    start: Option<Time>,

    /// For this role only
    #[arg(long, value_name = "ROLE")]
    role: Option<Name>,
}

/// List what you have given and were given
#[derive(Debug, clap::Args)]
struct List {}

/// Take it back; votes under it that are not used yet count no more
#[derive(Debug, clap::Args)]
struct Remove {
    /// Who decides in your place
    #[arg(value_name = "USER")]
    to: Name,

    /// In whose place, for administrators
    #[arg(long, value_name = "USER")]
    from: Option<Name>,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let backend = session.backend().await?;
    match args.action {
        Action::Add(Add { to, duration, until, start, role }) => {
            let begins = start.unwrap_or_else(session::now);
            let Some(until) = until.or_else(|| duration.map(|duration| begins.plus(duration))) else {
                return Err(CliError::usage("--for or --until is needed"));
            };
            let ask = api::Delegate { to, role, since: start, until };
            session.out.document(&backend.delegate(&ask).await?)
        }
        Action::List(List {}) => session.out.document(&backend.delegations().await?),
        Action::Remove(Remove { to, from }) => {
            backend.undelegate(&api::Undelegate { from, to: to.clone() }).await?;
            session.out.note(&format!("{to} decides in nobody's place by that any more"));
            Ok(())
        }
    }
}
