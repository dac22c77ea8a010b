//! `jit completion`

use clap_complete::env::Shells;

use crate::cli::error::CliError;
use crate::cli::session::Session;

use super::Outcome;

/// Print the completion script of a shell; it completes live ids, too
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  echo 'source <(jit completion bash)' >> ~/.bashrc
  jit completion zsh > \"${fpath[1]}/_jit\"
  jit completion fish > ~/.config/fish/completions/jit.fish")]
pub struct Args {
    shell: Shell,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
    Elvish,
}

impl Shell {
    fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Powershell => "powershell",
            Self::Elvish => "elvish",
        }
    }
}

pub fn run(session: &Session, args: &Args) -> Outcome {
    let name = args.shell.name();
    let shells = Shells::builtins();
    let shell =
        shells.completer(name).ok_or_else(|| CliError::usage(format!("{name} has no completion here")))?;
    let mut script = Vec::new();
    shell.write_registration("COMPLETE", "jit", "jit", "jit", &mut script).map_err(CliError::stdout)?;
    session.out.raw(&script)
}
