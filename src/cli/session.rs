//! One run of the command line: its settings, its terminal, and the backend of its context.
//!
//! Everything that a command is joined to is opened here: contexts, secret store, client, local engine.

use std::future::Future;
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use reqwest::Url;
use tokio::sync::OnceCell;

use crate::api::{self, Code};
use crate::assembly::{self, AssemblyError};
use crate::client::{NoKeeper, Plugin, Remote, TokenKeeper};
use crate::config::contexts::{self, Context, Origin, Resolved, Selection};
use crate::config::{Config, Environment, Paths, ServerUrl, StoreChoice, paths};
use crate::delivery;
use crate::domain::{Actor, Powers, Principal, Time};
use crate::ops::{Backend, Caller, Clock, Local, SystemClock};
use crate::plugin::PluginError;
use crate::provider::ssh::OpenError;
use crate::secrets::{self, Login, Secret, SecretError, SecretStore, StoreKind};

use super::GlobalArgs;
use super::error::CliError;
use super::os_user;
use super::output::Output;
use super::prompt;

/// What commands work with.
pub struct Session {
    pub global: GlobalArgs,
    pub env: Environment,
    pub out: Output,
    pub paths: Paths,
    backend: OnceCell<Arc<dyn Backend>>,
}

/// The present, for display and for time limits of the command line; decisions are taken elsewhere.
pub fn now() -> Time {
    SystemClock::starting_at(Time::from_millis(0)).now()
}

impl Session {
    pub fn new(global: GlobalArgs, env: Environment, out: Output) -> Self {
        let paths = Paths::new(&env);
        Self { global, env, out, paths, backend: OnceCell::new() }
    }

    /// Runs a command to its end.
    pub fn block_on<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        run_on(tokio::runtime::Builder::new_current_thread(), work)
    }

    /// The same on all cores, for a server.
    pub fn serve<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        run_on(tokio::runtime::Builder::new_multi_thread(), work)
    }

    /// Whether somebody can be asked: at a terminal, and not told to be quiet.
    pub fn may_prompt(&self) -> bool {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        terminal && !self.global.no_input && !self.env.no_input && !self.env.ci
    }

    /// The context that holds for this command, and who decided it.
    pub fn resolved(&self) -> Result<Resolved, CliError> {
        let flags =
            Selection { context: self.global.context.as_deref(), server: self.global.server.as_deref() };
        let (user, system) = self.configs()?;
        Ok(contexts::resolve(flags, &self.env, &self.paths, &user, &system)?)
    }

    /// The user's settings and the machine's.
    pub fn configs(&self) -> Result<(Config, Config), CliError> {
        // Without a home there is no file of the user's; what needs one says so.
        let user = match self.paths.config_dir() {
            Ok(dir) => Config::load(dir)?,
            Err(_) => Config::default(),
        };
        Ok((user, Config::load_system(Path::new(paths::SYSTEM_CONFIG))?))
    }

    /// What this command talks to; opened at the first use.
    pub async fn backend(&self) -> Result<&dyn Backend, CliError> {
        let backend = self.backend.get_or_try_init(|| self.open()).await?;
        Ok(backend.as_ref())
    }

    async fn open(&self) -> Result<Arc<dyn Backend>, CliError> {
        let resolved = self.resolved()?;
        match &resolved.context {
            Context::Local { policy, data } => open_local(policy, data, resolved.origin).await,
            Context::Remote { server, store, allow_http } => {
                let server = ServerUrl::parse(server, *allow_http).map_err(contexts::ConfigError::from)?;
                Ok(Arc::new(self.open_remote(&server, *store).await?))
            }
            Context::Plugin(plugin) => Ok(Arc::new(Plugin::new(plugin.to_program(), plugin.limits()))),
        }
    }

    async fn open_remote(&self, server: &ServerUrl, store: Option<StoreChoice>) -> Result<Remote, CliError> {
        // CI brings its own token; no store is opened, and nothing is kept.
        if let Some(token) = secrets::given_token(&self.env)? {
            return remote(server, Some(&token), Arc::new(NoKeeper));
        }
        let store = self.secret_store(store)?;
        let account = server.to_string();
        let (store, login) = blocking(move || {
            let login = load(store.as_ref(), &account)?;
            Ok((store, login))
        })
        .await?;
        let token = login.map(|login| login.token);
        let keeper = Keeper { store, account: server.to_string(), out: self.out.clone() };
        remote(server, token.as_ref(), Arc::new(keeper))
    }

    /// The secret store that holds: `--store`, `JIT_STORE`, the context's, the keyring; and no other.
    pub fn secret_store(&self, context: Option<StoreChoice>) -> Result<Arc<dyn SecretStore>, CliError> {
        let (flag, env) = (self.global.store.as_deref(), self.env.store.as_deref());
        let kind = StoreKind::choose(flag, env, context)
            .map_err(|err| CliError::usage(err.to_string()).hint("jit login --store keyring"))?;
        let config_dir = self.paths.config_dir().map_err(contexts::ConfigError::from)?;
        let person = self.may_prompt();
        let passphrase = match &self.env.passphrase_file {
            None if person => prompt::passphrase(),
            file => secrets::file::from_file(file.clone()),
        };
        Ok(Arc::from(secrets::open(kind, secrets::Options { config_dir, person, passphrase })))
    }
}

fn run_on<T>(
    mut builder: tokio::runtime::Builder,
    work: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    let runtime = builder.enable_all().build();
    let runtime = runtime.map_err(|err| CliError::failure("the runtime cannot be started", &err))?;
    let result = runtime.block_on(work);
    // A prompt that nobody answers holds a thread: the end does not wait for it.
    runtime.shutdown_background();
    result
}

/// Secret stores block, for as long as a person takes to answer.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, CliError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => Ok(result?),
        Err(err) => Err(CliError::failure("the secret store ended in the middle", &err)),
    }
}

pub fn load(store: &dyn SecretStore, account: &str) -> Result<Option<Login>, SecretError> {
    store.load(account)?.map(|secret| Login::from_secret(&secret)).transpose()
}

/// A client of that server.
pub fn remote(
    server: &ServerUrl,
    token: Option<&Secret>,
    keeper: Arc<dyn TokenKeeper>,
) -> Result<Remote, CliError> {
    let base = Url::parse(server.as_str()).map_err(|err| CliError::failure("the server's address", &err))?;
    Ok(Remote::new(base, token.map(|token| token.expose().to_owned()), keeper)?)
}

/// Renewed tokens go back to where the old ones were.
struct Keeper {
    store: Arc<dyn SecretStore>,
    account: String,
    out: Output,
}

impl TokenKeeper for Keeper {
    fn renewal(&self) -> Option<String> {
        // It was readable a moment ago; what went wrong since then ends in "not logged in", with its cause.
        let login =
            load(self.store.as_ref(), &self.account).inspect_err(|err| self.out.warn(&err.to_string()));
        let renewal = login.ok().flatten().and_then(|login| login.renewal);
        renewal.map(|renewal| renewal.expose().to_owned())
    }

    fn keep(&self, tokens: &api::Tokens) {
        let kept = to_login(tokens).to_secret().and_then(|secret| self.store.save(&self.account, &secret));
        if let Err(err) = kept {
            self.out.warn(&format!("the renewed session is not kept: {err}"));
        }
    }
}

pub fn to_login(tokens: &api::Tokens) -> Login {
    Login {
        token: Secret::new(tokens.token.clone()),
        renewal: tokens.renewal.clone().map(Secret::new),
        user: tokens.user.clone(),
        expires: tokens.expires,
    }
}

async fn open_local(policy: &Path, data: &Path, origin: Origin) -> Result<Arc<dyn Backend>, CliError> {
    // Nobody chose the local backend, and nothing is set up for it: who starts here wants a server.
    if origin == Origin::BuiltIn && matches!(policy.try_exists(), Ok(false)) {
        return Err(CliError::new(
            Code::NotLoggedIn,
            "no server is chosen, and there is no policy of your own",
        )
        .hint("jit login SERVER, or write a policy to ~/.config/jit/policy.d"));
    }
    let assembled = assembly::assemble_local(policy, data).await?;
    let principal = Principal { issuer: os_user::issuer()?, subject: os_user::name()? };
    // The store is the user's own, so nothing in it is hidden from them.
    let caller = Caller {
        actor: Actor::person(principal),
        powers: Powers::administrator(),
        from: None,
        session: None,
    };
    let ssh_ca = assembled.ssh.ca_public_line().to_owned();
    Ok(Arc::new(Local::open(assembled.engine, caller, ssh_ca).await?))
}

impl From<contexts::ConfigError> for CliError {
    fn from(err: contexts::ConfigError) -> Self {
        let code = match &err {
            contexts::ConfigError::Unknown { .. } => Code::NotFound,
            contexts::ConfigError::File(_) => Code::Failure,
            _ => Code::Usage,
        };
        with_hint(Self::new(code, err.to_string()), err.hint())
    }
}

impl From<delivery::config::ConfigError> for CliError {
    fn from(err: delivery::config::ConfigError) -> Self {
        let code = match &err {
            delivery::config::ConfigError::File(_) => Code::Failure,
            delivery::config::ConfigError::Wrong { .. } => Code::Usage,
        };
        with_hint(Self::new(code, err.to_string()), err.hint())
    }
}

impl From<delivery::StartError> for CliError {
    fn from(err: delivery::StartError) -> Self {
        match err {
            delivery::StartError::File(err) => err.into(),
            err => Self::new(Code::Failure, err.to_string()),
        }
    }
}

impl From<SecretError> for CliError {
    fn from(err: SecretError) -> Self {
        let code = if err.exit_code() == Code::Usage.exit_code() { Code::Usage } else { Code::SecretStore };
        with_hint(Self::new(code, err.to_string()), err.hint())
    }
}

impl From<crate::files::FileError> for CliError {
    fn from(err: crate::files::FileError) -> Self {
        with_hint(Self::new(Code::Failure, err.to_string()), err.hint())
    }
}

impl From<PluginError> for CliError {
    fn from(err: PluginError) -> Self {
        with_hint(Self::new(Code::Failure, err.to_string()), err.hint())
    }
}

impl From<AssemblyError> for CliError {
    fn from(err: AssemblyError) -> Self {
        match err {
            AssemblyError::Ssh(OpenError::File(err)) => err.into(),
            AssemblyError::Policy { ref dir, .. } => of_folder(&err, "check", dir),
            AssemblyError::Cases { ref dir, .. } | AssemblyError::Failed { ref dir, .. } => {
                of_folder(&err, "test", dir)
            }
            AssemblyError::Ops(err) => api::Problem::from(err).into(),
            AssemblyError::Store(err) => api::Problem::from(crate::ops::Error::Store(err)).into(),
            AssemblyError::File(err) => err.into(),
            err => {
                let failure = Self::new(Code::Failure, err.to_string());
                match std::error::Error::source(&err) {
                    Some(cause) => failure.caused_by(cause),
                    None => failure,
                }
            }
        }
    }
}

/// Each error of a policy's folder, and the command that shows more of them.
fn of_folder(err: &AssemblyError, action: &str, dir: &Path) -> CliError {
    let hint = format!("jit policy {action} {}", prompt::quote(&dir.to_string_lossy()));
    CliError::new(Code::Failure, err.to_string()).reasons(err.trouble().details).hint(hint)
}

fn with_hint(error: CliError, hint: Option<String>) -> CliError {
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
