//! `jit credential`

mod aws;
mod helper;
mod kube;
mod pg;
mod ssh;

use crate::api::{Code, Request};
use crate::cli::access::{Access, Asking};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::domain::{IdPrefix, ProviderKind};

use super::Outcome;

/// Get a native credential of the target, which ends by itself with the access
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    tool: Tool,
}

#[derive(Debug, clap::Subcommand)]
enum Tool {
    Ssh(ssh::Args),
    Pg(pg::Args),
    Aws(aws::Args),
    Kube(kube::Args),
    Git(helper::Git),
    Docker(helper::Docker),
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    match args.tool {
        Tool::Ssh(args) => ssh::run(session, args).await,
        Tool::Pg(args) => pg::run(session, &args).await,
        Tool::Aws(args) => aws::run(session, &args).await,
        Tool::Kube(args) => kube::run(session, &args).await,
        Tool::Git(args) => helper::git(session, &args).await,
        Tool::Docker(args) => helper::docker(session, &args).await,
    }
}

async fn shown(session: &Session, id: &IdPrefix) -> Result<Request, CliError> {
    Ok(session.backend().await?.show(id.as_str()).await?)
}

/// Uses the request, for a tool of that provider.
async fn access(
    session: &Session,
    request: &Request,
    provider: ProviderKind,
    asking: Asking,
) -> Result<Access, CliError> {
    if request.provider != provider {
        let message = format!("request {} is for {}, not for {provider}", request.id, request.provider);
        return Err(CliError::usage(message).hint(format!("jit exec {} -- COMMAND", request.id)));
    }
    Access::open(session, request, asking).await
}

fn unusable(what: &str) -> CliError {
    CliError::new(Code::Failure, format!("the server gave {what}"))
}
