//! `jit credential kube`

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::api::Request;
use crate::cli::access::Asking;
use crate::cli::complete;
use crate::cli::error::CliError;
use crate::cli::session::{self, Session};
use crate::domain::{IdPrefix, Material, ProviderKind, Secret, State, Time};
use crate::files;
use crate::provider::kubernetes::exec_credential::{ExecCredential, ExecVersion, asked_version};
use crate::provider::kubernetes::expiry;

use super::super::Outcome;
use super::unusable;

/// A ServiceAccount's token is a few kilobytes.
const LONGEST_TOKEN: u64 = 64 * 1024;

/// Get a Kubernetes token, as an ExecCredential; or a kubeconfig that calls this command
///
/// The token is kept in a private file in XDG_RUNTIME_DIR until it ends, as kubectl asks again at each call.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  jit credential kube 7k2m --kubeconfig > cluster.json
  KUBECONFIG=cluster.json kubectl get pods")]
pub struct Args {
    /// Which request; the beginning of its id is enough
    #[arg(value_name = "ID", add = complete::mine())]
    id: IdPrefix,

    /// Print a kubeconfig without a secret, which calls this command for one
    #[arg(long)]
    kubeconfig: bool,
}

/// An answer, for the next call of kubectl.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    token: Secret,
    ends: Time,
}

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let version = asked_version(session.env.kubernetes_exec_info.as_deref())
        .map_err(|err| CliError::usage(err.to_string()))?;
    let request = super::shown(session, &args.id).await?;
    if !args.kubeconfig
        && let Some(Kept { token, ends }) = kept(session, &request)
    {
        return answer(session, version, token, ends);
    }
    let access = super::access(session, &request, ProviderKind::Kubernetes, Asking::Again).await?;
    if args.kubeconfig {
        return session.out.raw(format!("{:#}\n", access.kubeconfig(version)?.json()).as_bytes());
    }
    let credential = access.credential;
    let Material::Kubernetes { token, .. } = credential.material else {
        return Err(unusable("no Kubernetes token"));
    };
    let ends = expiry(&token).map_or(credential.ends, |own| own.min(credential.ends));
    if let Some(path) = path(session, &credential.request) {
        let text = serde_json::to_string(&Kept { token: token.clone(), ends }).map(Zeroizing::new);
        // Without it the next call asks the server, as this one did.
        let _ = text.map(|text| files::write_private(&path, text.as_bytes()));
    }
    answer(session, version, token, ends)
}

fn answer(session: &Session, version: ExecVersion, token: Secret, ends: Time) -> Outcome {
    let answer = serde_json::to_string(&ExecCredential::new(version, token, ends))
        .map_err(|err| CliError::failure("the answer cannot be written", &err))?;
    session.out.raw(format!("{answer}\n").as_bytes())
}

/// Kubernetes makes no token shorter than ten minutes, so in a grant's last ten the one that is there has to
/// serve. kubectl itself keeps none between two calls.
fn path(session: &Session, request: &Request) -> Option<PathBuf> {
    let dir = session.paths.runtime_dir()?;
    files::private_dir(dir).ok()?;
    Some(dir.join(format!("kube-{}", request.id)))
}

fn kept(session: &Session, request: &Request) -> Option<Kept> {
    let path = path(session, request)?;
    let bytes = files::read_private(&path, LONGEST_TOKEN).ok()?;
    let kept = serde_json::from_slice::<Kept>(&bytes).ok();
    // The server has just said whether the access is still there.
    let good = kept.filter(|kept| request.state == State::Active && session::now() < kept.ends);
    if good.is_none() {
        let _ = files::remove(&path);
    }
    good
}
