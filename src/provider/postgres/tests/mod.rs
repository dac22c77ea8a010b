//! The provider against real servers.

#[path = "../../../../tests/cli/pg.rs"]
pub mod pg;

mod ends;
mod refusals;
mod tls;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::PathBuf;

use super::verifier::{Password, verifier};
use super::*;
use crate::domain::{CredentialAsk, Gives, OnEnd, PostgresGives, PostgresTarget, RequestId, Target, Tls};
use crate::provider::conformance::{self, now};
use pg::{PASSWORD, Postgres, Version};

const ROUNDS: u32 = 64;

/// A provider, a server, and a group role that may read and write one table.
pub struct World {
    pub provider: PostgresProvider,
    pub pg: Postgres,
    pub password: Password,
    pub on_end: OnEnd,
    pub admin: &'static str,
    dir: tempfile::TempDir,
}

impl World {
    pub fn start(version: &Version) -> Self {
        Self::on(Postgres::start(version))
    }

    pub fn on(pg: Postgres) -> Self {
        let dir = tempfile::tempdir().unwrap();
        files_private(&dir.path().join("password"), PASSWORD);
        pg.sql("CREATE DATABASE shop");
        pg.sql_in(
            "shop",
            "CREATE ROLE app_write NOLOGIN; CREATE ROLE app_read NOLOGIN;
                   CREATE TABLE orders (id int); INSERT INTO orders VALUES (7);
                   GRANT SELECT, INSERT, TRIGGER ON orders TO app_write; GRANT SELECT ON orders TO app_read",
        );
        Self {
            provider: PostgresProvider::default(),
            pg,
            password: Password::generate().unwrap(),
            on_end: OnEnd::Quarantine,
            admin: "postgres",
            dir,
        }
    }

    pub fn password_file(&self) -> PathBuf {
        self.dir.path().join("password")
    }

    pub fn resource(&self) -> Resource {
        Resource {
            name: "shop-db".parse().unwrap(),
            address: Some(self.pg.address()),
            labels: BTreeMap::new(),
            target: Target::Postgres(PostgresTarget {
                database: "shop".to_owned(),
                admin: self.admin.to_owned(),
                password_file: self.password_file().display().to_string(),
                tls: Tls::Disable,
                ca_file: None,
                on_end: self.on_end,
            }),
        }
    }

    pub fn new_intent(&self, secs: u64) -> Intent {
        let random = || {
            let mut bytes = [0; 8];
            getrandom::fill(&mut bytes).unwrap();
            bytes
        };
        let start = now().whole_secs();
        self.make_intent(
            RequestId::from_random(random()),
            CredentialId::from_random(random()),
            start,
            start.plus(Span::from_secs(secs).unwrap()),
        )
    }

    fn make_intent(&self, request: RequestId, credential: CredentialId, start: Time, end: Time) -> Intent {
        Intent {
            credential,
            request,
            resource: self.resource(),
            gives: Gives::Postgres(gives(&["app_write"])),
            start,
            end,
            ask: CredentialAsk::Postgres {
                verifier: verifier(&self.password, NonZeroU32::new(ROUNDS).unwrap(), &[3; 16]),
            },
        }
    }

    /// Statements as the role of an intent.
    pub fn as_role(&self, intent: &Intent, database: &str, sql: &str) -> std::process::Output {
        self.pg.psql(&role(intent.credential), self.password.expose(), database, sql)
    }

    #[track_caller]
    pub fn must(&self, intent: &Intent, database: &str, sql: &str) -> String {
        let output = self.as_role(intent, database, sql);
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub async fn is_absent(&self, intent: &Intent) -> bool {
        let handle = Handle::from(intent);
        self.provider.verify_absent(&handle, now()).await.unwrap() == Presence::Absent
    }

    pub async fn revoke(&self, intent: &Intent) -> Revoked {
        self.provider.revoke(&Handle::from(intent), now()).await.unwrap()
    }

    /// Makes the provider log in as a role that is no superuser.
    pub fn with_admin(mut self, admin: &'static str, rights: &str) -> Self {
        self.pg.sql(&format!("CREATE ROLE {admin} LOGIN PASSWORD '{PASSWORD}' {rights}"));
        self.admin = admin;
        self
    }
}

pub fn gives(groups: &[&str]) -> PostgresGives {
    PostgresGives {
        member_of: groups.iter().map(ToString::to_string).collect::<BTreeSet<_>>(),
        settings: BTreeMap::new(),
        connection_limit: 3,
        scram_rounds: ROUNDS,
    }
}

pub fn files_private(path: &std::path::Path, text: &str) {
    crate::files::write_private(path, text.as_bytes()).unwrap();
}

#[track_caller]
pub fn refusal<T: std::fmt::Debug>(result: Result<T, ProviderError>, part: &str) {
    match result {
        Err(ProviderError::Refused(why)) if why.contains(part) => {}
        other => panic!("no refusal with {part:?}: {other:?}"),
    }
}

#[async_trait]
impl conformance::Subject for World {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn intent(&self, request: RequestId, credential: CredentialId, start: Time, end: Time) -> Intent {
        self.make_intent(request, credential, start, end)
    }

    async fn can_use(&self, material: &Material) -> bool {
        let Material::Postgres { user, host, port, database, .. } = material else { panic!("{material:?}") };
        let mut config = tokio_postgres::Config::new();
        config.host(host).port(*port).user(user).dbname(database).password(self.password.expose());
        match config.connect(tokio_postgres::NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                assert_eq!(
                    client.query_one("SELECT id FROM public.orders", &[]).await.unwrap().get::<_, i32>(0),
                    7
                );
                true
            }
            Err(error) => {
                let code = error.as_db_error().map(|db| db.code().code().to_owned());
                assert!(code.as_deref().is_some_and(|code| code.starts_with("28")), "{error:?}");
                false
            }
        }
    }
}

#[tokio::test]
async fn the_postgres_provider_conforms_on_real_servers() {
    for version in Version::all() {
        let world = World::start(&version);
        conformance::conforms(&world).await;
        assert_eq!(world.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit%'"), "0");
    }
}

#[tokio::test]
async fn it_conforms_with_an_admin_that_is_no_superuser() {
    for version in Version::all() {
        let world = World::start(&version).with_admin("jit_admin", "CREATEROLE");
        world.pg.sql("GRANT app_write TO jit_admin WITH ADMIN OPTION");
        conformance::conforms(&world).await;
        assert_eq!(world.pg.sql("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'jit%'"), "1");
    }
}
