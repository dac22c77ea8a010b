//! Asking, listing, showing, waiting.

use crate::api::{self, Filing, ListFilter};
use crate::audit::EventKind;
use crate::domain::request::Ask;
use crate::domain::{Digest, Name, Powers, Principal, Request, RequestId, Span, State, Time};
use crate::policy::{AskedFor, Decision, Policy, Refusal};
use crate::store::{Change, IdempotencyKey, Scope, StoreError, Write};

use super::engine::{Caller, Engine, Home, random};
use super::error::Error;
use super::pages::OPEN;
use super::per_request::Key;

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
        or_none(ask.break_glass.then(|| "break-glass".to_owned())),
        or_none(ask.once.then(|| "once".to_owned())),
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
            break_glass: ask.break_glass,
        };
        // The same human's asks for one role, one after the other: how many are open is one of the facts.
        // Whether they owe a debrief is another, whatever the role was.
        let human = &caller.actor.human;
        let _one_glass = match ask.break_glass {
            true => Some(self.per_request.lock(Key::BreakingGlass(human.clone())).await),
            false => None,
        };
        let human = Key::Asking(human.clone(), ask.role.clone());
        let _one_at_a_time = self.per_request.lock(human).await;
        let known = self.known_of_ask(caller, &in_force.policy, ask).await?;
        let decision = in_force.policy.decide(&asked, &known.facts(now));
        let allowed = match decision {
            Decision::Allow(allowed) => allowed,
            Decision::Refuse(refusals) => {
                // What is open already answers the same ask again, so it is not one too many.
                if let Some(filed) = self.answers(caller, ask, &refusals, &in_force.policy).await? {
                    return Ok(filed);
                }
                let draft = self.draft(EventKind::RequestRefused, Some(caller)).data("role", &ask.role);
                let draft = draft
                    .data("resource", ask.resource.as_deref().unwrap_or("-"))
                    .data("duration", ask.duration);
                return Err(self.refuse(draft, Error::Refused(refusals)).await);
            }
        };
        let (role, resource) = (allowed.role, allowed.resource);
        if self.home == Home::OperatingSystem && allowed.approvals.needed() > 0 {
            let needed = match allowed.approvals.needed() {
                1 => "somebody else".to_owned(),
                n => format!("{n} other people"),
            };
            let draft = self.draft(EventKind::RequestRefused, Some(caller)).data("role", &ask.role);
            return Err(self.refuse(draft, Error::NeedsServer { role: ask.role.clone(), needed }).await);
        }
        self.may_grant_under(&role.name)?;
        let generation = in_force.generation(&role.name).unwrap_or_default();
        let mut terms = role.terms(generation, allowed.approvals.clone(), allowed.max, allowed.max_total);
        terms.single_use |= ask.once;
        let file = Request::file(
            Ask {
                id: RequestId::from_random(random()?),
                requester: caller.actor.clone(),
                role: role.name.clone(),
                resource: resource.name.clone(),
                terms,
                duration: ask.duration,
                start: ask.start,
                reason: ask.reason.trim().to_owned(),
                ticket: ask.ticket.clone(),
                debrief_within: allowed.debrief_within,
            },
            now,
        );
        if ask.dry_run {
            return Ok(api::Filed { filing: Filing::WouldFile, request: self.view(caller, &file) });
        }
        let key = key_of(caller, ask);
        if let Some(request) = self.filed_before(key.as_ref(), &Again::of(&file)).await? {
            return Ok(api::Filed { filing: Filing::Reused, request: self.view(caller, &request) });
        }
        let told = self.told_of(&in_force.policy, allowed.announce());
        match self.commit_new(caller, &file, key.clone(), told).await {
            Ok(()) => Ok(api::Filed { filing: Filing::Filed, request: self.view(caller, &file) }),
            // Another process was first with this key.
            Err(Error::Store(StoreError::Conflict)) => {
                match self.filed_before(key.as_ref(), &Again::of(&file)).await? {
                    Some(request) => {
                        Ok(api::Filed { filing: Filing::Reused, request: self.view(caller, &request) })
                    }
                    None => Err(Error::Store(StoreError::Conflict)),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn commit_new(
        &self,
        caller: &Caller,
        file: &Request,
        key: Option<IdempotencyKey>,
        told: Option<String>,
    ) -> Result<(), Error> {
        let mut filed = self
            .draft_on(EventKind::RequestFiled, Some(caller), file)
            .data("duration", file.duration)
            .data("reason", &file.reason)
            .data("shown", file.digest())
            .data("approvals", &file.terms.approvals)
            .data("policy", self.in_force().policy.digest);
        if let Some(ticket) = &file.ticket {
            filed = filed.data("ticket", ticket);
        }
        if let Some(start) = file.start {
            filed = filed.data("start", start);
        }
        let mut events = vec![filed];
        if file.state == State::Approved {
            let by = if file.debrief.is_some() { "break-glass" } else { "auto-approve" };
            events.push(self.draft_on(EventKind::RequestApproved, None, file).data("by", by));
        }
        if let (Some(debrief), Some(told)) = (&file.debrief, told) {
            let draft = self.draft_on(EventKind::BreakGlass, Some(caller), file);
            events.push(draft.data("announced", told).data("debrief-due", debrief.due));
        }
        let writes = vec![Write::InsertRequest { request: Box::new(file.clone()), key }];
        Ok(self.store.commit(Change { writes, events }).await?)
    }

    /// The request that an earlier call of the same ask has filed.
    async fn filed_before(
        &self,
        key: Option<&IdempotencyKey>,
        ask: &Again<'_>,
    ) -> Result<Option<Request>, Error> {
        if let Some(key) = key {
            return match self.store.request_by_key(ask.requester, &key.key).await? {
                None => Ok(None),
                Some((_, digest)) if digest != key.ask => {
                    Err(Error::Clash("this idempotency key was used for a different request".to_owned()))
                }
                Some((id, _)) => Ok(self.store.request(id).await?),
            };
        }
        let open = self.store.open_requests(ask.requester, ask.role, ask.resource).await?;
        let now = self.now();
        Ok(open
            .into_iter()
            .filter(|request| ask.is_answered_by(request, now))
            .max_by_key(|request| request.created))
    }

    /// Whether what is open already answers an ask that was refused only because something is open.
    async fn answers(
        &self,
        caller: &Caller,
        ask: &api::NewRequest,
        refusals: &[Refusal],
        policy: &Policy,
    ) -> Result<Option<api::Filed>, Error> {
        let full = |refusal: &Refusal| matches!(refusal, Refusal::TooManyOpen { .. } | Refusal::DebriefOpen);
        let Some(role) = policy.roles.get(ask.role.as_str()).filter(|_| refusals.iter().all(full)) else {
            return Ok(None);
        };
        let Ok(resource) = policy.resource_of(role, ask.resource.as_deref()) else { return Ok(None) };
        let again = Again {
            requester: &caller.actor.principal,
            role: &role.name,
            resource: &resource.name,
            start: ask.start,
            break_glass: ask.break_glass,
        };
        let found = self.filed_before(key_of(caller, ask).as_ref(), &again).await?;
        Ok(found.map(|request| api::Filed { filing: Filing::Reused, request: self.view(caller, &request) }))
    }

    /// One page, the newest first.
    pub async fn list(&self, caller: &Caller, query: &api::ListQuery) -> Result<api::RequestPage, Error> {
        let limit = query.limit.unwrap_or(PAGE);
        if !(1..=LONGEST_PAGE).contains(&limit) {
            return Err(Error::Usage(format!("a page has 1 to {LONGEST_PAGE} rows")));
        }
        let before = query.after.as_deref().map(parse_cursor).transpose()?;
        if query.filter == ListFilter::Debriefs {
            // A handful: each is somebody's, and they cannot have two.
            let open = self.store.open_debriefs().await?;
            let mine = open.iter().filter(|request| self.may_see(caller, request)).take(limit);
            let requests = mine.map(|request| self.view(caller, request)).collect();
            return Ok(api::RequestPage { requests, next: None });
        }
        let states = match query.filter {
            ListFilter::Open | ListFilter::Mine => OPEN.to_vec(),
            // More time is asked for while a grant is active.
            ListFilter::ToApprove => vec![State::Pending, State::Active],
            ListFilter::Pending => vec![State::Pending],
            ListFilter::Active => vec![State::Active, State::Ending],
            ListFilter::History | ListFilter::Debriefs => Vec::new(),
        };
        let mine = || Scope::Requester(caller.actor.principal.clone());
        let scopes = match query.filter {
            ListFilter::Mine => vec![mine()],
            // An administrator sees everything, and decides only what the policy names them for.
            ListFilter::ToApprove => {
                let caller = Caller { powers: Powers::default(), ..caller.clone() };
                self.scopes(&caller).into_iter().filter(|scope| matches!(scope, Scope::Role(_))).collect()
            }
            _ => self.scopes(caller),
        };
        let mut found: Vec<Request> = Vec::new();
        for scope in scopes {
            found.extend(self.page_of(caller, scope, &states, before, limit, query.filter).await?);
        }
        found.sort_by_key(|request| std::cmp::Reverse((request.created, request.id)));
        found.dedup_by_key(|request| request.id);
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|r| format!("{}.{}", r.created.millis(), r.id));
        let requests: Vec<_> = found.iter().map(|request| self.view(caller, request)).collect();
        Ok(api::RequestPage { requests, next })
    }

    /// One more than `limit` of a scope's requests that the caller may see, as that tells whether there is
    /// a next page. A role's requests are not all for each of its approvers, so more may have to be read.
    async fn page_of(
        &self,
        caller: &Caller,
        scope: Scope,
        states: &[State],
        before: Option<(Time, RequestId)>,
        limit: usize,
        filter: ListFilter,
    ) -> Result<Vec<Request>, Error> {
        let wanted = |request: &Request| match filter {
            ListFilter::ToApprove => self.may_approve_now(caller, request),
            _ => self.may_see(caller, request),
        };
        let mut found = Vec::new();
        let mut pages = self.pages_after(before, limit + 1, scope, states);
        while found.len() <= limit
            && let Some(page) = pages.next().await?
        {
            found.extend(page.into_iter().filter(wanted));
        }
        Ok(found)
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
        let (in_force, world, now) = (self.in_force(), self.world(), self.now());
        let policy = &in_force.policy;
        let visible = policy.roles.values().filter(|role| caller.may_know_role(role, policy, now, &world));
        let roles = visible.map(|role| self.role_view(caller, policy, role)).collect();
        Ok(api::Roles { roles })
    }
}

/// An ask that may have been filed already.
struct Again<'a> {
    requester: &'a Principal,
    role: &'a Name,
    resource: &'a Name,
    start: Option<Time>,
    break_glass: bool,
}

impl<'a> Again<'a> {
    fn of(file: &'a Request) -> Self {
        Self {
            requester: &file.requester.principal,
            role: &file.role,
            resource: &file.resource,
            start: file.start,
            break_glass: file.debrief.is_some(),
        }
    }

    /// It still has time, and it is for the same start, in the same way.
    fn is_answered_by(&self, open: &Request, now: Time) -> bool {
        let over = match (open.state, open.window) {
            (State::Ending, _) => true,
            (State::Pending, _) => now >= open.pending_until,
            (_, Some(window)) => now >= window.end,
            (_, None) => open.claim_until.is_some_and(|until| now >= until),
        };
        !over && open.start == self.start && open.debrief.is_some() == self.break_glass
    }
}

fn key_of(caller: &Caller, ask: &api::NewRequest) -> Option<IdempotencyKey> {
    ask.idempotency_key.as_ref().map(|key| IdempotencyKey {
        requester: caller.actor.principal.clone(),
        key: key.clone(),
        ask: ask_digest(ask),
    })
}

fn parse_cursor(text: &str) -> Result<(Time, RequestId), Error> {
    let parse = || {
        let (millis, id) = text.split_once('.')?;
        Some((Time::from_millis(millis.parse().ok()?), id.parse().ok()?))
    };
    parse().ok_or_else(|| Error::Usage("--after takes the `next` of the page before".to_owned()))
}
