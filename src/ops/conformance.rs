//! What every backend does alike. Run by `Local` in process and by `client::Remote` against a server.

use super::Backend;
use super::testing::new_request;
use crate::api::{self, Code, Filing, ListFilter, Which};
use crate::domain::{Span, State};

/// `backend` acts for somebody who may ask for role `self` of [`super::testing::POLICY`], which approves
/// itself, and who may see the whole log.
pub async fn run(backend: &dyn Backend) {
    who_and_what(backend).await;
    let request = asking(backend).await;
    finding(backend, &request).await;
    using_and_ending(backend, &request).await;
    withdrawing(backend).await;
    log(backend, &request).await;
}

async fn who_and_what(backend: &dyn Backend) {
    let me = backend.whoami().await.unwrap();
    assert_eq!(me.principal, me.human);
    assert!(backend.health().await.unwrap().recording);
    assert!(backend.ssh_ca().await.unwrap().public_key.starts_with("ssh-ed25519 "));
    let roles = backend.roles().await.unwrap().roles;
    let role = roles.iter().find(|role| role.name.as_str() == "self").unwrap();
    assert!(role.may_request && !role.may_approve && role.approvals == 0);
    let explained = backend.explain("self", None).await.unwrap();
    assert_eq!((explained.missing.len(), explained.role.max_duration), (0, Span::clamped(3600)));
    assert_eq!(explained.example.as_deref(), Some("jit request self --for 1h --reason TEXT"));
    assert_eq!(backend.explain("../self", None).await.unwrap_err().code, Code::NotFound);
}

async fn asking(backend: &dyn Backend) -> api::Request {
    let dry = api::NewRequest { dry_run: true, ..new_request("self") };
    assert_eq!(backend.request(&dry).await.unwrap().filing, Filing::WouldFile);
    assert_eq!(backend.list(&api::ListQuery::default()).await.unwrap().requests.len(), 0);

    let long = api::NewRequest { duration: Span::clamped(3601), ..new_request("self") };
    let problem = backend.request(&long).await.unwrap_err();
    assert_eq!(problem.code, Code::Refused);
    assert_eq!(problem.hint.as_deref(), Some("ask for at most --for 1h"));
    let unknown = api::NewRequest { role: "nobody's\u{1b}[31m".into(), ..new_request("self") };
    let problem = backend.request(&unknown).await.unwrap_err();
    assert_eq!(problem.code, Code::NotFound);
    assert!(!problem.message.contains('\u{1b}'));
    let silent = api::NewRequest { reason: "  ".into(), ..new_request("self") };
    assert_eq!(backend.request(&silent).await.unwrap_err().code, Code::Refused);

    let filed = backend.request(&new_request("self")).await.unwrap();
    assert_eq!((filed.filing, filed.request.state), (Filing::Filed, State::Approved));
    let again = backend.request(&new_request("self")).await.unwrap();
    assert_eq!((again.filing, again.request.id), (Filing::Reused, filed.request.id));
    filed.request
}

async fn finding(backend: &dyn Backend, request: &api::Request) {
    let id = request.id.to_string();
    assert_eq!(backend.show(&id).await.unwrap().id, request.id);
    assert_eq!(backend.show(&id.get(..7).unwrap().to_uppercase()).await.unwrap().id, request.id);
    for missing in ["zzzzzzzzzzzz", "nope!", "..", "%2e%2e", "x/y", ""] {
        let code = backend.show(missing).await.unwrap_err().code;
        assert_eq!(code, Code::NotFound, "{missing:?}");
    }
    for filter in [ListFilter::Open, ListFilter::Mine, ListFilter::History] {
        let page = backend.list(&api::ListQuery { filter, ..Default::default() }).await.unwrap();
        assert_eq!(page.requests.iter().map(|r| r.id).collect::<Vec<_>>(), [request.id]);
    }
    for filter in [ListFilter::ToApprove, ListFilter::Pending, ListFilter::Active] {
        let page = backend.list(&api::ListQuery { filter, ..Default::default() }).await.unwrap();
        assert!(page.requests.is_empty());
    }
    let wrong = api::ListQuery { limit: Some(0), ..Default::default() };
    assert_eq!(backend.list(&wrong).await.unwrap_err().code, Code::Usage);
    let waited = backend.wait(&id, request.revision, Span::clamped(1)).await.unwrap();
    assert_eq!(waited.revision, request.revision);
}

async fn using_and_ending(backend: &dyn Backend, request: &api::Request) {
    let id = request.id.to_string();
    let approve = api::Approve { shown: request.shown, max: None, comment: None };
    assert_eq!(backend.approve(&id, &approve).await.unwrap_err().code, Code::Refused);
    assert_eq!(backend.cancel(&id, &api::Cancel::default()).await.unwrap_err().code, Code::Conflict);

    let ask = api::CredentialAsk::Ssh { public_key: "ssh-ed25519 AAAA".into() };
    let one = backend.credential(&id, &ask).await.unwrap();
    assert_eq!(one.request.state, State::Active);
    assert!(one.ends_in_s <= 600 && one.ends == one.request.ends.unwrap());
    let two = backend.credential(&id, &ask).await.unwrap();
    assert_eq!((one.id, &one.material), (two.id, &two.material));
    let other = api::CredentialAsk::Ssh { public_key: "ssh-ed25519 BBBB".into() };
    let three = backend.credential(&id, &other).await.unwrap();
    assert!(three.id != one.id && three.ends == one.ends);

    let revoke = api::Revoke { which: Which::Ids(vec![id.clone()]), comment: Some("done".into()) };
    let revoked = backend.revoke(&revoke).await.unwrap();
    let [item] = revoked.items.as_slice() else { panic!("{revoked:?}") };
    assert!(item.confirmed && item.credentials.len() == 2 && item.request.state == State::Revoked);
    assert_eq!(backend.revoke(&revoke).await.unwrap_err().code, Code::Over);
    assert_eq!(backend.credential(&id, &ask).await.unwrap_err().code, Code::Over);
}

async fn withdrawing(backend: &dyn Backend) {
    let which = Which::Mine;
    assert!(
        backend.revoke(&api::Revoke { which: which.clone(), comment: None }).await.unwrap().items.is_empty()
    );
    let keyed = api::NewRequest { idempotency_key: Some("k".into()), ..new_request("self") };
    let filed = backend.request(&keyed).await.unwrap();
    assert_eq!(backend.request(&keyed).await.unwrap().request.id, filed.request.id);
    let other = api::NewRequest { reason: "another".into(), ..keyed.clone() };
    assert_eq!(backend.request(&other).await.unwrap_err().code, Code::Conflict);
    let revoked = backend.revoke(&api::Revoke { which, comment: None }).await.unwrap();
    assert!(revoked.items.iter().all(|item| item.confirmed));
}

async fn log(backend: &dyn Backend, request: &api::Request) {
    let checkpoints = backend.checkpoints().await.unwrap();
    let whole = backend.events(&api::EventQuery::default()).await.unwrap();
    assert!(whole.end && whole.next_seq == whole.events.len() as u64);
    let key: crate::audit::VerifyKey = checkpoints.key.parse().unwrap();
    let mut export = Vec::new();
    // Before the events: a checkpoint may come as early as one likes, and never late.
    for note in &checkpoints.notes {
        crate::audit::export::write_checkpoint(&mut export, note).unwrap();
    }
    for event in &whole.events {
        crate::audit::export::write_event(&mut export, event.get()).unwrap();
    }
    let verifier = crate::audit::verify::Verifier::new();
    let report = crate::audit::export::verify(export.as_slice(), verifier, &key).unwrap();
    assert_eq!(report.events, whole.events.len() as u64);

    let one = api::EventQuery {
        request: Some(request.id.to_string()),
        kind: Some("grant".into()),
        ..Default::default()
    };
    let kinds: Vec<_> =
        backend.events(&one).await.unwrap().events.iter().map(|e| e.get().to_owned()).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    assert!(kinds.iter().all(|event| event.contains("\"kind\":\"grant.")));
}
