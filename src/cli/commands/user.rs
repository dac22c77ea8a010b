//! `jit user`

use crate::api::{EndTokens, NewToken, NewUser, Reinstate as Reinstating, Suspend as Suspending};
use crate::cli::error::CliError;
use crate::cli::prompt;
use crate::cli::session::Session;
use crate::domain::{Kind, Name, Purpose, Span};

use super::Outcome;

mod role;

/// People and services of the server, and roles in jit itself, for administrators
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Add(Add),
    List(List),
    Disable(Disable),
    Suspend(Suspend),
    Reinstate(Reinstate),
    Role(role::Args),
    Code(Code),
    Token(Token),
}

/// Add somebody, and print the one-time code for their `jit login`
#[derive(Debug, clap::Args)]
struct Add {
    /// Lower-case letters, digits and `. _ - + @`; never given to a second one
    name: Name,

    /// A CI job or another program: it may ask, and never decides
    #[arg(long, requires = "owner", conflicts_with_all = ["alias_of", "admin"])]
    service: bool,

    /// The person who answers for the service
    #[arg(long, value_name = "NAME", requires = "service")]
    owner: Option<Name>,

    /// A second identity of that person, who still counts once
    #[arg(long, value_name = "NAME")]
    alias_of: Option<Name>,

    /// May add and disable people, and see and revoke everything; approves nothing by it
    #[arg(long)]
    admin: bool,
}

/// List everybody
#[derive(Debug, clap::Args)]
struct List {}

/// End somebody's sessions, requests, unused votes and access, for ever
#[derive(Debug, clap::Args)]
struct Disable {
    name: Name,

    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

/// End somebody's access, and keep them from more until they are reinstated
#[derive(Debug, clap::Args)]
struct Suspend {
    name: Name,

    /// Why; they are told
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Let somebody who is suspended ask again
#[derive(Debug, clap::Args)]
struct Reinstate {
    name: Name,

    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    comment: String,
}

/// Print a new one-time code for somebody who lost theirs; earlier ones no longer work
#[derive(Debug, clap::Args)]
struct Code {
    name: Name,
}

/// Print a long-lived token for a service, good for one purpose and nothing else
///
/// It is shown this once. An earlier one for the same purpose goes on until it ends, the one before that ends
/// now. With --revoke all of the service's for that purpose end, and none is made; `jit user disable` ends
/// everything of a service's. See jit-scim(7) and jit-collect(1).
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("purpose").required(true).args(["scim", "collect"])))]
#[command(group(clap::ArgGroup::new("what").required(true).args(["life", "revoke"])))]
struct Token {
    name: Name,

    /// For an outside directory, at /scim/v2
    #[arg(long)]
    scim: bool,

    /// For a host, which delivers with it what was done there: `jit collect`
    #[arg(long)]
    collect: bool,

    /// The resources that the host stands for
    #[arg(long, value_name = "RESOURCE", requires = "collect", conflicts_with = "revoke")]
    on: Vec<Name>,

    /// How long it lives, 366d at most
    #[arg(long = "for", value_name = "TIME")]
    life: Option<Span>,

    /// End those that there are
    #[arg(long)]
    revoke: bool,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let backend = session.backend().await?;
    match args.action {
        Action::Role(args) => role::run(session, args).await,
        Action::Add(Add { name, service, owner, alias_of, admin }) => {
            let kind = if service { Kind::Service } else { Kind::Person };
            let user = NewUser { name, kind, human: owner.or(alias_of), admin };
            session.out.document(&backend.add_user(&user).await?)
        }
        Action::List(List {}) => session.out.document(&backend.users().await?),
        Action::Code(Code { name }) => session.out.document(&backend.enrol_user(&name).await?),
        Action::Token(Token { name, scim, collect: _, on, life, revoke: _ }) => {
            let purpose = if scim { Purpose::Scim } else { Purpose::Collect };
            match life {
                None => session.out.document(&backend.end_tokens(&EndTokens { user: name, purpose }).await?),
                Some(life) => {
                    let on = on.into_iter().collect();
                    session
                        .out
                        .document(&backend.new_token(&NewToken { user: name, purpose, life, on }).await?)
                }
            }
        }
        Action::Suspend(Suspend { name, reason }) => {
            let ask = Suspending { user: name, cause: reason };
            session.out.document(&backend.suspend_user(&ask).await?)
        }
        Action::Reinstate(Reinstate { name, comment }) => {
            backend.reinstate_user(&Reinstating { user: name.clone(), comment }).await?;
            session.out.note(&format!("{name} may ask again"));
            Ok(())
        }
        Action::Disable(Disable { name, yes }) => {
            if !yes && session.may_prompt() {
                let question = format!("Disable {name} for ever, and end all their access");
                if !prompt::confirm(session, &question).await? {
                    return Err(CliError::usage("nobody was disabled: you said no"));
                }
            }
            session.out.document(&backend.disable_user(&name).await?)
        }
    }
}
