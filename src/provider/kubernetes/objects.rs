//! The few of Kubernetes' objects that are used, and of these the few fields.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    CredentialId, KubernetesGives, KubernetesRole, KubernetesTarget, RequestId, Secret, Time,
};

pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
pub const JIT: &str = "jit";
const REQUEST: &str = "jit.access/request";
const END: &str = "jit.access/end";

const RBAC: &str = "rbac.authorization.k8s.io";
const RBAC_V1: &str = "rbac.authorization.k8s.io/v1";

/// A kind of object: what it is called in JSON, and in URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    ServiceAccount,
    RoleBinding,
    ClusterRoleBinding,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::ServiceAccount => "ServiceAccount",
            Self::RoleBinding => "RoleBinding",
            Self::ClusterRoleBinding => "ClusterRoleBinding",
        }
    }

    pub fn plural(self) -> &'static str {
        match self {
            Self::ServiceAccount => "serviceaccounts",
            Self::RoleBinding => "rolebindings",
            Self::ClusterRoleBinding => "clusterrolebindings",
        }
    }

    /// The first segments of its URLs.
    pub fn root(self) -> &'static [&'static str] {
        match self {
            Self::ServiceAccount => &["api", "v1"],
            Self::RoleBinding | Self::ClusterRoleBinding => &["apis", RBAC, "v1"],
        }
    }

    pub fn group(self) -> &'static str {
        match self {
            Self::ServiceAccount => "",
            Self::RoleBinding | Self::ClusterRoleBinding => RBAC,
        }
    }
}

/// Names one object, or is to be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub kind: Kind,
    /// `None` for what is of the whole cluster.
    pub namespace: Option<String>,
    pub name: String,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.name)?;
        match &self.namespace {
            Some(namespace) => write!(f, " in namespace {namespace}"),
            None => Ok(()),
        }
    }
}

/// Every object of a credential has this name (INVARIANT 11).
pub fn object_name(credential: CredentialId) -> String {
    format!("jit-{credential}")
}

pub fn credential_of(name: &str) -> Option<CredentialId> {
    let id: CredentialId = name.strip_prefix("jit-")?.parse().ok()?;
    // Only as jit writes it: ids are also read in other spellings.
    (object_name(id) == name).then_some(id)
}

pub fn account_place(target: &KubernetesTarget, credential: CredentialId) -> Place {
    Place {
        kind: Kind::ServiceAccount,
        namespace: Some(target.namespace.clone()),
        name: object_name(credential),
    }
}

pub fn binding_place(gives: &KubernetesGives, credential: CredentialId) -> Place {
    let kind = if gives.namespace.is_some() { Kind::RoleBinding } else { Kind::ClusterRoleBinding };
    Place { kind, namespace: gives.namespace.clone(), name: object_name(credential) }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    #[serde(default)]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion_timestamp: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    annotations: Option<BTreeMap<String, String>>,
}

impl Meta {
    pub fn new(place: &Place, request: RequestId, end: Time) -> Self {
        let annotations = [(REQUEST.to_owned(), request.to_string()), (END.to_owned(), end.to_string())];
        Self {
            name: place.name.clone(),
            namespace: place.namespace.clone(),
            deletion_timestamp: None,
            labels: Some([(MANAGED_BY.to_owned(), JIT.to_owned())].into()),
            annotations: Some(annotations.into()),
        }
    }

    /// What of it is not as jit made it.
    pub fn changes(&self, kind: Kind, request: RequestId, end: Time) -> Vec<String> {
        let label = self.labels.as_ref().and_then(|labels| labels.get(MANAGED_BY));
        let annotation = |key: &str| self.annotations.as_ref().and_then(|all| all.get(key));
        let mut changes = Vec::new();
        let mut compare = |key: &str, found: Option<&String>, made: &str| {
            if found.is_none_or(|found| found != made) {
                changes.push(format!("the {} has another {key} than jit gave it", kind.name()));
            }
        };
        compare(MANAGED_BY, label, JIT);
        compare(REQUEST, annotation(REQUEST), &request.to_string());
        compare(END, annotation(END), &end.to_string());
        changes
    }
}

/// A ServiceAccount or a binding of one. Of a kind that has no such field, the field is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Object {
    /// The objects of a list have none.
    #[serde(default)]
    pub api_version: String,
    #[serde(default)]
    pub kind: String,
    pub metadata: Meta,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    automount_service_account_token: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role_ref: Option<RoleRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subjects: Option<Vec<Subject>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoleRef {
    api_group: String,
    kind: String,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Subject {
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
}

impl Object {
    pub fn account(place: &Place, request: RequestId, end: Time) -> Self {
        Self {
            api_version: "v1".to_owned(),
            kind: place.kind.name().to_owned(),
            metadata: Meta::new(place, request, end),
            // No pod is meant to run as it.
            automount_service_account_token: Some(false),
            role_ref: None,
            subjects: None,
        }
    }

    pub fn binding(
        place: &Place,
        account: &Place,
        gives: &KubernetesGives,
        request: RequestId,
        end: Time,
    ) -> Self {
        let (kind, name) = match &gives.role {
            KubernetesRole::Role(name) => ("Role", name),
            KubernetesRole::ClusterRole(name) => ("ClusterRole", name),
        };
        Self {
            api_version: RBAC_V1.to_owned(),
            kind: place.kind.name().to_owned(),
            metadata: Meta::new(place, request, end),
            automount_service_account_token: None,
            role_ref: Some(RoleRef { api_group: RBAC.to_owned(), kind: kind.to_owned(), name: name.clone() }),
            subjects: Some(vec![Subject {
                kind: account.kind.name().to_owned(),
                name: account.name.clone(),
                namespace: account.namespace.clone(),
            }]),
        }
    }

    /// What of the one that stands on the cluster is not as jit made it, each a sentence.
    pub fn changes(&self, found: &Self, kind: Kind, request: RequestId, end: Time) -> Vec<String> {
        let mut changes = found.metadata.changes(kind, request, end);
        if found.metadata.namespace != self.metadata.namespace {
            changes.push(format!("the {} is in another namespace", kind.name()));
        }
        if found.role_ref != self.role_ref {
            changes.push("the binding is of another role".to_owned());
        }
        let (found, made) = (found.subjects.as_deref(), self.subjects.as_deref());
        if found.unwrap_or_default() != made.unwrap_or_default() {
            changes.push("the binding has other subjects than the grant's ServiceAccount".to_owned());
        }
        changes
    }
}

/// A page of a list.
#[derive(Debug, Deserialize)]
pub struct List {
    pub kind: String,
    #[serde(default)]
    pub metadata: ListMeta,
    pub items: Option<Vec<Object>>,
}

#[derive(Debug, Default, Deserialize)]
pub struct ListMeta {
    #[serde(default, rename = "continue")]
    pub next: Option<String>,
}

/// How an API server says that something did not go well.
#[derive(Debug, Default, Deserialize)]
pub struct Status {
    pub kind: String,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub details: Option<StatusDetails>,
}

#[derive(Debug, Default, Deserialize)]
pub struct StatusDetails {
    #[serde(default)]
    pub name: String,
    /// The resource as in URLs: `serviceaccounts`.
    #[serde(default)]
    pub kind: String,
}

/// `authentication.k8s.io/v1`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRequest {
    pub api_version: &'static str,
    pub kind: &'static str,
    pub spec: TokenSpec,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenSpec {
    pub expiration_seconds: u64,
}

#[derive(Debug, Deserialize)]
pub struct TokenAnswer {
    pub kind: String,
    pub status: TokenStatus,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenStatus {
    pub token: Secret,
    pub expiration_timestamp: Time,
}

/// `authorization.k8s.io/v1`
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessReview<'a> {
    pub api_version: &'static str,
    pub kind: &'static str,
    pub spec: AccessSpec<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessSpec<'a> {
    pub resource_attributes: Attributes<'a>,
}

#[derive(Debug, Serialize)]
pub struct Attributes<'a> {
    pub verb: &'a str,
    pub group: &'a str,
    pub resource: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub subresource: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub name: &'a str,
}

#[derive(Debug, Deserialize)]
pub struct AccessAnswer {
    pub kind: String,
    pub status: AccessStatus,
}

#[derive(Debug, Deserialize)]
pub struct AccessStatus {
    pub allowed: bool,
}
