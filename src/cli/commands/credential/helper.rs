//! `jit credential git` and `jit credential docker`: for roles whose plugin gives USERNAME and PASSWORD.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde::Serialize;

use crate::api::Code;
use crate::cli::access::{Access, Asking};
use crate::cli::complete;
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::domain::{IdPrefix, Material, ProviderKind, Secret};

use super::super::Outcome;

/// What git or docker writes is short.
const LONGEST_INPUT: u64 = 64 * 1024;

/// Speak git's credential helper protocol, for a role whose plugin gives USERNAME and PASSWORD
///
/// It answers for the host of the resource's address only, and keeps nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  git config credential.https://git.example.net.helper '!jit credential git 7k2m'")]
pub struct Git {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::mine())]
    id: IdPrefix,

    /// What git asks for
    #[arg(value_name = "ACTION")]
    action: Action,
}

/// Speak docker's credential helper protocol, for a role whose plugin gives USERNAME and PASSWORD
///
/// It answers for the resource's address only, and keeps nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  echo registry.example.net | jit credential docker 7k2m get")]
pub struct Docker {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::mine())]
    id: IdPrefix,

    /// What docker asks for
    #[arg(value_name = "ACTION")]
    action: Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Action {
    Get,
    /// Nothing is kept
    Store,
    /// Nothing is kept
    Erase,
    /// Docker's: which servers there are credentials for
    List,
}

/// gitcredentials(7), git-credential(1): `key=value` lines.
pub async fn git(session: &Session, args: &Git) -> Outcome {
    let asked = input()?;
    if args.action != Action::Get {
        return Ok(());
    }
    let field = |name: &str| asked.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    // Nothing printed says that another helper is to be asked.
    let Some(pair) = pair(session, &args.id, field("host")).await? else { return Ok(()) };
    let expires = pair.access.credential.ends.unix_secs();
    let text = format!(
        "username={}\npassword={}\npassword_expiry_utc={expires}\n",
        pair.username.expose(),
        pair.password.expose()
    );
    session.out.raw(text.as_bytes())
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct DockerAnswer<'a> {
    #[serde(rename = "ServerURL")]
    server_url: &'a str,
    username: &'a Secret,
    secret: &'a Secret,
}

/// The protocol of docker-credential-helpers.
pub async fn docker(session: &Session, args: &Docker) -> Outcome {
    let asked = input()?;
    let server = asked.trim();
    match args.action {
        Action::Store | Action::Erase => Ok(()),
        Action::List => session.out.raw(b"{}\n"),
        Action::Get => {
            let host = server.trim_start_matches("https://").trim_end_matches('/');
            let Some(pair) = pair(session, &args.id, Some(host)).await? else {
                // Docker reads these very words on stdout, and goes on without.
                session.out.raw(b"credentials not found in native keychain\n")?;
                return Err(CliError::new(Code::NotFound, "the request is for another registry"));
            };
            let answer =
                DockerAnswer { server_url: server, username: &pair.username, secret: &pair.password };
            let text = serde_json::to_string(&answer)
                .map_err(|err| CliError::failure("the answer cannot be written", &err))?;
            session.out.raw(format!("{text}\n").as_bytes())
        }
    }
}

fn input() -> Result<String, CliError> {
    let mut text = String::new();
    std::io::stdin()
        .take(LONGEST_INPUT)
        .read_to_string(&mut text)
        .map_err(|err| CliError::failure("the question on stdin cannot be read", &err))?;
    Ok(text)
}

struct Pair {
    access: Access,
    username: Secret,
    password: Secret,
}

/// `None` where the request is for another host: a secret never goes to one that it was not made for.
async fn pair(session: &Session, id: &IdPrefix, host: Option<&str>) -> Result<Option<Pair>, CliError> {
    let request = super::shown(session, id).await?;
    if host.is_none() || request.address.as_deref() != host {
        return Ok(None);
    }
    let access = super::access(session, &request, ProviderKind::Exec, Asking::Again).await?;
    let taken = match &access.credential.material {
        Material::Exec { variables } => one_line(variables, "USERNAME").zip(one_line(variables, "PASSWORD")),
        _ => None,
    };
    let Some((username, password)) = taken else {
        return Err(super::unusable("no USERNAME and PASSWORD"));
    };
    Ok(Some(Pair { access, username, password }))
}

/// A line feed in a value would be read as another field.
fn one_line(variables: &BTreeMap<String, Secret>, name: &str) -> Option<Secret> {
    variables.get(name).filter(|value| !value.expose().contains(['\n', '\r', '\0'])).cloned()
}
