//! Connections as the admin role: protected, bounded in time, and a few kept for the next call.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage, SimpleQueryRow};
use tokio_postgres_rustls::MakeRustlsConnect;
use zeroize::Zeroizing;

use crate::domain::text::escape;
use crate::domain::{PostgresTarget, Resource, Target, Tls};
use crate::files::{self, FileError};
use crate::provider::ProviderError;

const CONNECT: Duration = Duration::from_secs(10);
/// How long after its last use a connection is used again, how many are kept to one server, and in all.
const IDLE: Duration = Duration::from_secs(60);
const IDLE_EACH: usize = 16;
const IDLE_ALL: usize = 64;
/// One that was not used for this long is asked whether it still works.
const UNSURE: Duration = Duration::from_secs(1);
const PORT: u16 = 5432;

/// What each session of jit's begins with.
///
/// INVARIANT 12: with this search path no function or operator that somebody left in another schema is
/// found in place of PostgreSQL's own, to run with the admin's rights.
const SESSION: &str = "SET search_path = pg_catalog, pg_temp; SET standard_conforming_strings = on; \
     SET default_transaction_read_only = off; SET lock_timeout = '5s'; SET statement_timeout = '20s'; \
     SET idle_in_transaction_session_timeout = '40s'; SET client_min_messages = error; SET row_security = on";

/// A PostgreSQL server as a resource describes it.
#[derive(Debug, Clone, Copy)]
pub struct Server<'a> {
    pub resource: &'a Resource,
    pub target: &'a PostgresTarget,
    pub host: &'a str,
    pub port: u16,
}

impl<'a> Server<'a> {
    pub fn of(resource: &'a Resource) -> Result<Self, ProviderError> {
        let Target::Postgres(target) = &resource.target else {
            return Err(ProviderError::Refused(format!("{} is no postgres resource", resource.name)));
        };
        let address = resource.address.as_deref().unwrap_or_default();
        let (host, port) = split(address)
            .ok_or_else(|| ProviderError::Refused(format!("{} has no address", resource.name)))?;
        Ok(Self { resource, target, host, port })
    }

    pub fn refused(&self, why: impl std::fmt::Display) -> ProviderError {
        ProviderError::Refused(format!("{}: {}", self.resource.name, escape(&why.to_string())))
    }

    pub fn unavailable(&self, what: impl std::fmt::Display) -> ProviderError {
        let what = format!("{}: {}", self.resource.name, escape(&what.to_string()));
        ProviderError::Unavailable { what, source: None }
    }

    /// An error of PostgreSQL's in its own words, without the statement, which may hold a verifier.
    pub fn failed(&self, doing: &str, error: &tokio_postgres::Error) -> ProviderError {
        let Some(db) = error.as_db_error() else {
            return self.unavailable(format_args!("cannot {doing}: {}", chain(error)));
        };
        let detail = db.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
        let said = format!("cannot {doing}: {}{detail}", db.message());
        let never = [
            SqlState::INSUFFICIENT_PRIVILEGE,
            SqlState::UNDEFINED_OBJECT,
            SqlState::INVALID_PARAMETER_VALUE,
            SqlState::CANT_CHANGE_RUNTIME_PARAM,
            SqlState::RESERVED_NAME,
        ];
        if never.contains(db.code()) { self.refused(said) } else { self.unavailable(said) }
    }

    /// The certificates that the server's is checked with, where the policy names a file of them.
    pub fn ca(&self) -> Result<Option<String>, ProviderError> {
        let file = self.target.ca_file.as_ref();
        file.map(|path| files::read_shared(Path::new(path)).map_err(|error| self.file(&error))).transpose()
    }

    fn file(&self, error: &FileError) -> ProviderError {
        let cure = error.hint().map(|hint| format!("; try: {hint}")).unwrap_or_default();
        self.unavailable(format_args!("{error}{cure}"))
    }

    fn roots(&self) -> Result<RootCertStore, ProviderError> {
        let mut roots = RootCertStore::empty();
        match self.ca()? {
            Some(pem) => {
                for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                    let good = certificate.ok().is_some_and(|certificate| roots.add(certificate).is_ok());
                    if !good {
                        return Err(self.unavailable("the `ca-file` has something that is no certificate"));
                    }
                }
            }
            None => {
                // One that cannot be read only means that nothing it signed is trusted.
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(self.unavailable("there are no certificates to check the server's with"));
        }
        Ok(roots)
    }

    /// Logs in. Without a password it is tried whether the server lets a role in without one.
    async fn open(
        &self,
        user: &str,
        password: Option<&[u8]>,
        database: &str,
    ) -> Result<Client, ProviderError> {
        let mut config = tokio_postgres::Config::new();
        config.host(self.host).port(self.port).user(user).dbname(database);
        config.application_name("jit").connect_timeout(CONNECT);
        if let Some(password) = password {
            config.password(password);
        }
        let doing = format!("log in to {}:{} as {user}", self.host, self.port);
        let failed = |error: tokio_postgres::Error| self.failed(&doing, &error);
        let connected = async {
            match self.target.tls {
                Tls::Disable => {
                    config.ssl_mode(SslMode::Disable);
                    let (client, connection) = config.connect(NoTls).await.map_err(failed)?;
                    // It ends by itself when the client is dropped, or the server goes away.
                    tokio::spawn(connection);
                    Ok(client)
                }
                Tls::VerifyFull => {
                    // Never `prefer`: a server that says it has no TLS gets nothing.
                    config.ssl_mode(SslMode::Require);
                    let provider = Arc::new(rustls::crypto::ring::default_provider());
                    let tls = ClientConfig::builder_with_provider(provider)
                        .with_safe_default_protocol_versions()
                        .map_err(|error| self.unavailable(error))?
                        .with_root_certificates(self.roots()?)
                        .with_no_client_auth();
                    let connected = config.connect(MakeRustlsConnect::new(tls)).await;
                    let (client, connection) = connected.map_err(failed)?;
                    tokio::spawn(connection);
                    Ok(client)
                }
            }
        };
        timeout(CONNECT, connected)
            .await
            .unwrap_or_else(|_| Err(self.unavailable(format_args!("cannot {doing}: no answer in 10 s"))))
    }

    /// Whether the server lets a role in that shows no password.
    pub async fn opens_without_password(&self, user: &str) -> bool {
        self.open(user, None, &self.target.database).await.is_ok()
    }

    async fn open_as_admin(&self, database: &str) -> Result<Client, ProviderError> {
        let path = Path::new(&self.target.password_file);
        let bytes = files::read_private(path, 4096).map_err(|error| self.file(&error))?;
        let password = line(&bytes);
        if password.is_empty() {
            return Err(self.unavailable(format_args!("{} is empty", files::shown(path))));
        }
        let client = self.open(&self.target.admin, Some(&password), database).await?;
        client.batch_execute(SESSION).await.map_err(|error| self.failed("begin a session", &error))?;
        Ok(client)
    }
}

/// The first line, without its end.
fn line(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Zeroizing::new(line.strip_suffix(b"\r").unwrap_or(line).to_vec())
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn split(address: &str) -> Option<(&str, u16)> {
    let (host, port) = match address.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => address.find(':').map_or(Some((address, "")), |colon| address.split_at_checked(colon))?,
    };
    let port = match port {
        "" => PORT,
        port => port.strip_prefix(':')?.parse().ok()?,
    };
    (!host.is_empty()).then_some((host, port))
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// A connection is driven by the runtime that opened it, so that no runtime waits for another one: the
/// reconciler has its own (INVARIANT 14).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    runtime: tokio::runtime::Id,
    host: String,
    port: u16,
    admin: String,
    password_file: String,
    ca_file: Option<String>,
    tls: bool,
    database: String,
}

struct Idle {
    client: Client,
    since: Instant,
}

/// Connections that nobody uses at the moment.
#[derive(Default)]
pub struct Pool {
    idle: Mutex<HashMap<Key, Vec<Idle>>>,
}

impl Pool {
    /// A connection as the admin, to the database that the policy names.
    pub async fn admin<'a>(&'a self, server: Server<'a>) -> Result<Session<'a>, ProviderError> {
        self.admin_in(server, &server.target.database).await
    }

    pub async fn admin_in<'a>(
        &'a self,
        server: Server<'a>,
        database: &str,
    ) -> Result<Session<'a>, ProviderError> {
        let target = server.target;
        let key = Key {
            runtime: tokio::runtime::Handle::current().id(),
            host: server.host.to_owned(),
            port: server.port,
            admin: target.admin.clone(),
            password_file: target.password_file.clone(),
            ca_file: target.ca_file.clone(),
            tls: target.tls == Tls::VerifyFull,
            database: database.to_owned(),
        };
        while let Some(Idle { client, since }) = self.take(&key) {
            let sure = since.elapsed() < UNSURE
                || timeout(Duration::from_secs(2), client.simple_query("")).await.is_ok_and(|r| r.is_ok());
            if sure && !client.is_closed() {
                return Ok(Session { client, key, pool: self, server });
            }
        }
        let client = server.open_as_admin(database).await?;
        Ok(Session { client, key, pool: self, server })
    }

    fn take(&self, key: &Key) -> Option<Idle> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let found = idle.get_mut(key)?;
        found.retain(|one| !one.client.is_closed() && one.since.elapsed() < IDLE);
        found.pop()
    }

    fn put(&self, key: Key, client: Client) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        for kept in idle.values_mut() {
            kept.retain(|one| !one.client.is_closed() && one.since.elapsed() < IDLE);
        }
        idle.retain(|_, kept| !kept.is_empty());
        if idle.values().map(Vec::len).sum::<usize>() >= IDLE_ALL {
            return;
        }
        let kept = idle.entry(key).or_default();
        if kept.len() < IDLE_EACH {
            kept.push(Idle { client, since: Instant::now() });
        }
    }
}

/// One connection in use. It is closed unless it is given back with [`Session::keep`]: after an error
/// or a time-out nobody knows what it is in the middle of.
pub struct Session<'a> {
    client: Client,
    key: Key,
    pool: &'a Pool,
    pub server: Server<'a>,
}

impl<'a> Session<'a> {
    /// Another one, to another database of the same server.
    pub async fn sibling(&self, database: &str) -> Result<Session<'a>, ProviderError> {
        self.pool.admin_in(self.server, database).await
    }

    /// Runs statements, all in one message. The rows of all of them are returned, as text.
    pub async fn run(&self, doing: &str, sql: &str) -> Result<Vec<Row>, ProviderError> {
        let messages =
            self.client.simple_query(sql).await.map_err(|error| self.server.failed(doing, &error))?;
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => Some(Row(row)),
            _ => None,
        };
        Ok(messages.into_iter().filter_map(row).collect())
    }

    /// Gives it back: nothing is open on it. One to another database than the policy's is closed: while
    /// it is open, nobody can drop that database, or make a new one from it.
    pub fn keep(self) {
        if self.key.database == self.server.target.database {
            self.pool.put(self.key, self.client);
        }
    }
}

/// A row of text.
pub struct Row(SimpleQueryRow);

impl Row {
    pub fn text(&self, column: usize) -> Option<&str> {
        self.0.try_get(column).ok().flatten()
    }

    pub fn owned(&self, column: usize) -> String {
        self.text(column).unwrap_or_default().to_owned()
    }

    pub fn is_true(&self, column: usize) -> bool {
        self.text(column) == Some("t")
    }

    pub fn number(&self, column: usize) -> Option<u32> {
        self.text(column)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_perhaps_a_port() {
        assert_eq!(split("db"), Some(("db", 5432)));
        assert_eq!(split("db:5433"), Some(("db", 5433)));
        assert_eq!(split("[::1]:1"), Some(("::1", 1)));
        assert_eq!(split("[::1]"), Some(("::1", 5432)));
        for bad in ["", ":1", "db:", "db:x", "[::1"] {
            assert_eq!(split(bad), None, "{bad}");
        }
        assert_eq!(line(b"secret\r\nnot this").as_slice(), b"secret");
        assert_eq!(line(b"secret").as_slice(), b"secret");
    }
}
