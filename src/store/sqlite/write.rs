//! One [`Write`] in the writer's transaction. Each guard is part of the statement that writes.

use rusqlite::{Connection, params};

use super::convert;
use super::writer::Refusal;
use crate::domain::{Delegation, Digest, Name, Request, Time};
use crate::store::{
    Credential, CredentialState, Enrolment, IdempotencyKey, Record, RoleGeneration, Session, User, Write,
};

type Done = Result<(), Refusal>;

pub(super) fn apply(db: &Connection, write: &Write) -> Done {
    match write {
        Write::InsertRequest { request, key } => insert_request(db, request, key.as_ref()),
        Write::UpdateRequest(request) => update_request(db, request),
        Write::PutCredential(credential) => put_credential(db, credential),
        Write::InsertUser(user) => insert_user(db, user),
        Write::DisableUser { name, at } => disable_user(db, name, *at),
        Write::SetAdmin { name, admin } => set_admin(db, name, *admin),
        Write::PutEnrolment(enrolment) => put_enrolment(db, enrolment),
        Write::CountWrongCode { id } => {
            one(run(db, "UPDATE enrolments SET wrong = wrong + 1 WHERE id = ?1", [id])?)
        }
        Write::TakeEnrolment { id } => one(run(db, "DELETE FROM enrolments WHERE id = ?1", [id])?),
        Write::InsertSession(session) => insert_session(db, session),
        Write::TouchSession { token_hash, at } => touch_session(db, token_hash, *at),
        Write::EndSessions { user, until } => run(
            db,
            "DELETE FROM sessions WHERE user = ?1 AND created <= ?2",
            params![user.as_str(), until.millis()],
        )
        .map(drop),
        Write::EndSession { token_hash } => {
            // Those that came from it go with it, by the foreign key.
            run(db, "DELETE FROM sessions WHERE token_hash = ?1", [token_hash.as_bytes()]).map(drop)
        }
        Write::EndSessionsOf(name) => end_sessions_of(db, name),
        Write::PutRoleGenerations(list) => put_role_generations(db, list),
        Write::PutDelegation(delegation) => put_delegation(db, delegation),
        Write::RemoveDelegation { from, to } => one(run(
            db,
            "DELETE FROM delegations WHERE delegator = ?1 AND delegate = ?2",
            [from.as_str(), to.as_str()],
        )?),
        Write::PutRecord(record) => put_record(db, record),
        Write::RemoveRecord { kind, key, revision } => one(run(
            db,
            "DELETE FROM records WHERE kind = ?1 AND key = ?2 AND revision = ?3",
            params![kind.as_str(), key, signed(*revision)?],
        )?),
    }
}

fn run(db: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<usize, Refusal> {
    Ok(db.prepare_cached(sql)?.execute(params)?)
}

/// The guard: exactly one row was there to be changed.
fn one(rows: usize) -> Done {
    if rows == 1 { Ok(()) } else { Err(Refusal::Conflict) }
}

/// SQLite's integers are signed; a number beyond them was never written by us.
fn signed(number: u64) -> Result<i64, Refusal> {
    i64::try_from(number).map_err(|_| Refusal::Conflict)
}

fn insert_request(db: &Connection, request: &Request, key: Option<&IdempotencyKey>) -> Done {
    let principal = &request.requester.principal;
    run(
        db,
        "INSERT INTO requests (id, revision, state, issuer, subject, role, resource, created, due, doc, debrief)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            request.id.to_string(),
            signed(request.revision)?,
            request.state.as_str(),
            principal.issuer.as_str(),
            principal.subject.as_str(),
            request.role.as_str(),
            request.resource.as_str(),
            request.created.millis(),
            request.due().map(Time::millis),
            serde_json::to_string(request)?,
            debrief(request),
        ],
    )?;
    // INVARIANT 6: the primary key lets one key of one requester make one request.
    let Some(IdempotencyKey { requester, key, ask }) = key else { return Ok(()) };
    run(
        db,
        "INSERT INTO idempotency (subject, issuer, key, ask, request) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            requester.subject.as_str(),
            requester.issuer.as_str(),
            key,
            ask.as_bytes(),
            request.id.to_string()
        ],
    )
    .map(drop)
}

/// Who asked for what, and when, is written once: a request never becomes another one's.
fn update_request(db: &Connection, request: &Request) -> Done {
    let before = request.revision.checked_sub(1).ok_or(Refusal::Conflict)?;
    one(run(
        db,
        "UPDATE requests SET revision = ?2, state = ?3, due = ?4, doc = ?5, debrief = ?7
         WHERE id = ?1 AND revision = ?6",
        params![
            request.id.to_string(),
            signed(request.revision)?,
            request.state.as_str(),
            request.due().map(Time::millis),
            serde_json::to_string(request)?,
            signed(before)?,
            debrief(request),
        ],
    )?)
}

/// When a debrief is due that nobody has closed.
fn debrief(request: &Request) -> Option<i64> {
    request.debrief.as_ref().filter(|_| request.owes_debrief()).map(|debrief| debrief.due.millis())
}

/// How long a delegation is kept after its end, in milliseconds.
const KEPT: i64 = 31 * 86_400_000;

fn put_delegation(db: &Connection, delegation: &Delegation) -> Done {
    run(db, "DELETE FROM delegations WHERE until < ?1", [delegation.since.millis() - KEPT])?;
    run(
        db,
        "INSERT OR REPLACE INTO delegations (delegator, delegate, until, doc) VALUES (?1, ?2, ?3, ?4)",
        params![
            delegation.from.as_str(),
            delegation.to.as_str(),
            delegation.until.millis(),
            serde_json::to_string(delegation)?,
        ],
    )
    .map(drop)
}

fn put_record(db: &Connection, record: &Record) -> Done {
    let Record { kind, key, revision, body } = record;
    let revision = signed(*revision)?;
    let sql = match revision {
        1 => {
            "INSERT INTO records (kind, key, revision, body) VALUES (?1, ?2, ?3, ?4)
              ON CONFLICT DO NOTHING"
        }
        _ => "UPDATE records SET revision = ?3, body = ?4 WHERE kind = ?1 AND key = ?2 AND revision = ?3 - 1",
    };
    one(run(db, sql, params![kind.as_str(), key, revision, body])?)
}

fn put_credential(db: &Connection, credential: &Credential) -> Done {
    one(run(
        db,
        "INSERT INTO credentials (id, request, state, provider, ends, ask, material, made)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET
             state = excluded.state, ends = excluded.ends, ask = excluded.ask, material = excluded.material,
             made = excluded.made
         WHERE request = excluded.request AND provider = excluded.provider
             AND (state <> ?9 OR excluded.state = ?9)",
        params![
            credential.id.to_string(),
            credential.request.to_string(),
            convert::credential_state(credential.state),
            serde_json::to_string(&credential.made.resource.provider())?,
            credential.end.millis(),
            credential.ask.as_bytes(),
            credential.material.as_ref().map(serde_json::to_string).transpose()?,
            serde_json::to_string(&credential.made)?,
            convert::credential_state(CredentialState::Absent),
        ],
    )?)
}

fn insert_user(db: &Connection, user: &User) -> Done {
    run(
        db,
        "INSERT INTO users (name, disabled, doc) VALUES (?1, ?2, ?3)",
        params![user.name.as_str(), user.disabled.map(Time::millis), serde_json::to_string(user)?],
    )
    .map(drop)
}

/// The user, where they are there and not disabled.
fn live_user(db: &Connection, name: &Name) -> Result<User, Refusal> {
    db.prepare_cached("SELECT doc FROM users WHERE name = ?1 AND disabled IS NULL")?
        .query_row([name.as_str()], convert::user)
        .map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => Refusal::Conflict,
            other => other.into(),
        })
}

fn disable_user(db: &Connection, name: &Name, at: Time) -> Done {
    let user = User { disabled: Some(at), ..live_user(db, name)? };
    one(run(
        db,
        "UPDATE users SET disabled = ?2, doc = ?3 WHERE name = ?1",
        params![name.as_str(), at.millis(), serde_json::to_string(&user)?],
    )?)?;
    end_sessions_of(db, name)
}

fn set_admin(db: &Connection, name: &Name, admin: bool) -> Done {
    let user = live_user(db, name)?;
    if user.admin == admin {
        return Err(Refusal::Conflict);
    }
    let doc = serde_json::to_string(&User { admin, ..user })?;
    one(run(db, "UPDATE users SET doc = ?2 WHERE name = ?1", [name.as_str(), &doc])?)
}

fn end_sessions_of(db: &Connection, name: &Name) -> Done {
    run(db, "DELETE FROM enrolments WHERE user = ?1", [name.as_str()])?;
    run(db, "DELETE FROM sessions WHERE user = ?1", [name.as_str()]).map(drop)
}

fn put_enrolment(db: &Connection, enrolment: &Enrolment) -> Done {
    live_user(db, &enrolment.user)?;
    run(db, "DELETE FROM enrolments WHERE user = ?1", [enrolment.user.as_str()])?;
    run(
        db,
        "INSERT INTO enrolments (id, user, code_hash, expires, wrong) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![
            enrolment.id,
            enrolment.user.as_str(),
            enrolment.code_hash.as_bytes(),
            enrolment.expires.millis(),
            enrolment.wrong,
        ],
    )
    .map(drop)
}

fn insert_session(db: &Connection, session: &Session) -> Done {
    live_user(db, &session.user)?;
    // This user's sessions that are over go now: whoever logs in again and again leaves no heap. One
    // that has a child which is not over stays until that one is, as it is what the child ends by.
    run(
        db,
        "DELETE FROM sessions WHERE user = ?1 AND expires <= ?2 AND NOT EXISTS
            (SELECT 1 FROM sessions child WHERE child.parent = sessions.token_hash AND child.expires > ?2)",
        params![session.user.as_str(), session.created.millis()],
    )?;
    run(
        db,
        "INSERT INTO sessions (token_hash, user, kind, created, expires, last_used, parent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            session.token_hash.as_bytes(),
            session.user.as_str(),
            convert::session_kind(session.kind),
            session.created.millis(),
            session.expires.millis(),
            session.last_used.millis(),
            session.parent.as_ref().map(Digest::as_bytes),
        ],
    )
    .map(drop)
}

fn touch_session(db: &Connection, token_hash: &Digest, at: Time) -> Done {
    run(
        db,
        "UPDATE sessions SET last_used = ?2 WHERE token_hash = ?1 AND last_used < ?2",
        params![token_hash.as_bytes(), at.millis()],
    )
    .map(drop)
}

fn put_role_generations(db: &Connection, list: &[RoleGeneration]) -> Done {
    run(db, "DELETE FROM role_generations", [])?;
    for RoleGeneration { role, generation, digest } in list {
        run(
            db,
            "INSERT INTO role_generations (role, generation, digest) VALUES (?1, ?2, ?3)",
            params![role.as_str(), signed(*generation)?, digest.as_bytes()],
        )?;
    }
    Ok(())
}
