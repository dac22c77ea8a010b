//! Credentials as other tools read them: the AWS CLI at a real moto, git and docker by a plugin.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::moto::{self, RIGHTS, ROLE, allowing, trust};
use crate::programs::tool;
use crate::world::{Out, Person, Server, needs, put_private, run, start};

/// A moto server with a user for jit and a role that may be assumed, all made with the AWS CLI.
struct Moto {
    server: moto::Server,
    aws: PathBuf,
}

impl Moto {
    fn start() -> Option<Self> {
        let moto = Self { aws: tool("aws")?, server: moto::Server::start()? };
        moto.iam(&["create-user", "--user-name", "jit"]);
        let policy = ["--policy-name", "jit", "--policy-document", &allowing(&RIGHTS)];
        moto.iam(&[&["put-user-policy", "--user-name", "jit"], &policy[..]].concat());
        let key = moto.iam(&["create-access-key", "--user-name", "jit"]);
        moto.iam(&["create-role", "--role-name", "shop", "--assume-role-policy-document", &trust()]);
        let policy = ["--policy-name", "read", "--policy-document", &allowing(&["iam:ListRoles"])];
        moto.iam(&[&["put-role-policy", "--role-name", "shop"], &policy[..]].concat());
        let part = |name: &str| key["AccessKey"][name].as_str().unwrap().to_owned();
        put_private(&moto.key_file(), &moto::key_file(&part("AccessKeyId"), &part("SecretAccessKey")));
        Some(moto)
    }

    fn key_file(&self) -> PathBuf {
        self.server.dir.path().join("key")
    }

    fn iam(&self, words: &[&str]) -> Value {
        let output = Command::new(&self.aws)
            .args(["--endpoint-url", &self.server.url(), "iam"])
            .args(words)
            .env_clear()
            .envs([
                ("PATH", "/usr/bin:/bin"),
                ("AWS_ACCESS_KEY_ID", "AKIASETUP"),
                ("AWS_DEFAULT_REGION", "us-east-1"),
            ])
            .env("AWS_SECRET_ACCESS_KEY", "setup")
            .env("HOME", self.server.dir.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    fn policy(&self) -> String {
        format!(
            r#"
[person.carol]
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
auto-approve = "requester.kind == 'person'"
max-duration = "1h"
require = {{ reason = false }}
[role.look.aws]
role-arn = "{ROLE}"
"#,
            self.key_file().display(),
            url = self.server.url()
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
    let url = moto.server.url();
    let look = [aws, "--endpoint-url", &url, "iam", "list-roles", "--query", "Roles[].RoleName"];
    let out = carol.jit(&[&["exec", &id, "--"], &look[..]].concat()).ok();
    assert!(out.stdout.contains("shop"), "{out}");
    let who = [aws, "--endpoint-url", &url, "sts", "get-caller-identity", "--query", "Arn"];
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
[person.carol]
[resource.registry]
provider = "exec"
address = "registry.example.net"
[resource.registry.exec]
program = "{}"
sha256 = "{sha256}"

[role.push]
resources = ["registry"]
requesters = ["carol"]
auto-approve = "requester.kind == 'person'"
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
[person.carol]
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
auto-approve = "requester.kind == 'person'"
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
