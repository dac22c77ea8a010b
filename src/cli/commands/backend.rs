//! `jit backend`

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use crate::api::{Code, CredentialAsk};
use crate::checks::Verdict;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Style, Table, Text};
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
struct Report {
    program: String,
    sha256: Digest,
    /// What the plugin calls itself.
    name: String,
    version: String,
    ok: bool,
    checks: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    check: &'static str,
    result: Word,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Ok,
    Failed,
    Skipped,
}

impl Document for Report {
    const KIND: &'static str = "backend-test";

    fn human(&self, page: &mut Page) {
        let mut table = Table::new(["RESULT", "CHECK", "WHY"]).gives_way(2);
        for row in &self.checks {
            let (text, style) = match row.result {
                Word::Ok => ("ok", Style::Good),
                Word::Failed => ("failed", Style::Bad),
                Word::Skipped => ("skipped", Style::Dim),
            };
            let why = Text::new(row.why.as_deref().unwrap_or_default());
            table.row([Text::new(text).style(style), Text::new(row.check), why]);
        }
        page.table(&table);
        let count = |word| self.checks.iter().filter(|row| row.result == word).count();
        page.line(format_args!(
            "{} {}: {} ok, {} failed, {} skipped",
            self.name,
            self.version,
            count(Word::Ok),
            count(Word::Failed),
            count(Word::Skipped)
        ));
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

    let checks: Vec<Row> = subject.run(|_, _| ()).await.into_iter().map(row).collect();
    let failed = checks.iter().filter(|row| row.result == Word::Failed).count();
    let report = Report {
        program: shown(&program),
        sha256,
        name: hello.name,
        version: hello.version,
        ok: failed == 0,
        checks,
    };
    session.out.document(&report)?;
    if failed == 0 {
        return Ok(());
    }
    let noun = if failed == 1 { "check" } else { "checks" };
    Err(CliError::new(Code::Failure, format!("{failed} {noun} failed")).hint("man 7 jit-backend"))
}

fn row((check, verdict): (&'static str, Verdict)) -> Row {
    let (result, why) = match verdict {
        Verdict::Ok => (Word::Ok, None),
        Verdict::Failed(why) => (Word::Failed, Some(why)),
        Verdict::Skipped(why) => (Word::Skipped, Some(why)),
    };
    Row { check, result, why }
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
