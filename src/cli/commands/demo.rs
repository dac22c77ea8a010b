//! `jit demo`

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::demo::{self, Told};
use crate::cli::error::CliError;
use crate::cli::session::Session;

use super::Outcome;

/// Walk through the main job on this machine: a server in a temporary folder, a contractor, an approver
///
/// Prints each real command line and its real output, and checks it: exit code 0 only if each step did what
/// it should. It takes about a quarter of a minute, asks nothing, touches nothing of yours, and leaves
/// nothing behind. Where OpenSSH is installed, it logs in to a real sshd.
///
/// With `-o json`, one document at the end says of each step its name, command and exit code, and whether
/// that was right.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(session: &Session, _: Args) -> Outcome {
    // Before anything is there that would stay behind.
    let ended = signalled()?;
    let mut told = Told::default();
    let result = tokio::select! {
        biased;
        result = demo::tell(session, &mut told) => result,
        // The story is dropped here, with all that it started.
        err = ended => return Err(err),
    };
    if session.out.format.is_json() {
        session.out.document(&told)?;
    }
    result
}

/// Ends at the first signal that would end us, with the error that does.
fn signalled() -> Result<impl Future<Output = CliError>, CliError> {
    let listen = |kind| signal(kind).map_err(|err| CliError::failure("signals cannot be heard", &err));
    let (mut int, mut term) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    let (mut hup, mut quit) = (listen(SignalKind::hangup())?, listen(SignalKind::quit())?);
    Ok(async move {
        // As a shell counts them.
        tokio::select! {
            _ = int.recv() => CliError::interrupted(),
            _ = term.recv() => CliError::exit(143),
            _ = hup.recv() => CliError::exit(129),
            _ = quit.recv() => CliError::exit(131),
        }
    })
}
