//! Reviews of who has which right: begun, decided on, closed with a signed result.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::api;
use crate::audit::{Draft, EventKind, review_result};
use crate::domain::review::{Closed, Decision, Item, ReviewConflict, Scope, Used, Verdict};
use crate::domain::{Actor, Kind, Name, Powers, Review, Span, Time};
use crate::store::{Change, RecordKind, Scope as Of, StoreError, Write};

use super::documents::{Document, Stored};
use super::engine::{Caller, Engine};
use super::error::Error;
use super::request::bounded_comment;

/// How far back it is looked what a right was used for.
const LOOK_BACK: Span = Span::clamped(366 * 86_400);
const MOST_ITEMS: usize = 10_000;

impl Document for Review {
    const KIND: RecordKind = RecordKind::Review;
    fn key(&self) -> String {
        self.id.clone()
    }
}

/// A right that a review took from somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Removal {
    pub user: Name,
    pub role: Name,
    pub review: String,
    pub at: Time,
}

impl Document for Removal {
    const KIND: RecordKind = RecordKind::Removal;
    fn key(&self) -> String {
        format!("{}/{}", self.user, self.role)
    }
}

impl Engine {
    /// Begins a review of the rights of everybody in the scope, as they are now.
    pub async fn start_review(&self, caller: &Caller, ask: &api::StartReview) -> Result<api::Review, Error> {
        self.only_admin(caller, "start reviews").await?;
        if ask.every.is_some_and(|every| every <= ask.due) {
            return Err(Error::Usage("the next review begins after the due date of this one".to_owned()));
        }
        let review = self.new_review(caller, ask).await?;
        let own = self.names_of_human(&caller.actor).await?;
        self.review_view(caller, &own, review)
    }

    async fn new_review(&self, caller: &Caller, ask: &api::StartReview) -> Result<Review, Error> {
        let now = self.now();
        let items = self.rights(&ask.scope).await?;
        if items.is_empty() {
            return Err(Error::Usage(format!("nobody has a right in the scope {}", ask.scope)));
        }
        if items.len() > MOST_ITEMS {
            return Err(Error::Usage(format!("there are {} rights; review a smaller scope", items.len())));
        }
        let id = format!("rv-{:08x}", u32::from_be_bytes(super::engine::random()?));
        let review = Review {
            id,
            scope: ask.scope.clone(),
            started: now,
            by: caller.actor.principal.clone(),
            due: now.plus(ask.due),
            every: ask.every,
            items,
            closed: None,
            followed: false,
        };
        let draft = self
            .about(EventKind::ReviewStarted, Some(caller), &review)
            .data("scope", &review.scope)
            .data("due", review.due)
            .data("items", review.items.len());
        let writes = vec![Stored::new(review.clone()).put()?];
        self.store.commit(Change { writes, events: vec![draft] }).await?;
        Ok(review)
    }

    fn about(&self, kind: EventKind, caller: Option<&Caller>, review: &Review) -> Draft {
        self.draft(kind, caller).data("id", &review.id)
    }

    fn about_item(
        &self,
        kind: EventKind,
        caller: Option<&Caller>,
        review: &Review,
        (number, item): (usize, &Item),
    ) -> Draft {
        let mut draft = self.about(kind, caller, review).data("item", number).data("user", &item.user);
        draft.role = Some(item.role.clone());
        draft
    }

    /// The rights of people in the scope, by user and role. What a review took already is none.
    async fn rights(&self, scope: &Scope) -> Result<Vec<Item>, Error> {
        let (in_force, world) = (self.in_force(), self.world());
        let policy = &in_force.policy;
        let issuer = self.issuer();
        let users = self.store.users().await?;
        let last = self.last_reviewers(&users).await?;
        let mut items = Vec::new();
        for user in users.iter().filter(|user| user.disabled.is_none() && user.kind == Kind::Person) {
            let engagement = world.roster.as_ref().and_then(|roster| roster.engagement(&user.name));
            let declared = policy.people.get(&user.name);
            let company = engagement
                .map(|engagement| &engagement.company)
                .or_else(|| declared.and_then(|person| person.company.as_ref()));
            let actor: Actor = user.actor(&issuer);
            for role in policy.roles.values() {
                let is_in = match scope {
                    Scope::All => true,
                    Scope::Company(name) => company == Some(name),
                    Scope::Role(name) => role.name == *name,
                    Scope::User(name) => user.name == *name || user.human == *name,
                };
                if !is_in || !policy.may_request(role, &actor, &world) {
                    continue;
                }
                let sponsor = engagement
                    .map(|engagement| &engagement.sponsor)
                    .or_else(|| declared.and_then(|person| person.sponsor.as_ref()));
                let mut reviewers: BTreeSet<Name> = sponsor.into_iter().cloned().collect();
                if reviewers.is_empty() {
                    reviewers.extend(policy.owners_of(role).cloned());
                }
                // Nobody decides on their own right.
                reviewers.retain(|name| *name != user.name && *name != user.human);
                if reviewers.is_empty() {
                    reviewers.extend(last.iter().filter(|name| **name != user.human).cloned());
                }
                items.push(Item {
                    user: user.name.clone(),
                    role: role.name.clone(),
                    reviewers: reviewers.into_iter().collect(),
                    used: self.used(&actor, &role.name).await?,
                    decision: None,
                });
            }
        }
        Ok(items)
    }

    /// What a right was used for in the last year.
    async fn used(&self, actor: &Actor, role: &Name) -> Result<Used, Error> {
        let since = self.now().minus(LOOK_BACK);
        let mut used = Used { since: Some(since), ..Used::default() };
        let mut pages = self.pages(Of::Requester(actor.principal.clone()), &[]);
        while let Some(page) = pages.next().await? {
            let old = page.last().is_some_and(|request| request.created < since);
            for request in page.iter().filter(|r| r.role == *role && r.created >= since) {
                used.requests = used.requests.saturating_add(1);
                if let Some(window) = request.window {
                    used.grants = used.grants.saturating_add(1);
                    used.last = used.last.max(Some(window.start));
                }
                if request.state == crate::domain::State::Denied {
                    used.denied = used.denied.saturating_add(1);
                }
            }
            if old {
                break;
            }
        }
        Ok(used)
    }

    /// The reviews that the caller may see: an administrator all, a reviewer those with an item of theirs.
    pub async fn reviews(&self, caller: &Caller) -> Result<api::Reviews, Error> {
        let own = self.names_of_human(&caller.actor).await?;
        let mut reviews = Vec::new();
        for Stored { document, .. } in self.documents::<Review>("").await? {
            if may_see(caller, &document) {
                let mut view = self.review_view(caller, &own, document)?;
                view.items.clear();
                reviews.push(view);
            }
        }
        reviews.sort_by_key(|review| std::cmp::Reverse(review.started));
        Ok(api::Reviews { reviews })
    }

    pub async fn review(&self, caller: &Caller, id: &str) -> Result<api::Review, Error> {
        let stored = self.visible_review(caller, id).await?;
        let own = self.names_of_human(&caller.actor).await?;
        self.review_view(caller, &own, stored.document)
    }

    async fn visible_review(&self, caller: &Caller, id: &str) -> Result<Stored<Review>, Error> {
        let found = self.document::<Review>(id).await?.filter(|stored| may_see(caller, &stored.document));
        found.ok_or(Error::NotFound { what: "review", name: id.to_owned() })
    }

    /// Decides on items of the caller's list, each once: all of them or none.
    pub async fn decide_review(
        &self,
        caller: &Caller,
        id: &str,
        ask: &api::DecideReview,
    ) -> Result<api::Review, Error> {
        bounded_comment(Some(&ask.comment))?;
        if ask.items.is_empty() {
            return Err(Error::Usage("no item is named".to_owned()));
        }
        let mut stored = self.visible_review(caller, id).await?;
        let me = &caller.actor;
        let theirs = self.names_of_human(me).await?;
        let names: Vec<&Name> = theirs.iter().collect();
        let any = caller.powers.reviews_all();
        let mut events = Vec::new();
        let mut removed = Vec::new();
        let verdict = if ask.keep { Verdict::Keep } else { Verdict::Remove };
        for number in &ask.items {
            let decision = Decision {
                verdict,
                by: Some(me.principal.clone()),
                at: self.now(),
                comment: Some(ask.comment.clone()),
            };
            let item = match stored.document.decide(*number, &me.principal, &names, any, decision) {
                Ok(item) => item.clone(),
                Err(conflict) => return Err(self.refuse_review(caller, id, *number, conflict).await),
            };
            let draft = self
                .about_item(EventKind::ReviewDecided, Some(caller), &stored.document, (*number, &item))
                .data("decision", verdict)
                .data("comment", &ask.comment);
            events.push(draft);
            if verdict == Verdict::Remove {
                removed.push(item);
            }
        }
        self.keep_review(stored, events, removed).await?;
        self.close_reviews().await?;
        self.review(caller, id).await
    }

    async fn refuse_review(
        &self,
        caller: &Caller,
        id: &str,
        number: usize,
        conflict: ReviewConflict,
    ) -> Error {
        let error = match conflict {
            ReviewConflict::NoItem => {
                Error::NotFound { what: "item for you to review", name: number.to_string() }
            }
            ReviewConflict::Own => Error::Forbidden(conflict.to_string()),
            ReviewConflict::Decided | ReviewConflict::Over => Error::Clash(conflict.to_string()),
        };
        let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "decide a review");
        self.refuse(draft.data("id", id).data("item", number), error).await
    }

    /// Commits a review with what it takes away, and ends what is used of that.
    async fn keep_review(
        &self,
        stored: Stored<Review>,
        events: Vec<Draft>,
        removed: Vec<Item>,
    ) -> Result<(), Error> {
        let mut writes: Vec<Write> = vec![stored.put()?];
        let at = self.now();
        for item in &removed {
            let (user, role) = (item.user.clone(), item.role.clone());
            let removal = Removal { user, role, review: stored.document.id.clone(), at };
            // Taken already by another review.
            if self.document::<Removal>(&removal.key()).await?.is_none() {
                writes.push(Stored::new(removal).put()?);
            }
        }
        let change = Change { writes, events };
        self.commit_or_clash(change, "it was changed at the same time; look again").await?;
        self.load_roster().await?;
        for item in removed {
            for request in self.open_of_human(&item.user).await?.iter().filter(|r| r.role == item.role) {
                // The right is gone already; what is live follows, one by one.
                if let Err(error) = self.end_by_rule(request, "a review took the right away").await {
                    tracing::error!(%error, request = %request.id, "it could not be ended yet");
                }
            }
        }
        Ok(())
    }

    /// Gives a right back that a review took.
    pub async fn restore_right(&self, caller: &Caller, ask: &api::RestoreRight) -> Result<(), Error> {
        self.only_admin(caller, "restore rights").await?;
        bounded_comment(Some(&ask.comment))?;
        if ask.user == *caller.actor.name() || ask.user == caller.actor.human.subject {
            return Err(Error::Forbidden("nobody restores their own rights".to_owned()));
        }
        let found = self.document::<Removal>(&format!("{}/{}", ask.user, ask.role)).await?;
        let found = found.ok_or(Error::NotFound {
            what: "right that a review took",
            name: format!("{} of {}", ask.role, ask.user),
        })?;
        let mut draft = self
            .draft(EventKind::ReviewRestored, Some(caller))
            .data("id", &found.document.review)
            .data("user", &ask.user)
            .data("comment", &ask.comment);
        draft.role = Some(ask.role.clone());
        self.store.commit(Change { writes: vec![found.remove()], events: vec![draft] }).await?;
        self.load_roster().await
    }

    /// Does what is due: removes what nobody decided on in time, signs what is decided, begins the next.
    pub async fn close_reviews(&self) -> Result<(), Error> {
        let now = self.now();
        for mut stored in self.documents::<Review>("").await? {
            if stored.document.closed.is_none() && !stored.document.is_decided() {
                let lapsed = stored.document.lapse(now);
                if lapsed.is_empty() {
                    continue;
                }
                let told = |(number, item): &(usize, Item)| {
                    self.about_item(EventKind::ReviewLapsed, None, &stored.document, (*number, item))
                };
                let events = lapsed.iter().map(told).collect();
                let removed = lapsed.into_iter().map(|(_, item)| item).collect();
                let id = stored.document.id.clone();
                self.keep_review(stored, events, removed).await?;
                let Some(again) = self.document::<Review>(&id).await? else { continue };
                stored = again;
            }
            if stored.document.closed.is_none() {
                self.close_review(&mut stored, now).await?;
            }
            self.begin_next(stored, now).await?;
        }
        Ok(())
    }

    async fn close_review(&self, stored: &mut Stored<Review>, now: Time) -> Result<(), Error> {
        let review = &mut stored.document;
        let statement =
            review_result::statement(review, now).map_err(|error| StoreError::io("written", error))?;
        review.closed = Some(Closed { at: now, note: statement.sign(self.checkpoints.key()) });
        let progress = review.progress();
        let draft = self
            .about(EventKind::ReviewClosed, None, review)
            .data("kept", progress.kept)
            .data("removed", progress.removed)
            .data("lapsed", progress.lapsed)
            .data("digest", statement.digest);
        self.store.commit(Change { writes: vec![stored.put()?], events: vec![draft] }).await?;
        stored.revision = stored.revision.saturating_add(1);
        Ok(())
    }

    /// The one after it, once.
    async fn begin_next(&self, mut stored: Stored<Review>, now: Time) -> Result<(), Error> {
        let Some(every) =
            stored.document.every.filter(|_| stored.document.next().is_some_and(|at| at <= now))
        else {
            return Ok(());
        };
        let due = stored.document.due.secs_after(stored.document.started);
        let ask = api::StartReview {
            scope: stored.document.scope.clone(),
            due: Span::clamped(u64::try_from(due).unwrap_or(1)),
            every: Some(every),
        };
        let by = Caller {
            actor: Actor::person(stored.document.by.clone()),
            powers: Powers::administrator(),
            from: None,
            session: None,
        };
        stored.document.followed = true;
        self.store.commit(Change { writes: vec![stored.put()?], events: Vec::new() }).await?;
        match self.new_review(&by, &ask).await {
            Ok(_) => Ok(()),
            // Nobody is in the scope any more.
            Err(Error::Usage(why)) => {
                tracing::warn!(why, scope = %ask.scope, "the next review was not begun");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The whole of a closed review, as it was signed.
    pub async fn review_result(&self, caller: &Caller, id: &str) -> Result<api::ReviewResult, Error> {
        self.only_who_sees_all(caller, "see the whole of a review").await?;
        let review = self.visible_review(caller, id).await?.document;
        if review.closed.is_none() {
            return Err(Error::Clash(format!("the review {} is not closed yet", review.id)));
        }
        Ok(api::ReviewResult { review, key: self.checkpoints.key().verify_key().to_string() })
    }

    /// With the items that the caller decides on, or all for whoever sees all. `own`: the caller's names.
    fn review_view(
        &self,
        caller: &Caller,
        own: &BTreeSet<Name>,
        review: Review,
    ) -> Result<api::Review, Error> {
        let now = self.now();
        let progress = review.progress();
        // Their own rights are not in their list.
        let decides = |item: &Item| {
            item.reviewers.contains(caller.actor.name())
                || (caller.powers.reviews_all() && !own.contains(&item.user))
        };
        let open_for_you =
            review.items.iter().filter(|item| decides(item) && item.decision.is_none()).count();
        let items = (1..)
            .zip(&review.items)
            .filter(|(_, item)| caller.sees_all() || decides(item))
            .map(|(number, item)| api::ReviewItem { number, item: item.clone() })
            .collect();
        Ok(api::Review {
            id: review.id,
            scope: review.scope,
            started: review.started,
            due: review.due,
            due_in_s: review.due.secs_after(now),
            every: review.every,
            overdue: review.closed.is_none() && now >= review.due,
            progress,
            open_for_you,
            closed: review.closed,
            items,
        })
    }
}

fn may_see(caller: &Caller, review: &Review) -> bool {
    caller.sees_all()
        || caller.powers.reviews_all()
        || review.items.iter().any(|item| item.reviewers.contains(caller.actor.name()))
}
