//! Documents that are read by their key.

use super::*;

fn record(kind: RecordKind, key: &str, revision: u64) -> Record {
    Record { kind, key: key.to_owned(), revision, body: format!(r#"{{"n":{revision}}}"#) }
}

async fn put(store: &Any, record: Record) -> Result<(), StoreError> {
    store.commit(Change { writes: vec![Write::PutRecord(record)], events: Vec::new() }).await
}

pub(crate) async fn a_record_is_written_at_the_next_revision_only(store: Any) {
    let kind = RecordKind::Engagement;
    assert_eq!(store.record(kind, "bob").await.unwrap(), None);
    for early in [0, 2] {
        assert!(matches!(put(&store, record(kind, "bob", early)).await, Err(StoreError::Conflict)));
    }
    put(&store, record(kind, "bob", 1)).await.unwrap();
    assert!(matches!(put(&store, record(kind, "bob", 1)).await, Err(StoreError::Conflict)));
    put(&store, record(kind, "bob", 2)).await.unwrap();
    assert!(matches!(put(&store, record(kind, "bob", 2)).await, Err(StoreError::Conflict)));
    assert_eq!(store.record(kind, "bob").await.unwrap(), Some(record(kind, "bob", 2)));

    let remove = |revision| Write::RemoveRecord { kind, key: "bob".to_owned(), revision };
    let change = |write| Change { writes: vec![write], events: Vec::new() };
    assert!(matches!(store.commit(change(remove(1))).await, Err(StoreError::Conflict)));
    store.commit(change(remove(2))).await.unwrap();
    assert_eq!(store.record(kind, "bob").await.unwrap(), None);
    assert!(matches!(store.commit(change(remove(2))).await, Err(StoreError::Conflict)));
}

pub(crate) async fn records_are_found_by_kind_and_beginning(store: Any) {
    for key in ["bob/gdpr", "bob/security", "bobby/gdpr", "alice/gdpr", "b%/gdpr"] {
        put(&store, record(RecordKind::Training, key, 1)).await.unwrap();
    }
    put(&store, record(RecordKind::Engagement, "bob/gdpr", 1)).await.unwrap();
    let keys = async |prefix: &str| {
        let found = store.records(RecordKind::Training, prefix).await.unwrap();
        found.into_iter().map(|record| record.key).collect::<Vec<_>>()
    };
    assert_eq!(keys("bob/").await, ["bob/gdpr", "bob/security"]);
    assert_eq!(keys("b%").await, ["b%/gdpr"]);
    assert_eq!(keys("zoe").await, [""; 0]);
    assert_eq!(keys("").await, ["alice/gdpr", "b%/gdpr", "bob/gdpr", "bob/security", "bobby/gdpr"]);
}
