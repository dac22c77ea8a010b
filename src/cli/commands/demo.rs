//! `jit demo`

use crate::api::Code;
use crate::cli::error::CliError;
use crate::cli::session::Session;

use super::Outcome;

/// Walk through the main job on this machine: a server in a temporary folder, a contractor, an approver
///
/// Prints each real command line and its real output. Leaves nothing behind.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_: &Session, _: Args) -> Outcome {
    Err(CliError::new(Code::Failure, "the demo is not in this build"))
}
