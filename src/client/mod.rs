//! The backends that are elsewhere: a jit server over HTTP, and a plugin in front of another system.

mod follow;
mod plugin;

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Method, RequestBuilder, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::{self, Code, Problem};
use crate::domain::text::escape;
use crate::domain::{Digest, Name, Span};
use crate::http::{self, Trust};
use crate::ops::Backend;

pub use plugin::{BACKEND, Plugin};

const CONNECT: Duration = Duration::from_secs(5);
/// Longer than the server's longest poll.
const ANSWER: Duration = Duration::from_secs(75);
/// One long-poll; the caller asks again until its own time is over.
const POLL: Span = Span::clamped(55);
/// No answer of a server is larger, not even a page of 10,000 events.
const LARGEST_ANSWER: usize = 64 << 20;

/// Where new tokens go, and where the renewal token is: the secret store, as the command line sees it.
///
/// Called on a thread where blocking is allowed.
pub trait TokenKeeper: Send + Sync {
    fn renewal(&self) -> Option<String>;
    /// A failure to keep it is the keeper's to tell; this call goes on with the new token.
    fn keep(&self, tokens: &api::Tokens);
}

/// Keeps nothing: for tokens that came from the environment.
pub struct NoKeeper;

impl TokenKeeper for NoKeeper {
    fn renewal(&self) -> Option<String> {
        None
    }

    fn keep(&self, _: &api::Tokens) {}
}

/// A client of one server.
pub struct Remote {
    http: reqwest::Client,
    base: Url,
    token: Mutex<Option<String>>,
    keeper: std::sync::Arc<dyn TokenKeeper>,
    following: tokio::sync::Mutex<Option<follow::Following>>,
}

impl Remote {
    /// `base` is the server's address, such as `https://jit.example.net/`.
    pub fn new(
        base: Url,
        token: Option<String>,
        keeper: std::sync::Arc<dyn TokenKeeper>,
    ) -> Result<Self, Problem> {
        let http = http::client(Trust::of(&base), CONNECT, ANSWER)
            .map_err(|e| Problem::new(Code::Failure, format!("no HTTP client: {e}")))?;
        Ok(Self { http, base, token: Mutex::new(token), keeper, following: tokio::sync::Mutex::default() })
    }

    /// Exchanges a one-time code for tokens.
    pub async fn login(&self, code: &str) -> Result<api::Tokens, Problem> {
        let call = self.request(Method::POST, &["v1", "login"])?.json(&api::Login { code: code.to_owned() });
        let tokens: api::Tokens = self.send(call).await.map_err(|problem| match problem.code {
            Code::NotLoggedIn => Problem::new(Code::NotLoggedIn, "the code is wrong, used, or too old")
                .hint("ask an administrator for a new one: `jit user code NAME`"),
            _ => problem,
        })?;
        self.set_token(&tokens.token);
        Ok(tokens)
    }

    /// Delivers a piece of what was done, with a token that is good for nothing else. Delivered again, it is
    /// there once.
    pub async fn deliver(&self, piece: &api::NewPiece, bytes: Vec<u8>) -> Result<api::Piece, Problem> {
        let token = self.token().unwrap_or_default();
        let call = self.request(Method::POST, &["v1", "activity"])?.query(piece).bearer_auth(token);
        self.send(call.body(bytes)).await
    }

    fn request(&self, method: Method, path: &[&str]) -> Result<RequestBuilder, Problem> {
        // As a segment these would not be sent, and another address called.
        if let Some(odd) = path.iter().find(|segment| matches!(**segment, "" | "." | "..")) {
            return Err(Problem::new(Code::NotFound, format!("there is nothing called {odd:?}")));
        }
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Problem::new(Code::Usage, "the server's address cannot have a path"))?
            .pop_if_empty()
            .extend(path);
        Ok(self.http.request(method, url))
    }

    fn token(&self) -> Option<String> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_token(&self, token: &str) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(token.to_owned());
    }

    /// Sends the call as the logged-in user; once more with a new token where the old one is over.
    async fn call<T: DeserializeOwned>(
        &self,
        build: impl Fn() -> Result<RequestBuilder, Problem>,
    ) -> Result<T, Problem> {
        self.read(self.as_user(build).await?).await
    }

    async fn as_user(
        &self,
        build: impl Fn() -> Result<RequestBuilder, Problem>,
    ) -> Result<Response, Problem> {
        let not_logged_in = || Problem::from(crate::ops::Error::NotLoggedIn);
        if let Some(token) = self.token() {
            match self.respond(build()?.bearer_auth(token)).await {
                Err(problem) if problem.code == Code::SessionOver => {}
                // A pruned session is not known to have been one.
                Err(problem) if problem.code == Code::NotLoggedIn => {}
                other => return other,
            }
        }
        let keeper = std::sync::Arc::clone(&self.keeper);
        let renewal = tokio::task::spawn_blocking(move || keeper.renewal()).await.ok().flatten();
        let renewal = renewal.ok_or_else(not_logged_in)?;
        let renew = self.request(Method::POST, &["v1", "renew"])?.json(&api::Renew { renewal });
        let tokens: api::Tokens = self.send(renew).await?;
        self.set_token(&tokens.token);
        let token = tokens.token.clone();
        let keeper = std::sync::Arc::clone(&self.keeper);
        // Whether it could be kept is the keeper's to tell.
        let _ = tokio::task::spawn_blocking(move || keeper.keep(&tokens)).await;
        self.respond(build()?.bearer_auth(token)).await
    }

    async fn send<T: DeserializeOwned>(&self, call: RequestBuilder) -> Result<T, Problem> {
        self.read(self.respond(call).await?).await
    }

    /// The answer, where it is one: its body is not read yet.
    async fn respond(&self, call: RequestBuilder) -> Result<Response, Problem> {
        let response = call.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        // A proxy in front answers in its own words.
        Err(serde_json::from_slice(&self.bytes(response).await?).unwrap_or_else(|_| by_status(status)))
    }

    async fn read<T: DeserializeOwned>(&self, response: Response) -> Result<T, Problem> {
        serde_json::from_slice(&self.bytes(response).await?).map_err(|error| {
            Problem::new(
                Code::Failure,
                format!("the server's answer is not understood: {}", escape(&error.to_string())),
            )
            .hint("is it a jit server, and of this version? `jit doctor` looks")
        })
    }

    async fn bytes(&self, response: Response) -> Result<zeroize::Zeroizing<Vec<u8>>, Problem> {
        let bytes =
            http::read_bounded(response, LARGEST_ANSWER).await.map_err(|error| self.unreachable(&error))?;
        bytes.ok_or_else(|| Problem::new(Code::Failure, "the server's answer is too large"))
    }

    fn unreachable(&self, error: &reqwest::Error) -> Problem {
        let (origin, why) = (self.base.origin().ascii_serialization(), http::cause(error));
        Problem::new(Code::Unreachable, format!("the server {origin} cannot be reached: {}", escape(&why)))
            .hint("is it running, and is the address right? `jit context list` shows it")
    }

    async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &(impl Serialize + Sync),
    ) -> Result<T, Problem> {
        self.call(|| Ok(self.request(Method::GET, path)?.query(query))).await
    }

    async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &(impl Serialize + Sync),
    ) -> Result<T, Problem> {
        self.call(|| Ok(self.request(Method::POST, path)?.json(body))).await
    }
}

fn by_status(status: StatusCode) -> Problem {
    let code = match status.as_u16() {
        401 => Code::NotLoggedIn,
        403 => Code::Refused,
        404 => Code::NotFound,
        408 | 429 | 502..=504 => Code::Unreachable,
        413 => Code::TooLarge,
        _ => Code::Failure,
    };
    Problem::new(code, format!("the server answered {status}"))
}

const NOTHING: &[(&str, &str)] = &[];

#[async_trait]
impl Backend for Remote {
    async fn whoami(&self) -> Result<api::WhoAmI, Problem> {
        self.get(&["v1", "whoami"], &NOTHING).await
    }

    async fn health(&self) -> Result<api::Health, Problem> {
        self.get(&["v1", "health"], &NOTHING).await
    }

    async fn policy_status(&self) -> Result<api::PolicyStatus, Problem> {
        self.get(&["v1", "policy"], &NOTHING).await
    }

    async fn who_reaches(&self, query: &api::WhoQuery) -> Result<api::WhoReaches, Problem> {
        self.get(&["v1", "policy", "who"], query).await
    }

    async fn roles(&self) -> Result<api::Roles, Problem> {
        self.get(&["v1", "roles"], &NOTHING).await
    }

    async fn explain(&self, role: &str, resource: Option<&str>) -> Result<api::Explanation, Problem> {
        self.get(&["v1", "roles", role], &[("on", resource)]).await
    }

    async fn request(&self, ask: &api::NewRequest) -> Result<api::Filed, Problem> {
        self.post(&["v1", "requests"], ask).await
    }

    async fn list(&self, query: &api::ListQuery) -> Result<api::RequestPage, Problem> {
        self.get(&["v1", "requests"], query).await
    }

    async fn show(&self, id: &str) -> Result<api::Request, Problem> {
        self.get(&["v1", "requests", id], &NOTHING).await
    }

    async fn wait(&self, id: &str, revision: u64, timeout: Span) -> Result<api::Request, Problem> {
        let query = [("revision", revision.to_string()), ("timeout", timeout.min(POLL).to_string())];
        self.get(&["v1", "requests", id], &query).await
    }

    async fn approve(&self, id: &str, ask: &api::Approve) -> Result<api::Request, Problem> {
        self.post(&["v1", "requests", id, "approve"], ask).await
    }

    async fn deny(&self, id: &str, ask: &api::Deny) -> Result<api::Request, Problem> {
        self.post(&["v1", "requests", id, "deny"], ask).await
    }

    async fn cancel(&self, id: &str, ask: &api::Cancel) -> Result<api::Request, Problem> {
        self.post(&["v1", "requests", id, "cancel"], ask).await
    }

    async fn revoke(&self, ask: &api::Revoke) -> Result<api::Revoked, Problem> {
        self.post(&["v1", "revoke"], ask).await
    }

    async fn extend(&self, id: &str, ask: &api::Extend) -> Result<api::Request, Problem> {
        self.post(&["v1", "requests", id, "extend"], ask).await
    }

    async fn debrief(&self, id: &str, ask: &api::DebriefVerdict) -> Result<api::Request, Problem> {
        self.post(&["v1", "requests", id, "debrief"], ask).await
    }

    async fn credential(&self, id: &str, ask: &api::CredentialAsk) -> Result<api::Credential, Problem> {
        self.post(&["v1", "requests", id, "credential"], ask).await
    }

    async fn reconcile(&self, ask: &api::Reconcile) -> Result<api::Drift, Problem> {
        self.post(&["v1", "reconcile"], ask).await
    }

    async fn delegations(&self) -> Result<api::Delegations, Problem> {
        self.get(&["v1", "delegations"], &NOTHING).await
    }

    async fn delegate(&self, ask: &api::Delegate) -> Result<api::Delegation, Problem> {
        self.post(&["v1", "delegations"], ask).await
    }

    async fn undelegate(&self, ask: &api::Undelegate) -> Result<(), Problem> {
        self.post(&["v1", "delegations", "remove"], ask).await
    }

    async fn ticket_changed(&self, ask: &api::TicketChanged) -> Result<api::TicketEnded, Problem> {
        self.post(&["v1", "tickets", "changed"], ask).await
    }

    async fn events(&self, query: &api::EventQuery) -> Result<api::Events, Problem> {
        self.get(&["v1", "audit", "events"], query).await
    }

    async fn follow(&self, ask: &api::Follow) -> Result<api::Events, Problem> {
        self.follow_stream(ask).await
    }

    async fn checkpoints(&self) -> Result<api::Checkpoints, Problem> {
        self.get(&["v1", "audit", "checkpoints"], &NOTHING).await
    }

    async fn sign_evidence(&self, ask: &api::SignEvidence) -> Result<api::SignedEvidence, Problem> {
        self.post(&["v1", "evidence", "sign"], ask).await
    }

    async fn who_could(&self) -> Result<api::WhoCould, Problem> {
        self.get(&["v1", "evidence", "who-could"], &NOTHING).await
    }

    async fn users(&self) -> Result<api::Users, Problem> {
        self.get(&["v1", "users"], &NOTHING).await
    }

    async fn add_user(&self, user: &api::NewUser) -> Result<api::Enrolled, Problem> {
        self.post(&["v1", "users"], user).await
    }

    async fn enrol_user(&self, name: &Name) -> Result<api::Enrolled, Problem> {
        self.post(&["v1", "users", name.as_str(), "enrol"], &()).await
    }

    async fn disable_user(&self, name: &Name) -> Result<api::Disabled, Problem> {
        self.post(&["v1", "users", name.as_str(), "disable"], &()).await
    }

    async fn new_token(&self, ask: &api::NewToken) -> Result<api::ServiceToken, Problem> {
        self.post(&["v1", "users", "token"], ask).await
    }

    async fn end_tokens(&self, ask: &api::EndTokens) -> Result<api::TokensEnded, Problem> {
        self.post(&["v1", "users", "token", "end"], ask).await
    }

    async fn activity(&self, id: &str) -> Result<api::Activity, Problem> {
        self.get(&["v1", "requests", id, "activity"], &NOTHING).await
    }

    async fn piece(&self, id: &str, digest: &Digest) -> Result<Vec<u8>, Problem> {
        let digest = digest.to_string();
        let path = ["v1", "requests", id, "activity", digest.as_str()];
        let response = self.as_user(|| self.request(Method::GET, &path)).await?;
        Ok(self.bytes(response).await?.to_vec())
    }

    async fn suspend_user(&self, ask: &api::Suspend) -> Result<api::Suspended, Problem> {
        self.post(&["v1", "users", "suspend"], ask).await
    }

    async fn reinstate_user(&self, ask: &api::Reinstate) -> Result<(), Problem> {
        self.post(&["v1", "users", "reinstate"], ask).await
    }

    async fn grant_tool_role(&self, ask: &api::ToolRoleOf) -> Result<api::ToolRolesOf, Problem> {
        self.post(&["v1", "users", "roles", "grant"], ask).await
    }

    async fn remove_tool_role(&self, ask: &api::ToolRoleOf) -> Result<api::ToolRolesOf, Problem> {
        self.post(&["v1", "users", "roles", "remove"], ask).await
    }

    async fn contractors(&self) -> Result<api::Contractors, Problem> {
        self.get(&["v1", "contractors"], &NOTHING).await
    }

    async fn contractor(&self, name: &Name) -> Result<api::Contractor, Problem> {
        self.get(&["v1", "contractors", name.as_str()], &NOTHING).await
    }

    async fn add_contractor(&self, new: &api::NewContractor) -> Result<api::ContractorAdded, Problem> {
        self.post(&["v1", "contractors"], new).await
    }

    async fn import_contractors(&self, ask: &api::ImportContractors) -> Result<api::Imported, Problem> {
        self.post(&["v1", "contractors", "import"], ask).await
    }

    async fn extend_engagement(
        &self,
        name: &Name,
        ask: &api::ExtendEngagement,
    ) -> Result<api::Contractor, Problem> {
        self.post(&["v1", "contractors", name.as_str(), "extend"], ask).await
    }

    async fn change_engagement(
        &self,
        name: &Name,
        ask: &api::ChangeEngagement,
    ) -> Result<api::Contractor, Problem> {
        self.post(&["v1", "contractors", name.as_str(), "change"], ask).await
    }

    async fn offboard(&self, name: &Name, ask: &api::Offboard) -> Result<api::Contractor, Problem> {
        self.post(&["v1", "contractors", name.as_str(), "offboard"], ask).await
    }

    async fn trainings(&self) -> Result<api::Trainings, Problem> {
        self.get(&["v1", "training"], &NOTHING).await
    }

    async fn accept_terms(&self, ask: &api::AcceptTerms) -> Result<api::TrainingProof, Problem> {
        self.post(&["v1", "training", "accept"], ask).await
    }

    async fn record_training(&self, ask: &api::RecordTraining) -> Result<api::TrainingProof, Problem> {
        self.post(&["v1", "training", "record"], ask).await
    }

    async fn training_status(&self, query: &api::TrainingQuery) -> Result<api::TrainingStatus, Problem> {
        self.get(&["v1", "training", "status"], query).await
    }

    async fn alerts(&self, query: &api::AlertQuery) -> Result<api::Alerts, Problem> {
        self.get(&["v1", "alerts"], query).await
    }

    async fn alert(&self, id: &str) -> Result<api::Alert, Problem> {
        self.get(&["v1", "alerts", id], &NOTHING).await
    }

    async fn answer_alert(&self, id: &str, ask: &api::AnswerAlert) -> Result<api::Alert, Problem> {
        self.post(&["v1", "alerts", id, "answer"], ask).await
    }

    async fn channels(&self) -> Result<api::Channels, Problem> {
        self.get(&["v1", "channels"], &NOTHING).await
    }

    async fn replay(&self, channel: &str, ask: &api::Replay) -> Result<api::Replayed, Problem> {
        self.post(&["v1", "channels", channel, "replay"], ask).await
    }

    async fn reviews(&self) -> Result<api::Reviews, Problem> {
        self.get(&["v1", "reviews"], &NOTHING).await
    }

    async fn review(&self, id: &str) -> Result<api::Review, Problem> {
        self.get(&["v1", "reviews", id], &NOTHING).await
    }

    async fn review_result(&self, id: &str) -> Result<api::ReviewResult, Problem> {
        self.get(&["v1", "reviews", id, "result"], &NOTHING).await
    }

    async fn start_review(&self, ask: &api::StartReview) -> Result<api::Review, Problem> {
        self.post(&["v1", "reviews"], ask).await
    }

    async fn decide_review(&self, id: &str, ask: &api::DecideReview) -> Result<api::Review, Problem> {
        self.post(&["v1", "reviews", id, "decide"], ask).await
    }

    async fn restore_right(&self, ask: &api::RestoreRight) -> Result<(), Problem> {
        self.post(&["v1", "rights", "restore"], ask).await
    }

    async fn ssh_ca(&self) -> Result<api::SshCa, Problem> {
        self.send(self.request(Method::GET, &["v1", "ssh", "ca"])?).await
    }

    async fn logout(&self) -> Result<(), Problem> {
        self.post(&["v1", "logout"], &()).await
    }
}

#[cfg(test)]
mod tests;
