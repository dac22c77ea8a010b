//! The one place that prints: data to stdout, everything else to stderr.

mod activity;
mod alert;
mod clock;
mod contractor;
mod delivery;
mod documents;
mod json;
mod page;
mod request;
mod review;
mod table;
mod tool_roles;
mod training;

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::config::Environment;
use crate::domain::text::escape;

use super::error::CliError;
use super::session;

pub use activity::Activity;
pub use clock::{Zone, moment, rough, stamp};
pub use documents::*;
pub use json::Lines;
pub use page::{Page, Style, Text};
#[cfg(test)]
pub use request::tests::request as sample_request;
pub use request::{Decided, RequestList, Shown, left, summary};
pub use review::ReviewVerified;
pub use table::{Table, cut};
pub use training::TermsShown;

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people, in the width of the terminal
    #[default]
    Table,
    /// For people, with every column and nothing cut
    Wide,
    /// One JSON document
    Json,
    /// One JSON object a line
    Ndjson,
}

impl Format {
    pub fn is_json(self) -> bool {
        matches!(self, Self::Json | Self::Ndjson)
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Colour {
    /// On a terminal that has colours
    #[default]
    Auto,
    Always,
    Never,
}

/// Something that a command prints. As JSON it is its fields under `schema` and `kind`.
pub trait Document: Serialize {
    const KIND: &'static str;

    fn human(&self, page: &mut Page);

    /// One object a line for `-o ndjson`; a list has a line for each of its entries.
    fn lines(&self, lines: &mut Lines) -> Result<(), serde_json::Error>
    where
        Self: Sized,
    {
        lines.push(Self::KIND, self)
    }
}

/// Where and how to print.
#[derive(Debug, Clone)]
pub struct Output {
    pub format: Format,
    colour_out: bool,
    colour_err: bool,
    stdout_is_terminal: bool,
    /// Whether somebody at a terminal reads stderr and moving text may be drawn there.
    pub animate: bool,
}

impl Output {
    pub fn new(format: Format, colour: Colour, env: &Environment) -> Self {
        let dumb = env.term.as_deref() == Some("dumb");
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let colour = |terminal: bool| wants_colour(colour, env, terminal, dumb);
        Self {
            format,
            colour_out: colour(out) && !format.is_json(),
            colour_err: colour(err) && !format.is_json(),
            stdout_is_terminal: out,
            animate: err && !dumb && !env.ci && !format.is_json(),
        }
    }

    /// Prints a command's data.
    pub fn document<D: Document>(&self, document: &D) -> Result<(), CliError> {
        let text = match self.format {
            Format::Json => json::document(D::KIND, document)?,
            Format::Ndjson => {
                let mut lines = Lines::default();
                document.lines(&mut lines)?;
                lines.finish()
            }
            Format::Table | Format::Wide => {
                let mut page = self.page();
                document.human(&mut page);
                page.finish()
            }
        };
        self.raw(text.as_bytes())
    }

    /// The same, but as JSON whatever the format is.
    pub fn as_json(&self) -> Self {
        Self { format: Format::Json, ..self.clone() }
    }

    /// A part of a stream: as a page, or as lines of JSON.
    pub fn stream<D: Document>(&self, document: &D) -> Result<(), CliError> {
        let format = if self.format.is_json() { Format::Ndjson } else { self.format };
        Self { format, ..self.clone() }.document(document)
    }

    /// A page as wide as stdout.
    pub fn page(&self) -> Page {
        let wide = self.format == Format::Wide;
        let width = if self.stdout_is_terminal && !wide { Some(terminal_width()) } else { None };
        Page::new(session::now(), Zone::Local, width, self.colour_out, wide)
    }

    /// Whether what stands on stdout has colours.
    pub fn colours(&self) -> bool {
        self.colour_out
    }

    /// Whether a page on stdout may be drawn again in its place.
    pub fn redraws(&self) -> bool {
        self.stdout_is_terminal && self.animate
    }

    /// Draws over what was there.
    pub fn redraw<D: Document>(&self, document: &D) -> Result<(), CliError> {
        let mut page = self.page();
        document.human(&mut page);
        // Home, the page, then clear what is left of the one before: no flicker.
        let page = page.finish().replace('\n', "\x1b[K\n");
        self.raw(format!("\x1b[H{page}\x1b[J").as_bytes())
    }

    /// Protocol output and documents: exactly these bytes, on stdout.
    pub fn raw(&self, bytes: &[u8]) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        out.write_all(bytes).and_then(|()| out.flush()).map_err(CliError::stdout)
    }

    /// Tells a person something on stderr. Scripts read documents and exit codes, so with JSON it is left out.
    pub fn note(&self, text: &str) {
        if !self.format.is_json() {
            self.stderr(&Text::new(text));
        }
    }

    /// Tells it in any format: what would otherwise be lost, such as the id of a request that stays filed.
    pub fn warn(&self, text: &str) {
        self.stderr(&Text::new(text).style(Style::Waiting));
    }

    /// A page on stderr, for what is shown before a decision.
    pub fn show<D: Document>(&self, document: &D) {
        let mut page = self.page();
        page.colour = self.colour_err;
        page.width = Some(terminal_width());
        document.human(&mut page);
        err_write(&page.finish());
    }

    fn stderr(&self, text: &Text) {
        let mut line = String::new();
        text.style.paint(text.as_str(), self.colour_err, &mut line);
        line.push('\n');
        err_write(&line);
    }

    /// The error, for a person or as an object, on stderr.
    pub fn error(&self, error: &CliError) {
        let text = if self.format.is_json() {
            let mut lines = Lines::default();
            match error.lines(&mut lines) {
                Ok(()) => lines.finish(),
                Err(err) => format!("{}\n", escape(&err.to_string())),
            }
        } else {
            let mut page = self.page();
            page.colour = self.colour_err;
            error.human(&mut page);
            page.finish()
        };
        err_write(&text);
    }
}

/// Nothing can be told to anybody when stderr itself fails.
fn err_write(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// <https://no-color.org> and <https://bixense.com/clicolors>, below the flag.
fn wants_colour(flag: Colour, env: &Environment, terminal: bool, dumb: bool) -> bool {
    match flag {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if env.no_color => false,
        Colour::Auto if env.clicolor_force => true,
        Colour::Auto => terminal && !dumb,
    }
}

/// Of the terminal on stdout or stderr; 80 where it cannot tell.
fn terminal_width() -> usize {
    let size = rustix::termios::tcgetwinsize(io::stdout())
        .or_else(|_| rustix::termios::tcgetwinsize(io::stderr()))
        .map_or(0, |size| usize::from(size.ws_col));
    if size == 0 { 80 } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_goes_before_the_environment_and_no_color_before_force() {
        let env =
            |no_color, clicolor_force| Environment { no_color, clicolor_force, ..Environment::default() };
        assert!(wants_colour(Colour::Always, &env(true, false), false, true));
        assert!(!wants_colour(Colour::Never, &env(false, true), true, false));
        assert!(!wants_colour(Colour::Auto, &env(true, true), true, false));
        assert!(wants_colour(Colour::Auto, &env(false, true), false, false));
        assert!(wants_colour(Colour::Auto, &env(false, false), true, false));
        assert!(!wants_colour(Colour::Auto, &env(false, false), true, true));
        assert!(!wants_colour(Colour::Auto, &env(false, false), false, false));
    }
}
