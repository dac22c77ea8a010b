//! `jit training`

use crate::api::{self, Code};
use crate::cli::error::CliError;
use crate::cli::output::TermsShown;
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::domain::{Digest, DutyKind, Name, Time, time};

use super::Outcome;

/// What you have to have learned and agreed to before access is yours
///
/// A role may ask for trainings and terms. Without them it is refused; with them, a grant ends no later than
/// they do, and as soon as the policy asks for a newer version.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    List(List),
    Accept(Accept),
    Record(Record),
    Withdraw(Withdraw),
    Status(Status),
}

/// List what is asked of you, how you stand, and how to get what is missing
#[derive(Debug, clap::Args)]
struct List {}

/// Read terms, and agree to them
///
/// Without a terminal, name the text that was read with --digest: `jit training list -o json` has it.
#[derive(Debug, clap::Args)]
struct Accept {
    #[arg(value_name = "TERMS")]
    terms: Name,

    /// The SHA-256 of the text that was read: no other one is accepted, and nothing is asked
    #[arg(long, value_name = "SHA256")]
    digest: Option<Digest>,

    /// Show the text, and do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

/// Record that somebody has taken a course, for administrators and trainers
#[derive(Debug, clap::Args)]
struct Record {
    /// Who has taken it; never yourself
    user: Name,

    training: Name,

    /// When; now, where left out
    #[arg(long, value_name = "DAY", value_parser = time::parse_start)]
    at: Option<Time>,

    /// The last day on which it counts, or a time; the policy may end it earlier
    #[arg(long, value_name = "DAY", value_parser = time::parse_until)]
    until: Option<Time>,

    /// Of the course; the one that the policy asks for, where left out
    #[arg(long, value_name = "N")]
    version: Option<u32>,
}

/// Take back what was recorded wrongly, for administrators and trainers
///
/// What is live and needs it ends within seconds. A record that it had replaced does not come back: record that
/// one again, with its day (--at).
#[derive(Debug, clap::Args)]
struct Withdraw {
    /// Of whom; never yourself
    user: Name,

    training: Name,

    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Show who has what is asked of them: of all for an administrator, of theirs for a sponsor
#[derive(Debug, clap::Args)]
struct Status {
    /// Of this person only
    #[arg(long, value_name = "USER")]
    user: Option<Name>,

    /// Of this training, or these terms, only
    #[arg(long, value_name = "NAME")]
    training: Option<Name>,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    match args.action {
        Action::List(List {}) => session.out.document(&session.backend().await?.trainings().await?),
        Action::Accept(args) => accept(session, args).await,
        Action::Record(Record { user, training, at, until, version }) => {
            let ask = api::RecordTraining { user, training, at, until, version };
            session.out.document(&session.backend().await?.record_training(&ask).await?)
        }
        Action::Withdraw(Withdraw { user, training, reason }) => {
            let ask = api::WithdrawTraining { user, training, reason };
            session.out.document(&session.backend().await?.withdraw_training(&ask).await?)
        }
        Action::Status(Status { user, training }) => {
            let query = api::TrainingQuery { user, training };
            session.out.document(&session.backend().await?.training_status(&query).await?)
        }
    }
}

async fn accept(session: &Session, Accept { terms, digest, yes }: Accept) -> Outcome {
    let backend = session.backend().await?;
    let digest = match digest {
        Some(digest) => digest,
        None if !session.may_prompt() => {
            let hint = format!("jit training accept {terms} --digest SHA256, of `jit training list -o json`");
            return Err(CliError::usage("--digest is missing: nobody can be shown the text here").hint(hint));
        }
        None => read(session, &terms, yes).await?,
    };
    let ask = api::AcceptTerms { terms, digest };
    session.out.document(&backend.accept_terms(&ask).await?)
}

/// Shows the text, and gives its digest where the person agrees.
async fn read(session: &Session, terms: &Name, yes: bool) -> Result<Digest, CliError> {
    let all = session.backend().await?.trainings().await?.trainings;
    let found = all.into_iter().find(|one| one.what == DutyKind::Terms && one.name == *terms);
    let found = found.ok_or_else(|| {
        CliError::new(Code::NotFound, format!("there is no terms {:?}", terms.as_str()))
            .hint("`jit training list` lists what is asked of you")
    })?;
    // Of what is shown, and not what somebody says that it is.
    let digest = Digest::of(found.text.as_deref().unwrap_or("").as_bytes());
    session.out.show(&TermsShown(&found));
    if !yes {
        let question = format!("Do you agree to terms {terms}, version {}", found.version);
        if !prompt::confirm(session, &question).await? {
            return Err(CliError::usage("nothing was accepted: you said no"));
        }
        let hash = digest.to_string();
        let words = ["jit", "training", "accept", terms.as_str(), "--digest", &hash];
        session.out.note(&prompt::equivalent(&words));
    }
    Ok(digest)
}
