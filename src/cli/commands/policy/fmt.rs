//! `jit policy fmt`

use std::path::Path;

use serde::Serialize;

use crate::cli::commands::Outcome;
use crate::cli::output::{Document, Page};
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::files;
use crate::policy::{Diagnostic, Layout, SourceFile};

use super::{FolderArgs, count, failed, show_errors};

/// Put a policy's files, and its test cases, in one layout
///
/// Comments and the order of everything are kept, and so is what the policy says. The files that change
/// are named. A file that is no TOML is left as it is: exit code 1.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: FolderArgs,

    /// Change nothing: name the files that would change, and end with exit code 1 if there are any
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Serialize)]
struct Formatted<'a> {
    dir: String,
    ok: bool,
    check: bool,
    files: usize,
    /// Or would have to be, with `--check`.
    changed: &'a [&'a str],
    errors: &'a [Diagnostic],
    #[serde(skip)]
    sources: &'a [SourceFile],
}

impl Document for Formatted<'_> {
    const KIND: &'static str = "policy-fmt";

    fn human(&self, page: &mut Page) {
        for name in self.changed {
            page.line(Path::new(&self.dir).join(name).display());
        }
        show_errors(page, self.errors, self.sources);
    }
}

pub(super) fn run(session: &Session, args: Args) -> Outcome {
    let folder = args.folder.read(session)?;
    let sources = [folder.sources.as_slice(), &folder.tests()?].concat();
    let layout = Layout::of(&sources);
    let (mut changed, mut trouble) = (Vec::new(), None);
    for (file, text) in &layout.changed {
        if !args.check
            && let Err(error) = files::write_shared(&folder.path.join(&file.name), text.as_bytes())
        {
            // What was changed before it is told all the same.
            trouble = Some(error.into());
            break;
        }
        changed.push(file.name.as_str());
    }
    if trouble.is_none() && layout.refused > 0 {
        trouble = Some(failed(format!("{} left as it is", count(layout.refused, "file"))));
    }
    if trouble.is_none() && args.check && !changed.is_empty() {
        let hint = format!("jit policy fmt {}", prompt::quote(&folder.name()));
        trouble = Some(failed(format!("{} would change", count(changed.len(), "file"))).hint(hint));
    }
    session.out.document(&Formatted {
        dir: folder.name(),
        ok: trouble.is_none(),
        check: args.check,
        files: sources.len(),
        changed: &changed,
        errors: &layout.errors,
        sources: &sources,
    })?;
    trouble.map_or(Ok(()), Err)
}
