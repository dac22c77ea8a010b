//! Making a login role.

use std::fmt::Write as _;

use crate::domain::{CredentialAsk, Gives, PostgresGives, Tls};
use crate::provider::{Intent, Material, ProviderError};

use super::connect::{Server, Session};
use super::names::{ident, is_marked_for, literal, lock, mark, role};
use super::preflight::Facts;
use super::verifier::is_verifier;

/// Settings whose value is a list of names, each quoted by itself (`GUC_LIST_QUOTE` in guc.h).
const LISTS_OF_NAMES: [&str; 2] = ["search_path", "temp_tablespaces"];

/// By this the server's own log has what was done. Nobody but a superuser may set it (`PGC_SUSET`), unless
/// somebody gave them the right to.
const LOGGING: &str = "log_statement";

/// What the role gives, and the verifier, checked: PostgreSQL would take anything else for a password in
/// clear text.
pub fn checked<'i>(
    server: &Server<'_>,
    intent: &'i Intent,
) -> Result<(&'i PostgresGives, &'i str), ProviderError> {
    let (Gives::Postgres(gives), CredentialAsk::Postgres { verifier }) = (&intent.gives, &intent.ask) else {
        return Err(server.refused("this is no ask for a postgres role"));
    };
    if !is_verifier(verifier, gives.scram_rounds) {
        return Err(server
            .refused(format_args!("this is no SCRAM-SHA-256 verifier of {} rounds", gives.scram_rounds)));
    }
    if gives.member_of.is_empty() || intent.end <= intent.start {
        return Err(server.refused("this would give nothing"));
    }
    Ok((gives, verifier))
}

/// Makes the role, or makes it again what it was: in one transaction, whose result is read before it is
/// committed.
pub async fn make(
    session: &Session<'_>,
    facts: Facts,
    intent: &Intent,
    gives: &PostgresGives,
    verifier: &str,
) -> Result<(), ProviderError> {
    let server = session.server;
    let name = role(intent.credential);
    let (quoted, text) = (ident(&name), literal(&name));
    let sql = format!(
        "SELECT r.rolcanlogin, shobj_description(r.oid, 'pg_authid') FROM pg_roles r WHERE r.rolname = {text}"
    );
    let found = session.run("look for the role", &sql).await?;
    let verb = match found.first() {
        None => "CREATE",
        Some(row) if !is_marked_for(row.text(1), intent.request) => {
            return Err(server.refused(format_args!("a role {name} is there that jit did not make")));
        }
        // Its revocation was begun: a late grant does not bring it back.
        Some(row) if !row.is_true(0) => return Err(server.refused("this credential was revoked")),
        Some(_) => "ALTER",
    };

    let logs = gives.settings.contains_key(LOGGING);
    if logs {
        may_log(session).await?;
    }

    // INVARIANT 3: the role's own end, in UTC.
    let end = literal(&intent.end.to_string());
    let mut sql = format!(
        "BEGIN; {} {verb} ROLE {quoted} LOGIN INHERIT CONNECTION LIMIT {} VALID UNTIL {end} PASSWORD {}; \
         COMMENT ON ROLE {quoted} IS {};",
        lock(intent.credential),
        gives.connection_limit,
        literal(verifier),
        literal(&mark(intent.request, intent.end)),
    );
    if verb == "ALTER" {
        // Writing to a String cannot fail, here and below.
        let _ = write!(sql, "ALTER ROLE {quoted} RESET ALL;");
    }
    // INVARIANT 12: with the rights of the group, but never as the group: what is made belongs to the
    // role that ends. Older servers cannot say so; there the group may make nothing (preflight).
    let options =
        if facts.has_membership_options() { " WITH INHERIT TRUE, SET FALSE, ADMIN FALSE" } else { "" };
    for group in &gives.member_of {
        let _ = write!(sql, "GRANT {} TO {quoted}{options};", ident(group));
    }
    for (setting, value) in &gives.settings {
        let _ = write!(sql, "ALTER ROLE {quoted} SET {};", assignment(setting, value));
    }
    let groups = gives.member_of.iter().map(|group| literal(group)).collect::<Vec<_>>().join(", ");
    let _ = write!(
        sql,
        "SELECT r.rolcanlogin AND NOT (r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication \
         OR r.rolbypassrls), coalesce(r.rolvaliduntil = {end}::timestamptz, false), NOT EXISTS (SELECT FROM \
         pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid AND (m.admin_option OR \
         g.rolname NOT IN ({groups}))), NOT {logs} OR NOT has_parameter_privilege(r.oid, '{LOGGING}', 'SET') \
         FROM pg_roles r WHERE r.rolname = {text}"
    );
    let rows = session.run("make the role", &sql).await?;
    let sound = rows.first().is_some_and(|row| row.is_true(0) && row.is_true(1) && row.is_true(2));
    if !sound {
        return Err(
            server.refused(format_args!("role {name} has more rights than it should: was it changed?"))
        );
    }
    if !rows.first().is_some_and(|row| row.is_true(3)) {
        return Err(server.refused(format_args!(
            "{name} could switch {LOGGING} off by itself; try: REVOKE SET ON PARAMETER {LOGGING} FROM PUBLIC, and \
             from its group roles"
        )));
    }
    session.run("commit the role", "COMMIT").await?;
    Ok(())
}

/// Refuses an admin that could not have the statements logged.
async fn may_log(session: &Session<'_>) -> Result<(), ProviderError> {
    let sql = format!("SELECT has_parameter_privilege('{LOGGING}', 'SET')");
    let rows = session.run("read the admin's rights on log_statement", &sql).await?;
    if rows.first().is_some_and(|row| row.is_true(0)) {
        return Ok(());
    }
    let admin = &session.server.target.admin;
    Err(session.server.refused(format_args!(
        "{admin} may not set {LOGGING}, which the policy asks for; try: GRANT SET ON PARAMETER {LOGGING} TO {}",
        ident(admin)
    )))
}

/// `name = value` for `ALTER ROLE … SET`.
fn assignment(setting: &str, value: &str) -> String {
    let name = setting.split('.').map(ident).collect::<Vec<_>>().join(".");
    let value = if LISTS_OF_NAMES.contains(&setting) {
        names_of(value).map(|name| literal(&name)).collect::<Vec<_>>().join(", ")
    } else {
        literal(value)
    };
    format!("{name} = {value}")
}

/// The names of a list such as `"$user", public`.
pub fn names_of(value: &str) -> impl Iterator<Item = String> {
    value.split(',').map(|name| {
        let name = name.trim();
        let inside = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        inside.unwrap_or(name).replace("\"\"", "\"")
    })
}

/// Where the requester logs in.
pub fn material(server: &Server<'_>, intent: &Intent) -> Result<Material, ProviderError> {
    Ok(Material::Postgres {
        user: role(intent.credential),
        host: server.host.to_owned(),
        port: server.port,
        database: server.target.database.clone(),
        sslmode: match server.target.tls {
            Tls::VerifyFull => "verify-full",
            Tls::Disable => "disable",
        }
        .to_owned(),
        ca: server.ca()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_quoted_and_a_list_of_names_stays_a_list() {
        assert_eq!(assignment("statement_timeout", "5min"), "\"statement_timeout\" = '5min'");
        assert_eq!(assignment("a.b", "it's; --"), "\"a\".\"b\" = 'it''s; --'");
        assert_eq!(
            assignment("search_path", "\"$user\", shop,public"),
            "\"search_path\" = '$user', 'shop', 'public'"
        );
    }
}
