//! `jit review`

use crate::api;
use crate::cli::session::Session;
use crate::domain::review::Scope;
use crate::domain::{Name, Span};

use super::Outcome;

/// Look at who has which right, at intervals, and take away what nobody needs
///
/// A review lists each right of each person in its scope, with what it was used for, to whoever answers for
/// the person: their sponsor, else the owners of the role's resources, else the administrators. Whatever
/// nobody has decided on by the due date is removed.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Start(Start),
    List(List),
    Show(Show),
    Decide(Decide),
    Restore(Restore),
}

/// Begin a review
#[derive(Debug, clap::Args)]
struct Start {
    /// Whose rights: all, company=NAME, role=NAME, user=NAME
    #[arg(long)]
    scope: Scope,

    /// How long reviewers have: 14d
    #[arg(long, value_name = "DURATION")]
    due: Span,

    /// Begin another one so long after this one's start: 90d
    #[arg(long, value_name = "DURATION")]
    every: Option<Span>,
}

/// List reviews: all for an administrator, else those with something for you to decide
#[derive(Debug, clap::Args)]
struct List {}

/// Show a review, with the items that you decide on
#[derive(Debug, clap::Args)]
struct Show {
    id: String,
}

/// What becomes of a right.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Verdict {
    Keep,
    Remove,
}

/// Decide on items of a review, once
#[derive(Debug, clap::Args)]
struct Decide {
    id: String,

    verdict: Verdict,

    /// The numbers of the items
    #[arg(long = "item", value_name = "NUMBER", required = true, num_args = 1..)]
    items: Vec<usize>,

    /// Why
    #[arg(long, value_name = "TEXT")]
    comment: String,
}

/// Give a right back that a review took, for administrators
#[derive(Debug, clap::Args)]
struct Restore {
    user: Name,

    role: Name,

    /// Why
    #[arg(long, value_name = "TEXT")]
    comment: String,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let backend = session.backend().await?;
    match args.action {
        Action::Start(Start { scope, due, every }) => {
            let ask = api::StartReview { scope, due, every };
            session.out.document(&backend.start_review(&ask).await?)
        }
        Action::List(List {}) => session.out.document(&backend.reviews().await?),
        Action::Show(Show { id }) => session.out.document(&backend.review(&id).await?),
        Action::Decide(Decide { id, verdict, items, comment }) => {
            let ask = api::DecideReview { items, keep: matches!(verdict, Verdict::Keep), comment };
            session.out.document(&backend.decide_review(&id, &ask).await?)
        }
        Action::Restore(Restore { user, role, comment }) => {
            let ask = api::RestoreRight { user: user.clone(), role: role.clone(), comment };
            backend.restore_right(&ask).await?;
            session.out.note(&format!("{user} may ask for {role} again, where the policy says so"));
            Ok(())
        }
    }
}
