//! `jit doctor`

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use crate::api::Code;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Style, Table, Text, rough};
use crate::cli::session::{self, Session};
use crate::config::contexts::{Context, Resolved};
use crate::domain::{Span, Time, ToolRole};
use crate::secrets::{self, StoreKind};

use super::Outcome;

/// No part is waited for longer than that: a keyring that hangs is a finding, and no hang of ours.
const LIMIT: Duration = Duration::from_secs(4);
/// Certificates are back-dated by less.
const SKEW: u64 = 30;
/// When the end of a token is told.
const SOON: Span = Span::clamped(30 * 86_400);

/// Check each part that jit needs here, and say how to mend it
///
/// Exit code 0: nothing fails. Otherwise the code of the first failure, as in `jit help exit-codes`.
#[derive(Debug, clap::Args)]
pub struct Args {}

#[derive(Debug, Serialize)]
struct Doctor {
    ok: bool,
    checks: Vec<Check>,
}

#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    result: Finding,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
    #[serde(skip)]
    code: Option<Code>,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Finding {
    Ok,
    /// Not needed by everybody.
    Warning,
    Failed,
}

impl Document for Doctor {
    const KIND: &'static str = "doctor";

    fn human(&self, page: &mut Page) {
        let mut table = Table::new(["CHECK", "RESULT", "DETAIL"]).gives_way(2);
        for check in &self.checks {
            let (text, style) = match check.result {
                Finding::Ok => ("ok", Style::Good),
                Finding::Warning => ("warning", Style::Waiting),
                Finding::Failed => ("failed", Style::Bad),
            };
            table.row([Text::new(check.name), Text::new(text).style(style), Text::new(&check.detail)]);
        }
        page.table(&table);
        for check in self.checks.iter().filter(|check| check.result != Finding::Ok) {
            if let Some(cure) = &check.cure {
                page.line(format_args!("{}: {cure}", check.name));
            }
        }
    }
}

impl Check {
    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, result: Finding::Ok, detail: detail.into(), cure: None, code: None }
    }

    fn warning(name: &'static str, detail: impl Into<String>, cure: &str) -> Self {
        Self { result: Finding::Warning, cure: Some(cure.to_owned()), ..Self::ok(name, detail) }
    }

    fn failed(name: &'static str, error: &CliError) -> Self {
        Self {
            name,
            result: Finding::Failed,
            detail: error.message().to_owned(),
            cure: error.cure().map(str::to_owned),
            code: Some(error.code()),
        }
    }
}

pub async fn run(session: &Session, _: &Args) -> Outcome {
    let mut checks = vec![config(session)];
    match session.resolved() {
        Err(err) => checks.push(Check::failed("context", &err)),
        Ok(resolved) => {
            checks.push(context(&resolved));
            if let Context::Remote { store, .. } = &resolved.context {
                checks.push(secret_store(session, *store).await);
            }
            let system = if matches!(resolved.context, Context::Plugin(_)) { "the system" } else { "jit" };
            checks.extend(backend(session, system).await);
        }
    }
    checks.push(ssh_agent(session));
    let first = checks.iter().find_map(|check| check.code);
    session.out.document(&Doctor { ok: first.is_none(), checks })?;
    match first {
        None => Ok(()),
        Some(code) => Err(CliError::new(code, "not everything works here").hint("the cures above")),
    }
}

fn config(session: &Session) -> Check {
    match session.configs() {
        Ok(_) => Check::ok(
            "settings",
            match session.paths.config_dir() {
                Ok(dir) => dir.display().to_string(),
                Err(err) => err.to_string(),
            },
        ),
        Err(err) => Check::failed("settings", &err),
    }
}

fn context(resolved: &Resolved) -> Check {
    let place = match &resolved.context {
        Context::Local { policy, .. } => format!("policy {}", policy.display()),
        Context::Remote { server, .. } => server.clone(),
        Context::Plugin(plugin) => format!("plugin {}", plugin.program.display()),
    };
    let name = resolved.name.as_deref().unwrap_or("a server by its address");
    Check::ok("context", format!("{name} by {}: {place}", resolved.origin.as_str()))
}

async fn secret_store(session: &Session, choice: Option<crate::config::StoreChoice>) -> Check {
    const NAME: &str = "secret store";
    match secrets::given_token(&session.env) {
        Ok(Some(_)) => return Check::ok(NAME, "not needed: the environment brings the token"),
        Ok(None) => {}
        Err(err) => return Check::failed(NAME, &err.into()),
    }
    let store = match session.secret_store(choice) {
        Ok(store) => store,
        Err(err) => return Check::failed(NAME, &err),
    };
    let (name, probed) = (store.name(), Arc::clone(&store));
    // The file asks nobody anything once it has its passphrase, but opening it costs seconds on purpose.
    let limit = if store.kind() == StoreKind::File { LIMIT * 5 } else { LIMIT };
    match tokio::time::timeout(limit, session::blocking(move || probed.probe())).await {
        Ok(Ok(())) => Check::ok(NAME, format!("{name}: written, read back and removed")),
        Ok(Err(err)) => Check::failed(NAME, &err),
        Err(_) => Check::failed(
            NAME,
            &CliError::new(Code::SecretStore, format!("{name} did not answer within {} s", limit.as_secs()))
                .hint("answer its prompt, or: jit login --store file, or: export JIT_TOKEN_FILE=PATH"),
        ),
    }
}

async fn backend(session: &Session, system: &str) -> Vec<Check> {
    const NAME: &str = "backend";
    let backend = match session.backend().await {
        Ok(backend) => backend,
        Err(err) => return vec![Check::failed(NAME, &err)],
    };
    let answer = tokio::time::timeout(LIMIT, async {
        let who = backend.whoami().await?;
        Ok::<_, CliError>((backend.health().await?, who))
    });
    let (health, who) = match answer.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(err)) => return vec![Check::failed(NAME, &err)],
        Err(_) => {
            let err = CliError::new(Code::Unreachable, format!("no answer within {} s", LIMIT.as_secs()))
                .hint("look at the server, and at what is between");
            return vec![Check::failed(NAME, &err)];
        }
    };
    let mut checks = vec![
        Check::ok(NAME, format!("{system} {}", health.version)),
        Check::ok("session", format!("you are {}", who.principal)),
    ];
    let skew = health.now.secs_after(session::now()).unsigned_abs();
    if skew > SKEW {
        checks.push(Check::warning(
            "clock",
            format!("{} apart from the server's", rough(skew)),
            "set this machine's clock with NTP",
        ));
    }
    if !health.recording {
        let err = CliError::new(Code::Unavailable, "nothing can be recorded, so nothing is granted");
        checks.push(Check::failed("log", &err.hint("look at the disk of the server")));
    }
    if let Some(trouble) = health.policy_trouble {
        let held = health.policy_held.map(|held| format!("; not granted: {held}")).unwrap_or_default();
        checks.push(Check::warning(
            "policy",
            format!("{trouble}{held}"),
            "jit policy status tells all; on the server: jit policy check DIR, jit policy test DIR",
        ));
    }
    if health.ending > 0 {
        checks.push(Check::warning(
            "ending",
            format!("{} grants whose end could not be confirmed yet", health.ending),
            "jit list --active shows them; look at their targets",
        ));
    }
    let sees_people = who.in_jit.tool_roles.has(ToolRole::Auditor) || who.admin;
    if sees_people && let Ok(Ok(users)) = tokio::time::timeout(LIMIT, backend.users()).await {
        checks.extend(tokens(&users, health.now));
        checks.extend(held_together(&users));
    }
    checks
}

/// Tokens of services that end soon, or have: then nobody is deactivated by a directory any more, or nothing is
/// told of what is done on a host.
fn tokens(users: &crate::api::Users, now: Time) -> Option<Check> {
    let soon = now.plus(SOON);
    let mut ending = Vec::new();
    for user in &users.users {
        // The last of each purpose counts.
        let last: BTreeMap<_, _> = user.tokens.iter().map(|token| (token.purpose, token.until)).collect();
        let over = last.iter().filter(|(_, until)| **until < soon);
        ending.extend(over.map(|(purpose, _)| format!("{} ({purpose})", user.name)));
    }
    (!ending.is_empty()).then(|| {
        let detail = format!("the token of {} ends within 30 days, or has ended", ending.join(", "));
        Check::warning(
            "tokens",
            detail,
            "jit user token NAME --scim|--collect --for 365d makes a new one; the old one goes on",
        )
    })
}

/// Who holds two roles in jit itself that nobody holds by themselves.
fn held_together(users: &crate::api::Users) -> Option<Check> {
    let held = users.users.iter().filter(|user| !user.in_jit.held_together.is_empty());
    let told: Vec<String> = held
        .map(|user| match user.in_jit.idle_tool_roles.is_empty() {
            true => format!("{} holds {}", user.name, user.in_jit.held_together),
            false => format!("{}: {} of no effect", user.name, user.in_jit.idle_tool_roles),
        })
        .collect();
    (!told.is_empty()).then(|| {
        let cure = "jit user role remove NAME ROLE; [tool-roles] of the policy says what goes together";
        Check::warning("roles in jit", told.join("; "), cure)
    })
}

fn ssh_agent(session: &Session) -> Check {
    const CURE: &str = "eval $(ssh-agent), or use: jit exec, which brings its own";
    match &session.env.ssh_auth_sock {
        None => Check::warning("ssh agent", "none is running (SSH_AUTH_SOCK)", CURE),
        Some(socket) => match std::os::unix::net::UnixStream::connect(socket) {
            Ok(_) => Check::ok("ssh agent", socket.display().to_string()),
            Err(err) => Check::warning("ssh agent", format!("{}: {err}", socket.display()), CURE),
        },
    }
}
