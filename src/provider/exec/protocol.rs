//! What jit and a provider plugin say to each other: jit-provider(7), version 1.
//!
//! jit adds fields to its calls within a version, and takes no field in an answer that it does not know: what
//! it means would not be done.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::variables;
use crate::domain::text::escape;
use crate::domain::{CredentialId, ExecTarget, RequestId, Resource, Secret, Time};
use crate::plugin::Protocol;
use crate::provider::{Handle, Intent, Owned, Presence, ProviderError};

pub const PROTOCOL: Protocol = Protocol { name: "provider", version: 1 };

/// What every plugin has to offer, by the names that its hello lists.
pub const CALLS: [&str; 5] = ["preflight", "grant", "revoke", "verify", "inventory"];

/// The target itself ends what was granted.
pub const ENFORCES_END: &str = "enforces-end";

#[derive(Serialize)]
pub(super) struct ResourceOf<'a> {
    name: &'a str,
    address: Option<&'a str>,
    labels: &'a BTreeMap<String, String>,
    settings: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
pub(super) struct On<'a> {
    pub resource: ResourceOf<'a>,
}

#[derive(Serialize)]
pub(super) struct GrantCall<'a> {
    resource: ResourceOf<'a>,
    credential: CredentialId,
    request: RequestId,
    parameters: &'a BTreeMap<String, String>,
    start: Time,
    end: Time,
}

#[derive(Serialize)]
pub(super) struct HandleCall<'a> {
    resource: ResourceOf<'a>,
    #[serde(flatten)]
    known: Known<'a>,
}

#[derive(Serialize)]
pub(super) struct KnownCall<'a> {
    pub resource: ResourceOf<'a>,
    pub known: Vec<Known<'a>>,
}

#[derive(Serialize)]
pub(super) struct Known<'a> {
    credential: CredentialId,
    request: RequestId,
    parameters: &'a BTreeMap<String, String>,
    end: Time,
}

pub(super) fn resource<'a>(resource: &'a Resource, target: &'a ExecTarget) -> ResourceOf<'a> {
    ResourceOf {
        name: resource.name.as_str(),
        address: resource.address.as_deref(),
        labels: &resource.labels,
        settings: &target.settings,
    }
}

pub(super) fn grant_call<'a>(
    intent: &'a Intent,
    target: &'a ExecTarget,
) -> Result<GrantCall<'a>, ProviderError> {
    Ok(GrantCall {
        resource: resource(&intent.resource, target),
        credential: intent.credential,
        request: intent.request,
        parameters: &super::parameters(&intent.gives)?.parameters,
        start: intent.start,
        end: intent.end,
    })
}

pub(super) fn handle_call<'a>(
    handle: &'a Handle,
    target: &'a ExecTarget,
) -> Result<HandleCall<'a>, ProviderError> {
    Ok(HandleCall { resource: resource(&handle.resource, target), known: known(handle)? })
}

pub(super) fn known(handle: &Handle) -> Result<Known<'_>, ProviderError> {
    Ok(Known {
        credential: handle.credential,
        request: handle.request,
        parameters: &super::parameters(&handle.gives)?.parameters,
        end: handle.end,
    })
}

/// The answer to a preflight.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// The answer to a revocation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sessions {
    #[serde(default)]
    pub sessions: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Verified {
    #[serde(default)]
    absent: Option<bool>,
    #[serde(default)]
    present: Option<String>,
}

impl Verified {
    /// INVARIANT 4: absent is said with that word, and with nothing beside it.
    pub(super) fn presence(self) -> Result<Presence, &'static str> {
        match (self.absent, self.present) {
            (Some(true), None) => Ok(Presence::Absent),
            (None, Some(what)) => Ok(Presence::Present(shortened(&what))),
            _ => Err("it has to say `absent`: true, or `present` with what is there"),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inventory {
    owned: Vec<OwnedAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnedAnswer {
    credential: String,
    live: bool,
    #[serde(default)]
    changes: Vec<String>,
}

impl Inventory {
    pub(super) fn owned(self) -> Result<Vec<Owned>, String> {
        let mut seen = BTreeSet::new();
        self.owned
            .into_iter()
            .map(|OwnedAnswer { credential: text, live, changes }| {
                // As jit wrote it: what a person may mistype, a program may not.
                let credential = text.parse().ok().filter(|id: &CredentialId| id.to_string() == text);
                let credential =
                    credential.ok_or_else(|| format!("`{}` is no id of a credential", shortened(&text)))?;
                if !seen.insert(credential) {
                    return Err(format!("the credential {credential} is there twice"));
                }
                let changes = changes.iter().map(|change| shortened(change)).collect();
                Ok(Owned { credential, live, changes })
            })
            .collect()
    }
}

pub(super) struct Granted {
    pub variables: BTreeMap<String, Secret>,
    /// `None` where the target cannot end it.
    pub end: Option<Time>,
}

/// The answer to a grant. It holds secrets, so that no error shows anything of it but names.
pub(super) fn granted(answer: &Value, enforces_end: bool) -> Result<Granted, String> {
    let object = answer.as_object().ok_or("it is no object")?;
    let known = ["variables", "end", "no-end"];
    if object.keys().any(|key| !known.contains(&key.as_str())) {
        return Err("it has a field that is neither `variables` nor `end` nor `no-end`".to_owned());
    }
    let end = match (object.get("end"), object.get("no-end")) {
        (Some(end), None) if enforces_end => {
            let end = end.as_str().and_then(|text| text.parse::<Time>().ok());
            Some(end.ok_or("its `end` is no time such as 2026-11-21T18:05:00Z")?)
        }
        (None, Some(Value::Bool(true))) if !enforces_end => None,
        _ if enforces_end => return Err("it has to say the `end` that it has set".to_owned()),
        _ => return Err("it has to say `no-end`: true, as it does not offer enforces-end".to_owned()),
    };
    let variables = object.get("variables").and_then(Value::as_object).ok_or("it has no `variables`")?;
    Ok(Granted { variables: variables::checked(variables)?, end })
}

/// Foreign text as it stands in a message: escaped, and cut where it is long.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 500;
    let mut cut: String = text.chars().take(LONGEST).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    escape(&cut).into_owned()
}
