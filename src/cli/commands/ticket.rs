//! `jit ticket`

use crate::api;
use crate::cli::session::Session;

use super::Outcome;

/// Tickets that access hangs on, for services and administrators
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Changed(Changed),
}

/// Have the ticket asked for now, and end the access of a closed one
///
/// For the ticket system's own hook. Without it, the server asks again every `poll` of the policy.
#[derive(Debug, clap::Args)]
struct Changed {
    #[arg(value_name = "TICKET")]
    ticket: String,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let Action::Changed(Changed { ticket }) = args.action;
    let ended = session.backend().await?.ticket_changed(&api::TicketChanged { ticket }).await?;
    session.out.document(&ended)
}
