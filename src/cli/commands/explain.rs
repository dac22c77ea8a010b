//! `jit explain`

use crate::cli::complete;
use crate::cli::session::Session;

use super::Outcome;

/// Tell whether you may have a role: how long, who decides, what is missing
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which role
    #[arg(value_name = "ROLE", add = complete::roles())]
    role: String,

    /// On which resource
    #[arg(long = "on", value_name = "RESOURCE")]
    resource: Option<String>,
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let backend = session.backend().await?;
    let explanation = backend.explain(&args.role, args.resource.as_deref()).await?;
    session.out.document(&explanation)
}
