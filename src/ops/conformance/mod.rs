//! What every backend does alike: named checks, for `Local`, for `client::Remote` against a server, and by
//! `jit backend test` for anybody's plugin.
//!
//! The suite knows nothing but the documents. It files requests for one role and ends each of them; the
//! history keeps them.

mod asking;
mod deciding;
mod using;

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;

use super::{Backend, Call};
use crate::api::{self, Code, Problem};
use crate::checks::{self, Check, Checked, Miss, Suite, Verdict, must};
use crate::domain::{Span, State};

/// What is tested, and what it needs to have.
pub struct Subject {
    /// Acts for somebody who may ask for `role`, and who has nothing open.
    pub requester: Arc<dyn Backend>,
    /// Acts for another person, who may approve it.
    pub approver: Option<Arc<dyn Backend>>,
    pub role: String,
    /// Where the role has more than one.
    pub resource: Option<String>,
    /// Where the role requires one.
    pub ticket: Option<String>,
    /// What to ask for.
    pub duration: Span,
    /// Two asks of different keys, where credentials are to be tested.
    pub credentials: Option<[api::CredentialAsk; 2]>,
    /// Whether a call that is not required is offered.
    pub offers: Box<dyn Fn(Call) -> bool + Send + Sync>,
    filed: Mutex<Vec<String>>,
}

/// In this order: what fails early is the reason for what fails late. Somebody's access is at stake, as
/// `revoke --mine` is among them: who that is comes first.
const CHECKS: &[Check<Subject>] = checks::list! {
    "the requester is somebody, and has nothing open": asking::somebody,
    "the approver is another person": asking::another,
    "changes are being recorded": asking::health,
    "the role is listed and explained alike": asking::role,
    "what is not there is not found": asking::absent,
    "a dry run files nothing": asking::dry_run,
    "an ask for longer than the longest time is refused": asking::too_long,
    "an ask without the reason that is required is refused": asking::no_reason,
    "the same ask twice is one request": asking::twice,
    "an idempotency key is one request": asking::keyed,
    "a request is found by its id and by the beginning of it": asking::found,
    "the lists tell what is open, pending and over": asking::listed,
    "a wait ends with a change, and else when its time is over": asking::wait,
    "nobody approves their own request": deciding::own,
    "another person's approval counts": deciding::approve,
    "an approval of something else than what was shown does not count": deciding::not_shown,
    "a denied request stays denied": deciding::deny,
    "a cancelled request stays cancelled": deciding::cancel,
    "an approved request is revoked, not cancelled": deciding::not_cancelled,
    "a revoked request is over, and is so once": deciding::revoked,
    "a revoke of one's own ends all of them": deciding::mine,
    "a credential ends with its grant, and a revoke ends it": using::credential,
    "the log tells what became of a request": using::events,
    "the log verifies with its checkpoints": using::verified,
    "evidence is signed with the log's key, as it was shown": using::signed,
    "the authority of SSH certificates has a public key": using::ssh_ca,
};

impl Subject {
    pub fn new(requester: Arc<dyn Backend>, role: &str, duration: Span) -> Self {
        Self {
            requester,
            approver: None,
            role: role.to_owned(),
            resource: None,
            ticket: None,
            duration,
            credentials: None,
            offers: Box::new(|_| true),
            filed: Mutex::default(),
        }
    }

    /// Runs every check, one after the other, and ends what each leaves behind. `told` hears each verdict as
    /// it comes.
    pub async fn run(&self, told: impl FnMut(&'static str, &Verdict)) -> Vec<(&'static str, Verdict)> {
        checks::run(self, CHECKS, told).await
    }

    fn ask(&self) -> api::NewRequest {
        api::NewRequest {
            role: self.role.clone(),
            resource: self.resource.clone(),
            duration: self.duration,
            start: None,
            reason: "a test of the backend".to_owned(),
            ticket: self.ticket.clone(),
            idempotency_key: None,
            break_glass: false,
            once: false,
            dry_run: false,
        }
    }

    async fn file(&self, ask: &api::NewRequest) -> Result<api::Filed, Miss> {
        Ok(self.try_file(ask).await?)
    }

    /// What was filed, also where it should not have been, is ended after the check.
    async fn try_file(&self, ask: &api::NewRequest) -> Result<api::Filed, Problem> {
        let filed = self.requester.request(ask).await?;
        if filed.filing == api::Filing::Filed {
            let id = filed.request.id.to_string();
            self.filed.lock().unwrap_or_else(PoisonError::into_inner).push(id);
        }
        Ok(filed)
    }

    /// A new request, as it was filed.
    async fn request(&self) -> Result<api::Request, Miss> {
        let filed = self.file(&self.ask()).await?;
        must(filed.filing == api::Filing::Filed, || format!("a first ask is {:?}", filed.filing))?;
        let expected = if filed.request.approvals_needed == 0 { State::Approved } else { State::Pending };
        must(filed.request.state == expected, || format!("a new request is {}", filed.request.state))?;
        Ok(filed.request)
    }

    /// A new request that everybody has approved.
    async fn approved(&self) -> Result<api::Request, Miss> {
        let request = self.request().await?;
        match request.approvals_needed {
            0 => Ok(request),
            1 => Ok(self.approver()?.approve(&request.id.to_string(), &yes(&request)).await?),
            n => Err(Miss::Skipped(format!("the role needs {n} approvals, and the suite has one approver"))),
        }
    }

    fn approver(&self) -> Result<&dyn Backend, Miss> {
        self.approver.as_deref().ok_or_else(|| Miss::Skipped("there is no approver to test with".to_owned()))
    }

    /// A request that somebody has to decide about, with somebody who may.
    async fn pending(&self) -> Result<(api::Request, &dyn Backend), Miss> {
        let approver = self.approver()?;
        let request = self.request().await?;
        if request.approvals_needed == 0 {
            return Err(Miss::Skipped("the role needs no approval".to_owned()));
        }
        Ok((request, approver))
    }

    fn offered(&self, call: Call) -> Checked {
        if (self.offers)(call) { Ok(()) } else { Err(Miss::Skipped(format!("`{call}` is not offered"))) }
    }
}

#[async_trait]
impl Suite for Subject {
    async fn tidy(&self) -> Result<(), String> {
        let filed = std::mem::take(&mut *self.filed.lock().unwrap_or_else(PoisonError::into_inner));
        for id in filed {
            let shown = self.requester.show(&id).await.map_err(|problem| told(&problem))?;
            if shown.state.is_terminal() {
                continue;
            }
            let ended = match shown.state {
                State::Pending => self.requester.cancel(&id, &api::Cancel::default()).await.map(|_| ()),
                _ => self.requester.revoke(&revoke(&id)).await.map(|_| ()),
            };
            ended.map_err(|problem| format!("request {id} is not ended: {}", told(&problem)))?;
        }
        Ok(())
    }
}

impl From<Problem> for Miss {
    fn from(problem: Problem) -> Self {
        Self::Failed(told(&problem))
    }
}

fn told(problem: &Problem) -> String {
    let mut text = format!("{:?}: {}", problem.code, problem.message);
    for reason in &problem.reasons {
        text.push_str("; ");
        text.push_str(reason);
    }
    text
}

/// It was refused, with one of these codes.
fn refused<T>(what: &str, answer: Result<T, Problem>, codes: &[Code]) -> Result<Problem, Miss> {
    match answer {
        Ok(_) => Err(Miss::Failed(format!("{what} was accepted"))),
        Err(problem) if codes.contains(&problem.code) => Ok(problem),
        Err(problem) => {
            Err(Miss::Failed(format!("{what} was refused with {}, and {codes:?} is right", told(&problem))))
        }
    }
}

fn yes(request: &api::Request) -> api::Approve {
    api::Approve { shown: request.shown, max: None, comment: None }
}

fn revoke(id: &str) -> api::Revoke {
    api::Revoke { which: api::Which::Ids(vec![id.to_owned()]), comment: None }
}

#[cfg(test)]
pub(crate) mod tests;
