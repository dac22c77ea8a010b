//! `jit help`

use clap::Command;

use crate::cli::error::CliError;
use crate::cli::output::{Table, Text};
use crate::cli::session::Session;
use crate::config::environment::VARIABLES;

use super::Outcome;

/// Explain a command, `exit-codes` or `environment`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Topics:
  exit-codes   what each exit code means
  environment  which variables are read")]
pub struct Args {
    /// A command such as `policy check`, or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

/// Every exit code: `jit help exit-codes`. The codes themselves are `api::Code`'s.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "done"),
    (1, "failure"),
    (2, "usage, or input is needed and nobody can be asked"),
    (3, "not found, or ambiguous"),
    (4, "not logged in, or the session is over"),
    (5, "refused by policy"),
    (6, "denied by an approver"),
    (7, "expired, cancelled, lapsed or revoked"),
    (8, "still pending when the time was over"),
    (9, "the secret store is not available"),
    (10, "the server cannot be reached: try again"),
    (125, "`jit exec`: jit itself failed, and the error says how"),
    (126, "`jit exec`: the command cannot be executed"),
    (127, "`jit exec`: the command was not found"),
    (128, "`jit exec`: plus the number of the signal that ended the command"),
    (130, "interrupted by Ctrl-C"),
    (141, "whoever read the output went away"),
];

pub fn run(session: &Session, args: &Args) -> Outcome {
    let words: Vec<&str> = args.words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["exit-codes"] => {
            let rows = EXIT_CODES.iter().map(|(code, what)| (code.to_string(), *what));
            page(
                session,
                "Exit codes. `jit exec` otherwise ends with the code of its command.",
                ["CODE", "MEANING"],
                rows,
            )
        }
        ["environment"] => {
            let rows = VARIABLES.iter().map(|(name, what)| ((*name).to_owned(), *what));
            page(
                session,
                "Variables that jit reads. A flag goes before them, a file after.",
                ["VARIABLE", "MEANING"],
                rows,
            )
        }
        words => {
            let mut command = crate::cli::command();
            command.build();
            let help = find(&mut command, words)?.render_long_help();
            session.out.raw(help.to_string().as_bytes())
        }
    }
}

fn find<'a>(command: &'a mut Command, words: &[&str]) -> Result<&'a mut Command, CliError> {
    let Some((first, rest)) = words.split_first() else { return Ok(command) };
    match command.find_subcommand_mut(first) {
        Some(found) => find(found, rest),
        None => Err(CliError::usage(format!("there is no command or topic {first:?}")).hint("jit help")),
    }
}

fn page(
    session: &Session,
    title: &str,
    head: [&'static str; 2],
    rows: impl Iterator<Item = (String, &'static str)>,
) -> Outcome {
    let mut page = session.out.page();
    page.line(title);
    page.blank();
    let mut table = Table::new(head);
    for (name, what) in rows {
        table.row([Text::new(name), Text::new(what)]);
    }
    page.table(&table);
    session.out.raw(page.finish().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Code;

    #[test]
    fn every_exit_code_that_a_problem_can_have_is_explained() {
        use Code::*;
        for code in [
            Failure,
            Usage,
            NotFound,
            Ambiguous,
            NotLoggedIn,
            SessionOver,
            Refused,
            Denied,
            Over,
            StillPending,
            SecretStore,
            Unreachable,
            Conflict,
            TooLarge,
            Unavailable,
            Unsupported,
        ] {
            assert!(EXIT_CODES.iter().any(|(explained, _)| *explained == code.exit_code()), "{code:?}");
        }
    }

    #[test]
    fn help_finds_a_command_of_a_command() {
        let mut command = crate::cli::command();
        assert_eq!(find(&mut command, &["policy", "check"]).unwrap().get_name(), "check");
        assert!(find(&mut command, &["polici"]).is_err());
    }
}
