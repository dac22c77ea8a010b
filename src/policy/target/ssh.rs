//! `[role.NAME.ssh]`

use std::collections::BTreeSet;

use crate::domain::SshGives;

use super::super::diagnostic::{Problem, Problems, did_you_mean, shown};
use super::super::document::{List, Section, quoted};
use super::super::draft::take;
use super::super::source::Item;
use super::super::values;

pub(super) const KEYS: &[&str] = &["principals", "extensions", "force-command", "source-addresses"];

pub(super) fn gives(section: &mut Section<'_>, problems: &mut Problems) -> Option<SshGives> {
    section.only(KEYS, problems);
    let hint = "add principals = [\"deploy\"]: the accounts on the host";
    let principals = section
        .need("principals", hint, problems)
        .and_then(|entry| entry.list(problems, |item| values::ssh_principal(&item)));
    if let Some(list) = principals.as_ref().filter(|list| list.items.is_empty() && list.whole) {
        // A certificate without principals can be good for any account.
        let message = format!("`principals` of {} is empty", section.what);
        problems.push(Problem::new(list.at, "empty", message).hint(hint));
    }
    let extensions = match section.get("extensions") {
        None => Some(["permit-pty".to_owned()].into()),
        Some(entry) => entry.list(problems, extension).map(into_set),
    };
    let force_command = section
        .get("force-command")
        .and_then(|entry| entry.text(problems))
        .and_then(|item| take(values::plain(&item, 1024), problems));
    let sources = section.get("source-addresses").and_then(|entry| {
        let list = entry.list(problems, |item| values::source_address(&item))?;
        if list.items.is_empty() && list.whole {
            let message = format!("{} is empty", entry.what);
            problems
                .push(Problem::new(list.at, "empty", message).hint("leave the key out to allow any address"));
        }
        Some(list)
    });
    Some(SshGives {
        principals: into_set(principals?),
        extensions: extensions?,
        force_command,
        source_addresses: sources.map(into_set).unwrap_or_default(),
    })
}

fn extension(item: Item<&str>) -> Result<String, Problem> {
    if values::SSH_EXTENSIONS.contains(&item.value) {
        return Ok(item.value.to_owned());
    }
    let message = format!("OpenSSH has no extension `{}`", shown(item.value));
    let hint = did_you_mean(item.value, values::SSH_EXTENSIONS)
        .unwrap_or_else(|| format!("the extensions are {}", quoted(&values::SSH_EXTENSIONS)));
    Err(Problem::new(item.at, "extension", message).hint(hint))
}

fn into_set(list: List<String>) -> BTreeSet<String> {
    list.items.into_iter().map(|item| item.value).collect()
}
