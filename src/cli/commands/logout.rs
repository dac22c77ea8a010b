//! `jit logout`

use serde::Serialize;

use crate::api::Code;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page};
use crate::cli::session::{self, Session};
use crate::config::contexts::{ConfigError, Context};
use crate::secrets;

use super::Outcome;

/// End the session, on the server and here
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only forget the token here, where the server cannot be reached; it stays valid until it ends
    #[arg(long)]
    forget: bool,
}

#[derive(Debug, Serialize)]
struct LoggedOut {
    server: String,
    /// The server was told, and the token is dead.
    ended: bool,
    /// A token was stored here, and is removed.
    removed: bool,
}

impl Document for LoggedOut {
    const KIND: &'static str = "logout";

    fn human(&self, page: &mut Page) {
        match (self.ended, self.removed) {
            (true, _) => page.line(format_args!("logged out of {}", self.server)),
            (false, true) => page.line(format_args!("the token for {} is forgotten here", self.server)),
            (false, false) => page.line(format_args!("you were not logged in to {}", self.server)),
        }
    }
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let resolved = session.resolved()?;
    if let Context::Plugin(plugin) = &resolved.context {
        // Its tokens, where it has any, are its own: here there is nothing to forget.
        session.backend().await?.logout().await?;
        let server = crate::files::shown(&plugin.program);
        return session.out.document(&LoggedOut { server, ended: true, removed: false });
    }
    let (Some(server), Context::Remote { store, .. }) =
        (resolved.server().map_err(ConfigError::from)?, &resolved.context)
    else {
        return Err(CliError::usage("the local backend has no login").hint("jit context list"));
    };
    let ended = if args.forget { false } else { end(session).await? };
    // A token of the environment is not ours to remove.
    let removed = if secrets::given_token(&session.env)?.is_some() {
        false
    } else {
        let (store, account) = (session.secret_store(*store)?, server.to_string());
        session::blocking(move || store.delete(&account)).await?
    };
    session.out.document(&LoggedOut { server: server.to_string(), ended, removed })
}

/// Whether there was a session to end.
async fn end(session: &Session) -> Result<bool, CliError> {
    match session.backend().await?.logout().await {
        Ok(()) => Ok(true),
        Err(problem) if matches!(problem.code, Code::NotLoggedIn | Code::SessionOver) => Ok(false),
        Err(problem) => {
            let error = CliError::from(problem).reasons(vec!["you are still logged in".to_owned()]);
            Err(error.hint("jit logout again, or: jit logout --forget"))
        }
    }
}
