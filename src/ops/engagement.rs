//! For whom contractors work, until when, and who answers for them.

use std::collections::BTreeSet;

use crate::api::{self, LineOutcome};
use crate::audit::{Draft, EventKind};
use crate::domain::engagement::{Agreement, EndCause, Ended, Standing};
use crate::domain::{Engagement, Kind, Name, Time, ToolRole};
use crate::policy::model::Group;
use crate::store::{Change, StoreError, User, Write};

use super::documents::Stored;
use super::engine::{Caller, Engine};
use super::error::Error;
use super::request::{bounded, bounded_comment};

/// The longest that an engagement may go on from now: five years.
/// A [`crate::domain::Span`] is at most a year.
const LONGEST_MILLIS: i64 = 5 * 366 * 86_400_000;
const LONGEST_REFERENCE: usize = 100;

impl Engine {
    /// Adds a contractor with their engagement; who is not a user yet gets a one-time code to enrol with.
    pub async fn add_contractor(
        &self,
        caller: &Caller,
        new: &api::NewContractor,
    ) -> Result<api::ContractorAdded, Error> {
        self.only_admin(caller, "add contractors").await?;
        let (engagement, is_new) = match self.checked(new).await {
            Ok(checked) => checked,
            Err(error) => {
                let draft = self.draft(EventKind::EngagementRefused, Some(caller)).data("user", &new.user);
                return Err(self.refuse(draft, error).await);
            }
        };
        let stored = Stored::new(engagement);
        let mut change = Change {
            writes: vec![stored.put()?],
            events: vec![self.told(EventKind::EngagementAdded, Some(caller), &stored.document)],
        };
        let user = User {
            name: new.user.clone(),
            kind: Kind::Person,
            human: new.user.clone(),
            admin: false,
            created: self.now(),
            disabled: None,
        };
        if is_new {
            let draft = self.draft(EventKind::UserAdded, Some(caller));
            let draft = draft.data("user", &user.name).data("human", &user.human);
            change.events.insert(0, draft.data("kind", "person").data("admin", false));
            change.writes.insert(0, Write::InsertUser(user.clone()));
        }
        self.commit_or_clash(change, &taken(&new.user)).await?;
        self.load_roster().await?;
        let code = match is_new {
            true => Some(self.enrol(Some(caller), user).await?),
            false => None,
        };
        Ok(api::ContractorAdded { contractor: self.contractor_view(stored.document).await?, code })
    }

    /// Adds each line by itself; one that is refused does not keep the others. A dry run adds nobody.
    pub async fn import_contractors(
        &self,
        caller: &Caller,
        ask: &api::ImportContractors,
    ) -> Result<api::Imported, Error> {
        self.only_admin(caller, "add contractors").await?;
        let mut seen = BTreeSet::new();
        let mut lines = Vec::with_capacity(ask.lines.len());
        for new in &ask.lines {
            let outcome = match ask.dry_run {
                _ if !seen.insert(&new.user) => Err(Error::Usage("it is there twice".to_owned())),
                true => self.checked(new).await.map(|_| LineOutcome::WouldAdd),
                false => self
                    .add_contractor(caller, new)
                    .await
                    .map(|added| LineOutcome::Added { code: added.code.map(|enrolled| enrolled.code) }),
            };
            let outcome = outcome.unwrap_or_else(|error| {
                let problem = api::Problem::from(error);
                LineOutcome::Refused { why: problem.message }
            });
            lines.push(api::ImportedLine { user: new.user.clone(), outcome });
        }
        Ok(api::Imported { dry_run: ask.dry_run, lines })
    }

    /// The engagement that is asked for, and whether its user is to be made.
    async fn checked(&self, new: &api::NewContractor) -> Result<(Engagement, bool), Error> {
        let now = self.now();
        let start = new.start.unwrap_or(now);
        if new.until <= start || new.until <= now {
            return Err(Error::Usage(format!("the end, {}, is not after the start and now", new.until)));
        }
        self.not_too_long(new.until)?;
        self.known_company(&new.company)?;
        self.left_to_the_directory(&new.groups)?;
        bounded("agreement", &new.agreement, LONGEST_REFERENCE)?;
        if new.agreement.trim().is_empty() {
            return Err(Error::Usage("the agreement has a reference: --agreement NDA-2026-117".to_owned()));
        }
        if new.agreement_date > now {
            return Err(Error::Usage(
                "the agreement's date is in the future: nothing was signed yet".to_owned(),
            ));
        }
        self.may_answer_for(&new.sponsor, &new.user).await?;
        let is_new = match self.store.user(&new.user).await? {
            None => true,
            Some(user) if user.disabled.is_some() || user.kind != Kind::Person || user.human != user.name => {
                return Err(Error::Clash(taken(&new.user)));
            }
            Some(user) if user.admin => {
                return Err(Error::Clash(format!("{} is an administrator, not a contractor", user.name)));
            }
            Some(user) => {
                // As where a role is given: a contractor audits at most.
                let held = self.held_by(&user).await?;
                let mut roles = held.tool_roles.iter().chain(held.idle_tool_roles.iter());
                if let Some(role) = roles.find(|role| *role != ToolRole::Auditor) {
                    return Err(Error::Clash(format!("{} is {role} of jit, not a contractor", user.name)));
                }
                false
            }
        };
        if self.document::<Engagement>(new.user.as_str()).await?.is_some() {
            return Err(Error::Clash(format!("{} has an engagement", new.user)));
        }
        let engagement = Engagement {
            user: new.user.clone(),
            company: new.company.clone(),
            sponsor: new.sponsor.clone(),
            start,
            until: new.until,
            agreement: Agreement { reference: new.agreement.clone(), date: new.agreement_date },
            groups: new.groups.clone(),
            reminded: None,
            ended: None,
        };
        Ok((engagement, is_new))
    }

    fn not_too_long(&self, until: Time) -> Result<(), Error> {
        if until.millis() > self.now().millis().saturating_add(LONGEST_MILLIS) {
            return Err(Error::Usage("an engagement ends within five years; it may be extended".to_owned()));
        }
        Ok(())
    }

    fn known_company(&self, company: &Name) -> Result<(), Error> {
        match self.in_force().policy.companies.contains_key(company) {
            true => Ok(()),
            false => Err(Error::Usage(format!("the policy has no company {company}: [company.{company}]"))),
        }
    }

    /// A group whose members the policy lists gains nobody from here.
    fn left_to_the_directory(&self, groups: &BTreeSet<Name>) -> Result<(), Error> {
        let in_force = self.in_force();
        for group in groups {
            match in_force.policy.groups.get(group) {
                Some(Group::Directory) => {}
                Some(_) => {
                    return Err(Error::Usage(format!(
                        "the policy says itself who is in group {group}; `directory = true` would leave it to you"
                    )));
                }
                None => return Err(Error::Usage(format!("the policy has no group {group}"))),
            }
        }
        Ok(())
    }

    /// A sponsor is an active employee: a person with a user of their own, and nobody's contractor.
    async fn may_answer_for(&self, sponsor: &Name, contractor: &Name) -> Result<(), Error> {
        let user = self.store.user(sponsor).await?;
        let active = user
            .filter(|user| user.disabled.is_none() && user.kind == Kind::Person && user.human == user.name);
        let in_force = self.in_force();
        let declared = in_force.policy.people.get(sponsor).is_some_and(|person| person.sponsor.is_some());
        let world = self.world();
        let listed = world.roster.as_ref().and_then(|roster| roster.get(sponsor));
        let contractor_too = declared
            || listed.is_some_and(|listed| listed.engagement.is_some() || listed.suspended.is_some());
        if active.is_none() || contractor_too || sponsor == contractor {
            return Err(Error::Usage(format!(
                "{sponsor} cannot answer for a contractor: a sponsor is an active employee with a user of their own"
            )));
        }
        Ok(())
    }

    /// The contractors that the caller may see: an administrator all, a sponsor theirs, a contractor
    /// themselves.
    pub async fn contractors(&self, caller: &Caller) -> Result<api::Contractors, Error> {
        let mut contractors = Vec::new();
        for Stored { document, .. } in self.documents::<Engagement>("").await? {
            if sees(caller, &document) {
                contractors.push(self.contractor_view(document).await?);
            }
        }
        Ok(api::Contractors { contractors })
    }

    pub async fn contractor(&self, caller: &Caller, name: &Name) -> Result<api::Contractor, Error> {
        self.contractor_view(self.seen(caller, name).await?.document).await
    }

    async fn seen(&self, caller: &Caller, name: &Name) -> Result<Stored<Engagement>, Error> {
        let found = self.document::<Engagement>(name.as_str()).await?;
        found
            .filter(|stored| sees(caller, &stored.document))
            .ok_or(Error::NotFound { what: "contractor", name: name.to_string() })
    }

    /// The sponsor's decision to go on with somebody.
    pub async fn extend_engagement(
        &self,
        caller: &Caller,
        name: &Name,
        ask: &api::ExtendEngagement,
    ) -> Result<api::Contractor, Error> {
        bounded_comment(ask.comment.as_deref())?;
        let mut stored = self.seen(caller, name).await?;
        let before = stored.document.until;
        let refused = if stored.document.sponsor != *caller.actor.name() {
            Some(Error::Forbidden(format!(
                "{}, who answers for {name}, decides on that",
                stored.document.sponsor
            )))
        } else if stored.document.standing(self.now()) == Standing::Over {
            Some(Error::Clash(format!("the engagement of {name} is over, and so is everything of theirs")))
        } else if ask.until <= before {
            Some(Error::Usage(format!("it goes on until {before} already; `offboard --at` shortens it")))
        } else {
            self.not_too_long(ask.until).err()
        };
        if let Some(error) = refused {
            let draft = self.draft(EventKind::EngagementRefused, Some(caller)).data("user", name);
            return Err(self.refuse(draft, error).await);
        }
        stored.document.until = ask.until;
        stored.document.reminded = None;
        let mut draft = self
            .draft(EventKind::EngagementExtended, Some(caller))
            .data("user", name)
            .data("from", before)
            .data("until", ask.until);
        draft.why.extend(ask.comment.clone());
        self.keep(stored, draft).await
    }

    /// Another sponsor, or other groups.
    pub async fn change_engagement(
        &self,
        caller: &Caller,
        name: &Name,
        ask: &api::ChangeEngagement,
    ) -> Result<api::Contractor, Error> {
        self.only_admin(caller, "change engagements").await?;
        let mut stored = self.seen(caller, name).await?;
        if stored.document.standing(self.now()) == Standing::Over {
            return Err(Error::Clash(format!("the engagement of {name} is over")));
        }
        if let Some(sponsor) = &ask.sponsor {
            self.may_answer_for(sponsor, name).await?;
            stored.document.sponsor = sponsor.clone();
        }
        if let Some(groups) = &ask.groups {
            self.left_to_the_directory(groups)?;
            stored.document.groups = groups.clone();
        }
        let draft = self.told(EventKind::EngagementChanged, Some(caller), &stored.document);
        self.keep(stored, draft).await
    }

    async fn keep(&self, stored: Stored<Engagement>, draft: Draft) -> Result<api::Contractor, Error> {
        let change = Change { writes: vec![stored.put()?], events: vec![draft] };
        self.commit_or_clash(change, "it was changed at the same time; look again").await?;
        self.load_roster().await?;
        self.contractor_view(stored.document).await
    }

    /// What is logged of an engagement.
    pub(super) fn told(&self, kind: EventKind, caller: Option<&Caller>, of: &Engagement) -> Draft {
        let groups: Vec<&str> = of.groups.iter().map(Name::as_str).collect();
        self.draft(kind, caller)
            .data("user", &of.user)
            .data("company", &of.company)
            .data("sponsor", &of.sponsor)
            .data("start", of.start)
            .data("until", of.until)
            .data("agreement", &of.agreement.reference)
            .data("agreement_date", of.agreement.date)
            .data("groups", groups.join(","))
    }

    /// Does what is due: tells sponsors of ends that are near, and ends what is over or has nobody who
    /// answers for it.
    pub async fn look_after_contractors(&self) -> Result<(), Error> {
        let world = self.world();
        let Some(roster) = &world.roster else { return Ok(()) };
        let now = self.now();
        for (engagement, sponsor_gone) in roster.engagements() {
            if engagement.ended.is_some() {
                continue;
            }
            let cause = match engagement.standing(now) {
                Standing::Over => Some(EndCause::End),
                _ if sponsor_gone => Some(EndCause::SponsorLeft),
                _ => None,
            };
            if let Some(cause) = cause {
                self.end_engagement(None, &engagement.user, cause, None).await?;
            } else if let Some(days) = engagement.reminder_due(now) {
                self.remind_sponsor(&engagement.user, days).await?;
            }
        }
        self.continue_offboardings().await
    }

    async fn remind_sponsor(&self, user: &Name, days: u32) -> Result<(), Error> {
        let Some(mut stored) = self.document::<Engagement>(user.as_str()).await? else { return Ok(()) };
        stored.document.reminded = Some(days);
        let draft = self
            .draft(EventKind::EngagementReminded, None)
            .data("user", user)
            .data("sponsor", &stored.document.sponsor)
            .data("until", stored.document.until)
            .data("days", days);
        match self.store.commit(Change { writes: vec![stored.put()?], events: vec![draft] }).await {
            // Changed meanwhile: looked at again at the next turn.
            Ok(()) | Err(StoreError::Conflict) => self.load_roster().await,
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn contractor_view(&self, of: Engagement) -> Result<api::Contractor, Error> {
        let now = self.now();
        let offboarding = self.receipt(&of.user).await?;
        Ok(api::Contractor {
            standing: match of.standing(now) {
                Standing::NotBegun => api::Standing::NotBegun,
                Standing::Live => api::Standing::Live,
                Standing::Over => api::Standing::Over,
            },
            until_in_s: of.until.secs_after(now),
            user: of.user,
            company: of.company,
            sponsor: of.sponsor,
            start: of.start,
            until: of.until,
            agreement: of.agreement.reference,
            agreement_date: of.agreement.date,
            groups: of.groups,
            ended: of.ended.map(|Ended { at, cause, reason }| api::EngagementEnd { at, cause, reason }),
            offboarding,
        })
    }
}

fn sees(caller: &Caller, engagement: &Engagement) -> bool {
    let me = caller.actor.name();
    caller.sees_all() || engagement.sponsor == *me || engagement.user == *me
}

fn taken(name: &Name) -> String {
    format!("the name {name} is taken, now or in the past; a name is never given to a second person")
}
