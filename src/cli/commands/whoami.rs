//! `jit whoami`

use crate::cli::output::WhoAmI;
use crate::cli::session::Session;

use super::Outcome;

/// Tell who you are to jit, and until when
#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(session: &Session, _: &Args) -> Outcome {
    let who = session.backend().await?.whoami().await?;
    session.out.document(&WhoAmI::from(who))
}
