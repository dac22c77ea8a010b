//! What all use cases share: store, providers, policy, clock, and the way a request is changed.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::audit::{Draft, EventKind};
use crate::domain::{
    Actor, Digest, IdPrefix, Kind, Name, Powers, Principal, ProviderKind, Request, RequestId, State, Step,
    Time, Transition,
};
use crate::lookup::Lookup;
use crate::policy::{Policy, Role, World};
use crate::provider::Provider;
use crate::store::{Change, Pieces, Scope, Store, StoreError, User, Write};

use super::clock::Clock;
use super::drift::Told;
use super::end::Retry;
use super::error::Error;
use super::per_request::{PerRequest, Turns};
use super::policy::Loaded;

/// How often a change is tried again when somebody else was first.
const ATTEMPTS: usize = 64;

/// How many ids with the same beginning are looked at; a beginning of more is too short to be one.
const MOST_CANDIDATES: usize = 1000;

/// The one place where decisions are made and carried out, for a server and for the local backend.
pub struct Engine {
    pub(super) store: Arc<dyn Store>,
    pub(super) pieces: Arc<dyn Pieces>,
    pub(super) keeping: super::activity::Keeping,
    pub(super) providers: BTreeMap<ProviderKind, Arc<dyn Provider>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) home: Home,
    pub(super) policy: RwLock<Arc<InForce>>,
    pub(super) world: RwLock<Arc<World>>,
    pub(super) outside: Arc<dyn Lookup>,
    pub(super) asked_outside: Mutex<super::outside::Asked>,
    pub(super) policy_trouble: Mutex<Option<super::policy::Kept>>,
    pub(super) per_request: PerRequest,
    /// Who is being offboarded, and not confirmed yet.
    pub(super) offboardings: Mutex<BTreeSet<Name>>,
    pub(super) roster_turn: tokio::sync::Mutex<()>,
    pub(super) tool_roles: super::tool_roles::Kept,
    /// When live grants are next looked at for training and terms.
    pub(super) trainings_due: Mutex<Time>,
    /// An outside directory changes one thing at a time.
    pub(super) scim_turn: tokio::sync::Mutex<()>,
    /// Whom an outside directory has deactivated, and not everything of theirs has its end yet.
    pub(super) leaving: Mutex<BTreeSet<Name>>,
    pub(super) retries: Mutex<HashMap<RequestId, Retry>>,
    /// What the reconciler is busy with.
    pub(super) ending_now: Mutex<HashSet<RequestId>>,
    pub(super) turns: Turns,
    pub(super) drift_told: Mutex<HashSet<Told>>,
    pub(super) checkpoints: super::log::Checkpoints,
    pub(super) refusals: super::log::RefusalLimit,
    pub(super) watching: super::watching::Watching,
    /// What tells the outside; none for the local backend, or where none is configured.
    pub(super) channels: std::sync::OnceLock<Arc<dyn super::delivery::Channels>>,
}

/// Who vouches for the people here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// A server's own directory of users.
    Directory,
    /// The operating system, for the local backend. There is one person, so nobody can approve.
    OperatingSystem,
}

/// A policy with the generations of its roles.
#[derive(Debug)]
pub struct InForce {
    pub policy: Policy,
    /// Its own test cases, all passed, where they were run.
    pub tests: Option<usize>,
    pub since: Time,
    pub generations: BTreeMap<Name, u64>,
}

impl InForce {
    pub fn generation(&self, role: &Name) -> Option<u64> {
        self.generations.get(role).copied()
    }
}

/// Who calls, as far as the entry path has established it.
#[derive(Debug, Clone)]
pub struct Caller {
    pub actor: Actor,
    /// By their roles in jit itself.
    pub powers: Powers,
    /// The address that the call came from.
    pub from: Option<String>,
    /// The access token's hash and its end.
    pub session: Option<(Digest, Time)>,
}

impl Caller {
    pub fn is_admin(&self) -> bool {
        self.powers.is_administrator()
    }

    /// Sees what the server keeps of everybody. To change it is another thing.
    pub(super) fn sees_all(&self) -> bool {
        self.powers.sees_all()
    }

    /// Whether the role is shown to this caller: they ask for it, decide on it, see all, or write policies.
    pub(super) fn may_know_role(&self, role: &Role, policy: &Policy, now: Time, world: &World) -> bool {
        self.powers.sees_policy()
            || policy.may_request(role, &self.actor, world)
            || policy.may_ever_decide(role, &self.actor, now, world)
    }
}

/// A decision on a request: the transition to make, and the events beside the state's own.
pub(super) struct Decided {
    pub transition: Transition,
    pub event: EventKind,
    pub data: Vec<(&'static str, String)>,
    pub writes: Vec<Write>,
}

impl Decided {
    pub fn new(transition: Transition, event: EventKind) -> Self {
        Self { transition, event, data: Vec::new(), writes: Vec::new() }
    }
}

/// What an engine is made of.
pub struct Parts {
    pub store: Arc<dyn Store>,
    /// What was done under grants.
    pub pieces: Arc<dyn Pieces>,
    pub providers: Vec<Arc<dyn Provider>>,
    pub clock: Arc<dyn Clock>,
    pub home: Home,
    pub policy: Loaded,
    pub outside: Arc<dyn Lookup>,
    pub log_key: crate::audit::SigningKey,
}

impl Engine {
    /// Takes the policy into force, and undoes what a crash left half done.
    pub async fn start(parts: Parts) -> Result<Arc<Self>, Error> {
        let engine = Arc::new(Self {
            store: parts.store,
            pieces: parts.pieces,
            keeping: super::activity::Keeping::default(),
            providers: parts.providers.into_iter().map(|p| (p.kind(), p)).collect(),
            home: parts.home,
            policy: RwLock::new(Arc::new(InForce {
                policy: parts.policy.policy.clone(),
                tests: None,
                since: parts.clock.now(),
                generations: BTreeMap::new(),
            })),
            clock: parts.clock,
            world: RwLock::default(),
            outside: parts.outside,
            asked_outside: Mutex::default(),
            policy_trouble: Mutex::new(None),
            per_request: PerRequest::default(),
            offboardings: Mutex::default(),
            roster_turn: tokio::sync::Mutex::default(),
            tool_roles: super::tool_roles::Kept::default(),
            trainings_due: Mutex::new(Time::from_millis(0)),
            scim_turn: tokio::sync::Mutex::default(),
            leaving: Mutex::default(),
            retries: Mutex::new(HashMap::new()),
            ending_now: Mutex::default(),
            turns: Turns::default(),
            drift_told: Mutex::default(),
            checkpoints: super::log::Checkpoints::new(parts.log_key),
            refusals: super::log::RefusalLimit::default(),
            watching: super::watching::Watching::default(),
            channels: std::sync::OnceLock::new(),
        });
        engine.take_policy(parts.policy).await?;
        engine.load_delegations().await?;
        engine.load_roster().await?;
        engine.load_proofs().await?;
        engine.load_offboardings().await?;
        engine.load_leaving().await?;
        engine.ask_who_is_on_call().await;
        // Beside other commands of one user, an intent may be one that is being carried out; what a crash
        // left of those ends with the grant's window.
        if engine.home == Home::Directory {
            engine.recover().await?;
            engine.load_pieces().await?;
        }
        Ok(engine)
    }

    pub(super) fn now(&self) -> Time {
        self.clock.now()
    }

    pub(super) fn in_force(&self) -> Arc<InForce> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn world(&self) -> Arc<World> {
        Arc::clone(&self.world.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn issuer(&self) -> Name {
        let text = match self.home {
            Home::Directory => "jit",
            Home::OperatingSystem => "os",
        };
        text.parse().unwrap_or_else(|_| unreachable!("a constant name"))
    }

    pub(super) fn provider(&self, kind: ProviderKind) -> Result<&Arc<dyn Provider>, Error> {
        self.providers
            .get(&kind)
            .ok_or_else(|| Error::Unavailable(format!("this server has no {kind} provider configured")))
    }

    /// The users of these names, for [`Engine::is_active`], without auditors, who have no part in anything;
    /// none for the local backend.
    pub(super) async fn users_named(&self, names: &[&Name]) -> Result<HashMap<Name, User>, Error> {
        let mut users = HashMap::new();
        if self.home == Home::Directory {
            for &name in names {
                if !users.contains_key(name)
                    && let Some(user) = self.store.user(name).await?
                    && !self.powers_of(&user).await?.only_looks
                {
                    users.insert(name.clone(), user);
                }
            }
        }
        Ok(users)
    }

    /// Whether the actor, and the human behind it, are still enabled.
    pub(super) fn is_active(&self, users: &HashMap<Name, User>, actor: &Actor) -> bool {
        let enabled = |p: &Principal| users.get(&p.subject).is_some_and(|user| user.disabled.is_none());
        match self.home {
            Home::OperatingSystem => true,
            Home::Directory => enabled(&actor.principal) && enabled(&actor.human),
        }
    }

    /// A draft of an event by this caller.
    pub(super) fn draft(&self, kind: EventKind, caller: Option<&Caller>) -> Draft {
        let mut draft = Draft::new(self.now(), kind);
        if let Some(caller) = caller {
            draft.actor = Some(caller.actor.principal.clone());
            draft.from.clone_from(&caller.from);
        }
        draft
    }

    /// A draft about a request.
    pub(super) fn draft_on(&self, kind: EventKind, caller: Option<&Caller>, request: &Request) -> Draft {
        let mut draft = self.draft(kind, caller);
        draft.request = Some(request.id);
        draft.role = Some(request.role.clone());
        draft.resource = Some(request.resource.clone());
        draft
    }

    /// Records a refusal. The refusal stands whether or not it can be recorded.
    pub(super) async fn refuse(&self, mut draft: Draft, error: Error) -> Error {
        draft.why = match &error {
            Error::Refused(refusals) => refusals.iter().map(ToString::to_string).collect(),
            error => vec![error.to_string()],
        };
        if let Some(draft) = self.refusals.pass(draft) {
            let change = Change { writes: Vec::new(), events: vec![draft] };
            if let Err(error) = self.store.commit(change).await {
                tracing::error!(%error, "a refusal could not be recorded");
            }
        }
        error
    }

    /// Decides on the request as it was read a moment ago, and commits the next state with its events;
    /// again from a new reading when somebody else was first.
    ///
    /// The guard on the revision is what makes the old reading safe to start from: a yes to what has
    /// changed meanwhile is not committed. A no is said of a new reading only.
    pub(super) async fn change(
        &self,
        caller: Option<&Caller>,
        read: Request,
        decide: impl Fn(&Request, Time) -> Result<Decided, Error>,
    ) -> Result<Step, Error> {
        let id = read.id;
        let mut known = Some(read);
        for _ in 0..ATTEMPTS {
            let (request, is_new) = match known.take() {
                Some(request) => (request, false),
                None => (self.store.request(id).await?.ok_or_else(|| Error::no_request(id))?, true),
            };
            let now = self.now();
            let decided = decide(&request, now).and_then(|Decided { transition, event, data, writes }| {
                Ok((request.step(transition, now)?, event, data, writes))
            });
            let (step, event, data, more) = match decided {
                Ok(decided) => decided,
                Err(error) if is_new => return Err(error),
                Err(_) => continue,
            };
            let mut draft = self.draft_on(event, caller, &step.next);
            for (key, value) in data {
                draft = draft.data(key, value);
            }
            // The new end, so that the log alone tells when access was to be over.
            if event == EventKind::ExtensionApproved
                && let Some(window) = step.next.window
            {
                draft = draft.data("end", window.end);
            }
            let mut events = vec![draft];
            // The last vote needed is also the approval.
            if event == EventKind::VoteCast && step.next.state == State::Approved {
                events.push(self.draft_on(EventKind::RequestApproved, None, &step.next));
            }
            let mut writes = vec![Write::UpdateRequest(Box::new(step.next.clone()))];
            writes.extend(more);
            match self.store.commit(Change { writes, events }).await {
                Ok(()) => {
                    self.per_request.changed(id, step.next.revision);
                    return Ok(step);
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Store(StoreError::Conflict))
    }

    /// Whether this caller may know that the request exists.
    pub(super) fn may_see(&self, caller: &Caller, request: &Request) -> bool {
        caller.sees_all() || self.is_own(caller, request) || self.concerns(caller, request)
    }

    /// One person under any of their names, and for their services; no service for its owner.
    pub(super) fn is_own(&self, caller: &Caller, request: &Request) -> bool {
        request.requester.principal == caller.actor.principal
            || (caller.actor.kind == Kind::Person && request.requester.human == caller.actor.human)
    }

    /// Whether the policy has the caller decide on it, now or then, or look at it afterwards.
    pub(super) fn concerns(&self, caller: &Caller, request: &Request) -> bool {
        self.in_force().policy.concerns(request, &caller.actor, self.now(), &self.world())
    }

    /// The request of that id or unique prefix, among those that the caller may see: the ids of others
    /// make nothing ambiguous, and look as if they were not there (INVARIANT 10).
    pub(super) async fn visible(&self, caller: &Caller, id: &str) -> Result<Request, Error> {
        let prefix: IdPrefix = id.parse().map_err(|_| Error::no_request(id))?;
        if let Some(id) = prefix.whole() {
            return match self.store.request(id).await? {
                Some(request) if self.may_see(caller, &request) => Ok(request),
                _ => Err(Error::no_request(id)),
            };
        }
        let mut found = Vec::new();
        let ids = self.store.ids_with_prefix(prefix.as_str(), MOST_CANDIDATES).await?;
        let all = ids.len() < MOST_CANDIDATES;
        for id in ids {
            if let Some(request) = self.store.request(id).await?
                && self.may_see(caller, &request)
            {
                found.push(request);
            }
        }
        match found.len() {
            0 if all => Err(Error::no_request(prefix)),
            1 if all => found.pop().ok_or_else(|| Error::no_request(prefix)),
            _ => Err(Error::Ambiguous {
                prefix: prefix.to_string(),
                candidates: found.iter().take(10).map(|r| r.id.to_string()).collect(),
            }),
        }
    }

    /// Scopes that together hold every request the caller may see, and others: ask [`Engine::may_see`].
    pub(super) fn scopes(&self, caller: &Caller) -> Vec<Scope> {
        if caller.sees_all() {
            return vec![Scope::All];
        }
        let (in_force, world, now) = (self.in_force(), self.world(), self.now());
        let decides = in_force
            .policy
            .roles
            .values()
            .filter(|role| in_force.policy.may_ever_look(role, &caller.actor, now, &world));
        std::iter::once(Scope::Requester(caller.actor.principal.clone()))
            .chain(decides.map(|role| Scope::Role(role.name.clone())))
            .collect()
    }
}

/// Random bytes from the operating system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|e| Error::Unavailable(format!("the system gives no random numbers: {e}")))?;
    Ok(bytes)
}
