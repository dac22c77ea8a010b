//! The queries. Each is one fixed statement that reads one index in its order.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Params, Row, ToSql, params};

use super::convert;
use crate::audit::Chain;
use crate::domain::{Digest, Name, Principal, Request, RequestId, State, Time};
use crate::store::{EventFilter, RequestFilter, Scope, StoredEvent};

type Result<T> = rusqlite::Result<T>;

/// All rows of a statement.
pub(super) fn all<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    db.prepare_cached(sql)?.query_map(params, read)?.collect()
}

/// The one row of a statement, if it is there.
pub(super) fn one<T>(
    db: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T>,
) -> Result<Option<T>> {
    db.prepare_cached(sql)?.query_row(params, read).optional()
}

/// No page is longer than SQLite can count.
pub(super) fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

pub(super) const LIST_ALL: &str = "SELECT created, id, rowid FROM requests
     WHERE state = ?1 AND (created, id) < (?2, ?3)
     ORDER BY created DESC, id DESC LIMIT ?4";
pub(super) const LIST_REQUESTER: &str = "SELECT created, id, rowid FROM requests
     WHERE state = ?1 AND (created, id) < (?2, ?3) AND subject = ?5 AND issuer = ?6
     ORDER BY created DESC, id DESC LIMIT ?4";
pub(super) const LIST_ROLE: &str = "SELECT created, id, rowid FROM requests
     WHERE state = ?1 AND (created, id) < (?2, ?3) AND role = ?5
     ORDER BY created DESC, id DESC LIMIT ?4";

/// The newest first. One index read for each state, each of a page at most; the documents of the merged
/// page only are read. All in one snapshot, so that a request that changes its state meanwhile is there
/// once.
pub(super) fn requests(db: &Connection, filter: &RequestFilter) -> Result<Vec<Request>> {
    let snapshot = db.unchecked_transaction()?;
    let states: BTreeSet<State> = match &*filter.states {
        [] => State::ALL.into(),
        some => some.iter().copied().collect(),
    };
    let (created, id) = match filter.before {
        Some((created, id)) => (created.millis(), id.to_string()),
        // After every id of every time.
        None => (i64::MAX, String::new()),
    };
    let limit = limit(filter.limit);
    let mut found: Vec<(i64, String, i64)> = Vec::new();
    for state in states {
        let state = state.as_str();
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        found.extend(match &filter.scope {
            Scope::All => all(&snapshot, LIST_ALL, params![state, created, id, limit], read),
            Scope::Requester(Principal { issuer, subject }) => {
                let params = params![state, created, id, limit, subject.as_str(), issuer.as_str()];
                all(&snapshot, LIST_REQUESTER, params, read)
            }
            Scope::Role(role) => {
                all(&snapshot, LIST_ROLE, params![state, created, id, limit, role.as_str()], read)
            }
        }?);
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.truncate(filter.limit);
    let mut document = snapshot.prepare_cached("SELECT doc FROM requests WHERE rowid = ?1")?;
    found.iter().map(|(_, _, rowid)| document.query_row([rowid], convert::request)).collect()
}

pub(super) const OPEN_REQUESTS: &str = "SELECT doc FROM requests
     WHERE subject = ?1 AND issuer = ?2 AND role = ?3 AND resource = ?4
     AND state IN ('pending', 'approved', 'active', 'ending')";

pub(super) fn open_requests(
    db: &Connection,
    requester: &Principal,
    role: &Name,
    resource: &Name,
) -> Result<Vec<Request>> {
    let Principal { issuer, subject } = requester;
    let params = [subject, issuer, role, resource].map(Name::as_str);
    let mut open = all(db, OPEN_REQUESTS, params, convert::request)?;
    // A handful at most, so sorting here is cheaper than one more index column.
    open.sort_unstable_by_key(|request| std::cmp::Reverse((request.created, request.id)));
    Ok(open)
}

pub(super) const IDS_WITH_PREFIX: &str =
    "SELECT id FROM requests WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT ?2";

pub(super) fn ids_with_prefix(db: &Connection, prefix: &str, most: usize) -> Result<Vec<RequestId>> {
    // `~` comes after every character of an id.
    all(db, IDS_WITH_PREFIX, params![prefix, limit(most)], |row| convert::parsed(row, 0))
}

pub(super) fn request_by_key(
    db: &Connection,
    requester: &Principal,
    key: &str,
) -> Result<Option<(RequestId, Digest)>> {
    one(
        db,
        "SELECT request, ask FROM idempotency WHERE subject = ?1 AND issuer = ?2 AND key = ?3",
        [requester.subject.as_str(), requester.issuer.as_str(), key],
        |row| Ok((convert::parsed(row, 0)?, convert::digest(row, 1)?)),
    )
}

pub(super) const DUE: &str = "SELECT id FROM requests WHERE due <= ?1 ORDER BY due, id LIMIT ?2";

pub(super) fn due(db: &Connection, now: Time, most: usize) -> Result<Vec<RequestId>> {
    all(db, DUE, params![now.millis(), limit(most)], |row| convert::parsed(row, 0))
}

/// By its request's index, or its actor's, or by number from `from_seq` on: kinds and times are looked
/// for along the way, up to the page's length.
pub(super) fn events_sql(filter: &EventFilter) -> String {
    let mut sql = "SELECT bytes FROM events WHERE seq >= :from".to_owned();
    if filter.request.is_some() {
        sql.push_str(" AND request = :request");
    }
    if filter.actor.is_some() {
        // The unary plus keeps the planner with the narrower index of the two.
        sql.push_str(if filter.request.is_some() { " AND +actor = :actor" } else { " AND actor = :actor" });
    }
    match &filter.kind {
        None => {}
        Some(kind) if kind.ends_with('.') => sql.push_str(" AND substr(kind, 1, length(:kind)) = :kind"),
        Some(_) => sql.push_str(" AND kind = :kind"),
    }
    if filter.since.is_some() {
        sql.push_str(" AND at >= :since");
    }
    sql.push_str(" ORDER BY seq LIMIT :limit");
    sql
}

pub(super) fn events(db: &Connection, filter: &EventFilter) -> Result<Vec<StoredEvent>> {
    // A number that no event can have is one that no event has.
    let Ok(from) = i64::try_from(filter.from_seq) else { return Ok(Vec::new()) };
    let (request, limit) = (filter.request.map(|id| id.to_string()), limit(filter.limit));
    let actor = filter.actor.as_ref().map(Name::as_str);
    let since = filter.since.map(Time::millis);
    let mut params: Vec<(&str, &dyn ToSql)> = vec![(":from", &from), (":limit", &limit)];
    for (name, value, there) in [
        (":request", &request as &dyn ToSql, request.is_some()),
        (":actor", &actor, actor.is_some()),
        (":kind", &filter.kind, filter.kind.is_some()),
        (":since", &since, since.is_some()),
    ] {
        if there {
            params.push((name, value));
        }
    }
    all(db, &events_sql(filter), &*params, convert::event)
}

/// The durable head of the log, and the latest time in any event.
pub(super) fn head(db: &Connection) -> Result<(Chain, Time)> {
    db.prepare_cached("SELECT chain, latest FROM head")?
        .query_row([], |row| Ok((convert::chain(row, 0)?, convert::time(row, 1)?)))
}
