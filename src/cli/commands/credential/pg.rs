//! `jit credential pg`

use serde::Serialize;

use crate::cli::access::{self, Asking};
use crate::cli::complete;
use crate::cli::output::{Document, Page, Text};
use crate::cli::session::Session;
use crate::domain::{IdPrefix, Material, ProviderKind, Secret, Time};

use super::super::Outcome;
use super::unusable;

/// Get a PostgreSQL login; each call makes one more, and all end with the access
///
/// It is printed as a line of a password file, which libpq takes from PGPASSFILE. The password was made here, and
/// the server and the database know its SCRAM verifier only.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jit credential pg 7k2m >> ~/.pgpass
  jit credential pg 7k2m -o json
  jit exec 7k2m -- psql          leaves no password behind")]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::mine())]
    id: IdPrefix,
}

#[derive(Debug, Serialize)]
struct Login<'a> {
    host: &'a str,
    port: u16,
    user: &'a str,
    password: Secret,
    database: &'a str,
    sslmode: &'a str,
    ends: Time,
}

impl Document for Login<'_> {
    const KIND: &'static str = "postgres-login";

    fn human(&self, page: &mut Page) {
        page.field("user", &Text::new(self.user));
    }
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let request = super::shown(session, &args.id).await?;
    let access = super::access(session, &request, ProviderKind::Postgres, Asking::Anew).await?;
    let (Material::Postgres { user, host, port, database, sslmode, .. }, Some(password)) =
        (&access.credential.material, access.password())
    else {
        return Err(unusable("no PostgreSQL login"));
    };
    let ends = access.credential.ends;
    if session.out.format.is_json() {
        let password = Secret::new(password.expose());
        return session.out.document(&Login { host, port: *port, user, password, database, sslmode, ends });
    }
    session.out.note(&format!("{user} may log in to {database} on {host}:{port} until {ends}"));
    session.out.raw(access::pgpass(host, *port, user, password).expose().as_bytes())
}
