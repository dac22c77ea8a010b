//! `jit review`

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use crate::api::{self, Code};
use crate::audit::{VerifyKey, review_result};
use crate::cli::error::CliError;
use crate::cli::output::ReviewVerified;
use crate::cli::session::Session;
use crate::domain::review::Scope;
use crate::domain::{Name, Review, Span};

use super::Outcome;

/// Far more than a review of the most items.
const LARGEST: u64 = 1 << 28;

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
    Result(Shown),
    Verify(Verify),
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

/// Show the result of a closed review, for administrators; -o json has all of it, with the signature
#[derive(Debug, clap::Args)]
struct Shown {
    id: String,
}

/// Prove that a result is what was signed when the review was closed
///
/// Needs no server. Exit code 1 says what is wrong.
#[derive(Debug, clap::Args)]
struct Verify {
    /// What `jit review result ID -o json` printed
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The log's public key; left out, the one in the file, which proves that it is whole and not whose it is
    #[arg(long, value_name = "VKEY")]
    key: Option<VerifyKey>,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    if let Action::Verify(args) = args.action {
        return verify(session, args);
    }
    let backend = session.backend().await?;
    match args.action {
        // Above: it needs no backend.
        Action::Verify(_) => Ok(()),
        Action::Result(Shown { id }) => session.out.document(&backend.review_result(&id).await?),
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

/// The file, strictly: what nobody has signed has no place in it.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    schema: String,
    kind: String,
    review: Review,
    key: String,
}

fn verify(session: &Session, Verify { file, key }: Verify) -> Outcome {
    let cannot = |err| CliError::failure("the file cannot be read", &err);
    let mut text = String::new();
    File::open(&file).map_err(cannot)?.take(LARGEST).read_to_string(&mut text).map_err(cannot)?;
    let saved: Saved = serde_json::from_str(&text)
        .map_err(|err| CliError::failure("the file is no result of a review", &err))?;
    if saved.schema != api::SCHEMA || saved.kind != "review-result" {
        return Err(CliError::new(Code::Failure, "the file is no result of a review")
            .hint("jit review result ID -o json > FILE"));
    }
    let (key, key_from) = match key {
        Some(key) => (key, "given"),
        None => {
            let own = saved.key.parse();
            (own.map_err(|err| CliError::failure("the file names no key", &err))?, "named by the file itself")
        }
    };
    review_result::verify(&saved.review, &key)
        .map_err(|err| CliError::failure("the result does not verify", &err))?;
    session.out.document(&ReviewVerified::new(&saved.review, key.to_string(), key_from))
}
