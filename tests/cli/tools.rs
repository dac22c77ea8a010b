//! Credentials as other tools read them: the AWS CLI at a real moto, git and docker by a plugin.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::world::{Out, Person, Server, needs, put_private, run, start, until};

/// A moto server with a user for jit and a role that may be assumed; after these calls it checks
/// signatures and rights.
struct Moto {
    child: Child,
    dir: tempfile::TempDir,
    url: String,
    aws: PathBuf,
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const RIGHTS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":
    ["sts:AssumeRole","iam:GetRole","iam:ListRolePolicies","iam:GetRolePolicy","iam:PutRolePolicy","iam:DeleteRolePolicy"]}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",
    "Principal":{"AWS":"arn:aws:iam::123456789012:user/jit"}}]}"#;
const READ: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":"iam:ListRoles"}]}"#;

impl Moto {
    #[expect(clippy::disallowed_methods, reason = "where a test finds its tools")]
    fn start() -> Option<Self> {
        let tools = std::env::var_os("JIT_TEST_TOOLS")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-tools"), PathBuf::from);
        let (server, aws) = (tools.join("bin/moto_server"), tools.join("bin/aws"));
        if !server.is_file() || !aws.is_file() {
            assert!(std::env::var_os("CI").is_none(), "moto and awscli are missing in CI: tests/tools");
            eprintln!("SKIPPED: moto and awscli are missing; tests/tools");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(server)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", dir.path())
            .env("INITIAL_NO_AUTH_ACTION_COUNT", "5")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let moto = Self { child, dir, url: format!("http://127.0.0.1:{port}"), aws };
        until("moto listens", Duration::from_secs(60), || {
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        moto.iam(&["create-user", "--user-name", "jit"]);
        let policy = ["--policy-name", "jit", "--policy-document", RIGHTS];
        moto.iam(&[&["put-user-policy", "--user-name", "jit"], &policy[..]].concat());
        let key = moto.iam(&["create-access-key", "--user-name", "jit"]);
        moto.iam(&["create-role", "--role-name", "shop", "--assume-role-policy-document", TRUST]);
        let policy = ["--policy-name", "read", "--policy-document", READ];
        moto.iam(&[&["put-role-policy", "--role-name", "shop"], &policy[..]].concat());
        let part = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
        let text = format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            part("AccessKeyId"),
            part("SecretAccessKey")
        );
        put_private(&moto.dir.path().join("key"), &text);
        Some(moto)
    }

    fn iam(&self, words: &[&str]) -> Value {
        let output = Command::new(&self.aws)
            .args(["--endpoint-url", &self.url, "iam"])
            .args(words)
            .env_clear()
            .envs([
                ("PATH", "/usr/bin:/bin"),
                ("AWS_ACCESS_KEY_ID", "AKIASETUP"),
                ("AWS_DEFAULT_REGION", "us-east-1"),
            ])
            .env("AWS_SECRET_ACCESS_KEY", "setup")
            .env("HOME", self.dir.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    fn policy(&self) -> String {
        format!(
            r#"
[resource.account]
provider = "aws"
[resource.account.aws]
region = "us-east-1"
credentials-file = "{}"
sts-endpoint = "{url}"
iam-endpoint = "{url}"

[role.look]
resources = ["account"]
requesters = ["carol"]
auto-approve = true
max-duration = "1h"
require = {{ reason = false }}
[role.look.aws]
role-arn = "arn:aws:iam::123456789012:role/shop"
"#,
            self.dir.path().join("key").display(),
            url = self.url
        )
    }
}

/// What the AWS CLI reads: its own document, not one of ours.
fn process_document(person: &Person, id: &str) -> Value {
    serde_json::from_str(&person.jit(&["credential", "aws", id]).ok().stdout).unwrap()
}

#[test]
fn the_aws_cli_works_under_exec_and_by_credential_process() {
    let Some(moto) = Moto::start() else { return };
    let server = Server::start(&moto.policy());
    let carol = server.person("carol");
    let id = carol.request(&["look", "--for", "20m"]);
    let aws = moto.aws.to_str().unwrap();
    let look = [aws, "--endpoint-url", &moto.url, "iam", "list-roles", "--query", "Roles[].RoleName"];
    let out = carol.jit(&[&["exec", &id, "--"], &look[..]].concat()).ok();
    assert!(out.stdout.contains("shop"), "{out}");
    let who = [aws, "--endpoint-url", &moto.url, "sts", "get-caller-identity", "--query", "Arn"];
    let out = carol.jit(&[&["exec", &id, "--"], &who[..]].concat()).ok();
    assert!(out.stdout.contains("role/shop/jit-"), "the session is named by jit's id: {out}");

    let document = process_document(&carol, &id);
    assert_eq!(document["Version"], 1);
    let time = |value: &Value| value.as_str().unwrap().parse::<jit_access::domain::Time>().unwrap();
    let ends = time(&carol.show(&id)["ends"]);
    // A tool that asks again gets the same session, not one more. It never ends after the grant.
    let again = process_document(&carol, &id);
    for document in [&document, &again] {
        let early = ends.secs_after(time(&document["Expiration"]));
        assert!((0..5).contains(&early), "{early} s before the grant's end");
    }
    let receipt = carol.jit(&["revoke", &id, "-o", "json"]).ok().json();
    let legs = receipt["items"][0]["credentials"].as_array().unwrap();
    assert_eq!(legs.len(), 3, "two commands, and one for all calls of `jit credential`: {receipt}");
    assert!(legs.iter().all(|leg| leg["absent"] == true && leg["provider"] == "aws"));
    let secret = document["SecretAccessKey"].as_str().unwrap();
    assert!(!server.stderr().contains(secret));
}

/// A plugin in front of a registry that is not there: it gives a name and a password.
const PLUGIN: &str = r#"#!/usr/bin/python3
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    ok = {
        "hello": {"protocols": ["provider/v1"], "name": "registry", "version": "1",
                  "capabilities": ["preflight", "grant", "revoke", "verify", "inventory"]},
        "preflight": {},
        "grant": {"variables": {"USERNAME": "jit", "PASSWORD": "canary-of-the-registry"}, "no-end": True},
        "revoke": {},
        "verify": {"absent": True},
        "inventory": {"owned": []},
    }[asked["call"]]
    print(json.dumps({"id": asked["id"], "ok": ok}), flush=True)
"#;

fn ask(person: &Person, tool: &str, id: &str, action: &str, question: &str) -> Out {
    start(person.command(&["credential", tool, id, action]), question).end()
}

#[test]
fn git_and_docker_get_a_name_and_a_password_for_their_own_host_only() {
    let dir = tempfile::tempdir().unwrap();
    let program = dir.path().join("jit-provider-registry");
    put_private(&program, PLUGIN);
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let sha256 = jit_access::domain::Digest::of(PLUGIN.as_bytes());
    let server = Server::start(&format!(
        r#"
[resource.registry]
provider = "exec"
address = "registry.example.net"
[resource.registry.exec]
program = "{}"
sha256 = "{sha256}"

[role.push]
resources = ["registry"]
requesters = ["carol"]
auto-approve = true
max-duration = "1h"
require = {{ reason = false }}
[role.push.exec]
"#,
        program.display()
    ));
    let carol = server.person("carol");
    let id = carol.request(&["push", "--for", "20m"]);
    let question = "protocol=https\nhost=registry.example.net\n\n";
    let out = ask(&carol, "git", &id, "get", question).ok();
    let lines: Vec<&str> = out.stdout.lines().collect();
    assert_eq!(lines[..2], ["username=jit", "password=canary-of-the-registry"], "{out}");
    assert!(lines[2].starts_with("password_expiry_utc=1"), "{out}");
    let out = ask(&carol, "docker", &id, "get", "https://registry.example.net\n").ok();
    let answer: Value = serde_json::from_str(&out.stdout).unwrap();
    assert_eq!(answer["ServerURL"], "https://registry.example.net");
    assert_eq!((&answer["Username"], &answer["Secret"]), (&"jit".into(), &"canary-of-the-registry".into()));
    // A secret never goes to a host that it was not made for.
    for host in ["registry.example.net.evil.example", "evil.example", ""] {
        let out = ask(&carol, "git", &id, "get", &format!("protocol=https\nhost={host}\n\n")).ok();
        assert_eq!(out.stdout, "", "{host}");
        let out = ask(&carol, "docker", &id, "get", host).expect(3);
        assert!(!format!("{out}").contains("canary"), "{out}");
    }
    for tool in ["git", "docker"] {
        assert_eq!(ask(&carol, tool, &id, "store", question).ok().stdout, "");
        assert_eq!(ask(&carol, tool, &id, "erase", question).ok().stdout, "");
    }
    let out = run(carol.command(&["env", &id])).ok();
    assert!(out.stdout.contains("export PASSWORD='canary-of-the-registry'"), "{out}");
}

#[test]
fn kubectl_works_under_exec_and_by_a_kubeconfig_without_a_secret() {
    if !needs("kubectl", "kubernetes-client") || !needs("openssl", "openssl") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let cluster = runtime.block_on(crate::api_server::ApiServer::start(600));
    let server = Server::start(&format!(
        r#"
[resource.cluster]
provider = "kubernetes"
[resource.cluster.kubernetes]
server = "{}"
ca-file = "{}"
token-file = "{}"
namespace = "jit"

[role.pods]
resources = ["cluster"]
requesters = ["carol"]
auto-approve = true
max-duration = "1h"
require = {{ reason = false }}
[role.pods.kubernetes]
role = "pod-reader"
namespace = "shop"
"#,
        cluster.url,
        cluster.path("ca.pem").display(),
        cluster.path("token").display()
    ));
    let mut carol = server.person("carol");
    let run_dir = carol.make_runtime_dir();
    let id = carol.request(&["pods", "--for", "20m"]);
    let look = ["kubectl", "get", "pods", "-n", "shop", "-o", "name"];
    let out = carol.jit(&[&["exec", &id, "--"], &look[..]].concat()).ok();
    assert_eq!(out.stdout, "pod/web-1\n", "{out}");

    let config = carol.jit(&["credential", "kube", &id, "--kubeconfig"]).ok().stdout;
    assert!(!config.contains("\"token\"") && config.contains("installHint"), "{config}");
    // The kubeconfig calls `jit`, which is the binary under test.
    let config = config.replace("\"command\": \"jit\"", &format!("\"command\": \"{}\"", crate::world::JIT));
    put_private(&carol.path("kubeconfig"), &config);
    let kubectl = |carol: &Person| {
        let mut command = carol.with_env("kubectl", &look[1..]);
        command.env("KUBECONFIG", carol.path("kubeconfig"));
        run(command)
    };
    assert_eq!(kubectl(&carol).ok().stdout, "pod/web-1\n");
    let kept = run_dir.join("jit").join(format!("kube-{id}"));
    let first = std::fs::read(&kept).unwrap();
    assert_eq!(kubectl(&carol).ok().stdout, "pod/web-1\n");
    assert_eq!(std::fs::read(&kept).unwrap(), first, "the second call got another token");

    let receipt = carol.jit(&["revoke", &id, "-o", "json"]).ok().json();
    let legs = receipt["items"][0]["credentials"].as_array().unwrap();
    assert_eq!(legs.len(), 2, "one for exec, one for all calls of kubectl: {receipt}");
    assert_ne!(kubectl(&carol).code, 0);
    assert!(!kept.exists(), "a dead token is still kept");
}
