//! What kubectl and a program that it asks for credentials say to each other: the ExecCredential of
//! client-go, and the kubeconfig that names the program.
//!
//! <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};

use crate::domain::text::escape;
use crate::domain::{RequestId, Secret, Time};

/// The variable in which kubectl says what it wants.
pub const EXEC_INFO: &str = "KUBERNETES_EXEC_INFO";

/// No honest one is longer: it may hold a cluster's certificates.
const LONGEST: usize = 1 << 20;

/// The versions of the exchange that are spoken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExecVersion {
    #[default]
    V1,
    /// Of kubectl before 1.22.
    V1Beta1,
}

impl ExecVersion {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "client.authentication.k8s.io/v1",
            Self::V1Beta1 => "client.authentication.k8s.io/v1beta1",
        }
    }
}

/// Why what kubectl asks for is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExecInfoError {
    #[error("KUBERNETES_EXEC_INFO is no ExecCredential in JSON")]
    Form,
    #[error(
        "kubectl asks for {}, and jit speaks client.authentication.k8s.io/v1 and v1beta1", escape(.0)
    )]
    Version(String),
}

/// The version that kubectl asks for in [`EXEC_INFO`]; without it, as when a person runs the command, v1.
///
/// # Errors
/// See [`ExecInfoError`]: an answer in another version would not be read.
pub fn asked_version(exec_info: Option<&str>) -> Result<ExecVersion, ExecInfoError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Asked {
        api_version: String,
        kind: String,
    }
    let Some(text) = exec_info.filter(|text| !text.is_empty()) else { return Ok(ExecVersion::default()) };
    if text.len() > LONGEST {
        return Err(ExecInfoError::Form);
    }
    let asked: Asked = serde_json::from_str(text).map_err(|_| ExecInfoError::Form)?;
    if asked.kind != "ExecCredential" {
        return Err(ExecInfoError::Form);
    }
    [ExecVersion::V1, ExecVersion::V1Beta1]
        .into_iter()
        .find(|version| version.as_str() == asked.api_version)
        .ok_or_else(|| ExecInfoError::Version(asked.api_version.chars().take(100).collect()))
}

/// The answer to kubectl.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecCredential {
    api_version: &'static str,
    kind: &'static str,
    status: ExecStatus,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecStatus {
    token: Secret,
    expiration_timestamp: String,
}

impl ExecCredential {
    /// `end` is the grant's; a token that ends earlier says so itself, and kubectl asks again then.
    #[must_use]
    pub fn new(version: ExecVersion, token: Secret, end: Time) -> Self {
        let end = super::expiry(&token).map_or(end, |own| own.min(end));
        let expiration_timestamp = end.utc().to_rfc3339_opts(SecondsFormat::Secs, true);
        Self {
            api_version: version.as_str(),
            kind: "ExecCredential",
            status: ExecStatus { token, expiration_timestamp },
        }
    }
}

/// Whom a kubeconfig is for. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubeconfig<'a> {
    pub request: RequestId,
    pub server: &'a str,
    /// The certificates that the server's is checked with, in PEM.
    pub ca: Option<&'a str>,
    pub namespace: Option<&'a str>,
    pub version: ExecVersion,
    /// How jit is called, `jit` or a path.
    pub command: &'a str,
}

impl Kubeconfig<'_> {
    /// In JSON, which is YAML too: kubectl reads it. It calls jit for the token.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        self.document(&serde_json::json!({ "exec": {
            "apiVersion": self.version.as_str(),
            "command": self.command,
            "args": ["credential", "kube", self.request.to_string()],
            "interactiveMode": "Never",
            "provideClusterInfo": false,
            "installHint": "jit is not installed here, or not in PATH: this cluster's access comes from it",
        }}))
    }

    /// With the token in it, for a file that one command reads.
    #[must_use]
    pub fn with_token(&self, token: &Secret) -> Secret {
        Secret::new(self.document(&serde_json::json!({ "token": token })).to_string())
    }

    fn document(&self, user: &serde_json::Value) -> serde_json::Value {
        let name = format!("jit-{}", self.request);
        let mut cluster = serde_json::json!({ "server": self.server });
        if let (Some(ca), Some(cluster)) = (self.ca, cluster.as_object_mut()) {
            cluster.insert("certificate-authority-data".to_owned(), STANDARD.encode(ca).into());
        }
        let mut context = serde_json::json!({ "cluster": name, "user": name });
        if let (Some(namespace), Some(context)) = (self.namespace, context.as_object_mut()) {
            context.insert("namespace".to_owned(), namespace.into());
        }
        serde_json::json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{ "name": name, "cluster": cluster }],
            "contexts": [{ "name": name, "context": context }],
            "current-context": name,
            "users": [{ "name": name, "user": user }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_is_answered_in_the_version_that_it_asks_for_and_in_no_other() {
        let info = |version: &str| {
            format!(r#"{{"kind":"ExecCredential","apiVersion":"{version}","spec":{{"interactive":false}}}}"#)
        };
        assert_eq!(asked_version(None), Ok(ExecVersion::V1));
        for version in [ExecVersion::V1, ExecVersion::V1Beta1] {
            assert_eq!(asked_version(Some(&info(version.as_str()))), Ok(version));
        }
        assert_eq!(
            asked_version(Some(&info("client.authentication.k8s.io/v1alpha1"))).unwrap_err().to_string(),
            "kubectl asks for client.authentication.k8s.io/v1alpha1, and jit speaks \
             client.authentication.k8s.io/v1 and v1beta1"
        );
        for bad in ["{", "[]", "null", r#"{"kind":"Pod","apiVersion":"client.authentication.k8s.io/v1"}"#] {
            assert_eq!(asked_version(Some(bad)), Err(ExecInfoError::Form), "{bad}");
        }
    }

    #[test]
    fn the_answer_has_the_token_and_the_earlier_of_the_two_ends() {
        let end: Time = "2026-11-21T18:05:00.700Z".parse().unwrap();
        let text = |token: &str| {
            serde_json::to_string(&ExecCredential::new(ExecVersion::V1, Secret::new(token), end)).unwrap()
        };
        insta::assert_snapshot!(text("t"), @r#"{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t","expirationTimestamp":"2026-11-21T18:05:00Z"}}"#);
        // {"exp":1795280000}
        assert!(text("e30.eyJleHAiOjE3OTUyODAwMDB9.c2ln").contains(r#""2026-11-21T16:53:20Z""#));
        let answer = ExecCredential::new(ExecVersion::V1, Secret::new("hunter2"), end);
        assert!(!format!("{answer:?}").contains("hunter2"));
    }
}
