//! `jit show`

use crate::cli::complete;
use crate::cli::output::Activity;
use crate::cli::session::Session;
use crate::domain::{IdPrefix, PieceKind, activity};
use crate::ops::Backend;

use super::Outcome;

/// Show one request, from the asking to the end of the access
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::open())]
    id: IdPrefix,

    /// What was done under the grant instead: recordings and statements that hosts delivered
    ///
    /// For the person themself, those who decide on the request, and administrators. `jit replay` plays a
    /// recording. What a host has not delivered is not here: see `jit collect`.
    #[arg(long)]
    activity: bool,
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let backend = session.backend().await?;
    if args.activity {
        return session.out.document(&what_was_done(backend, args.id.as_str()).await?);
    }
    session.out.document(&backend.show(args.id.as_str()).await?)
}

async fn what_was_done(backend: &dyn Backend, id: &str) -> Result<Activity, super::CliError> {
    let mut found = backend.activity(id).await?;
    let mut statements = Vec::new();
    for piece in found.pieces.iter_mut().filter(|piece| piece.what == PieceKind::Statements && !piece.damaged)
    {
        let read = activity::statements(&backend.piece(id, &piece.digest).await?);
        // Damaged between the two calls.
        piece.damaged = read.is_err();
        statements.extend(read.unwrap_or_default());
    }
    Ok(Activity { request: found.request, pieces: found.pieces, statements: activity::in_order(statements) })
}
