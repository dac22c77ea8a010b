//! Alerts wait until somebody has looked, and says what came out.

use crate::api;
use crate::audit::EventKind;
use crate::domain::alert::{AlertConflict, Answer, Raised};
use crate::domain::{Actor, Name, Principal};
use crate::store::{Change, RecordKind};

use super::documents::{Document, Stored};
use super::engine::{Caller, Engine};
use super::error::Error;
use super::request::bounded_comment;

/// How many are listed.
const MOST: usize = 500;
/// Digits of an id.
const ID: usize = 16;

impl Document for Raised {
    const KIND: RecordKind = RecordKind::Alert;
    fn key(&self) -> String {
        self.id.clone()
    }
}

impl Engine {
    pub async fn alerts(&self, caller: &Caller, query: &api::AlertQuery) -> Result<api::Alerts, Error> {
        self.only_who_sees_all(caller, "see alerts").await?;
        let found = self.documents::<Raised>("").await?.into_iter().map(|stored| stored.document);
        let mut found: Vec<Raised> = found.filter(|alert| query.all || alert.answer.is_none()).collect();
        found.sort_by(|one, other| (other.raised, &other.id).cmp(&(one.raised, &one.id)));
        let older = found.len().saturating_sub(MOST);
        found.truncate(MOST);
        let mut alerts = Vec::with_capacity(found.len());
        for alert in found {
            alerts.push(self.alert_view(caller, alert).await?);
        }
        Ok(api::Alerts { alerts, older })
    }

    /// The alert of that id or unique prefix.
    pub async fn alert(&self, caller: &Caller, id: &str) -> Result<api::Alert, Error> {
        self.only_who_sees_all(caller, "see alerts").await?;
        let stored = self.found_alert(id).await?;
        self.alert_view(caller, stored.document).await
    }

    /// Says what came out, once, for administrators; never about oneself.
    pub async fn answer_alert(
        &self,
        caller: &Caller,
        id: &str,
        ask: &api::AnswerAlert,
    ) -> Result<api::Alert, Error> {
        self.only_admin(caller, "answer alerts").await?;
        if ask.comment.trim().is_empty() {
            return Err(Error::Usage("say what you found: --comment TEXT".to_owned()));
        }
        bounded_comment(Some(&ask.comment))?;
        let mut stored = self.found_alert(id).await?;
        let by = caller.actor.principal.clone();
        let answer = Answer { finding: ask.finding, by, at: self.now(), comment: ask.comment.clone() };
        let own = self.is_about(caller, &stored.document).await?;
        if let Err(conflict) = stored.document.answer(own, answer) {
            let error = match conflict {
                AlertConflict::Own => Error::Forbidden(conflict.to_string()),
                AlertConflict::Answered(_) => Error::Clash(conflict.to_string()),
            };
            let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "answer an alert");
            return Err(self.refuse(draft.data("id", &stored.document.id), error).await);
        }
        let alert = &stored.document;
        let mut draft = self.draft(EventKind::AlertAnswered, Some(caller));
        draft.request = alert.request;
        draft.role.clone_from(&alert.role);
        draft.resource.clone_from(&alert.resource);
        let draft = draft
            .data("id", &alert.id)
            .data("alert", &alert.alert)
            .data("answer", ask.finding)
            .data("comment", &ask.comment);
        let change = Change { writes: vec![stored.put()?], events: vec![draft] };
        self.commit_or_clash(change, "somebody answered it at the same time; look again").await?;
        self.alert_view(caller, stored.document).await
    }

    async fn found_alert(&self, id: &str) -> Result<Stored<Raised>, Error> {
        let none = || Error::NotFound { what: "alert", name: id.to_owned() };
        if id.is_empty()
            || id.len() > ID
            || !id.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        {
            return Err(none());
        }
        let mut found = self.documents::<Raised>(id).await?;
        match found.len() {
            0 | 1 => found.pop().ok_or_else(none),
            _ => Err(Error::Ambiguous {
                prefix: id.to_owned(),
                candidates: found.into_iter().take(10).map(|stored| stored.document.id).collect(),
            }),
        }
    }

    /// Whether a human stands behind the caller and behind whom it is about.
    async fn is_about(&self, caller: &Caller, alert: &Raised) -> Result<bool, Error> {
        match &alert.user {
            Some(user) => {
                let user = self.known_as(user).await?;
                Ok(self.in_force().policy.same_human(&user, &caller.actor))
            }
            None => Ok(false),
        }
    }

    /// Who may answer an alert about that person, of those who can log in now.
    pub(super) async fn answerers(&self, about: Option<&Name>) -> Result<Vec<Name>, Error> {
        let about = match about {
            Some(name) => Some(self.known_as(name).await?),
            None => None,
        };
        let (issuer, in_force) = (self.issuer(), self.in_force());
        let users = self.store.users().await?.into_iter();
        let mut answerers: Vec<Name> = Vec::new();
        for user in users.filter(|user| user.admin && user.disabled.is_none()) {
            let actor = user.actor(&issuer);
            let own = about.as_ref().is_some_and(|about| in_force.policy.same_human(about, &actor));
            let may = self.powers_of(&user).await?.is_administrator();
            if may && !own && self.suspended([&user.name, &user.human]).is_none() {
                answerers.push(user.name);
            }
        }
        Ok(answerers)
    }

    /// Of that name as the directory has it; whom it does not have is nobody else.
    pub(super) async fn known_as(&self, name: &Name) -> Result<Actor, Error> {
        let issuer = self.issuer();
        let principal = || Principal { issuer: issuer.clone(), subject: name.clone() };
        let user = self.store.user(name).await?;
        Ok(user.map_or_else(|| Actor::person(principal()), |user| user.actor(&issuer)))
    }

    async fn alert_view(&self, caller: &Caller, raised: Raised) -> Result<api::Alert, Error> {
        let open_for_you =
            raised.answer.is_none() && caller.is_admin() && !self.is_about(caller, &raised).await?;
        Ok(api::Alert { raised, open_for_you })
    }
}

#[cfg(test)]
#[path = "alerts_tests.rs"]
mod tests;
