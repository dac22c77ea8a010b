//! One call of a plugin: a process of its own, a hello, the call, and the end of the process.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ExecProvider;
use super::protocol::{PROTOCOL, shortened};
use crate::domain::ExecTarget;
use crate::plugin::{Dialogue, Fault, Limits, PATH, PluginError, Program};
use crate::provider::ProviderError;

/// The longest answer, in bytes; an inventory has a line's worth for each credential.
const OUTPUT: usize = 1 << 20;
pub(super) const INVENTORY_OUTPUT: usize = 16 << 20;

/// What a plugin says that it did not do.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trouble {
    code: TroubleCode,
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum TroubleCode {
    /// It will never work.
    Refused,
    /// It may work later.
    Unavailable,
}

impl From<Trouble> for ProviderError {
    fn from(Trouble { code, message }: Trouble) -> Self {
        let message = shortened(&message);
        match code {
            TroubleCode::Refused => Self::Refused(message),
            TroubleCode::Unavailable => Self::Unavailable { what: message, source: None },
        }
    }
}

impl ExecProvider {
    /// A plugin that said hello. It is killed when it is dropped.
    pub(super) async fn open(&self, target: &ExecTarget) -> Result<Dialogue, ProviderError> {
        self.open_for(target, OUTPUT).await
    }

    pub(super) async fn open_for(
        &self,
        target: &ExecTarget,
        output: usize,
    ) -> Result<Dialogue, ProviderError> {
        let limits = Limits { time: Duration::from_secs(target.timeout.secs()), output };
        Dialogue::open(&self.program(target), limits, PROTOCOL).await.map_err(failed)
    }

    fn program(&self, target: &ExecTarget) -> Program {
        let fixed = std::iter::once((OsString::from("PATH"), OsString::from(PATH)));
        let named = target.environment.iter().filter_map(|name| Some((name.into(), (self.lookup)(name)?)));
        Program {
            path: PathBuf::from(&target.program),
            sha256: target.sha256,
            args: Vec::new(),
            environment: fixed.chain(named).collect(),
        }
    }

    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        target: &ExecTarget,
        call: &str,
        with: &(impl Serialize + Sync),
    ) -> Result<T, ProviderError> {
        ask(&mut self.open(target).await?, call, with).await
    }
}

pub(super) async fn ask<T: DeserializeOwned>(
    plugin: &mut Dialogue,
    call: &str,
    with: &(impl Serialize + Sync),
) -> Result<T, ProviderError> {
    let limit = plugin.limits().time;
    let answer = plugin.ask::<T, Trouble>(call, with, limit).await.map_err(failed)?;
    answer.map_err(ProviderError::from)
}

/// A call whose answer holds secrets: of one that is not understood, nothing is shown.
pub(super) async fn ask_secret(
    plugin: &mut Dialogue,
    call: &str,
    with: &(impl Serialize + Sync),
) -> Result<Value, ProviderError> {
    let limit = plugin.limits().time;
    match plugin.ask::<Value, Trouble>(call, with, limit).await {
        Ok(answer) => answer.map_err(ProviderError::from),
        Err(PluginError { path, fault: Fault::Junk(_), said }) => {
            let why = "it is not one JSON document of the right form, or a key in it stands twice".to_owned();
            Err(failed(PluginError { path, fault: Fault::Junk(why), said }))
        }
        Err(error) => Err(failed(error)),
    }
}

/// What is wrong with the program's file is so until somebody mends it; everything else may pass.
pub(super) fn failed(error: PluginError) -> ProviderError {
    if !error.said.is_empty() {
        // For whoever runs jit, not for whoever asked for access.
        tracing::warn!(plugin = %error.path.display(), said = %error.said, "a plugin failed");
    }
    let mut what = error.to_string();
    if let Some(hint) = error.hint() {
        what.push_str("; ");
        what.push_str(&hint);
    }
    match error.fault {
        Fault::Relative
        | Fault::File(_)
        | Fault::Writable { .. }
        | Fault::Foreign { .. }
        | Fault::Changed { .. }
        | Fault::Protocol { .. } => ProviderError::Refused(what),
        _ => ProviderError::Unavailable { what, source: None },
    }
}
