//! The `kubernetes` provider: a ServiceAccount for each grant, bound to the policy's role, and a token of
//! it that ends with the grant.
//!
//! What it can prove is that both objects are gone. The API server then refuses the token's calls at
//! once, as nothing is bound, and the token itself within about ten seconds, for which it remembers whom
//! it knew. A stream that is open (`exec`, `port-forward`, `watch`) is not asked again, and lives on.

mod api;
pub mod exec_credential;
mod objects;
mod rights;
mod token;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{
    CredentialAsk, CredentialId, Gives, KubernetesGives, KubernetesTarget, ProviderKind, RequestId, Resource,
    Target, Time,
};
use crate::provider::{Handle, Intent, Material, Owned, Presence, Provider, ProviderError, Revoked};

use api::{Api, Clients, refused};
use objects::{Kind, Object, Place, account_place, binding_place, credential_of};
use rights::Rights;

pub use token::expiry;

/// A call of the provider, with all that it asks of the cluster.
const CALL: Duration = Duration::from_secs(30);

/// Makes and removes ServiceAccounts and bindings on the clusters that resources name.
#[derive(Clone)]
pub struct KubernetesProvider(Arc<Clusters>);

impl KubernetesProvider {
    /// `now` tells the time; what is left of a grant is the life of its token.
    pub fn new(now: impl Fn() -> Time + Send + Sync + 'static) -> Self {
        Self::with_limits(now, token::SHORTEST, CALL)
    }

    /// Only tests have a cluster that makes tokens for less than ten minutes, and no patience.
    fn with_limits(
        now: impl Fn() -> Time + Send + Sync + 'static,
        shortest: u64,
        patience: Duration,
    ) -> Self {
        Self(Arc::new(Clusters {
            now: Box::new(now),
            shortest,
            patience,
            clients: Clients::default(),
            rights: Rights::default(),
            revoked: Mutex::default(),
            turns: Mutex::default(),
        }))
    }
}

/// What the calls share.
struct Clusters {
    now: Box<dyn Fn() -> Time + Send + Sync>,
    /// The least that a cluster makes a token for, in seconds.
    shortest: u64,
    patience: Duration,
    clients: Clients,
    rights: Rights,
    /// What was revoked, until its end: a grant that comes late brings nothing back. After a restart the
    /// records say it, and nothing is granted under an id that was revoked.
    revoked: Mutex<HashMap<CredentialId, Time>>,
    /// One call at a time that changes a credential: no revocation passes a grant that is under way.
    turns: Mutex<HashMap<CredentialId, Turn>>,
}

type Turn = Arc<tokio::sync::Mutex<()>>;

impl Clusters {
    async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        let late = || ProviderError::Unavailable {
            what: format!("the cluster took longer than {} s", self.patience.as_secs()),
            source: None,
        };
        tokio::time::timeout(self.patience, call).await.unwrap_or_else(|_| Err(late()))
    }

    fn turn(&self, credential: CredentialId) -> Turn {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that nobody holds or waits for.
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(credential).or_default())
    }

    fn not_revoked(&self, credential: CredentialId) -> Result<(), ProviderError> {
        if self.revoked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&credential) {
            return Err(refused("this credential was revoked".to_owned()));
        }
        Ok(())
    }

    fn remember_revoked(&self, handle: &Handle, now: Time) {
        let mut revoked = self.revoked.lock().unwrap_or_else(PoisonError::into_inner);
        revoked.retain(|_, end| *end > now);
        // After its end nothing is granted anyway.
        if handle.end > now {
            revoked.insert(handle.credential, handle.end);
        }
    }

    async fn make(&self, intent: &Intent) -> Result<Material, ProviderError> {
        let made = Made::of(&intent.resource, &intent.gives, intent.credential, intent.request, intent.end)?;
        if !matches!(intent.ask, CredentialAsk::Issue { .. }) {
            return Err(refused("a cluster makes the token itself: nothing else is asked for".to_owned()));
        }
        self.not_revoked(intent.credential)?;
        // Before anything is made: a cluster that cannot make the token needs no ServiceAccount either.
        token::seconds_left(intent.end, (self.now)(), self.shortest)?;
        let api = Arc::new(self.clients.api(made.target).await?);
        self.rights.need(&api, made.target, rights::of_grant(made.gives)).await?;

        // In this order, so that what a crash leaves behind gives nothing without the one before it.
        for (place, object) in made.objects() {
            self.not_revoked(intent.credential)?;
            self.put(&api, &place, &object, intent).await?;
        }
        let seconds = token::seconds_left(intent.end, (self.now)(), self.shortest)?;
        let issued = token::issue(&api, made.target, intent.credential, seconds).await?;
        // A revocation that came in between waits for this grant to end, to remove what it made.
        let token = issued.ending_by(intent.end).and_then(|token| {
            self.not_revoked(intent.credential)?;
            Ok(token)
        });
        let token = match token {
            Ok(token) => token,
            Err(error) => {
                made.remove(&api).await?;
                return Err(error);
            }
        };
        Ok(Material::Kubernetes {
            server: made.target.server.clone(),
            ca: api.ca(),
            namespace: made.gives.namespace.clone(),
            token,
        })
    }

    /// Makes the object; the same one that is there from an earlier call is as good.
    async fn put(
        &self,
        api: &Api,
        place: &Place,
        object: &Object,
        intent: &Intent,
    ) -> Result<(), ProviderError> {
        if api.create(place, object).await? {
            return Ok(());
        }
        let Some(found) = api.get(place).await? else {
            return Err(ProviderError::Unavailable {
                what: format!("{place} is removed at this moment"),
                source: None,
            });
        };
        let mut changes = object.changes(&found, place.kind, intent.request, intent.end);
        if found.metadata.deletion_timestamp.is_some() {
            changes.push("it is being deleted".to_owned());
        }
        if changes.is_empty() {
            return Ok(());
        }
        Err(refused(format!("{place} is there, and not as jit makes it: {}", changes.join("; "))))
    }

    async fn list(&self, resource: &Resource, known: &[Handle]) -> Result<Vec<Owned>, ProviderError> {
        let target = target_of(resource)?;
        let api = self.clients.api(target).await?;
        let mut found: BTreeMap<CredentialId, Vec<(Kind, Object)>> = BTreeMap::new();
        let all = [
            (Kind::ServiceAccount, Some(target.namespace.as_str())),
            (Kind::RoleBinding, None),
            (Kind::ClusterRoleBinding, None),
        ];
        for (kind, namespace) in all {
            for object in api.list(kind, namespace).await? {
                if let Some(credential) = credential_of(&object.metadata.name) {
                    found.entry(credential).or_default().push((kind, object));
                }
            }
        }
        for handle in known {
            let made = Made::from(handle)?;
            let objects = found.entry(handle.credential).or_default();
            for (place, _) in made.objects() {
                // Somebody may have taken the label away.
                if !objects.iter().any(|(kind, object)| place.is(*kind, object)) {
                    objects.extend(api.get(&place).await?.map(|object| (place.kind, object)));
                }
            }
        }
        let known: HashMap<CredentialId, &Handle> = known.iter().map(|h| (h.credential, h)).collect();
        found.retain(|_, objects| !objects.is_empty());
        found
            .into_iter()
            .map(|(credential, objects)| {
                let changes = match known.get(&credential) {
                    Some(handle) => Made::from(handle)?.changes(&objects),
                    None => Vec::new(),
                };
                // A ServiceAccount alone can be given a token and a binding by others.
                Ok(Owned { credential, live: true, changes })
            })
            .collect()
    }
}

/// The two objects of a credential.
struct Made<'a> {
    target: &'a KubernetesTarget,
    gives: &'a KubernetesGives,
    account: Place,
    binding: Place,
    request: RequestId,
    end: Time,
}

impl<'a> Made<'a> {
    fn of(
        resource: &'a Resource,
        gives: &'a Gives,
        credential: CredentialId,
        request: RequestId,
        end: Time,
    ) -> Result<Self, ProviderError> {
        let target = target_of(resource)?;
        let Gives::Kubernetes(gives) = gives else {
            return Err(refused(format!("the role gives access by {}, not kubernetes", gives.provider())));
        };
        let (account, binding) = (account_place(target, credential), binding_place(gives, credential));
        Ok(Self { target, gives, account, binding, request, end })
    }

    fn from(handle: &'a Handle) -> Result<Self, ProviderError> {
        Self::of(&handle.resource, &handle.gives, handle.credential, handle.request, handle.end)
    }

    fn objects(&self) -> [(Place, Object); 2] {
        let account = Object::account(&self.account, self.request, self.end);
        let binding = Object::binding(&self.binding, &self.account, self.gives, self.request, self.end);
        [(self.account.clone(), account), (self.binding.clone(), binding)]
    }

    /// The binding first: without it the token is good for nothing, however long it is remembered.
    async fn remove(&self, api: &Api) -> Result<(), ProviderError> {
        let binding = api.delete(&self.binding).await;
        // Tried also where the other failed: each takes the access away by itself.
        let account = api.delete(&self.account).await;
        binding.and(account)
    }

    /// What of these objects is not as jit made them.
    fn changes(&self, found: &[(Kind, Object)]) -> Vec<String> {
        let mut changes = Vec::new();
        for (place, made) in self.objects() {
            match found.iter().find(|(kind, object)| place.is(*kind, object)) {
                Some((kind, object)) => {
                    changes.extend(made.changes(object, *kind, self.request, self.end));
                }
                None => changes.push(format!("the {} is missing", place.kind.name())),
            }
        }
        let others = found
            .iter()
            .filter(|(kind, object)| !self.account.is(*kind, object) && !self.binding.is(*kind, object));
        changes.extend(others.map(|(kind, object)| {
            let namespace = object.metadata.namespace.as_deref().map(crate::domain::text::escape);
            match namespace {
                Some(namespace) => format!("a {} in namespace {namespace} is not jit's", kind.name()),
                None => format!("a {} is not jit's", kind.name()),
            }
        }));
        changes
    }
}

impl Place {
    fn is(&self, kind: Kind, object: &Object) -> bool {
        self.kind == kind && self.namespace == object.metadata.namespace && self.name == object.metadata.name
    }
}

fn target_of(resource: &Resource) -> Result<&KubernetesTarget, ProviderError> {
    match &resource.target {
        Target::Kubernetes(target) => Ok(target),
        _ => Err(refused(format!("{} is no kubernetes resource", resource.name))),
    }
}

#[async_trait]
impl Provider for KubernetesProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Kubernetes
    }

    /// What a role needs beside is asked at the beginning of its grant, before anything is made.
    async fn preflight(&self, resource: &Resource) -> Result<(), ProviderError> {
        let target = target_of(resource)?;
        self.0
            .in_time(async {
                let api = Arc::new(self.0.clients.api(target).await?);
                self.0.rights.need(&api, target, rights::of_target(target)).await
            })
            .await
    }

    /// Repeated, it gives another token of the same ServiceAccount: one revocation ends them all.
    async fn grant(&self, intent: &Intent) -> Result<Material, ProviderError> {
        let (clusters, intent) = (Arc::clone(&self.0), intent.clone());
        // It runs to its end also where the caller gives it up: what is half sent arrives all the same,
        // and would come after the revocation.
        let made = tokio::spawn(async move {
            let turn = clusters.turn(intent.credential);
            clusters
                .in_time(async {
                    let _turn = turn.lock().await;
                    clusters.make(&intent).await
                })
                .await
        });
        made.await.map_err(|error| ProviderError::Unavailable {
            what: "the grant broke off".to_owned(),
            source: Some(Box::new(error)),
        })?
    }

    async fn revoke(&self, handle: &Handle, now: Time) -> Result<Revoked, ProviderError> {
        self.0.remember_revoked(handle, now);
        let turn = self.0.turn(handle.credential);
        self.0
            .in_time(async {
                let made = Made::from(handle)?;
                let _turn = turn.lock().await;
                made.remove(&self.0.clients.api(made.target).await?).await
            })
            .await?;
        // An API server does not tell which streams are open.
        Ok(Revoked { sessions: None })
    }

    /// INVARIANT 4: absent when the API server says of both objects that they are not there.
    async fn verify_absent(&self, handle: &Handle, _now: Time) -> Result<Presence, ProviderError> {
        self.0
            .in_time(async {
                let made = Made::from(handle)?;
                let api = self.0.clients.api(made.target).await?;
                for place in [&made.binding, &made.account] {
                    if let Some(object) = api.get(place).await? {
                        let how = match object.metadata.deletion_timestamp {
                            Some(_) => "is being deleted, and something holds it (a finalizer)",
                            None => "is there",
                        };
                        return Ok(Presence::Present(format!("{place} {how}")));
                    }
                }
                Ok(Presence::Absent)
            })
            .await
    }

    async fn inventory(
        &self,
        resource: &Resource,
        known: &[Handle],
        _now: Time,
    ) -> Result<Vec<Owned>, ProviderError> {
        self.0.in_time(self.0.list(resource, known)).await
    }
}

#[cfg(test)]
mod tests;
