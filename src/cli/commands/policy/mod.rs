//! `jit policy`: one file per subcommand, and here what they share: the folder, and how errors are shown.

mod check;
mod diff;
mod explain;
mod fmt;
mod lint;
mod status;
mod test;
mod who;

use std::path::PathBuf;

use crate::api::Code;
use crate::assembly::folder;
use crate::cli::error::CliError;
use crate::cli::output::Page;
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::config::contexts::Context;
use crate::policy::{Diagnostic, Policy, SourceFile};

use super::Outcome;

/// Policies: which roles exist, who may ask, who decides, how long
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Check(check::Args),
    Fmt(fmt::Args),
    Status(status::Args),
    Test(test::Args),
    Explain(explain::Args),
    Diff(diff::Args),
    Who(who::Args),
    Lint(lint::Args),
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    match args.action {
        Action::Check(args) => check::run(session, args),
        Action::Fmt(args) => fmt::run(session, args),
        Action::Status(args) => status::run(session, &args).await,
        Action::Test(args) => test::run(session, args),
        Action::Explain(args) => explain::run(session, args),
        Action::Diff(args) => diff::run(session, &args),
        Action::Who(args) => who::run(session, args).await,
        Action::Lint(args) => lint::run(session, args),
    }
}

/// Which folder.
#[derive(Debug, Clone, clap::Args)]
struct FolderArgs {
    /// The folder of TOML files; left out: of the local context, or /etc/jit/policy.d
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl FolderArgs {
    /// Reads the files of the policy.
    fn read(self, session: &Session) -> Result<Folder, CliError> {
        let path = match self.dir {
            Some(dir) => dir,
            None => match session.resolved()?.context {
                Context::Local { policy, .. } => policy,
                Context::Remote { .. } | Context::Plugin(_) => session.paths.policy_dir(),
            },
        };
        let sources = folder::read_policy(&path)?;
        Ok(Folder { path, sources })
    }
}

/// A policy's folder, with its files as they were read.
struct Folder {
    path: PathBuf,
    sources: Vec<SourceFile>,
}

impl Folder {
    /// As documents name it.
    fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// The policy, or all that is wrong with it.
    fn policy(&self) -> Result<Policy, Vec<Diagnostic>> {
        Policy::parse(&self.sources)
    }

    /// The files of its test cases, each named with its folder; none where there is no such folder.
    fn tests(&self) -> Result<Vec<SourceFile>, CliError> {
        Ok(folder::read_tests(&self.path)?)
    }
}

/// The policy, for a command that needs a whole one: its errors are what `jit policy check` shows.
fn whole(folder: &Folder) -> Result<Policy, CliError> {
    folder.policy().map_err(|errors| {
        let reasons = errors.iter().map(ToString::to_string).collect();
        let message = format!("the policy has {}", count(errors.len(), "error"));
        let hint = format!("jit policy check {}", prompt::quote(&folder.name()));
        CliError::new(Code::Failure, message).reasons(reasons).hint(hint)
    })
}

/// Each error with its place, a caret and a hint.
fn show_errors(page: &mut Page, errors: &[Diagnostic], sources: &[SourceFile]) {
    for error in errors {
        page.rendered(&error.render(sources, page.colour));
        page.blank();
    }
}

/// Exit 1, after the errors of a policy were shown.
fn failed(message: impl Into<String>) -> CliError {
    CliError::new(Code::Failure, message).hint("man 5 jit-policy")
}

/// `1 role`, `2 roles`
fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
