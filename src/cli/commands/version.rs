//! `jit version`

use serde::Serialize;

use crate::cli::output::{Document, Page, Text};
use crate::cli::session::Session;

use super::Outcome;

/// Print the version, and what it was built for
#[derive(Debug, clap::Args)]
pub struct Args {}

#[derive(Debug, Serialize)]
struct Version {
    name: &'static str,
    version: &'static str,
    os: &'static str,
    arch: &'static str,
    debug: bool,
}

impl Document for Version {
    const KIND: &'static str = "version";

    fn human(&self, page: &mut Page) {
        page.line(format_args!("jit {}", self.version));
        page.field("target", &Text::new(format_args!("{}-{}", self.arch, self.os)));
        page.field("api", &Text::new(crate::api::SCHEMA));
        if self.debug {
            page.field("build", &Text::new("debug"));
        }
    }
}

pub fn run(session: &Session, _: &Args) -> Outcome {
    session.out.document(&Version {
        name: "jit",
        version: env!("CARGO_PKG_VERSION"),
        os: std::env::consts::OS,
        arch: std::env::consts::ARCH,
        debug: cfg!(debug_assertions),
    })
}
