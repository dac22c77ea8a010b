//! `config.toml`: the contexts a person switches between, and which one holds now.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Environment, NoHome, Paths, ServerUrl, UrlError, environment};
use crate::domain::text::escape;
use crate::domain::{Digest, Name, Span};
use crate::files::{self, FileError, MAX_TEXT};
use crate::plugin::{Limits, Program};

/// The context that is always there.
pub const LOCAL: &str = "local";
const FILE: &str = "config.toml";
const LOCK_WAIT: Duration = Duration::from_secs(5);

/// The contents of a `config.toml`. Unknown keys are errors: a mistyped one must not be ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The context in use, when neither a flag nor the environment names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<Name>,
    #[serde(default, rename = "context", skip_serializing_if = "BTreeMap::is_empty")]
    pub contexts: BTreeMap<Name, Context>,
}

/// What the commands talk to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "backend", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Context {
    /// In this process, with an embedded store.
    Local { policy: PathBuf, data: PathBuf },
    /// A jit server.
    Remote {
        server: String,
        /// Where tokens are kept; `None`: the OS keyring.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        store: Option<StoreChoice>,
        /// Lets plain http reach beyond this machine.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        allow_http: bool,
    },
    /// A program in front of another system: jit-backend(7).
    Plugin(PluginContext),
}

/// A pinned program, and what it gets of the environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PluginContext {
    pub program: PathBuf,
    /// Of the program as it was when it was added.
    pub sha256: Digest,
    /// Variables that it gets from jit's own environment, besides [`environment::PLUGIN`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub pass: BTreeSet<String>,
    /// Variables that it gets as they are here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// How long one call may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<Span>,
}

impl PluginContext {
    pub fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits { time: self.time_limit.map_or(default.time, Span::std), ..default }
    }

    /// What to run.
    pub fn to_program(&self) -> Program {
        let names = environment::PLUGIN.iter().copied().chain(self.pass.iter().map(String::as_str));
        let fixed = self.set.iter().map(|(name, value)| (name.into(), value.into()));
        Program {
            path: self.program.clone(),
            sha256: self.sha256,
            args: Vec::new(),
            environment: Environment::passed_on(names).into_iter().chain(fixed).collect(),
        }
    }

    fn check(&self) -> Result<(), String> {
        if !self.program.is_absolute() {
            return Err("the path of its program is not absolute".to_owned());
        }
        self.pass.iter().chain(self.set.keys()).try_for_each(|name| variable(name))
    }
}

/// Whether a plugin may get a variable of this name.
///
/// # Errors
/// The sentence that says why not.
pub fn variable(name: &str) -> Result<(), String> {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') || !name.chars().all(rest) {
        return Err(format!("`{}` is no name of a variable", escape(name)));
    }
    // A token for one server is none for the system behind a plugin.
    if name.starts_with("JIT_") {
        return Err(format!("`{name}` is a variable of jit's own, which no plugin gets"));
    }
    Ok(())
}

/// The secret stores that a context may name. `memory` would forget between two commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoreChoice {
    Keyring,
    File,
}

/// Why there is no such setting.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    NoHome(#[from] NoHome),
    #[error("{}:{line}: {message}", escape(&path.to_string_lossy()))]
    Syntax { path: PathBuf, line: usize, message: String },
    #[error("there is no context `{}`", escape(name))]
    Unknown { name: String, known: Vec<String>, near: Option<String> },
    #[error("there is a context `{0}` already")]
    Exists(Name),
    #[error("`local` is built in, and cannot be changed or removed")]
    BuiltIn,
    #[error("`{0}` is the context in use")]
    InUse(Name),
    #[error("a context and a server are both given, and only one can be meant")]
    Both,
    #[error(transparent)]
    Url(#[from] UrlError),
}

impl ConfigError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(err) => err.hint(),
            Self::NoHome(_) => Some("export HOME, or JIT_CONFIG_DIR".to_owned()),
            Self::Unknown { near: Some(near), .. } => Some(format!("did you mean `{near}`?")),
            Self::Unknown { known, .. } => Some(format!("there are: {}", known.join(", "))),
            Self::Exists(name) => Some(format!("jit context remove {name}")),
            Self::InUse(_) => Some("jit context use local".to_owned()),
            Self::BuiltIn => Some("jit context add NAME --policy DIR --data DIR".to_owned()),
            Self::Url(UrlError::PlainHttp) => Some("write https://".to_owned()),
            Self::Both => Some("leave out --server or --context".to_owned()),
            Self::Syntax { .. } | Self::Url(_) => None,
        }
    }
}

impl Config {
    /// The user's settings; none when there is no file.
    ///
    /// # Errors
    /// When the file is open to others, too long, or says what is not understood.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        let path = dir.join(FILE);
        match files::read_private(&path, MAX_TEXT) {
            Ok(bytes) => match std::str::from_utf8(&bytes) {
                Ok(text) => Self::parse(text, &path),
                Err(_) => Err(FileError::NotText { path }.into()),
            },
            Err(err) if err.is_not_found() => Ok(Self::default()),
            Err(err) => Err(err.into()),
        }
    }

    /// The machine's settings, which everybody may read; none when there is no file.
    ///
    /// # Errors
    /// When everybody may change the file, or it says what is not understood.
    pub fn load_system(path: &Path) -> Result<Self, ConfigError> {
        match files::read_shared(path) {
            Ok(text) => Self::parse(&text, path),
            Err(err) if err.is_not_found() => Ok(Self::default()),
            Err(err) => Err(err.into()),
        }
    }

    /// Changes the user's settings, one process at a time.
    ///
    /// # Errors
    /// Those of [`Config::load`], of `change`, and of writing; then the file is as it was.
    pub fn change<T>(
        dir: &Path,
        change: impl FnOnce(&mut Self) -> Result<T, ConfigError>,
    ) -> Result<T, ConfigError> {
        files::private_dir(dir)?;
        let path = dir.join(FILE);
        let _lock = files::lock(&path, LOCK_WAIT)?;
        let mut config = Self::load(dir)?;
        let result = change(&mut config)?;
        config.check(&path)?;
        files::write_private(&path, config.text(&path)?.as_bytes())?;
        Ok(result)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|err| {
            let upto = err.span().map_or(0, |span| span.start);
            let line = 1 + text.bytes().take(upto).filter(|b| *b == b'\n').count();
            // Only its message, escaped: its own display quotes the source line, raw.
            ConfigError::Syntax { path: path.to_owned(), line, message: escape(err.message()).into_owned() }
        })?;
        config.check(path)?;
        Ok(config)
    }

    /// What the shape alone does not say.
    fn check(&self, path: &Path) -> Result<(), ConfigError> {
        let wrong = |message| ConfigError::Syntax { path: path.to_owned(), line: 1, message };
        for (name, context) in &self.contexts {
            if name == LOCAL {
                return Err(ConfigError::BuiltIn);
            }
            let checked = match context {
                Context::Remote { server, allow_http, .. } => {
                    ServerUrl::parse(server, *allow_http).map(drop).map_err(|err| err.to_string())
                }
                Context::Plugin(plugin) => plugin.check(),
                Context::Local { .. } => Ok(()),
            };
            checked.map_err(|why| wrong(format!("context `{name}`: {why}")))?;
        }
        Ok(())
    }

    fn text(&self, path: &Path) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(|err| ConfigError::Syntax {
            path: path.to_owned(),
            line: 1,
            message: escape(&err.to_string()).into_owned(),
        })
    }

    fn known(&self) -> Vec<String> {
        let built_in = std::iter::once(LOCAL.to_owned());
        built_in.chain(self.contexts.keys().map(ToString::to_string)).collect()
    }

    /// Makes `name` the context in use.
    ///
    /// # Errors
    /// [`ConfigError::Unknown`], with the contexts there are.
    pub fn use_context(&mut self, name: &str) -> Result<(), ConfigError> {
        self.current = Some(self.existing(name)?);
        Ok(())
    }

    /// # Errors
    /// When there is one of that name already, or it is `local`.
    pub fn add(&mut self, name: Name, context: Context) -> Result<(), ConfigError> {
        if &name == LOCAL {
            return Err(ConfigError::BuiltIn);
        }
        if self.contexts.contains_key(&name) {
            return Err(ConfigError::Exists(name));
        }
        self.contexts.insert(name, context);
        Ok(())
    }

    /// # Errors
    /// When it is the one in use, unknown, or `local`.
    pub fn remove(&mut self, name: &str) -> Result<Context, ConfigError> {
        if name == LOCAL {
            return Err(ConfigError::BuiltIn);
        }
        let name = self.existing(name)?;
        if self.current.as_ref() == Some(&name) {
            return Err(ConfigError::InUse(name));
        }
        self.contexts.remove(&name).ok_or(ConfigError::Exists(name))
    }

    fn existing(&self, name: &str) -> Result<Name, ConfigError> {
        match name.parse() {
            Ok(known) if name == LOCAL || self.contexts.contains_key(&known) => Ok(known),
            _ => Err(unknown(name, self.known())),
        }
    }
}

fn unknown(name: &str, known: Vec<String>) -> ConfigError {
    let near = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .min()
        .map(|(_, candidate)| candidate.clone());
    ConfigError::Unknown { name: name.to_owned(), known, near }
}

/// What the flags of this command say.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// `--context`
    pub context: Option<&'a str>,
    /// `--server`
    pub server: Option<&'a str>,
}

/// Who decided which context holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    Flag,
    Environment,
    UserFile,
    SystemFile,
    BuiltIn,
}

impl Origin {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flag => "a flag",
            Self::Environment => "the environment",
            Self::UserFile => "the user's config.toml",
            Self::SystemFile => super::paths::SYSTEM_CONFIG,
            Self::BuiltIn => "the default",
        }
    }
}

/// The context that holds for this command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// `None` for a server that was named by its address.
    pub name: Option<String>,
    pub context: Context,
    pub origin: Origin,
}

impl Resolved {
    /// The server, in its normal form; `None` where there is none.
    ///
    /// # Errors
    /// When the address is not one.
    pub fn server(&self) -> Result<Option<ServerUrl>, UrlError> {
        match &self.context {
            Context::Remote { server, allow_http, .. } => ServerUrl::parse(server, *allow_http).map(Some),
            Context::Local { .. } | Context::Plugin(_) => Ok(None),
        }
    }
}

/// Finds the context: flag, environment, user file, system file, and then `local`.
///
/// # Errors
/// An unknown name, a bad address, or a context and a server on the same level: nothing is guessed.
pub fn resolve(
    flags: Selection<'_>,
    env: &Environment,
    paths: &Paths,
    user: &Config,
    system: &Config,
) -> Result<Resolved, ConfigError> {
    let from_env = Selection { context: env.context.as_deref(), server: env.server.as_deref() };
    let current = |config: &'_ Config| config.current.as_ref().map(ToString::to_string);
    let (from_user, from_system) = (current(user), current(system));
    let levels = [
        (flags, Origin::Flag),
        (from_env, Origin::Environment),
        (Selection { context: from_user.as_deref(), server: None }, Origin::UserFile),
        (Selection { context: from_system.as_deref(), server: None }, Origin::SystemFile),
        (Selection { context: Some(LOCAL), server: None }, Origin::BuiltIn),
    ];
    let chosen = levels.into_iter().find(|(level, _)| level.context.is_some() || level.server.is_some());
    let (name, server, origin) = match chosen {
        Some((Selection { context: Some(_), server: Some(_) }, _)) => return Err(ConfigError::Both),
        Some((level, origin)) => (level.context.unwrap_or(LOCAL), level.server, origin),
        None => (LOCAL, None, Origin::BuiltIn),
    };
    if let Some(server) = server {
        // A context of the same server brings its store, and its leave to use plain http.
        let same = |context: &&Context| match context {
            Context::Remote { server: other, allow_http, .. } => {
                let parse = |text| ServerUrl::parse(text, *allow_http).ok();
                parse(server).is_some() && parse(server) == parse(other)
            }
            Context::Local { .. } | Context::Plugin(_) => false,
        };
        let known = user.contexts.values().chain(system.contexts.values()).find(same).cloned();
        let context = match known {
            Some(known) => known,
            None => {
                let server = ServerUrl::parse(server, false)?.to_string();
                Context::Remote { server, store: None, allow_http: false }
            }
        };
        return Ok(Resolved { name: None, context, origin });
    }
    let context = if name == LOCAL {
        Context::Local { policy: paths.policy_dir(), data: paths.data_dir()?.to_owned() }
    } else if let Some(context) = user.contexts.get(name).or_else(|| system.contexts.get(name)) {
        context.clone()
    } else {
        let mut known = user.known();
        known.extend(system.contexts.keys().map(ToString::to_string));
        known.sort_unstable();
        known.dedup();
        return Err(unknown(name, known));
    };
    Ok(Resolved { name: Some(name.to_owned()), context, origin })
}

#[cfg(test)]
#[path = "contexts_tests.rs"]
mod tests;
