//! Who asks, for what, and finding it again.

use std::time::{Duration, Instant};

use super::{Checked, Miss, Subject, Suite, must, refused};
use crate::api::{self, Code, Filing, ListFilter, ListQuery};
use crate::domain::{Kind, Span, State};

pub(super) async fn somebody(subject: &Subject) -> Checked {
    subject.requester.whoami().await?;
    let mine = ListQuery { filter: ListFilter::Mine, ..ListQuery::default() };
    let open = subject.requester.list(&mine).await?.requests;
    match open.first() {
        None => Ok(()),
        Some(first) => Err(Miss::Failed(format!("request {} is open: end it before the test", first.id))),
    }
}

pub(super) async fn another(subject: &Subject) -> Checked {
    let approver = subject.approver()?.whoami().await?;
    let requester = subject.requester.whoami().await?;
    must(approver.human != requester.human, || format!("both are {}", approver.human))?;
    must(approver.kind == Kind::Person, || "the approver is no person".to_owned())
}

pub(super) async fn health(subject: &Subject) -> Checked {
    let health = subject.requester.health().await?;
    must(health.recording, || "`recording` is false".to_owned())
}

pub(super) async fn role(subject: &Subject) -> Checked {
    let name = &subject.role;
    let roles = subject.requester.roles().await?.roles;
    let Some(role) = roles.iter().find(|role| role.name.as_str() == name) else {
        return Err(Miss::Failed(format!("role {name} is not listed")));
    };
    must(role.may_request, || format!("the requester may not request {name}"))?;
    must(role.max_duration >= subject.duration, || format!("{name} is for {} at most", role.max_duration))?;
    must(!role.resources.is_empty(), || format!("{name} has no resource"))?;
    let explained = subject.requester.explain(name, subject.resource.as_deref()).await?;
    must(explained.role == *role, || format!("{name} is explained as another role than it is listed"))
}

pub(super) async fn absent(subject: &Subject) -> Checked {
    let backend = subject.requester.as_ref();
    for role in ["no-such-role-here", "../self", "%2e%2e", "nobody's\u{1b}[31m"] {
        refused(&format!("explain {role:?}"), backend.explain(role, None).await, &[Code::NotFound])?;
        let ask = api::NewRequest { role: role.to_owned(), ..subject.ask() };
        let problem = refused(&format!("request {role:?}"), subject.try_file(&ask).await, &[Code::NotFound])?;
        must(!problem.message.contains('\u{1b}'), || "the message has a raw escape character".to_owned())?;
    }
    let ask = api::NewRequest { resource: Some("no-such-resource-here".to_owned()), ..subject.ask() };
    refused("an unknown resource", subject.try_file(&ask).await, &[Code::NotFound])?;
    for id in ["zzzzzzzzzzzz", "nope!", "..", "%2e%2e", "x/y", ""] {
        refused(&format!("show {id:?}"), backend.show(id).await, &[Code::NotFound])?;
    }
    let cancel = api::Cancel::default();
    refused("cancel", backend.cancel("zzzzzzzzzzzz", &cancel).await, &[Code::NotFound])?;
    refused("revoke", backend.revoke(&super::revoke("zzzzzzzzzzzz")).await, &[Code::NotFound])?;
    Ok(())
}

pub(super) async fn dry_run(subject: &Subject) -> Checked {
    let dry = api::NewRequest { dry_run: true, ..subject.ask() };
    let filed = subject.file(&dry).await?;
    must(filed.filing == Filing::WouldFile, || format!("the filing is {:?}", filed.filing))?;
    let open = subject.requester.list(&ListQuery::default()).await?.requests;
    must(open.iter().all(|request| request.id != filed.request.id), || "it is listed as open".to_owned())
}

pub(super) async fn too_long(subject: &Subject) -> Checked {
    let longest = subject.requester.explain(&subject.role, subject.resource.as_deref()).await?;
    let longest = longest.role.max_duration;
    let Some(more) = Span::from_secs(longest.secs() + 1) else {
        return Err(Miss::Skipped("the role has the longest time there is".to_owned()));
    };
    let ask = api::NewRequest { duration: more, ..subject.ask() };
    refused("it", subject.try_file(&ask).await, &[Code::Refused])?;
    Ok(())
}

pub(super) async fn no_reason(subject: &Subject) -> Checked {
    let explained = subject.requester.explain(&subject.role, subject.resource.as_deref()).await?;
    if !explained.role.reason_required {
        return Err(Miss::Skipped("the role requires none".to_owned()));
    }
    for reason in ["", "  "] {
        let ask = api::NewRequest { reason: reason.to_owned(), ..subject.ask() };
        refused(&format!("reason {reason:?}"), subject.try_file(&ask).await, &[Code::Refused])?;
    }
    Ok(())
}

pub(super) async fn twice(subject: &Subject) -> Checked {
    let first = subject.request().await?;
    let again = subject.file(&subject.ask()).await?;
    must(again.filing == Filing::Reused, || format!("the second is {:?}", again.filing))?;
    must(again.request.id == first.id, || format!("{} and {}", first.id, again.request.id))
}

pub(super) async fn keyed(subject: &Subject) -> Checked {
    let unique = format!("test-{}", subject.request().await?.id);
    subject.tidy().await.map_err(Miss::Failed)?;
    let ask = api::NewRequest { idempotency_key: Some(unique), ..subject.ask() };
    let first = subject.file(&ask).await?.request;
    let again = subject.file(&ask).await?.request;
    must(again.id == first.id, || format!("{} and {}", first.id, again.id))?;
    let other = api::NewRequest { reason: "another reason".to_owned(), ..ask };
    refused("the same key for another ask", subject.try_file(&other).await, &[Code::Conflict])?;
    Ok(())
}

pub(super) async fn found(subject: &Subject) -> Checked {
    let request = subject.request().await?;
    let id = request.id.to_string();
    let beginning: String = id.chars().take(11).collect();
    for name in [id.clone(), beginning.to_uppercase(), id.to_uppercase()] {
        let found = subject.requester.show(&name).await?;
        must(found == shown_as(&request, &found), || format!("show {name} differs from what was filed"))?;
    }
    Ok(())
}

/// Apart from what the clock changes.
fn shown_as(request: &api::Request, later: &api::Request) -> api::Request {
    api::Request { until_in_s: later.until_in_s, ends_in_s: later.ends_in_s, ..request.clone() }
}

pub(super) async fn listed(subject: &Subject) -> Checked {
    let request = subject.request().await?;
    let pending = request.state == State::Pending;
    for (filter, expected) in [
        (ListFilter::Open, true),
        (ListFilter::Mine, true),
        (ListFilter::History, true),
        (ListFilter::Pending, pending),
        (ListFilter::Active, false),
        (ListFilter::ToApprove, false),
    ] {
        is_listed(subject, filter, request.id, expected).await?;
    }
    subject.tidy().await.map_err(Miss::Failed)?;
    for (filter, expected) in
        [(ListFilter::Open, false), (ListFilter::Mine, false), (ListFilter::History, true)]
    {
        is_listed(subject, filter, request.id, expected).await?;
    }
    let none = ListQuery { limit: Some(0), ..ListQuery::default() };
    refused("a page of no rows", subject.requester.list(&none).await, &[Code::Usage])?;
    // The suite has filed more than one by now.
    let one = ListQuery { filter: ListFilter::History, limit: Some(1), after: None };
    let first = subject.requester.list(&one).await?;
    let second = subject.requester.list(&ListQuery { after: first.next.clone(), ..one }).await?;
    match (first.requests.as_slice(), &first.next, second.requests.as_slice()) {
        ([a], Some(_), [b]) if a.id != b.id && a.created >= b.created => Ok(()),
        _ => Err(Miss::Failed("two pages of one row are not the two newest requests".to_owned())),
    }
}

async fn is_listed(
    subject: &Subject,
    filter: ListFilter,
    id: crate::domain::RequestId,
    expected: bool,
) -> Checked {
    let query = ListQuery { filter, ..ListQuery::default() };
    let listed = subject.requester.list(&query).await?.requests.iter().any(|request| request.id == id);
    must(listed == expected, || {
        let word = if listed { "in" } else { "not in" };
        format!("the request is {word} {filter:?}")
    })
}

pub(super) async fn wait(subject: &Subject) -> Checked {
    let request = subject.request().await?;
    let id = request.id.to_string();
    let start = Instant::now();
    let seen = subject.requester.wait(&id, request.revision, Span::clamped(1)).await?;
    must(seen.revision == request.revision, || "the revision changed by itself".to_owned())?;
    let changed = subject.requester.wait(&id, request.revision + 1, Span::clamped(20)).await?;
    must(changed.id == request.id, || "it is about another request".to_owned())?;
    must(start.elapsed() < Duration::from_secs(15), || {
        format!("it took {} s to tell that the revision is another", start.elapsed().as_secs())
    })
}
