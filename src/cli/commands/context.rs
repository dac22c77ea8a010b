//! `jit context`

use std::path::PathBuf;

use serde::Serialize;

use crate::cli::complete;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Lines, Page, Style, Table, Text};
use crate::cli::plugin::{self, PluginVariable};
use crate::cli::session::Session;
use crate::config::contexts::{Config, ConfigError, Context, LOCAL};
use crate::config::{PluginContext, ServerUrl, StoreChoice};
use crate::domain::{Digest, Name, Span};
use crate::secrets::StoreKind;

use super::Outcome;

/// The servers and local stores that you switch between
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    List(List),
    Use(Use),
    Add(Add),
    Remove(Remove),
}

/// List your contexts, and which one is in use
#[derive(Debug, clap::Args)]
struct List {}

/// Make a context the one in use
#[derive(Debug, clap::Args)]
struct Use {
    #[arg(add = complete::contexts())]
    name: String,
}

/// Add a context: a server, a local store, or a plugin
///
/// A server with `--server URL`, a local store with `--policy` and `--data`, a program in front of another
/// system with `--plugin`: see jit-backend(7).
#[derive(Debug, clap::Args)]
struct Add {
    name: Name,

    /// A backend plugin, which is recorded with its SHA-256: a changed one does not run
    #[arg(long, value_name = "PROGRAM", conflicts_with_all = ["policy", "data", "allow_http", "server", "store"])]
    plugin: Option<PathBuf>,

    /// The SHA-256 that the plugin has to have; left out: you are shown it, and asked
    #[arg(long, value_name = "HEX", requires = "plugin")]
    sha256: Option<Digest>,

    /// Give the plugin this variable of your environment, or this value; may be repeated
    #[arg(long, value_name = "NAME[=VALUE]", requires = "plugin")]
    env: Vec<PluginVariable>,

    /// How long one call of the plugin may take [default: 30s]
    #[arg(long, value_name = "DURATION", requires = "plugin")]
    time_limit: Option<Span>,

    /// Folder of the policy of a local context
    #[arg(long, value_name = "DIR", requires = "data", conflicts_with = "server")]
    policy: Option<PathBuf>,

    /// Folder of the store of a local context; made at its first use
    #[arg(long, value_name = "DIR", requires = "policy")]
    data: Option<PathBuf>,

    /// Let plain http reach beyond this machine: whoever is in between reads your token
    #[arg(long, conflicts_with = "policy")]
    allow_http: bool,
}

/// Remove a context; your token for it stays until `jit logout`
#[derive(Debug, clap::Args)]
struct Remove {
    #[arg(add = complete::contexts())]
    name: String,
}

#[derive(Debug, Serialize)]
struct ContextList {
    contexts: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    name: String,
    current: bool,
    #[serde(flatten)]
    context: Context,
}

impl Document for ContextList {
    const KIND: &'static str = "context-list";

    fn human(&self, page: &mut Page) {
        let mut table = Table::new(["", "NAME", "BACKEND", "WHERE", "STORE"]);
        for row in &self.contexts {
            let (backend, place, store) = match &row.context {
                Context::Local { policy, .. } => ("local", policy.display().to_string(), ""),
                Context::Remote { server, store, .. } => {
                    let store = store.map(StoreKind::from).unwrap_or_default();
                    ("server", server.clone(), store.as_str())
                }
                Context::Plugin(plugin) => ("plugin", plugin.program.display().to_string(), ""),
            };
            table.row([
                Text::new(if row.current { "*" } else { "" }).style(Style::Good),
                Text::new(&row.name),
                Text::new(backend),
                Text::new(place),
                Text::new(store),
            ]);
        }
        page.table(&table);
    }

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.contexts.iter().try_for_each(|row| lines.push("context", row))
    }
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let dir = session.paths.config_dir().map_err(ConfigError::from);
    match args.action {
        Action::List(List {}) => {}
        Action::Use(Use { name }) => {
            let (_, system) = session.configs()?;
            Config::change(dir?, |config| {
                // One of the machine's is as good as one of the user's.
                if !config.contexts.contains_key(name.as_str())
                    && let Some((name, _)) = system.contexts.get_key_value(name.as_str())
                {
                    config.current = Some(name.clone());
                    return Ok(());
                }
                config.use_context(&name)
            })?;
        }
        Action::Add(add) => {
            let (name, context) = context_of(session, add).await?;
            Config::change(dir?, |config| config.add(name, context))?;
        }
        Action::Remove(Remove { name }) => {
            Config::change(dir?, |config| config.remove(&name))?;
        }
    }
    session.out.document(&list(session)?)
}

fn list(session: &Session) -> Result<ContextList, CliError> {
    let (user, system) = session.configs()?;
    // What holds may be a server that has no name, or a name that is not there: neither has a row.
    let current = session.resolved().ok().and_then(|resolved| resolved.name);
    let local = session
        .paths
        .data_dir()
        .ok()
        .map(|data| Context::Local { policy: session.paths.policy_dir(), data: data.to_owned() });
    let mut all: Vec<(String, Context)> =
        local.into_iter().map(|context| (LOCAL.to_owned(), context)).collect();
    let system = system.contexts.into_iter().filter(|(name, _)| !user.contexts.contains_key(name));
    let mut named: Vec<_> = user.contexts.clone().into_iter().chain(system).collect();
    named.sort_by(|(a, _), (b, _)| a.cmp(b));
    all.extend(named.into_iter().map(|(name, context)| (name.to_string(), context)));
    let row = |(name, context)| Row { current: current.as_ref() == Some(&name), name, context };
    Ok(ContextList { contexts: all.into_iter().map(row).collect() })
}

async fn context_of(session: &Session, add: Add) -> Result<(Name, Context), CliError> {
    let Add { name, plugin: program, sha256, env, time_limit, policy, data, allow_http } = add;
    if let Some(program) = program {
        let context = plugin::pinned(session, &name, program, sha256, env).await?;
        return Ok((name, Context::Plugin(PluginContext { time_limit, ..context })));
    }
    let absolute = |path: PathBuf| {
        std::path::absolute(path).map_err(|err| CliError::failure("the folder has no absolute path", &err))
    };
    let context = match (policy, data, &session.global.server) {
        (Some(policy), Some(data), None) => {
            Context::Local { policy: absolute(policy)?, data: absolute(data)? }
        }
        (None, None, Some(server)) => {
            let server = ServerUrl::parse(server, allow_http).map_err(ConfigError::from)?.to_string();
            Context::Remote { server, store: store(session)?, allow_http }
        }
        _ => {
            return Err(CliError::usage(
                "--server URL, or --policy DIR and --data DIR, or --plugin PROGRAM, are missing",
            )
            .hint("jit context add NAME --server https://jit.example.com"));
        }
    };
    Ok((name, context))
}

/// The store that the flag names; the environment's is for this run only.
fn store(session: &Session) -> Result<Option<StoreChoice>, CliError> {
    let Some(text) = session.global.store.as_deref() else { return Ok(None) };
    match text.parse().map_err(|err: crate::secrets::UnknownStore| CliError::usage(err.to_string()))? {
        StoreKind::Keyring => Ok(Some(StoreChoice::Keyring)),
        StoreKind::File => Ok(Some(StoreChoice::File)),
        StoreKind::Memory => Err(CliError::usage("memory would forget the token between two commands")
            .hint("--store keyring or --store file")),
    }
}
