//! What of a recording may reach a terminal. Whoever was recorded wrote all of it.
//!
//! What passes is a list, and everything else is left out: printing, colours, moving the cursor, erasing,
//! scrolling, the alternate screen. Nothing that is passed on is the recording's own bytes: a sequence is
//! written anew from its parts. So no clipboard (OSC 52), no link (OSC 8), no title, no string for the
//! terminal's own languages (DCS, APC, PM, SOS), and nothing that makes a terminal answer: its answer would
//! be typed into the reader's shell.

use std::fmt::Write as _;

use anstyle_parse::{Params, Parser, Perform, Utf8Parser};

use crate::domain::text::escape;

/// No terminal is larger; no count is either, so that three bytes are not a million.
const LARGEST: u16 = 9999;
/// The most that one character is repeated.
const REPEATED: u16 = 500;
/// Parameters of one sequence.
const PARAMS: usize = 32;

/// DEC private modes that only change what is drawn: origin, wrap, visible cursor, alternate
/// screens with and without a saved cursor.
const MODES: [u16; 7] = [6, 7, 25, 47, 1047, 1048, 1049];
const ALTERNATE: [u16; 3] = [47, 1047, 1049];

/// Output that is safe to show, with the state of the terminal that it leaves.
#[derive(Default)]
pub struct Filter {
    parser: Parser<Utf8Parser>,
    safe: Safe,
}

impl Filter {
    pub fn pass(&mut self, text: &str) -> String {
        for byte in text.bytes() {
            self.parser.advance(&mut self.safe, byte);
        }
        std::mem::take(&mut self.safe.out)
    }

    /// What brings the terminal back to what it was.
    pub fn reset(&mut self) -> String {
        let safe = &self.safe;
        let mut out = String::from("\x1b[0m\x1b[4l\x1b[?6l\x1b[?7h\x1b[?25h");
        if safe.region {
            // It would move the cursor, too.
            out.push_str("\x1b7\x1b[r\x1b8");
        }
        if let Some(mode) = safe.alternate {
            let _ = write!(out, "\x1b[?{mode}l");
        }
        if safe.column > 0 {
            out.push_str("\r\n");
        }
        out
    }
}

#[derive(Default)]
struct Safe {
    out: String,
    /// The alternate screen that is shown.
    alternate: Option<u16>,
    /// Only some rows scroll.
    region: bool,
    /// Whether something stands on the line.
    column: usize,
    /// G0 is DEC's line drawing: curses programs draw their frames with it.
    lines: bool,
    last: Option<char>,
}

impl Safe {
    fn put(&mut self, c: char) {
        let mut utf8 = [0; 4];
        let c = if self.lines { drawn(c) } else { c };
        let text: &str = c.encode_utf8(&mut utf8);
        // INVARIANT 11: also what hides or reorders text.
        self.out.push(if escape(text) == text { c } else { '\u{fffd}' });
        self.column += 1;
    }

    fn sequence(&mut self, private: &str, params: &[u16], action: char) {
        self.out.push_str("\x1b[");
        self.out.push_str(private);
        for (at, param) in params.iter().enumerate() {
            let _ = write!(self.out, "{}{param}", if at > 0 { ";" } else { "" });
        }
        self.out.push(action);
    }
}

impl Perform for Safe {
    fn print(&mut self, c: char) {
        self.last = Some(c);
        self.put(c);
    }

    fn execute(&mut self, byte: u8) {
        if matches!(byte, b'\n' | b'\r' | b'\t' | 0x08) {
            self.out.push(char::from(byte));
        }
        if matches!(byte, b'\n' | b'\r') {
            self.column = 0;
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: u8) {
        if ignore || params.iter().count() > PARAMS {
            return;
        }
        let action = char::from(action);
        if action == 'm' && intermediates.is_empty() {
            self.out.push_str("\x1b[");
            for (at, param) in params.iter().enumerate() {
                let parts = param.iter().map(u16::to_string).collect::<Vec<_>>().join(":");
                let _ = write!(self.out, "{}{parts}", if at > 0 { ";" } else { "" });
            }
            self.out.push('m');
            return;
        }
        // Subparameters belong to colours alone.
        if params.iter().any(|param| param.len() != 1) {
            return;
        }
        let all: Vec<u16> = params.iter().filter_map(|param| param.first().copied()).collect();
        let first = all.first().copied().unwrap_or(0);
        if all.iter().any(|param| *param > LARGEST) {
            return;
        }
        match (intermediates, action) {
            (b"?", 'h' | 'l') => {
                for mode in all.into_iter().filter(|mode| MODES.contains(mode)) {
                    if ALTERNATE.contains(&mode) {
                        self.alternate = (action == 'h').then_some(mode);
                    }
                    self.sequence("?", &[mode], action);
                }
            }
            // 3 would take the reader's own lines that were scrolled off.
            (b"", 'J') if first > 2 => {}
            (b"", 'h' | 'l') if first != 4 => {}
            (b"", 'b') => {
                if let Some(last) = self.last {
                    (0..first.clamp(1, REPEATED)).for_each(|_| self.put(last));
                }
            }
            (b"", 'r') => {
                self.region = true;
                self.sequence("", &all, action);
            }
            (
                b"",
                '@'
                | 'A'..='M'
                | 'P'
                | 'S'
                | 'T'
                | 'X'
                | 'Z'
                | '`'
                | 'a'
                | 'd'
                | 'e'
                | 'f'
                | 'h'
                | 'l'
                | 's'
                | 'u',
            ) if all.len() <= 2 => {
                self.column += 1;
                self.sequence("", &all, action);
            }
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], ignore: bool, byte: u8) {
        match (ignore, intermediates, byte) {
            (false, b"", b'7' | b'8' | b'D' | b'E' | b'M') => {
                self.out.push('\x1b');
                self.out.push(char::from(byte));
            }
            // A full reset would take the reader's own settings: what it shows is an empty screen.
            (false, b"", b'c') => self.out.push_str("\x1b[0m\x1b[H\x1b[2J"),
            (false, b"(", charset) => self.lines = charset == b'0',
            _ => {}
        }
    }
}

/// DEC's special graphics (VT100 User Guide, table 3-9).
fn drawn(c: char) -> char {
    match c {
        '`' => '◆',
        'a' => '▒',
        'f' => '°',
        'g' => '±',
        'j' => '┘',
        'k' => '┐',
        'l' => '┌',
        'm' => '└',
        'n' => '┼',
        'q' => '─',
        't' => '├',
        'u' => '┤',
        'v' => '┴',
        'w' => '┬',
        'x' => '│',
        '~' => '·',
        c => c,
    }
}

/// The text alone, for a file or a pipe.
#[derive(Default)]
pub struct Plain {
    parser: Parser<Utf8Parser>,
    text: Text,
}

impl Plain {
    pub fn read(&mut self, text: &str) {
        for byte in text.bytes() {
            self.parser.advance(&mut self.text, byte);
        }
    }

    /// All of it, ended by a line end.
    pub fn finish(mut self) -> String {
        self.text.end_line();
        self.text.out
    }
}

#[derive(Default)]
struct Text {
    out: String,
    line: String,
    /// The line may be written over.
    returned: bool,
}

impl Text {
    fn end_line(&mut self) {
        self.returned = false;
        if !self.line.is_empty() {
            let line = std::mem::take(&mut self.line);
            // INVARIANT 11.
            let line = line.split('\t').map(escape).collect::<Vec<_>>().join("\t");
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }
}

impl Perform for Text {
    fn print(&mut self, c: char) {
        if self.returned {
            // A progress bar is a line for each of its states.
            self.end_line();
        }
        self.line.push(c);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                let empty = self.line.is_empty();
                self.end_line();
                if empty {
                    self.out.push('\n');
                }
            }
            b'\r' => self.returned = true,
            b'\t' => self.print('\t'),
            0x08 => drop(self.line.pop()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn passed(text: &str) -> String {
        Filter::default().pass(text)
    }

    #[test]
    fn nothing_that_commands_more_than_the_drawing_reaches_the_terminal() {
        for evil in [
            "\x1b]52;c;ZXZpbA==\x07",
            "\x1b]52;c;ZXZpbA==\x1b\\",
            "\x1b]8;;https://evil.example\x07",
            "\x1b]0;title\x07",
            "\x1b]2;title\x1b\\",
            "\x1b]4;1;?\x07",
            "\x1b]50;?\x07",
            "\x1b]1337;File=x\x07",
            "\x1bP$q\"p\x1b\\",
            "\x1bP+q544e\x1b\\",
            "\x1bPtmux;\x1b\x1b]52;c;x\x07\x1b\\",
            "\x1b_Gi=1\x1b\\",
            "\x1b^pm\x1b\\",
            "\x1bXsos\x1b\\",
            "\x1b[c",
            "\x1b[>c",
            "\x1b[=c",
            "\x1b[6n",
            "\x1b[?6n",
            "\x1b[5n",
            "\x1b[18t",
            "\x1b[21t",
            "\x1b[8;1;1t",
            "\x1b[x",
            "\x1b[>q",
            "\x1b[?u",
            "\x1b[>4;1m",
            "\x1b[?1000h",
            "\x1b[?1003;1006h",
            "\x1b[?2004h",
            "\x1b[?1004h",
            "\x1b[?5h",
            "\x1b[?3h",
            "\x1b[20h",
            "\x1b[2h",
            "\x1b[3J",
            "\x1b[4i",
            "\x1b[5i",
            "\x1b[?25$p",
            "\x1b[!p",
            "\x1b[\"p",
            "\x1b[ q",
            "\x1b[99999A",
            "\x1bZ",
            "\x1bH",
            "\x1b[3g",
            "\x1b[?12h",
            "\x1b#8",
            "\x1bN",
            "\x1b=",
            "\x1b%G",
            "\x05",
            "\x07",
            "\x0e",
            "\x00",
            "\u{9b}6n",
            "\u{9d}52;c;x\u{9c}",
            "\u{90}x\u{9c}",
        ] {
            let safe = passed(&format!("a{evil}b"));
            let control = safe.chars().any(char::is_control);
            assert!(safe.starts_with('a') && !control, "{evil:?}: {safe:?}");
            // C1 written as text is text: what cannot be shown is shown as such.
            if !evil.chars().any(|c| ('\u{80}'..'\u{a0}').contains(&c)) {
                assert_eq!(safe, "ab", "{evil:?}");
            }
        }
        assert_eq!(passed("\u{202e}x\u{200b}"), "\u{fffd}x\u{fffd}");
    }

    #[test]
    fn what_a_program_draws_is_drawn() {
        for good in [
            "ls\r\n\ta\x08b größer 数",
            "\x1b[1;31mred\x1b[0m",
            "\x1b[38;5;12mx\x1b[48;2;1;2;3my",
            "\x1b[4:3mcurly",
            "\x1b[2J\x1b[1;1H\x1b[5;10r",
            "\x1b[?1049h\x1b[?25l~\x1b[?25h\x1b[?1049l",
            "\x1b[3A\x1b[2K\x1b[4P\x1b[2@\x1b[3L",
            "\x1b7\x1bM\x1b8",
        ] {
            assert_eq!(passed(good), good);
        }
        assert_eq!(passed("\x1b(0lqk\x1b(Blqk"), "┌─┐lqk");
        assert_eq!(passed("x\x1b[4b"), "xxxxx");
        assert_eq!(passed("\x1b[?25;1000;7l"), "\x1b[?25l\x1b[?7l");
        assert!(passed("\x1bc").ends_with("\x1b[2J"));
        // A sequence in two events.
        let mut filter = Filter::default();
        assert_eq!(
            filter.pass("\x1b]52;c;eA") + &filter.pass("==\x07ok\x1b[1") + &filter.pass("m"),
            "ok\x1b[1m"
        );
    }

    #[test]
    fn at_the_end_the_terminal_is_as_it_was() {
        let mut filter = Filter::default();
        filter.pass("\x1b[?1049h\x1b[?25l\x1b[3;4r\x1b[31mx");
        let reset = filter.reset();
        for part in ["\x1b[0m", "\x1b[?25h", "\x1b[r", "\x1b[?1049l", "\x1b[?7h"] {
            assert!(reset.contains(part), "{part:?}");
        }
        let mut quiet = Filter::default();
        quiet.pass("done\r\n");
        let reset = quiet.reset();
        assert!(!reset.contains("1049") && !reset.contains("[r") && !reset.ends_with('\n'), "{reset:?}");
    }

    #[test]
    fn in_a_pipe_there_is_text_and_nothing_else() {
        let mut plain = Plain::default();
        plain.read("\x1b[1mls\x1b[0m -lx\x08\r\n\x1b]52;c;x\x07a\tb\r\n\r\n10%\r20%\r\n\u{202e}end\x1b[");
        assert_eq!(plain.finish(), "ls -l\na\tb\n\n10%\n20%\n\\u{202e}end\n");
    }

    proptest! {
        /// Whatever is recorded: what passes is text, and sequences of the list.
        #[test]
        fn any_bytes_pass_as_nothing_but_what_is_listed(text in "(\x1b|\\[|\\]|\\?|>|;|[0-9]{1,6}|[@-~]|\x07|\u{9b}|\u{9d}|\\PC|\\n){0,60}") {
            let safe = passed(&text);
            let mut rest = safe.as_str();
            while let Some(at) = rest.find(|c: char| c.is_control()) {
                let (_, from) = rest.split_at(at);
                rest = match from.strip_prefix("\x1b[") {
                    Some(sequence) => {
                        let sequence = sequence.strip_prefix('?').unwrap_or(sequence);
                        let end = sequence.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';' || c == ':');
                        let last = end.chars().next().unwrap();
                        prop_assert!(!"cntqxiypz".contains(last), "{safe:?}");
                        end.strip_prefix(last).unwrap()
                    }
                    None => {
                        let simple = ["\n", "\r", "\t", "\x08", "\x1b7", "\x1b8", "\x1bD", "\x1bE", "\x1bM"];
                        let found = simple.iter().find_map(|one| from.strip_prefix(one));
                        prop_assert!(found.is_some(), "{safe:?}");
                        found.unwrap()
                    }
                };
            }
        }
    }
}
