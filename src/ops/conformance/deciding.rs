//! Yes and no, and taking it back.

use super::{Checked, Subject, must, refused, revoke, yes};
use crate::api::{self, Code, ListFilter, ListQuery, Which};
use crate::domain::{Digest, State};

/// INVARIANT 2.
pub(super) async fn own(subject: &Subject) -> Checked {
    let request = subject.request().await?;
    let id = request.id.to_string();
    let mut codes = vec![Code::Refused];
    if request.approvals_needed == 0 {
        codes.push(Code::Conflict);
    }
    refused("it", subject.requester.approve(&id, &yes(&request)).await, &codes)?;
    let after = subject.requester.show(&id).await?;
    must(after.votes.is_empty() && after.state == request.state, || format!("it is {} now", after.state))
}

pub(super) async fn approve(subject: &Subject) -> Checked {
    let (request, approver) = subject.pending().await?;
    let id = request.id.to_string();
    let to_approve = ListQuery { filter: ListFilter::ToApprove, ..ListQuery::default() };
    let waits = |page: api::RequestPage| page.requests.iter().any(|listed| listed.id == request.id);
    must(waits(approver.list(&to_approve).await?), || "the approver does not see it".to_owned())?;
    let seen = approver.show(&id).await?;
    must(seen.shown == request.shown, || "the approver is shown another digest".to_owned())?;
    let approved = approver.approve(&id, &yes(&seen)).await?;
    must(approved.votes.len() == 1, || format!("it has {} votes", approved.votes.len()))?;
    must(approved.revision > request.revision, || "its revision is the same".to_owned())?;
    let missing = request.approvals_needed - 1;
    must(approved.approvals_missing == missing, || format!("{} are missing", approved.approvals_missing))?;
    let expected = if missing == 0 { State::Approved } else { State::Pending };
    must(approved.state == expected, || format!("it is {}", approved.state))?;
    must(!waits(approver.list(&to_approve).await?), || "it still waits for who has decided".to_owned())?;
    let shown = subject.requester.show(&id).await?;
    must(shown.state == expected && shown.votes == approved.votes, || {
        "the requester sees something else".to_owned()
    })
}

pub(super) async fn not_shown(subject: &Subject) -> Checked {
    let (request, approver) = subject.pending().await?;
    let id = request.id.to_string();
    let other = api::Approve { shown: Digest::of(b"something else"), ..yes(&request) };
    refused("it", approver.approve(&id, &other).await, &[Code::Conflict])?;
    let after = subject.requester.show(&id).await?;
    must(after.state == State::Pending && after.votes.is_empty(), || format!("it is {} now", after.state))
}

const OVER: &[Code] = &[Code::Over, Code::Denied, Code::Conflict];

pub(super) async fn deny(subject: &Subject) -> Checked {
    let (request, approver) = subject.pending().await?;
    let id = request.id.to_string();
    let no = api::Deny { comment: "no: a test".to_owned() };
    let denied = approver.deny(&id, &no).await?;
    must(denied.state == State::Denied, || format!("it is {}", denied.state))?;
    let comment = denied.outcome.and_then(|outcome| outcome.comment);
    must(comment.as_deref() == Some("no: a test"), || "its outcome does not have the comment".to_owned())?;
    refused("an approval after it", approver.approve(&id, &yes(&request)).await, OVER)?;
    refused("a revoke after it", subject.requester.revoke(&revoke(&id)).await, OVER)?;
    let after = subject.requester.show(&id).await?;
    must(after.state == State::Denied, || format!("it is {} now", after.state))
}

pub(super) async fn cancel(subject: &Subject) -> Checked {
    let (request, approver) = subject.pending().await?;
    let id = request.id.to_string();
    let nobody = &[Code::Refused, Code::NotFound];
    refused("the approver's cancel", approver.cancel(&id, &api::Cancel::default()).await, nobody)?;
    let cancelled = subject.requester.cancel(&id, &api::Cancel::default()).await?;
    must(cancelled.state == State::Cancelled, || format!("it is {}", cancelled.state))?;
    refused("an approval after it", approver.approve(&id, &yes(&request)).await, OVER)?;
    let after = subject.requester.show(&id).await?;
    must(after.state == State::Cancelled, || format!("it is {} now", after.state))
}

pub(super) async fn not_cancelled(subject: &Subject) -> Checked {
    let id = subject.approved().await?.id.to_string();
    let cancel = subject.requester.cancel(&id, &api::Cancel::default()).await;
    refused("a cancel", cancel, &[Code::Conflict])?;
    let after = subject.requester.show(&id).await?;
    must(after.state == State::Approved, || format!("it is {} now", after.state))
}

pub(super) async fn revoke_once(subject: &Subject, id: &str, credentials: usize) -> Checked {
    let revoked = subject.requester.revoke(&revoke(id)).await?;
    let [item] = revoked.items.as_slice() else {
        return must(false, || format!("the answer tells of {} requests", revoked.items.len()));
    };
    must(item.confirmed, || "its end is not confirmed".to_owned())?;
    let told = item.credentials.len();
    must(told == credentials, || format!("it tells of {told} credentials, and there were {credentials}"))?;
    must(item.credentials.iter().all(|leg| leg.absent), || "a credential is not absent".to_owned())?;
    must(item.request.state == State::Revoked, || format!("it is {}", item.request.state))?;
    refused("a second revoke", subject.requester.revoke(&revoke(id)).await, &[Code::Over])?;
    let after = subject.requester.show(id).await?;
    must(after.state == State::Revoked && after.outcome.is_some(), || format!("it is {} now", after.state))
}

pub(super) async fn revoked(subject: &Subject) -> Checked {
    let id = subject.approved().await?.id.to_string();
    revoke_once(subject, &id, 0).await
}

pub(super) async fn mine(subject: &Subject) -> Checked {
    let request = subject.request().await?;
    let mine = api::Revoke { which: Which::Mine, comment: None };
    let ended: Vec<_> =
        subject.requester.revoke(&mine).await?.items.iter().map(|item| item.request.id).collect();
    must(ended == [request.id], || format!("it ended {ended:?}, and {} was open", request.id))?;
    let again = subject.requester.revoke(&mine).await?;
    must(again.items.is_empty(), || "a second one ended something".to_owned())
}
