//! What jit's own ServiceAccount may do, asked of the cluster before anything is made there: whoever
//! could grant and not revoke is refused.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::domain::{KubernetesGives, KubernetesRole, KubernetesTarget};
use crate::provider::ProviderError;

use super::api::{Api, refused};
use super::objects::{AccessAnswer, AccessReview, AccessSpec, Attributes, Kind, Place};

/// A right that was there is taken to be there for so long.
const FRESH: Duration = Duration::from_secs(5);
/// Rights remembered; beyond it all are asked for anew.
const MOST: usize = 4096;

/// One thing that jit has to be allowed to do.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Right {
    verb: &'static str,
    group: &'static str,
    /// As in URLs.
    resource: &'static str,
    subresource: &'static str,
    namespace: Option<String>,
    name: String,
}

impl Right {
    fn on(kind: Kind, verb: &'static str, namespace: Option<&str>) -> Self {
        Self {
            verb,
            group: kind.group(),
            resource: kind.plural(),
            subresource: "",
            namespace: namespace.map(str::to_owned),
            name: String::new(),
        }
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.resource)?;
        if !self.subresource.is_empty() {
            write!(f, "/{}", self.subresource)?;
        }
        if !self.name.is_empty() {
            write!(f, " {}", self.name)?;
        }
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => f.write_str(" in the whole cluster"),
        }
    }
}

/// What every grant needs, whatever its role.
pub fn of_target(target: &KubernetesTarget) -> Vec<Right> {
    let own = Some(target.namespace.as_str());
    let mut rights: Vec<Right> =
        ["create", "get", "list", "delete"].map(|verb| Right::on(Kind::ServiceAccount, verb, own)).into();
    rights.push(Right { subresource: "token", ..Right::on(Kind::ServiceAccount, "create", own) });
    // What a crash left behind may be in any namespace.
    rights.extend([Kind::RoleBinding, Kind::ClusterRoleBinding].map(|kind| Right::on(kind, "list", None)));
    rights
}

/// What this grant needs beside that.
pub fn of_grant(gives: &KubernetesGives) -> Vec<Right> {
    let namespace = gives.namespace.as_deref();
    let kind = if namespace.is_some() { Kind::RoleBinding } else { Kind::ClusterRoleBinding };
    let mut rights: Vec<Right> =
        ["create", "get", "delete"].map(|verb| Right::on(kind, verb, namespace)).into();
    let (resource, name) = match &gives.role {
        KubernetesRole::Role(name) => ("roles", name),
        KubernetesRole::ClusterRole(name) => ("clusterroles", name),
    };
    // Without it a binding is refused as escalation, unless jit had all rights of the role itself:
    // more than it should have.
    rights.push(Right { verb: "bind", resource, name: name.clone(), ..Right::on(kind, "bind", namespace) });
    rights
}

/// Rights that were there a moment ago.
#[derive(Debug, Default)]
pub struct Rights(Mutex<HashMap<(Credentials, Right), Instant>>);

/// Whose rights they are: the server, and the files that jit's own token and trust come from.
type Credentials = (String, Option<String>, String);

impl Rights {
    /// Refuses with every right that is missing.
    pub async fn need(
        &self,
        api: &Arc<Api>,
        target: &KubernetesTarget,
        rights: Vec<Right>,
    ) -> Result<(), ProviderError> {
        let key = (target.server.clone(), target.ca_file.clone(), target.token_file.clone());
        let fresh: HashSet<Right> = {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            rights
                .iter()
                .filter(|right| {
                    known.get(&(key.clone(), (*right).clone())).is_some_and(|at| at.elapsed() < FRESH)
                })
                .cloned()
                .collect()
        };
        let mut asked = JoinSet::new();
        for (number, right) in rights.into_iter().enumerate().filter(|(_, right)| !fresh.contains(right)) {
            let (api, target) = (Arc::clone(api), target.clone());
            asked.spawn(async move {
                let at = Instant::now();
                let has = has(&api, &target, &right).await;
                (number, right, at, has)
            });
        }
        let mut missing = Vec::new();
        while let Some(answer) = asked.join_next().await {
            let (number, right, at, has) = answer.map_err(|error| ProviderError::Unavailable {
                what: "the rights on the cluster were not read".to_owned(),
                source: Some(Box::new(error)),
            })?;
            if has? {
                let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if known.len() >= MOST {
                    known.clear();
                }
                known.insert((key.clone(), right), at);
            } else {
                missing.push((number, right.to_string()));
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort();
        let missing: Vec<String> = missing.into_iter().map(|(_, right)| right).collect();
        Err(refused(format!("jit's own ServiceAccount may not {}", missing.join("; nor "))))
    }
}

async fn has(api: &Api, target: &KubernetesTarget, right: &Right) -> Result<bool, ProviderError> {
    let review = AccessReview {
        api_version: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: AccessSpec {
            resource_attributes: Attributes {
                verb: right.verb,
                group: right.group,
                resource: right.resource,
                subresource: right.subresource,
                namespace: right.namespace.as_deref(),
                name: &right.name,
            },
        },
    };
    let path = ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"];
    let about = Place {
        kind: Kind::ServiceAccount,
        namespace: Some(target.namespace.clone()),
        name: "of jit".to_owned(),
    };
    let answer: AccessAnswer = api.ask(&about, &path, &review).await?;
    if answer.kind != "SelfSubjectAccessReview" {
        return Err(refused("asked for its rights, the API server answered something else".to_owned()));
    }
    Ok(answer.status.allowed)
}
