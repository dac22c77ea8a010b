//! `jit revoke`

use crate::api::{self, Code, Which};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::cli::{complete, prompt};
use crate::domain::{IdPrefix, Name};

use super::Outcome;

/// End access before its time
///
/// Ends the request, its credentials and, where the target can, its live sessions. Success means that the absence
/// was read back from the target; until it is, jit goes on trying, and this command fails.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true).args(["ids", "mine", "user", "role", "all"]))]
pub struct Args {
    /// Which requests; the beginning of an id is enough
    #[arg(value_name = "ID", add = complete::open())]
    ids: Vec<IdPrefix>,

    /// All of your own
    #[arg(long)]
    mine: bool,

    /// All of that user
    #[arg(long, value_name = "NAME")]
    user: Option<Name>,

    /// All for that role
    #[arg(long, value_name = "ROLE")]
    role: Option<Name>,

    /// All there are
    #[arg(long)]
    all: bool,

    /// An ID that is not there is no failure; where none is named, nothing to revoke never is one
    #[arg(long)]
    if_exists: bool,

    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let Args { ids, mine, user, role, all, if_exists, comment, yes } = args;
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let (which, of_others) = match (user, role, mine, all) {
        (Some(user), ..) => (Which::User(user.clone()), Some(format!("everything of {user}"))),
        (_, Some(role), ..) => (Which::Role(role.clone()), Some(format!("everything for role {role}"))),
        (_, _, true, _) => (Which::Mine, None),
        (.., true) => (Which::All, Some("all access of everybody".to_owned())),
        _ => (Which::Ids(ids), None),
    };
    if let Some(what) = of_others.filter(|_| !yes) {
        confirm(session, &what).await?;
    }
    let revoked = match which {
        Which::Ids(ids) if if_exists => revoke_those_there(session, ids, comment).await?,
        which => session.backend().await?.revoke(&api::Revoke { which, comment }).await?,
    };
    session.out.document(&revoked)?;
    let open: Vec<String> =
        revoked.items.iter().filter(|item| !item.confirmed).map(|item| item.request.id.to_string()).collect();
    match open.first() {
        None => Ok(()),
        Some(first) => {
            Err(CliError::new(Code::Unavailable, "the end of the access could not be confirmed yet")
                .reasons(
                    open.iter()
                        .map(|id| format!("{id} is being ended; it is tried again without a limit"))
                        .collect(),
                )
                .hint(format!("jit wait {first} --for ended")))
        }
    }
}

/// One by one, so that one that is not there does not keep the others.
async fn revoke_those_there(
    session: &Session,
    ids: Vec<String>,
    comment: Option<String>,
) -> Result<api::Revoked, CliError> {
    let backend = session.backend().await?;
    let mut items = Vec::new();
    for id in ids {
        let ask = api::Revoke { which: Which::Ids(vec![id]), comment: comment.clone() };
        match backend.revoke(&ask).await {
            Ok(revoked) => items.extend(revoked.items),
            Err(problem) if matches!(problem.code, Code::NotFound | Code::Over) => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    Ok(api::Revoked { items })
}

async fn confirm(session: &Session, what: &str) -> Outcome {
    if !session.may_prompt() {
        return Err(CliError::usage(format!("revoking {what} needs --yes where nobody can be asked")));
    }
    if prompt::confirm(session, &format!("Revoke {what}")).await? {
        Ok(())
    } else {
        Err(CliError::usage("nothing was revoked: you said no"))
    }
}
