//! Asking a program: one document or nothing on its stdin, the answer on its stdout, and exit code 0.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::timeout;

use super::{LookupError, blocking};
use crate::domain::Digest;
use crate::files::FileError;
use crate::plugin::{self, Limits, PATH, Program};
use crate::policy::Command;

/// All of the program's output. It is killed with its process group when its time is over, when it says
/// more than `most` bytes, and when the caller goes away.
pub(super) async fn run(
    command: &Command,
    input: &[u8],
    time: Duration,
    most: usize,
) -> Result<Vec<u8>, LookupError> {
    let asked = async {
        let program = pinned(command).await?;
        plugin::run_once(&program, input, Limits { time, output: most }).await.map_err(LookupError::Program)
    };
    // The program has all of its time from its start; reading its file before that can hang as well.
    timeout(time * 2, asked).await.map_err(|_| LookupError::Slow(time))?
}

async fn pinned(command: &Command) -> Result<Program, LookupError> {
    let path = PathBuf::from(&command.program);
    let sha256 = match command.sha256 {
        Some(sha256) => sha256,
        None => {
            let path = path.clone();
            blocking(move || trusted(&path)).await?
        }
    };
    Ok(Program {
        path,
        sha256,
        args: command.args.iter().map(Into::into).collect(),
        environment: vec![("PATH".into(), PATH.into())],
    })
}

/// What is there now, if it is ours or root's and nobody else may change it. What runs is the file that
/// was looked at: one that is put in its place meanwhile has another digest.
fn trusted(path: &Path) -> Result<Digest, LookupError> {
    const STICKY: u32 = 0o1000;
    let digest = plugin::digest(path).map_err(LookupError::Program)?;
    // Without a pin, whoever may write in the folder could put any program of root's there.
    if let Some(folder) = path.parent() {
        let meta =
            std::fs::metadata(folder).map_err(FileError::io("look at", folder)).map_err(LookupError::File)?;
        let mode = meta.mode() & 0o7777;
        if mode & 0o002 != 0 && mode & STICKY == 0 {
            return Err(LookupError::File(FileError::Writable { path: folder.to_owned(), mode }));
        }
    }
    Ok(digest)
}
