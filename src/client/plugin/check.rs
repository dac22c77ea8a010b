//! Whether an answer of a plugin can be one to what was asked.
//!
//! INVARIANT 9: a reply that contradicts the call or itself means failure. The system behind a plugin
//! decides by its own rules; these are the few things that no rules can change, and that a person or a
//! script would act on.

use std::collections::BTreeSet;

use crate::api::{
    Approve, Credential, CredentialAsk, DebriefVerdict, Delegate, Delegation, Disabled, Drift, Explanation,
    Filed, Filing, ListQuery, NewRequest,
};
use crate::api::{
    Reconcile, Request, RequestPage, Revoked, RevokedItem, SignEvidence, SignedEvidence, User, Which,
};
use crate::domain::{IdPrefix, Material, Name, ProviderKind, RequestId, State};

type Checked = Result<(), String>;

fn must(is_so: bool, otherwise: impl FnOnce() -> String) -> Checked {
    if is_so { Ok(()) } else { Err(otherwise()) }
}

/// Whether `asked` names this request.
fn names(asked: &str, id: RequestId) -> bool {
    asked.parse::<IdPrefix>().is_ok_and(|prefix| id.to_string().starts_with(prefix.as_str()))
}

fn sound(request: &Request) -> Checked {
    let Request { id, state, approvals_needed, approvals_missing, extension, .. } = request;
    must(approvals_missing <= approvals_needed, || {
        format!("request {id} misses {approvals_missing} approvals of {approvals_needed}")
    })?;
    if matches!(state, State::Approved | State::Active) {
        // Those that are missing while more time is asked for are of that ask.
        must(*approvals_missing == 0 || extension.is_some(), || {
            format!("request {id} is {state}, and {approvals_missing} approvals are missing")
        })?;
    }
    must(*state != State::Active || request.ends.is_some(), || {
        format!("request {id} is active without an end")
    })
}

pub(super) fn about(asked: &str, request: &Request) -> Checked {
    must(names(asked, request.id), || format!("it is about request {}", request.id))?;
    sound(request)
}

pub(super) fn explained(role: &str, answer: &Explanation) -> Checked {
    must(answer.role.name.as_str() == role, || format!("it is about role {}", answer.role.name))
}

pub(super) fn filed(ask: &NewRequest, answer: &Filed) -> Checked {
    let Filed { filing, request } = answer;
    must((*filing == Filing::WouldFile) == ask.dry_run, || {
        let was = if ask.dry_run { "a dry run was asked for" } else { "no dry run was asked for" };
        format!("{was}, and the filing is {filing:?}")
    })?;
    must(request.role.as_str() == ask.role, || format!("it is about role {}", request.role))?;
    if let Some(resource) = &ask.resource {
        must(request.resource.as_str() == resource, || format!("it is about resource {}", request.resource))?;
    }
    if *filing == Filing::Filed {
        must(request.duration == ask.duration, || format!("it is for {}", request.duration))?;
        must(request.longest <= ask.duration, || format!("it may last {}", request.longest))?;
    }
    sound(request)
}

pub(super) fn page(query: &ListQuery, answer: &RequestPage) -> Checked {
    if let Some(limit) = query.limit {
        must(answer.requests.len() <= limit, || {
            format!("{} requests where {limit} were asked for", answer.requests.len())
        })?;
    }
    let ids: BTreeSet<RequestId> = answer.requests.iter().map(|request| request.id).collect();
    must(ids.len() == answer.requests.len(), || "a request is listed twice".to_owned())?;
    answer.requests.iter().try_for_each(sound)
}

pub(super) fn approved(id: &str, ask: &Approve, request: &Request) -> Checked {
    about(id, request)?;
    must(matches!(request.state, State::Pending | State::Approved | State::Active), || {
        format!("an approved request is {}", request.state)
    })?;
    // What was voted on may be more time.
    must(!request.votes.is_empty() || request.state == State::Active, || {
        "an approved request has no vote".to_owned()
    })?;
    match ask.max {
        Some(max) => must(request.longest <= max, || {
            format!("it may last {}, and {max} was approved", request.longest)
        }),
        None => Ok(()),
    }
}

pub(super) fn denied(id: &str, request: &Request) -> Checked {
    about(id, request)?;
    let more_time = request.state == State::Active && request.extension.is_none();
    must(request.state == State::Denied || more_time, || format!("a denied request is {}", request.state))
}

pub(super) fn cancelled(id: &str, request: &Request) -> Checked {
    about(id, request)?;
    let more_time = request.state == State::Active && request.extension.is_none();
    must(request.state == State::Cancelled || more_time, || {
        format!("a cancelled request is {}", request.state)
    })
}

pub(super) fn extended(id: &str, request: &Request) -> Checked {
    about(id, request)?;
    must(request.state == State::Active, || format!("an extended request is {}", request.state))
}

/// Whether the signature is right is for whoever has the key: this is that it says what was asked.
pub(super) fn signed(ask: &SignEvidence, answer: &SignedEvidence) -> Checked {
    let says = format!("evidence {} {}\n{}\n", ask.from, ask.to, ask.digest);
    must(answer.note.contains(&says), || "the note says something else than was asked".to_owned())
}

pub(super) fn debriefed(id: &str, ask: &DebriefVerdict, request: &Request) -> Checked {
    about(id, request)?;
    let verdict = request.debrief.as_ref().and_then(|debrief| debrief.verdict);
    must(verdict == Some(ask.verdict), || "the debrief was not closed as it was asked".to_owned())
}

pub(super) fn delegated(ask: &Delegate, answer: &Delegation) -> Checked {
    must(answer.to == ask.to && answer.role == ask.role && answer.until <= ask.until, || {
        "it delegates something else".to_owned()
    })
}

pub(super) fn revoked(which: &Which, answer: &Revoked) -> Checked {
    for RevokedItem { request, confirmed, credentials, .. } in &answer.items {
        sound(request)?;
        // INVARIANT 4: what may still be used is not called ended.
        must(request.state.is_terminal() == *confirmed, || {
            let word = if *confirmed { "confirmed" } else { "not confirmed" };
            format!("the end of request {} is {word}, and it is {}", request.id, request.state)
        })?;
        let left = credentials.iter().find(|leg| !leg.absent);
        if let Some(left) = left.filter(|_| *confirmed) {
            return Err(format!(
                "the end of request {} is confirmed without {}",
                request.id, left.credential
            ));
        }
        must(confirmed | (request.state == State::Ending), || {
            format!("a revoked request is {}", request.state)
        })?;
    }
    let named = |asked: &String| answer.items.iter().any(|item| names(asked, item.request.id));
    match which {
        Which::Ids(ids) => match ids.iter().find(|asked| !named(asked)) {
            Some(asked) => Err(format!("nothing is said of {asked:?}")),
            None => {
                must(answer.items.iter().all(|item| ids.iter().any(|id| names(id, item.request.id))), || {
                    "it ended more than was asked for".to_owned()
                })
            }
        },
        Which::Role(role) => must(answer.items.iter().all(|item| item.request.role == *role), || {
            format!("it ended more than role {role}")
        }),
        Which::Mine | Which::User(_) | Which::All => Ok(()),
    }
}

pub(super) fn credential(id: &str, ask: &CredentialAsk, answer: &Credential) -> Checked {
    about(id, &answer.request)?;
    let provider = match answer.material {
        Material::Ssh { .. } => ProviderKind::Ssh,
        Material::Postgres { .. } => ProviderKind::Postgres,
        Material::Aws { .. } => ProviderKind::Aws,
        Material::Kubernetes { .. } => ProviderKind::Kubernetes,
        Material::Exec { .. } => ProviderKind::Exec,
    };
    must(ask.suits(provider), || format!("it is access by {provider}, which was not asked for"))?;
    must(answer.request.state == State::Active, || {
        format!("a credential for a request that is {}", answer.request.state)
    })?;
    // INVARIANT 3, as far as it can be told from here.
    must(answer.request.ends.is_some_and(|ends| answer.ends <= ends), || {
        "the credential ends after the grant".to_owned()
    })
}

pub(super) fn drift(ask: Reconcile, answer: &Drift) -> Checked {
    must(answer.dry_run == ask.dry_run, || format!("it tells of a dry run: {}", answer.dry_run))?;
    let ended = answer.found.iter().any(|found| found.ended);
    must(!(ask.dry_run && ended), || "a dry run ended something".to_owned())
}

pub(super) fn user(name: &Name, user: &User) -> Checked {
    must(user.name == *name, || format!("it is about user {}", user.name))
}

pub(super) fn disabled(name: &Name, answer: &Disabled) -> Checked {
    user(name, &answer.user)?;
    must(answer.user.disabled.is_some(), || format!("{name} is not disabled"))
}
