//! An API server in memory, over TLS, with the semantics of the real one as far as these calls and
//! kubectl see them. Its answers have the shapes that kube-apiserver gives.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::provider::conformance::now;

/// jit's own token.
pub const OWN: &str = "own-token";

/// What the server does that a good one does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fault {
    #[default]
    None,
    /// Every answer is without end, as far as anybody reads.
    Huge,
    Junk,
    WrongKind,
    /// What is not there is answered by something in between.
    ForeignNotFound,
    /// Tokens live a year, and that is said.
    LongTokens,
    /// Tokens live a year, and are said to end as asked.
    SecretlyLongTokens,
    Silent,
}

/// An object's place: kind as in URLs, namespace or nothing, name.
type Key = (String, String, String);

pub struct Cluster {
    pub objects: BTreeMap<Key, Value>,
    pub fault: Fault,
    /// What jit itself may not do: `delete serviceaccounts`.
    pub denied: BTreeSet<String>,
    /// `METHOD path` of each call of jit's own.
    pub calls: Vec<String>,
    shortest: u64,
    /// Token to (namespace, name, uid, end).
    tokens: HashMap<String, (String, String, String, u64)>,
    number: u64,
}

pub struct ApiServer {
    pub dir: tempfile::TempDir,
    pub url: String,
    cluster: Arc<Mutex<Cluster>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn openssl(dir: &std::path::Path, args: &[&str]) {
    let out = std::process::Command::new("openssl").current_dir(dir).args(args).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// A CA and a certificate of it for 127.0.0.1.
fn certificates(dir: &std::path::Path) {
    const KEY: [&str; 6] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-batch"];
    let ca = ["req", "-x509", "-subj", "/CN=test-ca", "-days", "2", "-keyout", "ca.key", "-out", "ca.pem"];
    openssl(dir, &[&ca[..], &KEY].concat());
    let leaf = [
        ["req", "-x509", "-subj", "/CN=api", "-days", "2", "-keyout", "api.key", "-out", "api.pem"]
            .as_slice(),
        &["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:127.0.0.1"],
        &["-addext", "basicConstraints=critical,CA:FALSE"],
        &KEY,
    ];
    openssl(dir, &leaf.concat());
}

impl ApiServer {
    pub async fn start(shortest: u64) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let dir = tempfile::tempdir().unwrap();
        certificates(dir.path());
        crate::files::write_private(&dir.path().join("token"), OWN.as_bytes()).unwrap();
        let chain = CertificateDer::pem_file_iter(dir.path().join("api.pem")).unwrap();
        let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
        let key = PrivateKeyDer::from_pem_file(dir.path().join("api.key")).unwrap();
        let tls = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
        let tls = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let cluster = Arc::new(Mutex::new(Cluster {
            objects: BTreeMap::new(),
            fault: Fault::None,
            denied: BTreeSet::new(),
            calls: Vec::new(),
            shortest,
            tokens: HashMap::new(),
            number: 0,
        }));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&cluster));
        let task = tokio::spawn(async move {
            // The connections end with this task.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, router) = (tls.clone(), router.clone());
                connections.spawn(async move {
                    let Ok(stream) = tls.accept(stream).await else { return };
                    let service = TowerToHyperService::new(router);
                    let server = hyper::server::conn::http1::Builder::new();
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { dir, url, cluster, task }
    }

    pub fn cluster(&self) -> MutexGuard<'_, Cluster> {
        self.cluster.lock().unwrap()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Ends it; its port answers no more.
    pub async fn stop(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

fn status(code: u16, reason: &str, message: String, details: Value) -> (u16, Value) {
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "details": details, "code": code,
    });
    (code, body)
}

fn not_found(kind: &str, name: &str) -> (u16, Value) {
    let details = json!({ "name": name, "kind": kind });
    status(404, "NotFound", format!("{kind} \"{name}\" not found"), details)
}

async fn answer(
    State(cluster): State<Arc<Mutex<Cluster>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let fault = cluster.lock().unwrap().fault;
    let own = headers.get("authorization").is_some_and(|h| h == format!("Bearer {OWN}").as_str());
    let json = |code: u16, text: String| {
        let response = Response::builder().status(code).header("content-type", "application/json");
        response.body(Body::from(text)).unwrap()
    };
    match fault {
        Fault::Huge if own => return json(200, " ".repeat(8 << 20)),
        Fault::Junk if own => return json(200, "{\"kind\":\u{1b}[31m".to_owned()),
        Fault::WrongKind if own => return json(200, json!({ "kind": "Pod", "metadata": {} }).to_string()),
        Fault::ForeignNotFound if own => return json(404, "404 page not found".to_owned()),
        Fault::Silent if own => tokio::time::sleep(Duration::from_secs(3600)).await,
        _ => {}
    }
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let (code, answer) = cluster.lock().unwrap().answer(&method, &uri, &headers, &body);
    json(code, answer.to_string())
}

/// Who calls: jit itself, or a ServiceAccount.
enum Caller {
    Own,
    Account { namespace: String, name: String },
}

impl Caller {
    fn user(&self) -> String {
        match self {
            Self::Own => "system:serviceaccount:jit:jit".to_owned(),
            Self::Account { namespace, name } => format!("system:serviceaccount:{namespace}:{name}"),
        }
    }
}

impl Cluster {
    /// A uid, or something else that is new.
    fn fresh(&mut self) -> String {
        self.number += 1;
        format!("00000000-0000-4000-8000-{:012}", self.number)
    }

    fn caller(&self, headers: &HeaderMap) -> Option<Caller> {
        let token = headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
        if token == OWN {
            return Some(Caller::Own);
        }
        let (namespace, name, uid, end) = self.tokens.get(token)?;
        let account = self.objects.get(&("serviceaccounts".into(), namespace.clone(), name.clone()))?;
        // Bound to the object, not to its name.
        let good = account["metadata"]["uid"] == uid.as_str() && now().unix_secs() < *end;
        good.then(|| Caller::Account { namespace: namespace.clone(), name: name.clone() })
    }

    fn may(&self, caller: &Caller, verb: &str, resource: &str, namespace: &str) -> bool {
        match caller {
            Caller::Own => !self.denied.contains(&format!("{verb} {resource}")),
            Caller::Account { namespace: own, name } => {
                let subject = json!([{ "kind": "ServiceAccount", "name": name, "namespace": own }]);
                let reads = resource == "pods" && matches!(verb, "get" | "list");
                let mut bindings = self.objects.iter().filter(|((kind, of, _), _)| {
                    kind == "clusterrolebindings" || (kind == "rolebindings" && of == namespace)
                });
                reads
                    && bindings.any(|(_, binding)| {
                        binding["subjects"] == subject
                            && ["view", "pod-reader"].iter().any(|role| binding["roleRef"]["name"] == *role)
                    })
            }
        }
    }

    fn answer(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &Value) -> (u16, Value) {
        let Some(caller) = self.caller(headers) else {
            return status(401, "Unauthorized", "Unauthorized".to_owned(), Value::Null);
        };
        if matches!(caller, Caller::Own) {
            self.calls.push(format!("{method} {}", uri.path()));
        }
        let path: Vec<&str> = uri.path().split('/').skip(1).collect();
        match (method.as_str(), path.as_slice()) {
            ("GET", ["version"]) => (200, json!({ "major": "1", "minor": "32", "gitVersion": "v1.32.4" })),
            ("GET", ["api"]) => (200, json!({ "kind": "APIVersions", "versions": ["v1"] })),
            ("GET", ["apis"]) => (200, groups()),
            ("GET", ["api", "v1"]) => (200, resources("v1", &[("pods", "Pod")])),
            ("GET", ["apis", "authentication.k8s.io", "v1"]) => {
                let kinds = [("selfsubjectreviews", "SelfSubjectReview")];
                (200, resources("authentication.k8s.io/v1", &kinds))
            }
            ("POST", ["apis", "authentication.k8s.io", "v1", "selfsubjectreviews"]) => {
                let user = json!({ "username": caller.user(), "groups": ["system:serviceaccounts"] });
                (201, with(body, "status", json!({ "userInfo": user })))
            }
            ("POST", ["apis", "authorization.k8s.io", "v1", "selfsubjectaccessreviews"]) => {
                let asked = &body["spec"]["resourceAttributes"];
                let text = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
                let mut resource = text("resource");
                if asked["subresource"].is_string() {
                    resource = format!("{resource}/{}", text("subresource"));
                }
                let allowed = self.may(&caller, &text("verb"), &resource, &text("namespace"));
                (201, with(body, "status", json!({ "allowed": allowed })))
            }
            (_, ["api", "v1", "namespaces", namespace, rest @ ..])
            | (_, ["apis", "rbac.authorization.k8s.io", "v1", "namespaces", namespace, rest @ ..]) => {
                self.objects(&caller, method, uri, namespace, rest, body)
            }
            (_, ["apis", "rbac.authorization.k8s.io", "v1", rest @ ..]) => {
                self.objects(&caller, method, uri, "", rest, body)
            }
            _ => (404, json!("404 page not found")),
        }
    }

    fn objects(
        &mut self,
        caller: &Caller,
        method: &Method,
        uri: &Uri,
        namespace: &str,
        rest: &[&str],
        body: &Value,
    ) -> (u16, Value) {
        let (kind, name, sub) = match rest {
            [kind] => (*kind, "", ""),
            [kind, name] => (*kind, *name, ""),
            [kind, name, sub] => (*kind, *name, *sub),
            _ => return (404, json!("404 page not found")),
        };
        let verb = match (method.as_str(), name) {
            ("GET", "") => "list",
            ("GET", _) => "get",
            ("POST", _) => "create",
            ("DELETE", _) => "delete",
            _ => return (405, Value::Null),
        };
        let resource = if sub.is_empty() { kind.to_owned() } else { format!("{kind}/{sub}") };
        if !self.may(caller, verb, &resource, namespace) {
            let message = format!(
                "{kind} is forbidden: User \"{}\" cannot {verb} resource \"{resource}\" in the namespace \
                 \"{namespace}\"",
                caller.user()
            );
            return status(403, "Forbidden", message, json!({ "kind": kind }));
        }
        let key = |name: &str| (kind.to_owned(), namespace.to_owned(), name.to_owned());
        match (verb, kind, sub) {
            ("list", "pods", _) => (200, pods(namespace)),
            ("list", ..) => (200, self.list(kind, namespace, uri)),
            ("get", ..) => match self.objects.get(&key(name)) {
                Some(object) => (200, object.clone()),
                None => not_found(kind, name),
            },
            ("delete", ..) => match self.objects.remove(&key(name)) {
                Some(object) if object["metadata"]["finalizers"].is_array() => {
                    let mut object = object;
                    object["metadata"]["deletionTimestamp"] = json!("2026-11-22T00:00:00Z");
                    self.objects.insert(key(name), object.clone());
                    (202, object)
                }
                Some(_) => (200, json!({ "kind": "Status", "apiVersion": "v1", "status": "Success" })),
                None => not_found(kind, name),
            },
            ("create", "serviceaccounts", "token") => self.token(namespace, name, body),
            ("create", ..) => {
                let name = body["metadata"]["name"].as_str().unwrap().to_owned();
                if kind.ends_with("bindings") && self.denied.contains("bind") {
                    let message = format!(
                        "{kind} \"{name}\" is forbidden: user \"{}\" is attempting to grant RBAC \
                         permissions not currently held",
                        caller.user()
                    );
                    return status(403, "Forbidden", message, json!({ "name": name, "kind": kind }));
                }
                if self.objects.contains_key(&key(&name)) {
                    let details = json!({ "name": name, "kind": kind });
                    let message = format!("{kind} \"{name}\" already exists");
                    return status(409, "AlreadyExists", message, details);
                }
                let mut object = body.clone();
                object["metadata"]["uid"] = json!(self.fresh());
                object["metadata"]["creationTimestamp"] = json!("2026-11-22T00:00:00Z");
                if kind == "rolebindings" || kind == "serviceaccounts" {
                    assert_eq!(object["metadata"]["namespace"], namespace);
                }
                self.objects.insert(key(&name), object.clone());
                (201, object)
            }
            _ => (405, Value::Null),
        }
    }

    /// With pages of two, and without the kind of each item, as the real one answers.
    fn list(&self, kind: &str, namespace: &str, uri: &Uri) -> Value {
        assert!(uri.query().unwrap().contains("labelSelector=app.kubernetes.io%2Fmanaged-by%3Djit"));
        let of_kind = match kind {
            "serviceaccounts" => "ServiceAccountList",
            "rolebindings" => "RoleBindingList",
            _ => "ClusterRoleBindingList",
        };
        let matching = self.objects.iter().filter(|((found, of, _), object)| {
            found == kind
                && (namespace.is_empty() || of == namespace)
                && object["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "jit"
        });
        let from = uri.query().unwrap().split("continue=").nth(1).map_or(0, |n| n.parse().unwrap());
        let all: Vec<Value> = matching.map(|(_, object)| without(object, &["kind", "apiVersion"])).collect();
        let page: Vec<&Value> = all.iter().skip(from).take(2).collect();
        let next = if from + 2 < all.len() { (from + 2).to_string() } else { String::new() };
        json!({ "kind": of_kind, "metadata": { "continue": next }, "items": page })
    }

    fn token(&mut self, namespace: &str, name: &str, body: &Value) -> (u16, Value) {
        let key = ("serviceaccounts".to_owned(), namespace.to_owned(), name.to_owned());
        let Some(account) = self.objects.get(&key) else { return not_found("serviceaccounts", name) };
        let uid = account["metadata"]["uid"].as_str().unwrap().to_owned();
        let seconds = body["spec"]["expirationSeconds"].as_u64().unwrap_or(3600);
        if seconds < self.shortest {
            let message = "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: \
                           Invalid value: may not specify a duration less than 10 minutes";
            return status(422, "Invalid", message.to_owned(), json!({}));
        }
        let asked = now().unix_secs() + seconds;
        let year = now().unix_secs() + 365 * 86_400;
        let (said, end) = match self.fault {
            Fault::LongTokens => (year, year),
            Fault::SecretlyLongTokens => (asked, year),
            _ => (asked, asked),
        };
        let claims = json!({ "exp": end, "jti": self.fresh() }).to_string();
        let token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims));
        self.tokens.insert(token.clone(), (namespace.to_owned(), name.to_owned(), uid, end));
        let said = crate::domain::Time::from_millis(i64::try_from(said).unwrap() * 1000);
        let said = said.utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        (201, with(body, "status", json!({ "token": token, "expirationTimestamp": said })))
    }
}

fn with(object: &Value, key: &str, value: Value) -> Value {
    let mut object = object.clone();
    object[key] = value;
    object
}

fn without(object: &Value, keys: &[&str]) -> Value {
    let mut object = object.clone();
    for key in keys {
        object.as_object_mut().unwrap().remove(*key);
    }
    object
}

fn groups() -> Value {
    let version = json!({ "groupVersion": "authentication.k8s.io/v1", "version": "v1" });
    let group =
        json!({ "name": "authentication.k8s.io", "versions": [version], "preferredVersion": version });
    json!({ "kind": "APIGroupList", "apiVersion": "v1", "groups": [group] })
}

fn resources(version: &str, kinds: &[(&str, &str)]) -> Value {
    let kinds: Vec<Value> = kinds
        .iter()
        .map(|(name, kind)| {
            json!({
                "name": name, "singularName": "", "namespaced": *name == "pods", "kind": kind,
                "verbs": ["create", "get", "list"],
            })
        })
        .collect();
    json!({ "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": kinds })
}

fn pods(namespace: &str) -> Value {
    let pod = json!({
        "kind": "Pod", "apiVersion": "v1",
        "metadata": { "name": "web-1", "namespace": namespace }, "spec": {}, "status": {},
    });
    json!({ "kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": [pod] })
}
