//! `jit policy status`

use crate::api::PolicyStatus;
use crate::cli::commands::Outcome;
use crate::cli::output::{Document, Page, Style, Text};
use crate::cli::session::Session;

use super::{count, failed};

/// Tell which policy is in force, and what of its folder is not
///
/// Of the server, or of the local context. A server takes a new policy only when the whole of it is right and
/// its test cases pass; else it keeps the last good one, and grants nothing new for what has changed. What is
/// wrong is told to administrators, auditors and policy authors. Exit code 0: the folder is in force as it stands.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

impl Document for PolicyStatus {
    const KIND: &'static str = "policy-status";

    fn human(&self, page: &mut Page) {
        page.field("digest", &Text::new(self.digest));
        if let Some(since) = self.since {
            page.field("since", &page.moment(since));
        }
        if let Some(has) = &self.has {
            let tests = match has.tests {
                None => "tests not run".to_owned(),
                Some(0) => "no tests".to_owned(),
                Some(tests) => format!("{} passed", count(tests, "test")),
            };
            let what = format!("{}, {}, {tests}", count(has.files, "file"), count(has.roles, "role"));
            page.field("has", &Text::new(what));
        }
        let Some(trouble) = &self.trouble else {
            page.field("folder", &Text::new("in force").style(Style::Good));
            return;
        };
        page.field("folder", &Text::new(format!("not in force: {}", trouble.what)).style(Style::Bad));
        for detail in &trouble.details {
            page.field("", &Text::new(detail));
        }
        page.field("found", &page.moment(trouble.since));
        page.field("not granted", &Text::new(&trouble.held).style(Style::Waiting));
    }
}

pub(super) async fn run(session: &Session, _: &Args) -> Outcome {
    let status = session.backend().await?.policy_status().await?;
    session.out.document(&status)?;
    match status.whole {
        true => Ok(()),
        false => Err(failed("the policy's folder is not in force; the last good policy is")
            .hint("jit policy check DIR and jit policy test DIR, where the server is")),
    }
}
