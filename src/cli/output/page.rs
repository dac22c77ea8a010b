//! A page of text for a person. INVARIANT 11: every text that enters it is escaped here.

use std::fmt::Display;

use unicode_width::UnicodeWidthStr;

use crate::domain::text::escape;
use crate::domain::{State, Time};

use super::clock::{Zone, moment};
use super::table::{Table, wrap};

/// A form on a narrower terminal is broken by the terminal itself.
const NARROWEST: usize = 20;

/// How a text looks, where the terminal has colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    #[default]
    Plain,
    Bold,
    Dim,
    Good,
    Waiting,
    Bad,
}

impl Style {
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Bold => Some("1"),
            Self::Dim => Some("2"),
            Self::Good => Some("32"),
            Self::Waiting => Some("33"),
            Self::Bad => Some("31"),
        }
    }

    pub fn paint(self, text: &str, colour: bool, out: &mut String) {
        match self.code().filter(|_| colour && !text.is_empty()) {
            Some(code) => {
                out.extend(["\x1b[", code, "m", text, "\x1b[0m"]);
            }
            None => out.push_str(text),
        }
    }
}

/// A piece of text that is safe to show.
#[derive(Debug, Clone, Default)]
pub struct Text {
    escaped: String,
    pub style: Style,
}

impl Text {
    pub fn new(text: impl Display) -> Self {
        Self { escaped: escape(&text.to_string()).into_owned(), style: Style::Plain }
    }

    /// Empty for `None`.
    pub fn opt(text: Option<impl Display>) -> Self {
        text.map_or_else(Self::default, Self::new)
    }

    pub fn state(state: State) -> Self {
        let style = match state {
            State::Active => Style::Good,
            State::Pending | State::Approved | State::Ending => Style::Waiting,
            State::Denied => Style::Bad,
            State::Cancelled | State::Lapsed | State::Expired | State::Revoked => Style::Dim,
        };
        Self::new(state).style(style)
    }

    pub fn style(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    pub fn as_str(&self) -> &str {
        &self.escaped
    }
}

/// What a document writes itself on for a person.
#[derive(Debug)]
pub struct Page {
    out: String,
    pub now: Time,
    pub zone: Zone,
    /// Of the terminal; `None` where the output is none, and nothing is cut.
    pub width: Option<usize>,
    pub colour: bool,
    /// More columns were asked for.
    pub wide: bool,
}

impl Page {
    pub fn new(now: Time, zone: Zone, width: Option<usize>, colour: bool, wide: bool) -> Self {
        Self { out: String::new(), now, zone, width, colour, wide }
    }

    pub fn line(&mut self, text: impl Display) {
        self.styled(&Text::new(text));
    }

    pub fn styled(&mut self, text: &Text) {
        text.style.paint(&text.escaped, self.colour, &mut self.out);
        self.out.push('\n');
    }

    /// Text with line ends and colours of its own, which was escaped where it was made.
    pub fn rendered(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    pub fn blank(&mut self) {
        self.out.push('\n');
    }

    /// `name:    value`, in the columns of a form, on as many lines as the terminal's width makes of it;
    /// without a name, more of the field above.
    pub fn field(&mut self, name: &str, value: &Text) {
        let colon = if name.is_empty() { "" } else { ":" };
        let label = format!("{:<12} ", format!("{}{colon}", escape(name)));
        let room = self.width.map_or(usize::MAX, |width| width.saturating_sub(label.width()).max(NARROWEST));
        Style::Dim.paint(&label, self.colour, &mut self.out);
        for (row, line) in wrap(value.as_str(), room).into_iter().enumerate() {
            if row > 0 {
                self.out.extend(std::iter::repeat_n(' ', label.width()));
            }
            value.style.paint(&line, self.colour, &mut self.out);
            self.out.push('\n');
        }
    }

    pub fn field_if(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.field(name, &Text::new(value));
        }
    }

    pub fn table(&mut self, table: &Table) {
        self.out.push_str(&table.render(self.width, self.colour));
    }

    /// `in 42m (18:05)`.
    pub fn moment(&self, at: Time) -> Text {
        Text::new(moment(at, self.now, self.zone))
    }

    pub fn finish(self) -> String {
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_reaches_a_page_escaped_whatever_way_it_takes() {
        let evil = "\x1b]52;c;x\x07\r\u{9b}2J\u{202e}";
        let mut page = Page::new(Time::from_millis(0), Zone::UTC, Some(80), false, false);
        page.line(evil);
        page.field(evil, &Text::new(evil));
        page.field_if("reason", Some(evil));
        let mut table = Table::new(["A"]);
        table.row([Text::new(evil)]);
        page.table(&table);
        let text = page.finish();
        let bad = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(!text.contains(bad), "{text:?}");
    }
}
