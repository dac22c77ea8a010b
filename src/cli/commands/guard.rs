//! `jit guard`

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use crate::api::Code;
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::config::contexts::ConfigError;
use crate::domain::Time;
use crate::guard::{self, GuardError, install};
use crate::ops::{Clock, SystemClock};

use super::Outcome;

/// Run by sshd on a target host: end a session when its access ends
///
/// It stands in sshd_config as `ForceCommand`, beside `ExposeAuthInfo yes`: `jit guard install --print` prints
/// the lines. It reads the certificate of the login, runs the user's command or login shell, and ends all that
/// this started at the certificate's end, or when the list of revocations on the host has its serial number:
/// SIGTERM, and SIGKILL two seconds later. What runs on after the command is ended then, too.
///
/// Without one certificate that is valid now there is no session. A list of revocations that cannot be read
/// for a minute ends it. A certificate's forced command is run in place of the user's.
///
/// Exit codes: the command's own; 128+N ended by signal N; 5 there is no session, and the error says why.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,

    /// The CA's public key: the file that sshd's `TrustedUserCAKeys` names
    #[arg(long, value_name = "FILE", default_value = install::CA)]
    ca: PathBuf,

    /// The list of revocations: the file that sshd's `RevokedKeys` names
    #[arg(long, value_name = "FILE", default_value = install::KRL)]
    krl: PathBuf,

    /// Record what sessions at a terminal show, as asciicast v2, in that folder of the account's own
    ///
    /// Input is not recorded: a password that is typed without an echo is in no recording. A session that
    /// cannot be recorded does not start, or ends. Without a terminal (scp, rsync, git) nothing is recorded.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,

    /// Be the process that watches over the session, for the one that sshd waits for
    #[arg(long, hide = true, value_name = "FD")]
    keeper: Option<u32>,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    Install(Install),
}

/// Print what a host needs for `jit guard`: lines for sshd, and a timer that fetches the revocations
///
/// It changes nothing. The server is that of `--server`, or of your context.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  jit guard install --print --server https://jit.example.com --user deploy")]
pub struct Install {
    /// Print the lines: to put them where they belong is left to you
    #[arg(long, required = true)]
    print: bool,

    /// An account of the host that people reach through jit, and by nothing else of jit's
    #[arg(long = "user", required = true, value_name = "ACCOUNT")]
    users: Vec<String>,

    /// Record sessions at a terminal, in a folder for each account in that one
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
}

pub fn run(session: &Session, args: Args) -> Outcome {
    if let Some(Action::Install(args)) = args.action {
        return print(session, &args);
    }
    let env = &session.env;
    let clock = SystemClock::starting_at(Time::from_millis(0));
    let out = session.out.clone();
    // What the keeper is started with; the number is added by the one that starts it.
    let mut again: Vec<OsString> = vec!["guard".into(), "--ca".into(), args.ca.clone().into()];
    again.extend(["--krl".into(), args.krl.clone().into()]);
    if let Some(dir) = &args.record {
        again.extend(["--record".into(), dir.clone().into()]);
    }
    again.push("--keeper".into());
    let guarded = guard::Session {
        auth_info: env.ssh_user_auth.clone(),
        command: env.ssh_original_command.clone(),
        shell: env.shell.clone(),
        term: env.term.clone(),
        ca: args.ca,
        krl: args.krl,
        record: args.record,
        now: Arc::new(move || clock.now()),
        say: Arc::new(move |text| out.warn(text)),
    };
    let ended = session.block_on(async {
        match args.keeper {
            Some(report) => Ok(guard::keeper(&guarded, report).await?),
            None => Ok(guard::front(&guarded, &again).await?),
        }
    });
    match ended? {
        0 => Ok(()),
        code => Err(CliError::exit(code)),
    }
}

impl From<GuardError> for CliError {
    fn from(err: GuardError) -> Self {
        Self::new(Code::Refused, format!("there is no session: {err}"))
    }
}

fn print(session: &Session, args: &Install) -> Outcome {
    let Some(server) = session.resolved()?.server().map_err(ConfigError::from)? else {
        return Err(CliError::usage("the server is missing, whose revocations the host is to fetch")
            .hint("jit guard install --print --server https://jit.example.com --user deploy"));
    };
    let jit = std::env::current_exe().map_err(|err| CliError::failure("this program's own path", &err))?;
    let lines = install::Lines {
        jit: &jit,
        server: server.as_str(),
        users: &args.users,
        record: args.record.as_deref(),
    };
    let text = lines.text().map_err(|err| CliError::usage(err.to_string()))?;
    session.out.raw(text.as_bytes())
}
