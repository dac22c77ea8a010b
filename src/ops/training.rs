//! What people have learned and agreed to: recorded, and looked at for as long as access lasts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use crate::api::{self, Proved};
use crate::audit::EventKind;
use crate::domain::training::Standing;
use crate::domain::{Actor, Duty, DutyKind, Kind, Name, Proof, Request, Span, State, Time};
use crate::policy::{Demand, Means, Policy, World};
use crate::store::{Change, RecordKind, Scope, User};

use super::documents::{Document, Stored};
use super::engine::{Caller, Engine, Home};
use super::error::Error;

/// Live grants are looked at so often, whether or not anything is known to have changed.
const LOOK: Span = Span::clamped(30);

impl Document for Proof {
    const KIND: RecordKind = RecordKind::Training;
    /// No name has a slash.
    fn key(&self) -> String {
        format!("{}/{}/{}", self.user, self.duty.kind, self.duty.name)
    }
}

impl Engine {
    /// Takes all proofs into what decisions see. The local backend has none: what asks for one is refused
    /// there (INVARIANT 9).
    pub(super) async fn load_proofs(&self) -> Result<(), Error> {
        if self.home != Home::Directory {
            return Ok(());
        }
        // One at a time, so that an older reading never replaces a newer one.
        let _turn = self.roster_turn.lock().await;
        let all = self.documents::<Proof>("").await?;
        let proofs = Arc::new(all.into_iter().map(|stored| stored.document).collect());
        {
            let mut world = self.world.write().unwrap_or_else(PoisonError::into_inner);
            Arc::make_mut(&mut world).proofs = proofs;
        }
        self.look_at_trainings_now();
        Ok(())
    }

    /// What the roles that the caller may ask for ask of them.
    pub async fn trainings(&self, caller: &Caller) -> Result<api::Trainings, Error> {
        let (in_force, world, now) = (self.in_force(), self.world(), self.now());
        let policy = &in_force.policy;
        let asked = asked_of(policy, &caller.actor, &world);
        let trainings = asked.into_iter().filter_map(|(duty, roles)| {
            let demand = policy.demands.get(duty)?;
            let standing = policy.standing(demand, &caller.actor, now, &world);
            let text = match &demand.means {
                Means::Training { .. } => None,
                Means::Terms { text, .. } => Some(text.clone()),
            };
            Some(api::Training {
                what: duty.kind,
                name: duty.name.clone(),
                version: demand.version,
                held: standing.into(),
                description: demand.description.clone(),
                valid_for: demand.valid_for,
                link: demand.link.clone(),
                roles: roles.into_iter().cloned().collect(),
                text,
                digest: demand.needed().digest,
                cure: (!standing.is_good()).then(|| cure(demand)),
            })
        });
        Ok(api::Trainings { trainings: trainings.collect() })
    }

    /// Agrees to terms, for oneself and by oneself.
    pub async fn accept_terms(
        &self,
        caller: &Caller,
        ask: &api::AcceptTerms,
    ) -> Result<api::TrainingProof, Error> {
        let (in_force, world) = (self.in_force(), self.world());
        let policy = &in_force.policy;
        let duty = Duty { kind: DutyKind::Terms, name: ask.terms.clone() };
        if caller.actor.kind != Kind::Person {
            let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "accept terms");
            let why = "a service agrees to nothing: the person who answers for it does".to_owned();
            return Err(self.refuse(draft, Error::Forbidden(why)).await);
        }
        let demand = policy.demands.get(&duty);
        let demand = demand.filter(|_| asked_of(policy, &caller.actor, &world).contains_key(&duty));
        let demand = demand.ok_or_else(|| missing(&duty))?;
        if demand.needed().digest != Some(ask.digest) {
            return Err(Error::Clash(format!(
                "the text of {duty} is not the one that you have seen: read it again"
            )));
        }
        let proof = Proof {
            user: policy.proves(&caller.actor).clone(),
            version: demand.version,
            at: self.now(),
            until: None,
            by: caller.actor.principal.clone(),
            digest: Some(ask.digest),
            duty,
        };
        self.keep_proof(caller, demand, proof).await
    }

    /// Says that somebody else has taken a course.
    pub async fn record_training(
        &self,
        caller: &Caller,
        ask: &api::RecordTraining,
    ) -> Result<api::TrainingProof, Error> {
        let (in_force, world, now) = (self.in_force(), self.world(), self.now());
        let policy = &in_force.policy;
        let duty = Duty { kind: DutyKind::Training, name: ask.training.clone() };
        let demand = policy.demands.get(&duty);
        let refused = |why: &str| {
            let draft = self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "record trainings");
            (draft.data("user", &ask.user).data("training", &ask.training), Error::Forbidden(why.to_owned()))
        };
        let trainer = demand.is_some_and(|demand| policy.names(demand.trainers(), &caller.actor, &world));
        // First: whoever may not is not told what there is.
        if !caller.is_admin() && !trainer {
            let (draft, error) = refused("administrators record trainings, and the trainers of each");
            return Err(self.refuse(draft, error).await);
        }
        let demand = demand.ok_or_else(|| missing(&duty))?;
        let user = self.store.user(&ask.user).await?.filter(|user| user.disabled.is_none());
        let user = user.ok_or_else(|| Error::NotFound { what: "user", name: ask.user.to_string() })?;
        if user.kind != Kind::Person {
            return Err(Error::Usage(format!("{} is a service: the person behind it is trained", user.name)));
        }
        let actor = user.actor(&self.issuer());
        let human = policy.proves(&actor);
        if policy.same_human(&actor, &caller.actor) {
            let (draft, error) = refused("nobody records a training of their own, nor through their service");
            return Err(self.refuse(draft, error).await);
        }
        let (at, version) = (ask.at.unwrap_or(now), ask.version.unwrap_or(demand.version));
        if at > now {
            return Err(Error::Usage(format!("{at} is in the future: nothing was taken yet")));
        }
        if ask.until.is_some_and(|until| until <= at) {
            return Err(Error::Usage("it ends after it was taken".to_owned()));
        }
        if version == 0 || version > demand.version {
            return Err(Error::Usage(format!("{duty} has the versions 1 to {}", demand.version)));
        }
        let proof = Proof {
            user: human.clone(),
            duty,
            version,
            at,
            until: ask.until,
            by: caller.actor.principal.clone(),
            digest: None,
        };
        self.keep_proof(caller, demand, proof).await
    }

    async fn keep_proof(
        &self,
        caller: &Caller,
        demand: &Demand,
        proof: Proof,
    ) -> Result<api::TrainingProof, Error> {
        let earlier = self.document::<Proof>(&proof.key()).await?;
        if let Some(Stored { document: newer, .. }) = earlier.as_ref().filter(|e| e.document.at > proof.at) {
            return Err(Error::Clash(format!("there is a newer record of {}, of {}", proof.duty, newer.at)));
        }
        let revision = earlier.map_or(0, |earlier| earlier.revision);
        let kind = match proof.duty.kind {
            DutyKind::Training => EventKind::TrainingRecorded,
            DutyKind::Terms => EventKind::TermsAccepted,
        };
        let mut draft = self
            .draft(kind, Some(caller))
            .data("user", &proof.user)
            .data(proof.duty.kind.as_str(), &proof.duty.name)
            .data("version", proof.version);
        draft = match proof.digest {
            Some(digest) => draft.data("digest", digest),
            None => draft.data("by", &proof.by.subject),
        };
        if let Some(until) = proof.end(demand.valid_for) {
            draft = draft.data("until", until);
        }
        let stored = Stored { document: proof, revision };
        let change = Change { writes: vec![stored.put()?], events: vec![draft] };
        self.commit_or_clash(change, "it was recorded at the same time; look again").await?;
        self.load_proofs().await?;
        let proof = stored.document;
        Ok(api::TrainingProof {
            held: proof.standing(demand.needed(), self.now()).into(),
            user: proof.user,
            what: proof.duty.kind,
            name: proof.duty.name,
            version: proof.version,
            at: proof.at,
            by: proof.by.subject,
            digest: proof.digest,
        })
    }

    /// Who has what roles ask of them: of everybody for an administrator, of theirs for a sponsor.
    pub async fn training_status(
        &self,
        caller: &Caller,
        query: &api::TrainingQuery,
    ) -> Result<api::TrainingStatus, Error> {
        let (in_force, world, now) = (self.in_force(), self.world(), self.now());
        let policy = &in_force.policy;
        let mut users: Vec<User> = self.store.users().await?;
        users.retain(|user| user.disabled.is_none() && user.kind == Kind::Person);
        if !caller.sees_all() {
            let me = policy.proves(&caller.actor);
            users.retain(|user| policy.sponsor_is(&user.name, me, &world));
            if users.is_empty() || caller.actor.kind != Kind::Person {
                let draft =
                    self.draft(EventKind::AccessRefused, Some(caller)).data("asked", "training status");
                let why = "administrators and auditors see how people are trained, and sponsors of their contractors";
                return Err(self.refuse(draft, Error::Forbidden(why.to_owned())).await);
            }
        }
        if let Some(name) = &query.user {
            users.retain(|user| user.name == *name);
            if users.is_empty() {
                return Err(Error::NotFound { what: "user", name: name.to_string() });
            }
        }
        if let Some(name) = &query.training
            && !policy.demands.keys().any(|duty| duty.name == *name)
        {
            return Err(Error::NotFound { what: "training", name: name.to_string() });
        }
        // By duty and human: an alias counts once, with what any of their names may ask for.
        let mut rows: BTreeMap<(&Duty, Name), Standing> = BTreeMap::new();
        for user in &users {
            let actor = user.actor(&self.issuer());
            for duty in asked_of(policy, &actor, &world).into_keys() {
                let Some(demand) = policy.demands.get(duty) else { continue };
                if query.training.as_ref().is_none_or(|only| *only == duty.name) {
                    let standing = policy.standing(demand, &actor, now, &world);
                    rows.insert((duty, policy.proves(&actor).clone()), standing);
                }
            }
        }
        let mut coverage: Vec<api::Coverage> = Vec::new();
        for ((duty, _), standing) in &rows {
            if coverage.last().is_none_or(|last| last.what != duty.kind || last.name != duty.name) {
                coverage.push(api::Coverage {
                    what: duty.kind,
                    name: duty.name.clone(),
                    version: policy.demands.get(*duty).map_or(0, |demand| demand.version),
                    needed_by: 0,
                    good: 0,
                });
            }
            if let Some(last) = coverage.last_mut() {
                last.needed_by += 1;
                last.good += usize::from(standing.is_good());
            }
        }
        let people = rows.into_iter().map(|((duty, user), standing)| api::PersonTraining {
            user,
            what: duty.kind,
            name: duty.name.clone(),
            held: Proved::from(standing),
        });
        Ok(api::TrainingStatus { people: people.collect(), coverage })
    }

    /// Something has changed: the next look is now.
    pub(super) fn look_at_trainings_now(&self) {
        *self.trainings_due.lock().unwrap_or_else(PoisonError::into_inner) = Time::from_millis(0);
    }

    /// Ends live grants whose holders no longer have what the role asks of them. The end of a proof is in the
    /// grant's window already; this is for another version, a shorter time, and a role that asks for more.
    pub async fn look_after_trainings(&self) -> Result<(), Error> {
        let now = self.now();
        {
            let mut due = self.trainings_due.lock().unwrap_or_else(PoisonError::into_inner);
            if now < *due {
                return Ok(());
            }
            // Before the look: what changes during it has another one.
            *due = now.plus(LOOK);
        }
        let done = self.end_untrained(now).await;
        if done.is_err() {
            self.look_at_trainings_now();
        }
        done
    }

    async fn end_untrained(&self, now: Time) -> Result<(), Error> {
        let (in_force, world) = (self.in_force(), self.world());
        let policy = &in_force.policy;
        if policy.roles.values().all(|role| role.require.duties.is_empty()) {
            return Ok(());
        }
        let mut failed = None;
        let mut pages = self.pages(Scope::All, &[State::Active]);
        while let Some(page) = pages.next().await? {
            for request in &page {
                if let Some(why) = unmet(policy, request, now, &world) {
                    // One that fails does not keep the others.
                    failed = self.begin_end(request, &why, Vec::new()).await.err().or(failed);
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// The first reason for which that grant could not be made today, of those that are about training and terms.
fn unmet(policy: &Policy, request: &Request, now: Time, world: &World) -> Option<String> {
    let role = policy.roles.get(&request.role)?;
    let mut duties = role.require.duties.iter();
    let refusal = duties.find_map(|duty| policy.proved(duty, &request.requester, now, world).err())?;
    Some(refusal.to_string())
}

/// What is asked of somebody, by the roles that they may ask for.
fn asked_of<'p>(policy: &'p Policy, actor: &Actor, world: &World) -> BTreeMap<&'p Duty, BTreeSet<&'p Name>> {
    let mut asked: BTreeMap<&Duty, BTreeSet<&Name>> = BTreeMap::new();
    for role in policy.roles.values().filter(|role| !role.require.duties.is_empty()) {
        if policy.may_request(role, actor, world) {
            for duty in &role.require.duties {
                asked.entry(duty).or_default().insert(&role.name);
            }
        }
    }
    asked
}

fn missing(duty: &Duty) -> Error {
    Error::NotFound { what: duty.kind.as_str(), name: duty.name.to_string() }
}

fn cure(demand: &Demand) -> String {
    match (demand.duty.kind, &demand.link) {
        (DutyKind::Terms, _) => format!("jit training accept {}", demand.duty.name),
        (DutyKind::Training, Some(link)) => format!("take the course: {link}"),
        (DutyKind::Training, None) => "take the course; whoever gives it records it".to_owned(),
    }
}
