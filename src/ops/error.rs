//! Why a use case did not happen, and how that is told to the caller.

use crate::api::{Code, Problem};
use crate::domain::text::escape;
use crate::domain::{Conflict, Duty, DutyKind, Name, RequestId, State, ToolRole};
use crate::policy::Refusal;
use crate::provider::ProviderError;
use crate::store::StoreError;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Missing, or forbidden: the two look the same (INVARIANT 10).
    #[error("there is no {what} {name:?}")]
    NotFound { what: &'static str, name: String },
    #[error("{prefix:?} is the beginning of several ids")]
    Ambiguous { prefix: String, candidates: Vec<String> },
    #[error("refused by policy")]
    Refused(Vec<Refusal>),
    /// The caller may see it and may not do this.
    #[error("{0}")]
    Forbidden(String),
    #[error("{user} cannot be {role} of jit: {holder} is its {other}, and {}", role.conflict(*other))]
    HoldsOther { user: Name, role: ToolRole, holder: Name, other: ToolRole },
    /// An auditor changes nothing, so has nothing open.
    #[error("{user} cannot be auditor of jit: of theirs, {} open", if *open == 1 { "1 request is".to_owned() } else { format!("{open} requests are") })]
    Busy { user: Name, open: usize },
    #[error("{0}")]
    Usage(String),
    #[error(transparent)]
    Conflict(#[from] Conflict),
    #[error("{0}")]
    Clash(String),
    #[error("{0}")]
    TooLarge(String),
    /// What is kept is not what was kept.
    #[error("{0}")]
    Damaged(String),
    #[error("request {id} is {state}")]
    Over { id: RequestId, state: State },
    #[error("request {0} is still pending")]
    StillPending(RequestId),
    #[error("you are not logged in")]
    NotLoggedIn,
    #[error("your session is over")]
    SessionOver,
    /// Known, and kept from everything for now; why, in words.
    #[error("you are not let in: {0}")]
    Suspended(String),
    #[error("role {role} needs the approval of {needed}")]
    NeedsServer { role: String, needed: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no access was made: {0}")]
    Provider(#[from] ProviderError),
    #[error("{0}")]
    Unavailable(String),
}

impl Error {
    pub fn no_request(name: impl ToString) -> Self {
        Self::NotFound { what: "request", name: name.to_string() }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let text = escape(&error.to_string()).into_owned();
        match error {
            Error::NotFound { what, .. } => Self::new(Code::NotFound, text).hint(match what {
                "role" => "`jit roles` lists the roles that you may ask for",
                "training" | "terms" => "`jit training list` lists what is asked of you",
                "user" => "`jit user list` lists the users",
                "channel" => "`jit delivery list` lists the channels",
                "alert" => "`jit alert list --all` lists the alerts",
                "review" => "`jit review list` lists the reviews that you may see",
                _ => "`jit list --history` lists the requests that you may see",
            }),
            Error::Ambiguous { candidates, .. } => {
                Self::new(Code::Ambiguous, text).reasons(candidates).hint("type more characters of the id")
            }
            Error::Refused(refusals) => refused(&refusals),
            Error::Forbidden(_) => Self::new(Code::Refused, text),
            Error::HoldsOther { role, holder, other, .. } => Self::new(Code::Refused, text).hint(format!(
                "`jit user role remove {holder} {other}`, or let one person be both in the policy: [tool-roles.NAME] together = [\"{other}\", \"{role}\"]"
            )),
            Error::Busy { user, .. } => {
                Self::new(Code::Refused, text).hint(format!("`jit revoke --user {user}` ends what is open"))
            }
            Error::Usage(_) => Self::new(Code::Usage, text),
            Error::Conflict(conflict) => from_conflict(&conflict, text),
            Error::TooLarge(_) => Self::new(Code::TooLarge, text),
            Error::Damaged(_) => Self::new(Code::Failure, text).hint(
                "the server's disk or a restore lost it; its digest is in `jit audit log --request ID`",
            ),
            Error::Clash(_) => Self::new(Code::Conflict, text),
            Error::Over { id, state } => {
                let code = if state == State::Denied { Code::Denied } else { Code::Over };
                Self::new(code, text).hint(format!("`jit show {id}` tells why; `jit request` asks again"))
            }
            Error::StillPending(id) => {
                Self::new(Code::StillPending, text).hint(format!("`jit wait {id}` waits for the decision"))
            }
            Error::NotLoggedIn => Self::new(Code::NotLoggedIn, text).hint("`jit login SERVER` logs you in"),
            Error::SessionOver => {
                Self::new(Code::SessionOver, text).hint("`jit login SERVER` logs you in again")
            }
            Error::Suspended(_) => {
                Self::new(Code::NotLoggedIn, text).hint("an administrator of the server can tell more")
            }
            Error::NeedsServer { .. } => Self::new(Code::Refused, text).hint(
                "a role that people decide about needs a server: `jit login SERVER`, or `jit --server URL …`",
            ),
            Error::Store(StoreError::Conflict) => Self::new(Code::Conflict, text).hint("try again"),
            Error::Store(error @ StoreError::Newer { .. }) => {
                Self::new(Code::Failure, chain(&error)).hint("use the newer jit that wrote it")
            }
            Error::Store(StoreError::InUse { .. }) => Self::new(Code::Failure, text)
                .hint("one process at a time uses a data folder; wait for the other to end"),
            Error::Store(StoreError::File(error)) => {
                Self { hint: error.hint(), ..Self::new(Code::Failure, text) }
            }
            Error::Store(error @ StoreError::Io { .. }) => Self::new(Code::Unavailable, chain(&error)),
            Error::Provider(ProviderError::Refused(_)) => Self::new(Code::Refused, text),
            Error::Provider(error) => Self::new(Code::Unavailable, chain(&error)),
            Error::Unavailable(_) => Self::new(Code::Unavailable, text),
        }
    }
}

/// The error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    escape(&text).into_owned()
}

fn refused(refusals: &[Refusal]) -> Problem {
    if let Some(hidden) = refusals.iter().find(|refusal| refusal.is_hidden()) {
        return Problem::new(Code::NotFound, escape(&hidden.to_string()))
            .hint("`jit roles` lists the roles that you may ask for");
    }
    if let [Refusal::WhichResource { .. }] = refusals {
        let text = refusals.iter().map(ToString::to_string).collect::<String>();
        return Problem::new(Code::Usage, text).hint("name one with --on RESOURCE");
    }
    if let [refusal @ Refusal::NoSuchResource { role, .. }] = refusals {
        return Problem::new(Code::NotFound, escape(&refusal.to_string()))
            .hint(format!("`jit explain {role}` lists its resources"));
    }
    let reasons: Vec<String> = refusals.iter().map(|r| escape(&r.to_string()).into_owned()).collect();
    let message = match reasons.as_slice() {
        [one] => format!("refused by policy: {one}"),
        _ => "refused by policy".to_owned(),
    };
    let problem = Problem::new(Code::Refused, message);
    let problem = if reasons.len() > 1 { problem.reasons(reasons) } else { problem };
    let unproved = refusals.iter().filter_map(|refusal| match refusal {
        Refusal::Duty { duty, .. } => Some(duty),
        _ => None,
    });
    let unproved: Vec<&Duty> = unproved.collect();
    let cure = refusals.iter().find_map(|refusal| match refusal {
        Refusal::Duty { .. } => Some(match unproved.as_slice() {
            [Duty { kind: DutyKind::Terms, name }] => format!("`jit training accept {name}`"),
            _ => "`jit training list` tells what is asked of you, and how to get it".to_owned(),
        }),
        Refusal::TooLong { max, .. } => Some(format!("ask for at most --for {max}")),
        Refusal::ReasonMissing => Some("say why with --reason TEXT".to_owned()),
        Refusal::TicketMissing { .. } | Refusal::TicketPattern { .. } => {
            Some("name the ticket with --ticket ID".to_owned())
        }
        Refusal::RoleRemade { .. } | Refusal::GivesChanged { .. } => {
            Some("ask again with `jit request`".to_owned())
        }
        _ => None,
    });
    match cure {
        Some(cure) => problem.hint(cure),
        None => problem,
    }
}

fn from_conflict(conflict: &Conflict, text: String) -> Problem {
    match conflict {
        Conflict::OwnRequest | Conflict::Service => {
            Problem::new(Code::Refused, text).hint("somebody else who may decide has to approve it")
        }
        Conflict::TooFewVotes { .. } => Problem::new(Code::Refused, text)
            .hint("an approver lost the right to decide since; ask again with `jit request`"),
        Conflict::NotYet(_) | Conflict::NotDue => Problem::new(Code::Conflict, text),
        Conflict::Over => Problem::new(Code::Over, text).hint("`jit request` asks again"),
        Conflict::Shown => {
            Problem::new(Code::Conflict, text).hint("look again with `jit show`, then approve what it shows")
        }
        Conflict::SingleUse => Problem::new(Code::Refused, text).hint("`jit request` asks again"),
        Conflict::LongestTotal(_) | Conflict::EndsAt(_) => {
            Problem::new(Code::Refused, text).hint("ask for less, or for a new grant with `jit request`")
        }
        Conflict::NoDebrief => Problem::new(Code::Conflict, text).hint("`jit show ID` tells what is open"),
        Conflict::State(_)
        | Conflict::VotedAlready
        | Conflict::Stage
        | Conflict::ExtensionPending
        | Conflict::NoExtension => Problem::new(Code::Conflict, text),
    }
}
