//! A credential as a program wants it: one description a provider, from which `jit exec`, `jit env` and
//! `jit credential` are made.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::api::{self, CredentialAsk, Request};
use crate::domain::{Material, ProviderKind, Secret};
use crate::files::{self, Scratch};
use crate::provider::kubernetes::exec_credential::{ExecVersion, Kubeconfig};
use crate::provider::postgres::verifier::Password;
use crate::provider::ssh::agent::{AgentServer, EphemeralKey, serve_agent};

use super::error::CliError;
use super::session::{self, Session};

/// What PostgreSQL itself takes, for a server that does not say.
const ROUNDS: NonZeroU32 = NonZeroU32::new(4096).unwrap();

/// Access that was given, with all that its user needs and the server does not know.
#[derive(Debug)]
pub struct Access {
    pub credential: api::Credential,
    held: Held,
}

/// What was made here, of which the server has only the public half.
#[derive(Debug)]
enum Held {
    Key(EphemeralKey),
    Password(Password),
    /// The target made the secret; it is in the material.
    Nothing,
}

/// What a program is told: variables, and files that a variable names.
#[derive(Debug, Default)]
pub struct Description {
    pub variables: BTreeMap<String, Secret>,
    pub files: Vec<SecretFile>,
}

/// A secret that its reader wants in a file.
#[derive(Debug)]
pub struct SecretFile {
    /// Tells the program where the file is.
    pub variable: &'static str,
    pub name: &'static str,
    pub contents: Secret,
}

/// Whether a repeated ask is the same ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Every call gets a credential of its own.
    Anew,
    /// A tool that calls us again and again gets the same access each time, not one more. Where the
    /// requester makes the secret that cannot be: it is kept nowhere.
    Again,
}

impl Access {
    /// Uses the request: the clock starts with its first credential.
    pub async fn open(session: &Session, request: &Request, asking: Asking) -> Result<Self, CliError> {
        let (ask, held) = match request.provider {
            ProviderKind::Ssh => {
                let key = EphemeralKey::generate()?;
                (CredentialAsk::Ssh { public_key: key.public_line()? }, Held::Key(key))
            }
            ProviderKind::Postgres => {
                let password = Password::generate().map_err(no_random)?;
                let rounds = request.scram_rounds.and_then(NonZeroU32::new).unwrap_or(ROUNDS);
                let verifier = password.verifier(rounds).map_err(no_random)?;
                (CredentialAsk::Postgres { verifier }, Held::Password(password))
            }
            ProviderKind::Aws | ProviderKind::Kubernetes | ProviderKind::Exec => {
                let nonce = match asking {
                    Asking::Anew => random_nonce()?,
                    Asking::Again => "jit credential".to_owned(),
                };
                (CredentialAsk::Issue { nonce }, Held::Nothing)
            }
        };
        let credential = session.backend().await?.credential(&request.id.to_string(), &ask).await?;
        Ok(Self { credential, held })
    }

    /// For a program that reads its environment.
    ///
    /// # Errors
    /// For material of another kind than what was asked for: the server is not to be trusted with it.
    pub fn description(&self) -> Result<Description, CliError> {
        let mut description = Description::default();
        let mut set = |name: &str, value: &str| {
            description.variables.insert(name.to_owned(), Secret::new(value));
        };
        match (&self.credential.material, &self.held) {
            // An agent holds the key.
            (Material::Ssh { .. }, Held::Key(_)) => {}
            (Material::Postgres { user, host, port, database, sslmode, ca }, Held::Password(password)) => {
                set("PGHOST", host);
                set("PGPORT", &port.to_string());
                set("PGUSER", user);
                set("PGDATABASE", database);
                set("PGSSLMODE", sslmode);
                match ca {
                    Some(ca) => description.files.push(SecretFile {
                        variable: "PGSSLROOTCERT",
                        name: "root.crt",
                        contents: Secret::new(ca.as_str()),
                    }),
                    // libpq looks in the home folder only, unless it is told to trust the system.
                    None if sslmode == "verify-full" => set("PGSSLROOTCERT", "system"),
                    None => {}
                }
                description.files.push(SecretFile {
                    variable: "PGPASSFILE",
                    name: "pgpass",
                    contents: pgpass(host, *port, user, password),
                });
            }
            (
                Material::Aws { access_key_id, secret_access_key, session_token, region, expires },
                Held::Nothing,
            ) => {
                set("AWS_ACCESS_KEY_ID", access_key_id);
                set("AWS_SECRET_ACCESS_KEY", secret_access_key.expose());
                set("AWS_SESSION_TOKEN", session_token.expose());
                let ends = expires.map_or(self.credential.ends, |expires| expires.min(self.credential.ends));
                set("AWS_CREDENTIAL_EXPIRATION", &ends.to_string());
                if let Some(region) = region {
                    set("AWS_REGION", region);
                    set("AWS_DEFAULT_REGION", region);
                }
            }
            (Material::Kubernetes { token, .. }, Held::Nothing) => {
                let contents = self.kubeconfig(ExecVersion::default())?.with_token(token);
                description.files.push(SecretFile { variable: "KUBECONFIG", name: "kubeconfig", contents });
            }
            (Material::Exec { variables }, Held::Nothing) => {
                description
                    .variables
                    .extend(variables.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            _ => return Err(CliError::new(api::Code::Failure, "the server gave another kind of credential")),
        }
        Ok(description)
    }

    /// Of a cluster.
    pub fn kubeconfig(&self, version: ExecVersion) -> Result<Kubeconfig<'_>, CliError> {
        let Material::Kubernetes { server, ca, namespace, .. } = &self.credential.material else {
            return Err(CliError::new(api::Code::Failure, "the server gave no cluster"));
        };
        Ok(Kubeconfig {
            request: self.credential.request.id,
            server,
            ca: ca.as_deref(),
            namespace: namespace.as_deref(),
            version,
            command: "jit",
        })
    }

    /// The password, where the requester made one.
    pub fn password(&self) -> Option<&Password> {
        match &self.held {
            Held::Password(password) => Some(password),
            _ => None,
        }
    }

    /// Makes the access usable by a child of ours.
    pub fn for_child(self, session: &Session) -> Result<ForChild, CliError> {
        let description = self.description()?;
        let mut set: Vec<(String, OsString)> =
            description.variables.iter().map(|(name, value)| (name.clone(), value.expose().into())).collect();
        let folder = runtime_folder(session)?;
        let mut scratch = None;
        if !description.files.is_empty() {
            let scratch = scratch.insert(Scratch::new(std::slice::from_ref(&folder), "jit-exec")?);
            for file in &description.files {
                let path = scratch.path().join(file.name);
                files::write_new_private(&path, file.contents.expose().as_bytes())?;
                set.push((file.variable.to_owned(), path.into()));
            }
        }
        let mut agent = None;
        let Self { credential, held } = self;
        if let Held::Key(key) = held {
            let certificate = credential.ssh_certificate()?;
            let id = credential.request.id;
            let agent =
                agent.insert(serve_agent(&folder, key, certificate, id, credential.ends, session::now)?);
            set.push(("SSH_AUTH_SOCK".to_owned(), agent.socket().into()));
        }
        Ok(ForChild { request: credential.request, set, _agent: agent, _files: scratch })
    }
}

/// The access of a child. Dropping it ends the agent, and removes the files.
pub struct ForChild {
    pub request: Request,
    pub set: Vec<(String, OsString)>,
    _agent: Option<AgentServer>,
    _files: Option<Scratch>,
}

/// One line of a password file: PostgreSQL's manual, "The Password File".
pub fn pgpass(host: &str, port: u16, user: &str, password: &Password) -> Secret {
    let escaped = |text: &str| text.replace('\\', r"\\").replace(':', r"\:");
    // Any database of that server: the role decides which it may open.
    Secret::new(format!("{}:{port}:*:{}:{}\n", escaped(host), escaped(user), password.expose()))
}

/// The user's own, or `/tmp`, where a private folder of a random name is made, as ssh-agent does.
fn runtime_folder(session: &Session) -> Result<PathBuf, CliError> {
    match session.paths.runtime_dir() {
        Some(dir) => {
            files::private_dir(dir)?;
            Ok(dir.to_owned())
        }
        None => Ok(Path::new("/tmp").to_owned()),
    }
}

fn random_nonce() -> Result<String, CliError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(no_random)?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn no_random(err: impl std::error::Error + Send + Sync + 'static) -> CliError {
    CliError::failure("the system gives no random numbers", &err)
}
