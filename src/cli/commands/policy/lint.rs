//! `jit policy lint`

use serde::Serialize;

use crate::cli::commands::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Style, Text};
use crate::cli::session::{Session, now};
use crate::policy::tools::Places;
use crate::policy::tools::lint::{CODES, Options, lint};
use crate::policy::{Diagnostic, SourceFile};

use super::who::label;
use super::{FolderArgs, count, failed, whole};

/// Find what a policy may say by mistake: too much, nothing, or the same twice
///
/// Each warning has a code, which --allow silences; jit-policy(5) has them all. Exit code 0: there are none.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: FolderArgs,

    /// Silence the warnings of these codes
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    allow: Vec<String>,

    /// What is production; left out: every label whose value is prod or production
    #[arg(long, value_name = "LABEL=VALUE", value_parser = label)]
    production: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct Linted<'a> {
    dir: String,
    ok: bool,
    warnings: &'a [Diagnostic],
    #[serde(skip)]
    sources: &'a [SourceFile],
}

impl Document for Linted<'_> {
    const KIND: &'static str = "policy-lint";

    fn human(&self, page: &mut Page) {
        for warning in self.warnings {
            page.rendered(&warning.render_warning(self.sources, page.colour));
            page.blank();
        }
        if self.ok {
            page.styled(&Text::new(format!("{}: no warnings", self.dir)).style(Style::Good));
        }
    }
}

pub(super) fn run(session: &Session, args: Args) -> Outcome {
    if let Some(unknown) = args.allow.iter().find(|code| !CODES.iter().any(|(known, _)| known == code)) {
        let codes: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
        return Err(CliError::usage(format!("there is no warning {unknown:?}"))
            .hint(format!("one of {}", codes.join(", "))));
    }
    let folder = args.folder.read(session)?;
    let policy = whole(&folder)?;
    let options = Options { allow: args.allow.into_iter().collect(), production: args.production };
    let warnings = lint(&policy, &Places::of(&folder.sources), &options, now());
    let ok = warnings.is_empty();
    session.out.document(&Linted {
        dir: folder.name(),
        ok,
        warnings: &warnings,
        sources: &folder.sources,
    })?;
    if ok { Ok(()) } else { Err(failed(format!("the policy has {}", count(warnings.len(), "warning")))) }
}
