//! `jit serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::api::Code;
use crate::assembly::watch::{News, Nudge, Watch};
use crate::assembly::{self, Assembled, AssemblyError, Watched};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::delivery::config::Channels;
use crate::domain::Name;
use crate::files;
use crate::ops::{Engine, Held};
use crate::server::{self, SshFiles};

use super::Outcome;

/// How often the policy's folder is looked at. A change has to rest for as long before it is read.
const PERIOD: Duration = Duration::from_secs(2);

/// Run a server
///
/// The first start prints a one-time code for the first administrator's `jit login`. It serves plain HTTP on
/// this machine only; a TLS proxy stands in front for anybody else.
///
/// The policy's folder is watched, and a change is in force within seconds; SIGHUP looks at once. A new policy
/// is taken only when the whole of it is right and its test cases, DIR/tests/*.toml, pass. Else the last good
/// one stays in force, and nothing new is granted for the roles that have changed, or for any where it is not
/// certain which have; `jit policy status` tells. Replace a file with `mv`, so that half of it is never read.
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

    /// File of the channels that are told what happens: jit-channels(5)
    #[arg(long, value_name = "FILE")]
    channels: Option<PathBuf>,

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
    let channels = args.channels.as_deref().map(Channels::load).transpose()?;
    let (Assembled { engine, ssh }, Watched { watch, trouble }) =
        assembly::assemble_server(&args.policy, &args.data).await?;
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
    // Ends with this function: after the last answer.
    let _delivery = match channels {
        Some(channels) => Some(assembly::start_channels(channels, &args.data, Arc::clone(&engine)).await?),
        None => None,
    };
    if let Some(trouble) = trouble {
        session.out.error(&trouble.into());
        session.out.note("nothing is granted until they pass; what has been granted ends as ever");
    }
    let reloads = reload(session, Arc::clone(&engine), args.policy, watch)?;
    let options = server::Options { listener, behind_proxy: args.behind_tls_proxy };
    let ssh: Arc<dyn SshFiles> = ssh;
    tokio::select! {
        served = server::run(engine, ssh, options, stop) => {
            served.map_err(|err| CliError::failure("the server cannot go on", &err))
        }
        () = reloads => Ok(()),
    }
}

/// Takes what the watch finds into force, or keeps what is; at SIGHUP it looks at once. Never ends.
fn reload(
    session: &Session,
    engine: Arc<Engine>,
    dir: PathBuf,
    watch: Watch,
) -> Result<impl Future<Output = ()>, CliError> {
    let mut hangup = hear(SignalKind::hangup())?;
    let out = session.out.clone();
    let (nudge, nudges) = mpsc::channel();
    let (told, mut news) = tokio::sync::mpsc::channel(1);
    // Not of the runtime's own: one that hangs in a file system would keep the server from ending.
    std::thread::Builder::new()
        .name("policy".to_owned())
        .spawn(move || watch.run(PERIOD, &nudges, &told))
        .map_err(|err| CliError::failure("the policy's folder cannot be watched", &err))?;
    Ok(async move {
        loop {
            let found = tokio::select! {
                Some(()) = hangup.recv() => {
                    // It hears it after what it is doing.
                    let _ = nudge.send(Nudge::Look);
                    continue;
                }
                found = news.recv() => found,
            };
            let (why, held) = match found {
                Some(News::Whole(loaded)) => match engine.take_policy(*loaded).await {
                    Ok(()) => {
                        out.note(&format!("the policy of {} is in force", dir.display()));
                        continue;
                    }
                    Err(err) => {
                        let _ = nudge.send(Nudge::NotTaken);
                        (AssemblyError::from(err), Held::Everything)
                    }
                },
                Some(News::Broken { why, held }) => (why, held),
                None => break,
            };
            let trouble = why.trouble();
            engine.keep_policy(trouble.clone(), held.clone()).await;
            let error = CliError::from(why);
            let mut reasons = trouble.details;
            reasons.retain(|reason| reason != error.message());
            reasons.push(format!("the last good policy stays in force; not granted: {held}"));
            out.error(&error.reasons(reasons));
        }
        // Only a panic ends the watch. What it would have found is not known, so nothing is granted.
        let lost = "the policy's folder is not watched any more";
        engine.keep_policy(lost.into(), Held::Everything).await;
        out.error(&CliError::new(Code::Failure, lost).hint("start the server again"));
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
