//! Reading back: whether a role is gone, and what of jit's stands on a server.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{CredentialId, Gives, PostgresGives, Time};
use crate::provider::{Handle, Owned, Presence, ProviderError};

use super::connect::{Row, Session};
use super::grant::names_of;
use super::names::{self, literal};

/// INVARIANT 4: neither the role nor a session of it. A session outlives its role, and only the role's
/// number tells then whose it is; where jit no longer knows it, any session without a role counts.
pub async fn presence(
    session: &Session<'_>,
    credential: CredentialId,
    oid: Option<u32>,
) -> Result<Presence, ProviderError> {
    let name = literal(&names::role(credential));
    let theirs = match oid {
        Some(oid) => format!("usesysid = {oid}"),
        None => "(usesysid IS NOT NULL AND usename IS NULL)".to_owned(),
    };
    let sql = format!(
        "SELECT (SELECT count(*) FROM pg_roles WHERE rolname = {name}), \
         (SELECT count(*) FROM pg_stat_activity WHERE usename = {name} OR {theirs})"
    );
    let rows = session.run("read back", &sql).await?;
    let count = |column| rows.first().and_then(|row| row.number(column));
    Ok(match (count(0), count(1)) {
        (Some(0), Some(0)) => Presence::Absent,
        (Some(0), _) => Presence::Present("a session of it is open".to_owned()),
        _ => Presence::Present(format!("role {} is there", names::role(credential))),
    })
}

pub async fn all(session: &Session<'_>, known: &[Handle], now: Time) -> Result<Vec<Owned>, ProviderError> {
    let sql = "SELECT r.oid, r.rolname, shobj_description(r.oid, 'pg_authid'), r.rolcanlogin, \
               (extract(epoch FROM r.rolvaliduntil) * 1000)::float8, (SELECT count(*) FROM pg_stat_activity a \
               WHERE a.usesysid = r.oid), r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication OR \
               r.rolbypassrls, r.rolinherit, r.rolconnlimit FROM pg_roles r WHERE r.rolname LIKE 'jit\\_%'";
    let roles = session.run("list jit's roles", sql).await?;
    let sql = "SELECT m.member, g.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member \
               JOIN pg_roles g ON g.oid = m.roleid WHERE r.rolname LIKE 'jit\\_%'";
    let groups = session.run("list their memberships", sql).await?;
    let sql = "SELECT s.setrole, s.setdatabase, c FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole, \
               LATERAL unnest(s.setconfig) AS c WHERE r.rolname LIKE 'jit\\_%'";
    let settings = session.run("list their settings", sql).await?;
    let owned = roles.iter().filter_map(|row| {
        let credential = names::credential(row.text(1)?)?;
        if !names::is_marked(row.text(2)) {
            return None;
        }
        let ends = row.text(4).and_then(|text| text.parse::<f64>().ok());
        let ended = ends.is_some_and(|ends| ends <= millis(now));
        let open = row.number(5) != Some(0);
        let handle = known.iter().find(|handle| handle.credential == credential);
        let changes = handle.map(|handle| changes(row, ends, handle, &groups, &settings)).unwrap_or_default();
        Some(Owned { credential, live: (row.is_true(3) && !ended) || open, changes })
    });
    Ok(owned.collect())
}

#[allow(clippy::cast_precision_loss, reason = "milliseconds until the year 9999 are below 2^53")]
fn millis(time: Time) -> f64 {
    time.millis() as f64
}

/// What differs from what the handle says was made.
fn changes(row: &Row, ends: Option<f64>, handle: &Handle, groups: &[Row], settings: &[Row]) -> Vec<String> {
    let Gives::Postgres(gives) = &handle.gives else { return Vec::new() };
    let mut changes = Vec::new();
    match ends {
        None => changes.push("it does not end: VALID UNTIL was taken away".to_owned()),
        Some(ends) if (ends - millis(handle.end)).abs() >= 1.0 => {
            changes.push(format!("its end was moved away from {}", handle.end));
        }
        Some(_) => {}
    }
    if row.is_true(6) {
        changes.push("it has SUPERUSER or another attribute that jit does not give".to_owned());
    }
    if !row.is_true(3) {
        changes.push("it can no longer log in".to_owned());
    }
    if !row.is_true(7) {
        changes.push("it has NOINHERIT".to_owned());
    }
    if row.number(8) != Some(gives.connection_limit) {
        changes.push("its connection limit was changed".to_owned());
    }
    let is_own = |other: &&Row| other.text(0) == row.text(0);
    let there: BTreeSet<&str> = groups.iter().filter(is_own).filter_map(|row| row.text(1)).collect();
    let given: BTreeSet<&str> = gives.member_of.iter().map(String::as_str).collect();
    changes.extend(there.difference(&given).map(|group| format!("it was made a member of {group}")));
    changes.extend(given.difference(&there).map(|group| format!("it is no longer a member of {group}")));
    changes.extend(changed_settings(gives, settings.iter().filter(is_own)));
    changes
}

fn changed_settings<'r>(gives: &PostgresGives, rows: impl Iterator<Item = &'r Row>) -> Vec<String> {
    let mut there: BTreeMap<&str, &str> = BTreeMap::new();
    let mut changes = Vec::new();
    for row in rows {
        let Some((name, value)) = row.text(2).and_then(|text| text.split_once('=')) else { continue };
        if row.text(1) == Some("0") {
            there.insert(name, value);
        } else {
            changes.push(format!("{name} was set for one database"));
        }
    }
    for (name, value) in &gives.settings {
        let same = match there.remove(name.as_str()) {
            Some(found) => found == value || names_of(found).eq(names_of(value)),
            None => false,
        };
        if !same {
            changes.push(format!("{name} is no longer {value}"));
        }
    }
    changes.extend(there.keys().map(|name| format!("{name} was set")));
    changes
}
