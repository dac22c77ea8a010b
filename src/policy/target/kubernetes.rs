//! `[resource.NAME.kubernetes]` and `[role.NAME.kubernetes]`

use crate::domain::{KubernetesGives, KubernetesRole, KubernetesTarget, Span};

use super::super::diagnostic::{Problem, Problems, shown};
use super::super::document::{Entry, Section};
use super::super::draft::take;
use super::super::source::Item;
use super::super::values;

const TARGET: [&str; 4] = ["server", "ca-file", "token-file", "namespace"];
const GIVES: [&str; 3] = ["role", "cluster-role", "namespace"];

/// Of both sections, for the test that the manual has them all.
#[cfg(test)]
pub(super) const KEYS: &[&str] = &["server", "ca-file", "token-file", "namespace", "role", "cluster-role"];

/// Kubernetes makes no token for less than ten minutes; one more is for making it.
const SHORTEST: Span = Span::clamped(11 * 60);

pub(super) fn target(section: &mut Section<'_>, problems: &mut Problems) -> Option<KubernetesTarget> {
    section.only(&TARGET, problems);
    let section = &*section;
    let server = section
        .need("server", "add server = \"https://cluster.example.net:6443\": the API server", problems)
        .and_then(|entry| read(&entry, server, problems));
    let ca_file = match section.get("ca-file") {
        None => Some(None),
        Some(entry) => read(&entry, path, problems).map(Some),
    };
    let hint = "add token-file = \"/etc/jit/cluster.token\": a private file with the token of jit's own \
                ServiceAccount";
    let token_file =
        section.need("token-file", hint, problems).and_then(|entry| read(&entry, path, problems));
    let namespace = section
        .need("namespace", "add namespace = \"jit\": where jit keeps the ServiceAccounts of grants", problems)
        .and_then(|entry| read(&entry, namespace, problems));
    Some(KubernetesTarget {
        server: server?,
        ca_file: ca_file?,
        token_file: token_file?,
        namespace: namespace?,
    })
}

pub(super) fn gives(
    role: &Section<'_>,
    section: &mut Section<'_>,
    problems: &mut Problems,
) -> Option<KubernetesGives> {
    long_enough(role, problems);
    section.only(&GIVES, problems);
    let section = &*section;
    let namespace = match section.get("namespace") {
        None => Some(None),
        Some(entry) => read(&entry, namespace, problems).map(Some),
    };
    let bound = match (section.get("role"), section.get("cluster-role")) {
        (Some(entry), None) => {
            if section.get("namespace").is_none() && !section.misspells("namespace") {
                let message = format!("{} has a `role`, and no `namespace`", section.what);
                let hint = "add namespace = \"shop\": a Role is of one namespace; or name a cluster-role";
                problems.push(Problem::new(entry.key_at, "missing-key", message).hint(hint));
            }
            read(&entry, role_name, problems).map(KubernetesRole::Role)
        }
        (None, Some(entry)) => read(&entry, role_name, problems).map(KubernetesRole::ClusterRole),
        (Some(first), Some(second)) => {
            let message = format!("{} has both a `role` and a `cluster-role`", section.what);
            problems.push(
                Problem::new(second.key_at, "two-roles", message)
                    .also(first.key_at, "the first is here")
                    .hint("make one role for each"),
            );
            None
        }
        (None, None) => {
            if !section.misspells("cluster-role") {
                let hint = "add role = \"NAME\" of a namespace, or cluster-role = \"view\": what is bound";
                section.need("role", hint, problems);
            }
            None
        }
    };
    Some(KubernetesGives { role: bound?, namespace: namespace? })
}

/// A role that no token could be made for is refused at once, and not when it is used.
fn long_enough(role: &Section<'_>, problems: &mut Problems) {
    // What is wrong with the duration itself is said where it is read.
    let Some(entry) = role.get("max-duration") else { return };
    let span = entry.text(&mut Problems::default()).and_then(|item| values::span(&item).ok());
    if let Some(span) = span.filter(|span| *span < SHORTEST) {
        let message =
            format!("{span} is too short for kubernetes, which makes no token for less than ten minutes");
        problems.push(
            Problem::new(entry.at, "too-short", message)
                .hint(format!("write {SHORTEST} or more: making the token takes a part of it")),
        );
    }
}

fn read(
    entry: &Entry<'_>,
    rule: impl Fn(&Item<&str>) -> Result<String, Problem>,
    problems: &mut Problems,
) -> Option<String> {
    let item = entry.text(problems)?;
    take(rule(&item), problems)
}

/// `https://host[:port][/path]`, without a user, a query, or what a URL would fold.
fn server(item: &Item<&str>) -> Result<String, Problem> {
    let problem = |why: &str| {
        Problem::new(item.at, "server", format!("`{}` is no API server: {why}", shown(item.value)))
            .hint("write https://host:port, such as https://cluster.example.net:6443")
    };
    // Over anything else, whoever listens has the token.
    let rest = item.value.strip_prefix("https://").ok_or_else(|| problem("it begins with https://"))?;
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (address, path) = rest.split_once('/').map_or((rest, None), |(address, path)| (address, Some(path)));
    values::address(&Item { at: item.at, value: address })
        .map_err(|_| problem("host or host:port follows https://"))?;
    let segment = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:".contains(c))
    };
    if path.is_some_and(|path| !path.split('/').all(segment)) {
        return Err(problem("its path has letters, digits and `- . _ ~ :`"));
    }
    Ok(format!("https://{rest}"))
}

fn path(item: &Item<&str>) -> Result<String, Problem> {
    let text = values::plain(item, 1024)?;
    if text.starts_with('/') {
        return Ok(text);
    }
    let message = format!("`{}` is no absolute path", shown(&text));
    Err(Problem::new(item.at, "path", message)
        .hint("begin with `/`: where jit runs is not where this file is"))
}

/// A label of RFC 1123, which is what Kubernetes takes for a namespace.
fn namespace(item: &Item<&str>) -> Result<String, Problem> {
    let text = item.value;
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(1..=63).contains(&text.len())
        || !text.chars().all(good)
        || text.starts_with('-')
        || text.ends_with('-')
    {
        let message = format!("`{}` is no namespace", shown(text));
        let hint = "a namespace has 1 to 63 lower-case letters, digits and `-`, and begins and ends with a \
                    letter or a digit (RFC 1123)";
        return Err(Problem::new(item.at, "namespace", message).hint(hint));
    }
    Ok(text.to_owned())
}

/// A subdomain of RFC 1123, and the colons of Kubernetes' own, such as `system:node`.
fn role_name(item: &Item<&str>) -> Result<String, Problem> {
    let text = item.value;
    let end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part =
        |part: &str| part.starts_with(end) && part.ends_with(end) && part.chars().all(|c| end(c) || c == '-');
    if text.len() > 253 || !text.split(['.', ':']).all(part) {
        let message = format!("`{}` is no name of a Role or ClusterRole", shown(text));
        let hint = "a name has 1 to 253 lower-case letters, digits and `-`, in parts between `.` or `:` \
                    (RFC 1123)";
        return Err(Problem::new(item.at, "role-name", message).hint(hint));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
#[path = "kubernetes_tests.rs"]
mod tests;
