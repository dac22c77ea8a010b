//! Every failure, as a person and a script get it: what, why, and the next command to try.

use std::borrow::Cow;
use std::io;

use serde::Serialize;

use crate::api::{Code, Problem, SCHEMA};

use super::output::{Lines, Page, Style, Text};

/// Why a command ends without having done what it should.
#[derive(Debug)]
pub struct CliError {
    problem: Problem,
    /// What it came from, the nearest first.
    causes: Vec<String>,
    end: End,
}

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With the exit code of the problem's code.
    Problem,
    /// Ctrl-C: 130, as a shell counts it.
    Interrupted,
    /// Whoever read stdout has gone: 141, as for a program that SIGPIPE ends, and nothing to say.
    BrokenPipe,
    /// The code of a child, or of env(1), after whatever there was to say has been said.
    Code { code: u8, quiet: bool },
}

impl CliError {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Problem::new(code, message).into()
    }

    /// Exit 2: something is wrong with what was typed, or something is missing.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Code::Usage, message)
    }

    /// A failure of jit or of the machine, with its chain of causes.
    pub fn failure(message: impl Into<String>, cause: &dyn std::error::Error) -> Self {
        Self::new(Code::Failure, message).caused_by(cause)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.problem.hint = Some(hint.into());
        self
    }

    pub fn reasons(mut self, reasons: Vec<String>) -> Self {
        self.problem.reasons = reasons;
        self
    }

    pub fn more_reasons(mut self, reasons: Vec<String>) -> Self {
        self.problem.reasons.extend(reasons);
        self
    }

    pub fn caused_by(mut self, cause: &dyn std::error::Error) -> Self {
        let mut next = Some(cause);
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// Ctrl-C, with nothing left behind that needs saying.
    pub fn interrupted() -> Self {
        Self { end: End::Interrupted, ..Self::new(Code::Failure, "interrupted") }
    }

    /// Ctrl-C while waiting: `problem` says what stays.
    pub fn interrupted_with(problem: Problem) -> Self {
        Self { end: End::Interrupted, ..problem.into() }
    }

    /// Ends with `code` after printing the error.
    pub fn with_exit(mut self, code: u8) -> Self {
        self.end = End::Code { code, quiet: false };
        self
    }

    /// Ends with `code`; somebody else has said why.
    pub fn exit(code: u8) -> Self {
        Self { end: End::Code { code, quiet: true }, ..Self::new(Code::Failure, "") }
    }

    pub fn stdout(err: io::Error) -> Self {
        if err.kind() == io::ErrorKind::BrokenPipe {
            return Self { end: End::BrokenPipe, ..Self::new(Code::Failure, "") };
        }
        Self::failure("the output cannot be written", &err)
    }

    pub fn code(&self) -> Code {
        self.problem.code
    }

    pub fn is_interrupt(&self) -> bool {
        self.end == End::Interrupted
    }

    /// Whether the exit code is not the one of the problem.
    pub fn has_exit(&self) -> bool {
        self.end != End::Problem
    }

    /// The next command to try.
    pub fn cure(&self) -> Option<&str> {
        self.problem.hint.as_deref()
    }

    pub fn message(&self) -> &str {
        &self.problem.message
    }

    /// Whether there is nothing to say.
    pub fn is_quiet(&self) -> bool {
        match self.end {
            End::BrokenPipe => true,
            End::Code { quiet, .. } => quiet,
            // Who pressed Ctrl-C knows it; only what stays behind is news.
            End::Interrupted => self.problem.hint.is_none(),
            End::Problem => false,
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self.end {
            End::Problem => self.problem.code.exit_code(),
            End::Interrupted => 130,
            End::BrokenPipe => 141,
            End::Code { code, .. } => code,
        }
    }

    pub fn human(&self, page: &mut Page) {
        page.styled(&Text::new(format_args!("error: {}", self.problem.message)).style(Style::Bad));
        for reason in &self.problem.reasons {
            page.line(format_args!("  {reason}"));
        }
        for cause in &self.causes {
            page.line(format_args!("  caused by: {cause}"));
        }
        if let Some(hint) = &self.problem.hint {
            page.styled(&Text::new(format_args!("try: {hint}")).style(Style::Bold));
        }
    }

    /// The error object of `-o json`.
    pub fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            code: Code,
            message: &'a str,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            reasons: &'a [String],
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            causes: &'a [String],
            hint: Option<&'a str>,
            retryable: bool,
            exit_code: u8,
        }
        let Problem { code, message, reasons, hint, retryable, .. } = &self.problem;
        let causes = &self.causes;
        let (hint, exit_code) = (hint.as_deref(), self.exit_code());
        lines.push(
            "error",
            &Body { code: *code, message, reasons, causes, hint, retryable: *retryable, exit_code },
        )
    }
}

impl From<Problem> for CliError {
    fn from(mut problem: Problem) -> Self {
        // A server's word, made ours: whatever it calls itself, it is printed as an error of this schema.
        SCHEMA.clone_into(&mut problem.schema);
        if problem.hint.is_none() {
            problem.hint = default_hint(problem.code).map(Cow::into_owned);
        }
        Self { problem, causes: Vec::new(), end: End::Problem }
    }
}

/// The next command where the failure itself names none.
fn default_hint(code: Code) -> Option<Cow<'static, str>> {
    let hint = match code {
        Code::NotLoggedIn | Code::SessionOver => "jit login",
        Code::NotFound => "jit list --history",
        Code::SecretStore | Code::Unreachable => "jit doctor",
        _ => return None,
    };
    Some(Cow::Borrowed(hint))
}

impl From<serde_json::Error> for CliError {
    fn from(err: serde_json::Error) -> Self {
        Self::failure("the output cannot be written as JSON", &err)
    }
}

impl From<anyhow::Error> for CliError {
    fn from(err: anyhow::Error) -> Self {
        let mut chain = err.chain();
        let message = chain.next().map(ToString::to_string).unwrap_or_default();
        Self { causes: chain.map(ToString::to_string).collect(), ..Self::new(Code::Failure, message) }
    }
}

impl From<clap::Error> for CliError {
    /// For `-o json`: clap's own text, less its colours and its "For more information" line.
    fn from(err: clap::Error) -> Self {
        let text = err.render().to_string();
        let message: Vec<&str> = text
            .lines()
            .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        let message = message.join(" ");
        let message = message.strip_prefix("error: ").unwrap_or(&message);
        Self::usage(message).hint("jit help")
    }
}

#[cfg(test)]
mod tests {
    use super::super::output::Zone;
    use super::*;
    use crate::domain::Time;

    fn page(error: &CliError) -> String {
        let mut page = Page::new(Time::from_millis(0), Zone::UTC, None, false, false);
        error.human(&mut page);
        page.finish()
    }

    #[test]
    fn an_error_says_what_and_why_and_the_next_command() {
        let cause = io::Error::other("the line is dead\x1b[2J");
        let error = CliError::new(Code::Refused, "the policy refuses this request")
            .reasons(vec!["4h is longer than the role's longest, 2h".to_owned()])
            .caused_by(&cause)
            .hint("jit explain db-read");
        insta::assert_snapshot!(page(&error), @r"
        error: the policy refuses this request
          4h is longer than the role's longest, 2h
          caused by: the line is dead\u{1b}[2J
        try: jit explain db-read
        ");
        assert_eq!(error.exit_code(), 5);
        let mut lines = Lines::default();
        error.lines(&mut lines).unwrap();
        insta::assert_snapshot!(lines.finish(), @r#"{"schema":"jit/v1","kind":"error","code":"refused","message":"the policy refuses this request","reasons":["4h is longer than the role's longest, 2h"],"causes":["the line is dead\u001b[2J"],"hint":"jit explain db-read","retryable":false,"exit_code":5}"#);
    }

    #[test]
    fn ctrl_c_is_130_and_a_reader_that_left_is_nothing_to_say() {
        assert_eq!(CliError::interrupted().exit_code(), 130);
        assert!(CliError::interrupted().is_quiet());
        let waiting = Problem::new(Code::StillPending, "stays filed").hint("jit wait x");
        let waiting = CliError::interrupted_with(waiting);
        assert!(!waiting.is_quiet() && waiting.exit_code() == 130);
        assert!(CliError::stdout(io::ErrorKind::BrokenPipe.into()).is_quiet());
        assert_eq!(CliError::exit(125).exit_code(), 125);
    }

    #[test]
    fn a_failure_without_a_hint_of_its_own_names_the_next_command() {
        let error = CliError::from(Problem::new(Code::NotLoggedIn, "not logged in"));
        assert!(page(&error).ends_with("try: jit login\n"));
    }
}
