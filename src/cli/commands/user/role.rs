//! `jit user role`

use crate::api::ToolRoleOf;
use crate::cli::commands::Outcome;
use crate::cli::session::Session;
use crate::domain::{Name, ToolRole};

/// Roles in jit itself: administrator, policy-author, auditor, reviewer
///
/// Apart from the roles of the policy, which give access to targets. Nobody gives themselves one, and nobody
/// holds two unless the policy lets them. See jit-policy(5), ROLES IN JIT ITSELF.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Grant(Grant),
    Remove(Remove),
}

/// Give somebody a role in jit itself
#[derive(Debug, clap::Args)]
struct Grant {
    name: Name,

    #[arg(value_parser = role())]
    role: ToolRole,
}

/// Take a role in jit itself from somebody, at once
#[derive(Debug, clap::Args)]
struct Remove {
    name: Name,

    #[arg(value_parser = role())]
    role: ToolRole,
}

fn role() -> impl clap::builder::TypedValueParser<Value = ToolRole> {
    use clap::builder::TypedValueParser as _;
    let words = clap::builder::PossibleValuesParser::new(ToolRole::ALL.map(ToolRole::as_str));
    words.try_map(|word| word.parse::<ToolRole>())
}

pub(super) async fn run(session: &Session, args: Args) -> Outcome {
    let backend = session.backend().await?;
    let held = match args.action {
        Action::Grant(Grant { name: user, role }) => {
            backend.grant_tool_role(&ToolRoleOf { user, role }).await?
        }
        Action::Remove(Remove { name: user, role }) => {
            backend.remove_tool_role(&ToolRoleOf { user, role }).await?
        }
    };
    session.out.document(&held)
}
