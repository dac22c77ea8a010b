//! The plugin backend: a program `jit-backend-NAME` in front of a system that is there already.
//! jit-backend(7) has the protocol.

mod check;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::api::{self, Code, Problem};
use crate::domain::text::escape;
use crate::domain::{Name, Span};
use crate::ops::{Backend, Call};
use crate::plugin::{Dialogue, Hello, Limits, PluginError, Program, Protocol};

/// The protocol of backend plugins.
pub const BACKEND: Protocol = Protocol { name: "backend", version: 1 };

/// One long-poll; the caller asks again until its own time is over.
const POLL: Span = Span::clamped(25);

/// A plugin. It is started at the first call; after a failure, and beside a call that still runs, it is
/// started again.
pub struct Plugin {
    program: Program,
    limits: Limits,
    /// The one that waits for a call. Taken out for the time of a call: one that is given up midway is
    /// dropped with it, and not used again.
    idle: Mutex<Option<Dialogue>>,
}

/// The parts of a problem that are the plugin's to say.
#[derive(Deserialize)]
struct Told {
    code: Code,
    message: String,
    #[serde(default)]
    reasons: Vec<String>,
    #[serde(default)]
    hint: Option<String>,
}

#[derive(Serialize)]
struct Nothing {}

/// An empty document, whatever else a newer plugin puts there.
#[derive(Deserialize)]
struct Done {}

#[derive(Serialize)]
struct About<'a, T> {
    id: &'a str,
    ask: &'a T,
}

#[derive(Serialize)]
struct Id<'a> {
    id: &'a str,
}

#[derive(Serialize)]
struct Named<'a> {
    name: &'a Name,
}

#[derive(Serialize)]
struct Explain<'a> {
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
}

#[derive(Serialize)]
struct Wait<'a> {
    id: &'a str,
    revision: u64,
    timeout: Span,
}

impl Plugin {
    pub fn new(program: Program, limits: Limits) -> Self {
        Self { program, limits, idle: Mutex::new(None) }
    }

    /// What the plugin says of itself.
    ///
    /// # Errors
    /// When it cannot be run, or says nothing that a backend says.
    pub async fn hello(&self) -> Result<Hello, Problem> {
        let dialogue = self.dialogue().await.map_err(problem)?;
        let hello = dialogue.hello().clone();
        self.keep(dialogue);
        Ok(hello)
    }

    async fn dialogue(&self) -> Result<Dialogue, PluginError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(dialogue) = idle {
            return Ok(dialogue);
        }
        let mut dialogue = Dialogue::open(&self.program, self.limits, BACKEND).await?;
        let missing = Call::ALL.iter().find(|call| call.is_required() && !offers(dialogue.hello(), **call));
        match missing {
            None => Ok(dialogue),
            Some(call) => {
                let why = format!("its hello does not have the capability `{call}`, which every backend has");
                Err(dialogue.junk(&why).await)
            }
        }
    }

    fn keep(&self, dialogue: Dialogue) {
        if !dialogue.is_over() {
            *self.idle.lock().unwrap_or_else(PoisonError::into_inner) = Some(dialogue);
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        call: Call,
        with: &(impl Serialize + Sync),
        check: impl FnOnce(&T) -> Result<(), String>,
    ) -> Result<T, Problem> {
        self.call_within(self.limits.time, call, with, check).await
    }

    async fn call_within<T: DeserializeOwned>(
        &self,
        limit: Duration,
        call: Call,
        with: &(impl Serialize + Sync),
        check: impl FnOnce(&T) -> Result<(), String>,
    ) -> Result<T, Problem> {
        let mut dialogue = self.dialogue().await.map_err(problem)?;
        if !offers(dialogue.hello(), call) {
            let name = escape(&dialogue.hello().name).into_owned();
            self.keep(dialogue);
            return Err(Problem::new(
                Code::Unsupported,
                format!("the backend {name} does not offer `{call}`"),
            )
            .hint("ask the system that is behind it, or choose another context: jit context list"));
        }
        let answer = dialogue.ask::<T, Told>(call.as_str(), with, limit).await.map_err(problem)?;
        // INVARIANT 9: an answer to another question, or one that contradicts itself, is none.
        if let Ok(answer) = &answer
            && let Err(why) = check(answer)
        {
            return Err(problem(dialogue.junk(&format!("to `{call}`: {why}")).await));
        }
        self.keep(dialogue);
        answer.map_err(Problem::from)
    }
}

fn offers(hello: &Hello, call: Call) -> bool {
    hello.capabilities.iter().any(|name| name == call.as_str())
}

impl From<Told> for Problem {
    fn from(told: Told) -> Self {
        let safe = |text: String| escape(&text).into_owned();
        let problem = Self::new(told.code, safe(told.message));
        let problem = problem.reasons(told.reasons.into_iter().map(safe).collect());
        match told.hint.map(safe) {
            Some(hint) => problem.hint(hint),
            // jit itself has no login for it.
            None if matches!(told.code, Code::NotLoggedIn | Code::SessionOver) => {
                problem.hint("log in to the system that is behind the plugin")
            }
            None => problem,
        }
    }
}

fn problem(error: PluginError) -> Problem {
    let code = if error.retryable() { Code::Unreachable } else { Code::Failure };
    let problem = Problem::new(code, error.to_string());
    let problem = if error.said.is_empty() {
        problem
    } else {
        problem.reasons(vec![format!("the last that it said: {}", error.said)])
    };
    match error.hint() {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

fn any<T>(_: &T) -> Result<(), String> {
    Ok(())
}

#[async_trait]
impl Backend for Plugin {
    async fn whoami(&self) -> Result<api::WhoAmI, Problem> {
        self.call(Call::Whoami, &Nothing {}, any).await
    }

    async fn health(&self) -> Result<api::Health, Problem> {
        self.call(Call::Health, &Nothing {}, any).await
    }

    async fn policy_status(&self) -> Result<api::PolicyStatus, Problem> {
        self.call(Call::PolicyStatus, &Nothing {}, any).await
    }

    async fn roles(&self) -> Result<api::Roles, Problem> {
        self.call(Call::Roles, &Nothing {}, any).await
    }

    async fn explain(&self, role: &str, resource: Option<&str>) -> Result<api::Explanation, Problem> {
        let check = |answer: &api::Explanation| check::explained(role, answer);
        self.call(Call::Explain, &Explain { role, resource }, check).await
    }

    async fn request(&self, ask: &api::NewRequest) -> Result<api::Filed, Problem> {
        self.call(Call::Request, ask, |answer| check::filed(ask, answer)).await
    }

    async fn list(&self, query: &api::ListQuery) -> Result<api::RequestPage, Problem> {
        self.call(Call::List, query, |answer| check::page(query, answer)).await
    }

    async fn show(&self, id: &str) -> Result<api::Request, Problem> {
        self.call(Call::Show, &Id { id }, |answer| check::about(id, answer)).await
    }

    async fn wait(&self, id: &str, revision: u64, timeout: Span) -> Result<api::Request, Problem> {
        let timeout = timeout.min(POLL);
        let limit = self.limits.time + timeout.std();
        let with = Wait { id, revision, timeout };
        self.call_within(limit, Call::Wait, &with, |answer| check::about(id, answer)).await
    }

    async fn approve(&self, id: &str, ask: &api::Approve) -> Result<api::Request, Problem> {
        self.call(Call::Approve, &About { id, ask }, |answer| check::approved(id, ask, answer)).await
    }

    async fn deny(&self, id: &str, ask: &api::Deny) -> Result<api::Request, Problem> {
        self.call(Call::Deny, &About { id, ask }, |answer| check::denied(id, answer)).await
    }

    async fn cancel(&self, id: &str, ask: &api::Cancel) -> Result<api::Request, Problem> {
        self.call(Call::Cancel, &About { id, ask }, |answer| check::cancelled(id, answer)).await
    }

    async fn revoke(&self, ask: &api::Revoke) -> Result<api::Revoked, Problem> {
        self.call(Call::Revoke, ask, |answer| check::revoked(&ask.which, answer)).await
    }

    async fn extend(&self, id: &str, ask: &api::Extend) -> Result<api::Request, Problem> {
        self.call(Call::Extend, &About { id, ask }, |answer| check::extended(id, answer)).await
    }

    async fn debrief(&self, id: &str, ask: &api::DebriefVerdict) -> Result<api::Request, Problem> {
        self.call(Call::Debrief, &About { id, ask }, |answer| check::debriefed(id, ask, answer)).await
    }

    async fn credential(&self, id: &str, ask: &api::CredentialAsk) -> Result<api::Credential, Problem> {
        self.call(Call::Credential, &About { id, ask }, |answer| check::credential(id, ask, answer)).await
    }

    async fn reconcile(&self, ask: &api::Reconcile) -> Result<api::Drift, Problem> {
        self.call(Call::Reconcile, ask, |answer| check::drift(*ask, answer)).await
    }

    async fn delegations(&self) -> Result<api::Delegations, Problem> {
        self.call(Call::Delegations, &Nothing {}, any).await
    }

    async fn delegate(&self, ask: &api::Delegate) -> Result<api::Delegation, Problem> {
        self.call(Call::Delegate, ask, |answer| check::delegated(ask, answer)).await
    }

    async fn undelegate(&self, ask: &api::Undelegate) -> Result<(), Problem> {
        self.call::<Done>(Call::Undelegate, ask, any).await.map(|Done {}| ())
    }

    async fn ticket_changed(&self, ask: &api::TicketChanged) -> Result<api::TicketEnded, Problem> {
        self.call(Call::TicketChanged, ask, any).await
    }

    async fn events(&self, query: &api::EventQuery) -> Result<api::Events, Problem> {
        self.call(Call::Events, query, any).await
    }

    async fn checkpoints(&self) -> Result<api::Checkpoints, Problem> {
        self.call(Call::Checkpoints, &Nothing {}, any).await
    }

    async fn sign_evidence(&self, ask: &api::SignEvidence) -> Result<api::SignedEvidence, Problem> {
        self.call(Call::SignEvidence, ask, |answer| check::signed(ask, answer)).await
    }

    async fn users(&self) -> Result<api::Users, Problem> {
        self.call(Call::Users, &Nothing {}, any).await
    }

    async fn add_user(&self, user: &api::NewUser) -> Result<api::Enrolled, Problem> {
        self.call(Call::AddUser, user, |answer: &api::Enrolled| check::user(&user.name, &answer.user)).await
    }

    async fn enrol_user(&self, name: &Name) -> Result<api::Enrolled, Problem> {
        let check = |answer: &api::Enrolled| check::user(name, &answer.user);
        self.call(Call::EnrolUser, &Named { name }, check).await
    }

    async fn disable_user(&self, name: &Name) -> Result<api::Disabled, Problem> {
        let check = |answer: &api::Disabled| check::disabled(name, answer);
        self.call(Call::DisableUser, &Named { name }, check).await
    }

    async fn ssh_ca(&self) -> Result<api::SshCa, Problem> {
        self.call(Call::SshCa, &Nothing {}, any).await
    }

    async fn logout(&self) -> Result<(), Problem> {
        self.call::<Done>(Call::Logout, &Nothing {}, any).await.map(|Done {}| ())
    }
}

#[cfg(test)]
mod tests;
