//! `jit credential aws`

use crate::cli::access::Asking;
use crate::cli::complete;
use crate::cli::session::Session;
use crate::domain::{IdPrefix, ProviderKind};
use crate::provider::aws::credential_process;

use super::super::Outcome;
use super::unusable;

/// Get an AWS session, as `credential_process` of the AWS tools wants it
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  aws configure set credential_process 'jit credential aws 7k2m' --profile jit
  aws --profile jit s3 ls")]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::mine())]
    id: IdPrefix,
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let request = super::shown(session, &args.id).await?;
    let access = super::access(session, &request, ProviderKind::Aws, Asking::Again).await?;
    let text = credential_process(&access.credential.material, access.credential.ends)
        .ok_or_else(|| unusable("no AWS session"))?;
    session.out.raw(text.expose().as_bytes())
}
