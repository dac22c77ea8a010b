//! The provider and the real kubectl, against an API server in memory: no kube-apiserver starts in the
//! time that a test has.

mod api_server;

use std::collections::BTreeMap;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use super::exec_credential::{EXEC_INFO, ExecCredential, ExecVersion, Kubeconfig, asked_version};
use super::*;
use crate::domain::{KubernetesRole, Span};
use crate::provider::conformance::{self, now};
use api_server::{ApiServer, Fault, OWN};

/// Short enough for a test to see the end.
const SHORTEST: u64 = 1;

struct OnCluster {
    provider: KubernetesProvider,
    server: ApiServer,
    gives: KubernetesGives,
}

fn in_shop() -> KubernetesGives {
    let role = KubernetesRole::Role("pod-reader".to_owned());
    KubernetesGives { role, namespace: Some("shop".to_owned()) }
}

fn everywhere() -> KubernetesGives {
    KubernetesGives { role: KubernetesRole::ClusterRole("view".to_owned()), namespace: None }
}

fn random() -> [u8; 8] {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

impl OnCluster {
    async fn start(gives: KubernetesGives) -> Self {
        let server = ApiServer::start(SHORTEST).await;
        Self { provider: KubernetesProvider::with_limits(now, SHORTEST, CALL), server, gives }
    }

    fn resource(&self) -> Resource {
        let path = |name: &str| self.server.path(name).to_str().unwrap().to_owned();
        Resource {
            name: "cluster".parse().unwrap(),
            address: None,
            labels: BTreeMap::new(),
            target: Target::Kubernetes(KubernetesTarget {
                server: self.server.url.clone(),
                ca_file: Some(path("ca.pem")),
                token_file: path("token"),
                namespace: "jit".to_owned(),
            }),
        }
    }

    fn new_intent(&self, secs: u64) -> Intent {
        let start = now().whole_secs();
        let end = start.plus(Span::from_secs(secs).unwrap());
        let (request, credential) = (RequestId::from_random(random()), CredentialId::from_random(random()));
        conformance::Subject::intent(self, request, credential, start, end)
    }

    async fn refusal(&self, intent: &Intent) -> String {
        match self.provider.grant(intent).await {
            Err(ProviderError::Refused(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    async fn presence(&self, intent: &Intent) -> Presence {
        self.provider.verify_absent(&intent.into(), now()).await.unwrap()
    }

    fn changed(&self, kind: &str, intent: &Intent, change: impl FnOnce(&mut Value)) {
        let name = objects::object_name(intent.credential);
        let mut cluster = self.server.cluster();
        let found = cluster.objects.iter_mut().find(|(key, _)| key.0 == kind && key.2 == name);
        change(found.unwrap().1);
    }

    async fn kubectl(&self, kubeconfig: &Value, args: &[&str]) -> Output {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("config");
        crate::files::write_private(&config, kubeconfig.to_string().as_bytes()).unwrap();
        tokio::process::Command::new("kubectl")
            .arg("--kubeconfig")
            .arg(&config)
            .args(["--request-timeout", "10s"])
            .args(args)
            // Its cache of what the server has; and nothing of who runs the test.
            .env("HOME", dir.path())
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap()
    }
}

#[async_trait]
impl conformance::Subject for OnCluster {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn intent(&self, request: RequestId, credential: CredentialId, start: Time, end: Time) -> Intent {
        Intent {
            credential,
            request,
            resource: self.resource(),
            gives: Gives::Kubernetes(self.gives.clone()),
            start,
            end,
            ask: CredentialAsk::Issue { nonce: "n".to_owned() },
        }
    }

    async fn can_use(&self, material: &Material) -> bool {
        let output = self.kubectl(&with_token(material), &["get", "pods", "-n", "shop", "-o", "name"]).await;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let refused = ["must be logged in", "Unauthorized", "Forbidden", "provide credentials"]
            .iter()
            .any(|t| err.contains(t));
        assert!(output.status.success() || refused, "{out}{err}");
        output.status.success() && out.trim() == "pod/web-1"
    }
}

/// A kubeconfig with the token in it, as `kubectl --token` would not say it in argv.
fn with_token(material: &Material) -> Value {
    let Material::Kubernetes { server, ca, token, .. } = material else { panic!() };
    let request = RequestId::from_number(7).unwrap();
    let (ca, version) = (ca.as_deref(), ExecVersion::V1);
    let mut config =
        Kubeconfig { request, server, ca, namespace: None, version, command: "/bin/false" }.json();
    config["users"][0]["user"] = json!({ "token": token.expose() });
    config
}

/// Says loudly that tests are skipped, and fails where they must not be.
fn skipped() -> bool {
    let missing: Vec<&str> = ["kubectl", "openssl"]
        .into_iter()
        .filter(|name| {
            let quiet =
                |c: &mut std::process::Command| c.stdout(Stdio::null()).stderr(Stdio::null()).status();
            let version = if *name == "kubectl" { ["version", "--client"].as_slice() } else { &["version"] };
            quiet(std::process::Command::new(name).args(version)).is_err()
        })
        .collect();
    if missing.is_empty() {
        return false;
    }
    #[allow(clippy::disallowed_methods, reason = "a test")]
    let ci = std::env::var_os("CI").is_some();
    assert!(!ci, "{missing:?} are missing");
    eprintln!("SKIPPED: a test of the kubernetes provider, as {missing:?} are missing");
    true
}

#[tokio::test]
async fn the_provider_conforms_with_a_role_of_one_namespace() {
    if !skipped() {
        conformance::conforms(&OnCluster::start(in_shop()).await).await;
    }
}

#[tokio::test]
async fn the_provider_conforms_with_a_role_of_the_whole_cluster() {
    if !skipped() {
        conformance::conforms(&OnCluster::start(everywhere()).await).await;
    }
}

#[tokio::test]
async fn kubectl_gets_the_token_from_the_command_in_the_kubeconfig_in_both_versions() {
    use std::os::unix::fs::PermissionsExt as _;
    if skipped() {
        return;
    }
    let on = OnCluster::start(in_shop()).await;
    let intent = on.new_intent(600);
    let material = on.provider.grant(&intent).await.unwrap();
    let Material::Kubernetes { server, ca, namespace, token } = &material else { panic!() };
    assert_eq!(namespace.as_deref(), Some("shop"));
    for version in [ExecVersion::V1, ExecVersion::V1Beta1] {
        // In place of jit: it answers what jit would, and keeps what it was asked.
        let dir = tempfile::tempdir().unwrap();
        let answer = ExecCredential::new(version, token.clone(), intent.end);
        let answer_file = dir.path().join("answer");
        crate::files::write_private(&answer_file, &serde_json::to_vec(&answer).unwrap()).unwrap();
        let (command, asked) = (dir.path().join("jit"), dir.path().join("asked"));
        let script = format!(
            "#!/bin/sh\nprintf '%s' \"${EXEC_INFO}\" > {0}\nprintf '%s ' \"$@\" > {0}.args\ncat {1}\n",
            asked.display(),
            answer_file.display()
        );
        crate::files::write_private(&command, script.as_bytes()).unwrap();
        std::fs::set_permissions(&command, std::fs::Permissions::from_mode(0o700)).unwrap();
        let config = Kubeconfig {
            request: intent.request,
            server,
            ca: ca.as_deref(),
            namespace: namespace.as_deref(),
            version,
            command: command.to_str().unwrap(),
        };
        let output = on.kubectl(&config.json(), &["get", "pods", "-o", "name"]).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "pod/web-1");
        let info = std::fs::read_to_string(&asked).unwrap();
        assert_eq!(asked_version(Some(&info)), Ok(version), "{info}");
        let args = std::fs::read_to_string(dir.path().join("asked.args")).unwrap();
        assert_eq!(args.trim(), format!("credential kube {}", intent.request));

        let output = on.kubectl(&config.json(), &["auth", "whoami", "-o", "json"]).await;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let who: Value = serde_json::from_slice(&output.stdout).unwrap();
        let user = format!("system:serviceaccount:jit:jit-{}", intent.credential);
        assert_eq!(who["status"]["userInfo"]["username"], user);
        let output = on.kubectl(&config.json(), &["get", "pods", "-n", "other"]).await;
        assert!(String::from_utf8_lossy(&output.stderr).contains("is forbidden"));

        // A kubectl on a machine without jit tells what is missing.
        let nowhere = Kubeconfig { command: "jit-that-is-nowhere", ..config };
        let output = on.kubectl(&nowhere.json(), &["get", "pods"]).await;
        let err = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(err.contains("this cluster's access comes from it"), "{err}");
    }
}

#[tokio::test]
async fn what_is_made_is_named_labelled_and_bound_to_the_grant_alone() {
    if skipped() {
        return;
    }
    let on = OnCluster::start(in_shop()).await;
    let intent = on.new_intent(600);
    let Material::Kubernetes { token, .. } = on.provider.grant(&intent).await.unwrap() else { panic!() };
    let own = expiry(&token).unwrap();
    assert!(own <= intent.end && own > intent.end.minus(Span::clamped(5)), "{own} {}", intent.end);
    let name = format!("jit-{}", intent.credential);
    let key = |kind: &str, namespace: &str| (kind.to_owned(), namespace.to_owned(), name.clone());
    let cluster = on.server.cluster();
    let account = &cluster.objects[&key("serviceaccounts", "jit")];
    assert_eq!(account["automountServiceAccountToken"], false);
    let binding = &cluster.objects[&key("rolebindings", "shop")];
    assert_eq!(binding["roleRef"]["kind"], "Role");
    assert_eq!(binding["subjects"], json!([{ "kind": "ServiceAccount", "name": name, "namespace": "jit" }]));
    for object in [account, binding] {
        let meta = &object["metadata"];
        assert_eq!(meta["labels"], json!({ "app.kubernetes.io/managed-by": "jit" }));
        let notes = json!({
            "jit.access/request": intent.request.to_string(), "jit.access/end": intent.end.to_string(),
        });
        assert_eq!(meta["annotations"], notes);
    }
}

mod faults;
