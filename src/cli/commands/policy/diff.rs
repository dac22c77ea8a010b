//! `jit policy diff`

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::commands::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Style, Text};
use crate::cli::session::Session;
use crate::policy::tools::diff::{Change, Effect, diff};

use super::{FolderArgs, count, whole};

/// Tell who gains and who loses what by a change of a policy
///
/// Two folders are compared by what they mean, not by their texts. What is gained comes first. Exit code
/// 0 whatever there is; with --exit-code, 1 where anybody gains anything, or it cannot be told.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder of the policy as it was
    #[arg(value_name = "OLD")]
    old: PathBuf,

    /// The folder of the policy as it is to be
    #[arg(value_name = "NEW")]
    new: PathBuf,

    /// End with 1 where anybody gains anything, or where that cannot be told
    #[arg(long)]
    exit_code: bool,
}

#[derive(Debug, Serialize)]
struct Difference {
    gains: usize,
    /// Of which it cannot be told what they are for whom.
    others: usize,
    losses: usize,
    changes: Vec<Change>,
}

impl Document for Difference {
    const KIND: &'static str = "policy-diff";

    fn human(&self, page: &mut Page) {
        for change in &self.changes {
            let (sign, style) = match change.effect {
                Effect::Gain => ('+', Style::Waiting),
                Effect::Change => ('~', Style::Plain),
                Effect::Loss => ('-', Style::Dim),
            };
            page.styled(&Text::new(format!("{sign} {}", change.text)).style(style));
        }
        let (gains, others, losses) = (self.gains, self.others, self.losses);
        if self.changes.is_empty() {
            page.line("nobody gains or loses anything");
        } else {
            let gains = count(gains, "gain");
            let losses = if losses == 1 { "1 loss".to_owned() } else { format!("{losses} losses") };
            page.line(format_args!("{gains}, {}, {losses}", count(others, "other change")));
        }
    }
}

pub(super) fn run(session: &Session, args: &Args) -> Outcome {
    let read = |dir: &PathBuf| FolderArgs { dir: Some(dir.clone()) }.read(session);
    let (old, new) = (read(&args.old)?, read(&args.new)?);
    let (old, new) = (whole(&old)?, whole(&new)?);
    let changes = diff(&old, &new);
    let number = |effect| changes.iter().filter(|change| change.effect == effect).count();
    let (gains, others, losses) = (number(Effect::Gain), number(Effect::Change), number(Effect::Loss));
    session.out.document(&Difference { gains, others, losses, changes })?;
    if args.exit_code && gains + others > 0 { Err(CliError::exit(1)) } else { Ok(()) }
}
