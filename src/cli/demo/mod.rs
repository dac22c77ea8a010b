//! The demo: real commands of real processes, told one after the other, each checked.
//!
//! `story` is what happens; here is how a step is run, shown and checked.

mod openssh;
mod process;
mod story;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::process::Command;

use crate::api::Code;
use crate::config::environment::VARIABLES;
use crate::files::{self, Scratch};

use super::error::CliError;
use super::output::{Document, Lines, Page, Style, Text};
use super::prompt::quote;
use super::session::Session;
use process::{Ended, Running};

/// No step takes nearly as long; what hangs is a finding.
const LIMIT: Duration = Duration::from_secs(20);
const WIDTH: usize = 79;

/// What the demo did, for `-o json`.
#[derive(Debug, Default, Serialize)]
pub struct Told {
    pub ok: bool,
    pub steps: Vec<Step>,
    /// What could not be shown on this machine, and why.
    pub left_out: Vec<String>,
}

/// One command line.
#[derive(Debug, Serialize)]
pub struct Step {
    /// What it shows.
    pub name: &'static str,
    /// Who typed it.
    pub who: &'static str,
    pub command: String,
    /// None where it has not ended: the server.
    pub exit: Option<i32>,
    pub ok: bool,
    /// What was not as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Document for Told {
    const KIND: &'static str = "demo";

    /// Everything was told already.
    fn human(&self, _: &mut Page) {}

    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error> {
        self.steps.iter().try_for_each(|step| lines.push("demo-step", step))
    }
}

/// Tells the whole story. Whatever it ends with, `told` has the steps that were tried.
///
/// # Errors
/// The first step that did not do what it should; nothing of the demo is left then, either.
pub async fn tell(session: &Session, told: &mut Told) -> Result<(), CliError> {
    let start = Instant::now();
    let scratch = Scratch::new(session.paths.temporary(), "jit-demo")?;
    let result = {
        let mut stage = Stage { session, folder: scratch.path().to_owned(), told };
        // What it started ends with it, before the folder goes.
        story::play(&mut stage).await
    };
    scratch.remove()?;
    result?;
    told.ok = true;
    let count = told.steps.len();
    let text = format!(
        "All {count} steps did what they should, in {:.1} s. The server is stopped and the folder removed: \
         nothing is left behind.",
        start.elapsed().as_secs_f64()
    );
    say(session, &text)
}

/// Who types a command: a home of their own, with their own token.
#[derive(Debug, Clone)]
struct Person {
    name: &'static str,
    home: PathBuf,
    logged_in: bool,
}

/// What a step runs.
enum Program<'a> {
    Jit,
    Other(&'a Path, &'static str),
}

/// What a step has to show.
struct Expect<'a> {
    exit: i32,
    shows: &'a [&'a str],
}

/// It succeeds, and shows that.
fn done<'a>(shows: &'a [&'a str]) -> Expect<'a> {
    Expect { exit: 0, shows }
}

fn fails<'a>(exit: i32, shows: &'a [&'a str]) -> Expect<'a> {
    Expect { exit, shows }
}

struct Stage<'a> {
    session: &'a Session,
    folder: PathBuf,
    told: &'a mut Told,
}

impl Stage<'_> {
    fn person(&self, name: &'static str) -> Result<Person, CliError> {
        let home = self.folder.join(name);
        files::private_dir(&home)?;
        Ok(Person { name, home, logged_in: false })
    }

    fn say(&self, text: &str) -> Result<(), CliError> {
        say(self.session, text)
    }

    /// Runs and shows `jit` with these arguments, and checks what came of it; gives its plain output.
    async fn jit(
        &mut self,
        name: &'static str,
        who: &Person,
        args: &[&str],
        expect: Expect<'_>,
    ) -> Result<String, CliError> {
        self.step(name, who, &Program::Jit, args, expect).await
    }

    async fn step(
        &mut self,
        name: &'static str,
        who: &Person,
        program: &Program<'_>,
        args: &[&str],
        expect: Expect<'_>,
    ) -> Result<String, CliError> {
        self.type_out(who, program, args, "")?;
        let ended = match self.command(who, program, args) {
            Ok(command) => process::run(command, LIMIT).await,
            Err(err) => Err(err),
        };
        if let Ok(ended) = &ended {
            self.print(program, &ended.output)?;
        }
        self.check(name, who, program, args, expect, ended)
    }

    /// A step whose command was run already: unshown until it had done what was waited for.
    fn check(
        &mut self,
        name: &'static str,
        who: &Person,
        program: &Program<'_>,
        args: &[&str],
        expect: Expect<'_>,
        ended: std::io::Result<Ended>,
    ) -> Result<String, CliError> {
        let (exit, plain, why) = match ended {
            Ok(Ended { exit, output }) => {
                let plain = without_colours(&output);
                let missing = expect.shows.iter().find(|text| !plain.contains(**text));
                let why = match missing {
                    _ if exit != expect.exit => Some(format!("exit {exit} instead of {}", expect.exit)),
                    Some(text) => Some(format!("{text:?} is missing in its output")),
                    None => None,
                };
                (Some(exit), plain, why)
            }
            Err(err) => (None, String::new(), Some(err.to_string())),
        };
        let command = words(program, args).join(" ");
        let step = Step { name, who: who.name, command, exit, ok: why.is_none(), why: why.clone() };
        self.told.steps.push(step);
        match why {
            None => Ok(plain),
            Some(why) => Err(CliError::new(Code::Failure, format!("the demo failed where {name}"))
                .reasons(vec![why])
                .hint("jit doctor")),
        }
    }

    fn command(&self, who: &Person, program: &Program<'_>, args: &[&str]) -> std::io::Result<Command> {
        let mut command = match program {
            Program::Jit => Command::new(std::env::current_exe()?),
            Program::Other(path, _) => Command::new(path),
        };
        command.args(args).current_dir(&who.home);
        // Nothing of the user's own settings: neither their server nor their agent nor their keyring.
        for (name, _) in VARIABLES {
            command.env_remove(name);
        }
        command.env("HOME", &who.home).env("JIT_NO_INPUT", "1");
        if let Some(path) = &self.session.env.path {
            command.env("PATH", path);
        }
        if who.logged_in {
            command.env("JIT_TOKEN_FILE", who.home.join("token"));
        }
        // It writes to a pipe, and what it writes is shown on our stdout.
        if self.session.out.colours() {
            command.env("CLICOLOR_FORCE", "1");
        } else {
            command.env("NO_COLOR", "1");
        }
        Ok(command)
    }

    /// Starts a command that goes on, its output in a file of that name.
    fn start(&self, who: &Person, args: &[&str], log: &str) -> Result<Running, CliError> {
        let start = || {
            let out = std::fs::File::create_new(who.home.join(log))?;
            let mut command = self.command(who, &Program::Jit, args)?;
            command.stdout(out.try_clone()?).stderr(Stdio::from(out));
            Running::start(command)
        };
        start().map_err(|err| CliError::failure("a process cannot be started", &err))
    }

    /// `carol$ jit request …`, continued on a second line where it is long.
    fn type_out(
        &self,
        who: &Person,
        program: &Program<'_>,
        args: &[&str],
        end: &str,
    ) -> Result<(), CliError> {
        let mut lines = vec![format!("{}$", who.name)];
        let mut words = words(program, args);
        if !end.is_empty() {
            words.push(end.to_owned());
        }
        for word in words {
            match lines.last_mut() {
                Some(line) if line.len() + word.len() + 3 <= WIDTH || line.trim().is_empty() => {
                    *line += &format!(" {word}");
                }
                Some(line) => {
                    line.push_str(" \\");
                    lines.push(format!("   {word}"));
                }
                None => {}
            }
        }
        self.show(|page| {
            for line in &lines {
                page.styled(&Text::new(line).style(Style::Bold));
            }
        })
    }

    fn print(&self, program: &Program<'_>, output: &[u8]) -> Result<(), CliError> {
        let text = String::from_utf8_lossy(output);
        self.show(|page| {
            for line in text.lines() {
                match program {
                    // It escapes what it prints, and its colours are meant.
                    Program::Jit => page.rendered(line),
                    Program::Other(..) => page.line(line.replace('\t', "    ")),
                }
            }
        })
    }

    fn show(&self, write: impl FnOnce(&mut Page)) -> Result<(), CliError> {
        show(self.session, write)
    }
}

/// A sentence or two of the story, after a blank line.
fn say(session: &Session, text: &str) -> Result<(), CliError> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= WIDTH => *line += &format!(" {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    show(session, |page| {
        page.blank();
        for line in &lines {
            page.line(line);
        }
    })
}

/// With JSON the one document at the end is all.
fn show(session: &Session, write: impl FnOnce(&mut Page)) -> Result<(), CliError> {
    if session.out.format.is_json() {
        return Ok(());
    }
    let mut page = session.out.page();
    write(&mut page);
    session.out.raw(page.finish().as_bytes())
}

fn words(program: &Program<'_>, args: &[&str]) -> Vec<String> {
    let name = match program {
        Program::Jit => "jit",
        Program::Other(_, name) => name,
    };
    std::iter::once(name).chain(args.iter().copied()).map(quote).collect()
}

/// What `name:` says in a form that jit printed.
fn field<'a>(output: &'a str, name: &str) -> Result<&'a str, CliError> {
    let value = output.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim));
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        CliError::new(Code::Failure, format!("the demo failed: a command printed no field {name:?}"))
    })
}

/// The text without `ESC [ … m`, the only sequence that jit writes.
fn without_colours(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain += part.split_once('m').map_or(part, |(_, rest)| rest);
    }
    plain
}

/// A file of the demo's own, by its name in somebody's home.
fn write(who: &Person, name: &str, text: &[u8]) -> Result<(), CliError> {
    Ok(files::write_private(&who.home.join(name), text)?)
}

fn read(path: impl AsRef<OsStr>) -> Result<String, CliError> {
    let path = Path::new(path.as_ref());
    std::fs::read_to_string(path)
        .map_err(|err| CliError::failure(format!("{} cannot be read", path.display()), &err))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_and_without_colours() {
        let coloured = b"\x1b[2mid:          \x1b[0m\x1b[1m7k2m\x1b[0m\n\x1b[2mstate:       \x1b[0mpending\n";
        let plain = without_colours(coloured);
        assert_eq!(plain, "id:          7k2m\nstate:       pending\n");
        assert_eq!(field(&plain, "id").unwrap(), "7k2m");
        assert!(field(&plain, "code").is_err());
    }
}
