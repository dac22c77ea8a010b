//! `jit credential kube`

use crate::cli::access::Asking;
use crate::cli::complete;
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::domain::{IdPrefix, Material, ProviderKind};
use crate::provider::kubernetes::exec_credential::{ExecCredential, asked_version};

use super::super::Outcome;
use super::unusable;

/// Get a Kubernetes token, as an ExecCredential; or a kubeconfig that calls this command
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

pub async fn run(session: &Session, args: &Args) -> Outcome {
    let version = asked_version(session.env.kubernetes_exec_info.as_deref())
        .map_err(|err| CliError::usage(err.to_string()))?;
    let access = super::access(session, &args.id, ProviderKind::Kubernetes, Asking::Again).await?;
    if args.kubeconfig {
        return session.out.raw(format!("{:#}\n", access.kubeconfig(version)?.json()).as_bytes());
    }
    let credential = access.credential;
    let Material::Kubernetes { token, .. } = credential.material else {
        return Err(unusable("no Kubernetes token"));
    };
    let answer = serde_json::to_string(&ExecCredential::new(version, token, credential.ends))
        .map_err(|err| CliError::failure("the answer cannot be written", &err))?;
    session.out.raw(format!("{answer}\n").as_bytes())
}
