use serde::{Deserialize, Serialize};

/// A cluster, through its API server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesTarget {
    /// The API server's URL.
    pub server: String,
    /// A file of certificates in PEM that the server's is checked with, in place of the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// A private file with the token of jit's own ServiceAccount.
    pub token_file: String,
    /// The namespace in which jit keeps the ServiceAccounts of grants.
    pub namespace: String,
}

impl KubernetesTarget {
    pub(super) fn is_same_place(&self, other: &Self) -> bool {
        self.server == other.server && self.namespace == other.namespace
    }
}

/// A binding of the grant's own ServiceAccount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KubernetesGives {
    pub role: KubernetesRole,
    /// The one namespace in which it is bound; without, it holds in the whole cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// What is bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum KubernetesRole {
    /// A `Role` of the namespace.
    Role(String),
    ClusterRole(String),
}

impl KubernetesGives {
    pub(super) fn lines(&self) -> Vec<String> {
        let role = match &self.role {
            KubernetesRole::Role(name) => format!("Role {name}"),
            KubernetesRole::ClusterRole(name) => format!("ClusterRole {name}"),
        };
        vec![match &self.namespace {
            Some(namespace) => format!("{role} in namespace {namespace}"),
            None => format!("{role} in the whole cluster"),
        }]
    }
}
