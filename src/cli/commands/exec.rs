//! `jit exec`

use std::ffi::OsString;
use std::time::Duration;

use crate::api::{self, Code, Filing, NewRequest, Request, Which};
use crate::cli::access::{Access, Asking};
use crate::cli::child::{self, Child};
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::cli::{complete, interrupt, pick, waiting};
use crate::domain::{Span, State};
use crate::ops::Backend;

use super::{Outcome, env, request};

/// How long a decision is waited for, unless `--wait` says otherwise.
const PATIENCE: Span = Span::clamped(600);
/// One look at whether the access still exists.
const LOOK: Span = Span::clamped(25);

/// Run a command with the access; with `--request`, it is released when the command ends
///
/// The command finds its access where it looks for it: ssh in an agent of its own (SSH_AUTH_SOCK), psql and
/// libpq in PGHOST, PGUSER and so on with a private PGPASSFILE, the AWS tools in AWS_ACCESS_KEY_ID and so on,
/// kubectl in KUBECONFIG. What the access is stands in JIT_GRANT_ID, JIT_ROLE, JIT_RESOURCE, JIT_ADDRESS,
/// JIT_EXPIRATION and JIT_PRINCIPALS. Its input and output are its own: jit prints nothing on stdout, whatever
/// `-o` says. At the end of the access the command gets SIGTERM, and SIGKILL five seconds later.
///
/// Exit codes: the command's own; 125 jit failed, 126 not executable, 127 not found, 128+N ended by signal N.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jit exec 7k2m -- ssh deploy@web-1 uptime
  jit exec orders-read -- psql -c 'select count(*) from orders'
  jit exec web-deploy --request --for 10m --reason 'nightly job' -- ./deploy.sh")]
pub struct Args {
    /// A role of yours, or the beginning of a request's id
    #[arg(value_name = "ROLE|ID", add = complete::mine())]
    what: String,

    /// On which resource
    #[arg(long = "on", value_name = "RESOURCE")]
    resource: Option<String>,

    /// Ask for the role first, and wait for the decision
    #[arg(long, requires = "duration")]
    request: bool,

    /// How long: 90s, 45m, 2h, 1d, 1h30m
    #[arg(long = "for", id = "duration", value_name = "DURATION", requires = "request")]
    duration: Option<Span>,

    /// Why, for whoever decides and for the log
    #[arg(long, value_name = "TEXT", requires = "request")]
    reason: Option<String>,

    /// The ticket that this is for
    #[arg(long, value_name = "ID", requires = "request")]
    ticket: Option<String>,

    /// How long to wait for the decision
    #[arg(long, value_name = "DURATION", requires = "request", default_value_t = PATIENCE)]
    wait: Span,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let prepared = interrupt::or_interrupted(prepare(session, &args)).await;
    let (request, release) = prepared.map_err(jit_failed)?;
    let ended = with_access(session, &request, args.command).await;
    // Whatever became of the command, and whatever became of us before it.
    if release {
        give_back(session, &request).await;
    }
    match ended {
        Ok(0) => Ok(()),
        Ok(code) => Err(CliError::exit(code)),
        Err(err) => Err(jit_failed(err)),
    }
}

/// jit's own failure, as env(1) tells it; the error object has the code of what it was.
fn jit_failed(err: CliError) -> CliError {
    if err.is_interrupt() || err.has_exit() { err } else { err.with_exit(125) }
}

/// The request to use, and whether its access is released afterwards.
async fn prepare(session: &Session, args: &Args) -> Result<(Request, bool), CliError> {
    let backend = session.backend().await?;
    let Some(duration) = args.duration.filter(|_| args.request) else {
        let request = pick::usable(backend, &args.what, args.resource.as_deref()).await?;
        // A grant for one use is over with this one.
        let release = request.single_use;
        return Ok((request, release));
    };
    let ask = NewRequest {
        role: args.what.clone(),
        resource: args.resource.clone(),
        duration,
        start: None,
        reason: args.reason.clone().unwrap_or_default(),
        ticket: args.ticket.clone(),
        idempotency_key: None,
        break_glass: false,
        once: false,
        dry_run: false,
    };
    let api::Filed { filing, request } = request::file(session, &ask).await?;
    // One that was in use already is somebody else's to release.
    let release = filing == Filing::Filed || request.state != State::Active || request.single_use;
    let waited = if request.state == State::Pending {
        request::wait(session, request, Some(args.wait)).await?
    } else {
        waiting::Waited { request, in_time: true }
    };
    match waiting::verdict(&waited, waiting::Goal::Approved) {
        Some(err) => Err(err),
        None => Ok((waited.request, release)),
    }
}

async fn with_access(session: &Session, request: &Request, argv: Vec<OsString>) -> Result<u8, CliError> {
    let backend = session.backend().await?;
    let access = interrupt::or_interrupted(Access::open(session, request, Asking::Anew)).await?;
    let access = access.for_child(session)?;
    let mut set: Vec<(String, OsString)> = env::about(&access.request)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    set.extend(access.set.iter().cloned());
    // Its access is this grant, not all that we may do.
    let child = Child { argv, set, unset: &["JIT_TOKEN", "AWS_PROFILE", "PGPASSWORD", "PGSERVICE"] };
    child::run(child, access.request.ends, gone(backend, &access.request), &session.out).await
    // The agent ends here with its key, and the files go.
}

/// Ends when the access does before its time, because somebody revoked it.
async fn gone(backend: &dyn Backend, request: &Request) {
    let (id, mut revision) = (request.id.to_string(), request.revision);
    loop {
        match backend.wait(&id, revision, LOOK).await {
            Ok(request) if matches!(request.state, State::Approved | State::Active) => {
                revision = request.revision;
            }
            Ok(_) => return,
            // A server that is away says nothing about the access: its end is known without it.
            Err(_) => tokio::time::sleep(Duration::from_secs(5)).await,
        }
    }
}

async fn give_back(session: &Session, request: &Request) {
    let which = Which::Ids(vec![request.id.to_string()]);
    let ask = api::Revoke { which, comment: Some("released by jit exec".to_owned()) };
    let failed = match session.backend().await {
        Err(err) => Some(err.message().to_owned()),
        Ok(backend) => match backend.revoke(&ask).await {
            Ok(revoked) => {
                let open = revoked.items.iter().find(|item| !item.confirmed);
                open.map(|item| item.trouble.clone().unwrap_or_else(|| "it is still ending".to_owned()))
            }
            // It ended while the command ran.
            Err(problem) if matches!(problem.code, Code::Over | Code::NotFound) => None,
            Err(problem) => Some(problem.message),
        },
    };
    if let Some(why) = failed {
        session.out.warn(&format!("request {} could not be released: {why}", request.id));
    }
}
