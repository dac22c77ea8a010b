//! A policy's folder: the files of the policy, and those of its test cases in the folder `tests` inside.

use std::path::{Path, PathBuf};

use crate::domain::Time;
use crate::files::{self, FileError};
use crate::ops::Trouble;
use crate::policy::{Diagnostic, Policy, SourceFile, cases};

use super::AssemblyError;

/// Where the test cases are, inside the policy's folder.
pub const TESTS: &str = "tests";

/// Most lines that are kept of what is wrong.
const MOST: usize = 50;

/// What a policy's folder has at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    pub dir: PathBuf,
    pub policy: Vec<SourceFile>,
    pub tests: Vec<SourceFile>,
}

impl Folder {
    /// # Errors
    /// The first file that does not count.
    pub fn read(dir: &Path) -> Result<Self, FileError> {
        Ok(Self { tests: read_tests(dir)?, ..Self::without_tests(dir)? })
    }

    /// As [`Folder::read`], and the test cases are not looked at.
    pub fn without_tests(dir: &Path) -> Result<Self, FileError> {
        Ok(Self { dir: dir.to_owned(), policy: read_policy(dir)?, tests: Vec::new() })
    }

    /// The policy, whole or not at all.
    ///
    /// # Errors
    /// [`AssemblyError::Policy`].
    pub fn policy(&self) -> Result<Policy, AssemblyError> {
        Policy::parse(&self.policy)
            .map_err(|diagnostics| AssemblyError::Policy { dir: self.dir.clone(), diagnostics })
    }

    /// Runs the test cases against it: how many passed, where all did. That there are none is no failure
    /// here: a policy without tests is one.
    ///
    /// # Errors
    /// [`AssemblyError::Cases`] and [`AssemblyError::Failed`].
    pub fn test(&self, policy: &Policy, now: Time) -> Result<usize, AssemblyError> {
        let cases = match cases::parse_cases(&self.tests) {
            Ok(cases) => cases,
            Err(diagnostics) if diagnostics.iter().all(|d| d.code == cases::NO_CASES) => return Ok(0),
            Err(diagnostics) => return Err(AssemblyError::Cases { dir: self.dir.clone(), diagnostics }),
        };
        let report = cases::run(policy, &cases, now);
        if report.failed == 0 {
            return Ok(report.passed);
        }
        let failed = report.cases.iter().filter(|case| !case.passed).map(ToString::to_string);
        Err(AssemblyError::Failed {
            dir: self.dir.clone(),
            failed: failed.collect(),
            of: report.cases.len(),
        })
    }
}

/// The files of the policy, by name.
///
/// # Errors
/// The first file that does not count.
pub fn read_policy(dir: &Path) -> Result<Vec<SourceFile>, FileError> {
    sources(dir, "")
}

/// The files of its test cases, each named with their folder; none where there is no such folder.
///
/// # Errors
/// The first file that does not count.
pub fn read_tests(dir: &Path) -> Result<Vec<SourceFile>, FileError> {
    Ok(files::found(sources(&dir.join(TESTS), &format!("{TESTS}/")))?.unwrap_or_default())
}

fn sources(dir: &Path, prefix: &str) -> Result<Vec<SourceFile>, FileError> {
    let read = files::read_policy_folder(dir)?;
    Ok(read.into_iter().map(|(name, text)| SourceFile { name: format!("{prefix}{name}"), text }).collect())
}

impl AssemblyError {
    /// As everybody may know it, and with what is for administrators.
    pub fn trouble(&self) -> Trouble {
        let (what, mut details) = match self {
            Self::Policy { diagnostics, .. } => {
                (format!("the policy folder is not whole: {}", count(diagnostics.len(), "error")), lines(diagnostics))
            }
            Self::Cases { diagnostics, .. } => {
                (format!("the policy's test cases have {}", count(diagnostics.len(), "error")), lines(diagnostics))
            }
            Self::Failed { failed, of, .. } => {
                (format!("{} of the policy's {} failed", failed.len(), count(*of, "test case")), failed.clone())
            }
            Self::File(error) => ("the policy folder cannot be used".to_owned(), vec![error.to_string()]),
            error => ("the policy could not be taken into force".to_owned(), vec![error.to_string()]),
        };
        let more = details.len().saturating_sub(MOST);
        if more > 0 {
            details.truncate(MOST);
            details.push(format!("and {more} more"));
        }
        Trouble { what, details }
    }
}

fn lines(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(ToString::to_string).collect()
}

/// `1 error`, `2 errors`
pub(super) fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
