//! `jit backend`

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::api::CredentialAsk;
use crate::cli::checks::Report;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page};
use crate::cli::plugin::{self, PluginVariable};
use crate::cli::session::Session;
use crate::client::Plugin;
use crate::domain::{Digest, Name, ProviderKind, Span};
use crate::files::shown;
use crate::ops::conformance::Subject;
use crate::ops::{Backend, Call};
use crate::plugin::Limits;
use crate::provider::ssh::agent::EphemeralKey;

use super::Outcome;

/// Programs that put jit's command line in front of another system, see jit-backend(7)
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Test(Test),
}

/// Run every check of a backend against a plugin
///
/// The plugin acts for somebody who may ask for ROLE and has nothing open. The checks file requests for it and
/// end each of them; the system's history keeps them. With `--approver-env` the plugin is started a second time,
/// as another person, who may approve ROLE; without it the checks about decisions are skipped. Test a role that
/// needs one approval, and for credentials one whose access hurts nobody.
///
/// Exit code 0: no check failed. 1: one did.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  jit backend test ./jit-backend-folder --role deploy --on web-1 \\\n      \
    --env BACKEND_FOLDER=/tmp/requests --env BACKEND_USER=carol --approver-env BACKEND_USER=alice"
)]
struct Test {
    /// The plugin's file
    #[arg(value_name = "PROGRAM")]
    program: PathBuf,

    /// The role to ask for
    #[arg(long, value_name = "NAME")]
    role: Name,

    /// The resource, where the role has several
    #[arg(long, value_name = "RESOURCE")]
    on: Option<Name>,

    /// The ticket, where the role requires one
    #[arg(long, value_name = "ID")]
    ticket: Option<String>,

    /// How long to ask for; at most what the role allows
    #[arg(long = "for", value_name = "DURATION", default_value = "10m")]
    duration: Span,

    /// Give the plugin this variable of your environment, or this value; may be repeated
    #[arg(long, value_name = "NAME[=VALUE]")]
    env: Vec<PluginVariable>,

    /// What else it gets, or gets instead, to act as the approver; may be repeated
    #[arg(long, value_name = "NAME[=VALUE]")]
    approver_env: Vec<PluginVariable>,

    /// How long one call may take
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    time_limit: Span,
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Tested(Report);

impl Document for Tested {
    const KIND: &'static str = "backend-test";

    fn human(&self, page: &mut Page) {
        self.0.human(page);
    }
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let Action::Test(test) = args.action;
    let program = plugin::absolute(test.program)?;
    let sha256 = crate::plugin::digest(&program)?;
    let limits = Limits { time: test.time_limit.std(), ..Limits::default() };
    let start = |variables| {
        let context = plugin::context(program.clone(), sha256, variables);
        Arc::new(Plugin::new(context.to_program(), limits))
    };
    let requester = start(test.env.clone());
    let hello = requester.hello().await?;
    let mut subject = Subject::new(Arc::clone(&requester) as _, test.role.as_str(), test.duration);
    if !test.approver_env.is_empty() {
        let both = test.env.into_iter().chain(test.approver_env).collect();
        subject.approver = Some(start(both) as Arc<dyn Backend>);
    }
    subject.resource = test.on.map(|name| name.to_string());
    subject.ticket = test.ticket;
    subject.credentials = asks(requester.as_ref(), &test.role).await?;
    let offered: Vec<Call> = Call::ALL
        .iter()
        .copied()
        .filter(|call| hello.capabilities.iter().any(|c| c == call.as_str()))
        .collect();
    subject.offers = Box::new(move |call| offered.contains(&call));

    let tested = Tested(Report {
        program: shown(&program),
        sha256,
        name: hello.name,
        version: hello.version,
        capabilities: None,
        results: subject.run(|_, _| ()).await.into(),
    });
    session.out.document(&tested)?;
    tested.0.outcome("man 7 jit-backend")
}

/// Two asks that differ, as the role's provider takes them, of keys that nobody keeps.
async fn asks(backend: &dyn Backend, role: &Name) -> Result<Option<[CredentialAsk; 2]>, CliError> {
    // What is wrong with its roles is a check's to tell.
    let roles = backend.roles().await.map(|known| known.roles).unwrap_or_default();
    let ask = match roles.iter().find(|known| known.name == *role).map(|known| known.provider) {
        Some(ProviderKind::Ssh) => || {
            let key = EphemeralKey::generate()?;
            Ok::<_, CliError>(CredentialAsk::Ssh { public_key: key.public_line()? })
        },
        Some(ProviderKind::Aws | ProviderKind::Kubernetes | ProviderKind::Exec) => || {
            let key = EphemeralKey::generate()?;
            Ok(CredentialAsk::Issue { nonce: Digest::of(key.public_line()?.as_bytes()).to_string() })
        },
        // The first takes a password.
        Some(ProviderKind::Postgres) | None => return Ok(None),
    };
    Ok(Some([ask()?, ask()?]))
}
