//! Candidates for the shell's completion: quick, and never a prompt.

use std::time::Duration;

use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use crate::api::{ListFilter, ListQuery, Request};
use crate::config::Environment;
use crate::domain::State;

use super::GlobalArgs;
use super::error::CliError;
use super::output::{Colour, Format, Output, summary};
use super::session::Session;

/// A person waits for the Tab key.
const LIMIT: Duration = Duration::from_secs(1);

pub fn to_approve() -> ArgValueCandidates {
    ArgValueCandidates::new(|| requests(ListFilter::ToApprove, |_| true))
}

pub fn pending_mine() -> ArgValueCandidates {
    ArgValueCandidates::new(|| requests(ListFilter::Mine, |r| r.state == State::Pending))
}

pub fn open() -> ArgValueCandidates {
    ArgValueCandidates::new(|| requests(ListFilter::Open, |_| true))
}

pub fn mine() -> ArgValueCandidates {
    ArgValueCandidates::new(|| requests(ListFilter::Mine, |_| true))
}

pub fn active_mine() -> ArgValueCandidates {
    ArgValueCandidates::new(|| requests(ListFilter::Mine, |r| r.state == State::Active))
}

pub fn debriefs() -> ArgValueCandidates {
    ArgValueCandidates::new(|| requests(ListFilter::Debriefs, |_| true))
}

pub fn roles() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        ask(async |session| {
            let roles = session.backend().await?.roles().await?.roles;
            let candidate = |role: &crate::api::Role| {
                CompletionCandidate::new(role.name.as_str())
                    .help(Some(crate::domain::text::escape(&role.description).into_owned().into()))
            };
            Ok(roles.iter().filter(|role| role.may_request).map(candidate).collect())
        })
    })
}

pub fn contexts() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        ask(async |session| {
            let (user, system) = session.configs()?;
            let names = user.contexts.keys().chain(system.contexts.keys()).map(ToString::to_string);
            Ok(std::iter::once("local".to_owned()).chain(names).map(CompletionCandidate::new).collect())
        })
    })
}

fn requests(filter: ListFilter, wanted: impl Fn(&Request) -> bool) -> Vec<CompletionCandidate> {
    ask(async |session| {
        let query = ListQuery { filter, limit: Some(100), after: None };
        let page = session.backend().await?.list(&query).await?;
        let candidate =
            |r: &Request| CompletionCandidate::new(r.id.to_string()).help(Some(summary(r).into()));
        Ok(page.requests.iter().filter(|r| wanted(r)).map(candidate).collect())
    })
}

/// No candidates rather than an error: the shell has nowhere to show one.
fn ask(
    question: impl AsyncFnOnce(&Session) -> Result<Vec<CompletionCandidate>, CliError>,
) -> Vec<CompletionCandidate> {
    let Ok(env) = Environment::from_process() else { return Vec::new() };
    let global = GlobalArgs { no_input: true, ..GlobalArgs::default() };
    let output = Output::new(Format::Json, Colour::Never, &env);
    let session = Session::new(global, env, output);
    let answer = session.block_on(async {
        match tokio::time::timeout(LIMIT, question(&session)).await {
            Ok(answer) => answer,
            Err(_) => Ok(Vec::new()),
        }
    });
    answer.unwrap_or_default()
}
