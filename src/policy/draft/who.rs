//! Lists of people, as roles and rules have them.

use crate::policy::diagnostic::{Problem, Problems};
use crate::policy::document::{Entry, List, Section};
use crate::policy::model::Who;
use crate::policy::source::Item;
use crate::policy::values;

use super::take;

/// Which entries a list takes beside users and groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Names,
    /// Those who stand in some relation to the request too.
    Relations,
}

pub(super) fn people(
    section: &Section<'_>,
    key: &str,
    takes: Takes,
    without: &str,
    problems: &mut Problems,
) -> Option<List<Who>> {
    let hint = format!("add {key} = [\"group:NAME\", \"alice\"]: without any, {without}");
    let entry = section.need(key, &hint, problems)?;
    list(&entry, takes, &format!("without any, {without}"), problems)
}

/// The list, which may not be empty.
pub(super) fn list(
    entry: &Entry<'_>,
    takes: Takes,
    without: &str,
    problems: &mut Problems,
) -> Option<List<Who>> {
    let list = entry.list(problems, |item| who(&item, takes))?;
    if list.items.is_empty() && list.whole {
        let message = format!("{} is empty: {without}", entry.what);
        let hint = format!("add {} = [\"group:NAME\", \"alice\"]", entry.key);
        problems.push(Problem::new(list.at, "empty", message).hint(hint));
        return None;
    }
    Some(list)
}

fn who(item: &Item<&str>, takes: Takes) -> Result<Who, Problem> {
    let relation = match item.value {
        "resource:owner" => Some(Who::ResourceOwner),
        "requester:sponsor" => Some(Who::RequesterSponsor),
        _ => None,
    };
    if let Some(relation) = relation {
        if takes == Takes::Relations {
            return Ok(relation);
        }
        let message = format!("`{relation}` cannot stand here");
        return Err(Problem::new(item.at, "relation", message).hint("it is for those who decide"));
    }
    if let Some(group) = item.value.strip_prefix("group:") {
        return values::name(&Item { at: item.at, value: group }, "a group").map(Who::Group);
    }
    values::name(item, "a user").map(Who::User).map_err(|problem| {
        if !item.value.contains(':') {
            return problem;
        }
        problem.hint(match takes {
            Takes::Names => "a user is written \"alice\", a group \"group:NAME\"",
            Takes::Relations => {
                "write \"alice\", \"group:NAME\", \"resource:owner\" or \"requester:sponsor\""
            }
        })
    })
}

/// A list of names of one kind, which may not be empty.
pub(super) fn names(
    section: &Section<'_>,
    key: &str,
    what: &str,
    problems: &mut Problems,
) -> Option<List<crate::domain::Name>> {
    let entry = section.get(key)?;
    let list = entry.list(problems, |item| values::name(&item, what))?;
    if list.items.is_empty() && list.whole {
        let problem = Problem::new(list.at, "empty", format!("{} is empty", entry.what));
        problems.push(problem.hint(format!("name {what}, or leave the key out")));
    }
    Some(list)
}

pub(super) fn text(section: &Section<'_>, key: &str, problems: &mut Problems) -> Option<Item<String>> {
    let item = section.get(key)?.text(problems)?;
    take(values::not_empty(&item), problems).map(|value| Item { at: item.at, value })
}
