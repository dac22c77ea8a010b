//! Between the store's types and columns. What cannot be read is an error, never a default.

use std::str::FromStr;

use rusqlite::Row;
use rusqlite::types::{Type, ValueRef};

use crate::audit::{Chain, Event, Sealed};
use crate::domain::{Delegation, Digest, Request, Time};
use crate::store::{
    Credential, CredentialState, Enrolment, Record, RecordKind, RoleGeneration, Session, SessionKind,
    StoredEvent, User,
};

type Result<T> = rusqlite::Result<T>;

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// A value that no code of ours has written.
#[derive(Debug, thiserror::Error)]
#[error("the stored value is not known")]
struct Unknown;

/// A column in a type's own text form.
pub(super) fn parsed<T>(row: &Row<'_>, column: usize) -> Result<T>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    row.get_ref(column)?.as_str()?.parse().map_err(|error| unreadable(column, error))
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|error| unreadable(column, error))
}

/// SQLite's integers are signed; ours that count are not.
pub(super) fn unsigned(row: &Row<'_>, column: usize) -> Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|error| unreadable(column, error))
}

pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Time> {
    row.get(column).map(Time::from_millis)
}

pub(super) fn digest(row: &Row<'_>, column: usize) -> Result<Digest> {
    row.get(column).map(Digest::from_bytes)
}

pub(super) fn request(row: &Row<'_>) -> Result<Request> {
    json(row, 0)
}

pub(super) fn delegation(row: &Row<'_>) -> Result<Delegation> {
    json(row, 0)
}

pub(super) fn record(row: &Row<'_>, kind: RecordKind) -> Result<Record> {
    Ok(Record { kind, key: row.get(0)?, revision: unsigned(row, 1)?, body: row.get(2)? })
}

pub(super) fn user(row: &Row<'_>) -> Result<User> {
    json(row, 0)
}

pub(super) fn credential_state(state: CredentialState) -> &'static str {
    match state {
        CredentialState::Intended => "intended",
        CredentialState::Issued => "issued",
        CredentialState::Absent => "absent",
    }
}

/// In the order of [`CREDENTIAL`].
pub(super) fn credential(row: &Row<'_>) -> Result<Credential> {
    let state = match row.get_ref(2)?.as_str()? {
        "intended" => CredentialState::Intended,
        "issued" => CredentialState::Issued,
        "absent" => CredentialState::Absent,
        _ => return Err(unreadable(2, Unknown)),
    };
    Ok(Credential {
        id: parsed(row, 0)?,
        request: parsed(row, 1)?,
        state,
        end: time(row, 3)?,
        ask: digest(row, 4)?,
        material: match row.get_ref(5)? {
            ValueRef::Null => None,
            _ => Some(json(row, 5)?),
        },
        made: json(row, 6)?,
    })
}

pub(super) const CREDENTIAL: &str = "id, request, state, ends, ask, material, made";

pub(super) fn enrolment(row: &Row<'_>) -> Result<Enrolment> {
    Ok(Enrolment {
        id: row.get(0)?,
        user: parsed(row, 1)?,
        code_hash: digest(row, 2)?,
        expires: time(row, 3)?,
        wrong: row.get(4)?,
    })
}

pub(super) fn session_kind(kind: SessionKind) -> &'static str {
    match kind {
        SessionKind::Access => "access",
        SessionKind::Renewal => "renewal",
    }
}

pub(super) fn session(row: &Row<'_>) -> Result<Session> {
    let kind = match row.get_ref(2)?.as_str()? {
        "access" => SessionKind::Access,
        "renewal" => SessionKind::Renewal,
        _ => return Err(unreadable(2, Unknown)),
    };
    Ok(Session {
        token_hash: digest(row, 0)?,
        user: parsed(row, 1)?,
        kind,
        created: time(row, 3)?,
        expires: time(row, 4)?,
        last_used: time(row, 5)?,
        parent: row.get::<_, Option<[u8; 32]>>(6)?.map(Digest::from_bytes),
    })
}

pub(super) fn role_generation(row: &Row<'_>) -> Result<RoleGeneration> {
    Ok(RoleGeneration { role: parsed(row, 0)?, generation: unsigned(row, 1)?, digest: digest(row, 2)? })
}

pub(super) fn event(row: &Row<'_>) -> Result<StoredEvent> {
    let event: Event = json(row, 0)?;
    Ok(StoredEvent { event, bytes: row.get(0)? })
}

pub(super) fn chain(row: &Row<'_>, column: usize) -> Result<Chain> {
    Chain::from_bytes(row.get_ref(column)?.as_blob()?).map_err(|error| unreadable(column, error))
}

/// The copies of an event's fields that are searched by: at, kind, actor, request.
pub(super) fn event_columns(sealed: &Sealed) -> (i64, &'static str, Option<&str>, Option<String>) {
    let draft = &sealed.event.event;
    let actor = draft.actor.as_ref().map(|actor| actor.subject.as_str());
    (draft.at.millis(), draft.kind.as_str(), actor, draft.request.map(|id| id.to_string()))
}
