//! Waiting for a request to change, with a spinner where somebody looks.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::api::{Code, Problem, Request};
use crate::domain::{Span, State, Time};
use crate::ops::Backend;

use super::error::CliError;
use super::interrupt;
use super::output::{Text, rough};
use super::session::{self, Session};

/// One long poll.
const POLL: Span = Span::clamped(25);
/// How long a server may be away before the waiting ends with exit 10.
const AWAY: Duration = Duration::from_secs(30);

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Goal {
    /// Somebody decided: approved, or over
    #[default]
    Approved,
    /// The access is in use
    Active,
    /// The access is gone, read back from the target
    Ended,
}

impl Goal {
    fn reached(self, state: State) -> bool {
        match self {
            Self::Approved => matches!(state, State::Approved | State::Active),
            Self::Active => state == State::Active,
            Self::Ended => state.is_terminal(),
        }
    }

    /// Whether waiting any longer is of no use.
    fn settled(self, state: State) -> bool {
        self.reached(state) || state.is_terminal() || (self != Self::Ended && state == State::Ending)
    }
}

/// Where it ended, and whether in time.
#[derive(Debug)]
pub struct Waited {
    pub request: Request,
    pub in_time: bool,
}

/// Waits until the goal is reached or cannot be, the limit is over, or Ctrl-C.
pub async fn until(
    session: &Session,
    request: Request,
    goal: Goal,
    limit: Option<Span>,
) -> Result<Waited, CliError> {
    let id = request.id;
    let backend = session.backend().await?;
    let spinner = spinner(session, &request);
    let waiting = poll(backend, request, goal, limit, spinner.as_ref());
    let result = tokio::select! {
        biased;
        waited = waiting => waited,
        () = interrupt::interrupted() => {
            let problem = Problem::new(Code::StillPending, format!("interrupted; request {id} stays filed"));
            Err(CliError::interrupted_with(problem.hint(format!("jit wait {id}"))))
        }
    };
    if let Some(spinner) = spinner {
        spinner.finish_and_clear();
    }
    result
}

async fn poll(
    backend: &dyn Backend,
    mut request: Request,
    goal: Goal,
    limit: Option<Span>,
    spinner: Option<&ProgressBar>,
) -> Result<Waited, CliError> {
    let begun = tokio::time::Instant::now();
    let mut away: Option<tokio::time::Instant> = None;
    while !goal.settled(request.state) {
        let left = limit.map(|limit| limit.std().saturating_sub(begun.elapsed()));
        // Rounded up, so that the last second is waited for too.
        let left_secs = left.map_or(POLL.secs(), |left| left.as_secs() + u64::from(left.subsec_nanos() > 0));
        let Some(span) = Span::from_secs(left_secs.min(POLL.secs())) else {
            return Ok(Waited { request, in_time: false });
        };
        if let Some(spinner) = spinner {
            spinner.set_message(message(&request, session::now()));
        }
        let id = request.id.to_string();
        // A little longer than was asked: the answer is on its way.
        let limit = span.std() + Duration::from_secs(5);
        let answer = tokio::time::timeout(limit, backend.wait(&id, request.revision, span));
        match answer.await {
            Ok(Ok(changed)) => {
                away = None;
                request = changed;
            }
            // What may work later is tried again, for a while.
            Ok(Err(problem)) if problem.retryable => {
                let since = *away.get_or_insert_with(tokio::time::Instant::now);
                if since.elapsed() > AWAY || left.is_some_and(|left| left.is_zero()) {
                    return Err(problem.into());
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(Err(problem)) => return Err(problem.into()),
            // A long poll that does not come back is asked again.
            Err(_) => {}
        }
    }
    Ok(Waited { request, in_time: true })
}

fn spinner(session: &Session, request: &Request) -> Option<ProgressBar> {
    if !session.out.animate {
        return None;
    }
    let spinner = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        spinner.set_style(style);
    }
    spinner.set_message(message(request, session::now()));
    spinner.enable_steady_tick(Duration::from_millis(120));
    Some(spinner)
}

fn message(request: &Request, now: Time) -> String {
    let what = match request.state {
        State::Pending if request.approvals_missing == 1 => "waiting for 1 approval".to_owned(),
        State::Pending => format!("waiting for {} approvals", request.approvals_missing),
        state => state.to_string(),
    };
    let left = request.until.and_then(|until| u64::try_from(until.secs_after(now)).ok());
    let left = left.map(|secs| format!(", {} left", rough(secs))).unwrap_or_default();
    Text::new(format_args!("{}: {what}{left}", request.id)).as_str().to_owned()
}

/// The error with which a command ends that waited for `goal`; `None` when it was reached.
pub fn verdict(waited: &Waited, goal: Goal) -> Option<CliError> {
    let Waited { request, in_time } = waited;
    let id = request.id;
    if goal.reached(request.state) {
        return None;
    }
    let outcome = request.outcome.as_ref();
    let by = outcome.and_then(|o| o.by.as_ref()).map(|by| format!(" by {}", by.subject)).unwrap_or_default();
    let comment = outcome.and_then(|o| o.comment.clone());
    let error = match request.state {
        State::Denied => CliError::new(Code::Denied, format!("request {id} was denied{by}")),
        State::Cancelled | State::Lapsed | State::Expired | State::Revoked => CliError::new(
            Code::Over,
            format!("request {id} is {}{by}", request.state),
        )
        .hint(format!("jit request {} --on {} --for {}", request.role, request.resource, request.duration)),
        State::Ending if !in_time => {
            CliError::new(Code::StillPending, format!("request {id} is still ending"))
                .reasons(request.trouble.iter().cloned().collect())
                .hint(format!("jit wait {id} --for ended"))
        }
        State::Ending => CliError::new(Code::Over, format!("request {id} is ending{by}")),
        state => CliError::new(Code::StillPending, format!("request {id} is still {state}"))
            .hint(format!("jit wait {id}")),
    };
    Some(match comment {
        Some(comment) => error.reasons(vec![comment]),
        None => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::sample_request;

    #[test]
    fn each_end_of_a_wait_has_its_own_exit_code() {
        let code = |state: &str, goal, in_time| {
            let waited = Waited { request: sample_request(state, "x"), in_time };
            verdict(&waited, goal).map_or(0, |err| err.exit_code())
        };
        for (state, goal, in_time, exit) in [
            ("approved", Goal::Approved, true, 0),
            ("active", Goal::Approved, true, 0),
            ("approved", Goal::Active, false, 8),
            ("denied", Goal::Approved, true, 6),
            ("lapsed", Goal::Approved, true, 7),
            ("cancelled", Goal::Active, true, 7),
            ("revoked", Goal::Approved, true, 7),
            ("ending", Goal::Active, true, 7),
            ("pending", Goal::Approved, false, 8),
            ("revoked", Goal::Ended, true, 0),
            ("denied", Goal::Ended, true, 0),
            ("ending", Goal::Ended, false, 8),
        ] {
            assert_eq!(code(state, goal, in_time), exit, "{state} {goal:?}");
        }
    }
}
