//! `jit env`

use serde::Serialize;
use std::collections::BTreeMap;

use crate::api::{self, Code};
use crate::cli::complete;
use crate::cli::error::CliError;
use crate::cli::output::{Document, Page, Text};
use crate::cli::session::Session;
use crate::domain::IdPrefix;
use crate::domain::text::escape;

use super::Outcome;

/// Print a request's variables, for `eval`, or for another tool to read
///
/// No secret is among them: JIT_GRANT_ID, JIT_ROLE, JIT_RESOURCE, JIT_ADDRESS, JIT_EXPIRATION, JIT_PRINCIPALS.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  eval \"$(jit env 7k2m)\"
  jit env 7k2m --format fish | source")]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::mine())]
    id: IdPrefix,

    /// For which reader; `-o json` is `--format json`
    #[arg(long, value_name = "FORMAT", default_value = "sh")]
    format: Syntax,
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
    variables: BTreeMap<&'static str, String>,
}

impl Document for Variables {
    const KIND: &'static str = "environment";

    fn human(&self, page: &mut Page) {
        for (name, value) in &self.variables {
            page.field(name, &Text::new(value));
        }
    }
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let request = session.backend().await?.show(args.id.as_str()).await?;
    let variables = variables(&request);
    if session.out.format.is_json() {
        return session.out.document(&Variables { variables });
    }
    let text = match args.format {
        Syntax::Json => return session.out.as_json().document(&Variables { variables }),
        syntax => render(syntax, &variables)?,
    };
    session.out.raw(text.as_bytes())
}

/// What a child of `jit exec` gets, and what `jit env` prints.
pub fn variables(request: &api::Request) -> BTreeMap<&'static str, String> {
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
fn render(syntax: Syntax, variables: &BTreeMap<&'static str, String>) -> Result<String, CliError> {
    let mut text = String::new();
    for (name, value) in variables {
        if escape(value) != value.as_str() {
            return Err(CliError::new(Code::Failure, format!("{name} holds control characters: {value}"))
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
        let variables = BTreeMap::from([("JIT_ADDRESS", r"a'b\c $(x) `y` ’".to_owned())]);
        let text = |syntax| render(syntax, &variables).unwrap();
        assert_eq!(text(Syntax::Sh), "export JIT_ADDRESS='a'\\''b\\c $(x) `y` ’'\n");
        assert_eq!(text(Syntax::Fish), "set -gx JIT_ADDRESS 'a\\'b\\\\c $(x) `y` ’'\n");
        assert_eq!(text(Syntax::Powershell), "$env:JIT_ADDRESS = 'a''b\\c $(x) `y` ’’'\n");
        assert_eq!(text(Syntax::Dotenv), "JIT_ADDRESS='a'\\''b\\c $(x) `y` ’'\n");
        let echoed = std::process::Command::new("sh")
            .args(["-c", &format!("{}printf %s \"$JIT_ADDRESS\"", text(Syntax::Sh))])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(echoed.stdout).unwrap(), variables["JIT_ADDRESS"]);
        let evil = BTreeMap::from([("JIT_ADDRESS", "a\nexport PATH=/tmp".to_owned())]);
        assert!(render(Syntax::Sh, &evil).is_err());
    }

    #[test]
    fn a_request_gives_its_variables_and_no_secret() {
        let mut request = sample_request("active", "x");
        request.ends = Some("2026-11-21T18:05:00Z".parse().unwrap());
        let names: Vec<_> = variables(&request).into_keys().collect();
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
