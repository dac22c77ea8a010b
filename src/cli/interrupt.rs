//! Ctrl-C, heard from the first command on.

use std::future::Future;

use super::error::CliError;

/// Runs `work` to its end or to the first Ctrl-C, whichever comes first.
pub async fn or_interrupted<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::select! {
        biased;
        done = work => done,
        () = interrupted() => Err(CliError::interrupted()),
    }
}

/// Ends at the next Ctrl-C. Where the signal cannot be caught, the system's own way ends the process.
pub async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
