//! Plugins on the command line: which variables they get, and which file is meant.

use std::path::PathBuf;
use std::str::FromStr;

use crate::config::PluginContext;
use crate::config::contexts::variable;
use crate::domain::{Digest, Name};
use crate::files::shown;
use crate::plugin;

use super::error::CliError;
use super::prompt;
use super::session::Session;

/// `NAME`: that variable of our own environment. `NAME=VALUE`: this value.
#[derive(Debug, Clone)]
pub struct PluginVariable {
    name: String,
    value: Option<String>,
}

impl FromStr for PluginVariable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        variable(name)?;
        Ok(Self { name: name.to_owned(), value })
    }
}

/// The last word of a name counts: a test gives the approver what the requester has, and then more.
pub fn context(program: PathBuf, sha256: Digest, variables: Vec<PluginVariable>) -> PluginContext {
    let (pass, set) = Default::default();
    let mut context = PluginContext { program, sha256, pass, set, time_limit: None };
    for PluginVariable { name, value } in variables {
        match value {
            None => {
                context.set.remove(&name);
                context.pass.insert(name);
            }
            Some(value) => {
                context.pass.remove(&name);
                context.set.insert(name, value);
            }
        }
    }
    context
}

pub fn absolute(program: PathBuf) -> Result<PathBuf, CliError> {
    std::path::absolute(program).map_err(|err| CliError::failure("the program has no absolute path", &err))
}

/// A plugin as it is recorded: with the SHA-256 that somebody looked at.
pub async fn pinned(
    session: &Session,
    name: &Name,
    program: PathBuf,
    sha256: Option<Digest>,
    variables: Vec<PluginVariable>,
) -> Result<PluginContext, CliError> {
    let program = absolute(program)?;
    let found = plugin::digest(&program)?;
    match sha256 {
        Some(given) if given == found => {}
        Some(given) => {
            return Err(CliError::usage(format!("{} has the SHA-256 {found}, not {given}", shown(&program)))
                .hint("compare with what its author publishes"));
        }
        None if session.may_prompt() => {
            session.out.note(&format!("{} has the SHA-256 {found}", shown(&program)));
            if !prompt::confirm(session, "It will run with your rights. Is that the right one").await? {
                return Err(CliError::usage("nothing was added: you said no"));
            }
        }
        None => {
            let path = prompt::quote(&program.to_string_lossy());
            return Err(CliError::usage(format!(
                "--sha256 is missing; {} has {found}: compare it with what its author publishes",
                shown(&program)
            ))
            .hint(format!("jit context add {name} --plugin {path} --sha256 {found}")));
        }
    }
    Ok(context(program, found, variables))
}
