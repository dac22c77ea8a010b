//! A (pseudo-)terminal.

use std::process::Stdio;

use rexpect::session::{PtySession, spawn_command};

use super::{JIT, Person};

/// The hidden cursor, and the shown one.
pub const HIDE: &str = "\x1b[?25l";
pub const SHOW: &str = "\x1b[?25h";

/// `jit` at a terminal that is so many columns wide.
pub fn at_terminal(person: &Person, columns: u16, args: &[&str]) -> PtySession {
    let script = format!("stty cols {columns} rows 40; exec \"$0\" \"$@\"");
    let mut command = person.with_env("sh", &["-c", &script, JIT]);
    command.args(args).env("TERM", "xterm-256color");
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    spawn_command(command, Some(30_000)).unwrap()
}

/// All that was shown, and the exit code. The crate does not name the type that holds it.
pub fn end(mut terminal: PtySession) -> (String, i32) {
    // The crate takes each byte for a character.
    let bytes = terminal.exp_eof().unwrap().chars().map(|c| u8::try_from(c).unwrap()).collect();
    let text = String::from_utf8(bytes).unwrap();
    let status = format!("{:?}", terminal.process().wait().unwrap());
    let code = status.strip_prefix("Exited(").and_then(|text| text.trim_end_matches(')').rsplit(", ").next());
    let code = code.and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{status}\n{text}"));
    (text, code)
}
