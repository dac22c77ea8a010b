//! The tables, in numbered migrations. A migration that was released is never changed.

use rusqlite::Connection;

use super::failed;
use crate::store::StoreError;

/// Migration n brings the schema from version n to n + 1 (`PRAGMA user_version`).
pub(super) const MIGRATIONS: &[&str] = &[V1, V2, V3, V4];

/// Requests are kept as JSON; the columns beside `doc` are what is searched by. Each list query reads
/// one index in its own order, for one state: lists of several states are merged from as many short
/// reads (see `read`), so no query sorts, and none reads more rows than the page has.
const V1: &str = "
CREATE TABLE requests (
    id TEXT NOT NULL PRIMARY KEY,
    revision INTEGER NOT NULL,
    state TEXT NOT NULL,
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    role TEXT NOT NULL,
    resource TEXT NOT NULL,
    created INTEGER NOT NULL,
    due INTEGER,
    doc TEXT NOT NULL
) STRICT;
CREATE INDEX requests_by_state ON requests (state, created, id);
CREATE INDEX requests_by_requester ON requests (subject, issuer, state, created, id);
CREATE INDEX requests_by_role ON requests (role, state, created, id);
CREATE INDEX requests_open ON requests (subject, issuer, role, resource)
    WHERE state IN ('pending', 'approved', 'active', 'ending');
CREATE INDEX requests_due ON requests (due, id) WHERE due IS NOT NULL;

CREATE TABLE idempotency (
    subject TEXT NOT NULL,
    issuer TEXT NOT NULL,
    key TEXT NOT NULL,
    ask BLOB NOT NULL,
    request TEXT NOT NULL REFERENCES requests (id),
    PRIMARY KEY (subject, issuer, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE credentials (
    id TEXT NOT NULL PRIMARY KEY,
    request TEXT NOT NULL REFERENCES requests (id),
    state TEXT NOT NULL,
    provider TEXT NOT NULL,
    ends INTEGER NOT NULL,
    ask BLOB NOT NULL,
    material TEXT
) STRICT;
CREATE INDEX credentials_by_request ON credentials (request);
CREATE INDEX credentials_open ON credentials (state) WHERE state <> 'absent';

CREATE TABLE users (
    name TEXT NOT NULL PRIMARY KEY,
    disabled INTEGER,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE enrolments (
    id TEXT NOT NULL PRIMARY KEY,
    user TEXT NOT NULL UNIQUE REFERENCES users (name),
    code_hash BLOB NOT NULL,
    expires INTEGER NOT NULL,
    wrong INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY,
    user TEXT NOT NULL REFERENCES users (name),
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    parent BLOB REFERENCES sessions (token_hash) ON DELETE CASCADE
) STRICT;
CREATE INDEX sessions_by_user ON sessions (user);
CREATE INDEX sessions_by_parent ON sessions (parent) WHERE parent IS NOT NULL;

CREATE TABLE role_generations (
    role TEXT NOT NULL PRIMARY KEY,
    generation INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- `bytes` is what was hashed. The columns beside it are copies, to search by; nothing is read from them.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor TEXT,
    request TEXT,
    bytes TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_request ON events (request, seq) WHERE request IS NOT NULL;
CREATE INDEX events_by_actor ON events (actor, seq) WHERE actor IS NOT NULL;

-- The one row says where the log stands: see `audit::Chain::to_bytes`.
CREATE TABLE head (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    chain BLOB NOT NULL,
    latest INTEGER NOT NULL
) STRICT;
INSERT INTO head VALUES (1, zeroblob(40), 0);

CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;
";

/// A credential remembers where it was made and what it gives. Until then all were of ssh, and what was
/// given was the bare certificate.
const V2: &str = "
ALTER TABLE credentials ADD COLUMN made TEXT NOT NULL DEFAULT '';
UPDATE credentials SET made = (
    SELECT json_object(
        'resource', json_object('name', requests.resource, 'target', 'ssh'),
        'gives', json_extract(requests.doc, '$.terms.gives')
    ) FROM requests WHERE requests.id = credentials.request
);
UPDATE credentials SET material = json_object('ssh', json_object('certificate', material))
    WHERE material IS NOT NULL;
";

/// Approvals come in stages, and a grant may be extended. Break-glass that nobody has looked at is found
/// by `debrief`, which is null for everything else.
const V3: &str = "
ALTER TABLE requests ADD COLUMN debrief INTEGER;
CREATE INDEX requests_debrief ON requests (debrief, id) WHERE debrief IS NOT NULL;
UPDATE requests SET doc = json_set(
    doc,
    '$.terms.approvals', CASE json_extract(doc, '$.terms.approvals')
        WHEN 'auto' THEN json('[]')
        ELSE json_array(json_extract(doc, '$.terms.approvals.humans'))
    END,
    '$.terms.max_total', json_extract(doc, '$.terms.max')
);
CREATE TABLE delegations (
    delegator TEXT NOT NULL,
    delegate TEXT NOT NULL,
    until INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (delegator, delegate)
) STRICT, WITHOUT ROWID;
";

/// Documents that are read by their key alone.
const V4: &str = "
CREATE TABLE records (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
";

/// Brings the schema up to date, each step in a transaction of its own: killed in a step, the next
/// start begins that step again.
pub(super) fn migrate(connection: &Connection, migrations: &[&str]) -> Result<(), StoreError> {
    let opening = failed("opened");
    let version =
        || connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0)).map_err(&opening);
    let known = u32::try_from(migrations.len()).unwrap_or(u32::MAX);
    let found = version()?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (next, step) in (1u32..).zip(migrations).skip(found as usize) {
        let all = format!("BEGIN IMMEDIATE; {step}; PRAGMA user_version = {next}; COMMIT;");
        if let Err(error) = connection.execute_batch(&all) {
            if !connection.is_autocommit() {
                // The first error is the one to tell; a rollback that fails too is made good on reopening.
                let _ = connection.execute_batch("ROLLBACK");
            }
            return Err(opening(error));
        }
    }
    Ok(())
}
