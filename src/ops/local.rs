//! The backend that runs in process, on a store of the user's own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::api::{self, Code, Problem};
use crate::domain::{Name, Span};

use super::backend::Backend;
use super::engine::{Caller, Engine};

/// How long a command waits for what is due, before it does its own work.
const PATIENCE: Duration = Duration::from_secs(5);

/// One engine and one caller: the user of the operating system, who owns the store, so sees all of it.
pub struct Local {
    engine: Arc<Engine>,
    caller: Caller,
    ssh_ca: String,
}

impl Local {
    /// No server watches the clock here, so what is due is done first. `ssh_ca` is the line for sshd's
    /// `TrustedUserCAKeys`.
    pub async fn open(engine: Arc<Engine>, caller: Caller, ssh_ca: String) -> Result<Self, Problem> {
        engine.reconcile(PATIENCE).await?;
        Ok(Self { engine, caller, ssh_ca })
    }
}

fn needs_server(what: &str) -> Problem {
    Problem::new(Code::Usage, format!("{what} is a server's: the local backend has one user, yours"))
        .hint("`jit --server URL …`, or `jit context use NAME`")
}

#[async_trait]
impl Backend for Local {
    async fn whoami(&self) -> Result<api::WhoAmI, Problem> {
        Ok(self.engine.whoami(&self.caller))
    }

    async fn health(&self) -> Result<api::Health, Problem> {
        Ok(self.engine.health(&self.caller).await)
    }

    async fn policy_status(&self) -> Result<api::PolicyStatus, Problem> {
        Ok(self.engine.policy_status(&self.caller))
    }

    async fn who_reaches(&self, query: &api::WhoQuery) -> Result<api::WhoReaches, Problem> {
        Ok(self.engine.who_reaches(&self.caller, query).await?)
    }

    async fn roles(&self) -> Result<api::Roles, Problem> {
        Ok(self.engine.roles(&self.caller).await?)
    }

    async fn explain(&self, role: &str, resource: Option<&str>) -> Result<api::Explanation, Problem> {
        Ok(self.engine.explain(&self.caller, role, resource).await?)
    }

    async fn request(&self, ask: &api::NewRequest) -> Result<api::Filed, Problem> {
        Ok(self.engine.request(&self.caller, ask).await?)
    }

    async fn list(&self, query: &api::ListQuery) -> Result<api::RequestPage, Problem> {
        Ok(self.engine.list(&self.caller, query).await?)
    }

    async fn show(&self, id: &str) -> Result<api::Request, Problem> {
        Ok(self.engine.show(&self.caller, id).await?)
    }

    async fn wait(&self, id: &str, revision: u64, timeout: Span) -> Result<api::Request, Problem> {
        Ok(self.engine.wait(&self.caller, id, revision, timeout).await?)
    }

    async fn approve(&self, id: &str, ask: &api::Approve) -> Result<api::Request, Problem> {
        Ok(self.engine.approve(&self.caller, id, ask).await?)
    }

    async fn deny(&self, id: &str, ask: &api::Deny) -> Result<api::Request, Problem> {
        Ok(self.engine.deny(&self.caller, id, ask).await?)
    }

    async fn cancel(&self, id: &str, ask: &api::Cancel) -> Result<api::Request, Problem> {
        Ok(self.engine.cancel(&self.caller, id, ask).await?)
    }

    async fn revoke(&self, ask: &api::Revoke) -> Result<api::Revoked, Problem> {
        Ok(self.engine.revoke(&self.caller, ask).await?)
    }

    async fn extend(&self, id: &str, ask: &api::Extend) -> Result<api::Request, Problem> {
        Ok(self.engine.extend(&self.caller, id, ask).await?)
    }

    async fn debrief(&self, id: &str, ask: &api::DebriefVerdict) -> Result<api::Request, Problem> {
        Ok(self.engine.debrief(&self.caller, id, ask).await?)
    }

    async fn credential(&self, id: &str, ask: &api::CredentialAsk) -> Result<api::Credential, Problem> {
        Ok(self.engine.credential(&self.caller, id, ask).await?)
    }

    async fn reconcile(&self, ask: &api::Reconcile) -> Result<api::Drift, Problem> {
        Ok(self.engine.drift(&self.caller, ask).await?)
    }

    async fn delegations(&self) -> Result<api::Delegations, Problem> {
        Err(needs_server("delegating"))
    }

    async fn delegate(&self, _ask: &api::Delegate) -> Result<api::Delegation, Problem> {
        Err(needs_server("delegating"))
    }

    async fn undelegate(&self, _ask: &api::Undelegate) -> Result<(), Problem> {
        Err(needs_server("delegating"))
    }

    async fn ticket_changed(&self, ask: &api::TicketChanged) -> Result<api::TicketEnded, Problem> {
        Ok(self.engine.ticket_changed(&self.caller, ask).await?)
    }

    async fn events(&self, query: &api::EventQuery) -> Result<api::Events, Problem> {
        Ok(self.engine.events(&self.caller, query).await?)
    }

    async fn checkpoints(&self) -> Result<api::Checkpoints, Problem> {
        Ok(self.engine.checkpoints(&self.caller).await?)
    }

    async fn sign_evidence(&self, ask: &api::SignEvidence) -> Result<api::SignedEvidence, Problem> {
        Ok(self.engine.sign_evidence(&self.caller, ask).await?)
    }

    async fn who_could(&self) -> Result<api::WhoCould, Problem> {
        Ok(self.engine.who_could(&self.caller).await?)
    }

    async fn users(&self) -> Result<api::Users, Problem> {
        Err(needs_server("the directory of users"))
    }

    async fn add_user(&self, _user: &api::NewUser) -> Result<api::Enrolled, Problem> {
        Err(needs_server("the directory of users"))
    }

    async fn enrol_user(&self, _name: &Name) -> Result<api::Enrolled, Problem> {
        Err(needs_server("the directory of users"))
    }

    async fn disable_user(&self, _name: &Name) -> Result<api::Disabled, Problem> {
        Err(needs_server("the directory of users"))
    }

    async fn ssh_ca(&self) -> Result<api::SshCa, Problem> {
        Ok(api::SshCa { public_key: self.ssh_ca.clone() })
    }

    async fn logout(&self) -> Result<(), Problem> {
        Err(needs_server("logging in and out"))
    }
}
