//! The `exec` provider: a program of its own grants and takes away, and speaks jit-provider(7).
//!
//! What it says is believed only where it is exactly what the protocol allows: everything else is a failure,
//! and what may have been granted is taken back (INVARIANT 9).

mod protocol;
mod run;
mod variables;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Semaphore;

use crate::domain::{ExecGives, ExecTarget, Gives, ProviderKind, Resource, Target, Time};
use crate::plugin::Hello;
use crate::provider::{Handle, Intent, Material, Owned, Presence, Provider, ProviderError, Revoked};
use protocol::{Inventory, KnownCall, Nothing, On, Sessions, Verified};

pub use protocol::{CALLS, ENFORCES_END, PROTOCOL};

/// Plugins that grant at the same time. Those that end access are not held up by them (INVARIANT 14).
const GRANTS_AT_ONCE: usize = 8;

/// Looks up a variable of jit's own environment.
pub type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

/// Runs a resource's program, once for each call.
#[derive(Clone)]
pub struct ExecProvider {
    lookup: Arc<Lookup>,
    grants: Arc<Semaphore>,
}

impl ExecProvider {
    /// `lookup` gives plugins the variables that the policy names, and is asked for no other.
    pub fn new(lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self { lookup: Arc::new(lookup), grants: Arc::new(Semaphore::new(GRANTS_AT_ONCE)) }
    }

    /// What the resource's plugin says of itself.
    ///
    /// # Errors
    /// When it cannot be run, or does not speak our version.
    pub async fn hello(&self, resource: &Resource) -> Result<Hello, ProviderError> {
        Ok(self.open(target(resource)?).await?.hello().clone())
    }

    async fn grant_turn(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        // Nobody closes it.
        self.grants.acquire().await.ok()
    }

    /// A credential that would outlive what was asked for is ended at once, and not only by whoever gets
    /// the error: a grant may be repeated long after the first one was recorded (INVARIANT 3).
    async fn too_long(&self, intent: &Intent, end: Time) -> ProviderError {
        let what =
            format!("the plugin of {} gave access until {end}, not {}", intent.resource.name, intent.end);
        let after = match self.take_back(&intent.into()).await {
            Ok(_) => "it was taken back".to_owned(),
            Err(error) => format!("it could not be taken back yet: {error}"),
        };
        ProviderError::Refused(format!("{what}; {after}"))
    }

    async fn take_back(&self, handle: &Handle) -> Result<Sessions, ProviderError> {
        let target = target(&handle.resource)?;
        self.ask(target, "revoke", &protocol::handle_call(handle, target)?).await
    }
}

#[async_trait]
impl Provider for ExecProvider {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Exec
    }

    /// It has to offer every call, to have its variables, and to say that it could revoke.
    async fn preflight(&self, resource: &Resource) -> Result<(), ProviderError> {
        let target = target(resource)?;
        let missing = |name: &&String| (self.lookup)(name).is_none();
        if let Some(name) = target.environment.iter().find(missing) {
            let what =
                format!("the plugin of {} needs {name}, and jit's environment has none", resource.name);
            return Err(ProviderError::Refused(what));
        }
        let _turn = self.grant_turn().await;
        let mut plugin = self.open(target).await?;
        let offers: BTreeSet<&str> = plugin.hello().capabilities.iter().map(String::as_str).collect();
        let missing: Vec<&str> = CALLS.into_iter().filter(|call| !offers.contains(call)).collect();
        if !missing.is_empty() {
            let what = format!("the plugin of {} does not offer {}", resource.name, missing.join(", "));
            return Err(ProviderError::Refused(what));
        }
        let call = On { resource: protocol::resource(resource, target) };
        run::ask(&mut plugin, "preflight", &call).await.map(|Nothing {}| ())
    }

    async fn grant(&self, intent: &Intent) -> Result<Material, ProviderError> {
        let target = target(&intent.resource)?;
        let call = protocol::grant_call(intent, target)?;
        let _turn = self.grant_turn().await;
        let mut plugin = self.open(target).await?;
        let answer = run::ask_secret(&mut plugin, "grant", &call).await?;
        let enforces = plugin.hello().capabilities.iter().any(|capability| capability == ENFORCES_END);
        match protocol::granted(&answer, enforces) {
            Ok(granted) => match granted.end {
                Some(end) if end > intent.end => Err(self.too_long(intent, end).await),
                _ => Ok(Material::Exec { variables: granted.variables }),
            },
            Err(why) => Err(run::failed(plugin.junk(&why).await)),
        }
    }

    async fn revoke(&self, handle: &Handle, _now: Time) -> Result<Revoked, ProviderError> {
        let Sessions { sessions } = self.take_back(handle).await?;
        Ok(Revoked { sessions })
    }

    async fn verify_absent(&self, handle: &Handle, _now: Time) -> Result<Presence, ProviderError> {
        let target = target(&handle.resource)?;
        let mut plugin = self.open(target).await?;
        let call = protocol::handle_call(handle, target)?;
        let answer: Verified = run::ask(&mut plugin, "verify", &call).await?;
        match answer.presence() {
            Ok(presence) => Ok(presence),
            Err(why) => Err(run::failed(plugin.junk(why).await)),
        }
    }

    async fn inventory(
        &self,
        resource: &Resource,
        known: &[Handle],
        _now: Time,
    ) -> Result<Vec<Owned>, ProviderError> {
        let target = target(resource)?;
        let call = KnownCall {
            resource: protocol::resource(resource, target),
            known: known.iter().map(protocol::known).collect::<Result<_, _>>()?,
        };
        let mut plugin = self.open_for(target, run::INVENTORY_OUTPUT).await?;
        let answer: Inventory = run::ask(&mut plugin, "inventory", &call).await?;
        match answer.owned() {
            Ok(owned) => Ok(owned),
            Err(why) => Err(run::failed(plugin.junk(&why).await)),
        }
    }
}

fn target(resource: &Resource) -> Result<&ExecTarget, ProviderError> {
    match &resource.target {
        Target::Exec(target) => Ok(target),
        _ => Err(ProviderError::Refused(format!("{} is no exec resource", resource.name))),
    }
}

fn parameters(gives: &Gives) -> Result<&ExecGives, ProviderError> {
    match gives {
        Gives::Exec(gives) => Ok(gives),
        _ => Err(ProviderError::Refused("the role gives nothing by exec".to_owned())),
    }
}

#[cfg(test)]
mod tests;
