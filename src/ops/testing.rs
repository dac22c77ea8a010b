//! A small world for tests of the use cases: a clock that is set by hand, a target that fails on demand,
//! the real store in a temporary folder, the example policy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use super::*;
use crate::api;
use crate::audit::SigningKey;
use crate::domain::{
    Actor, CredentialId, Delegation, Name, Powers, ProviderKind, Resource, Span, State, Time,
};
use crate::lookup::{Lookup, LookupError, Tickets};
use crate::policy::oncall::OnCallSource;
use crate::policy::ticket::{TicketAnswer, TicketSystem};
use crate::policy::{Policy, SourceFile};
use crate::provider::{Handle, Intent, Material, Owned, Presence, Provider, ProviderError, Revoked};
use crate::store::PieceFiles;
use crate::store::sqlite::SqliteStore;
use crate::store::{Change, EventFilter, Store, Write};

/// Everybody whom the policies of these tests name.
macro_rules! with_people {
    ($policy:literal) => {
        concat!(
            r#"
[person]
me = {}
root = {}
alice = {}
bob = {}
"bob.two" = { alias-of = "bob" }
carol = {}
"carol.two" = { alias-of = "carol" }
dave = {}
eve = {}
[service]
ci = { owner = "carol" }
[label]
env = ["staging", "production"]
"#,
            $policy
        )
    };
}
pub(crate) use with_people;

pub const POLICY: &str = with_people!(
    r#"
[group.contractors]
members = ["carol", "carol.two", "ci"]
[group.leads]
members = ["alice", "bob", "bob.two", "dave", "carol", "ci"]

[resource.web-1]
provider = "ssh"
address = "web-1.example.net"
labels = { env = "staging" }
[resource.web-2]
provider = "ssh"

[role.self]
description = "Approves itself"
resources = ["web-1"]
requesters = ["group:contractors", "me"]
auto-approve = "resource.labels.env == 'staging'"
max-duration = "1h"
[role.self.ssh]
principals = ["deploy"]

[role.one]
description = "One approval"
resources = ["web-*"]
requesters = ["group:contractors"]
approvers = ["group:leads"]
approvals = 1
max-duration = "2h"
require = { reason = true, ticket = "OPS-[0-9]+" }
[role.one.ssh]
principals = ["deploy"]

[role.two]
description = "Two approvals"
resources = ["web-1"]
requesters = ["group:contractors"]
approvers = ["group:leads"]
approvals = 2
max-duration = "30m"
pending-timeout = "10m"
claim-timeout = "20m"
[role.two.ssh]
principals = ["root"]
"#
);

/// Longer than any test.
pub const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);

pub fn policy(text: &str) -> Policy {
    Policy::parse(&[SourceFile { name: "test.toml".into(), text: text.into() }]).unwrap()
}

pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, secs: i64) {
        self.0.fetch_add(secs * 1000, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Time {
        Time::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// A target that remembers what is on it, and fails when told to.
#[derive(Default)]
pub struct Target {
    pub live: Mutex<BTreeMap<CredentialId, Time>>,
    pub down: AtomicBool,
    /// Says that it revoked, and did not.
    pub lies: AtomicBool,
    pub grants: AtomicI64,
    /// Whose end never answers.
    pub hangs: Mutex<Option<CredentialId>>,
    /// What somebody did by hand.
    pub changed: Mutex<Option<CredentialId>>,
}

impl Target {
    pub fn live(&self) -> usize {
        self.live.lock().unwrap().len()
    }

    fn up(&self) -> Result<(), ProviderError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(ProviderError::Unavailable { what: "the target is down".into(), source: None });
        }
        Ok(())
    }
}

#[async_trait]
impl Provider for Target {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Ssh
    }

    async fn preflight(&self, _: &Resource) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn grant(&self, intent: &Intent) -> Result<Material, ProviderError> {
        self.up()?;
        self.grants.fetch_add(1, Ordering::SeqCst);
        self.live.lock().unwrap().insert(intent.credential, intent.end);
        Ok(Material::Ssh { certificate: format!("certificate {}", intent.credential) })
    }

    async fn revoke(&self, handle: &Handle, _: Time) -> Result<Revoked, ProviderError> {
        self.up()?;
        let hangs = *self.hangs.lock().unwrap() == Some(handle.credential);
        if hangs {
            std::future::pending::<()>().await;
        }
        if !self.lies.load(Ordering::SeqCst) {
            self.live.lock().unwrap().remove(&handle.credential);
        }
        Ok(Revoked::default())
    }

    async fn verify_absent(&self, handle: &Handle, _: Time) -> Result<Presence, ProviderError> {
        self.up()?;
        Ok(if self.live.lock().unwrap().contains_key(&handle.credential) {
            Presence::Present("a session is open".into())
        } else {
            Presence::Absent
        })
    }

    async fn inventory(&self, _: &Resource, _: &[Handle], _: Time) -> Result<Vec<Owned>, ProviderError> {
        self.up()?;
        let live = self.live.lock().unwrap();
        let changed = *self.changed.lock().unwrap();
        let changes = |id| if changed == Some(id) { vec!["made a superuser".to_owned()] } else { Vec::new() };
        Ok(live.keys().map(|&id| Owned { credential: id, live: true, changes: changes(id) }).collect())
    }
}

/// What is asked outside, and answers what a test says; nothing else gets an answer.
#[derive(Default)]
pub struct Outside {
    /// State and assignee, by ticket.
    pub tickets: Mutex<BTreeMap<String, (String, Option<String>)>>,
    pub on_call: Mutex<Option<BTreeSet<Name>>>,
    /// How often it was asked for a ticket.
    pub asked: AtomicI64,
}

impl Outside {
    pub fn ticket(&self, ticket: &str, state: &str, assignee: &str) {
        let said = (state.to_owned(), Some(assignee.to_owned()));
        self.tickets.lock().unwrap().insert(ticket.to_owned(), said);
    }

    /// The ticket system does not answer any more.
    pub fn is_down(&self) {
        self.tickets.lock().unwrap().clear();
    }

    pub fn on_call(&self, names: &[&str]) {
        *self.on_call.lock().unwrap() = Some(names.iter().map(|name| name.parse().unwrap()).collect());
    }
}

#[async_trait]
impl Tickets for Outside {
    async fn ask(&self, _: &TicketSystem, ticket: &str, _: &Name) -> Result<TicketAnswer, LookupError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let said = self.tickets.lock().unwrap().get(ticket).cloned();
        let (state, assignee) = said.ok_or(LookupError::NobodyToAsk)?;
        Ok(TicketAnswer { ticket: ticket.to_owned(), state, assignee })
    }
}

#[async_trait]
impl Lookup for Outside {
    async fn on_call(&self, _: &OnCallSource) -> Result<BTreeSet<Name>, LookupError> {
        self.on_call.lock().unwrap().clone().ok_or(LookupError::NobodyToAsk)
    }
}

pub struct World {
    pub engine: Arc<Engine>,
    pub store: Arc<SqliteStore>,
    pub clock: Arc<TestClock>,
    pub target: Arc<Target>,
    pub outside: Arc<Outside>,
    pub admin: Caller,
    /// Removed last.
    dir: tempfile::TempDir,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Home::Directory, POLICY).await
    }

    pub async fn with(home: Home, text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Arc::new(SqliteStore::open(&dir.path().join("data")).unwrap());
        let clock = Arc::new(TestClock(AtomicI64::new(1_800_000_000_000)));
        let target = Arc::new(Target::default());
        let outside = Arc::new(Outside::default());
        let engine = start(&store, &clock, &target, &outside, home, text, dir.path()).await;
        let admin = Caller {
            actor: Actor::person(principal("root", home)),
            powers: Powers::administrator(),
            from: None,
            session: None,
        };
        let world = Self { engine, store, clock, target, outside, admin, dir };
        if home == Home::Directory {
            world.engine.first_admin(&"root".parse().unwrap()).await.unwrap().unwrap();
            for name in ["alice", "bob", "carol", "dave", "eve"] {
                world.add(name, crate::domain::Kind::Person, None).await;
            }
            world.add("bob.two", crate::domain::Kind::Person, Some("bob")).await;
            world.add("carol.two", crate::domain::Kind::Person, Some("carol")).await;
            world.add("ci", crate::domain::Kind::Service, Some("carol")).await;
        }
        world
    }

    async fn add(&self, name: &str, kind: crate::domain::Kind, human: Option<&str>) {
        let human = human.map(|human| human.parse().unwrap());
        let user = api::NewUser { name: name.parse().unwrap(), kind, human, admin: false };
        self.engine.add_user(&self.admin, &user).await.unwrap();
    }

    /// Everything in memory is lost, as by `kill -9`; the store and the target stay.
    pub async fn restart(&mut self, text: &str) {
        let home = self.engine.home;
        let (outside, dir) = (&self.outside, self.dir.path());
        self.engine = start(&self.store, &self.clock, &self.target, outside, home, text, dir).await;
    }

    pub async fn as_user(&self, name: &str) -> Caller {
        let user = self.store.user(&name.parse().unwrap()).await.unwrap().unwrap();
        let powers = self.engine.powers_of(&user).await.unwrap();
        Caller { actor: user.actor(&"jit".parse().unwrap()), powers, from: None, session: None }
    }

    pub async fn store_user(&self, name: &str) -> crate::store::User {
        self.store.user(&name.parse().unwrap()).await.unwrap().unwrap()
    }

    pub async fn ask(&self, who: &str, role: &str) -> api::Request {
        let ask = new_request(role);
        self.engine.request(&self.as_user(who).await, &ask).await.unwrap().request
    }

    pub async fn approve(&self, who: &str, request: &api::Request) -> Result<api::Request, Error> {
        let ask = api::Approve { shown: request.shown, max: None, comment: None };
        self.engine.approve(&self.as_user(who).await, &request.id.to_string(), &ask).await
    }

    pub async fn use_it(&self, who: &str, request: &api::Request) -> Result<api::Credential, Error> {
        let ask = api::CredentialAsk::Ssh { public_key: "ssh-ed25519 AAAA".into() };
        self.engine.credential(&self.as_user(who).await, &request.id.to_string(), &ask).await
    }

    /// What becomes of an ask that may be refused.
    pub async fn try_ask(&self, who: &str, ask: &api::NewRequest) -> Result<api::Filed, Error> {
        self.engine.request(&self.as_user(who).await, ask).await
    }

    /// With a key of its own, so that it is never the same ask again.
    pub async fn use_again(&self, who: &str, request: &api::Request) -> Result<api::Credential, Error> {
        let key = format!("ssh-ed25519 {}", self.target.grants.load(Ordering::SeqCst));
        let ask = api::CredentialAsk::Ssh { public_key: key };
        self.engine.credential(&self.as_user(who).await, &request.id.to_string(), &ask).await
    }

    pub async fn deny(&self, who: &str, request: &api::Request) -> Result<api::Request, Error> {
        let ask = api::Deny { comment: "no".into() };
        self.engine.deny(&self.as_user(who).await, &request.id.to_string(), &ask).await
    }

    pub async fn show(&self, who: &str, request: &api::Request) -> Result<api::Request, Error> {
        self.engine.show(&self.as_user(who).await, &request.id.to_string()).await
    }

    pub async fn extend(&self, who: &str, request: &api::Request, secs: u64) -> Result<api::Request, Error> {
        let ask = api::Extend { by: Span::clamped(secs), reason: "not done yet".into() };
        self.engine.extend(&self.as_user(who).await, &request.id.to_string(), &ask).await
    }

    /// Lets `to` decide in the place of `from`, from now on.
    pub async fn delegate(&self, from: &str, to: &str, secs: u64) {
        let since = self.clock.now();
        let until = since.plus(Span::clamped(secs));
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        self.put(Write::PutDelegation(Delegation { from, to, role: None, since, until })).await;
    }

    pub async fn take_delegation_back(&self, from: &str, to: &str) {
        self.put(Write::RemoveDelegation { from: from.parse().unwrap(), to: to.parse().unwrap() }).await;
    }

    async fn put(&self, write: Write) {
        self.store.commit(Change { writes: vec![write], events: Vec::new() }).await.unwrap();
        self.engine.load_delegations().await.unwrap();
    }

    /// So much later, and what was due by then is done.
    pub async fn later(&self, secs: i64) {
        self.clock.advance(secs);
        self.engine.reconcile(PATIENCE).await.unwrap();
    }

    /// What the events of that kind say of it, the oldest first.
    pub async fn told(&self, kind: &str, what: &str) -> Vec<String> {
        let filter = EventFilter { kind: Some(kind.to_owned()), limit: 10_000, ..EventFilter::default() };
        let events = self.store.events(&filter).await.unwrap();
        events.iter().filter_map(|stored| stored.event.event.data.get(what).cloned()).collect()
    }

    pub async fn revoke(&self, who: &str, which: api::Which) -> Result<api::Revoked, Error> {
        self.engine.revoke(&self.as_user(who).await, &api::Revoke { which, comment: None }).await
    }

    pub async fn state(&self, request: &api::Request) -> State {
        self.store.request(request.id).await.unwrap().unwrap().state
    }

    pub async fn active(&self) -> api::Request {
        let request = self.ask("carol", "one").await;
        self.approve("bob", &request).await.unwrap();
        self.use_it("carol", &request).await.unwrap().request
    }

    /// Where pieces of activity are kept.
    pub fn pieces(&self) -> PathBuf {
        self.dir.path().join("data/activity")
    }

    /// How many events of that kind there are.
    pub async fn count(&self, kind: &str) -> usize {
        let filter = EventFilter { kind: Some(kind.to_owned()), limit: 10_000, ..EventFilter::default() };
        self.store.events(&filter).await.unwrap().len()
    }
}

pub fn new_request(role: &str) -> api::NewRequest {
    api::NewRequest {
        role: role.into(),
        resource: (role == "one").then(|| "web-1".into()),
        duration: Span::clamped(600),
        start: None,
        reason: "fix the shop".into(),
        ticket: (role == "one").then(|| "OPS-1".into()),
        idempotency_key: None,
        break_glass: false,
        once: false,
        dry_run: false,
    }
}

fn principal(name: &str, home: Home) -> crate::domain::Principal {
    let issuer: Name = if home == Home::Directory { "jit" } else { "os" }.parse().unwrap();
    crate::domain::Principal { issuer, subject: name.parse().unwrap() }
}

async fn start(
    store: &Arc<SqliteStore>,
    clock: &Arc<TestClock>,
    target: &Arc<Target>,
    outside: &Arc<Outside>,
    home: Home,
    text: &str,
    dir: &Path,
) -> Arc<Engine> {
    Engine::start(Parts {
        store: Arc::clone(store) as _,
        pieces: Arc::new(PieceFiles::open(&dir.join("data/activity")).unwrap()),
        providers: vec![Arc::clone(target) as _],
        clock: Arc::clone(clock) as _,
        home,
        policy: policy(text).into(),
        outside: Arc::clone(outside) as _,
        log_key: SigningKey::from_seed("test-log", &[7; 32]).unwrap(),
    })
    .await
    .unwrap()
}
