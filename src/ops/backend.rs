//! What the command line talks to. `Local` runs in process, `client::Remote` over HTTP.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use crate::api;
use crate::domain::{Digest, Name, Span};

/// The seam between the command line and whatever decides. All of it speaks `api`'s documents, and
/// every failure is a [`api::Problem`] with a code, so that the two backends cannot be told apart.
#[async_trait]
pub trait Backend: Send + Sync {
    async fn whoami(&self) -> Result<api::WhoAmI, api::Problem>;
    async fn health(&self) -> Result<api::Health, api::Problem>;
    async fn policy_status(&self) -> Result<api::PolicyStatus, api::Problem>;

    /// Who reaches what by the policy in force.
    async fn who_reaches(&self, _query: &api::WhoQuery) -> Result<api::WhoReaches, api::Problem> {
        Err(api::Problem::new(api::Code::Unavailable, "this backend does not tell its policy")
            .hint("`jit policy who DIR` reads a folder"))
    }

    async fn roles(&self) -> Result<api::Roles, api::Problem>;
    async fn explain(&self, role: &str, resource: Option<&str>) -> Result<api::Explanation, api::Problem>;

    async fn request(&self, ask: &api::NewRequest) -> Result<api::Filed, api::Problem>;
    async fn list(&self, query: &api::ListQuery) -> Result<api::RequestPage, api::Problem>;
    /// `id` may be a unique prefix, in this and all that follow.
    async fn show(&self, id: &str) -> Result<api::Request, api::Problem>;
    /// Answers when the request is no longer at `revision`, or after `timeout`, whichever is first.
    async fn wait(&self, id: &str, revision: u64, timeout: Span) -> Result<api::Request, api::Problem>;
    async fn approve(&self, id: &str, ask: &api::Approve) -> Result<api::Request, api::Problem>;
    async fn deny(&self, id: &str, ask: &api::Deny) -> Result<api::Request, api::Problem>;
    async fn cancel(&self, id: &str, ask: &api::Cancel) -> Result<api::Request, api::Problem>;
    async fn revoke(&self, ask: &api::Revoke) -> Result<api::Revoked, api::Problem>;
    /// Asks for more time for an own active grant.
    async fn extend(&self, id: &str, ask: &api::Extend) -> Result<api::Request, api::Problem>;
    /// Closes the debrief of somebody else's break-glass.
    async fn debrief(&self, id: &str, ask: &api::DebriefVerdict) -> Result<api::Request, api::Problem>;
    async fn credential(&self, id: &str, ask: &api::CredentialAsk) -> Result<api::Credential, api::Problem>;
    async fn reconcile(&self, ask: &api::Reconcile) -> Result<api::Drift, api::Problem>;

    async fn delegations(&self) -> Result<api::Delegations, api::Problem>;
    async fn delegate(&self, ask: &api::Delegate) -> Result<api::Delegation, api::Problem>;
    async fn undelegate(&self, ask: &api::Undelegate) -> Result<(), api::Problem>;
    /// Has the access that hangs on a ticket looked at now.
    async fn ticket_changed(&self, ask: &api::TicketChanged) -> Result<api::TicketEnded, api::Problem>;

    async fn events(&self, query: &api::EventQuery) -> Result<api::Events, api::Problem>;
    /// Events from `from_seq` on as they come: one page with something in it, or an empty one after
    /// `ask.wait`. What is not the caller's to see is left out, and `next_seq` is behind it.
    ///
    /// As it is here it asks again and again; a backend that is told of what comes does it otherwise.
    async fn follow(&self, ask: &api::Follow) -> Result<api::Events, api::Problem> {
        const LOOK: Duration = Duration::from_millis(500);
        let until = tokio::time::Instant::now() + ask.wait.std();
        let query = api::EventQuery { from_seq: ask.from_seq, tail: ask.tail, ..api::EventQuery::default() };
        loop {
            let page = self.events(&query).await?;
            let now = tokio::time::Instant::now();
            if !page.events.is_empty() || now >= until {
                return Ok(page);
            }
            tokio::time::sleep(LOOK.min(until - now)).await;
        }
    }
    async fn checkpoints(&self) -> Result<api::Checkpoints, api::Problem>;

    /// The log key's signature over a pack of evidence.
    async fn sign_evidence(&self, ask: &api::SignEvidence) -> Result<api::SignedEvidence, api::Problem>;

    /// Who may come to hold which role now, for evidence.
    async fn who_could(&self) -> Result<api::WhoCould, api::Problem> {
        Err(keeps_no("directory of people"))
    }

    async fn users(&self) -> Result<api::Users, api::Problem>;
    async fn add_user(&self, user: &api::NewUser) -> Result<api::Enrolled, api::Problem>;
    /// A new one-time code for a user who has lost theirs, or whose tokens are over.
    async fn enrol_user(&self, name: &Name) -> Result<api::Enrolled, api::Problem>;
    async fn disable_user(&self, name: &Name) -> Result<api::Disabled, api::Problem>;

    /// A long-lived token of a service's, for one purpose.
    async fn new_token(&self, _ask: &api::NewToken) -> Result<api::ServiceToken, api::Problem> {
        Err(no_directory())
    }
    async fn end_tokens(&self, _ask: &api::EndTokens) -> Result<api::TokensEnded, api::Problem> {
        Err(no_directory())
    }
    /// What was done under a request's grant; `id` may be a unique prefix.
    async fn activity(&self, _id: &str) -> Result<api::Activity, api::Problem> {
        Err(no_activity())
    }
    /// The bytes of a piece of it, which are those of that digest.
    async fn piece(&self, _id: &str, _digest: &Digest) -> Result<Vec<u8>, api::Problem> {
        Err(no_activity())
    }
    async fn suspend_user(&self, _ask: &api::Suspend) -> Result<api::Suspended, api::Problem> {
        Err(no_directory())
    }
    async fn reinstate_user(&self, _ask: &api::Reinstate) -> Result<(), api::Problem> {
        Err(no_directory())
    }
    async fn grant_tool_role(&self, _ask: &api::ToolRoleOf) -> Result<api::ToolRolesOf, api::Problem> {
        Err(no_directory())
    }
    async fn remove_tool_role(&self, _ask: &api::ToolRoleOf) -> Result<api::ToolRolesOf, api::Problem> {
        Err(no_directory())
    }
    async fn contractors(&self) -> Result<api::Contractors, api::Problem> {
        Err(no_directory())
    }
    async fn contractor(&self, _name: &Name) -> Result<api::Contractor, api::Problem> {
        Err(no_directory())
    }
    async fn add_contractor(&self, _new: &api::NewContractor) -> Result<api::ContractorAdded, api::Problem> {
        Err(no_directory())
    }
    async fn import_contractors(&self, _ask: &api::ImportContractors) -> Result<api::Imported, api::Problem> {
        Err(no_directory())
    }
    async fn extend_engagement(
        &self,
        _name: &Name,
        _ask: &api::ExtendEngagement,
    ) -> Result<api::Contractor, api::Problem> {
        Err(no_directory())
    }
    async fn change_engagement(
        &self,
        _name: &Name,
        _ask: &api::ChangeEngagement,
    ) -> Result<api::Contractor, api::Problem> {
        Err(no_directory())
    }
    async fn offboard(&self, _name: &Name, _ask: &api::Offboard) -> Result<api::Contractor, api::Problem> {
        Err(no_directory())
    }

    async fn trainings(&self) -> Result<api::Trainings, api::Problem> {
        Err(no_directory())
    }
    async fn accept_terms(&self, _ask: &api::AcceptTerms) -> Result<api::TrainingProof, api::Problem> {
        Err(no_directory())
    }
    async fn record_training(&self, _ask: &api::RecordTraining) -> Result<api::TrainingProof, api::Problem> {
        Err(no_directory())
    }
    async fn training_status(
        &self,
        _query: &api::TrainingQuery,
    ) -> Result<api::TrainingStatus, api::Problem> {
        Err(no_directory())
    }
    async fn alerts(&self, _query: &api::AlertQuery) -> Result<api::Alerts, api::Problem> {
        Err(keeps_no("alerts"))
    }
    /// `id` may be a unique prefix, in this and the next.
    async fn alert(&self, _id: &str) -> Result<api::Alert, api::Problem> {
        Err(keeps_no("alerts"))
    }
    async fn answer_alert(&self, _id: &str, _ask: &api::AnswerAlert) -> Result<api::Alert, api::Problem> {
        Err(keeps_no("alerts"))
    }
    async fn channels(&self) -> Result<api::Channels, api::Problem> {
        Err(keeps_no("channels"))
    }
    async fn replay(&self, _channel: &str, _ask: &api::Replay) -> Result<api::Replayed, api::Problem> {
        Err(keeps_no("channels"))
    }
    async fn reviews(&self) -> Result<api::Reviews, api::Problem> {
        Err(no_directory())
    }
    async fn review(&self, _id: &str) -> Result<api::Review, api::Problem> {
        Err(no_directory())
    }
    async fn review_result(&self, _id: &str) -> Result<api::ReviewResult, api::Problem> {
        Err(no_directory())
    }
    async fn start_review(&self, _ask: &api::StartReview) -> Result<api::Review, api::Problem> {
        Err(no_directory())
    }
    async fn decide_review(&self, _id: &str, _ask: &api::DecideReview) -> Result<api::Review, api::Problem> {
        Err(no_directory())
    }
    async fn restore_right(&self, _ask: &api::RestoreRight) -> Result<(), api::Problem> {
        Err(no_directory())
    }

    async fn ssh_ca(&self) -> Result<api::SshCa, api::Problem>;
    async fn logout(&self) -> Result<(), api::Problem>;
}

/// The life of people is a jit server's own: the local backend has one person, and a plugin's system its own
/// directory.
fn no_directory() -> api::Problem {
    keeps_no("directory of people")
}

fn keeps_no(what: &str) -> api::Problem {
    api::Problem::new(api::Code::Unavailable, format!("this backend keeps no {what}"))
        .hint("a jit server does: `jit context list`, `jit login SERVER`")
}

/// Hosts deliver what was done on them to a jit server.
fn no_activity() -> api::Problem {
    api::Problem::new(api::Code::Unavailable, "this backend keeps no record of what was done under a grant")
        .hint("a jit server does: `jit context list`, `jit login SERVER`")
}

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        /// The calls of a [`Backend`], by the names that a protocol has for them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Call {
            $($(#[$doc])* $name,)*
        }

        impl Call {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

calls! {
    Whoami = "whoami",
    Health = "health",
    Roles = "roles",
    Explain = "explain",
    Request = "request",
    List = "list",
    Show = "show",
    Wait = "wait",
    Approve = "approve",
    Deny = "deny",
    Cancel = "cancel",
    Revoke = "revoke",
    Credential = "credential",
    Extend = "extend",
    Debrief = "debrief",
    Reconcile = "reconcile",
    Delegations = "delegations",
    Delegate = "delegate",
    Undelegate = "undelegate",
    TicketChanged = "ticket_changed",
    Events = "events",
    Checkpoints = "checkpoints",
    SignEvidence = "sign_evidence",
    PolicyStatus = "policy_status",
    Users = "users",
    AddUser = "add_user",
    EnrolUser = "enrol_user",
    DisableUser = "disable_user",
    SshCa = "ssh_ca",
    Logout = "logout",
}

impl Call {
    /// What no backend can do without: to ask, to decide, and to end. The rest is offered or not.
    pub fn is_required(self) -> bool {
        self <= Self::Revoke
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
