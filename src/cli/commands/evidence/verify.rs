//! `jit evidence verify`

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use serde::Serialize;

use crate::audit::VerifyKey;
use crate::cli::commands::Outcome;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Style, Text};
use crate::cli::session::Session;
use crate::domain::Time;
use crate::evidence::Period;
use crate::evidence::check::{self, CheckError, Key};

/// Prove that a file of evidence is whole, and compute each figure again from the log in it
///
/// Needs no server. Exit code 1 says what is wrong.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What `jit evidence` made
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The log's public key; left out, the one in the file, which proves that it is whole and not whose it is
    #[arg(long, value_name = "VKEY")]
    key: Option<VerifyKey>,

    /// Let a file pass that nobody has signed: what was made from an export
    #[arg(long)]
    unsigned: bool,
}

#[derive(Debug, Serialize)]
struct Verification {
    ok: bool,
    key: String,
    key_from: &'static str,
    signed: bool,
    period: Period,
    made: Time,
    tool: String,
    events: u64,
    carried: u64,
    checkpoints: u64,
    uncovered: u64,
    figures: u64,
    files: usize,
}

impl Document for Verification {
    const KIND: &'static str = "evidence-verification";

    fn human(&self, page: &mut Page) {
        let text = format!(
            "{} events are whole and in order; {} figures and {} files are what they give",
            self.events, self.figures, self.files
        );
        page.styled(&Text::new(text).style(Style::Good));
        page.field("period", &Text::new(self.period));
        page.field("made", &Text::new(format_args!("{} by {}", self.made, self.tool)));
        page.field("checkpoints", &Text::new(self.checkpoints));
        if self.uncovered > 0 {
            let text = format!("{} events behind the last checkpoint", self.uncovered);
            page.field("uncovered", &Text::new(text).style(Style::Waiting));
        }
        let carried = format!("{} from before the period; a verified export has them too", self.carried);
        page.field("carried", &Text::new(carried));
        let signed = match self.signed {
            true => Text::new("yes").style(Style::Good),
            false => Text::new("no: made from an export").style(Style::Waiting),
        };
        page.field("signed", &signed);
        page.field("key", &Text::new(format_args!("{} ({})", self.key, self.key_from)));
    }
}

pub(super) fn run(session: &Session, args: &Args) -> Outcome {
    let file = File::open(&args.file).map_err(|err| CliError::failure("the file cannot be opened", &err))?;
    let (key, key_from) = match &args.key {
        Some(key) => (Key::Given(key), "given"),
        None => (Key::Own, "named by the file itself"),
    };
    let checked = check::check(BufReader::new(file), &key, args.unsigned).map_err(|err| {
        let failed = CliError::failure("the evidence does not verify", &err);
        match err {
            CheckError::Unsigned => failed.hint("jit evidence verify FILE --unsigned checks the rest"),
            _ => failed,
        }
    })?;
    let head = checked.manifest.head;
    let key = args.key.as_ref().map_or(head.key, ToString::to_string);
    session.out.document(&Verification {
        ok: true,
        key,
        key_from,
        signed: checked.signed,
        period: head.period,
        made: head.made,
        tool: head.tool,
        events: head.log.events,
        carried: head.log.carried,
        checkpoints: head.log.checkpoints,
        uncovered: head.log.uncovered,
        figures: checked.figures,
        files: checked.manifest.files.len(),
    })
}
