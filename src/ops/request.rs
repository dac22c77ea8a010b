//! Asking, listing, showing, waiting.

use crate::api::{self, Filing, ListFilter};
use crate::audit::EventKind;
use crate::domain::request::Ask;
use crate::domain::{Digest, Request, RequestId, Span, State, Time};
use crate::policy::{AskedFor, Decision};
use crate::store::{Change, IdempotencyKey, RequestFilter, Scope, StoreError, Write};

use super::engine::{Caller, Engine, Home, random};
use super::error::Error;
use super::per_request::Key;

const OPEN: [State; 4] = [State::Pending, State::Approved, State::Active, State::Ending];
/// How long a waiting command of the local backend does not look.
const LOOK: Span = Span::clamped(1);
const PAGE: usize = 50;
const LONGEST_PAGE: usize = 500;

/// Characters of a reason or a comment, of a ticket, of an idempotency key.
const LONGEST_REASON: usize = 1000;
const LONGEST_TICKET: usize = 100;
const LONGEST_KEY: usize = 200;

pub(super) fn bounded(what: &str, text: &str, longest: usize) -> Result<(), Error> {
    if text.chars().count() > longest {
        return Err(Error::Usage(format!("the {what} is longer than {longest} characters")));
    }
    if text.contains('\0') {
        return Err(Error::Usage(format!("the {what} has a NUL character")));
    }
    Ok(())
}

pub(super) fn bounded_comment(comment: Option<&str>) -> Result<(), Error> {
    comment.map_or(Ok(()), |comment| bounded("comment", comment, LONGEST_REASON))
}

/// The digest of an ask, so that one idempotency key is not used for two different ones.
fn ask_digest(ask: &api::NewRequest) -> Digest {
    let or_none = |text: Option<String>| text.map_or_else(|| "-".to_owned(), |t| format!("+{t}"));
    let fields = [
        ask.role.clone(),
        or_none(ask.resource.clone()),
        ask.duration.to_string(),
        or_none(ask.start.map(|start| start.to_string())),
        ask.reason.clone(),
        or_none(ask.ticket.clone()),
    ];
    Digest::of_fields(fields.iter().map(String::as_bytes))
}

impl Engine {
    /// Files a request where the policy allows it. Repeated, it finds the request it filed before:
    /// by its key (INVARIANT 6), or without one by role and resource.
    pub async fn request(&self, caller: &Caller, ask: &api::NewRequest) -> Result<api::Filed, Error> {
        bounded("reason", &ask.reason, LONGEST_REASON)?;
        bounded("ticket", ask.ticket.as_deref().unwrap_or_default(), LONGEST_TICKET)?;
        bounded("idempotency key", ask.idempotency_key.as_deref().unwrap_or_default(), LONGEST_KEY)?;
        if ask.idempotency_key.as_deref() == Some("") {
            return Err(Error::Usage("the idempotency key is empty".to_owned()));
        }
        let now = self.now();
        let in_force = self.in_force();
        let asked = AskedFor {
            requester: &caller.actor,
            role: &ask.role,
            resource: ask.resource.as_deref(),
            duration: ask.duration,
            start: ask.start,
            reason: &ask.reason,
            ticket: ask.ticket.as_deref(),
        };
        let (role, resource) = match in_force.policy.decide(&asked, now) {
            Decision::Allow { role, resource } => (role, resource),
            Decision::Refuse(refusals) => {
                let draft = self.draft(EventKind::RequestRefused, Some(caller)).data("role", &ask.role);
                let draft = draft
                    .data("resource", ask.resource.as_deref().unwrap_or("-"))
                    .data("duration", ask.duration);
                return Err(self.refuse(draft, Error::Refused(refusals)).await);
            }
        };
        if self.home == Home::OperatingSystem && role.approvals.needed() > 0 {
            let needed = match role.approvals.needed() {
                1 => "somebody else".to_owned(),
                n => format!("{n} other people"),
            };
            let draft = self.draft(EventKind::RequestRefused, Some(caller)).data("role", &ask.role);
            return Err(self.refuse(draft, Error::NeedsServer { role: ask.role.clone(), needed }).await);
        }
        self.policy_is_whole()?;
        let generation = in_force.generation(&role.name).unwrap_or_default();
        let file = Request::file(
            Ask {
                id: RequestId::from_random(random()?),
                requester: caller.actor.clone(),
                role: role.name.clone(),
                resource: resource.name.clone(),
                terms: role.terms(generation),
                duration: ask.duration,
                start: ask.start,
                reason: ask.reason.trim().to_owned(),
                ticket: ask.ticket.clone(),
            },
            now,
        );
        if ask.dry_run {
            return Ok(api::Filed { filing: Filing::WouldFile, request: self.view(caller, &file) });
        }
        let key = Key::Ask(caller.actor.principal.clone(), file.role.clone(), file.resource.clone());
        let _one_at_a_time = self.per_request.lock(key).await;
        let key = ask.idempotency_key.as_ref().map(|key| IdempotencyKey {
            requester: caller.actor.principal.clone(),
            key: key.clone(),
            ask: ask_digest(ask),
        });
        if let Some(request) = self.filed_before(key.as_ref(), &file).await? {
            return Ok(api::Filed { filing: Filing::Reused, request: self.view(caller, &request) });
        }
        match self.commit_new(caller, &file, key.clone()).await {
            Ok(()) => Ok(api::Filed { filing: Filing::Filed, request: self.view(caller, &file) }),
            // Another process was first with this key.
            Err(Error::Store(StoreError::Conflict)) => match self.filed_before(key.as_ref(), &file).await? {
                Some(request) => {
                    Ok(api::Filed { filing: Filing::Reused, request: self.view(caller, &request) })
                }
                None => Err(Error::Store(StoreError::Conflict)),
            },
            Err(error) => Err(error),
        }
    }

    async fn commit_new(
        &self,
        caller: &Caller,
        file: &Request,
        key: Option<IdempotencyKey>,
    ) -> Result<(), Error> {
        let mut filed = self
            .draft_on(EventKind::RequestFiled, Some(caller), file)
            .data("duration", file.duration)
            .data("reason", &file.reason)
            .data("shown", file.digest())
            .data("approvals", file.terms.approvals.needed());
        if let Some(ticket) = &file.ticket {
            filed = filed.data("ticket", ticket);
        }
        if let Some(start) = file.start {
            filed = filed.data("start", start);
        }
        let mut events = vec![filed];
        if file.state == State::Approved {
            events.push(self.draft_on(EventKind::RequestApproved, None, file).data("by", "auto-approve"));
        }
        let writes = vec![Write::InsertRequest { request: Box::new(file.clone()), key }];
        Ok(self.store.commit(Change { writes, events }).await?)
    }

    /// The request that an earlier call of the same ask has filed.
    async fn filed_before(
        &self,
        key: Option<&IdempotencyKey>,
        file: &Request,
    ) -> Result<Option<Request>, Error> {
        let requester = &file.requester.principal;
        if let Some(key) = key {
            return match self.store.request_by_key(requester, &key.key).await? {
                None => Ok(None),
                Some((_, ask)) if ask != key.ask => {
                    Err(Error::Clash("this idempotency key was used for a different request".to_owned()))
                }
                Some((id, _)) => Ok(self.store.request(id).await?),
            };
        }
        let open = self.store.open_requests(requester, &file.role, &file.resource).await?;
        let now = self.now();
        Ok(open
            .into_iter()
            .filter(|request| is_reusable(request, file, now))
            .max_by_key(|request| request.created))
    }

    /// One page, the newest first.
    pub async fn list(&self, caller: &Caller, query: &api::ListQuery) -> Result<api::RequestPage, Error> {
        let limit = query.limit.unwrap_or(PAGE);
        if !(1..=LONGEST_PAGE).contains(&limit) {
            return Err(Error::Usage(format!("a page has 1 to {LONGEST_PAGE} rows")));
        }
        let before = query.after.as_deref().map(parse_cursor).transpose()?;
        let states = match query.filter {
            ListFilter::Open | ListFilter::Mine => OPEN.to_vec(),
            ListFilter::ToApprove | ListFilter::Pending => vec![State::Pending],
            ListFilter::Active => vec![State::Active, State::Ending],
            ListFilter::History => Vec::new(),
        };
        let mine = || Scope::Requester(caller.actor.principal.clone());
        let scopes = match query.filter {
            ListFilter::Mine => vec![mine()],
            // An administrator sees everything, and decides only what the policy names them for.
            ListFilter::ToApprove => {
                let caller = Caller { admin: false, ..caller.clone() };
                self.scopes(&caller).into_iter().filter(|scope| matches!(scope, Scope::Role(_))).collect()
            }
            _ => self.scopes(caller),
        };
        let mut found: Vec<Request> = Vec::new();
        for scope in scopes {
            // One more than asked tells whether there is a next page.
            let filter = RequestFilter { scope, states: states.clone(), before, limit: limit + 1 };
            found.extend(self.store.requests(&filter).await?);
        }
        found.sort_by_key(|request| std::cmp::Reverse((request.created, request.id)));
        found.dedup_by_key(|request| request.id);
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|r| format!("{}.{}", r.created.millis(), r.id));
        let mut requests: Vec<_> = found.iter().map(|request| self.view(caller, request)).collect();
        if query.filter == ListFilter::ToApprove {
            requests.retain(|request| request.may.contains(&api::May::Approve));
        }
        Ok(api::RequestPage { requests, next })
    }

    pub async fn show(&self, caller: &Caller, id: &str) -> Result<api::Request, Error> {
        let request = self.visible_or_refused(caller, id, EventKind::AccessRefused).await?;
        Ok(self.view(caller, &request))
    }

    /// Answers when the request is no longer at `revision`, or after `timeout`.
    pub async fn wait(
        &self,
        caller: &Caller,
        id: &str,
        revision: u64,
        timeout: Span,
    ) -> Result<api::Request, Error> {
        let request = self.visible_or_refused(caller, id, EventKind::AccessRefused).await?;
        if request.revision != revision || request.state.is_terminal() {
            return Ok(self.view(caller, &request));
        }
        let mut changes = self.per_request.watch(request.id);
        // It may have changed between the reading and the watching.
        let again = self.visible(caller, id).await?;
        if again.revision == revision {
            // Other processes of this user change it unseen by this one: look again soon.
            let timeout = if self.home == Home::OperatingSystem { timeout.min(LOOK) } else { timeout };
            let _ = tokio::time::timeout(timeout.std(), changes.changed()).await;
        }
        let request = self.visible(caller, id).await?;
        Ok(self.view(caller, &request))
    }

    pub async fn roles(&self, caller: &Caller) -> Result<api::Roles, Error> {
        let in_force = self.in_force();
        let policy = &in_force.policy;
        let visible = |role: &&crate::policy::Role| {
            caller.admin || policy.may_request(role, &caller.actor) || policy.may_approve(role, &caller.actor)
        };
        let roles =
            policy.roles.values().filter(visible).map(|role| self.role_view(caller, policy, role)).collect();
        Ok(api::Roles { roles })
    }
}

/// Whether an open request answers this ask: it still has time, and it is for the same start.
fn is_reusable(open: &Request, ask: &Request, now: Time) -> bool {
    let has_time = open.state != State::Ending && open.due().is_none_or(|due| now < due);
    has_time && open.start == ask.start
}

fn parse_cursor(text: &str) -> Result<(Time, RequestId), Error> {
    let parse = || {
        let (millis, id) = text.split_once('.')?;
        Some((Time::from_millis(millis.parse().ok()?), id.parse().ok()?))
    };
    parse().ok_or_else(|| Error::Usage("--after takes the `next` of the page before".to_owned()))
}
