//! `jit serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::assembly::{self, Assembled, AssemblyError};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::domain::Name;
use crate::files;
use crate::ops::{Engine, Held, Home};
use crate::server::{self, SshFiles};

use super::Outcome;

/// Run a server
///
/// The first start prints a one-time code for the first administrator's `jit login`. It serves plain HTTP on
/// this machine only; a TLS proxy stands in front for anybody else. SIGHUP reads the policy again: one that is
/// not whole is refused, the last good one stays in force, and nothing new is granted until it is mended.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the policy's TOML files
    #[arg(long, value_name = "DIR", default_value = crate::config::paths::SYSTEM_POLICY)]
    policy: PathBuf,

    /// Folder of the store and the keys; made at the first start, closed to everybody else
    #[arg(long, value_name = "DIR", default_value = "/var/lib/jit")]
    data: PathBuf,

    /// Address and port to listen on; port 0 picks one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:4680")]
    listen: SocketAddr,

    /// Write the server's URL to that file once it listens, for scripts
    #[arg(long, value_name = "FILE")]
    url_file: Option<PathBuf>,

    /// A TLS proxy stands in front: listen on any address, and take the client's from X-Forwarded-For
    #[arg(long)]
    behind_tls_proxy: bool,

    /// The name of the first administrator, at the first start
    #[arg(long, value_name = "NAME", default_value = "admin")]
    admin: Name,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    if !args.listen.ip().is_loopback() && !args.behind_tls_proxy {
        return Err(CliError::usage(format!(
            "{} is reached from other machines, and this is plain HTTP",
            args.listen
        ))
        .hint("--listen 127.0.0.1:4680, or --behind-tls-proxy where one stands in front"));
    }
    let Assembled { engine, ssh } = assembly::assemble(&args.policy, &args.data, Home::Directory).await?;
    let listener = TcpListener::bind(args.listen).await;
    let listener =
        listener.map_err(|err| CliError::failure(format!("{} cannot be listened on", args.listen), &err))?;
    let address =
        listener.local_addr().map_err(|err| CliError::failure("the socket has no address", &err))?;
    let url = format!("http://{address}");
    let first = engine.first_admin(&args.admin).await.map_err(crate::api::Problem::from)?;
    if let Some(enrolled) = first {
        session.out.document(&enrolled)?;
    }
    session.out.document(&Serving { url: url.clone() })?;
    if let Some(file) = &args.url_file {
        files::write_private(file, format!("{url}\n").as_bytes())?;
    }
    let stop = terminated()?;
    let reloads = reload(session, Arc::clone(&engine), args.policy)?;
    let options = server::Options { listener, behind_proxy: args.behind_tls_proxy };
    let ssh: Arc<dyn SshFiles> = ssh;
    tokio::select! {
        served = server::run(engine, ssh, options, stop) => {
            served.map_err(|err| CliError::failure("the server cannot go on", &err))
        }
        () = reloads => Ok(()),
    }
}

/// Reads the policy again at each SIGHUP; never ends.
fn reload(
    session: &Session,
    engine: Arc<Engine>,
    dir: PathBuf,
) -> Result<impl Future<Output = ()>, CliError> {
    let mut hangup = hear(SignalKind::hangup())?;
    let out = session.out.clone();
    Ok(async move {
        while hangup.recv().await.is_some() {
            let from = dir.clone();
            let trouble = match tokio::task::spawn_blocking(move || assembly::load_policy(&from)).await {
                Ok(Ok(policy)) => match engine.take_policy(policy).await {
                    Ok(()) => {
                        out.note(&format!("the policy of {} is in force", dir.display()));
                        continue;
                    }
                    Err(err) => AssemblyError::from(err),
                },
                Ok(Err(err)) => err,
                Err(err) => {
                    out.error(&CliError::failure("the policy was not read to its end", &err));
                    continue;
                }
            };
            engine.keep_policy(trouble.in_one_line(), Held::Everything).await;
            out.error(&trouble.into());
        }
        // No more signals can come; the server goes on.
        std::future::pending::<()>().await;
    })
}

/// Ends at SIGTERM or SIGINT.
fn terminated() -> Result<impl Future<Output = ()>, CliError> {
    let (mut term, mut int) = (hear(SignalKind::terminate())?, hear(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

fn hear(kind: SignalKind) -> Result<Signal, CliError> {
    signal(kind).map_err(|err| CliError::failure("signals cannot be heard", &err))
}

#[derive(Debug, serde::Serialize)]
struct Serving {
    url: String,
}

impl crate::cli::output::Document for Serving {
    const KIND: &'static str = "serving";

    fn human(&self, page: &mut crate::cli::output::Page) {
        page.line(format_args!("serving on {}", self.url));
    }
}
