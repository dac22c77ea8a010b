//! `jit collect`

use std::path::PathBuf;

use async_trait::async_trait;
use serde::Serialize;

use crate::api::{NewPiece, Problem};
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Style, Text};
use crate::cli::session::{self, Session};
use crate::client::{NoKeeper, Remote};
use crate::collect::{CollectError, Deliver, Logs, Recordings, Round, Source};
use crate::config::contexts::ConfigError;
use crate::domain::Span;
use crate::files;
use crate::secrets::Secret;

use super::Outcome;

/// The longest token file, in bytes.
const LONGEST: u64 = 4096;

/// Run on a target host: deliver to the server what was done there under grants
///
/// With a token of a service that an administrator made for this host: `jit user token NAME --collect --on
/// RESOURCE`. It is good for nothing else, and for grants on no other resource. What was delivered is shown by
/// `jit show ID --activity`, and `jit replay ID` plays it.
///
/// It runs until it is stopped; what it could not deliver it tries again. Killed at any moment, it loses
/// nothing. What the server refuses for good is told on stderr and passed by.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ssh(Ssh),
    Postgres(Postgres),
}

/// Deliver the recordings of `jit guard`, each when its session is over
#[derive(Debug, clap::Args)]
struct Ssh {
    /// Where `jit guard --record` writes them, or the folder that has such a folder for each account
    #[arg(value_name = "DIR")]
    dir: PathBuf,

    #[command(flatten)]
    how: How,
}

/// Deliver the statements of jit's roles from PostgreSQL's own log
///
/// The server has to write it as `jsonlog` or `csvlog` (log_destination, logging_collector), in English
/// (lc_messages = 'C'), and to log the statements of jit's roles: `settings = { log_statement = "all" }` in the
/// policy, see jit-policy(5). Lines of other roles stay on the host. Strings behind the word PASSWORD are left
/// out; of other secrets in statements and in their parameters it knows nothing. Where both forms are written,
/// one is enough; jsonlog is the one that a server's crash in the middle of a line does not confuse.
#[derive(Debug, clap::Args)]
struct Postgres {
    /// PostgreSQL's log_directory; rotated files in it are read too, compressed ones are not
    #[arg(value_name = "LOGDIR")]
    dir: PathBuf,

    #[command(flatten)]
    how: How,
}

#[derive(Debug, clap::Args)]
struct How {
    /// The host's token, in a file that only this user can read
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,

    /// How far it has come, in a private file of its own; without it everything is delivered again
    #[arg(long, value_name = "FILE")]
    state: PathBuf,

    /// Deliver what is there now, and end
    #[arg(long)]
    once: bool,

    /// How often to look
    #[arg(long, value_name = "TIME", default_value = "30s", conflicts_with = "once")]
    every: Span,
}

impl Document for Round {
    const KIND: &'static str = "collected";

    fn human(&self, page: &mut Page) {
        page.field(
            "delivered",
            &Text::new(format_args!("{} pieces, {} statements", self.pieces, self.statements)),
        );
        for trouble in &self.trouble {
            page.field("passed by", &Text::new(trouble).style(Style::Bad));
        }
    }
}

impl Serialize for Round {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            pieces: usize,
            statements: usize,
            passed_by: &'a [String],
        }
        let Self { pieces, statements, trouble } = self;
        Fields { pieces: *pieces, statements: *statements, passed_by: trouble }.serialize(serializer)
    }
}

impl From<CollectError> for CliError {
    fn from(err: CollectError) -> Self {
        match err {
            CollectError::Server(problem) => problem.into(),
            CollectError::File(error) => error.into(),
            CollectError::State(_) => Self::failure("the state", &err)
                .hint("move it away to deliver everything again: what is shown is not doubled by it"),
        }
    }
}

struct ToServer(Remote);

#[async_trait]
impl Deliver for ToServer {
    async fn deliver(&self, piece: &NewPiece, bytes: Vec<u8>) -> Result<(), Problem> {
        self.0.deliver(piece, bytes).await.map(drop)
    }
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let (how, mut source): (How, Box<dyn Source>) = match args.action {
        Action::Ssh(Ssh { dir, how }) => {
            let source = Box::new(Recordings::open(&dir, &how.state)?);
            (how, source)
        }
        Action::Postgres(Postgres { dir, how }) => {
            let source = Box::new(Logs::open(&dir, &how.state)?);
            (how, source)
        }
    };
    if how.once {
        return session.out.document(&source.round(&server(session, &how)?).await?);
    }
    loop {
        // The token is read anew each time: another one takes its place without a restart.
        let round = match server(session, &how) {
            Ok(server) => source.round(&server).await.map_err(CliError::from),
            Err(error) => Err(error),
        };
        match round {
            Ok(round) => {
                if round.pieces > 0 {
                    session
                        .out
                        .note(&format!("delivered {} pieces, {} statements", round.pieces, round.statements));
                }
                round.trouble.iter().for_each(|trouble| session.out.warn(trouble));
            }
            Err(error) => {
                session.out.error(&error);
                session.out.note(&format!("nothing is lost: trying again in {}", how.every));
            }
        }
        tokio::time::sleep(how.every.std()).await;
    }
}

fn server(session: &Session, how: &How) -> Result<ToServer, CliError> {
    let Some(server) = session.resolved()?.server().map_err(ConfigError::from)? else {
        return Err(CliError::usage("the server is missing to which it is delivered")
            .hint("jit collect ssh DIR --server https://jit.example.com --token-file FILE --state FILE"));
    };
    let token = files::read_private(&how.token_file, LONGEST)?;
    let token = std::str::from_utf8(&token).map(str::trim).unwrap_or_default();
    if token.is_empty() || token.contains(|c: char| !c.is_ascii_graphic()) {
        return Err(CliError::usage(format!("there is no token in {}", files::shown(&how.token_file)))
            .hint("jit user token NAME --collect --on RESOURCE --for 365d makes one"));
    }
    Ok(ToServer(session::remote(
        &server,
        Some(&Secret::new(token.to_owned())),
        std::sync::Arc::new(NoKeeper),
    )?))
}
