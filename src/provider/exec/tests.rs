//! Real programs: one that does right, and others that do what they must not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::*;
use crate::checks::Verdict;
use crate::domain::{CredentialAsk, CredentialId, Digest, RequestId, Span};
use crate::programs::install;
use crate::provider::conformance::{self, Subject, now};

/// Access is a line of a file with its end, and whoever reads the file obeys it. `$1` is the folder.
const GOOD: &str = r#"#!/usr/bin/python3
import fcntl, json, os, sys
F = os.environ["FOLDER"]
fcntl.flock(open(F + "/lock", "w"), fcntl.LOCK_EX)
def path(kind, w): return f"{F}/{kind}-{w['credential']}"
def grant(w):
    if os.path.exists(path("revoked", w)): return {"error": {"code": "refused", "message": "revoked"}}
    open(path("live", w), "w").write(w["end"])
    return {"ok": {"variables": {"ACCESS": path("live", w)}, "end": w["end"]}}
def revoke(w):
    open(path("revoked", w), "w").close()
    if os.path.exists(path("live", w)): os.unlink(path("live", w))
    return {"ok": {"sessions": 1}}
def verify(w):
    return {"ok": {"present": "the file"} if os.path.exists(path("live", w)) else {"absent": True}}
def inventory(w):
    names = [n[5:] for n in os.listdir(F) if n.startswith("live-")]
    return {"ok": {"owned": [{"credential": n, "live": True} for n in names]}}
CALLS = {"grant": grant, "revoke": revoke, "verify": verify, "inventory": inventory,
         "preflight": lambda w: {"ok": {}},
         "hello": lambda w: {"ok": {"protocols": ["provider/v1"], "name": "good", "version": "1", "capabilities":
             ["preflight", "grant", "revoke", "verify", "inventory", "enforces-end", "of-a-later-version"]}}}
for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps({"id": asked["id"], **CALLS[asked["call"]](asked["with"])}), flush=True)
"#;

const ALL: &str = r#""preflight","grant","revoke","verify","inventory""#;

struct Plugin {
    dir: tempfile::TempDir,
    provider: ExecProvider,
    resource: Resource,
}

impl Plugin {
    fn new(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("jit-provider-test");
        install(text, &program);
        let target = ExecTarget {
            program: program.to_str().unwrap().to_owned(),
            sha256: Digest::of(text.as_bytes()),
            settings: BTreeMap::from([("key".to_owned(), "a\"b".to_owned())]),
            environment: BTreeSet::from(["FOLDER".to_owned()]),
            timeout: Span::clamped(20),
        };
        let folder = dir.path().to_owned().into_os_string();
        let provider = ExecProvider::new(move |name| (name == "FOLDER").then(|| folder.clone()));
        let resource = Resource {
            name: "thing".parse().unwrap(),
            address: Some("thing.example.net:1".to_owned()),
            labels: BTreeMap::new(),
            target: Target::Exec(target),
        };
        Self { dir, provider, resource }
    }

    /// Says hello, and then `then` for each line, which is in `$l`; `$n` is the number of the call.
    fn shell(capabilities: &str, then: &str) -> Self {
        Self::new(&format!(
            "#!/bin/sh\nread -r l; echo '{{\"id\":1,\"ok\":{{\"protocols\":[\"provider/v1\"],\"name\":\"n\",\
             \"version\":\"1\",\"capabilities\":[{capabilities}]}}}}'\nwhile read -r l; do {then}\ndone\n"
        ))
    }

    fn target(&mut self) -> &mut ExecTarget {
        let Target::Exec(target) = &mut self.resource.target else { panic!() };
        target
    }

    fn intent(&self) -> Intent {
        let start = now().whole_secs();
        let id = CredentialId::from_number(7).unwrap();
        Subject::intent(self, RequestId::from_number(8).unwrap(), id, start, start.plus(Span::clamped(600)))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    async fn grant_fails(&self) -> ProviderError {
        self.provider.grant(&self.intent()).await.unwrap_err()
    }
}

#[async_trait]
impl Subject for Plugin {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn intent(&self, request: RequestId, credential: CredentialId, start: Time, end: Time) -> Intent {
        let parameters = BTreeMap::from([("group".to_owned(), "adm".to_owned())]);
        Intent {
            credential,
            request,
            resource: self.resource.clone(),
            gives: Gives::Exec(ExecGives { parameters }),
            start,
            end,
            ask: CredentialAsk::Issue { nonce: "the-requesters-nonce".to_owned() },
        }
    }

    async fn can_use(&self, material: &Material) -> bool {
        let Material::Exec { variables } = material else { panic!("{material:?}") };
        let end = std::fs::read_to_string(variables["ACCESS"].expose());
        end.is_ok_and(|end| now() < end.parse().unwrap())
    }
}

#[tokio::test]
async fn a_plugin_that_does_right_conforms() {
    conformance::conforms(&Plugin::new(GOOD)).await;
}

/// The checks that fail when this of the good plugin becomes that.
async fn failing(from: &str, to: &str) -> Vec<&'static str> {
    assert_eq!(GOOD.matches(from).count(), 1, "{from}");
    let plugin = Plugin::new(&GOOD.replace(from, to));
    let verdicts = conformance::run(&plugin, |_, _| ()).await;
    verdicts.into_iter().filter(|(_, v)| matches!(v, Verdict::Failed(_))).map(|(name, _)| name).collect()
}

#[tokio::test]
async fn the_suite_finds_a_plugin_that_says_done_and_does_not() {
    let lies = failing("if os.path.exists(path(\"live\", w)): os.unlink(path(\"live\", w))", "pass").await;
    assert!(lies.contains(&"a revocation ends the access, and may be repeated"), "{lies:?}");
    let forgets = failing("open(path(\"revoked\", w), \"w\").close()", "pass").await;
    assert!(forgets.contains(&"a revocation before the grant wins"), "{forgets:?}");
    assert!(!forgets.contains(&"a revocation ends the access, and may be repeated"), "{forgets:?}");
    let shares = failing("f\"{F}/{kind}-{w['credential']}\"", "f\"{F}/{kind}-0123456789ab\"").await;
    assert!(shares.contains(&"two grants at once stand alone, and the end of one leaves the other"));
    let early = failing("os.path.exists(path(\"live\", w)) else", "False else").await;
    assert!(early.contains(&"what was granted works, and is not said to be absent"), "{early:?}");
    let once = failing(
        "lambda w: {\"ok\": {}}",
        "lambda w: {\"error\": {\"code\": \"refused\", \"message\": \"no\"}}",
    )
    .await;
    assert_eq!(once, ["the preflight passes"], "and then it is asked nothing more");
}

#[tokio::test]
async fn a_plugin_gets_its_own_grant_and_nothing_else() {
    let text = GOOD
        .replace("    asked = json.loads(line)\n", "    asked = json.loads(line)\n    open(F + \"/log\", \"a\").write(line)\n")
        .replace("import fcntl", "import os\nopen(os.environ['FOLDER'] + '/env', 'w').write(' '.join(sorted(os.environ)))\nimport fcntl");
    let plugin = Plugin::new(&text);
    let intent = plugin.intent();
    plugin.provider.preflight(&plugin.resource).await.unwrap();
    let Material::Exec { variables } = plugin.provider.grant(&intent).await.unwrap() else { panic!() };
    assert_eq!(variables.len(), 1);
    let revoked = plugin.provider.revoke(&(&intent).into(), now()).await.unwrap();
    assert_eq!(revoked.sessions, Some(1));
    let lines: Vec<serde_json::Value> =
        plugin.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let calls: Vec<_> = lines.iter().map(|line| line["call"].as_str().unwrap()).collect();
    assert_eq!(calls, ["hello", "preflight", "hello", "grant", "hello", "revoke"]);
    let resource = serde_json::json!({"name": "thing", "address": "thing.example.net:1", "labels": {},
        "settings": {"key": "a\"b"}});
    assert_eq!(lines[1]["with"], serde_json::json!({ "resource": resource }));
    let grant = serde_json::json!({"resource": resource, "credential": "000000000007", "request": "000000000008",
        "parameters": {"group": "adm"}, "start": intent.start, "end": intent.end});
    assert_eq!(lines[3], serde_json::json!({"jit": "provider/v1", "id": 2, "call": "grant", "with": grant}));
    let env = std::fs::read_to_string(plugin.path("env")).unwrap();
    let env: Vec<&str> = env.split(' ').filter(|name| *name != "LC_CTYPE").collect();
    assert_eq!(env, ["FOLDER", "PATH"]);
}

#[tokio::test]
async fn every_fault_is_a_failure_and_never_a_success() {
    // Each says so with exit code 0.
    for bad in [
        "exit 0",
        "echo; exit 0",
        "echo ok; exit 0",
        "echo '{}'; exit 0",
        "echo '{\"id\":2,\"ok\":{}}'; exit 0",
        "echo '{\"id\":3,\"ok\":{\"variables\":{},\"no-end\":true}}'",
        "echo '{\"id\":2,\"ok\":{\"variables\":{},\"no-end\":true,\"no-end\":true}}'",
        "echo '{\"id\":2,\"ok\":{\"variables\":{\"A\":\"1\",\"A\":\"2\"},\"no-end\":true}}'",
        "echo '{\"id\":2,\"ok\":{\"variables\":{},\"no-end\":false}}'",
        "echo '{\"id\":2,\"ok\":{\"variables\":{}}}'",
        "echo '{\"id\":2,\"ok\":{\"no-end\":true}}'",
        "echo '{\"id\":2,\"ok\":{\"variables\":{},\"no-end\":true,\"more\":1}}'",
        "echo '{\"id\":2,\"ok\":{\"variables\":{\"PATH\":\"x\"},\"no-end\":true}}'",
        "echo '{\"id\":2,\"ok\":{\"variables\":{},\"end\":\"2026-11-22T00:00:00Z\"}}'",
        "echo '{\"id\":2,\"ok\":{\"variables\":{},\"no-end\":true}}{}'",
        "echo '{\"id\":2,\"ok\":{\"variables\":{},\"no-end\":true},\"error\":{\"code\":\"refused\",\"message\":\"x\"}}'",
        "echo '{\"id\":2,\"error\":{\"code\":\"fine\",\"message\":\"x\"}}'",
        "head -c 100000000 /dev/zero",
        "sleep 77 & exit 0",
    ] {
        let plugin = Plugin::shell(ALL, bad);
        let error = plugin.grant_fails().await;
        assert!(matches!(error, ProviderError::Unavailable { .. }), "{bad}: {error}");
        let handle = (&plugin.intent()).into();
        if bad.contains("id\":2,\"error") {
            continue;
        }
        // `{}` is what a revocation may say.
        if !bad.contains("\"ok\":{}}'") {
            assert!(plugin.provider.revoke(&handle, now()).await.is_err(), "{bad}");
        }
        assert!(plugin.provider.verify_absent(&handle, now()).await.is_err(), "{bad}");
        assert!(plugin.provider.inventory(&plugin.resource, &[], now()).await.is_err(), "{bad}");
    }
}

#[tokio::test]
async fn absence_is_said_in_exactly_one_way_and_an_inventory_names_credentials() {
    let of = |answer: &str| Plugin::shell(ALL, &format!("echo '{{\"id\":2,\"ok\":{answer}}}'"));
    for (answer, expected) in [
        (r#"{"absent":true}"#, Some(Presence::Absent)),
        (r#"{"present":"a \u001bthing"}"#, Some(Presence::Present("a \\u{1b}thing".to_owned()))),
        (r#"{"absent":false}"#, None),
        (r#"{"absent":true,"present":"x"}"#, None),
        (r#"{"absent":"true"}"#, None),
        (r#"{"absent":true,"sure":false}"#, None),
        (r#"{"present":true}"#, None),
    ] {
        let plugin = of(answer);
        let found = plugin.provider.verify_absent(&(&plugin.intent()).into(), now()).await;
        assert_eq!(found.ok(), expected, "{answer}");
    }
    for (answer, count) in [
        (r#"{"owned":[]}"#, Some(0)),
        (r#"{"owned":[{"credential":"000000000007","live":true,"changes":["x"]}]}"#, Some(1)),
        (r#"{"owned":[{"credential":"00000000000O","live":true}]}"#, None),
        (r#"{"owned":[{"credential":"root","live":true}]}"#, None),
        (r#"{"owned":[{"credential":"000000000007"}]}"#, None),
        (
            r#"{"owned":[{"credential":"000000000007","live":true},{"credential":"000000000007","live":false}]}"#,
            None,
        ),
        (r#"[]"#, None),
    ] {
        let plugin = of(answer);
        let found = plugin.provider.inventory(&plugin.resource, &[], now()).await;
        assert_eq!(found.ok().map(|owned| owned.len()), count, "{answer}");
    }
}

#[tokio::test]
async fn a_longer_life_than_was_asked_for_is_refused_and_taken_back() {
    let long = Plugin::new(&GOOD.replace("\"end\": w[\"end\"]}}", "\"end\": \"2199-01-01T00:00:00Z\"}}"));
    let error = long.grant_fails().await;
    let text = error.to_string();
    assert!(matches!(error, ProviderError::Refused(_)) && text.ends_with("; it was taken back"), "{text}");
    assert!(!long.path("live-000000000007").exists() && long.path("revoked-000000000007").exists());
    // A shorter one is as good: the target is stricter than it has to be.
    let short =
        Plugin::new(&GOOD.replace("\"end\": w[\"end\"]}}", "\"end\": \"2026-11-22T00:00:00+01:00\"}}"));
    short.provider.grant(&short.intent()).await.unwrap();
}

#[tokio::test]
async fn a_plugin_that_hangs_is_killed_with_its_children_in_time() {
    let mut plugin = Plugin::shell(ALL, "sleep 77 & echo $$ $! > $FOLDER/pids; wait");
    plugin.target().timeout = Span::clamped(1);
    let start = Instant::now();
    let error = plugin.grant_fails().await.to_string();
    assert!(
        error.contains("gave no answer within 1 s") && start.elapsed() < Duration::from_secs(10),
        "{error}"
    );
    let pids = std::fs::read_to_string(plugin.path("pids")).unwrap();
    let gone = |pid: &str| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ")
    };
    while !pids.split_whitespace().all(gone) {
        assert!(start.elapsed() < Duration::from_secs(20), "{pids} are left");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_program_that_was_changed_or_speaks_another_version_is_refused_with_the_cure() {
    let mut plugin = Plugin::new(GOOD);
    plugin.target().sha256 = Digest::of(b"another");
    let error = plugin.provider.preflight(&plugin.resource).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, ProviderError::Refused(_)) && text.contains("sha256sum "), "{text}");
    let other = Plugin::new(&GOOD.replace("\"provider/v1\"", "\"provider/v2\""));
    let error = other.grant_fails().await;
    assert!(error.to_string().contains("does not speak provider/v1: it speaks provider/v2"), "{error}");
    assert!(matches!(error, ProviderError::Refused(_)));
}

#[tokio::test]
async fn a_plugin_that_could_not_revoke_or_lacks_its_variables_is_refused_before_it_grants() {
    let lacks = Plugin::shell(r#""preflight","grant","verify","sideways""#, "echo '{\"id\":2,\"ok\":{}}'");
    let error = lacks.provider.preflight(&lacks.resource).await.unwrap_err();
    assert_eq!(error.to_string(), "the plugin of thing does not offer revoke, inventory");
    let mut poor = Plugin::new(GOOD);
    poor.target().environment.insert("NOT_THERE".to_owned());
    let error = poor.provider.preflight(&poor.resource).await.unwrap_err();
    assert!(error.to_string().contains("needs NOT_THERE"), "{error}");
}

#[tokio::test]
async fn no_error_shows_what_may_be_a_secret_and_what_a_plugin_says_is_escaped() {
    for canary in [
        r#"{"id":2,"ok":"canary"}"#,
        r#"{"id":2,"ok":{"variables":"canary","no-end":true}}"#,
        r#"{"id":2,"ok":{"variables":{"A":["canary"]},"no-end":true}}"#,
        r#"{"id":2,"ok":{"variables":{"canary":"x"},"no-end":true}}"#,
        r#"{"id":2,"ok":{"variables":{"PATH":"canary"},"no-end":true}}"#,
        r#"{"id":2,"ok":{"canary":1}}"#,
        r#"{"id":2,"canary":1}"#,
        r#"{"id":"canary"}"#,
        r#"{"id":2,"ok":{"canary":1,"canary":2}}"#,
    ] {
        let error = Plugin::shell(ALL, &format!("echo '{canary}'")).grant_fails().await;
        let text = format!("{error} {error:?}");
        assert!(!text.contains("canary"), "{canary}: {text}");
    }
    let says = r#"printf '%s\n' '{"id":2,"error":{"code":"refused","message":"no\u001b[2J\nway"}}'"#;
    let error = Plugin::shell(ALL, says).grant_fails().await;
    assert!(matches!(&error, ProviderError::Refused(text) if text == "no\\u{1b}[2J\\nway"), "{error}");
}
