//! Signing evidence: the log's key says that this server was shown that manifest. And what evidence needs that
//! is not in the log.

use crate::api;
use crate::audit::{About, EventKind, Statement};
use crate::domain::{Actor, Name};
use crate::policy::Role;
use crate::store::Change;

use super::engine::{Caller, Engine, Home};
use super::error::Error;

impl Engine {
    /// Who may come to hold which role now: of those in the directory, services too, whom nobody has disabled or
    /// suspended. What has to be proved first, such as a training, is asked when they use it.
    pub async fn who_could(&self, caller: &Caller) -> Result<api::WhoCould, Error> {
        self.only_who_sees_all(caller, "see who could hold which role").await?;
        let issuer = self.issuer();
        let mut actors: Vec<Actor> = Vec::new();
        match self.home {
            Home::OperatingSystem => actors.push(caller.actor.clone()),
            Home::Directory => {
                let users = self.store.users().await?;
                let there = |name: &Name| users.iter().any(|u| u.name == *name && u.disabled.is_none());
                for user in users.iter().filter(|user| user.disabled.is_none() && there(&user.human)) {
                    actors.push(user.actor(&issuer));
                }
            }
        }
        let (in_force, world, now) = (self.in_force(), self.world(), self.now());
        // Of many people and roles it takes a while, which is nobody else's.
        let told = tokio::task::spawn_blocking(move || {
            let policy = &in_force.policy;
            actors.retain(|actor| policy.may_hold(actor, now, &world));
            let of = |role: &Role| {
                let may = actors.iter().filter(|actor| policy.may_request(role, actor, &world));
                api::CouldHold { role: role.name.clone(), people: may.map(|a| a.name().clone()).collect() }
            };
            policy.roles.values().map(of).collect()
        });
        let failed = |_| Error::Unavailable("the policy could not be looked through".to_owned());
        Ok(api::WhoCould { roles: told.await.map_err(failed)? })
    }

    /// Signs the digest of a pack's manifest with the log's key, for administrators and auditors.
    ///
    /// What is signed was computed by the caller. The signature says who was asked, when, and by whom, as
    /// the log does; that the figures are those of the log is for `jit evidence verify` to find.
    pub async fn sign_evidence(
        &self,
        caller: &Caller,
        ask: &api::SignEvidence,
    ) -> Result<api::SignedEvidence, Error> {
        if !caller.sees_all() {
            let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "evidence");
            let error = Error::Forbidden("only administrators and auditors have evidence signed".to_owned());
            return Err(self.refuse(draft, error).await);
        }
        let api::SignEvidence { digest, from, to } = *ask;
        if from >= to {
            return Err(Error::Usage("the period ends before it begins".to_owned()));
        }
        let draft = self.draft(EventKind::EvidenceSigned, Some(caller));
        let draft = draft.data("digest", digest).data("from", from).data("to", to);
        // No signature without its record.
        self.store.commit(Change { writes: Vec::new(), events: vec![draft] }).await?;
        let key = self.checkpoints.key();
        let note = Statement { about: About::Evidence, digest, from, to }.sign(key);
        Ok(api::SignedEvidence { key: key.verify_key().to_string(), note })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::VerifyKey;
    use crate::domain::{Digest, Time};
    use crate::ops::testing::World;

    #[tokio::test]
    async fn an_administrator_has_a_digest_signed_and_the_log_says_so() {
        let world = World::new().await;
        let (from, to) = (Time::from_millis(0), Time::from_millis(1));
        let ask = api::SignEvidence { digest: Digest::of(b"manifest"), from, to };
        let signed = world.engine.sign_evidence(&world.admin, &ask).await.unwrap();
        let key: VerifyKey = signed.key.parse().unwrap();
        assert_eq!(
            Statement { about: About::Evidence, digest: ask.digest, from, to }.verify(&signed.note, &key),
            Ok(())
        );
        assert_eq!(world.count("evidence.signed").await, 1);
    }

    #[tokio::test]
    async fn nobody_else_has_anything_signed_and_the_try_is_in_the_log() {
        let world = World::new().await;
        let carol = world.as_user("carol").await;
        let (from, to) = (Time::from_millis(0), Time::from_millis(1));
        let ask = api::SignEvidence { digest: Digest::of(b"manifest"), from, to };
        assert!(matches!(world.engine.sign_evidence(&carol, &ask).await, Err(Error::Forbidden(_))));
        assert_eq!(world.count("access.refused").await, 1);
        let backwards = api::SignEvidence { from: to, to: from, ..ask };
        assert!(matches!(world.engine.sign_evidence(&world.admin, &backwards).await, Err(Error::Usage(_))));
        assert_eq!(world.count("evidence.signed").await, 0);
    }

    #[tokio::test]
    async fn who_could_hold_a_role_is_told_by_the_directory_as_it_is_now() {
        let world = World::new().await;
        let could = async |role: &str| -> Vec<String> {
            let told = world.engine.who_could(&world.admin).await.unwrap();
            let role = told.roles.into_iter().find(|one| one.role.as_str() == role).unwrap();
            role.people.iter().map(ToString::to_string).collect()
        };
        assert_eq!(could("one").await, ["carol", "carol.two", "ci"]);
        let carol = "carol".parse().unwrap();
        world.engine.suspend_user(Some(&world.admin), &carol, "odd").await.unwrap();
        assert_eq!(could("one").await, [""; 0], "neither an alias nor a service of hers");
        let back = api::Reinstate { user: carol.clone(), comment: "looked at".to_owned() };
        world.engine.reinstate_user(&world.admin, &back).await.unwrap();
        assert_eq!(could("one").await.len(), 3);
        world.engine.disable_user(&world.admin, &carol).await.unwrap();
        assert_eq!(could("one").await, [""; 0]);
        let bob = world.as_user("bob").await;
        assert!(matches!(world.engine.who_could(&bob).await, Err(Error::Forbidden(_))));
    }
}
