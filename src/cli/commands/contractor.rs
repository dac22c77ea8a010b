//! `jit contractor`

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::api::{self, NewContractor};
use crate::cli::error::CliError;
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::domain::{Name, Time, time};

use super::Outcome;

/// How many lines of a file are sent at once.
const LINES: usize = 100;

/// People from outside: for whom they work, until when, and who answers for them
///
/// A contractor holds nothing without a live engagement, an active sponsor and an agreement. When the
/// engagement ends, everything of theirs ends with it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Add(Add),
    Import(Import),
    List(List),
    Show(Show),
    Extend(Extend),
    Change(Change),
    Offboard(Offboard),
}

/// Add a contractor, and print the one-time code for their `jit login`
#[derive(Debug, clap::Args)]
struct Add {
    /// Lower-case letters, digits and `. _ - + @`; never given to a second one
    #[arg(value_name = "ID")]
    user: Name,

    /// For whom they work: a company of the policy
    #[arg(long, value_name = "NAME")]
    company: Name,

    /// The employee who answers for them
    #[arg(long, value_name = "USER")]
    sponsor: Name,

    /// The last day, such as 2027-03-31, or a time; days begin and end in UTC
    #[arg(long, value_name = "DAY", value_parser = time::parse_until)]
    until: Time,

    /// The first day, or a time; now, where left out
    #[arg(long, value_name = "DAY", value_parser = time::parse_start)]
    start: Option<Time>,

    /// What they signed: the reference of a non-disclosure agreement, or of terms of work
    #[arg(long, value_name = "REFERENCE")]
    agreement: String,

    /// The day on which they signed it
    #[arg(long, value_name = "DAY", value_parser = time::parse_start)]
    signed: Time,

    /// A group that the policy leaves to the directory; may be repeated
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<Name>,
}

/// Add the contractors of a CSV file, and report of each line
///
/// The first line names the columns: id, company, sponsor, until, agreement, signed, and if need be start and
/// groups, which are separated by spaces. A line that is refused does not keep the others.
#[derive(Debug, clap::Args)]
struct Import {
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,

    /// Report what would be done, and add nobody
    #[arg(long)]
    dry_run: bool,
}

/// List contractors: all for an administrator, their own for a sponsor
#[derive(Debug, clap::Args)]
struct List {}

/// Show a contractor, with the receipt of their offboarding
#[derive(Debug, clap::Args)]
struct Show {
    #[arg(value_name = "ID")]
    user: Name,
}

/// Go on with somebody for whom you answer
#[derive(Debug, clap::Args)]
struct Extend {
    #[arg(value_name = "ID")]
    user: Name,

    /// The new last day, or a time
    #[arg(long, value_name = "DAY", value_parser = time::parse_until)]
    until: Time,

    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
}

/// Give somebody another sponsor, a successor to theirs, or other groups
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true, id = "change")]
struct Change {
    #[arg(value_name = "ID", group = "who")]
    user: Name,

    /// The employee who answers for them from now on
    #[arg(long, value_name = "USER", group = "change")]
    sponsor: Option<Name>,

    /// Who answers for them when the sponsor leaves; without one, everything of theirs ends then
    #[arg(long, value_name = "USER", group = "change")]
    successor: Option<Name>,

    /// Their groups from now on, in place of those before; may be repeated
    #[arg(long = "group", value_name = "GROUP", group = "change")]
    groups: Vec<Name>,

    /// In no group from now on
    #[arg(long, conflicts_with = "groups", group = "change")]
    no_groups: bool,
}

/// End somebody's sessions, requests, unused votes and access, now or at a time, with a receipt
#[derive(Debug, clap::Args)]
struct Offboard {
    #[arg(value_name = "ID")]
    user: Name,

    /// Then, instead of now; before the engagement's end
    #[arg(long, value_name = "TIME")]
    at: Option<Time>,

    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    match args.action {
        Action::Add(args) => {
            let new = NewContractor {
                user: args.user,
                company: args.company,
                sponsor: args.sponsor,
                start: args.start,
                until: args.until,
                agreement: args.agreement,
                agreement_date: args.signed,
                groups: args.groups.into_iter().collect(),
            };
            session.out.document(&session.backend().await?.add_contractor(&new).await?)
        }
        Action::Import(Import { file, dry_run }) => import(session, &file, dry_run).await,
        Action::List(List {}) => session.out.document(&session.backend().await?.contractors().await?),
        Action::Show(Show { user }) => {
            session.out.document(&session.backend().await?.contractor(&user).await?)
        }
        Action::Extend(Extend { user, until, comment }) => {
            let ask = api::ExtendEngagement { until, comment };
            session.out.document(&session.backend().await?.extend_engagement(&user, &ask).await?)
        }
        Action::Change(Change { user, sponsor, successor, groups, no_groups }) => {
            let groups: BTreeSet<Name> = groups.into_iter().collect();
            let groups = (no_groups || !groups.is_empty()).then_some(groups);
            let ask = api::ChangeEngagement { sponsor, successor, groups };
            session.out.document(&session.backend().await?.change_engagement(&user, &ask).await?)
        }
        Action::Offboard(Offboard { user, at, reason, yes }) => {
            let backend = session.backend().await?;
            if !yes && session.may_prompt() {
                let question = format!("End everything of {user}, for ever");
                if !prompt::confirm(session, &question).await? {
                    return Err(CliError::usage("nobody was offboarded: you said no"));
                }
            }
            session.out.document(&backend.offboard(&user, &api::Offboard { at, reason }).await?)
        }
    }
}

async fn import(session: &Session, file: &std::path::Path, dry_run: bool) -> Outcome {
    let text = std::fs::read_to_string(file)
        .map_err(|err| CliError::failure(format!("{} cannot be read", file.display()), &err))?;
    // All of it is read first: half a file is not imported.
    let new =
        api::read_contractors(&text).map_err(|err| CliError::usage(format!("{}: {err}", file.display())))?;
    let backend = session.backend().await?;
    let mut all = api::Imported { dry_run, lines: Vec::new() };
    for lines in new.chunks(LINES) {
        let ask = api::ImportContractors { lines: lines.to_vec(), dry_run };
        all.lines.extend(backend.import_contractors(&ask).await?.lines);
    }
    session.out.document(&all)?;
    match all.refused() {
        0 => Ok(()),
        refused => Err(CliError::new(
            api::Code::Refused,
            format!("{refused} of {} lines were refused", all.lines.len()),
        )),
    }
}
