//! `jit alert`

use crate::api;
use crate::cli::session::Session;
use crate::domain::alert::Finding;

use super::Outcome;

/// Look at what the server has raised an alert for, and say what came out
///
/// For administrators. An alert stays open until one of them has answered it: never whom it is about.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    List(List),
    Show(Show),
    Answer(Answer),
}

/// List the alerts that nobody has answered, the latest first
#[derive(Debug, clap::Args)]
struct List {
    /// The answered ones too
    #[arg(long)]
    all: bool,
}

/// Show an alert, and its answer
#[derive(Debug, clap::Args)]
struct Show {
    /// Its id, or the beginning of it
    id: String,
}

/// What came out.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Found {
    /// Something was wrong
    Incident,
    /// It happened, and was in order
    Expected,
    /// The rule saw something where nothing was
    FalseAlarm,
}

/// Say what came out, once
#[derive(Debug, clap::Args)]
struct Answer {
    /// Its id, or the beginning of it
    id: String,

    finding: Found,

    /// What you found, and what was done
    #[arg(long, value_name = "TEXT")]
    comment: String,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let backend = session.backend().await?;
    match args.action {
        Action::List(List { all }) => session.out.document(&backend.alerts(&api::AlertQuery { all }).await?),
        Action::Show(Show { id }) => session.out.document(&backend.alert(&id).await?),
        Action::Answer(Answer { id, finding, comment }) => {
            let finding = match finding {
                Found::Incident => Finding::Incident,
                Found::Expected => Finding::Expected,
                Found::FalseAlarm => Finding::FalseAlarm,
            };
            let ask = api::AnswerAlert { finding, comment };
            session.out.document(&backend.answer_alert(&id, &ask).await?)
        }
    }
}
