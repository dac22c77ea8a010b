//! `jit roles`

use crate::api::Code;
use crate::cli::complete;
use crate::cli::error::CliError;
use crate::cli::session::Session;

use super::Outcome;

/// List the roles that you may request or decide
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only that one, in full
    #[arg(value_name = "ROLE", add = complete::roles())]
    role: Option<String>,
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let roles = session.backend().await?.roles().await?;
    let Some(named) = &args.role else { return session.out.document(&roles) };
    match roles.roles.into_iter().find(|role| role.name.as_str() == named) {
        Some(role) => session.out.document(&role),
        None => {
            Err(CliError::new(Code::NotFound, format!("there is no role {named:?} for you"))
                .hint("jit roles"))
        }
    }
}
