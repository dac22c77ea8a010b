//! What is over is over: sessions, objects, names, and after a crash between any two steps.

use std::num::NonZeroU32;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::*;

/// A session that is open, and stays so if nobody ends it.
fn open_session(world: &World, intent: &Intent, sql: &str) -> Child {
    let child = world
        .pg
        .program("psql")
        .args(["-X", "-q", "-h", "127.0.0.1", "-p", &world.pg.port().to_string()])
        .args(["-U", &role(intent.credential), "-d", "shop", "-c", sql, "-c", "SELECT pg_sleep(60)"])
        .env("PGPASSWORD", world.password.expose())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let sleeping = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = '{}' AND query LIKE '%sleep%' \
         AND state = 'active'",
        role(intent.credential)
    );
    while world.pg.sql(&sleeping) != "1" {
        assert!(started.elapsed() < Duration::from_secs(10), "no session: {}", world.pg.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    child
}

fn owners(world: &World, database: &str) -> String {
    world.pg.sql_in(
        database,
        "SELECT string_agg(DISTINCT o::regrole::text, ',') FROM (SELECT relowner FROM pg_class WHERE oid >= 16384 \
         AND relname LIKE 'left%' UNION ALL SELECT proowner FROM pg_proc WHERE proname LIKE 'left\\_%' UNION ALL \
         SELECT nspowner FROM pg_namespace WHERE nspname LIKE 'left%' UNION ALL SELECT lomowner FROM \
         pg_largeobject_metadata) AS all_of_it(o)",
    )
}

#[tokio::test]
async fn a_session_that_is_open_at_a_revoke_is_closed_and_counted() {
    for version in Version::all() {
        let world = World::start(&version);
        let (one, two) = (world.new_intent(600), world.new_intent(600));
        world.provider.grant(&one).await.unwrap();
        world.provider.grant(&two).await.unwrap();
        let mut first = open_session(&world, &one, "BEGIN; CREATE TEMP TABLE t (i int)");
        let mut other = open_session(&world, &two, "SELECT 1");
        assert!(!world.is_absent(&one).await);
        assert_eq!(world.revoke(&one).await, Revoked { sessions: Some(1) });
        assert!(world.is_absent(&one).await);
        assert!(!first.wait().unwrap().success());
        assert!(other.try_wait().unwrap().is_none(), "the other grant's session was closed too");
        let login = world.as_role(&one, "shop", "SELECT 1");
        assert!(!login.status.success());
        world.revoke(&two).await;
        other.wait().unwrap();
    }
}

#[tokio::test]
async fn a_session_whose_role_is_gone_is_not_absent() {
    for version in Version::all() {
        let world = World::start(&version);
        let intent = world.new_intent(600);
        world.provider.grant(&intent).await.unwrap();
        let mut session = open_session(&world, &intent, "SELECT 1");
        // By hand, as only the superuser can: PostgreSQL drops the role of an open session.
        let name = ident_of(&intent);
        world.pg.sql_in("shop", &format!("DROP OWNED BY {name}; DROP ROLE {name}"));
        assert!(!world.is_absent(&intent).await);
        session.kill().unwrap();
        session.wait().unwrap();
    }
}

fn ident_of(intent: &Intent) -> String {
    names::ident(&role(intent.credential))
}

/// Leaves one of each in a database, where PUBLIC may create.
const LEFTOVERS: &str = "CREATE TABLE public.left_table (i int); CREATE SCHEMA left_schema; \
    CREATE FUNCTION public.left_definer() RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user::text'; \
    CREATE VIEW public.left_view AS SELECT * FROM public.left_table; \
    CREATE FUNCTION left_schema.left_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS \
      'BEGIN RAISE EXCEPTION ''planted''; END'; \
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC; \
    GRANT EXECUTE ON FUNCTION public.left_definer() TO app_read; \
    SELECT lo_create(0)";
/// In the way of everybody who writes orders.
const PLANTED: &str = "CREATE TRIGGER planted BEFORE INSERT ON public.orders FOR EACH ROW \
    EXECUTE FUNCTION left_schema.left_trigger()";

/// As nothing that jit gives lets it.
fn let_create(world: &World, intent: &Intent, database: &str) {
    let (role, quoted) = (ident_of(intent), names::ident(database));
    let sql = format!("GRANT CREATE ON SCHEMA public TO {role}; GRANT CREATE ON DATABASE {quoted} TO {role}");
    world.pg.sql_in(database, &sql);
}

#[tokio::test]
async fn what_was_left_in_two_databases_goes_to_a_role_that_can_do_nothing() {
    for version in Version::all() {
        let world = World::start(&version);
        world.pg.sql("CREATE DATABASE second");
        let intent = world.new_intent(600);
        world.provider.grant(&intent).await.unwrap();
        for database in ["shop", "second"] {
            let_create(&world, &intent, database);
            world.must(&intent, database, LEFTOVERS);
        }
        world.must(&intent, "shop", PLANTED);
        world.must(
            &intent,
            "shop",
            "BEGIN; CREATE TABLE public.left_prepared (i int); PREPARE TRANSACTION 'it''s'",
        );
        world.revoke(&intent).await;
        assert!(world.is_absent(&intent).await);
        let heir = format!("jit_quarantine_{}", intent.credential);
        for database in ["shop", "second"] {
            assert_eq!(owners(&world, database), heir, "{database}");
            let defaults = world.pg.sql_in(database, "SELECT count(*) FROM pg_default_acl");
            assert_eq!(defaults, "0");
        }
        let rights = format!(
            "SELECT rolcanlogin OR rolsuper OR rolcreaterole OR EXISTS (SELECT FROM pg_auth_members WHERE member = \
             r.oid OR roleid = r.oid AND {version} < 16) OR has_schema_privilege(r.oid, 'public', 'CREATE') \
             FROM pg_roles r WHERE rolname = '{heir}'",
            version = version.major
        );
        assert_eq!(world.pg.sql_in("shop", &rights), "f");
        // Who may call the definer function no longer gets its rights, nor the trigger the table's.
        world.pg.sql("CREATE ROLE dave LOGIN PASSWORD 'dave-1' IN ROLE app_read");
        let called = world.pg.psql("dave", "dave-1", "shop", "SELECT public.left_definer()");
        assert!(String::from_utf8_lossy(&called.stderr).contains("permission denied"), "{called:?}");
        assert_eq!(world.pg.sql_in("shop", "SELECT public.left_definer()"), heir);
        world.pg.sql_in("shop", "INSERT INTO orders VALUES (8)");
        assert_eq!(world.pg.sql("SELECT count(*) FROM pg_prepared_xacts"), "0");
        // The leftovers are clean enough to be dropped by their one owner.
        for database in ["shop", "second"] {
            world.pg.sql_in(database, &format!("DROP OWNED BY {heir} CASCADE"));
        }
        world.pg.sql(&format!("DROP ROLE {heir}"));
    }
}

#[tokio::test]
async fn what_was_left_is_dropped_where_the_policy_says_so() {
    for version in Version::all() {
        let mut world = World::start(&version);
        world.on_end = OnEnd::Drop;
        let intent = world.new_intent(600);
        world.provider.grant(&intent).await.unwrap();
        let_create(&world, &intent, "shop");
        world.must(&intent, "shop", LEFTOVERS);
        world.pg.sql_in("shop", "CREATE VIEW on_it AS SELECT * FROM left_table");
        world.revoke(&intent).await;
        assert!(world.is_absent(&intent).await);
        assert_eq!(owners(&world, "shop"), "");
        assert_eq!(world.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit%'"), "0");
    }
}

#[tokio::test]
async fn an_admin_that_is_no_superuser_moves_what_was_left_too() {
    for version in Version::all() {
        let world = World::start(&version).with_admin("keeper", "CREATEROLE");
        world.pg.sql("GRANT app_write TO keeper WITH ADMIN OPTION; ALTER DATABASE shop OWNER TO keeper");
        let intent = world.new_intent(600);
        world.provider.grant(&intent).await.unwrap();
        let_create(&world, &intent, "shop");
        world.must(&intent, "shop", LEFTOVERS);
        world.must(&intent, "shop", PLANTED);
        let mut session = open_session(&world, &intent, "SELECT 1");
        assert_eq!(world.revoke(&intent).await.sessions, Some(1));
        session.wait().unwrap();
        assert!(world.is_absent(&intent).await);
        let heir = format!("jit_quarantine_{}", intent.credential);
        assert_eq!(owners(&world, "shop"), heir);
        let may =
            world.pg.sql_in("shop", &format!("SELECT has_schema_privilege('{heir}', 'public', 'CREATE')"));
        assert_eq!(may, "f");
        world.pg.sql_in("shop", "INSERT INTO orders VALUES (8)");
    }
}

#[tokio::test]
async fn after_a_crash_between_any_two_steps_the_revoke_is_finished() {
    for version in Version::all() {
        let world = World::start(&version);
        for done in 0..=Step::ALL.len() {
            let intent = world.new_intent(600);
            world.provider.grant(&intent).await.unwrap();
            let name = ident_of(&intent);
            world.pg.sql_in("shop", &format!("GRANT CREATE ON SCHEMA public TO {name}"));
            world.must(&intent, "shop", &format!("CREATE TABLE public.left_{done} (i int)"));
            let mut session = open_session(&world, &intent, "SELECT 1");
            let steps = Step::ALL.get(..done).unwrap();
            world.provider.take_away(&Handle::from(&intent), now(), steps).await.unwrap();
            if done > 0 {
                assert!(!world.as_role(&intent, "shop", "SELECT 1").status.success(), "after {steps:?}");
            }
            // Another process, which remembers nothing.
            let again = PostgresProvider::default();
            if (1..Step::ALL.len()).contains(&done) {
                refusal(again.grant(&intent).await, "was revoked");
            }
            let handle = Handle::from(&intent);
            again.revoke(&handle, now()).await.unwrap();
            assert_eq!(
                again.verify_absent(&handle, now()).await.unwrap(),
                Presence::Absent,
                "after {steps:?}"
            );
            session.wait().unwrap();
            let owner = format!("SELECT relowner::regrole FROM pg_class WHERE relname = 'left_{done}'");
            assert_eq!(world.pg.sql_in("shop", &owner), format!("jit_quarantine_{}", intent.credential));
        }
    }
}

#[tokio::test]
async fn a_server_that_is_down_is_unavailable_and_revoked_after_its_return() {
    for version in Version::all() {
        let mut world = World::start(&version);
        let intent = world.new_intent(600);
        world.provider.grant(&intent).await.unwrap();
        world.pg.stop();
        let handle = Handle::from(&intent);
        for _ in 0..2 {
            let error = world.provider.revoke(&handle, now()).await.unwrap_err();
            assert!(matches!(error, ProviderError::Unavailable { .. }), "{error:?}");
        }
        assert!(world.provider.verify_absent(&handle, now()).await.is_err());
        world.pg.run();
        world.revoke(&intent).await;
        assert!(world.is_absent(&intent).await);
    }
}

#[tokio::test]
async fn hostile_names_of_the_policy_and_of_the_catalogue_are_quoted() {
    let names = ["a\"; DROP ROLE x; --", "it's %s", "grün 🐘 $1", &"n".repeat(63)];
    for version in Version::all() {
        let world = World::start(&version);
        world.pg.sql("CREATE ROLE x");
        for (count, name) in names.into_iter().enumerate() {
            let quoted = names::ident(name);
            world.pg.sql(&format!("CREATE DATABASE {quoted}"));
            let group = names::ident(&format!("{}{count}", name.chars().skip(1).collect::<String>()));
            world.pg.sql(&format!("CREATE ROLE {group} NOLOGIN"));
            let mut intent = world.new_intent(600);
            let mut what = gives(&[]);
            what.member_of.insert(format!("{}{count}", name.chars().skip(1).collect::<String>()));
            what.settings.insert("search_path".to_owned(), "\"$user\", it's, b\"x".to_owned());
            what.settings.insert("application_name".to_owned(), name.to_owned());
            intent.gives = Gives::Postgres(what);
            if let Target::Postgres(target) = &mut intent.resource.target {
                target.database = name.to_owned();
            }
            world.provider.grant(&intent).await.unwrap();
            let_create(&world, &intent, name);
            world.must(&intent, name, &format!(
                "CREATE SCHEMA {quoted}; CREATE TABLE {quoted}.{quoted} (i int); CREATE FUNCTION {quoted}.{quoted}(text) \
                 RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION public.{quoted}() RETURNS trigger LANGUAGE \
                 plpgsql AS 'BEGIN RETURN NEW; END'"
            ));
            world.must(
                &intent,
                name,
                &format!(
                    "BEGIN; CREATE TABLE public.p (i int); PREPARE TRANSACTION {}",
                    names::literal(name)
                ),
            );
            let handle = Handle::from(&intent);
            let owned = world.provider.inventory(&intent.resource, &[handle], now()).await.unwrap();
            assert_eq!(owned, [Owned { credential: intent.credential, live: true, changes: Vec::new() }]);
            world.revoke(&intent).await;
            assert!(world.is_absent(&intent).await);
        }
        assert_eq!(world.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname = 'x'"), "1");
    }
}

#[tokio::test]
async fn the_log_of_the_server_has_what_was_done_and_never_the_password() {
    for version in Version::all() {
        let world = World::on(Postgres::start_with(
            &version,
            &["log_statement = 'all'", "log_min_messages = debug2", "log_line_prefix = '%u '"],
        ));
        let mut intent = world.new_intent(600);
        let mut what = gives(&["app_write"]);
        what.settings.insert("log_statement".to_owned(), "all".to_owned());
        what.settings.insert("default_transaction_read_only".to_owned(), "on".to_owned());
        intent.gives = Gives::Postgres(what);
        world.provider.grant(&intent).await.unwrap();
        world.pg.sql("ALTER SYSTEM SET log_statement = 'none'; ");
        world.pg.sql("SELECT pg_reload_conf()");
        assert_eq!(world.must(&intent, "shop", "SELECT id, 'marked' FROM orders"), "7|marked");
        assert!(!world.as_role(&intent, "shop", "INSERT INTO orders VALUES (1)").status.success());
        world.revoke(&intent).await;
        let log = world.pg.log();
        let recorded = |line: &str| line.starts_with(&role(intent.credential)) && line.contains("'marked'");
        assert!(log.lines().any(recorded), "the statement is not in the log");
        assert!(!log.contains(world.password.expose()) && !log.contains(PASSWORD));
    }
}

#[tokio::test]
async fn nobody_switches_off_the_log_of_their_own_statements() {
    for version in Version::all() {
        let world = World::start(&version);
        let logged = |world: &World| {
            let mut intent = world.new_intent(600);
            let mut what = gives(&["app_write"]);
            what.settings.insert("log_statement".to_owned(), "all".to_owned());
            intent.gives = Gives::Postgres(what);
            intent
        };
        let intent = logged(&world);
        world.provider.grant(&intent).await.unwrap();
        let name = role(intent.credential);
        for sql in [
            "SET log_statement = 'none'".to_owned(),
            "SET SESSION log_min_messages = 'panic'".to_owned(),
            "SELECT set_config('log_statement', 'none', false)".to_owned(),
            format!("ALTER ROLE {name} SET log_statement = 'none'"),
            format!("ALTER ROLE {name} RESET log_statement"),
            format!("ALTER ROLE {name} IN DATABASE shop SET log_statement = 'none'"),
            "SET SESSION AUTHORIZATION app_read".to_owned(),
        ] {
            assert!(!world.as_role(&intent, "shop", &sql).status.success(), "{sql}");
        }
        // These say nothing, and change nothing of it.
        world.must(&intent, "shop", &format!("ALTER ROLE {name} RESET ALL; RESET ALL"));
        world.must(&intent, "shop", "DISCARD ALL");
        assert_eq!(world.must(&intent, "shop", "SHOW log_statement"), "all");
        let mut psql = world.pg.program("psql");
        psql.args([
            "-XAtqw",
            "-h",
            "127.0.0.1",
            "-p",
            &world.pg.port().to_string(),
            "-U",
            &name,
            "-d",
            "shop",
        ])
        .args(["-c", "SHOW log_statement"])
        .env("PGPASSWORD", world.password.expose())
        .env("PGOPTIONS", "-c log_statement=none");
        assert!(!psql.output().unwrap().status.success());
        world.revoke(&intent).await;
        // Whoever was given the right to could: then there is no grant.
        for (to, from) in [("app_write", "app_write"), ("PUBLIC", "PUBLIC")] {
            world.pg.sql(&format!("GRANT SET ON PARAMETER log_statement TO {to}"));
            refusal(world.provider.grant(&logged(&world)).await, "could switch log_statement off");
            world.pg.sql(&format!("REVOKE SET ON PARAMETER log_statement FROM {from}"));
        }
        assert_eq!(world.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit%'"), "0");
    }
}

#[tokio::test]
async fn the_verifier_is_what_postgresql_stores_of_the_same_password() {
    for version in Version::all() {
        let pg = Postgres::start(&version);
        let password = Password::generate().unwrap();
        let stored = pg.sql(&format!(
            "SET log_statement = 'none'; CREATE ROLE other LOGIN PASSWORD '{}'; \
             SELECT rolpassword FROM pg_authid WHERE rolname = 'other'",
            password.expose()
        ));
        let salt = stored.split(['$', ':']).nth(2).unwrap();
        let salt = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, salt).unwrap();
        let rounds = NonZeroU32::new(4096).unwrap();
        assert_eq!(verifier(&password, rounds, salt.as_slice().try_into().unwrap()), stored);
    }
}
