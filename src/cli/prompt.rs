//! Questions to a person, with `dialoguer` behind a guard.
//!
//! `dialoguer` spins for ever on what is no terminal, so every function here asks
//! [`Session::may_prompt`] first. It leaves the cursor hidden, or the echo off, when Ctrl-C ends it, so
//! both are put back.

use std::io;

use dialoguer::console::Term;
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Confirm, FuzzySelect, Input, MultiSelect, Password};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::domain::text::escape;
use crate::secrets::{AskPassphrase, Purpose, Secret, SecretError};

use super::error::CliError;
use super::interrupt;
use super::session::Session;

/// One of several; each option is one escaped line.
pub async fn select(session: &Session, question: &str, options: Vec<String>) -> Result<usize, CliError> {
    let question = question.to_owned();
    ask(session, move |theme, term| {
        FuzzySelect::with_theme(theme).with_prompt(question).items(&options).default(0).interact_on(term)
    })
    .await
}

/// Any number of several.
pub async fn select_many(
    session: &Session,
    question: &str,
    options: Vec<String>,
) -> Result<Vec<usize>, CliError> {
    let question = question.to_owned();
    ask(session, move |theme, term| {
        MultiSelect::with_theme(theme).with_prompt(question).items(&options).interact_on(term)
    })
    .await
}

/// A line of text; `check` says what is wrong with it.
pub async fn line(
    session: &Session,
    question: &str,
    check: impl Fn(&str) -> Result<(), String> + Send + 'static,
) -> Result<String, CliError> {
    let question = question.to_owned();
    ask(session, move |theme, term| {
        Input::<String>::with_theme(theme)
            .with_prompt(question)
            .allow_empty(true)
            .validate_with(move |text: &String| check(text))
            .interact_text_on(term)
    })
    .await
}

/// Yes or no; Enter alone is no.
pub async fn confirm(session: &Session, question: &str) -> Result<bool, CliError> {
    let question = question.to_owned();
    ask(session, move |theme, term| {
        Confirm::with_theme(theme).with_prompt(question).default(false).interact_on(term)
    })
    .await
}

/// A secret, not echoed.
pub async fn secret(session: &Session, question: &str) -> Result<Zeroizing<String>, CliError> {
    let question = question.to_owned();
    ask(session, move |theme, term| {
        Password::with_theme(theme).with_prompt(question).interact_on(term).map(Zeroizing::new)
    })
    .await
}

/// The passphrase of the encrypted token file, from a person; blocks. Only where one may be asked.
pub fn passphrase() -> AskPassphrase {
    Box::new(|purpose| {
        let _terminal = Restore::new();
        let prompt = Password::with_theme(&SimpleTheme);
        let prompt = match purpose {
            Purpose::Open => prompt.with_prompt("Passphrase of the token file"),
            Purpose::Create => prompt
                .with_prompt("New passphrase for the token file")
                .with_confirmation("The same again", "the two differ"),
        };
        match prompt.interact_on(&Term::stderr()) {
            Ok(passphrase) => Ok(Secret::new(passphrase)),
            Err(_) => Err(SecretError::PassphraseNeeded),
        }
    })
}

async fn ask<T: Send + 'static>(
    session: &Session,
    question: impl FnOnce(&dyn Theme, &Term) -> dialoguer::Result<T> + Send + 'static,
) -> Result<T, CliError> {
    if !session.may_prompt() {
        return Err(CliError::usage("input is needed, and nobody can be asked"));
    }
    let colour = session.out.animate && !session.env.no_color;
    let _terminal = Restore::new();
    let asked = tokio::task::spawn_blocking(move || {
        let theme: &dyn Theme = if colour { &ColorfulTheme::default() } else { &SimpleTheme };
        question(theme, &Term::stderr())
    });
    tokio::select! {
        () = interrupt::interrupted() => Err(CliError::interrupted()),
        answer = asked => match answer {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(dialoguer::Error::IO(err))) if err.kind() == io::ErrorKind::Interrupted => {
                Err(CliError::interrupted())
            }
            Ok(Err(err)) => Err(CliError::failure("the question could not be asked", &err)),
            Err(err) => Err(CliError::failure("the question could not be asked", &err)),
        },
    }
}

/// Puts the terminal back as it was, however the question ended.
struct Restore {
    stdin: Option<Termios>,
}

impl Restore {
    fn new() -> Self {
        Self { stdin: tcgetattr(io::stdin()).ok() }
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        // A terminal that has gone needs nothing.
        let _ = Term::stderr().show_cursor();
        if let Some(stdin) = &self.stdin {
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, stdin);
        }
    }
}

/// The command line that would have done the same without questions, quoted for a POSIX shell.
pub fn equivalent<W: AsRef<str>>(words: &[W]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quote(word.as_ref())).collect();
    format!("the same without questions: {}", quoted.join(" "))
}

/// One word of a POSIX shell.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", escape(word).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_equivalent_command_is_one_that_a_shell_reads_back() {
        let words = ["jit", "request", "web", "--reason", "it's $HOME; `x`", "--ticket", ""];
        assert_eq!(
            equivalent(&words),
            "the same without questions: jit request web --reason 'it'\\''s $HOME; `x`' --ticket ''"
        );
    }
}
