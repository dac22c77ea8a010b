//! `jit provider`

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::str::FromStr;
use std::time::Duration;

use serde::Serialize;

use crate::api::Code;
use crate::assembly;
use crate::cli::checks::Report;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page};
use crate::cli::plugin;
use crate::cli::session::Session;
use crate::domain::{
    CredentialAsk, CredentialId, Digest, ExecGives, ExecTarget, Gives, Name, RequestId, Resource, Span,
    Target, Time,
};
use crate::files::shown;
use crate::provider::conformance::{self, Subject};
use crate::provider::exec::{ENFORCES_END, ExecProvider};
use crate::provider::{Intent, Material, Provider};

use super::Outcome;

/// No use of what was granted takes that long.
const LONGEST_USE: Duration = Duration::from_secs(60);

/// Programs that grant access on a target and take it away, see jit-provider(7)
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Test(Test),
}

/// Run every check of a provider against a plugin
///
/// The checks grant access on the real target, use it, and revoke it again, some forty times. Point the plugin
/// at a target whose access hurts nobody. With `-v`, what the plugin says on stderr is shown where it fails.
///
/// Exit code 0: no check failed. 1: one did.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  jit provider test examples/jit-provider-redis --address 127.0.0.1:6379 \\\n      \
    --setting password-file=/etc/jit/redis --setting state=/tmp/redis-state --parameter 'rules=+@read ~app:*' \\\n      \
    --use 'REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -e --user $REDIS_USER get app:x'"
)]
struct Test {
    /// The plugin's file
    #[arg(value_name = "PROGRAM")]
    program: PathBuf,

    /// A setting of the resource, as in `[resource.NAME.exec]`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    setting: Vec<Pair>,

    /// A parameter of the role, as in `[role.NAME.exec]`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    parameter: Vec<Pair>,

    /// The address of the resource
    #[arg(long, value_name = "HOST[:PORT]")]
    address: Option<String>,

    /// Give the plugin this variable of your environment; may be repeated
    #[arg(long, value_name = "NAME")]
    env: Vec<String>,

    /// Uses what was granted: run by sh with its variables set, it exits with 0 while the access works
    #[arg(long = "use", value_name = "COMMAND")]
    use_command: String,

    /// How long one call may take
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    timeout: Span,
}

#[derive(Debug, Clone)]
struct Pair {
    key: String,
    value: String,
}

impl FromStr for Pair {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, value) = text.split_once('=').ok_or("write KEY=VALUE")?;
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Tested(Report);

impl Document for Tested {
    const KIND: &'static str = "provider-test";

    fn human(&self, page: &mut Page) {
        self.0.human(page);
        page.line(format_args!("sha256 = \"{}\"", self.0.sha256));
    }
}

/// A plugin with a real target behind it.
struct OnTarget {
    provider: ExecProvider,
    resource: Resource,
    parameters: BTreeMap<String, String>,
    enforces_end: bool,
    use_command: String,
}

#[async_trait::async_trait]
impl Subject for OnTarget {
    fn provider(&self) -> &dyn Provider {
        &self.provider
    }

    fn intent(&self, request: RequestId, credential: CredentialId, start: Time, end: Time) -> Intent {
        Intent {
            credential,
            request,
            resource: self.resource.clone(),
            gives: Gives::Exec(ExecGives { parameters: self.parameters.clone() }),
            start,
            end,
            ask: CredentialAsk::Issue { nonce: credential.to_string() },
        }
    }

    async fn can_use(&self, material: &Material) -> bool {
        let Material::Exec { variables } = material else { return false };
        let mut command = tokio::process::Command::new("/bin/sh");
        command.args(["-c", &self.use_command]).kill_on_drop(true);
        command.envs(variables.iter().map(|(name, value)| (name, value.expose())));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = tokio::time::timeout(LONGEST_USE, command.status()).await;
        status.is_ok_and(|status| status.is_ok_and(|status| status.success()))
    }

    fn enforces_end(&self) -> bool {
        self.enforces_end
    }
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let Action::Test(test) = args.action;
    let program = plugin::absolute(test.program.clone())?;
    let sha256 = crate::plugin::digest(&program)?;
    let mut subject = subject(test, &program, sha256)?;
    let hello = subject
        .provider
        .hello(&subject.resource)
        .await
        .map_err(|error| CliError::new(Code::Failure, error.to_string()).hint("man 7 jit-provider"))?;
    subject.enforces_end = hello.capabilities.iter().any(|capability| capability == ENFORCES_END);

    let tested = Tested(Report {
        program: shown(&program),
        sha256,
        name: hello.name,
        version: hello.version,
        capabilities: Some(hello.capabilities),
        results: conformance::run(&subject, |_, _| ()).await.into(),
    });
    session.out.document(&tested)?;
    tested.0.outcome("man 7 jit-provider")
}

fn subject(test: Test, program: &Path, sha256: Digest) -> Result<OnTarget, CliError> {
    let path = program.to_str().ok_or_else(|| CliError::usage("the program's path is not UTF-8"))?;
    let name: Name = "test".parse().map_err(|err| CliError::failure("no name", &err))?;
    Ok(OnTarget {
        provider: assembly::exec_provider(),
        resource: Resource {
            name,
            address: test.address,
            labels: BTreeMap::new(),
            target: Target::Exec(ExecTarget {
                program: path.to_owned(),
                sha256,
                settings: table("--setting", test.setting)?,
                environment: test.env.into_iter().collect::<BTreeSet<_>>(),
                timeout: test.timeout,
            }),
        },
        parameters: table("--parameter", test.parameter)?,
        enforces_end: false,
        use_command: test.use_command,
    })
}

fn table(flag: &str, pairs: Vec<Pair>) -> Result<BTreeMap<String, String>, CliError> {
    let mut table = BTreeMap::new();
    for Pair { key, value } in pairs {
        if let Some(_twice) = table.insert(key.clone(), value) {
            return Err(CliError::usage(format!("{flag} {key} is given twice")).hint("give it once"));
        }
    }
    Ok(table)
}
