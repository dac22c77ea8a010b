//! `jit delivery`

use crate::api::Replay as Ask;
use crate::cli::session::Session;

use super::Outcome;
use super::audit::{Since, since};

/// Look after the channels that a server tells what happens, for administrators
///
/// They are in the file of `jit serve --channels`: jit-channels(5).
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    List(List),
    Replay(Replay),
}

/// List the channels: how far each has come in the log, and what is wrong
#[derive(Debug, clap::Args)]
struct List {}

/// Have a channel tell everything from a place in the log on again
///
/// With the same ids: a receiver that heeds them takes nothing twice. Chats and mail heed none.
#[derive(Debug, clap::Args)]
struct Replay {
    channel: String,

    /// From this time on, or from so long ago on
    #[arg(long, value_name = "TIME|DURATION", value_parser = since, required_unless_present = "from")]
    since: Option<Since>,

    /// From the event of this number on
    #[arg(long, value_name = "SEQ", conflicts_with = "since")]
    from: Option<u64>,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let backend = session.backend().await?;
    match args.action {
        Action::List(List {}) => session.out.document(&backend.channels().await?),
        Action::Replay(Replay { channel, since, from }) => {
            let ask = Ask { from_seq: from, since: since.map(Since::at) };
            session.out.document(&backend.replay(&channel, &ask).await?)
        }
    }
}
