//! Targets: how each kind is reached, and what a role gives on it. One file a provider.

mod aws;
mod aws_session;
mod exec;
mod kubernetes;
mod postgres;
mod ssh;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Name;

pub use aws::{AwsGives, AwsTarget, RoleArn, SessionPolicyError};
pub use exec::{ExecGives, ExecTarget};
pub use kubernetes::{KubernetesGives, KubernetesRole, KubernetesTarget};
pub use postgres::{OnEnd, PostgresGives, PostgresTarget, Tls};
pub use ssh::SshGives;

/// The code that makes access real on a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    Ssh,
    Postgres,
    Aws,
    Kubernetes,
    /// A program that speaks jit-provider(7).
    Exec,
}

impl ProviderKind {
    pub const ALL: [Self; 5] = [Self::Ssh, Self::Postgres, Self::Aws, Self::Kubernetes, Self::Exec];

    /// As a policy writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::Postgres => "postgres",
            Self::Aws => "aws",
            Self::Kubernetes => "kubernetes",
            Self::Exec => "exec",
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One target instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    pub name: Name,
    /// `host` or `host:port`: where the requester reaches it, and the provider too where it has to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    pub target: Target,
}

impl Resource {
    pub fn provider(&self) -> ProviderKind {
        self.target.provider()
    }

    /// Whether a credential that was made on one is found on the other: where the policy only says anew
    /// how to log in, what it says today is what to use.
    pub fn is_same_place(&self, other: &Self) -> bool {
        if self.provider() != ProviderKind::Ssh && self.address != other.address {
            return false;
        }
        match (&self.target, &other.target) {
            (Target::Ssh, Target::Ssh) => true,
            (Target::Postgres(_), Target::Postgres(_)) => true,
            (Target::Aws(a), Target::Aws(b)) => a.is_same_place(b),
            (Target::Kubernetes(a), Target::Kubernetes(b)) => a.is_same_place(b),
            (Target::Exec(a), Target::Exec(b)) => a.is_same_place(b),
            _ => false,
        }
    }
}

/// How the provider reaches a resource and acts there. Files that hold a secret are named; no secret
/// stands in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Target {
    /// Hosts trust the CA: there is nothing to reach.
    Ssh,
    Postgres(PostgresTarget),
    Aws(AwsTarget),
    Kubernetes(KubernetesTarget),
    Exec(ExecTarget),
}

impl Target {
    pub fn provider(&self) -> ProviderKind {
        match self {
            Self::Ssh => ProviderKind::Ssh,
            Self::Postgres(_) => ProviderKind::Postgres,
            Self::Aws(_) => ProviderKind::Aws,
            Self::Kubernetes(_) => ProviderKind::Kubernetes,
            Self::Exec(_) => ProviderKind::Exec,
        }
    }
}

/// What the provider gives under a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Gives {
    Ssh(SshGives),
    Postgres(PostgresGives),
    Aws(AwsGives),
    Kubernetes(KubernetesGives),
    Exec(ExecGives),
}

impl Gives {
    pub fn provider(&self) -> ProviderKind {
        match self {
            Self::Ssh(_) => ProviderKind::Ssh,
            Self::Postgres(_) => ProviderKind::Postgres,
            Self::Aws(_) => ProviderKind::Aws,
            Self::Kubernetes(_) => ProviderKind::Kubernetes,
            Self::Exec(_) => ProviderKind::Exec,
        }
    }

    /// What both give, for a policy that changed after the vote; `None` where that is nothing, or
    /// where which of the two is the stricter cannot be told.
    pub fn stricter(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Ssh(a), Self::Ssh(b)) => a.stricter(b).map(Self::Ssh),
            (Self::Postgres(a), Self::Postgres(b)) => a.stricter(b).map(Self::Postgres),
            // A document of rights in another system's language: only the same is surely no more.
            (a, b) => (a == b).then(|| a.clone()),
        }
    }

    /// What an approver is shown, a line each.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Ssh(gives) => gives.lines(),
            Self::Postgres(gives) => gives.lines(),
            Self::Aws(gives) => gives.lines(),
            Self::Kubernetes(gives) => gives.lines(),
            Self::Exec(gives) => gives.lines(),
        }
    }
}

/// `a, b and c` of a set, for people.
fn listed<'a>(items: impl IntoIterator<Item = &'a String>) -> String {
    items.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gives(principals: &[&str], extensions: &[&str], force: Option<&str>) -> Gives {
        let set = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
        Gives::Ssh(SshGives {
            principals: set(principals),
            extensions: set(extensions),
            force_command: force.map(str::to_owned),
            source_addresses: std::collections::BTreeSet::new(),
        })
    }

    #[test]
    fn the_stricter_of_two_gives_what_both_give_or_nothing() {
        let then = gives(&["deploy", "root"], &["permit-pty", "permit-port-forwarding"], None);
        let now = gives(&["deploy"], &["permit-pty"], None);
        assert_eq!(then.stricter(&now), Some(now.clone()));
        assert_eq!(now.stricter(&then), Some(now.clone()));
        assert_eq!(now.stricter(&gives(&["www"], &[], None)), None);
        assert_eq!(now.stricter(&gives(&["deploy"], &[], Some("uptime"))), None);
        let other = Gives::Exec(ExecGives::default());
        assert_eq!(now.stricter(&other), None);
        assert_eq!(other.stricter(&other), Some(other.clone()));
    }
}
