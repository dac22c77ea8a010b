//! `jit policy check`

use serde::Serialize;

use crate::cli::commands::Outcome;
use crate::cli::output::{Document, Page, Style, Text};
use crate::cli::session::Session;
use crate::domain::Digest;
use crate::policy::{Diagnostic, Policy, SourceFile};

use super::{FolderArgs, count, failed, show_errors};

/// Find every error in a policy folder, without a server
///
/// Exit code 0: the policy is whole, and a server would take it.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: FolderArgs,
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
        show_errors(page, self.errors, self.sources);
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

pub(super) fn run(session: &Session, args: Args) -> Outcome {
    let folder = args.folder.read(session)?;
    let (has, errors) = match folder.policy() {
        Ok(Policy { roles, resources, groups, digest, .. }) => (
            Some(Counts { roles: roles.len(), resources: resources.len(), groups: groups.len(), digest }),
            vec![],
        ),
        Err(errors) => (None, errors),
    };
    session.out.document(&Checked {
        dir: folder.name(),
        ok: has.is_some(),
        files: folder.sources.len(),
        has,
        errors: &errors,
        sources: &folder.sources,
    })?;
    match has {
        Some(_) => Ok(()),
        None => Err(failed(format!("the policy has {}", count(errors.len(), "error")))),
    }
}
