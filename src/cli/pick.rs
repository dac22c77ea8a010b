//! From what was typed to requests: whole lists, one of several, several at once.

use std::future::Future;

use crate::api::{Code, ListFilter, ListQuery, May, Problem, Request};
use crate::domain::IdPrefix;
use crate::ops::Backend;

use super::error::CliError;
use super::output::{Decided, summary};
use super::session::Session;

/// Rows of one page, while all are read.
const PAGE: usize = 500;

/// Every request of that list, page by page.
pub async fn all(backend: &dyn Backend, filter: ListFilter) -> Result<Vec<Request>, Problem> {
    let mut requests = Vec::new();
    let mut after = None;
    loop {
        let page = backend.list(&ListQuery { filter, limit: Some(PAGE), after }).await?;
        requests.extend(page.requests);
        after = page.next;
        if after.is_none() {
            return Ok(requests);
        }
    }
}

/// The caller's own request that can be used now, by its role or by the beginning of its id. An
/// ambiguous name is an error that lists the candidates; the first match is never taken.
pub async fn usable(backend: &dyn Backend, named: &str, on: Option<&str>) -> Result<Request, CliError> {
    let prefix = named.parse::<IdPrefix>().ok();
    let candidates: Vec<Request> = all(backend, ListFilter::Mine)
        .await?
        .into_iter()
        .filter(|r| on.is_none_or(|on| r.resource.as_str() == on))
        .filter(|r| {
            let by_id = prefix.as_ref().is_some_and(|p| r.id.to_string().starts_with(p.as_str()));
            by_id || (r.role.as_str() == named && r.may.contains(&May::Use))
        })
        .collect();
    match candidates.len() {
        1 => candidates.into_iter().next().ok_or_else(|| missing(named, on)),
        0 => match prefix.filter(|prefix| prefix.whole().is_some()) {
            // The server knows why it cannot be used: over, denied, or never there.
            Some(whole) => Ok(backend.show(whole.as_str()).await?),
            None => Err(missing(named, on)),
        },
        _ => Err(CliError::new(Code::Ambiguous, format!("{named:?} may mean {} requests", candidates.len()))
            .reasons(candidates.iter().map(summary).collect())
            .hint("the id of one of them")),
    }
}

fn missing(named: &str, on: Option<&str>) -> CliError {
    let on = on.map(|on| format!(" on {on}")).unwrap_or_default();
    CliError::new(Code::NotFound, format!("you have no approved access {named:?}{on}"))
        .hint(format!("jit request {named} --for 1h --reason TEXT --wait, or: jit list --mine"))
}

/// Does the same to each, prints what became of those that went well, and fails when one did not.
pub async fn each<F, W>(session: &Session, ids: &[IdPrefix], act: F) -> Result<(), CliError>
where
    F: Fn(String) -> W,
    W: Future<Output = Result<Request, CliError>>,
{
    let mut requests = Vec::new();
    let mut failures: Vec<(&IdPrefix, CliError)> = Vec::new();
    for id in ids {
        match act(id.to_string()).await {
            Ok(request) => requests.push(request),
            Err(err) if err.is_interrupt() => return Err(err),
            Err(err) => failures.push((id, err)),
        }
    }
    if failures.is_empty() || !requests.is_empty() {
        print(session, requests)?;
    }
    let count = failures.len();
    let reasons = failures.iter().map(|(id, err)| format!("{id}: {}", err.message())).collect();
    match failures.into_iter().next() {
        None => Ok(()),
        Some((_, only)) if ids.len() == 1 => Err(only),
        Some((_, first)) => {
            Err(CliError::new(first.code(), format!("{count} of {} failed", ids.len())).reasons(reasons))
        }
    }
}

fn print(session: &Session, requests: Vec<Request>) -> Result<(), CliError> {
    session.out.document(&Decided { requests })
}
