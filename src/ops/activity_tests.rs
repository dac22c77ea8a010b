use super::*;
use crate::api::{NewPiece, NewToken};
use crate::domain::{Kind, Span};
use crate::ops::testing::World;

const CAST: &str =
    "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1800000000}\n[0.5,\"o\",\"ls\"]\n";

fn names(all: &[&str]) -> BTreeSet<Name> {
    all.iter().map(|name| name.parse().unwrap()).collect()
}

fn for_host(purpose: Purpose, on: &[&str]) -> NewToken {
    NewToken { user: "host".parse().unwrap(), purpose, life: Span::clamped(60 * 86_400), on: names(on) }
}

/// A world with a host that stands for `web-1`, and a live grant on it.
async fn world() -> (World, CollectCaller, api::Request, CredentialId) {
    let world = World::new().await;
    let host = api::NewUser {
        name: "host".parse().unwrap(),
        kind: Kind::Service,
        human: Some("root".parse().unwrap()),
        admin: false,
    };
    world.engine.add_user(&world.admin, &host).await.unwrap();
    let token = token(&world, Purpose::Collect, &["web-1"]).await;
    let caller = world.engine.authenticate_collector(Some(&token), None).await.unwrap();
    let request = world.active().await;
    let credential = credential(&world, &request).await;
    (world, caller, request, credential)
}

async fn token(world: &World, purpose: Purpose, on: &[&str]) -> String {
    world.engine.new_token(&world.admin, &for_host(purpose, on)).await.unwrap().token
}

async fn credential(world: &World, request: &api::Request) -> CredentialId {
    use crate::store::Store as _;
    world.store.credentials(request.id).await.unwrap()[0].id
}

async fn deliver(
    world: &World,
    caller: &CollectCaller,
    credential: CredentialId,
    text: &str,
) -> Result<api::Piece, Error> {
    let new = NewPiece { credential, what: PieceKind::Recording, name: "../../x\u{1b}[2J".into() };
    world.engine.keep_piece(caller, &new, text.as_bytes().to_vec()).await
}

fn cast(bytes: usize) -> String {
    format!("{CAST}[1.0,\"o\",\"{}\"]\n", "x".repeat(bytes - CAST.len() - 13))
}

async fn read(world: &World, who: &str, request: &api::Request) -> Result<api::Activity, Error> {
    world.engine.activity(&world.as_user(who).await, &request.id.to_string()).await
}

#[tokio::test]
async fn what_was_done_is_kept_once_with_one_event_and_its_digest_in_it() {
    let (mut world, host, request, credential) = world().await;
    let piece = deliver(&world, &host, credential, CAST).await.unwrap();
    assert_eq!(deliver(&world, &host, credential, CAST).await.unwrap().digest, piece.digest);
    assert_eq!(world.told("recording.stored", "digest").await, [piece.digest.to_string()]);
    let activity = read(&world, "carol", &request).await.unwrap();
    assert_eq!(activity.pieces, std::slice::from_ref(&piece));
    assert_eq!((piece.resource.as_str(), piece.by.as_str()), ("web-1", "host"));
    world.restart(crate::ops::testing::POLICY).await;
    let digest = piece.digest.to_string();
    let bytes = world.engine.piece(&world.admin, &request.id.to_string(), &digest).await.unwrap();
    assert_eq!(bytes, CAST.as_bytes());
    // It may come after the end, for a while.
    world.later(86_400).await;
    deliver(&world, &host, credential, &cast(200)).await.unwrap();
    world.clock.advance(30 * 86_400);
    let late = deliver(&world, &host, credential, &cast(201)).await;
    assert!(matches!(late, Err(Error::Forbidden(_))), "{late:?}");
}

#[tokio::test]
async fn a_token_is_good_for_its_own_purpose_and_resources_alone() {
    let (world, host, request, credential) = world().await;
    let engine = &world.engine;
    let scim = token(&world, Purpose::Scim, &[]).await;
    let collect = token(&world, Purpose::Collect, &["web-2"]).await;
    assert!(matches!(engine.authenticate_collector(Some(&scim), None).await, Err(Error::NotLoggedIn)));
    assert!(matches!(engine.authenticate_scim(Some(&collect), None).await, Err(Error::NotLoggedIn)));
    assert!(matches!(engine.authenticate(&collect, None).await, Err(Error::NotLoggedIn)));
    let other = engine.authenticate_collector(Some(&collect), None).await.unwrap();
    let never = CredentialId::from_number(1).unwrap();
    let mut said = Vec::new();
    for (who, which) in [(&other, credential), (&host, never)] {
        let refused = deliver(&world, who, which, CAST).await;
        let Err(Error::Forbidden(why)) = refused else { panic!("{refused:?}") };
        said.push(why.replace(&which.to_string(), "ID"));
    }
    assert_eq!(said[0], said[1], "what is another's looks as if it were not there");
    assert_eq!(world.count("recording.stored").await, 0);
    assert_eq!(read(&world, "carol", &request).await.unwrap().pieces, []);
    assert!(world.count("access.refused").await >= 4);
}

#[tokio::test]
async fn a_token_to_collect_names_resources_that_there_are_and_a_directorys_names_none() {
    let (world, ..) = world().await;
    let ask = async |purpose, on: &[&str]| world.engine.new_token(&world.admin, &for_host(purpose, on)).await;
    assert!(matches!(ask(Purpose::Collect, &[]).await, Err(Error::Usage(_))));
    assert!(matches!(ask(Purpose::Collect, &["web-9"]).await, Err(Error::NotFound { .. })));
    assert!(matches!(ask(Purpose::Scim, &["web-1"]).await, Err(Error::Usage(_))));
    let carol = world.as_user("carol").await;
    let refused = world.engine.new_token(&carol, &for_host(Purpose::Collect, &["web-1"])).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn revoked_tokens_of_one_purpose_end_at_once_and_those_of_another_do_not() {
    let (world, ..) = world().await;
    let (engine, user) = (&world.engine, Name::clone(&"host".parse().unwrap()));
    let scim = token(&world, Purpose::Scim, &[]).await;
    let collect = token(&world, Purpose::Collect, &["web-2"]).await;
    let ask = api::EndTokens { user, purpose: Purpose::Collect };
    let carol = world.as_user("carol").await;
    assert!(matches!(engine.end_tokens(&carol, &ask).await, Err(Error::Forbidden(_))));
    assert_eq!(engine.end_tokens(&world.admin, &ask).await.unwrap().ended, 2);
    assert!(engine.authenticate_collector(Some(&collect), None).await.is_err());
    engine.authenticate_scim(Some(&scim), None).await.unwrap();
    assert_eq!(engine.end_tokens(&world.admin, &ask).await.unwrap().ended, 0);
    assert_eq!(world.told("login.ended", "for").await, ["collect"]);
}

#[tokio::test]
async fn a_token_from_before_there_were_purposes_is_a_directorys() {
    use crate::store::{Change, Record, Store as _, Write};
    let (world, ..) = world().await;
    let token = format!("jit_s_{}", "A".repeat(43));
    let hash = Digest::of(token.as_bytes()).to_string();
    let body = serde_json::json!({
        "hash": hash, "user": "host", "created": world.engine.now(), "expires": world.engine.now().plus(LATE),
    });
    let record = Record { kind: RecordKind::ServiceToken, key: hash, revision: 1, body: body.to_string() };
    world.store.commit(Change { writes: vec![Write::PutRecord(record)], events: vec![] }).await.unwrap();
    world.engine.authenticate_scim(Some(&token), None).await.unwrap();
    assert!(world.engine.authenticate_collector(Some(&token), None).await.is_err());
}

#[tokio::test]
async fn the_person_and_the_deciders_read_it_and_for_others_it_is_not_there() {
    let (world, host, request, credential) = world().await;
    let piece = deliver(&world, &host, credential, CAST).await.unwrap();
    for who in ["carol", "carol.two", "bob", "root"] {
        assert_eq!(read(&world, who, &request).await.unwrap().pieces.len(), 1, "{who}");
    }
    for who in ["eve", "ci", "host"] {
        let (caller, id) = (world.as_user(who).await, request.id.to_string());
        assert!(matches!(read(&world, who, &request).await, Err(Error::NotFound { .. })), "{who}");
        let bytes = world.engine.piece(&caller, &id, &piece.digest.to_string()).await;
        assert!(matches!(bytes, Err(Error::NotFound { .. })), "{who}");
    }
}

#[tokio::test]
async fn nothing_is_kept_for_a_request_that_was_never_active() {
    let (world, host, ..) = world().await;
    let request = world.ask("carol", "self").await;
    // The provider failed: the credential was taken back before anybody had it.
    world.target.down.store(true, std::sync::atomic::Ordering::SeqCst);
    assert!(world.use_it("carol", &request).await.is_err());
    let credential = credential(&world, &request).await;
    assert!(matches!(deliver(&world, &host, credential, CAST).await, Err(Error::Forbidden(_))));
    world.target.down.store(false, std::sync::atomic::Ordering::SeqCst);
    world.later(86_400).await;
    assert!(matches!(deliver(&world, &host, credential, CAST).await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn a_piece_over_the_bounds_is_refused_whole() {
    let (world, host, request, credential) = world().await;
    let large = format!("{CAST}{}", " ".repeat(LARGEST_PIECE));
    assert!(matches!(deliver(&world, &host, credential, &large).await, Err(Error::TooLarge(_))));
    deliver(&world, &host, credential, &cast(6_000)).await.unwrap();
    // Of one request.
    assert!(matches!(deliver(&world, &host, credential, &cast(5_000)).await, Err(Error::TooLarge(_))));
    deliver(&world, &host, credential, &cast(3_000)).await.unwrap();
    // Of all.
    let other = world.ask("carol", "self").await;
    world.use_it("carol", &other).await.unwrap();
    let other = self::credential(&world, &other).await;
    // The host keeps it meanwhile: it is not too large, there is no room.
    assert!(matches!(deliver(&world, &host, other, &cast(7_000)).await, Err(Error::Unavailable(_))));
    deliver(&world, &host, other, &cast(5_000)).await.unwrap();
    // Those that are there already are no more.
    deliver(&world, &host, credential, &cast(6_000)).await.unwrap();
    let activity = read(&world, "carol", &request).await.unwrap();
    assert_eq!(
        activity.pieces.iter().map(|piece| piece.bytes).collect::<BTreeSet<_>>(),
        [3_000, 6_000].into()
    );
    assert_eq!(world.count("recording.stored").await, 3);
}

#[tokio::test]
async fn bytes_that_are_no_recording_are_refused() {
    let (world, host, _, credential) = world().await;
    for bad in ["", "{}\n", "root:x:0:0\n", "{\"version\":2}\n"] {
        assert!(matches!(deliver(&world, &host, credential, bad).await, Err(Error::Usage(_))), "{bad:?}");
    }
    let new = NewPiece { credential, what: PieceKind::Statements, name: "x".into() };
    let wrong = world.engine.keep_piece(&host, &new, CAST.as_bytes().to_vec()).await;
    assert!(matches!(wrong, Err(Error::Usage(_))), "{wrong:?}");
}

#[tokio::test]
async fn a_file_that_was_changed_or_is_gone_is_told_and_never_read_as_good() {
    let (mut world, host, request, credential) = world().await;
    let piece = deliver(&world, &host, credential, CAST).await.unwrap();
    let (id, digest) = (request.id.to_string(), piece.digest.to_string());
    let path = world.pieces().join(&id).join(&digest);
    for tampered in [Some(CAST.replace("ls", "id")), Some(String::new()), None] {
        match &tampered {
            Some(text) => crate::files::write_private(&path, text.as_bytes()).unwrap(),
            None => crate::files::remove(&path).unwrap(),
        }
        assert!(read(&world, "carol", &request).await.unwrap().pieces[0].damaged, "{tampered:?}");
        let bytes = world.engine.piece(&world.admin, &id, &digest).await;
        assert!(matches!(bytes, Err(Error::Damaged(_))), "{tampered:?}");
        world.restart(crate::ops::testing::POLICY).await;
    }
    // The host still has it.
    deliver(&world, &host, credential, CAST).await.unwrap();
    assert!(!read(&world, "carol", &request).await.unwrap().pieces[0].damaged);
    assert_eq!(world.count("recording.stored").await, 1);
}

#[tokio::test]
async fn a_file_without_its_record_is_removed_at_the_next_start() {
    let (mut world, host, request, credential) = world().await;
    deliver(&world, &host, credential, CAST).await.unwrap();
    let folder = world.pieces().join(request.id.to_string());
    let left = folder.join(Digest::of(b"left").to_string());
    crate::files::write_private(&left, b"left").unwrap();
    crate::files::write_private(&folder.join(".x.0.tmp"), b"left").unwrap();
    world.restart(crate::ops::testing::POLICY).await;
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    assert!(!read(&world, "carol", &request).await.unwrap().pieces[0].damaged);
}
