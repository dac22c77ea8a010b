//! What is refused before anything is made, and what somebody changed by hand.

use super::*;

#[tokio::test]
async fn a_group_role_that_could_be_abused_is_refused() {
    for version in Version::all() {
        let world = World::start(&version);
        world.pg.sql_in(
            "shop",
            "CREATE ROLE owner NOLOGIN; ALTER TABLE orders OWNER TO owner; CREATE ROLE boss SUPERUSER; \
             CREATE ROLE maker CREATEROLE; CREATE ROLE inner_maker NOLOGIN; GRANT maker TO inner_maker; \
             CREATE ROLE giver NOLOGIN; GRANT app_read TO giver WITH ADMIN OPTION; \
             CREATE ROLE granter NOLOGIN; GRANT SELECT ON orders TO granter WITH GRANT OPTION; \
             CREATE ROLE programs NOLOGIN; GRANT pg_execute_server_program TO programs; \
             CREATE ROLE reader NOLOGIN; GRANT pg_read_all_data TO reader; \
             CREATE ROLE human LOGIN; CREATE ROLE builder NOLOGIN; GRANT CREATE ON SCHEMA public TO builder",
        );
        let refused = [
            ("owner", "owns objects"),
            ("boss", "is a superuser"),
            ("maker", "has CREATEROLE"),
            ("inner_maker", "the group role maker, of which inner_maker is a member, has CREATEROLE"),
            ("giver", "ADMIN option"),
            ("granter", "the right to grant SELECT"),
            ("programs", "predefined"),
            ("nobody", "there is no role nobody"),
        ];
        let only_before_16 = [("human", "can log in"), ("builder", "in schema public of database shop")];
        for (group, part) in refused.into_iter().chain(only_before_16) {
            let mut intent = world.new_intent(600);
            intent.gives = Gives::Postgres(gives(&[group]));
            let granted = world.provider.grant(&intent).await;
            if version.major >= 16 && only_before_16.contains(&(group, part)) {
                granted.unwrap();
                world.revoke(&intent).await;
            } else {
                refusal(granted, part);
            }
        }
        let mut intent = world.new_intent(600);
        intent.gives = Gives::Postgres(gives(&["reader"]));
        world.provider.grant(&intent).await.unwrap();
        world.revoke(&intent).await;
        assert_eq!(world.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit%'"), "0");
    }
}

#[tokio::test]
async fn nobody_becomes_the_group_to_leave_something_in_its_name() {
    for version in Version::all() {
        let world = World::start(&version);
        let intent = world.new_intent(600);
        world.provider.grant(&intent).await.unwrap();
        let become_it =
            world.as_role(&intent, "shop", "SET ROLE app_write; CREATE TABLE public.mine (i int)");
        assert!(!become_it.status.success());
        assert!(!world.as_role(&intent, "shop", "GRANT app_write TO app_read").status.success());
        assert_eq!(world.must(&intent, "shop", "INSERT INTO orders VALUES (9) RETURNING id"), "9");
        world.revoke(&intent).await;
    }
}

#[tokio::test]
async fn an_admin_that_could_not_revoke_or_set_is_refused() {
    for version in Version::all() {
        let world = World::start(&version).with_admin("weak", "");
        refusal(world.provider.preflight(&world.resource()).await, "it has no CREATEROLE");
        let world = World { admin: "strong", provider: PostgresProvider::default(), ..world };
        world.pg.sql(&format!("CREATE ROLE strong LOGIN CREATEROLE PASSWORD '{PASSWORD}'"));
        let mut intent = world.new_intent(600);
        world.provider.preflight(&world.resource()).await.unwrap();
        if version.major >= 16 {
            refusal(world.provider.grant(&intent).await, "make the role: permission denied");
        }
        world.pg.sql("GRANT app_write TO strong WITH ADMIN OPTION");
        let mut what = gives(&["app_write"]);
        what.settings.insert("log_statement".to_owned(), "all".to_owned());
        intent.gives = Gives::Postgres(what);
        refusal(world.provider.grant(&intent).await, "GRANT SET ON PARAMETER log_statement TO \"strong\"");
        world.pg.sql("GRANT SET ON PARAMETER log_statement TO strong");
        world.provider.grant(&intent).await.unwrap();
        world.revoke(&intent).await;
        assert!(world.is_absent(&intent).await);

        files_private(&world.password_file(), "wrong");
        let fresh = PostgresProvider::default();
        let error = fresh.preflight(&world.resource()).await.unwrap_err();
        assert!(error.to_string().contains("password authentication failed"), "{error}");
        assert!(!error.to_string().contains("wrong"));
        std::fs::set_permissions(world.password_file(), std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .unwrap();
        let error = fresh.preflight(&world.resource()).await.unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}

#[tokio::test]
async fn a_login_without_the_password_is_refused() {
    for version in Version::all() {
        let world = World::start(&version);
        world.pg.sql(&format!("CREATE ROLE strong LOGIN CREATEROLE PASSWORD '{PASSWORD}'"));
        world.pg.sql("GRANT app_write TO strong WITH ADMIN OPTION");
        let scram = "host all all 127.0.0.1/32 scram-sha-256\n";
        world.pg.hba(&format!("host all postgres,strong all scram-sha-256\n{scram}local all all trust\n"));
        refusal(world.provider.preflight(&world.resource()).await, "line 3 of pg_hba.conf");
        world.pg.hba(&format!("local all postgres trust\nlocal all all peer\n{scram}"));
        world.provider.preflight(&world.resource()).await.unwrap();
        // An admin that may not read the rules tries the door.
        world.pg.hba("host all postgres,strong all scram-sha-256\nhost all all 127.0.0.1/32 trust\n");
        let world = World { admin: "strong", provider: PostgresProvider::default(), ..world };
        refusal(world.provider.grant(&world.new_intent(600)).await, "without its password");
        assert_eq!(world.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit%'"), "0");
    }
}

#[tokio::test]
async fn what_is_no_verifier_or_not_ours_is_refused() {
    let Some(version) = Version::all().pop() else { return };
    let world = World::start(&version);
    for bad in ["hunter2", "md5d41d8cd98f00b204e9800998ecf8427e", "x', SUPERUSER '"] {
        let mut intent = world.new_intent(600);
        intent.ask = CredentialAsk::Postgres { verifier: bad.to_owned() };
        refusal(world.provider.grant(&intent).await, "no SCRAM-SHA-256 verifier");
    }
    let mut intent = world.new_intent(600);
    let name = role(intent.credential);
    world.pg.sql(&format!("CREATE ROLE {name} LOGIN PASSWORD 'theirs'; COMMENT ON ROLE {name} IS 'mine'"));
    refusal(world.provider.grant(&intent).await, "that jit did not make");
    // Its login is closed, as it has the name of a credential; it is not dropped.
    refusal(world.provider.revoke(&Handle::from(&intent), now()).await, "has not the comment");
    assert_eq!(world.pg.sql(&format!("SELECT rolcanlogin FROM pg_roles WHERE rolname = '{name}'")), "f");
    intent.resource.address = None;
    refusal(PostgresProvider::default().preflight(&intent.resource).await, "has no address");
}

#[tokio::test]
async fn what_was_changed_by_hand_is_told() {
    for version in Version::all() {
        let world = World::start(&version);
        let mut intent = world.new_intent(600);
        let mut what = gives(&["app_write"]);
        what.settings.insert("statement_timeout".to_owned(), "5min".to_owned());
        intent.gives = Gives::Postgres(what);
        let gone = world.new_intent(600);
        world.provider.grant(&intent).await.unwrap();
        let known = [Handle::from(&intent), Handle::from(&gone)];
        let inventory = async || world.provider.inventory(&intent.resource, &known, now()).await.unwrap();
        let as_made = Owned { credential: intent.credential, live: true, changes: Vec::new() };
        assert_eq!(inventory().await, [as_made]);
        let name = role(intent.credential);
        world.pg.sql_in("shop", &format!(
            "CREATE ROLE jit_helper; ALTER ROLE {name} SUPERUSER NOINHERIT VALID UNTIL 'infinity' CONNECTION LIMIT 9; \
             GRANT app_read TO {name}; REVOKE app_write FROM {name}; ALTER ROLE {name} SET statement_timeout = 0; \
             ALTER ROLE {name} IN DATABASE shop SET work_mem = '1MB'; ALTER ROLE {name} SET lock_timeout = 1"
        ));
        let found = inventory().await;
        let moved = format!("its end was moved away from {}", intent.end);
        let told = [
            moved.as_str(),
            "it has SUPERUSER or another attribute that jit does not give",
            "it has NOINHERIT",
            "its connection limit was changed",
            "it was made a member of app_read",
            "it is no longer a member of app_write",
            "work_mem was set for one database",
            "statement_timeout is no longer 5min",
            "lock_timeout was set",
        ];
        assert_eq!(found[0].changes, told);
        assert_eq!((found.len(), found[0].live), (1, true));
        // Whatever it became, the revoke ends it.
        world.revoke(&intent).await;
        assert!(world.is_absent(&intent).await && inventory().await.is_empty());
    }
}
