//! What is looked at before anything is made: whether jit could take it away again, whether a login
//! needs the password that ends, and whether the group roles could be abused.

use crate::provider::ProviderError;

use super::connect::{Row, Server, Session};
use super::names::{ident, literal};

/// The oldest server that the tests run on.
const OLDEST: u32 = 150_000;
/// Since this release a membership can be given without the right to become the role (`SET FALSE`).
const WITH_SET: u32 = 160_000;

/// Predefined roles that only read or write tables and statistics. Others reach the server's files,
/// programs or sessions.
const HARMLESS: [&str; 6] = [
    "pg_monitor",
    "pg_read_all_data",
    "pg_read_all_settings",
    "pg_read_all_stats",
    "pg_stat_scan_tables",
    "pg_write_all_data",
];

/// What jit needs to know of a server and of its own rights there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    version: u32,
    pub superuser: bool,
    /// Whether it may see the rules of `pg_hba.conf`.
    pub reads_hba: bool,
    makes_roles: bool,
    is_standby: bool,
}

impl Facts {
    /// Whether memberships have options (INHERIT, SET) and grantors of their own.
    pub fn has_membership_options(self) -> bool {
        self.version >= WITH_SET
    }

    /// As a membership of jit's admin in a role is given, so that it may act on what the role owns.
    pub fn own_membership(self) -> &'static str {
        if self.has_membership_options() { " WITH INHERIT TRUE, SET TRUE" } else { "" }
    }
}

/// Reads the facts, and judges nothing: a revocation goes on whatever they are.
pub async fn facts(session: &Session<'_>) -> Result<Facts, ProviderError> {
    let sql = "SELECT current_setting('server_version_num'), rolsuper, \
               has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE') \
               AND has_table_privilege('pg_catalog.pg_hba_file_rules', 'SELECT'), rolcreaterole, \
               pg_is_in_recovery() FROM pg_roles WHERE rolname = current_user";
    let rows = session.run("read the admin's rights", sql).await?;
    let row = rows.first().ok_or_else(|| session.server.unavailable("the admin role is not in pg_roles"))?;
    Ok(Facts {
        version: row.number(0).unwrap_or(0),
        superuser: row.is_true(1),
        reads_hba: row.is_true(2),
        makes_roles: row.is_true(3),
        is_standby: row.is_true(4),
    })
}

/// Refuses an admin that could not revoke, a server that is too old or only reads, and rules by which a
/// login needs no password.
pub async fn admin(session: &Session<'_>) -> Result<Facts, ProviderError> {
    let server = session.server;
    let facts = facts(session).await?;
    if facts.version < OLDEST {
        return Err(server.refused("PostgreSQL before 15 is not supported"));
    }
    if facts.is_standby {
        return Err(server.refused("this server is a standby: no role can be made on it"));
    }
    if !facts.superuser {
        if !facts.makes_roles {
            let admin = &server.target.admin;
            return Err(server.refused(format_args!(
                "{admin} could not take back what it gives: it has no CREATEROLE; try: ALTER ROLE {} CREATEROLE",
                ident(admin)
            )));
        }
        rehearse(session, facts).await?;
    }
    if facts.reads_hba {
        hba(session).await?;
    }
    Ok(facts)
}

/// Does what a revocation does, and rolls it back.
async fn rehearse(session: &Session<'_>, facts: Facts) -> Result<(), ProviderError> {
    let server = session.server;
    let mut random = [0; 8];
    getrandom::fill(&mut random).map_err(|error| server.unavailable(error))?;
    let random: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let [one, two] = ["a", "b"].map(|half| ident(&format!("jit_preflight_{half}_{random}")));
    let member = facts.own_membership();
    let sql = format!(
        "BEGIN; CREATE ROLE {one} NOLOGIN; CREATE ROLE {two} NOLOGIN; \
         ALTER ROLE {one} NOLOGIN PASSWORD NULL CONNECTION LIMIT 0; \
         GRANT {one}, {two} TO CURRENT_USER{member}; \
         REASSIGN OWNED BY {one} TO {two}; DROP OWNED BY {one}; DROP ROLE {one}, {two}; ROLLBACK"
    );
    session.run("take back what it would give", &sql).await.map(|_| ())
}

/// One rule of `pg_hba.conf`, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    line: String,
    kind: String,
    address: String,
    netmask: String,
    method: String,
    /// For every database and every user.
    for_all: bool,
    /// May be for a role of jit's.
    for_ours: bool,
    has_map: bool,
}

impl Rule {
    fn from_row(row: &Row) -> Self {
        Self {
            line: row.owned(0),
            kind: row.owned(1),
            address: row.owned(2),
            netmask: row.owned(3),
            method: row.owned(4),
            for_all: row.is_true(5),
            for_ours: row.is_true(6),
            has_map: row.is_true(7),
        }
    }

    /// `VALID UNTIL` is the password's end: only these methods look at it (PostgreSQL's manual, CREATE
    /// ROLE).
    fn asks_for_the_password(&self) -> bool {
        matches!(self.method.as_str(), "scram-sha-256" | "md5" | "password" | "reject")
    }

    /// Whether every connection that `other` is for meets this rule as well.
    fn covers(&self, other: &Self) -> bool {
        let kind = self.kind == other.kind || (self.kind == "host" && other.kind.starts_with("host"));
        let v6 = other.address.contains(':');
        let address = self.address == "all"
            || (&self.address, &self.netmask) == (&other.address, &other.netmask)
            || (self.netmask == "0.0.0.0" && !v6 && other.address != "all" && !other.netmask.is_empty())
            || (self.netmask == "::" && v6);
        self.for_all && kind && address
    }
}

/// Refuses rules by which a role of jit's gets in without its password, as that is what ends by itself.
///
/// `peer`, `cert` and their like compare a name from elsewhere with the role's: nothing has a name that
/// jit makes at random, unless a map says that it is meant.
async fn hba(session: &Session<'_>) -> Result<(), ProviderError> {
    let sql = "SELECT line_number, type, coalesce(address, ''), coalesce(netmask, ''), auth_method, \
               'all' = ANY(database) AND 'all' = ANY(user_name), \
               database <> ARRAY['replication'] AND EXISTS (SELECT FROM unnest(user_name) AS name \
               WHERE name = 'all' OR name LIKE '/%' OR name LIKE '+%' OR name LIKE 'jit\\_%'), \
               EXISTS (SELECT FROM unnest(options) AS option WHERE option LIKE 'map=%') \
               FROM pg_hba_file_rules WHERE error IS NULL ORDER BY line_number";
    let rules: Vec<Rule> =
        session.run("read pg_hba_file_rules", sql).await?.iter().map(Rule::from_row).collect();
    match open_rule(&rules) {
        None => Ok(()),
        Some(rule) => Err(session.server.refused(format_args!(
            "line {} of pg_hba.conf lets a role in by `{}`, without the password that ends; try: scram-sha-256 \
             there",
            rule.line, rule.method,
        ))),
    }
}

fn open_rule(rules: &[Rule]) -> Option<&Rule> {
    rules.iter().enumerate().map(|(place, rule)| (rules.get(..place).unwrap_or_default(), rule)).find_map(
        |(before, rule)| {
            let open = rule.method == "trust" || (rule.has_map && !rule.asks_for_the_password());
            let met = !before.iter().any(|first| first.asks_for_the_password() && first.covers(rule));
            (open && rule.for_ours && met).then_some(rule)
        },
    )
}

/// Refuses group roles that give more than their tables: INVARIANT 12 rests on it that nothing a member
/// does is done in the group's name, or makes something of the group's.
pub async fn groups<'n>(
    session: &Session<'_>,
    facts: Facts,
    names: impl Iterator<Item = &'n String> + Clone,
) -> Result<(), ProviderError> {
    let server = session.server;
    let list = names.clone().map(|name| literal(name)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "WITH RECURSIVE reach(oid, top) AS (SELECT oid, rolname FROM pg_roles WHERE rolname IN ({list}) \
         UNION SELECT m.roleid, reach.top FROM pg_auth_members m JOIN reach ON m.member = reach.oid) \
         SELECT reach.top, r.rolname, r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolreplication, \
         r.rolbypassrls, EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass \
         AND d.refobjid = r.oid AND d.deptype = 'o'), \
         EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid AND m.admin_option), \
         r.rolcanlogin, r.oid FROM reach JOIN pg_roles r ON r.oid = reach.oid"
    );
    let rows = session.run("read the group roles", &sql).await?;
    for name in names {
        if !rows.iter().any(|row| row.text(0) == Some(name.as_str())) {
            return Err(server.refused(format_args!("there is no role {name}")));
        }
    }
    for row in &rows {
        if let Some(why) = abusable(row, facts) {
            let (top, role) = (row.owned(0), row.owned(1));
            let via = if top == role { String::new() } else { format!(", of which {top} is a member,") };
            return Err(server.refused(format_args!("the group role {role}{via} {why}")));
        }
    }
    let oids = rows.iter().map(|row| row.owned(10)).collect::<Vec<_>>().join(", ");
    in_database(session, facts, &oids).await
}

fn abusable(row: &Row, facts: Facts) -> Option<&'static str> {
    let name = row.text(1).unwrap_or_default();
    if name.starts_with("pg_") && !HARMLESS.contains(&name) {
        return Some(
            "gives more than tables: of the predefined roles only those that read or write data are \
                     given",
        );
    }
    let why = [
        "is a superuser",
        "has CREATEROLE",
        "has CREATEDB",
        "has REPLICATION",
        "has BYPASSRLS",
        "owns objects or default privileges; make another role for the owner",
        "has the ADMIN option on a role, and so could give it to others",
    ];
    if let Some((_, why)) = (2..).zip(why).find(|(column, _)| row.is_true(*column)) {
        return Some(why);
    }
    // A member could become it, give it a password, and log in as it for ever.
    (!facts.has_membership_options() && row.is_true(9))
        .then_some("can log in; before PostgreSQL 16 it has to be NOLOGIN")
}

/// What a member of these roles could make or give away in one database.
async fn in_database(session: &Session<'_>, facts: Facts, oids: &str) -> Result<(), ProviderError> {
    let server = session.server;
    let sql = format!(
        "SELECT 'the right to grant ' || a.privilege_type || ' to others', a.grantee::regrole FROM \
         (SELECT relacl FROM pg_class UNION ALL SELECT attacl FROM pg_attribute WHERE attacl IS NOT NULL \
         UNION ALL SELECT nspacl FROM pg_namespace UNION ALL SELECT proacl FROM pg_proc UNION ALL SELECT \
         datacl FROM pg_database UNION ALL SELECT typacl FROM pg_type UNION ALL SELECT lomacl FROM \
         pg_largeobject_metadata UNION ALL SELECT fdwacl FROM pg_foreign_data_wrapper UNION ALL SELECT \
         srvacl FROM pg_foreign_server UNION ALL SELECT lanacl FROM pg_language) AS acls(acl), \
         LATERAL aclexplode(acl) AS a WHERE a.is_grantable AND a.grantee IN ({oids}) LIMIT 1"
    );
    let told = |rows: Vec<Row>, place: &str| match rows.first() {
        None => Ok(()),
        Some(row) => Err(server.refused(format_args!(
            "the group role {} has {}{place}, which would outlive the grant",
            row.owned(1),
            row.owned(0),
        ))),
    };
    told(session.run("read the rights of the group roles", &sql).await?, "")?;
    if facts.has_membership_options() {
        return Ok(());
    }
    // Before PostgreSQL 16 a member can become the group role, and what it makes then stays as the
    // group's. So the group must be able to make nothing, anywhere.
    let sql = format!(
        "SELECT datname, datallowconn, (SELECT r.rolname FROM pg_roles r WHERE r.oid IN ({oids}) \
         AND has_database_privilege(r.oid, d.oid, 'CREATE') LIMIT 1) FROM pg_database d WHERE EXISTS \
         (SELECT FROM pg_roles r WHERE r.oid IN ({oids}) AND has_database_privilege(r.oid, d.oid, 'CONNECT'))"
    );
    let databases = session.run("list the databases", &sql).await?;
    let creates = "may CREATE there, and what it makes would outlive the grant; before PostgreSQL 16 that \
                   cannot be held apart";
    for row in &databases {
        let name = row.owned(0);
        if let Some(group) = row.text(2) {
            return Err(server.refused(format_args!("in database {name} the group role {group} {creates}")));
        }
        if !row.is_true(1) {
            continue;
        }
        let inside = session.sibling(&name).await?;
        let sql = format!(
            "SELECT n.nspname, r.rolname FROM pg_namespace n, pg_roles r WHERE r.oid IN ({oids}) \
             AND n.nspname !~ '^pg_(temp|toast)' AND has_schema_privilege(r.oid, n.oid, 'CREATE') LIMIT 1"
        );
        let found = inside.run("read the rights on schemas", &sql).await?;
        inside.keep();
        if let Some(row) = found.first() {
            let (schema, group) = (row.owned(0), row.owned(1));
            return Err(server.refused(format_args!(
                "in schema {schema} of database {name} the group role {group} {creates}"
            )));
        }
    }
    Ok(())
}

/// For a server whose rules jit may not read: really tries the new role without its password.
pub async fn password_is_asked_for(server: &Server<'_>, role: &str) -> Result<(), ProviderError> {
    if server.opens_without_password(role).await {
        return Err(server.refused("the server lets a role in without its password, so it would not end"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kind: &str, address: &str, method: &str, for_all: bool) -> Rule {
        let (address, netmask) = address.split_once('/').unwrap_or((address, ""));
        Rule {
            line: "1".to_owned(),
            kind: kind.to_owned(),
            address: address.to_owned(),
            netmask: netmask.to_owned(),
            method: method.to_owned(),
            for_all,
            for_ours: true,
            has_map: false,
        }
    }

    #[test]
    fn a_rule_that_asks_for_no_password_is_found_unless_one_before_it_does() {
        let scram = rule("host", "0.0.0.0/0.0.0.0", "scram-sha-256", true);
        let trust = rule("host", "127.0.0.1/255.255.255.255", "trust", true);
        let v6 = rule("host", "::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "trust", true);
        let local = rule("local", "", "trust", true);
        assert_eq!(open_rule(&[scram.clone(), trust.clone()]), None);
        assert_eq!(open_rule(&[trust.clone(), scram.clone()]), Some(&trust));
        assert_eq!(open_rule(&[scram.clone(), v6.clone()]), Some(&v6));
        assert_eq!(open_rule(&[scram.clone(), local.clone()]), Some(&local));
        let some = Rule { for_all: false, ..scram.clone() };
        assert_eq!(open_rule(&[some, trust.clone()]), Some(&trust));
        let others = Rule { for_ours: false, ..trust.clone() };
        assert_eq!(open_rule(&[others]), None);
        let everywhere = rule("host", "all", "reject", true);
        assert_eq!(open_rule(&[everywhere, trust, v6]), None);
        let peer = rule("local", "", "peer", true);
        assert_eq!(open_rule(std::slice::from_ref(&peer)), None);
        let mapped = Rule { has_map: true, ..peer };
        assert_eq!(open_rule(std::slice::from_ref(&mapped)), Some(&mapped));
    }
}
