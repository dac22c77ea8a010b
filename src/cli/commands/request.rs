//! `jit request`

use crate::api::{self, Code, NewRequest, Role};
use crate::cli::error::CliError;
use crate::cli::output::{Filed, RequestList};
use crate::cli::session::Session;
use crate::cli::{complete, prompt, waiting};
use crate::domain::{Span, Time};

use super::Outcome;

/// Ask for a role
///
/// An open request of yours for the same role and resource is used again, so a script may ask twice.
/// On a terminal, what is left out is asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jit request web-deploy --on web-1 --for 2h --reason 'deploy 4.2' --ticket OPS-17
  jit request web-deploy --for 30m --reason 'nightly job' --wait=5m -o json </dev/null

Exit codes with --wait: 0 approved, 6 denied, 7 over, 8 still pending; see `jit help exit-codes`.")]
pub struct Args {
    /// Which role, see `jit roles`
    #[arg(value_name = "ROLE", add = complete::roles())]
    role: Option<String>,

    /// Which resource; needed where the role has several. Given again: a request for each
    #[arg(long = "on", value_name = "RESOURCE")]
    resources: Vec<String>,

    /// How long, from the first use: 90s, 45m, 2h, 1d, 1h30m
    #[arg(long = "for", value_name = "DURATION")]
    duration: Option<Span>,

    /// Why, for whoever decides and for the log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// The ticket that this is for
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,

    /// Begin then, such as 2026-11-21T18:05:00Z, instead of at the first use
    #[arg(long, value_name = "TIME")]
    start: Option<Time>,

    /// Wait for the decision, at most that long where a duration is given
    #[arg(long, value_name = "DURATION", num_args = 0..=1, require_equals = true)]
    wait: Option<Option<Span>>,

    /// In an emergency: without an approval, for a short time, announced and debriefed
    #[arg(long)]
    break_glass: bool,

    /// For one credential only, such as one connection
    #[arg(long)]
    once: bool,

    /// Say what would happen, and file nothing
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,

    /// Any text of yours: the same one again is the same request, not a second
    #[arg(long, value_name = "TEXT")]
    idempotency_key: Option<String>,
}

pub async fn run(session: &Session, mut args: Args) -> Outcome {
    let asked = args.role.is_none() || args.duration.is_none();
    if asked {
        ask_what_is_missing(session, &mut args).await?;
    }
    let (Some(role), Some(duration)) = (args.role, args.duration) else {
        return Err(CliError::usage("ROLE and --for are needed"));
    };
    let mut resources = args.resources.into_iter();
    let mut ask = NewRequest {
        role,
        resource: resources.next(),
        duration,
        start: args.start,
        reason: args.reason.unwrap_or_default(),
        ticket: args.ticket,
        idempotency_key: args.idempotency_key,
        break_glass: args.break_glass,
        once: args.once,
        dry_run: args.dry_run,
    };
    let more: Vec<String> = resources.collect();
    if !more.is_empty() {
        if args.wait.is_some() {
            return Err(CliError::usage("--wait is for one request").hint("jit wait ID waits for each"));
        }
        return file_each(session, &mut ask, more).await;
    }
    let filed = file(session, &ask).await?;
    if asked {
        session.out.note(&prompt::equivalent(&words(&ask)));
    }
    let api::Filed { filing, request } = filed;
    let Some(limit) = args.wait else {
        return session.out.document(&Filed { filing, request: &request });
    };
    let waited = wait(session, request, limit).await?;
    session.out.document(&Filed { filing, request: &waited.request })?;
    waiting::verdict(&waited, waiting::Goal::Approved).map_or(Ok(()), Err)
}

/// One request for each resource, so that each can be decided by itself. What was filed before a refusal
/// stays filed, and is printed.
async fn file_each(session: &Session, ask: &mut NewRequest, more: Vec<String>) -> Outcome {
    let key = ask.idempotency_key.clone();
    let mut requests = Vec::new();
    let mut failed = None;
    for resource in ask.resource.take().into_iter().chain(more) {
        ask.idempotency_key = key.as_ref().map(|key| format!("{key}/{resource}"));
        ask.resource = Some(resource);
        match file(session, ask).await {
            Ok(filed) => requests.push(filed.request),
            Err(err) => {
                failed = Some(err);
                break;
            }
        }
    }
    if !requests.is_empty() {
        session.out.document(&RequestList { requests, next: None })?;
    }
    failed.map_or(Ok(()), Err)
}

/// Files it; a role that is not there for this caller gets a hint.
pub async fn file(session: &Session, ask: &NewRequest) -> Result<api::Filed, CliError> {
    let filed = session.backend().await?.request(ask).await;
    filed.map_err(|mut problem| {
        if problem.hint.is_none() && matches!(problem.code, Code::NotFound | Code::Refused) {
            problem.hint = Some(format!("jit explain {}", prompt::quote(&ask.role)));
        }
        problem.into()
    })
}

/// Waits for the decision. Whatever ends the waiting, the request stays filed, and its id is said.
pub async fn wait(
    session: &Session,
    request: api::Request,
    limit: Option<Span>,
) -> Result<waiting::Waited, CliError> {
    let id = request.id;
    session.out.note(&format!("request {id} is filed"));
    let waited = waiting::until(session, request, waiting::Goal::Approved, limit).await;
    waited.map_err(|err| {
        if err.is_interrupt() { err } else { err.reasons(vec![format!("request {id} stays filed")]) }
    })
}

async fn ask_what_is_missing(session: &Session, args: &mut Args) -> Outcome {
    if !session.may_prompt() {
        let missing: Vec<&str> = [(args.role.is_none(), "ROLE"), (args.duration.is_none(), "--for DURATION")]
            .iter()
            .filter_map(|(missing, name)| missing.then_some(*name))
            .collect();
        return Err(CliError::usage(format!("{} is missing", missing.join(" and ")))
            .hint("jit request ROLE --for 1h --reason TEXT, or: jit roles"));
    }
    let roles = session.backend().await?.roles().await?.roles;
    let mut roles: Vec<Role> = roles.into_iter().filter(|role| role.may_request).collect();
    if let Some(named) = &args.role {
        roles.retain(|role| role.name.as_str() == named);
    }
    if roles.is_empty() {
        return Err(CliError::new(Code::NotFound, "there is no such role for you").hint("jit roles"));
    }
    let choice = if args.role.is_some() {
        0
    } else {
        let line =
            |role: &Role| format!("{}  {} (at most {})", role.name, role.description, role.max_duration);
        prompt::select(session, "Which role", roles.iter().map(line).collect()).await?
    };
    let Some(role) = roles.into_iter().nth(choice) else {
        return Err(CliError::usage("ROLE is missing"));
    };
    if args.resources.is_empty() && role.resources.len() > 1 {
        let lines = role.resources.iter().map(|resource| resource.name.to_string());
        let choice = prompt::select(session, "On which resource", lines.collect()).await?;
        args.resources.extend(role.resources.get(choice).map(|resource| resource.name.to_string()));
    }
    if args.duration.is_none() {
        let max = role.max_duration;
        let check = move |text: &str| match text.parse::<Span>() {
            Ok(span) if span > max => Err(format!("at most {max}")),
            Ok(_) => Ok(()),
            Err(err) => Err(err.to_string()),
        };
        let text = prompt::line(session, &format!("For how long (at most {max})"), check).await?;
        args.duration = text.parse().ok();
    }
    if args.reason.is_none() {
        let required = role.reason_required;
        let check = move |text: &str| {
            if required && text.trim().is_empty() { Err("a reason is required".to_owned()) } else { Ok(()) }
        };
        args.reason = Some(prompt::line(session, "Why", check).await?);
    }
    if let (None, Some(pattern)) = (&args.ticket, &role.ticket_pattern) {
        let question = format!("Ticket ({pattern})");
        args.ticket = Some(prompt::line(session, &question, |_| Ok(())).await?);
    }
    args.role = Some(role.name.to_string());
    Ok(())
}

fn words(ask: &NewRequest) -> Vec<String> {
    let mut words = vec!["jit".to_owned(), "request".to_owned(), ask.role.clone()];
    let mut option = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            words.extend([name.to_owned(), value]);
        }
    };
    option("--on", ask.resource.clone());
    option("--for", Some(ask.duration.to_string()));
    option("--reason", Some(ask.reason.clone()));
    option("--ticket", ask.ticket.clone());
    option("--start", ask.start.map(|start| start.to_string()));
    let flags = [("--break-glass", ask.break_glass), ("--once", ask.once)];
    words.extend(flags.iter().filter(|(_, given)| *given).map(|(name, _)| (*name).to_owned()));
    words
}
