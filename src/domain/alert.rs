//! Alerts that were raised, and what came out when somebody looked.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Name, Principal, RequestId, Time};

/// One alert, as it was raised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Raised {
    /// 16 hexadecimal digits.
    pub id: String,
    /// The name of its rule, `[alert.NAME]`.
    pub alert: Name,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// What was done beside raising it: `notify`, `step-up`, `suspend` or `end-grant`.
    pub action: String,
    /// Whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Name>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<Name>,
    /// When what it is about happened.
    pub seen: Time,
    /// When it was written down.
    pub raised: Time,
    /// May hold text from others: escape it where it is shown.
    pub why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// What somebody found who looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    pub finding: Finding,
    pub by: Principal,
    pub at: Time,
    pub comment: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// Something was wrong.
    Incident,
    /// It happened, and was in order.
    Expected,
    /// The rule saw something where nothing was.
    FalseAlarm,
}

/// Why an answer does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlertConflict {
    #[error("nobody answers an alert about themselves")]
    Own,
    #[error("it was answered already, by {0}")]
    Answered(Name),
}

impl Raised {
    /// Answers it, once. `own`: it is about a human behind whoever answers.
    ///
    /// # Errors
    /// Where the answer does not count.
    pub fn answer(&mut self, own: bool, answer: Answer) -> Result<(), AlertConflict> {
        // INVARIANT 2, of alerts: nobody judges themselves.
        if own {
            return Err(AlertConflict::Own);
        }
        if let Some(earlier) = &self.answer {
            return Err(AlertConflict::Answered(earlier.by.subject.clone()));
        }
        self.answer = Some(answer);
        Ok(())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Incident => "incident",
            Self::Expected => "expected",
            Self::FalseAlarm => "false-alarm",
        })
    }
}
