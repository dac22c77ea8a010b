//! What only this store has: files, locks, migrations, query plans, and in `faults` what fails.

mod faults;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use super::*;
use crate::audit::{EventKind, Fault, Verifier, What};
use crate::domain::{Material, Target};
use crate::files::FileError;
use crate::store::conformance::{
    self, at, cancelled, insert, name, principal, request, session, told, user, verified,
};
use crate::store::{Scope, Write};

async fn make() -> (Arc<dyn Store>, TempDir) {
    let (store, dir) = open();
    (Arc::new(store), dir)
}

fn open() -> (SqliteStore, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    (SqliteStore::open(&folder(&dir)).unwrap(), dir)
}

fn folder(dir: &TempDir) -> PathBuf {
    dir.path().join("data")
}

fn filed(n: u64) -> Change {
    let request = request(n, "carol", "web");
    Change { writes: vec![insert(&request)], events: vec![told(&request, EventKind::RequestFiled)] }
}

mod conforms {
    super::conformance::suite!(super::make);
}

#[tokio::test]
async fn reopening_keeps_everything_and_the_chain_goes_on() {
    let (store, dir) = open();
    let writes = vec![Write::InsertUser(user("carol")), Write::InsertSession(session("t", "carol", None))];
    store.commit(Change { writes, events: vec![] }).await.unwrap();
    for n in 0..5 {
        store.commit(filed(n)).await.unwrap();
    }
    store.put_checkpoint(5, "note\n").await.unwrap();
    let head = store.log_head().await.unwrap();
    store.close();
    assert!(!folder(&dir).join("jit.db-wal").exists(), "a store that was closed leaves no log to replay");

    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder(&dir)).unwrap());
    assert_eq!(store.log_head().await.unwrap(), head);
    assert_eq!(store.users().await.unwrap(), [user("carol")]);
    assert!(store.session(&Digest::of(b"t")).await.unwrap().is_some());
    assert_eq!(store.checkpoints().await.unwrap(), [(5, "note\n".to_owned())]);
    store.commit(filed(5)).await.unwrap();
    assert_eq!(verified(&store).await.events, 6);
    assert!(matches!(store.commit(filed(5)).await, Err(StoreError::Conflict)));
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let (store, dir) = open();
    store.close();
    let set = |version: u32| {
        let db = Connection::open(folder(&dir).join("jit.db")).unwrap();
        db.execute_batch(&format!("PRAGMA user_version = {version}")).unwrap();
    };
    set(99);
    let error = SqliteStore::open(&folder(&dir)).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, known: 4 }), "{error}");
    set(4);
    SqliteStore::open(&folder(&dir)).unwrap();
}

#[tokio::test]
async fn requests_of_the_second_schema_keep_their_number_of_approvals() {
    let dir = tempfile::tempdir().unwrap();
    SqliteStore::open_with(&folder(&dir), Hold::Alone, &schema::MIGRATIONS[..2]).unwrap().close();
    let db = Connection::open(folder(&dir).join("jit.db")).unwrap();
    let mut expected = Vec::new();
    for (n, old, new) in
        [(1, r#""auto""#, "[]"), (2, r#"{"humans":1}"#, "[1]"), (3, r#"{"humans":3}"#, "[3]")]
    {
        let mut request = request(n, "carol", "web");
        request.terms.approvals = serde_json::from_str(new).unwrap();
        // Nobody could have more than the longest time of then.
        request.terms.max_total = request.terms.max;
        let mut doc = serde_json::to_value(&request).unwrap();
        let terms = doc["terms"].as_object_mut().unwrap();
        terms.remove("max_total").unwrap();
        terms["approvals"] = serde_json::from_str(old).unwrap();
        db.execute(
            "INSERT INTO requests (id, revision, state, issuer, subject, role, resource, created, due, doc)
             VALUES (?1, 1, 'pending', 'jit', 'carol', 'web', 'web-1', ?2, ?3, ?4)",
            rusqlite::params![
                request.id.to_string(),
                request.created.millis(),
                request.pending_until.millis(),
                doc.to_string()
            ],
        )
        .unwrap();
        expected.push(request);
    }
    drop(db);
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder(&dir)).unwrap());
    for request in &expected {
        assert_eq!(store.request(request.id).await.unwrap().as_ref(), Some(request));
        let next = Write::UpdateRequest(Box::new(cancelled(request)));
        store.commit(Change { writes: vec![next], events: vec![] }).await.unwrap();
    }
    assert_eq!(store.open_debriefs().await.unwrap(), []);
    assert_eq!(store.delegations().await.unwrap(), []);
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn files_are_private_whatever_the_umask_says() {
    use rustix::fs::Mode;
    let dir = tempfile::tempdir().unwrap();
    for umask in [0, 0o277] {
        let path = dir.path().join(format!("data-{umask:o}"));
        let before = rustix::process::umask(Mode::from_raw_mode(umask));
        let store = SqliteStore::open(&path);
        rustix::process::umask(before);
        store.as_ref().unwrap().commit(filed(1)).await.unwrap();
        assert_eq!(mode(&path), 0o700);
        let files: Vec<_> = std::fs::read_dir(&path).unwrap().map(|f| f.unwrap().path()).collect();
        assert_eq!(files.len(), 4, "{files:?}");
        for file in files {
            assert_eq!(mode(&file), 0o600, "{file:?}");
        }
    }
}

#[test]
fn what_others_can_read_is_refused_with_the_cure() {
    let (store, dir) = open();
    store.close();
    let folder = folder(&dir);
    std::fs::File::create(folder.join("jit.db-wal")).unwrap();
    for (file, loose, tight) in
        [("", 0o750, 0o700), ("jit.db", 0o644, 0o600), ("jit.db-wal", 0o602, 0o600), ("lock", 0o640, 0o600)]
    {
        let path = if file.is_empty() { folder.clone() } else { folder.join(file) };
        let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        set(loose);
        let Err(StoreError::File(error)) = SqliteStore::open(&folder) else { panic!("{file} is opened") };
        assert_eq!(error.hint().unwrap(), format!("chmod {tight:o} {}", path.display()), "{error}");
        assert_eq!(mode(&path), loose);
        set(tight);
    }
    SqliteStore::open(&folder).unwrap();
    // A link could lead anywhere.
    std::fs::rename(folder.join("jit.db"), dir.path().join("elsewhere")).unwrap();
    std::os::unix::fs::symlink(dir.path().join("elsewhere"), folder.join("jit.db")).unwrap();
    assert!(matches!(SqliteStore::open(&folder), Err(StoreError::File(FileError::Kind { .. }))));
}

#[tokio::test]
async fn processes_that_share_a_folder_write_one_log_without_gaps() {
    let dir = tempfile::tempdir().unwrap();
    let stores = [0, 1, 2].map(|_| Arc::new(SqliteStore::open_shared(&folder(&dir)).unwrap()));
    let mut tasks = tokio::task::JoinSet::new();
    for n in 1..=60u64 {
        let store = Arc::clone(&stores[usize::try_from(n).unwrap() % 3]);
        let request = crate::store::conformance::request(n, "carol", "web");
        tasks.spawn(async move {
            let event = crate::store::conformance::told(&request, EventKind::RequestFiled);
            let writes = vec![Write::InsertRequest { request: Box::new(request), key: None }];
            store.commit(Change { writes, events: vec![event] }).await.unwrap();
        });
    }
    tasks.join_all().await;
    let filter = crate::store::EventFilter { limit: 100, ..Default::default() };
    let mut verifier = Verifier::new();
    for event in stores[0].events(&filter).await.unwrap() {
        verifier.push(&event.bytes).unwrap();
    }
    let report = verifier.finish().unwrap();
    let head = stores[1].log_head().await.unwrap();
    assert_eq!((report.events, report.root), (60, head.root));
    assert!(matches!(SqliteStore::open(&folder(&dir)), Err(StoreError::InUse { .. })));
}

#[test]
fn a_second_opener_is_refused_until_the_first_is_gone() {
    let (store, dir) = open();
    let error = SqliteStore::open(&folder(&dir)).unwrap_err();
    let me = Some(std::process::id());
    assert!(matches!(&error, StoreError::InUse { process, .. } if *process == me), "{error}");
    assert!(error.to_string().contains("in use by another jit (process "), "{error}");
    assert!(matches!(SqliteStore::open_shared(&folder(&dir)), Err(StoreError::InUse { .. })));
    drop(store);
    // Other tests start programs at this moment: between fork and exec such a child holds every lock too.
    let open_again = || SqliteStore::open(&folder(&dir)).ok();
    let opened = (0..100).find_map(|_| {
        open_again().or_else(|| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            None
        })
    });
    assert!(opened.is_some(), "{:?}", SqliteStore::open(&folder(&dir)).err());
}

#[test]
fn a_migration_that_fails_half_way_leaves_nothing_and_is_begun_again() {
    let dir = tempfile::tempdir().unwrap();
    let good = "CREATE TABLE extra (a); INSERT INTO extra VALUES (1)";
    let half = "CREATE TABLE extra (a); INSERT INTO missing VALUES (1)";
    let error =
        SqliteStore::open_with(&folder(&dir), Hold::Alone, &[schema::MIGRATIONS[0], half]).unwrap_err();
    assert!(matches!(error, StoreError::Io { doing: "opened", .. }), "{error}");
    let state = || {
        let db = Connection::open(folder(&dir).join("jit.db")).unwrap();
        let version: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        (version, db.query_row("SELECT a FROM extra", [], |row| row.get::<_, u32>(0)).ok())
    };
    assert_eq!(state(), (1, None));
    SqliteStore::open_with(&folder(&dir), Hold::Alone, &[schema::MIGRATIONS[0], good]).unwrap();
    assert_eq!(state(), (2, Some(1)));
    SqliteStore::open_with(&folder(&dir), Hold::Alone, &[schema::MIGRATIONS[0], good]).unwrap();
    assert_eq!(state(), (2, Some(1)));
}

#[tokio::test]
async fn a_credential_of_the_first_schema_is_found_where_it_was_made() {
    let dir = tempfile::tempdir().unwrap();
    let request = request(1, "carol", "web");
    SqliteStore::open_with(&folder(&dir), Hold::Alone, &schema::MIGRATIONS[..1]).unwrap().close();
    let db = Connection::open(folder(&dir).join("jit.db")).unwrap();
    db.execute(
        "INSERT INTO requests VALUES (?1, 1, 'active', 'jit', 'carol', 'web', 'web-1', 0, NULL, ?2)",
        [request.id.to_string(), serde_json::to_string(&request).unwrap()],
    )
    .unwrap();
    for (id, material) in [("00000000000a", Some("ssh-cert AAAA")), ("00000000000b", None)] {
        db.execute(
            "INSERT INTO credentials VALUES (?1, ?2, 'issued', '\"ssh\"', 0, zeroblob(32), ?3)",
            rusqlite::params![id, request.id.to_string(), material],
        )
        .unwrap();
    }
    drop(db);
    let store = SqliteStore::open(&folder(&dir)).unwrap();
    let found = store.credentials(request.id).await.unwrap();
    assert_eq!(found.len(), 2);
    for credential in &found {
        assert_eq!(credential.made.resource.name, request.resource);
        assert_eq!(credential.made.resource.target, Target::Ssh);
        assert_eq!(credential.made.gives, request.terms.gives);
    }
    let line = Material::Ssh { certificate: "ssh-cert AAAA".into() };
    assert_eq!([&found[0].material, &found[1].material], [&Some(line), &None]);
}

#[test]
fn every_list_reads_an_index_in_its_order() {
    let (store, _dir) = open();
    let event = |filter: EventFilter| read::events_sql(&filter);
    let (some_request, some_actor) = (RequestId::from_number(1), Some(name("carol")));
    let all = EventFilter { since: Some(at(0)), kind: Some("request.".into()), ..EventFilter::default() };
    let by_request = EventFilter { request: some_request, ..all.clone() };
    let by_both = EventFilter { actor: some_actor.clone(), ..by_request.clone() };
    let by_actor = EventFilter { actor: some_actor, ..all.clone() };
    for (sql, index) in [
        (read::LIST_ALL.to_owned(), "COVERING INDEX requests_by_state (state=? AND (created,id)<(?,?))"),
        (
            read::LIST_REQUESTER.to_owned(),
            "COVERING INDEX requests_by_requester (subject=? AND issuer=? AND state=? AND (created,id)<(?,?))",
        ),
        (
            read::LIST_ROLE.to_owned(),
            "COVERING INDEX requests_by_role (role=? AND state=? AND (created,id)<(?,?))",
        ),
        (
            read::OPEN_REQUESTS.to_owned(),
            "INDEX requests_open (subject=? AND issuer=? AND role=? AND resource=?)",
        ),
        (read::IDS_WITH_PREFIX.to_owned(), "COVERING INDEX sqlite_autoindex_requests_1 (id>? AND id<?)"),
        (read::DUE.to_owned(), "COVERING INDEX requests_due (due<?)"),
        (event(all), "INTEGER PRIMARY KEY (rowid>?)"),
        (event(by_request), "INDEX events_by_request (request=? AND seq>?)"),
        (event(by_both), "INDEX events_by_request (request=? AND seq>?)"),
        (event(by_actor), "INDEX events_by_actor (actor=? AND seq>?)"),
    ] {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        // The planner does not look at values, so none are bound.
        let read = |db: &Connection| -> rusqlite::Result<Vec<String>> {
            db.prepare(&explain)?.raw_query().mapped(|row| row.get(3)).collect()
        };
        let plan = store.read(read).unwrap().join("; ");
        assert!(plan.contains(index), "{sql}: {plan}");
        assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{sql}: {plan}");
    }
}

#[tokio::test]
async fn who_was_disabled_logged_out_or_seen_again_is_so_for_the_next_who_asks() {
    let (store, _dir) = open();
    let (carol, token) = ("carol".parse::<Name>().unwrap(), Digest::of(b"token"));
    let at = Time::from_millis(1_000);
    let user = User {
        name: carol.clone(),
        kind: crate::domain::Kind::Person,
        human: carol.clone(),
        admin: false,
        created: at,
        disabled: None,
    };
    let session = Session {
        token_hash: token,
        user: carol.clone(),
        kind: crate::store::SessionKind::Access,
        created: at,
        expires: Time::from_millis(9_000_000),
        last_used: at,
        parent: None,
    };
    let commit = async |write| {
        store.commit(Change { writes: vec![write], events: Vec::new() }).await.unwrap();
    };
    commit(Write::InsertUser(user.clone())).await;
    commit(Write::InsertSession(session.clone())).await;
    // Twice each: read, and remembered.
    for _ in 0..2 {
        assert_eq!(store.user(&carol).await.unwrap().as_ref(), Some(&user));
        assert_eq!(store.session(&token).await.unwrap().as_ref(), Some(&session));
    }
    let later = Time::from_millis(70_000);
    commit(Write::TouchSession { token_hash: token, at: later }).await;
    assert_eq!(store.session(&token).await.unwrap().unwrap().last_used, later);
    commit(Write::EndSession { token_hash: token }).await;
    assert_eq!(store.session(&token).await.unwrap(), None);
    commit(Write::InsertSession(session)).await;
    assert!(store.session(&token).await.unwrap().is_some());
    commit(Write::DisableUser { name: carol.clone(), at: later }).await;
    assert_eq!(store.user(&carol).await.unwrap().unwrap().disabled, Some(later));
    assert_eq!(store.session(&token).await.unwrap(), None);
}

#[tokio::test]
async fn closing_writes_what_waits() {
    let (store, dir) = open();
    let jobs = store.jobs.clone().unwrap();
    let mut answers = Vec::new();
    for n in 0..100 {
        let (reply, answer) = oneshot::channel();
        jobs.try_send(Job { task: Task::Change(filed(n)), reply }).ok().unwrap();
        answers.push(answer);
    }
    drop(jobs);
    store.close();
    for answer in answers {
        answer.await.unwrap().unwrap();
    }
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder(&dir)).unwrap());
    assert_eq!(verified(&store).await.events, 100);
}

#[tokio::test]
async fn a_row_changed_in_the_database_is_named() {
    let cases = [
        ("UPDATE events SET bytes = replace(bytes, 'carol', 'eve') WHERE seq = 3", 3, None),
        ("DELETE FROM events WHERE seq = 4", 4, Some(What::Missing { found: 5 })),
        ("DELETE FROM events WHERE seq >= 8", 8, Some(What::Truncated { size: 10 })),
        ("UPDATE events SET bytes = '' WHERE seq = 2", 2, None),
    ];
    for (sql, seq, what) in cases {
        let (store, dir) = open();
        for n in 0..10 {
            store.commit(filed(n)).await.unwrap();
        }
        let head = store.log_head().await.unwrap();
        store.close();
        Connection::open(folder(&dir).join("jit.db")).unwrap().execute(sql, []).unwrap();
        let db = Connection::open(folder(&dir).join("jit.db")).unwrap();
        let rows: Vec<String> =
            read::all(&db, "SELECT bytes FROM events ORDER BY seq", [], |row| row.get(0)).unwrap();
        let mut verifier = Verifier::new();
        let checkpoint = crate::audit::Checkpoint { size: head.size, root: head.root };
        verifier.checkpoint(checkpoint).unwrap();
        let pushed = rows.iter().try_for_each(|line| verifier.push(line));
        let fault: Fault = pushed.and_then(|()| verifier.finish().map(drop)).unwrap_err();
        assert_eq!(fault.seq, seq, "{sql}: {fault}");
        assert!(what.is_none_or(|what| what == fault.what), "{sql}: {fault}");
    }
}

#[tokio::test]
async fn readers_see_a_change_as_soon_as_it_is_acknowledged_and_many_read_at_once() {
    let (store, _dir) = open();
    let store = Arc::new(store);
    let first = request(1, "carol", "web");
    store.commit(Change { writes: vec![insert(&first)], events: vec![] }).await.unwrap();
    let threads: Vec<_> = (0..READERS * 3)
        .map(|_| {
            let (store, id) = (Arc::clone(&store), first.id);
            std::thread::spawn(move || {
                for _ in 0..50 {
                    let sql = "SELECT doc FROM requests WHERE id = ?1";
                    let found = store.read(|db| read::one(db, sql, [id.to_string()], convert::request));
                    assert!(found.unwrap().is_some());
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    let next = cancelled(&first);
    store
        .commit(Change { writes: vec![Write::UpdateRequest(Box::new(next.clone()))], events: vec![] })
        .await
        .unwrap();
    assert_eq!(store.request(first.id).await.unwrap(), Some(next));
    assert_eq!(store.open_requests(&principal("carol"), &first.role, &first.resource).await.unwrap(), []);
}
