//! One run of the command line: its settings, its terminal, and the backend of its context.

use std::future::Future;
use std::io::{self, IsTerminal};
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::api::{Code, Problem};
use crate::config::contexts::{self, Context, Resolved, Selection};
use crate::config::{Config, ConfigError, Environment, Paths, paths};
use crate::domain::Time;
use crate::ops::Backend;

use super::GlobalArgs;
use super::error::CliError;
use super::output::Output;

/// What commands work with.
pub struct Session {
    pub global: GlobalArgs,
    pub env: Environment,
    pub out: Output,
    pub paths: Paths,
    backend: OnceCell<Arc<dyn Backend>>,
}

/// The present, for display and for time limits of the command line; decisions are taken elsewhere.
#[expect(clippy::disallowed_methods, reason = "to be replaced by ops::clock::SystemClock")]
pub fn now() -> Time {
    Time::from(std::time::SystemTime::now())
}

impl Session {
    pub fn new(global: GlobalArgs, env: Environment, out: Output) -> Self {
        let paths = Paths::new(&env);
        Self { global, env, out, paths, backend: OnceCell::new() }
    }

    /// Runs a command to its end.
    pub fn block_on<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        Self::run_on(tokio::runtime::Builder::new_current_thread(), work)
    }

    /// The same with all cores, for a server.
    pub fn serve<T>(&self, work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
        Self::run_on(tokio::runtime::Builder::new_multi_thread(), work)
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

    /// Whether somebody can be asked: at a terminal, and not told to be quiet.
    pub fn may_prompt(&self) -> bool {
        let terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
        terminal && !self.global.no_input && !self.env.no_input && !self.env.ci
    }

    /// The context that holds for this command, and who decided it.
    pub fn resolved(&self) -> Result<Resolved, CliError> {
        let flags = Selection { context: self.global.context.as_deref(), server: self.global.server.as_deref() };
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
        Ok((user, Config::load_system(std::path::Path::new(paths::SYSTEM_CONFIG))?))
    }

    /// What this command talks to.
    pub async fn backend(&self) -> Result<&dyn Backend, CliError> {
        let backend = self.backend.get_or_try_init(|| self.open()).await?;
        Ok(backend.as_ref())
    }

    async fn open(&self) -> Result<Arc<dyn Backend>, CliError> {
        let resolved = self.resolved()?;
        match &resolved.context {
            Context::Local { .. } => Err(Problem::new(Code::Unavailable, "the local backend is not joined").into()),
            Context::Remote { .. } => Err(Problem::new(Code::Unavailable, "the client is not joined").into()),
        }
    }
}

impl From<ConfigError> for CliError {
    fn from(err: ConfigError) -> Self {
        let code = match &err {
            ConfigError::Unknown { .. } => Code::NotFound,
            ConfigError::File(_) => Code::Failure,
            _ => Code::Usage,
        };
        let error = Self::new(code, err.to_string());
        match err.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}
