//! `jit policy`

use std::path::PathBuf;

use serde::Serialize;

use crate::api::Code;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Style, Text};
use crate::cli::session::Session;
use crate::config::contexts::Context;
use crate::domain::Digest;
use crate::files;
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
    Check(Check),
}

/// Find every error in a policy folder, without a server
///
/// Exit code 0: the policy is whole, and a server would take it.
#[derive(Debug, clap::Args)]
struct Check {
    /// The folder of TOML files; left out: of the local context, or /etc/jit/policy.d
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Checked<'a> {
    dir: String,
    ok: bool,
    files: usize,
    /// How many of each the policy has, where it is whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    has: Option<Counts>,
    errors: &'a [Diagnostic],
    #[serde(skip)]
    sources: &'a [SourceFile],
}

#[derive(Debug, Clone, Copy, Serialize)]
struct Counts {
    roles: usize,
    resources: usize,
    groups: usize,
    digest: Digest,
}

impl Document for Checked<'_> {
    const KIND: &'static str = "policy-check";

    fn human(&self, page: &mut Page) {
        for error in self.errors {
            page.rendered(&error.render(self.sources, page.colour));
            page.blank();
        }
        if let Some(Counts { roles, resources, groups, .. }) = self.has {
            let text = format!(
                "{}: no errors; {}, {}, {}",
                self.dir,
                count(roles, "role"),
                count(resources, "resource"),
                count(groups, "group")
            );
            page.styled(&Text::new(text).style(Style::Good));
        }
    }
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let Action::Check(Check { dir }) = args.action;
    let dir = match dir {
        Some(dir) => dir,
        None => match session.resolved()?.context {
            Context::Local { policy, .. } => policy,
            Context::Remote { .. } | Context::Plugin(_) => session.paths.policy_dir(),
        },
    };
    let sources: Vec<SourceFile> =
        files::read_policy_folder(&dir)?.into_iter().map(|(name, text)| SourceFile { name, text }).collect();
    let (has, errors) = match Policy::parse(&sources) {
        Ok(Policy { roles, resources, groups, digest }) => (
            Some(Counts { roles: roles.len(), resources: resources.len(), groups: groups.len(), digest }),
            vec![],
        ),
        Err(errors) => (None, errors),
    };
    let (count, dir) = (errors.len(), dir.to_string_lossy().into_owned());
    let ok = has.is_some();
    session.out.document(&Checked {
        dir,
        ok,
        files: sources.len(),
        has,
        errors: &errors,
        sources: &sources,
    })?;
    if ok {
        return Ok(());
    }
    let noun = if count == 1 { "error" } else { "errors" };
    Err(CliError::new(Code::Failure, format!("the policy has {count} {noun}")).hint("man 5 jit-policy"))
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
