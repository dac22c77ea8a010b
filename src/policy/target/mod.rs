//! What a policy says of each kind of target: `[resource.NAME.PROVIDER]`, how it is reached, and
//! `[role.NAME.PROVIDER]`, what the role gives on it. One file a provider.

mod aws;
mod exec;
mod kubernetes;
mod postgres;
mod ssh;

use crate::domain::{Gives, ProviderKind, Target};

use super::diagnostic::{Problem, Problems};
use super::document::{Entry, Section};

/// The providers whose resources have a section of their own.
pub(super) fn with_settings() -> impl Iterator<Item = &'static str> {
    ProviderKind::ALL.into_iter().filter(|kind| *kind != ProviderKind::Ssh).map(ProviderKind::as_str)
}

/// How the resource is reached.
pub(super) fn target(
    resource: &Section<'_>,
    kind: ProviderKind,
    address: Option<&str>,
    problems: &mut Problems,
) -> Option<Target> {
    for other in with_settings().filter(|other| *other != kind.as_str()) {
        if let Some(entry) = resource.get(other) {
            let message = format!("{} is of provider {kind}, and has settings of {other}", resource.what);
            problems.push(Problem::new(entry.key_at, "provider", message).hint("remove one of the two"));
        }
    }
    if kind == ProviderKind::Ssh {
        return Some(Target::Ssh);
    }
    let hint = format!("add [resource.NAME.{kind}]: how {} is reached", resource.what);
    let entry = resource.need(kind.as_str(), &hint, problems)?;
    let mut section = entry.table(format!("`{kind}` of {}", resource.what), problems)?;
    let section = &mut section;
    match kind {
        ProviderKind::Ssh => Some(Target::Ssh),
        ProviderKind::Postgres => {
            if address.is_none() {
                let message = format!("{} has no address", resource.what);
                problems.push(
                    Problem::new(resource.at, "missing-key", message)
                        .hint("add address = \"db.example.net:5432\""),
                );
            }
            postgres::target(section, problems).map(Target::Postgres)
        }
        ProviderKind::Aws => aws::target(section, problems).map(Target::Aws),
        ProviderKind::Kubernetes => kubernetes::target(section, problems).map(Target::Kubernetes),
        ProviderKind::Exec => exec::target(section, problems).map(Target::Exec),
    }
}

/// What the role gives: one section, of one provider.
pub(super) fn gives(role: &Section<'_>, problems: &mut Problems) -> Option<Gives> {
    let found: Vec<(ProviderKind, Entry<'_>)> = ProviderKind::ALL
        .into_iter()
        .filter_map(|kind| role.get(kind.as_str()).map(|entry| (kind, entry)))
        .collect();
    let (kind, entry) = match found.as_slice() {
        [(kind, entry)] => (*kind, entry),
        [] => {
            // One of these is there under a wrong spelling, and that is reported.
            if ProviderKind::ALL.iter().any(|kind| role.misspells(kind.as_str())) {
                return None;
            }
            let hint = format!(
                "add [role.NAME.ssh] with principals, or a section of another provider: what {} gives",
                role.what
            );
            return role.need("ssh", &hint, problems).and(None);
        }
        [(_, first), (_, second), ..] => {
            let message = format!("{} gives access by two providers", role.what);
            problems.push(
                Problem::new(second.key_at, "provider", message)
                    .also(first.key_at, "the first is here")
                    .hint("make one role for each"),
            );
            return None;
        }
    };
    let mut section = entry.table(format!("`{kind}` of {}", role.what), problems)?;
    let section = &mut section;
    match kind {
        ProviderKind::Ssh => ssh::gives(section, problems).map(Gives::Ssh),
        ProviderKind::Postgres => postgres::gives(section, problems).map(Gives::Postgres),
        ProviderKind::Aws => aws::gives(section, problems).map(Gives::Aws),
        ProviderKind::Kubernetes => kubernetes::gives(role, section, problems).map(Gives::Kubernetes),
        ProviderKind::Exec => exec::gives(section, problems).map(Gives::Exec),
    }
}

/// Every key of every provider's sections.
#[cfg(test)]
pub(super) fn keys() -> impl Iterator<Item = &'static str> {
    [ssh::KEYS, postgres::KEYS, aws::KEYS, kubernetes::KEYS, exec::KEYS].concat().into_iter()
}
