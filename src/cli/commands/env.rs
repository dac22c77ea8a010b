//! `jit env`

use serde::Serialize;
use std::collections::BTreeMap;

use crate::api::{self, Code};
use crate::cli::access::{Access, Asking, SecretFile};
use crate::cli::complete;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Text};
use crate::cli::session::Session;
use crate::domain::text::escape;
use crate::domain::{IdPrefix, ProviderKind, Secret};

use super::Outcome;

/// Use a request, and print its variables: for `eval`, or for another tool to read
///
/// They are JIT_GRANT_ID, JIT_ROLE, JIT_RESOURCE, JIT_ADDRESS, JIT_EXPIRATION and JIT_PRINCIPALS, and those of the
/// target: PGHOST, PGUSER, PGPASSWORD and so on; AWS_ACCESS_KEY_ID and so on; what a plugin gives. With these a
/// credential is made, so the time begins, and a secret is printed. For ssh and kubernetes only the first are
/// printed, and nothing is made: see `jit credential`, or `jit exec`, which leaves no secret in a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  eval \"$(jit env 7k2m)\"
  jit env 7k2m --format fish | source
  jit env 7k2m --about")]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::mine())]
    id: IdPrefix,

    /// For which reader; `-o json` is `--format json`
    #[arg(long, value_name = "FORMAT", default_value = "sh")]
    format: Syntax,

    /// Only what the access is: nothing is used, and nothing secret is printed
    #[arg(long)]
    about: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Syntax {
    /// `export NAME='value'`, for bash, zsh and every POSIX shell
    Sh,
    /// `set -gx NAME 'value'`
    Fish,
    /// `$env:NAME = 'value'`
    Powershell,
    /// `NAME='value'`, one a line
    Dotenv,
    /// One JSON document
    Json,
}

#[derive(Debug, Serialize)]
struct Variables {
    variables: BTreeMap<String, Secret>,
}

impl Document for Variables {
    const KIND: &'static str = "environment";

    fn human(&self, page: &mut Page) {
        for (name, value) in &self.variables {
            page.field(name, &Text::new(value.expose()));
        }
    }
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let mut request = session.backend().await?.show(args.id.as_str()).await?;
    let mut variables = BTreeMap::new();
    if !args.about && in_variables(request.provider) {
        let access = Access::open(session, &request, Asking::Anew).await?;
        variables = of_target(&access)?;
        request = access.credential.request;
    }
    variables.extend(about(&request).into_iter().map(|(name, value)| (name.to_owned(), Secret::new(value))));
    if session.out.format.is_json() {
        return session.out.document(&Variables { variables });
    }
    let text = match args.format {
        Syntax::Json => return session.out.as_json().document(&Variables { variables }),
        syntax => render(syntax, &variables)?,
    };
    session.out.raw(text.as_bytes())
}

/// Whether variables alone are enough to use it: an ssh key is in an agent, a kubeconfig in a file.
fn in_variables(provider: ProviderKind) -> bool {
    match provider {
        ProviderKind::Postgres | ProviderKind::Aws | ProviderKind::Exec => true,
        ProviderKind::Ssh | ProviderKind::Kubernetes => false,
    }
}

/// Without the files: nobody would remove them.
fn of_target(access: &Access) -> Result<BTreeMap<String, Secret>, CliError> {
    let mut description = access.description()?;
    if let Some(password) = access.password() {
        let value = Secret::new(password.expose());
        description.variables.insert("PGPASSWORD".to_owned(), value);
    }
    let others = |file: &&SecretFile| file.variable != "PGPASSFILE";
    match description.files.iter().find(others) {
        None => Ok(description.variables),
        Some(file) => Err(CliError::new(
            Code::Failure,
            format!("{} has to be a file, which `jit env` leaves to nobody to remove", file.variable),
        )
        .hint(format!("jit exec {} -- COMMAND", access.credential.request.id))),
    }
}

/// What the access is; no secret is among it.
pub fn about(request: &api::Request) -> BTreeMap<&'static str, String> {
    let mut variables = BTreeMap::from([
        ("JIT_GRANT_ID", request.id.to_string()),
        ("JIT_ROLE", request.role.to_string()),
        ("JIT_RESOURCE", request.resource.to_string()),
    ]);
    let mut set = |name, value: Option<String>| {
        if let Some(value) = value {
            variables.insert(name, value);
        }
    };
    set("JIT_ADDRESS", request.address.clone());
    set("JIT_EXPIRATION", request.ends.map(|ends| ends.to_string()));
    set("JIT_PRINCIPALS", (!request.principals.is_empty()).then(|| request.principals.join(",")));
    if let [only] = request.principals.as_slice() {
        set("JIT_PRINCIPAL", Some(only.clone()));
    }
    variables
}

/// # Errors
/// A value that holds what no shell should be fed. Quoting would carry it through to whatever prints it next.
fn render(syntax: Syntax, variables: &BTreeMap<String, Secret>) -> Result<String, CliError> {
    let mut text = String::new();
    for (name, value) in variables {
        let value = value.expose();
        if escape(value) != value {
            return Err(CliError::new(
                Code::Failure,
                format!("the value of {name} holds control characters"),
            )
            .hint("jit env ID --format json"));
        }
        text += &match syntax {
            Syntax::Sh => format!("export {name}='{}'\n", value.replace('\'', r"'\''")),
            Syntax::Fish => {
                format!("set -gx {name} '{}'\n", value.replace('\\', r"\\").replace('\'', r"\'"))
            }
            // PowerShell takes typographic quotes for quotes, too.
            Syntax::Powershell => {
                let doubled: String = value
                    .chars()
                    .flat_map(|c| std::iter::repeat_n(c, 1 + usize::from("'‘’‚‛".contains(c))))
                    .collect();
                format!("$env:{name} = '{doubled}'\n")
            }
            Syntax::Dotenv => format!("{name}='{}'\n", value.replace('\'', r"'\''")),
            Syntax::Json => String::new(),
        };
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::sample_request;

    #[test]
    fn a_value_stays_one_word_in_every_shell() {
        let variables = BTreeMap::from([("JIT_ADDRESS".to_owned(), Secret::new(r"a'b\c $(x) `y` ’"))]);
        let text = |syntax| render(syntax, &variables).unwrap();
        assert_eq!(text(Syntax::Sh), "export JIT_ADDRESS='a'\\''b\\c $(x) `y` ’'\n");
        assert_eq!(text(Syntax::Fish), "set -gx JIT_ADDRESS 'a\\'b\\\\c $(x) `y` ’'\n");
        assert_eq!(text(Syntax::Powershell), "$env:JIT_ADDRESS = 'a''b\\c $(x) `y` ’’'\n");
        assert_eq!(text(Syntax::Dotenv), "JIT_ADDRESS='a'\\''b\\c $(x) `y` ’'\n");
        let echoed = std::process::Command::new("sh")
            .args(["-c", &format!("{}printf %s \"$JIT_ADDRESS\"", text(Syntax::Sh))])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(echoed.stdout).unwrap(), variables["JIT_ADDRESS"].expose());
        let evil = BTreeMap::from([("JIT_ADDRESS".to_owned(), Secret::new("a\nexport PATH=/tmp"))]);
        assert!(render(Syntax::Sh, &evil).is_err());
    }

    #[test]
    fn what_a_request_is_holds_no_secret() {
        let mut request = sample_request("active", "x");
        request.ends = Some("2026-11-21T18:05:00Z".parse().unwrap());
        let names: Vec<_> = about(&request).into_keys().collect();
        assert_eq!(
            names,
            [
                "JIT_ADDRESS",
                "JIT_EXPIRATION",
                "JIT_GRANT_ID",
                "JIT_PRINCIPAL",
                "JIT_PRINCIPALS",
                "JIT_RESOURCE",
                "JIT_ROLE"
            ]
        );
    }
}
