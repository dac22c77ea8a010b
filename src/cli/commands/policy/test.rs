//! `jit policy test`

use serde::Serialize;

use crate::cli::commands::Outcome;
use crate::cli::output::{Document, Page, Style, Text};
use crate::cli::session::{Session, now};
use crate::policy::cases::{self, Report};
use crate::policy::{Diagnostic, SourceFile};

use super::{FolderArgs, count, failed, show_errors};

/// Run the test cases of a policy: who asks for what, and what has to come of it
///
/// They are the `[[case]]` tables in the files DIR/tests/*.toml; jit-policy(5) has their keys. With
/// `-o wide` each case is listed, else those that fail. Exit code 0: there are cases, and all passed.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    folder: FolderArgs,
}

#[derive(Debug, Serialize)]
struct Tested<'a> {
    dir: String,
    ok: bool,
    /// Where policy and cases are whole.
    #[serde(flatten)]
    report: Option<Report>,
    errors: &'a [Diagnostic],
    #[serde(skip)]
    sources: &'a [SourceFile],
}

impl Document for Tested<'_> {
    const KIND: &'static str = "policy-test";

    fn human(&self, page: &mut Page) {
        show_errors(page, self.errors, self.sources);
        let Some(report) = &self.report else { return };
        for case in &report.cases {
            if !case.passed {
                page.styled(&Text::new(case).style(Style::Bad));
            } else if page.wide {
                page.line(case);
            }
        }
        if self.ok {
            page.styled(&Text::new(passed(report.passed)).style(Style::Good));
        }
    }
}

pub(super) fn run(session: &Session, args: Args) -> Outcome {
    let folder = args.folder.read(session)?;
    let tests = folder.tests()?;
    // What is wrong in both is told at once.
    let (report, errors) = match (folder.policy(), cases::parse_cases(&tests)) {
        (Ok(policy), Ok(cases)) => (Some(cases::run(&policy, &cases, now())), vec![]),
        (policy, cases) => (None, [policy.err(), cases.err()].into_iter().flatten().flatten().collect()),
    };
    let sources = [folder.sources.as_slice(), &tests].concat();
    let ok = report.as_ref().is_some_and(|report| report.failed == 0);
    let trouble = match &report {
        Some(report) => format!("{} of {} failed", report.failed, count(report.cases.len(), "case")),
        None => format!("the policy and its cases have {}", count(errors.len(), "error")),
    };
    session.out.document(&Tested { dir: folder.name(), ok, report, errors: &errors, sources: &sources })?;
    if ok { Ok(()) } else { Err(failed(trouble)) }
}

fn passed(cases: usize) -> String {
    format!("{} passed", count(cases, "case"))
}
