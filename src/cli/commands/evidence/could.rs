//! Who could hold which role.

use std::collections::BTreeMap;
use std::path::Path;

use crate::api::Code;
use crate::assembly::folder;
use crate::cli::error::CliError;
use crate::cli::session::Session;
use crate::domain::Name;
use crate::evidence::MayHold;
use crate::ops::Backend;
use crate::policy::Policy;
use crate::policy::tools::who::{Filter, who};

/// Who may hold which role by this policy, person by person.
pub(super) fn by_folder(dir: &Path) -> Result<Vec<MayHold>, CliError> {
    let policy = Policy::parse(&folder::read_policy(dir)?).map_err(|errors| {
        CliError::new(Code::Failure, "the policy is not whole")
            .reasons(errors.iter().map(ToString::to_string).collect())
            .hint("jit policy check")
    })?;
    let mut roles: BTreeMap<String, Vec<String>> =
        policy.roles.keys().map(|role| (role.to_string(), Vec::new())).collect();
    for person in policy.people.keys() {
        let filter = Filter { requester: Some(person.clone()), ..Filter::default() };
        let mut theirs: Vec<String> = who(&policy, &filter).iter().map(|row| row.role.to_string()).collect();
        theirs.dedup();
        for role in theirs {
            roles.entry(role).or_default().push(person.to_string());
        }
    }
    Ok(roles.into_iter().map(|(role, people)| MayHold { role, people }).collect())
}

/// By the policy in force and the directory, as the server has them; `None` where the backend tells neither.
pub(super) async fn by_server(
    session: &Session,
    backend: &dyn Backend,
) -> Result<Option<Vec<MayHold>>, CliError> {
    match backend.who_could().await {
        Ok(told) => {
            let text = |names: Vec<Name>| names.iter().map(Name::to_string).collect();
            let roles = told.roles.into_iter();
            Ok(Some(
                roles.map(|one| MayHold { role: one.role.to_string(), people: text(one.people) }).collect(),
            ))
        }
        Err(problem) if problem.code == Code::Unavailable && !problem.retryable => {
            session.out.warn(&format!("who could hold which role is left out: {problem}"));
            Ok(None)
        }
        Err(problem) => Err(problem.into()),
    }
}
