//! The provider against a real moto, with the real AWS CLI; and against answers that moto never gives.

mod faults;
mod moto;
#[path = "../../../../tests/cli/moto.rs"]
mod server;

use aws_credential_types::Credentials;

use super::*;
use crate::domain::{AwsTarget, RequestId, Target};
use crate::files;
use crate::provider::conformance;
use moto::{Moto, is_denied, key_file, write};
use server::{RIGHTS, ROLE};

fn resource(url: &str, key: &str) -> Resource {
    let target = AwsTarget {
        region: "eu-central-1".to_owned(),
        credentials_file: key.to_owned(),
        sts_endpoint: Some(url.to_owned()),
        iam_endpoint: Some(url.to_owned()),
    };
    Resource {
        name: "account".parse().unwrap(),
        address: None,
        labels: BTreeMap::new(),
        target: Target::Aws(target),
    }
}

fn intent(resource: &Resource, number: u64, secs: u64) -> Intent {
    let start = now().whole_secs();
    Intent {
        credential: CredentialId::from_number(number).unwrap(),
        request: RequestId::from_number(number).unwrap(),
        resource: resource.clone(),
        gives: Gives::Aws(AwsGives { role_arn: ROLE.to_owned(), session_policy: None }),
        start,
        end: start.plus(Span::from_secs(secs).unwrap()),
        ask: CredentialAsk::Issue { nonce: "nonce".to_owned() },
    }
}

fn handle(intent: &Intent) -> Handle {
    intent.into()
}

async fn absent(provider: &AwsProvider, intent: &Intent) -> bool {
    provider.verify_absent(&handle(intent), now()).await.unwrap() == Presence::Absent
}

struct OnMoto {
    provider: AwsProvider,
    moto: Moto,
}

#[async_trait]
impl conformance::Subject for OnMoto {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn intent(&self, request: RequestId, credential: CredentialId, start: Time, end: Time) -> Intent {
        Intent { credential, request, start, end, ..intent(&self.moto.resource(), 1, 600) }
    }

    async fn can_use(&self, material: &Material) -> bool {
        self.moto.would_allow(material).await
    }
}

#[tokio::test]
async fn the_aws_provider_conforms_on_a_real_moto() {
    let Some(moto) = Moto::start(&RIGHTS).await else { return };
    let subject = OnMoto { provider: AwsProvider::new(), moto };
    conformance::conforms(&subject).await;
    assert!(!subject.moto.policies().await.contains(&"jit-preflight".to_owned()), "the probe is removed");
}

#[tokio::test]
async fn the_real_aws_cli_works_with_a_session_and_is_refused_after_its_revocation() {
    let Some(moto) = Moto::start(&RIGHTS).await else { return };
    let provider = AwsProvider::new();
    let intent = intent(&moto.resource(), 7, 7200);
    let material = provider.grant(&intent).await.unwrap();
    let Material::Aws { access_key_id, secret_access_key, session_token, region, expires } = &material else {
        panic!()
    };
    assert_eq!(region.as_deref(), Some("eu-central-1"));
    let lasts = expires.unwrap().secs_after(now());
    assert!((3500..=3600).contains(&lasts), "as long as the IAM role's own longest: {lasts}");

    let env = [
        ("AWS_ACCESS_KEY_ID", access_key_id.as_str()),
        ("AWS_SECRET_ACCESS_KEY", secret_access_key.expose()),
        ("AWS_SESSION_TOKEN", session_token.expose()),
    ];
    let Some(who) = moto.aws(&env, &["sts", "get-caller-identity"]) else { return };
    let said = String::from_utf8_lossy(&who.stdout);
    assert!(said.contains("assumed-role/shop/jit-000000000007"), "{who:?}");
    let list = ["iam", "list-roles", "--query", "Roles[].RoleName"];
    let listed = moto.aws(&env, &list).unwrap();
    assert!(
        listed.status.success() && String::from_utf8_lossy(&listed.stdout).contains("shop"),
        "{listed:?}"
    );
    let forged = [env[0], ("AWS_SECRET_ACCESS_KEY", "forged"), env[2]];
    assert!(!moto.aws(&forged, &list).unwrap().status.success(), "moto checks signatures");
    assert!(!moto.aws(&env, &["iam", "list-users"]).unwrap().status.success(), "moto checks rights");

    // As every SDK reads it, from a file and through a program.
    let (document, config) = (moto.dir().join("process.json"), moto.dir().join("config"));
    write(
        &config,
        &format!("[profile jit]\nregion = eu-central-1\ncredential_process = cat {}\n", document.display()),
    );
    let by_process = |end: Time| {
        write(&document, credential_process(&material, end).unwrap().expose());
        let env = [("AWS_CONFIG_FILE", config.to_str().unwrap())];
        moto.aws(&env, &["--profile", "jit", "sts", "get-caller-identity"]).unwrap()
    };
    let who = by_process(intent.end);
    assert!(String::from_utf8_lossy(&who.stdout).contains("assumed-role/shop/jit-000000000007"), "{who:?}");
    let over = by_process(intent.start.minus(Span::clamped(60)));
    assert!(String::from_utf8_lossy(&over.stderr).contains("expired"), "{over:?}");

    provider.revoke(&handle(&intent), now()).await.unwrap();
    assert!(absent(&provider, &intent).await);
    let refused = moto.aws(&env, &list).unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("AccessDenied"), "{refused:?}");
}

#[tokio::test]
async fn a_session_has_the_roles_own_limits_and_the_grants_end() {
    let Some(moto) = Moto::start(&RIGHTS).await else { return };
    let provider = AwsProvider::new();
    let mut intent = intent(&moto.resource(), 8, 60);
    let own = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}"#;
    intent.gives = Gives::Aws(AwsGives { role_arn: ROLE.to_owned(), session_policy: Some(own.to_owned()) });
    let material = provider.grant(&intent).await.unwrap();
    let Material::Aws { access_key_id, expires, .. } = &material else { panic!() };
    let session = moto.session(access_key_id).await;
    let policy = session["policy"].as_str().unwrap();
    assert!(policy.contains("iam:*") && policy.contains(&intent.end.to_string().replace(".000Z", "Z")));
    assert!(!moto.would_allow(&material).await, "the role's own policy says nothing of S3");
    // STS has no shorter session; the policy ends it.
    assert!((840..=900).contains(&expires.unwrap().secs_after(now())));
}

#[tokio::test]
async fn a_key_that_could_not_revoke_is_refused_before_a_session_is_made() {
    for missing in ["iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:ListRolePolicies"] {
        let rights: Vec<&str> = RIGHTS.into_iter().filter(|right| *right != missing).collect();
        let Some(moto) = Moto::start(&rights).await else { return };
        let provider = AwsProvider::new();
        let error = provider.grant(&intent(&moto.resource(), 9, 600)).await.unwrap_err();
        assert!(
            matches!(&error, ProviderError::Refused(why) if why.contains("AccessDenied")),
            "{missing}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_wrong_key_and_a_file_that_others_can_read_are_told_without_the_secret() {
    let Some(moto) = Moto::start(&RIGHTS).await else { return };
    let provider = AwsProvider::new();
    let resource = moto.resource();
    provider.preflight(&resource).await.unwrap();
    let path = moto.dir().join("key");
    let text = std::fs::read_to_string(&path).unwrap();
    let id = text.split("id = ").nth(1).unwrap().lines().next().unwrap();
    key_file(moto.dir(), id, "wrongSECRETwrongSECRETwrongSECRETwrong00");
    for result in [
        provider.preflight(&resource).await,
        provider.grant(&intent(&resource, 10, 600)).await.map(drop),
        provider.revoke(&handle(&intent(&resource, 10, 600)), now()).await.map(drop),
    ] {
        let error = result.unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(
            matches!(error, ProviderError::Unavailable { .. }) && said.contains("SignatureDoesNotMatch"),
            "{said}"
        );
        assert!(!said.contains("SECRET") && !said.contains(id), "{said}");
    }
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let error = provider.preflight(&resource).await.unwrap_err().to_string();
    assert!(error.contains(&format!("try: chmod 600 {}", path.display())), "{error}");
}

#[tokio::test]
async fn many_revocations_are_gathered_and_old_ones_removed_and_nothing_else_is_touched() {
    let Some(moto) = Moto::start(&RIGHTS).await else { return };
    let provider = AwsProvider::new();
    let resource = moto.resource();
    let intents: Vec<Intent> = (100..118).map(|number| intent(&resource, number, 600)).collect();
    let past = now().unix_secs() - 10;
    moto.put_policy(&format!("jit-revoke-000000000001-{past}"), "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}]}").await;
    for intent in &intents {
        provider.revoke(&handle(intent), now()).await.unwrap();
    }
    let policies = moto.policies().await;
    let several: Vec<&String> = policies.iter().filter(|name| name.starts_with("jit-revoked-")).collect();
    assert_eq!(several.len(), 1, "{policies:#?}");
    assert!(
        policies.contains(&"admin".to_owned())
            && !policies.iter().any(|name| name.ends_with(&past.to_string()))
    );
    assert!(
        intents.iter().all(|intent| is_denied(intent.credential, &policies)),
        "both, until IAM has spread it"
    );

    // As if a minute had passed: the same policy, made earlier.
    let (id, _) = several[0].strip_prefix("jit-revoked-").unwrap().split_once('-').unwrap();
    let sessions: Vec<String> = intents[..16].iter().map(|i| format!("*:jit-{}", i.credential)).collect();
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*",
        "Resource": "*", "Condition": {"StringLike": {"aws:userid": sessions}}}]});
    let made = now().unix_secs() - 61;
    moto.put_policy(&format!("jit-revoked-{id}-{made}-{}", made + 2000), &document.to_string()).await;
    let known: Vec<Handle> = intents.iter().map(handle).collect();
    for _ in 0..2 {
        let owned = provider.inventory(&resource, &known, now()).await.unwrap();
        assert!(owned.len() == 18 && owned.iter().all(|o| !o.live && o.changes.is_empty()), "{owned:#?}");
    }
    let policies = moto.policies().await;
    let single = |intent: &Intent| is_denied(intent.credential, &policies);
    assert!(!intents[..16].iter().any(single) && intents[16..].iter().all(single), "{policies:#?}");
    for intent in &intents {
        assert!(absent(&provider, intent).await);
    }
}

#[tokio::test]
async fn a_revocation_that_was_changed_by_hand_is_none() {
    let Some(moto) = Moto::start(&RIGHTS).await else { return };
    let provider = AwsProvider::new();
    let intent = intent(&moto.resource(), 11, 600);
    provider.revoke(&handle(&intent), now()).await.unwrap();
    assert!(absent(&provider, &intent).await);
    let name = moto.policies().await.into_iter().find(|name| name.starts_with("jit-revoke-")).unwrap();
    moto.put_policy(
        &name,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    )
    .await;
    assert!(!absent(&provider, &intent).await);
    let owned = provider.inventory(&intent.resource, &[handle(&intent)], now()).await.unwrap();
    assert!(owned[0].live && owned[0].changes[0].contains(&name), "{owned:#?}");
    provider.revoke(&handle(&intent), now()).await.unwrap();
    assert!(absent(&provider, &intent).await, "and it is written again");
}
