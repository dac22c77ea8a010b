//! The command line: the only code that knows clap and the terminal.
//!
//! Commands turn arguments into one of `api`'s documents, call the backend, and print what comes back.

mod access;
mod checks;
mod child;
pub mod commands;
mod complete;
mod demo;
pub mod error;
pub mod interrupt;
mod logging;
mod os_user;
pub mod output;
mod pick;
mod plugin;
mod prompt;
mod replay;
mod session;
mod waiting;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};

use crate::config::Environment;
use crate::domain::text::escape;

use commands::Command;
use error::CliError;
pub use logging::quiet_panics;
use output::{Colour, Format, Output};
use session::Session;

/// Time-limited access to hosts, databases, clusters and cloud accounts
///
/// Ask for a role with `jit request`, let somebody decide with `jit approve`, use it with `jit exec`.
/// The access ends by itself when its time is up.
#[derive(Debug, Parser)]
#[command(name = "jit", version, disable_help_subcommand = true, arg_required_else_help = true)]
#[command(max_term_width = 100, propagate_version = false)]
#[command(after_help = "More: `jit help exit-codes`, `jit help environment`, `jit help COMMAND`.")]
pub struct Cli {
    #[command(flatten)]
    pub global: GlobalArgs,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands. Flag > environment > user file > system file.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// How to print data [env: JIT_OUTPUT] [default: table]
    #[arg(short, long, global = true, value_name = "FORMAT", hide_possible_values = false)]
    pub output: Option<Format>,

    /// Short for `--output json`
    #[arg(long, global = true, conflicts_with = "output")]
    pub json: bool,

    /// Never prompt: what is missing is an error [env: JIT_NO_INPUT, CI]
    #[arg(long, global = true)]
    pub no_input: bool,

    /// Which of your contexts to use, see `jit context list` [env: JIT_CONTEXT]
    #[arg(long, global = true, value_name = "NAME", add = complete::contexts())]
    pub context: Option<String>,

    /// The server to talk to, instead of a context's [env: JIT_SERVER]
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,

    /// Where your tokens are kept: keyring, file or memory [env: JIT_STORE]
    #[arg(long, global = true, value_name = "STORE")]
    pub store: Option<String>,

    /// When to use colours [env: NO_COLOR, CLICOLOR_FORCE]
    #[arg(long, visible_alias = "colour", global = true, value_name = "WHEN")]
    pub color: Option<Colour>,

    /// Log what happens on stderr; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// What to log on stderr, such as `debug` or `jit_access::server=trace` [env: JIT_LOG]
    #[arg(long, global = true, value_name = "TARGETS", conflicts_with = "verbose")]
    pub log: Option<String>,
}

impl GlobalArgs {
    /// The format that was asked for, by flag or environment.
    fn format(&self, env: &Environment) -> Result<Format, CliError> {
        if self.json {
            return Ok(Format::Json);
        }
        match (self.output, &env.output) {
            (Some(format), _) => Ok(format),
            (None, Some(text)) => <Format as clap::ValueEnum>::from_str(text, false).map_err(|_| {
                CliError::usage(format!("JIT_OUTPUT is {text:?}: it is table, wide, json or ndjson"))
            }),
            (None, None) => Ok(Format::default()),
        }
    }
}

/// The clap tree, for completions, man pages and tests.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses, runs, prints the error; the process's exit code.
pub fn run(args: Vec<OsString>) -> ExitCode {
    let env = match Environment::from_process() {
        Ok(env) => env,
        Err(err) => {
            let output = Output::new(Format::Table, Colour::Auto, &Environment::default());
            return end(&output, CliError::usage(err.to_string()).hint("jit help environment"));
        }
    };
    // Lives as long as the process: to take the whole tree apart again is a fifth of a short command's work.
    let tree = Box::leak(Box::new(Cli::command()));
    let parsed = tree.try_get_matches_from_mut(&args).and_then(|m| Cli::from_arg_matches(&m));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(err) => return end_of_parsing(&args, &env, err),
    };
    let colour = cli.global.color.unwrap_or_default();
    let output = match cli.global.format(&env) {
        Ok(format) => Output::new(format, colour, &env),
        Err(err) => return end(&Output::new(Format::Table, colour, &env), err),
    };
    let serves = matches!(cli.command, Command::Serve(_));
    if let Err(err) = logging::start(&cli.global, &env, serves) {
        return end(&output, err);
    }
    let session = Session::new(cli.global, env, output.clone());
    match commands::run(&session, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(err) => end(&output, err),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the end of the error is here")]
fn end(output: &Output, error: CliError) -> ExitCode {
    if !error.is_quiet() {
        output.error(&error);
    }
    ExitCode::from(error.exit_code())
}

/// Help and version are no errors; everything else is exit 2, in the form that was asked for.
fn end_of_parsing(args: &[OsString], env: &Environment, error: clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Ok(()) => ExitCode::SUCCESS,
            Err(err) => ExitCode::from(CliError::stdout(err).exit_code()),
        };
    }
    let format = if wants_json(args, env) { Format::Json } else { Format::Table };
    // clap repeats what was typed, which a script may have from somebody else.
    let strange = args.iter().any(|arg| arg.to_str().is_none_or(|arg| escape(arg) != arg));
    if format.is_json() || strange {
        return end(&Output::new(format, Colour::Never, env), error.into());
    }
    // Nothing can be told to anybody when stderr itself fails.
    let _ = error.print();
    ExitCode::from(2)
}

/// Whether a command line that does not parse asked for JSON all the same.
fn wants_json(args: &[OsString], env: &Environment) -> bool {
    let json = |text: &str| matches!(text, "json" | "ndjson");
    let words: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).take_while(|arg| arg != "--").collect();
    let mut asked = None;
    for (i, word) in words.iter().enumerate() {
        let value = match word.as_ref() {
            "--json" => Some("json"),
            "-o" | "--output" => words.get(i + 1).map(AsRef::as_ref),
            word => word
                .strip_prefix("--output=")
                .or_else(|| word.strip_prefix("-o").map(|value| value.strip_prefix('=').unwrap_or(value))),
        };
        asked = value.map(json).or(asked);
    }
    asked.unwrap_or_else(|| env.output.as_deref().is_some_and(json))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
