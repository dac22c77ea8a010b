//! Named checks: what every implementation of a seam does alike, as sentences that are run one after the
//! other and never panic. Tests run them, and `jit backend test` and `jit provider test` do.

use std::pin::Pin;

use async_trait::async_trait;

/// How a check ended.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Ok,
    Failed(String),
    /// What is tested, or what the suite was given, has nothing to check here.
    Skipped(String),
}

/// Why a check did not pass.
#[derive(Debug)]
pub enum Miss {
    Failed(String),
    Skipped(String),
}

pub type Checked = Result<(), Miss>;
pub type Running<'a> = Pin<Box<dyn Future<Output = Checked> + Send + 'a>>;

/// A sentence that holds for every `S`; [`list`] makes a list of them.
#[derive(Debug)]
pub struct Check<S> {
    pub name: &'static str,
    pub run: for<'a> fn(&'a S) -> Running<'a>,
}

/// `"the sentence": path::of::an_async_function`, each taking the suite by reference.
macro_rules! list {
    ($($name:literal: $run:path),* $(,)?) => {
        &[$($crate::checks::Check { name: $name, run: |suite| Box::pin($run(suite)) }),*]
    };
}
pub(crate) use list;

/// What checks run on.
#[async_trait]
pub trait Suite: Sync {
    /// Ends what the last check left behind; or what is still there, and why.
    async fn tidy(&self) -> Result<(), String>;
}

/// Runs them in that order, and tidies after each. `told` hears each verdict as it comes.
///
/// Without the first one nothing else runs: it tells whether the others can end what they make.
pub async fn run<S: Suite>(
    suite: &S,
    checks: &[Check<S>],
    mut told: impl FnMut(&'static str, &Verdict),
) -> Vec<(&'static str, Verdict)> {
    let mut verdicts: Vec<(&'static str, Verdict)> = Vec::new();
    for check in checks {
        let stop = verdicts.first().is_some_and(|(_, first)| *first != Verdict::Ok);
        let verdict = if stop {
            Verdict::Skipped("the first check has to pass".to_owned())
        } else {
            let ran = (check.run)(suite).await;
            match (ran, suite.tidy().await) {
                (Err(Miss::Failed(why)), _) => Verdict::Failed(why),
                (_, Err(why)) => Verdict::Failed(format!("afterwards, {why}")),
                (Err(Miss::Skipped(why)), Ok(())) => Verdict::Skipped(why),
                (Ok(()), Ok(())) => Verdict::Ok,
            }
        };
        told(check.name, &verdict);
        verdicts.push((check.name, verdict));
    }
    verdicts
}

/// What a check is made of.
pub fn must(holds: bool, otherwise: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Miss::Failed(otherwise())) }
}
