//! `jit credential ssh`

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::api::CredentialAsk;
use crate::cli::complete;
use crate::cli::error::CliError;
use crate::cli::session::{self, Session};
use crate::domain::{IdPrefix, Span};
use crate::files;
use crate::provider::ssh::agent::{Agent, AgentError, EphemeralKey};

use super::super::Outcome;

/// A public key is a line.
const LONGEST_KEY: u64 = 16 * 1024;

/// Get an SSH certificate; without a key of yours, for a new one that only your ssh-agent holds
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jit credential ssh 7k2m                                       into ssh-agent, until the access ends
  jit credential ssh 7k2m --public-key ~/.ssh/id_ed25519.pub    writes ~/.ssh/id_ed25519-cert.pub")]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::mine())]
    id: IdPrefix,

    /// Sign that key, and write the certificate beside it, where ssh finds it
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,

    /// Write the certificate there; `-` prints it
    #[arg(long, value_name = "FILE", requires = "public_key")]
    out: Option<PathBuf>,
}

pub async fn run(session: &Session, args: Args) -> Outcome {
    let Args { id, public_key, out } = args;
    match public_key {
        Some(file) => for_key(session, &id, &file, out).await,
        None => into_agent(session, &id).await,
    }
}

async fn for_key(session: &Session, id: &IdPrefix, file: &Path, out: Option<PathBuf>) -> Outcome {
    let mut public_key = String::new();
    std::fs::File::open(file)
        .and_then(|file| file.take(LONGEST_KEY).read_to_string(&mut public_key))
        .map_err(|err| CliError::failure(format!("{} cannot be read", file.display()), &err))?;
    // Somebody who names the private half by mistake: it must not leave this machine.
    if public_key.contains("PRIVATE KEY") {
        return Err(CliError::usage(format!("{} is a private key", file.display()))
            .hint(format!("--public-key {}.pub", file.display())));
    }
    let ask = CredentialAsk::Ssh { public_key: public_key.trim().to_owned() };
    let credential = session.backend().await?.credential(id.as_str(), &ask).await?;
    let line = format!("{}\n", credential.ssh_certificate()?);
    let out = out.unwrap_or_else(|| certificate_path(file));
    if out.as_os_str() == "-" {
        if session.out.format.is_json() {
            return session.out.document(&credential);
        }
        return session.out.raw(line.as_bytes());
    }
    files::write_private(&out, line.as_bytes())?;
    session.out.note(&format!("the certificate is in {}", out.display()));
    session.out.document(&credential)
}

async fn into_agent(session: &Session, id: &IdPrefix) -> Outcome {
    let socket = session.env.ssh_auth_sock.clone().ok_or_else(|| {
        CliError::usage("no ssh-agent is running (SSH_AUTH_SOCK), and a new key is kept nowhere else")
            .hint("eval $(ssh-agent), or: --public-key FILE, or: jit exec ID -- ssh HOST")
    })?;
    // Before a credential is made: one that nobody can hold is of no use.
    let agent = socket.clone();
    agent_call(move || Agent::connect(&agent).map(|_| ())).await?;
    let key = EphemeralKey::generate()?;
    let ask = CredentialAsk::Ssh { public_key: key.public_line()? };
    let credential = session.backend().await?.credential(id.as_str(), &ask).await?;
    let left = u64::try_from(credential.ends.secs_after(session::now())).ok().and_then(Span::from_secs);
    let lifetime = left.ok_or(AgentError::Ended)?;
    let (certificate, comment) =
        (credential.ssh_certificate()?.to_owned(), format!("jit-{}", credential.request.id));
    agent_call(move || Agent::connect(&socket)?.add_with_certificate(&key, &certificate, &comment, lifetime))
        .await?;
    session.out.note("the key is in your ssh-agent until the access ends");
    session.out.document(&credential)
}

/// An agent may ask a person before it answers.
async fn agent_call<T: Send + 'static>(
    call: impl FnOnce() -> Result<T, AgentError> + Send + 'static,
) -> Result<T, CliError> {
    match tokio::task::spawn_blocking(call).await {
        Ok(result) => Ok(result?),
        Err(err) => Err(CliError::failure("the ssh-agent was not asked to its end", &err)),
    }
}

/// `id_ed25519-cert.pub` beside `id_ed25519.pub`: ssh(1), CertificateFile.
fn certificate_path(public_key: &Path) -> PathBuf {
    let stem = match public_key.extension() {
        Some(extension) if extension == "pub" => public_key.with_extension(""),
        _ => public_key.to_owned(),
    };
    let mut name = stem.into_os_string();
    name.push("-cert.pub");
    name.into()
}

impl From<AgentError> for CliError {
    fn from(err: AgentError) -> Self {
        let message = err.to_string();
        let error = Self::new(crate::api::Code::Failure, message);
        match std::error::Error::source(&err) {
            Some(cause) => error.caused_by(cause),
            None => error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_goes_where_ssh_looks_for_it() {
        for (key, certificate) in [
            ("/h/.ssh/id_ed25519.pub", "/h/.ssh/id_ed25519-cert.pub"),
            ("key", "key-cert.pub"),
            ("a.b.pub", "a.b-cert.pub"),
        ] {
            assert_eq!(certificate_path(Path::new(key)), Path::new(certificate));
        }
    }
}
