//! A moto server with what jit needs on it, and what is asked of it in a test.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use super::super::call::{Calls, Service};
use super::super::deny::session_name;
use super::super::xml::Reply;
use super::server::{self, Server, allowing, trust};
use super::*;
use crate::programs::tool;

pub struct Moto {
    server: Server,
    calls: Calls,
    admin: Credentials,
}

pub fn write(path: &Path, text: &str) {
    files::write_private(path, text.as_bytes()).unwrap();
}

pub fn key_file(dir: &Path, id: &str, secret: &str) -> String {
    let path = dir.join("key");
    write(&path, &server::key_file(id, secret));
    path.to_str().unwrap().to_owned()
}

impl Moto {
    /// With a user for jit that has these rights, and a role that may list roles and buckets.
    pub async fn start(rights: &[&str]) -> Option<Self> {
        let admin = Credentials::new("AKIASETUP", "setup", None, None, "test");
        let mut moto = Self { server: Server::start()?, calls: Calls::default(), admin };
        let user = ("UserName", "jit");
        moto.iam("CreateUser", &[user]).await;
        let policy = allowing(rights);
        moto.iam("PutUserPolicy", &[user, ("PolicyName", "jit"), ("PolicyDocument", &policy)]).await;
        let key = moto.iam("CreateAccessKey", &[user]).await;
        let key = Reply::parse(&key).unwrap();
        let part = |name| key.text("CreateAccessKey", &["AccessKey", name]).unwrap().to_owned();
        let trust = [("RoleName", "shop"), ("AssumeRolePolicyDocument", &trust())];
        moto.iam("CreateRole", &trust).await;
        moto.put_policy("admin", &allowing(&["s3:ListAllMyBuckets", "iam:ListRoles"])).await;
        let (id, secret) = (part("AccessKeyId"), part("SecretAccessKey"));
        moto.admin = Credentials::new(id.as_str(), secret.as_str(), None, None, "test");
        key_file(moto.dir(), &id, &secret);
        Some(moto)
    }

    pub fn url(&self) -> String {
        self.server.url()
    }

    pub fn dir(&self) -> &Path {
        self.server.dir.path()
    }

    pub fn resource(&self) -> Resource {
        resource(&self.url(), self.dir().join("key").to_str().unwrap())
    }

    fn service(&self, name: &'static str, version: &'static str) -> Service {
        let endpoint = self.url().parse().unwrap();
        Service { name, version, region: "us-east-1".to_owned(), endpoint }
    }

    async fn iam(&self, action: &str, params: &[(&str, &str)]) -> String {
        let service = self.service("iam", "2010-05-08");
        self.calls.call(&service, &self.admin, action, params).await.unwrap().xml
    }

    pub async fn put_policy(&self, name: &str, document: &str) {
        let params = [("RoleName", "shop"), ("PolicyName", name), ("PolicyDocument", document)];
        self.iam("PutRolePolicy", &params).await;
    }

    /// The names of all inline policies of the role.
    pub async fn policies(&self) -> Vec<String> {
        let xml = self.iam("ListRolePolicies", &[("RoleName", "shop")]).await;
        let reply = Reply::parse(&xml).unwrap();
        let names = reply.members("ListRolePolicies", &["PolicyNames"]).unwrap();
        names.into_iter().map(str::to_owned).collect()
    }

    async fn statements_of_the_role(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for name in self.policies().await {
            let params = [("RoleName", "shop"), ("PolicyName", name.as_str())];
            let xml = self.iam("GetRolePolicy", &params).await;
            let reply = Reply::parse(&xml).unwrap();
            let text = reply.text("GetRolePolicy", &["PolicyDocument"]).unwrap();
            let policy: Value = serde_json::from_str(&super::super::deny::percent_decoded(text)).unwrap();
            all.extend(policy["Statement"].as_array().unwrap().clone());
        }
        all
    }

    /// What moto keeps of that session: its name, and the policy that was sent with it.
    pub async fn session(&self, access_key_id: &str) -> Value {
        let url = format!("{}/moto-api/data.json", self.url());
        let _ = rustls::crypto::ring::default_provider().install_default();
        let all: Value = reqwest::Client::new().get(url).send().await.unwrap().json().await.unwrap();
        let sessions = all["sts"]["AssumedRole"].as_array().unwrap().clone();
        sessions.into_iter().find(|session| session["access_key_id"] == access_key_id).unwrap()
    }

    /// Whether AWS would let that session list the buckets.
    ///
    /// moto proves the key, the token and the signature. It does not look at session policies, nor at the
    /// ends of sessions, and it takes each `StringLike` and each date to be true: one revocation would deny
    /// the role to everybody. So what AWS evaluates is read back from moto, and evaluated here.
    pub async fn would_allow(&self, material: &Material) -> bool {
        let Material::Aws { access_key_id, secret_access_key, session_token, .. } = material else {
            panic!()
        };
        let token = Some(session_token.expose().to_owned());
        let key = Credentials::new(access_key_id.as_str(), secret_access_key.expose(), token, None, "test");
        let who = self.calls.call(&self.service("sts", "2011-06-15"), &key, "GetCallerIdentity", &[]).await;
        let who = who.unwrap().xml;
        let who = Reply::parse(&who).unwrap();
        let user = who.text("GetCallerIdentity", &["UserId"]).unwrap();
        let session = self.session(access_key_id).await;
        assert_eq!(session["user_id"], user);

        let of_session: Value = serde_json::from_str(session["policy"].as_str().unwrap()).unwrap();
        let of_session = of_session["Statement"].as_array().unwrap();
        let of_role = self.statements_of_the_role().await;
        let allows = |all: &[Value]| {
            let holds = |effect: &str| {
                all.iter()
                    .any(|s| s["Effect"] == effect && concerns(s, "s3:ListAllMyBuckets") && applies(s, user))
            };
            holds("Allow") && !holds("Deny")
        };
        allows(of_session) && allows(&of_role)
    }

    /// The real AWS CLI with that environment; nothing of this machine's own configuration.
    pub fn aws(&self, env: &[(&str, &str)], args: &[&str]) -> Option<Output> {
        let aws = tool("aws")?;
        let none = self.dir().join("none");
        let output = Command::new(aws)
            .args(["--endpoint-url", &self.url(), "--output", "json"])
            .args(args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.dir())
            .env("AWS_SHARED_CREDENTIALS_FILE", none)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_DEFAULT_REGION", "eu-central-1")
            .env("AWS_MAX_ATTEMPTS", "1")
            .envs(env.iter().copied())
            .output();
        Some(output.unwrap())
    }
}

fn concerns(statement: &Value, action: &str) -> bool {
    let one = |pattern: &Value| glob_match::glob_match(pattern.as_str().unwrap(), action);
    assert_eq!(statement["Resource"], "*");
    match &statement["Action"] {
        Value::Array(patterns) => patterns.iter().any(one),
        pattern => one(pattern),
    }
}

/// Whether the conditions hold for that `aws:userid` now: the two that jit writes.
fn applies(statement: &Value, user: &str) -> bool {
    let Some(conditions) = statement.get("Condition").map(|all| all.as_object().unwrap()) else {
        return true;
    };
    conditions.iter().all(|(operator, values)| match operator.as_str() {
        "StringLike" => {
            let patterns = values["aws:userid"].as_array().unwrap();
            patterns.iter().any(|pattern| glob_match::glob_match(pattern.as_str().unwrap(), user))
        }
        "DateGreaterThanEquals" => {
            let date: Time = values["aws:CurrentTime"].as_str().unwrap().parse().unwrap();
            now() >= date
        }
        other => panic!("{other}"),
    })
}

pub fn is_denied(session: CredentialId, policies: &[String]) -> bool {
    policies.iter().any(|name| name.contains(&session_name(session).replace("jit-", "jit-revoke-")))
}
