//! Clusters that do not do what a good one does, and objects that are not as jit made them.

use super::*;

fn unavailable<T: std::fmt::Debug>(result: Result<T, ProviderError>) -> String {
    match result {
        Err(ProviderError::Unavailable { what, .. }) => what,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn with_less_time_left_than_a_token_takes_nothing_is_made() {
    if skipped() {
        return;
    }
    let mut on = OnCluster::start(in_shop()).await;
    on.provider = KubernetesProvider::new(now);
    let why = on.refusal(&on.new_intent(599)).await;
    assert!(why.contains("Kubernetes makes no token for less than 600 s: ask for a longer time"), "{why}");
    assert_eq!(on.server.cluster().calls, Vec::<String>::new());
    assert!(on.provider.grant(&on.new_intent(605)).await.is_ok());
}

#[tokio::test]
async fn a_token_that_lives_longer_than_asked_is_refused_and_all_of_it_removed() {
    if skipped() {
        return;
    }
    let on = OnCluster::start(in_shop()).await;
    for fault in [Fault::LongTokens, Fault::SecretlyLongTokens] {
        on.server.cluster().fault = fault;
        let intent = on.new_intent(600);
        let why = on.refusal(&intent).await;
        assert!(why.contains("longer than the grant"), "{why}");
        assert_eq!(on.presence(&intent).await, Presence::Absent);
        assert!(on.server.cluster().objects.is_empty());
    }
}

#[tokio::test]
async fn a_cluster_that_is_down_or_not_the_one_that_was_meant_is_unavailable_and_later_asked_again() {
    if skipped() {
        return;
    }
    let mut on = OnCluster::start(in_shop()).await;
    let intent = on.new_intent(600);
    on.provider.grant(&intent).await.unwrap();

    let other = ApiServer::start(SHORTEST).await;
    let pem = std::fs::read(on.server.path("ca.pem")).unwrap();
    let calls = on.server.cluster().calls.len();
    crate::files::write_private(&on.server.path("ca.pem"), &std::fs::read(other.path("ca.pem")).unwrap())
        .unwrap();
    // A provider that has not asked for its rights a moment ago.
    let new = || KubernetesProvider::with_limits(now, SHORTEST, CALL);
    let why = unavailable(new().preflight(&on.resource()).await);
    assert!(why.contains("certificate"), "{why}");
    unavailable(on.provider.revoke(&Handle::from(&intent), now()).await);
    assert_eq!(on.server.cluster().calls.len(), calls, "the token went to a server that nobody trusts");
    crate::files::write_private(&on.server.path("ca.pem"), &pem).unwrap();
    new().preflight(&on.resource()).await.unwrap();

    on.server.stop().await;
    unavailable(new().preflight(&on.resource()).await);
    unavailable(on.provider.grant(&on.new_intent(600)).await);
    unavailable(on.provider.revoke(&Handle::from(&intent), now()).await);
    unavailable(on.provider.verify_absent(&Handle::from(&intent), now()).await);
    let why = unavailable(on.provider.inventory(&on.resource(), &[], now()).await);
    assert!(why.starts_with("the API server https://127.0.0.1:") && why.contains("refused"), "{why}");
}

#[tokio::test]
async fn who_could_not_revoke_may_not_grant_and_is_told_which_right_is_missing() {
    if skipped() {
        return;
    }
    let on = OnCluster::start(in_shop()).await;
    for (denied, said) in [
        ("delete serviceaccounts", "delete serviceaccounts in namespace jit"),
        ("create serviceaccounts/token", "create serviceaccounts/token in namespace jit"),
        ("list clusterrolebindings", "list clusterrolebindings in the whole cluster"),
    ] {
        on.server.cluster().denied = [denied.to_owned()].into();
        let provider = KubernetesProvider::with_limits(now, SHORTEST, CALL);
        let error = provider.preflight(&on.resource()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("jit's own ServiceAccount may not {said}"));
        assert!(matches!(error, ProviderError::Refused(_)));
    }
    on.server.cluster().denied = ["delete rolebindings".to_owned(), "bind roles".to_owned()].into();
    on.provider.preflight(&on.resource()).await.unwrap();
    let why = on.refusal(&on.new_intent(600)).await;
    assert_eq!(
        why,
        "jit's own ServiceAccount may not delete rolebindings in namespace shop; nor bind roles pod-reader \
         in namespace shop"
    );
    // A right that goes while it is remembered: the call itself says it.
    on.server.cluster().denied.clear();
    let intent = on.new_intent(600);
    on.provider.grant(&intent).await.unwrap();
    on.server.cluster().denied = ["create serviceaccounts".to_owned()].into();
    let why = on.refusal(&on.new_intent(600)).await;
    assert!(why.contains("cannot create resource \"serviceaccounts\""), "{why}");
    on.server.cluster().denied = ["delete rolebindings".to_owned()].into();
    assert!(on.provider.revoke(&Handle::from(&intent), now()).await.is_err());
    // The ServiceAccount goes all the same, and with it the token.
    let left: Vec<String> = on.server.cluster().objects.keys().map(|key| key.0.clone()).collect();
    assert_eq!(left, ["rolebindings"]);
    assert!(matches!(on.presence(&intent).await, Presence::Present(_)));
}

#[tokio::test]
async fn a_hostile_answer_is_bounded_and_believed_in_nothing() {
    if skipped() {
        return;
    }
    let on = OnCluster::start(in_shop()).await;
    let (intent, handle) = (on.new_intent(600), Handle::from(&on.new_intent(600)));
    for fault in [Fault::Huge, Fault::Junk, Fault::WrongKind, Fault::ForeignNotFound] {
        on.server.cluster().fault = fault;
        let mut errors = vec![
            on.provider.preflight(&on.resource()).await.unwrap_err(),
            on.provider.grant(&intent).await.unwrap_err(),
            on.provider.verify_absent(&handle, now()).await.unwrap_err(),
            on.provider.inventory(&on.resource(), &[], now()).await.unwrap_err(),
        ];
        errors.extend(on.provider.revoke(&handle, now()).await.err());
        for error in errors {
            let text = error.to_string();
            assert!(text.len() < 500 && !text.contains('\u{1b}') && !text.contains(OWN), "{text:?}");
            assert!(
                fault == Fault::ForeignNotFound || matches!(error, ProviderError::Refused(_)),
                "{error:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_cluster_that_never_answers_is_given_up() {
    if skipped() {
        return;
    }
    let mut on = OnCluster::start(in_shop()).await;
    on.provider = KubernetesProvider::with_limits(now, SHORTEST, Duration::from_millis(200));
    on.server.cluster().fault = Fault::Silent;
    let why = unavailable(on.provider.preflight(&on.resource()).await);
    assert!(why.starts_with("the cluster took longer"), "{why}");
}

#[tokio::test]
async fn an_object_of_that_name_that_is_not_as_jit_makes_it_is_not_taken() {
    if skipped() {
        return;
    }
    let on = OnCluster::start(in_shop()).await;
    type Change = fn(&mut Value);
    let changes: [(&str, Change, &str); 4] = [
        ("serviceaccounts", |o| o["metadata"]["labels"] = json!({}), "app.kubernetes.io/managed-by"),
        (
            "serviceaccounts",
            |o| o["metadata"]["annotations"]["jit.access/end"] = json!("x"),
            "jit.access/end",
        ),
        ("rolebindings", |o| o["roleRef"]["name"] = json!("admin"), "the binding is of another role"),
        (
            "rolebindings",
            |o| o["subjects"] = json!([o["subjects"][0], { "kind": "User", "name": "mallory" }]),
            "the binding has other subjects than the grant's ServiceAccount",
        ),
    ];
    for (kind, change, said) in changes {
        let intent = on.new_intent(600);
        on.provider.grant(&intent).await.unwrap();
        on.provider.grant(&intent).await.unwrap();
        on.changed(kind, &intent, change);
        let why = on.refusal(&intent).await;
        assert!(why.contains(said), "{why}");
        let known = [Handle::from(&intent)];
        let owned = on.provider.inventory(&on.resource(), &known, now()).await.unwrap();
        let [owned] = owned.as_slice() else { panic!("{owned:?}") };
        assert!(owned.live && owned.credential == intent.credential);
        assert!(owned.changes.len() == 1 && owned.changes[0].contains(said), "{:?}", owned.changes);
        on.provider.revoke(&known[0], now()).await.unwrap();
        assert_eq!(on.presence(&intent).await, Presence::Absent);
    }
}

#[tokio::test]
async fn the_inventory_has_what_nobody_knows_of_and_says_what_is_missing() {
    if skipped() {
        return;
    }
    let on = OnCluster::start(in_shop()).await;
    let intents: Vec<Intent> = (0..5).map(|_| on.new_intent(600)).collect();
    for intent in &intents {
        on.provider.grant(intent).await.unwrap();
    }
    // Neither another's object, nor one whose name is not an id, is jit's to end.
    for name in ["jit-UPPER", "other"] {
        let key = ("rolebindings".to_owned(), "shop".to_owned(), name.to_owned());
        let labels = json!({ "app.kubernetes.io/managed-by": "jit" });
        let object = json!({ "metadata": { "name": name, "namespace": "shop", "labels": labels } });
        on.server.cluster().objects.insert(key, object);
    }
    let owned = on.provider.inventory(&on.resource(), &[], now()).await.unwrap();
    assert_eq!(owned.len(), 5);
    assert!(owned.iter().all(|owned| owned.live && owned.changes.is_empty()), "{owned:?}");

    on.server
        .cluster()
        .objects
        .retain(|key, _| key.0 != "rolebindings" || key.2 != objects::object_name(intents[0].credential));
    let known: Vec<Handle> = intents.iter().take(1).map(Handle::from).collect();
    let owned = on.provider.inventory(&on.resource(), &known, now()).await.unwrap();
    let first = owned.iter().find(|owned| owned.credential == intents[0].credential).unwrap();
    assert_eq!(first.changes, ["the RoleBinding is missing"]);
}

#[tokio::test]
async fn what_a_finalizer_holds_is_not_said_to_be_absent() {
    if skipped() {
        return;
    }
    let on = OnCluster::start(in_shop()).await;
    let intent = on.new_intent(600);
    on.provider.grant(&intent).await.unwrap();
    on.changed("serviceaccounts", &intent, |o| o["metadata"]["finalizers"] = json!(["example.net/hold"]));
    on.provider.revoke(&Handle::from(&intent), now()).await.unwrap();
    let Presence::Present(what) = on.presence(&intent).await else { panic!() };
    assert!(what.contains("a finalizer"), "{what}");
}

#[tokio::test]
async fn the_token_file_is_private_read_anew_and_never_shown() {
    use std::os::unix::fs::PermissionsExt as _;
    if skipped() {
        return;
    }
    let on = OnCluster::start(in_shop()).await;
    let token = on.server.path("token");
    let mode = |mode| std::fs::set_permissions(&token, std::fs::Permissions::from_mode(mode)).unwrap();
    mode(0o640);
    let why = unavailable(on.provider.preflight(&on.resource()).await);
    assert!(why.contains("may be read or changed by others (mode 0640); try: chmod 600"), "{why}");
    mode(0o600);
    // As Kubernetes mounts one: a link to a link.
    let target = on.server.path("data");
    std::fs::rename(&token, &target).unwrap();
    std::os::unix::fs::symlink(&target, &token).unwrap();
    on.provider.preflight(&on.resource()).await.unwrap();
    let provider = KubernetesProvider::with_limits(now, SHORTEST, CALL);
    crate::files::write_private(&target, b"wrong-token\n").unwrap();
    let why = unavailable(provider.preflight(&on.resource()).await);
    assert!(why.ends_with("it does not accept jit's own token") && !why.contains("wrong-token"), "{why}");
    for bad in ["", "two words", "line\nline"] {
        crate::files::write_private(&target, bad.as_bytes()).unwrap();
        let why = provider.preflight(&on.resource()).await.unwrap_err().to_string();
        assert!(why.starts_with("there is no token in /"), "{why}");
    }
}
