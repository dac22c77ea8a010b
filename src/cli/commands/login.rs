//! `jit login`

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::cli::error::CliError;
use crate::cli::output::WhoAmI;
use crate::cli::prompt;
use crate::cli::session::{self, Session};
use crate::client::NoKeeper;
use crate::config::contexts::{Config, ConfigError, Context};
use crate::config::{ServerUrl, StoreChoice};
use crate::domain::Name;
use crate::files;
use crate::ops::Backend;
use crate::secrets::{SecretStore, StoreKind};

use super::Outcome;

/// A code is a line.
const LONGEST_CODE: u64 = 1024;

/// Log in to a server with a one-time code, once on each machine
///
/// The code comes from an administrator (`jit user add`). Your token goes to the keyring of the operating
/// system, or to an encrypted file with `--store file`; never anywhere else unless you say so. The server
/// becomes a context of yours, and the one in use.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The server's address, such as https://jit.example.com; left out: of the context in use
    #[arg(value_name = "SERVER", conflicts_with = "server")]
    server_url: Option<String>,

    /// Read the code from a file, or with `-` from stdin, instead of asking for it
    #[arg(long, value_name = "FILE")]
    code_file: Option<PathBuf>,

    /// Keep the token in that private file instead, for JIT_TOKEN_FILE: for CI jobs
    #[arg(long, value_name = "FILE", conflicts_with = "store")]
    token_file: Option<PathBuf>,
}

/// Where the token goes.
enum Keep {
    Store(Arc<dyn SecretStore>),
    File(PathBuf),
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let (server, known, choice) = target(session, args.server_url.as_deref())?;
    // Before the code is used up: a place that keeps nothing is found now, not at the next command.
    let keep = match args.token_file {
        Some(file) => {
            files::can_write_private(&file)?;
            Keep::File(file)
        }
        None => {
            let store = session.secret_store(choice)?;
            let probed = Arc::clone(&store);
            session::blocking(move || probed.probe()).await?;
            Keep::Store(store)
        }
    };
    let code = match &args.code_file {
        Some(file) => read_code(file)?,
        None if session.may_prompt() => prompt::secret(session, &format!("Code for {server}")).await?,
        None => {
            return Err(CliError::usage("the code is missing, and nobody can be asked for it")
                .hint("jit login SERVER --code-file FILE"));
        }
    };
    let remote = session::remote(&server, None, Arc::new(NoKeeper))?;
    let tokens = remote.login(code.trim()).await?;
    let (place, choice) = match keep {
        Keep::File(file) => {
            files::write_private(&file, tokens.token.as_bytes())?;
            let file = prompt::quote(&file.to_string_lossy());
            (Some(format!("the token is in {file}: JIT_TOKEN_FILE={file}")), choice)
        }
        Keep::Store(store) => {
            let (account, login, kind) = (server.to_string(), session::to_login(&tokens), store.kind());
            session::blocking(move || store.save(&account, &login.to_secret()?)).await?;
            let place = (kind != StoreKind::Memory).then(|| format!("the token is in the {kind} store"));
            (place, (kind == StoreKind::File).then_some(StoreChoice::File))
        }
    };
    let name = use_context(session, known, &server, choice)?;
    if session.env.token.is_some() || session.env.token_file.is_some() {
        session.out.warn("JIT_TOKEN or JIT_TOKEN_FILE is set: it goes before this login");
    }
    session.out.note(&format!("logged in to {server} as context {name}"));
    match place {
        Some(place) => session.out.note(&place),
        None => session.out.warn("the token was kept in memory only, and is forgotten now"),
    }
    session.out.document(&WhoAmI::from(remote.whoami().await?))
}

/// The server, with the name of a context that it has already, and that context's store.
fn target(
    session: &Session,
    named: Option<&str>,
) -> Result<(ServerUrl, Option<Name>, Option<StoreChoice>), CliError> {
    let (user, _) = session.configs()?;
    let same = |server: &ServerUrl| {
        user.contexts.iter().find_map(|(name, context)| match context {
            Context::Remote { server: other, store, allow_http } => {
                let same = ServerUrl::parse(other, *allow_http).as_ref() == Ok(server);
                same.then(|| (Some(name.clone()), *store))
            }
            Context::Local { .. } | Context::Plugin(_) => None,
        })
    };
    let server = match named {
        Some(text) => ServerUrl::parse(text, false).map_err(ConfigError::from)?,
        None => match session.resolved()?.server().map_err(ConfigError::from)? {
            Some(server) => server,
            None => {
                return Err(CliError::usage("SERVER is missing: the context in use has none")
                    .hint("jit login https://jit.example.com"));
            }
        },
    };
    let (name, choice) = same(&server).unwrap_or_default();
    Ok((server, name, choice))
}

fn read_code(file: &Path) -> Result<Zeroizing<String>, CliError> {
    let mut code = Zeroizing::new(String::new());
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(LONGEST_CODE).read_to_string(&mut code)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(LONGEST_CODE).read_to_string(&mut code))
    };
    read.map_err(|err| CliError::failure("the code cannot be read", &err))?;
    if code.trim().is_empty() { Err(CliError::usage("the code is empty")) } else { Ok(code) }
}

/// Makes the server's context, or finds it, and makes it the one in use.
fn use_context(
    session: &Session,
    known: Option<Name>,
    server: &ServerUrl,
    store: Option<StoreChoice>,
) -> Result<Name, CliError> {
    let dir = session.paths.config_dir().map_err(ConfigError::from)?;
    let wanted = match (&known, &session.global.context) {
        (Some(known), _) => known.clone(),
        (None, Some(named)) => parse_name(named)?,
        (None, None) => name_of(server)?,
    };
    let name = Config::change(dir, |config| {
        match config.contexts.get_mut(&wanted) {
            Some(Context::Remote { server: other, store: kept, .. }) if other == server.as_str() => {
                *kept = store;
            }
            _ => config.add(
                wanted.clone(),
                Context::Remote { server: server.to_string(), store, allow_http: false },
            )?,
        }
        config.use_context(wanted.as_str())?;
        Ok(wanted.clone())
    });
    name.map_err(|err| {
        let hint = matches!(err, ConfigError::Exists(_));
        let err = CliError::from(err);
        if hint { err.hint("choose another name: jit login SERVER --context NAME") } else { err }
    })
}

fn parse_name(text: &str) -> Result<Name, CliError> {
    text.parse().map_err(|err| CliError::usage(format!("--context: {err}")))
}

/// `jit.example.com`, `127.0.0.1-8080`: the host, with a port that was named.
fn name_of(server: &ServerUrl) -> Result<Name, CliError> {
    let host = server.as_str().split_once("://").map_or("", |(_, rest)| rest);
    let name: String = host
        .chars()
        .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.' { c } else { '-' })
        .collect();
    let name = name.trim_matches(|c| c == '-' || c == '.');
    name.parse().map_err(|_| {
        CliError::usage("the server's address gives no name for its context")
            .hint("jit login SERVER --context NAME")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_gives_its_context_a_name() {
        for (url, name) in [
            ("https://jit.example.com", "jit.example.com"),
            ("http://127.0.0.1:8080", "127.0.0.1-8080"),
            ("http://[::1]:9", "1--9"),
            ("https://jit.example.com/team", "jit.example.com-team"),
        ] {
            assert_eq!(name_of(&ServerUrl::parse(url, false).unwrap()).unwrap().as_str(), name);
        }
        let long = format!("https://{}.example.com", "a".repeat(60));
        assert!(name_of(&ServerUrl::parse(&long, false).unwrap()).is_err());
    }
}
