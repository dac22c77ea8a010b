//! Conditions: what a policy says about a request beyond who, what and how long, in CEL.
//!
//! `request.duration <= duration('1h') || 'oncall' in requester.groups`
//!
//! The crate `cel` parses and evaluates. It checks neither types nor names, so that is done here, when
//! a policy is loaded: a condition that loads can only fail for a key that is not there (such as the
//! company of somebody who has none) or for arithmetic out of its range, and says no then. A string
//! that is compared with a name has to be such a name: a misspelt group in a rule that refuses
//! would refuse nobody (INVARIANT 9).
//!
//! Of CEL, this takes booleans, `int`, `double`, `string`, `duration`, `timestamp` and lists of them.
//! Maps, messages, `bytes`, `uint`, `null`, `dyn` and regular expressions are left out: no input has
//! such a value, and each would be a way around the check of names.

mod check;
mod inputs;
mod moments;
mod parse;
mod possible;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use cel::common::types::CelBool;
use cel::{Context, IdedExpr, Value};

use super::diagnostic::Problems;
use super::source::Item;
use check::Checker;
use parse::Written;

pub use inputs::{InputFacts, Inputs};

/// Every name that a policy defines, for checking what a condition says.
#[derive(Debug, Clone, Default)]
pub(super) struct Vocabulary<'a> {
    pub roles: BTreeSet<&'a str>,
    pub resources: BTreeSet<&'a str>,
    /// Persons and services.
    pub people: BTreeSet<&'a str>,
    pub groups: BTreeSet<&'a str>,
    pub companies: BTreeSet<&'a str>,
    /// Each declared label with its values.
    pub labels: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// A condition that was read, typed, and whose names all exist.
#[derive(Debug, Clone)]
pub struct Condition {
    text: String,
    expression: IdedExpr,
}

/// Why a condition has no answer. Its caller takes that as a no (INVARIANT 9).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ConditionError {
    /// A key that is not there, a number or a time out of range.
    #[error("{0}")]
    Failed(#[from] cel::ExecutionError),
    /// The answer depends on a list from outside that cannot be had.
    #[error("it cannot be told who is on call")]
    OnCall,
    /// Never, as types are checked when a policy is loaded.
    #[error("its answer is neither true nor false")]
    NoAnswer,
}

impl Condition {
    /// Reads, types and looks up. Everything wrong goes to `problems`, with its place inside the
    /// literal where that can be told.
    ///
    /// `source` is the text of the file that `item` stands in, `what` is what a message calls it:
    /// "`when` of role `web`".
    pub(super) fn compile(
        item: &Item<&str>,
        source: &str,
        what: &str,
        names: &Vocabulary<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let (written, expression) = match Written::read(item, source, what) {
            Ok(read) => read,
            Err(problem) => {
                problems.push(problem);
                return None;
            }
        };
        Checker::new(&written, what, names, problems).condition(&expression)?;
        Some(Self { text: item.value.to_owned(), expression })
    }

    /// As the policy has it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is so.
    ///
    /// # Errors
    /// The condition has no answer for these inputs: take it for "no". One that allows does not, and
    /// one that refuses does.
    pub fn holds(&self, inputs: &Inputs) -> Result<bool, ConditionError> {
        let mut context = Context::with_env(moments::environment());
        context.set_variable_resolver(inputs);
        let answer = Value::resolve_val(&self.expression, &context)?;
        answer.downcast_ref::<CelBool>().map(|answer| *answer.inner()).ok_or(ConditionError::NoAnswer)
    }
}

#[cfg(test)]
mod check_tests;
#[cfg(test)]
mod safety_tests;
#[cfg(test)]
mod tests;
