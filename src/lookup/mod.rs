//! Asking outside what a policy cannot know: whether a ticket is open and whose it is, who is on call.
//!
//! What comes back is text of somebody else's. It is read by `policy::ticket` and `policy::oncall`, which
//! take nothing for an answer but exactly one; whatever hangs, fails or says too much is ended, and is an
//! error (INVARIANT 9). Every call is by itself, no connection outlives it, and any number may run at once.

mod error;
mod http;
mod program;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde::Serialize;

use crate::domain::Name;
use crate::files;
use crate::policy::oncall::{self, OnCallFrom, OnCallSource, parse_on_call};
use crate::policy::ticket::{self, TicketAnswer, TicketCheck, TicketSource, TicketSystem, parse_answer};

pub use error::LookupError;
use http::{Clients, Reach};

/// How long a program may take to say who is on call.
const ON_CALL: Duration = Duration::from_secs(5);

/// Whoever knows the tickets.
#[async_trait]
pub trait Tickets: Send + Sync {
    /// What the system says of the ticket; whether that is good, [`TicketSystem::judge`] knows.
    ///
    /// # Errors
    /// When there is no answer, or none that can be trusted to be one.
    async fn ask(
        &self,
        system: &TicketSystem,
        ticket: &str,
        requester: &Name,
    ) -> Result<TicketAnswer, LookupError>;
}

/// Everything that is asked outside.
#[async_trait]
pub trait Lookup: Tickets {
    /// Who is on call now.
    ///
    /// # Errors
    /// When that is not known to be exactly somebody.
    async fn on_call(&self, source: &OnCallSource) -> Result<BTreeSet<Name>, LookupError>;
}

/// The real programs, servers and files.
#[derive(Debug, Default)]
pub struct Outside {
    http: Clients,
}

/// What a program is asked.
#[derive(Serialize)]
struct Question<'a> {
    schema: &'static str,
    kind: &'static str,
    ticket: &'a str,
    requester: &'a Name,
}

#[async_trait]
impl Tickets for Outside {
    async fn ask(
        &self,
        system: &TicketSystem,
        ticket: &str,
        requester: &Name,
    ) -> Result<TicketAnswer, LookupError> {
        if !system.pattern.matches(ticket) {
            return Err(LookupError::Pattern);
        }
        let TicketCheck { ask, timeout, .. } = system.check.as_ref().ok_or(LookupError::NobodyToAsk)?;
        let bytes = match ask {
            TicketSource::Command(command) => {
                let question = Question { schema: "jit/v1", kind: "ticket-check", ticket, requester };
                let mut line =
                    serde_json::to_vec(&question).map_err(|error| LookupError::Lost(error.to_string()))?;
                line.push(b'\n');
                program::run(command, &line, timeout.std(), ticket::LONGEST).await?.into()
            }
            TicketSource::Url { url, allow_local, token_file } => {
                let reach = match (url.is_plain(), allow_local) {
                    (true, _) => Reach::Here,
                    (false, true) => Reach::Anywhere,
                    (false, false) => Reach::Away,
                };
                let url = url.with(ticket).ok_or(LookupError::Pattern)?;
                let token_file = token_file.as_deref();
                self.http.get(&url, reach, token_file, timeout.std()).await?
            }
        };
        parse_answer(&bytes, ticket).map_err(LookupError::Ticket)
    }
}

#[async_trait]
impl Lookup for Outside {
    async fn on_call(&self, source: &OnCallSource) -> Result<BTreeSet<Name>, LookupError> {
        let bytes = match &source.from {
            OnCallFrom::File(path) => {
                let path = PathBuf::from(path);
                let read = blocking(move || files::read_shared(&path).map_err(LookupError::File));
                let text = tokio::time::timeout(ON_CALL, read).await;
                text.map_err(|_| LookupError::Slow(ON_CALL))??.into_bytes()
            }
            OnCallFrom::Command(command) => program::run(command, b"", ON_CALL, oncall::LONGEST).await?,
        };
        parse_on_call(&bytes).map_err(LookupError::OnCall)
    }
}

/// Runs on a thread where blocking is allowed.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LookupError> + Send + 'static,
) -> Result<T, LookupError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| LookupError::Lost(error.to_string()))?
}

#[cfg(test)]
mod tests;
