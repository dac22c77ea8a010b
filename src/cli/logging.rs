//! What happens inside, on stderr, for whoever asks with `-v`, `--log` or `JIT_LOG`.

use std::io::{self, Write};

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::Environment;
use crate::domain::text::escape;

use super::GlobalArgs;
use super::error::CliError;

/// Starts the log. A server tells what it does without being asked.
pub fn start(global: &GlobalArgs, env: &Environment, serves: bool) -> Result<(), CliError> {
    let targets = match (&global.log, global.verbose, &env.log) {
        (Some(text), ..) => parse("--log", text)?,
        (None, 1, _) => parse("-v", "jit_access=debug")?,
        (None, 2.., _) => parse("-vv", "jit_access=trace")?,
        (None, 0, Some(text)) => parse("JIT_LOG", text)?,
        (None, 0, None) if serves => parse("serve", "jit_access=info")?,
        (None, 0, None) => return Ok(()),
    };
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| OneLine);
    // Started once in a process; a second time would be a test's, and is no harm.
    let _ = tracing_subscriber::registry().with(layer).with(targets).try_init();
    Ok(())
}

fn parse(source: &str, text: &str) -> Result<Targets, CliError> {
    text.parse().map_err(|err| {
        CliError::usage(format!("{source}: {text:?} is no list of targets: {err}"))
            .hint("--log debug, or: --log jit_access::server=trace")
    })
}

/// Writes each event as one line, escaped: user text reaches no log line raw (INVARIANT 11).
struct OneLine;

impl Write for OneLine {
    /// The formatter writes a whole event at once.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = format!("{}\n", escape(text.trim_end_matches('\n')));
        io::stderr().lock().write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A panic is a bug: it says where, and nothing of what was in memory.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        // Nothing can be told to anybody when stderr itself fails.
        let _ = writeln!(io::stderr(), "error: a bug in jit{place}");
    }));
}
