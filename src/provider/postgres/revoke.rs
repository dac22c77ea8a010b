//! Taking a login role away, in steps that each may be the last one before a crash and may all be
//! repeated.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::domain::OnEnd;
use crate::provider::{Handle, ProviderError};

use super::connect::Session;
use super::names::{ident, is_marked, is_marked_for, literal, lock, mark, quarantine, role};
use super::preflight::Facts;

/// How long sessions may take to end. They roll back what they were doing.
const PATIENCE: Duration = Duration::from_secs(10);

/// One revocation under way.
pub struct Revocation<'a> {
    pub session: &'a Session<'a>,
    pub facts: Facts,
    pub handle: &'a Handle,
    /// The role's number, by which its sessions are known after it is dropped.
    pub oid: u32,
    pub sessions: BTreeSet<u32>,
}

/// What stands under a credential's name.
pub enum Found {
    Nothing,
    Role(u32),
    /// A role without jit's mark. Its login is ended, and it is left alone otherwise: what has another
    /// comment may have another owner.
    Foreign(u32),
}

pub async fn find(session: &Session<'_>, handle: &Handle) -> Result<Found, ProviderError> {
    let sql = format!(
        "SELECT r.oid, shobj_description(r.oid, 'pg_authid') FROM pg_roles r WHERE r.rolname = {}",
        literal(&role(handle.credential))
    );
    let rows = session.run("look for the role", &sql).await?;
    let Some(row) = rows.first() else { return Ok(Found::Nothing) };
    let oid = row.number(0).ok_or_else(|| session.server.unavailable("a role without a number"))?;
    Ok(if is_marked(row.text(1)) { Found::Role(oid) } else { Found::Foreign(oid) })
}

/// Waits for a grant of the same credential that its caller gave up, and that the server still commits.
///
/// A few seconds at most, and an error counts for nothing: anybody may hold such a lock, and keeps
/// nothing by it, as a role that is there is taken away without a look at the lock.
pub async fn settle(session: &Session<'_>, handle: &Handle) {
    let _ = session.run("wait for a grant under way", &lock(handle.credential)).await;
}

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    CloseLogin,
    DropMemberships,
    EndSessions,
    ClearDatabases,
    DropRole,
}

impl Step {
    pub const ALL: [Self; 5] =
        [Self::CloseLogin, Self::DropMemberships, Self::EndSessions, Self::ClearDatabases, Self::DropRole];
}

impl Revocation<'_> {
    pub async fn step(&mut self, step: Step) -> Result<(), ProviderError> {
        match step {
            Step::CloseLogin => self.close_login().await,
            Step::DropMemberships => self.drop_memberships().await,
            Step::EndSessions => self.end_sessions().await,
            Step::ClearDatabases => self.clear_databases().await,
            Step::DropRole => self.drop_role().await,
        }
    }

    fn role(&self) -> String {
        ident(&role(self.handle.credential))
    }

    /// First, and committed by itself: whatever fails after this, nobody logs in.
    async fn close_login(&self) -> Result<(), ProviderError> {
        let role = self.role();
        let mut sql = format!("ALTER ROLE {role} NOLOGIN PASSWORD NULL CONNECTION LIMIT 0;");
        if !self.facts.superuser {
            // To end its sessions and to move what it owns takes its rights. It ends with the role.
            sql += &format!("GRANT {role} TO CURRENT_USER{};", self.facts.own_membership());
        }
        self.session.run("close the login", &sql).await.map(|_| ())
    }

    async fn drop_memberships(&self) -> Result<(), ProviderError> {
        let sql = format!(
            "SELECT g.rolname, w.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid \
             LEFT JOIN pg_roles w ON w.oid = m.grantor WHERE m.member = {}",
            self.oid
        );
        let rows = self.session.run("read the memberships", &sql).await?;
        let role = self.role();
        let mut sql = String::new();
        for row in &rows {
            let by = match row.text(1) {
                Some(grantor) if self.facts.has_membership_options() => {
                    format!(" GRANTED BY {}", ident(grantor))
                }
                _ => String::new(),
            };
            sql += &format!("REVOKE {} FROM {role}{by} CASCADE;", ident(&row.owned(0)));
        }
        self.session.run("drop the memberships", &sql).await.map(|_| ())
    }

    /// Terminates its sessions until none is left: an open one survives `VALID UNTIL`, `NOLOGIN` and
    /// `DROP ROLE`.
    async fn end_sessions(&mut self) -> Result<(), ProviderError> {
        let started = Instant::now();
        let sql = format!(
            "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = {}",
            self.oid
        );
        loop {
            let rows = self.session.run("end the sessions", &sql).await?;
            if rows.is_empty() {
                return Ok(());
            }
            self.sessions.extend(rows.iter().filter_map(|row| row.number(0)));
            if started.elapsed() > PATIENCE {
                let what = format!("{} of its sessions do not end", rows.len());
                return Err(self.session.server.unavailable(what));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// INVARIANT 12: in every database, what it owns is dropped or goes to a role that can do nothing,
    /// never to one with more rights.
    async fn clear_databases(&self) -> Result<(), ProviderError> {
        self.roll_back_prepared().await?;
        let sql = format!(
            "SELECT DISTINCT coalesce(d.datname, current_database()), coalesce(d.datallowconn, true), \
             coalesce(d.datname, current_database()) = current_database() FROM pg_shdepend s LEFT JOIN \
             pg_database d ON d.oid = s.dbid WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = {}",
            self.oid
        );
        for row in self.session.run("look for what it left", &sql).await? {
            let database = row.owned(0);
            if !row.is_true(1) {
                return Err(self.session.server.unavailable(format_args!(
                    "it left objects in database {database}, which takes no connections"
                )));
            }
            if row.is_true(2) {
                self.clear(self.session).await?;
            } else {
                let inside = self.session.sibling(&database).await?;
                self.clear(&inside).await?;
                inside.keep();
            }
        }
        Ok(())
    }

    /// A prepared transaction outlives its session, and holds what it made.
    async fn roll_back_prepared(&self) -> Result<(), ProviderError> {
        let sql = format!(
            "SELECT database, gid FROM pg_prepared_xacts WHERE owner = {}",
            literal(&role(self.handle.credential))
        );
        for row in self.session.run("look for prepared transactions", &sql).await? {
            let inside = self.session.sibling(&row.owned(0)).await?;
            let sql = format!("ROLLBACK PREPARED {}", literal(&row.owned(1)));
            inside.run("roll back a prepared transaction", &sql).await?;
            inside.keep();
        }
        Ok(())
    }

    /// One database, in one transaction.
    async fn clear(&self, inside: &Session<'_>) -> Result<(), ProviderError> {
        let role = self.role();
        inside.run("begin", "BEGIN").await?;
        if self.handle_on_end() == OnEnd::Drop {
            let sql = format!("DROP OWNED BY {role} CASCADE");
            inside.run("drop what it left", &sql).await?;
        }
        // Databases and other things of the whole server are not dropped by that.
        if self.owns_here(inside).await? {
            let heir = self.heir(inside).await?;
            let schemas = self.schemas(inside).await?;
            self.enter(inside, &heir, &schemas).await?;
            self.disarm(inside).await?;
            inside.run("move what it left", &format!("REASSIGN OWNED BY {role} TO {heir}")).await?;
            self.leave(inside, &heir, &schemas).await?;
        }
        // Now it owns nothing: this ends the rights that others gave it, and its default privileges.
        inside.run("drop its rights", &format!("DROP OWNED BY {role}; COMMIT")).await.map(|_| ())
    }

    fn handle_on_end(&self) -> OnEnd {
        self.session.server.target.on_end
    }

    /// Whether it owns something that is not dropped with its rights.
    async fn owns_here(&self, inside: &Session<'_>) -> Result<bool, ProviderError> {
        let sql = format!(
            "SELECT FROM pg_shdepend s WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = {} \
             AND s.deptype = 'o' AND s.classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass) \
             AND (s.dbid = 0 OR s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())) LIMIT 1",
            self.oid
        );
        Ok(!inside.run("look for what it owns", &sql).await?.is_empty())
    }

    /// The role that gets what this one left. It is made for it, and refused if anybody gave it rights.
    async fn heir(&self, inside: &Session<'_>) -> Result<String, ProviderError> {
        let name = quarantine(self.handle.credential);
        let (quoted, text) = (ident(&name), literal(&name));
        let sql = format!(
            "SELECT shobj_description(r.oid, 'pg_authid'), r.rolcanlogin OR r.rolsuper OR r.rolcreaterole OR \
             r.rolcreatedb OR r.rolreplication OR r.rolbypassrls OR EXISTS (SELECT FROM pg_auth_members m \
             WHERE m.member = r.oid) FROM pg_roles r WHERE r.rolname = {text}"
        );
        match inside.run("look for the quarantine role", &sql).await?.first() {
            None => {
                let mark = literal(&mark(self.handle.request, self.handle.end));
                let sql = format!("CREATE ROLE {quoted} NOLOGIN; COMMENT ON ROLE {quoted} IS {mark}");
                inside.run("make the quarantine role", &sql).await?;
            }
            Some(row) if !is_marked_for(row.text(0), self.handle.request) || row.is_true(1) => {
                let why =
                    format!("role {name} has rights that jit did not give it; take them away, or drop it");
                return Err(inside.server.refused(why));
            }
            Some(_) => {}
        }
        Ok(quoted)
    }

    /// The schemas of what it owns, except where tables alone are in it.
    async fn schemas(&self, inside: &Session<'_>) -> Result<Vec<String>, ProviderError> {
        let sql = format!(
            "SELECT n.nspname FROM pg_namespace n WHERE n.oid IN (SELECT pronamespace FROM pg_proc WHERE \
             proowner = {0} UNION SELECT typnamespace FROM pg_type WHERE typowner = {0}) \
             AND n.nspname !~ '^pg_'",
            self.oid,
        );
        let rows = inside.run("list the schemas", &sql).await?;
        Ok(rows.iter().map(|row| ident(&row.owned(0))).collect())
    }

    /// What an admin that is no superuser needs to make `heir` an owner: to be its member, and that it has
    /// CREATE on the schemas. Nobody else sees either: it is given and taken back in one transaction.
    async fn enter(&self, inside: &Session<'_>, heir: &str, schemas: &[String]) -> Result<(), ProviderError> {
        if self.facts.superuser {
            return Ok(());
        }
        let mut sql = format!("GRANT {heir} TO CURRENT_USER{};", self.facts.own_membership());
        sql.extend(schemas.iter().map(|schema| format!("GRANT CREATE ON SCHEMA {schema} TO {heir};")));
        inside.run("let the quarantine role own what it left", &sql).await.map(|_| ())
    }

    async fn leave(&self, inside: &Session<'_>, heir: &str, schemas: &[String]) -> Result<(), ProviderError> {
        if self.facts.superuser {
            return Ok(());
        }
        let by = if self.facts.has_membership_options() { " GRANTED BY CURRENT_USER" } else { "" };
        let mut sql = String::new();
        sql.extend(schemas.iter().map(|schema| format!("REVOKE CREATE ON SCHEMA {schema} FROM {heir};")));
        sql += &format!("REVOKE {heir} FROM CURRENT_USER{by}");
        inside.run("leave the quarantine role", &sql).await.map(|_| ())
    }

    /// Takes the life out of what is moved: triggers that it put on other people's tables, and what only
    /// a superuser may own, are dropped; its functions are nobody's to call.
    async fn disarm(&self, inside: &Session<'_>) -> Result<(), ProviderError> {
        let oid = self.oid;
        // Who may not drop a trigger on another's table can drop its function, and the trigger with it.
        let trigger = if self.facts.superuser {
            "format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass)"
        } else {
            "format('DROP ROUTINE %s CASCADE', p.oid::regprocedure)"
        };
        let sql = format!(
            "SELECT 1, format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', p.oid::regprocedure, \
             CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END) FROM pg_proc p, \
             LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a \
             WHERE p.proowner = {oid} AND a.grantee <> {oid} \
             UNION SELECT 2, {trigger} FROM pg_trigger t JOIN \
             pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal AND \
             t.tgparentid = 0 AND p.proowner = {oid} AND c.relowner <> {oid} \
             UNION SELECT 3, format('DROP EVENT TRIGGER %I', evtname) FROM pg_event_trigger WHERE \
             evtowner = {oid} \
             UNION SELECT 3, format('DROP PUBLICATION %I', pubname) FROM pg_publication WHERE pubowner = {oid} \
             ORDER BY 1"
        );
        let statements: Vec<String> =
            inside.run("look at what it left", &sql).await?.iter().map(|row| row.owned(1)).collect();
        inside.run("disarm what it left", &statements.join(";")).await.map(|_| ())
    }

    /// PostgreSQL refuses this while anything depends on the role.
    async fn drop_role(&mut self) -> Result<(), ProviderError> {
        // A login that was let in just before it was closed.
        self.end_sessions().await?;
        self.session.run("drop the role", &format!("DROP ROLE {}", self.role())).await?;
        self.end_sessions().await
    }
}
